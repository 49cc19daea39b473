//! Column types with values for them. Where values would move, types go along: values of a type suit the wider ones.

use schema_core::ir::Dialect;

/// Types whose values convert into each other without loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Int,
    Unsigned,
    Text,
    Bytes,
    Float,
    Decimal,
    /// With more or fewer digits of a second.
    Moment,
    Timestamp,
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
    /// Only a prefix of it can be a key, on MariaDB.
    pub(crate) large: bool,
}

impl TypeInfo {
    /// True where rows can be told apart by it, so that it serves in keys.
    pub(crate) fn is_key(&self) -> bool {
        matches!(self.family, Family::Int | Family::Unsigned | Family::Text) && !self.large
    }

    /// The literal of the key of the row with this number.
    pub(crate) fn key(&self, number: usize) -> String {
        match self.family {
            Family::Int | Family::Unsigned => key_number(number).to_string(),
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
    TypeInfo { name, family, rank, values, defaults, strict: false, large: false }
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
    info("numeric(12,2)", Family::Decimal, 1, &["-1.00", "9999999999.99"], &["0", "-1.25"]),
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

const fn large(mut info: TypeInfo) -> TypeInfo {
    info.large = true;
    info
}

const TINY: &[&str] = &["0", "127", "-128", "1"];
const MEDIUM: &[&str] = &["0", "8388607", "-8388608"];
/// No value has a backslash between quotes: what that means depends on the server's `sql_mode`.
const WORDS: &[&str] =
    &["''", "'a'", "'A'", "'a '", "'it''s'", "'Ж😀'", "' x '", "_utf8mb4 X'255F5C'", "'NULL'", "'\"q\"'"];
const LINES: &[&str] = &[
    "''",
    "'line 1\nline 2'",
    "'--'",
    "'/*'",
    "'`;`'",
    "'имя'",
    "'# {}'",
    "'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz'",
];

static MARIADB: [TypeInfo; 44] = [
    info("bigint", Family::Int, 4, BIG, &["1", "'1'", "(1 + 0)"]),
    info("varchar(255)", Family::Text, 3, LINES, &["'k1'", "'it''s'", "concat('', 'k1')", "_utf8mb4 X'785C79'"]),
    info("int", Family::Int, 3, INT, &["1", "-1"]),
    info("mediumint", Family::Int, 2, MEDIUM, &["1"]),
    info("smallint", Family::Int, 1, SMALL, &["1"]),
    info("tinyint", Family::Int, 0, TINY, &["1", "-1"]),
    info("bigint unsigned", Family::Unsigned, 4, &["0", "18446744073709551615"], &["1", "(1 + 0)"]),
    info("int unsigned", Family::Unsigned, 3, &["0", "4294967295"], &["1"]),
    info("mediumint unsigned", Family::Unsigned, 2, &["0", "16777215"], &["1"]),
    info("smallint unsigned", Family::Unsigned, 1, &["0", "65535"], &["1"]),
    info("tinyint unsigned", Family::Unsigned, 0, &["0", "255"], &["1"]),
    info("varchar(10)", Family::Text, 0, WORDS, &["'k1'"]),
    info("varchar(60)", Family::Text, 1, LINES, &["'k1'", "'it''s'"]),
    large(info("tinytext", Family::Text, 2, LINES, &["'k1'"])),
    large(info("text", Family::Text, 4, LINES, &["'k1'", "concat('k', 1)"])),
    large(info("mediumtext", Family::Text, 5, LINES, &["'it''s'"])),
    large(info("longtext", Family::Text, 6, LINES, &["'k1'"])),
    info("tinyint(1)", Family::Other, 0, &["0", "1"], &["1", "TRUE", "(NOT 1)"]),
    info("decimal(10,2)", Family::Decimal, 0, &["0.00", "99999999.99", "-0.01"], &["0", "1.5"]),
    info("decimal(12,2)", Family::Decimal, 1, &["-1.00", "9999999999.99"], &["0", "-1.25"]),
    info("decimal(14,4)", Family::Decimal, 2, &["0.5", "-9999999999.9999"], &["0.1234"]),
    info("decimal(5,1) unsigned", Family::Other, 0, &["0.0", "9999.9"], &["0.5"]),
    info("float", Family::Float, 0, &["0", "-1.5", "0.25"], &["0.5"]),
    info("double", Family::Float, 1, &["0", "1e300", "-0.125"], &["0", "1e3"]),
    info("datetime", Family::Moment, 0, &["'2024-07-01 12:00:00'", "'9999-12-31 23:59:59'"], &["CURRENT_TIMESTAMP"]),
    info(
        "datetime(3)",
        Family::Moment,
        1,
        &["'2024-07-01 12:00:00'", "'1000-01-01 00:00:00.001'"],
        &["CURRENT_TIMESTAMP", "'2020-01-01'"],
    ),
    info(
        "datetime(6)",
        Family::Moment,
        2,
        &["'2024-07-01 12:00:00'", "'9999-12-31 23:59:59.999999'"],
        &["now(6)", "'2020-01-01 00:00:00.5'"],
    ),
    info(
        "timestamp",
        Family::Timestamp,
        0,
        &["'1970-01-02 00:00:01'", "'2038-01-19 03:14:07'"],
        &["CURRENT_TIMESTAMP"],
    ),
    info(
        "timestamp(6)",
        Family::Timestamp,
        1,
        &["'2024-07-01 12:00:00'", "'2024-07-01 12:00:00.123456'"],
        &["CURRENT_TIMESTAMP", "'2020-01-01'"],
    ),
    info("date", Family::Other, 0, &["'2024-02-29'", "'1000-01-01'"], &["(CURRENT_DATE)", "'2020-01-01'"]),
    info("time", Family::Other, 0, &["'-838:59:59'", "'00:00:00'"], &["'12:00'"]),
    info("time(3)", Family::Other, 0, &["'23:59:59.999'", "'00:00:00'"], &["'12:00'"]),
    info("year", Family::Other, 0, &["2024", "1901", "2155"], &["2020"]),
    large(info(
        "json",
        Family::Other,
        0,
        &["'{}'", "'null'", "'{\"a\": [1, \"it''s\"]}'"],
        &["'{}'", "json_object('a', 1)"],
    )),
    info("char(5)", Family::Other, 0, &["'ab'", "''"], &["'x'"]),
    info("binary(4)", Family::Other, 0, &["X''", "X'00FF'", "'ab'"], &["'abcd'"]),
    info("varbinary(10)", Family::Bytes, 0, &["X''", "X'00FF5C27'"], &["'ab'"]),
    info("varbinary(50)", Family::Bytes, 1, &["X''", "X'2020'", "X'FFFFFFFFFFFFFFFFFFFFFFFFFFFF'"], &["'ab'"]),
    large(info("blob", Family::Bytes, 2, &["X''", "X'00'"], &["'ab'"])),
    large(info("longblob", Family::Bytes, 3, &["X'00'", "X''"], &["'ab'"])),
    info("bit(10)", Family::Other, 0, &["b'0'", "b'1111111111'"], &["b'101'"]),
    info("uuid", Family::Other, 0, &["'ffffffff-ffff-ffff-ffff-ffffffffffff'"], &["uuid()"]),
    info("set('a','b''c','d')", Family::Other, 0, &["''", "'a'", "'a,b''c'"], &["'a,b''c'"]),
    info("enum('x','Y ;','ж')", Family::Other, 0, &["'x'", "'ж'", "'Y ;'"], &["'Y ;'"]),
];

/// The types of a dialect, the plainest first.
pub(crate) fn types(dialect: Dialect) -> &'static [TypeInfo] {
    match dialect {
        Dialect::Postgres => &POSTGRES,
        Dialect::Sqlite => &SQLITE,
        Dialect::MariaDb => &MARIADB,
        other @ Dialect::MySql => panic!("no {other} is started by these tests"),
    }
}
