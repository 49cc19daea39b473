use std::fs;
use std::path::Path;

use super::*;
use crate::build::testing::app;
use crate::build::{Project, draft, new_empty, seal};
use crate::describe::Sign;
use crate::ir::Dialect;

const ONE: &str = "#[derive(Table)]\nstruct User {\n    #[column(primary_key)]\n    id: i64,\n}\n";
const TWO: &str =
    "#[derive(Table)]\nstruct User {\n    #[column(primary_key)]\n    id: i64,\n    age: Option<i32>,\n}\n";

/// Two sealed migrations.
fn sealed() -> (tempfile::TempDir, Project) {
    let (dir, project) = app(ONE);
    seal(&project, None).unwrap();
    fs::write(dir.path().join("src/lib.rs"), TWO).unwrap();
    draft(&project).unwrap();
    seal(&project, None).unwrap();
    (dir, project)
}

fn versions(project: &Project) -> Vec<i64> {
    State::load(project).unwrap().migrations.iter().map(|migration| migration.version).collect()
}

fn facts<'a>(state: &'a State, chosen: &'a Chosen) -> Facts<'a> {
    Facts {
        state,
        chosen,
        changes: Changes::default(),
        faults: Vec::new(),
        structs: None,
        lint: lint::Report::default(),
        advice: None,
        proof: None,
        measured: None,
        commands: vec!["cargo schema report".to_owned()],
        verifying: "cargo schema report --verify".to_owned(),
    }
}

fn all_of(project: &Project) -> (State, Chosen) {
    let state = State::load(project).unwrap();
    let chosen = choose(&state, &Wanted::Range { after: None, to: None }, false).unwrap();
    (state, chosen)
}

#[test]
fn what_is_asked_for_is_found() {
    let (_dir, project) = sealed();
    let state = State::load(&project).unwrap();
    let [first, second] = versions(&project).try_into().unwrap();
    let chosen = |wanted: &Wanted, differs| choose(&state, wanted, differs).unwrap();
    let range = |text: &str| chosen(&text.parse().unwrap(), false).versions;
    assert_eq!(chosen(&Wanted::Newest, false).versions, [second]);
    assert_eq!(range(&first.to_string()), [first]);
    assert_eq!(range(&format!("{first}..{second}")), [second]);
    assert_eq!(range(&format!("{first}..")), [second]);
    assert_eq!(range(&format!("..{first}")), [first]);
    assert_eq!(range(".."), [first, second]);
    let since = Wanted::Since { commit: "main".to_owned(), known: [first].into() };
    assert_eq!(
        (chosen(&since, false).versions, chosen(&since, false).title.as_str()),
        (vec![second], "migrations since main")
    );
    assert!(chosen(&Wanted::Newest, true).holds_draft && chosen(&Wanted::Newest, true).versions.is_empty());
}

#[test]
fn what_does_not_exist_is_refused_with_what_does() {
    let (_dir, project) = sealed();
    let state = State::load(&project).unwrap();
    let [first, second] = versions(&project).try_into().unwrap();
    let refused = |text: &str| {
        let errors = choose(&state, &text.parse().unwrap(), false).unwrap_err();
        errors.iter().map(|error| format!("{}: {}", error.message, error.help[0])).collect::<Vec<_>>()
    };
    assert_eq!(refused("7"), [format!("there is no migration 7: the nearest is {first}")]);
    let nothing = format!("there is no migration {}: the nearest is {second}", second + 7);
    assert_eq!(
        refused(&format!("7..{}", second + 7)),
        [format!("there is no migration 7: the nearest is {first}"), nothing]
    );
    assert_eq!(
        refused(&format!("{second}..{first}")),
        [format!("{second}..{first} leads backwards: {second} comes after {first}: write `{first}..{second}`")]
    );
    assert!(refused(&format!("{first}..{first}"))[0].contains("a range leaves out where it starts"));
    assert!(refused(&format!("{second}.."))[0].starts_with("there is nothing in"));
    assert!(choose(&state, &Wanted::Draft, false).unwrap_err()[0].message.starts_with("there is no draft"));
    for text in ["x", "1...2", "1..x", "", "1.5"] {
        assert!(text.parse::<Wanted>().is_err(), "{text}");
    }
}

#[test]
fn a_crate_without_migrations_has_nothing_to_report_on() {
    let (dir, project) = app("");
    fs::remove_dir_all(dir.path().join("migrations")).unwrap_or_default();
    let state = State::load(&project).unwrap();
    for wanted in [Wanted::Newest, Wanted::Range { after: None, to: None }] {
        let errors = choose(&state, &wanted, false).unwrap_err();
        assert!(errors[0].help[0].starts_with("`cargo build` drafts"), "{errors:?}");
    }
    assert!(choose(&state, &Wanted::One(7), false).unwrap_err()[0].help[0].starts_with("`cargo build` drafts"));
}

#[test]
fn a_box_is_ticked_by_a_run_alone() {
    let (_dir, project) = sealed();
    let (state, chosen) = all_of(&project);
    let mut facts = facts(&state, &chosen);
    let proving = |facts: &Facts<'_>| -> Vec<(Outcome, String)> {
        let checks = Report::of(facts).validation.into_iter().filter(|check| check.command.ends_with("--verify"));
        checks.map(|check| (check.outcome, check.figure)).collect()
    };
    assert!(proving(&facts).iter().all(|(outcome, figure)| *outcome == Outcome::NotRun && figure.is_empty()));
    let one = |version, compared| Proved {
        version,
        through: version,
        runs: Outcome::Passed,
        catalogs: Outcome::Passed,
        rows: Outcome::Passed,
        put_in: compared,
        compared,
        kills: Some((5, 5)),
        ..Proved::default()
    };
    let mut proof =
        Proof { migrations: vec![one(chosen.versions[0], 0), one(chosen.versions[1], 8)], whole: Some(Vec::new()) };
    facts.proof = Some(proof.clone());
    let texts: Vec<String> =
        proving(&facts).into_iter().map(|(outcome, figure)| format!("{outcome:?}: {figure}")).collect();
    assert_eq!(
        texts,
        [
            "Passed: 2 migrations; 8 rows put in",
            "Passed: 2 migrations",
            "Passed: 8 rows compared",
            "Passed: 10 of 10 kills survived",
            "Passed: by the runner itself",
            "NotRun: "
        ]
    );
    assert!(!Report::of(&facts).is_blocked());
    proof.migrations[1].compared = 0;
    facts.proof = Some(proof.clone());
    assert_eq!(proving(&facts)[2], (Outcome::NotRun, "nothing to compare, no table holds rows before it".to_owned()));
    proof.migrations[1] = Proved {
        catalogs: Outcome::Failed,
        faults: vec!["down: table user: column age is there and shouldn't be".to_owned()],
        kills: None,
        ..proof.migrations[1].clone()
    };
    facts.proof = Some(proof);
    let report = Report::of(&facts);
    assert_eq!((proving(&facts)[1].0, report.blockers.len()), (Outcome::Failed, 1));
    assert!(report.markdown().contains("- [ ] Catalogs are what they must be after each: **failed**, 2 migrations"));
    assert!(report.blockers[0].options[0].contains("take back the seal"), "sealed: {:?}", report.blockers[0]);
}

/// Pairs by hand, with these opening comments.
fn by_hand(project: &Project, openings: &[&str]) {
    for (at, opening) in openings.iter().enumerate() {
        let made = new_empty(project, &format!("step {at}")).unwrap();
        fs::write(&made.up_path, format!("{opening}\nSELECT 1;\n")).unwrap();
        fs::write(made.down_path.unwrap(), "SELECT 1;\n").unwrap();
    }
}

#[test]
fn a_contract_before_what_a_release_needs_stands_in_the_way() {
    let (_dir, project) = sealed();
    let last = *versions(&project).last().unwrap();
    let contract = "-- Contract: releases that know `user.name` must be gone before";
    by_hand(&project, &["-- first", contract]);
    let (state, chosen) = all_of(&project);
    let report = Report::of(&facts(&state, &chosen));
    assert!(!report.is_blocked(), "{:?}", report.blockers);
    let when = report.notes.when.join("\n");
    assert!(when.contains("by `cargo schema migrate --before-contract`"), "{when}");
    assert!(when.contains(": releases that know `user.name` must be gone before."), "{when}");
    by_hand(&project, &["-- last"]);
    let (state, _) = all_of(&project);
    let chosen = choose(&state, &Wanted::Range { after: Some(last), to: None }, false).unwrap();
    let blockers = Report::of(&facts(&state, &chosen)).blockers;
    assert_eq!(blockers.len(), 1, "{blockers:?}");
    assert!(blockers[0].why.contains("`migrate --before-contract` leaves out"), "{blockers:?}");
}

#[test]
fn without_a_down_there_is_a_reason_or_a_blocker() {
    let (_dir, project) = sealed();
    by_hand(&project, &["-- Irreversible: it throws dice"]);
    let (state, chosen) = all_of(&project);
    let report = Report::of(&facts(&state, &chosen));
    assert!(report.markdown().contains("no: it throws dice") && !report.is_blocked());
    by_hand(&project, &["-- Irreversible"]);
    let (state, chosen) = all_of(&project);
    let blockers = Report::of(&facts(&state, &chosen)).blockers;
    assert_eq!(blockers[0].needed, "A way back, or the reason why there is none");
}

#[test]
fn errors_are_blockers_with_their_ways_out() {
    let (_dir, project) = sealed();
    let (state, chosen) = all_of(&project);
    let error = Finding::error(None, "table `user`: column `age` is removed").help("to drop it: `allow(..)`");
    let mut facts = facts(&state, &chosen);
    facts.structs = Some(vec![error, Finding::warning(None, "stale")]);
    facts.faults = vec![Finding::error(None, "the sealed migration was edited").help("undo the edit")];
    facts.measured = Some(Err("1_a.up.sql:3:1: no such table".to_owned()));
    let report = Report::of(&facts);
    assert_eq!(report.blockers.len(), 3);
    let shown = report.markdown();
    assert!(shown.contains("- **Structs and draft that agree**\n  - Why: table `user`: column `age` is removed\n  - Option: to drop it: `allow(..)`\n"), "{shown}");
    assert!(shown.contains("- [ ] Sealed files are what was sealed, and every file has its pair: **failed**, 1 error"));
    assert!(shown.contains("#### Besides\n\n- stale\n"), "{shown}");
}

/// A report of nothing but long lists and long texts.
fn huge(number: usize, text: &str) -> Report {
    let (_dir, project) = sealed();
    let (state, chosen) = all_of(&project);
    let line = |at: usize| Line {
        object: format!("table {at}{text}"),
        action: Sign::Add,
        part: Some(format!("column {text}")),
        detail: Some(text.to_owned()),
        reason: Some(text.to_owned()),
    };
    let mut facts = facts(&state, &chosen);
    facts.changes.lines = (0..number).map(line).collect();
    facts.changes.files =
        (0..number).map(|at| (Path::new("tables").join(format!("{at}.json")), FileChange::Added)).collect();
    facts.changes.basis = text.to_owned();
    let error = Finding::error(None, text).help(text).help(text);
    facts.structs = Some((0..number).flat_map(|_| [error.clone(), Finding::warning(None, text)]).collect());
    facts.commands = vec![text.to_owned(); number];
    facts.verifying = text.to_owned();
    let mut report = Report::of(&facts);
    report.migrations = report.migrations.into_iter().cycle().take(number).collect();
    report.notes.time = vec![text.to_owned(); number];
    report.notes.when = vec![text.to_owned(); number];
    report.notes.locks = report.notes.locks.into_iter().cycle().take(number).collect();
    report
}

#[test]
fn a_comment_is_never_too_long_and_says_what_was_left_out() {
    for text in ["x", &"|`*_<@a".repeat(100), &"ä".repeat(700)] {
        let shown = huge(900, text).markdown();
        assert!(shown.len() < LIMIT, "{} bytes", shown.len());
        assert!(
            shown.contains("more, which `--json` has.") && shown.contains("<details><summary>900 entries</summary>")
        );
        assert_eq!(shown.matches("<details>").count(), shown.matches("</details>").count());
    }
}

#[test]
fn names_that_mean_something_to_markdown_stay_names() {
    let shown = huge(1, "a|b `c` <img> @team #1").markdown();
    let row = shown.lines().find(|line| line.starts_with("| added |")).unwrap();
    assert_eq!(row.replace("\\|", "").matches('|').count(), 5, "{row}");
    // A name is code, in which nothing means anything; the basis is text.
    assert!(shown.contains("_a|b `c` &lt;img&gt; @<!-- -->team #<!-- -->1_"), "{shown}");
    let report = huge(1, "x");
    assert_eq!(report.markdown(), report.markdown());
}

#[test]
fn mariadb_is_told_what_its_statements_state() {
    let (_dir, project) = sealed();
    let (mut state, chosen) = all_of(&project);
    state.project.dialect = Dialect::MariaDb;
    let says = |state: &State| Report::of(&facts(state, &chosen)).markdown();
    let [first, second] = state.migrations.as_mut_slice() else { panic!("two migrations") };
    first.up = "CREATE TABLE a (id int);\nALTER TABLE a ADD b int;\n".to_owned();
    second.up = "ALTER TABLE u ADD age int, ALGORITHM=INSTANT;\n".to_owned();
    let text = says(&state);
    assert!(text.contains("**What it costs:** writes wait for no statement longer than an instant"), "{text}");
    assert!(text.contains("| none that keep anybody off | as its statements state it: the server refuses"), "{text}");
    assert!(text.contains("| `ALGORITHM=INSTANT u: definitions alone, an instant` |"), "{text}");
    state.migrations[1].up = "ALTER TABLE u MODIFY age bigint, ALGORITHM=COPY;\nDROP INDEX i ON u;\n".to_owned();
    let text = says(&state);
    assert!(text.contains("writes wait during 2 of 2 statements; 1 file leaves it to the server"), "{text}");
    assert!(text.contains("as its statements state it, but for 1 statement"), "{text}");
}
