//! What SQLite's catalog says of what is kept.

use schema_core::dialect::{literal, quote};

use super::{Aside, Kind};

pub(crate) const NAMES: &str = r"SELECT name FROM main.sqlite_schema WHERE name LIKE '\_kept\_%' ESCAPE '\'";

/// Values of a column are in a table that is named by both.
pub(crate) const ALL: &str = r"
    SELECT CASE WHEN name LIKE '%$%' THEN 'values' ELSE 'table' END, '', name, ''
    FROM main.sqlite_schema WHERE type = 'table' AND name LIKE '\_kept\_%' ESCAPE '\'";

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
    let values = all.iter().filter(|aside| aside.kind == Kind::Values);
    let triggers =
        values.flat_map(|aside| ["delete", "insert", "update"].map(|event| format!("{}${event}", aside.relation)));
    let triggers = triggers.map(|name| format!("DROP TRIGGER IF EXISTS {}", quote(&name)));
    triggers.chain(all.iter().map(|aside| format!("DROP TABLE {}", quote(&aside.relation)))).collect()
}
