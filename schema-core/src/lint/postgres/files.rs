//! What is about a file as a whole, its transaction and its session.

use crate::ir::ObjectName;
use crate::lint::judge::Judge;
use crate::lint::source::Statement;
use crate::lint::statement::Setting;
use crate::objects::tokens::Token;

use super::columns::changes_a_table_in_use;

/// What PostgreSQL keeps of a name.
const NAME_BYTES: usize = 63;

/// What any statement can do.
pub(super) fn statement(judge: &mut Judge<'_>, statement: &Statement) {
    if let Some(token) = statement.tokens.iter().find(|token| is_too_long(token)) {
        judge.say_at(token.start, "H61", format!("the name is cut to its first {NAME_BYTES} bytes"));
    }
    if statement.tokens.iter().any(|token| token.is("pg_advisory_lock") || token.is("pg_advisory_xact_lock")) {
        judge.say("H71", "who waits here holds a snapshot, for which a concurrent build waits");
    }
    if !judge.in_transaction && judge.at == 1 && !holds_concurrently(judge) {
        judge.say("H59", "without a transaction, what ran before a failure stays, and the file can't run again");
    }
}

fn is_too_long(token: &Token) -> bool {
    token.identifier().is_some_and(|name| name.len() > NAME_BYTES)
}

/// Such files are H34's.
fn holds_concurrently(judge: &Judge<'_>) -> bool {
    judge.statements.iter().any(|statement| statement.tokens.iter().any(|token| token.is("CONCURRENTLY")))
}

pub(in crate::lint) fn write(judge: &mut Judge<'_>, verb: &str, table: &ObjectName, everything: bool) {
    if !judge.in_use(table) {
        return;
    }
    if everything {
        judge.say("H57", format!("{verb} without WHERE holds every row of `{table}` in one transaction"));
    } else if judge.in_transaction
        && judge.before().chain(judge.after()).any(|kind| changes_a_table_in_use(judge, kind))
    {
        let message = format!(
            "{verb} of `{table}` and changes of definitions share a transaction: the locks of one are held through the other"
        );
        judge.say("H57", message);
    }
}

pub(in crate::lint) fn lock(judge: &mut Judge<'_>, tables: &[ObjectName], waits: bool) {
    if !waits {
        return;
    }
    for table in tables.iter().filter(|table| judge.in_use(table)).collect::<Vec<_>>() {
        judge.say(
            "H58",
            format!("every later query on `{table}` waits behind this lock while it waits, and until the file has run"),
        );
    }
}

pub(super) fn setting(judge: &mut Judge<'_>, setting: &Setting) {
    let Setting { name, value, local } = setting;
    match name.as_str() {
        "lock_timeout" | "statement_timeout" if is_zero(value) => {
            judge.say("H58", format!("{name} = 0 lets this file wait, or work, without a limit"));
        }
        "search_path" if !local => {
            judge.say("H62", "the setting outlives the file, and decides what its names mean");
        }
        _ => {}
    }
}

fn is_zero(value: &str) -> bool {
    value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ') == "0"
        || value.eq_ignore_ascii_case("default")
}

pub(in crate::lint) fn transaction(judge: &mut Judge<'_>, word: &str) {
    judge.say("H60", format!("{word} meddles with the transaction that the file runs in"));
}
