//! New tables, constraints and indexes.

use super::Planner;
use super::removals::{item_sql, item_word};
use super::state::{Item, ItemKind, items, parts_of};
use crate::dialect::postgres::ddl;
use crate::dialect::qualified;
use crate::ir::{ObjectName, Table};
use crate::plan::Step;

impl Planner<'_> {
    /// Children of tables that stay come once those have their columns.
    pub(super) fn new_tables(&mut self, of_staying_parents: bool) {
        let created = self.turnover.created.clone().into_iter();
        for table in created.filter(|table| self.has_staying_parent(table) == of_staying_parents).collect::<Vec<_>>() {
            // What refers to the parent pins its partitions.
            let detach =
                table.partition_of.as_ref().filter(|_| of_staying_parents).map(|of| ddl::detach(&table.name, of));
            let down: Vec<String> =
                detach.into_iter().chain([format!("DROP TABLE {}", qualified(&table.name))]).collect();
            let title = format!("create table {}", table.name);
            let step = Step::schema(&table.name, title, ddl::whole_table(table, &self.now).into(), down.into());
            let step = if table.partition_of.is_some() { step.hazard("H42") } else { step };
            // The rows of one that is made anew go back to the former one.
            let is_lost = !self.takes_rows_over(table);
            let lost = format!("down: the rows of `{}` are lost", table.name);
            self.push(if is_lost { step.impact(lost) } else { step });
            let without_keys = Table { foreign_keys: Vec::new(), ..table.clone() };
            self.now.tables.insert(table.name.clone(), without_keys);
        }
    }

    fn has_staying_parent(&self, table: &Table) -> bool {
        table.parents().any(|parent| {
            let created = self.turnover.created(parent);
            created.map_or_else(|| self.to.tables.contains_key(parent), |parent| self.has_staying_parent(parent))
        })
    }

    /// Keys before the foreign keys that lean on them. What comes online comes later.
    pub(super) fn new_constraints(&mut self) {
        use ItemKind::{Check, Exclusion, ForeignKey, Index, PrimaryKey, Unique};
        let staying = self.tables.iter().flat_map(|work| work.add.iter().map(|item| (work.after, item.clone())));
        let staying: Vec<_> = staying.filter(|(table, item)| !self.is_late(table, item)).collect();
        for kind in [PrimaryKey, Unique, Check, Exclusion, Index, ForeignKey] {
            for (table, item) in staying.iter().filter(|(_, item)| item.kind == kind) {
                self.add_item(table, item);
            }
        }
        for table in self.turnover.created.clone() {
            for item in items(table).iter().filter(|item| item.kind == ForeignKey) {
                if !self.is_late(table, item) {
                    self.add_item(table, item);
                }
            }
        }
    }

    pub(super) fn add_item(&mut self, table: &Table, item: &Item) {
        let Some(up) = item_sql(table, item) else { return };
        let down = self.item_dropped(table, item);
        let unique = table.indexes.iter().any(|index| index.name == item.name && index.unique);
        let hazard = match item.kind {
            ItemKind::PrimaryKey => "H28",
            ItemKind::Unique => "H27",
            ItemKind::Check => "H24",
            ItemKind::Exclusion => "H29",
            ItemKind::Index if table.partition_by.is_some() => "H41",
            ItemKind::Index => "H33",
            ItemKind::ForeignKey if self.turnover.is_created(&table.name) => "H55",
            ItemKind::ForeignKey => "H20",
        };
        let title = format!("add {} {} to {}", item_word(item.kind), item.name, table.name);
        let mut step = Step::schema(&table.name, title, vec![up].into(), vec![down].into()).hazard(hazard);
        if unique {
            step = step.hazard("H36");
        }
        let has_rows = || self.turnover.has_staying_descendant(self.to, &table.name);
        if hazard == "H55" && has_rows() {
            step = step.hazard("H20");
        }
        if is_bare_key(table, item) {
            step = step.hazard("H23");
        }
        let step = self.in_place_of_another(table, item, step);
        let step = self.plain_form(&table.name, step);
        self.push(step);
    }

    /// Says where a foreign key of the same columns, or an index of the same name, went before.
    pub(super) fn in_place_of_another(&self, table: &Table, item: &Item, step: Step) -> Step {
        let columns: Vec<String> = parts_of(table, item).0.into_iter().map(str::to_owned).collect();
        let went = item.kind == ItemKind::ForeignKey && self.dropped_keys.contains(&(table.name.clone(), columns));
        let step = if went { step.hazard("H30") } else { step };
        self.index_again(&table.name.sibling(&item.name), step)
    }

    pub(super) fn index_again(&self, name: &ObjectName, step: Step) -> Step {
        if self.dropped_indexes.contains(name) { step.hazard("H38") } else { step }
    }
}

/// Whether the item is a foreign key whose rows no index of the table finds.
pub(super) fn is_bare_key(table: &Table, item: &Item) -> bool {
    let mut named = table.foreign_keys.iter().filter(|key| item.kind == ItemKind::ForeignKey && key.name == item.name);
    named.any(|key| !table.finds_by(&key.columns))
}
