"""SQL of the columns in Spark's dialect: macros written out, and what the two engines understand differently.

What cannot mean exactly the same on Spark is refused, here or, by ``raise_error``, while it runs.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
from sqlglot import exp, parse_one
from sqlglot.optimizer.simplify import simplify

from kg.columns.compile.terms import refuse

from .regexes import FOLDED, java_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Macro", "compiler_macros", "expanded", "guarded", "macros_in", "parsed", "spark_sql"]

Macro = tuple[tuple[str, ...], exp.Expression]
_HERE: Final = Path(__file__).parent
_COMPILER: Final = _HERE.parent / "columns" / "compile" / "functions.sql"
_MACRO: Final = re.compile(
    r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP\s+)?MACRO\s+(\w+)\s*\(([^)]*)\)\s+AS\s+(.*?);?\s*$", re.DOTALL
)


def parsed(sql: str, texts: Mapping[str, str] | None = None) -> exp.Expression:
    """One statement, or one expression, of DuckDB as a tree.

    Args:
        sql: the statement.
        texts: what ``$1`` and so on stand for where it is a text; a regular expression must be known to be translated.
    """
    # sqlglot does not read DuckDB's newer word for a lambda; its older arrow means the same.
    tree = parse_one(re.sub(r"\blambda (\w+):", r"\1 ->", sql), read="duckdb")
    for place in tree.find_all(exp.Placeholder):
        if place.arg_key in {"expression", "replacement"} and str(place.name) in (texts or {}):
            place.replace(exp.Literal.string((texts or {})[str(place.name)]))
        else:
            # Spark's parameters have names.
            place.set("this", f"p{place.name}")
    return tree


# --- Macros ----------------------------------------------------------------------------------------------------------


def macros_in(sql: str) -> dict[str, Macro]:
    """The scalar macros that DuckDB statements create, by name; what else the statements do is left out."""
    found = {}
    for statement in duckdb.extract_statements(sql):
        match = _MACRO.search(re.sub(r"(?m)^--.*$", "", statement.query))
        if match is not None:
            name, parameters, body = match.groups()
            found[name.lower()] = tuple(re.findall(r"\w+", parameters.lower())), parsed(body)
    return found


@cache
def compiler_macros() -> dict[str, Macro]:
    """The macros of compiled queries, with our own in the place of those that Spark would compute differently."""
    texts = [file.read_text(encoding="utf-8") for file in (_COMPILER, _HERE / "functions.sql")]
    return {name: macro for text in texts for name, macro in macros_in(text).items()}


def expanded(tree: exp.Expression, macros: Mapping[str, Macro]) -> exp.Expression:
    """The tree with the text of each macro in the place of its calls, as DuckDB binds it."""
    return tree.transform(lambda node: _called(node, macros), copy=False)


def _called(node: exp.Expression, macros: Mapping[str, Macro]) -> exp.Expression:
    # sqlglot takes `string`, a macro of ours, for a function that it knows.
    name = "string" if isinstance(node, exp.String) else node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if name not in macros:
        return node
    parameters, body = macros[name]
    given_here = [node.this] if isinstance(node, exp.String) else node.expressions
    if len(given_here) != len(parameters):
        raise refuse(f"a call of {name} with another number of arguments")
    arguments = [expanded(argument, macros) for argument in given_here]
    given = dict(zip(parameters, arguments, strict=True))
    filled = expanded(body.copy(), macros).transform(lambda inner: _filled(inner, given), copy=False)
    return exp.paren(filled, copy=False)


def _filled(node: exp.Expression, given: Mapping[str, exp.Expression]) -> exp.Expression:
    if not isinstance(node, exp.Column) or node.parts[0].name.lower() not in given:
        return node
    value = given[node.parts[0].name.lower()].copy()
    if not isinstance(value, exp.Column | exp.Literal | exp.Paren):
        value = exp.paren(value, copy=False)
    for field in node.parts[1:]:
        value = exp.Dot(this=value, expression=exp.to_identifier(field.name))
    return value


def guarded(tree: exp.Expression) -> exp.Expression:
    """A tree in which macros are written out already: what ours say in other words stops it where it is computed."""
    for node in list(tree.find_all(exp.Cast, exp.Floor, exp.Ceil, exp.Anonymous)):
        inner = node.this
        while isinstance(inner, exp.Cast | exp.Paren):
            inner = inner.this
        is_double = isinstance(inner, exp.Column | exp.Dot) and inner.name.lower() == "f"
        is_text = isinstance(node, exp.Cast) and node.to.this in exp.DataType.TEXT_TYPES
        is_gcd = isinstance(node, exp.Anonymous) and node.name.lower() == "gcd"
        if is_gcd or (is_double and (is_text or isinstance(node, exp.Floor | exp.Ceil))):
            node.replace(_stop("A double as text, a rounded one and a quotient are not answered in shapes here."))
    return tree


# --- What differs ----------------------------------------------------------------------------------------------------


def spark_sql(tree: exp.Expression) -> str:
    """A tree without macros as Spark's SQL; the tree is used up.

    Raises:
        QueryUnsupportedError: it uses what has no exact like on Spark.
    """
    # Copied, so that the tree has a parent and its own root can be replaced; and the inner nodes before the outer ones.
    root = exp.paren(tree)
    for node in reversed(list(root.find_all(*_NODES, exp.Anonymous))):
        own = _FUNCTIONS.get(str(node.name).lower()) if isinstance(node, exp.Anonymous) else _NODES[type(node)]
        if own is not None:
            node.replace(own(node))
    return str(root.this.sql(dialect="spark"))


def _call(name: str, *arguments: exp.Expression | None) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=[a for a in arguments if a is not None])


def _text(text: str) -> exp.Expression:
    return exp.Literal.string(text)


def _stop(message: str) -> exp.Expression:
    return _call("raise_error", _text(message))


def _unless(odd: exp.Expression, message: str, value: exp.Expression) -> exp.Expression:
    """A value; where ``odd`` holds, the statement stops."""
    return exp.Case(ifs=[exp.If(this=odd, true=_stop(message))], default=value)


def _cast(node: Any) -> exp.Expression:  # noqa: ANN401 - the attributes of sqlglot's trees are not typed
    """128-bit integers are decimals of 38 digits: what is larger is an error, never another number."""
    own = {exp.DType.INT128: "DECIMAL(38, 0)", exp.DType.UBIGINT: "DECIMAL(38, 0)", exp.DType.TIMESTAMP: "TIMESTAMPLTZ"}
    if node.to.this in own:
        node.set("to", exp.DataType.build(own[node.to.this]))
    return node


def _quotient(node: Any) -> exp.Expression:  # noqa: ANN401
    """``//``; Spark's DIV cuts its result to 64 bits, and its ``/`` of whole numbers is that of doubles."""
    a, b = exp.paren(node.this), exp.paren(node.expression)
    rest = exp.paren(exp.Mod(this=a.copy(), expression=b.copy()))
    whole = exp.paren(exp.Sub(this=_integer(a), expression=_integer(rest)))
    divisor = b if isinstance(node.expression, exp.Literal) else _integer(b)
    return _integer(exp.Div(this=whole, expression=divisor, typed=False, safe=False))


def _integer(value: exp.Expression) -> exp.Expression:
    return exp.cast(value, "DECIMAL(38, 0)")


def _part_of_text(node: Any) -> exp.Expression:  # noqa: ANN401
    """``text[i]`` and ``text[i:j]``; the only lists with brackets are those that compute something once."""
    place = node.expressions[0]
    if isinstance(node.this, exp.Transform):
        return _call("element_at", node.this, exp.Literal.number(int(place.name) + 1))
    if not isinstance(place, exp.Slice):
        return _call("substring", node.this, exp.Literal.number(int(place.name) + 1), exp.Literal.number(1))
    first, last = int(place.this.name), place.expression
    if last is not None and not isinstance(last, exp.Literal):
        raise refuse("a part of a text counted from its end, on Spark")
    length = None if last is None else exp.Literal.number(int(last.name) - first + 1)
    return _call("substring", node.this, exp.Literal.number(first), length)


def _special(text: str) -> exp.Expression:
    return exp.cast(_text(text), "DOUBLE")


def _pattern(node: exp.Expression, options: str = "") -> str:
    node = simplify(node.copy())  # a macro puts its patterns together
    if not isinstance(node, exp.Literal):
        raise refuse("a regular expression that is not a constant, on Spark")
    return java_pattern(node.name, options)


def _full_match(node: Any) -> exp.Expression:  # noqa: ANN401
    return _call("rlike", node.this, _text(rf"\A(?:{_pattern(node.expression)})\z"))


def _matches(node: Any) -> exp.Expression:  # noqa: ANN401
    flag = node.args.get("flag")
    pattern = _pattern(node.expression, "" if flag is None else flag.name)
    found = _call("rlike", node.this, _text(pattern))
    if "i" not in pattern[: pattern.index(")")]:
        return found
    return _unless(
        _call("rlike", node.this.copy(), _text(FOLDED)), "A long s without case is not answered here.", found
    )


def _extracted(node: Any) -> exp.Expression:  # noqa: ANN401
    pattern, group = _text(_pattern(node.expression)), node.args.get("group") or node.args.get("position")
    if not isinstance(group, exp.Array):
        # The group is always told: Spark takes the first where DuckDB takes all of the match.
        return _call("regexp_extract", node.this, pattern, group or exp.Literal.number(0))
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(
                this=exp.to_identifier(name.name),
                expression=_call("regexp_extract", node.this.copy(), pattern.copy(), exp.Literal.number(number)),
            )
            for number, name in enumerate(group.expressions, start=1)
        ]
    )


def _replaced(node: Any) -> exp.Expression:  # noqa: ANN401
    flags = node.args.get("modifiers")
    pattern = _pattern(node.expression, "" if flags is None else flags.name)
    if flags is None or "g" not in flags.name or "i" in pattern[: pattern.index(")")]:
        raise refuse("this replacement on Spark")
    if not isinstance(to := node.args["replacement"], exp.Literal):
        raise refuse("a replacement that is not a constant, on Spark")
    # Java's word for a group; the compiler lets neither "$" nor a backslash stand for itself.
    return _call("regexp_replace", node.this, _text(pattern), _text(re.sub(r"\\(\d)", r"$\1", to.name)))


def _ascii(name: str) -> Callable[[Any], exp.Expression]:
    """Upper or lower case of ASCII, which is the same in every version of Unicode."""
    return lambda node: _unless(
        _call("rlike", node.this.copy(), _text("[^\\x00-\\x7F]")),
        "The other case of letters outside of ASCII is not answered here.",
        _call(name, node.this),
    )


def _encoded(node: Any) -> exp.Expression:  # noqa: ANN401
    """Percent-encoding by RFC 3986; Java's is that of HTML forms."""
    text = _call("url_encode", *node.expressions)
    for theirs, ours in (("+", "%20"), ("*", "%2A"), ("%7E", "~")):
        text = _call("replace", text, _text(theirs), _text(ours))
    return text


def _listed(node: Any) -> exp.Expression:  # noqa: ANN401
    """A list of distinct values: sorted, or joined to a text in an order that is left to us (SPARQL 1.1 §18.5.1.7)."""
    order = node.this
    if isinstance(order, exp.Distinct) and isinstance(node.parent and node.parent.parent, exp.ArrayToString):
        return _call("collect_set", order.expressions[0])
    if not isinstance(order, exp.Order) or not isinstance(order.this, exp.Distinct) or len(order.expressions) != 1:
        raise refuse("a list in no order, or with repetitions, on Spark")
    return _call("sort_array", _call("collect_set", order.this.expressions[0]))


def _joined(node: Any) -> exp.Expression:  # noqa: ANN401
    if str(node.kind).upper() in {"SEMI", "ANTI"}:
        node.set("side", "LEFT")
    return node


def _numbered(node: Any) -> exp.Expression:  # noqa: ANN401
    """A number for each row; the relations that have one are computed once, and kept (``statements``)."""
    is_plain = isinstance(node.this, exp.RowNumber) and not node.args.get("partition_by") and not node.args.get("order")
    return _call("monotonically_increasing_id") if is_plain else node


_FUNCTIONS: Final[dict[str, Callable[[Any], exp.Expression]]] = {
    "error": lambda node: _call("raise_error", *node.expressions),
    "epoch_us": lambda node: _call("unix_micros", *node.expressions),
    "url_encode": _encoded,
}
_NODES: Final[dict[type[exp.Expression], Callable[[Any], exp.Expression]]] = {
    exp.ArrayAgg: _listed,
    # DuckDB's passes over NULL.
    exp.AnyValue: lambda node: _call("any_value", node.this, exp.true()),
    exp.Bracket: _part_of_text,
    exp.Cast: _cast,
    exp.IntDiv: _quotient,
    exp.IsInf: lambda node: exp.paren(exp.EQ(this=_call("abs", node.this), expression=_special("Infinity"))),
    # Spark's isnan(NULL) is false.
    exp.IsNan: lambda node: exp.paren(exp.EQ(this=node.this, expression=_special("NaN"))),
    exp.Join: _joined,
    exp.Lower: _ascii("lower"),
    exp.RegexpExtract: _extracted,
    exp.RegexpFullMatch: _full_match,
    exp.RegexpLike: _matches,
    exp.RegexpReplace: _replaced,
    exp.TryCast: _cast,
    exp.Upper: _ascii("upper"),
    exp.Window: _numbered,
}
