"""Operators and forms of expressions (SPARQL 1.1 §17.3, §17.4.1): parse tree to a ``Value`` of a ``Frame``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rdflib import BNode, Literal, URIRef, Variable
from rdflib.plugins.sparql.parserutils import CompValue

from . import comparisons
from .functions import CASTS, FUNCTIONS, cast
from .parsing import listed
from .terms import XSD, refuse, term_of
from .values import UNBOUND, Frame, Value

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Expressions", "conjuncts"]

# What the branches of IF and COALESCE may have in common; all else are terms.
_SHARED: Final = {"bool", "num", "int", "text"}
_ARITHMETIC: Final = {"+": "num_add", "-": "num_subtract", "*": "num_multiply", "/": "num_divide"}


def conjuncts(node: Any) -> list[Any]:  # noqa: ANN401 - rdflib's trees are not typed
    """The parts of a condition that are joined by && (a row passes if it passes all of them)."""
    if isinstance(node, CompValue) and node.name == "ConditionalAndExpression":
        return [part for child in (node.expr, *node.other) for part in conjuncts(child)]
    return [node]


class Expressions:
    """Expressions over one frame.

    Args:
        frame: what the variables stand in.
        marks: the variable that holds the answer to each EXISTS, by the identity of its node in the tree.
    """

    def __init__(self, frame: Frame, marks: dict[int, str] | None = None) -> None:
        self.frame = frame
        self.marks = marks or {}
        self._forms: dict[str, Callable[[CompValue], Value]] = {
            "ConditionalOrExpression": lambda node: self._logical(node, "OR"),
            "ConditionalAndExpression": lambda node: self._logical(node, "AND"),
            "RelationalExpression": self._relational,
            "AdditiveExpression": self._arithmetic,
            "MultiplicativeExpression": self._arithmetic,
            "UnaryNot": lambda node: self._not(self.value(node.expr)),
            "UnaryMinus": lambda node: self._sign(node, "num_minus"),
            "UnaryPlus": lambda node: self._sign(node, "num_plus"),
            "Builtin_IF": self._if,
            "Builtin_COALESCE": self._coalesce,
            "Builtin_BOUND": self._bound,
            "Builtin_sameTerm": self._same_term,
            "Builtin_EXISTS": self._exists,
            "Builtin_NOTEXISTS": self._exists,
            "Function": self._call,
            "AggregateVariable": lambda node: self.value(node.var),
        }

    def value(self, node: Any) -> Value:  # noqa: ANN401 - rdflib's trees are not typed
        """The value of an expression.

        Raises:
            QueryUnsupportedError: it is not covered.
        """
        if isinstance(node, Variable):
            return self.frame.variable(str(node))
        if isinstance(node, Literal | URIRef) and not isinstance(node, BNode):
            return Value("constant", "", 0, term_of(node))
        if not isinstance(node, CompValue):
            raise refuse("an expression of an unknown kind")
        if node.name in self._forms:
            return self._forms[node.name](node)
        function = FUNCTIONS.get(node.name)
        if function is None:
            raise refuse(f"the function {node.name.removeprefix('Builtin_')}")
        return function(self, node)

    def truth(self, node: Any) -> Value:  # noqa: ANN401
        """The effective boolean value of an expression (§17.2.2)."""
        return self.as_truth(self.value(node))

    def passes(self, node: Any) -> Value:  # noqa: ANN401
        """Whether a filter lets a row pass: the same, but for errors that may be false and the other way round."""
        if isinstance(node, CompValue) and node.name == "ConditionalOrExpression":
            parts = [self.passes(part) for part in (node.expr, *node.other)]
            return Value("bool", f"({' OR '.join(p.sql for p in parts)})", max(p.level for p in parts))
        if isinstance(node, CompValue) and node.name == "RelationalExpression" and node.op in {"=", "IN"}:
            return self._relational(node, is_filter=True)
        return self.truth(node)

    def require(self, node: Any) -> None:  # noqa: ANN401
        """Tell the frame of a condition, one of those that a row must pass, which values the rows that do have."""
        if (
            isinstance(node, CompValue)
            and node.name == "RelationalExpression"
            and node.op in {"<", ">", "<=", ">=", "="}
        ):
            values = [self.value(side) for side in (node.expr, node.other) if isinstance(side, Variable | Literal)]
            if len(values) > 1 and {self.frame.family(value) for value in values} & {"number", "date", "dateTime"}:
                self.frame.required.update(value.sql for value in values if value.kind == "lookup")

    def as_truth(self, value: Value) -> Value:
        """The effective boolean value of a value."""
        frame = self.frame
        if value.kind == "bool":
            return value
        if value.kind == "text":
            return Value("bool", f"(({value.sql}) <> '')", value.level)
        if value.kind in {"iri", "unbound"}:
            return Value("bool", "NULL::BOOLEAN")
        term, num = frame.term(value), frame.num(value)
        return frame.step("bool", f"ebv({term.sql}, {num.sql})", term, num)

    def _logical(self, node: CompValue, operator: str) -> Value:
        parts = [self.truth(part) for part in (node.expr, *node.other)]
        return Value("bool", f"({f' {operator} '.join(p.sql for p in parts)})", max(p.level for p in parts))

    def _not(self, value: Value) -> Value:
        truth = self.as_truth(value)
        return Value("bool", f"(NOT {truth.sql})", truth.level)

    def _sign(self, node: CompValue, macro: str) -> Value:
        num = self.frame.num(self.value(node.expr))
        return self.frame.step("num", f"{macro}({num.sql})", num)

    def _arithmetic(self, node: CompValue) -> Value:
        result = self.frame.num(self.value(node.expr))
        for operator, operand in zip(node.op, node.other, strict=True):
            num = self.frame.num(self.value(operand))
            result = self.frame.step("num", f"{_ARITHMETIC[operator]}({result.sql}, {num.sql})", result, num)
        return result

    def _relational(self, node: CompValue, *, is_filter: bool = False) -> Value:
        if node.op in {"IN", "NOT IN"}:
            return self._in(node, is_filter=is_filter)
        left, right = self.value(node.expr), self.value(node.other)
        if node.op in {"=", "!="}:
            equal = comparisons.equal(self.frame, left, right, is_filter=is_filter)
            return equal if node.op == "=" else self._not(equal)
        if node.op in {">", ">="}:
            left, right = right, left
        return comparisons.less(self.frame, left, right, is_strict=node.op in {"<", ">"})

    def _in(self, node: CompValue, *, is_filter: bool) -> Value:
        left = self.frame.atom(self.value(node.expr))
        members = [self.value(member) for member in listed(node.other)]
        any_equal = comparisons.any_equal(self.frame, left, members, is_filter=is_filter)
        return self._not(any_equal) if node.op == "NOT IN" else any_equal

    def _same_term(self, node: CompValue) -> Value:
        left, right = (self.value(side) for side in (node.arg1, node.arg2))
        if left.kind == "constant":
            left, right = right, left
        if left.kind == "lookup" and right.term is not None:
            return Value("bool", f"({left.sql} = {self.frame.context.term_id(right.term)})", left.level)
        if not left.kind == right.kind == "lookup":
            left, right = self.frame.term(left), self.frame.term(right)
        return Value("bool", f"({left.sql} = {right.sql})", max(left.level, right.level))

    def _bound(self, node: CompValue) -> Value:
        if str(node.arg) not in self.frame.relation.columns:
            return Value("bool", "FALSE")
        return Value("bool", f"({self.frame.context.column(str(node.arg))} IS NOT NULL)")

    def _exists(self, node: CompValue) -> Value:
        mark = self.marks.get(id(node))
        if mark is None:
            raise refuse("EXISTS at this place")
        return self.frame.variable(mark)

    def _if(self, node: CompValue) -> Value:
        condition = self.truth(node.arg1)
        return self._chosen(
            lambda a, b: f"CASE WHEN {condition.sql} THEN {a} WHEN NOT {condition.sql} THEN {b} END",
            [self.value(part) for part in (node.arg2, node.arg3)],
            condition,
        )

    def _coalesce(self, node: CompValue) -> Value:
        values = [self.value(part) for part in listed(node.arg)]
        return self._chosen(lambda *parts: f"coalesce({', '.join(parts)})", values)

    def _chosen(self, sql: Callable[..., str], values: list[Value], *read: Value) -> Value:
        kinds = {value.kind for value in values} - {"unbound"}
        if not kinds:
            return UNBOUND
        kind = kinds.pop()
        if kinds or kind not in _SHARED:
            kind, values = "term", [self.frame.term(value) for value in values]
        return self.frame.step(kind, sql(*(value.sql for value in values)), *values, *read)

    def _call(self, node: CompValue) -> Value:
        datatype = str(node.iri)
        arguments = node.expr if isinstance(node.expr, list) else [node.expr]
        if datatype not in CASTS or node.distinct or len(arguments) != 1:
            raise refuse(f"the function <{datatype}>" if datatype.startswith(XSD) else "a function of its own")
        return cast(self, datatype, self.value(arguments[0]))
