//! A second opinion on what a database holds, from what shares no line with our reading of catalogs: what `pg_dump` prints,
//! statement by statement; on MariaDB and MySQL what SHOW CREATE prints, tables line by line.

use std::collections::BTreeSet;

use schema_core::ir::Dialect;

use crate::Error;
use crate::sides::{Bench, Work};

/// A database's definitions.
pub(super) struct Dump {
    by: &'static str,
    statements: BTreeSet<String>,
}

/// Who is asked.
pub(super) fn by(dialect: Dialect) -> &'static str {
    if dialect.is_mysql() { "SHOW CREATE" } else { "pg_dump" }
}

impl Dump {
    /// None on SQLite, and where there is no `pg_dump`.
    pub(super) async fn read(bench: &Bench, work: &Work) -> Result<Option<Self>, Error> {
        #[cfg(feature = "mysql")]
        if bench.dialect().is_mysql() {
            return Ok(Some(Self { by: by(bench.dialect()), statements: bench.definitions(work).await? }));
        }
        Ok(bench.dump(work).await?.map(|text| Self::of(&text)))
    }

    /// Of `pg_dump`'s text.
    fn of(text: &str) -> Self {
        // A name or a body may hold an empty line: then a statement is more than one piece, the same on either side.
        let pieces = text.split("\n\n").map(|piece| {
            let lines = piece.lines().filter(|line| !line.starts_with("--") && !line.starts_with('\\'));
            lines.collect::<Vec<_>>().join("\n").trim().to_owned()
        });
        let is_said = |piece: &String| {
            !piece.is_empty() && !piece.starts_with("SET ") && !piece.starts_with("SELECT pg_catalog.set_config")
        };
        Self { by: by(Dialect::Postgres), statements: pieces.filter(is_said).collect() }
    }

    pub(super) fn differences(&self, found: &Self) -> Vec<String> {
        let said = |how: &str, statement: &String| format!("{} prints {how}: {statement}", self.by);
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
