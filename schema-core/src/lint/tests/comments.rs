//! `-- schema: allow(..)`.

use super::{judged, met};
use crate::ir::Dialect;

fn findings(text: &str) -> Vec<String> {
    judged(Dialect::Postgres, text).findings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_comment_above_a_statement_allows_what_it_names_there_alone() {
    let text = "-- schema: allow(H12, reason = \"unread since 2.3\")\n-- a note\nALTER TABLE t DROP COLUMN a;
ALTER TABLE t DROP COLUMN b;
-- schema: allow(H12, H48, reason = \"by hand\")
ALTER TABLE t DROP COLUMN c CASCADE,
-- schema: allow(H33, reason = \"within its statement\")
DROP d; CREATE INDEX i ON t (e);";
    assert_eq!(judged(Dialect::Postgres, text).hazards.len(), 2);
    assert_eq!(findings(text), ["warning: the statement below meets no H33\n  --> 1.sql:7:1\n  help: delete it"]);
}

#[test]
fn an_allow_that_allows_nothing_is_said_and_one_without_a_reason_counts_for_nothing() {
    let text = "-- schema: allow(H12, reason = \"stale\")\nALTER TABLE t ADD a int;
-- schema: allow(H33)\nCREATE INDEX i ON t (a);
-- schema: allow(H1, reason = \"nothing below\")";
    assert_eq!(
        findings(text),
        [
            "warning: the statement below meets no H12\n  --> 1.sql:1:1\n  help: delete it",
            "error: an allow needs a reason\n  --> 1.sql:3:1\n  help: write `-- schema: allow(H12, reason = \"why it is safe here\")`",
            "warning: the statement below meets no H1\n  --> 1.sql:5:1\n  help: delete it",
        ]
    );
    assert_eq!(judged(Dialect::Postgres, text).hazards.len(), 1);
}

#[test]
fn a_file_without_statements_is_what_its_comments_are_about() {
    let up = "UPDATE t SET a = 1 WHERE a = 0;\n===\n-- down\n";
    assert_eq!(met(Dialect::Postgres, up), ["H68 2.sql:1:1"]);
    assert_eq!(
        met(Dialect::Postgres, &format!("{up}-- schema: allow(H68, reason = \"0 was wrong\")")),
        [] as [&str; 0]
    );
}
