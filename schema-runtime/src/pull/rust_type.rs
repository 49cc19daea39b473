//! The Rust type that sqlx reads a SQL type into (FACTS.md 3.3).

use schema_core::dialect::rust_types;
use schema_core::ir::{Dialect, SqlType};

use super::imports::Imports;

/// A type in source: how it is written here, and whether that alone says which SQL type it is.
pub(super) struct RustType {
    pub(super) text: String,
    /// The SQL type to state, where the Rust type doesn't imply it.
    pub(super) stated: Option<String>,
    /// False where sqlx can't decode the column as it is.
    pub(super) decodes: bool,
}

/// A row: SQL type without modifiers, the Rust type, its sqlx feature.
type Row = (&'static str, &'static str, Option<&'static str>);

const POSTGRES: &[Row] = &[
    ("boolean", "bool", None),
    ("\"char\"", "i8", None),
    ("smallint", "i16", None),
    ("integer", "i32", None),
    ("bigint", "i64", None),
    ("real", "f32", None),
    ("double precision", "f64", None),
    ("numeric", "sqlx::types::Decimal", Some("rust_decimal")),
    ("text", "String", None),
    ("character varying", "String", None),
    ("character", "String", None),
    ("bpchar", "String", None),
    ("name", "String", None),
    ("citext", "String", None),
    ("bytea", "Vec<u8>", None),
    ("timestamp with time zone", "sqlx::types::chrono::DateTime<sqlx::types::chrono::Utc>", Some("chrono")),
    ("timestamp without time zone", "sqlx::types::chrono::NaiveDateTime", Some("chrono")),
    ("date", "sqlx::types::chrono::NaiveDate", Some("chrono")),
    ("time without time zone", "sqlx::types::chrono::NaiveTime", Some("chrono")),
    ("time with time zone", "sqlx::postgres::types::PgTimeTz", Some("chrono")),
    ("interval", "sqlx::postgres::types::PgInterval", None),
    ("uuid", "sqlx::types::Uuid", Some("uuid")),
    ("jsonb", "sqlx::types::JsonValue", Some("json")),
    ("json", "sqlx::types::JsonValue", Some("json")),
    ("inet", "sqlx::types::ipnetwork::IpNetwork", Some("ipnetwork")),
    ("cidr", "sqlx::types::ipnetwork::IpNetwork", Some("ipnetwork")),
    ("macaddr", "sqlx::types::mac_address::MacAddress", Some("mac_address")),
    ("bit varying", "sqlx::types::BitVec", Some("bit-vec")),
    ("bit", "sqlx::types::BitVec", Some("bit-vec")),
    ("oid", "sqlx::postgres::types::Oid", None),
    ("money", "sqlx::postgres::types::PgMoney", None),
    ("ltree", "sqlx::postgres::types::PgLTree", None),
    ("lquery", "sqlx::postgres::types::PgLQuery", None),
    ("cube", "sqlx::postgres::types::PgCube", None),
    ("hstore", "sqlx::postgres::types::PgHstore", None),
    ("point", "sqlx::postgres::types::PgPoint", None),
    ("line", "sqlx::postgres::types::PgLine", None),
    ("lseg", "sqlx::postgres::types::PgLSeg", None),
    ("box", "sqlx::postgres::types::PgBox", None),
    ("path", "sqlx::postgres::types::PgPath", None),
    ("polygon", "sqlx::postgres::types::PgPolygon", None),
    ("circle", "sqlx::postgres::types::PgCircle", None),
    ("int4range", "sqlx::postgres::types::PgRange<i32>", None),
    ("int8range", "sqlx::postgres::types::PgRange<i64>", None),
    ("numrange", "sqlx::postgres::types::PgRange<sqlx::types::Decimal>", Some("rust_decimal")),
    ("daterange", "sqlx::postgres::types::PgRange<sqlx::types::chrono::NaiveDate>", Some("chrono")),
    ("tsrange", "sqlx::postgres::types::PgRange<sqlx::types::chrono::NaiveDateTime>", Some("chrono")),
    (
        "tstzrange",
        "sqlx::postgres::types::PgRange<sqlx::types::chrono::DateTime<sqlx::types::chrono::Utc>>",
        Some("chrono"),
    ),
];

/// Before what is unsigned there is the same without; `enum` and `set` are texts to sqlx.
const MYSQL: &[Row] = &[
    ("tinyint(1)", "bool", None),
    ("tinyint", "i8", None),
    ("smallint", "i16", None),
    ("mediumint", "i32", None),
    ("int", "i32", None),
    ("bigint", "i64", None),
    ("tinyint unsigned", "u8", None),
    ("smallint unsigned", "u16", None),
    ("mediumint unsigned", "u32", None),
    ("int unsigned", "u32", None),
    ("bigint unsigned", "u64", None),
    ("float", "f32", None),
    ("double", "f64", None),
    ("decimal", "sqlx::types::Decimal", Some("rust_decimal")),
    ("char", "String", None),
    ("varchar", "String", None),
    ("tinytext", "String", None),
    ("text", "String", None),
    ("mediumtext", "String", None),
    ("longtext", "String", None),
    ("enum", "String", None),
    ("binary", "Vec<u8>", None),
    ("varbinary", "Vec<u8>", None),
    ("tinyblob", "Vec<u8>", None),
    ("blob", "Vec<u8>", None),
    ("mediumblob", "Vec<u8>", None),
    ("longblob", "Vec<u8>", None),
    ("date", "sqlx::types::chrono::NaiveDate", Some("chrono")),
    ("time", "sqlx::types::chrono::NaiveTime", Some("chrono")),
    ("datetime", "sqlx::types::chrono::NaiveDateTime", Some("chrono")),
    ("timestamp", "sqlx::types::chrono::DateTime<sqlx::types::chrono::Utc>", Some("chrono")),
    ("year", "u16", None),
    ("json", "sqlx::types::JsonValue", Some("json")),
];

const SQLITE: &[Row] = &[
    ("BOOLEAN", "bool", None),
    ("INTEGER", "i64", None),
    ("REAL", "f64", None),
    ("TEXT", "String", None),
    ("BLOB", "Vec<u8>", None),
    ("DATETIME", "sqlx::types::chrono::NaiveDateTime", Some("chrono")),
    ("TIMESTAMP", "sqlx::types::chrono::NaiveDateTime", Some("chrono")),
    ("DATE", "sqlx::types::chrono::NaiveDate", Some("chrono")),
    ("TIME", "sqlx::types::chrono::NaiveTime", Some("chrono")),
];

/// The type of a column, `Option` aside.
pub(super) fn of(dialect: Dialect, ty: &SqlType, imports: &mut Imports<'_>) -> RustType {
    match ty {
        SqlType::Named(name) => RustType { text: imports.item(name), stated: None, decodes: true },
        SqlType::Array(element) => {
            let element = of(dialect, element, imports);
            let text = format!("Vec<{}>", element.text);
            // `Vec<u8>` is bytea, and an array of bytea is no array of it.
            let stated = element.stated.map(|stated| format!("{stated}[]"));
            RustType { text, stated, decodes: element.decodes }
        }
        SqlType::Builtin(text) => builtin(dialect, text, imports),
    }
}

fn builtin(dialect: Dialect, text: &str, imports: &mut Imports<'_>) -> RustType {
    let row = match dialect {
        Dialect::Postgres => POSTGRES.iter().find(|(sql, ..)| *sql == without_modifiers(text)),
        Dialect::Sqlite => sqlite(text),
        Dialect::MariaDb | Dialect::MySql => mysql(text),
    };
    let Some((_, rust, feature)) = row else {
        return RustType { text: "String".to_owned(), stated: Some(text.to_owned()), decodes: false };
    };
    feature.iter().for_each(|feature| imports.feature(feature));
    let implied = implied(dialect, rust);
    let stated = (implied.as_deref() != Some(text)).then(|| text.to_owned());
    RustType { text: short(rust, imports), stated, decodes: true }
}

/// The SQL type that the scan takes the Rust type for.
fn implied(dialect: Dialect, rust: &str) -> Option<String> {
    if rust == "Vec<u8>" {
        let bytes = if dialect == Dialect::Postgres { "bytea" } else { "BLOB" };
        return (!dialect.is_mysql()).then(|| bytes.to_owned());
    }
    let path = match rust.split_once('<') {
        Some((outer, argument)) if outer.ends_with("PgRange") => {
            let argument = argument.strip_suffix('>').unwrap_or(argument);
            let argument = rust_types::canonical(argument.split('<').next().unwrap_or(argument))?;
            format!("sqlx::PgRange<{argument}>")
        }
        Some((outer, _)) => outer.to_owned(),
        None => rust.to_owned(),
    };
    rust_types::sql_type(dialect, &path).map(|ty| ty.to_string())
}

/// `numeric` of `numeric(10,2)`, `timestamp with time zone` of `timestamp(3) with time zone`.
fn without_modifiers(text: &str) -> String {
    match (text.find('('), text.rfind(')')) {
        (Some(open), Some(close)) if open < close => format!("{}{}", &text[..open], &text[close + 1..]),
        _ => text.to_owned(),
    }
}

/// A declared type by name, else by the rules of affinity (SQLite manual, Datatypes In SQLite, 3.1).
fn sqlite(declared: &str) -> Option<&'static Row> {
    let declared = without_modifiers(declared).trim().to_uppercase();
    let named = |name: &str| SQLITE.iter().find(|(sql, ..)| *sql == name);
    named(&declared).or_else(|| match declared.as_str() {
        "BOOL" => named("BOOLEAN"),
        text if text.contains("INT") => named("INTEGER"),
        text if ["CHAR", "CLOB", "TEXT"].iter().any(|part| text.contains(part)) => named("TEXT"),
        text if text.contains("BLOB") || text.is_empty() => named("BLOB"),
        text if ["REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL"].iter().any(|part| text.contains(part)) => named("REAL"),
        _ => None,
    })
}

/// A type as the server prints it, else without its modifiers.
fn mysql(text: &str) -> Option<&'static Row> {
    let named = |name: &str| MYSQL.iter().find(|(sql, ..)| *sql == name);
    named(text).or_else(|| named(&without_modifiers(text)))
}

/// The type with each path in it as short as the file's imports allow.
fn short(rust: &str, imports: &mut Imports<'_>) -> String {
    match rust.split_once('<') {
        None if rust.contains("::") => imports.path(rust),
        None => rust.to_owned(),
        Some((outer, argument)) => {
            let argument = argument.strip_suffix('>').unwrap_or(argument);
            format!("{}<{}>", short(outer, imports), short(argument, imports))
        }
    }
}
