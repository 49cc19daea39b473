//! Which SQL type a Rust type has (FACTS.md 3.3).
//!
//! A Rust type is named by its canonical path: `i64`, `String`, `uuid::Uuid`, `chrono::DateTime<Utc>`. Types that
//! sqlx re-exports go by the name of the crate that owns them.

use crate::ir::{Dialect, SqlType};

/// One row of the table of FACTS.md 3.3.
struct RustType {
    path: &'static str,
    postgres: Option<&'static str>,
    sqlite: Option<&'static str>,
    /// MariaDB and MySQL.
    mysql: Option<&'static str>,
    /// How generated code names it without the user's crate depending on anything but `schema_runtime`.
    absolute: Option<&'static str>,
}

macro_rules! rows {
    ($($path:literal, $postgres:tt, $sqlite:tt, $mysql:tt, $absolute:tt;)*) => {
        &[$(RustType {
            path: $path,
            postgres: rows!(@ $postgres),
            sqlite: rows!(@ $sqlite),
            mysql: rows!(@ $mysql),
            absolute: rows!(@ $absolute),
        }),*]
    };
    (@ _) => { None };
    (@ $text:literal) => { Some($text) };
}

const TYPES: &[RustType] = rows! {
    "bool", "boolean", "BOOLEAN", "tinyint(1)", "::core::primitive::bool";
    "i8", "\"char\"", "INTEGER", "tinyint", "::core::primitive::i8";
    "i16", "smallint", "INTEGER", "smallint", "::core::primitive::i16";
    "i32", "integer", "INTEGER", "int", "::core::primitive::i32";
    "i64", "bigint", "INTEGER", "bigint", "::core::primitive::i64";
    "u8", _, "INTEGER", "tinyint unsigned", "::core::primitive::u8";
    "u16", _, "INTEGER", "smallint unsigned", "::core::primitive::u16";
    "u32", _, "INTEGER", "int unsigned", "::core::primitive::u32";
    "u64", _, _, "bigint unsigned", "::core::primitive::u64";
    "i128", _, _, _, "::core::primitive::i128";
    "u128", _, _, _, "::core::primitive::u128";
    "isize", _, _, _, "::core::primitive::isize";
    "usize", _, _, _, "::core::primitive::usize";
    "char", _, _, _, "::core::primitive::char";
    "f32", "real", "REAL", "float", "::core::primitive::f32";
    "f64", "double precision", "REAL", "double", "::core::primitive::f64";
    "str", "text", "TEXT", "varchar(255)", _;
    "String", "text", "TEXT", "varchar(255)", "::std::string::String";
    "std::time::Duration", "interval", _, "time(6)", "::std::time::Duration";
    "std::net::IpAddr", "inet", _, "varchar(45)", "::std::net::IpAddr";
    "chrono::DateTime", "timestamp with time zone", "DATETIME", "timestamp(6)", "::schema_runtime::sqlx::types::chrono::DateTime";
    "chrono::NaiveDateTime", "timestamp without time zone", "DATETIME", "datetime(6)", "::schema_runtime::sqlx::types::chrono::NaiveDateTime";
    "chrono::NaiveDate", "date", "DATE", "date", "::schema_runtime::sqlx::types::chrono::NaiveDate";
    "chrono::NaiveTime", "time without time zone", "TIME", "time(6)", "::schema_runtime::sqlx::types::chrono::NaiveTime";
    "chrono::TimeDelta", "interval", _, "time(6)", _;
    "time::OffsetDateTime", "timestamp with time zone", "DATETIME", "timestamp(6)", "::schema_runtime::sqlx::types::time::OffsetDateTime";
    "time::PrimitiveDateTime", "timestamp without time zone", "DATETIME", "datetime(6)", "::schema_runtime::sqlx::types::time::PrimitiveDateTime";
    "time::Date", "date", "DATE", "date", "::schema_runtime::sqlx::types::time::Date";
    "time::Time", "time without time zone", "TIME", "time(6)", "::schema_runtime::sqlx::types::time::Time";
    "time::Duration", "interval", _, "time(6)", _;
    "uuid::Uuid", "uuid", "BLOB", "binary(16)", "::schema_runtime::sqlx::types::Uuid";
    "uuid::Hyphenated", _, "TEXT", "char(36)", _;
    "uuid::Simple", _, "TEXT", "char(32)", _;
    "rust_decimal::Decimal", "numeric", _, _, "::schema_runtime::sqlx::types::Decimal";
    "bigdecimal::BigDecimal", "numeric", _, _, "::schema_runtime::sqlx::types::BigDecimal";
    "serde_json::Value", "jsonb", "TEXT", "json", "::schema_runtime::sqlx::types::JsonValue";
    "sqlx::Json", "jsonb", "TEXT", "json", _;
    "sqlx::Text", "text", "TEXT", "varchar(255)", _;
    "ipnetwork::IpNetwork", "inet", _, _, "::schema_runtime::sqlx::types::ipnetwork::IpNetwork";
    "ipnet::IpNet", "inet", _, _, "::schema_runtime::sqlx::types::ipnet::IpNet";
    "mac_address::MacAddress", "macaddr", _, _, "::schema_runtime::sqlx::types::mac_address::MacAddress";
    "bit_vec::BitVec", "bit varying", _, _, "::schema_runtime::sqlx::types::BitVec";
    "sqlx::Oid", "oid", _, _, _;
    "sqlx::PgInterval", "interval", _, _, _;
    "sqlx::PgMoney", "money", _, _, _;
    "sqlx::PgLTree", "ltree", _, _, _;
    "sqlx::PgLQuery", "lquery", _, _, _;
    "sqlx::PgCiText", "citext", _, _, _;
    "sqlx::PgCube", "cube", _, _, _;
    "sqlx::PgHstore", "hstore", _, _, _;
    "sqlx::PgTimeTz", "time with time zone", _, _, _;
    "sqlx::PgPoint", "point", _, _, _;
    "sqlx::PgLine", "line", _, _, _;
    "sqlx::PgLSeg", "lseg", _, _, _;
    "sqlx::PgBox", "box", _, _, _;
    "sqlx::PgPath", "path", _, _, _;
    "sqlx::PgPolygon", "polygon", _, _, _;
    "sqlx::PgCircle", "circle", _, _, _;
    "sqlx::PgRange<i32>", "int4range", _, _, _;
    "sqlx::PgRange<i64>", "int8range", _, _, _;
    "sqlx::PgRange<rust_decimal::Decimal>", "numrange", _, _, _;
    "sqlx::PgRange<bigdecimal::BigDecimal>", "numrange", _, _, _;
    "sqlx::PgRange<chrono::NaiveDate>", "daterange", _, _, _;
    "sqlx::PgRange<time::Date>", "daterange", _, _, _;
    "sqlx::PgRange<chrono::NaiveDateTime>", "tsrange", _, _, _;
    "sqlx::PgRange<time::PrimitiveDateTime>", "tsrange", _, _, _;
    "sqlx::PgRange<chrono::DateTime>", "tstzrange", _, _, _;
    "sqlx::PgRange<time::OffsetDateTime>", "tstzrange", _, _, _;
    // Not columns by themselves: what wraps a column's type, or stands in its arguments.
    "Option", _, _, _, "::std::option::Option";
    "Vec", _, _, _, "::std::vec::Vec";
    "Box", _, _, _, _;
    "std::sync::Arc", _, _, _, _;
    "std::rc::Rc", _, _, _, _;
    "std::borrow::Cow", _, _, _, _;
    "sqlx::PgRange", _, _, _, _;
    "chrono::Utc", _, _, _, "::schema_runtime::sqlx::types::chrono::Utc";
    "chrono::Local", _, _, _, "::schema_runtime::sqlx::types::chrono::Local";
    "chrono::FixedOffset", _, _, _, "::schema_runtime::sqlx::types::chrono::FixedOffset";
};

/// Paths whose last segment or crate differs from the canonical one, after [`own_crate`].
const SYNONYMS: &[(&str, &str)] = &[
    ("std::string::String", "String"),
    ("std::option::Option", "Option"),
    ("std::vec::Vec", "Vec"),
    ("std::boxed::Box", "Box"),
    ("chrono::Duration", "chrono::TimeDelta"),
    ("sqlx::JsonValue", "serde_json::Value"),
    ("sqlx::Uuid", "uuid::Uuid"),
    ("sqlx::Decimal", "rust_decimal::Decimal"),
    ("sqlx::BigDecimal", "bigdecimal::BigDecimal"),
    ("sqlx::BitVec", "bit_vec::BitVec"),
    ("sqlx::MacAddress", "mac_address::MacAddress"),
];

/// Crates of which a name is the same wherever it stands in them (`chrono::naive::NaiveDate`).
const FLAT_CRATES: &[&str] = &[
    "chrono",
    "time",
    "uuid",
    "rust_decimal",
    "bigdecimal",
    "serde_json",
    "ipnetwork",
    "ipnet",
    "mac_address",
    "bit_vec",
];

/// The canonical path of a type known here, from any path that leads to it (`alloc::string::String`,
/// `sqlx::types::Uuid`, `schema_runtime::types::chrono::DateTime`), without generic arguments.
#[must_use]
pub fn canonical(path: &str) -> Option<&'static str> {
    let own = own_crate(path);
    let wanted = SYNONYMS.iter().find(|(from, _)| *from == own).map_or(own.as_str(), |(_, to)| to);
    TYPES.iter().map(|row| row.path).find(|known| *known == wanted)
}

/// The SQL type of a column of that Rust type; `None` when the type is unknown or the database can't hold it.
///
/// ```
/// use schema_core::dialect::rust_types::sql_type;
/// use schema_core::ir::{Dialect, SqlType};
/// assert_eq!(sql_type(Dialect::Postgres, "i64"), Some(SqlType::builtin("bigint")));
/// assert_eq!(sql_type(Dialect::Sqlite, "chrono::DateTime<Utc>"), Some(SqlType::builtin("DATETIME")));
/// assert_eq!(sql_type(Dialect::Postgres, "u64"), None);
/// ```
#[must_use]
pub fn sql_type(dialect: Dialect, path: &str) -> Option<SqlType> {
    let row = row(path)?;
    let text = match dialect {
        Dialect::Postgres => row.postgres,
        Dialect::Sqlite => row.sqlite,
        Dialect::MariaDb | Dialect::MySql => row.mysql,
    };
    text.map(SqlType::builtin)
}

/// The path by which generated code names that type, where every crate that uses `schema_runtime` can.
#[must_use]
pub fn absolute(path: &str) -> Option<&'static str> {
    row(path)?.absolute
}

/// What to write instead of a type that the database can't hold.
#[must_use]
pub fn remedies(dialect: Dialect, path: &str) -> Vec<&'static str> {
    let plain = canonical(path).unwrap_or(path);
    match (dialect, plain) {
        (Dialect::Postgres, "u8") => vec!["use `i16`, the smallest signed type that holds every `u8`"],
        (Dialect::Postgres, "u16") => vec!["use `i32`, the smallest signed type that holds every `u16`"],
        (Dialect::Postgres, "u32") => vec!["use `i64`, the smallest signed type that holds every `u32`"],
        (Dialect::Postgres, "u64" | "u128" | "i128") => {
            vec!["use `i64` if its range suffices", "use `sqlx::types::Decimal` (`numeric`) for the whole range"]
        }
        (Dialect::Sqlite, "u64" | "u128" | "i128") => vec!["use `i64`, the widest integer that SQLite stores"],
        (_, "isize" | "usize") => vec!["use `i64`, whose size is the same on every machine"],
        (_, "char") => vec!["use `String`"],
        (Dialect::Sqlite, "rust_decimal::Decimal" | "bigdecimal::BigDecimal") => vec![
            "use `sqlx::types::Text<..>` around it, which keeps every digit (SQLite has no exact decimal type)",
            "use `i64` in the smallest unit, such as cents",
        ],
        (Dialect::Sqlite, "std::time::Duration" | "chrono::TimeDelta" | "time::Duration") => {
            vec!["use `i64` in a stated unit, such as milliseconds"]
        }
        (Dialect::Postgres, "uuid::Hyphenated" | "uuid::Simple") => vec!["use `Uuid`, which PostgreSQL has as a type"],
        (dialect, "u128" | "i128") if dialect.is_mysql() => {
            vec!["use `u64` or `i64` if its range suffices", "use a decimal: `#[column(type = \"decimal(39,0)\")]`"]
        }
        (dialect, "rust_decimal::Decimal" | "bigdecimal::BigDecimal") if dialect.is_mysql() => {
            vec!["state how many digits are kept: `#[column(type = \"decimal(19,4)\")]`"]
        }
        (Dialect::Sqlite | Dialect::MariaDb | Dialect::MySql, _) => {
            vec!["use `sqlx::types::Text<..>` or `sqlx::types::Json<..>` around it"]
        }
        (Dialect::Postgres, _) => Vec::new(),
    }
}

/// The row of a type, generic arguments aside unless the row has its own (`PgRange<i32>`).
fn row(path: &str) -> Option<&'static RustType> {
    let exact = TYPES.iter().find(|row| row.path == path);
    exact.or_else(|| {
        let plain = canonical(path.split('<').next().unwrap_or(path).trim())?;
        TYPES.iter().find(|row| row.path == plain)
    })
}

/// Rewrites the path to start at the crate that owns the type, with the modules between left out where they say
/// nothing.
fn own_crate(path: &str) -> String {
    let mut segments: Vec<&str> = path.trim_start_matches("::").split("::").collect();
    if let [first @ ("core" | "alloc"), ..] = segments.as_mut_slice() {
        *first = "std";
    }
    match segments.as_slice() {
        ["schema_runtime", "sqlx", ..] => drop(segments.remove(0)),
        ["schema_runtime", "types", ..] | ["sqlx_core" | "sqlx_postgres" | "sqlx_sqlite", "types", ..] => {
            if let Some(first) = segments.first_mut() {
                *first = "sqlx";
            }
        }
        _ => {}
    }
    match segments.as_slice() {
        ["std", "primitive", name] => (*name).to_owned(),
        ["sqlx", "types", krate, .., name] | [krate, .., name] if FLAT_CRATES.contains(krate) => {
            format!("{krate}::{name}")
        }
        ["sqlx", "types" | "postgres", .., name] => format!("sqlx::{name}"),
        _ => segments.join("::"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres(path: &str) -> Option<String> {
        sql_type(Dialect::Postgres, path).map(|ty| ty.to_string())
    }

    #[test]
    fn every_way_to_name_a_type_leads_to_one_row() {
        for path in [
            "uuid::Uuid",
            "sqlx::types::Uuid",
            "sqlx::types::uuid::Uuid",
            "schema_runtime::types::Uuid",
            "::uuid::Uuid",
        ] {
            assert_eq!(canonical(path), Some("uuid::Uuid"), "{path}");
        }
        for path in [
            "chrono::NaiveDate",
            "chrono::naive::NaiveDate",
            "chrono::prelude::NaiveDate",
            "sqlx::types::chrono::NaiveDate",
        ] {
            assert_eq!(canonical(path), Some("chrono::NaiveDate"), "{path}");
        }
        for path in ["String", "alloc::string::String", "std::string::String"] {
            assert_eq!(canonical(path), Some("String"), "{path}");
        }
        assert_eq!(canonical("core::primitive::i64"), Some("i64"));
        assert_eq!(canonical("schema_runtime::sqlx::postgres::types::PgMoney"), Some("sqlx::PgMoney"));
        assert_eq!(canonical("mine::Uuid"), None);
    }

    #[test]
    fn types_have_the_spelling_of_their_database() {
        assert_eq!(postgres("chrono::DateTime<Utc>").as_deref(), Some("timestamp with time zone"));
        assert_eq!(postgres("i8").as_deref(), Some("\"char\""));
        assert_eq!(postgres("sqlx::PgRange<i64>").as_deref(), Some("int8range"));
        assert_eq!(postgres("sqlx::PgRange"), None);
        assert_eq!(sql_type(Dialect::Sqlite, "bool"), Some(SqlType::builtin("BOOLEAN")));
        assert_eq!(sql_type(Dialect::MySql, "u64"), Some(SqlType::builtin("bigint unsigned")));
    }

    #[test]
    fn each_type_is_in_canonical_spelling() {
        for row in TYPES {
            for dialect in Dialect::ALL {
                let Some(ty) = sql_type(dialect, row.path) else { continue };
                assert_eq!(crate::dialect::parse_type(dialect, &ty.to_string()), Ok(ty), "{dialect} {}", row.path);
            }
        }
    }

    #[test]
    fn a_type_the_database_lacks_has_a_remedy() {
        for row in TYPES {
            for (dialect, text) in
                [(Dialect::Postgres, row.postgres), (Dialect::Sqlite, row.sqlite), (Dialect::MariaDb, row.mysql)]
            {
                let wrapper =
                    row.postgres.is_none() && row.sqlite.is_none() && row.path.contains(|c: char| c.is_uppercase());
                assert!(text.is_some() || wrapper || !remedies(dialect, row.path).is_empty(), "{dialect} {}", row.path);
            }
        }
    }
}
