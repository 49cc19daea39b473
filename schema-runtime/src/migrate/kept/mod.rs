//! What drops kept: what there is, since when, how large it is; and its removal.
//!
//! What one draft kept has the same version in its names, and is removed together, in one transaction.

#[cfg(feature = "mysql")]
pub(crate) mod mysql;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use schema_core::diag::Finding;
use schema_core::ir::{Dialect, ObjectName};
use schema_core::kept;
use serde::Serialize;

use super::backend::{Backend, HISTORY};
use super::check::named;
use super::event::{Event, Step};
use super::run::{Run, no_down};
use super::script::{Token, statements};
use super::{Migrator, Source, with_run};
use crate::connect::Connection;
use crate::error::{Error, cause};

/// Something that a drop kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// What it was: `values of users.legacy`, `table session`.
    pub what: String,
    /// Where it is: `users._kept_0_legacy`.
    pub place: String,
    /// The migration that put it aside; none where no file of the source names it.
    pub version: Option<i64>,
    /// When that was applied, as the database prints it.
    pub since: Option<String>,
    /// How long ago that is, in seconds.
    pub age: Option<u64>,
    /// How many rows or values there are.
    pub rows: Option<i64>,
    /// How many bytes they take.
    pub bytes: Option<i64>,
    #[serde(skip)]
    aside: Aside,
}

impl Kept {
    /// False for the empty schema that remains when what was moved to it is gone: it goes with that.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        self.aside.kind != Kind::Schema
    }
}

/// Where the catalog has something that is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Aside {
    pub(crate) kind: Kind,
    /// The schema that it is in, on PostgreSQL.
    pub(crate) schema: String,
    /// The table, type or sequence; the table of a column.
    pub(crate) relation: String,
    /// The column.
    pub(crate) part: String,
}

/// In the order in which they are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Values of a column.
    Values,
    Table,
    Sequence,
    Type,
    /// The schema that tables and types were moved to.
    Schema,
}

impl Aside {
    fn read(row: Vec<Option<String>>) -> Option<Self> {
        let mut cells = row.into_iter().map(Option::unwrap_or_default);
        let kind = match cells.next()?.as_str() {
            "values" => Kind::Values,
            "table" => Kind::Table,
            "sequence" => Kind::Sequence,
            "type" => Kind::Type,
            _ => Kind::Schema,
        };
        Some(Self { kind, schema: cells.next()?, relation: cells.next()?, part: cells.next()? })
    }

    /// The name that says that it is kept.
    fn name(&self) -> &str {
        [&self.part, &self.relation, &self.schema]
            .into_iter()
            .find(|name| kept::is_kept(name))
            .map_or("", String::as_str)
    }

    fn head(&self) -> Option<i64> {
        kept::parts(self.name()).map(|(head, _)| head)
    }

    fn object(&self) -> ObjectName {
        let schema = Some(self.schema.clone()).filter(|schema| !schema.is_empty());
        ObjectName { schema, name: self.relation.clone() }
    }

    fn place(&self) -> String {
        match (self.relation.is_empty(), self.part.is_empty()) {
            (true, _) => self.schema.clone(),
            (false, true) => self.object().to_string(),
            (false, false) => format!("{}.{}", self.object(), self.part),
        }
    }

    /// What it was before it was put aside.
    fn what(&self) -> String {
        let former = |name: &str| kept::parts(name).map_or_else(|| name.to_owned(), |(_, rest)| rest.to_owned());
        let mut object = self.object();
        object.name = former(&object.name);
        object.schema = object.schema.map(|schema| former(&schema));
        match self.kind {
            // On SQLite they are in a table that is named by both.
            Kind::Values if self.part.is_empty() => format!("values of {}", object.name.replacen('$', ".", 1)),
            Kind::Values => format!("values of {object}.{}", former(&self.part)),
            Kind::Table => format!("table {object}"),
            Kind::Sequence => format!("sequence {object}"),
            Kind::Type => format!("type {object}"),
            Kind::Schema => format!("schema {}", former(&self.schema)),
        }
    }
}

/// Which of what is kept is to go: what one draft kept goes together, once it is old enough. Without an age everything
/// goes whose age is known; with `all` the rest as well.
#[must_use]
pub fn chosen(kept: &[Kept], older_than: Option<Duration>, all: bool) -> Vec<Kept> {
    let is_old = |age: Option<u64>| match (age, older_than) {
        (Some(age), Some(limit)) => age >= limit.as_secs(),
        (Some(_), None) => true,
        (None, _) => all,
    };
    kept.iter().filter(|kept| is_old(kept.age)).cloned().collect()
}

impl Migrator {
    /// What drops kept in the database. Counting rows reads them. Writes nothing.
    ///
    /// # Errors
    /// A database of another kind, or one that can't be read.
    pub async fn kept(&self, connection: &mut Connection) -> Result<Vec<Kept>, Error> {
        self.check_connection(connection)?;
        with_run!(connection, &mut |_| {}, run => {
            run.backend.open(run.settings).await?;
            let mut all = found(&mut run, &self.source).await?;
            for kept in &mut all {
                measure(&mut run, kept).await;
            }
            Ok(all)
        })
    }

    /// Removes what [`kept`](Self::kept) listed, as far as it is still there, under the lock of migration runs; what one
    /// draft kept in one transaction. Returns what was removed. The downs that would bring it back can't any more.
    ///
    /// # Errors
    /// [`Error::Locked`], or [`Error::Purge`] for the first that can't be removed; what was removed before stays so.
    pub async fn purge(
        &self,
        connection: &mut Connection,
        kept: &[Kept],
        listener: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Vec<Kept>, Error> {
        self.check_connection(connection)?;
        connection.running = true;
        let result = with_run!(&mut *connection, listener, run => {
            run.backend.open(run.settings).await?;
            run.lock().await?;
            let result = remove(&mut run, &self.source, kept).await;
            let unlocked = run.backend.unlock().await;
            result.and_then(|removed| unlocked.map(|()| removed).map_err(Error::from))
        });
        // One that broke is in the middle of something for good.
        connection.running = matches!(result, Err(Error::Broken { .. }));
        result
    }
}

/// All that is kept, without its size.
async fn found<B: Backend>(run: &mut Run<'_, B>, source: &Source) -> Result<Vec<Kept>, Error> {
    let rows = run.backend.rows(B::KEPT).await?;
    let mut all: Vec<Aside> = rows.into_iter().filter_map(Aside::read).collect();
    all.sort();
    let mut ages: BTreeMap<i64, (String, u64)> = BTreeMap::new();
    if run.backend.exists(HISTORY).await? {
        for row in run.backend.rows(&B::AGES.replace("{}", &run.backend.table(HISTORY))).await? {
            let [Some(version), Some(since), Some(age)] = row.as_slice() else { continue };
            if let Ok(version) = version.parse() {
                ages.insert(version, (since.clone(), age.parse().unwrap_or_default()));
            }
        }
    }
    let dialect = run.backend.dialect();
    let of = |aside: Aside| {
        let version = aside.head().and_then(|head| put_aside_by(dialect, source, head, &ages));
        let applied = version.and_then(|version| ages.get(&version));
        Kept {
            what: aside.what(),
            place: aside.place(),
            version,
            since: applied.map(|(since, _)| since.clone()),
            age: applied.map(|(_, age)| *age),
            rows: None,
            bytes: None,
            aside,
        }
    };
    Ok(all.into_iter().map(of).collect())
}

/// The newest applied migration whose file names what was kept from that version.
fn put_aside_by(dialect: Dialect, source: &Source, head: i64, applied: &BTreeMap<i64, (String, u64)>) -> Option<i64> {
    let quoted = dialect.quote(&format!("{}{head}_", kept::PREFIX));
    let opening = quoted.strip_suffix(['"', '`']).unwrap_or(&quoted);
    let names = |version: &&i64| source.find(**version).is_some_and(|file| file.up.contains(opening));
    applied.keys().rev().find(names).copied()
}

/// What can't be counted is not known.
async fn measure<B: Backend>(run: &mut Run<'_, B>, kept: &mut Kept) {
    let Some([rows, bytes]) = B::kept_size(&kept.aside) else { return };
    kept.rows = number(run, &rows).await;
    kept.bytes = number(run, &bytes).await;
}

async fn number<B: Backend>(run: &mut Run<'_, B>, sql: &str) -> Option<i64> {
    let rows = run.backend.rows(sql).await.ok()?;
    rows.into_iter().flatten().next()??.parse().ok()
}

async fn remove<B: Backend>(run: &mut Run<'_, B>, source: &Source, wanted: &[Kept]) -> Result<Vec<Kept>, Error> {
    let there = found(run, source).await?;
    let mut groups: BTreeMap<Option<i64>, Vec<&Kept>> = BTreeMap::new();
    for kept in wanted.iter().filter(|kept| there.iter().any(|there| there.aside == kept.aside)) {
        groups.entry(kept.aside.head()).or_default().push(kept);
    }
    let mut removed = Vec::new();
    for group in groups.into_values() {
        let asides: Vec<&Aside> = group.iter().map(|kept| &kept.aside).collect();
        let version = group.iter().find_map(|kept| kept.version).unwrap_or_default();
        if let Err(error) = run.insist(version, &B::kept_removed(&asides)).await {
            let name = group.first().map(|kept| kept.place.clone()).unwrap_or_default();
            return Err(Error::Purge { name, cause: cause(&error) });
        }
        removed.extend(group.into_iter().cloned());
    }
    Ok(removed)
}

/// The downs that would bring back what is there no longer.
pub(super) fn purged(steps: &[Step], kept: &BTreeSet<String>, dialect: Dialect) -> Vec<Finding> {
    steps
        .iter()
        .filter_map(|step| {
            let missing = needed(step, dialect).into_iter().find(|name| !kept.contains(name))?;
            let reason = format!("`{missing}`, which it would bring back, has been purged");
            let help =
                format!("go forward with a new migration, or stop before {}", named(step.version, &step.description));
            Some(no_down(step.version, &step.description, &reason).help(help))
        })
        .collect()
}

/// The names of what is kept that a down speaks of, and does not make itself for a while.
fn needed(step: &Step, dialect: Dialect) -> BTreeSet<String> {
    let (mut named, mut made) = (BTreeSet::new(), BTreeSet::new());
    for statement in statements(dialect, &step.sql) {
        let is_table = statement.begins(&["create", "table"]);
        let names = statement
            .tokens
            .into_iter()
            .filter_map(|token| if let Token::Name(name) = token { Some(name) } else { None });
        // Columns of a table of kept values have such a name too, without a version.
        let names: Vec<String> = names.filter(|name| kept::parts(name).is_some()).collect();
        made.extend(names.first().filter(|_| is_table).cloned());
        named.extend(names);
    }
    named.difference(&made).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(age: Option<u64>) -> Kept {
        let aside = Aside {
            kind: Kind::Values,
            schema: "public".into(),
            relation: "users".into(),
            part: "_kept_7_legacy".into(),
        };
        let (what, place) = (aside.what(), aside.place());
        Kept { what, place, version: None, since: None, age, rows: None, bytes: None, aside }
    }

    #[test]
    fn what_is_kept_says_what_it_was() {
        let values = kept(None);
        assert_eq!((values.what.as_str(), values.place.as_str()), ("values of users.legacy", "users._kept_7_legacy"));
        let table =
            Aside { kind: Kind::Table, schema: "_kept_0_app".into(), relation: "t".into(), part: String::new() };
        assert_eq!(
            (table.what(), table.place(), table.head()),
            ("table app.t".into(), "_kept_0_app.t".into(), Some(0))
        );
    }

    #[test]
    fn what_has_no_known_age_goes_only_when_it_is_asked_for() {
        let all = [kept(Some(100)), kept(Some(86_400 * 31)), kept(None)];
        let count = |older_than, everything| chosen(&all, older_than, everything).len();
        let month = Some(Duration::from_secs(86_400 * 30));
        assert_eq!([count(None, false), count(None, true), count(month, false), count(month, true)], [2, 3, 1, 2]);
    }

    #[test]
    fn a_down_needs_what_its_statements_name() {
        let sql = r#"DO $check$ SELECT '"_kept_0_a"' $check$; ALTER TABLE "t" RENAME COLUMN "_kept_0_b" TO "b";"#;
        let steps = [Step { version: 1, description: "x".into(), sql: sql.into(), in_transaction: true }];
        assert_eq!(needed(&steps[0], Dialect::Postgres), BTreeSet::from(["_kept_0_b".to_owned()]));
        let missing = purged(&steps, &BTreeSet::new(), Dialect::Postgres);
        assert_eq!(missing.len(), 1);
        assert!(missing[0].message.contains("`_kept_0_b`, which it would bring back, has been purged"), "{missing:?}");
        assert!(purged(&steps, &BTreeSet::from(["_kept_0_b".to_owned()]), Dialect::Postgres).is_empty());
        let sql = r#"UPDATE "t" SET "a" = (SELECT "_kept_value" FROM "_kept_0_t$a" WHERE "_kept_row" = "t".rowid)"#;
        let step = Step { version: 1, description: "x".into(), sql: sql.into(), in_transaction: true };
        assert_eq!(needed(&step, Dialect::Sqlite), BTreeSet::from(["_kept_0_t$a".to_owned()]));
    }
}
