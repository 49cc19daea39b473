//! The whole chain by the runner: from nothing to the newest, back as far as there is a way, and there again.

use serde::Serialize;

use super::crash::open;
use super::{Chain, Mark, judged};
use crate::Error;
use crate::drift::settled;
use crate::migrate::{Back, Migrator, Source, Target};
use crate::sides::{Bench, Held};

/// What came of all migrations together.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Whole {
    /// All of them run, one after the other.
    pub up: Mark,
    /// All of them that have a way back are reverted, and the catalog is what it was.
    pub down: Mark,
    /// The version that stays since it, or what it lies on, has no way back; 0 is nothing.
    pub down_to: i64,
    /// All of them run again, to the same catalog.
    pub up_again: Mark,
    /// What is wrong, in words.
    pub faults: Vec<String>,
}

impl Whole {
    /// Runs it. `lowest` is how far back there is a way, with what must be there then; `newest` is what all lead to.
    pub(super) async fn run(
        bench: &Bench,
        chain: &Chain<'_>,
        lowest: (i64, &Held),
        newest: &Held,
    ) -> Result<Self, Error> {
        let source = Source { migrations: chain.migrations.to_vec(), dialect: Some(bench.dialect()), drafts: None };
        let migrator = Migrator::new(source);
        let mut whole = Self { down_to: lowest.0, ..Self::default() };
        let mut work = bench.fresh().await?;
        let mut connection = open(&work).await?;
        for when in ["up", "down", "up again"] {
            let (done, expected) = match when {
                "down" => (migrator.revert(&mut connection, Back::To(lowest.0), &mut |_| {}).await, lowest.1),
                _ => (migrator.migrate(&mut connection, Target::Latest, &mut |_| {}).await, newest),
            };
            let faults = match judged(done)? {
                Err(why) => vec![why],
                Ok(_) => {
                    let found = work.read().await?;
                    let (differences, _) = settled(&expected.schema, &found.schema, bench).await;
                    differences.iter().map(ToString::to_string).collect()
                }
            };
            let mark = match when {
                "up" => &mut whole.up,
                "down" => &mut whole.down,
                _ => &mut whole.up_again,
            };
            *mark = if faults.is_empty() { Mark::Holds } else { Mark::Fails };
            whole.faults.extend(faults.into_iter().map(|fault| format!("{when}: {fault}")));
            if !whole.faults.is_empty() {
                break;
            }
        }
        drop(connection);
        bench.remove(work).await?;
        Ok(whole)
    }
}
