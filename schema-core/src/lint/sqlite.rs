//! The catalogue's rows as SQLite meets them: one writer at a time, so no lock is worth a word; what counts is what ADD
//! COLUMN refuses, and rows that a rebuild loses.

use super::judge::Judge;
use super::postgres::{files, tables};
use super::statement::{AlterTable, ColumnDef, Drop, Edit, Generated, Kind, Setting, is_temporary};
use crate::ir::ObjectName;
use crate::kept;

/// Judges the statement at hand.
pub(super) fn judge(judge: &mut Judge<'_>) {
    let Some(statement) = judge.statements.get(judge.at) else { return };
    several(judge);
    match &statement.kind {
        Kind::CreateTable(table) if table.if_not_exists && !table.temporary => {
            judge.say("H50", format!("a table `{}` of another shape would stay as it is", table.name));
        }
        Kind::CreateIndex(index) if index.if_not_exists => judge.say("H50", "another index of that name would stay"),
        Kind::Create(create) => tables::create_other(judge, create),
        Kind::AlterTable(alter) => alter_table(judge, alter),
        Kind::Drop(drop) => drop_objects(judge, drop),
        Kind::Write { verb, table, everything: true } => files::write(judge, verb, table, true),
        Kind::Transaction { word } if judge.in_transaction => files::transaction(judge, word),
        Kind::Settings(settings) if judge.in_transaction && settings.iter().any(|it| it.name == "foreign_keys") => {
            judge.say(
                "H56",
                "the pragma means nothing in a transaction: `-- no-transaction` must be the file's first bytes",
            );
        }
        _ => {}
    }
}

/// Outside the runner's transaction a file brings its own.
fn several(judge: &mut Judge<'_>) {
    let works = |kind: &&Kind| !matches!(kind, Kind::Settings(_) | Kind::Harmless);
    let kinds = || judge.before().chain(judge.after()).filter(works);
    let has_own = judge.statements.iter().any(|statement| matches!(statement.kind, Kind::Transaction { .. }));
    if !judge.in_transaction && judge.at == 1 && !has_own && kinds().count() > 0 {
        judge.say("H59", "without a transaction, what ran before a failure stays, and the file can't run again");
    }
}

fn alter_table(judge: &mut Judge<'_>, alter: &AlterTable) {
    let table = &alter.name;
    let is_in_use = judge.in_use(table) && !judge.goes(table);
    for action in alter.actions.iter().filter(|_| is_in_use) {
        let start = action.start;
        match &action.edit {
            Edit::AddColumn { column, .. } => add_column(judge, table, start, column),
            Edit::DropColumn { name, .. } if !judge.history.is_new_column(table, name) => {
                let message = format!("the values of `{table}.{name}` are lost, and the running release may read it");
                judge.say_at(start, "H12", message);
            }
            Edit::RenameColumn { from, to } if !judge.history.is_new_column(table, from) => {
                let code = if kept::is_kept(to) { "H12" } else { "H13" };
                judge.say_at(start, code, format!("the running release still says `{table}.{from}`"));
            }
            Edit::RenameTo { name } if kept::is_kept(name) => {
                judge.say_at(start, "H47", format!("the running release may use `{table}`, which is put aside"));
            }
            Edit::RenameTo { .. } => {
                judge.say_at(start, "H49", format!("the running release still says `{table}`"));
            }
            _ => {}
        }
    }
    renamed_first(judge, alter);
}

/// What ADD COLUMN refuses.
fn add_column(judge: &mut Judge<'_>, table: &ObjectName, start: usize, column: &ColumnDef) {
    let name = &column.name;
    let default = column.default.as_deref().unwrap_or("NULL");
    let is_null = default.eq_ignore_ascii_case("NULL");
    let is_computed = default.starts_with('(') || default.to_ascii_uppercase().starts_with("CURRENT_");
    match () {
        () if column.generated == Some(Generated::Stored) => {
            judge.say_at(start, "H7", format!("it is refused: `{name}` is stored"));
        }
        () if column.unique || column.primary_key => {
            judge.say_at(start, "H8", format!("it is refused: `{name}` is a key"));
        }
        () if column.references.is_some() && !is_null => {
            judge.say_at(start, "H8", format!("with foreign keys on it is refused: `{name}` has a default"));
        }
        () if is_computed => {
            judge.say_at(
                start,
                "H2",
                format!("it is refused where `{table}` holds a row: the default of `{name}` is no literal"),
            );
        }
        () if column.not_null && is_null && column.generated.is_none() => {
            judge.say_at(start, "H4", format!("it is refused: `{name}` has no value for rows of `{table}`"));
        }
        () => {}
    }
}

fn drop_objects(judge: &mut Judge<'_>, drop: &Drop) {
    if drop.what != "TABLE" {
        return;
    }
    for name in drop.names.iter().filter(|name| !is_temporary(name) && judge.in_use(name)).collect::<Vec<_>>() {
        match successor(judge, name) {
            Some(_) if is_guarded(judge) => {}
            Some(new) => {
                let message = format!(
                    "unless foreign keys are off, dropping `{name}` for `{new}` deletes or nulls the rows that refer to it"
                );
                judge.say("H56", message);
            }
            None if judge.history.set_aside(name).is_some() => {}
            None => judge.say("H47", format!("the rows of `{name}` are lost, with those that cascade from them")),
        }
    }
}

/// The new table that gets the rows of this one and then its name.
fn successor<'a>(judge: &Judge<'a>, old: &ObjectName) -> Option<&'a ObjectName> {
    let renames = |kind: &Kind, new: &ObjectName| {
        let to_old = |edit: &Edit| matches!(edit, Edit::RenameTo { name } if *name == old.name);
        matches!(kind, Kind::AlterTable(alter) if alter.name == *new && alter.actions.iter().any(|it| to_old(&it.edit)))
    };
    judge.before().find_map(|kind| match kind {
        Kind::Copy { to, from } if from.contains(old) && judge.after().any(|kind| renames(kind, to)) => Some(to),
        _ => None,
    })
}

/// Whether foreign keys are switched off where that has an effect.
fn is_guarded(judge: &Judge<'_>) -> bool {
    let outside = judge.before().take_while(|kind| !matches!(kind, Kind::Transaction { .. }));
    let is_off = |kind: &Kind| {
        let is_it =
            |it: &Setting| it.name == "foreign_keys" && ["off", "0", "false", "no"].contains(&it.value.as_str());
        matches!(kind, Kind::Settings(settings) if settings.iter().any(is_it))
    };
    let mut outside = outside;
    !judge.in_transaction && outside.any(is_off)
}

/// The old table gets another name, and a new one its own.
fn renamed_first(judge: &mut Judge<'_>, alter: &AlterTable) {
    let [action] = alter.actions.as_slice() else { return };
    let Edit::RenameTo { name: aside } = &action.edit else { return };
    let aside = alter.name.sibling(aside);
    let copies = |kind: &Kind| matches!(kind, Kind::Copy { to, from } if *to == alter.name && from.contains(&aside));
    if judge.after().any(copies) && judge.goes(&aside) {
        let message = format!(
            "tables that refer to `{}` refer to `{aside}` from here on, which goes: make the new one first",
            alter.name
        );
        judge.say_at(action.start, "H56", message);
    }
}
