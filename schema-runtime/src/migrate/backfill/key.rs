//! Values of a key as text, and back.

use schema_core::backfill::Backfill;
use schema_core::dialect::literal;
use schema_core::ir::Dialect;

use super::super::backend::Backend;

/// How the values of a key's column are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KeyType {
    /// PostgreSQL: a text cast to this type.
    Cast(String),
    /// MariaDB: as it stands. In quotes it would be compared as a floating-point number.
    Number,
    /// MariaDB: in hexadecimal.
    Bytes,
    /// MariaDB: in quotes.
    Text,
}

impl KeyType {
    /// Those of a backfill's key.
    pub(super) async fn read<B: Backend>(backend: &mut B, fill: &Backfill) -> sqlx::Result<Vec<Self>> {
        let is_mysql = backend.dialect().is_mysql();
        let mut types = Vec::new();
        for column in &fill.key {
            let sql = if is_mysql { of_mysql(fill, column) } else { of_postgres(fill, column) };
            let found = backend.rows(&sql).await?.into_iter().flatten().flatten();
            types.extend(found.map(|name| if is_mysql { Self::of_data_type(&name) } else { Self::Cast(name) }));
        }
        Ok(types)
    }

    fn of_data_type(name: &str) -> Self {
        match name {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "year" => Self::Number,
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Self::Bytes,
            _ => Self::Text,
        }
    }

    /// An expression as text.
    pub(super) fn text(&self, dialect: Dialect, expression: &str) -> String {
        match self {
            Self::Bytes => format!("HEX({expression})"),
            _ => as_text(dialect, expression),
        }
    }

    /// A value that was read so.
    pub(super) fn literal(&self, dialect: Dialect, value: &str) -> String {
        let is_number = || value.chars().all(|c| c.is_ascii_digit() || c == '-' || c == '.');
        match self {
            Self::Cast(ty) => format!("{}::{ty}", literal(value)),
            Self::Number if is_number() => value.to_owned(),
            Self::Bytes => format!("X{}", literal(value)),
            Self::Number | Self::Text => dialect.literal(value),
        }
    }
}

/// Any value as text.
pub(super) fn as_text(dialect: Dialect, expression: &str) -> String {
    match dialect.is_mysql() {
        true => format!("CAST({expression} AS CHAR)"),
        false => format!("{expression}::text"),
    }
}

fn of_postgres(fill: &Backfill, column: &str) -> String {
    format!(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass({}) \
         AND '\"' || replace(attname::text, '\"', '\"\"') || '\"' = {}",
        literal(&fill.table),
        literal(column)
    )
}

fn of_mysql(fill: &Backfill, column: &str) -> String {
    format!(
        "SELECT DATA_TYPE FROM information_schema.COLUMNS \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {} AND COLUMN_NAME = {}",
        named(fill.dialect, &fill.table),
        named(fill.dialect, column)
    )
}

/// A name that is in MariaDB's quotes, as a text.
pub(super) fn named(dialect: Dialect, quoted: &str) -> String {
    let inside = quoted.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).unwrap_or(quoted);
    dialect.literal(&inside.replace("``", "`"))
}
