"""What shapes say is held against SHACL's syntax rules (``syntax.toml``): what is not SHACL would check nothing."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rdflib import OWL, RDF, SH, XSD, BNode, Graph, Literal, URIRef

from .naming import name_of, ntriples
from .parameters import NODE_KINDS, number
from .paths import Unsupported, read_list, read_path
from .report import BLANK_NODE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rdflib.term import Node

__all__ = ["SINGLE", "syntax_faults"]

# Any: what TOML holds.
_RULES: Final[dict[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
SINGLE: Final = frozenset(_RULES["single"])
_OF_PROPERTIES: Final = frozenset(_RULES["of_properties"])
_ADVANCED: Final = frozenset(_RULES["advanced"])
_VALUES: Final[dict[str, str]] = _RULES["values"]
_NEEDS: Final[dict[str, list[str]]] = _RULES["needs"]
# rdflib does not list the terms that are words of Python: sh:in.
_TERMS: Final = frozenset({*(str(term).removeprefix(str(SH)) for term in dir(SH)), *_VALUES}) - _ADVANCED


def syntax_faults(graph: Graph) -> Iterator[str]:
    """What in a shapes graph is not SHACL, or not as SHACL has it, each with who says so and what is to be there."""
    for node in set(graph.subjects()):
        # What describes SHACL's own terms uses all of them.
        if not str(node).startswith(str(SH)):
            for fault in _faults_of(graph, node):
                yield f"{_called(graph, node)}: {fault}".replace("\0", r"\u0000")


def _unknown_terms(terms: Iterable[str]) -> Iterator[str]:
    """A fault for each of some terms, by their local names, that no processor of SHACL 1.0 would evaluate."""
    for name in terms:
        if name == "entailment":
            yield "it asks for entailment (sh:entailment), which there is none of here. Add what follows to the data."
        elif name in _ADVANCED:
            yield f"it uses sh:{name}, of SHACL's extensions, which nothing here evaluates. Say it in SHACL or SPARQL."
        elif name not in _TERMS:
            near = "".join(f" The nearest is sh:{found}." for found in get_close_matches(name, _TERMS, n=1))
            yield f"it uses {SH}{name}, which SHACL does not know and engines pass over. Correct the name.{near}"


def _called(graph: Graph, node: Node) -> str:
    name = name_of(graph, node)
    shape = "a blank node" if name.shape == BLANK_NODE else name.shape
    return f"{shape} {name.part}" if name.part else shape


def _faults_of(graph: Graph, node: Node) -> Iterator[str]:
    said = _said(graph, node)
    named = {_local(term) for term in (*graph.objects(node, RDF.type), *graph.objects(node, SH.severity))}
    yield from _unknown_terms(sorted({*said, *named} - {""}))
    yield from _faults_of_terms(said)
    for name in sorted(said.keys() & _VALUES.keys()):
        for value in said[name]:
            if not _is_kind(_VALUES[name], graph, value):
                yield f"its sh:{name} is {_told(value)}, and should be {_RULES['kinds'][_VALUES[name]]}."
    if "PropertyShape" in named and "path" not in said:
        yield "it is a sh:PropertyShape without sh:path. Name the property."
    if "NodeShape" in named and "path" in said:
        yield "it is a sh:NodeShape with sh:path. Make a sh:PropertyShape of it."
    if any("\0" in str(value) for value in graph.objects(node)):
        yield r"it names a text with the character \u0000, which columns do not hold. Leave it out."
    yield from _prefix_faults(graph, node)


def _faults_of_terms(said: dict[str, list[Node]]) -> Iterator[str]:
    for name, values in sorted(said.items()):
        if name in SINGLE and len(values) > 1:
            yield f"it has more than one sh:{name}. Keep one."
        if name in _OF_PROPERTIES and "path" not in said:
            yield f"it has sh:{name}, but no sh:path, so there are no values to look at. Say it of a property."
        needed = _NEEDS.get(name, ())
        if needed and not said.keys() & set(needed):
            yield f"it has sh:{name} without sh:{' or sh:'.join(needed)}, so it checks nothing. Say both."


def _said(graph: Graph, node: Node) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for predicate, value in graph.predicate_objects(node):
        if name := _local(predicate):
            found.setdefault(name, []).append(value)
    return found


def _local(term: Node) -> str:
    return str(term).removeprefix(str(SH)) if str(term).startswith(str(SH)) else ""


def _told(value: Node) -> str:
    text = ntriples(value)
    return "a blank node" if text is None or text == BLANK_NODE else text


def _prefix_faults(graph: Graph, node: Node) -> Iterator[str]:
    """Two namespaces of one prefix, among all that a constraint is given (SHACL, section 5.2.1)."""
    given = set(graph.objects(node, SH.prefixes))
    wheres = {where for first in given for where in graph.transitive_objects(first, OWL.imports)}
    spaces: dict[str, set[str]] = {}
    for declared in {declared for where in wheres for declared in graph.objects(where, SH.declare)}:
        spaces.setdefault(str(graph.value(declared, SH.prefix)), set()).add(str(graph.value(declared, SH.namespace)))
    for prefix, found in sorted(spaces.items()):
        if len(found) > 1:
            yield f"its sh:prefixes give {prefix} more than one namespace: {', '.join(sorted(found))}. Keep one."


# --- Kinds of values -------------------------------------------------------------------------------------------------


def _is_kind(kind: str, graph: Graph, value: Node) -> bool:
    try:
        return _IS[kind](graph, value)
    except Unsupported:
        return False


def _is_text(_: Graph, value: Node) -> bool:
    return isinstance(value, Literal) and (bool(value.language) or value.datatype in (None, XSD.string))


def _is_string(_: Graph, value: Node) -> bool:
    return isinstance(value, Literal) and not value.language and value.datatype in (None, XSD.string)


def _is_boolean(_: Graph, value: Node) -> bool:
    return isinstance(value, Literal) and value.datatype == XSD.boolean and str(value) in {"true", "false", "1", "0"}


def _is_iri(_: Graph, value: Node) -> bool:
    return isinstance(value, URIRef)


def _is_literal(_: Graph, value: Node) -> bool:
    return isinstance(value, Literal)


def _is_shape(graph: Graph, value: Node) -> bool:
    return isinstance(value, BNode) or (isinstance(value, URIRef) and (value, None, None) in graph)


def _is_declaration(graph: Graph, value: Node) -> bool:
    return all(len(list(graph.objects(value, term))) == 1 for term in (SH.prefix, SH.namespace))


def _list_of(is_member: Callable[[Graph, Node], bool]) -> Callable[[Graph, Node], bool]:
    return lambda graph, value: all(is_member(graph, member) for member in read_list(graph, value))


_IS: Final[dict[str, Callable[[Graph, Node], bool]]] = {
    "boolean": _is_boolean,
    "count": lambda _, value: bool(number(value)),
    "declaration": _is_declaration,
    "iri": _is_iri,
    "iris": _list_of(_is_iri),
    "list": _list_of(lambda _graph, _value: True),
    "literal": _is_literal,
    "named": lambda _, value: not isinstance(value, BNode),
    "namespace": lambda _, value: not isinstance(value, BNode),
    "nodeKind": lambda _, value: value in NODE_KINDS,
    "path": lambda graph, value: bool(read_path(graph, value)),
    "propertyShape": lambda graph, value: (value, SH.path, None) in graph,
    "shape": _is_shape,
    "shapes": _list_of(_is_shape),
    "string": _is_string,
    "strings": _list_of(_is_string),
    "text": _is_text,
}
