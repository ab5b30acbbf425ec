"""Queries that mean harm: to time, to memory, to the parser's stack, to the network. Each is sent as it stands here."""

from __future__ import annotations

__all__ = ["HEAVY", "HOSTILE"]

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
NOTHING = "<http://example.org/none>"
ANYTHING = f"({NOTHING}|!{NOTHING})"
HAB = "PREFIX hab: <https://w3id.org/habeas/ontology#> "
FORTY = "0" * 40
ROWS = " ".join(f"({n})" for n in range(1000))


def _values(count: int) -> str:
    return " ".join(f"VALUES (?v{n}) {{ {ROWS} }}" for n in range(count))


def _doubled(times: int) -> str:
    binds = "".join(f"BIND (CONCAT(?a{n}, ?a{n}) AS ?a{n + 1}) " for n in range(times))
    return f'SELECT (STRLEN(?a{times}) AS ?n) {{ BIND ("0123456789abcdef" AS ?a0) {binds}}}'


def _replaced(times: int) -> str:
    """Text that grows forty-fold with each step."""
    binds = "".join(f'BIND (REPLACE(?a{n}, ".", "{FORTY}") AS ?a{n + 1}) ' for n in range(times))
    return f'SELECT (STRLEN(?a{times}) AS ?n) {{ BIND ("0" AS ?a0) {binds}}}'


# What runs as long as it may and gives little: for those who only want to keep the machine busy.
HEAVY: dict[str, str] = {
    "cross product of four": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }",
    "cross product, distinct": "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER (?c < ?f) }",
    "cross product, hashed": "SELECT (MAX(SHA512(CONCAT(STR(?a), STR(?d)))) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "regex over a cross product": (
        f"SELECT (COUNT(*) AS ?n) {{ ?a {LABEL} ?x . ?b {LABEL} ?y . ?c {LABEL} ?z "
        'FILTER REGEX(CONCAT(STR(?x), STR(?y), STR(?z)), "^(a+)+$|(.*e){12}", "i") }'
    ),
    "not exists over a cross product": (
        HAB + "SELECT (COUNT(*) AS ?n) { ?a hab:affects ?x . ?b hab:affects ?y "
        "FILTER NOT EXISTS { ?a hab:follows ?f . ?b hab:follows ?g FILTER (?f = ?g) } }"
    ),
}

HOSTILE: dict[str, str] = {
    **HEAVY,
    "cross product, sorted": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY DESC(?f) ?a LIMIT 1",
    "cross product, shuffled": "SELECT ?a { ?a ?b ?c . ?d ?e ?f } ORDER BY RAND() LIMIT 10",
    "everything, sorted": "SELECT * { { ?a ?b ?c } UNION { GRAPH ?g { ?a ?b ?c } } } ORDER BY STR(?c)",
    "everything": "SELECT * { { ?a ?b ?c } UNION { GRAPH ?g { ?a ?b ?c } } }",
    "path of anything": f"SELECT (COUNT(*) AS ?n) {{ ?a {ANYTHING}* ?b }}",
    "path, stars in stars": f"SELECT (COUNT(*) AS ?n) {{ ?a ((({ANYTHING}*)*)+)* ?b . ?b {ANYTHING}+ ?c }}",
    "path, back and forth": f"SELECT (COUNT(*) AS ?n) {{ ?a (^{ANYTHING}|{ANYTHING})+ ?b }}",
    "path of 300 steps": f"SELECT * {{ ?a {'/'.join([ANYTHING] * 300)} ?b }}",
    "group_concat of a cross product": (
        "SELECT (STRLEN(GROUP_CONCAT(CONCAT(STR(?a), STR(?c), STR(?f)))) AS ?n) { ?a ?b ?c . ?d ?e ?f }"
    ),
    "groups without end": "SELECT ?a ?d (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f } GROUP BY ?a ?d ?c ?f",
    "text doubled 36 times": _doubled(36),
    "text doubled 24 times": _doubled(24),
    "replace that grows": _replaced(9),
    "regex of great size": f'SELECT * {{ ?a {LABEL} ?x FILTER REGEX(?x, "(((a{{1,99}}){{1,99}}){{1,99}}){{1,99}}$") }}',
    "brackets, 5,000 deep": f"SELECT * {{ FILTER ({'(' * 5000}1{')' * 5000}) }}",
    "functions, 2,000 deep": f"SELECT ({'STR(' * 2000}1{')' * 2000} AS ?x) {{}}",
    "groups, 2,500 deep": f"SELECT * {'{' * 2500}{'}' * 2500}",
    "negations, 4,000": f"SELECT * {{ FILTER ({'!' * 4000}true) }}",
    "5,000 semicolons": f"SELECT * {{ ?s ?p ?o {';' * 5000} }}",
    "2,000 unions": f"SELECT * {{ {' UNION '.join(['{ ?a ?b ?c }'] * 2000)} }}",
    "90 unions of all": f"SELECT (COUNT(*) AS ?n) {{ {' UNION '.join(['{ ?a ?b ?c . ?d ?e ?f }'] * 90)} }}",
    "200 optionals": "SELECT * { ?a ?b ?c " + " ".join(f"OPTIONAL {{ ?a ?b{n} ?c{n} }}" for n in range(200)) + " }",
    "150 patterns joined": "SELECT * { " + " ".join(f"?a{n} ?p{n} ?a{n + 1} ." for n in range(150)) + " }",
    "40 patterns joined": "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?a{n} ?p{n} ?a{n + 1} ." for n in range(40)) + " }",
    "6 times 1,000 values": f"SELECT (COUNT(*) AS ?n) {{ {_values(6)} }}",
    "30,000 values": f"SELECT * {{ VALUES ?x {{ {'1 ' * 30_000} }} }}",
    "construct of everything": "CONSTRUCT { ?a ?b ?c . ?c ?b ?a } { { ?a ?b ?c } UNION { GRAPH ?g { ?a ?b ?c } } }",
    "construct of a cross product": "CONSTRUCT { ?a ?e ?f . ?d ?b ?c } { ?a ?b ?c . ?d ?e ?f }",
    "construct of new nodes": "CONSTRUCT { [] ?b [ ?e ?f ] } { ?a ?b ?c . ?d ?e ?f }",
    "describe everything": "DESCRIBE ?a ?c { ?a ?b ?c }",
    "service at home": "SELECT * { SERVICE <http://127.0.0.1:22/> { ?a ?b ?c } }",
    "service, hidden and silent": "SELECT * { SERV\\u0049CE SILENT <http://169.254.169.254/latest> { ?a ?b ?c } }",
    "from a file": "SELECT * FROM <file:///etc/passwd> FROM <http://127.0.0.1:22/> { ?a ?b ?c }",
    "update": "INSERT DATA { <http://example.org/a> <http://example.org/b> 1 }",
    "load": "LOAD <file:///etc/passwd>",
    "a string without end": 'SELECT * { ?a ?b "' + "x" * 60_000,
    "2 MB of comment": "#" + "x" * 2_000_000 + "\nASK {}",
    "nothing but NUL": "\0" * 1000,
}
