//! What `pg_dump` prints, statement by statement: a second opinion, by a program that shares no line with ours.

use std::collections::BTreeSet;

use crate::Error;
use crate::sides::{Bench, Work};

/// A database's definitions.
pub(super) struct Dump {
    statements: BTreeSet<String>,
}

impl Dump {
    pub(super) async fn read(bench: &Bench, work: &Work) -> Result<Option<Self>, Error> {
        Ok(bench.dump(work).await?.map(|text| Self::of(&text)))
    }

    fn of(text: &str) -> Self {
        // A name or a body may hold an empty line: then a statement is more than one piece, the same on either side.
        let pieces = text.split("\n\n").map(|piece| {
            let lines = piece.lines().filter(|line| !line.starts_with("--") && !line.starts_with('\\'));
            lines.collect::<Vec<_>>().join("\n").trim().to_owned()
        });
        let is_said = |piece: &String| {
            !piece.is_empty() && !piece.starts_with("SET ") && !piece.starts_with("SELECT pg_catalog.set_config")
        };
        Self { statements: pieces.filter(is_said).collect() }
    }

    pub(super) fn differences(&self, found: &Self) -> Vec<String> {
        let said = |how: &str, statement: &String| format!("pg_dump prints {how}: {statement}");
        let missing = self.statements.difference(&found.statements).map(|it| said("no more", it));
        let new = found.statements.difference(&self.statements).map(|it| said("what it did not", it));
        missing.chain(new).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_settings_and_order_do_not_count() {
        let one =
            Dump::of("--\n-- a\n--\n\nSET x = 1;\n\nCREATE TABLE a ();\n\nGRANT SELECT ON a TO b;\n\n\\restrict abc\n");
        let other = Dump::of("GRANT SELECT ON a TO b;\n\n-- b\n\nCREATE TABLE a ();");
        assert_eq!(one.differences(&other), Vec::<String>::new());
        let less = Dump::of("CREATE TABLE a ();");
        assert_eq!(one.differences(&less), ["pg_dump prints no more: GRANT SELECT ON a TO b;"]);
        assert_eq!(less.differences(&one), ["pg_dump prints what it did not: GRANT SELECT ON a TO b;"]);
    }
}
