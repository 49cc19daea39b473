//! One ALTER TABLE: what each action means, and what all of them together cost those who write meanwhile.

use super::{columns, keys, known, tables};
use crate::dialect::mysql::level::{Level, Shape, on_table};
use crate::lint::history::in_turn;
use crate::lint::judge::Judge;
use crate::lint::statement::{AlterTable, Edit, Stated};

/// Under which row it is said that the table is written anew, where no action has a row of its own.
pub(super) const OF_THE_TABLE: &str = "H53";

/// What an action asks of the server.
pub(super) struct Effect {
    /// Where it starts, in bytes of the statement.
    start: usize,
    /// `None`: the files don't tell.
    level: Option<Level>,
    code: &'static str,
    why: String,
}

/// The actions so far.
#[derive(Default)]
pub(super) struct Work {
    pub(super) shape: Shape,
    effects: Vec<Effect>,
    start: usize,
}

impl Work {
    /// Where the action at hand starts, in bytes of the statement.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// What the action at hand asks, the row under which it is said, and the reason.
    pub(super) fn takes(&mut self, level: impl Into<Option<Level>>, code: &'static str, why: impl Into<String>) {
        self.effects.push(Effect { start: self.start, level: level.into(), code, why: why.into() });
    }
}

pub(super) fn alter_table(judge: &mut Judge<'_>, alter: &AlterTable) {
    let is_in_use = judge.in_use(&alter.name) && !judge.goes(&alter.name);
    let mut work = Work::default();
    // Actions see what those before them did.
    let mut history = judge.history.clone();
    for actions in in_turn(judge.dialect, alter) {
        let mut judge = Judge { history: &history, found: judge.found, ..*judge };
        for action in &actions {
            work.start = action.start;
            if is_in_use {
                edit(&mut judge, alter, &action.edit, &mut work);
            }
            columns::design(&mut judge, alter, action);
        }
        history.act(&alter.name, &actions);
    }
    if is_in_use {
        let before = known::table(judge.dialect, judge.history, &alter.name);
        let after = known::table(judge.dialect, &history, &alter.name_after());
        let levels: Vec<Level> = work.effects.iter().filter_map(|effect| effect.level).collect();
        say(judge, alter, &work.effects, on_table(&levels, &work.shape, &before, &after));
    }
}

fn edit(judge: &mut Judge<'_>, alter: &AlterTable, edit: &Edit, work: &mut Work) {
    let (table, start) = (&alter.name, work.start);
    match edit {
        Edit::DropColumn { name, if_exists: true, .. } if judge.history.has_no_column(table, name) => {}
        Edit::DropConstraint { constraint, if_exists: true, .. }
            if judge.history.has_no_constraint(table, constraint) => {}
        Edit::AddColumn { column, if_not_exists } => columns::add(judge, table, column, *if_not_exists, work),
        Edit::DropColumn { name, .. } => columns::drop(judge, table, name, work),
        Edit::Modify { from, column } => columns::modify(judge, alter, from.as_deref(), column, work),
        Edit::RenameColumn { from, .. } => columns::rename(judge, table, from, start),
        Edit::DropDefault { column } => columns::drop_default(judge, table, column, start),
        Edit::AddConstraint(constraint) => keys::add_constraint(judge, alter, constraint, work),
        Edit::DropConstraint { constraint, .. } => keys::drop_constraint(judge, alter, constraint, work),
        Edit::AddIndex(index) => keys::add_index(judge, table, index, work),
        Edit::DropIndex { name, .. } => keys::drop_index(judge, alter, name, work),
        Edit::RenameTo { name } => tables::rename_one(judge, table, &table.sibling(name), start),
        Edit::Convert => columns::convert(judge, table, work),
        Edit::Rewrite { what } => work.takes(Level::Copy, OF_THE_TABLE, format!("{what} writes each row anew")),
        Edit::Options(options) => tables::options(options, work),
        Edit::Partition(partitions) => tables::partitions(judge, table, *partitions, work),
        _ => {}
    }
}

/// Says what makes writes wait, unless the statement forbids the server to do that.
fn say(judge: &mut Judge<'_>, alter: &AlterTable, effects: &[Effect], needed: Level) {
    let table = &alter.name;
    let limit = limit(&alter.stated);
    for effect in
        effects.iter().filter(|effect| effect.level.is_none() && limit.is_none_or(|limit| limit > Level::Online))
    {
        let message = format!(
            "`{table}` may be copied while its writes wait: {}; with ALGORITHM=INPLACE, LOCK=NONE in the statement the server refuses where it can't do without",
            effect.why
        );
        judge.say_at(effect.start, effect.code, message);
    }
    let done = match limit {
        _ if alter.stated.algorithm.as_deref() == Some("COPY") => Level::Copy,
        Some(limit) => needed.min(limit),
        None => needed,
    };
    let what = match (done, alter.stated.lock.as_deref()) {
        (_, Some("EXCLUSIVE")) => "takes neither reads nor writes while this is done",
        (Level::Copy, _) => "takes no writes while it is copied",
        (Level::Shared, _) => "takes no writes while this is built",
        (_, Some("SHARED")) => "takes no writes while this is done",
        _ => return,
    };
    let mut culprits: Vec<&Effect> =
        effects.iter().filter(|effect| effect.level.is_some_and(|level| level >= Level::Shared)).collect();
    if culprits.is_empty() {
        let known = || effects.iter().filter(|effect| effect.level.is_some());
        culprits.extend(known().find(|effect| effect.code != OF_THE_TABLE).or_else(|| known().next()));
    }
    for effect in &culprits {
        judge.say_at(effect.start, effect.code, format!("`{table}` {what}: {}", effect.why));
    }
    if effects.is_empty() {
        judge.say(OF_THE_TABLE, format!("`{table}` {what}, as the statement says"));
    }
}

/// The most that the server may do before it refuses, where the statement says that.
fn limit(stated: &Stated) -> Option<Level> {
    let by_lock = (stated.lock.as_deref() == Some("NONE")).then_some(Level::Online);
    let by_algorithm = match stated.algorithm.as_deref() {
        Some("INSTANT") => Some(Level::Instant),
        Some("INPLACE" | "NOCOPY") => Some(Level::Shared),
        _ => None,
    };
    by_lock.into_iter().chain(by_algorithm).min()
}
