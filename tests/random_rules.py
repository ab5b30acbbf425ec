"""Random rules in SPARQL for shapes: constraints (SHACL, section 5) and uses of constraint components (section 6).

All of it is legal SHACL: no MINUS, no VALUES, sub-selects that give $this. Left out is what rdflib, on which pySHACL
asks, is known to answer wrongly (see ``test_shacl_random.py``): the values that a FILTER orders are numbers.
"""

from __future__ import annotations

from hypothesis import strategies as st

__all__ = ["COMPONENTS", "component_uses", "constraints"]

PREFIXES = """
ex:Prefixes sh:declare [ sh:prefix "ex" ; sh:namespace "http://example.org/"^^xsd:anyURI ],
  [ sh:prefix "xsd" ; sh:namespace "http://www.w3.org/2001/XMLSchema#"^^xsd:anyURI ] .
"""
# The components that the random shapes use, each with a value that a shape may give to its parameter.
COMPONENTS = (
    PREFIXES
    + '''
ex:Linked a sh:ConstraintComponent ; sh:parameter [ sh:path ex:linked ] ; sh:validator [ a sh:SPARQLAskValidator ;
  sh:message "No link by {$linked}." ; sh:prefixes ex:Prefixes ;
  sh:ask "ASK { $value $linked ?x FILTER NOT EXISTS { ?x $linked $value } }" ] .
ex:Below a sh:ConstraintComponent ; sh:parameter [ sh:path ex:below ], [ sh:path ex:but ; sh:optional true ] ;
  sh:validator [ a sh:SPARQLAskValidator ; sh:prefixes ex:Prefixes ;
  sh:ask "ASK { FILTER (!isNumeric($value) || $value < $below || (BOUND($but) && $value = $but)) }" ] .
ex:Unlike a sh:ConstraintComponent ; sh:parameter [ sh:path ex:unlike ] ;
  sh:nodeValidator [ a sh:SPARQLSelectValidator ; sh:prefixes ex:Prefixes ;
  sh:select "SELECT $this WHERE { $this ex:p|ex:r ?x . FILTER EXISTS { ?x ?y $unlike FILTER (?y != ex:q) } }" ] ;
  sh:propertyValidator [ a sh:SPARQLSelectValidator ; sh:prefixes ex:Prefixes ;
  sh:select """SELECT DISTINCT $this ?value WHERE {
    $this $PATH ?value OPTIONAL { ?value ex:p ?x } FILTER (?value = $unlike || (BOUND(?x) && ?x = $unlike)) }""" ] .
'''
)
# Most shapes use each of them: what is asked of many is found of some.
component_uses = st.tuples(
    st.sampled_from(("ex:linked ex:p", "ex:linked ex:q", "")),
    st.sampled_from(("ex:below 1", "ex:below 2.5", "ex:below 2 ; ex:but 7", "ex:below 0 ; ex:but 1", "")),
    st.sampled_from(("ex:unlike ex:a", "ex:unlike ex:b", "ex:unlike ex:c", "ex:unlike ex:d", "ex:unlike 2")),
).map(lambda uses: [use for use in uses if use])

FIRST = (
    "$this ex:p ?value", "?value ex:q $this", "$this ex:p/ex:q ?value", "$this ex:p* ?value", "$this ?path ?value",
    "$this ex:p ?x . ?x ex:q ?value", "$this ^ex:q+ ?value", "$this (ex:p|ex:r)? ?value", "$this ex:m ?value",
    "$this ex:n ?value ; ex:m ?n", "$this a ?value", "?value a ex:C . $this ex:p ?y", "$this ex:r ?value, ?y",
)  # fmt: skip
OF_PATH = ("$this $PATH ?value", "$this $PATH ?y . ?y ex:q ?value", "?value ex:p $this . $this $PATH ?x")
PATTERNS = (
    "?value ex:p ?x", "?x ex:q ?value", "$this ex:r ?x", "?x a ex:C", "?value ex:p|ex:q ?y", "$this ex:n ?n",
    "?y ex:r $this", "?value a ex:D", "?x ?v $this", "$this ex:m ?k", "?value !(ex:p|ex:q) ?x", "?x ex:p* ?value",
)  # fmt: skip
CONDITIONS = (
    "?value != $this", "isIRI(?value)", "isLiteral(?value)", "?value = ex:b", "?x != ?value", "?y = $this", "BOUND(?x)",
    "!BOUND(?y)", "sameTerm(?value, ?x)", 'lang(?value) = "en"', "isNumeric(?value)", "$this IN (ex:a, ex:c)",
    "datatype(?value) = xsd:string", "strlen(str(?value)) > 2", "?n > 2", "?n <= ?k", "?k < 2 || !BOUND(?n)",
    "BOUND(?x) && ?x = $this", "!(?n = ?k)", 'regex(str(?value), "^x")', "coalesce(?n, 3) > 2",
)  # fmt: skip
patterns = st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2).map(" . ".join)
filters = st.sampled_from(CONDITIONS).map(lambda text: f"FILTER ({text})")
groups = st.tuples(patterns, st.just("") | filters).map(" ".join)


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Parts of a group that have a group inside."""
    return st.one_of(
        inner.map(lambda text: f"OPTIONAL {{ {text} }}"),
        inner.map(lambda text: f"FILTER NOT EXISTS {{ {text} }}"),
        inner.map(lambda text: f"FILTER EXISTS {{ {text} }}"),
        st.tuples(inner, inner).map(lambda both: f"{{ {both[0]} }} UNION {{ {both[1]} }}"),
    )


# To rdflib there is a group where there are no solutions, in which COUNT is 0; that one is left out by what follows.
SUB_SELECTS = (
    "{ SELECT $this (COUNT(?x) AS ?number) WHERE { $this ex:p ?x } GROUP BY $this } FILTER (?number > 0)",
    """{ SELECT $this (MAX(?k) AS ?n) (SUM(?k) AS ?total) (COUNT(?k) AS ?number) WHERE { $this ex:n|ex:m ?k }
      GROUP BY $this } FILTER (?number > 0)""",
    """{ SELECT $this ?x (COUNT(DISTINCT ?y) AS ?number) WHERE { $this ?v ?x . ?x ex:p ?y } GROUP BY $this ?x }
      FILTER (?number > 0)""",
    "{ SELECT DISTINCT $this ?x WHERE { $this ex:p/ex:q ?x } }",
    "{ SELECT $this (COUNT(*) AS ?n) WHERE { $this ex:r ?x } GROUP BY $this HAVING (COUNT(*) > 1) }",
)
deep = nested(groups | st.tuples(groups, nested(groups)).map(" ".join))
parts = st.one_of(
    filters,
    deep,
    st.sampled_from(SUB_SELECTS),
    st.sampled_from(("BIND (str(?value) AS ?text)", "BIND (?n + 1 AS ?more)", "BIND ($this AS ?same)")),
)
TAILS = ("", "", "", "GROUP BY $this ?value", "GROUP BY $this ?value HAVING (COUNT(*) > 1)", "ORDER BY ?value")
MESSAGES = ('"It holds."', '"It holds."@en', '"{$this} has {?value}."')


@st.composite
def constraints(draw: st.DrawFn, *, has_path: bool) -> str:
    """``sh:sparql`` with a constraint, of a property shape or of any."""
    first = draw(st.sampled_from((*OF_PATH, *FIRST) if has_path else FIRST))
    where = " ".join([f"{first} .", *draw(st.lists(parts, max_size=2))])
    tail = draw(st.sampled_from(TAILS))
    heads = ["$this ?value"] if tail else ["$this ?value", "$this", "?value $this"]
    heads += ["$this ?path ?value"] if "?path" in first and not tail else []
    head = f"{draw(st.sampled_from(('', 'DISTINCT ')))}{draw(st.sampled_from(heads))}"
    if "ORDER" in tail and "DISTINCT" in head and "?value" not in head:
        tail = ""
    text = f"SELECT {head} WHERE {{ {where} }} {tail}"
    message = draw(st.sampled_from(MESSAGES))
    return (
        f'sh:sparql [ a sh:SPARQLConstraint ; sh:message {message} ; sh:prefixes ex:Prefixes ; sh:select """{text}""" ]'
    )
