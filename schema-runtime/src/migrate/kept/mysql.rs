//! What MariaDB's and MySQL's catalog says of what is kept.

use schema_core::ir::Dialect;

use super::{Aside, Kind};

pub(crate) const NAMES: &str = "SELECT TABLE_NAME FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = DATABASE() AND LEFT(TABLE_NAME, 6) = '_kept_'
    UNION SELECT COLUMN_NAME FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND LEFT(COLUMN_NAME, 6) = '_kept_'";

pub(crate) const ALL: &str = "SELECT 'table', '', TABLE_NAME, '' FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = DATABASE() AND LEFT(TABLE_NAME, 6) = '_kept_'
    UNION ALL SELECT 'values', '', TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND LEFT(COLUMN_NAME, 6) = '_kept_'";

pub(crate) const AGES: &str = "SELECT CAST(version AS CHAR), CAST(installed_on AS CHAR),
    CAST(GREATEST(0, TIMESTAMPDIFF(SECOND, installed_on, NOW())) AS CHAR) FROM {} WHERE success";

/// The family quotes alike.
fn quote(name: &str) -> String {
    Dialect::MariaDb.quote(name)
}

pub(crate) fn size(aside: &Aside) -> Option<[String; 2]> {
    let table = quote(&aside.relation);
    match aside.kind {
        Kind::Values => {
            let column = quote(&aside.part);
            Some([
                format!("SELECT CAST(COUNT({column}) AS CHAR) FROM {table}"),
                format!("SELECT CAST(IFNULL(SUM(LENGTH({column})), 0) AS CHAR) FROM {table}"),
            ])
        }
        _ => Some([
            format!("SELECT CAST(COUNT(*) AS CHAR) FROM {table}"),
            format!(
                "SELECT CAST(DATA_LENGTH + INDEX_LENGTH AS CHAR) FROM information_schema.TABLES \
                 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {}",
                Dialect::MariaDb.literal(&aside.relation)
            ),
        ]),
    }
}

/// Each commits by itself: where a later one has to be tried again, what is gone is no fault. MySQL has no word for that of
/// a column, and reads a comment there.
pub(crate) fn removed(all: &[&Aside]) -> Vec<String> {
    let statement = |aside: &&Aside| match aside.kind {
        Kind::Values => {
            format!("ALTER TABLE {} DROP COLUMN /*M! IF EXISTS */ {}", quote(&aside.relation), quote(&aside.part))
        }
        _ => format!("DROP TABLE IF EXISTS {}", quote(&aside.relation)),
    };
    all.iter().map(statement).collect()
}
