"""The plan of a query: what is said about it before it is asked."""

from __future__ import annotations

import pytest

from kg.errors import QueryRefusedError
from kg.query.admission import QueryLimits
from kg.query.plan import plan
from kg.settings import Settings

LIMITS = QueryLimits.of(Settings())


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (NOW() AS ?x) {}",
        "SELECT (now\t() AS ?x) {}",
        "ASK { FILTER(Rand() < 2) }",
        "SELECT (UUID() AS ?x) {}",
        "SELECT (SUM(DISTINCT-RAND()) AS ?x) {}",
        "SELECT (StrUuid() AS ?x) {}",
        "SELECT (BNODE() AS ?x) {}",
        "CONSTRUCT { ?b a <x:a> } { ?s ?p ?o BIND(BNODE(STR(?s)) AS ?b) }",
        "ASK { SERVICE <x:a> { ?s ?p ?o } }",
        "ASK { FILTER(?a<NOW()&&?b>1) }",
        "ASK { FILTER(STR(?a)<NOW()&&?b>1) }",
        "ASK { FILTER('a'<NOW()&&?b>1) }",
        "ASK { FILTER('a'@en<NOW()&&?b>1) }",
        "ASK { FILTER(1<NOW()&&?b>1) }",
        "ASK { FILTER(true<NOW()&&?b>1) }",
        "ASK { FILTER(?a IN (1,2)<NOW()&&?b>1) }",
        "ASK { FILTER(EXISTS{?s ?p ?o}=?a<NOW()&&?b>1) }",
        "SELECT * { ?s ?p ?o } HAVING(?a<NOW()&&?b>1)",
        "ASK { ?s ?p 'a' # ' \n FILTER(NOW() > '') }",
        "ASK { ?s ?p 'a' # ' \r FILTER(NOW() > '') }",
        "ASK { FILTER(N\\u004FW() > '') }",
        "ASK { FILTER(N\\U0000004FW() > '') }",
        "PREFIX a: <x:#> SELECT (NOW() AS ?x) {}",
        "PREFIX a: <x:NOW> SELECT (NOW() AS ?x) {}",
    ],
)
def test_an_answer_that_changes_is_not_kept(query: str) -> None:
    assert not plan(query, LIMITS).is_fixed


@pytest.mark.parametrize(
    "query",
    [
        "ASK {}",
        "SELECT ?now ?rand { ?now ?uuid $service }",
        "PREFIX now: <http://now.example/RAND> ASK { now:now now:rand.uuid now:a-bnode }",
        "ASK { <x:NOW()> ?p '''service \n NOW()''', \"RAND()\" } # BNODE()",
        "SELECT ?known { ?s <x:knows> ?known }",
        "ASK { ?s ?p 'now'@en-uuid }",
    ],
)
def test_a_word_in_a_name_a_string_or_a_comment_changes_nothing(query: str) -> None:
    assert plan(query, LIMITS).is_fixed


def test_what_is_over_a_limit_is_not_planned() -> None:
    with pytest.raises(QueryRefusedError, match="KG_QUERY_NESTING_MAX"):
        plan("SELECT * " + "{" * 65 + "}" * 65, LIMITS)


def test_the_way_is_a_part_of_the_plan_where_there_is_a_choice() -> None:
    """So whatever is done about the work of planning is done about that of choosing, too."""
    scan, lookup = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "SELECT * { <http://example.com/a> ?p ?o }"

    assert [plan(text, LIMITS, has_columns=True).way.is_scan for text in (scan, lookup)] == [True, False]
    assert [plan(text, LIMITS).way.is_scan for text in (scan, lookup)] == [False, False]
