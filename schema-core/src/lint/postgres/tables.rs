//! Tables, types and other objects.

use crate::ir::{Dialect, ObjectName};
use crate::kept;
use crate::lint::judge::Judge;
use crate::lint::statement::{ConstraintKind, Create, CreateTable, Drop, Edit, Kind, TypeEdit, is_temporary};
use crate::objects::tokens::Kind as Text;

use super::{columns, constraints};

pub(super) fn create(judge: &mut Judge<'_>, table: &CreateTable) {
    if table.temporary {
        return;
    }
    let name = &table.name;
    if table.if_not_exists {
        judge.say("H50", format!("a table `{name}` of another shape would stay as it is"));
    }
    if went_here(judge, name) {
        judge.say("H50", format!("this file drops whatever table `{name}` is there, with its rows"));
    }
    if let Some(parent) = table.parent.as_ref().filter(|parent| judge.in_use(parent)) {
        judge.say("H42", format!("`{parent}` is shut as soon as it waits for a query"));
    }
    let mut parents: Vec<&ObjectName> = keys(table).into_iter().map(|(_, parent)| parent).collect();
    parents.sort();
    parents.dedup();
    for parent in parents.into_iter().filter(|parent| *parent != name && judge.in_use(parent)).collect::<Vec<_>>() {
        judge.say("H55", format!("`{parent}` takes no writes until the file has run"));
    }
    for (columns, parent) in keys(table) {
        constraints::without_an_index(judge, name, 0, &columns, parent);
    }
    for column in &table.columns {
        columns::json(judge, 0, column);
        if is_key(table, &column.name, column.primary_key) && columns::is_small_number(column) {
            judge.say("H63", format!("`{name}.{}` runs out after {} rows", column.name, limit(&column.type_text)));
        }
    }
}

fn limit(ty: &str) -> &'static str {
    let is_smallest = ["smallint", "int2", "smallserial", "serial2"].iter().any(|name| ty.eq_ignore_ascii_case(name));
    if is_smallest { "32,767" } else { "2,147,483,647" }
}

/// Whether the column alone is the primary key.
pub(in crate::lint) fn is_key(table: &CreateTable, column: &str, inline: bool) -> bool {
    inline
        || table.constraints.iter().any(|constraint| {
            matches!(&constraint.kind, ConstraintKind::Key { primary: true, columns, .. } if *columns == [column])
        })
}

/// Foreign keys that the new table has.
fn keys(table: &CreateTable) -> Vec<(Vec<String>, &ObjectName)> {
    let inline =
        table.columns.iter().filter_map(|column| Some((vec![column.name.clone()], column.references.as_ref()?)));
    let stated = table.constraints.iter().filter_map(|constraint| match &constraint.kind {
        ConstraintKind::ForeignKey { columns, parent, .. } => Some((columns.clone(), parent)),
        _ => None,
    });
    inline.chain(stated).collect()
}

/// Whether the file drops what has the name, if it is there.
pub(in crate::lint) fn went_here(judge: &Judge<'_>, name: &ObjectName) -> bool {
    judge.before().any(|kind| matches!(kind, Kind::Drop(drop) if drop.if_exists && drop.names.contains(name)))
}

pub(in crate::lint) fn create_other(judge: &mut Judge<'_>, create: &Create) {
    if create.if_not_exists {
        judge.say("H50", format!("another `{}` would stay as it is", create.name));
    }
}

pub(in crate::lint) fn drop(judge: &mut Judge<'_>, drop: &Drop) {
    if drop.cascade {
        judge.say("H48", "CASCADE drops what was built on it, unnamed");
    }
    for name in &drop.names {
        if drop.if_exists && judge.history.is_gone(name) {
            continue;
        }
        let comes_again =
            comes_again(judge, drop, name) || is_replaced(judge, drop, name) || comes_later(judge, drop, name);
        if judge.history.is_new_object(name) || is_temporary(name) || comes_again {
            continue;
        }
        match drop.what {
            "TABLE" => {
                judge.say("H47", format!("the rows of `{name}` are lost, and the running release may use it"));
                if judge.dialect == Dialect::Postgres {
                    locked_parents(judge, name);
                }
            }
            "FUNCTION" | "PROCEDURE" | "ROUTINE" | "AGGREGATE" | "EXTENSION" => {
                judge.say("H65", format!("texts may name `{name}` that {} doesn't look into", judge.dialect));
            }
            "" => {}
            what => judge
                .say("H47", format!("the {} `{name}` goes, and the running release may use it", what.to_lowercase())),
        }
    }
}

/// Whether something new has the place that it had, and a table's rows.
fn is_replaced(judge: &Judge<'_>, drop: &Drop, name: &ObjectName) -> bool {
    let is_aside = |name: &ObjectName| judge.history.set_aside(name).is_some();
    // The rows of a partition go over with those of its parent.
    let copies = |kind: &Kind| matches!(kind, Kind::Copy { from, .. } if from.iter().any(is_aside));
    is_aside(name) && (drop.what != "TABLE" || judge.before().any(copies))
}

/// On MariaDB and MySQL, where each statement commits, what steps aside is missed within a file as between two.
fn comes_later(judge: &Judge<'_>, drop: &Drop, name: &ObjectName) -> bool {
    judge.dialect.is_mysql() && drop.what != "TABLE" && judge.last.has_other(name)
}

/// Views and functions that only step aside.
fn comes_again(judge: &Judge<'_>, drop: &Drop, name: &ObjectName) -> bool {
    judge.after().any(|kind| matches!(kind, Kind::Create(create) if create.name == *name && create.what == drop.what))
}

fn locked_parents(judge: &mut Judge<'_>, table: &ObjectName) {
    let history = judge.history;
    let mut parents: Vec<&ObjectName> = history.foreign_keys(table).map(|(_, parent)| parent).collect();
    parents.sort();
    parents.dedup();
    for parent in parents.into_iter().filter(|parent| *parent != table && history.table(parent).is_some()) {
        judge.say(
            "H25",
            format!(
                "`{parent}` is shut too, which `{table}` refers to: drop the foreign key first, in a file of its own"
            ),
        );
    }
}

pub(in crate::lint) fn truncate(judge: &mut Judge<'_>, tables: &[ObjectName], cascade: bool) {
    if cascade {
        judge.say("H48", "CASCADE empties every table that refers to this one, unnamed");
    }
    for table in tables.iter().filter(|table| judge.in_use(table)).collect::<Vec<_>>() {
        judge.say("H47", format!("all rows of `{table}` are lost"));
    }
}

pub(super) fn edit(judge: &mut Judge<'_>, table: &ObjectName, start: usize, edit: &Edit) {
    match edit {
        Edit::RenameTo { name } if is_made_anew(judge, table, &table.sibling(name)) => {
            judge.say_at(start, "H14", format!("`{table}` is shut while its rows are copied to a new one"));
        }
        Edit::SetSchema { schema } if kept::is_kept(schema) => {
            judge.say_at(start, "H47", format!("the running release may use `{table}`, which is put aside"));
        }
        Edit::RenameTo { name } if kept::is_kept(name) => {
            judge.say_at(start, "H47", format!("the running release may use `{table}`, which is put aside"));
        }
        Edit::RenameTo { name } if judge.goes(&table.sibling(name)) => {}
        Edit::RenameTo { .. } | Edit::SetSchema { .. }
            if !judge.history.is_new_object(table) && !is_bridged(judge, table) =>
        {
            judge.say_at(start, "H49", format!("the running release still says `{table}`"));
        }
        Edit::Rewrite { what } => {
            judge.say_at(start, "H53", format!("`{table}` is shut while {what} writes it anew"));
        }
        Edit::DisableRowSecurity => {
            judge.say_at(start, "H54", format!("rows of `{table}` are open to all who may read it"));
        }
        _ => {}
    }
}

/// Whether the file makes another table of that name, copies the rows and drops this one.
fn is_made_anew(judge: &Judge<'_>, table: &ObjectName, aside: &ObjectName) -> bool {
    let copies = |kind: &Kind| matches!(kind, Kind::Copy { to, from } if to == table && from.contains(aside));
    let makes = |kind: &Kind| matches!(kind, Kind::CreateTable(create) if create.name == *table);
    judge.after().any(makes) && judge.after().any(copies) && judge.goes(aside)
}

/// Whether the file makes a view of the old name.
pub(in crate::lint) fn is_bridged(judge: &Judge<'_>, table: &ObjectName) -> bool {
    judge.after().any(|kind| matches!(kind, Kind::Create(create) if create.what == "VIEW" && create.name == *table))
}

pub(super) fn drop_policy(judge: &mut Judge<'_>, table: &ObjectName) {
    let comes = |kind: &Kind| matches!(kind, Kind::Policy { table: other, comes: true } if other == table);
    let is_swapped = judge.in_transaction && judge.before().chain(judge.after()).any(comes);
    if judge.in_use(table) && !is_swapped {
        judge.say(
            "H54",
            format!("from here on rows of `{table}` are shut to those that the policy let in, or open to others"),
        );
    }
}

pub(super) fn alter_type(judge: &mut Judge<'_>, name: &ObjectName, change: &TypeEdit) {
    match change {
        TypeEdit::AddValue { label } if judge.in_transaction => used_label(judge, label),
        TypeEdit::RenameValue { label } if !judge.history.is_new_object(name) => {
            judge.say("H52", format!("the running release still says '{label}'"));
        }
        TypeEdit::RenameTo { .. } if !judge.history.is_new_object(name) && !comes_anew(judge, name) => {
            judge.say("H52", format!("the running release still says `{name}`"));
        }
        _ => {}
    }
}

/// Whether the file makes another type of that name.
fn comes_anew(judge: &Judge<'_>, name: &ObjectName) -> bool {
    judge.after().any(|kind| matches!(kind, Kind::Create(create) if create.name == *name))
}

/// A later statement of the transaction says the new label.
fn used_label(judge: &mut Judge<'_>, label: &str) {
    let behind = judge.statements.get(judge.at + 1..).unwrap_or_default();
    let says = |text: &Text| matches!(text, Text::Text(found) if found == label);
    if let Some(user) = behind.iter().find(|statement| statement.tokens.iter().any(|token| says(&token.kind))) {
        let line = user.place.0;
        judge.say(
            "H51",
            format!("the statement at line {line} fails: '{label}' can't be used before this transaction ends"),
        );
    }
}

pub(super) fn compaction(judge: &mut Judge<'_>, what: &str) {
    judge.say("H53", format!("tables are shut while {what} writes them anew"));
}

pub(super) fn update_extension(judge: &mut Judge<'_>, name: &str) {
    judge.say("H65", format!("what the functions of `{name}` do may change"));
}
