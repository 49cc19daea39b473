//! What is about a file as a whole and its session: definitions commit, and what a session is told stays.

use super::keys::is_off;
use crate::ir::ObjectName;
use crate::lint::judge::Judge;
use crate::lint::postgres::files;
use crate::lint::source::Statement;
use crate::lint::statement::{Kind, Setting};
use crate::objects::tokens::Token;

/// What a name can have.
const NAME_CHARACTERS: usize = 64;

/// A wait of a day for a lock is one without a limit.
const A_DAY: u64 = 86_400;

/// What any statement can do.
pub(super) fn statement(judge: &mut Judge<'_>, statement: &Statement) {
    if let Some(token) = statement.tokens.iter().find(|token| is_too_long(token)) {
        judge.say_at(token.start, "H61", format!("it is refused: a name has {NAME_CHARACTERS} characters at most"));
    }
    half_done(judge, &statement.kind);
}

fn is_too_long(token: &Token) -> bool {
    token.identifier().is_some_and(|name| !name.starts_with('@') && name.chars().count() > NAME_CHARACTERS)
}

/// Said once: where a failure first leaves something behind.
fn half_done(judge: &mut Judge<'_>, kind: &Kind) {
    let stays = |kind: &Kind| !judge.in_transaction || commits(kind);
    let is_split = |before: &[Statement], kind: &Kind| {
        works(kind)
            && before.iter().any(|statement| works(&statement.kind))
            && (stays(kind) || before.iter().any(|statement| stays(&statement.kind)))
    };
    let before = judge.statements.get(..judge.at).unwrap_or_default();
    let is_said = (0..before.len()).any(|at| {
        let (earlier, rest) = before.split_at(at);
        rest.first().is_some_and(|statement| is_split(earlier, &statement.kind))
    });
    if is_said || !is_split(before, kind) {
        return;
    }
    let writes = before.iter().any(|statement| works(&statement.kind) && !commits(&statement.kind));
    let message = if commits(kind) && writes {
        "it commits what the file wrote so far: where it fails, that stays, and the file can't run again"
    } else {
        "every definition commits: where this fails, what ran before it stays, and the file can't run again"
    };
    judge.say("H59", message);
}

/// Whether it ends the transaction that is open.
fn commits(kind: &Kind) -> bool {
    match kind {
        Kind::CreateTable(table) => !table.temporary,
        Kind::AlterTable(_) | Kind::Drop(_) | Kind::Create(_) | Kind::RenameTables(_) | Kind::Truncate { .. } => true,
        _ => false,
    }
}

fn works(kind: &Kind) -> bool {
    commits(kind) || matches!(kind, Kind::Write { .. } | Kind::Copy { .. })
}

pub(super) fn write(judge: &mut Judge<'_>, verb: &str, table: &ObjectName, everything: bool) {
    match verb {
        "REPLACE" if judge.in_use(table) => {
            let message = format!(
                "a row of `{table}` that has the same key is deleted, with those that cascade from it, and what the statement doesn't name gets its default"
            );
            judge.say("H57", message);
        }
        _ if everything => files::write(judge, verb, table, true),
        _ => {}
    }
}

pub(super) fn setting(judge: &mut Judge<'_>, setting: &Setting) {
    let value = setting.value.to_ascii_uppercase();
    match setting.name.as_str() {
        "foreign_key_checks" if is_off(setting) && touches_what_is_in_use(judge) => {
            judge.say("H20", "from here on rows come in that refer to nothing, and nothing looks at them later");
        }
        "unique_checks" if is_off(setting) && touches_what_is_in_use(judge) => {
            judge.say("H27", "from here on the server may not look for duplicates");
        }
        "sql_mode"
            if !value.contains('@') && !value.contains("STRICT") && value != "TRADITIONAL" && value != "DEFAULT" =>
        {
            judge.say("H19", "without a strict sql_mode values that don't fit are cut, and missing ones made up");
        }
        "use" => judge.say("H62", "from here on names mean those of another database, in later files too"),
        "lock_wait_timeout" | "innodb_lock_wait_timeout"
            if value.parse().is_ok_and(|seconds: u64| seconds >= A_DAY) =>
        {
            judge.say("H58", format!("{} lets this file wait for a day and more", setting.name));
        }
        _ => {}
    }
}

/// Whether a later statement of the file reaches a table that others use.
fn touches_what_is_in_use(judge: &Judge<'_>) -> bool {
    let made: Vec<&ObjectName> = judge
        .before()
        .chain(judge.after())
        .filter_map(|kind| match kind {
            Kind::CreateTable(table) => Some(&table.name),
            _ => None,
        })
        .collect();
    judge.after().any(|kind| match kind {
        Kind::AlterTable(alter) => !made.contains(&&alter.name),
        Kind::Write { table, .. } => !made.contains(&table),
        Kind::Copy { to, .. } => !made.contains(&to),
        Kind::Truncate { .. } | Kind::RenameTables(_) => true,
        Kind::Drop(drop) => drop.what == "TABLE",
        _ => false,
    })
}
