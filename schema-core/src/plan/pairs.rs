//! Steps grouped into pairs of files, and their texts.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;

use super::{DraftPair, Script, Step};
use crate::hazard;
use crate::ir::Dialect;
use crate::migration::{CONTRACT, DATA, NO_ROW_CHANGES, NOTE, Opening, REVERSIBLE, Reversible};
use crate::stats::Work;

/// What sqlx looks for as the very first bytes of a file (FACTS.md 3.1).
const NO_TRANSACTION: &str = "-- no-transaction\n";

/// With a version before and `.down.sql` after it, far within what file systems allow.
const SLUG_BYTES: usize = 60;

/// The only statement of a down that has nothing to undo: a file without any is taken for one that was never written
/// (BUGS.md B54).
const NOTHING: &str = "SELECT 1;\n";

/// Before a line of [`Step::data_impact`] that is about the way back.
pub(crate) const ON_THE_WAY_BACK: &str = "down: ";

/// Before the title of what undoes a step.
pub(crate) const UNDO: &str = "undo: ";

/// Before the title of a step that does nothing but undo itself.
pub(crate) const FOR_THE_WAY_BACK: &str = "for the way back: ";

/// Steps that bring tables into one transaction of PostgreSQL, at most. It holds a lock on each of them and on each of their
/// indexes, and the lock table of a server with the settings it comes with has room for 6,400 ("Lock Management"): 25 a step.
const BRINGING_STEPS: usize = 250;

pub(super) fn pairs(steps: &[Step], dialect: Dialect) -> Vec<DraftPair> {
    let groups = grouped(steps).into_iter();
    let files = match dialect {
        Dialect::Postgres => groups.flat_map(parted).collect::<Vec<_>>(),
        _ => groups.collect(),
    };
    files.into_iter().map(|group| pair(&with_later_keys(group), dialect)).collect()
}

/// Runs of steps that may share a file.
fn grouped(steps: &[Step]) -> Vec<&[Step]> {
    let kind = |step: &Step| (step.kind, step.contract.is_some());
    let may_share = |a: &Step, b: &Step| kind(a) == kind(b) && !is_alone(a) && !is_alone(b);
    steps.chunk_by(may_share).collect()
}

/// New tables and their foreign keys, a file's worth each; nothing else needs them to come at once.
fn parted(steps: &[Step]) -> Vec<&[Step]> {
    let mut since = 0;
    let is_file = |a: &Step, b: &Step| {
        since += 1;
        let may_end = brings_a_table(a) && brings_a_table(b) && since >= BRINGING_STEPS;
        if may_end {
            since = 0;
        }
        !may_end
    };
    steps.chunk_by(is_file).collect()
}

fn brings_a_table(step: &Step) -> bool {
    makes_a_table(step) || is_key_of_a_new_table(step)
}

fn makes_a_table(step: &Step) -> bool {
    step.title.starts_with("create table ")
}

fn is_key_of_a_new_table(step: &Step) -> bool {
    step.hazards.contains(&"H55")
}

/// Where a new table gets its foreign key in a later file, it is there by then, and used perhaps: the key is one on a table in use
/// (HAZARDS.md row 20).
fn with_later_keys(steps: &[Step]) -> Cow<'_, [Step]> {
    let made: BTreeSet<&str> =
        steps.iter().filter(|step| makes_a_table(step)).map(|step| step.subject.as_str()).collect();
    let is_later = |step: &Step| {
        is_key_of_a_new_table(step) && !made.contains(step.subject.as_str()) && !step.hazards.contains(&"H20")
    };
    if !steps.iter().any(is_later) {
        return Cow::Borrowed(steps);
    }
    let told = |step: &Step| if is_later(step) { step.clone().hazard("H20") } else { step.clone() };
    steps.iter().map(told).collect()
}

fn is_alone(step: &Step) -> bool {
    step.alone || step.up.no_transaction || step.down.no_transaction
}

fn pair(steps: &[Step], dialect: Dialect) -> DraftPair {
    let mut work = Work::new();
    for step in steps {
        work.entry(step.subject.clone()).or_default().extend(&step.hazards);
    }
    DraftPair { slug: slug(steps), up: up_text(steps, dialect), down: down_text(steps, dialect), work }
}

fn up_text(steps: &[Step], dialect: Dialect) -> String {
    let mut out = opening(steps.iter().map(|step| &step.up));
    let _ = writeln!(out, "-- {} ({dialect})", comment_safe(&summary(steps)));
    let lossy = steps.iter().any(|step| step.hazards.contains(&"H68"));
    let reversible = if lossy { Reversible::DefinitionsOnly } else { Reversible::Fully };
    let _ = writeln!(out, "{REVERSIBLE}{}", reversible.as_str());
    for contract in steps.iter().filter_map(|step| step.contract.as_ref()).collect::<BTreeSet<_>>() {
        let _ = writeln!(out, "{CONTRACT}{}", comment_safe(contract));
    }
    data_lines(&mut out, steps.iter().flat_map(|step| &step.data_impact).filter(|line| !is_on_the_way_back(line)));
    for hazard in hazards(steps).into_iter().filter_map(hazard::find) {
        let _ = writeln!(out, "-- {}", hazard_line(hazard));
    }
    let notes: BTreeSet<&String> = steps.iter().flat_map(|step| &step.notes).collect();
    for note in notes {
        let _ = writeln!(out, "{NOTE}{}", comment_safe(note));
    }
    for step in steps {
        body(&mut out, &step.title, &step.up);
    }
    out
}

fn down_text(steps: &[Step], dialect: Dialect) -> String {
    let mut out = opening(steps.iter().map(|step| &step.down));
    let summary = summary(steps);
    let headline = made_again(&summary).map_or_else(|| format!("Undo: {summary}"), str::to_owned);
    let _ = writeln!(out, "-- {} ({dialect})", comment_safe(&headline));
    let impacts = steps.iter().rev().flat_map(|step| &step.data_impact);
    data_lines(&mut out, impacts.filter_map(|line| line.strip_prefix(ON_THE_WAY_BACK)));
    for step in steps.iter().rev() {
        body(&mut out, &undone(&step.title), &step.down);
    }
    if steps.iter().all(|step| step.down.statements.is_empty()) {
        out.push_str(NOTHING);
    }
    out
}

/// In the title of a step that begins an exchange: two columns hold the same from then on.
pub(crate) const IN_STEP: &str = " in step with ";

/// What a file has to do with a change that goes back by other files than it went there: a column exchanged for another is
/// filled again, and takes its place again, in files of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangePart {
    /// It begins one.
    Begins,
    /// It is there for the way back.
    WayBack,
}

/// Which part of an exchange an up file is, by the titles of its steps.
///
/// ```
/// use schema_core::plan::{ExchangePart, exchange_part};
/// assert_eq!(exchange_part("-- alter t\n\n-- keep t.a_new in step with t.a\nCREATE .."), Some(ExchangePart::Begins));
/// assert_eq!(exchange_part("-- x\n\n-- for the way back: fill t.a_old\n"), Some(ExchangePart::WayBack));
/// assert_eq!(exchange_part("-- x\n\n-- create t\n"), None);
/// ```
#[must_use]
pub fn exchange_part(up: &str) -> Option<ExchangePart> {
    let lines: Vec<&str> = up.lines().collect();
    let titles = lines.windows(2).filter(|pair| pair[0].is_empty()).filter_map(|pair| pair[1].strip_prefix("-- "));
    titles.into_iter().find_map(|title| match title {
        title if made_again(title).is_some() => Some(ExchangePart::WayBack),
        title if title.contains(IN_STEP) => Some(ExchangePart::Begins),
        _ => None,
    })
}

/// The title of what undoes a step.
fn undone(title: &str) -> String {
    made_again(title).map_or_else(|| format!("{UNDO}{title}"), str::to_owned)
}

/// What a step that is there for the way back does on that way.
fn made_again(title: &str) -> Option<&str> {
    [UNDO, FOR_THE_WAY_BACK].into_iter().find_map(|start| title.strip_prefix(start))
}

/// What releases that must be gone before a contract would miss: its line says so.
const OF_CONTRACTS: [&str; 6] = ["H11", "H12", "H13", "H26", "H49", "H65"];

/// What a file of a draft says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Drafted {
    /// An up file, with the hazards that it names.
    Up(BTreeSet<&'static str>),
    /// A down file.
    Down,
}

/// Reads the opening comment of a file as it was written here; `None` for any other file.
pub(crate) fn drafted(text: &str) -> Option<Drafted> {
    let opening = Opening::of(text);
    let headline = opening.title?;
    let of = |dialect: Dialect| headline.ends_with(&format!(" ({dialect})"));
    let dialects = [Dialect::Postgres, Dialect::Sqlite, Dialect::MariaDb, Dialect::MySql];
    if !(opening.tells_of_rows && dialects.into_iter().any(of)) {
        return None;
    }
    if opening.reversible.is_none() {
        return Some(Drafted::Down);
    }
    let codes = opening.hazards.iter().map(|hazard| hazard.code);
    let is_contract = !opening.contracts.is_empty();
    Some(Drafted::Up(codes.chain(OF_CONTRACTS.into_iter().filter(|_| is_contract)).collect()))
}

fn hazard_line(hazard: &hazard::Hazard) -> String {
    format!("{}: {} (cargo schema explain {})", hazard.code, hazard.title, hazard.code)
}

fn opening<'a>(mut scripts: impl Iterator<Item = &'a Script>) -> String {
    if scripts.any(|script| script.no_transaction) { NO_TRANSACTION.to_owned() } else { String::new() }
}

fn is_on_the_way_back(line: &str) -> bool {
    line.starts_with(ON_THE_WAY_BACK)
}

fn data_lines(out: &mut String, lines: impl Iterator<Item = impl AsRef<str>>) {
    let before = out.len();
    for line in lines {
        let _ = writeln!(out, "{DATA}{}", comment_safe(line.as_ref()));
    }
    if out.len() == before {
        let _ = writeln!(out, "{DATA}{NO_ROW_CHANGES}");
    }
}

/// Codes in the order of their numbers.
fn hazards(steps: &[Step]) -> Vec<&'static str> {
    let codes: BTreeSet<&'static str> = steps.iter().flat_map(|step| step.hazards.iter().copied()).collect();
    let mut codes: Vec<&'static str> = codes.into_iter().collect();
    codes.sort_by_key(|code| code.trim_start_matches('H').parse::<u32>().unwrap_or(u32::MAX));
    codes
}

fn body(out: &mut String, title: &str, script: &Script) {
    let _ = write!(out, "\n-- {}\n", comment_safe(title));
    if script.statements.is_empty() {
        out.push_str("-- nothing to do\n");
    }
    for statement in &script.statements {
        let _ = writeln!(out, "{statement};");
    }
}

/// Text within one comment line: a name can hold a line break, which would end the comment.
fn comment_safe(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

/// What a file does, in one line: its only step, or `alter users (5 steps)`.
fn summary(steps: &[Step]) -> String {
    match steps {
        [only] => only.title.clone(),
        _ => format!("{} ({} steps)", headline(steps), steps.len()),
    }
}

fn slug(steps: &[Step]) -> String {
    match steps {
        [only] => snake(&only.title),
        _ => snake(&headline(steps)),
    }
}

/// `create users and 3 more`: the verb that fits every object, and the first table among them.
fn headline(steps: &[Step]) -> String {
    let mut subjects: Vec<(&str, &str)> = Vec::new();
    let mut known = BTreeSet::new();
    for step in steps.iter().filter(|step| !step.subject.is_empty()) {
        if known.insert(step.subject.as_str()) {
            subjects.push((step.subject.as_str(), step.title.as_str()));
        }
    }
    let is_new = |title: &str| title.starts_with("create ");
    let goes = |title: &str| ["drop table ", "drop enum ", "drop schema "].iter().any(|start| title.starts_with(start));
    let fills = |title: &str| title.starts_with("fill ");
    let verb = match () {
        () if subjects.iter().all(|(_, title)| is_new(title)) => "create",
        () if subjects.iter().all(|(_, title)| goes(title)) => "drop",
        () if subjects.iter().all(|(_, title)| fills(title)) => "fill",
        () => "alter",
    };
    let table = subjects.iter().find(|(_, title)| title.starts_with("create table ")).or(subjects.first());
    let first = table.map_or("schema", |(subject, _)| subject);
    match subjects.len() {
        0 | 1 => format!("{verb} {first}"),
        count => format!("{verb} {first} and {} more", count - 1),
    }
}

/// ASCII words joined by `_`, at most [`SLUG_BYTES`] long.
fn snake(text: &str) -> String {
    let spaced: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    let mut slug = spaced.split_whitespace().collect::<Vec<_>>().join("_");
    slug.truncate(SLUG_BYTES);
    match slug.trim_end_matches('_') {
        "" => "change".to_owned(),
        slug => slug.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;

    fn step(subject: &str, title: &str) -> Step {
        Step::schema(subject, title, vec!["UP".to_owned()].into(), vec!["DOWN".to_owned()].into())
    }

    fn slugs(steps: Vec<Step>) -> Vec<String> {
        Plan { steps }.pairs(Dialect::Postgres).into_iter().map(|pair| pair.slug).collect()
    }

    #[test]
    fn files_are_named_by_what_they_do() {
        assert_eq!(slugs(vec![step("users", "add column users.email")]), ["add_column_users_email"]);
        assert_eq!(
            slugs(vec![step("users", "add column users.a"), step("users", "drop column users.b")]),
            ["alter_users"]
        );
        assert_eq!(
            slugs(vec![
                step("mood", "create enum mood"),
                step("a", "create table a"),
                step("a", "add foreign key x to a"),
                step("b", "create table b")
            ]),
            ["create_a_and_2_more"]
        );
        assert_eq!(slugs(vec![step("", "revoke SELECT"), step("a", "drop column a.b")]), ["alter_a"]);
        assert_eq!(slugs(vec![step("a", "drop table a"), step("b", "drop table b")]), ["drop_a_and_1_more"]);
        assert_eq!(slugs(vec![step("таблица", "таблица")]), ["change"]);
        assert_eq!(slugs(vec![step("t", &format!("add column t.{}", "x".repeat(80)))])[0].len(), SLUG_BYTES);
    }

    #[test]
    fn data_and_schema_never_share_a_file_and_some_steps_share_none() {
        let data = || Step::data("t", "fill t.a", vec!["UPDATE".to_owned()].into(), Script::default());
        let alone = || Step { alone: true, ..step("mood", "add x to enum mood") };
        let steps =
            vec![step("t", "s1"), step("t", "s2"), data(), data(), step("t", "s3"), alone(), alone(), step("t", "s4")];
        assert_eq!(slugs(steps), ["alter_t", "fill_t", "s3", "add_x_to_enum_mood", "add_x_to_enum_mood", "s4"]);
    }

    #[test]
    fn a_transaction_brings_no_more_tables_than_a_server_can_lock() {
        let table = |number: usize| step(&format!("t{number}"), &format!("create table t{number}"));
        let key = |number: usize| step(&format!("t{number}"), &format!("add foreign key f to t{number}")).hazard("H55");
        let steps: Vec<Step> = (0..300).map(table).chain((0..300).map(key)).collect();
        let files = |dialect| {
            let pairs = Plan { steps: steps.clone() }.pairs(dialect);
            pairs.iter().map(|pair| pair.up.matches("UP;").count()).collect::<Vec<_>>()
        };
        assert_eq!(files(Dialect::Postgres), [250, 250, 100]);
        assert_eq!(files(Dialect::Sqlite), [600]);
        // What changes a table that is there stays in one transaction with what comes beside it.
        let changes: Vec<Step> = (0..600).map(|number| step("t", &format!("add column t.c{number}"))).collect();
        assert_eq!(Plan { steps: changes }.pairs(Dialect::Postgres).len(), 1);
    }

    #[test]
    fn a_key_of_a_new_table_is_one_on_a_table_in_use_in_a_later_file() {
        let key = || step("t", "add foreign key f to t").hazard("H55");
        let fill = || Step::data("u", "fill u.a", vec!["UPDATE".to_owned()].into(), Script::default());
        let named = |steps| {
            let pairs = Plan { steps }.pairs(Dialect::Postgres);
            let last = pairs.last().unwrap();
            (last.work["t"].iter().copied().collect::<Vec<_>>(), last.up.contains("-- H20: "))
        };
        assert_eq!(named(vec![step("t", "create table t"), key()]), (vec!["H55"], false));
        assert_eq!(named(vec![step("t", "create table t"), fill(), key()]), (vec!["H20", "H55"], true));
    }

    #[test]
    fn a_file_says_what_it_does_before_it_does_it() {
        let steps = vec![
            step("t", "drop column t.a")
                .hazard("H12")
                .hazard("H68")
                .impact("the values of `t.a` are lost")
                .impact("down: every row gets NULL"),
            step("t", "add column t.\nDROP TABLE x;").hazard("H1"),
        ];
        let pair = Plan { steps }.pairs(Dialect::Postgres).remove(0);
        insta::assert_snapshot!(pair.up, @r#"
        -- alter t (2 steps) (PostgreSQL)
        -- Reversible: definitions yes, rows not fully
        -- Data: the values of `t.a` are lost
        -- H1: ADD COLUMN, nullable, without a default (cargo schema explain H1)
        -- H12: DROP COLUMN (cargo schema explain H12)
        -- H68: step that its down can't undo fully (cargo schema explain H68)

        -- drop column t.a
        UP;

        -- add column t. DROP TABLE x;
        UP;
        "#);
        insta::assert_snapshot!(pair.down, @r#"
        -- Undo: alter t (2 steps) (PostgreSQL)
        -- Data: every row gets NULL

        -- undo: add column t. DROP TABLE x;
        DOWN;

        -- undo: drop column t.a
        DOWN;
        "#);
    }

    #[test]
    fn a_down_with_nothing_to_undo_is_no_empty_file() {
        let fill = Step::data("t", "fill t.a", vec!["UPDATE".to_owned()].into(), Script::default());
        let pair = Plan { steps: vec![fill] }.pairs(Dialect::Postgres).remove(0);
        assert!(pair.down.ends_with("-- undo: fill t.a\n-- nothing to do\nSELECT 1;\n"), "{}", pair.down);
    }

    #[test]
    fn a_drafted_file_is_known_by_its_opening_comment() {
        let mut add = step("t", "add index i to t").hazard("H33").hazard("H36");
        add.up.no_transaction = true;
        let pair = Plan { steps: vec![add] }.pairs(Dialect::Postgres).remove(0);
        assert_eq!(drafted(&pair.up), Some(Drafted::Up(["H33", "H36"].into())));
        assert_eq!(drafted(&pair.down), Some(Drafted::Down));
        assert_eq!(drafted("-- H33: CREATE INDEX (cargo schema explain H33)\nSELECT 1;"), None);
        assert_eq!(drafted(""), None);
    }

    #[test]
    fn the_marker_is_the_first_text_of_the_file_that_needs_it() {
        let mut rebuild = step("t", "rebuild t");
        rebuild.up.no_transaction = true;
        let pair = Plan { steps: vec![step("t", "s1"), rebuild] }.pairs(Dialect::Sqlite).remove(1);
        assert!(pair.up.starts_with("-- no-transaction\n") && !pair.down.starts_with("-- no-transaction"));
    }
}
