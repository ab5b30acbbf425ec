"""What a report says of shapes: the name of one that has none, and the message to tell."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from rdflib import RDF, SH, XSD, Graph, Literal, URIRef

from .delta_quads import read_term
from .paths import Unsupported, read_list
from .report import BLANK_NODE, NO_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rdflib.term import Node

__all__ = ["QUOTED", "Message", "Name", "message_of", "name_of", "ntriples", "said_of", "spoken"]

# A place for a variable in a message.
QUOTED: Final = re.compile(r"\{[$?](\w+)\}")
# What leads from a shape to one that it has inside.
_INSIDE: Final = (
    *(SH.property, SH.node, SH["not"], SH["and"], SH["or"], SH.xone, SH.qualifiedValueShape),
    *(RDF.first, RDF.rest),
)
# What says nothing of the values, or at length.
_ASIDE: Final = frozenset(
    {SH.message, SH.name, SH.description, SH.order, SH.group, SH.severity, SH.defaultValue, SH.deactivated}
    | {SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf, SH.select, SH.ask, SH.prefixes}
)
_PART_MAX: Final = 400
_ASKED_MAX: Final = 100
_PREFIXES: Final = (("sh:", str(SH)), ("xsd:", str(XSD)))


class Name(NamedTuple):
    """What a report calls a shape.

    Args:
        shape: its IRI, or that of the nearest shape that has it inside; ``BLANK_NODE`` where there is none.
        part: what a shape without an IRI says of the values, in Turtle; None for one with an IRI.
    """

    shape: str
    part: str | None


class Message(NamedTuple):
    """What is told of a breach.

    Args:
        text: what is said, to people.
        language: its tag; "" where it has none.
        quotes: the variables of a solution that the text has places for, {$this} or {?value} (SHACL §5.3.2), and
            "message", which takes the place of all of it.
    """

    text: str
    language: str
    quotes: tuple[str, ...] = ()

    @property
    def others(self) -> tuple[str, ...]:
        """Those of ``quotes`` that are no part of a result."""
        return tuple(name for name in self.quotes if name not in {"this", "value", "path"})

    def about(
        self, focus_node: str, value: str | None, path: str | None = None, quoted: Sequence[str | None] = ()
    ) -> Message:
        """What is told of a solution; a place for what is unbound stays as it is.

        Args:
            focus_node: in N-Triples, as ``value``.
            value: its value.
            path: the IRI that it binds to ?path.
            quoted: in N-Triples, each of ``others``.
        """
        if not self.quotes:
            return self
        bound = dict(zip(self.others, quoted, strict=True))
        if own := bound.get("message"):
            return Message(read_term(own).lexical, read_term(own).language)
        bound |= {"this": focus_node, "value": value, "path": path and f"<{path}>"}
        said = {name: spoken(term) for name in self.quotes if (term := bound[name]) is not None}
        return Message(QUOTED.sub(lambda place: said.get(place[1], place[0]), self.text), self.language)


def name_of(graph: Graph, shape: Node) -> Name:
    """What a report calls a shape; the labels of blank nodes differ from parse to parse, and name nothing."""
    if isinstance(shape, URIRef):
        return Name(str(shape), None)
    part = _turtle(graph, shape, ())
    if len(part) > _PART_MAX:
        path = graph.value(shape, SH.path)
        part = "[]" if path is None else f"[ sh:path {_turtle(graph, path, ())} ]"
    return Name(_owner(graph, shape), part if len(part) <= _PART_MAX else "[]")


def _owner(graph: Graph, shape: Node) -> str:
    level, seen = {shape}, {shape}
    while level:
        level = {s for node in level for p in _INSIDE for s in graph.subjects(p, node)} - seen
        seen |= level
        if named := sorted(str(node) for node in level if isinstance(node, URIRef)):
            return named[0]
    return BLANK_NODE


def message_of(messages: Iterable[Node], written: Iterable[Node] = ()) -> Message | None:
    """Which of several messages to tell: the one in English, or one in no language, or the first by its tag.

    Args:
        messages: literals.
        written: literals that they are made of, where they have lost the tags of their languages.
    """
    texts = [Message(str(m), getattr(m, "language", None) or _language(str(m), written)) for m in messages]
    return min(texts, key=lambda m: (m.language.partition("-")[0].lower() != "en", m.language, m.text), default=None)


def _language(text: str, written: Iterable[Node]) -> str:
    """The tag of the literal that a text is made of: of several that fit, of the one that says most."""
    fitting = [m for m in written if _filled(str(m)).fullmatch(text)]
    return getattr(max(fitting, key=lambda m: len(str(m))), "language", None) or "" if fitting else ""


@lru_cache(maxsize=1024)
def _filled(template: str) -> re.Pattern[str]:
    """What a message becomes when its places are filled."""
    return re.compile(".*".join(map(re.escape, QUOTED.sub("\0", template).split("\0"))), re.DOTALL)


def said_of(graph: Graph, shape: Node, component: str | None) -> Message:
    """What to tell of a shape: its message; or what it asks with a component of SHACL Core."""
    message = message_of(graph.objects(shape, SH.message))
    if message is not None or component is None:
        return message or Message(NO_MESSAGE, "en")
    name = component.removeprefix(str(SH)).removesuffix("ConstraintComponent")
    parameter = name[:1].lower() + name[1:]
    values = ", ".join(sorted(_turtle(graph, value, ()) for value in graph.objects(shape, SH[parameter])))
    asked = f"sh:{parameter} {values}" if 0 < len(values) <= _ASKED_MAX else f"sh:{parameter}"
    return Message(f"{'The number of values' if name.endswith('Count') else 'A value'} breaks {asked}.", "en")


def _turtle(graph: Graph, node: Node, above: tuple[Node, ...]) -> str:
    """A node and what is said of it, if it is blank, with the prefixes sh and xsd; what goes in a circle is cut."""
    if isinstance(node, URIRef):
        return _short(node)
    if isinstance(node, Literal):
        is_plain = node.datatype in (XSD.integer, XSD.boolean) and not node.ill_typed
        return str(node) if is_plain else ntriples(node) or ""
    if node in above:
        return "[]"
    below = (*above, node)
    if node != RDF.nil and (node, RDF.first, None) in graph:
        try:
            return f"( {' '.join(_turtle(graph, member, below) for member in read_list(graph, node))} )"
        except Unsupported:
            return "[]"
    said = sorted(
        f"{'a' if p == RDF.type else _short(p)} {_turtle(graph, o, below)}"
        for p, o in graph.predicate_objects(node)
        if p not in _ASIDE
    )
    return f"[ {' ; '.join(said)} ]" if said else "[]"


def _short(iri: Node) -> str:
    for prefix, namespace in _PREFIXES:
        local = str(iri).removeprefix(namespace)
        if local != str(iri) and local.isidentifier():
            return prefix + local
    return f"<{iri}>"


def spoken(term: str) -> str:
    """A term in N-Triples as it stands in a sentence."""
    return "a blank node" if term.startswith("_:") else read_term(term).lexical


def ntriples(node: Node | None) -> str | None:
    """A term as N-Triples. rdflib's own n3() refuses IRIs that it thinks are wrong, and breaks lines."""
    if node is None:
        return None
    if isinstance(node, URIRef):
        return f"<{node}>"
    if not isinstance(node, Literal):
        return BLANK_NODE
    text = str(node).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    if node.language:
        return f'"{text}"@{node.language}'
    return f'"{text}"^^<{node.datatype}>' if node.datatype else f'"{text}"'
