//! Keys, indexes, foreign keys and checks.

use std::collections::BTreeMap;

use schema_core::ir::{
    Check, Dialect, ForeignKey, Index, IndexKey, IndexTarget, ObjectName, PrimaryKey, ReferentialAction, SqlType,
    Table, Unique,
};
use schema_core::kept;
use schema_core::names::{Kind, derived};

use super::spelling::{unescaped, without_parentheses};
use super::{OURS, Reader, cells};
use crate::Error;

type Tables = BTreeMap<ObjectName, Table>;

impl Reader<'_> {
    pub(super) async fn indexes(&mut self, tables: &mut Tables) -> Result<(), Error> {
        let (expression, hidden) = match self.flavour {
            Dialect::MariaDb => ("NULL", "IF(t.IGNORED = 'YES', 'ignored', '')"),
            _ => ("t.EXPRESSION", "IF(t.IS_VISIBLE = 'NO', 'visible', '')"),
        };
        let sql = format!(
            "SELECT t.TABLE_NAME, t.INDEX_NAME, CAST(t.NON_UNIQUE AS CHAR), t.COLUMN_NAME, {expression}, t.COLLATION, \
             CAST(t.SUB_PART AS CHAR), t.INDEX_TYPE, t.INDEX_COMMENT, {hidden} FROM information_schema.STATISTICS t \
             WHERE t.TABLE_SCHEMA = DATABASE() AND {OURS} ORDER BY t.TABLE_NAME, t.INDEX_NAME, t.SEQ_IN_INDEX"
        );
        let mut found: BTreeMap<(String, String), Index> = BTreeMap::new();
        for row in self.rows(&sql).await? {
            let [table, name, non_unique, column, expression, order, prefix, method, comment, hidden] = cells(row);
            let index = found.entry((table, name.clone())).or_insert_with(|| {
                let mut index = Index { unique: non_unique == "0", ..Index::new(name, Vec::new()) };
                index.method = Some(method.to_lowercase()).filter(|method| method != "btree");
                if !comment.is_empty() {
                    index.storage.insert("comment".to_owned(), comment);
                }
                if !hidden.is_empty() {
                    index.storage.insert(hidden.clone(), (hidden == "ignored").to_string());
                }
                index
            });
            let mut key = IndexKey::column(column);
            if !expression.is_empty() {
                key.target = IndexTarget::Expression(unescaped(&expression));
            }
            // A spatial index has the length of a rectangle.
            key.prefix = prefix.parse().ok().filter(|_| index.method.as_deref() != Some("spatial"));
            key.descending = order == "D";
            index.keys.push(key);
        }
        for ((table, _), index) in found {
            if let Some(table) = tables.get_mut(&ObjectName::bare(table)) {
                self.add_index(table, index);
            }
        }
        Ok(())
    }

    fn add_index(&mut self, table: &mut Table, index: Index) {
        let whole = |key: &IndexKey| match &key.target {
            IndexTarget::Column(name) if key.prefix.is_none() && !key.descending => Some(name.clone()),
            _ => None,
        };
        let columns: Option<Vec<String>> = index.keys.iter().map(whole).collect();
        match columns {
            Some(columns) if index.name == "PRIMARY" => {
                // Every one is called PRIMARY: the name is the one that a source gives it.
                let none: [&str; 0] = [];
                let name = derived(&table.name.name, &none, Kind::PrimaryKey);
                table.primary_key = Some(PrimaryKey::new(name, columns));
            }
            Some(columns) if index.unique && index.method.is_none() && index.storage.is_empty() => {
                table.uniques.push(Unique::new(index.name, columns));
            }
            None if index.name == "PRIMARY" => {
                self.note(
                    format!("table `{}`", table.name),
                    "its primary key has prefixes or goes down, which is not read",
                );
            }
            _ => table.indexes.push(index),
        }
    }

    pub(super) async fn foreign_keys(&mut self, tables: &mut Tables) -> Result<(), Error> {
        let sql = "SELECT k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, \
            r.DELETE_RULE, r.UPDATE_RULE, IF(k.REFERENCED_TABLE_SCHEMA = DATABASE(), '', k.REFERENCED_TABLE_SCHEMA) \
            FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r \
            ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME \
            WHERE k.TABLE_SCHEMA = DATABASE() AND k.REFERENCED_TABLE_NAME IS NOT NULL \
            ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION";
        for row in self.rows(sql).await? {
            let [table, name, column, parent, parent_column, on_delete, on_update, elsewhere] = cells(row);
            let Some(table) = tables.get_mut(&ObjectName::bare(table)) else { continue };
            if !elsewhere.is_empty() {
                self.note(
                    format!("foreign key `{}.{name}`", table.name),
                    format!("it refers to the database `{elsewhere}`"),
                );
                continue;
            }
            if table.foreign_keys.last().is_none_or(|key| key.name != name) {
                let mut key = ForeignKey::new(name, Vec::new(), ObjectName::bare(parent), Vec::new());
                (key.on_delete, key.on_update) = (action(&on_delete), action(&on_update));
                table.foreign_keys.push(key);
            }
            if let Some(key) = table.foreign_keys.last_mut() {
                key.columns.push(column);
                key.referenced_columns.push(parent_column);
            }
        }
        Ok(())
    }

    pub(super) async fn checks(&mut self, tables: &mut Tables) -> Result<(), Error> {
        let sql = match self.flavour {
            Dialect::MariaDb => {
                "SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE, LEVEL, 'YES' FROM information_schema.CHECK_CONSTRAINTS \
                 WHERE CONSTRAINT_SCHEMA = DATABASE() ORDER BY TABLE_NAME, CONSTRAINT_NAME"
            }
            _ => {
                "SELECT t.TABLE_NAME, c.CONSTRAINT_NAME, c.CHECK_CLAUSE, 'Table', t.ENFORCED FROM information_schema.CHECK_CONSTRAINTS c \
                 JOIN information_schema.TABLE_CONSTRAINTS t USING (CONSTRAINT_SCHEMA, CONSTRAINT_NAME) \
                 WHERE c.CONSTRAINT_SCHEMA = DATABASE() AND t.CONSTRAINT_TYPE = 'CHECK' ORDER BY t.TABLE_NAME, c.CONSTRAINT_NAME"
            }
        };
        for row in self.rows(sql).await? {
            let [table, name, clause, level, enforced] = cells(row);
            let Some(table) = tables.get_mut(&ObjectName::bare(table)) else { continue };
            if level == "Column" && take_json(table, &clause) {
                continue;
            }
            let clause = if self.flavour == Dialect::MySql { unescaped(&clause) } else { clause };
            let mut check = Check::new(name, without_parentheses(&clause));
            check.not_enforced = enforced == "NO";
            table.checks.push(check);
        }
        Ok(())
    }
}

/// MariaDB's `json` is `longtext` with a check and a collation of its own. The check goes by the column's name, and by a former
/// one after `RENAME COLUMN`, which may be another column's by now: what it says tells the column. One that is kept is no part
/// of the schema, nor is its check.
fn take_json(table: &mut Table, clause: &str) -> bool {
    let name = clause.strip_prefix("json_valid(`").and_then(|rest| rest.strip_suffix("`)"));
    let Some(name) = name.map(|name| name.replace("``", "`")) else { return false };
    if kept::is_kept(&name) {
        return true;
    }
    let longtext = SqlType::builtin("longtext");
    let Some(column) = table.column_mut(&name).filter(|column| column.ty == longtext) else { return false };
    column.ty = SqlType::builtin("json");
    (column.charset, column.collation) = (None, None);
    true
}

/// RESTRICT is what both servers do where nothing is said, and NO ACTION is the same to them.
fn action(rule: &str) -> ReferentialAction {
    match rule {
        "CASCADE" => ReferentialAction::Cascade,
        "SET NULL" => ReferentialAction::SetNull,
        "SET DEFAULT" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}
