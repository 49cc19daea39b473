//! Columns.

use std::collections::BTreeMap;

use schema_core::dialect::parse_type;
use schema_core::ir::{Column, Dialect, Generated, Identity, ObjectName, SqlType, Table};

use super::spelling::{is_now, type_of, unescaped};
use super::{OURS, Reader, Row, said};
use crate::Error;

impl Reader<'_> {
    pub(super) async fn columns(&mut self, tables: &mut BTreeMap<ObjectName, Table>) -> Result<(), Error> {
        // A sequence is printed with the database that it is in, which is no part of the schema.
        let default = "IF(t.COLUMN_DEFAULT LIKE 'nextval(%', REPLACE(t.COLUMN_DEFAULT, CONCAT('`', DATABASE(), '`.'), ''), t.COLUMN_DEFAULT)";
        let sql = format!(
            "SELECT t.TABLE_NAME, t.COLUMN_NAME, {default}, t.IS_NULLABLE, t.COLUMN_TYPE, t.CHARACTER_SET_NAME, \
             t.COLLATION_NAME, t.EXTRA, t.COLUMN_COMMENT, t.GENERATION_EXPRESSION, x.TABLE_COLLATION \
             FROM information_schema.COLUMNS t JOIN information_schema.TABLES x USING (TABLE_SCHEMA, TABLE_NAME) \
             WHERE t.TABLE_SCHEMA = DATABASE() AND {OURS} AND LEFT(t.COLUMN_NAME, 6) <> '_kept_' ORDER BY t.TABLE_NAME, t.ORDINAL_POSITION"
        );
        for row in self.rows(&sql).await? {
            let table = row.first().cloned().flatten().unwrap_or_default();
            let Some(table) = tables.get_mut(&ObjectName::bare(table)) else { continue };
            let column = self.column(&table.name, row);
            table.columns.push(column);
        }
        Ok(())
    }

    fn column(&mut self, table: &ObjectName, row: Row) -> Column {
        let default = row.get(2).cloned().flatten();
        let [_, name, _, nullable, ty, charset, collation, extra, comment, generation, usual] = super::cells(row);
        let object = || format!("column `{table}.{name}`");
        let ty = parse_type(self.flavour, &type_of(&ty)).unwrap_or_else(|reason| {
            self.note(object(), reason);
            SqlType::builtin(ty)
        });
        let extra = extra.to_lowercase();
        if extra.contains("invisible") {
            self.note(object(), "it is invisible, which is not read");
        }
        let mut column = Column::new(&name, ty);
        column.nullable = nullable == "YES";
        column.on_update = extra.contains("on update").then(|| "CURRENT_TIMESTAMP".to_owned());
        column.identity = extra.contains("auto_increment").then_some(Identity::ByDefault);
        if collation != usual {
            (column.charset, column.collation) = (said(charset), said(collation));
        }
        column.comment = said(comment);
        if generation.is_empty() {
            column.default = default.and_then(|default| self.default(&column, &default, &extra));
        } else {
            let expression = if self.flavour == Dialect::MySql { unescaped(&generation) } else { generation };
            let stored = extra.contains("stored") || extra.contains("persistent");
            column.generated = Some(Generated { expression, stored });
        }
        column
    }

    /// MariaDB prints SQL; MySQL prints the value itself, unless it is an expression.
    fn default(&mut self, column: &Column, printed: &str, extra: &str) -> Option<String> {
        if is_now(printed) {
            return Some("CURRENT_TIMESTAMP".to_owned());
        }
        let ty = column.ty.to_string();
        if self.flavour == Dialect::MariaDb {
            if ty.contains("binary") && printed.contains(['?', '\\']) {
                self.note(
                    format!("column `{}`", column.name),
                    "its default holds bytes that the server does not print",
                );
            }
            return (printed != "NULL").then(|| printed.to_owned());
        }
        if extra.contains("default_generated") {
            return Some(format!("({})", unescaped(printed)));
        }
        let base = ty.split(['(', ' ']).next().unwrap_or_default();
        let is_number = ["tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "bit"];
        Some(if is_number.contains(&base) { printed.to_owned() } else { self.flavour.literal(printed) })
    }
}
