//! Many changes, one after the other: all up, all down, all up again.

use schema_core::ir::{Dialect, Schema};
use schema_core::model::Intents;
use schema_core::plan::DraftPair;
use schema_tests::target::files;

use super::check::{Databases, same, skeleton, statements};
use super::intents::intents;
use super::ops::{build, change};
use super::rows::{insert, with_rowids};
use super::sketch::Sketch;
use super::tape::Tape;

/// The choices that a sequence is made by.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    pub(crate) build: Vec<Vec<u16>>,
    pub(crate) changes: Vec<Vec<Vec<u16>>>,
    pub(crate) rows: usize,
    pub(crate) values: Vec<u16>,
}

impl Sequence {
    fn sketches(&self, dialect: Dialect) -> Vec<Sketch> {
        let mut sketches = vec![build(dialect, &self.build)];
        for ops in &self.changes {
            sketches.push(change(&sketches, ops));
        }
        sketches
    }

    /// The files, for people.
    pub(crate) fn describe(&self, dialect: Dialect) -> String {
        let sketches = self.sketches(dialect);
        let mut text = format!("{} rows in each table of the first schema\n", self.rows);
        for (at, way) in ways(dialect, &sketches).into_iter().enumerate() {
            text.push_str(&format!("== change {at}\n"));
            match way {
                Ok(files) => files.iter().for_each(|pair| {
                    let (up, down) = (statements(&pair.up), statements(&pair.down));
                    text.push_str(&format!("-- up\n{up}-- down\n{down}"));
                }),
                Err(error) => text.push_str(&error),
            }
        }
        text
    }
}

/// The files to the first schema, and from each to the next.
fn ways(dialect: Dialect, sketches: &[Sketch]) -> Vec<Result<Vec<DraftPair>, String>> {
    let first =
        sketches.iter().take(1).map(|first| files(&Schema::empty(dialect), &first.schema(), &Intents::default()));
    let rest = sketches.windows(2).filter_map(|pair| match pair {
        [a, b] => Some(files(&a.schema(), &b.schema(), &intents(a, b))),
        _ => None,
    });
    first.chain(rest).collect()
}

impl Databases {
    /// Says what went wrong with the sequence, if anything did. The catalog and every row are compared at each step.
    pub(crate) async fn check_sequence(&mut self, sequence: &Sequence) -> Result<(), String> {
        let sketches = sequence.sketches(self.dialect);
        let mut catalogs = Vec::new();
        for sketch in &sketches {
            catalogs.push(self.made(&sketch.schema()).await?);
        }
        self.clear().await;
        let mut all = Vec::new();
        for (at, way) in ways(self.dialect, &sketches).into_iter().enumerate() {
            all.push(way.map_err(|error| format!("plan of change {at}: {error}"))?);
        }
        if let Some(first) = all.first() {
            self.work.up(first).await?;
        }
        self.with_rowids = with_rowids(&sketches);
        insert(&mut self.work, &sketches, sequence.rows, &mut Tape::new(&sequence.values)).await;
        let steps: Vec<_> = sketches.windows(2).zip(&all[1..]).zip(catalogs.windows(2)).collect();
        for round in ["up", "up again"] {
            for (at, ((pair, files), catalogs)) in steps.iter().enumerate() {
                let before = self.before(&pair[0], &pair[1]).await;
                let done = self.up((&pair[0], &pair[1]), files, &catalogs[1], &before).await;
                done.map_err(|error| format!("{round}, change {}: {error}", at + 1))?;
            }
            if round == "up again" {
                break;
            }
            for (at, ((pair, files), catalogs)) in steps.iter().enumerate().rev() {
                let after = self.after(&pair[0], &pair[1]).await;
                let done = self.down((&pair[0], &pair[1]), files, &catalogs[0], &after).await;
                done.map_err(|error| format!("down, change {}: {error}", at + 1))?;
            }
        }
        Ok(())
    }

    /// The catalog of a schema that is made from nothing.
    async fn made(&mut self, schema: &Schema) -> Result<Schema, String> {
        self.clear().await;
        let way = files(&Schema::empty(self.dialect), schema, &Intents::default());
        self.fresh.up(&way.map_err(|error| format!("plan from nothing: {error}"))?).await?;
        let made = self.fresh.schema().await;
        same("a schema as declared and as made", &skeleton(schema), &skeleton(&made))?;
        Ok(made)
    }
}
