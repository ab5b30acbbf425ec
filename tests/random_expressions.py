"""A grammar of SPARQL's expressions (§17), as data: each line is an expression whose parts in braces are drawn from it.

The letters: n a number, t a text, m a date, b a boolean, i a small integer, v a variable, l a literal of the data, e
any of them. A digit tells two parts of one kind apart. ``either`` says an expression twice where Oxigraph is known to
differ from the W3C's text: once as it is asked of us, and once so that Oxigraph gives what the text says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Parts = Mapping[str, st.SearchStrategy[str]]

__all__ = ["CASTS", "EXACT", "Expressions", "count", "either", "filled", "for_columns", "for_oxigraph", "less"]

_PAIR: Final = re.compile("\x01([^\x01-\x03]*)\x02([^\x01-\x03]*)\x03")
_PLACE: Final = re.compile(r"\{(\w)\d?\}")
ERROR: Final = "1/0"


def either(ours: str, oxigraphs: str) -> str:
    """What means one thing by the W3C's text, as we are asked it and as Oxigraph is."""
    return f"\x01{ours}\x02{oxigraphs}\x03"


def for_columns(query: str) -> str:
    """A query as we are asked it."""
    return _resolved(query, r"\1")


def for_oxigraph(query: str) -> str:
    """The same as Oxigraph is asked it."""
    return _resolved(query, r"\2")


def _resolved(query: str, side: str) -> str:
    while "\x01" in query:
        query = _PAIR.sub(side, query)
    return query


# SPARQL 1.1 §17.3: which pairs "<" compares. Oxigraph compares all texts of one datatype or language, finds that "<="
# holds between equal terms of any kind, and has an error where one number is NaN (F&O §6.3.2: false) and for booleans.
_NUMBERS: Final = "isNUMERIC({0}) && isNUMERIC({1})"
_STRINGS: Final = "DATATYPE({0}) = xsd:string && DATATYPE({1}) = xsd:string"
_MOMENTS: Final = "YEAR({0}) > 0 && YEAR({1}) > 0 && DATATYPE({0}) = DATATYPE({1})"
_BOOLEANS: Final = "{0} IN (true, false) && {1} IN (true, false)"
_TRUER: Final = "xsd:integer({0}) {2} xsd:integer({1})"
_FITTING: Final = {
    "n": f"COALESCE({{0}} {{2}} {{1}}, IF({_NUMBERS}, false, {ERROR}))",
    "t": f"IF({_STRINGS}, {{0}} {{2}} {{1}}, {ERROR})",
    "m": f"IF({_MOMENTS}, {{0}} {{2}} {{1}}, {ERROR})",
    "e": f"IF({_NUMBERS}, COALESCE({{0}} {{2}} {{1}}, false), "
    f"IF({_BOOLEANS}, {_TRUER}, IF(({_STRINGS}) || ({_MOMENTS}), {{0}} {{2}} {{1}}, {ERROR})))",
}


def less(left: str, sign: str, right: str, kind: str = "e") -> str:
    """A comparison by "<", ">", "<=" or ">=" of what may be anything, or is of one kind if it is of any."""
    strict = _FITTING[kind].format(left, right, sign[0])
    return either(
        f"({left} {sign} {right})", f"({strict})" if len(sign) == 1 else f"IF({strict}, true, {left} = {right})"
    )


def count(expression: str, how: str = "") -> str:
    """COUNT (§18.5.1.2: without errors, of which Oxigraph makes one of the whole); ``how`` is "" or "DISTINCT "."""
    errors = f"SUM(COALESCE(IF(sameTerm({expression}, {expression}), 0, 0), 1))"
    distinct = f"(COUNT(DISTINCT COALESCE({expression}, <urn:error>)) - IF({errors} > 0, 1, 0))"
    return either(f"COUNT({how}{expression})", distinct if how else f"(COUNT(*) - {errors})")


def zone(name: str, date: str) -> str:
    """TZ or TIMEZONE (§17.4.5.8: of a dateTime; Oxigraph takes a date as well)."""
    return either(f"{name}({date})", f"IF(DATATYPE({date}) = xsd:dateTime, {name}({date}), {ERROR})")


# Oxigraph has an error where nothing is divided by a decimal that is not whole, and where something is by one that
# needs all 18 digits: {q} is no quotient.
_QUOTIENT: Final = either("({n} / {q})", "IF({n} = 0 && {q} != 0 && DATATYPE({q}) = xsd:decimal, {n} * {q}, {n} / {q})")
_N: Final = [
    *["({n1} + {n2})", "({n1} - {n2})", "({n1} * {n2})", _QUOTIENT] * 3,
    *["ABS({n})", "CEIL({n})", "FLOOR({n})", "ROUND({n})", "(- {n})", "(+ {n})", "({n} + {i})", "({n} * {i})"],
    *["IF({b}, {n1}, {n2})", "COALESCE({n1}, {n2})", "COALESCE({n1} / {i}, {n2})", "STRLEN({t})"],
]  # fmt: skip
_T: Final = [
    *["UCASE({t})", "LCASE({t})", "SUBSTR({t}, {i})", "SUBSTR({t}, {i1}, {i2})", "ENCODE_FOR_URI({t})", "STR({t})"],
    *["CONCAT({t1}, {t2})", "STRBEFORE({t1}, {t2})", "STRAFTER({t1}, {t2})", "LANG({t})", 'CONCAT("<", {t}, ">")'],
    *['REPLACE({t}, "a", "b")', 'REPLACE({t}, "(a)(b)?", "$2-$1")', 'REPLACE({t}, "[ab]+", "x", "i")'],
    'STRLANG(STR({t}), "en")',
    *["STRDT(STR({t}), xsd:string)", "IF({b}, {t1}, {t2})", "COALESCE({t1}, {t2})", "COALESCE(LANG({t1}), {t2})"],
]  # fmt: skip
_M: Final = ["IF({b}, {m1}, {m2})", "COALESCE({m1}, {m2})"]
_B: Final = [
    *["({n1} = {n2})", "({n1} != {n2})", "({t1} = {t2})", "({t1} != {t2})", "({m1} = {m2})", "({m1} != {m2})"],
    *[less(f"{{{k}1}}", sign, f"{{{k}2}}", k) for k in "ntm" for sign in ("<", ">", "<=", ">=")],
    *[less(f"{{{one}1}}", sign, f"{{{other}2}}") for one, other in ("eb", "be", "ee") for sign in ("<", ">=")],
    *["CONTAINS({t1}, {t2})", "STRSTARTS({t1}, {t2})", "STRENDS({t1}, {t2})", 'LANGMATCHES(LANG({t}), "en")'],
    *['REGEX({t}, "^a")', 'REGEX({t}, "B", "i")', 'REGEX({t}, "A.", "qi")', "isNUMERIC({n})"],
    *["isLITERAL({t})", "isIRI({v})", "BOUND({v})"],
    *["({v} IN ({n}, {t}))", "({n1} IN ({n2}, {n3}))", "({n1} NOT IN ({n2}, {n3}))", "({t1} NOT IN ({v}, {t2}))"],
    *["({v} IN ({l1}, {i1}, {l2}, {i2}))", "({v} NOT IN ({i1}, {l1}, {i2}))", "({n} IN ({i1}, 1.5, {i2}, {l}))"],
    *["sameTerm({v}, {l})", "({n} = {l})", "({e} = {v})", "(! {b})", "({b1} && {b2})", "({b1} || {b2})"],
]  # fmt: skip
_E: Final = [
    *["{n}", "{t}", "{b}", "{m}", "{n}", "{t}"], "DATATYPE({n})", "DATATYPE({t})", "IRI(STR({v}))", "IRI({t})",
    "COALESCE({n}, {t})", "IF({b}, {n}, {t})", "COALESCE({v}, {n})", "IF({b}, {v}, {l})",
    "STRDT(STR({t}), xsd:integer)", zone("TIMEZONE", "{v}"),
]  # fmt: skip
_TEMPLATES: Final = {"n": _N, "t": _T, "m": _M, "b": _B, "e": _E}
# Without division, so that a number stays one and is not too small or NaN.
EXACT: Final = [template for template in _N if "/" not in template and "{b}" not in template]
# A statement with a cast takes long to plan: there are few of them.
CASTS: Final = [f"xsd:{name}({{{k}}})" for k in "ntb" for name in ("integer", "decimal", "boolean", "string")]

_OF_DATES: Final = {
    "n": [*(f"{name}({{v}})" for name in ("YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "SECONDS")), "{i}"],
    "t": ["STR({v})", zone("TZ", "{v}"), "STR({l})"],
    "m": ["{v}", "{v}", "{l}"],
}
_OF_FLOATS: Final = {"n": ["{v}", "{v}", "{l}", "{i}"], "t": ["LANG({v})", "STR(DATATYPE({v}))", '"ab"', '"B"@en']}
_OF_ALL: Final = {"n": ["({v} + {i})", "({v} * {i})", "{i}"], "t": ["STR({v})", "LANG({v})", '"ab"@en']}
# What is a number, a text or a date of the literals of a kind; nobody says of which lexical form a double is a text.
_ATOMS: Final = {
    "words": {"n": ["STRLEN({v})", "STRLEN({l})", "{i}", "1.5"], "t": ["{v}", "{v}", "{v}", "{l}", "STR({v})"]},
    "numbers": _OF_FLOATS,
    "distinct numbers": _OF_FLOATS,
    "exact": {"n": ["{v}", "{v}", "{l}", "{i}"], "t": ["STR({v})", "STR({v} + {i})", '"1"', "STR(DATATYPE({v}))"]},
    "dates": _OF_DATES,
    "local": _OF_DATES,
    "zoned": _OF_DATES,
    "odd": _OF_ALL,
    "mixed": _OF_ALL,
}
_DATES: Final = [f'"2020-0{month}-01"^^xsd:date' for month in (1, 2)]


class Expressions:
    """Expressions over ?y and ?z, most of which are literals of one kind."""

    def __init__(self, kind: str, literals: Sequence[str]) -> None:
        small = st.sampled_from(["0", "1", "2", "3", "-1", "10"])
        base = {
            "i": small,
            "v": st.sampled_from(["?y", "?z", "?y", "?z", "?x"]),
            "l": st.sampled_from(literals),
        }
        atoms = {"m": _DATES, "b": ["BOUND({v})", "isLITERAL({v})", "({v} = {l})"], "e": ["{v}"]} | _ATOMS[kind]
        first = base | {letter: filled(lines, base) for letter, lines in atoms.items()}
        first["q"] = first["n"]
        second = first | {letter: filled(lines, first) for letter, lines in _TEMPLATES.items()}
        mixed = first | {letter: st.one_of(first[letter], second[letter]) for letter in _TEMPLATES}
        self.parts: Parts = mixed | {letter: filled(lines, mixed) for letter, lines in _TEMPLATES.items()}
        self.shallow: Parts = second
        self.first: Parts = first

    def of(self, letter: str) -> st.SearchStrategy[str]:
        """Expressions of a kind."""
        return st.one_of(self.first[letter], self.shallow[letter], self.shallow[letter], self.parts[letter])


@st.composite
def filled(draw: st.DrawFn, lines: Sequence[str], parts: Parts) -> str:
    """One of the lines with its places filled in, each place of a name with the same."""
    line = draw(st.sampled_from(lines))
    found: dict[str, str] = {}
    for match in _PLACE.finditer(line):
        if match[0] not in found:
            found[match[0]] = draw(parts[match[1]])
    return _PLACE.sub(lambda match: found[match[0]], line)
