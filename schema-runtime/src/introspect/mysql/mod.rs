//! The schema of a MariaDB or MySQL database, from `information_schema`, and from SHOW CREATE where that says less.
//!
//! What both servers print in their own way (BUGS.md B51) is put into one spelling; expressions stay in the server's.

mod columns;
mod keys;
mod objects;
mod spelling;

use std::collections::BTreeMap;

use schema_core::ir::{Dialect, ObjectName, Schema, Table};
use sqlx::AssertSqlSafe;
use sqlx::mysql::{MySqlConnection, MySqlRow};

use super::{Note, Unreadable};
use crate::Error;

type Row = Vec<Option<String>>;

/// Reads the database of the connection. What can't be read is an error; [`mysql_with_notes`] goes on.
///
/// # Errors
/// A catalog that can't be read, or something in it that the schema has no place for.
pub async fn mysql(connection: &mut MySqlConnection) -> Result<Schema, Error> {
    let (schema, notes) = mysql_with_notes(connection).await?;
    match notes.into_iter().next() {
        Some(Note { object, reason }) => Err(Unreadable { object, reason }.into()),
        None => Ok(schema),
    }
}

/// Reads the database as [`mysql`] does, with a note on what is not, or not wholly, in the schema.
///
/// # Errors
/// A catalog that can't be read.
pub async fn mysql_with_notes(connection: &mut MySqlConnection) -> Result<(Schema, Vec<Note>), Error> {
    let mut reader = Reader { connection, flavour: Dialect::MySql, notes: Vec::new() };
    let version = reader.rows("SELECT VERSION()").await?.into_iter().flatten().flatten().next().unwrap_or_default();
    if version.contains("MariaDB") {
        reader.flavour = Dialect::MariaDb;
    }
    let mut schema = Schema::empty(reader.flavour);
    schema.tables = reader.tables().await?;
    reader.columns(&mut schema.tables).await?;
    reader.indexes(&mut schema.tables).await?;
    reader.foreign_keys(&mut schema.tables).await?;
    reader.checks(&mut schema.tables).await?;
    schema.tables.values_mut().for_each(Table::sort);
    reader.objects(&mut schema).await?;
    Ok((schema, reader.notes))
}

struct Reader<'a> {
    connection: &'a mut MySqlConnection,
    flavour: Dialect,
    notes: Vec<Note>,
}

/// Tables of the runners and what drops keep are left out.
const OURS: &str = "LEFT(t.TABLE_NAME, 6) <> '_kept_' AND t.TABLE_NAME NOT IN \
    ('_sqlx_migrations', '_schema_migrations', '_schema_backfills', '_schema_steps')";

impl Reader<'_> {
    async fn rows(&mut self, sql: &str) -> Result<Vec<Row>, Error> {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(&mut *self.connection).await?;
        Ok(rows.iter().map(texts).collect::<sqlx::Result<_>>()?)
    }

    fn note(&mut self, object: String, reason: impl Into<String>) {
        self.notes.push(Note { object, reason: reason.into() });
    }

    /// Character set and collation are stated where they are not the database's.
    async fn tables(&mut self) -> Result<BTreeMap<ObjectName, Table>, Error> {
        let sql = format!(
            "SELECT t.TABLE_NAME, t.TABLE_TYPE, t.ENGINE, t.TABLE_COLLATION, t.CREATE_OPTIONS, t.TABLE_COMMENT, \
             SUBSTRING_INDEX(t.TABLE_COLLATION, '_', 1), @@collation_database \
             FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') \
             AND {OURS} ORDER BY t.TABLE_NAME"
        );
        let mut tables = BTreeMap::new();
        for row in self.rows(&sql).await? {
            let [name, kind, engine, collation, options, comment, charset, usual] = cells(row);
            let mut table = Table::new(ObjectName::bare(&name));
            if kind != "BASE TABLE" {
                self.note(format!("table `{name}`"), "its versions are kept by the server, which is not read");
            }
            if collation != usual {
                (table.charset, table.collation) = (said(charset), said(collation));
            }
            if engine != "InnoDB" {
                table.storage.insert("engine".to_owned(), engine);
            }
            let options = options.split_whitespace().filter_map(|option| option.split_once('='));
            let options =
                options.map(|(name, value)| (name.to_lowercase(), value.trim_matches(['`', '\'']).to_owned()));
            table.storage.extend(options);
            table.comment = said(comment);
            table.partitioning = self.partitioning(&name).await?;
            tables.insert(table.name.clone(), table);
        }
        Ok(tables)
    }

    /// What stands behind PARTITION BY: `information_schema` has it in pieces that don't make a statement.
    async fn partitioning(&mut self, table: &str) -> Result<Option<String>, Error> {
        let literal = self.flavour.literal(table);
        let partitioned = format!(
            "SELECT '1' FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {literal} \
             AND PARTITION_NAME IS NOT NULL LIMIT 1"
        );
        if self.rows(&partitioned).await?.is_empty() {
            return Ok(None);
        }
        let shown = self.shown("TABLE", table, 1).await?;
        Ok(spelling::partitioning(&shown))
    }

    /// One column of SHOW CREATE.
    async fn shown(&mut self, kind: &str, name: &str, column: usize) -> Result<String, Error> {
        let sql = format!("SHOW CREATE {kind} {}", self.flavour.quote(name));
        Ok(self.rows(&sql).await?.into_iter().flatten().nth(column).flatten().unwrap_or_default())
    }
}

fn texts(row: &MySqlRow) -> sqlx::Result<Row> {
    use sqlx::Row as _;

    (0..row.len()).map(|at| row.try_get_unchecked(at)).collect()
}

/// The cells of a row, NULL as the empty text.
fn cells<const N: usize>(row: Row) -> [String; N] {
    let mut cells = row.into_iter().map(Option::unwrap_or_default);
    [(); N].map(|()| cells.next().unwrap_or_default())
}

fn said(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
