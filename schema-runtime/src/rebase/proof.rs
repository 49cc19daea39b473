//! Both lines, one after the other and the other way round, on scratch databases with rows.

use schema_core::build::Rebase;
use schema_core::migration::Migration;
use serde::Serialize;

use crate::Error;
use crate::drift::settled;
use crate::migrate::named;
use crate::seed::{Amount, Guide, Seeded, seed};
use crate::sides::{Bench, Held, Side, Work};
use crate::verify::moves::correspondence;
use crate::verify::ran;
use crate::verify::rows::{After, Rows};
use crate::verify::text::Text;

/// What came of running two lines in both orders.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Commutation {
    /// What is wrong with the second line behind the first.
    pub faults: Vec<String>,
    /// What comes out otherwise when the second line goes first.
    pub order: Vec<String>,
    /// The rows that both were run on.
    pub rows: Seeded,
    /// How many rows were compared at the end.
    pub compared: usize,
    /// What else there is to know.
    pub notes: Vec<String>,
}

impl Commutation {
    /// True when the order makes no difference.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.faults.is_empty() && self.order.is_empty()
    }
}

/// Runs both lines in both orders. `rows` is how many each table gets, `seed` which.
///
/// # Errors
/// No scratch database can be had, it ends while it is used, or the migrations that both lines come from fail.
pub async fn prove(bench: &Bench, rebase: &Rebase, rows: usize, seed: u32) -> Result<Commutation, Error> {
    let base = bench.fresh().await?;
    let mut course = Course { bench, rebase, base: Some(base), found: Commutation::default() };
    course.run(Amount { rows, seed }).await?;
    if let Some(base) = course.base.take() {
        bench.remove(base).await?;
    }
    Ok(course.found)
}

struct Course<'a> {
    bench: &'a Bench,
    rebase: &'a Rebase,
    /// What both lines come from.
    base: Option<Work>,
    found: Commutation,
}

/// Which line goes first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    FirstSecond,
    SecondFirst,
}

impl Course<'_> {
    async fn run(&mut self, amount: Amount) -> Result<(), Error> {
        let base = self.base.as_mut().ok_or_else(lost)?;
        base.migrations(&self.rebase.common).await?;
        let before = base.read().await?;
        let Some(after) = self.catalogs().await? else { return Ok(()) };
        self.rows(&before, &after, amount).await
    }

    /// Without rows: the catalogs must be the same. Returns that of the first order, unless something failed.
    async fn catalogs(&mut self) -> Result<Option<Held>, Error> {
        let mut work = self.copy().await?;
        let failed = self.line(&mut work, Order::FirstSecond).await?;
        let after = work.read().await?;
        self.bench.remove(work).await?;
        if let Some(failed) = failed {
            self.found.faults.push(failed);
            return Ok(None);
        }
        let merged = Side::Schema(Box::new(self.rebase.schema.clone()), "the merged base".to_owned());
        let expected = merged.read(self.bench).await?;
        let (differences, _) = settled(&expected.schema, &after.schema, self.bench).await;
        self.found
            .faults
            .extend(differences.iter().map(|it| format!("both lines make other than the merged base says: {it}")));
        let mut work = self.copy().await?;
        let failed = self.line(&mut work, Order::SecondFirst).await?;
        let other = work.read().await?;
        self.bench.remove(work).await?;
        match failed {
            Some(failed) => self.found.order.push(failed),
            None => {
                let (differences, _) = settled(&after.schema, &other.schema, self.bench).await;
                let [_, second] = self.rebase.names();
                self.found.order.extend(differences.iter().map(|it| format!("with {second} first: {it}")));
            }
        }
        Ok(self.found.holds().then_some(after))
    }

    /// With rows that the common schema holds: they must end up the same.
    async fn rows(&mut self, before: &Held, after: &Held, amount: Amount) -> Result<(), Error> {
        let Some(seeded) = self.seeded(before, after, amount).await? else { return Ok(()) };
        let (seeded, mut once) = self.bench.copied(seeded).await?;
        let (seeded, mut again) = self.bench.copied(seeded).await?;
        let (seeded, mut other) = self.bench.copied(seeded).await?;
        self.bench.remove(seeded).await?;
        for work in [&mut once, &mut again] {
            if let Some(failed) = self.line(work, Order::FirstSecond).await? {
                self.found.faults.push(format!("on rows: {failed}"));
            }
        }
        if let Some(failed) = self.line(&mut other, Order::SecondFirst).await? {
            self.found.order.push(format!("on rows: {failed}"));
        }
        if self.found.holds() {
            let schema = &after.schema;
            let rows = Rows::read(&mut once, schema, schema, &correspondence(schema, schema, &[])).await?;
            self.found.compared = rows.count();
            let nothing_said = Text::of(self.bench.dialect(), "");
            // What is not the same in the same order, such as a random value, tells nothing about the order.
            let by_itself = rows.compare(&mut again, After::Up(&nothing_said)).await?;
            let changed = rows.compare(&mut other, After::Up(&nothing_said)).await?;
            let [_, second] = self.rebase.names();
            for it in changed {
                match by_itself.iter().any(|same| same.what == it.what) {
                    true => self
                        .found
                        .notes
                        .push(format!("{}: not compared, since no two runs give it the same values", it.what)),
                    false => self.found.order.push(format!("with {second} first: {}: {}", it.what, it.how)),
                }
            }
        }
        for work in [once, again, other] {
            self.bench.remove(work).await?;
        }
        Ok(())
    }

    /// The base with rows that both lines take: any, else those that the schema after both holds too.
    async fn seeded(&mut self, before: &Held, after: &Held, amount: Amount) -> Result<Option<Work>, Error> {
        let (former, new) = (before.schema.expanded(), after.schema.expanded());
        let texts = self.migrations(Order::FirstSecond).map(|it| Text::of(self.bench.dialect(), &it.up));
        let moves: Vec<_> = texts.flat_map(|text| text.moves).collect();
        let correspondence = correspondence(&former, &new, &moves);
        let mut refused = String::new();
        for common in [false, true] {
            let mut work = self.copy().await?;
            let rows = if common {
                let mut guide = self.copy().await?;
                self.line(&mut guide, Order::FirstSecond).await?;
                let by = Guide { work: &mut guide, schema: &new, correspondence: &correspondence };
                let rows = seed(&mut work, &former, Some(by), amount).await?.0;
                self.bench.remove(guide).await?;
                rows
            } else {
                seed(&mut work, &former, None, amount).await?.0
            };
            let (work, mut tried) = self.bench.copied(work).await?;
            let failed = self.line(&mut tried, Order::FirstSecond).await?;
            self.bench.remove(tried).await?;
            match failed {
                None => {
                    self.found.rows = rows;
                    return Ok(Some(work));
                }
                Some(failed) => refused = failed,
            }
            self.bench.remove(work).await?;
        }
        self.found.notes.push(format!("not tried on rows, since none were found that the migrations take: {refused}"));
        Ok(None)
    }

    async fn copy(&mut self) -> Result<Work, Error> {
        let base = self.base.take().ok_or_else(lost)?;
        let (base, copy) = self.bench.copied(base).await?;
        self.base = Some(base);
        Ok(copy)
    }

    /// Both lines in turn. What fails, in words.
    async fn line(&self, work: &mut Work, order: Order) -> Result<Option<String>, Error> {
        let names = self.rebase.names();
        let [before, behind] = if order == Order::FirstSecond { names } else { [names[1], names[0]] };
        for migration in self.migrations(order) {
            if let Err(error) = ran(work.file(&migration.up).await)? {
                let is_first =
                    self.rebase.first.iter().any(|own| own.version == migration.version && own.up == migration.up);
                let owner = names[usize::from(!is_first)];
                let after = if owner == behind { format!(" after the migrations of {before}") } else { String::new() };
                let name = named(self.former(migration, is_first), &migration.description);
                return Ok(Some(format!("{name} of {owner} fails{after}: {error}")));
            }
        }
        Ok(None)
    }

    /// The number that its author knows it by.
    fn former(&self, migration: &Migration, is_first: bool) -> i64 {
        let moved = self.rebase.second.iter().find(|moved| !is_first && moved.migration.version == migration.version);
        moved.map_or(migration.version, |moved| moved.from)
    }

    fn migrations(&self, order: Order) -> impl Iterator<Item = &Migration> {
        let first: Vec<&Migration> = self.rebase.first.iter().collect();
        let second: Vec<&Migration> = self.rebase.second.iter().map(|moved| &moved.migration).collect();
        let [one, other] = if order == Order::FirstSecond { [first, second] } else { [second, first] };
        one.into_iter().chain(other)
    }
}

fn lost() -> Error {
    Error::Url("the scratch database is gone".to_owned())
}
