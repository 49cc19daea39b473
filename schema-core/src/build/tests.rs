//! The lifecycle on crates in temporary folders, without cargo. `tests/tests/build_step.rs` runs the real thing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::compare::distribute;
use super::*;
use crate::diag::Finding;

struct Crate {
    dir: tempfile::TempDir,
}

const USERS: &str = "#[derive(Table)]\nstruct User {\n    #[column(primary_key)]\n    id: i64,\n}\n";
const ORGS: &str = "#[derive(Table)]\nstruct Org {\n    #[column(primary_key)]\n    id: i64,\n}\n";

impl Crate {
    fn new(source: &str) -> Self {
        let made = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir(made.path().join("src")).unwrap();
        fs::write(made.path().join("Cargo.toml"), "[package]\nname = \"app\"\n").unwrap();
        made.source(source);
        made
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn source(&self, text: &str) -> &Self {
        fs::write(self.path().join("src/lib.rs"), text).unwrap();
        self
    }

    fn project(&self) -> Project {
        Project::new(self.path(), Dialect::Sqlite).unwrap()
    }

    fn draft(&self) -> Vec<String> {
        draft(&self.project()).unwrap_or_else(|errors| panic!("{}", text(&errors)));
        self.files()
    }

    fn seal(&self) -> &Self {
        seal(&self.project(), None).unwrap_or_else(|errors| panic!("{}", text(&errors)));
        self
    }

    fn errors(&self) -> String {
        text(&draft(&self.project()).unwrap_err())
    }

    /// The migration files without their versions.
    fn files(&self) -> Vec<String> {
        self.tree()
            .into_keys()
            .filter_map(|name| Some(name.strip_prefix("migrations/")?.split_once('_')?.1.to_owned()))
            .collect()
    }

    /// Every file below the crate but for sources and git's own.
    fn tree(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.path().join("migrations"), self.path().join("schema")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().map(Result::unwrap) {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else {
                    let name = entry.path().strip_prefix(self.path()).unwrap().to_string_lossy().into_owned();
                    files.insert(name, fs::read_to_string(entry.path()).unwrap());
                }
            }
        }
        files
    }

    fn file(&self, ending: &str) -> std::path::PathBuf {
        let tree = self.tree();
        let names: Vec<_> = tree.keys().filter(|name| name.ends_with(ending)).collect();
        assert_eq!(names.len(), 1, "{ending}: {names:?}");
        self.path().join(names[0])
    }

    fn edit(&self, ending: &str, edit: impl Fn(String) -> String) {
        let path = self.file(ending);
        fs::write(&path, edit(fs::read_to_string(&path).unwrap())).unwrap();
    }

    fn git(&self, args: &[&str]) {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").arg("-C").arg(self.path()).args(identity).args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn commit(&self) {
        self.git(&["init", "-q"]);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-qm", "state"]);
    }
}

fn text(findings: &[Finding]) -> String {
    findings.iter().map(|finding| finding.to_string() + "\n").collect()
}

#[test]
fn a_draft_appears_is_rewritten_in_place_and_disappears() {
    let app = Crate::new(USERS);
    assert_eq!(app.draft(), ["create_table_user.down.sql", "create_table_user.up.sql"]);
    let versions = Draft::read(&app.project()).unwrap().unwrap().versions();
    let first = app.tree();
    app.draft();
    assert_eq!(app.tree(), first);

    app.source(&format!("{USERS}{ORGS}")).draft();
    assert_eq!(Draft::read(&app.project()).unwrap().unwrap().versions(), versions);
    assert_eq!(app.files().len(), 2);
    assert!(fs::read_to_string(app.file(".up.sql")).unwrap().contains("\"org\""));

    assert_eq!(app.source("").draft(), Vec::<String>::new());
    assert!(!app.project().draft_record().exists());
}

#[test]
fn a_seal_moves_the_base_and_the_next_change_is_a_draft_of_its_own() {
    let app = Crate::new(USERS);
    app.draft();
    app.seal();
    assert_eq!(app.draft().len(), 2, "nothing new after the seal");
    let state = State::load(&app.project()).unwrap();
    assert_eq!((state.status().sealed, state.status().draft.len()), (1, 0));
    assert_eq!(state.base.schema.tables.len(), 1);
    assert_eq!(text(&state.check().unwrap()), "");

    let sealed = fs::read_to_string(app.file("user.up.sql")).unwrap();
    app.source(&format!("{USERS}{ORGS}")).draft();
    assert_eq!(app.files().len(), 4);
    assert_eq!(fs::read_to_string(app.file("user.up.sql")).unwrap(), sealed);
    assert!(text(&State::load(&app.project()).unwrap().check().unwrap()).contains("the migration is not sealed"));
}

#[test]
fn a_seal_takes_the_draft_as_written_though_the_structs_have_moved_on() {
    let app = Crate::new(USERS);
    app.draft();
    app.source(&format!("{USERS}{ORGS}")).seal();
    let names: Vec<_> =
        State::load(&app.project()).unwrap().base.schema.tables.keys().map(|name| name.name.clone()).collect();
    assert_eq!(names, ["user"]);
    assert_eq!(app.draft().len(), 4);
}

#[test]
fn a_seal_can_name_the_files() {
    let app = Crate::new(USERS);
    app.draft();
    seal(&app.project(), Some("First: the users!")).unwrap();
    assert_eq!(app.files(), ["first_the_users.down.sql", "first_the_users.up.sql"]);
    State::load(&app.project()).unwrap();
    assert!(text(&seal(&app.project(), Some("again")).unwrap_err()).contains("nothing to seal"));
}

#[test]
fn names_without_a_letter_are_refused_and_nothing_is_sealed() {
    let app = Crate::new(USERS);
    app.draft();
    let before = app.tree();
    assert!(text(&seal(&app.project(), Some("../..")).unwrap_err()).contains("no letter or digit"));
    assert_eq!(app.tree(), before);
}

#[test]
fn a_hand_edit_of_the_draft_is_never_overwritten() {
    let app = Crate::new(USERS);
    app.draft();
    app.edit(".up.sql", |text| text + "-- mine\n");
    let edited = app.tree();
    for source in [USERS.to_owned(), format!("{USERS}{ORGS}"), String::new()] {
        let errors = app.source(&source).errors();
        assert!(
            errors.contains("the draft was edited by hand, and the build would overwrite it\n  --> migrations/"),
            "{errors}"
        );
        assert!(errors.contains("`cargo schema seal`") && errors.contains("`cargo schema discard`"), "{errors}");
        assert_eq!(app.tree(), edited);
    }
    app.seal();
    assert!(fs::read_to_string(app.file(".up.sql")).unwrap().ends_with("-- mine\n"));
    State::load(&app.project()).unwrap();
}

#[test]
fn discard_drops_the_edit_and_the_next_build_writes_anew() {
    let app = Crate::new(USERS);
    app.draft();
    let fresh = fs::read_to_string(app.file(".up.sql")).unwrap();
    app.edit(".up.sql", |text| text + "-- mine\n");
    assert_eq!(discard(&app.project()).unwrap().len(), 3);
    assert_eq!(app.files(), Vec::<String>::new());
    app.draft();
    assert_eq!(fs::read_to_string(app.file(".up.sql")).unwrap(), fresh);
}

#[test]
fn a_deleted_draft_file_is_written_again() {
    let app = Crate::new(USERS);
    app.draft();
    let before = app.tree();
    fs::remove_file(app.file(".up.sql")).unwrap();
    fs::remove_file(app.file(".down.sql")).unwrap();
    app.draft();
    assert_eq!(app.tree(), before);
}

#[test]
fn a_lost_record_is_made_again_for_the_same_files() {
    let app = Crate::new(USERS);
    app.draft();
    let before = app.tree();
    fs::remove_file(app.project().draft_record()).unwrap();
    app.draft();
    assert_eq!(app.tree(), before);
}

#[test]
fn a_write_cut_short_before_its_record_is_no_hand_edit() {
    for next in [format!("{USERS}{ORGS}"), USERS.replace("i64,", "i64,\n    email: String,")] {
        let app = Crate::new(USERS);
        app.draft();
        let record = fs::read_to_string(app.project().draft_record()).unwrap();
        app.source(&next).draft();
        let after = app.tree();
        fs::write(app.project().draft_record(), record).unwrap();
        app.draft();
        assert_eq!(app.tree(), after);
    }
}

#[test]
fn an_error_in_the_structs_leaves_the_draft_alone() {
    let app = Crate::new(USERS);
    app.draft();
    let before = app.tree();
    let errors = app.source(&format!("{ORGS}{}", USERS.replace("i64", "Unheard"))).errors();
    assert!(errors.contains("--> src/lib.rs:"), "{errors}");
    assert_eq!(app.tree(), before);
}

#[test]
fn a_dropped_table_needs_consent_before_anything_is_drafted() {
    let app = Crate::new(&format!("{USERS}{ORGS}"));
    app.draft();
    app.seal();
    let before = app.tree();
    assert!(app.source(USERS).errors().contains("drop_table(\"org\""));
    assert_eq!(app.tree(), before);
    app.source(&format!("{USERS}schema! {{ allow(drop_table(\"org\", reason = \"unused\")); }}\n")).draft();
    assert_eq!(app.files().len(), 4);
}

/// Each draft keeps what goes under names of its own.
#[test]
fn what_is_kept_is_named_by_the_head_of_the_base() {
    let app = Crate::new(&format!("{USERS}{ORGS}"));
    app.draft();
    app.seal();
    let head = State::load(&app.project()).unwrap().base.head.unwrap();
    app.source(&format!("{USERS}schema! {{ allow(drop_table(\"org\", reason = \"merged\", keep)); }}"));
    app.draft();
    let up = fs::read_to_string(app.file("put_table_org_aside.up.sql")).unwrap();
    assert!(up.contains(&format!("RENAME TO \"_kept_{head}_org\"")), "{up}");
}

#[test]
fn a_draft_that_is_checked_in_is_sealed_before_the_next_one() {
    let app = Crate::new(USERS);
    app.draft();
    app.commit();
    let committed = app.tree();
    app.draft();
    assert_eq!(app.tree(), committed, "an unchanged crate changes nothing");

    app.source(&format!("{USERS}{ORGS}")).draft();
    assert_eq!(app.files().len(), 4);
    for (name, text) in committed.iter().filter(|(name, _)| name.starts_with("migrations/")) {
        assert_eq!(app.tree().get(name), Some(text), "{name}");
    }
    let state = State::load(&app.project()).unwrap();
    assert_eq!((state.status().sealed, state.status().draft.len()), (1, 1));
}

#[test]
fn a_draft_changed_since_it_was_checked_in_is_rewritten() {
    let app = Crate::new(USERS);
    app.commit();
    app.draft();
    app.source(&format!("{USERS}{ORGS}")).draft();
    assert_eq!(app.files().len(), 2);
}

#[test]
fn the_next_draft_after_a_checked_in_one_asks_for_its_own_consent() {
    let app = Crate::new(&format!("{USERS}{ORGS}"));
    app.draft();
    app.commit();
    let before = app.tree();
    assert!(app.source(USERS).errors().contains("drop_table(\"org\""));
    assert_eq!(app.tree(), before);
}

#[test]
fn hand_written_pairs_join_the_chain_at_the_seal() {
    let app = Crate::new(USERS);
    let made = new_empty(&app.project(), "Fill the countries").unwrap();
    assert_eq!(
        (made.up.as_str(), made.down.as_deref()),
        ("-- Up: Fill the countries\n", Some("-- Down: undoes Fill the countries\n"))
    );
    app.draft();
    let versions: Vec<_> =
        State::load(&app.project()).unwrap().migrations.iter().map(|migration| migration.version).collect();
    assert!(versions[0] == made.version && versions[1] > made.version);
    fs::write(&made.up_path, "INSERT INTO country VALUES (1);\n").unwrap();
    app.seal();
    let state = State::load(&app.project()).unwrap();
    assert_eq!((state.status().sealed, state.hand_written().len()), (2, 0));
}

#[test]
fn an_edited_sealed_file_is_named_and_a_crlf_checkout_is_none() {
    let app = Crate::new(USERS);
    app.draft();
    app.seal();
    app.edit(".up.sql", |text| text.replace('\n', "\r\n"));
    app.edit("snapshot.json", |text| text.replace('\n', "\r\n"));
    let state = State::load(&app.project()).unwrap();
    assert!(text(&state.warnings).contains("CRLF"));
    app.edit(".down.sql", |text| text + "SELECT 1;\n");
    let errors = app.errors();
    assert!(errors.contains("the sealed migration was edited\n  --> migrations/"), "{errors}");
    assert!(
        errors.contains("_create_table_user.down.sql:1:1") && errors.contains("`git checkout HEAD -- migrations/"),
        "{errors}"
    );
}

#[test]
fn missing_and_late_sealed_files_are_told_apart() {
    let app = Crate::new(USERS);
    app.draft();
    app.seal();
    fs::write(app.path().join("migrations/1_late.up.sql"), "").unwrap();
    fs::write(app.path().join("migrations/1_late.down.sql"), "").unwrap();
    let errors = app.errors();
    assert!(errors.contains("the migration came late: its version 1 is not after"), "{errors}");
    fs::remove_file(app.file("user.up.sql")).unwrap();
    fs::remove_file(app.file("user.down.sql")).unwrap();
    assert!(app.errors().contains("are missing"), "{}", app.errors());
}

#[test]
fn a_draft_whose_version_was_overtaken_gets_a_later_one() {
    let app = Crate::new("");
    app.draft();
    app.source(USERS).draft();
    let project = app.project();
    let mine = Draft::read(&project).unwrap().unwrap();
    // Another branch sealed a later file; its base was merged in.
    let later = mine.versions().last().unwrap() + 500;
    fs::write(project.migrations.join(format!("{later}_theirs.up.sql")), "").unwrap();
    fs::write(project.migrations.join(format!("{later}_theirs.down.sql")), "").unwrap();
    let state = State::load(&project).unwrap();
    let theirs = state.migrations.iter().find(|migration| migration.version == later).unwrap();
    let sealed = BTreeMap::from([(later, crate::snapshot::Sealed::of(theirs))]);
    crate::snapshot::Snapshot::new(state.base.schema.clone(), sealed, Default::default())
        .write(&project.schema_dir)
        .unwrap();

    assert!(text(&seal(&project, None).unwrap_err()).contains("the base has moved on since the draft was made"));
    app.draft();
    assert!(Draft::read(&project).unwrap().unwrap().versions().iter().all(|version| *version > later));
    assert_eq!(app.files().len(), 4);
    app.seal();
}

#[test]
fn a_base_that_git_has_is_brought_back_and_not_adopted_anew() {
    let app = Crate::new(USERS);
    app.draft();
    app.seal();
    app.commit();
    fs::remove_dir_all(app.path().join("schema")).unwrap();
    let errors = app.errors();
    assert!(errors.contains("help: bring it back: `git checkout HEAD -- schema`"), "{errors}");
    assert!(!errors.contains("init --adopt"), "{errors}");
}

#[test]
fn migrations_without_a_base_are_not_guessed_at_but_adopted() {
    let app = Crate::new(USERS);
    fs::create_dir(app.path().join("migrations")).unwrap();
    fs::write(app.path().join("migrations/1_old.sql"), "CREATE TABLE user (id INTEGER);").unwrap();
    let before = app.tree();
    assert!(app.errors().contains("there are migrations, but no base in `schema`"), "{}", app.errors());
    assert_eq!(app.tree(), before);
    assert_eq!(adopt(&app.project()).unwrap(), 1);
    assert_eq!(app.draft(), ["old.sql"]);
    assert!(text(&adopt(&app.project()).unwrap_err()).contains("only a project without either"));
}

#[test]
fn a_record_that_names_files_elsewhere_is_refused() {
    let app = Crate::new(USERS);
    app.draft();
    app.edit("draft.json", |text| text.replacen("_create_table_user.up.sql", "_/../../Cargo.toml", 1));
    assert!(app.errors().contains("is no name of a migration file"));
    assert!(text(&discard(&app.project()).unwrap_err()).contains("is no name of a migration file"));
    assert!(app.path().join("Cargo.toml").exists());
}

#[cfg(unix)]
#[test]
fn a_migrations_folder_that_is_a_link_is_not_written_through() {
    let app = Crate::new(USERS);
    let outside = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), app.path().join("migrations")).unwrap();
    assert!(app.errors().contains("by a symbolic link; name the real folder in the build script"));
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn findings_go_to_their_items_and_the_rest_to_the_build() {
    let app = Crate::new(&format!("{USERS}{ORGS}"));
    app.draft();
    app.seal();
    app.source(&USERS.replace("i64,", "i64,\n    #[column(backfill = \"\")]\n    nothing: Unheard,"));
    let state = State::load(&app.project()).unwrap();
    let (scan, comparison) = state.compare().unwrap();
    let (gate, rest) = distribute(&state, &scan.model, &comparison.findings);
    assert_eq!(text(&rest), "");
    assert!(gate.items.values().any(|item| item.findings.iter().any(Finding::is_error)));

    app.source(USERS);
    let (scan, comparison) = State::load(&app.project()).unwrap().compare().unwrap();
    let (gate, rest) = distribute(&state, &scan.model, &comparison.findings);
    assert!(text(&rest).contains("drop_table"), "{gate:?}");
}

#[test]
fn the_gate_of_one_file_needs_no_build() {
    let app = Crate::new("");
    fs::write(app.path().join("case.rs"), USERS).unwrap();
    let gate = gate_for(app.path(), Path::new("case.rs"), Dialect::Sqlite, Path::new("schema")).unwrap();
    assert_eq!(gate.items.len(), 1);
    assert_eq!(app.files(), Vec::<String>::new());
}

#[test]
fn a_backfill_is_one_statement_where_there_are_no_batches() {
    let source = "#[derive(Table)] struct User { #[column(primary_key)] id: i64, email: String, age: i64 }";
    for (dialect, column, value, expected) in [
        (
            Dialect::Sqlite,
            "email",
            "lower(email)",
            "UPDATE \"user\" SET \"email\" = (lower(email)) WHERE \"email\" IS NOT (lower(email));",
        ),
        (
            Dialect::MySql,
            "email",
            "lower(email)",
            "UPDATE `user` SET `email` = (lower(email)) WHERE NOT (CAST(CONVERT(`email` USING utf8mb4) AS BINARY) \
             <=> CAST(CONVERT((lower(email)) USING utf8mb4) AS BINARY));",
        ),
        (Dialect::MySql, "age", "age + 1", "UPDATE `user` SET `age` = (age + 1) WHERE NOT (`age` <=> (age + 1));"),
        (
            Dialect::MySql,
            "age",
            "floor(RAND() * 10)",
            "UPDATE `user` SET `age` = (floor(RAND() * 10)) WHERE `age` IS NULL;",
        ),
    ] {
        let app = Crate::new(source);
        let project = Project::new(app.path(), dialect).unwrap();
        draft(&project).unwrap_or_else(|errors| panic!("{}", text(&errors)));
        seal(&project, None).unwrap_or_else(|errors| panic!("{}", text(&errors)));
        let fill = Fill { column: format!("user.{column}"), value: value.to_owned(), condition: None };
        let made = new_backfill(&project, None, &fill).unwrap_or_else(|errors| panic!("{}", text(&errors)));
        assert_eq!(made.up.lines().last(), Some(expected));
    }
}
