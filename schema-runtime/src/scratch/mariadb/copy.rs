//! A database again under another name, by the server alone: MariaDB and MySQL have no templates to make one from.
//!
//! Definitions are made from what SHOW CREATE prints, under the settings that they were made under; rows go from table to
//! table within the server. Of a table whose versions the server keeps, the rows that hold now are copied.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::diag::Finding;
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Column as _, Row as _};

use super::quoted;
use crate::Error;

/// What there can be, in the order in which it is made: the word of SHOW CREATE and a name. Triggers come behind the rows,
/// those for one event in their order; a default may call a sequence, a view a function.
const OBJECTS: &str = "
    SELECT 'SEQUENCE', TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'SEQUENCE' ORDER BY 2;
    SELECT 'TABLE', TABLE_NAME FROM information_schema.TABLES
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY 2;
    SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES
        WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE IN ('FUNCTION', 'PROCEDURE') ORDER BY 1, 2;
    SELECT 'VIEW', TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'VIEW' ORDER BY 2;
    SELECT 'TRIGGER', TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()
        ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER;
    SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY 2";

/// The columns that have values of their own.
const COLUMNS: &str = "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND EXTRA NOT LIKE '%STORED GENERATED%' AND EXTRA NOT LIKE '%VIRTUAL GENERATED%'
    ORDER BY TABLE_NAME, ORDINAL_POSITION";

/// No check, no key and no mode of the server's refuses or changes what the other database holds.
const SETTINGS: &str = "SET NAMES utf8mb4; SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0, unique_checks = 0; \
    /*M!100201 SET SESSION check_constraint_checks = 0 */";

/// What SHOW CREATE tells beside the statement, by the names of the session's variables.
const MADE_UNDER: [&str; 4] = ["sql_mode", "time_zone", "character_set_client", "collation_connection"];

/// A definition as the server shows it.
struct Definition {
    /// `TABLE`, `VIEW` and so on.
    kind: String,
    name: String,
    create: String,
    /// Variables and their values.
    made_under: Vec<(&'static str, String)>,
}

/// Fills an empty database with the definitions and rows of another one; `from` and `to` are their names.
///
/// # Errors
/// The connection, or a view that names what is gone: no server makes such a view.
pub(super) async fn copy(connection: &mut MySqlConnection, from: &str, to: &str) -> Result<(), Error> {
    let all = definitions(connection, from).await?;
    let columns = rows(connection, COLUMNS).await?;
    let (views, others): (Vec<Definition>, Vec<Definition>) = all.into_iter().partition(|it| it.kind == "VIEW");
    let (behind, before): (Vec<Definition>, Vec<Definition>) =
        others.into_iter().partition(|it| ["TRIGGER", "EVENT"].contains(&it.kind.as_str()));
    let mut script = format!("USE {};\n", quoted(to));
    before.iter().for_each(|it| script.push_str(&it.statement()));
    for (table, columns) in by_table(columns) {
        if before.iter().any(|it| it.name == table && ["TABLE", "SEQUENCE"].contains(&it.kind.as_str())) {
            let (table, columns) = (quoted(&table), columns.join(", "));
            let source = format!("{}.{table}", quoted(from));
            script.push_str(&format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {source};\n"));
        }
    }
    run(connection, &script).await?;
    make_views(connection, views).await?;
    run(connection, &behind.iter().map(Definition::statement).collect::<String>()).await
}

/// All definitions of a database in pieces of which the order says nothing: the same for the same definitions.
pub(super) async fn shown(connection: &mut MySqlConnection, database: &str) -> Result<BTreeSet<String>, Error> {
    Ok(definitions(connection, database).await?.iter().flat_map(Definition::pieces).collect())
}

async fn definitions(connection: &mut MySqlConnection, database: &str) -> Result<Vec<Definition>, Error> {
    run(connection, &format!("USE {}; {SETTINGS}", quoted(database))).await?;
    let objects: Vec<(String, String)> = rows(connection, OBJECTS).await?;
    let show = |(kind, name): &(String, String)| format!("SHOW CREATE {kind} {};\n", quoted(name));
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let sql = objects.iter().map(show).collect::<String>();
    let shown = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut *connection).await?;
    // A default that calls a sequence is printed with the database's name.
    let own = format!("{}.", quoted(database));
    let definition = |((kind, name), row): ((String, String), &MySqlRow)| {
        let definition = Definition::of(kind, name, row)?;
        let create = if definition.kind == "TABLE" { definition.create.replace(&own, "") } else { definition.create };
        Ok(Definition { create, ..definition })
    };
    objects.into_iter().zip(&shown).map(definition).collect()
}

impl Definition {
    fn of(kind: String, name: String, row: &MySqlRow) -> Result<Self, Error> {
        let (mut create, mut made_under) = (String::new(), Vec::new());
        for (at, column) in row.columns().iter().enumerate() {
            let text: Option<String> = row.try_get_unchecked(at)?;
            let variable = MADE_UNDER.into_iter().find(|variable| *variable == column.name());
            if let Some(variable) = variable {
                made_under.extend(text.map(|value| (variable, value)));
            } else if column.name().starts_with("Create ") || column.name() == "SQL Original Statement" {
                create = text.unwrap_or_default();
            }
        }
        if create.is_empty() {
            return Err(refused(&kind, &name, "this user may not read its definition"));
        }
        // A statement in another character set could not be sent as it is.
        if !create.is_ascii() {
            made_under.retain(|(variable, value)| *variable != "character_set_client" || value.starts_with("utf8"));
        }
        Ok(Self { kind, name, create, made_under })
    }

    /// A table by its lines, since the order of its keys is that in which they were made.
    fn pieces(&self) -> Vec<String> {
        let subject = format!("{} {}", self.kind.to_lowercase(), quoted(&self.name));
        let set = |(variable, value): &(&str, String)| format!("{subject}: under {variable} {value}");
        let texts = match self.kind.as_str() {
            "TABLE" => self.create.lines().map(|line| line.trim().trim_end_matches(',')).collect(),
            _ => vec![self.create.as_str()],
        };
        let texts = texts.into_iter().map(|text| format!("{subject}: {text}"));
        texts.chain(self.made_under.iter().map(set)).collect()
    }

    /// What makes it, whatever the session is set to by then; ends with a semicolon of its own line, since a comment may
    /// be last.
    fn statement(&self) -> String {
        let set = |(variable, value): &(&str, String)| format!("{variable} = '{}'", value.replace('\'', "''"));
        let settings: Vec<String> = self.made_under.iter().map(set).collect();
        match settings.is_empty() {
            true => format!("{}\n;\n", self.create),
            false => format!("SET SESSION {};\n{}\n;\n{SETTINGS};\n", settings.join(", "), self.create),
        }
    }
}

/// Views in any order: one that names another one is made once that is there.
async fn make_views(connection: &mut MySqlConnection, mut views: Vec<Definition>) -> Result<(), Error> {
    while !views.is_empty() {
        let mut left = Vec::new();
        let mut why = String::new();
        let count = views.len();
        for view in views {
            match run(connection, &view.statement()).await {
                Ok(()) => {}
                Err(Error::Database(error)) if error.as_database_error().is_some() => {
                    why = crate::error::cause(&error);
                    run(connection, SETTINGS).await?;
                    left.push(view);
                }
                Err(error) => return Err(error),
            }
        }
        match left.first() {
            Some(view) if left.len() == count => return Err(refused(&view.kind, &view.name, &why)),
            _ => views = left,
        }
    }
    Ok(())
}

fn refused(kind: &str, name: &str, why: &str) -> Error {
    let kind = kind.to_lowercase();
    let finding = Finding::error(None, format!("{kind} `{name}` can't be copied to another scratch database: {why}"))
        .help("where it names what a migration removes, drop it or remake it in the file that does that");
    Error::Refused(vec![finding])
}

fn by_table(columns: Vec<(String, String)>) -> BTreeMap<String, Vec<String>> {
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    columns.into_iter().for_each(|(table, column)| tables.entry(table).or_default().push(quoted(&column)));
    tables
}

async fn rows(connection: &mut MySqlConnection, sql: &str) -> Result<Vec<(String, String)>, Error> {
    let rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(&mut *connection).await?;
    let pair = |row: &MySqlRow| Ok((row.try_get_unchecked(0)?, row.try_get_unchecked(1)?));
    Ok(rows.iter().map(pair).collect::<sqlx::Result<_>>()?)
}

async fn run(connection: &mut MySqlConnection, sql: &str) -> Result<(), Error> {
    if !sql.is_empty() {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut *connection).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
