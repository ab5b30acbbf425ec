-- One row of a result, term by term. A term is kind, lexical form, datatype and language; its kind is NULL where it is
-- unbound. What stands between the rows, and the characters that XML cannot hold, are Python's (columns_results.py).
CREATE OR REPLACE TEMP MACRO columns_json(name, k, v, d, l) AS CASE WHEN k IS NOT NULL THEN '"' || name || '":{"type":'
    || CASE k WHEN 2 THEN '"uri"' WHEN 1 THEN '"bnode"' ELSE '"literal"' END || ',"value":' || to_json(v)::VARCHAR
    || CASE WHEN l <> '' THEN ',"xml:lang":"' || l || '"'
        WHEN k = 3 AND d <> 'http://www.w3.org/2001/XMLSchema#string' THEN ',"datatype":' || to_json(d)::VARCHAR
        ELSE '' END || '}' END;

CREATE OR REPLACE TEMP MACRO columns_escaped(v) AS
    replace(replace(replace(replace(v, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;');
CREATE OR REPLACE TEMP MACRO columns_xml(name, k, v, d, l) AS CASE WHEN k IS NOT NULL THEN '<binding name="' || name || '">'
    || CASE k WHEN 2 THEN '<uri>' || columns_escaped(v) || '</uri>'
        WHEN 1 THEN '<bnode>' || columns_escaped(v) || '</bnode>'
        ELSE '<literal' || CASE WHEN l <> '' THEN ' xml:lang="' || l || '"'
            WHEN d <> 'http://www.w3.org/2001/XMLSchema#string' THEN ' datatype="' || columns_escaped(d) || '"'
            ELSE '' END || '>' || columns_escaped(v) || '</literal>' END || '</binding>' END;

-- SPARQL 1.1 Query Results CSV §3: the lexical form, quoted by RFC 4180 where it must be.
CREATE OR REPLACE TEMP MACRO columns_csv(name, k, v, d, l) AS coalesce(CASE WHEN k = 1 THEN '_:' || v
    WHEN contains(v, '"') OR contains(v, ',') OR contains(v, chr(10)) OR contains(v, chr(13))
    THEN '"' || replace(v, '"', '""') || '"' ELSE v END, '');

-- The same document, §4: the term in Turtle.
CREATE OR REPLACE TEMP MACRO columns_tsv(name, k, v, d, l) AS coalesce(CASE k WHEN 2 THEN '<' || v || '>' WHEN 1 THEN '_:' || v
    ELSE '"' || replace(replace(replace(replace(replace(v, '\', '\\'), '"', '\"'), chr(10), '\n'), chr(13), '\r'), chr(9), '\t')
        || '"' || CASE WHEN l <> '' THEN '@' || l
            WHEN d = 'http://www.w3.org/2001/XMLSchema#string' THEN '' ELSE '^^<' || d || '>' END END, '');
