//! Consents and backfills that have done their work.

use crate::decl::AllowCode;
use crate::diag::Finding;
use crate::ir::Schema;

use super::Gate;

impl Gate<'_> {
    pub(super) fn stale_allows(&mut self) {
        let model = self.model;
        for (index, allow) in model.intents.allows.iter().enumerate() {
            // What nothing advises any more is for the advice to say.
            if self.used.contains(&index) || allow.code == AllowCode::Advice {
                continue;
            }
            let code = allow.code.as_str();
            let written = match &allow.part {
                Some(part) if allow.code.takes_name() => format!("{code}(\"{part}\")"),
                None if allow.code.takes_name() => format!("{code}(\"{}\")", allow.object),
                _ => code.to_owned(),
            };
            let message = format!("`allow({written})` is stale: no pending change needs it");
            self.findings.push(Finding::warning(allow.place.clone(), message).help("delete the `allow`"));
        }
    }

    /// A backfill is spent once the base has the column as NOT NULL.
    pub(super) fn stale_backfills(&mut self, base: &Schema) {
        for ((table, column), backfill) in &self.model.intents.backfills {
            let sealed = base.tables.get(table).and_then(|table| table.column(column));
            let now = self.model.schema.tables.get(table).and_then(|table| table.column(column));
            if sealed.is_some_and(|column| !column.nullable) && now.is_some_and(|column| !column.nullable) {
                let message =
                    format!("table `{table}`: the `backfill` of column `{column}` is stale, it has been sealed");
                self.findings.push(Finding::warning(backfill.place.clone(), message).help("delete the `backfill`"));
            }
        }
    }
}
