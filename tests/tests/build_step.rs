//! The build step as users meet it: real crates, real cargo.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]
#![allow(missing_docs)]

use std::fs;

use schema_core::build::{self, State};
use schema_core::migration::read_dir;

#[path = "build_step/app.rs"]
mod app;
#[path = "build_step/databases.rs"]
mod databases;
#[path = "build_step/postgres.rs"]
mod postgres;

use app::App;

const USERS: &str = "
#[derive(Table)]
pub struct User {
    #[column(primary_key)]
    pub id: i64,
    pub email: String,
}
";

const ORGS: &str = "
#[derive(Table)]
pub struct Org {
    #[column(primary_key)]
    pub id: i64,
}
";

fn sealed(source: &str) -> App {
    let app = App::new(source);
    app.build();
    build::seal(&app.project(), None).unwrap();
    app
}

#[test]
fn a_draft_appears_is_rewritten_in_place_and_vanishes_and_each_second_build_is_fresh() {
    let app = App::new(USERS);
    let said = app.build();
    assert!(said.contains("is a draft") && said.contains("`cargo schema seal`"), "{said}");
    assert_eq!(app.migrations(), ["create_table_user.down.sql", "create_table_user.up.sql"]);
    assert!(app.tree()["migrations/.gitattributes"].contains("eol=lf"));
    app.assert_fresh();

    let first = read_dir(&app.path("migrations")).unwrap()[0].version;
    app.source(&USERS.replace("String", "Option<String>")).build();
    let rewritten = read_dir(&app.path("migrations")).unwrap();
    assert_eq!((rewritten.len(), rewritten[0].version), (1, first));
    assert!(!rewritten[0].up.contains("\"email\" TEXT NOT NULL"), "{}", rewritten[0].up);
    app.assert_fresh();

    app.source("").build();
    assert_eq!(app.migrations(), Vec::<String>::new());
    assert!(!app.path("schema/draft.json").exists());
    app.assert_fresh();
}

#[test]
fn new_files_alone_are_noticed() {
    let app = App::new(&format!("{USERS}mod orgs;\n"));
    app.write("src/orgs.rs", "pub mod teams;\n").write("src/orgs/teams.rs", "").build();
    app.assert_fresh();

    app.write("src/orgs/teams.rs", &format!("use schema_runtime::Table;\n{ORGS}")).build();
    assert!(app.tree()[&app.file(".up.sql")].contains("\"org\""));
    app.assert_fresh();

    app.write("src/orgs.rs", "pub mod teams;\npub mod more;\n")
        .write("src/orgs/more.rs", &format!("use schema_runtime::Table;\n{}", ORGS.replace("Org", "Team")))
        .build();
    assert!(app.tree()[&app.file(".up.sql")].contains("\"team\""));
    app.assert_fresh();

    app.write("migrations/1_by_hand.up.sql", "SELECT 1;\n").write("migrations/1_by_hand.down.sql", "SELECT 1;\n");
    let said = app.build();
    assert!(said.contains("Dirty"), "{said}");
    app.assert_fresh();
}

#[test]
fn code_beside_the_structs_changes_nothing_and_structs_are_seen_at_once() {
    let app = App::new(&format!("{USERS}mod code;\n"));
    app.write("src/code.rs", "pub fn one() -> i64 { 1 }\n").build();
    build::seal(&app.project(), None).unwrap();
    app.age();
    // Another value of a variable that cargo watches, and the step runs again.
    assert!(app.cargo_with(&["check"], &[("SCHEMA_MODE", "write")]).success);
    let record = app.out_dir().join("schema-settled.bin");
    let kept = fs::metadata(&record).unwrap().modified().unwrap();

    app.write("src/code.rs", "pub fn two() -> i64 { 2 }\n");
    let said = app.build();
    assert!(said.contains("Running") && said.contains("build-script-build"), "{said}");
    assert_eq!(fs::metadata(&record).unwrap().modified().unwrap(), kept, "the answer was found anew");
    app.assert_fresh();

    app.write("src/code.rs", &format!("use schema_runtime::Table;\n{ORGS}")).build();
    assert!(app.tree()[&app.file("create_table_org.up.sql")].contains("\"org\""));
    app.assert_fresh();
}

#[test]
fn a_hand_edited_draft_stops_the_build_and_is_kept() {
    let app = App::new(USERS);
    app.build();
    app.edit(".up.sql", |text| text + "-- mine\n");
    let edited = app.tree();
    let said = app.fails();
    assert!(said.contains("error: the draft was edited by hand, and the build would overwrite it"), "{said}");
    assert!(said.contains("`cargo schema seal`") && said.contains("`cargo schema discard`"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(app.tree(), edited);
    build::seal(&app.project(), None).unwrap();
    app.build();
    app.assert_fresh();
}

#[test]
fn after_a_seal_the_next_change_is_a_draft_of_its_own() {
    let app = sealed(USERS);
    app.build();
    app.assert_fresh();
    app.source(&format!("{USERS}{ORGS}")).build();
    assert_eq!(app.migrations().len(), 4);
    let status = State::load(&app.project()).unwrap().status();
    assert_eq!((status.sealed, status.draft.len()), (1, 1));
    app.assert_fresh();
}

#[test]
fn a_draft_that_git_has_is_sealed_by_the_build_before_the_next_one() {
    let app = App::new(USERS);
    app.build();
    app.commit();
    let committed = app.tree();
    app.source(&format!("{USERS}{ORGS}")).build();
    for (name, text) in committed.iter().filter(|(name, _)| name.ends_with(".sql")) {
        assert_eq!(app.tree().get(name), Some(text), "{name}");
    }
    let status = State::load(&app.project()).unwrap().status();
    assert_eq!((status.sealed, status.draft.len()), (1, 1));
    app.assert_fresh();
}

#[test]
fn ci_only_checks() {
    let app = App::new(USERS);
    let said = app.cargo_with(&["check"], &[("CI", "true")]);
    assert!(!said.success && said.stderr.contains("the migrations are behind the structs"), "{}", said.stderr);
    assert!(said.stderr.contains("`SCHEMA_MODE=write cargo build`"), "{}", said.stderr);
    assert!(app.tree().is_empty(), "{:?}", app.tree());

    app.build();
    let drafted = app.tree();
    let said = app.cargo_with(&["check"], &[("CI", "true")]);
    assert!(said.success, "{}", said.stderr);
    app.source(&format!("{USERS}{ORGS}"));
    assert!(!app.cargo_with(&["check"], &[("CI", "true")]).success);
    assert_eq!(app.tree(), drafted);
}

#[test]
fn the_mode_can_be_switched_off_and_wrong_modes_are_named() {
    let app = App::new(USERS);
    let said = app.cargo_with(&["check"], &[("SCHEMA_MODE", "off")]);
    assert!(said.success, "{}", said.stderr);
    assert!(app.tree().is_empty());
    let said = app.cargo_with(&["check"], &[("SCHEMA_MODE", "on")]);
    assert!(!said.success && said.stderr.contains("SCHEMA_MODE is `on`, which is no mode"), "{}", said.stderr);
}

#[cfg(unix)]
#[test]
fn a_read_only_checkout_builds_when_nothing_is_pending_and_is_never_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let app = sealed(USERS);
    // cargo itself keeps its lock file; whether the sources may change is said by their folder.
    let lock = |mode| fs::set_permissions(app.path("."), fs::Permissions::from_mode(mode)).unwrap();
    app.build();
    let before = app.tree();
    lock(0o555);
    app.write("src/lib.rs", &(fs::read_to_string(app.path("src/lib.rs")).unwrap() + "// touched\n"));
    app.build();
    app.source(&format!("{USERS}{ORGS}"));
    let said = app.fails();
    assert!(said.contains("the migrations are behind the structs"), "{said}");
    assert_eq!(app.tree(), before);
    lock(0o755);
}

#[test]
fn many_builds_at_once_make_one_draft() {
    let app = App::new(USERS);
    app.build();
    let folders: Vec<_> = (0..8).map(|_| tempfile::tempdir().unwrap()).collect();
    for round in 0..5 {
        app.source(&format!("{USERS}{}", ORGS.replace("Org", &format!("Org{round}"))));
        let running: Vec<_> = folders.iter().map(|out| app.build_script(out.path()).spawn().unwrap()).collect();
        for mut child in running {
            assert!(child.wait().unwrap().success());
        }
        let status = State::load(&app.project()).unwrap().status();
        assert_eq!((status.draft.len(), status.edited.len(), status.hand_written.len()), (1, 0, 0));
        assert!(status.draft[0].up.contains(&format!("\"org{round}\"")), "{}", status.draft[0].up);
    }
}

#[test]
fn the_schema_does_not_depend_on_features_or_tests() {
    let app = App::new(&format!(
        "{USERS}#[cfg(feature = \"extra\")]{ORGS}#[cfg(test)]{}",
        ORGS.replace("Org", "OnlyInTests")
    ));
    app.build();
    let without = app.tree();
    assert!(without[&app.file(".up.sql")].contains("\"org\""));
    assert!(!without[&app.file(".up.sql")].contains("only_in_tests"));
    let said = app.cargo(&["check", "--features", "extra", "--tests"]);
    assert!(said.success, "{}", said.stderr);
    assert_eq!(app.tree(), without);

    app.source(&USERS.replace("pub email", "#[cfg(feature = \"extra\")]\n    pub email"));
    for features in [&["check"][..], &["check", "--features", "extra"]] {
        let said = app.cargo(features);
        assert!(!said.success && said.stderr.contains("`cfg` on a field of a table"), "{}", said.stderr);
        assert!(said.stderr.contains("--> src/lib.rs:8:7"), "{}", said.stderr);
    }
    assert_eq!(app.tree(), without);
}

#[test]
fn a_missing_consent_is_shown_by_the_compiler_at_the_struct_or_field() {
    let app = sealed(USERS);
    let before = app.tree();
    app.source(&USERS.replace("    pub email: String,\n", ""));
    let said = app.fails();
    assert!(said.contains("--> src/lib.rs:5:12"), "{said}");
    assert!(said.contains("drop_column(\"email\"") && said.contains("renamed_from"), "{said}");

    app.source(&USERS.replace("email: String", "email: i64"));
    let said = app.fails();
    assert!(said.contains("--> src/lib.rs:8:"), "{said}");
    assert!(said.contains("narrow_type"), "{said}");
    assert_eq!(app.tree(), before);

    app.source(USERS).build();
    app.assert_fresh();
}

/// The README's first walk.
#[test]
fn the_quickstart_refuses_to_lose_a_field_of_a_member() {
    let app = App::example("quickstart");
    app.build();
    let before = app.tree();
    let models = fs::read_to_string(app.path("src/models.rs")).unwrap();
    let (variety, member) = models.split_once("pub struct Member {").unwrap();
    let member = member.replacen("    /// What to call them.\n    pub name: String,\n", "", 1);
    app.write("src/models.rs", &format!("{variety}pub struct Member {{{member}"));

    let said = app.fails();
    let line = variety.lines().count() + 1;
    for part in [
        "error: table `member`: column `name` is removed, which loses its values",
        "`#[table(allow(drop_column(\"name\", reason = \"..\", restore = \"..\")))]`",
        "`#[column(renamed_from = \"name\")]` on that field",
        &format!("--> src/models.rs:{line}:12"),
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert_eq!(said.matches("error: ").count(), 2, "one, and cargo's own\n{said}");
    assert_eq!(app.tree(), before);

    app.write("src/models.rs", &models).build();
    app.assert_fresh();
}

#[test]
fn a_dropped_table_is_told_by_the_build_step_where_no_macro_can() {
    let app = sealed(&format!("{USERS}{ORGS}"));
    let said = app.source(USERS).fails();
    assert!(said.contains("allow(drop_table(\"org\""), "{said}");
    let said = app.source(&format!("{USERS}schema! {{}}\n")).fails();
    assert!(said.contains("--> src/lib.rs:10:"), "{said}");
    app.source(&format!("{USERS}schema! {{ allow(drop_table(\"org\", reason = \"unused\")); }}\n")).build();
    assert_eq!(app.migrations().len(), 4);
}

#[test]
fn broken_states_stop_the_build_each_with_its_place_and_remedy() {
    let app = sealed(USERS);
    app.build();
    let good = app.tree();
    let restored = || {
        for folder in ["schema", "migrations"] {
            fs::remove_dir_all(app.path(folder)).unwrap();
        }
        for (name, text) in &good {
            app.write(name, text);
        }
    };
    let (up, down) = (app.file(".up.sql"), app.file(".down.sql"));
    let cases: [(&dyn Fn(), Vec<&str>); 8] = [
        (
            &|| {
                app.edit("tables/user.json", |text| text.replace("\"columns\"", "columns"));
            },
            vec![
                "the file is corrupt: ",
                "--> schema/tables/user.json:",
                "git checkout HEAD -- schema/tables/user.json",
            ],
        ),
        (
            &|| {
                app.edit("snapshot.json", |text| text.replace("\"format\": 1", "\"format\": 9"));
            },
            vec!["has format 9, which is newer", "--> schema/snapshot.json:1:1", "update schema-core"],
        ),
        (
            &|| {
                app.edit("snapshot.json", |text| text.replace("\"sqlite\"", "\"postgres\""));
            },
            vec!["the base is for PostgreSQL, but the build script says SQLite"],
        ),
        (
            &|| {
                app.edit("snapshot.json", |text| format!("<<<<<<< HEAD\n{text}"));
            },
            vec!["the file holds a merge conflict of git", "--> schema/snapshot.json:1:1"],
        ),
        (
            &|| {
                app.edit(".up.sql", |text| text + "SELECT 1;\n");
            },
            vec!["the sealed migration was edited", &up, "git checkout HEAD -- migrations/"],
        ),
        (&|| fs::remove_file(app.path(&down)).unwrap(), vec!["the migration has no down file", &up]),
        (
            &|| {
                let version = up.trim_start_matches("migrations/").split('_').next().unwrap();
                app.write(&format!("migrations/{version}_twice.up.sql"), "SELECT 1;\n");
            },
            vec!["belongs to another file too", "_twice.up.sql"],
        ),
        (
            &|| {
                app.write("migrations/1_late.up.sql", "SELECT 1;\n").write("migrations/1_late.down.sql", "SELECT 1;\n");
            },
            vec!["the migration came late: its version 1", "--> migrations/1_late.up.sql:1:1"],
        ),
    ];
    for (spoil, expected) in cases {
        spoil();
        let spoilt = app.tree();
        let said = app.fails();
        for part in expected {
            assert!(said.contains(part), "{part}\n{said}");
        }
        assert!(!said.contains("panicked"), "{said}");
        assert_eq!(app.tree(), spoilt);
        restored();
    }
    app.build();
    app.assert_fresh();
}

#[test]
fn a_checkout_with_crlf_agrees() {
    let app = sealed(USERS);
    for name in app.tree().keys().filter(|name| !name.contains(".git")) {
        app.edit(name, |text| text.replace('\n', "\r\n"));
    }
    let crlf = app.tree();
    let said = app.build();
    assert!(said.contains("CRLF"), "{said}");
    assert_eq!(app.tree(), crlf);
    app.assert_fresh();
}

/// cargo refuses to package a crate whose build changes its sources (BUGS.md B32).
#[test]
fn cargo_package_finds_the_sources_untouched() {
    let app = sealed(USERS);
    app.commit();
    let before = app.tree();
    let said = app.package();
    assert!(said.success, "{}", said.stderr);
    assert_eq!(app.tree(), before);

    app.source(&format!("{USERS}{ORGS}")).commit();
    let said = app.package();
    assert!(!said.success && said.stderr.contains("the migrations are behind the structs"), "{}", said.stderr);
    assert_eq!(app.tree(), before);
}
