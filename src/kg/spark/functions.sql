-- Macros of kg/columns/compile/functions.sql that Spark computes differently, in words that mean the same there. Read as
-- DuckDB's dialect, like those. With spark.sql.decimalOperations.allowPrecisionLoss = false a sum of DECIMAL(38, 18) has
-- 18 digits after the point again, a product has as many as both factors, and what does not fit in is an error.

-- Decimals are compared in one type only: of two types, Spark may round one to have room for the other.

-- A product of which both factors have 9 digits after the point has 18.
CREATE MACRO decimal_product(a, b) AS CASE
    WHEN a::DECIMAL(38, 9)::DECIMAL(38, 18) = a AND b::DECIMAL(38, 9)::DECIMAL(38, 18) = b THEN a::DECIMAL(38, 9) * b::DECIMAL(38, 9)
    ELSE error('A product of two decimals with so many digits is not answered here.') END;
CREATE MACRO num_multiply(a, b) AS CASE wide(a, b)
    WHEN 4 THEN number(4, NULL, a.f * b.f)
    WHEN 3 THEN number(3, NULL, (a.f::FLOAT * b.f::FLOAT)::FLOAT)
    WHEN 2 THEN exact(2, decimal_product(a.d, b.d))
    WHEN 1 THEN exact(1, a.d::HUGEINT * b.d::HUGEINT) END;

-- Division by hand, nine digits at a time: cut after the eighteenth, and an error where a remainder outgrows 38 digits.
CREATE MACRO digits_of_rest(rest, b) AS (rest * 1000000000::HUGEINT) // b;
CREATE MACRO rest_of_rest(rest, b) AS (rest * 1000000000::HUGEINT) % b;
CREATE MACRO whole_quotient(a, b) AS ((a // b)::DECIMAL(38, 18)
    + (digits_of_rest(a % b, b)::DECIMAL(18, 0) * 0.000000001::DECIMAL(9, 9))::DECIMAL(38, 18)
    + (digits_of_rest(rest_of_rest(a % b, b), b)::DECIMAL(18, 0) * 0.000000000000000001::DECIMAL(18, 18))::DECIMAL(38, 18));
CREATE MACRO scaled(d) AS replace((d)::DECIMAL(38, 18)::VARCHAR, '.', '')::HUGEINT;
CREATE MACRO exact_quotient(a, b) AS CASE WHEN b <> 0 THEN CASE
    WHEN a = floor(a)::DECIMAL(38, 18) AND b = floor(b)::DECIMAL(38, 18) THEN whole_quotient(a::HUGEINT, b::HUGEINT)
    ELSE whole_quotient(scaled(a), scaled(b)) END END;

-- By IEEE 754 where the divisor is zero; Spark's own division stops there.
CREATE MACRO double_quotient(a, b) AS CASE
    WHEN b <> 0 THEN a / b
    WHEN a = 0 OR isnan(a) THEN 'nan'::DOUBLE
    WHEN (a < 0) = starts_with(b::VARCHAR, '-') THEN 'inf'::DOUBLE ELSE '-inf'::DOUBLE END;
CREATE MACRO num_divide(a, b) AS CASE wide(a, b)
    WHEN 4 THEN number(4, NULL, double_quotient(a.f, b.f))
    WHEN 3 THEN number(3, NULL, double_quotient(a.f, b.f)::FLOAT)
    WHEN 2 THEN exact(2, exact_quotient(a.d, b.d))
    WHEN 1 THEN exact(2, exact_quotient(a.d, b.d)) END;

-- Doubles and floats whose text has so few digits that no other text of as few is the same number: beyond, Java before
-- version 19 may not write the shortest. Spark writes 1.0E20 where DuckDB writes 1e+20, which `positive_text` reads alike.
CREATE MACRO digits_in(text) AS length(ltrim(rtrim(replace(split_part(text, 'E', 1), '.', ''), '0'), '-0'));
-- What a macro reads often is computed once, in a list of one: Spark plans the text of a statement, and slowly.
CREATE MACRO short_text(text, digits) AS list_transform([text], lambda whole_text: CASE
    WHEN digits_in(whole_text) <= digits THEN whole_text
    ELSE error('A float or double of so many digits is not written as text here.') END)[1];
CREATE MACRO plain_text(whole, fraction) AS CASE
    WHEN whole <> '0' THEN digits_text(whole || fraction, length(whole) - 1)
    ELSE digits_text(ltrim(fraction, '0'), length(ltrim(fraction, '0')) - length(fraction) - 1) END;
CREATE MACRO positive_text(t) AS list_transform([t], lambda w: CASE
    WHEN contains(w, 'E') THEN digits_text(replace(split_part(w, 'E', 1), '.', ''), split_part(w, 'E', 2)::INTEGER)
    ELSE plain_text(split_part(w, '.', 1), split_part(w, '.', 2)) END)[1];
CREATE MACRO floating_text(f, text) AS list_transform([text], lambda shortest: float_text(f, shortest))[1];
CREATE MACRO num_term(n) AS CASE n.t
    WHEN 1 THEN literal(n.d::HUGEINT::VARCHAR, 'http://www.w3.org/2001/XMLSchema#integer', '')
    WHEN 2 THEN literal(decimal_text(n.d::VARCHAR), 'http://www.w3.org/2001/XMLSchema#decimal', '')
    WHEN 3 THEN literal(floating_text(n.f, short_text(n.f::FLOAT::VARCHAR, 6)), 'http://www.w3.org/2001/XMLSchema#float', '')
    WHEN 4 THEN literal(floating_text(n.f, short_text(n.f::VARCHAR, 15)), 'http://www.w3.org/2001/XMLSchema#double', '') END;
CREATE MACRO cast_double_text(n) AS CASE
    WHEN n.f <> 0 AND abs(n.f) < 1000000 AND n.f = n.f::INTEGER THEN n.f::INTEGER::VARCHAR
    WHEN n.f = 0 AND NOT starts_with(n.f::VARCHAR, '-') THEN '0'
    WHEN isnan(n.f) OR isinf(n.f) THEN num_term(n).v
    WHEN abs(n.f) BETWEEN 0.001 AND 999999 THEN
        CASE n.t WHEN 3 THEN short_text(n.f::FLOAT::VARCHAR, 6) ELSE short_text(n.f::VARCHAR, 15) END
    ELSE error('A float or double so large or small is not cast to a string here.') END;
CREATE MACRO cast_text(a, n) AS CASE
    WHEN a.k = 2 THEN a.v
    WHEN a.l <> '' THEN error('A tagged string is not cast here.')
    WHEN n.t = 9 THEN beyond()
    WHEN n.t <= 2 THEN num_term(n).v
    WHEN n.t <= 4 THEN cast_double_text(n)
    WHEN boolean_of(a) IS NOT NULL THEN boolean_of(a)::VARCHAR
    WHEN n.t = 8 AND regexp_matches(a.v, '[+-]00:00$|\.[0-9]*0(Z|[+-]|$)')
        THEN error('A date whose canonical form is another is not cast to a string here.')
    WHEN a.k = 3 THEN a.v END;

-- Other letters have no other case, or one that depends on the version of Unicode or on the language.
CREATE MACRO upper_text(v) AS upper(v);
CREATE MACRO lower_text(v) AS lower(v);

-- Spark's floor and ceil of a double are 64-bit integers: those of NaN and of what is that large would be others.
CREATE MACRO double_floor(f) AS CASE WHEN isnan(f) OR abs(f) >= 4503599627370496 OR f = 0 THEN f ELSE floor(f)::DOUBLE END;
CREATE MACRO double_ceil(f) AS CASE WHEN isnan(f) OR abs(f) >= 4503599627370496 OR f = 0 THEN f
    WHEN f < 0 AND f > -1 THEN '-0.0'::DOUBLE ELSE ceil(f)::DOUBLE END;
CREATE MACRO double_round(f) AS CASE WHEN isnan(f) OR abs(f) >= 4503599627370496 THEN f
    WHEN f - double_floor(f) >= 0.5::DOUBLE THEN double_ceil(f) ELSE double_floor(f) END;
CREATE MACRO num_floor(a) AS CASE wide(a, a)
    WHEN 4 THEN number(4, NULL, double_floor(a.f)) WHEN 3 THEN number(3, NULL, double_floor(a.f))
    WHEN 2 THEN exact(2, floor(a.d)) WHEN 1 THEN a END;
CREATE MACRO num_ceil(a) AS CASE wide(a, a)
    WHEN 4 THEN number(4, NULL, double_ceil(a.f)) WHEN 3 THEN number(3, NULL, double_ceil(a.f))
    WHEN 2 THEN exact(2, ceil(a.d)) WHEN 1 THEN a END;
CREATE MACRO cast_number(t, n) AS CASE
    WHEN t >= 3 THEN number(t, NULL, CASE t WHEN 3 THEN n.f::FLOAT::DOUBLE ELSE n.f END)
    WHEN n.t >= 3 THEN CASE WHEN isnan(n.f) OR isinf(n.f) THEN NULL
        ELSE error('A float or double is not cast to a decimal or an integer here.') END
    WHEN t = 1 THEN exact(1, CASE WHEN n.d < 0 THEN ceil(n.d) ELSE floor(n.d) END) ELSE exact(2, n.d) END;
