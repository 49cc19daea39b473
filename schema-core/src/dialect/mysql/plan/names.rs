//! Tables and columns with other names.

use super::Planner;
use crate::dialect::mysql::{level, quote};
use crate::dialect::sqlite::renames::{self, Of};
use crate::ir::{ForeignKey, ReferentialAction, Table};
use crate::plan::{Script, Step};

/// Former names with new ones.
type Pairs = Vec<(String, String)>;

impl Planner<'_> {
    /// One statement, which renames all or none.
    pub(super) fn rename_tables(&mut self) {
        let renamed = self.renames.tables.iter();
        let pairs: Pairs = renamed.map(|(old, new)| (old.name.clone(), new.name.clone())).collect();
        if pairs.is_empty() {
            return;
        }
        let taken = self.from.keys().map(|name| name.name.clone()).collect();
        let ordered = renames::ordered(Of::Tables, &pairs, &taken);
        let statement = |pairs: &[(String, String)]| {
            let each: Vec<String> =
                pairs.iter().map(|(from, to)| format!("{} TO {}", quote(from), quote(to))).collect();
            Script::from(vec![format!("RENAME TABLE {}", each.join(", "))])
        };
        let title: Vec<String> = pairs.iter().map(|(old, new)| format!("rename table {old} to {new}")).collect();
        let subject: Vec<&str> = pairs.iter().map(|(_, new)| new.as_str()).collect();
        let step = Step::schema(
            subject.join(" "),
            title.join(", "),
            statement(&ordered),
            statement(&renames::inverse(&ordered)),
        );
        self.steps.push(step.hazard("H49"));
    }

    /// One statement for each table, within which names can change places, unless the server would take one for another.
    pub(super) fn rename_columns(&mut self) {
        for (name, columns) in self.renames.columns.clone() {
            let Some(table) = self.before.get(&name) else { continue };
            let pairs: Pairs = columns.into_iter().collect();
            let staying =
                |key: &&ForeignKey| self.after.get(&name).is_some_and(|after| after.foreign_keys.contains(key));
            let keys: Vec<&ForeignKey> = table.foreign_keys.iter().filter(staying).collect();
            let (up, down) =
                if is_confusing(table, &keys, &pairs) { one_by_one(table, &pairs) } else { at_once(&pairs) };
            let titles: Vec<String> =
                pairs.iter().map(|(old, new)| format!("rename column {name}.{old} to {new}")).collect();
            let step = Step::schema(&name, titles.join(", "), self.renamed(table, &up), self.renamed(table, &down));
            self.steps.push(step.hazard("H13"));
        }
    }

    /// A statement for each.
    fn renamed(&self, table: &Table, statements: &[Pairs]) -> Script {
        let statement = |pairs: &Pairs| {
            let clauses = pairs.iter().map(|(a, b)| format!("RENAME COLUMN {} TO {}", quote(a), quote(b)));
            self.on(table, clauses, level::definitions(self.dialect))
        };
        Script::from(statements.iter().map(statement).collect::<Vec<_>>())
    }
}

fn at_once(pairs: &Pairs) -> (Vec<Pairs>, Vec<Pairs>) {
    let back = pairs.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
    (vec![pairs.clone()], vec![back])
}

/// `table` has its new names.
fn one_by_one(table: &Table, pairs: &Pairs) -> (Vec<Pairs>, Vec<Pairs>) {
    let taken = table.columns.iter().map(|column| former(pairs, &column.name).to_owned()).collect();
    let ordered = renames::ordered(Of::Columns, pairs, &taken);
    let each = |pairs: Pairs| pairs.into_iter().map(|pair| vec![pair]).collect();
    (each(ordered.clone()), each(renames::inverse(&ordered)))
}

/// MariaDB refuses a column that is computed from what a foreign key's action writes, and knows the columns of that key by
/// the names that they had before the statement: another column that gets such a name is taken for it, up or down.
/// `table` and the `keys` that stay have their new names.
fn is_confusing(table: &Table, keys: &[&ForeignKey], pairs: &Pairs) -> bool {
    let written = || keys.iter().filter(|key| writes(key)).flat_map(|key| &key.columns);
    let is_taken = |(from, to): &(String, String)| {
        written().any(|column| column == from) || written().any(|column| former(pairs, column) == to)
    };
    table.columns.iter().any(|column| column.generated.is_some()) && pairs.iter().any(is_taken)
}

fn former<'a>(pairs: &'a Pairs, name: &'a str) -> &'a str {
    pairs.iter().find(|(_, to)| to == name).map_or(name, |(from, _)| from)
}

fn writes(key: &ForeignKey) -> bool {
    let empties = |action| matches!(action, ReferentialAction::SetNull | ReferentialAction::SetDefault);
    empties(key.on_delete) || empties(key.on_update) || key.on_update == ReferentialAction::Cascade
}
