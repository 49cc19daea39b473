use std::path::Path;

use super::*;

const UP: &str = "-- alter t (PostgreSQL)\n-- Data: no row changes\n\n-- add column\nALTER TABLE t ADD a int;\nCREATE INDEX i ON t (a);\n";

fn measured(statement: &str, table: &str, mode: LockMode) -> Measured {
    let locks = [(table.to_owned(), mode)].into();
    Measured { statement: statement.to_owned(), locks, ..Measured::default() }
}

fn locks() -> Locks {
    let hashes = hashes(UP).unwrap();
    let mut first = measured(&hashes[0], "public.t", LockMode::AccessExclusive);
    first.rewrites.insert("public.t".to_owned());
    first.locks.insert("public.parent".to_owned(), LockMode::RowShare);
    let mut second = measured(&hashes[1], "public.t", LockMode::Share);
    second.builds.insert("public.t".to_owned(), ["i".to_owned()].into());
    second.indexes.insert("public.u".to_owned(), [("public.u_a".to_owned(), LockMode::AccessExclusive)].into());
    let mut locks = Locks::new(15);
    locks.files.insert("1_a.up.sql".to_owned(), vec![first, second]);
    locks
}

#[test]
fn a_file_says_what_it_locks_after_its_opening_comment() {
    let text = annotated(UP, "1_other_name.up.sql", Some(&locks()));
    insta::assert_snapshot!(text, @r"
    -- alter t (PostgreSQL)
    -- Data: no row changes
    -- Locks: ACCESS EXCLUSIVE on index public.u_a of public.u
    -- Locks: ACCESS EXCLUSIVE on public.t (rewrite, builds i)

    -- add column
    ALTER TABLE t ADD a int;
    CREATE INDEX i ON t (a);
    ");
    assert_eq!(bare(&text), UP);
    assert_eq!(annotated(&text, "1_a.up.sql", Some(&locks())), text);
    assert_eq!(annotated(&text, "1_a.up.sql", None), UP);
    assert_eq!(annotated(&text, "1_a.down.sql", Some(&locks())), UP);
    let changed = text.replace("a int", "a text");
    assert_eq!(annotated(&changed, "1_a.up.sql", Some(&locks())), UP.replace("a int", "a text"));
}

#[test]
fn a_file_that_locks_nothing_says_so() {
    let mut locks = Locks::new(15);
    let text = "-- why\nSELECT 1;\n";
    let statement = hashes(text).unwrap().remove(0);
    locks.files.insert("1_a.up.sql".to_owned(), vec![Measured { statement, ..Measured::default() }]);
    assert_eq!(
        annotated(text, "1_a.up.sql", Some(&locks)),
        "-- why\n-- Locks: none that keep anybody off\nSELECT 1;\n"
    );
}

#[test]
fn only_statements_count_for_a_hash() {
    assert_eq!(hashes("-- a\r\nSELECT 1; -- b\n").unwrap(), hashes("SELECT 1;").unwrap());
    assert_ne!(hashes("SELECT 1").unwrap(), hashes("SELECT 2").unwrap());
    assert!(hashes("SELECT 'open").is_err());
}

#[test]
fn a_record_that_does_not_fit_its_files_is_found() {
    let label = Path::new("schema/locks.json");
    let said = |files: &[(&str, &str)]| -> Vec<String> {
        let files = files.iter().map(|(name, text)| (Path::new(*name), *text));
        locks().disagreements(files, label).into_iter().map(|finding| finding.message).collect()
    };
    assert_eq!(said(&[("m/1_renamed.up.sql", UP)]), [] as [&str; 0]);
    assert_eq!(
        said(&[("m/1_a.up.sql", "SELECT 1"), ("m/1_a.down.sql", "")]),
        [
            "`schema/locks.json` holds the locks of other statements than this file's",
            "`schema/locks.json` holds no locks of this migration file"
        ]
    );
    assert_eq!(said(&[]), ["there is no migration file `1_a.up.sql` any more"]);
}

#[test]
fn the_record_is_one_fact_a_line() {
    insta::assert_snapshot!(locks().text().lines().skip(1).take(16).collect::<Vec<_>>().join("\n"), @r#"
      "format": 1,
      "server": 15,
      "files": {
        "1_a.up.sql": [
          {
            "statement": "152b819669e69f0bbe03ce65",
            "locks": {
              "public.parent": "ROW SHARE",
              "public.t": "ACCESS EXCLUSIVE"
            },
            "rewrites": [
              "public.t"
            ]
          },
          {
            "statement": "31286b9988b28fbc4e04c6a7",
    "#);
}
