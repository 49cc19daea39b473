//! Plans of SQLite.

use std::fmt::Write as _;

use schema_core::advise::queries::{Plan, Sizes};
use schema_core::dialect::literal;
use schema_core::ir::Schema;

use crate::sides::{Work, WorkError};

/// Writes SQLite's own statistics anew: `sqlite_stat1` says of each index how many rows there are, and how many of them
/// share the values of its first keys. What the made-up rows share is scaled up, but for keys that tell rows apart.
pub(super) async fn prepare(work: &mut Work, schema: &Schema, sizes: Sizes<'_>) -> Result<(), WorkError> {
    work.execute("ANALYZE").await?;
    let known = work.rows("SELECT tbl, idx, stat FROM sqlite_stat1").await?;
    let mut sql = "DELETE FROM sqlite_stat1;\n".to_owned();
    for table in schema.tables.values() {
        let rows = sizes.rows(table);
        let name = table.name.name.as_str();
        let of_table = known.iter().filter(|row| matches!(row.as_slice(), [Some(of), ..] if of == name));
        let mut has_index = false;
        for row in of_table {
            if let [_, Some(index), Some(stat)] = row.as_slice() {
                has_index = true;
                let values = [literal(name), literal(index), literal(&scaled(stat, rows))].join(", ");
                let _ = writeln!(sql, "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ({values});");
            }
        }
        if !has_index {
            let values = [literal(name), "NULL".to_owned(), literal(&rows.to_string())].join(", ");
            let _ = writeln!(sql, "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ({values});");
        }
    }
    work.execute(&format!("{sql}ANALYZE sqlite_schema")).await
}

fn scaled(stat: &str, rows: u64) -> String {
    let mut numbers = stat.split_whitespace();
    let before: u64 = numbers.next().and_then(|number| number.parse().ok()).unwrap_or(0);
    let shared = |text: &str| match text.parse::<u64>() {
        Ok(shared) if shared > 1 && before > 0 => (shared.saturating_mul(rows) / before).max(1).to_string(),
        _ => text.to_owned(),
    };
    let rest: String = numbers.map(|text| format!(" {}", shared(text))).collect();
    format!("{rows}{rest}")
}

pub(super) async fn plan(work: &mut Work, sql: &str) -> Result<Plan, WorkError> {
    let rows = work.rows(&format!("EXPLAIN QUERY PLAN {sql}")).await?;
    let step = |row: crate::sides::TextRow| {
        let mut row = row.into_iter();
        let mut number = || row.next().flatten().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
        let (number, parent) = (number(), number());
        (number, parent, row.nth(1).flatten().unwrap_or_default())
    };
    Ok(Plan::sqlite(&rows.into_iter().map(step).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rows_share_grows_with_them_but_a_key_stays_one() {
        assert_eq!(scaled("120 30 1", 12_000), "12000 3000 1");
        assert_eq!(scaled("0 0", 500), "500 0");
        assert_eq!(scaled("120 3 unordered", 240), "240 6 unordered");
    }
}
