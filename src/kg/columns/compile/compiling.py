"""SPARQL text to one SQL statement."""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from rdflib import BNode, Variable

from kg.errors import QueryRefusedError, QuerySyntaxError

from .parsing import parse
from .patterns import Patterns
from .relations import TERM, Context, Scope
from .solutions import Ordered, solutions
from .terms import LITERAL, Term, refuse, term_of

if TYPE_CHECKING:
    from rdflib.plugins.sparql.parserutils import CompValue

__all__ = ["Compiled", "compile", "coverage"]

Form = Literal["SELECT", "ASK", "CONSTRUCT"]
_FORMS: Final[dict[str, Form]] = {"SelectQuery": "SELECT", "AskQuery": "ASK", "ConstructQuery": "CONSTRUCT"}


@dataclass(frozen=True)
class Compiled:
    """A query as SQL.

    Args:
        sql: one statement; for SELECT and CONSTRUCT it gives a term (STRUCT) for each of ``variables``, in their order.
        parameters: what ``$1``, ``$2``, … stand for: a text, or a term whose id in the dictionary is meant, or a
            negative number of its own where the dictionary lacks it.
        form: the form of the query.
        variables: the variables of its solutions.
        template: the triples of a CONSTRUCT, of variables (by name), blank nodes (kind 1) and other terms.
    """

    sql: str
    parameters: tuple[Term | str, ...]
    form: Form
    variables: tuple[str, ...]
    template: tuple[tuple[str | Term, ...], ...] = ()


def coverage(text: str, *, base: str | None = None) -> tuple[str, ...]:
    """Why a query is not covered; nothing if it is."""
    try:
        compile(text, base=base)
    except (QueryRefusedError, QuerySyntaxError) as error:
        return (str(error),)
    return ()


def compile(text: str, *, base: str | None = None) -> Compiled:  # noqa: A001 - the name of what it does
    """Compile a query.

    Raises:
        QuerySyntaxError: it is not SPARQL 1.1.
        QueryUnsupportedError: it is not covered; the message says what of it.
    """
    try:
        return _compile(parse(text, base=base))
    except RecursionError as error:
        raise refuse("a query nested so deep") from error


def _compile(tree: CompValue) -> Compiled:
    form = _FORMS.get(tree.name)
    if form is None:
        raise refuse("DESCRIBE")
    if tree.datasetClause:
        raise refuse("FROM")
    context = Context()
    template = _template(tree) if form == "CONSTRUCT" else ()
    ordered = solutions(Patterns(context), tree, Scope())
    if form == "ASK":
        body = f"SELECT count(*) > 0 FROM (SELECT 1 FROM ({ordered.relation.sql}) LIMIT 1)"
        names: tuple[str, ...] = ()
    else:
        names = ordered.variables
        body = _decoded(context, ordered)
    return _numbered(Compiled(_statement(context, body), tuple(context.parameters), form, names, template))


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


def _decoded(context: Context, ordered: Ordered) -> str:
    """The solutions as terms, in their order."""
    items, source = [], f"({ordered.relation.sql}) AS r"
    for name in ordered.variables:
        column = ordered.relation.columns.get(name)
        if column is None:
            items.append("NULL")
        elif column.kind == "term":
            items.append(f"r.{context.column(name)}")
        else:
            alias = context.fresh("t")
            source += f" LEFT JOIN dict AS {alias} ON {alias}.id = r.{context.column(name)}"
            items.append(TERM.format(alias))
    order = f" ORDER BY {', '.join(f'r.{key}' for key in ordered.keys)}" if ordered.keys else ""
    return f"SELECT {', '.join(items) or '0'} FROM {source}{order}"


def _statement(context: Context, body: str) -> str:
    """The whole statement; ``dict`` is the dictionary with what only the query names."""
    rows = ["SELECT id, kind, lexical, datatype, language FROM term"]
    values = ["SELECT id, t, d, f, c, us, tz FROM value"]
    for term in context.constants:
        number, datatype, text = context.term_id(term), context.text(term.datatype), context.text(term.lexical)
        language = context.text(term.language)
        rows.append(f"SELECT {number}::INTEGER, {term.kind}, {text}, {datatype}, {language} WHERE {number} < 0")
        if term.kind == LITERAL:
            typed = f"SELECT num_of({datatype}, {text}) AS n, moment_of({datatype}, {text}) AS m"
            values.append(f"SELECT {number}::INTEGER, n.t, n.d, n.f, m.c, m.us, m.tz FROM ({typed}) WHERE {number} < 0")
    ctes = [
        f"dict AS NOT MATERIALIZED ({' UNION ALL '.join(rows)})",
        f"typed AS NOT MATERIALIZED ({' UNION ALL '.join(values)})",
        *context.ctes,
    ]
    return f"WITH RECURSIVE {', '.join(ctes)} {body}"


def _numbered(compiled: Compiled) -> Compiled:
    """The same with its parameters numbered as they appear: some belong to steps that nothing needed."""
    numbers: dict[str, int] = {}
    sql = re.sub(r"\$(\d+)", lambda match: f"${numbers.setdefault(match[1], len(numbers) + 1)}", compiled.sql)
    parameters = tuple(compiled.parameters[int(old) - 1] for old in numbers)
    return Compiled(sql, parameters, compiled.form, compiled.variables, compiled.template)
