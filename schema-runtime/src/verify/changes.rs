//! Migrations that undo themselves together: the files of one exchange go back by other files than they went there, and a
//! constraint takes the index with it that another file built.

use std::ops::Range;

use schema_core::ir::Dialect;
use schema_core::migration::{Migration, Opening};
use schema_core::plan::{ExchangePart, exchange_part};

use super::ran;
use super::text::Text;
use crate::Error;
use crate::migrate::script::statements;
use crate::migrate::together::built_by;
use crate::sides::{Work, WorkError};

/// Consecutive migrations that are tried as one; nearly always one alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change<'a> {
    pub(super) files: &'a [Migration],
}

/// The migrations in the pieces that they are tried in.
pub(super) fn changes(migrations: &[Migration]) -> Vec<Range<usize>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut open: Option<usize> = None;
    for (at, migration) in migrations.iter().enumerate() {
        pieces.push(at..at + 1);
        match exchange_part(&migration.up) {
            Some(ExchangePart::Begins) => {
                let is_closed = |start: &usize| pieces.iter().any(|piece| piece.start == *start && piece.len() > 1);
                open = open.filter(|start| !is_closed(start)).or(Some(at));
            }
            Some(ExchangePart::WayBack) => join(&mut pieces, open.unwrap_or(at), at),
            None => {}
        }
        if let Some((start, _)) = built_by(migrations.get(..at).unwrap_or_default(), &migration.up) {
            join(&mut pieces, start, at);
        }
    }
    pieces
}

/// Makes one piece of all from `start` to `end`, and of what `start` is a part of.
fn join(pieces: &mut Vec<Range<usize>>, start: usize, end: usize) {
    let start = pieces.iter().find(|piece| piece.contains(&start)).map_or(start, |piece| piece.start);
    pieces.retain(|piece| piece.start < start);
    pieces.push(start..end + 1);
}

impl Change<'_> {
    /// What its up files say.
    pub(super) fn up(&self, dialect: Dialect) -> Text {
        Text::of_all(dialect, self.files.iter().map(|file| file.up.as_str()))
    }

    /// What its down files say.
    pub(super) fn down(&self, dialect: Dialect) -> Text {
        Text::of_all(dialect, self.files.iter().rev().filter_map(|file| file.down.as_deref()))
    }

    /// Why there is no way back, if there is none.
    pub(super) fn irreversible(&self, dialect: Dialect) -> Option<String> {
        self.files.iter().find_map(|file| irreversible(file, dialect))
    }

    pub(super) async fn run_up(&self, work: &mut Work) -> Result<Result<(), WorkError>, Error> {
        run(work, self.files.iter().map(|file| file.up.as_str())).await
    }

    pub(super) async fn run_down(&self, work: &mut Work) -> Result<Result<(), WorkError>, Error> {
        run(work, self.files.iter().rev().filter_map(|file| file.down.as_deref())).await
    }
}

async fn run<'a>(work: &mut Work, texts: impl Iterator<Item = &'a str>) -> Result<Result<(), WorkError>, Error> {
    for text in texts {
        if let Err(error) = ran(work.file(text).await)? {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

fn irreversible(migration: &Migration, dialect: Dialect) -> Option<String> {
    let said = migration.files().find_map(|(_, text)| Opening::of(text).irreversible);
    let why = match migration.down.as_deref() {
        None => "it has no down file",
        Some(down) if statements(dialect, down).is_empty() => "its down file holds no statement",
        Some(_) => return said.map(|reason| if reason.is_empty() { "it says so".to_owned() } else { reason }),
    };
    Some(said.filter(|reason| !reason.is_empty()).unwrap_or_else(|| why.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(kinds: &str) -> Vec<Range<usize>> {
        let up = |kind| match kind {
            'b' => "-- alter t\n\n-- keep t.a_new in step with t.a\nSELECT 1;\n",
            'w' => "-- x\n\n-- for the way back: fill t.a_old\n-- nothing to do\n",
            _ => "-- x\n\n-- create t\nSELECT 1;\n",
        };
        let file = |(version, kind)| Migration {
            version,
            description: String::new(),
            up: up(kind).to_owned(),
            down: None,
            up_path: "1_a.up.sql".into(),
            down_path: None,
        };
        changes(&(1..).zip(kinds.chars()).map(file).collect::<Vec<_>>())
    }

    #[test]
    fn a_constraint_and_the_index_that_it_takes_over_are_one_piece() {
        let file = |version, up: &str| Migration {
            version,
            description: String::new(),
            up: up.to_owned(),
            down: None,
            up_path: "1_a.up.sql".into(),
            down_path: None,
        };
        let index = file(1, "CREATE UNIQUE INDEX CONCURRENTLY \"a_key\" ON a (b);");
        let constraint = file(3, "ALTER TABLE a ADD CONSTRAINT \"a_key\" UNIQUE USING INDEX \"a_key\";");
        let others = [file(0, "SELECT 1;"), file(2, "SELECT 2;")];
        assert_eq!(changes(&[others[0].clone(), index, others[1].clone(), constraint.clone()]), [0..1, 1..4]);
        assert_eq!(changes(&[others[0].clone(), constraint]), [0..1, 1..2]);
    }

    #[test]
    #[allow(clippy::single_range_in_vec_init, reason = "ranges are what is expected")]
    fn an_exchange_is_one_piece_from_its_beginning_to_its_last_way_back() {
        assert_eq!(pieces("..."), [0..1, 1..2, 2..3]);
        assert_eq!(pieces(".b..w."), [0..1, 1..5, 5..6]);
        assert_eq!(pieces("b.ww"), [0..4]);
        assert_eq!(pieces("b.b.ww."), [0..6, 6..7]);
        assert_eq!(pieces("b.w.b.w"), [0..3, 3..4, 4..7]);
        assert_eq!(pieces("b.w.w"), [0..5]);
        assert_eq!(pieces("w"), [0..1]);
        assert_eq!(pieces("b.."), [0..1, 1..2, 2..3]);
    }
}
