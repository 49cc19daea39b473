//! SQLite's schema: the definitions that it keeps as text, checked against what its pragmas say.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::dialect::quote;
use schema_core::ir::{Dialect, Object, ObjectId, ObjectKind, ObjectName, Schema, SqlText, Table, Use};
use schema_core::objects;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection, Row};

use super::text::tokens;
use super::{Note, Unreadable, ddl};
use crate::Error;

/// Reads a SQLite database as it is at one moment.
///
/// Constraints that were given no name get the one that [`schema_core::names::derived`] makes. Enums are TEXT with a
/// check in SQLite, and are read as that. A definition that can't be read is an error; [`sqlite_with_notes`] goes on.
pub async fn sqlite(connection: &mut SqliteConnection) -> Result<Schema, Error> {
    let (schema, notes) = sqlite_with_notes(connection).await?;
    match notes.into_iter().next() {
        Some(Note { object, reason }) => Err(Unreadable { object, reason }.into()),
        None => Ok(schema),
    }
}

/// Reads a SQLite database as [`sqlite`] does, with a note on each definition that can't be read.
pub async fn sqlite_with_notes(connection: &mut SqliteConnection) -> Result<(Schema, Vec<Note>), Error> {
    let mut transaction = connection.begin().await?;
    let read = read(&mut transaction).await?;
    transaction.rollback().await?;
    Ok(read)
}

async fn read(connection: &mut SqliteConnection) -> Result<(Schema, Vec<Note>), Error> {
    let mut schema = Schema::empty(Dialect::Sqlite);
    let mut notes = Vec::new();
    schema.tables = tables(connection, &mut notes).await?;
    check_columns(connection, &mut schema.tables, &mut notes).await?;
    indexes(connection, &mut schema.tables, &mut notes).await?;
    resolve_references(&mut schema.tables);
    schema.tables.values_mut().for_each(Table::sort);
    objects(connection, &mut schema).await?;
    Ok((schema, notes))
}

/// The shadow tables that hold a virtual table's data are left out, and what belongs to the runners.
async fn tables(
    connection: &mut SqliteConnection,
    notes: &mut Vec<Note>,
) -> Result<BTreeMap<ObjectName, Table>, Error> {
    let sql = r"
        SELECT s.name, s.sql FROM sqlite_schema s JOIN pragma_table_list l ON l.name = s.name AND l.schema = 'main'
        WHERE s.type = 'table' AND l.type = 'table' AND s.name NOT LIKE 'sqlite\_%' ESCAPE '\'
            AND s.name NOT LIKE '\_kept\_%' ESCAPE '\' AND s.name NOT IN ('_sqlx_migrations', '_schema_migrations')";
    let mut tables = BTreeMap::new();
    for row in sqlx::query(sql).fetch_all(connection).await? {
        if let Some(table) = definition(&row, ddl::table, "table", notes)? {
            tables.insert(table.name.clone(), table);
        }
    }
    Ok(tables)
}

fn definition<T>(
    row: &SqliteRow,
    read: impl Fn(&str) -> Result<T, String>,
    kind: &str,
    notes: &mut Vec<Note>,
) -> Result<Option<T>, Error> {
    let (name, sql): (String, String) = (row.try_get("name")?, row.try_get("sql")?);
    let read = read(&sql).map_err(|reason| notes.push(Note { object: format!("{kind} `{name}`"), reason }));
    Ok(read.ok())
}

/// Views, triggers and virtual tables. What they lean on is what their text names.
async fn objects(connection: &mut SqliteConnection, schema: &mut Schema) -> Result<(), Error> {
    let sql = r"
        SELECT s.type, s.name, s.tbl_name, s.sql FROM sqlite_schema s
            LEFT JOIN pragma_table_list l ON l.name = s.name AND l.schema = 'main'
        WHERE s.sql IS NOT NULL AND s.name NOT LIKE '\_kept\_%' ESCAPE '\'
            AND s.tbl_name NOT LIKE '\_kept\_%' ESCAPE '\' AND (s.type IN ('view', 'trigger') OR l.type = 'virtual')";
    let mut found = Vec::new();
    for row in sqlx::query(sql).fetch_all(connection).await? {
        let (kind, name): (String, String) = (row.try_get("type")?, row.try_get("name")?);
        let (kind, word) = match kind.as_str() {
            "view" => (ObjectKind::View, "VIEW"),
            "trigger" => (ObjectKind::Trigger, "TRIGGER"),
            _ => (ObjectKind::Raw, "TABLE"),
        };
        let drop = format!("DROP {word} {}", quote(&name));
        let mut id = ObjectId::new(kind, ObjectName::bare(name));
        if kind == ObjectKind::Trigger {
            id.on = Some(row.try_get("tbl_name")?);
        }
        found.push((id, row.try_get::<String, _>("sql")?, drop));
    }
    let mut known: BTreeMap<String, Use> = BTreeMap::new();
    for name in schema.tables.keys() {
        known.insert(name.name.to_ascii_lowercase(), Use::Table(name.clone()));
    }
    for (id, ..) in found.iter().filter(|(id, ..)| id.kind != ObjectKind::Trigger) {
        known.insert(id.name.name.to_ascii_lowercase(), Use::Object(id.clone()));
    }
    for (id, sql, drop) in found {
        let named = tokens(&sql, true)
            .iter()
            .filter_map(|token| known.get(&token.identifier().to_ascii_lowercase()))
            .cloned()
            .collect::<BTreeSet<_>>();
        let uses = named.into_iter().filter(|used| *used != Use::Object(id.clone())).collect();
        let object = Object { id: id.clone(), create: vec![canonical(&id, sql)], drop: vec![SqlText(drop)], uses };
        schema.objects.insert(id, object);
    }
    Ok(())
}

/// The statement as the scan of a `.sql` file spells it: SQLite keeps it as it was written.
fn canonical(id: &ObjectId, written: String) -> SqlText {
    let read = objects::parse(Dialect::Sqlite, &written).ok().filter(|object| object.id == *id);
    read.and_then(|object| object.create.into_iter().next()).unwrap_or(SqlText(written))
}

/// SQLite's own reading of the columns must be ours.
async fn check_columns(
    connection: &mut SqliteConnection,
    tables: &mut BTreeMap<ObjectName, Table>,
    notes: &mut Vec<Note>,
) -> Result<(), Error> {
    let sql = r"
        SELECT s.name AS table_name, x.name FROM sqlite_schema s JOIN pragma_table_xinfo(s.name) x
        WHERE s.type = 'table' ORDER BY s.name, x.cid";
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in sqlx::query(sql).fetch_all(connection).await? {
        known.entry(row.try_get("table_name")?).or_default().push(row.try_get("name")?);
    }
    tables.retain(|name, table| {
        let ours = table.columns.iter().map(|column| &column.name);
        let theirs = known.get(&name.name);
        let agreed = theirs.is_some_and(|theirs| theirs.iter().eq(ours));
        if !agreed {
            let reason = format!("SQLite says that its columns are {:?}", theirs.unwrap_or(&Vec::new()));
            notes.push(Note { object: format!("table `{name}`"), reason });
        }
        agreed
    });
    Ok(())
}

async fn indexes(
    connection: &mut SqliteConnection,
    tables: &mut BTreeMap<ObjectName, Table>,
    notes: &mut Vec<Note>,
) -> Result<(), Error> {
    let sql = "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL";
    for row in sqlx::query(sql).fetch_all(connection).await? {
        let table: String = row.try_get("tbl_name")?;
        if let Some(table) = tables.get_mut(&ObjectName::bare(table)) {
            let index = definition(&row, |sql| ddl::index(sql, table), "index", notes)?;
            table.indexes.extend(index);
        }
    }
    Ok(())
}

/// Gives references the spelling of what they refer to, and the primary key's columns where they name none.
fn resolve_references(tables: &mut BTreeMap<ObjectName, Table>) {
    let targets: BTreeMap<String, Table> =
        tables.values().map(|table| (table.name.name.to_ascii_lowercase(), table.clone())).collect();
    for key in tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
        let Some(target) = targets.get(&key.references.name.to_ascii_lowercase()) else { continue };
        key.references = target.name.clone();
        if key.referenced_columns.is_empty() {
            key.referenced_columns = target.primary_key.iter().flat_map(|key| key.columns.clone()).collect();
        }
        for column in &mut key.referenced_columns {
            if let Some(known) = ddl::column_named(target, column) {
                *column = known;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use schema_core::ir::{Deferrable, Identity, IndexTarget, ReferentialAction, SqlType};
    use sqlx::Executor;

    use super::*;

    async fn introspected(sql: &'static str) -> Schema {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        connection.execute(sqlx::raw_sql(sql)).await.unwrap();
        sqlite(&mut connection).await.unwrap()
    }

    fn table<'a>(schema: &'a Schema, name: &str) -> &'a Table {
        &schema.tables[&ObjectName::bare(name)]
    }

    #[tokio::test]
    async fn everything_that_the_ir_can_say_is_read() {
        let schema = introspected(
            r#"
            CREATE TABLE [odd table] ("a""b" INTEGER PRIMARY KEY AUTOINCREMENT, `c` VARCHAR ( 10 , 2 ) NOT NULL DEFAULT 'it''s' COLLATE NOCASE,
                d TEXT CONSTRAINT d_check CHECK (d <> ')' /* ( */) DEFAULT (lower('X')), e REAL DEFAULT -1.5e-3, f DEFAULT x'00ff',
                g INT GENERATED ALWAYS AS (length(d) * 2) STORED, h INT AS (e + 1), CHECK (e < 5), CHECK ((e > -5)),
                CONSTRAINT u UNIQUE (C, d) ON CONFLICT IGNORE
                CONSTRAINT f FOREIGN KEY (d) REFERENCES KID(Name) ON DELETE SET DEFAULT ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED);
            CREATE TABLE Kid (org INT, no INT, Name TEXT UNIQUE, parent INTEGER REFERENCES [ODD TABLE] ON DELETE CASCADE NOT DEFERRABLE,
                PRIMARY KEY (org DESC, no)) WITHOUT ROWID, STRICT;
            CREATE UNIQUE INDEX "i x" ON Kid (NAME COLLATE NOCASE DESC, lower(name), (no + 1)) WHERE no > 1 OR name = ',';
            CREATE VIRTUAL TABLE search USING fts5(body);
            CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY);
            ALTER TABLE Kid RENAME COLUMN no TO "number";
            ALTER TABLE Kid ADD COLUMN extra ANY DEFAULT NULL;
            "#,
        )
        .await;
        let names: Vec<String> = schema.tables.keys().map(ToString::to_string).collect();
        assert_eq!(names, ["Kid", "odd table"]);

        let odd = table(&schema, "odd table");
        let columns: Vec<String> = odd.columns.iter().map(|column| format!("{} {}", column.name, column.ty)).collect();
        assert_eq!(columns, ["a\"b INTEGER", "c VARCHAR(10, 2)", "d TEXT", "e REAL", "f ", "g INT", "h INT"]);
        assert_eq!(odd.columns[0].identity, Some(Identity::ByDefault));
        assert!(!odd.columns[0].nullable && !odd.columns[1].nullable && odd.columns[2].nullable);
        let defaults: Vec<&str> = odd.columns.iter().filter_map(|column| column.default.as_deref()).collect();
        assert_eq!(defaults, ["'it''s'", "lower('X')", "-1.5e-3", "x'00ff'"]);
        assert_eq!(odd.columns[1].collation.as_deref(), Some("NOCASE"));
        let generated: Vec<(&str, bool)> = odd
            .columns
            .iter()
            .filter_map(|column| column.generated.as_ref())
            .map(|g| (g.expression.as_str(), g.stored))
            .collect();
        assert_eq!(generated, [("length(d) * 2", true), ("e + 1", false)]);
        let checks: Vec<(&str, &str)> =
            odd.checks.iter().map(|check| (check.name.as_str(), check.expression.as_str())).collect();
        assert_eq!(checks, [("d_check", "d <> ')'"), ("odd table_2_check", "(e > -5)"), ("odd table_check", "e < 5")]);
        assert_eq!(odd.uniques[0].columns, ["c", "d"]);
        let key = &odd.foreign_keys[0];
        assert_eq!(
            (key.name.as_str(), key.references.name.as_str(), &key.referenced_columns[..]),
            ("f", "Kid", &["Name".to_owned()][..])
        );
        assert_eq!(
            (key.on_delete, key.on_update, key.deferrable),
            (ReferentialAction::SetDefault, ReferentialAction::Cascade, Some(Deferrable::InitiallyDeferred))
        );

        let kid = table(&schema, "Kid");
        assert!(kid.strict && kid.without_rowid && !kid.columns[0].nullable);
        assert_eq!(kid.primary_key.as_ref().unwrap().columns, ["org", "number"]);
        assert_eq!(
            (kid.foreign_keys[0].name.as_str(), &kid.foreign_keys[0].referenced_columns[..]),
            ("Kid_parent_fkey", &["a\"b".to_owned()][..])
        );
        assert_eq!(kid.columns.last().unwrap().ty, SqlType::builtin("ANY"));
        let index = &kid.indexes[0];
        let targets: Vec<&IndexTarget> = index.keys.iter().map(|key| &key.target).collect();
        let expression = |text: &str| IndexTarget::Expression(text.to_owned());
        assert_eq!(
            targets,
            [&IndexTarget::Column("Name".to_owned()), &expression("lower(name)"), &expression("\"number\" + 1")]
        );
        assert_eq!((index.keys[0].collation.as_deref(), index.keys[0].descending), (Some("NOCASE"), true));
        assert_eq!(index.predicate.as_deref(), Some("\"number\" > 1 OR name = ','"));
    }
}
