//! Columns of tables in use.

use crate::dialect::postgres::plan::is_volatile;
use crate::dialect::{TypeChange, type_change};
use crate::ir::{Dialect, ObjectName, SqlType};
use crate::kept;
use crate::lint::judge::Judge;
use crate::lint::statement::{ColumnDef, Edit, Generated, Kind};

pub(super) fn edit(judge: &mut Judge<'_>, table: &ObjectName, start: usize, edit: &Edit) {
    match edit {
        Edit::AddColumn { column, if_not_exists } => {
            if *if_not_exists {
                let message = format!("a column `{}` of another type would stay as it is", column.name);
                judge.say_at(start, "H50", message);
            }
            add(judge, table, start, column);
        }
        Edit::DropColumn { name, cascade, .. } => {
            if *cascade {
                judge.say_at(start, "H48", format!("CASCADE drops whatever uses `{table}.{name}`, unnamed"));
            }
            let is_computed = judge.history.column(table, name).is_some_and(|column| column.generated);
            let is_computed_anew = is_computed && comes_again(judge, table, name);
            if !judge.history.is_new_column(table, name) && !is_computed_anew {
                let message = format!("the values of `{table}.{name}` are lost, and the running release may read it");
                judge.say_at(start, "H12", message);
            }
        }
        Edit::AlterType { column, .. } => alter_type(judge, table, start, column, edit),
        Edit::SetNotNull { column } if !judge.history.is_proven_not_null(table, column) => {
            let message = format!("`{table}` is shut while all its rows are read for a NULL in `{column}`");
            judge.say_at(start, "H10", message);
        }
        Edit::DropNotNull { column } if !judge.history.is_new_column(table, column) => {
            judge.say_at(start, "H11", format!("the running release may not expect NULL in `{table}.{column}`"));
        }
        Edit::DropDefault { column } if is_required_here(judge, table, column) => {
            let message =
                format!("inserts of the running release, which doesn't know `{table}.{column}`, fail from here on");
            judge.say_at(start, "H5", message);
        }
        Edit::RenameColumn { from, to } if kept::is_kept(to) => {
            judge.say_at(start, "H12", format!("the running release still says `{table}.{from}`, which is put aside"));
        }
        Edit::RenameColumn { from, .. } if !judge.history.is_new_column(table, from) => {
            judge.say_at(start, "H13", format!("the running release still says `{table}.{from}`"));
        }
        _ => {}
    }
}

/// Whether the file adds a column of that name later.
fn comes_again(judge: &Judge<'_>, table: &ObjectName, column: &str) -> bool {
    let adds = |edit: &Edit| matches!(edit, Edit::AddColumn { column: added, .. } if added.name == column);
    judge.after().any(|kind| {
        matches!(kind, Kind::AlterTable(alter) if alter.name == *table && alter.actions.iter().any(|it| adds(&it.edit)))
    })
}

/// Whether this file adds the column as NOT NULL.
pub(in crate::lint) fn is_required_here(judge: &Judge<'_>, table: &ObjectName, column: &str) -> bool {
    judge.history.is_new_column(table, column)
        && judge.history.column(table, column).is_some_and(|column| column.not_null)
}

fn add(judge: &mut Judge<'_>, table: &ObjectName, start: usize, column: &ColumnDef) {
    let name = &column.name;
    let shut = format!("`{table}` is shut while it is written anew");
    match () {
        () if column.identity => judge.say_at(start, "H6", format!("{shut}: each row gets a number in `{name}`")),
        () if column.generated == Some(Generated::Stored) => {
            judge.say_at(start, "H7", format!("{shut}: `{name}` is computed and stored for each row"));
        }
        () if column.default.as_deref().is_some_and(is_volatile) => {
            judge.say_at(start, "H3", format!("{shut}: the default of `{name}` differs from row to row"));
        }
        () if judge.history.refuses(&column.type_text) => {
            judge.say_at(start, "H9", format!("{shut}: the domain {} may refuse values", column.type_text));
        }
        () if column.not_null && !has_value(column) => {
            judge.say_at(start, "H4", format!("it fails if `{table}` holds a row, which has no value for `{name}`"));
        }
        () => {}
    }
    inline(judge, table, start, column);
}

pub(in crate::lint) fn has_value(column: &ColumnDef) -> bool {
    column.generated.is_some() || column.default.as_ref().is_some_and(|default| !default.eq_ignore_ascii_case("null"))
}

fn inline(judge: &mut Judge<'_>, table: &ObjectName, start: usize, column: &ColumnDef) {
    let work = [
        (column.unique || column.primary_key, "an index is built"),
        (column.references.is_some(), "its rows are checked, and the other table takes no writes"),
        (column.check, "its rows are checked"),
    ];
    for (_, work) in work.into_iter().filter(|(is_there, _)| *is_there) {
        judge.say_at(start, "H8", format!("`{table}` is shut while {work}"));
    }
}

fn alter_type(judge: &mut Judge<'_>, table: &ObjectName, start: usize, column: &str, edit: &Edit) {
    let Edit::AlterType { type_text, collation, using, .. } = edit else { return };
    let known = judge.history.column(table, column);
    let from = known.and_then(|column| column.type_text.as_deref());
    let stored = |text| judge.history.stored_type(text);
    let (Some(from), Some(to)) = (from.and_then(stored), stored(type_text)) else {
        let message = format!(
            "`{table}` may be shut while it is written anew: what `{column}` is now, these files don't say, nor whether {type_text} is stored alike"
        );
        return judge.say_at(start, "H14", message);
    };
    let shut = format!("`{table}` is shut while it is written anew");
    match type_change(Dialect::Postgres, &from, &to) {
        _ if judge.history.is_made_anew(type_text) => {
            judge.say_at(start, "H14", format!("{shut}: `{column}` is of another {type_text} than before"));
        }
        _ if judge.history.refuses(type_text) => {
            judge.say_at(start, "H19", format!("{shut} or read, and {type_text} may refuse a value of `{column}`"));
        }
        _ if is_citext(&from) != is_citext(&to) => {
            judge.say_at(
                start,
                "H17",
                format!(
                    "indexes over `{table}.{column}` are built anew while it is shut, and other values count as equal"
                ),
            );
        }
        TypeChange::Same | TypeChange::Free if known.is_some_and(|known| known.collation != *collation) => {
            judge.say_at(
                start,
                "H17",
                format!("indexes over `{table}.{column}` are built anew while it is shut: their order is another"),
            );
        }
        TypeChange::Same | TypeChange::Free => {}
        TypeChange::Rewrite if is_clock(&from) && is_clock(&to) => {
            let zoned = using.as_ref().is_some_and(|using| using.to_ascii_uppercase().contains("AT TIME ZONE"));
            let zone = if zoned { "" } else { ", and the session's time zone decides what its values mean" };
            judge.say_at(start, "H16", format!("{shut}{zone}"));
        }
        TypeChange::Rewrite => judge.say_at(start, "H14", format!("{shut}: {from} is stored otherwise than {to}")),
        TypeChange::Narrowing => {
            let message =
                format!("{shut} or read, and a value of `{column}` that doesn't fit {to} is refused or changed");
            judge.say_at(start, "H19", message);
        }
    }
}

fn is_clock(ty: &SqlType) -> bool {
    ty.to_string().starts_with("timestamp")
}

fn is_citext(ty: &SqlType) -> bool {
    ty.to_string().ends_with("citext")
}

/// What is regretted later, in tables old and new.
pub(super) fn design(judge: &mut Judge<'_>, start: usize, edit: &Edit) {
    if let Edit::AddColumn { column, .. } = edit {
        json(judge, start, column);
    }
}

pub(super) fn json(judge: &mut Judge<'_>, start: usize, column: &ColumnDef) {
    if column.type_text.eq_ignore_ascii_case("json") {
        judge.say_at(start, "H45", format!("`{}` is json, which can't be compared", column.name));
    }
}

/// Whether the type counts up to some two thousand million at most.
pub(super) fn is_small_number(column: &ColumnDef) -> bool {
    const SMALL: [&str; 9] =
        ["int", "integer", "int4", "smallint", "int2", "serial", "serial4", "smallserial", "serial2"];
    SMALL.iter().any(|name| column.type_text.eq_ignore_ascii_case(name))
}

/// Whether a table's statement among these makes or changes a table that is in use.
pub(super) fn changes_a_table_in_use(judge: &Judge<'_>, kind: &Kind) -> bool {
    match kind {
        Kind::AlterTable(alter) => judge.in_use(&alter.name),
        Kind::CreateIndex(index) => judge.in_use(&index.table),
        Kind::Drop(drop) => drop.what == "TABLE",
        _ => false,
    }
}
