-- Values of literals as SPARQL 1.1 §17.3 compares them, with XPath's comparison of dates beside that of dateTimes. Macros
-- only. `shacl_well_formed`, from datatypes.toml, takes some of them and stands between, so there are two files.

-- A number as text that sorts as the number does: how many digits stand before the point, then the digits; of a negative
-- one the complement of the digits, so that the longer is the smaller. Exact at any length.
CREATE OR REPLACE TEMP MACRO shacl_digits(lexical) AS
    lpad(length(ltrim(regexp_extract(lexical, '^[+-]?([0-9]*)', 1), '0'))::VARCHAR, 9, '0')
    || ltrim(regexp_extract(lexical, '^[+-]?([0-9]*)', 1), '0') || '.'
    || rtrim(regexp_extract(lexical, '[.]([0-9]*)', 1), '0');
CREATE OR REPLACE TEMP MACRO shacl_decimal(lexical) AS CASE
    WHEN lexical[1] = '-' AND regexp_matches(lexical, '[1-9]')
    THEN 'N' || translate(shacl_digits(lexical), '0123456789', '9876543210') || '~'
    ELSE 'P' || shacl_digits(lexical) END;

-- The parts of a date or dateTime; what is not there is ''.
CREATE OR REPLACE TEMP MACRO shacl_parts(lexical) AS regexp_extract(
    lexical,
    '^(-?[0-9]+)-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.]([0-9]+))?)?(?:(Z)|([+-])([0-9]{2}):([0-9]{2}))?$',
    ['year', 'month', 'day', 'hour', 'minute', 'second', 'fraction', 'utc', 'sign', 'ahead_h', 'ahead_m']);
CREATE OR REPLACE TEMP MACRO shacl_number(text) AS coalesce(try_cast(text AS HUGEINT), 0::HUGEINT);

-- Whether the day exists. The calendar repeats every 400 years, so the last four digits of the year are enough.
CREATE OR REPLACE TEMP MACRO shacl_leap(year) AS year % 4 = 0 AND (year % 100 <> 0 OR year % 400 = 0);
CREATE OR REPLACE TEMP MACRO shacl_day_exists(part) AS shacl_number(part.day) <= CASE
    WHEN part.month IN ('04', '06', '09', '11') THEN 30
    WHEN part.month <> '02' THEN 31
    WHEN shacl_leap(shacl_number(right(part.year, 4))) THEN 29
    ELSE 28 END;

-- Days before a day, counted in years that begin in March (Hinnant, "chrono-compatible low-level date algorithms"), 4e20
-- years moved so that none is negative. Months 1 and 2 belong to the year before.
CREATE OR REPLACE TEMP MACRO shacl_days(year, month, day) AS
    365 * year + year // 4 - year // 100 + year // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day;
CREATE OR REPLACE TEMP MACRO shacl_march_year(part) AS
    400000000000000000000::HUGEINT + shacl_number(part.year) - CASE WHEN part.month < '03' THEN 1 ELSE 0 END;

-- The instant in UTC, or in the timezone that is not told, as text that sorts as instants do; NULL from 10^18 years on.
CREATE OR REPLACE TEMP MACRO shacl_seconds(part) AS
    86400 * shacl_days(shacl_march_year(part), shacl_number(part.month), shacl_number(part.day))
    + 3600 * shacl_number(part.hour) + 60 * shacl_number(part.minute) + shacl_number(part.second)
    - (3600 * shacl_number(part.ahead_h) + 60 * shacl_number(part.ahead_m)) * CASE part.sign WHEN '-' THEN -1 ELSE 1 END;
CREATE OR REPLACE TEMP MACRO shacl_instant(part) AS CASE WHEN length(part.year) < 19
    THEN lpad(shacl_seconds(part)::VARCHAR, 32, '0') || '.' || rtrim(part.fraction, '0') END;
