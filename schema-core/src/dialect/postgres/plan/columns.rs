//! Columns that come and columns that change, with the rows filled in between.

use super::exchange::Exchange;
use super::fill::is_volatile;
use super::identity::identity_added;
use super::removals::with_comment;
use super::work::{Altered, Regeneration, TableWork};
use super::{Planner, dotted};
use crate::decl::AllowCode;
use crate::dialect::TypeChange;
use crate::dialect::postgres::types::change_in;
use crate::dialect::postgres::{cast, ddl, guard};
use crate::diff::Part;
use crate::ir::{Column, ObjectName};
use crate::plan::Step;

impl Planner<'_> {
    /// New ones, which take NULL yet, and of those that change what is no burden to rows.
    pub(super) fn columns_that_come(&mut self) {
        let tables = self.take_tables();
        for work in &tables {
            for altered in plain(work) {
                self.loosen(&work.new, altered.to);
            }
            for column in added(work).filter(|column| column.generated.is_none()) {
                if self.column_now(&work.new, &column.name).is_some() {
                    self.loosen(&work.new, column);
                } else {
                    self.add_column(&work.new, column);
                    self.keep_in_step(&work.new, column);
                }
            }
        }
        self.tables = tables;
    }

    pub(super) fn columns(&mut self) {
        let tables = self.take_tables();
        for work in &tables {
            for column in added(work).filter(|column| column.generated.is_none()) {
                if let Some(value) = self.fill(&work.new, column) {
                    self.fill_column(&work.new, column, &value);
                }
            }
            let tightened =
                plain(work).map(|altered| altered.to).filter(|to| self.is_nullable(&work.new, to) && !to.nullable);
            for column in tightened.collect::<Vec<_>>() {
                if let Some(value) = self.backfill(&work.new, &column.name) {
                    self.fill_column(&work.new, column, value);
                }
            }
        }
        for work in &tables {
            let added = added(work).filter(|column| column.generated.is_none());
            for column in added.chain(plain(work).map(|altered| altered.to)) {
                if self.online.covers(&work.new) && self.is_nullable(&work.new, column) && !column.nullable {
                    self.require_not_null(&work.new, &column.name);
                }
            }
        }
        for (table, column) in self.required.clone() {
            self.look_for_null(&table, &column);
        }
        for work in &tables {
            let added = added(work).filter(|column| column.generated.is_none());
            for column in added.chain(plain(work).map(|altered| altered.to)) {
                self.tighten(&work.new, column);
            }
        }
        for work in &tables {
            self.generated_columns(work);
        }
        self.tables = tables;
    }

    fn keep_in_step(&mut self, table: &ObjectName, column: &Column) {
        let begun = self.exchange(table, &column.name).map(Exchange::begin);
        self.steps.extend(begun.into_iter().flatten());
    }

    fn is_nullable(&self, table: &ObjectName, column: &Column) -> bool {
        self.column_now(table, &column.name).is_some_and(|now| now.nullable)
    }

    /// Everything that can be done to a column before rows are filled.
    fn loosen(&mut self, table: &ObjectName, to: &Column) {
        let Some(now) = self.column_now(table, &to.name) else { return };
        if now.identity.is_some() && to.identity.is_none() {
            self.drop_identity(table, &now);
        }
        if (Altered { from: &now, to }).is_retyped() {
            self.retype(table, &now, to);
        } else if now.default != to.default {
            let (up, down) = self.defaults(table, &now, to);
            let title = format!("change the default of {}", dotted(table, &to.name));
            self.push(Step::schema(table, title, up.into(), down.into()).hazard("H18"));
        }
        if now.identity.is_none() && to.identity.is_some() {
            self.release_unknown_sequence(table, &now);
        }
        if to.nullable && !now.nullable {
            self.drop_not_null(table, &to.name);
        }
        self.settings_of(table, &now, to);
        let nullable = now.nullable || to.nullable;
        let identity = now.identity.filter(|_| to.identity.is_some());
        let identity_options = now.identity_options;
        self.set_column(table, Column { nullable, identity, identity_options, ..to.clone() });
    }

    pub(super) fn set_column(&mut self, table: &ObjectName, column: Column) {
        let Some(now) = self.now.tables.get_mut(table).and_then(|table| table.column_mut(&column.name)) else { return };
        let former = std::mem::replace(now, column.clone());
        self.follow(table, &column, former.nullable);
    }

    /// Another type takes the storage and compression of its own with it.
    fn settings_of(&mut self, table: &ObjectName, from: &Column, to: &Column) {
        let (up, down) = (ddl::column_settings(table, from, to), ddl::column_settings(table, to, from));
        if up.is_empty() {
            return;
        }
        let title = format!("set how {} is stored", dotted(table, &to.name));
        self.push(Step::schema(table, title, up.into(), down.into()));
    }

    fn retype(&mut self, table: &ObjectName, from: &Column, to: &Column) {
        let kind = change_in((&self.now, &from.ty), (&self.now, &to.ty));
        let is_clock = |column: &Column| column.ty.to_string().starts_with("timestamp");
        let is_citext = |column: &Column| column.ty.to_string().ends_with("citext");
        let hazard = match kind {
            _ if is_citext(from) != is_citext(to) => "H17",
            TypeChange::Same => "H17",
            TypeChange::Free => "H15",
            TypeChange::Rewrite if is_clock(from) && is_clock(to) => "H16",
            TypeChange::Rewrite => "H14",
            TypeChange::Narrowing => "H19",
        };
        let title = format!("change the type of {} to {}", dotted(table, &to.name), to.ty);
        let statements = [self.retyped(table, from, to), self.retyped(table, to, from)];
        let [up, down] = self.retyped_below(table, (from, to), statements);
        let mut step = Step::schema(table, title, up.into(), down.into()).hazard(hazard);
        if kind == TypeChange::Free && from.collation != to.collation {
            step = step.hazard("H17");
        }
        for (direction, from, to) in [("", from, to), ("down: ", to, from)] {
            if change_in((&self.now, &from.ty), (&self.now, &to.ty)) == TypeChange::Narrowing {
                let name = dotted(table, &to.name);
                step = step.impact(format!("{direction}refused when a value of `{name}` does not fit {}", to.ty));
            }
        }
        if cast::respells(&self.base_type(&from.ty), &self.base_type(&to.ty)) {
            step = cast::respelled(step, &dotted(table, &to.name));
        }
        self.push(step);
    }

    /// ALTER COLUMN TYPE, with the default taken off before and the new one set after: PostgreSQL would carry the old
    /// one over in a form of its own, or refuse. Between a domain and anything else the way goes by its base type.
    fn retyped(&self, table: &ObjectName, from: &Column, to: &Column) -> Vec<String> {
        let (old, new) = (self.base_type(&from.ty), self.base_type(&to.ty));
        let mut statements: Vec<String> = cast::guard(table, &to.name, &old, &new).into_iter().collect();
        if from.default.is_some() {
            statements.push(ddl::set_default(table, &to.name, None));
        }
        let using = cast::using(&to.name, &old, &new).map_or_else(String::new, |using| format!(" USING {using}"));
        statements.push(ddl::alter_column(table, &to.name, format!("TYPE {}{using}", ddl::collated_type(to))));
        if to.default.is_some() {
            statements.push(ddl::set_default(table, &to.name, to.default.as_deref()));
        }
        statements.extend(ddl::settings_of_type(table, from, to));
        statements
    }

    fn drop_not_null(&mut self, table: &ObjectName, name: &str) {
        let title = format!("make {} nullable", dotted(table, name));
        let up = ddl::alter_column(table, name, "DROP NOT NULL");
        let up: Vec<String> = std::iter::once(up).chain(self.not_null_again(table, name)).collect();
        let down = vec![guard::no_nulls(table, name), ddl::alter_column(table, name, "SET NOT NULL")];
        let is_set_again = up.len() > 1;
        let step = Step::schema(table, title, up.into(), down.into()).hazard("H11");
        let step = if is_set_again { step.hazard("H10") } else { step };
        self.push(step.impact(format!("down: refused while rows hold NULL in `{}`", dotted(table, name))));
    }

    /// A column that rows are to be filled in comes without NOT NULL; its default is for new rows only, because a
    /// stated backfill is what existing rows get.
    fn add_column(&mut self, table: &ObjectName, column: &Column) {
        let name = dotted(table, &column.name);
        let mut up = Vec::new();
        let mut added = column.clone();
        let is_filled = self.fill(table, column).is_some();
        if is_filled {
            added = Column { nullable: true, default: None, ..added };
            up.extend(with_comment(table, &added));
            up.extend(column.default.as_deref().map(|text| ddl::set_default(table, &column.name, Some(text))));
            added.default.clone_from(&column.default);
        } else {
            if !column.nullable && column.default.is_none() && column.identity.is_none() {
                up.push(guard::empty(table, &self.why_empty(table, &column.name)));
            }
            up.extend(with_comment(table, &added));
        }
        let hazard = match (column.identity, &added.default) {
            (Some(_), _) => "H6",
            (None, Some(default)) if is_volatile(default) => "H3",
            (None, Some(_)) => "H2",
            (None, None) if added.nullable => "H1",
            (None, None) => "H4",
        };
        let mut step = Step::schema(
            table,
            format!("add column {name}"),
            up.into(),
            vec![ddl::drop_column(table, &column.name)].into(),
        )
        .hazard(hazard);
        if !is_filled {
            step.data_impact
                .extend(column.default.as_ref().map(|default| format!("existing rows get {default} in `{name}`")));
            step.data_impact.extend(column.identity.map(|_| format!("existing rows are numbered in `{name}`")));
        }
        if self.is_checked(&column.ty) {
            step = step.hazard("H9");
        }
        if hazard == "H3" {
            step = self.plain_form(table, step);
        }
        if self.exchange(table, &column.name).is_none() {
            step = step.impact(format!("down: the values of `{name}` are lost"));
        }
        self.push(step);
        self.added_column(table, &added);
    }

    fn why_empty(&self, table: &ObjectName, column: &str) -> String {
        let stated = self.intents.allows.iter().any(|allow| {
            allow.code == AllowCode::AssumeEmpty && allow.object == *table && allow.part.as_deref() == Some(column)
        });
        let assumed = if stated { "`assume_empty` says it does not, and " } else { "" };
        format!("{assumed}`{column}` is NOT NULL and nothing says what they get in it")
    }

    /// NOT NULL, and identity, which needs it.
    fn tighten(&mut self, table: &ObjectName, to: &Column) {
        let Some(now) = self.column_now(table, &to.name) else { return };
        let name = dotted(table, &to.name);
        if now.nullable && !to.nullable && self.is_required(table, &to.name) {
            let mut down = vec![ddl::alter_column(table, &to.name, "DROP NOT NULL")];
            down.extend(self.not_null_again(table, &to.name));
            self.set_not_null_online(table, &to.name, down);
        } else if now.nullable && !to.nullable {
            let guard = self.backfill(table, &to.name).is_none().then(|| guard::no_nulls(table, &to.name));
            let up = guard.into_iter().chain([ddl::alter_column(table, &to.name, "SET NOT NULL")]).collect::<Vec<_>>();
            let mut down = vec![ddl::alter_column(table, &to.name, "DROP NOT NULL")];
            down.extend(self.not_null_again(table, &to.name));
            let step = Step::schema(table, format!("make {name} not null"), up.into(), down.into()).hazard("H10");
            let step = self.plain_form(table, step);
            self.push(step);
        }
        self.set_identity(table, &now, to);
        self.set_column(table, to.clone());
    }

    fn generated_columns(&mut self, work: &TableWork<'_>) {
        let fresh = added(work).filter(|column| column.generated.is_some());
        let recomputed = regenerated(work, Regeneration::Recompute);
        for column in fresh.chain(recomputed) {
            if self.column_now(&work.new, &column.name).is_some() {
                continue;
            }
            let title = format!("add generated column {}", dotted(&work.new, &column.name));
            let down = vec![ddl::drop_column(&work.new, &column.name)];
            self.push(Step::schema(&work.new, title, with_comment(&work.new, column).into(), down.into()).hazard("H7"));
            self.added_column(&work.new, column);
        }
        for column in regenerated(work, Regeneration::Compute) {
            self.compute(&work.new, column);
        }
    }

    fn compute(&mut self, table: &ObjectName, to: &Column) {
        let Some(now) = self.column_now(table, &to.name).filter(|now| now.generated.is_none()) else { return };
        let name = dotted(table, &to.name);
        let up = std::iter::once(ddl::drop_column(table, &to.name)).chain(with_comment(table, to)).collect::<Vec<_>>();
        let mut down = vec![ddl::alter_column(table, &to.name, "DROP EXPRESSION")];
        if (Altered { from: &now, to }).is_retyped() {
            down.extend(self.retyped(table, &Column { default: None, ..to.clone() }, &now));
        } else if now.default.is_some() {
            down.push(ddl::set_default(table, &to.name, now.default.as_deref()));
        }
        match (now.nullable, to.nullable) {
            (true, false) => down.push(ddl::alter_column(table, &to.name, "DROP NOT NULL")),
            (false, true) => {
                down.extend([guard::no_nulls(table, &to.name), ddl::alter_column(table, &to.name, "SET NOT NULL")])
            }
            (true, true) | (false, false) => {}
        }
        down.extend(identity_added(table, &now, None));
        if now.comment != to.comment {
            down.push(ddl::comment_on_column(table, &to.name, now.comment.as_deref()));
        }
        self.set_column(table, to.clone());
        let step = Step::schema(table, format!("compute {name}"), up.into(), down.into()).hazard("H7").hazard("H68");
        let step = step.impact(format!("the values of `{name}` are replaced by computed ones"));
        let step = step.impact("down: the computed values stay");
        self.push(self.ends(format!("write `{name}`"), step));
    }

    /// Comments come when everything else stands.
    pub(super) fn comments(&mut self) {
        let tables = self.take_tables();
        for work in &tables {
            for altered in plain(work).filter(|altered| altered.from.comment != altered.to.comment) {
                let comment = |text: Option<&str>| vec![ddl::comment_on_column(&work.new, &altered.to.name, text)];
                let title = format!("comment on {}", dotted(&work.new, &altered.to.name));
                let (up, down) = (comment(altered.to.comment.as_deref()), comment(altered.from.comment.as_deref()));
                self.push(Step::schema(&work.new, title, up.into(), down.into()));
            }
            for part in work.parts {
                if let Part::SetComment { from, to } = part {
                    let comment = |text: Option<&str>| vec![ddl::comment_on_table(&work.new, text)];
                    let title = format!("comment on {}", work.new);
                    self.push(Step::schema(
                        &work.new,
                        title,
                        comment(to.as_deref()).into(),
                        comment(from.as_deref()).into(),
                    ));
                }
            }
        }
        self.tables = tables;
    }
}

/// Columns that change as plain columns; those that become generated, or are computed anew, are left out.
fn plain<'a>(work: &TableWork<'a>) -> impl Iterator<Item = Altered<'a>> + use<'a> {
    let left_out: Vec<String> = work
        .regenerated
        .iter()
        .filter(|(_, kind)| **kind != Regeneration::Freeze)
        .map(|(name, _)| name.clone())
        .collect();
    work.altered().filter(move |altered| !left_out.contains(&altered.to.name))
}

fn regenerated<'a>(work: &TableWork<'a>, wanted: Regeneration) -> impl Iterator<Item = &'a Column> + use<'a> {
    let names: Vec<String> =
        work.regenerated.iter().filter(|(_, kind)| **kind == wanted).map(|(name, _)| name.clone()).collect();
    let after = work.after;
    names.into_iter().filter_map(|name| after.column(&name))
}

fn added<'a>(work: &TableWork<'a>) -> impl Iterator<Item = &'a Column> + use<'a> {
    work.parts.iter().filter_map(|part| match part {
        Part::AddColumn(column) => Some(column),
        _ => None,
    })
}
