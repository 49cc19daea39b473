//! The catalog at one moment of a transaction.

use std::collections::BTreeMap;

use schema_core::locks::LockMode;

use super::{qualified, reading};
use crate::Error;
use crate::sides::{TextRow, Work, WorkError};

/// Relations that users make. TOAST tables follow their tables.
const RELATIONS: &str = "\
    SELECT c.oid::text, \
        CASE WHEN n.nspname ~ '^pg_temp_' THEN format('pg_temp.%I', c.relname) ELSE format('%I.%I', n.nspname, c.relname) END, \
        c.relname::text, n.nspname::text, c.relkind::text, i.indrelid::text, pg_relation_filenode(c.oid)::text \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid \
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast' \
    ORDER BY c.oid";

const OWN_LOCKS: &str = "\
    SELECT relation::text, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// How often the transaction has begun to read a table through.
const SCANS: &str = "SELECT relid::text, seq_scan::text FROM pg_stat_xact_user_tables";

/// A relation's number in the catalog.
pub(super) type Oid = u32;

/// One relation.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    /// With its schema, quoted where SQL needs it.
    pub(super) name: String,
    /// Alone, as messages name it.
    pub(super) bare: String,
    /// Fully quoted.
    quoted: String,
    kind: String,
    /// The table of an index.
    pub(super) table: Option<Oid>,
    /// The file that stores it.
    pub(super) file: Option<u32>,
}

#[cfg(test)]
impl Relation {
    pub(super) fn of(name: &str, bare: &str, table: Option<Oid>, file: u32) -> Self {
        let (name, bare) = (name.to_owned(), bare.to_owned());
        Self { quoted: name.clone(), kind: "r".to_owned(), name, bare, table, file: Some(file) }
    }
}

/// All relations.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalog {
    pub(super) relations: BTreeMap<Oid, Relation>,
}

/// The strongest lock on each relation.
pub(super) type Held = BTreeMap<Oid, LockMode>;

/// What a transaction sees and holds.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) catalog: Catalog,
    pub(super) held: Held,
}

/// A foreign key by its name, with the table that has it.
#[derive(Clone, Debug)]
pub(super) struct ForeignKey {
    pub(super) name: String,
    pub(super) table: Oid,
}

/// The major version of the server.
pub(super) async fn major(work: &mut Work) -> Result<u32, Error> {
    let rows = work.rows("SELECT current_setting('server_version_num')").await?;
    let number: Option<u32> = number(rows.first().and_then(|row| row.first()));
    Ok(number.ok_or_else(|| WorkError::of("the server doesn't tell its version"))? / 10_000)
}

impl Catalog {
    pub(super) async fn read(work: &mut Work) -> Result<Self, WorkError> {
        let relations = work.rows(RELATIONS).await?.iter().filter_map(relation).collect();
        Ok(Self { relations })
    }

    /// Tables that LOCK TABLE takes, fully quoted.
    pub(super) fn tables(&self) -> impl Iterator<Item = &str> {
        let tables = self.relations.values().filter(|relation| ["r", "p"].contains(&relation.kind.as_str()));
        tables.map(|relation| relation.quoted.as_str())
    }

    pub(super) fn name(&self, oid: Oid) -> Option<&str> {
        self.relations.get(&oid).map(|relation| relation.name.as_str())
    }
}

impl Moment {
    pub(super) async fn now(work: &mut Work) -> Result<Self, WorkError> {
        Ok(Self { catalog: Catalog::read(work).await?, held: strongest(&work.rows(OWN_LOCKS).await?) })
    }
}

/// The strongest of the modes in each row's second column, by the relation in its first.
pub(super) fn strongest(rows: &[TextRow]) -> Held {
    let mut held = Held::new();
    for row in rows {
        let mode = row.get(1).and_then(Option::as_deref).and_then(LockMode::of_catalog);
        if let (Some(oid), Some(mode)) = (number(row.first()), mode) {
            let strongest = held.entry(oid).or_insert(mode);
            *strongest = mode.max(*strongest);
        }
    }
    held
}

fn relation(row: &TextRow) -> Option<(Oid, Relation)> {
    let text = |at: usize| row.get(at).and_then(Clone::clone);
    let (bare, schema) = (text(2)?, text(3)?);
    let relation = Relation {
        name: text(1)?,
        quoted: qualified(&schema, &bare),
        bare,
        kind: text(4)?,
        table: number(row.get(5)),
        file: number(row.get(6)),
    };
    Some((number(row.first())?, relation))
}

fn number(text: Option<&Option<String>>) -> Option<u32> {
    text?.as_deref()?.parse().ok()
}

/// The foreign keys that messages say were checked, of whatever table.
pub(super) async fn foreign_keys(work: &mut Work, messages: &[String]) -> Result<Vec<ForeignKey>, WorkError> {
    let names = reading::checked_foreign_keys(messages);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows =
        work.rows("SELECT conname::text, conrelid::text FROM pg_constraint WHERE contype = 'f' ORDER BY 1, 2").await?;
    let keys =
        rows.iter().filter_map(|row| Some(ForeignKey { name: row.first()?.clone()?, table: number(row.get(1))? }));
    Ok(keys.filter(|key| names.contains(&key.name.as_str())).collect())
}

/// Counters of scans, where no message tells of them: PostgreSQL says nothing when it checks a domain's values.
pub(super) struct Scans(Option<BTreeMap<Oid, u32>>);

impl Scans {
    pub(super) async fn before(work: &mut Work, sql: &str) -> Result<Self, WorkError> {
        Ok(Self(if reading::is_about_a_domain(sql) { Some(Self::count(work).await?) } else { None }))
    }

    /// The tables that were read since.
    pub(super) async fn since(self, work: &mut Work) -> Result<Vec<Oid>, WorkError> {
        let Some(before) = self.0 else { return Ok(Vec::new()) };
        let now = Self::count(work).await?;
        Ok(now
            .into_iter()
            .filter(|(oid, count)| before.get(oid).is_none_or(|old| old < count))
            .map(|(oid, _)| oid)
            .collect())
    }

    async fn count(work: &mut Work) -> Result<BTreeMap<Oid, u32>, WorkError> {
        let rows = work.rows(SCANS).await?;
        let counted = rows.iter().filter_map(|row| Some((number(row.first())?, number(row.get(1))?)));
        Ok(counted.filter(|(_, count)| *count > 0).collect())
    }
}
