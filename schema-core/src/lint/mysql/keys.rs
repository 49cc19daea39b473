//! Keys, checks and indexes.

use super::alter::Work;
use super::known;
use crate::dialect::mysql::level::Level;
use crate::ir::{Column, ObjectName};
use crate::lint::history::index_of;
use crate::lint::judge::Judge;
use crate::lint::postgres::constraints;
use crate::lint::statement::{AlterTable, Constraint, ConstraintKind, Edit, Kind, Named, NewIndex, Setting};

pub(super) fn add_constraint(judge: &mut Judge<'_>, alter: &AlterTable, constraint: &Constraint, work: &mut Work) {
    let table = &alter.name;
    match &constraint.kind {
        ConstraintKind::Check { .. } => work.takes(Level::Copy, "H24", "each row is held against the check"),
        ConstraintKind::ForeignKey { parent, .. } if is_unchecked(judge) => {
            let message = format!("no row of `{table}` is looked up in `{parent}`: foreign_key_checks is off");
            judge.say_at(work.start(), "H20", message);
        }
        ConstraintKind::ForeignKey { parent, .. } => {
            work.takes(Level::Copy, "H20", format!("each row is looked up in `{parent}`"));
        }
        ConstraintKind::Key { primary, .. } => {
            let code = if *primary { "H28" } else { "H27" };
            if alter.stated.ignore {
                judge.say_at(work.start(), code, format!("IGNORE deletes rows of `{table}` that have the same key"));
            }
            work.takes(if alter.stated.ignore { Level::Copy } else { Level::Online }, code, "the key's index is built");
        }
        ConstraintKind::Exclusion | ConstraintKind::NotNull { .. } => {}
    }
}

/// Whether an earlier statement of the file has switched foreign keys off.
fn is_unchecked(judge: &Judge<'_>) -> bool {
    let of = |kind: &Kind| match kind {
        Kind::Settings(settings) => settings.iter().rev().find(|it| it.name == "foreign_key_checks").map(is_off),
        _ => None,
    };
    judge.before().filter_map(of).last().unwrap_or(false)
}

/// Whether a switch is set to off.
pub(super) fn is_off(setting: &Setting) -> bool {
    ["0", "off", "false"].iter().any(|off| setting.value.eq_ignore_ascii_case(off))
}

/// What the server refuses: a foreign key between columns of unlike types, or to columns that no key of the parent begins with.
pub(super) fn mismatch(judge: &mut Judge<'_>, table: &ObjectName, start: usize, kind: &ConstraintKind) {
    let ConstraintKind::ForeignKey { columns, parent, referenced } = kind else { return };
    let own = known::table(judge.dialect, judge.history, table);
    let other = known::table(judge.dialect, judge.history, parent);
    let of_key = || other.primary_key.as_ref().map(|key| key.columns.clone()).unwrap_or_default();
    let referenced = if referenced.is_empty() { of_key() } else { referenced.clone() };
    for (column, target) in columns.iter().zip(&referenced) {
        let (Some(column), Some(target)) = (own.column(column), other.column(target)) else { continue };
        if let Some((ours, theirs)) = unlike(column, target) {
            let message = format!(
                "it is refused: `{table}.{}` is {ours}, and `{parent}.{}` is {theirs}",
                column.name, target.name
            );
            judge.say_at(start, "H23", message);
        }
    }
    let is_whole = judge.history.is_known_whole(parent) && !referenced.is_empty();
    if is_whole && !judge.history.is_indexed(parent, &referenced, None) {
        let message = format!("it is refused: no key of `{parent}` begins with `{}`", referenced.join("`, `"));
        judge.say_at(start, "H23", message);
    }
}

/// In what two columns differ that a foreign key binds.
fn unlike(column: &Column, target: &Column) -> Option<(String, String)> {
    let kind = |column: &Column| {
        let text = column.ty.to_string();
        // Texts may differ in length.
        let base = text.split('(').next().unwrap_or_default();
        if matches!(base, "char" | "varchar") { "text".to_owned() } else { text }
    };
    let (ours, theirs) = (kind(column), kind(target));
    if ours != theirs {
        return Some((column.ty.to_string(), target.ty.to_string()));
    }
    let (charset, other) = (column.charset.clone()?, target.charset.clone()?);
    (charset != other).then_some((charset, other))
}

pub(super) fn drop_constraint(judge: &mut Judge<'_>, alter: &AlterTable, constraint: &Named, work: &mut Work) {
    constraints::drop(judge, &alter.name, work.start(), constraint, false);
    if *constraint == Named::key("primary") {
        let adds = |edit: &Edit| {
            matches!(edit, Edit::AddConstraint(Constraint { kind: ConstraintKind::Key { primary: true, .. }, .. }))
        };
        let has_another = alter.actions.iter().any(|action| adds(&action.edit));
        let level = if has_another { Level::Online } else { Level::Copy };
        work.takes(level, "H26", "rows lie in the order of the key that goes");
    } else {
        work.takes(Level::Instant, "H26", "a constraint goes");
    }
}

pub(super) fn add_index(judge: &mut Judge<'_>, table: &ObjectName, index: &NewIndex, work: &mut Work) {
    let start = work.start();
    if index.if_not_exists {
        judge.say_at(start, "H50", "another index of that name would stay");
    }
    let went = index.name.as_ref().and_then(|name| judge.history.index_went(&index_of(table, name)));
    let in_this_statement = index.name.as_deref().is_some_and(|name| is_dropped_here(judge, name));
    if went.is_some_and(|files| files <= 1) && !in_this_statement {
        let message = format!(
            "until the index is built anew the queries of `{table}` go without: DROP INDEX and ADD INDEX fit in one ALTER TABLE"
        );
        judge.say_at(start, "H38", message);
    }
    match index.method {
        Some(method) => work.takes(Level::Shared, "H33", format!("a {method} index is built")),
        None => work.takes(Level::Online, "H33", "an index is built"),
    }
}

fn is_dropped_here(judge: &Judge<'_>, name: &str) -> bool {
    let drops = |edit: &Edit| matches!(edit, Edit::DropIndex { name: dropped, .. } if dropped == name);
    let own = judge.statements.get(judge.at).map(|statement| &statement.kind);
    matches!(own, Some(Kind::AlterTable(alter)) if alter.actions.iter().any(|action| drops(&action.edit)))
}

pub(super) fn drop_index(judge: &mut Judge<'_>, alter: &AlterTable, name: &str, work: &mut Work) {
    let (table, start) = (&alter.name, work.start());
    let key = Named::key(name);
    let is_key = judge.history.constraint(table, &key).is_some();
    if is_key {
        constraints::drop(judge, table, start, &key, false);
    }
    needed(judge, alter, name, start);
    work.takes(Level::Online, if is_key { "H26" } else { "H37" }, "an index goes");
}

/// The server keeps the last index that begins with the columns of a foreign key.
fn needed(judge: &mut Judge<'_>, alter: &AlterTable, name: &str, start: usize) {
    let (table, full) = (&alter.name, index_of(&alter.name, name));
    let has_others = alter
        .actions
        .iter()
        .any(|action| matches!(action.edit, Edit::AddIndex(_) | Edit::AddConstraint(_) | Edit::DropConstraint { .. }));
    let history = judge.history;
    let is_last = |columns: &[String]| {
        history.is_indexed(table, columns, None) && !history.is_indexed(table, columns, Some(&full))
    };
    let bound = history.foreign_keys(table).find(|(columns, _)| is_last(columns));
    if let Some((columns, parent)) = bound.filter(|_| !has_others) {
        let message = format!(
            "it is refused: the foreign key to `{parent}` needs an index that begins with `{}`",
            columns.join("`, `")
        );
        judge.say_at(start, "H39", message);
    }
}
