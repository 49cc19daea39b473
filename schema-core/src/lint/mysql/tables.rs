//! Tables as a whole.

use super::alter::{OF_THE_TABLE, Work};
use super::keys::mismatch;
use super::known;
use crate::dialect::mysql::level::Level;
use crate::ir::ObjectName;
use crate::lint::judge::Judge;
use crate::lint::postgres::tables::{is_bridged, is_key, went_here};
use crate::lint::statement::{ColumnDef, CreateTable, Options, Partitions};

/// Integers of a key and the number after which they run out.
const SMALL: [(&str, &str, &str); 4] = [
    ("tinyint", "127", "255"),
    ("smallint", "32,767", "65,535"),
    ("mediumint", "8,388,607", "16,777,215"),
    ("int", "2,147,483,647", "4,294,967,295"),
];

pub(super) fn create(judge: &mut Judge<'_>, table: &CreateTable) {
    if table.temporary {
        return;
    }
    let name = &table.name;
    if table.if_not_exists {
        judge.say("H50", format!("a table `{name}` of another shape would stay as it is"));
    }
    if table.replaces && judge.in_use(name) {
        judge.say("H47", format!("OR REPLACE drops a table `{name}` that is there, with its rows"));
    } else if went_here(judge, name) {
        judge.say("H50", format!("this file drops whatever table `{name}` is there, with its rows"));
    }
    let mut history = judge.history.clone();
    history.apply(&crate::lint::statement::Kind::CreateTable(table.clone()));
    let mut after = Judge { history: &history, found: judge.found, ..*judge };
    for constraint in &table.constraints {
        mismatch(&mut after, name, 0, &constraint.kind);
    }
    for column in table.columns.iter().filter(|column| is_key(table, &column.name, column.primary_key)) {
        runs_out(judge, name, column);
    }
}

fn runs_out(judge: &mut Judge<'_>, table: &ObjectName, column: &ColumnDef) {
    let ty = known::ty(judge.dialect, &column.type_text).to_string();
    let base = ty.split([' ', '(']).next().unwrap_or_default();
    if let Some((_, signed, unsigned)) = SMALL.iter().find(|(small, ..)| *small == base) {
        let limit = if ty.contains("unsigned") { unsigned } else { signed };
        judge.say("H63", format!("`{table}.{}` runs out after {limit} rows", column.name));
    }
}

/// RENAME TABLE, in which one table can take the place of another.
pub(super) fn rename(judge: &mut Judge<'_>, pairs: &[(ObjectName, ObjectName)]) {
    for (from, to) in pairs {
        let is_taken = pairs.iter().any(|(_, other)| other == from);
        let takes = pairs.iter().any(|(other, _)| other == to);
        if !is_taken && !takes {
            rename_one(judge, from, to, 0);
        }
    }
}

pub(super) fn rename_one(judge: &mut Judge<'_>, from: &ObjectName, to: &ObjectName, start: usize) {
    if judge.in_use(from) && !judge.goes(to) && !is_bridged(judge, from) {
        judge.say_at(start, "H49", format!("the running release still says `{from}`"));
    }
}

pub(super) fn options(options: &Options, work: &mut Work) {
    for (name, value) in options {
        match name.as_str() {
            "engine" if value != "innodb" => {
                work.takes(Level::Copy, OF_THE_TABLE, format!("another engine, {value}, stores it"))
            }
            "engine" | "force" | "row_format" | "key_block_size" | "page_compressed" | "encrypted" => {
                work.takes(Level::Online, OF_THE_TABLE, format!("{} writes each row anew", name.to_uppercase()));
            }
            _ => {}
        }
    }
}

pub(super) fn partitions(judge: &mut Judge<'_>, table: &ObjectName, partitions: Partitions, work: &mut Work) {
    match partitions {
        Partitions::Lost(word) => {
            judge.say_at(work.start(), "H47", format!("{word} PARTITION: rows of `{table}` are lost"));
        }
        Partitions::Moved => work.takes(Level::Copy, "H42", "rows go to other partitions"),
        Partitions::Other => {}
    }
}
