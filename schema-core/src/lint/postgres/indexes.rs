//! Indexes and partitions.

use crate::ir::ObjectName;
use crate::lint::judge::Judge;
use crate::lint::statement::{ConstraintKind, CreateIndex, DropIndex, Kind};

pub(super) fn create(judge: &mut Judge<'_>, index: &CreateIndex) {
    let table = &index.table;
    let is_in_use = judge.in_use(table);
    if index.concurrently {
        concurrent(judge, "the build");
        if index.if_not_exists {
            judge.say("H35", "an invalid index that a failed build left behind would be taken for this one");
        }
        if judge.history.is_partitioned(table) && !index.only {
            judge.say("H41", format!("it is refused: `{table}` is partitioned"));
        }
        return;
    }
    if index.if_not_exists {
        judge.say("H50", "another index of that name would stay, and an invalid one too");
    }
    if !is_in_use {
        return;
    }
    if replaced(judge, index) {
        return;
    }
    match judge.history.is_partitioned(table) {
        true if index.only => {}
        true => judge.say("H41", format!("`{table}` and all its partitions take no writes until every index is built")),
        false => judge.say("H33", format!("`{table}` takes no writes while the index is built")),
    }
}

/// Says where an index of the same name went just before.
fn replaced(judge: &mut Judge<'_>, index: &CreateIndex) -> bool {
    let Some(name) = &index.name else { return false };
    let went = judge.history.index_went(&index.table.sibling(name)).is_some_and(|files| files <= 1);
    if went {
        let table = &index.table;
        judge
            .say("H38", format!("until `{name}` is built anew, `{table}` takes no writes, and its queries go without"));
    }
    went
}

/// Whether the file makes an index of that name later.
fn comes_again(judge: &Judge<'_>, name: &ObjectName) -> bool {
    judge.after().any(|kind| {
        matches!(kind, Kind::CreateIndex(index) if index.name.as_ref().is_some_and(|own| index.table.sibling(own) == *name))
    })
}

/// What runs in no transaction, and alone.
fn concurrent(judge: &mut Judge<'_>, what: &str) {
    if judge.in_transaction {
        judge.say(
            "H34",
            format!("{what} is refused in a transaction: `-- no-transaction` must be the file's first bytes"),
        );
    } else if judge.statements.len() > 1 {
        judge.say(
            "H34",
            format!("{what} is refused beside other statements: PostgreSQL runs a text of several as one transaction"),
        );
    }
}

pub(super) fn drop(judge: &mut Judge<'_>, drop: &DropIndex) {
    if drop.cascade {
        judge.say("H48", "CASCADE drops the constraints that stand on the index, unnamed");
    }
    if drop.concurrently {
        concurrent(judge, "the drop");
    }
    for name in &drop.names {
        let index = judge.history.index(name).cloned();
        let table = index.as_ref().map(|index| index.table.clone());
        if table.as_ref().is_some_and(|table| !judge.in_use(table) || judge.goes(table)) {
            continue;
        }
        if !drop.concurrently
            && !comes_again(judge, name)
            && !table.as_ref().is_some_and(|table| judge.history.is_partitioned(table))
        {
            let shut = table.as_ref().map_or_else(|| "its table".to_owned(), |table| format!("`{table}`"));
            judge.say("H37", format!("{shut} is shut as soon as the drop waits for a query"));
        }
        if let Some(table) = table {
            last_of_a_key(judge, &table, name);
        }
    }
}

/// The last index that starts with the columns of a foreign key.
fn last_of_a_key(judge: &mut Judge<'_>, table: &ObjectName, index: &ObjectName) {
    let history = judge.history;
    let needs = |columns: &[String]| {
        history.is_indexed(table, columns, None) && !history.is_indexed(table, columns, Some(index))
    };
    let needed = history.foreign_keys(table).find(|(columns, _)| needs(columns));
    if let Some((columns, parent)) = needed {
        let columns = columns.join("`, `");
        judge.say(
            "H39",
            format!("each delete in `{parent}` reads all of `{table}` from here on: no index starts with `{columns}`"),
        );
    }
}

pub(super) fn reindex(judge: &mut Judge<'_>, concurrently: bool) {
    match concurrently {
        true => concurrent(judge, "REINDEX CONCURRENTLY"),
        false => judge.say("H40", "its table takes no writes while the index is built, and queries wait too"),
    }
}

pub(super) fn attach(judge: &mut Judge<'_>, parent: &ObjectName, start: usize, child: &ObjectName) {
    let constraints = judge.history.table(child).map(|table| table.constraints.values());
    let is_checked = constraints
        .is_some_and(|mut known| known.any(|known| known.valid && matches!(known.kind, ConstraintKind::Check { .. })));
    if judge.in_use(child) && !is_checked {
        let message = format!(
            "`{child}` is shut while all its rows are read, unless a valid check says what `{parent}` expects of them"
        );
        judge.say_at(start, "H43", message);
    }
}

pub(super) fn detach(judge: &mut Judge<'_>, parent: &ObjectName, start: usize, child: &ObjectName, concurrently: bool) {
    match concurrently {
        true => concurrent(judge, "DETACH PARTITION .. CONCURRENTLY"),
        false if judge.goes(child) => {}
        false => {
            let message = format!("`{parent}` and `{child}` are shut as soon as it waits for a query");
            judge.say_at(start, "H44", message);
        }
    }
}
