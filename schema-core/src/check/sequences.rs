//! Sequences against their owners.

use super::Rules;
use crate::ir::{Sequence, SqlType, Table};
use crate::model::Path;

impl Rules<'_> {
    pub(super) fn sequences(&mut self) {
        for sequence in self.model.schema.sequences.values() {
            let Some((table, column)) = &sequence.owned_by else { continue };
            let at = Path::Sequence(sequence.name.clone());
            let named = format!("sequence `{}` is owned by `{table}.{column}`", sequence.name);
            match self.model.schema.tables.get(table) {
                None => self.error(
                    &at,
                    format!("{named}, but there is no table `{table}`"),
                    &["name a table and its column"],
                ),
                Some(found) if found.column(column).is_none() => {
                    let message = format!("{named}, but the table has no column `{column}`");
                    let near = crate::names::nearest(column, found.columns.iter().map(|column| column.name.as_str()));
                    let help = near.map(|near| format!("did you mean `{near}`?"));
                    self.error(&at, message, &[help.as_deref().unwrap_or("name a column of it")]);
                }
                Some(found) if found.name.schema != sequence.name.schema => {
                    let message = format!("{named}, a table of another schema");
                    self.error(&at, message, &["PostgreSQL wants both in one schema: rename the sequence"]);
                }
                Some(found) => self.reach_of_sequence(&at, sequence, found, column),
            }
        }
    }

    /// A column that became wider keeps the sequence that it had.
    fn reach_of_sequence(&mut self, at: &Path, sequence: &Sequence, table: &Table, column: &str) {
        let (Some(counts), Some(SqlType::Builtin(holds))) =
            (sequence.ty.as_deref(), table.column(column).map(|column| &column.ty))
        else {
            return;
        };
        if bytes(counts).zip(bytes(holds)).is_some_and(|(counts, holds)| counts < holds) {
            let message = format!(
                "sequence `{}` counts in {counts}, and `{}.{column}`, which it numbers, holds {holds}: it ends first",
                sequence.name, table.name
            );
            self.warning(at, message, &[&format!("state `type = \"{holds}\"` for the sequence")]);
        }
    }
}

fn bytes(ty: &str) -> Option<u8> {
    match ty {
        "smallint" => Some(2),
        "integer" => Some(4),
        "bigint" => Some(8),
        _ => None,
    }
}
