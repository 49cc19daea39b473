//! What of a down file undoes the statements of its up file that are done.
//!
//! A drafted file says before each step what it does, and its down before each what it undoes. Any other file is taken at its
//! word only where each statement of the down names nothing but what its counterpart does, in the reverse order: else it could
//! drop what the file never made.

use std::collections::BTreeSet;

use schema_core::ir::Dialect;

use crate::migrate::script::{Statement, Token, statements};

/// Before the title of what undoes a step.
const UNDO: &str = "undo: ";

/// Words that a statement has whatever it is about.
const LANGUAGE: &str = "add algorithm alter and as by cascade check column constraint copy delete drop event exclusive exists \
    foreign from function if index inplace instant into key lock none not null on or partition partitioning primary procedure \
    remove rename replace restrict sequence set shared table to trigger unique update values view where";

/// The statements of one step.
struct Part<'s> {
    title: Option<&'s str>,
    statements: Vec<Statement>,
}

impl Part<'_> {
    fn steps(&self) -> usize {
        self.statements.iter().filter(|statement| statement.is_step()).count()
    }
}

/// The text of `down` that undoes the first `done` steps of `up`, or why that can't be told.
pub(super) fn what_undoes(dialect: Dialect, up: &str, down: &str, done: usize) -> Result<String, String> {
    let (up_parts, down_parts) = (parts(dialect, up), parts(dialect, down));
    let is_titled = |parts: &[Part<'_>]| parts.iter().all(|part| part.title.is_some());
    let wanted = match is_titled(&up_parts) && is_titled(&down_parts) {
        true => by_title(&up_parts, &down_parts, done),
        false => by_place(&up_parts, &down_parts, done),
    }?;
    let mut text = String::new();
    let each = down_parts.iter().zip(wanted).flat_map(|(part, wanted)| {
        let mut left_out = part.steps() - wanted;
        part.statements.iter().filter(move |statement| {
            let is_needed = statement.is_setting() || (left_out == 0 && !statement.controls_transaction());
            left_out = left_out.saturating_sub(usize::from(statement.is_step()));
            is_needed
        })
    });
    for statement in each {
        text.push_str(down.get(statement.start..statement.end).unwrap_or_default());
        text.push('\n');
    }
    Ok(text)
}

/// How many steps of each part of the down are to run, the last ones of each.
fn by_title(up: &[Part<'_>], down: &[Part<'_>], done: usize) -> Result<Vec<usize>, String> {
    let mut wanted = vec![0; down.len()];
    let mut left = done;
    for part in up {
        let (all, title) = (part.steps(), part.title.unwrap_or_default());
        let taken = left.min(all);
        left -= taken;
        let undo = |it: &Part<'_>| it.title.and_then(|it| it.strip_prefix(UNDO)) == Some(title);
        let found = down.iter().position(undo).and_then(|at| Some((down.get(at)?.steps(), wanted.get_mut(at)?)));
        match found {
            None if taken == 0 || all == 0 => {}
            None => return Err(format!("the down file has nothing that undoes `{title}`")),
            Some((steps, wanted)) if taken == all => *wanted = steps,
            Some((steps, wanted)) if taken == 0 || steps == all => *wanted = taken,
            Some((steps, _)) => {
                return Err(format!("{taken} of {all} statements of `{title}` are done, and {steps} undo it"));
            }
        }
    }
    Ok(wanted)
}

fn by_place(up: &[Part<'_>], down: &[Part<'_>], done: usize) -> Result<Vec<usize>, String> {
    let steps = |parts: &[Part<'_>]| -> Vec<Statement> {
        parts.iter().flat_map(|part| &part.statements).filter(|it| it.is_step()).cloned().collect()
    };
    let (ups, downs) = (steps(up), steps(down));
    if done > 0 && ups.len() != downs.len() {
        return Err(format!("{done} of its {} statements are done, and the down file has {}", ups.len(), downs.len()));
    }
    for (number, (up, down)) in ups.iter().zip(downs.iter().rev()).take(done).enumerate() {
        let (known, named) = (words(up), words(down));
        if let Some(other) = named.difference(&known).next() {
            let from_end = number + 1;
            return Err(format!(
                "{done} of its {} statements are done, and statement {from_end} of the down file from its end is about \
                 `{other}`, of which statement {from_end} of the up file says nothing",
                ups.len()
            ));
        }
    }
    let mut left = done;
    let mut wanted: Vec<usize> = down
        .iter()
        .rev()
        .map(|part| {
            let taken = left.min(part.steps());
            left -= taken;
            taken
        })
        .collect();
    wanted.reverse();
    Ok(wanted)
}

/// Names and numbers, in lower case.
fn words(statement: &Statement) -> BTreeSet<String> {
    let words = statement.tokens.iter().filter_map(|token| match token {
        Token::Word(word) => {
            Some(word.to_lowercase()).filter(|it| !LANGUAGE.split_whitespace().any(|known| known == it))
        }
        Token::Name(name) | Token::Text(name) => Some(name.to_lowercase()),
        Token::Symbol(_) => None,
    });
    words.collect()
}

/// A title is a line of comment behind an empty line, before the first statement of its step.
fn parts(dialect: Dialect, script: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut end = 0;
    for statement in statements(dialect, script) {
        let between = script.get(end..statement.start).unwrap_or_default();
        let title = between.rsplit_once("\n\n-- ").and_then(|(_, text)| text.lines().next());
        end = statement.end;
        match parts.last_mut() {
            Some(part) if title.is_none() => part.statements.push(statement),
            _ => parts.push(Part { title, statements: vec![statement] }),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undoes(up: &str, down: &str, done: usize) -> Result<String, String> {
        what_undoes(Dialect::MariaDb, up, down, done)
    }

    #[test]
    fn statements_that_mirror_each_other_are_undone_from_the_first() {
        let up = "CREATE TABLE a (id int);\nALTER TABLE b ADD COLUMN c int;\nRENAME TABLE d TO e;\n";
        let down = "RENAME TABLE e TO d;\nALTER TABLE b DROP COLUMN c;\nDROP TABLE IF EXISTS a;\n";
        assert_eq!(undoes(up, down, 0).unwrap(), "");
        assert_eq!(undoes(up, down, 1).unwrap(), "DROP TABLE IF EXISTS a;\n");
        assert_eq!(undoes(up, down, 2).unwrap(), "ALTER TABLE b DROP COLUMN c;\nDROP TABLE IF EXISTS a;\n");
    }

    #[test]
    fn a_statement_about_anything_else_is_never_taken_for_a_counterpart() {
        let up = "CREATE TABLE first (id int);\nCREATE TABLE second (id int);\n";
        let error = undoes(up, "DROP TABLE first;\nDROP TABLE second;\n", 1).unwrap_err();
        assert!(error.contains("statement 1 of the down file from its end is about `second`"), "{error}");
        let up = "ALTER TABLE t ADD COLUMN a int;\nALTER TABLE t ADD COLUMN b int;\n";
        undoes(up, "ALTER TABLE t DROP COLUMN a;\nALTER TABLE t DROP COLUMN b;\n", 1).unwrap_err();
        undoes("DELETE FROM t WHERE a = 1;\nSELECT 1;\n", "SELECT 1;\nDELETE FROM t WHERE a = 2;\n", 1).unwrap_err();
    }

    #[test]
    fn steps_of_a_draft_are_known_by_their_titles() {
        let up = "-- alter t (2 steps) (MariaDB)\n\n-- add column a\nSET @x = 1;\nA;\n\n-- partition t\nB1;\nB2;\n";
        let down =
            "-- Undo: alter t\n\n-- undo: partition t\nUB2;\nUB1;\n\n-- undo: add column a\nSET @y = 1;\nUA1;\nUA2;\n";
        assert_eq!(undoes(up, down, 0).unwrap(), "SET @y = 1;\n");
        assert_eq!(undoes(up, down, 1).unwrap(), "SET @y = 1;\nUA1;\nUA2;\n");
        assert_eq!(undoes(up, down, 2).unwrap(), "UB1;\nSET @y = 1;\nUA1;\nUA2;\n");
        assert_eq!(undoes(up, down, 3).unwrap(), "UB2;\nUB1;\nSET @y = 1;\nUA1;\nUA2;\n");
        let other = down.replace("UB2;\n", "");
        assert_eq!(undoes(up, &other, 2).unwrap_err(), "1 of 2 statements of `partition t` are done, and 1 undo it");
        let error = undoes(up, &down.replace("undo: add", "undo: odd"), 1).unwrap_err();
        assert_eq!(error, "the down file has nothing that undoes `add column a`");
    }
}
