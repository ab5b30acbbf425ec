"""Shapes compiled to the columns: right where engines err, and told as a report tells it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import rdflib
from rdflib import Graph, URIRef

from kg.errors import KgError, ShapesError
from kg.validation import Columns, Severity, Shapes, render_turtle, validate
from kg.validation import compile as compile_shapes
from kg.vocab import CLAIM
from tests.shacl import EX, PREFIXES, by_columns, by_pyshacl, columns_of, compiled, graph_of, local

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kg.validation import ValidationReport

# --- Where engines are known to err: the text of the W3C decides -----------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "results"),
    [
        ("ex:C a rdfs:Class ; sh:property ex:P . ex:P sh:path ex:p ; sh:minCount 1 .", 1),
        ("ex:C a rdfs:Class ; sh:nodeKind sh:Literal .", 1),
        ("ex:C a ex:Kind ; sh:nodeKind sh:Literal . ex:Kind rdfs:subClassOf rdfs:Class .", 1),
        ("ex:C a rdfs:Class, sh:NodeShape ; sh:nodeKind sh:Literal .", 1),
        ("ex:C a owl:Class ; sh:nodeKind sh:Literal .", 1),
        ("ex:C a ex:Kind ; sh:nodeKind sh:Literal . ex:Kind rdfs:subClassOf owl:Class .", 1),
        ("ex:C a ex:Kind ; sh:nodeKind sh:Literal .", 0),
        ("[] a rdfs:Class ; sh:nodeKind sh:Literal .", 0),
    ],
)
def test_a_class_that_says_what_must_hold_targets_its_instances(shape: str, results: int) -> None:
    """SHACL §2.1: a constraint makes it a shape; §2.1.3.3: and then it has targets. It need not be declared as one."""
    assert by_columns(shape, "ex:a a ex:C .").total() == results


@pytest.mark.parametrize("kind", ["rdfs:Class", "owl:Class"])
def test_a_class_that_is_a_shape_is_checked_and_told_once_whoever_checks_the_others(kind: str, tmp_path: Path) -> None:
    """pySHACL, which is given another shape to check, takes none of the class's instances for that."""
    shapes = compiled(
        f"ex:C a {kind}, sh:NodeShape ; sh:property [ sh:path ex:p ; sh:minCount 1 ] ."
        r'ex:S sh:targetNode ex:b ; sh:property [ sh:path ex:p ; sh:pattern "[\\S]" ] .'
    )
    data = {None: f'{PREFIXES} ex:a a ex:C ; ex:q ex:b . ex:b ex:p "x" .'}
    with columns_of(tmp_path, data) as columns:
        report, one = shapes.validate(columns), shapes.validate(columns, shapes=[f"{EX}S"])

    assert shapes.coverage().compiled == (f"{EX}C",)
    assert shapes.coverage().reference.keys() == {f"{EX}S"}
    assert [result.focus_node for result in report.results] == [f"<{EX}a>"]
    assert one.conforms


def test_a_class_that_says_how_by_a_component_of_its_own_targets_its_instances() -> None:
    shape = """ex:C a rdfs:Class ; ex:wanted ex:b .
    ex:Component a sh:ConstraintComponent ; sh:parameter [ sh:path ex:wanted ] ;
      sh:validator [ a sh:SPARQLAskValidator ; sh:ask "ASK { FILTER ($value = $wanted) }" ] ."""
    assert by_columns(shape, "ex:a a ex:C . ex:b a ex:C .").total() == 1


def test_what_cannot_be_compared_is_not_less() -> None:
    """SHACL §4.5.3: a date and a dateTime, a time with and one without a timezone nearby, a number and text."""
    shape = "ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:lessThan ex:q ."
    pairs = (
        ('"2024-01-01"^^xsd:date', '"2025-01-01T00:00:00"^^xsd:dateTime'),
        ('"2024-01-01T00:00:00"^^xsd:dateTime', '"2024-01-01T14:00:00Z"^^xsd:dateTime'),
        ('"2024-01-01T00:00:00Z"^^xsd:dateTime', '"2024-01-01T14:00:00"^^xsd:dateTime'),
        ('"2024-01-02"^^xsd:date', '"2024-01-02-12:00"^^xsd:date'),
        ("1", '"2"'),
        ('"a"', '"b"@en'),
        ("1", '"NaN"^^xsd:double'),
        ('"2024-02-30"^^xsd:date', '"2025-01-01"^^xsd:date'),
        ('"P1D"^^xsd:duration', '"P2D"^^xsd:duration'),
        ("ex:a", "ex:b"),
    )
    for smaller, larger in pairs:
        assert by_columns(shape, f"ex:a ex:p {smaller} ; ex:q {larger} .").total() == 1, (smaller, larger)


def test_years_between_a_time_with_and_one_without_a_timezone_are_no_breach_but_to_pyshacl() -> None:
    """XSD §3.2.7.4: the one comes before the other wherever it is meant; Python compares no such two."""
    shape = 'ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:minInclusive "2024-01-01T00:00:00Z"^^xsd:dateTime .'
    data = 'ex:a ex:p "2030-01-01T00:00:00"^^xsd:dateTime .'

    assert by_columns(shape, data).total() == 0
    assert by_pyshacl(shape, data).total() == 1


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("9", "10"),
        ("-10", "-9"),
        ("-1.55", "-1.5"),
        ("1.5", "2"),
        ("1", "1.5e0"),
        ("123456789012345678901234567890", "123456789012345678901234567891"),
        ('"9007199254740992"^^xsd:integer', '"9007199254740993"^^xsd:long'),
        ('"0.1"^^xsd:double', '"0.1"^^xsd:float'),
        ('"-INF"^^xsd:float', "0"),
        ("false", "true"),
        ('"a"', '"b"'),
        ('"2023-12-31"^^xsd:date', '"2024-01-01"^^xsd:date'),
        ('"-0002-01-01"^^xsd:date', '"-0001-01-01"^^xsd:date'),
        ('"9999-12-31"^^xsd:date', '"10000-01-01"^^xsd:date'),
        ('"2024-01-01+14:00"^^xsd:date', '"2024-01-01Z"^^xsd:date'),
        ('"2024-01-01T00:30:00+01:00"^^xsd:dateTime', '"2024-01-01T00:00:00Z"^^xsd:dateTime'),
        ('"2024-01-01T00:00:00"^^xsd:dateTime', '"2024-01-01T14:00:00.1Z"^^xsd:dateTime'),
        ('"2024-01-01T00:00:00+01:00"^^xsd:dateTime', '"2024-01-01T13:00:01"^^xsd:dateTime'),
        ('"2024-01-01"^^xsd:date', '"2024-01-02Z"^^xsd:date'),
        ('"-0044-03-15Z"^^xsd:date', '"12024-01-01"^^xsd:date'),
        ('"2024-02-29T24:00:00"^^xsd:dateTime', '"2024-03-01T00:00:00.001"^^xsd:dateTime'),
        ('"2024-01-01T00:00:00.45"^^xsd:dateTime', '"2024-01-01T00:00:00.5"^^xsd:dateTime'),
    ],
)
def test_values_compare_as_numbers_dates_and_text(smaller: str, larger: str) -> None:
    shape = "ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:lessThan ex:q ."

    assert by_columns(shape, f"ex:a ex:p {smaller} ; ex:q {larger} .").total() == 0
    assert by_columns(shape, f"ex:a ex:p {larger} ; ex:q {smaller} .").total() == 1


ILL_FORMED = {
    "xsd:date": ("2024-02-30", "2023-02-29", "1900-02-29", "2024-13-01", "2024-1-1", "24-01-01", "2024-01-01+15:00"),
    "xsd:dateTime": ("2024-01-01", "2024-01-01T25:00:00", "2024-01-01T24:00:01", "2024-04-31T00:00:00Z"),
    "xsd:integer": ("1.0", "", " 1", "1_000", "١"),
    "xsd:byte": ("128", "-129"),
    "xsd:positiveInteger": ("0", "-0"),
    "xsd:unsignedLong": ("18446744073709551616", "-1"),
    "xsd:decimal": ("1e0", ".", "INF"),
    "xsd:double": ("inf", "nan", "1,0"),
    "xsd:boolean": ("TRUE", "yes"),
    "xsd:duration": ("10 years", "P", "P1", "PT", "P1DT", "P1D1Y", "1Y"),
    "xsd:dayTimeDuration": ("P1Y", "PT"),
}
WELL_FORMED = {
    "xsd:date": ("2024-02-29", "2000-02-29", "-0004-02-29", "12024-02-29", "2024-01-01-14:00", "0000-01-01"),
    "xsd:dateTime": ("2024-01-01T24:00:00.000", "2024-12-31T23:59:59.9999999999Z"),
    "xsd:integer": ("-0", "+1", "000", "123456789012345678901234567890123456789012345678901234567890"),
    "xsd:byte": ("127", "-128", "+0127"),
    "xsd:nonPositiveInteger": ("0", "-0", "+0", "-1"),
    "xsd:decimal": ("1.", ".5", "-.5"),
    "xsd:double": ("1e400", "-INF", "NaN", "1.E-3"),
    "xsd:boolean": ("1", "false"),
    "xsd:duration": ("P10Y", "P4Y6M", "-P15D", "PT0.5S", "P1Y2M3DT4H5M6S"),
    "xsd:yearMonthDuration": ("P1Y2M", "P14M"),
}


@pytest.mark.parametrize("datatype", ILL_FORMED)
def test_an_ill_formed_literal_is_not_of_its_datatype(datatype: str) -> None:
    literals = [f'"{text}"^^{datatype}' for text in ILL_FORMED[datatype]]
    shape = f"ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:datatype {datatype} ."

    assert by_columns(shape, f"ex:a ex:p {', '.join(literals)} .").total() == len(literals)


@pytest.mark.parametrize("datatype", WELL_FORMED)
def test_a_well_formed_literal_is_of_its_datatype(datatype: str) -> None:
    literals = [f'"{text}"^^{datatype}' for text in WELL_FORMED[datatype]]
    shape = f"ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:datatype {datatype} ."

    assert by_columns(shape, f"ex:a ex:p {', '.join(literals)} .") == Counter()


@pytest.mark.parametrize("together", ["sh:or", "sh:xone"])
def test_what_fails_inside_of_an_alternative_is_no_result(together: str) -> None:
    """Two engines told the inner results as well."""
    shape = f"ex:S sh:targetNode ex:a, ex:b ; {together} ( [ sh:path ex:p ; sh:minCount 1 ] [ sh:class ex:C ] ) ."

    found = by_columns(shape, "ex:a ex:p 1 . ex:b ex:q 1 .")

    assert found == Counter(
        {(f"<{EX}b>", "", f"<{EX}b>", f"{together[3:].title()}ConstraintComponent", "S", "Violation"): 1}
    )


def test_a_plain_string_is_the_same_as_an_xsd_string_in_a_list() -> None:
    shape = 'ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:in ( "x" "y"^^xsd:string "01"^^xsd:integer ) .'

    assert by_columns(shape, 'ex:a ex:p "x"^^xsd:string, "y", "01"^^xsd:integer .') == Counter()
    assert by_columns(shape, 'ex:a ex:p "x"@en, 1, "y"^^ex:own .').total() == 3


def test_a_pattern_does_not_end_before_a_last_line_break_and_a_blank_node_matches_none() -> None:
    shape = 'ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:pattern "^a$" .'

    assert by_columns(shape, 'ex:a ex:p "a" .') == Counter()
    assert by_columns(shape, 'ex:a ex:p "a\\n", [] .').total() == 2


def test_a_hyphen_at_either_end_of_a_class_is_a_hyphen() -> None:
    """XSD 1.1 Part 2, appendix G: as in the patterns of EDTF, beside signs that other languages give a meaning."""
    shape = 'ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:pattern "^[-/~&]+[X?~%-]*$" .'

    assert by_columns(shape, 'ex:a ex:p "-", "/~X-", "&~~--" .') == Counter()
    assert by_columns(shape, 'ex:a ex:p "0", "/.", "X" .').total() == 3


@pytest.mark.parametrize(
    ("pattern", "flags", "matching", "others"),
    [
        (r"^\w+$", "", ("aЖ9", "a+b", "$e\u0301", "\u0661", "\u00b2"), ("a_b", "a b", "a-b", "a\u00a0")),
        (r"^\W+$", "", ("_", " -", "\u2014"), ("a", "+")),
        (r"^\s+$", "", (" \t\n\r",), ("\u00a0", "\u000b", "")),
        (r"^\S+$", "", ("\u00a0", "a"), ("a\tb",)),
        (r"^[\w.-]+@[^\s@]+$", "", ("a.b-c@d", "+@\u00a0"), ("a_b@c", "a@b c")),
        (r"^\D$", "", ("a",), ("1", "\u0661")),
        (r"^\p{Lu}\P{Lu}[\p{Nd}x]$", "", ("Äa1", "Ж-x"), ("äa1", "ÄÄ1")),
        ("a.b", "", ("axb",), ("a\nb", "a\rb")),
        ("^a.b$", "s", ("a\nb", "a\rb"), ("ab",)),
        ("^b$", "m", ("a\nb\nc",), ("ab",)),
        ("a b [ ]c", "x", ("ab c",), ("a b c", "abc")),
        (r"^a {2} \. $", "x", ("aa.",), ("a  .", "aab")),
        ("a.[b]+\\\\", "q", ("xa.[b]+\\\\y",), ("a.b\\\\",)),
        ("A.b", "iq", ("xa.By",), ("axb",)),
    ],
)  # fmt: skip
def test_a_pattern_matches_what_xpath_says(
    pattern: str, flags: str, matching: tuple[str, ...], others: tuple[str, ...]
) -> None:
    """XSD 1.1 Part 2, appendix G, and F&O, section 5.6.1; Python's patterns, which pySHACL takes, differ."""
    right, wrong = (
        ['"' + text.replace("\n", r"\n").replace("\r", r"\r") + '"' for text in texts] for texts in (matching, others)
    )
    given = pattern if "q" in flags else pattern.replace("\\", "\\\\")
    shape = f'ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:pattern "{given}" ; sh:flags "{flags}" .'

    found = by_columns(shape, f"ex:a ex:p {', '.join(right + wrong)} .")

    assert sorted(value for _, _, value, *_ in found) == sorted(wrong)


def test_a_flag_that_is_none_is_an_error() -> None:
    with pytest.raises(ShapesError, match=f"{EX}S: its sh:flags have 'g'"):
        compiled('ex:S sh:targetNode ex:a ; sh:pattern "x" ; sh:flags "ig" .')


def test_a_node_reached_twice_is_told_twice() -> None:
    """The suite of the W3C says so of two paths; the same holds of two focus nodes."""
    shape = "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:property ex:T ] . "
    shape += "ex:T sh:path ex:q ; sh:minCount 1 ."

    found = by_columns(shape, "ex:a ex:p ex:c . ex:b ex:p ex:c .")

    assert found == Counter({(f"<{EX}c>", f"{EX}q", "", "MinCountConstraintComponent", "T", "Violation"): 2})


def test_the_hierarchy_of_classes_may_stand_in_another_graph(tmp_path: Path) -> None:
    """The data graph is all of the graphs; an engine looked for the superclass where the type stood."""
    shapes = "ex:S sh:targetClass ex:C ; sh:path ex:p ; sh:class ex:C ; sh:message 'A C.'@en ."
    graphs: dict[str | None, str] = {
        f"{CLAIM}one": PREFIXES + "ex:a a ex:E ; ex:p ex:b, ex:c .",
        f"{CLAIM}two": PREFIXES + "ex:D rdfs:subClassOf ex:C . ex:b a ex:D .",
        None: PREFIXES + "ex:E rdfs:subClassOf ex:D .",
    }
    with columns_of(tmp_path, graphs) as columns:
        report = compiled(shapes).validate(columns, engine="both")

    assert [(r.focus_node, r.value) for r in report.results] == [(f"<{EX}a>", f"<{EX}c>")]


def test_a_component_that_asks_about_values_tells_the_value() -> None:
    """SHACL §6.3, validators that ask; two engines leave it out where the shape has a path."""
    shapes = """
        ex:S sh:targetNode ex:a ; sh:path ex:p ; ex:below 3 .
        ex:Below a sh:ConstraintComponent ; sh:parameter [ sh:path ex:below ] ;
          sh:validator [ sh:ask "ASK { FILTER ($value < $below) }" ] ."""

    found = by_columns(shapes, 'ex:a ex:p 2, 4, "NaN"^^xsd:double, "x" .')

    assert sorted(value for _, _, value, *_ in found) == [
        '"4"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '"NaN"^^<http://www.w3.org/2001/XMLSchema#double>',
        '"x"',
    ]


def test_a_closed_shape_tells_the_property_and_its_value() -> None:
    shape = "ex:S sh:targetNode ex:a ; sh:closed true ; sh:ignoredProperties ( ex:q ) ; sh:property [ sh:path ex:p ] ."

    found = by_columns(shape, "ex:a ex:p 1 ; ex:q 2 ; ex:r ex:b .")

    assert found == Counter({(f"<{EX}a>", f"{EX}r", f"<{EX}b>", "ClosedConstraintComponent", "S", "Violation"): 1})


# --- Rules in SPARQL -------------------------------------------------------------------------------------------------


def by_query(select: str, data: str) -> Counter[tuple[str, str]]:
    """Focus nodes and values that a rule finds of the subjects of ex:p."""
    prefix = "sh:prefixes [ sh:declare [ sh:prefix 'ex' ; sh:namespace 'http://example.org/' ] ]"
    shape = f"ex:S sh:targetSubjectsOf ex:p ; sh:sparql [ {prefix} ; sh:select '''{select}''' ] ."
    return Counter({(found[0], found[2]): times for found, times in by_columns(shape, data).items()})


def test_a_variable_inside_of_not_exists_is_that_of_the_row_outside() -> None:
    """SPARQL 1.1 §18.6. An engine took ?day for unbound in there, and told as a breach what is none."""
    select = """
        SELECT $this ?value WHERE {
          $this ex:p ?value ; ex:on ?day .
          FILTER NOT EXISTS {
            ?tenure ex:holder ?value .
            OPTIONAL { ?tenure ex:from ?began }
            FILTER (!BOUND(?began) || ?began <= ?day)
          }
        }"""
    data = """
        ex:a ex:p ex:x ; ex:on 3 . ex:b ex:p ex:x ; ex:on 5 . ex:c ex:p ex:y ; ex:on 1 . ex:d ex:p ex:z ; ex:on 1 .
        ex:t ex:holder ex:x ; ex:from 4 . ex:u ex:holder ex:y ."""

    assert by_query(select, data) == Counter({(f"<{EX}a>", f"<{EX}x>"): 1, (f"<{EX}d>", f"<{EX}z>"): 1})


def test_a_rule_that_counts_does_so_for_each_focus_node() -> None:
    select = "SELECT $this (COUNT(?x) AS ?value) WHERE { $this ex:p ?x } GROUP BY $this HAVING (COUNT(?x) > 1)"

    found = by_query(select, "ex:a ex:p 1, 2, 3 . ex:b ex:p 1 . ex:c ex:q 1, 2 .")

    assert found == Counter({(f"<{EX}a>", '"3"^^<http://www.w3.org/2001/XMLSchema#integer>'): 1})


def test_a_rule_that_counts_inside_of_another_select_does_so_for_each_focus_node() -> None:
    select = """
        SELECT $this ?value WHERE {
          $this ex:q ?value .
          { SELECT $this (COUNT(?x) AS ?n) (MAX(?x) AS ?most) WHERE { $this ex:p ?x } GROUP BY $this }
          FILTER (?n > 1 && ?value < ?most)
        }"""

    found = by_query(select, "ex:a ex:p 1, 3 ; ex:q 2, 3 . ex:b ex:p 5 ; ex:q 2 . ex:c ex:p 1, 2 ; ex:q 3 .")

    assert found == Counter({(f"<{EX}a>", '"2"^^<http://www.w3.org/2001/XMLSchema#integer>'): 1})


def test_where_there_is_nothing_to_group_there_is_no_group() -> None:
    """SPARQL 1.1 §18.5.1; an engine takes it for a group in which COUNT is 0, inside of another SELECT."""
    select = """
        SELECT $this ?value WHERE {
          $this ex:p ?value { SELECT $this (COUNT(?x) AS ?n) WHERE { $this ex:q ?x } GROUP BY $this } }"""

    assert [focus for focus, _ in by_query(select, "ex:a ex:p 1 . ex:b ex:p 1 ; ex:q 2 .")] == [f"<{EX}b>"]


def test_a_comparison_that_is_an_error_finds_nothing() -> None:
    """SPARQL 1.1 §17.3: a date that does not exist, or a number and text, are neither less nor not less."""
    select = "SELECT $this ?value WHERE { $this ex:p ?value ; ex:q ?other . FILTER (!(?value < ?other)) }"
    data = """
        ex:a ex:p "2024-02-30"^^xsd:date ; ex:q "2024-01-01"^^xsd:date . ex:b ex:p 1 ; ex:q "0" .
        ex:c ex:p 2 ; ex:q 1 ."""

    assert [focus for focus, _ in by_query(select, data)] == [f"<{EX}c>"]


def test_a_rule_knows_its_focus_node_in_every_part() -> None:
    """SHACL, appendix A: in a union, in an optional part, and in a part without any triple."""
    select = """
        SELECT $this ?value WHERE {
          { FILTER ($this = ex:a) BIND ("union" AS ?value) } UNION { { FILTER (BOUND($this) && $this != ex:a) } }
          OPTIONAL { FILTER ($this = ex:b) BIND ("optional" AS ?value) }
        }"""

    found = by_query(select, "ex:a ex:p 1 . ex:b ex:p 1 . ex:c ex:p 1 .")

    assert found == Counter({(f"<{EX}a>", '"union"'): 1, (f"<{EX}b>", '"optional"'): 1, (f"<{EX}c>", f"<{EX}c>"): 1})


# --- What is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "circle",
    [
        "ex:S sh:targetNode ex:a ; sh:node ex:S .",
        "ex:S sh:targetNode ex:a ; sh:property ex:T . ex:T sh:path ex:p ; sh:not ex:S .",
        # Of which the columns would refuse something else first.
        "ex:S sh:targetNode ex:a ; sh:misspelt 1 ; sh:node ex:S .",
        "ex:S sh:targetNode ex:a ; sh:misspelt 1 ; sh:xone ( [ sh:node ex:S ] ) .",
    ],
)
def test_shapes_that_refer_to_themselves_are_refused(circle: str) -> None:
    with pytest.raises(ShapesError, match="refers to itself"):
        compiled(circle)


def test_a_shape_that_is_referred_to_twice_is_no_circle() -> None:
    shapes = "ex:S sh:targetNode ex:a ; sh:and ( ex:T ex:T ) ; sh:not [ sh:node ex:T ] . ex:T sh:class ex:C ."

    assert by_columns(shapes, "ex:b ex:p 1 .").total() == 1


@pytest.mark.parametrize(
    ("constraint", "reason"),
    [
        ('sh:sparql [ sh:select "SELECT $this WHERE { $this ex:p 1 }" ]', "prefix"),
        ('sh:sparql [ sh:select "SELECT * WHERE { $this ?p 1 }" ]', "SELECT"),
        ('sh:sparql [ sh:select "SELECT $this WHERE { { SELECT $this { $this ?p 1 } LIMIT 1 } }" ]', "SELECT"),
        ('sh:sparql [ sh:select "SELECT $this { FILTER EXISTS { SELECT $this { $this ?p 1 } } }" ]', "EXISTS"),
        ('sh:sparql [ sh:select "SELECT $this WHERE { $this ?p 1 } LIMIT 1" ]', "limit"),
        ('sh:sparql [ sh:select "SELECT $this ?failure WHERE { BIND (true AS ?failure) }" ]', "failures"),
        ('sh:sparql [ sh:select "ASK { $this ?p 1 }" ]', "no SELECT"),
        (r'sh:pattern "[\\S]"', "pattern"),
        (r'sh:pattern "[+-\\s]"', "pattern"),
        (r'sh:pattern "[\\w-a]"', "pattern"),
        (r'sh:pattern "\\p{IsGreek}"', "pattern"),
        (r'sh:pattern "\\p{Lu}" ; sh:flags "i"', "pattern"),
        ('sh:pattern "(?i)x"', "pattern"),
        ('sh:pattern "[a-z-[aeiou]]"', "pattern"),
        ('sh:minInclusive "P1D"^^xsd:duration', "orders"),
        ("sh:minCount 1", "sh:path"),
        ("sh:datatype xsd:date, xsd:integer", "more than one"),
        ("sh:property [ sh:minCount 1 ]", "sh:path"),
        ("sh:in ex:a", "list"),
        ("sh:in [ rdf:first 1 ; rdf:rest ex:b ]", "list"),
        ("sh:in [ rdf:first 1, 2 ; rdf:rest () ]", "list"),
        ("sh:in [ rdf:first 1 ; rdf:rest ( 2 ), ( 3 ) ]", "list"),
        ("sh:path [ rdf:first ex:p ; rdf:rest ex:q ] ; sh:minCount 1", "list"),
        ("sh:misspelt 1", "misspelt"),
    ],
)
def test_what_the_columns_do_not_check_is_refused_with_the_reason(constraint: str, reason: str) -> None:
    coverage = compiled(
        f"ex:S sh:targetNode ex:a ; {constraint} . ex:T sh:targetNode ex:a ; sh:class ex:C ."
    ).coverage()

    assert coverage.compiled == (f"{EX}T",)
    assert reason in coverage.reference[f"{EX}S"]


def test_shapes_that_nothing_uses_are_told_apart() -> None:
    """Not what a shape with a target has inside, however deep, and not what is put out of use on purpose."""
    coverage = compiled(
        "ex:S sh:targetNode ex:a ; sh:or ( ex:In [ sh:not ex:Deep ] ) ."
        "ex:In sh:class ex:C . ex:Deep sh:nodeKind sh:IRI ."
        "ex:Idle sh:property [ sh:path ex:p ; sh:node ex:Below ] . ex:Below sh:class ex:C ."
        "ex:Off sh:deactivated true ; sh:class ex:C ."
    ).coverage()

    assert coverage.compiled == (f"{EX}S",)
    assert coverage.unused == (f"{EX}Idle",)


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("SELECT $this { $this ?p 1 MINUS { $this ?p 2 } }", "MINUS"),
        ("SELECT $this { $this ?p 1 . # no\n\tminus{ $this ?p 2 } }", "MINUS"),
        ("SELECT $this { VALUES ?p { ex:p } $this ?p 1 }", "VALUES"),
        ("SELECT $this { $this ?p 1 } VALUES ?p { ex:p }", "VALUES"),
        ("SELECT $this { SERVICE ex:s { $this ?p 1 } }", "SERVICE"),
        ("SELECT $this { BIND (1 AS ?this) }", r"\$this a value with AS"),
        ("SELECT (1 AS ?this) { }", r"\$this a value with AS"),
        ("SELECT $this { BIND (1 AS ?currentShape) }", r"\$currentShape a value with AS"),
        (
            "SELECT $this { { SELECT (COUNT(*) AS ?n) { $this ?p 1 } } FILTER (?n > 1) }",
            r"does not select \$this \(app",
        ),
        ("SELECT $this { FILTER EXISTS { SELECT ?p { $this ?p 1 } } }", r"does not select \$this \(app"),
        ("SELECT ?value { $this ex:p ?value }", r"does not select \$this, the node"),
        ("SELECT (COUNT(*) AS ?value) { $this ?p 1 }", r"does not select \$this, the node"),
        ("SELECT $this { $this $PATH 1 }", r"asks for \$PATH"),
    ],
)
def test_what_shacl_forbids_in_queries_is_an_error_whoever_is_to_validate(query: str, fault: str) -> None:
    """SHACL, appendix A and section 5.3.1; pySHACL takes some of it, and finds nothing."""
    prefix = "sh:prefixes [ sh:declare [ sh:prefix 'ex' ; sh:namespace 'http://example.org/' ] ]"
    rule = f"ex:S sh:targetNode ex:a ; sh:sparql [ {prefix} ; sh:select '''{query}''' ] ."

    with pytest.raises(ShapesError, match=f"{EX}S: .*{fault}"):
        compiled(rule)
    with pytest.raises(ShapesError, match=f"{EX}S"):
        validate(b"", shapes=Shapes(graph_of(rule), ()))

    assert compiled(rule.replace("; sh:select", "; sh:deactivated true ; sh:select"))


COMPONENT = """ex:Most a sh:ConstraintComponent ; sh:parameter [ sh:path ex:most ] ;
  sh:validator [ sh:ask "ASK { FILTER ($value <= $most) }" ] ."""


@pytest.mark.parametrize(
    ("component", "fault"),
    [
        (COMPONENT.replace("[ sh:path ex:most ]", "[ sh:path ex:most ; sh:optional true ]"), "apply to every shape"),
        (COMPONENT.replace("sh:parameter [ sh:path ex:most ] ;", ""), "apply to every shape"),
        (COMPONENT.replace("ex:most", "ex:value"), "keeps the name value"),
        (
            COMPONENT.replace("FILTER (", "{ SELECT $this $value { FILTER ($value) } } FILTER ("),
            r"does not select \$most",
        ),
    ],
)
def test_a_component_that_is_not_well_formed_is_an_error(component: str, fault: str) -> None:
    """SHACL, section 6.2.1; without a parameter that must be given, it is a constraint of every shape."""
    shapes = f"{component} ex:S sh:targetNode ex:a ; sh:nodeKind sh:IRI ."

    with pytest.raises(ShapesError, match=f"{EX}Most: .*{fault}"):
        compiled(shapes)
    with pytest.raises(ShapesError):
        validate(b"", shapes=Shapes(graph_of(shapes), ()))


def test_each_value_of_a_parameter_is_a_constraint() -> None:
    """SHACL, section 6.2: of a component with one parameter."""
    shapes = f"{COMPONENT} ex:S sh:targetObjectsOf ex:p ; ex:most 1, 2, 3 ."

    assert by_columns(shapes, "ex:a ex:p 1, 2, 3 .").total() == 3


def test_several_values_of_one_of_several_parameters_are_an_error() -> None:
    component = COMPONENT.replace("sh:path ex:most ]", "sh:path ex:most ] , [ sh:path ex:flag ; sh:optional true ]")

    with pytest.raises(ShapesError, match=f"{EX}S: it has more than one {EX}most"):
        compiled(f"{component} ex:S sh:targetObjectsOf ex:p ; ex:most 1, 2 .")


@pytest.mark.parametrize("engine", ["both", "reference"])
@pytest.mark.parametrize(("path", "told"), [("", None), ("; sh:path ( ex:q ex:r )", f"( <{EX}q> <{EX}r> )")])
def test_a_path_that_is_no_iri_is_that_of_the_shape(tmp_path: Path, engine: str, path: str, told: str | None) -> None:
    query = f"SELECT $this ?path ?value WHERE {{ $this <{EX}p> ?path BIND (1 AS ?value) }}"
    shapes = compiled(f'ex:S sh:targetNode ex:a {path} ; sh:sparql [ sh:select "{query}" ] .')

    with columns_of(tmp_path, {None: PREFIXES + 'ex:a ex:p "a b"@en, [], 3, ex:b .'}) as columns:
        report = shapes.validate(columns, engine=engine)

    assert {result.path for result in report.results} == {told, f"{EX}b"}
    Graph().parse(data=render_turtle(report), format="turtle")


def test_what_the_reference_cannot_compare_is_an_error_and_no_crash(tmp_path: Path) -> None:
    select = "SELECT $this { $this <http://example.org/p> ?x, ?y FILTER (?x < ?y) }"
    shapes = compiled(f"ex:S sh:targetNode ex:a ; sh:sparql [ sh:select '{select}' ] .")
    data = PREFIXES + 'ex:a ex:p "NaN"^^xsd:double, 1.5 .'

    with columns_of(tmp_path, {None: data}) as columns:
        assert shapes.validate(columns).conforms
        with pytest.raises(ShapesError, match="NaN"):
            shapes.validate(columns, engine="reference")


STOPPED = """
ex:S sh:targetSubjectsOf ex:p ; sh:sparql ex:Less .
ex:Less sh:message "Not less."@en ;
  sh:select '''SELECT $this ?value {
    $this <http://example.org/p> ?value ; <http://example.org/q> ?q FILTER (?value < ?q) }''' .
ex:T sh:targetSubjectsOf ex:p ; sh:path ex:q ; sh:maxCount 0 ; sh:message "None."@en .
"""
BEYOND = "ex:a ex:p 1 ; ex:q 2 . ex:b ex:p 3 ; ex:q " + "9" * 60 + " ."


def test_a_shape_that_a_value_stops_goes_to_the_reference_and_the_others_do_not(tmp_path: Path) -> None:
    shapes = compiled(STOPPED)
    assert shapes.coverage().reference == {}

    with columns_of(tmp_path, {None: PREFIXES + BEYOND}) as columns:
        report = shapes.validate(columns)
        both = shapes.validate(columns, engine="both")
        with pytest.raises(KgError, match="do not compute with exactly"):
            shapes.baseline(columns)

    assert report.by_reference == (f"{EX}S",)
    assert sorted((local(r.shape), r.focus_node, r.value) for r in report.results) == [
        ("S", f"<{EX}a>", '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("S", f"<{EX}b>", '"3"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("T", f"<{EX}a>", None),
        ("T", f"<{EX}b>", None),
    ]
    assert both == report


# --- Reports ---------------------------------------------------------------------------------------------------------

TWO_SHAPES = """
ex:S sh:targetSubjectsOf ex:p ; sh:path ex:p ; sh:nodeKind sh:IRI ; sh:message "Name it."@en .
ex:T sh:targetSubjectsOf ex:p ; sh:severity sh:Warning ; sh:sparql [ a sh:SPARQLConstraint ; sh:message "It has q."@en ;
  # A limit is left to the reference.
  sh:select "SELECT $this ?value WHERE { $this <http://example.org/q> ?value } LIMIT 9" ] .
"""
CLAIMS: dict[str | None, str] = {
    f"{CLAIM}one": PREFIXES + "ex:a ex:p 1 . ex:b ex:p 1 .",
    f"{CLAIM}two": PREFIXES + "ex:a ex:p 1, ex:c ; ex:q 2 .",
    None: PREFIXES + "ex:c ex:p 1 .",
}


@pytest.fixture
def claims(tmp_path: Path) -> Iterator[Columns]:
    with columns_of(tmp_path, CLAIMS) as columns:
        yield columns


def shapes_in(report: ValidationReport) -> list[tuple[str, str]]:
    return [(local(result.shape), local(result.focus_node[1:-1])) for result in report.results]


def test_what_the_columns_do_not_check_the_reference_checks_and_the_report_names_it(claims: Columns) -> None:
    engine = compiled(TWO_SHAPES)
    report = engine.validate(claims)

    assert engine.coverage().compiled == (f"{EX}S",)
    assert report.by_reference == (f"{EX}T",)
    assert shapes_in(report) == [("S", "a"), ("S", "b"), ("S", "c"), ("T", "a")]
    assert [result.severity for result in report.results] == [Severity.VIOLATION] * 3 + [Severity.WARNING]
    assert {result.message for result in report.results} == {"Name it.", "It has q."}


def test_a_result_carries_the_claims_that_hold_the_triple(claims: Columns) -> None:
    report = compiled(TWO_SHAPES).validate(claims, shapes=[f"{EX}S"])

    assert report.by_reference == ()
    assert {local(r.focus_node[1:-1]): list(map(local, r.claims)) for r in report.results} == {
        "a": ["one", "two"],
        "b": ["one"],
        "c": [],
    }


@pytest.mark.parametrize("engine", ["fast", "reference", "both"])
def test_only_the_nodes_asked_for_are_checked_by_any_engine(claims: Columns, engine: str) -> None:
    report = compiled(TWO_SHAPES).validate(claims, focus=[f"{EX}a", f"{EX}q"], engine=engine)

    assert shapes_in(report) == [("S", "a"), ("T", "a")]


@pytest.mark.parametrize("engine", ["fast", "reference", "both"])
def test_a_limit_of_results_is_told(claims: Columns, engine: str) -> None:
    report = compiled(TWO_SHAPES).validate(claims, limit_per_shape=2, engine=engine)

    assert shapes_in(report) == [("S", "a"), ("S", "b"), ("T", "a")]
    assert report.left_out == 1
    assert not report.conforms


def test_a_shape_that_is_not_there_is_an_error(claims: Columns) -> None:
    with pytest.raises(ShapesError, match="no such shape"):
        compiled(TWO_SHAPES).validate(claims, shapes=[f"{EX}U"])


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"shapes": []}, r"shapes is \[\]\. Give a list of IRIs"),
        ({"shapes": f"{EX}S"}, f"shapes is '{EX}S'. Give a list of IRIs"),
        ({"focus": []}, r"focus is \[\]\. Give a list of IRIs"),
        ({"focus": f"{EX}a"}, f"focus is '{EX}a'. Give a list of IRIs"),
        ({"focus": [f"<{EX}a>"]}, f"focus has <{EX}a>. Give the IRI without angle brackets"),
        ({"limit_per_shape": 0}, "limit_per_shape is 0"),
        ({"limit_per_shape": -1}, "limit_per_shape is -1"),
    ],
)
# Any: what somebody may give who checks no types.
def test_what_would_check_nothing_is_refused(claims: Columns, asked: dict[str, Any], wrong: str) -> None:
    with pytest.raises(KgError, match=wrong):
        compiled("ex:S sh:targetNode ex:a ; sh:nodeKind sh:IRI .").validate(claims, **asked)


def test_nothing_is_left_behind_in_the_database(claims: Columns) -> None:
    compiled(TWO_SHAPES).validate(claims)

    names = claims.db.execute("SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()")
    assert not [name for (name,) in names.fetchall() if name.startswith("shacl_")]


def test_the_background_is_part_of_the_data(tmp_path: Path) -> None:
    """The hierarchy of classes stands in another file than the data."""
    shapes = Shapes(
        graph_of("ex:S sh:targetClass ex:C ; sh:property ex:T . ex:T sh:path ex:p ; sh:class ex:C ."),
        ((URIRef(f"{EX}D"), rdflib.RDFS.subClassOf, URIRef(f"{EX}C")),),
    )
    with columns_of(tmp_path, {None: PREFIXES + "ex:a a ex:D ; ex:p ex:a, ex:b ."}) as columns:
        report = compile_shapes(shapes).validate(columns, engine="both")

    assert [(r.focus_node, r.value) for r in report.results] == [(f"<{EX}a>", f"<{EX}b>")]


@pytest.mark.parametrize(
    "path",
    ["[ sh:oneOrMorePath [ sh:zeroOrOnePath ex:p ] ]", "[ sh:oneOrMorePath [ sh:zeroOrMorePath ex:p ] ]"],
)
def test_a_closure_of_a_closure_starts_at_the_focus_node_itself(path: str) -> None:
    """SPARQL §18.4: also of a literal, and of a node that the data do not know."""
    shape = f'ex:S sh:targetNode "x", ex:a ; sh:path {path} ; sh:maxCount 0 .'

    assert by_columns(shape, "ex:b ex:p ex:c .").total() == 2
