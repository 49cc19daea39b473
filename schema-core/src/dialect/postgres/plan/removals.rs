//! What goes: first what stands in the way, last what only ends.

use super::objects::Stage;
use super::replaced::is_steady;
use super::state::{self, Item, ItemKind, items, parts_of};
use super::unsettled::Unsettled;
use super::work::{Regeneration, TableWork};
use super::{Planner, dotted};
use crate::decl::AllowCode;
use crate::dialect::postgres::{ddl, guard};
use crate::dialect::{parenthesised, qualified, quote};
use crate::diff::{Change, Part};
use crate::ir::{Column, ForeignKey, ObjectName, SqlType, Table};
use crate::plan::Step;

impl<'a> Planner<'a> {
    /// Under the former names.
    pub(super) fn removals(&mut self) {
        self.drop_foreign_keys();
        for kind in [ItemKind::Index, ItemKind::Exclusion, ItemKind::Check, ItemKind::Unique, ItemKind::PrimaryKey] {
            self.drop_items(kind);
        }
        self.drop_generated_columns();
        self.drop_what_holds_a_wanted_name();
        self.drop_texts_over_types();
    }

    /// Under the new names.
    pub(super) fn final_removals(&mut self) {
        let unsettled = Unsettled::of(self.changes);
        let tables = self.take_tables();
        for work in &tables {
            for column in dropped_columns(work).filter(|column| work.after.column(&column.name).is_none()) {
                if self.kept.has_column(&work.new, &column.name) {
                    self.keep_column(&work.new, &column.name);
                    continue;
                }
                // One over such an enum gets its values once the labels are back.
                let restore = self.restore(&work.new, &column.name).filter(|_| !unsettled.has(&column.ty));
                self.drop_column(&work.new, column, restore);
            }
        }
        self.tables = tables;
        self.drop_keys_of_leaving_tables(|_, _, _| true);
        for name in self.turnover.dropped.clone().into_iter().filter(|name| !self.to.tables.contains_key(*name)) {
            self.drop_table(name);
        }
        self.objects_last(Stage::Early);
        self.drop_sequences();
        self.drop_types();
        self.objects_last(Stage::BeforeDomains);
        for change in self.changes {
            match change {
                Change::DropEnum(ty) if self.kept.has_type(&ty.name) => self.keep_type("TYPE", "enum", &ty.name),
                Change::DropEnum(ty) => {
                    let title = format!("drop enum {}", ty.name);
                    let (up, down) = (vec![ddl::drop_type(&ty.name)], ddl::whole_enum(ty));
                    self.push(Step::schema(&ty.name, title, up.into(), down.into()).hazard("H47"));
                }
                Change::DropNamespace(name) => {
                    self.objects_last(Stage::First);
                    let (up, down) = (format!("DROP SCHEMA {}", quote(name)), format!("CREATE SCHEMA {}", quote(name)));
                    let step = Step::schema(name, format!("drop schema {name}"), vec![up].into(), vec![down].into());
                    self.push(step.hazard("H47"));
                }
                _ => {}
            }
        }
        self.objects_last(Stage::First);
    }

    /// Foreign keys of tables that go come first too where what they refer to changes.
    fn drop_foreign_keys(&mut self) {
        self.drop_items(ItemKind::ForeignKey);
        self.drop_keys_of_leaving_tables(|planner, name, key| {
            let is_steady = |work: &TableWork<'_>| work.old == key.references && is_steady(work);
            let stays = planner.tables.iter().any(is_steady);
            let goes = planner.turnover.is_dropped(&key.references) && !planner.goes_early(&key.references);
            planner.goes_early(name) || !(stays || goes)
        });
    }

    /// Without foreign keys, tables can go in any order (HAZARDS.md row 25).
    fn drop_keys_of_leaving_tables(&mut self, goes: impl Fn(&Self, &ObjectName, &ForeignKey) -> bool) {
        for name in self.turnover.dropped.clone() {
            let keys = self.now.tables.get(name).map(|table| table.foreign_keys.clone()).unwrap_or_default();
            for key in keys.iter().filter(|key| goes(self, name, key)).collect::<Vec<_>>() {
                let from = self.steps.len();
                self.drop_item(name, &Item::new(ItemKind::ForeignKey, &key.name), "H25");
                let contract = self.contract(format!("know `{name}`"));
                self.steps.iter_mut().skip(from).for_each(|step| step.contract.clone_from(&contract));
            }
        }
    }

    fn drop_items(&mut self, kind: ItemKind) {
        let tables = self.take_tables();
        for work in &tables {
            for item in work.drop.iter().filter(|item| item.kind == kind) {
                let hazard = match (kind, work.aside.contains(item)) {
                    (ItemKind::Index, _) => "H37",
                    (_, true) => "H14",
                    (_, false) => "H26",
                };
                self.note_dropped_key(work, item);
                self.drop_item(&work.old, item, hazard);
            }
        }
        self.tables = tables;
    }

    fn note_dropped_key(&mut self, work: &TableWork<'_>, item: &Item) {
        let keys = self.now.tables.get(&work.old).into_iter().flat_map(|table| &table.foreign_keys);
        let dropped = keys.filter(|key| item.kind == ItemKind::ForeignKey && key.name == item.name);
        let new_name = |former: &String| work.renamed_columns.get(former).unwrap_or(former).clone();
        let columns: Vec<Vec<String>> = dropped.map(|key| key.columns.iter().map(new_name).collect()).collect();
        self.dropped_keys.extend(columns.into_iter().map(|columns| (work.new.clone(), columns)));
    }

    pub(super) fn drop_item(&mut self, name: &ObjectName, item: &Item, hazard: &'static str) {
        let Some(table) = self.now.tables.get(name) else { return };
        let Some(definition) = item_sql(table, item) else { return };
        let up = self.item_dropped(table, item);
        let bares_a_key = item.kind == ItemKind::Index && table.is_last_of_a_key(&item.name);
        if let Some(table) = self.now.tables.get_mut(name) {
            state::remove(table, item);
        }
        let title = format!("drop {} {} of {name}", item_word(item.kind), item.name);
        if item.kind == ItemKind::Index {
            self.dropped_indexes.insert(name.sibling(&item.name));
        }
        let step = Step::schema(name, title, vec![up].into(), vec![definition].into()).hazard(hazard);
        self.push(if bares_a_key { step.hazard("H39") } else { step });
    }

    /// The statement that drops a constraint or index of a table.
    pub(super) fn item_dropped(&self, table: &Table, item: &Item) -> String {
        if item.kind == ItemKind::Index && self.holds_keys_below(table, &item.name) {
            return ddl::drop_index_with_keys(&table.name, &item.name);
        }
        drop_item_sql(&table.name, item)
    }

    /// Whether keys of partitions can stand on their parts of the index.
    fn holds_keys_below(&self, table: &Table, index: &str) -> bool {
        let unique = table.indexes.iter().any(|it| it.name == index && it.unique);
        let (columns, _) = parts_of(table, &Item::new(ItemKind::Index, index));
        let below = [&self.now, self.to]
            .into_iter()
            .flat_map(|schema| schema.descendants(&table.name).into_iter().filter_map(|name| schema.tables.get(&name)));
        let has_such_a_key = |partition: &Table| {
            let keys = items(partition).into_iter().filter(|it| it.is_relation() && it.kind != ItemKind::Index);
            keys.into_iter().any(|key| parts_of(partition, &key).0 == columns)
        };
        unique && table.partition_by.is_some() && below.into_iter().any(has_such_a_key)
    }

    fn drop_generated_columns(&mut self) {
        let tables = self.take_tables();
        for work in &tables {
            for (new, kind) in &work.regenerated {
                match kind {
                    Regeneration::Recompute => self.drop_generated_column(&work.old, &work.former(new)),
                    Regeneration::Freeze => self.freeze(&work.old, &work.former(new)),
                    Regeneration::Compute => {}
                }
            }
            for column in dropped_columns(work).filter(|column| column.generated.is_some()) {
                self.drop_generated_column(&work.old, &column.name);
            }
        }
        self.tables = tables;
    }

    pub(super) fn drop_generated_column(&mut self, table: &ObjectName, name: &str) {
        let Some(column) = self.remove_column(table, name) else { return };
        let title = format!("drop generated column {}", dotted(table, name));
        let down = with_comment(table, &column);
        let step = Step::schema(table, title, vec![ddl::drop_column(table, name)].into(), down.into());
        self.push(step.hazard("H7").hazard("H12").impact(format!("down: `{}` is computed anew", dotted(table, name))));
    }

    /// Keeps the values that were computed.
    fn freeze(&mut self, table: &ObjectName, name: &str) {
        let Some(column) = self.column_now(table, name).filter(|column| column.generated.is_some()) else { return };
        let up = ddl::alter_column(table, name, "DROP EXPRESSION");
        let mut down = vec![ddl::drop_column(table, name)];
        down.extend(with_comment(table, &column));
        let title = format!("keep the values of generated column {} and stop computing them", dotted(table, name));
        let impact = format!("down: `{}` is computed anew, whatever was written to it since", dotted(table, name));
        self.push(Step::schema(table, title, vec![up].into(), down.into()).hazard("H68").impact(impact));
        for table in std::iter::once(table.clone()).chain(self.now.descendants(table)) {
            if let Some(column) = self.now.tables.get_mut(&table).and_then(|table| table.column_mut(name)) {
                column.generated = None;
            }
        }
    }

    fn goes_early(&self, name: &ObjectName) -> bool {
        self.now.tables.get(name).is_some_and(|table| self.wanted.is_held_by(table)) || self.makes_room(name)
    }

    /// What goes goes last, unless its name is needed before.
    fn drop_what_holds_a_wanted_name(&mut self) {
        for name in self.turnover.dropped.clone() {
            if self.goes_early(name) {
                self.drop_table(name);
            }
        }
        let tables = self.take_tables();
        for work in &tables {
            for column in dropped_columns(work).filter(|column| work.after.column(&column.name).is_some()) {
                if self.kept.has_column(&work.new, &column.name) {
                    self.keep_column(&work.old, &column.name);
                } else {
                    self.drop_column(&work.old, column, self.restore(&work.new, &column.name));
                }
            }
        }
        self.tables = tables;
    }

    /// Another partition of its parent may get its rows from now on.
    fn makes_room(&self, name: &ObjectName) -> bool {
        let of = self.now.tables.get(name).and_then(|table| table.partition_of.as_ref());
        of.is_some_and(|of| !self.turnover.is_dropped(&of.parent))
    }

    fn drop_table(&mut self, name: &ObjectName) {
        if self.kept.has_table(name) {
            self.keep_table(name);
            return;
        }
        // What refers to the parent pins its partitions.
        let is_pinned = self.makes_room(name);
        let Some(table) = self.now.tables.remove(name) else { return };
        let detach = table.partition_of.as_ref().filter(|_| is_pinned).map(|of| ddl::detach(name, of));
        let up: Vec<String> = detach.into_iter().chain([format!("DROP TABLE {}", qualified(name))]).collect();
        let step =
            Step::schema(name, format!("drop table {name}"), up.into(), ddl::whole_table(&table, &self.now).into());
        if let Some(former) = self.former_name(name) {
            let comes_back = self.to.tables.contains_key(former);
            self.push(if comes_back { step } else { step.hazard("H47") });
            return;
        }
        let step = step.hazard("H47").hazard("H68").impact(format!("the rows of `{name}` are lost"));
        let step = self.ends(format!("know `{name}`"), step);
        self.push(step.impact(format!("down: `{name}` comes back empty")));
    }

    /// What rows get in a dropped column once it is back, as the source states it.
    pub(super) fn restore(&self, new_table: &ObjectName, name: &str) -> Option<&'a str> {
        let stated = self.intents.allows.iter().find(|allow| {
            allow.code == AllowCode::DropColumn && allow.object == *new_table && allow.part.as_deref() == Some(name)
        });
        stated.and_then(|allow| allow.restore.as_deref())
    }

    /// `base` is the column before any step.
    fn drop_column(&mut self, table: &ObjectName, base: &Column, restore: Option<&str>) {
        let name = &base.name;
        let up = self.drop_column_sql(table, name);
        let differences = self.column_now(table, name).map(|column| self.differences_below(table, &column));
        let Some(column) = self.remove_column(table, name) else { return };
        let mut down = brought_back(table, &column, restore);
        down.extend(differences.into_iter().flatten());
        let title = format!("drop column {}", dotted(table, name));
        let step = Step::schema(table, title, up.into(), down.into());
        let lost = format!("the values of `{}` are lost", dotted(table, name));
        let mut step = step.hazard("H12").hazard("H68").impact(lost);
        if column.default == base.default {
            let gets = restore.or(column.default.as_deref()).unwrap_or("NULL");
            step = step.impact(format!("down: every row gets {gets} in `{}`", dotted(table, name)));
        }
        self.push(self.ends(format!("know `{}`", dotted(table, name)), step));
    }

    pub(super) fn remove_column(&mut self, table: &ObjectName, name: &str) -> Option<Column> {
        self.remove_below(table, name);
        let columns = &mut self.now.tables.get_mut(table)?.columns;
        let at = columns.iter().position(|column| column.name == name)?;
        Some(columns.remove(at))
    }
}

pub(super) fn dropped_columns<'a>(work: &TableWork<'a>) -> impl Iterator<Item = &'a Column> + use<'a> {
    work.parts.iter().filter_map(|part| match part {
        Part::DropColumn(column) => Some(column),
        _ => None,
    })
}

/// A dropped column again: existing rows get its default, the value of `restore`, or the table must be empty.
fn brought_back(table: &ObjectName, column: &Column, restore: Option<&str>) -> Vec<String> {
    let fills_itself = column.nullable || column.default.is_some() || column.identity.is_some();
    match restore {
        None if fills_itself => with_comment(table, column),
        None => {
            let why = format!("`{}` was NOT NULL and nothing says what they get in it", column.name);
            std::iter::once(guard::empty(table, &why)).chain(with_comment(table, column)).collect()
        }
        Some(value) => {
            let bare = Column { nullable: true, default: None, ..column.clone() };
            let mut statements = vec![ddl::add_column(table, &bare)];
            statements.extend(column.default.as_deref().map(|text| ddl::set_default(table, &column.name, Some(text))));
            statements.push(format!(
                "UPDATE {} SET {} = {}",
                qualified(table),
                quote(&column.name),
                parenthesised(value)
            ));
            if !column.nullable {
                statements.push(ddl::alter_column(table, &column.name, "SET NOT NULL"));
            }
            statements.extend(ddl::new_column_settings(table, column));
            statements.extend(ddl::column_comment(table, column));
            statements
        }
    }
}

/// ADD COLUMN, and its comment.
pub(super) fn with_comment(table: &ObjectName, column: &Column) -> Vec<String> {
    let mut statements = vec![ddl::add_column(table, column)];
    statements.extend(ddl::new_column_settings(table, column));
    statements.extend(ddl::column_comment(table, column));
    statements
}

/// The statement that adds an item.
pub(super) fn item_sql(table: &Table, item: &Item) -> Option<String> {
    let add = |definition: String| ddl::add_constraint(&table.name, &definition);
    match item.kind {
        ItemKind::PrimaryKey => table.primary_key.as_ref().map(|key| add(ddl::primary_key(key))),
        ItemKind::Unique => {
            table.uniques.iter().find(|unique| unique.name == item.name).map(|unique| add(ddl::unique(unique)))
        }
        ItemKind::Check => {
            table.checks.iter().find(|check| check.name == item.name).map(|check| add(ddl::check(check)))
        }
        ItemKind::Exclusion => {
            let exclusion = table.exclusions.iter().find(|exclusion| exclusion.name == item.name);
            exclusion.map(|exclusion| add(ddl::exclusion(exclusion)))
        }
        ItemKind::ForeignKey => {
            table.foreign_keys.iter().find(|key| key.name == item.name).map(|key| add(ddl::foreign_key(key)))
        }
        ItemKind::Index => table
            .indexes
            .iter()
            .find(|index| index.name == item.name)
            .map(|index| ddl::create_index(&table.name, index)),
    }
}

pub(super) fn drop_item_sql(table: &ObjectName, item: &Item) -> String {
    match item.kind {
        ItemKind::Index => ddl::drop_index(table, &item.name),
        _ => ddl::drop_constraint(table, &item.name),
    }
}

pub(super) fn item_word(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::PrimaryKey => "primary key",
        ItemKind::Unique => "unique constraint",
        ItemKind::Check => "check",
        ItemKind::Exclusion => "exclusion constraint",
        ItemKind::Index => "index",
        ItemKind::ForeignKey => "foreign key",
    }
}

/// True for an array of an enum.
pub(super) fn is_array(ty: &SqlType) -> bool {
    matches!(ty, SqlType::Array(_))
}
