//! Columns of tables in use.

use super::alter::{OF_THE_TABLE, Work};
use super::known;
use crate::dialect::mysql::is_text;
use crate::dialect::mysql::level::{self, Level};
use crate::dialect::mysql::plan::{hazard_of_addition, hazard_of_change};
use crate::ir::{Column, Dialect, ObjectName, Table};
use crate::lint::judge::Judge;
use crate::lint::postgres::columns::{has_value, is_required_here};
use crate::lint::statement::{Action, AlterTable, ColumnDef, Edit, Kind};

pub(super) fn add(judge: &mut Judge<'_>, table: &ObjectName, column: &ColumnDef, if_not_exists: bool, work: &mut Work) {
    let (name, start) = (&column.name, work.start());
    if if_not_exists {
        judge.say_at(start, "H50", format!("a column `{name}` of another type would stay as it is"));
    }
    let parsed = known::column(judge.dialect, column, &known::table(judge.dialect, judge.history, table));
    touches(work, &parsed);
    work.shape.moved += 1;
    work.shape.placed |= column.placed;
    if column.not_null && !has_value(column) && !column.identity {
        let message = format!("rows of `{table}` get a zero or an empty value in `{name}`, in strict mode too");
        judge.say_at(start, "H4", message);
    }
    let code = hazard_of_addition(&parsed);
    let why = match code {
        "H6" => format!("each row gets a number in `{name}`"),
        "H7" => format!("`{name}` is computed and stored for each row"),
        "H3" => format!("the default of `{name}` is no constant to the server"),
        _ => format!("`{name}` is added"),
    };
    work.takes(level::add_column(judge.dialect, &parsed), code, why);
    inline(judge, table, column, work);
}

/// What a column brings along beside itself.
fn inline(judge: &mut Judge<'_>, table: &ObjectName, column: &ColumnDef, work: &mut Work) {
    let (name, start) = (&column.name, work.start());
    if column.check {
        let message = format!("the check of `{name}` is held against no row of `{table}` that is there");
        judge.say_at(start, "H8", message);
    }
    match (&column.references, judge.dialect) {
        (Some(_), Dialect::MySql) => {
            judge.say_at(start, "H8", format!("REFERENCES behind `{name}` is read and ignored: use FOREIGN KEY"));
        }
        (Some(parent), _) => work.takes(Level::Copy, "H8", format!("`{name}` refers to `{parent}`")),
        (None, _) => {}
    }
    if column.unique || column.primary_key {
        work.takes(Level::Online, "H8", format!("an index over `{name}` is built"));
    }
}

fn touches(work: &mut Work, column: &Column) {
    work.shape.columns += 1;
    work.shape.virtual_columns += usize::from(level::is_virtual(column));
}

pub(super) fn drop(judge: &mut Judge<'_>, table: &ObjectName, name: &str, work: &mut Work) {
    let known = judge.history.column(table, name);
    let is_computed = known.is_some_and(|column| column.generated);
    let parsed = definition(judge, table, name);
    work.shape.moved += 1;
    match &parsed {
        Some(column) => touches(work, column),
        None => work.shape.columns += 1,
    }
    if !judge.history.is_new_column(table, name) && !is_computed {
        let message = format!("the values of `{table}.{name}` are lost, and the running release may read it");
        judge.say_at(work.start(), "H12", message);
    }
    // An index over others too is built anew without it.
    let is_shared = judge.history.is_beside_others(table, name);
    let own = if is_shared { Level::Online } else { Level::Instant };
    let level = parsed.as_ref().map_or(own, level::drop_column).max(own);
    let code = if is_computed && comes_again(judge, name) { "H7" } else { "H12" };
    work.takes(level, code, format!("`{name}` is dropped"));
}

/// Whether the statement itself adds a column of that name: one that is computed otherwise.
fn comes_again(judge: &Judge<'_>, name: &str) -> bool {
    let adds = |edit: &Edit| matches!(edit, Edit::AddColumn { column, .. } if column.name == name);
    let own = judge.statements.get(judge.at).map(|statement| &statement.kind);
    matches!(own, Some(Kind::AlterTable(alter)) if alter.actions.iter().any(|action| adds(&action.edit)))
}

pub(super) fn rename(judge: &mut Judge<'_>, table: &ObjectName, from: &str, start: usize) {
    if !judge.history.is_new_column(table, from) {
        judge.say_at(start, "H13", format!("the running release still says `{table}.{from}`"));
    }
}

pub(super) fn drop_default(judge: &mut Judge<'_>, table: &ObjectName, column: &str, start: usize) {
    if is_required_here(judge, table, column) {
        let message =
            format!("inserts of the running release, which doesn't know `{table}.{column}`, fail from here on");
        judge.say_at(start, "H5", message);
    }
}

/// The column as the files have it, with the character set that it has of its table.
fn definition(judge: &Judge<'_>, table: &ObjectName, name: &str) -> Option<Column> {
    known::table(judge.dialect, judge.history, table).column(name).cloned()
}

/// The table with the options that the statement sets: what it says of no character set has the new default.
fn after_options(alter: &AlterTable, before: &Table) -> Table {
    let mut table = before.clone();
    for action in &alter.actions {
        if let Edit::Options(options) = &action.edit {
            known::set_options(&mut table, options);
        }
    }
    table
}

pub(super) fn modify(
    judge: &mut Judge<'_>,
    alter: &AlterTable,
    from: Option<&str>,
    column: &ColumnDef,
    work: &mut Work,
) {
    let (table, start) = (&alter.name, work.start());
    let before = from.unwrap_or(&column.name);
    if from.is_some() {
        rename(judge, table, before, start);
    }
    if column.check {
        let message = format!("the check of `{}` is held against no row of `{table}` that is there", column.name);
        judge.say_at(start, "H24", message);
    }
    let whole = known::table(judge.dialect, judge.history, table);
    let mut to = known::column(judge.dialect, column, &after_options(alter, &whole));
    touches(work, &to);
    let Some(from) = whole.column(before) else {
        return work.takes(None, "H14", format!("what `{before}` is now, these files don't say"));
    };
    // Of a primary key, which NULL never enters.
    let is_key = whole.primary_key.as_ref().is_some_and(|key| key.columns.iter().any(|key| key == before));
    to.nullable &= !is_key;
    let from = known::called_as(judge.dialect, Column { name: to.name.clone(), ..from.clone() }, &to);
    forgets(judge, table, &from, &to, start);
    changes(judge, table, (&from, level::is_indexed(&whole, before)), &to, work);
}

/// What a column has and the statement doesn't say again.
fn forgets(judge: &mut Judge<'_>, table: &ObjectName, from: &Column, to: &Column, start: usize) {
    let stated = [
        ("DEFAULT", from.default.is_some() && to.default.is_none()),
        ("ON UPDATE", from.on_update.is_some() && to.on_update.is_none()),
        ("AUTO_INCREMENT", from.identity.is_some() && to.identity.is_none()),
        ("COMMENT", from.comment.is_some() && to.comment.is_none()),
        ("GENERATED", from.generated.is_some() && to.generated.is_none()),
    ];
    let lost: Vec<&str> = stated.into_iter().filter(|(_, is_lost)| *is_lost).map(|(word, _)| word).collect();
    if !lost.is_empty() {
        let message = format!(
            "`{table}.{}` loses its {}, which the statement doesn't say again",
            to.name,
            lost.join(" and its ")
        );
        judge.say_at(start, "H72", message);
    }
}

fn changes(
    judge: &mut Judge<'_>,
    table: &ObjectName,
    (from, is_in_index): (&Column, bool),
    to: &Column,
    work: &mut Work,
) {
    let (name, start) = (&to.name, work.start());
    let code = hazard_of_change(judge.dialect, from, to);
    match code {
        Some("H19") => {
            let zone = if is_clock(from) && is_clock(to) { ", and converted in the session's time zone" } else { "" };
            let message =
                format!("a value of `{name}` that doesn't fit {} is refused, or cut outside strict mode{zone}", to.ty);
            judge.say_at(start, "H19", message);
        }
        Some("H10") => {
            let message = format!("it fails on a NULL in `{table}.{name}`, or makes a zero of it outside strict mode");
            judge.say_at(start, "H10", message);
        }
        Some("H11") if !judge.history.is_new_column(table, name) => {
            judge.say_at(start, "H11", format!("the running release may not expect NULL in `{table}.{name}`"));
        }
        _ => {}
    }
    let why = match code {
        Some("H17") => format!("the character set or the order of `{name}` is another"),
        Some("H7") => format!("`{name}` is computed otherwise"),
        _ if from.ty == to.ty => format!("`{name}` is another than before"),
        _ => format!("{} is stored otherwise than {}", from.ty, to.ty),
    };
    let level = level::modify(judge.dialect, (from, is_in_index), to);
    let own = if level >= Level::Shared { "H14" } else { OF_THE_TABLE };
    work.takes(level, code.unwrap_or(own), why);
}

/// CONVERT TO CHARACTER SET.
pub(super) fn convert(judge: &Judge<'_>, table: &ObjectName, work: &mut Work) {
    let known = known::table(judge.dialect, judge.history, table);
    let has_none = judge.history.is_known_whole(table) && !known.columns.iter().any(|column| is_text(&column.ty));
    let level = if has_none { Level::Instant } else { Level::Copy };
    work.takes(level, "H17", "texts are written in another character set");
}

fn is_clock(column: &Column) -> bool {
    ["timestamp", "datetime"].iter().any(|word| column.ty.to_string().starts_with(word))
}

/// What is regretted later, in tables old and new.
pub(super) fn design(judge: &mut Judge<'_>, alter: &AlterTable, action: &Action) {
    if let Edit::AddConstraint(constraint) = &action.edit {
        super::keys::mismatch(judge, &alter.name, action.start, &constraint.kind);
    }
}
