//! The instant in which the columns change places. PostgreSQL alters nothing but names then: no row is read.

use super::super::identity::{identity_added, identity_passed_on};
use super::super::removals::drop_item_sql;
use super::super::state::{Item, ItemKind};
use super::schemas::twin_name;
use super::{Exchange, Exchanges, is_over, sync};
use crate::dialect::postgres::sequence::{self, Counter};
use crate::dialect::postgres::{cast, ddl, guard};
use crate::dialect::{qualified, quote};
use crate::ir::{Column, Deferrable, ObjectName, Schema, Table};
use crate::plan::Step;

impl Exchanges {
    /// The step, between the schema with the old columns and the one with the new ones.
    pub(super) fn swap(&self, before: &Schema, after: &Schema, back: &Self) -> Step {
        let names: Vec<String> = self.columns.iter().map(|it| format!("{}.{}", it.table, it.to.name)).collect();
        let subject = self.columns.first().map(|it| it.table.clone());
        let title = format!("let the new {} take the place of the old", names.join(", "));
        let up = self.swapped(before, after, (before, after));
        let down = back.swapped(after, before, (before, after));
        let step = Step::schema(subject.map_or_else(String::new, |it| it.to_string()), title, up.into(), down.into());
        let kept = self.columns.iter().filter_map(|it| Some((it, it.leaves_for()?)));
        let step = kept.fold(step, |step, (it, aside)| {
            let column = format!("{}.{}", it.table, it.to.name);
            step.impact(format!("the former values of `{column}` are kept as `{aside}` until `cargo schema purge`"))
                .impact(format!(
                    "down: rows that still hold what became of them get the former values of `{column}` back"
                ))
        });
        let respelled = self.columns.iter().filter(|it| it.leaves_for().is_none() && it.is_respelled());
        let step = respelled.fold(step, |step, it| cast::respelled(step, &format!("{}.{}", it.table, it.to.name)));
        let loses = |(table, item): &(&Table, Item)| item.kind == ItemKind::Index && self.is_put_aside(table, item);
        let step = if self.outgoing_items(before).iter().any(loses) { step.hazard("H37") } else { step };
        let last = names.iter().map(|name| format!("`{name}` stands last among the columns from now on"));
        Step { alone: true, ..last.fold(step.hazard("H14"), Step::note) }
    }

    fn swapped(&self, now: &Schema, next: &Schema, ends: (&Schema, &Schema)) -> Vec<String> {
        let outgoing = self.outgoing_items(now);
        let incoming: Vec<(&Table, Item)> =
            next.tables.values().flat_map(|table| self.touched(table).into_iter().map(move |it| (table, it))).collect();
        let mut statements: Vec<String> = self.columns.iter().flat_map(sync::ended).collect();
        for kind in [ItemKind::ForeignKey, ItemKind::Unique, ItemKind::PrimaryKey] {
            let dropped = outgoing.iter().filter(|(_, item)| item.kind == kind);
            statements.extend(dropped.map(|(table, item)| drop_item_sql(&table.name, item)));
        }
        for (table, item) in outgoing.iter().filter(|(table, item)| self.is_put_aside(table, item)) {
            statements.push(drop_item_sql(&table.name, item));
        }
        for exchange in &self.columns {
            statements.extend(exchange.handed_over(next));
        }
        for (exchange, check) in next.tables.keys().flat_map(|table| self.not_null_checks(table, ends)) {
            statements.push(ddl::alter_column(&exchange.table, &exchange.to.name, "SET NOT NULL"));
            statements.push(ddl::drop_constraint(&exchange.table, &check.name));
        }
        let twin = |table: &Table, item: &Item, word| twin_name(ends, &table.name, item, word);
        for (table, item) in outgoing.iter().filter(|(table, item)| self.stays(table, item)) {
            statements.push(renamed(&table.name, item, &item.name, &twin(table, item, self.words.1)));
        }
        statements.extend(incoming.iter().map(|(table, item)| placed(table, item, &twin(table, item, self.words.0))));
        statements.extend(self.columns.iter().flat_map(sync::begun_again));
        statements
    }

    /// What is over the columns that go. They are called as those that come, or were.
    fn outgoing_items<'s>(&self, now: &'s Schema) -> Vec<(&'s Table, Item)> {
        let back = self.reversed();
        now.tables.values().flat_map(|table| back.touched(table).into_iter().map(move |it| (table, it))).collect()
    }

    /// Whether the item is over a column that does not go with it: what is kept has no use for it.
    fn is_put_aside(&self, table: &Table, item: &Item) -> bool {
        let kept = self.columns.iter().filter(|it| it.table == table.name && it.leaves_for().is_some());
        let kept = kept.map(|it| it.from.name.clone()).collect();
        matches!(item.kind, ItemKind::Index | ItemKind::Check) && is_over(table, item, &kept)
    }

    /// Whether the item outlives the instant: over a column that does, and no key.
    fn stays(&self, table: &Table, item: &Item) -> bool {
        let gone = self.columns.iter().filter(|it| it.table == table.name && !it.is_rename());
        let gone = gone.map(|it| it.from.name.clone()).collect();
        matches!(item.kind, ItemKind::Index | ItemKind::Check) && !is_over(table, item, &gone)
    }
}

impl Exchange {
    /// Default, sequence and identity go to the column that comes. The other one goes, unless a release knows it by its
    /// name.
    fn handed_over(&self, next: &Schema) -> Vec<String> {
        let table = &self.table;
        let (old, new) = (&self.from, Column { name: self.incoming.clone(), ..self.to.clone() });
        let mut statements = Vec::new();
        if self.from.default.is_some() {
            statements.push(ddl::set_default(table, &old.name, None));
        }
        let owner = (table.clone(), self.to.name.clone());
        let newcomer = (table.clone(), new.name.clone());
        let owned = next.sequences.values().filter(|sequence| sequence.owned_by.as_ref() == Some(&owner));
        statements.extend(owned.map(|sequence| sequence::owned_by(&sequence.name, Some(&newcomer))));
        if new.default.is_some() {
            statements.push(ddl::set_default(table, &new.name, new.default.as_deref()));
        }
        if new.identity.is_some() {
            // Only such a column can be an identity.
            statements.push(ddl::alter_column(table, &new.name, "SET NOT NULL"));
            statements.extend(identity_added(table, &new, Some(Counter::Identity(table, old))));
            statements.push(identity_passed_on(table, &old.name, &new.name));
        }
        if self.is_rename() {
            statements.extend((!old.nullable).then(|| ddl::alter_column(table, &old.name, "DROP NOT NULL")));
            return statements;
        }
        if self.leaves_for().is_some() {
            statements.extend((!old.nullable).then(|| ddl::alter_column(table, &old.name, "DROP NOT NULL")));
            statements.push(column_renamed(table, &old.name, &self.outgoing));
        } else {
            statements.push(ddl::drop_column(table, &old.name));
        }
        statements.push(column_renamed(table, &new.name, &self.to.name));
        statements
    }

    /// The step that puts the former values aside, once they are called as what is to come back; for the way back of one
    /// that is kept.
    pub(super) fn put_aside(&self) -> Option<Step> {
        let aside = self.returns_from()?;
        let (table, name) = (&self.table, &self.to.name);
        let up = vec![column_renamed(table, &self.incoming, aside)];
        let down = vec![guard::kept_column(table, name, aside), column_renamed(table, aside, &self.incoming)];
        let title = format!("put {table}.{} aside", self.incoming);
        Some(Step::schema(table, title, up.into(), down.into()).hazard("H12"))
    }
}

fn column_renamed(table: &ObjectName, from: &str, to: &str) -> String {
    ddl::alter_table(table, format!("RENAME COLUMN {} TO {}", quote(from), quote(to)))
}

fn renamed(table: &ObjectName, item: &Item, from: &str, to: &str) -> String {
    match item.kind {
        ItemKind::Index => format!("ALTER INDEX {} RENAME TO {}", qualified(&table.sibling(from)), quote(to)),
        _ => ddl::alter_table(table, format!("RENAME CONSTRAINT {} TO {}", quote(from), quote(to))),
    }
}

/// The twin takes the name, and a key's index becomes the key.
fn placed(table: &Table, item: &Item, twin: &str) -> String {
    let key = |word: &str, deferrable: Option<Deferrable>| {
        let deferrable = deferrable.map_or_else(String::new, |when| format!(" {}", when.as_sql()));
        let name = quote(&item.name);
        ddl::alter_table(&table.name, format!("ADD CONSTRAINT {name} {word} USING INDEX {}{deferrable}", quote(twin)))
    };
    match item.kind {
        ItemKind::PrimaryKey => key("PRIMARY KEY", table.primary_key.as_ref().and_then(|key| key.deferrable)),
        ItemKind::Unique => {
            let unique = table.uniques.iter().find(|unique| unique.name == item.name);
            key("UNIQUE", unique.and_then(|unique| unique.deferrable))
        }
        _ => renamed(&table.name, item, twin, &item.name),
    }
}
