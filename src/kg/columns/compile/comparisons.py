"""``=`` and ``<`` (SPARQL 1.1 §17.3): with what is known of the two sides, or by the general macros."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .constants import EXACT, LEAST_ODD, Known, known
from .terms import IRI, LANG_STRING, STRING
from .values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .terms import Term
    from .values import Frame

__all__ = ["any_equal", "equal", "less"]

# A list of constants may be long; to look for each of them takes a while.
_BOUNDS_MAX: Final = 100
_CLASSES: Final = {"dateTime": 1, "date": 2}
_SIGNS: Final = {"lt": "<", "le": "<=", "eq": "="}
# Of which nothing says what they are.
_ANY: Final = frozenset({"lookup", "term"})
_NULL: Final = Value("bool", "NULL::BOOLEAN")


def less(frame: Frame, left: Value, right: Value, *, is_strict: bool) -> Value:
    """``<`` or ``<=``."""
    name = "lt" if is_strict else "le"
    by_ids = _by_ids(frame, name, left, right)
    if by_ids is not None:
        return by_ids
    known = {frame.family(side) for side in (left, right)} - {None}
    if not known:
        return _general(frame, name, left, right)
    odd = left if frame.family(left) is None else right
    if len(known) > 1 or (frame.family(odd) is None and odd.kind not in {*_ANY, "constant"}):
        return _NULL
    return _of_family(frame, name, left, right)


def equal(frame: Frame, left: Value, right: Value, *, is_filter: bool = False) -> Value:
    """``=``; in a filter it may be an error where it should be false."""
    if left.kind == "constant":
        left, right = right, left
    if left.kind == "lookup" and right.term is not None and _is_term_equality(right, is_filter=is_filter):
        return Value("bool", f"({left.sql} = {frame.context.term_id(right.term)})", left.level)
    by_ids = _by_ids(frame, "eq", left, right)
    if by_ids is not None:
        return by_ids
    known = {frame.family(left), frame.family(right)}
    if len(known) == 1 and known != {None}:
        return _of_family(frame, "eq", left, right)
    odd = left if frame.family(left) is None else right
    if None in known and known != {None} and odd.kind in _ANY:
        return _of_family(frame, "eq", left, right, odd=None if is_filter else odd)
    return _general(frame, "eq", left, right)


def any_equal(frame: Frame, left: Value, members: list[Value], *, is_filter: bool = False) -> Value:
    """``IN`` (§17.4.1.9); constants that are compared alike are compared together."""
    terms, numbers, others = [], [], []
    for member in members:
        if left.kind == "lookup" and member.term is not None and _is_term_equality(member, is_filter=is_filter):
            terms.append(frame.context.term_id(member.term))
        elif member.term is not None and (known(member.term).t or LEAST_ODD) in EXACT and _may_be_number(frame, left):
            numbers.append(known(member.term))
        else:
            others.append(equal(frame, left, member, is_filter=is_filter))
    if terms:
        others.append(Value("bool", f"({left.sql} IN ({', '.join(terms)}))", left.level))
    if numbers:
        others.append(_one_of_numbers(frame, left, numbers, is_filter=is_filter))
    found = " OR ".join(value.sql for value in others) or "FALSE"
    return Value("bool", f"({found})", max((value.level for value in others), default=0))


def _may_be_number(frame: Frame, value: Value) -> bool:
    family = frame.family(value)
    return family == "number" or (family is None and value.kind in _ANY)


def _one_of_numbers(frame: Frame, left: Value, numbers: list[Known], *, is_filter: bool) -> Value:
    """Whether a value is equal to one of some integers and decimals: number_eq of functions.sql, for all at once."""
    t, d, f, level = frame.number(left)
    exact, doubles = (", ".join(number.number()[part] for number in numbers) for part in (1, 2))
    floats = ", ".join(f"{number.number()[2]}::FLOAT" for number in numbers)
    found = (
        f"CASE WHEN {t} <= 2 THEN {d} IN ({exact}) WHEN isnan({f}) THEN FALSE "
        f"WHEN {t} = 4 THEN {f} IN ({doubles}) ELSE {f}::FLOAT IN ({floats}) END"
    )
    if frame.family(left) is not None:
        return Value("bool", f"({found})", level)
    otherwise, level = ("", level) if is_filter else _unequal(frame, left, level)
    return Value("bool", f"(CASE {_stopped([(left, t)])}WHEN {t} < 8 THEN {found}{otherwise} END)", level)


def _by_ids(frame: Frame, name: str, left: Value, right: Value) -> Value | None:
    """The comparison of a value with constants among which its ids are known to be in order; else None."""
    value, other = (left, right) if frame.ids(left) else (right, left)
    constants, ids, arrangement = frame.constants(other), frame.ids(value), frame.context.arrangement
    if ids is None or arrangement is None or not 0 < len(constants) <= _BOUNDS_MAX:
        return None
    bounds = arrangement.bounds(ids, constants)
    if bounds is None:
        return None
    lows, highs = zip(*bounds, strict=True)
    is_alone = all(high == low + 1 for low, high in bounds)
    if other.kind == "lookup" and is_alone and arrangement.are(lows, constants):
        return Value("bool", f"({left.sql} {_SIGNS[name]} {right.sql})", max(left.level, right.level))
    low, high = (_bound(frame, other, constants, side) for side in (lows, highs))
    if name == "eq":
        test = f"{value.sql} >= {low} AND {value.sql} < {high}"
    elif value is left:
        test = f"{value.sql} < {low if name == 'lt' else high}"
    else:
        test = f"{value.sql} >= {high if name == 'lt' else low}"
    return Value("bool", f"({test})", max(left.level, right.level))


def _bound(frame: Frame, value: Value, constants: Sequence[Term], bounds: Sequence[int]) -> str:
    """The bound that goes with the constant that a value is."""
    if value.term is not None:
        return str(bounds[0])
    cases = (f"WHEN {frame.context.term_id(term)} THEN {bound}" for term, bound in zip(constants, bounds, strict=True))
    return f"CASE {value.sql} {' '.join(cases)} END"


def _is_term_equality(constant: Value, *, is_filter: bool) -> bool:
    """Whether nothing but the constant itself is equal to it; what is another literal may be an error instead."""
    assert constant.term is not None
    return constant.term.kind == IRI or (is_filter and constant.term.datatype in {STRING, LANG_STRING})


def _general(frame: Frame, macro: str, left: Value, right: Value) -> Value:
    forms = [form(side) for side in (left, right) for form in (frame.term, frame.num, frame.moment)]
    return frame.step("bool", f"{macro}({', '.join(form.sql for form in forms)})", *forms)


def _of_family(frame: Frame, name: str, left: Value, right: Value, *, odd: Value | None = None) -> Value:
    """The comparison of two values of which at least one is known to be a number, a moment or a string.

    Args:
        frame: where the values stand.
        name: "lt", "le" or "eq".
        left: the one value.
        right: the other.
        odd: the value that may be something else, if then it matters whether that is unequal or an error.
    """
    family = frame.family(left) or frame.family(right)
    compared = _strings if family == "string" else _numbers if family == "number" else _moments
    tests, beyond, found, level = compared(frame, name, left, right)
    if not tests:
        return Value("bool", f"({found})", level)
    otherwise, level = ("", level) if odd is None else _unequal(frame, odd, level)
    if odd is not None:
        other = right if odd is left else left
        # An error is unequal to nothing.
        beyond += f"WHEN ({other.sql}) IS NULL THEN NULL " if other.term is None else ""
    return Value("bool", f"(CASE {beyond}WHEN {' AND '.join(tests)} THEN {found}{otherwise} END)", level)


def _strings(frame: Frame, name: str, left: Value, right: Value) -> tuple[list[str], str, str, int]:
    texts = [f"({side.sql})" if side.kind == "text" else frame.part(side, "v") for side in (left, right)]
    tests = [f"{frame.part(side, 'd')} = '{STRING}'" for side in (left, right) if frame.family(side) is None]
    return tests, "", f"{texts[0]} {_SIGNS[name]} {texts[1]}", max(left.level, right.level)


def _numbers(frame: Frame, name: str, left: Value, right: Value) -> tuple[list[str], str, str, int]:
    (*a, a_level), (*b, b_level) = frame.number(left), frame.number(right)
    open_sides = [(side, parts[0]) for side, parts in ((left, a), (right, b)) if frame.family(side) is None]
    found = f"number_{name}({', '.join([*a, *b])})"
    return [f"{t} < 8" for _, t in open_sides], _stopped(open_sides), found, max(a_level, b_level)


def _moments(frame: Frame, name: str, left: Value, right: Value) -> tuple[list[str], str, str, int]:
    (*a, a_level), (*b, b_level) = frame.instant(left), frame.instant(right)
    open_sides = [(side, parts[0]) for side, parts in ((left, a), (right, b)) if frame.family(side) is None]
    wanted = _CLASSES[frame.family(left) or frame.family(right) or ""]
    found = f"zoned_{name}({', '.join([*a[1:], *b[1:]])})"
    return [f"{c} = {wanted}" for _, c in open_sides], _stopped(open_sides), found, max(a_level, b_level)


def _stopped(sides: list[tuple[Value, str]]) -> str:
    """Where a value is of the family, but beyond what fits in here."""
    stops = ((f"beyond_at({side.sql})" if side.kind == "lookup" else "beyond()", kind) for side, kind in sides)
    return "".join(f"WHEN {kind} = 9 THEN {stop} " for stop, kind in stops)


def _unequal(frame: Frame, odd: Value, level: int) -> tuple[str, int]:
    """What a term is that is no value of the family: unequal, or an error where nobody knows (§17.4.1.7)."""
    (t, *_, t_level), (c, *_, c_level) = frame.number(odd), frame.instant(odd)
    parts = ", ".join(frame.part(odd, part) for part in "kvdl")
    return f" ELSE unequal({parts}, {t}, {c})", max(level, t_level, c_level)
