"""A report kept up to date: what a change touches, what it means, and when everything is validated again."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import duckdb
import pytest

from kg.columns import write_columns
from kg.columns.compile import Solutions, answer, open_columns, open_release_columns
from kg.errors import KgError, QueryUnsupportedError, SourceError
from kg.validation import Columns, Stage, load_shapes
from kg.validation import compile as compile_shapes
from kg.validation.delta_index import Index
from kg.vocab import CLAIM
from tests.conformance.test_shapes import CONFORMING, VIOLATING, flat, rules
from tests.shacl import PREFIXES, canonical, columns_of, compiled, local

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kg.validation import ValidationReport
    from kg.validation.delta import Change

SHAPES = '''
ex:Named sh:targetClass ex:Person ; sh:path ex:name ; sh:minCount 1 ; sh:message "Name it."@en .
ex:Known sh:targetClass ex:Event ; sh:path ex:of ; sh:class ex:Person ; sh:message "Of a person."@en .
ex:Order sh:targetSubjectsOf ex:of ; sh:message "In order."@en ; sh:sparql [ sh:message "In order."@en ;
  sh:select """PREFIX ex: <http://example.org/>
    SELECT $this WHERE { $this ex:of ?x FILTER NOT EXISTS { ?x ex:in ?y } }""" ] .
'''
DATA: dict[str | None, str] = {
    None: PREFIXES + 'ex:a a ex:Person ; ex:name "A" ; ex:in ex:p . ex:e a ex:Event ; ex:of ex:a . ex:b a ex:Person .',
    f"{CLAIM}one": PREFIXES + "ex:f a ex:Event ; ex:of ex:a .",
    f"{CLAIM}two": PREFIXES + "ex:f a ex:Event .",
}


@pytest.fixture
def columns(tmp_path: Path) -> Iterator[Columns]:
    with columns_of(tmp_path, DATA) as found:
        yield found


def triples(turtle: str) -> bytes:
    return canonical(PREFIXES + turtle)


def quads(turtle: str, claim: str) -> bytes:
    return triples(turtle).replace(b" .\n", f" <{CLAIM}{claim}> .\n".encode())


def told(report: ValidationReport) -> set[tuple[str, str]]:
    return {(local(r.shape), local(r.focus_node[1:-1])) for r in report.results}


def seen(change: Change) -> dict[str, int]:
    return {local(shape): nodes for shape, nodes in change.affected.items()}


def rows(columns: Columns) -> list[tuple[object, ...]]:
    return sorted(columns.db.execute(f"FROM {columns.said}").fetchall(), key=str)


# --- What it means ---------------------------------------------------------------------------------------------------


def test_what_is_added_breaks_and_what_is_removed_resolves(columns: Columns) -> None:
    """Of all focus nodes, those alone that can see the change are checked: also over a rule's NOT EXISTS."""
    baseline = compiled(SHAPES).baseline(columns)
    assert told(baseline.report) == {("Named", "b")}

    broken = baseline.apply(triples("ex:g ex:of ex:b ."), triples("ex:a ex:in ex:p ."))
    mended = baseline.apply(triples('ex:b ex:name "B" . ex:a ex:in ex:q . ex:b ex:in ex:q .'), b"")

    assert told(broken.new) == {("Order", "e"), ("Order", "f"), ("Order", "g")}
    assert told(broken.resolved) == set()
    assert seen(broken) == {"Order": 3}
    assert told(mended.resolved) == {("Named", "b"), ("Order", "e"), ("Order", "f"), ("Order", "g")}
    assert seen(mended) == {"Named": 1, "Order": 3}
    assert mended.report.results == ()
    assert not broken.is_full
    assert not mended.is_full


def test_a_change_far_away_checks_nothing(columns: Columns) -> None:
    baseline = compiled(SHAPES).baseline(columns)

    change = baseline.apply(triples('ex:z ex:label "Z" ; a ex:Place .'), triples("ex:q ex:in ex:r ."))

    assert (change.is_full, change.affected) == (False, {})
    assert change.report == compiled(SHAPES).validate(columns)


def test_who_gets_a_type_is_checked_and_who_loses_it_is_not_told_any_more(columns: Columns) -> None:
    baseline = compiled(SHAPES).baseline(columns)

    change = baseline.apply(triples("ex:c a ex:Person ."), triples("ex:a a ex:Person . ex:b a ex:Person ."))

    assert told(change.new) == {("Named", "c"), ("Known", "e"), ("Known", "f")}
    assert told(change.resolved) == {("Named", "b")}
    assert seen(change) == {"Named": 3, "Known": 2}


def test_results_of_blank_nodes_and_of_texts_are_kept_apart(columns: Columns) -> None:
    """A report tells them alike, and tells them as long as one of them is left."""
    baseline = compiled("ex:S sh:targetObjectsOf ex:of ; sh:property [ sh:path ex:name ; sh:minCount 1 ] .").baseline(
        columns
    )
    nodes = b"".join(b"<http://example.org/e> <http://example.org/of> _:%s .\n" % label for label in (b"x", b"y"))

    first = baseline.apply(nodes + triples('ex:e ex:of "text" .'), b"")
    second = baseline.apply(b"", nodes.splitlines(keepends=True)[0])
    third = baseline.apply(b"", nodes)

    assert {r.focus_node for r in first.new.results} == {"_:b", '"text"'}
    assert second.resolved.results == ()
    assert {r.focus_node for r in third.resolved.results} == {"_:b"}


def test_a_result_of_a_value_stays_as_long_as_one_focus_node_leads_there(columns: Columns) -> None:
    """With sh:property below a property shape, a result is of a value node, which several focus nodes can have."""
    shape = "ex:S sh:targetClass ex:Event ; sh:property [ sh:path ex:of ; sh:property ex:Name ] ."
    engine = compiled(f"{shape} ex:Name sh:path ex:name ; sh:minCount 1 .")
    baseline = engine.baseline(columns)

    first = baseline.apply(b"", triples('ex:a ex:name "A" .'))
    second = baseline.apply(b"", triples("ex:e ex:of ex:a ."))
    third = baseline.apply(b"", quads("ex:f ex:of ex:a .", "one"))

    assert told(first.new) == {("Name", "a")}
    assert second.resolved.results == ()
    assert told(third.resolved) == {("Name", "a")}
    assert {first.is_full, second.is_full, third.is_full} == {False}


def test_nothing_is_ordered_by_ids_that_are_in_no_order(tmp_path: Path) -> None:
    """A new term comes last among the ids: neither here nor in a database that is opened later is that its place."""
    data, asked = triples('ex:a ex:size 5 , 7 . ex:a ex:name "A" .'), "SELECT ?x { ?s ?p ?x } ORDER BY ?x"
    with open_columns(data) as db:
        baseline = compiled(SHAPES).baseline(Columns.of_release(db))
        baseline.apply(b"", triples("ex:a ex:size 5 ."))
        found = answer(db, asked)
        assert isinstance(found, Solutions)
        assert [row[0].lexical for row in found.rows if row[0] is not None] == ["7", "A"]

        baseline.apply(triples("ex:a ex:size 6 ."), b"")
        with pytest.raises(QueryUnsupportedError):
            answer(db, asked)

    (tmp_path / "data.nq").write_bytes(data)
    write_columns(tmp_path / "data.nq", tmp_path / "columns")
    with duckdb.connect(tmp_path / "columns" / "columns.duckdb") as db:
        compiled(SHAPES).baseline(Columns.of_release(db)).apply(triples("ex:a ex:size 6 ."), b"")
    with open_release_columns(tmp_path / "columns", memory_mb=256, threads=1) as db:
        with pytest.raises(QueryUnsupportedError):
            answer(db, asked)
        assert answer(db, "ASK { ?s ?p 6 }") is True


def test_a_triple_stays_as_long_as_one_graph_says_it(columns: Columns) -> None:
    baseline = compiled(SHAPES).baseline(columns)

    first = baseline.apply(b"", quads("ex:f a ex:Event .", "one"))
    baseline.apply(triples("ex:f ex:of ex:x ."), b"")
    last = baseline.apply(b"", quads("ex:f a ex:Event .", "two"))

    assert first.affected == {}
    assert ("Known", "f") in told(last.resolved)


def test_a_claim_that_comes_or_goes_is_told_and_is_nothing_new(columns: Columns) -> None:
    baseline = compiled(SHAPES).baseline(columns)

    change = baseline.apply(quads("ex:b a ex:Person .", "three"), b"")

    assert [list(map(local, r.claims)) for r in change.report.results] == [["three"]]
    assert (change.new.results, change.resolved.results) == ((), ())


def test_a_computed_value_is_said_by_no_triple_even_if_one_is_written_so(columns: Columns) -> None:
    """Its claims are all that speak of the property, after a change as in a full run."""
    engine = compiled(
        '''ex:S sh:targetClass ex:Person ; sh:path ex:name ; sh:sparql [ sh:message "No."@en ;
        sh:select """PREFIX ex: <http://example.org/>
          SELECT $this ?value WHERE { $this ex:name ?n BIND (CONCAT(?n, "x") AS ?value) }""" ] .'''
    )
    baseline = engine.baseline(columns)

    first = baseline.apply(quads('ex:b ex:name "B" .', "one") + quads('ex:b ex:name "Bx" .', "two"), b"")
    second = baseline.apply(quads("ex:b ex:in ex:p .", "two"), b"")

    assert {r.value: tuple(map(local, r.claims)) for r in second.report.results if r.value != '"Ax"'} == {
        '"Bx"': ("one", "two"),
        '"Bxx"': ("one", "two"),
    }
    assert second.report == first.report == engine.validate(columns)


# --- What changes nothing --------------------------------------------------------------------------------------------


def test_to_add_what_is_there_and_to_remove_what_is_not_does_nothing(columns: Columns) -> None:
    baseline = compiled(SHAPES).baseline(columns)
    before = rows(columns)

    for added, removed in (
        (triples("ex:a a ex:Person ."), triples('ex:a ex:name "Another" . ex:unknown ex:unknown ex:unknown .')),
        (triples("ex:e ex:of ex:a ."), triples("ex:e ex:of ex:a .")),
        (b"", quads("ex:a a ex:Person .", "one")),
        (b" \n", b""),
    ):
        assert baseline.apply(added, removed).affected == {}
        assert rows(columns) == before


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("<ex:a> <ex:b> <ex:c> .", "no name"),
        ("quad; DROP TABLE triple", "no name"),
        ("nowhere", "nowhere"),
        ("term", "term"),
    ],
)
def test_what_is_no_relation_is_told(columns: Columns, name: str, wrong: str) -> None:
    baseline = compiled(SHAPES).baseline(columns)
    before = rows(columns)

    with pytest.raises(SourceError, match=f"^removed: .*{wrong}.* as bytes"):
        baseline.apply(triples("ex:g ex:of ex:b ."), name)

    assert rows(columns) == before
    assert told(baseline.apply(triples("ex:g ex:of ex:b ."), b"").new) == {("Order", "g")}


def test_what_fails_changes_nothing(columns: Columns, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = compiled(SHAPES)
    baseline = engine.baseline(columns)
    before, report = rows(columns), baseline.report

    with pytest.raises(SourceError, match="removed"):
        baseline.apply(triples("ex:c a ex:Person ."), b"<no")
    for term in (b"<<( <a:a> <a:b> <a:c> )>>", b'"x"@en--ltr'):
        with pytest.raises(KgError, match="triples inside of triples, or texts with a direction"):
            baseline.apply(b"<a:a> <a:b> " + term + b" .", b"")
    with pytest.raises(SourceError, match=r"^added: It is None\. .* as bytes"):
        baseline.apply(None, b"")  # type: ignore[arg-type]  # what somebody may give who checks no types
    monkeypatch.setattr(type(engine), "find", fail)
    with pytest.raises(duckdb.CatalogException):
        baseline.apply(triples("ex:c a ex:Person ."), triples("ex:a a ex:Person ."))

    monkeypatch.undo()
    for step in ("add", "remove"):
        monkeypatch.setattr(f"kg.validation.delta_changed.Layout.{step}", fail)
        with pytest.raises(duckdb.CatalogException):
            baseline.apply(triples("ex:c a ex:Person ."), triples("ex:a a ex:Person ."))
        monkeypatch.undo()

    assert (rows(columns), baseline.report) == (before, report)
    assert gc.isenabled()
    left = columns.db.execute("SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()")
    assert not [name for (name,) in left.fetchall() if name.startswith("delta_")]


def fail(*_: object, **__: object) -> None:
    raise duckdb.CatalogException("no such thing")


def test_what_cannot_be_changed_is_refused_before(columns: Columns) -> None:
    view = Columns(columns.db, "(SELECT s, p, o FROM triple)", "triple")

    with pytest.raises(KgError, match="no table"):
        compiled(SHAPES).baseline(view)


# --- Everything again ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [0, 1_000_000])
def test_many_small_changes_are_kept_up_with_whether_the_index_is_made_anew_or_not(
    columns: Columns, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("kg.validation.delta.DRIFT_FROM", most)
    made: list[Columns] = []

    def make(data: Columns) -> Index:
        made.append(data)
        return Index(data)

    monkeypatch.setattr("kg.validation.delta.Index", make)
    shapes = compiled(SHAPES)
    baseline = shapes.baseline(columns)
    steps = ["ex:g ex:of ex:b .", "ex:b ex:in ex:q .", 'ex:b ex:name "B" .', "ex:h ex:of ex:a . ex:h a ex:Event ."]

    for step in (*((triples(text), b"") for text in steps), *((b"", triples(text)) for text in steps)):
        change = baseline.apply(*step)
        assert not change.is_full
        assert change.report == shapes.validate(columns)

    assert len(made) == (1 if most else 2 * len(steps))


def test_who_validates_a_change_leaves_the_database_as_it_was(columns: Columns) -> None:
    """Also where its settings cannot be changed."""
    columns.db.execute("SET disabled_optimizers = 'top_n'")
    columns.db.execute("SET lock_configuration = true")
    temporary = "SELECT table_name FROM duckdb_tables() WHERE temporary ORDER BY ALL"
    before = columns.db.execute(temporary).fetchall()

    change = compiled(SHAPES).baseline(columns).apply(triples("ex:g ex:of ex:b ."), b"")

    assert told(change.new) == {("Order", "g")}
    assert columns.db.execute("SELECT current_setting('disabled_optimizers')").fetchone() == ("top_n",)
    assert columns.db.execute(temporary).fetchall() == before


def test_the_hierarchy_of_classes_makes_a_full_run(columns: Columns) -> None:
    change = compiled(SHAPES).baseline(columns).apply(triples("ex:Event rdfs:subClassOf ex:Person ."), b"")

    assert (change.is_full, change.why) == (True, "the hierarchy of classes is another")
    assert told(change.new) == {("Named", "e"), ("Named", "f")}


def test_other_shapes_make_a_full_run(columns: Columns) -> None:
    baseline = compiled(SHAPES).baseline(columns)
    fewer = compiled("ex:Other sh:targetClass ex:Person ; sh:path ex:in ; sh:minCount 1 .")

    change = baseline.apply(b"", b"", shapes=fewer)
    again = baseline.apply(triples("ex:b ex:in ex:q ."), b"", shapes=fewer)

    assert (change.is_full, change.why) == (True, "the shapes are others")
    assert (told(change.new), told(change.resolved)) == ({("Other", "b")}, {("Named", "b")})
    assert (again.is_full, told(again.resolved)) == (False, {("Other", "b")})


@pytest.mark.parametrize(("number", "is_full"), [(5000, False), (5001, True)])
def test_a_large_change_makes_a_full_run(columns: Columns, number: int, *, is_full: bool) -> None:
    lines = "".join(f"ex:n{i} ex:label {i} .\n" for i in range(number))

    change = compiled(SHAPES).baseline(columns).apply(triples(lines), b"")

    assert change.is_full == is_full
    assert ("triples changed" in change.why) == is_full


def test_a_change_that_much_of_the_data_reads_makes_a_full_run(
    columns: Columns, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = compiled(SHAPES)
    baseline = engine.baseline(columns)
    few, many = triples("ex:a ex:in ex:p ."), triples("ex:a ex:in ex:q .")

    first = baseline.apply(b"", few)
    monkeypatch.setattr("kg.validation.delta.NEAR_FROM", 3)
    second = baseline.apply(many, b"")
    monkeypatch.setattr("kg.validation.delta.NEAR_FROM", 100)
    third = baseline.apply(few, many)

    assert [(c.is_full, "much of the data" in c.why) for c in (first, second, third)] == [
        (False, False),
        (True, True),
        (False, False),
    ]
    assert told(first.new) == told(second.resolved) == {("Order", "e"), ("Order", "f")}
    assert third.report == engine.validate(columns)


# --- Other columns, our own shapes -----------------------------------------------------------------------------------


def test_a_data_graph_beside_the_quads_takes_what_has_no_graph(columns: Columns) -> None:
    columns.db.execute("CREATE TABLE default_graph AS SELECT DISTINCT s, p, o FROM triple WHERE g IS NULL")
    engine, two = compiled(SHAPES), Columns(columns.db, "default_graph", "triple")
    baseline = engine.baseline(two)

    named = baseline.apply(quads("ex:c a ex:Person .", "one"), b"")
    default = baseline.apply(triples("ex:c a ex:Person ."), b"")

    assert named.affected == {}
    assert told(default.new) == {("Named", "c")}
    assert default.report == engine.validate(two)


@pytest.mark.parametrize("is_patched", [True, False])
def test_what_is_asked_of_columns_that_were_changed_is_answered_from_what_they_are(*, is_patched: bool) -> None:
    """The rows of subjects are made of the quads of before; they go with the first change."""
    asked = "SELECT ?x { ?x <http://example.org/name> ?name ; a ?kind }"
    with open_columns(triples('ex:a a ex:Person ; ex:name "A" . ex:b a ex:Person .')) as db:
        baseline = compiled(SHAPES).baseline(Columns.of_release(db))
        baseline.apply(b"", b"")
        assert db.execute("SELECT count(*) FROM subject").fetchall() == [(2,)]

        more = b"" if is_patched else triples("ex:Event <http://www.w3.org/2000/01/rdf-schema#subClassOf> ex:Thing .")
        change = baseline.apply(triples('ex:b ex:name "A" .') + more, triples('ex:a ex:name "A" .'))
        found = answer(db, asked)

    assert change.is_full is not is_patched
    assert isinstance(found, Solutions)
    assert [row[0] and row[0].lexical for row in found.rows] == ["http://example.org/b"]


def test_the_columns_of_a_release_are_kept_up_to_date_in_place() -> None:
    text = b"".join(triples(turtle.removeprefix(PREFIXES)) for turtle in DATA.values())
    with open_columns(text) as db:
        columns, engine = Columns.of_release(db), compiled(SHAPES)
        baseline = engine.baseline(columns)
        change = baseline.apply(triples('ex:b ex:name "B" . ex:h ex:of ex:new .'), b"")

        assert (told(change.new), told(change.resolved)) == ({("Order", "h")}, {("Named", "b")})
        assert change.report == engine.validate(columns)
        assert db.execute("SELECT count(*) FROM quad WHERE g = 0").fetchone() == (10,)


@pytest.mark.parametrize("stage", Stage)
def test_our_own_shapes_are_kept_up_to_date(stage: Stage, tmp_path: Path) -> None:
    """Whatever breaks a rule is added to what breaks none, and taken out again."""
    engine = compile_shapes(load_shapes(stage))
    good, bad = (
        {line for p in paths if rules()[p.parent.name] is stage for line in flat(p).splitlines(keepends=True)}
        for paths in (CONFORMING, VIOLATING)
    )
    # Fewer than would make a full run.
    wrong = b"".join(sorted(bad - good)[:900])
    with columns_of(tmp_path, {None: b"".join(good).decode()}) as columns:
        baseline = engine.baseline(columns)
        report = baseline.report
        broken = baseline.apply(wrong, b"")
        assert broken.report == engine.validate(columns)
        mended = baseline.apply(b"", wrong)

    assert (broken.is_full, mended.is_full) == (False, False)
    assert len({result.shape for result in broken.new.results}) > 10
    assert mended.report == report
