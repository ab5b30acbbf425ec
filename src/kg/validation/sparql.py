"""SHACL-SPARQL (SHACL, sections 5 and 6): constraints in SPARQL, and components with validators in SPARQL."""

# ruff: noqa: S608 - what stands in this SQL are names of our own tables, and what the compiler of queries made

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rdflib import OWL, RDF, RDFS, SH, Graph, Literal, URIRef

from kg.columns.compile.seeded import Seed, compile_seeded
from kg.columns.compile.terms import term_of

from ..errors import QueryRefusedError, QuerySyntaxError
from .datatypes import quoted
from .naming import QUOTED, Message, message_of
from .paths import Unsupported, path_sparql, read_path
from .report import BLANK_NODE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rdflib.term import Node

    from kg.columns.compile import Term

    from .constraints import Place

__all__ = ["Component", "Found", "find_components", "sparql_constraints"]

_WANTED: Final = ("this", "path", "value")
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
    """What breaks a constraint in SPARQL: a SELECT of (focus node, path, value, n, computed value); what to tell."""

    component: str
    constraint: str | None
    message: Message | None
    select: str


def find_components(graph: Graph) -> list[Component]:
    """The constraint components that a graph declares, with those of subclasses of sh:ConstraintComponent."""
    kinds = set(graph.transitive_subjects(RDFS.subClassOf, SH.ConstraintComponent))
    return sorted(
        (_component(graph, node) for kind in kinds for node in graph.subjects(RDF.type, kind)),
        key=lambda component: str(component.iri),
    )


def _component(graph: Graph, node: Node) -> Component:
    paths = {p: graph.value(p, SH.path) for p in graph.objects(node, SH.parameter)}
    names = {p: re.split(r"[#/:]", str(path))[-1] for p, path in paths.items()}
    optional = {names[p] for p in paths if str(graph.value(p, SH.optional)) in {"true", "1"}}
    return Component(node, {names[p]: path for p, path in paths.items() if path is not None}, frozenset(optional))


def sparql_constraints(place: Place, components: list[Component]) -> Iterator[Found]:
    """The constraints of a shape that are in SPARQL.

    Raises:
        Unsupported: the columns do not check one of them.
    """
    for node in sorted(place.graph.objects(place.shape, SH.sparql), key=str):
        if str(place.graph.value(node, SH.deactivated)) not in {"true", "1"}:
            text = _query(place.graph, node, SH.select)
            select = _violations(place, text, {})
            yield Found(
                str(SH.SPARQLConstraintComponent),
                str(node) if isinstance(node, URIRef) else BLANK_NODE,
                _message(place.graph, node, {}, _told(text)),
                select,
            )
    for component in components:
        given = {name: list(place.graph.objects(place.shape, path)) for name, path in component.parameters.items()}
        if all(given[name] or name in component.optional for name in given):
            yield _by_component(place, component, given)


def _by_component(place: Place, component: Component, given: dict[str, list[Node]]) -> Found:
    if any(len(values) > 1 for values in given.values()) or not all(map(_NAME.fullmatch, given)):
        raise Unsupported("it gives a parameter of a constraint component more than one value")
    constants = {name: values[0] for name, values in given.items() if values}
    validator = _validator(place, component)
    if place.graph.value(validator, SH.ask) is not None:
        told = frozenset({"this", "value"})
        select = _not_answered(place, _query(place.graph, validator, SH.ask), constants)
    else:
        text = _query(place.graph, validator, SH.select)
        told = _told(text)
        select = _violations(place, text, constants)
    message = _message(place.graph, validator, constants, told)
    return Found(str(component.iri), None, message, select)


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


def _told(query: str) -> frozenset[str]:
    """What is known of a solution of a SELECT: its focus node, and its value where it selects one."""
    head = re.split(r"\{|\bwhere\b", query, maxsplit=1, flags=re.IGNORECASE)[0]
    return frozenset({"this", *re.findall(r"[$?](value)\b", head)})


def _message(graph: Graph, node: Node, constants: dict[str, Node], told: frozenset[str]) -> Message | None:
    """What to tell; a parameter that it quotes, {$name}, is put in (SHACL, section 6.3)."""
    message = message_of(graph.objects(node, SH.message))
    if message is None:
        return None
    text = message.text
    for name, value in constants.items():
        text = text.replace(f"{{${name}}}", str(value)).replace(f"{{?{name}}}", str(value))
    quoted_names = set(QUOTED.findall(text))
    if not quoted_names <= told:
        raise Unsupported("its message quotes variables of its query")
    return Message(text, message.language, quotes=bool(quoted_names))


# --- Queries ---------------------------------------------------------------------------------------------------------


def _query(graph: Graph, node: Node, form: Node) -> str:
    """The query of a constraint or validator with its prefixes (SHACL, section 5.2.1)."""
    texts = list(graph.objects(node, form))
    if len(texts) != 1 or not isinstance(texts[0], Literal):
        raise Unsupported("it has not exactly one query")
    if re.search(r"[$?]failure\b", texts[0]):
        raise Unsupported("its query tells of failures")
    wheres = {w for given in graph.objects(node, SH.prefixes) for w in graph.transitive_objects(given, OWL.imports)}
    declared = sorted(
        f"PREFIX {graph.value(d, SH.prefix)}: <{graph.value(d, SH.namespace)}>"
        for where in wheres
        for d in graph.objects(where, SH.declare)
    )
    return "\n".join([*declared, str(texts[0])])


def _seeded(place: Place, text: str, constants: dict[str, Node], variables: Sequence[str]) -> tuple[str, bool]:
    """What a query finds for each focus node (this) or value node (this, value), and whether it is an ASK."""
    path = place.value("path")
    if path is not None:
        text = re.sub(r"[$?]PATH\b", lambda _: path_sparql(read_path(place.graph, path)), text)
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
        seeded = compile_seeded(text, seed, _WANTED)
    except (QueryRefusedError, QuerySyntaxError) as error:
        raise Unsupported(f"its query is left to the reference. {error}") from error
    found = _bound(seeded.sql, seeded.parameters, place.constant_of)
    if place.by_graph:
        # A query sees the ids of the dictionary; of many data graphs, each adds its own multiple to them.
        value = "graph * \0k0\0 + value AS value" if "value" in variables else "value"
        found = f"SELECT graph * \0k0\0 + this AS this, path, {value}, value_term FROM ({found})"
    return found, seeded.is_ask


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


def _violations(place: Place, text: str, constants: dict[str, Node]) -> str:
    """What a SELECT finds: a result for each solution (SHACL, section 5.3.2)."""
    found, is_ask = _seeded(place, text, constants, ("this",))
    if is_ask:
        raise Unsupported("its query is no SELECT")
    # Of a node shape, the value is the focus node itself where the query gives none.
    itself = "CASE WHEN r.value_term IS NULL THEN r.this END"
    value = f"coalesce(r.value, {itself})" if place.value("path") is None else "r.value"
    return (
        f"SELECT r.this, r.path, {value}, f.n, r.value_term FROM "
        f"(SELECT DISTINCT this, path, value, value_term FROM ({found})) AS r "
        f"JOIN {place.focus} AS f ON f.node = r.this"
    )


def _not_answered(place: Place, text: str, constants: dict[str, Node]) -> str:
    """The value nodes for which an ASK is not true (SHACL, section 6.3)."""
    found, is_ask = _seeded(place, text, constants, ("this", "value"))
    if not is_ask:
        raise Unsupported("its query is no ASK")
    return (
        f"SELECT v.focus, NULL, v.value, v.n, NULL FROM {place.values} AS v "
        f"ANTI JOIN ({found}) AS r ON r.this = v.focus AND r.value = v.value"
    )
