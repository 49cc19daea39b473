mod comments;
mod mysql;
mod renames;
mod rows;

use super::{File, Report, Way, lint};
use crate::ir::Dialect;

/// Between the files of a case. A file of which the first line is `-- down` is the way back of the one before it.
const NEXT: &str = "\n===\n";

fn files(text: &str) -> Vec<File> {
    let file = |(at, text): (usize, &str)| {
        let way = if text.starts_with("-- down") { Way::Down } else { Way::Up };
        File { label: format!("{}.sql", at + 1).into(), text: text.to_owned(), way, judged: true }
    };
    text.split(NEXT).enumerate().map(file).collect()
}

fn judged(dialect: Dialect, text: &str) -> Report {
    lint(dialect, &files(text))
}

/// `H33 1.sql:1:1`, each.
fn met(dialect: Dialect, text: &str) -> Vec<String> {
    let report = judged(dialect, text);
    assert_eq!(report.findings, [], "{text}");
    report.hazards.iter().map(|met| format!("{} {}", met.code, met.place)).collect()
}

#[test]
fn what_a_file_makes_itself_is_in_nobodys_use() {
    let text = "CREATE TABLE t (id bigint PRIMARY KEY, a text);
CREATE INDEX i ON t (a);
ALTER TABLE t ADD CONSTRAINT c CHECK (a <> ''), ALTER COLUMN a SET NOT NULL, ADD b uuid DEFAULT gen_random_uuid();
ALTER TABLE t RENAME COLUMN b TO c; ALTER TABLE t DROP COLUMN c; UPDATE t SET a = ''; DROP INDEX i;
ALTER TABLE t RENAME TO u; TRUNCATE u; DROP TABLE u";
    assert_eq!(met(Dialect::Postgres, text), [] as [&str; 0]);
    let apart = text.replacen(";\n", ";\n===\n", 1).replace("DROP INDEX i;", "");
    let codes = ["H33", "H24", "H10", "H3", "H57", "H47", "H47"];
    let met = met(Dialect::Postgres, &apart);
    assert_eq!(met.iter().filter_map(|met| met.split(' ').next()).collect::<Vec<_>>(), codes);
}

#[test]
fn places_are_those_of_the_file() {
    let text =
        "-- why\n\nSELECT 1; ALTER TABLE t\n    ADD a int,\n  ADD é text NOT NULL, ADD CONSTRAINT c CHECK (a > 0);";
    assert_eq!(met(Dialect::Postgres, text), ["H4 1.sql:5:3", "H24 1.sql:5:24"]);
}

#[test]
fn what_can_not_be_judged_is_counted() {
    let report = judged(Dialect::Postgres, "DO $$ BEGIN END $$;\nSELECT 1;\nFROBNICATE t;\nCALL p();");
    let places: Vec<String> = report.passed_over.iter().map(ToString::to_string).collect();
    assert_eq!((report.statements, places), (4, vec!["1.sql:1:1".into(), "1.sql:3:1".into(), "1.sql:4:1".into()]));
    assert!(report.is_clean());
}

#[test]
fn a_file_that_can_not_be_read_is_an_error_at_it() {
    let report = judged(Dialect::Postgres, "SELECT 1\n===\nSELECT 'open");
    assert_eq!(report.findings.len(), 1);
    assert!(report.findings[0].to_string().contains("--> 2.sql:1:1"), "{}", report.findings[0]);
}

#[test]
fn files_that_are_not_judged_say_what_others_build_on() {
    let mut files =
        files("CREATE TABLE t (a int CHECK (a > 0));\nDROP TABLE u\n===\nALTER TABLE t ALTER a TYPE bigint");
    files[0].judged = false;
    let report = lint(Dialect::Postgres, &files);
    let said: Vec<&str> = report.hazards.iter().map(|met| met.message.as_str()).collect();
    assert_eq!(said, ["`t` is shut while it is written anew: integer is stored otherwise than bigint"]);
    assert_eq!((report.files, report.statements), (1, 1));
}

#[test]
fn a_down_takes_away_what_its_up_brought() {
    let text = "CREATE TABLE t (id bigint PRIMARY KEY);\n===\n-- down\nDROP TABLE t;\n===\nALTER TABLE t ADD a int;
\n===\n-- down\nALTER TABLE t DROP a;\nCREATE INDEX i ON t (id);";
    assert_eq!(met(Dialect::Postgres, text), ["H33 4.sql:3:1"]);
}

#[test]
fn a_drafted_file_said_its_hazards_when_it_was_drafted() {
    let drafted = "-- drop column t.a (PostgreSQL)
-- Reversible: definitions yes, rows not fully
-- Data: the values of `t.a` are lost
-- H12: DROP COLUMN (cargo schema explain H12)

-- drop column t.a
ALTER TABLE t DROP COLUMN a;
";
    assert_eq!(met(Dialect::Postgres, drafted), [] as [&str; 0]);
    let edited = format!("{drafted}CREATE INDEX i ON t (b);");
    assert_eq!(met(Dialect::Postgres, &edited), ["H33 1.sql:8:1"]);
}
