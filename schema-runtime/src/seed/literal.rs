//! Values as the literals that make them again.

use schema_core::ir::{Column, Dialect};

use super::is_binary;

/// An expression for a column's value as a literal, NULL for NULL. PostgreSQL reads an untyped literal as what the column
/// is, and so do MariaDB and MySQL, where it means the same in every `sql_mode`.
pub(crate) fn literal_of(dialect: Dialect, column: &Column) -> String {
    let name = dialect.quote(&column.name);
    match dialect {
        Dialect::Postgres => format!("quote_nullable({name}::text)"),
        Dialect::Sqlite => format!("quote({name})"),
        Dialect::MariaDb | Dialect::MySql => on_mysql(&name, &column.ty.to_string(), is_binary(&column.ty)),
    }
}

fn on_mysql(name: &str, ty: &str, is_binary: bool) -> String {
    if ty.starts_with("bit") {
        // HEX gives it an odd number of digits.
        return format!("CONCAT('b''', BIN({name}), '''')");
    }
    if is_binary {
        return format!("CONCAT('x''', HEX({name}), '''')");
    }
    // Of a FLOAT the server shows six digits.
    let text = if ty.starts_with("float") { format!("CAST({name} AS DOUBLE)") } else { name.to_owned() };
    format!(
        "IF(LOCATE(CHAR(92), {text}), CONCAT('_utf8mb4 x''', HEX(CONVERT({text} USING utf8mb4)), ''''), \
         CONCAT('''', REPLACE({text}, '''', ''''''), ''''))"
    )
}
