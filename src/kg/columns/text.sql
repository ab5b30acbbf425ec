-- Lexical form of a canonical N-Quads literal: split into escapes and runs of plain text, each escape turned back.
CREATE TEMP MACRO unescape(escaped) AS array_to_string(list_transform(
    regexp_extract_all(escaped, '\\u[0-9A-F]{4}|\\U[0-9A-F]{8}|\\.|[^\\]+'),
    lambda part: CASE
        WHEN part[1] <> '\' THEN part
        WHEN part[2] IN ('u', 'U') THEN chr(('0x' || part[3:])::INTEGER)
        WHEN part[2] = 'n' THEN chr(10)
        WHEN part[2] = 't' THEN chr(9)
        WHEN part[2] = 'r' THEN chr(13)
        WHEN part[2] = 'b' THEN chr(8)
        WHEN part[2] = 'f' THEN chr(12)
        ELSE part[2]
    END), '');

-- Terms by their canonical text (W3C N-Triples 1.1, "Canonical form"), which the relation `words` has as `text`.
CREATE TEMP MACRO terms_of(words) AS TABLE
SELECT text, CASE text[1] WHEN '<' THEN 2 WHEN '_' THEN 1 ELSE 3 END AS kind,
    CASE text[1] WHEN '<' THEN text[2:-2] WHEN '_' THEN text[3:]
        ELSE CASE WHEN contains(text, '\') THEN unescape(literal.lexical) ELSE literal.lexical END END AS lexical,
    CASE WHEN text[1] <> '"' THEN '' WHEN literal.language <> '' THEN 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString'
        WHEN literal.datatype = '' THEN 'http://www.w3.org/2001/XMLSchema#string' ELSE literal.datatype END AS datatype,
    lower(coalesce(literal.language, '')) AS language
FROM (
    SELECT text, CASE WHEN text[1] = '"' THEN regexp_extract(
        text, '^"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?$', ['lexical', 'language', 'datatype']) END AS literal
    FROM query_table(words));

-- And back (W3C N-Triples 1.1, "Canonical form"): the seven escapes of one letter, and \u for the other control characters.
CREATE TEMP MACRO escape_control(plain) AS CASE WHEN regexp_matches(plain, '[\x00-\x07\x0B\x0E-\x1F\x7F]')
    THEN array_to_string(list_transform(
        regexp_extract_all(plain, '(?s)[\x00-\x07\x0B\x0E-\x1F\x7F]|[^\x00-\x07\x0B\x0E-\x1F\x7F]+'),
        lambda part: CASE WHEN ord(part) < 32 OR ord(part) = 127 THEN printf('\u%04X', ord(part)) ELSE part END), '')
    ELSE plain END;
CREATE TEMP MACRO escape(plain) AS CASE WHEN regexp_matches(plain, '[\x00-\x1F\x7F"\\]')
    THEN escape_control(replace(replace(replace(replace(replace(replace(replace(plain,
        '\', '\\'), '"', '\"'), chr(10), '\n'), chr(13), '\r'), chr(9), '\t'), chr(8), '\b'), chr(12), '\f'))
    ELSE plain END;
