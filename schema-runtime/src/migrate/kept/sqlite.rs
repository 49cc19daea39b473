//! What SQLite's catalog says of what is kept.

use schema_core::dialect::{literal, quote};

use super::{Aside, Kind};

pub(crate) const NAMES: &str = r"SELECT name FROM main.sqlite_schema WHERE name LIKE '\_kept\_%' ESCAPE '\'";

/// A table of values follows its rows by triggers on their table, which bear its name.
pub(crate) const ALL: &str = r"
    SELECT CASE WHEN EXISTS (SELECT 1 FROM main.sqlite_schema AS t WHERE t.type = 'trigger'
        AND t.name = s.name || '.delete') THEN 'values' ELSE 'table' END, '', s.name, ''
    FROM main.sqlite_schema AS s WHERE s.type = 'table' AND s.name LIKE '\_kept\_%' ESCAPE '\'";

pub(crate) const AGES: &str = "SELECT CAST(version AS TEXT), CAST(installed_on AS TEXT),
    CAST(max(0, strftime('%s', 'now') - strftime('%s', installed_on)) AS TEXT) FROM {} WHERE success";

/// Not every build of SQLite has `dbstat`.
pub(crate) fn size(aside: &Aside) -> Option<[String; 2]> {
    let name = &aside.relation;
    Some([
        format!("SELECT CAST(count(*) AS TEXT) FROM {}", quote(name)),
        format!("SELECT CAST(sum(pgsize) AS TEXT) FROM dbstat WHERE name = {}", literal(name)),
    ])
}

/// Triggers of a table go with it; those that follow rows are on their table.
pub(crate) fn removed(all: &[&Aside]) -> Vec<String> {
    let triggers = all.iter().filter(|aside| aside.kind == Kind::Values).flat_map(|aside| {
        ["delete", "update"]
            .map(|event| format!("DROP TRIGGER IF EXISTS {}", quote(&format!("{}.{event}", aside.relation))))
    });
    let tables = all.iter().map(|aside| format!("DROP TABLE {}", quote(&aside.relation)));
    triggers.chain(tables).collect()
}
