-- SPARQL's values and operators as SQL macros. NULL is both "unbound" and "error": SQL's logic is SPARQL's (§17.2).
-- A term is STRUCT(k kind, v lexical form, d datatype, l language), none of them NULL; '' where there is none.
-- A number is STRUCT(t, d, f): t 1 integer, 2 decimal, 3 float, 4 double; d its exact value (t 1 and 2), f as double;
-- t 8: not a number, but a date or duration, on which arithmetic is not SPARQL 1.1; t 9: beyond what fits in here.
-- A moment is STRUCT(c, us, tz): c 1 dateTime, 2 date, 9 some other or beyond what fits; us microseconds since 1970,
-- in UTC where tz (minutes) is given.
-- `list_transform([x], lambda y: …)[1]` computes x once where the text of a macro reads it often: an argument is put in
-- wherever it is named, and what stands there twice is planned twice.
-- `error(…)` stops the statement: what cannot be answered exactly is refused, while it runs at the latest.
CREATE MACRO xsd(name) AS 'http://www.w3.org/2001/XMLSchema#' || name;
CREATE MACRO literal(v, d, l) AS {'k': 3::TINYINT, 'v': v::VARCHAR, 'd': d::VARCHAR, 'l': l::VARCHAR};
CREATE MACRO string(v) AS CASE WHEN v IS NOT NULL THEN literal(v, 'http://www.w3.org/2001/XMLSchema#string', '') END;
CREATE MACRO tagged(v, l) AS literal(v, 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString', l);
CREATE MACRO iri(v) AS CASE WHEN v IS NOT NULL THEN {'k': 2::TINYINT, 'v': v::VARCHAR, 'd': '', 'l': ''} END;
CREATE MACRO truth(v) AS CASE WHEN v IS NOT NULL THEN
    literal(v::VARCHAR, 'http://www.w3.org/2001/XMLSchema#boolean', '') END;

-- Numbers from literals.
CREATE MACRO double_of(v) AS CASE
    WHEN v IN ('INF', '+INF') THEN 'inf'::DOUBLE WHEN v = '-INF' THEN '-inf'::DOUBLE WHEN v = 'NaN' THEN 'nan'::DOUBLE
    ELSE TRY_CAST(v AS DOUBLE) END;
-- From the text: a double that is too large for a float would stop the statement.
CREATE MACRO float_of(v) AS CASE
    WHEN v IN ('INF', '+INF') THEN 'inf'::FLOAT WHEN v = '-INF' THEN '-inf'::FLOAT WHEN v = 'NaN' THEN 'nan'::FLOAT
    ELSE TRY_CAST(v AS FLOAT) END;
CREATE MACRO number(t, d, f) AS {'t': (t)::TINYINT, 'd': (d)::DECIMAL(38, 18), 'f': (f)::DOUBLE};
CREATE MACRO exact(t, d) AS list_transform([(d)::DECIMAL(38, 18)],
    lambda x: CASE WHEN x IS NOT NULL THEN number(t, x, x::VARCHAR::DOUBLE) END)[1];
-- A whole number that fits into 18 digits.
CREATE MACRO whole(i) AS CASE WHEN (i) IS NOT NULL THEN number(1, i, i) END;
CREATE MACRO exact_of(t, v) AS CASE
    WHEN TRY_CAST(v AS DECIMAL(38, 18)) IS NULL OR length(rtrim(regexp_extract(v, '\.(\d*)', 1), '0')) > 18
        THEN number(9, NULL, NULL)
    ELSE number(t, TRY_CAST(v AS DECIMAL(38, 18)), TRY_CAST(v AS DOUBLE) + 0) END;
CREATE MACRO in_range(name, d) AS CASE name
    WHEN 'long' THEN d BETWEEN -9223372036854775808 AND 9223372036854775807
    WHEN 'int' THEN d BETWEEN -2147483648 AND 2147483647
    WHEN 'short' THEN d BETWEEN -32768 AND 32767
    WHEN 'byte' THEN d BETWEEN -128 AND 127
    WHEN 'nonNegativeInteger' THEN d >= 0
    WHEN 'positiveInteger' THEN d > 0
    WHEN 'nonPositiveInteger' THEN d <= 0
    WHEN 'negativeInteger' THEN d < 0
    WHEN 'unsignedLong' THEN d BETWEEN 0 AND 18446744073709551615
    WHEN 'unsignedInt' THEN d BETWEEN 0 AND 4294967295
    WHEN 'unsignedShort' THEN d BETWEEN 0 AND 65535
    WHEN 'unsignedByte' THEN d BETWEEN 0 AND 255
    ELSE TRUE END;
CREATE MACRO integer_of(name, v) AS CASE
    WHEN NOT regexp_full_match(v, '[+-]?[0-9]+') THEN NULL
    WHEN in_range(name, TRY_CAST(v AS HUGEINT)) THEN exact_of(1, v)
    ELSE number(9, NULL, NULL) END;
CREATE MACRO num_of_name(name, v) AS CASE
    WHEN name IN ('integer', 'long', 'int', 'short', 'byte', 'nonNegativeInteger', 'positiveInteger',
        'nonPositiveInteger', 'negativeInteger', 'unsignedLong', 'unsignedInt', 'unsignedShort', 'unsignedByte')
        THEN integer_of(name, v)
    WHEN name = 'decimal' THEN CASE WHEN regexp_full_match(v, '[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)') THEN exact_of(2, v) END
    WHEN name IN ('float', 'double') THEN CASE
        WHEN regexp_full_match(v, '[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN') THEN
            CASE name WHEN 'float' THEN number(3, NULL, float_of(v)) ELSE number(4, NULL, double_of(v)) END END
    WHEN name IN ('dateTime', 'dateTimeStamp', 'date', 'time', 'duration', 'dayTimeDuration', 'yearMonthDuration', 'gYear',
        'gYearMonth', 'gMonth', 'gMonthDay', 'gDay') THEN number(8, NULL, NULL) END;
CREATE MACRO num_of(d, v) AS CASE WHEN starts_with(d, 'http://www.w3.org/2001/XMLSchema#') THEN num_of_name(d[34:], v) END;

-- Moments from literals: year, month, day, (T hours, minutes, seconds, fraction), zone.
CREATE MACRO zone_of(z) AS CASE WHEN z = '' THEN NULL WHEN z = 'Z' THEN 0 ELSE
    (CASE z[1] WHEN '-' THEN -1 ELSE 1 END) * (z[2:3]::INTEGER * 60 + z[5:6]::INTEGER) END;
CREATE MACRO moment(c, us, tz) AS {'c': (c)::TINYINT, 'us': (us)::BIGINT, 'tz': (tz)::INTEGER};
CREATE MACRO moment_of_text(c, stamp, z) AS CASE
    WHEN TRY_CAST(stamp AS TIMESTAMP) IS NULL THEN NULL
    WHEN stamp[1:4] = '0000' THEN moment(9, NULL, NULL)
    ELSE moment(c, epoch_us(TRY_CAST(stamp AS TIMESTAMP)) - coalesce(zone_of(z), 0)::BIGINT * 60000000, zone_of(z)) END;
-- What else is well-formed, and is not compared here.
CREATE MACRO zoned(pattern) AS pattern || '(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))?';
CREATE MACRO is_year(v, after) AS regexp_full_match(v, zoned('-?([1-9][0-9]{3,}|0[0-9]{3})' || after));
CREATE MACRO is_day(v, after) AS is_year(v, '-[0-9]{2}-[0-9]{2}' || after)
    AND TRY_CAST(regexp_extract(v, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AS DATE) IS NOT NULL;
CREATE MACRO clock() AS '(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)';
CREATE MACRO is_other_moment(name, v) AS CASE
    WHEN name IN ('dateTime', 'dateTimeStamp') THEN is_day(v, 'T' || clock())
    WHEN name = 'date' THEN is_day(v, '')
    WHEN name = 'time' THEN regexp_full_match(v, zoned(clock()))
    WHEN name = 'gYear' THEN is_year(v, '')
    WHEN name = 'gYearMonth' THEN is_year(v, '-(0[1-9]|1[0-2])')
    WHEN name = 'gMonth' THEN regexp_full_match(v, zoned('--(0[1-9]|1[0-2])'))
    WHEN name = 'gMonthDay' THEN regexp_full_match(v, zoned('--((0[13578]|1[02])-31|(0[13-9]|1[0-2])-30|(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]))'))
    WHEN name = 'gDay' THEN regexp_full_match(v, zoned('---(0[1-9]|[12][0-9]|3[01])'))
    WHEN name = 'yearMonthDuration' THEN regexp_full_match(v, '-?P([0-9]+Y)?([0-9]+M)?') AND regexp_matches(v, '[YM]$')
    WHEN name IN ('duration', 'dayTimeDuration') THEN regexp_matches(v, '[0-9][YMDHS]$') AND regexp_full_match(
        v, '-?P([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?')
        AND (name = 'duration' OR NOT regexp_matches(v, 'Y|M.*[DT]|^[^T]*M$')) END;
CREATE MACRO moment_of_name(name, v) AS CASE
    WHEN name IN ('dateTime', 'dateTimeStamp')
        AND regexp_full_match(v, '[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?')
        THEN moment_of_text(1, v[1:10] || ' ' || regexp_extract(v, 'T([0-9:.]+)', 1), regexp_extract(v, '(Z|[+-][0-9]{2}:[0-9]{2})$', 1))
    WHEN name = 'date' AND regexp_full_match(v, '[0-9]{4}-[0-9]{2}-[0-9]{2}(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?')
        THEN moment_of_text(2, v[1:10], v[11:])
    WHEN is_other_moment(name, v) THEN moment(9, NULL, NULL) END;
CREATE MACRO moment_of(d, v) AS CASE WHEN starts_with(d, 'http://www.w3.org/2001/XMLSchema#') THEN moment_of_name(d[34:], v) END;
CREATE MACRO boolean_of(a) AS CASE WHEN a.d = 'http://www.w3.org/2001/XMLSchema#boolean' THEN
    CASE WHEN a.v IN ('true', '1') THEN TRUE WHEN a.v IN ('false', '0') THEN FALSE END END;

-- Operators on numbers (§17.3, XPath F&O §6): the wider type of the two decides.
CREATE MACRO wide(a, b) AS CASE WHEN a.t >= 8 OR b.t >= 8 THEN
    error('Arithmetic on a date, a duration or a number that is too large or too fine is not answered here.')
    WHEN a.t IS NOT NULL AND b.t IS NOT NULL THEN greatest(a.t, b.t) END;
CREATE MACRO number_lt(ta, da, fa, tb, db, fb) AS CASE
    WHEN ta <= 2 AND tb <= 2 THEN da < db
    WHEN isnan(fa) AND fb IS NOT NULL OR isnan(fb) AND fa IS NOT NULL THEN FALSE
    WHEN ta = 4 OR tb = 4 THEN fa < fb
    ELSE fa::FLOAT < fb::FLOAT END;
CREATE MACRO num_lt(a, b) AS number_lt(a.t, a.d, a.f, b.t, b.d, b.f);
CREATE MACRO number_le(ta, da, fa, tb, db, fb) AS CASE
    WHEN ta <= 2 AND tb <= 2 THEN da <= db
    WHEN isnan(fa) AND fb IS NOT NULL OR isnan(fb) AND fa IS NOT NULL THEN FALSE
    WHEN ta = 4 OR tb = 4 THEN fa <= fb
    ELSE fa::FLOAT <= fb::FLOAT END;
CREATE MACRO num_le(a, b) AS number_le(a.t, a.d, a.f, b.t, b.d, b.f);
CREATE MACRO number_eq(ta, da, fa, tb, db, fb) AS CASE
    WHEN ta <= 2 AND tb <= 2 THEN da = db
    WHEN isnan(fa) AND fb IS NOT NULL OR isnan(fb) AND fa IS NOT NULL THEN FALSE
    WHEN ta = 4 OR tb = 4 THEN fa = fb
    ELSE fa::FLOAT = fb::FLOAT END;
CREATE MACRO num_eq(a, b) AS number_eq(a.t, a.d, a.f, b.t, b.d, b.f);
CREATE MACRO num_add(a, b) AS CASE wide(a, b)
    WHEN 4 THEN number(4, NULL, a.f + b.f)
    WHEN 3 THEN number(3, NULL, a.f::FLOAT + b.f::FLOAT)
    WHEN 2 THEN exact(2, a.d + b.d) WHEN 1 THEN exact(1, a.d + b.d) END;
CREATE MACRO num_subtract(a, b) AS CASE wide(a, b)
    WHEN 4 THEN number(4, NULL, a.f - b.f)
    WHEN 3 THEN number(3, NULL, a.f::FLOAT - b.f::FLOAT)
    WHEN 2 THEN exact(2, a.d - b.d) WHEN 1 THEN exact(1, a.d - b.d) END;
-- As whole numbers of 10^-18, and back.
CREATE MACRO scaled(d) AS replace((d)::DECIMAL(38, 18)::VARCHAR, '.', '')::HUGEINT;
CREATE MACRO unscaled(whole) AS list_transform([whole], lambda s: ((s) // 1000000000000000000::HUGEINT)::DECIMAL(38, 18)
    + (((s) % 1000000000000000000::HUGEINT)::DECIMAL(18, 0) * 0.000000000000000001::DECIMAL(18, 18))::DECIMAL(38, 18))[1];
CREATE MACRO scaled_product(a, b) AS CASE
    WHEN a % 1000000000000000000::HUGEINT = 0 THEN a // 1000000000000000000::HUGEINT * b
    WHEN b % 1000000000000000000::HUGEINT = 0 THEN b // 1000000000000000000::HUGEINT * a
    WHEN a % 1000000000::HUGEINT = 0 AND b % 1000000000::HUGEINT = 0 THEN (a // 1000000000::HUGEINT) * (b // 1000000000::HUGEINT)
    ELSE error('A product of two decimals with so many digits is not answered here.') END;
CREATE MACRO exact_product(a, b) AS list_transform([{'a': scaled(a), 'b': scaled(b)}],
    lambda factors: unscaled(scaled_product(factors.a, factors.b)))[1];
CREATE MACRO num_multiply(a, b) AS CASE wide(a, b)
    WHEN 4 THEN number(4, NULL, a.f * b.f)
    WHEN 3 THEN number(3, NULL, a.f::FLOAT * b.f::FLOAT)
    WHEN 2 THEN exact(2, exact_product(a.d, b.d))
    WHEN 1 THEN exact(1, a.d::HUGEINT * b.d::HUGEINT) END;
CREATE MACRO reduced_quotient(n, m) AS CASE
    WHEN abs(m) > 100000000000000000000::HUGEINT THEN error('A quotient of so large numbers is not answered here.')
    ELSE unscaled((n // m) * 1000000000000000000::HUGEINT + ((n % m) * 1000000000000000000::HUGEINT) // m) END;
CREATE MACRO scaled_quotient(a, b) AS CASE WHEN b <> 0 THEN
    reduced_quotient(a // greatest(gcd(a, b), 1::HUGEINT), b // greatest(gcd(a, b), 1::HUGEINT)) END;
CREATE MACRO exact_quotient(a, b) AS list_transform([{'a': scaled(a), 'b': scaled(b)}],
    lambda quotient: scaled_quotient(quotient.a, quotient.b))[1];
CREATE MACRO num_divide(a, b) AS CASE wide(a, b)
    WHEN 4 THEN number(4, NULL, a.f / b.f)
    WHEN 3 THEN number(3, NULL, a.f::FLOAT / b.f::FLOAT)
    WHEN 2 THEN exact(2, exact_quotient(a.d, b.d))
    WHEN 1 THEN exact(2, exact_quotient(a.d, b.d)) END;
CREATE MACRO num_minus(a) AS CASE wide(a, a)
    WHEN 4 THEN number(4, NULL, -a.f) WHEN 3 THEN number(3, NULL, -a.f)
    WHEN 2 THEN exact(2, -a.d) WHEN 1 THEN exact(1, -a.d) END;
CREATE MACRO num_abs(a) AS CASE wide(a, a)
    WHEN 4 THEN number(4, NULL, abs(a.f)) WHEN 3 THEN number(3, NULL, abs(a.f))
    WHEN 2 THEN exact(2, abs(a.d)) WHEN 1 THEN exact(1, abs(a.d)) END;
CREATE MACRO num_floor(a) AS CASE wide(a, a)
    WHEN 4 THEN number(4, NULL, floor(a.f)) WHEN 3 THEN number(3, NULL, floor(a.f))
    WHEN 2 THEN exact(2, floor(a.d)) WHEN 1 THEN a END;
CREATE MACRO num_ceil(a) AS CASE wide(a, a)
    WHEN 4 THEN number(4, NULL, ceil(a.f)) WHEN 3 THEN number(3, NULL, ceil(a.f))
    WHEN 2 THEN exact(2, ceil(a.d)) WHEN 1 THEN a END;
-- Half goes up (F&O §6.4.4); a double of 2^52 or more is whole already.
CREATE MACRO double_round(f) AS CASE WHEN isnan(f) OR abs(f) >= 4503599627370496 THEN f
    WHEN f - floor(f) >= 0.5 THEN ceil(f) ELSE floor(f) END;
CREATE MACRO num_round(a) AS CASE wide(a, a)
    WHEN 4 THEN number(4, NULL, double_round(a.f)) WHEN 3 THEN number(3, NULL, double_round(a.f))
    WHEN 2 THEN exact(2, floor(a.d + 0.5)) WHEN 1 THEN a END;

-- Numbers to literals: integers and decimals without superfluous zeros, floats and doubles in XSD's canonical form.
CREATE MACRO digits_text(digits, exponent) AS digits[1] || '.'
    || CASE WHEN rtrim(digits[2:], '0') = '' THEN '0' ELSE rtrim(digits[2:], '0') END || 'E' || (exponent)::VARCHAR;
-- Of a positive number as DuckDB writes it: w digits before the point, a all digits, x the exponent.
CREATE MACRO positive_text(t) AS list_transform([{
        'w': length(split_part(split_part(t, 'e', 1), '.', 1)), 'a': replace(split_part(t, 'e', 1), '.', ''),
        'x': coalesce(TRY_CAST(split_part(t, 'e', 2) AS INTEGER), 0)}],
    lambda written: digits_text(
        ltrim(written.a, '0'), written.x + written.w - 1 - length(written.a) + length(ltrim(written.a, '0'))))[1];
CREATE MACRO float_text(f, shortest) AS CASE
    WHEN isnan(f) THEN 'NaN' WHEN isinf(f) THEN CASE WHEN f > 0 THEN 'INF' ELSE '-INF' END
    WHEN f = 0 THEN CASE WHEN starts_with(shortest, '-') THEN '-0.0E0' ELSE '0.0E0' END
    ELSE CASE WHEN f < 0 THEN '-' ELSE '' END || positive_text(ltrim(shortest, '-')) END;
CREATE MACRO decimal_text(t) AS CASE WHEN contains(t, '.') THEN rtrim(rtrim(t, '0'), '.') ELSE t END;
CREATE MACRO num_term(n) AS CASE n.t
    WHEN 1 THEN literal(n.d::HUGEINT::VARCHAR, 'http://www.w3.org/2001/XMLSchema#integer', '')
    WHEN 2 THEN literal(decimal_text(n.d::VARCHAR), 'http://www.w3.org/2001/XMLSchema#decimal', '')
    WHEN 3 THEN literal(float_text(n.f, n.f::FLOAT::VARCHAR), 'http://www.w3.org/2001/XMLSchema#float', '')
    WHEN 4 THEN literal(float_text(n.f, n.f::VARCHAR), 'http://www.w3.org/2001/XMLSchema#double', '') END;

-- Moments: with and without a zone they compare only if more than 14 hours lie between (XSD §3.2.7.4).
CREATE MACRO zoned_lt(aus, atz, bus, btz) AS CASE
    WHEN (atz IS NULL) = (btz IS NULL) OR abs(aus - bus) > 50400000000 THEN aus < bus END;
CREATE MACRO zoned_le(aus, atz, bus, btz) AS CASE
    WHEN (atz IS NULL) = (btz IS NULL) OR abs(aus - bus) > 50400000000 THEN aus <= bus END;
CREATE MACRO zoned_eq(aus, atz, bus, btz) AS CASE
    WHEN (atz IS NULL) = (btz IS NULL) THEN aus = bus WHEN abs(aus - bus) > 50400000000 THEN FALSE END;

-- "=" and "<" on any two values (§17.3, §17.4.1.7).
CREATE MACRO is_known(a, n) AS n.t IS NOT NULL OR boolean_of(a) IS NOT NULL
    OR a.d IN ('http://www.w3.org/2001/XMLSchema#string', 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString');
CREATE MACRO beyond() AS error('A number, date or duration is compared that is not answered here.');
CREATE MACRO eq(a, na, ma, b, nb, mb) AS CASE
    WHEN a IS NULL OR b IS NULL THEN NULL
    WHEN na.t < 8 AND nb.t < 8 THEN num_eq(na, nb)
    WHEN a = b THEN TRUE
    WHEN a.k <> 3 OR b.k <> 3 OR a.l <> b.l THEN FALSE
    WHEN (na.t = 9 AND nb.t <> 8) OR (nb.t = 9 AND na.t <> 8) THEN beyond()
    WHEN ma.c = 9 AND mb.c IS NOT NULL OR mb.c = 9 AND ma.c IS NOT NULL THEN beyond()
    WHEN ma.c = mb.c THEN zoned_eq(ma.us, ma.tz, mb.us, mb.tz)
    WHEN boolean_of(a) IS NOT NULL AND boolean_of(b) IS NOT NULL THEN boolean_of(a) = boolean_of(b)
    WHEN na.t = 8 AND ma.c IS NULL OR nb.t = 8 AND mb.c IS NULL THEN NULL
    WHEN is_known(a, na) AND is_known(b, nb) THEN FALSE END;
-- Of a term that is no value of the class of a known one: whether it is another value for sure (t: of its number, c: of
-- its moment, which an ill-formed date has not).
CREATE MACRO unequal(k, v, d, l, t, c) AS CASE
    WHEN k <> 3 OR l <> '' THEN FALSE
    WHEN t = 8 AND c IS NULL THEN NULL
    WHEN t IS NOT NULL OR d = 'http://www.w3.org/2001/XMLSchema#boolean' AND v IN ('true', 'false', '1', '0')
        OR d IN ('http://www.w3.org/2001/XMLSchema#string', 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString') THEN FALSE END;
CREATE MACRO lt(a, na, ma, b, nb, mb) AS CASE
    WHEN a IS NULL OR b IS NULL THEN NULL
    WHEN na.t < 8 AND nb.t < 8 THEN num_lt(na, nb)
    WHEN (na.t = 9 AND nb.t <> 8) OR (nb.t = 9 AND na.t <> 8) THEN beyond()
    WHEN ma.c = 9 AND mb.c IS NOT NULL OR mb.c = 9 AND ma.c IS NOT NULL THEN beyond()
    WHEN ma.c = mb.c THEN zoned_lt(ma.us, ma.tz, mb.us, mb.tz)
    WHEN a.d = 'http://www.w3.org/2001/XMLSchema#string' AND b.d = a.d THEN a.v < b.v
    WHEN boolean_of(a) IS NOT NULL AND boolean_of(b) IS NOT NULL THEN boolean_of(a) < boolean_of(b) END;
CREATE MACRO le(a, na, ma, b, nb, mb) AS CASE
    WHEN a IS NULL OR b IS NULL THEN NULL
    WHEN na.t < 8 AND nb.t < 8 THEN num_le(na, nb)
    WHEN (na.t = 9 AND nb.t <> 8) OR (nb.t = 9 AND na.t <> 8) THEN beyond()
    WHEN ma.c = 9 AND mb.c IS NOT NULL OR mb.c = 9 AND ma.c IS NOT NULL THEN beyond()
    WHEN ma.c = mb.c THEN zoned_le(ma.us, ma.tz, mb.us, mb.tz)
    WHEN a.d = 'http://www.w3.org/2001/XMLSchema#string' AND b.d = a.d THEN a.v <= b.v
    WHEN boolean_of(a) IS NOT NULL AND boolean_of(b) IS NOT NULL THEN boolean_of(a) <= boolean_of(b) END;
-- The same where the row that is compared, of which i is a column, decides: as it is read, not as it is planned.
CREATE MACRO beyond_at(i) AS error(concat('A number, date or duration is compared that is not answered here: ', i));
-- Effective boolean value (§17.2.2).
CREATE MACRO ebv(a, n) AS CASE
    WHEN a.k <> 3 THEN NULL
    WHEN a.d = 'http://www.w3.org/2001/XMLSchema#boolean' THEN coalesce(boolean_of(a), FALSE)
    WHEN a.d IN ('http://www.w3.org/2001/XMLSchema#string', 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString') THEN a.v <> ''
    WHEN n.t = 9 THEN beyond()
    WHEN n.t < 8 THEN CASE WHEN n.t <= 2 THEN n.d <> 0 ELSE n.f <> 0 AND NOT isnan(n.f) END
    WHEN n.t IS NULL AND starts_with(a.d, 'http://www.w3.org/2001/XMLSchema#') AND num_of(a.d, '0') IS NOT NULL
        AND num_of(a.d, '0').t <> 8 THEN FALSE END;

-- The order of ORDER BY, MIN and MAX (§15.1); what "<" cannot compare stands in an order of our own.
CREATE MACRO order_key(a, n, m) AS {
    'r': CASE WHEN a IS NULL THEN 0 WHEN a.k < 3 THEN a.k WHEN n.t < 8 THEN 3 WHEN m.c < 8 THEN 6 + m.c
        WHEN a.d = 'http://www.w3.org/2001/XMLSchema#string' THEN 4 WHEN boolean_of(a) IS NOT NULL THEN 5
        WHEN n.t >= 8 THEN beyond() ELSE 9 END,
    'f': CASE WHEN n.t < 8 THEN n.f WHEN boolean_of(a) THEN 1 ELSE 0 END,
    'd': CASE WHEN n.t < 3 THEN n.d ELSE 0 END,
    'u': CASE WHEN m.c < 8 THEN m.us ELSE 0 END,
    'v': CASE WHEN n.t < 8 OR m.c < 8 OR boolean_of(a) IS NOT NULL THEN '' ELSE coalesce(a.v, '') END,
    'x': CASE WHEN n.t < 8 OR m.c < 8 OR boolean_of(a) IS NOT NULL THEN '' ELSE coalesce(a.d || ' ' || a.l, '') END};

-- The same as columns of their own, the first of which is:
CREATE MACRO order_rank(k, v, d, t, c) AS CASE WHEN k IS NULL THEN 0 WHEN k < 3 THEN k WHEN t < 8 THEN 3 WHEN c < 8 THEN 6 + c
    WHEN d = 'http://www.w3.org/2001/XMLSchema#string' THEN 4
    WHEN d = 'http://www.w3.org/2001/XMLSchema#boolean' AND v IN ('true', 'false', '1', '0') THEN 5
    WHEN t >= 8 THEN beyond() ELSE 9 END;

-- Further functions.
CREATE MACRO num_plus(a) AS CASE WHEN wide(a, a) IS NOT NULL THEN number(a.t, a.d, a.f) END;
-- One letter that becomes several, or depends on its place, is not in DuckDB's tables, nor are those of Unicode 16 and 17.
CREATE MACRO upper_text(v) AS CASE WHEN regexp_matches(v, '[ßŉǅǈǋǰǲΐΰևẖ-ẞἀ-῿ﬀ-ﬗıͅƛɤ\x{1C89}\x{1C8A}\x{A7CB}-\x{A7DC}\x{10D50}-\x{10D85}\x{16EA0}-\x{16ED3}]')
    THEN error('UCASE of a letter that has no single capital is not answered here.') ELSE upper(v) END;
CREATE MACRO lower_text(v) AS CASE WHEN regexp_matches(v, '[İΣẞἀ-῿ϴΩKÅ\x{1C89}\x{1C8A}\x{A7CB}-\x{A7DC}\x{10D50}-\x{10D85}\x{16EA0}-\x{16ED3}]')
    THEN error('LCASE of a letter whose small form depends on its place is not answered here.') ELSE lower(v) END;
-- Casts from strings need the lexical form of the target; from numbers and booleans see F&O §17.1.
-- Whether the canonical form of a date is another.
CREATE MACRO is_padded(v) AS regexp_matches(v, '[+-]00:00$|\.[0-9]*0(Z|[+-]|$)');
CREATE MACRO cast_text(a, n) AS CASE
    WHEN a.k = 2 THEN a.v
    WHEN a.l <> '' THEN error('A tagged string is not cast here.')
    WHEN n.t = 9 THEN beyond()
    WHEN n.t <= 2 THEN num_term(n).v
    WHEN n.t <= 4 THEN CASE
        WHEN n.f <> 0 AND abs(n.f) < 1000000 AND n.f = trunc(n.f) THEN n.f::INTEGER::VARCHAR
        WHEN n.f = 0 AND NOT starts_with(n.f::VARCHAR, '-') THEN '0'
        WHEN isnan(n.f) OR isinf(n.f) THEN num_term(n).v
        WHEN abs(n.f) BETWEEN 0.001 AND 999999 THEN CASE n.t WHEN 3 THEN n.f::FLOAT::VARCHAR ELSE n.f::VARCHAR END
        ELSE error('A float or double so large or small is not cast to a string here.') END
    WHEN boolean_of(a) IS NOT NULL THEN boolean_of(a)::VARCHAR
    WHEN n.t = 8 AND is_padded(a.v) THEN error('A date whose canonical form is another is not cast to a string here.')
    WHEN a.k = 3 THEN a.v END;
CREATE MACRO cast_source(a, n, m) AS CASE WHEN n.t = 9 OR m.c = 9 THEN beyond()
    WHEN a.d = 'http://www.w3.org/2001/XMLSchema#string' THEN 1 WHEN n.t < 8 THEN 2
    WHEN boolean_of(a) IS NOT NULL THEN 3 WHEN m.c < 9 THEN 4 END;
CREATE MACRO cast_read(d, v) AS list_transform([num_of(d, v)],
    lambda read: CASE WHEN read.t = 9 THEN beyond() ELSE num_term(read) END)[1];
-- A double is its exact value, where that has at most 18 digits after the point: m / 2^18 = m * 5^18 / 10^18.
CREATE MACRO cast_number(t, n) AS CASE
    WHEN t >= 3 THEN number(t, NULL, CASE t WHEN 3 THEN n.f::FLOAT ELSE n.f END)
    WHEN n.t >= 3 THEN CASE WHEN isnan(n.f) OR isinf(n.f) THEN NULL
        WHEN t = 1 AND abs(n.f) < 1e18 THEN exact(1, trunc(n.f)::HUGEINT)
        WHEN t = 2 AND abs(n.f) < 1e15 AND n.f * 262144 = trunc(n.f * 262144)
            THEN exact(2, unscaled((n.f * 262144)::HUGEINT * 3814697265625::HUGEINT))
        ELSE error('A float or double so large or fine is not cast to a decimal or an integer here.') END
    WHEN t = 1 THEN exact(1, trunc(n.d)) ELSE exact(2, n.d) END;
CREATE MACRO cast_any(t, d, a, n, m) AS list_transform([cast_source(a, n, m)], lambda source: CASE source
    WHEN 1 THEN cast_read(d, a.v)
    WHEN 2 THEN list_transform([cast_number(t, n)], lambda made: num_term(made))[1]
    WHEN 3 THEN list_transform(
        [cast_number(t, whole(CASE WHEN boolean_of(a) THEN 1 ELSE 0 END))], lambda made: num_term(made))[1] END)[1];
CREATE MACRO cast_integer(a, n, m) AS cast_any(1, 'http://www.w3.org/2001/XMLSchema#integer', a, n, m);
CREATE MACRO cast_decimal(a, n, m) AS cast_any(2, 'http://www.w3.org/2001/XMLSchema#decimal', a, n, m);
CREATE MACRO cast_float(a, n, m) AS cast_any(3, 'http://www.w3.org/2001/XMLSchema#float', a, n, m);
CREATE MACRO cast_double(a, n, m) AS cast_any(4, 'http://www.w3.org/2001/XMLSchema#double', a, n, m);
CREATE MACRO cast_boolean(a, n, m) AS CASE cast_source(a, n, m)
    WHEN 1 THEN CASE WHEN a.v IN ('true', '1') THEN truth(TRUE) WHEN a.v IN ('false', '0') THEN truth(FALSE) END
    WHEN 2 THEN truth(CASE WHEN n.t < 3 THEN n.d <> 0 ELSE n.f <> 0 AND NOT isnan(n.f) END)
    WHEN 3 THEN truth(boolean_of(a)) END;
CREATE MACRO cast_moment(c, d, a, n, m) AS CASE cast_source(a, n, m)
    WHEN 1 THEN list_transform([moment_of(d, a.v)], lambda read: CASE WHEN read.c = 9 OR read.c < 9 AND is_padded(a.v) THEN beyond()
        WHEN read.c < 9 THEN literal(a.v, d, '') END)[1]
    WHEN 4 THEN CASE WHEN m.c = c THEN literal(a.v, d, '') ELSE error('A date is not cast to a dateTime here, nor back.') END END;
CREATE MACRO cast_datetime(a, n, m) AS cast_moment(1, 'http://www.w3.org/2001/XMLSchema#dateTime', a, n, m);
CREATE MACRO cast_date(a, n, m) AS cast_moment(2, 'http://www.w3.org/2001/XMLSchema#date', a, n, m);

-- Aggregates (§18.5.1), from counts and sums: a value that is no number makes SUM and AVG an error. More than two floats
-- or doubles have another sum in another order, and rows have none.
CREATE MACRO agg_sum(rows, numbers, widest, exact_sum, double_sum, float_sum) AS CASE
    WHEN rows = 0 THEN whole(0)
    WHEN widest >= 8 THEN error('A sum of dates, durations or too large numbers is not answered here.')
    WHEN rows <> numbers THEN NULL
    WHEN widest >= 3 AND rows > 2 THEN error('A sum of several floats or doubles is not answered here.')
    WHEN widest = 4 THEN number(4, NULL, double_sum) WHEN widest = 3 THEN number(3, NULL, double_sum::FLOAT)
    ELSE exact(widest, exact_sum) END;
CREATE MACRO agg_avg(rows, numbers, widest, exact_sum, double_sum, float_sum) AS CASE
    WHEN rows = 0 THEN whole(0)
    WHEN widest >= 8 THEN error('A mean of dates, durations or too large numbers is not answered here.')
    WHEN rows <> numbers THEN NULL
    WHEN widest >= 3 AND rows > 2 THEN error('A mean of several floats or doubles is not answered here.')
    WHEN widest = 4 THEN number(4, NULL, double_sum / rows)
    WHEN widest = 3 THEN number(3, NULL, (double_sum / rows)::FLOAT)
    ELSE exact(2, exact_quotient(exact_sum, rows)) END;
CREATE MACRO part_t(rows) AS list_max(list_transform(rows, lambda r: r.n.t));
CREATE MACRO numbers_in(rows) AS len(list_filter(rows, lambda r: r.n.t IS NOT NULL AND r.n.t <> 8));
CREATE MACRO agg_sum_list(all_rows, missing) AS agg_sum(coalesce(len(all_rows), 0), numbers_in(all_rows) - missing, part_t(all_rows),
    list_sum(list_transform(all_rows, lambda r: r.n.d)), list_sum(list_transform(all_rows, lambda r: r.n.f)), 0);
CREATE MACRO agg_avg_list(all_rows, missing) AS agg_avg(coalesce(len(all_rows), 0), numbers_in(all_rows) - missing, part_t(all_rows),
    list_sum(list_transform(all_rows, lambda r: r.n.d)), list_sum(list_transform(all_rows, lambda r: r.n.f)), 0);
CREATE MACRO extreme(term, rows, bound) AS CASE WHEN rows = bound THEN term END;

CREATE MACRO is_tag(v) AS regexp_full_match(v, '[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*');
-- The zone of a dateTime as a dayTimeDuration (§17.4.5.8).
CREATE MACRO minutes_duration(tz) AS CASE WHEN tz < 0 THEN '-' ELSE '' END || 'PT'
    || CASE WHEN abs(tz) >= 60 THEN (abs(tz) // 60)::VARCHAR || 'H' ELSE '' END
    || CASE WHEN abs(tz) % 60 > 0 THEN (abs(tz) % 60)::VARCHAR || 'M' ELSE '' END
    || CASE WHEN tz = 0 THEN '0S' ELSE '' END;
CREATE MACRO zone_duration(z) AS CASE WHEN z <> '' THEN
    literal(minutes_duration(zone_of(z)), 'http://www.w3.org/2001/XMLSchema#dayTimeDuration', '') END;
-- A whole number as a term.
CREATE MACRO whole_term(i) AS CASE WHEN (i) IS NOT NULL THEN literal((i)::VARCHAR, 'http://www.w3.org/2001/XMLSchema#integer', '') END;
