//! A schema of any size, in PostgreSQL's own spelling.

use std::path::{Path, PathBuf};

use schema_core::diff::{Renames, diff};
use schema_core::ir::{
    Check, Column, Dialect, ForeignKey, Identity, Index, IndexKey, ObjectName, PrimaryKey, ReferentialAction, Schema,
    SqlType, Table, Unique,
};
use schema_core::model::Intents;
use schema_core::plan::plan;

use crate::{Outcome, shown};

/// Of so many tables one is changed.
pub(crate) const CHANGED: usize = 100;

/// Tables of ten columns, each with a key, a unique constraint, two indexes, a check, comments and a parent. Where it is
/// changed, one in a hundred has a column more.
pub(crate) fn schema(tables: usize, changed: bool) -> Schema {
    let mut schema = Schema::empty(Dialect::Postgres);
    for number in 0..tables {
        let table = table(number, changed && number.is_multiple_of(CHANGED));
        schema.tables.insert(table.name.clone(), table);
    }
    schema
}

/// The name of a table.
pub(crate) fn name(number: usize) -> String {
    format!("thing_{number}")
}

fn table(number: usize, changed: bool) -> Table {
    let own = name(number);
    let mut table = Table::new(ObjectName::qualified("public", &own));
    table.comment = Some(format!("What is known of thing {number}"));
    table.columns = columns();
    if changed {
        table.columns.push(nullable("remark", "text"));
    }
    table.primary_key = Some(PrimaryKey::new(format!("{own}_pkey"), of("id")));
    table.uniques.push(Unique::new(format!("{own}_email_key"), of("email")));
    table.checks.push(Check::new(format!("{own}_amount_check"), "amount >= 0"));
    table.indexes.push(Index::new(format!("{own}_parent_id_idx"), vec![IndexKey::column("parent_id")]));
    let newest_first = IndexKey { descending: true, ..IndexKey::column("created_at") };
    let keys = vec![IndexKey::column("status"), newest_first];
    table.indexes.push(Index::new(format!("{own}_status_created_at_idx"), keys));
    let parent = ObjectName::qualified("public", name(number.saturating_sub(1)));
    let key = ForeignKey::new(format!("{own}_parent_id_fkey"), of("parent_id"), parent, of("id"));
    table.foreign_keys.push(ForeignKey { on_delete: ReferentialAction::Cascade, ..key });
    table
}

fn columns() -> Vec<Column> {
    vec![
        Column { identity: Some(Identity::ByDefault), ..required("id", "bigint") },
        nullable("parent_id", "bigint"),
        required("email", "text"),
        Column { comment: Some("as it is shown".to_owned()), ..required("name", "text") },
        Column { default: Some("'new'::text".to_owned()), ..required("status", "text") },
        required("amount", "bigint"),
        nullable("note", "text"),
        nullable("payload", "jsonb"),
        Column { default: Some("now()".to_owned()), ..required("created_at", "timestamp with time zone") },
        nullable("updated_at", "timestamp with time zone"),
    ]
}

fn required(name: &str, ty: &str) -> Column {
    Column { nullable: false, ..Column::new(name, SqlType::builtin(ty)) }
}

fn nullable(name: &str, ty: &str) -> Column {
    Column { nullable: true, ..Column::new(name, SqlType::builtin(ty)) }
}

fn of(column: &str) -> Vec<String> {
    vec![column.to_owned()]
}

/// Writes the migrations that make a schema, and returns the paths of their ups.
pub(crate) fn migrations(schema: &Schema, folder: &Path) -> Outcome<Vec<PathBuf>> {
    let empty = Schema::empty(schema.dialect);
    let changes = diff(&empty, schema, &Renames::default());
    let plan = plan(&empty, schema, &changes, &Intents::default()).map_err(shown)?;
    let pairs = plan.pairs(schema.dialect);
    (1..).zip(pairs).map(|(version, pair)| migration(folder, version, &pair.up, &pair.down)).collect()
}

/// Writes one migration, and returns the path of its up.
pub(crate) fn migration(folder: &Path, version: usize, up: &str, down: &str) -> Outcome<PathBuf> {
    let path = |way: &str| folder.join(format!("{version:05}_step.{way}.sql"));
    std::fs::create_dir_all(folder)?;
    std::fs::write(path("down"), down)?;
    std::fs::write(path("up"), up)?;
    Ok(path("up"))
}
