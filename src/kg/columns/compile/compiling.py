"""SPARQL text to one SQL statement."""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import rdflib
from rdflib import BNode, URIRef, Variable

from kg.errors import QueryRefusedError, QuerySyntaxError

from .constants import read, typed_row
from .dataset import chosen, restrict
from .macros import expanded
from .parsing import children, parse
from .patterns import Patterns
from .relations import DICTIONARY, HELD, TYPED, Context, Scope
from .solutions import Ordered, solutions
from .terms import LITERAL, STRING, XSD, Term, refuse, term_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rdflib.plugins.sparql.parserutils import CompValue

    from .arrangement import Arrangement

__all__ = ["Compiled", "compile", "coverage", "statement"]

Form = Literal["SELECT", "ASK", "CONSTRUCT"]
Held = Literal["id", "int", "text", "term", "unbound"]
_FORMS: Final[dict[str, Form]] = {"SelectQuery": "SELECT", "AskQuery": "ASK", "ConstructQuery": "CONSTRUCT"}

_DATATYPES: Final = {"int": XSD + "integer", "text": STRING}
_WITH: Final = "WITH RECURSIVE "


@dataclass(frozen=True)
class Compiled:
    """A query as SQL, but for the ids of its terms, which ``statement`` puts in.

    Args:
        sql: one statement; for SELECT and CONSTRUCT it gives one column for each of ``variables``, in their order,
            NULL where it is unbound, held as ``kinds`` says. It reads the tables of ``schema.sql`` and
            ``position``, and calls nothing of ``functions.sql``, which it holds as text.
        parameters: what ``$1``, ``$2``, … stand for: a text, or a term whose id in the dictionary is meant.
        form: the form of the query.
        variables: the variables of its solutions.
        kinds: how each of them is held: "id" of the dictionary (``statement`` says of negative ones), "int" and "text"
            as SQL has them, "term" (STRUCT(k, v, d, l)), or "unbound".
        template: the triples of a CONSTRUCT, of variables (by name), blank nodes (kind 1) and other terms.
        constants: the terms among the parameters that may be in the answer, whether the dictionary has them or not.
        called: the same with four columns for each variable (kind, lexical form, datatype and language of its term),
            in which the macros of functions.sql are called and not written out.
    """

    sql: str
    parameters: tuple[Term | str, ...]
    form: Form
    variables: tuple[str, ...]
    kinds: tuple[Held, ...] = ()
    template: tuple[tuple[str | Term, ...], ...] = ()
    constants: tuple[Term, ...] = ()
    called: str = ""


def coverage(text: str, *, base: str | None = None) -> tuple[str, ...]:
    """Why a query is not covered; nothing if it is."""
    try:
        compile(text, base=base)
    except (QueryRefusedError, QuerySyntaxError) as error:
        return (str(error),)
    return ()


def compile(  # noqa: A001 - the name of what it does
    text: str,
    *,
    base: str | None = None,
    default_graphs: Sequence[str] = (),
    named_graphs: Sequence[str] = (),
    arrangement: Arrangement | None = None,
) -> Compiled:
    """Compile a query.

    Args:
        text: the query.
        base: the IRI that relative ones are resolved against.
        default_graphs: the graphs that are its default graph together, in the place of what it says with FROM.
        named_graphs: its named graphs; if there are any of either kind, there are no others.
        arrangement: of the only database that the SQL is for; None for SQL that reads the tables of ``schema.sql``
            whatever is in them, but for ``subject``.

    Raises:
        QuerySyntaxError: it is not SPARQL 1.1.
        QueryUnsupportedError: it is not covered; the message says what of it.
    """
    try:
        context = Context(positions=True, arrangement=arrangement)
        return _compile(
            context, parse(text, base=base), *(list(map(URIRef, g)) for g in (default_graphs, named_graphs))
        )
    except RecursionError as error:
        raise refuse("a query nested so deep") from error


def _compile(context: Context, tree: CompValue, default: list[URIRef], named: list[URIRef]) -> Compiled:
    read(_literals(tree))
    form = _FORMS.get(tree.name)
    if form is None:
        raise refuse("DESCRIBE")
    if default or named or tree.datasetClause:
        restrict(context, *((default, named) if default or named else chosen(tree)))
    template = _template(tree) if form == "CONSTRUCT" else ()
    ordered = solutions(Patterns(context), tree, Scope())
    if form == "ASK":
        ordered = Ordered(ordered.relation)
        body = called = f"SELECT count(*) > 0 FROM (SELECT 1 FROM ({ordered.relation.sql}) LIMIT 1)"
    else:
        body, called = _held(context, ordered), _decoded(context, ordered)
    recursive = f"{_WITH}{', '.join(context.ctes)} " if context.ctes else ""
    return Compiled(
        expanded(recursive + body),
        tuple(context.parameters),
        form,
        ordered.variables,
        tuple(_kind(ordered, name) for name in ordered.variables),
        template,
        tuple(context.constants),
        recursive + called,
    )


def _literals(node: Any) -> Iterator[Term]:  # noqa: ANN401 - rdflib's trees are not typed
    """The literals of a query, for all of which is found out at once what they are."""
    if isinstance(node, rdflib.Literal):
        yield term_of(node)
    for child in children(node):
        yield from _literals(child)


def _template(tree: CompValue) -> tuple[tuple[str | Term, ...], ...]:
    """The template of a CONSTRUCT; its short form takes the pattern itself (§16.2.4)."""
    members: list[Any] = []
    if tree.where.name == "FakeGroupGraphPatten":
        members = [member for part in tree.where.part for block in part.triples for member in block]
    else:
        members = [member for block in tree.template or [] for member in block]
    terms = [
        str(m) if isinstance(m, Variable) else Term(1, str(m)) if isinstance(m, BNode) else term_of(m) for m in members
    ]
    return tuple(tuple(terms[i : i + 3]) for i in range(0, len(terms), 3))


def _kind(ordered: Ordered, name: str) -> Held:
    column = ordered.relation.columns.get(name)
    if column is None:
        return "unbound"
    return column.kind if column.kind in {"id", "int", "text"} else "term"


def _held(context: Context, ordered: Ordered) -> str:
    """The solutions as they are held, in their order: a term is found by its id in no time once the answer is there.

    To look it up in the same statement makes that half as long again, and most of the time goes into its plan.
    """
    items = []
    for name in ordered.variables:
        column, held = ordered.relation.columns.get(name), f"r.{context.column(name)}"
        if column is None:
            items.append("NULL")
        elif column.kind == "num":
            items.append(HELD[column.kind].format(held))
        else:
            items.append(held)
    return f"SELECT {', '.join(items) or '0'} FROM ({ordered.relation.sql}) AS r{_by_keys(ordered)}"


def _by_keys(ordered: Ordered) -> str:
    return f" ORDER BY {', '.join(f'r.{key}' for key in ordered.keys)}" if ordered.keys else ""


def _decoded(context: Context, ordered: Ordered) -> str:
    """The solutions as terms, in their order."""
    items, source = [], f"({ordered.relation.sql}) AS r"
    for name in ordered.variables:
        column, held = ordered.relation.columns.get(name), f"r.{context.column(name)}"
        if column is None:
            items.append("NULL, NULL, NULL, NULL")
        elif column.kind == "id":
            alias = context.fresh("t")
            source += f" {'' if column.sure else 'LEFT '}JOIN {DICTIONARY} AS {alias} ON {alias}.id = {held}"
            items.append(f"{alias}.kind, {alias}.lexical, {alias}.datatype, {alias}.language")
        elif column.kind in _DATATYPES:
            kind = f"CASE WHEN {held} IS NOT NULL THEN {LITERAL} END"
            items.append(f"{kind}, {held}::VARCHAR, '{_DATATYPES[column.kind]}', ''")
        else:
            made = HELD.get(column.kind, "{0}").format(held)
            items.append(", ".join(f"({made}).{part}" for part in "kvdl"))
    return f"SELECT {', '.join(items) or '0'} FROM {source}{_by_keys(ordered)}"


def statement(compiled: Compiled, ids: Mapping[Term, int]) -> tuple[str, list[str]]:
    """The statement for one dictionary, and the texts that ``$1``, ``$2``, … stand for in it.

    Args:
        compiled: the query.
        ids: those of the terms among its parameters that the dictionary has; any other gets a negative id.
    """
    texts: dict[int, str] = {}
    places: dict[int, int] = {}

    def put(match: re.Match[str]) -> str:
        number = int(match[1])
        value = compiled.parameters[number - 1]
        if isinstance(value, Term):
            return str(ids.get(value, -number))
        places.setdefault(number, len(places) + 1)
        texts[number] = value
        return f"${places[number]}"

    missing = [term for term in compiled.constants if term not in ids]
    names = {DICTIONARY: "term", TYPED: "value"} if not missing else {}
    sql = _with_missing(compiled, missing)
    sql = re.sub(rf"\b({DICTIONARY}|{TYPED})\b", lambda match: names.get(match[1], match[1]), sql)
    return re.sub(r"\$(\d+)", put, sql), [texts[number] for number in places]


def _with_missing(compiled: Compiled, missing: list[Term]) -> str:
    """The SQL with the terms that the dictionary lacks added to it, if there are any."""
    if not missing:
        return compiled.sql
    numbers = {value: number for number, value in enumerate(compiled.parameters, 1)}
    terms, values = [], []
    for term in missing:
        number = -numbers[term]
        texts = ", ".join(f"${numbers[text]}" if text else "''" for text in term[1:])
        terms.append(f"({number}::INTEGER, {term.kind}, {texts})")
        values.append(f"({number}::INTEGER, {typed_row(term)})")
    added = [
        f"{name} AS NOT MATERIALIZED (SELECT {listed} FROM {table} UNION ALL VALUES {', '.join(rows)})"
        for name, table, listed, rows in (
            (DICTIONARY, "term", "id, kind, lexical, datatype, language", terms),
            (TYPED, "value", "id, t, d, f, c, us, tz", values),
        )
    ]
    head, rest = ("WITH RECURSIVE ", compiled.sql.removeprefix("WITH RECURSIVE "))
    return f"{head}{', '.join(added)}{', ' if rest != compiled.sql else ' '}{rest}"
