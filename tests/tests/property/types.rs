//! Column types with values for them. Where values would move, types go along: values of a type suit the wider ones.

use schema_core::ir::Dialect;

/// Types whose values convert into each other without loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Int,
    Text,
    Float,
    Decimal,
    Other,
}

#[derive(Debug)]
pub(crate) struct TypeInfo {
    pub(crate) name: &'static str,
    pub(crate) family: Family,
    /// Within its family: a type's values suit every type of a higher rank.
    pub(crate) rank: u8,
    /// Literals, edges included.
    pub(crate) values: &'static [&'static str],
    /// Defaults, constants and expressions.
    pub(crate) defaults: &'static [&'static str],
    /// Usable in a STRICT table.
    pub(crate) strict: bool,
}

impl TypeInfo {
    /// True where rows can be told apart by it, so that it serves in keys.
    pub(crate) fn is_key(&self) -> bool {
        matches!(self.family, Family::Int | Family::Text)
    }

    /// The literal of the key of the row with this number.
    pub(crate) fn key(&self, number: usize) -> String {
        match self.family {
            Family::Int => key_number(number).to_string(),
            _ => format!("'k{number}'"),
        }
    }
}

/// With gaps between, so that rows that are counted anew show.
pub(crate) fn key_number(row: usize) -> usize {
    3 * row
}

const fn info(
    name: &'static str,
    family: Family,
    rank: u8,
    values: &'static [&'static str],
    defaults: &'static [&'static str],
) -> TypeInfo {
    TypeInfo { name, family, rank, values, defaults, strict: false }
}

const SMALL: &[&str] = &["0", "1", "-1", "32767", "-32768", "7"];
const INT: &[&str] = &["0", "2147483647", "-2147483648", "5", "-1"];
const BIG: &[&str] = &["9223372036854775807", "-9223372036854775808", "0", "5"];
const SHORT: &[&str] = &["''", "'a'", "'it''s'", "'Ж'", "' x '", "'%_\\'", "'NULL'", "'\"q\"'"];
const LONG: &[&str] = &[
    "''",
    "'it''s'",
    "'line 1\nline 2'",
    "'--'",
    "'/*'",
    "'$$;$$'",
    "'имя'",
    "'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz'",
];

static POSTGRES: [TypeInfo; 24] = [
    info("bigint", Family::Int, 2, BIG, &["1", "'1'", "(1 + 0)"]),
    info("text", Family::Text, 3, LONG, &["'k1'", "'it''s'", "'' || 'k1'", "'x\\y'"]),
    info("integer", Family::Int, 1, INT, &["1", "-1"]),
    info("smallint", Family::Int, 0, SMALL, &["1"]),
    info("character varying(10)", Family::Text, 0, SHORT, &["'k1'"]),
    info("character varying(50)", Family::Text, 1, SHORT, &["'k1'", "'it''s'"]),
    info("character varying", Family::Text, 2, LONG, &["'k1'"]),
    info("boolean", Family::Other, 0, &["true", "false"], &["true", "false", "(NOT true)"]),
    info("numeric(10,2)", Family::Decimal, 0, &["0.00", "99999999.99", "-0.01"], &["0", "1.5"]),
    info("numeric(12,2)", Family::Decimal, 1, &["9999999999.99", "-1.00"], &["0", "-1.25"]),
    info("real", Family::Float, 0, &["0", "-1.5", "0.25", "'NaN'", "'-Infinity'"], &["0.5"]),
    info("double precision", Family::Float, 1, &["0", "1e300", "-0.125", "'Infinity'"], &["0", "1e3"]),
    info(
        "timestamp with time zone",
        Family::Other,
        0,
        &["'2024-07-01 12:00:00+02'", "'infinity'", "'0044-03-15 BC'"],
        &["now()", "CURRENT_TIMESTAMP", "'2020-01-01 00:00:00+00'"],
    ),
    info(
        "timestamp without time zone",
        Family::Other,
        0,
        &["'2024-07-01 12:00:00.123456'", "'-infinity'"],
        &["'2020-01-01'", "localtimestamp"],
    ),
    info("date", Family::Other, 0, &["'2024-02-29'", "'infinity'"], &["CURRENT_DATE", "'2020-01-01'"]),
    info("time without time zone", Family::Other, 0, &["'23:59:59.999999'", "'00:00'"], &["'12:00'"]),
    info("interval", Family::Other, 0, &["'1 year 2 mons -3 days'", "'00:00:01'"], &["'1 day'"]),
    info(
        "uuid",
        Family::Other,
        0,
        &["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
        &["gen_random_uuid()", "'00000000-0000-0000-0000-000000000001'"],
    ),
    info(
        "jsonb",
        Family::Other,
        0,
        &["'{}'", "'null'", "'{\"a\": [1, \"it''s\"]}'"],
        &["'{}'", "'[]'", "jsonb_build_object('a', 1)"],
    ),
    info("bytea", Family::Other, 0, &["'\\x'", "'\\x00ff'"], &["'\\x00'"]),
    info("inet", Family::Other, 0, &["'127.0.0.1/8'", "'::1'"], &["'10.0.0.1'"]),
    info(
        "text[]",
        Family::Other,
        0,
        &["'{}'", "'{a,NULL,\"b,c\"}'", "ARRAY['it''s']"],
        &["'{}'", "ARRAY['x','y']", "ARRAY[]::text[]"],
    ),
    info("integer[]", Family::Other, 0, &["'{}'", "'{{1,2},{3,4}}'"], &["'{1}'"]),
    info("character(5)", Family::Other, 0, &["'ab'", "''"], &["'x'"]),
];

const fn strict(mut info: TypeInfo) -> TypeInfo {
    info.strict = true;
    info
}

static SQLITE: [TypeInfo; 10] = [
    strict(info("INTEGER", Family::Int, 1, BIG, &["1", "-1", "(1 + 0)"])),
    strict(info("TEXT", Family::Text, 1, LONG, &["'k1'", "'it''s'", "lower('K1')"])),
    strict(info("REAL", Family::Float, 0, &["0.5", "-1.25", "1e300"], &["0.5", "-1.5e-3"])),
    strict(info("BLOB", Family::Other, 0, &["x''", "x'00ff'"], &["x'00'"])),
    info("BIGINT", Family::Int, 1, BIG, &["1"]),
    info("VARCHAR(50)", Family::Text, 0, SHORT, &["'k1'"]),
    info("BOOLEAN", Family::Other, 0, &["0", "1"], &["1", "FALSE"]),
    info("DATETIME", Family::Other, 0, &["'2024-07-01T12:00:00Z'"], &["CURRENT_TIMESTAMP", "'2020-01-01'"]),
    info("NUMERIC", Family::Decimal, 0, &["1", "0.5"], &["0"]),
    strict(info("INT", Family::Int, 0, INT, &["1"])),
];

/// The types of a dialect, the plainest first.
pub(crate) fn types(dialect: Dialect) -> &'static [TypeInfo] {
    match dialect {
        Dialect::Postgres => &POSTGRES,
        Dialect::Sqlite => &SQLITE,
        other => panic!("{other} has no part in this suite"),
    }
}
