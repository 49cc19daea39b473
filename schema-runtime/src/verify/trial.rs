//! One migration, or the files of one exchange, on rows: up, down and up again.

use schema_core::migration::Migration;

use super::changes::Change;
use super::crash::Crasher;
use super::moves::correspondence;
use super::rows::{After, Rows};
use super::text::Text;
use super::{Mark, Verified, validity};
use crate::Error;
use crate::drift::settled;
use crate::seed::{Amount, Correspondence, Guide, Seeded, seed};
use crate::sides::{Bench, Held, Work, WorkError};

/// Which rows a migration is tried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// Whatever the former schema holds.
    Any,
    /// What both schemas hold.
    Common,
    /// None but those of the migrations.
    None,
}

pub(super) struct Trial<'a> {
    bench: &'a Bench,
    change: Change<'a>,
    before: &'a Held,
    after: &'a Held,
    amount: Amount,
    correspondence: Correspondence,
    up: Text,
    /// None for one that has no way back.
    down: Option<Text>,
    /// The rows that it was tried on last.
    choice: Choice,
    pub(super) verified: Verified,
}

/// How rows ended a try.
struct Refused {
    /// Which file failed on them.
    when: &'static str,
    error: WorkError,
    /// The file says that it may.
    is_stated: bool,
}

impl Refused {
    /// True when that says more about the rows than about the file.
    fn may_be(&self, choice: Choice) -> bool {
        match choice {
            Choice::Any => self.when == "up" || self.is_stated,
            Choice::Common => self.is_stated,
            Choice::None => false,
        }
    }
}

impl<'a> Trial<'a> {
    pub(super) fn new(
        bench: &'a Bench,
        change: Change<'a>,
        [before, after]: [&'a Held; 2],
        amount: Amount,
        mut verified: Verified,
    ) -> Self {
        let dialect = bench.dialect();
        let up = change.up(dialect);
        let correspondence = correspondence(&before.schema.expanded(), &after.schema.expanded(), &up.moves);
        verified.irreversible = change.irreversible(dialect);
        let down = verified.irreversible.is_none().then(|| change.down(dialect));
        Self { bench, change, before, after, amount, correspondence, up, down, choice: Choice::Any, verified }
    }

    /// Runs it on copies of the database before it; `reached` is the one after it. Both are given back.
    pub(super) async fn run(&mut self, mut former: Work, mut reached: Work) -> Result<(Work, Work), Error> {
        let fresh = self.verified.clone();
        let mut first: Option<(Refused, Seeded)> = None;
        let mut notes = Vec::new();
        for choice in [Choice::Any, Choice::Common, Choice::None] {
            self.verified = fresh.clone();
            let (kept, mut work) = self.bench.copied(former).await?;
            former = kept;
            self.choice = choice;
            reached = self.seed(&mut work, reached).await?;
            let refused = self.attempt(&mut work).await?;
            self.bench.remove(work).await?;
            match refused {
                None => break,
                Some(refused) if refused.may_be(choice) => {
                    let said = if refused.is_stated { ", as the file says" } else { "" };
                    notes.push(format!(
                        "{}: refuses some rows of the schema before it{said}: {}",
                        refused.when, refused.error
                    ));
                    first.get_or_insert((refused, self.verified.rows.clone()));
                }
                Some(refused) => {
                    self.fail(&refused);
                    break;
                }
            }
        }
        if let Some((refused, rows)) = first {
            self.look_for_emptied(&refused, &rows);
        }
        self.verified.notes.extend(notes);
        Ok((former, reached))
    }

    /// Kills the runner at every point of the way there and back, with the same rows.
    pub(super) async fn crash(
        &mut self,
        migrations: &[Migration],
        former: Work,
        reached: Work,
    ) -> Result<(Work, Work), Error> {
        let (former, mut work) = self.bench.copied(former).await?;
        let reached = self.seed(&mut work, reached).await?;
        let mut crasher = Crasher::new(self.bench, migrations, self.change.files.len());
        let before = (self.verified.down == Mark::Holds).then_some(self.before);
        crasher.run(work, self.after, before).await?;
        self.verified.crashes = Some(crasher.crashes);
        self.verified.faults.extend(crasher.faults);
        Ok((former, reached))
    }

    async fn seed(&mut self, work: &mut Work, reached: Work) -> Result<Work, Error> {
        let (former, new) = (self.before.schema.expanded(), self.after.schema.expanded());
        let (reached, seeded) = match self.choice {
            Choice::Any => (reached, seed(work, &former, None, self.amount).await?.0),
            Choice::Common => {
                let (reached, mut guide) = self.bench.copied(reached).await?;
                let by = Guide { work: &mut guide, schema: &new, correspondence: &self.correspondence };
                let seeded = seed(work, &former, Some(by), self.amount).await?.0;
                self.bench.remove(guide).await?;
                (reached, seeded)
            }
            Choice::None => (reached, Seeded::default()),
        };
        self.verified.rows = seeded;
        Ok(reached)
    }

    /// There and back and there again, up to where rows end it.
    async fn attempt(&mut self, work: &mut Work) -> Result<Option<Refused>, Error> {
        let (before, after) = (&self.before.schema, &self.after.schema);
        let kept = Rows::read(work, before, after, &self.correspondence).await?;
        let whole = Rows::read(work, before, before, &correspondence(before, before, &[])).await?;
        self.verified.compared = whole.count();
        if let Err(error) = self.change.run_up(work).await? {
            return Ok(Some(Refused { when: "up", error, is_stated: self.up.refuses_rows() }));
        }
        self.verified.up = Mark::Holds;
        let reached = self.catalog("up", work, self.after).await?;
        self.verified.reached = if self.verified.reached == Mark::Fails { Mark::Fails } else { reached };
        self.verified.rows_kept = self.rows("up", &kept, work).await?;
        let Some(down) = &self.down else { return Ok(None) };
        if let Err(error) = self.change.run_down(work).await? {
            return Ok(Some(Refused { when: "down", error, is_stated: down.refuses_rows() }));
        }
        self.verified.down = Mark::Holds;
        self.verified.restored = self.catalog("down", work, self.before).await?;
        self.verified.rows_restored = self.rows("down", &whole, work).await?;
        self.verified.up_again = match self.change.run_up(work).await? {
            Ok(()) => self.catalog("second up", work, self.after).await?,
            Err(error) => {
                self.verified.faults.push(format!("second up: it fails: {error}"));
                Mark::Fails
            }
        };
        Ok(None)
    }

    /// Compares the catalog with what it must be.
    async fn catalog(&mut self, when: &str, work: &mut Work, expected: &Held) -> Result<Mark, Error> {
        let found = work.read().await?;
        let (mut differences, orders) = settled(&expected.schema, &found.schema, self.bench).await;
        let before = self.verified.faults.len();
        if when == "down" {
            let notes = validity::take_out(&mut differences, self.change.files);
            self.verified.notes.extend(notes.into_iter().map(|note| format!("down: {note}")));
        }
        self.verified.note_orders(when, &orders);
        self.verified.faults.extend(differences.iter().map(|difference| format!("{when}: {difference}")));
        let missing =
            expected.kept.difference(&found.kept).map(|name| format!("{when}: {name}, which is kept, is missing"));
        let left = found.kept.difference(&expected.kept).map(|name| format!("{when}: {name} is left behind"));
        self.verified.faults.extend(missing.chain(left));
        Ok(if self.verified.faults.len() == before { Mark::Holds } else { Mark::Fails })
    }

    /// Compares the rows with what they must be.
    async fn rows(&mut self, when: &str, rows: &Rows, work: &mut Work) -> Result<Mark, Error> {
        let after = match &self.down {
            Some(down) if when == "down" => After::Down(&self.up, down),
            _ => After::Up(&self.up),
        };
        let mut mark = Mark::Holds;
        for changed in rows.compare(work, after).await? {
            let text = format!("{when}: {}: {}", changed.what, changed.how);
            if changed.is_stated {
                self.verified.stated.push(text);
                mark = if mark == Mark::Fails { mark } else { Mark::Stated };
            } else {
                self.verified.faults.push(text);
                mark = Mark::Fails;
            }
        }
        Ok(mark)
    }

    fn fail(&mut self, refused: &Refused) {
        let mark = if refused.when == "up" { &mut self.verified.up } else { &mut self.verified.down };
        *mark = Mark::Fails;
        self.verified.faults.push(format!("{}: it fails on rows: {}", refused.when, refused.error));
    }

    /// An up that takes none of a table's rows works on an empty table only, whatever the schema after it would hold.
    fn look_for_emptied(&mut self, refused: &Refused, rows: &Seeded) {
        let stays = |name: &String| self.correspondence.tables.keys().any(|table| table.to_string() == *name);
        let emptied = rows.tables.keys().filter(|name| stays(name) && !self.verified.rows.tables.contains_key(*name));
        let emptied: Vec<&str> = emptied.map(String::as_str).collect();
        if refused.when == "up" && !refused.is_stated && self.verified.holds() && !emptied.is_empty() {
            self.verified.up = Mark::Fails;
            let text = format!("up: it fails on every row tried of {}: {}", emptied.join(", "), refused.error);
            self.verified.faults.push(text);
        }
    }
}
