//! The catalogue's rows as PostgreSQL meets them.

pub(super) mod columns;
pub(super) mod constraints;
pub(super) mod files;
mod indexes;
pub(super) mod tables;

use super::judge::Judge;
use super::statement::{AlterTable, Edit, Kind};

/// Judges the statement at hand.
pub(super) fn judge(judge: &mut Judge<'_>) {
    let Some(statement) = judge.statements.get(judge.at) else { return };
    files::statement(judge, statement);
    match &statement.kind {
        Kind::CreateTable(table) => tables::create(judge, table),
        Kind::AlterTable(alter) => alter_table(judge, alter),
        Kind::CreateIndex(index) => indexes::create(judge, index),
        Kind::DropIndex(drop) => indexes::drop(judge, drop),
        Kind::Reindex { concurrently } => indexes::reindex(judge, *concurrently),
        Kind::Drop(drop) => tables::drop(judge, drop),
        Kind::Create(create) => tables::create_other(judge, create),
        Kind::AlterType { name, change } => tables::alter_type(judge, name, change),
        Kind::AlterDomain { name, change } => constraints::alter_domain(judge, name, change),
        Kind::Policy { table, comes: false } => tables::drop_policy(judge, table),
        Kind::Truncate { tables, cascade } => tables::truncate(judge, tables, *cascade),
        Kind::Write { verb, table, everything } => files::write(judge, verb, table, *everything),
        Kind::Lock { tables, waits } => files::lock(judge, tables, *waits),
        Kind::Compaction { what } => tables::compaction(judge, what),
        Kind::Settings(settings) => settings.iter().for_each(|setting| files::setting(judge, setting)),
        Kind::Transaction { word } => files::transaction(judge, word),
        Kind::UpdateExtension { name } => tables::update_extension(judge, name),
        _ => {}
    }
}

fn alter_table(judge: &mut Judge<'_>, alter: &AlterTable) {
    // Actions see what those before them did.
    let mut history = judge.history.clone();
    for action in &alter.actions {
        let mut judge = Judge { history: &history, found: judge.found, ..*judge };
        if judge.in_use(&alter.name) && !judge.goes(&alter.name) {
            edit(&mut judge, alter, action.start, &action.edit);
        } else if let Edit::AddConstraint(constraint) = &action.edit {
            constraints::add_to_new(&mut judge, &alter.name, action.start, constraint);
        }
        columns::design(&mut judge, action.start, &action.edit);
        history.act(&alter.name, &[action]);
    }
}

fn edit(judge: &mut Judge<'_>, alter: &AlterTable, start: usize, edit: &Edit) {
    let table = &alter.name;
    match edit {
        Edit::DropColumn { name, if_exists: true, .. } if judge.history.has_no_column(table, name) => {}
        Edit::AddColumn { .. }
        | Edit::DropColumn { .. }
        | Edit::AlterType { .. }
        | Edit::SetNotNull { .. }
        | Edit::DropNotNull { .. }
        | Edit::DropDefault { .. }
        | Edit::RenameColumn { .. } => columns::edit(judge, table, start, edit),
        Edit::AddConstraint(constraint) => constraints::add(judge, table, start, constraint),
        Edit::DropConstraint { constraint, if_exists: true, .. }
            if judge.history.has_no_constraint(table, constraint) => {}
        Edit::DropConstraint { constraint, cascade, .. } => {
            constraints::drop(judge, table, start, constraint, *cascade)
        }
        Edit::Validate { name } => constraints::validate(judge, table, start, name),
        Edit::RenameTo { .. } | Edit::SetSchema { .. } | Edit::Rewrite { .. } | Edit::DisableRowSecurity => {
            tables::edit(judge, table, start, edit);
        }
        Edit::Attach { child } => indexes::attach(judge, table, start, child),
        Edit::Detach { child, concurrently } => indexes::detach(judge, table, start, child, *concurrently),
        Edit::RenameConstraint { .. } | Edit::SetDefault { .. } | Edit::Harmless => {}
        // Of other databases.
        Edit::Modify { .. }
        | Edit::AddIndex(_)
        | Edit::DropIndex { .. }
        | Edit::RenameIndex { .. }
        | Edit::Convert
        | Edit::Options(_)
        | Edit::Partition(_) => {}
    }
}
