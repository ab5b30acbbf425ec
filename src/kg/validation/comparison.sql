-- What `<` of SPARQL says of two literals. Macros only; see values.sql. They are taken in three steps, a SELECT for each
-- (see `compared` in constraints.toml): a macro is replaced by its text, and all in one would be text without end.

-- Only literals of one class are comparable. NULL: IRIs, blank nodes, ill-typed literals, datatypes without an order.
CREATE OR REPLACE TEMP MACRO shacl_class(kind, lexical, datatype, language, is_well_formed) AS CASE
    WHEN kind <> 3 OR NOT is_well_formed THEN NULL
    WHEN datatype = shacl_xsd('string') THEN 'string'
    WHEN shacl_is_exact(datatype) OR datatype IN (shacl_xsd('float'), shacl_xsd('double')) THEN 'number'
    WHEN datatype = shacl_xsd('boolean') THEN 'boolean'
    WHEN datatype IN (shacl_xsd('date'), shacl_xsd('dateTime'))
    THEN datatype || CASE WHEN regexp_matches(lexical, 'Z$|[+-][0-9]{2}:[0-9]{2}$') THEN ' with timezone' ELSE '' END
    END;

-- Text that sorts as the values of a class do; NULL of floats and doubles.
CREATE OR REPLACE TEMP MACRO shacl_key(class, rank, lexical) AS CASE
    WHEN class = 'string' THEN lexical
    WHEN class = 'number' THEN CASE WHEN rank = 0 THEN shacl_decimal(lexical) END
    WHEN class = 'boolean' THEN CASE WHEN lexical IN ('true', '1') THEN '1' ELSE '0' END
    WHEN class IS NOT NULL THEN shacl_instant(shacl_parts(lexical)) END;

-- Two numbers are promoted to the higher rank: exact 0, float 1, double 2. A float as double is the float's own value.
CREATE OR REPLACE TEMP MACRO shacl_rank(datatype) AS CASE datatype
    WHEN shacl_xsd('double') THEN 2 WHEN shacl_xsd('float') THEN 1 ELSE 0 END;
CREATE OR REPLACE TEMP MACRO shacl_float(class, lexical) AS CASE WHEN class = 'number' THEN try_cast(lexical AS FLOAT) END;
CREATE OR REPLACE TEMP MACRO shacl_double(class, rank, lexical) AS CASE
    WHEN class <> 'number' THEN NULL WHEN rank = 1 THEN try_cast(lexical AS FLOAT)::DOUBLE ELSE try_cast(lexical AS DOUBLE) END;

-- -1, 0 or 1; NULL where the two, rows of such a SELECT, are not comparable.
CREATE OR REPLACE TEMP MACRO shacl_sign(a, b) AS
    CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN a < b THEN -1 WHEN a = b THEN 0 ELSE 1 END;
CREATE OR REPLACE TEMP MACRO shacl_float_sign(a, b) AS CASE WHEN NOT isnan(a) AND NOT isnan(b) THEN shacl_sign(a, b) END;
-- Of two dates, one with a timezone and one without, the first is sure only where more than 14 hours lie between them: no
-- timezone is farther from UTC (XSD §3.2.7.4; as `zoned_lt` in columns/compile/functions.sql).
CREATE OR REPLACE TEMP MACRO shacl_14_hours_later(key) AS lpad((shacl_number(key[1:32]) + 50400)::VARCHAR, 32, '0') || key[33:];
CREATE OR REPLACE TEMP MACRO shacl_zoned_sign(a, b) AS
    CASE WHEN shacl_14_hours_later(a) < b THEN -1 WHEN shacl_14_hours_later(b) < a THEN 1 END;
CREATE OR REPLACE TEMP MACRO shacl_compare(a, b) AS CASE
    WHEN a.class = b.class || ' with timezone' OR b.class = a.class || ' with timezone' THEN shacl_zoned_sign(a.key, b.key)
    WHEN a.class IS NULL OR b.class IS NULL OR a.class <> b.class THEN NULL
    WHEN greatest(a.rank, b.rank) = 0 THEN shacl_sign(a.key, b.key)
    WHEN greatest(a.rank, b.rank) = 1 THEN shacl_float_sign(a.float, b.float)
    ELSE shacl_float_sign(a.double, b.double) END;
