//! Columns, keys and indexes with other names: what is known of them follows.

use super::{judged, met};
use crate::ir::Dialect::{self, MariaDb, MySql, Postgres};

/// But for what small keys and files of several statements meet.
fn found(dialect: Dialect, text: &str) -> Vec<String> {
    met(dialect, text).into_iter().filter(|met| !met.starts_with("H59") && !met.starts_with("H63")).collect()
}

#[test]
fn columns_of_one_statement_change_places() {
    let made = "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b varchar(9), KEY ka (a), CHECK (a > 0))";
    let swapped = "ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a";
    for change in ["MODIFY b int NOT NULL", "MODIFY a varchar(9)", "MODIFY b int NOT NULL, MODIFY a varchar(9)"] {
        let text = format!("{made};\n===\n{swapped};\nALTER TABLE t {change}");
        for dialect in [MariaDb, MySql] {
            assert_eq!(found(dialect, &text), ["H13 2.sql:1:15", "H13 2.sql:1:37"], "{change}");
        }
    }
    let text = format!("{made};\n===\n{swapped};\n===\nALTER TABLE t MODIFY b bigint NOT NULL");
    assert_eq!(found(MariaDb, &text)[2..], ["H14 3.sql:1:15"]);
    let text = format!("{made};\n===\nALTER TABLE t CHANGE a b int NOT NULL, CHANGE b a varchar(9)");
    assert_eq!(found(MariaDb, &text), ["H13 2.sql:1:15", "H13 2.sql:1:40"]);
}

#[test]
fn clauses_count_by_what_they_do_and_not_by_where_they_stand() {
    let made = "CREATE TABLE t (a int, b int NOT NULL, KEY ka (a), KEY kb (b));\n===\n";
    let after = ";\n===\nALTER TABLE t MODIFY b int, DROP KEY ka";
    for change in ["DROP COLUMN b, RENAME COLUMN a TO b", "RENAME COLUMN a TO b, DROP COLUMN b"] {
        let found = found(MariaDb, &format!("{made}ALTER TABLE t {change}, ADD KEY kn (b){after}"));
        let mut codes: Vec<&str> = found.iter().map(|met| &met[..3]).collect();
        codes.sort_unstable();
        assert_eq!(codes, ["H12", "H13"], "{change}: {found:?}");
    }
}

#[test]
fn expressions_follow_their_columns() {
    let made = "CREATE TABLE t (a int, b int, v int AS (a + 1) VIRTUAL);\n===\n
ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a;\n===\n";
    let change = |expression: &str| {
        let text = format!("{made}ALTER TABLE t MODIFY v int AS ({expression}) VIRTUAL COMMENT 'next'");
        found(MariaDb, &text).into_iter().filter(|met| met.contains("3.sql")).collect::<Vec<_>>()
    };
    assert_eq!(change("b + 1"), [""; 0]);
    assert_eq!(change("a + 1"), ["H7 3.sql:1:15"]);
}

#[test]
fn foreign_keys_follow_on_both_sides() {
    let made = "CREATE TABLE p (id int, n int, PRIMARY KEY (id));
CREATE TABLE c (x int, KEY kx (x), CONSTRAINT f FOREIGN KEY (x) REFERENCES p (id));
CREATE TABLE d (x int)";
    let renamed = "ALTER TABLE p RENAME COLUMN id TO n, RENAME COLUMN n TO id;\nALTER TABLE c RENAME COLUMN x TO y";
    let refused = |change: &str| {
        let text = format!("{made};\n===\n{renamed};\n===\n{change}");
        met(MariaDb, &text)
            .into_iter()
            .filter(|met| met.starts_with("H23") || met.starts_with("H39"))
            .collect::<Vec<_>>()
    };
    assert_eq!(refused("ALTER TABLE d ADD FOREIGN KEY (x) REFERENCES p (n)"), [""; 0]);
    assert_eq!(refused("ALTER TABLE d ADD FOREIGN KEY (x) REFERENCES p (id)"), ["H23 3.sql:1:15"]);
    assert_eq!(refused("ALTER TABLE c DROP KEY kx"), ["H39 3.sql:1:15"]);
    assert_eq!(refused("ALTER TABLE c ADD KEY ky (y);\nALTER TABLE c DROP KEY kx"), [""; 0]);
    assert_eq!(refused("ALTER TABLE c DROP COLUMN z, DROP KEY kx"), ["H39 3.sql:1:30"]);
}

#[test]
fn indexes_of_one_statement_change_places() {
    let made = "CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (a int, b int, KEY ka (a), KEY kb (b), FOREIGN KEY (a) REFERENCES p (id));\n===\n";
    let swapped = "ALTER TABLE t RENAME KEY ka TO kb, RENAME KEY kb TO ka;\n";
    assert_eq!(found(MariaDb, &format!("{made}{swapped}ALTER TABLE t DROP KEY ka")), [""; 0]);
    assert_eq!(found(MariaDb, &format!("{made}{swapped}ALTER TABLE t DROP KEY kb")), ["H39 2.sql:2:15"]);
}

#[test]
fn an_index_is_no_foreign_key_of_the_same_name() {
    let made = "CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (a int, b int, KEY f (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id));\n===\n";
    let change = "DROP KEY f, ADD UNIQUE KEY u (a, b), ALGORITHM=COPY";
    assert_eq!(found(MariaDb, &format!("{made}ALTER TABLE t {change}")), ["H37 2.sql:1:15"]);
    let renamed = "ALTER TABLE t RENAME KEY f TO g;\nALTER TABLE t DROP FOREIGN KEY f";
    assert_eq!(found(MariaDb, &format!("{made}{renamed}")), ["H26 2.sql:2:15"]);
}

#[test]
fn keys_of_postgres_follow_their_columns_and_indexes_go_with_theirs() {
    let made = "CREATE TABLE p (id bigint PRIMARY KEY);
CREATE TABLE c (id bigint PRIMARY KEY, x bigint, y bigint);\nCREATE INDEX i ON c (x);\n";
    let key = "ALTER TABLE c ADD FOREIGN KEY (x) REFERENCES p;\n";
    let renamed = "ALTER TABLE c RENAME x TO z;\n";
    assert_eq!(met(Postgres, &format!("{made}{key}{renamed}")), [""; 0]);
    assert_eq!(met(Postgres, &format!("{made}{renamed}{}", key.replace("(x)", "(z)"))), [""; 0]);
    let other = key.replace("(x)", "(y)");
    assert_eq!(met(Postgres, &format!("{made}{other}")), ["H23 1.sql:4:15"]);
    assert_eq!(
        met(Postgres, &format!("{made}{other}===\n{}", renamed.replace("x", "y"))),
        ["H23 1.sql:4:15", "H13 2.sql:1:15"]
    );
    let anew = "ALTER TABLE c DROP COLUMN x;\nALTER TABLE c ADD x bigint;\n";
    assert_eq!(met(Postgres, &format!("{made}{anew}{key}")), ["H23 1.sql:6:15"]);
}

#[test]
fn a_key_is_no_foreign_key_of_the_same_name() {
    let made = "CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (a int, b int, KEY ka (a), UNIQUE KEY x (b), CONSTRAINT x FOREIGN KEY (a) REFERENCES p (id));\n===\n";
    let said = |change: &str| {
        let report = judged(MariaDb, &format!("{made}ALTER TABLE t {change}"));
        let drops = report.hazards.iter().filter(|met| met.code == "H26" || met.code == "H39");
        drops.map(|met| format!("{} {}", met.code, met.message)).collect::<Vec<_>>()
    };
    let orphans = "H26 the foreign key refused orphans, and goes under the lock of both tables: wrong rows in `t`";
    let duplicates = "H26 the key refused duplicates: wrong rows in `t`";
    assert_eq!(said("DROP FOREIGN KEY x"), [orphans]);
    assert_eq!(said("DROP KEY x"), [duplicates]);
    assert_eq!(said("DROP CONSTRAINT x"), [orphans]);
    assert_eq!(said("DROP CONSTRAINT x;\nALTER TABLE t DROP CONSTRAINT x"), [orphans, duplicates]);
    assert_eq!(said("DROP FOREIGN KEY x;\nALTER TABLE t DROP KEY ka"), [orphans]);
    assert!(said("DROP KEY x;\nALTER TABLE t DROP KEY ka").iter().any(|met| met.starts_with("H39")));
    let with_check = made.replace("UNIQUE KEY x (b)", "CONSTRAINT x CHECK (b > 0)");
    let dropped = judged(MySql, &format!("{with_check}ALTER TABLE t DROP CHECK x"));
    assert!(dropped.hazards.iter().any(|met| met.message == "the check refused wrong rows in `t`"));
}

#[test]
fn constraints_without_a_name_are_told_apart() {
    let made = "CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (a int, b int, KEY ka (a), KEY kb (b), UNIQUE (a, b), UNIQUE (a),
    FOREIGN KEY (a) REFERENCES p (id), FOREIGN KEY (b) REFERENCES p (id));\n===\n";
    for key in ["DROP FOREIGN KEY t_ibfk_1", "DROP FOREIGN KEY t_ibfk_2"] {
        let text = format!("{made}ALTER TABLE t {key};\n===\nALTER TABLE t DROP KEY kb");
        let refused = met(MariaDb, &text).iter().any(|met| met.starts_with("H39"));
        assert_eq!(refused, key.ends_with('1'), "{key}");
    }
    let text = format!("{made}ALTER TABLE t DROP KEY a, DROP KEY a_2");
    assert_eq!(found(MariaDb, &text), ["H26 2.sql:1:15", "H26 2.sql:1:27"]);
}

#[test]
fn the_last_key_of_a_foreign_key_is_needed_too() {
    let made = "CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (a int, UNIQUE KEY u (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id));\n===\n";
    assert_eq!(found(MariaDb, &format!("{made}ALTER TABLE t DROP KEY u")), ["H26 2.sql:1:15", "H39 2.sql:1:15"]);
    let bridged = format!("{made}ALTER TABLE t DROP KEY u, ADD KEY k (a)");
    assert_eq!(found(MariaDb, &bridged), ["H26 2.sql:1:15"]);
}

#[test]
fn foreign_keys_follow_their_tables() {
    let made = "CREATE TABLE p (id bigint PRIMARY KEY);\nCREATE TABLE c (id bigint PRIMARY KEY, x bigint);
ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (x) REFERENCES p;\nCREATE INDEX i ON c (x);\n===\n";
    let codes = |change: &str| {
        let met = met(Postgres, &format!("{made}{change}"));
        met.iter().map(|met| met[..3].to_owned()).filter(|code| code == "H30" || code == "H39").collect::<Vec<_>>()
    };
    let dropped = "ALTER TABLE c DROP CONSTRAINT f;\nALTER TABLE c RENAME TO d;\n===\n";
    let again = "ADD FOREIGN KEY (x) REFERENCES p NOT VALID;";
    assert_eq!(codes(&format!("{dropped}ALTER TABLE d {again}")), ["H30"]);
    assert_eq!(codes(&format!("{dropped}ALTER TABLE c {again}")), [""; 0]);
    // Beside one that came again, another closes no gap.
    let twice = format!("{dropped}ALTER TABLE d {again}\n===\nALTER TABLE d {again}");
    assert_eq!(codes(&twice), ["H30"]);
    let renamed = "ALTER TABLE p RENAME TO q;\nALTER TABLE c RENAME TO d;\n===\n";
    assert_eq!(codes(&format!("{renamed}DROP INDEX CONCURRENTLY i")), ["H39"]);
    // The message says the name that the parent has by then.
    let report = judged(Postgres, &format!("{made}{renamed}DROP INDEX CONCURRENTLY i"));
    let said = report.hazards.iter().find(|met| met.code == "H39").map(|met| met.message.as_str());
    assert_eq!(said, Some("each delete in `q` reads all of `d` from here on: no index starts with `x`"));
}

#[test]
fn an_index_that_is_missing_is_said_of_a_table_renamed_later() {
    let text = "CREATE TABLE p (id bigint PRIMARY KEY);\nCREATE TABLE c (id bigint PRIMARY KEY, x bigint);
ALTER TABLE c ADD FOREIGN KEY (x) REFERENCES p;\nALTER TABLE p RENAME TO q;\nALTER TABLE c RENAME TO d;\n";
    assert_eq!(met(Postgres, text), ["H23 1.sql:3:15"]);
    assert_eq!(met(Postgres, &format!("{text}CREATE INDEX i ON d (x);")), [""; 0]);
}
