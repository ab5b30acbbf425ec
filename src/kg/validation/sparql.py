"""SHACL-SPARQL (SHACL, sections 5 and 6): constraints in SPARQL, and components with validators in SPARQL."""

# ruff: noqa: S608 - what stands in this SQL are names of our own tables, and what the compiler of queries made

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rdflib import OWL, RDF, RDFS, SH, Graph, Literal, URIRef

from kg.columns.compile.seeded import Seed, compile_seeded
from kg.columns.compile.terms import term_of

from ..errors import QueryRefusedError, QuerySyntaxError, ShapesError
from .datatypes import quoted
from .naming import QUOTED, Message, message_of, name_of, ntriples, said_of, spoken
from .paths import Unsupported, path_sparql, read_path
from .report import BLANK_NODE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from rdflib.term import Node

    from kg.columns.compile import Term
    from kg.columns.compile.seeded import Seeded

    from .constraints import Place

__all__ = ["Component", "Found", "find_components", "query_of", "sparql_constraints", "with_path"]

_WANTED: Final = ("this", "path", "value")
# What no parameter may be called (SHACL, section 6.2.1).
_RESERVED: Final = frozenset({"PATH", "currentShape", "path", "shapesGraph", "this", "value"})
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# The graph that $shapesGraph names in the columns while a query asks for it.
SHAPES_GRAPH: Final = URIRef("urn:habeas:shapes-graph")


@dataclass(frozen=True, slots=True)
class Component:
    """A constraint component that a shapes graph declares: its parameters by variable, and which are optional."""

    iri: Node
    parameters: dict[str, Node]
    optional: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """What breaks a constraint in SPARQL: a SELECT of (focus node, path, value, n, computed, quoted); what to tell."""

    component: str
    constraint: str | None
    message: Message
    select: str


def find_components(graph: Graph) -> list[Component]:
    """The constraint components that a graph declares, with those of subclasses of sh:ConstraintComponent.

    Raises:
        ShapesError: the parameters of one are not well-formed (SHACL, section 6.2.1).
    """
    kinds = set(graph.transitive_subjects(RDFS.subClassOf, SH.ConstraintComponent))
    return sorted(
        (_component(graph, node) for kind in kinds for node in graph.subjects(RDF.type, kind)),
        key=lambda component: str(component.iri),
    )


def _component(graph: Graph, node: Node) -> Component:
    paths = {p: graph.value(p, SH.path) for p in graph.objects(node, SH.parameter)}
    names = {p: re.split(r"[#/:]", str(path))[-1] for p, path in paths.items()}
    optional = {names[p] for p in paths if str(graph.value(p, SH.optional)) in {"true", "1"}}
    if reserved := sorted(_RESERVED.intersection(names.values())):
        raise ShapesError(f"{node}: SHACL keeps the name {reserved[0]} to itself. Name its parameter otherwise.")
    if optional.issuperset(names.values()):
        raise ShapesError(
            f"{node}: it has no parameter that must be given, so it would apply to every shape. Give it one without "
            "sh:optional."
        )
    return Component(node, {names[p]: path for p, path in paths.items() if path is not None}, frozenset(optional))


def sparql_constraints(place: Place, components: list[Component]) -> Iterator[Found]:
    """The constraints of a shape that are in SPARQL.

    Raises:
        Unsupported: the columns do not check one of them.
    """
    for node in sorted(place.graph.objects(place.shape, SH.sparql), key=str):
        if str(place.graph.value(node, SH.deactivated)) not in {"true", "1"}:
            message = _message(place, (node,), {})
            yield Found(
                str(SH.SPARQLConstraintComponent),
                str(node) if isinstance(node, URIRef) else BLANK_NODE,
                *_violations(place, query_of(place.graph, node, SH.select), {}, message),
            )
    for component in components:
        for constants in _given(place, component):
            yield _by_component(place, component, constants)


def _given(place: Place, component: Component) -> list[dict[str, Node]]:
    """The parameters of each constraint of a component: of one parameter, each value is one (SHACL, section 6.2)."""
    names = component.parameters
    values = {name: sorted(set(place.graph.objects(place.shape, path)), key=str) for name, path in names.items()}
    if not all(values[name] or name in component.optional for name in names):
        return []
    if len(names) == 1:
        return [{name: value} for name in names for value in values[name]]
    if several := [str(names[name]) for name in names if len(values[name]) > 1]:
        raise ShapesError(
            f"{name_of(place.graph, place.shape).shape}: it has more than one {several[0]}, and {component.iri} takes "
            "several parameters. Give it one value; another one in a shape of its own."
        )
    return [{name: given[0] for name, given in values.items() if given}]


def _by_component(place: Place, component: Component, constants: dict[str, Node]) -> Found:
    if not all(map(_NAME.fullmatch, component.parameters)):
        raise Unsupported("a parameter of its constraint component has a name that the columns do not take")
    validator = _validator(place, component)
    message = _message(place, (validator, component.iri), constants)
    if place.graph.value(validator, SH.ask) is not None:
        select = _not_answered(place, query_of(place.graph, validator, SH.ask), constants)
        return Found(str(component.iri), None, message._replace(quotes=_quoted(message, {"this", "value"})), select)
    text = query_of(place.graph, validator, SH.select)
    return Found(str(component.iri), None, *_violations(place, text, constants, message))


def _validator(place: Place, component: Component) -> Node:
    """The validator for this kind of shape, or the one for both kinds (SHACL, section 6.2.3)."""
    own = SH.nodeValidator if place.value("path") is None else SH.propertyValidator
    for predicate in (own, SH.validator):
        found = list(place.graph.objects(component.iri, predicate))
        if len(found) == 1:
            return found[0]
        if found:
            break
    raise Unsupported("its constraint component has not exactly one validator for it")


def _message(place: Place, tellers: Iterable[Node], constants: dict[str, Node]) -> Message:
    """What the first says that says something, or the shape; a parameter, {$name}, is put in (SHACL, section 5.3.2)."""
    said = (message_of(place.graph.objects(teller, SH.message)) for teller in tellers)
    message = next(filter(None, said), None) or said_of(place.graph, place.shape, None)
    texts = {name: spoken(ntriples(value) or "") for name, value in constants.items()}
    return message._replace(text=QUOTED.sub(lambda quoted: texts.get(quoted[1], quoted[0]), message.text))


def _quoted(message: Message, selected: Collection[str]) -> tuple[str, ...]:
    """What a message quotes of a solution that binds some variables."""
    return tuple(sorted({*QUOTED.findall(message.text), "message"}.intersection(selected)))


# --- Queries ---------------------------------------------------------------------------------------------------------


def query_of(graph: Graph, node: Node, form: Node) -> str:
    """The query of a constraint or validator with its prefixes (SHACL, section 5.2.1).

    Raises:
        Unsupported: it has not exactly one.
    """
    texts = list(graph.objects(node, form))
    if len(texts) != 1 or not isinstance(texts[0], Literal):
        raise Unsupported("it has not exactly one query")
    wheres = {w for given in graph.objects(node, SH.prefixes) for w in graph.transitive_objects(given, OWL.imports)}
    declared = sorted(
        f"PREFIX {graph.value(d, SH.prefix)}: <{graph.value(d, SH.namespace)}>"
        for where in wheres
        for d in graph.objects(where, SH.declare)
    )
    return "\n".join([*declared, str(texts[0])])


def with_path(text: str, path: str) -> str:
    """A query with the path of a property shape in place of $PATH (SHACL, section 5.3.1)."""
    return re.sub(r"[$?]PATH\b", lambda _: path, text)


def _seeded(
    place: Place, text: str, constants: dict[str, Node], *, variables: Sequence[str], quoted: Sequence[str] = ()
) -> tuple[str, Seeded]:
    """What a query finds for each focus node (this) or value node (this, value), and what it is."""
    path = place.value("path")
    if path is not None:
        text = with_path(text, path_sparql(read_path(place.graph, path)))
    elif with_path(text, "") != text:
        raise ShapesError(
            f"{name_of(place.graph, place.shape).shape}: its query asks for $PATH, but it has no sh:path. Give it one, "
            "or write a property."
        )
    if re.search(r"[$?]failure\b", text):
        raise Unsupported("its query tells of failures")
    bound = {name: term_of(term) for name, term in constants.items()}
    asks_shapes = bool(re.search(r"[$?]shapesGraph\b", text))
    if asks_shapes:
        bound["shapesGraph"] = term_of(SHAPES_GRAPH)
    if asks_shapes and place.by_graph:
        raise Unsupported("its query asks the shapes graph, of many data graphs")
    if asks_shapes or re.search(r"[$?]currentShape\b", text):
        bound["currentShape"] = term_of(place.shape)
    seed = Seed(
        _source(place, variables),
        variables,
        bound,
        quads="shacl_dataset" if asks_shapes else "shacl_quad",
        graphs="shacl_graph",
        terms="shacl_plain",
        values="shacl_value",
        has_graphs=place.by_graph,
    )
    try:
        seeded = compile_seeded(text, seed, _WANTED, quoted)
    except (QueryRefusedError, QuerySyntaxError) as error:
        raise Unsupported(f"its query is left to the reference. {error}") from error
    found = _bound(seeded.sql, seeded.parameters, place.constant_of)
    if place.by_graph:
        # A query sees the ids of the dictionary; of many data graphs, each adds its own multiple to them.
        value = "graph * \0k0\0 + value AS value" if "value" in variables else "value"
        others = [f", quoted_{number}" for number in range(len(quoted))]
        found = f"SELECT graph * \0k0\0 + this AS this, path, {value}, value_term{''.join(others)} FROM ({found})"
    return found, seeded


def _source(place: Place, variables: Sequence[str]) -> str:
    """The relation of the focus nodes or of the value nodes that a query is asked about."""
    known = {"this": "focus", "value": "value"} if "value" in variables else {"this": "node"}
    items = [f"{place_of} AS {name}" for name, place_of in known.items()]
    if place.by_graph:
        items = [f"({column} % \0k0\0)::INTEGER AS {name}" for name, column in known.items()]
        items.append(f"({known['this']} // \0k0\0)::INTEGER AS graph")
    return f"(SELECT DISTINCT {', '.join(items)} FROM {place.values if 'value' in variables else place.focus})"


def _bound(sql: str, parameters: tuple[Term | str, ...], constant: Callable[[Term], str]) -> str:
    """The statement with its parameters written out."""
    texts = [quoted(p) if isinstance(p, str) else constant(p) for p in parameters]
    return re.sub(r"\$(\d+)", lambda match: texts[int(match[1]) - 1], sql)


def _violations(place: Place, text: str, constants: dict[str, Node], message: Message) -> tuple[Message, str]:
    """What to tell, and what a SELECT finds: a result for each solution (SHACL, section 5.3.2)."""
    asked = sorted({*QUOTED.findall(message.text), "message"} - {*_WANTED})
    found, seeded = _seeded(place, text, constants, variables=("this",), quoted=asked)
    if seeded.is_ask:
        raise Unsupported("its query is no SELECT")
    message = message._replace(quotes=_quoted(message, seeded.selected))
    others = "".join(f", quoted_{asked.index(name)}" for name in message.others)
    # Of a node shape, the value is the focus node itself where the query gives none.
    itself = "CASE WHEN r.value_term IS NULL THEN r.this END"
    value = f"coalesce(r.value, {itself})" if place.value("path") is None else "r.value"
    # A path that is no IRI tells nothing: it is the shape's own (SHACL, section 5.3.2).
    iris = "LEFT JOIN shacl_plain AS p ON p.id = r.path AND p.kind = 2 " if "path" in seeded.selected else ""
    path = "p.id" if iris else "NULL"
    return message, (
        f"SELECT r.this, {path}, {value}, f.n, r.value_term, {f'[{others[2:]}]' if others else 'NULL'} FROM "
        f"(SELECT DISTINCT this, path, value, value_term{others} FROM ({found})) AS r "
        f"{iris}JOIN {place.focus} AS f ON f.node = r.this"
    )


def _not_answered(place: Place, text: str, constants: dict[str, Node]) -> str:
    """The value nodes for which an ASK is not true (SHACL, section 6.3)."""
    found, seeded = _seeded(place, text, constants, variables=("this", "value"))
    if not seeded.is_ask:
        raise Unsupported("its query is no ASK")
    return (
        f"SELECT v.focus, NULL, v.value, v.n, NULL, NULL FROM {place.values} AS v "
        f"ANTI JOIN ({found}) AS r ON r.this = v.focus AND r.value = v.value"
    )
