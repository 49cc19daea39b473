//! The catalogue's rows as MariaDB and MySQL meet them: what copies a table while writes wait, what is lost in silence, and
//! what stays when a file stops half-way, since every definition commits.

mod alter;
mod columns;
mod files;
mod keys;
mod known;
mod stated;
mod tables;

pub use stated::{StatedLocks, stated_locks};

use super::judge::Judge;
use super::postgres;
use super::statement::Kind;

/// Judges the statement at hand.
pub(super) fn judge(judge: &mut Judge<'_>) {
    let Some(statement) = judge.statements.get(judge.at) else { return };
    files::statement(judge, statement);
    match &statement.kind {
        Kind::CreateTable(table) => tables::create(judge, table),
        Kind::AlterTable(alter) => alter::alter_table(judge, alter),
        Kind::RenameTables(pairs) => tables::rename(judge, pairs),
        Kind::Drop(drop) => postgres::tables::drop(judge, drop),
        Kind::Create(create) => postgres::tables::create_other(judge, create),
        Kind::Truncate { tables, .. } => postgres::tables::truncate(judge, tables, false),
        Kind::Write { verb, table, everything } => files::write(judge, verb, table, *everything),
        Kind::Lock { tables, waits } => postgres::files::lock(judge, tables, *waits),
        Kind::Settings(settings) => settings.iter().for_each(|setting| files::setting(judge, setting)),
        Kind::Transaction { word } if judge.in_transaction => postgres::files::transaction(judge, word),
        _ => {}
    }
}
