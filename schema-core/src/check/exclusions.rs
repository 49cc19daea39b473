//! Exclusion constraints.

use super::{Rules, part};
use crate::ir::{Exclusion, Table};

/// Methods that can find rows by any operator of theirs (PostgreSQL manual, CREATE TABLE, EXCLUDE).
const ONLY_EQUAL: [&str; 2] = ["btree", "hash"];

/// Methods that find no single rows.
const UNFIT: [&str; 2] = ["gin", "brin"];

/// What an operator is made of (PostgreSQL manual, section 4.1.3).
const OPERATOR: &str = "+-*/<>=~!@#%^&|`?";

impl Rules<'_> {
    pub(super) fn exclusions(&mut self, table: &Table) {
        for exclusion in &table.exclusions {
            let method = exclusion.method.as_deref().unwrap_or("btree");
            if UNFIT.contains(&method) {
                let what = format!("an index `using = {method}` can't exclude rows");
                self.excluded(table, exclusion, &what, "use `gist` or `spgist`");
            }
            for element in &exclusion.elements {
                let operator = element.operator.as_str();
                if !is_operator(operator) {
                    self.excluded(table, exclusion, &format!("`{operator}` is no operator"), "such as `=` or `&&`");
                } else if ONLY_EQUAL.contains(&method) && operator != "=" && OPERATOR.contains(&operator[..1]) {
                    let what = format!("an index `using = {method}` excludes by `=` only, not by `{operator}`");
                    self.excluded(table, exclusion, &what, "write `using = gist`");
                }
            }
            if table.partition_by.is_some() {
                let what = "PostgreSQL has exclusion constraints of partitioned tables from version 17 only";
                self.warning(
                    &part(table, &exclusion.name),
                    format!("table `{}`: exclusion constraint `{}`: {what}", table.name, exclusion.name),
                    &["for an older server state it on each partition"],
                );
            }
        }
    }

    fn excluded(&mut self, table: &Table, exclusion: &Exclusion, what: &str, help: &str) {
        let message = format!("table `{}`: exclusion constraint `{}`: {what}", table.name, exclusion.name);
        self.error(&part(table, &exclusion.name), message, &[help]);
    }
}

fn is_operator(text: &str) -> bool {
    let named = text.strip_prefix("OPERATOR(").and_then(|rest| rest.strip_suffix(')'));
    let symbols = named.map_or(text, |named| named.rsplit('.').next().unwrap_or(named));
    !symbols.is_empty() && symbols.chars().all(|c| OPERATOR.contains(c))
}
