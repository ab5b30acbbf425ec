"""Draw ``docs/diagram.svg`` from the ontology: python docs/diagram.py (it needs Graphviz: apt-get install graphviz).

One box a family of classes (a class without a parent, and all below it), one arrow for the properties that lead from
one family to another. Properties between things of one family, coded values and literals are named in the box. Nothing
is placed by hand: a new class, property or module appears when the script is run again.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.documentation import Thing, read_vocabulary
from kg.documentation.terms import RDFS, SCHEMA, SKOS, local_name
from kg.rdf import load_graphs
from kg.resources import ontology_files
from kg.vocab import ONTOLOGY_GRAPH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kg.documentation import Vocabulary

SVG: Final = Path(__file__).with_name("diagram.svg")
FONT: Final = "Arial"
# One of each for a module (boxes), and for a family (its arrows and their labels); where there are more, they recur.
COLOURS: Final = (
    *("#f7e9bd", "#dbe7f6", "#fbe3d6", "#e3f1dc", "#e8def3"),
    *("#d2ecec", "#f6dbe6", "#e6e6e0", "#cfeedd", "#f0e0d0"),
)
INKS: Final = ("#7a3b00", "#1f5c2e", "#8a1c4a", "#0b4f8a", "#4a5560", "#6a3d9a", "#005f5f")
# Terms of PROV-O and Dublin Core that hold provenance together; the ontology uses them and does not define them.
BORROWED: Final = (
    ("Claim", "prov:wasAttributedTo", "Agent"),
    ("Claim", "prov:wasRevisionOf", "Claim"),
    ("Claim", "prov:wasInvalidatedBy", "Claim"),
    ("Source", "prov:hadPrimarySource", "Source"),
    ("Source", "dcterms:publisher", "Agent"),
)


class Model:
    """Families of classes by the name of their root, and the properties within and between them."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        things = vocabulary.things
        self.modules = [module.thing.name for module in vocabulary.modules]
        self.classes = {iri: thing for iri, thing in things.items() if thing.kind == "class"}
        self.families: dict[str, list[Thing]] = defaultdict(list)
        self.arrows: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.inner: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for iri in sorted(self.classes):
            self.families[self.family(iri)].append(self.classes[iri])
        for thing in things.values():
            if thing.kind in {"object property", "datatype property"}:
                self.place(thing)
        for start, label, end in BORROWED:
            self.connect(start, end, label)

    def family(self, iri: str) -> str:
        """The name of the highest of a class's own ancestors."""
        parents = [parent for parent in self.classes[iri].iris(f"{RDFS}subClassOf") if parent in self.classes]
        return self.family(parents[0]) if parents else self.classes[iri].name

    def families_of(self, iris: Iterable[str]) -> set[str]:
        """The families that classes belong to; what is no class of ours belongs to none."""
        return {self.family(iri) for iri in iris if iri in self.classes}

    def place(self, thing: Thing) -> None:
        """Add a property to the arrows, or to the boxes of the families that have it."""
        ranges = thing.iris(f"{SCHEMA}rangeIncludes")
        starts, ends = self.families_of(thing.iris(f"{SCHEMA}domainIncludes")), self.families_of(ranges)
        heading = "any thing" if f"{RDFS}Resource" in ranges else "coded" if f"{SKOS}Concept" in ranges else "values"
        for start in starts:
            if not ends:
                self.inner[start][heading].add(thing.name)
            # What relates like to like (part of, follows) is told in each box, and not as a web of arrows.
            for end in {start} if starts == ends else ends:
                self.connect(start, end, thing.name)

    def connect(self, start: str, end: str, label: str) -> None:
        """An arrow between two families, or a line in the box of one."""
        if start == end:
            self.inner[start]["one another"].add(label)
        else:
            self.arrows[start, end].add(label)

    def provenance(self) -> set[str]:
        """The families of the module on claims, and those to which nothing else leads."""
        own = {family for family, classes in self.families.items() if module_of(root_of(family, classes)) == "claims"}
        sources = {family: {start for start, end in self.arrows if end == family} for family in self.families}
        leaves = self.families.keys() - {start for start, _ in self.arrows}
        return own | {family for family in leaves if sources[family] and sources[family] <= own}


def root_of(family: str, classes: Iterable[Thing]) -> Thing:
    """The class that a family is named for."""
    return next(thing for thing in classes if thing.name == family)


def module_of(thing: Thing) -> str:
    """The name of the module that defines a term."""
    return local_name(thing.iris(f"{RDFS}isDefinedBy")[0])


def to_dot(model: Model) -> str:
    """The model in Graphviz's language."""
    colours = {module: COLOURS[i % len(COLOURS)] for i, module in enumerate(model.modules)}
    provenance = model.provenance()
    lines = [
        "digraph Habeas {",
        f'graph [rankdir=LR, fontname="{FONT}", fontsize=15, nodesep=0.3, ranksep=0.9, pad=0.2]',
        f'node [shape=plain, fontname="{FONT}", fontsize=11]',
        f'edge [fontname="{FONT}", fontsize=9.5, arrowsize=0.7]',
        f"labelloc=t label={legend(colours)}",
        *cluster("What is said: in the claims' named graphs", model.families.keys() - provenance, model, colours),
        *cluster("Who says so: the record of each claim", provenance, model, colours),
    ]
    starts = sorted({start for start, _ in model.arrows})
    for (start, end), labels in sorted(model.arrows.items()):
        ink = INKS[starts.index(start) % len(INKS)]
        label = "<br/>".join(map(escape, sorted(labels)))
        lines.append(f'{start} -> {end} [label=<{label}>, color="{ink}", fontcolor="{ink}"]')
    return "\n".join([*lines, "}"])


def cluster(label: str, families: Iterable[str], model: Model, colours: Mapping[str, str]) -> list[str]:
    """A frame around families."""
    return [
        f"subgraph cluster_{label.split(maxsplit=1)[0].lower()} {{",
        f'labeljust=l label=<<b>{escape(label)}</b>> style=rounded color="#b8c0c8"',
        *(f"{family} [label={box(family, model, colours)}]" for family in sorted(families)),
        "}",
    ]


def box(family: str, model: Model, colours: Mapping[str, str]) -> str:
    """A family as a table: its name, its classes by module, and what its things have."""
    root = root_of(family, model.families[family])
    below: dict[str, list[str]] = defaultdict(list)
    for thing in model.families[family]:
        if thing is not root:
            below[module_of(thing)].append(thing.name)
    rows = [f'<tr><td bgcolor="{colours[module_of(root)]}"><font point-size="15"><b>{family}</b></font></td></tr>']
    for module, names in sorted(below.items()):
        rows.append(f'<tr><td align="left" balign="left" bgcolor="{colours[module]}">{in_lines(names, 2)}</td></tr>')
    for heading, properties in sorted(model.inner[family].items()):
        text = f'<font point-size="9.5"><i>{heading}</i><br/>{in_lines(sorted(properties), 3)}</font>'
        rows.append(f'<tr><td align="left" balign="left">{text}</td></tr>')
    return f'<<table border="0" cellborder="1" cellspacing="0" cellpadding="5" color="#8a949e">{"".join(rows)}</table>>'


def in_lines(names: list[str], in_line: int) -> str:
    """Names, some to a line."""
    return ",<br/>".join(escape(", ".join(names[i : i + in_line])) for i in range(0, len(names), in_line))


def legend(colours: Mapping[str, str]) -> str:
    """The modules and their colours, in one row."""
    cells = "".join(
        f'<td bgcolor="{colour}"><font point-size="12">{escape(module)}</font></td>'
        for module, colour in colours.items()
    )
    return (
        f'<<table border="0" cellborder="0" cellspacing="4" cellpadding="5"><tr><td>Modules:</td>{cells}</tr></table>>'
    )


def draw(dot: str) -> str:
    """The drawing, as SVG."""
    done = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True, check=True)  # noqa: S607
    # Without the comments, which name the version of Graphviz, and the DTD, which browsers do not read.
    return re.sub(r"<!(?:--.*?--|DOCTYPE[^>]*)>\n?", "", done.stdout, flags=re.DOTALL)


if __name__ == "__main__":
    try:
        SVG.write_text(draw(to_dot(Model(read_vocabulary(load_graphs({ONTOLOGY_GRAPH: ontology_files()}))))), "utf-8")
    except FileNotFoundError:
        sys.exit("docs/diagram.py: Graphviz is missing. Install it: apt-get install graphviz")
