"""SPARQL's functions (SPARQL 1.1 §17.4.2-17.4.6 and the casts of §17.5), one entry a function."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from .parsing import listed
from .regexes import flags_and_pattern, replacement
from .terms import IRI, LANG_STRING, LITERAL, STRING, XSD, refuse
from .values import UNBOUND, Frame, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdflib.plugins.sparql.parserutils import CompValue

    from .expressions import Expressions
    from .values import Kind

    Function = Callable[[Expressions, CompValue], Value]

__all__ = ["CASTS", "FUNCTIONS", "cast"]

CASTS: Final = {
    XSD + name for name in ("string", "boolean", "integer", "decimal", "float", "double", "dateTime", "date")
}
# An IRI (RFC 3987 §2.2) but for what few have: a user or brackets in its authority, and letters for private use.
_NO_LETTERS: Final = (
    r"\x00-\x20<>\"{}|^`\\\[\]%#\x{7F}-\x{9F}\x{E000}-\x{F8FF}\x{FDD0}-\x{FDEF}\x{FFF0}-\x{FFFF}"
    + "".join(rf"\x{{{plane:X}FFFE}}\x{{{plane:X}FFFF}}" for plane in range(1, 14))
    + r"\x{E0000}-\x{10FFFF}"
)
_LETTER: Final = rf"(?:[^{_NO_LETTERS}]|%[0-9A-Fa-f]{{2}})"
_FIRST_LETTER: Final = rf"(?:[^/{_NO_LETTERS}]|%[0-9A-Fa-f]{{2}})"
_ABSOLUTE: Final = (
    rf"[A-Za-z][A-Za-z0-9+.-]*:(?://[^/?:@{_NO_LETTERS}]*(?::[0-9]*)?(?:[/?]{_LETTER}*)?|/?(?:{_FIRST_LETTER}{_LETTER}*)?)"
    rf"(?:#{_LETTER}*)?"
)


def plain(frame: Frame, value: Value) -> Value:
    """The text of a string, tagged or not; NULL for anything else."""
    return _text(frame, value, (STRING, LANG_STRING))


def simple(frame: Frame, value: Value) -> Value:
    """The text of a string without a language; NULL for anything else."""
    return _text(frame, value, (STRING,))


def _text(frame: Frame, value: Value, datatypes: tuple[str, ...]) -> Value:
    if value.kind == "text":
        return frame.atom(value)
    if value.term is not None and value.term.datatype in datatypes:
        return Value("text", frame.context.text(value.term.lexical))
    if value.kind in {"lookup", "term"}:
        known = ", ".join(f"'{datatype}'" for datatype in datatypes)
        sql = f"CASE WHEN {frame.part(value, 'd')} IN ({known}) THEN {frame.part(value, 'v')} END"
        return frame.step("text", sql, value)
    return Value("text", "NULL::VARCHAR")


def language(frame: Frame, value: Value) -> str:
    """The language of a string, '' where it has none."""
    return "''" if value.kind == "text" else frame.part(value, "l")


def tagged_like(frame: Frame, text: str, source: Value, *read: Value) -> Value:
    """A string with the language that another string has."""
    if source.kind not in {"lookup", "constant", "term"}:
        return frame.step("text", text, *read)
    made = frame.step("text", text, *read)
    d, tag = frame.part(source, "d"), frame.part(source, "l")
    return frame.step(
        "term", f"CASE WHEN {made.sql} IS NOT NULL THEN literal({made.sql}, {d}, {tag}) END", made, source
    )


def _first(node: CompValue) -> Any:  # noqa: ANN401 - rdflib's trees are not typed
    return node.arg if node.arg is not None else node.arg1


def _of_part(sql: str) -> Function:
    """A function of one term that gives a boolean; ``{k}``, ``{v}``, ``{d}`` and ``{l}`` are the term's parts."""

    def function(e: Expressions, node: CompValue) -> Value:
        value = e.frame.atom(e.value(_first(node)))
        if value.kind not in {"lookup", "constant", "term"}:
            value = e.frame.term(value)
        if value.kind == "unbound":
            return Value("bool", "NULL::BOOLEAN")
        return Value("bool", "(" + sql.format(**{p: e.frame.part(value, p) for p in "kvdl"}) + ")", value.level)

    return function


def _is_numeric(e: Expressions, node: CompValue) -> Value:
    value = e.frame.atom(e.value(_first(node)))
    t, *_, level = e.frame.number(value)
    bound = value if value.kind == "lookup" else e.frame.term(value)
    test = f"CASE WHEN {bound.sql} IS NOT NULL THEN coalesce({t} <> 8, FALSE) END"
    return Value("bool", f"({test})", max(level, bound.level))


def _str(e: Expressions, node: CompValue) -> Value:
    value = e.value(_first(node))
    if value.kind in {"text", "iri"}:
        return Value("text", value.sql, value.level)
    if value.kind == "int":
        return Value("text", f"({value.sql})::VARCHAR", value.level)
    if value.kind not in {"lookup", "constant"}:
        value = e.frame.term(value)
    if value.kind == "unbound":
        return value
    return Value("text", f"CASE WHEN {e.frame.part(value, 'k')} > 1 THEN {e.frame.part(value, 'v')} END", value.level)


def _of_literal(kind: Kind, part: str) -> Function:
    """A part of a literal, as a value of a kind; NULL for an IRI or a blank node."""

    def function(e: Expressions, node: CompValue) -> Value:
        value = e.value(_first(node))
        if value.kind not in {"lookup", "constant"}:
            value = e.frame.term(value)
        if value.kind == "unbound":
            return value
        return Value(
            kind, f"CASE WHEN {e.frame.part(value, 'k')} = {LITERAL} THEN {e.frame.part(value, part)} END", value.level
        )

    return function


def _iri(e: Expressions, node: CompValue) -> Value:
    value = e.frame.term(e.value(_first(node)))
    if value.kind == "unbound":
        return value
    sql = (
        f"CASE WHEN {value.sql}.k = {IRI} THEN {value.sql}.v WHEN {value.sql}.d = '{STRING}' THEN "
        f"CASE WHEN regexp_full_match({value.sql}.v, {e.frame.context.text(_ABSOLUTE)}) THEN {value.sql}.v "
        "ELSE error('An IRI that is relative or odd is not made here.') END END"
    )
    return e.frame.step("iri", sql, value)


def _strdt(e: Expressions, node: CompValue) -> Value:
    text, datatype = simple(e.frame, e.value(node.arg1)), e.value(node.arg2)
    iri = e.frame.term(datatype)
    if iri.kind == "unbound":
        return iri
    sql = (
        f"CASE WHEN {text.sql} IS NOT NULL AND {iri.sql}.k = {IRI} THEN CASE WHEN {iri.sql}.v LIKE '%#langString' OR "
        f"{iri.sql}.v LIKE '%#dirLangString' THEN error('STRDT with a language is not answered here.') "
        f"ELSE literal({text.sql}, {iri.sql}.v, '') END END"
    )
    return e.frame.step("term", sql, text, iri)


def _strlang(e: Expressions, node: CompValue) -> Value:
    text, tag = simple(e.frame, e.value(node.arg1)), simple(e.frame, e.value(node.arg2))
    sql = (
        f"CASE WHEN {text.sql} IS NOT NULL THEN CASE WHEN is_tag({tag.sql}) "
        f"THEN tagged({text.sql}, lower({tag.sql})) WHEN {tag.sql} IS NOT NULL "
        "THEN error('STRLANG with what is no language is not answered here.') END END"
    )
    return e.frame.step("term", sql, text, tag)


def _lang_matches(e: Expressions, node: CompValue) -> Value:
    tag, wanted = simple(e.frame, e.value(node.arg1)), simple(e.frame, e.value(node.arg2))
    sql = (
        f"CASE WHEN {wanted.sql} = '*' THEN {tag.sql} <> '' "
        f"ELSE lower({tag.sql}) = lower({wanted.sql}) OR starts_with(lower({tag.sql}), lower({wanted.sql}) || '-') END"
    )
    return Value("bool", f"({sql})", max(tag.level, wanted.level))


def _of_text(macro: str, form: Callable[[Frame, Value], Value]) -> Function:
    """A function of one text that gives a plain string."""

    def function(e: Expressions, node: CompValue) -> Value:
        text = form(e.frame, e.value(_first(node)))
        return e.frame.step("text", f"{macro}({text.sql})", text)

    return function


def _text_to_num(sql: str) -> Function:
    def function(e: Expressions, node: CompValue) -> Value:
        text = plain(e.frame, e.value(_first(node)))
        return e.frame.step("int", sql.format(text.sql), text)

    return function


def _same_language(sql: str) -> Function:
    """A function of one string; the language stays."""

    def function(e: Expressions, node: CompValue) -> Value:
        source = e.frame.atom(e.value(_first(node)))
        text = plain(e.frame, source)
        return tagged_like(e.frame, sql.format(text.sql), source, text)

    return function


def _two_strings(e: Expressions, node: CompValue) -> tuple[Value, Value, Value, str]:
    """Both arguments, the first also as it is, and the condition that they are compatible (§17.4.3.1.2)."""
    source, other = (e.frame.atom(e.value(argument)) for argument in (node.arg1, node.arg2))
    a, b = plain(e.frame, source), plain(e.frame, other)
    if "NULL::VARCHAR" in {a.sql, b.sql}:
        return a, b, source, "FALSE"
    fits = f"({language(e.frame, other)} = '' OR {language(e.frame, other)} = {language(e.frame, source)})"
    return a, b, source, fits


def _contains(macro: str) -> Function:
    def function(e: Expressions, node: CompValue) -> Value:
        a, b, source, fits = _two_strings(e, node)
        level = max(a.level, b.level, source.level)
        return Value("bool", f"(CASE WHEN {fits} THEN {macro}({a.sql}, {b.sql}) END)", level)

    return function


def _before_or_after(cut: str) -> Function:
    def function(e: Expressions, node: CompValue) -> Value:
        a, b, source, fits = _two_strings(e, node)
        found = f"({fits} AND {a.sql} IS NOT NULL AND {b.sql} IS NOT NULL)"
        if source.kind == "text" or "NULL::VARCHAR" in {a.sql, b.sql}:
            made = cut.format(a=a.sql, b=b.sql)
            sql = f"CASE WHEN {found} THEN CASE WHEN contains({a.sql}, {b.sql}) THEN {made} ELSE '' END END"
            return e.frame.step("text", sql, a, b, source)
        like = f"literal({cut.format(a=a.sql, b=b.sql)}, {e.frame.part(source, 'd')}, {e.frame.part(source, 'l')})"
        sql = f"CASE WHEN {found} THEN CASE WHEN contains({a.sql}, {b.sql}) THEN {like} ELSE string('') END END"
        return e.frame.step("term", sql, a, b, source)

    return function


def _substr(e: Expressions, node: CompValue) -> Value:
    source = e.frame.atom(e.value(node.arg))
    text = plain(e.frame, source)
    # fn:substring: the characters at positions p with round(start) <= p < round(start) + round(length).
    numbers = [e.frame.atom(e.value(part)) for part in (node.start, node.length) if part is not None]
    places = [(f"({d})::BIGINT", t, Value("num", "", level)) for t, d, _, level in map(e.frame.number, numbers)]
    first = places[0][0]
    last = f"({first} + {places[1][0]} - 1)" if node.length is not None else "2147483647"
    cut = f"substring({text.sql}, greatest({first}, 1), greatest({last} - greatest({first}, 1) + 1, 0))"
    whole = " AND ".join(f"{t} = 1" for _, t, _ in places)
    given = " AND ".join([f"{text.sql} IS NOT NULL", *(f"{t} IS NOT NULL" for _, t, _ in places)])
    other = f"CASE WHEN {given} THEN error('SUBSTR takes integers here.') END"
    sql = f"CASE WHEN {whole} THEN {cut} ELSE {other} END"
    return tagged_like(e.frame, sql, source, source, text, *(read for *_, read in places))


def _concat(e: Expressions, node: CompValue) -> Value:
    sources = [e.frame.atom(e.value(argument)) for argument in listed(node.arg)]
    if not sources:
        return Value("text", "''")
    texts = [plain(e.frame, source) for source in sources]
    joined = e.frame.step("text", " || ".join(text.sql for text in texts), *texts)
    if any(source.kind not in {"lookup", "constant", "term"} for source in sources):
        return joined
    tags = [language(e.frame, source) for source in sources]
    alike = " AND ".join([f"{tags[0]} <> ''", *(f"{tag} = {tags[0]}" for tag in tags[1:])])
    made = f"CASE WHEN {alike} THEN tagged({joined.sql}, {tags[0]}) ELSE string({joined.sql}) END"
    sql = f"CASE WHEN {joined.sql} IS NOT NULL THEN {made} END"
    return e.frame.step("term", sql, joined, *sources)


def _regex(e: Expressions, node: CompValue) -> Value:
    pattern, flags = flags_and_pattern(e.value(node.pattern), e.value(node.flags) if node.flags is not None else None)
    text = plain(e.frame, e.value(node.text))
    sql = f"regexp_matches({text.sql}, {e.frame.context.text(pattern)}, '{flags}')"
    return Value("bool", f"({sql})", text.level)


def _replace(e: Expressions, node: CompValue) -> Value:
    pattern, flags = flags_and_pattern(e.value(node.pattern), e.value(node.flags) if node.flags is not None else None)
    if re.search(pattern, "") is not None:
        raise refuse("REPLACE with a pattern that matches nothing at all")
    source = e.frame.atom(e.value(node.arg))
    text, to = plain(e.frame, source), replacement(e.value(node.replacement), pattern)
    sql = f"regexp_replace({text.sql}, {e.frame.context.text(pattern)}, {e.frame.context.text(to)}, '{flags}g')"
    return tagged_like(e.frame, sql, source, text)


def _rounded(macro: str) -> Function:
    def function(e: Expressions, node: CompValue) -> Value:
        num = e.frame.num(e.value(_first(node)))
        return e.frame.step("num", f"{macro}({num.sql})", num)

    return function


def _field(place: str, kinds: str = "('dateTime', 'dateTimeStamp', 'date')") -> Function:
    """A part of a dateTime (or date) as it is written, in its own zone (F&O §9.5)."""

    def function(e: Expressions, node: CompValue) -> Value:
        value = e.value(_first(node))
        if value.kind not in {"lookup", "constant", "term"}:
            return UNBOUND
        c, *_, level = e.frame.instant(value)
        fits = f"{e.frame.part(value, 'd')}[34:] IN {kinds} AND {c} IS NOT NULL"
        own = f"CASE WHEN {c} = 9 THEN beyond() WHEN {fits} THEN {place.format(e.frame.part(value, 'v'))} END"
        return e.frame.step("num" if "exact" in place else "int", own, Value("num", "", level), value)

    return function


def _zone(sql: str, kind: str) -> Function:
    def function(e: Expressions, node: CompValue) -> Value:
        value = e.value(_first(node))
        moment, term = e.frame.moment(value), e.frame.term(value)
        if term.kind == "unbound":
            return term
        zone = f"regexp_extract({term.sql}.v, '(Z|[+-][0-9]{{2}}:[0-9]{{2}})$', 1)"
        own = f"CASE WHEN {moment.sql}.c = 9 THEN beyond() WHEN {moment.sql}.c = 1 THEN {sql.format(zone)} END"
        return e.frame.step("text" if kind == "text" else "term", own, moment, term)

    return function


def cast(e: Expressions, datatype: str, value: Value) -> Value:
    """The constructor function of a datatype (§17.5, F&O §17.1)."""
    frame, name = e.frame, datatype.removeprefix(XSD)
    term, num = frame.term(value), frame.num(value)
    if term.kind == "unbound":
        return term
    if name == "string":
        text = f"cast_text({term.sql}, {num.sql})"
        return frame.step("text", text, term, num)
    moment = frame.moment(value)
    return frame.step("term", f"cast_{name.lower()}({term.sql}, {num.sql}, {moment.sql})", term, num, moment)


FUNCTIONS: Final[dict[str, Function]] = {
    "Builtin_isIRI": _of_part("{k} = 2"),
    "Builtin_isURI": _of_part("{k} = 2"),
    "Builtin_isBLANK": _of_part("{k} = 1"),
    "Builtin_isLITERAL": _of_part("{k} = 3"),
    "Builtin_isNUMERIC": _is_numeric,
    "Builtin_STR": _str,
    "Builtin_LANG": _of_literal("text", "l"),
    "Builtin_DATATYPE": _of_literal("iri", "d"),
    "Builtin_IRI": _iri,
    "Builtin_URI": _iri,
    "Builtin_STRDT": _strdt,
    "Builtin_STRLANG": _strlang,
    "Builtin_LANGMATCHES": _lang_matches,
    "Builtin_STRLEN": _text_to_num("length({0})"),
    "Builtin_UCASE": _same_language("upper_text({0})"),
    "Builtin_LCASE": _same_language("lower_text({0})"),
    "Builtin_ENCODE_FOR_URI": _of_text("url_encode", plain),
    "Builtin_CONTAINS": _contains("contains"),
    "Builtin_STRSTARTS": _contains("starts_with"),
    "Builtin_STRENDS": _contains("ends_with"),
    "Builtin_STRBEFORE": _before_or_after("substring({a}, 1, strpos({a}, {b}) - 1)"),
    "Builtin_STRAFTER": _before_or_after(
        "CASE WHEN {b} = '' THEN {a} ELSE substring({a}, strpos({a}, {b}) + length({b})) END"
    ),
    "Builtin_SUBSTR": _substr,
    "Builtin_CONCAT": _concat,
    "Builtin_REGEX": _regex,
    "Builtin_REPLACE": _replace,
    "Builtin_ABS": _rounded("num_abs"),
    "Builtin_CEIL": _rounded("num_ceil"),
    "Builtin_FLOOR": _rounded("num_floor"),
    "Builtin_ROUND": _rounded("num_round"),
    "Builtin_YEAR": _field("({0})[1:4]::INTEGER"),
    "Builtin_MONTH": _field("({0})[6:7]::INTEGER"),
    "Builtin_DAY": _field("({0})[9:10]::INTEGER"),
    "Builtin_HOURS": _field("({0})[12:13]::INTEGER", "('dateTime', 'dateTimeStamp')"),
    "Builtin_MINUTES": _field("({0})[15:16]::INTEGER", "('dateTime', 'dateTimeStamp')"),
    "Builtin_SECONDS": _field(
        "exact(2, regexp_extract({0}, ':([0-9]+(\\.[0-9]+)?)(Z|[+-][0-9:]+)?$', 1)::DECIMAL(38, 18))",
        "('dateTime', 'dateTimeStamp')",
    ),
    "Builtin_TIMEZONE": _zone("zone_duration({0})", "term"),
    "Builtin_TZ": _zone("{0}", "text"),
    "Builtin_MD5": _of_text("md5", simple),
    "Builtin_SHA1": _of_text("sha1", simple),
    "Builtin_SHA256": _of_text("sha256", simple),
}
