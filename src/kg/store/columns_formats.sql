-- One row of a result, term by term. A term is STRUCT(k kind, v lexical form, d datatype, l language), NULL where it is
-- unbound. What stands between the rows, and the characters that XML cannot hold, are Python's (columns_results.py).
CREATE OR REPLACE TEMP MACRO columns_json(name, t) AS '"' || name || '":{"type":'
    || CASE t.k WHEN 2 THEN '"uri"' WHEN 1 THEN '"bnode"' ELSE '"literal"' END || ',"value":' || to_json(t.v)::VARCHAR
    || CASE WHEN t.l <> '' THEN ',"xml:lang":"' || t.l || '"'
        WHEN t.k = 3 AND t.d <> 'http://www.w3.org/2001/XMLSchema#string' THEN ',"datatype":' || to_json(t.d)::VARCHAR
        ELSE '' END || '}';

CREATE OR REPLACE TEMP MACRO columns_escaped(v) AS
    replace(replace(replace(replace(v, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;');
CREATE OR REPLACE TEMP MACRO columns_xml(name, t) AS '<binding name="' || name || '">'
    || CASE t.k WHEN 2 THEN '<uri>' || columns_escaped(t.v) || '</uri>'
        WHEN 1 THEN '<bnode>' || columns_escaped(t.v) || '</bnode>'
        ELSE '<literal' || CASE WHEN t.l <> '' THEN ' xml:lang="' || t.l || '"'
            WHEN t.d <> 'http://www.w3.org/2001/XMLSchema#string' THEN ' datatype="' || columns_escaped(t.d) || '"'
            ELSE '' END || '>' || columns_escaped(t.v) || '</literal>' END || '</binding>';

-- SPARQL 1.1 Query Results CSV §3: the lexical form, quoted by RFC 4180 where it must be.
CREATE OR REPLACE TEMP MACRO columns_csv(name, t) AS coalesce(CASE WHEN t.k = 1 THEN '_:' || t.v
    WHEN contains(t.v, '"') OR contains(t.v, ',') OR contains(t.v, chr(10)) OR contains(t.v, chr(13))
    THEN '"' || replace(t.v, '"', '""') || '"' ELSE t.v END, '');

-- The same document, §4: the term in Turtle.
CREATE OR REPLACE TEMP MACRO columns_tsv(name, t) AS coalesce(CASE t.k WHEN 2 THEN '<' || t.v || '>' WHEN 1 THEN '_:' || t.v
    ELSE '"' || replace(replace(replace(replace(replace(t.v, '\', '\\'), '"', '\"'), chr(10), '\n'), chr(13), '\r'), chr(9), '\t')
        || '"' || CASE WHEN t.l <> '' THEN '@' || t.l
            WHEN t.d = 'http://www.w3.org/2001/XMLSchema#string' THEN '' ELSE '^^<' || t.d || '>' END END, '');
