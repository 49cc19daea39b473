//! What is refused before anything runs, word for word.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use schema_core::ir::Dialect;
use schema_runtime::migrate::{Back, Target};

use super::*;

/// Both migrations applied.
async fn applied() -> Project {
    let project = Project::new(&[USERS, AGE]);
    project.migrate().await.unwrap();
    project
}

#[tokio::test]
async fn an_edited_file_is_refused_and_nothing_runs() {
    let project = applied().await;
    project.write("1_users.up.sql", "CREATE TABLE other (id INTEGER);");
    project.add(POSTS.0, POSTS.1, POSTS.2);
    assert_eq!(
        message(project.migrate().await),
        "migration 1 `users` was edited after it was applied\n  \
         help: restore the file as it was, and put the change into a migration of its own\n  \
         help: if it is a draft still, `cargo schema migrate --redo` undoes it and applies it anew"
    );
    assert_eq!(lite(&project, "SELECT CAST(version AS TEXT) FROM _sqlx_migrations").await, ["1", "2"]);
}

#[tokio::test]
async fn line_endings_alone_are_told_apart_and_repaired_and_an_edit_is_not() {
    let project = applied().await;
    project.write("1_users.up.sql", &USERS.1.replace('\n', "\r\n"));
    project.write("2_add_age.up.sql", &format!("\u{feff}{}", AGE.1));
    let said = |name: &str| {
        format!(
            "migration {name} differs from what was applied in its line endings or byte-order mark only\n  \
             help: check the files out with LF (`*.sql text eol=lf` in `.gitattributes`)\n  \
             help: or record the file as it is: `cargo schema migrate --repair-line-endings`"
        )
    };
    assert_eq!(message(project.migrate().await), format!("{}\n{}", said("1 `users`"), said("2 `add age`")));
    project.write("2_add_age.up.sql", "SELECT 'edited';");
    let report = project.migrator().repair_line_endings(&mut project.open().await).await.unwrap();
    assert_eq!(report.recorded, [1]);
    assert!(message(project.migrate().await).starts_with("migration 2 `add age` was edited after it was applied"));
    project.write("2_add_age.up.sql", AGE.1);
    assert_eq!(versions(&project.migrate().await.unwrap().applied), NONE);
}

#[tokio::test]
async fn a_changed_down_is_refused_until_it_is_accepted() {
    let project = applied().await;
    project.write("2_add_age.down.sql", "ALTER TABLE users DROP COLUMN age; SELECT 1;");
    let said = "the down file of migration 2 `add age` was edited after it was applied\n  \
                help: restore the down file as it was\n  \
                help: or, if the correction is meant, record it: `cargo schema migrate --accept-downs`";
    assert_eq!(message(project.migrate().await), said);
    assert_eq!(message(project.revert(Back::Steps(1)).await), said);
    let report = project.migrator().accept_downs(&mut project.open().await).await.unwrap();
    assert_eq!(report.recorded, [2]);
    assert_eq!(versions(&project.revert(Back::Steps(1)).await.unwrap().reverted), [2]);
}

#[tokio::test]
async fn a_database_ahead_of_the_files_and_a_missing_file_are_told_apart() {
    let project = Project::new(&[USERS, AGE, POSTS]);
    project.migrate().await.unwrap();
    project.remove("1_users");
    project.remove("3_posts");
    let other = "help: if another application keeps its history in this database too, give each its own database";
    assert_eq!(
        message(project.migrate().await),
        format!(
            "migration 1 `users` is applied, and its file is missing\n  help: restore the file from version control\n  {other}\n\
             migration 3 `posts` is applied, and there is no file for it: the database is ahead of the files\n  \
             help: update the checkout, or the program that embeds the files\n  \
             help: or, where the next release is being rolled out, let this one run on: `Migrator::allow_newer`\n  {other}"
        )
    );
}

/// An instance of the former release that is started again while the next one is rolled out.
#[tokio::test]
async fn a_release_may_run_on_a_database_that_a_newer_one_migrated() {
    let project = Project::new(&[USERS, AGE, POSTS]);
    project.migrate().await.unwrap();
    project.remove("3_posts");
    project.migrate().await.unwrap_err();
    let old = project.migrator().allow_newer(true);
    assert_eq!(versions(&migrate(&old, &project.url()).await.unwrap().applied), [0; 0]);
    // What is missing among its own is missing still, and so is what comes before the newer one.
    project.remove("1_users");
    let refused = message(migrate(&project.migrator().allow_newer(true), &project.url()).await);
    assert!(refused.starts_with("migration 1 `users` is applied, and its file is missing"), "{refused}");
}

#[tokio::test]
async fn a_late_version_is_refused_unless_it_is_allowed() {
    let project = Project::new(&[USERS, POSTS]);
    project.migrate().await.unwrap();
    project.add(AGE.0, AGE.1, AGE.2);
    assert_eq!(
        message(project.migrate().await),
        "migration 2 `add age` is older than migration 3, which is applied already\n  \
         help: if no database has applied it: delete its files, take `schema/` as it was without it, and build anew\n  \
         help: or apply it where it stands: `cargo schema migrate --allow-out-of-order`"
    );
    let migrator = project.migrator().allow_out_of_order(true);
    assert_eq!(versions(&migrate(&migrator, &project.url()).await.unwrap().applied), [2]);
}

#[tokio::test]
async fn a_missing_down_and_a_duplicate_version_are_faults_of_the_folder() {
    let project = Project::new(&[USERS]);
    project.write("2_no_down.up.sql", "SELECT 1;");
    project.add("1_again", "SELECT 1;", "SELECT 1;");
    let said = Source::folder(project.migrations()).unwrap_err().to_string();
    assert_eq!(
        said,
        "version 1 belongs to another file too; the database records only one\n  \
         help: of a merge: `cargo schema rebase` puts one behind the other\n  \
         help: else give the later one of the two a new version, greater than the newest file's\n\
         version 1 belongs to another file too; the database records only one\n  \
         help: of a merge: `cargo schema rebase` puts one behind the other\n  \
         help: else give the later one of the two a new version, greater than the newest file's\n\
         the migration has no down file\n  \
         help: add `2_no_down.down.sql` with what undoes it, or restore it from version control"
    );
}

#[tokio::test]
async fn what_has_no_down_is_not_reverted() {
    let project =
        Project::new(&[("2_comment", "CREATE TABLE a (id INTEGER);", "-- irreversible: the values are gone\n")]);
    project.write("1_simple.sql", "CREATE TABLE b (id INTEGER);");
    project.migrate().await.unwrap();
    assert_eq!(
        message(project.revert(Back::To(0)).await),
        "migration 2 `comment` can't be reverted: its down file holds no statement\n  \
         help: it is irreversible: go forward with a new migration, or restore a backup\n\
         migration 1 `simple` can't be reverted: it has no down file\n  \
         help: write what undoes it into a migration of its own, or add the down file"
    );
    assert_eq!(lite(&project, "SELECT CAST(count(*) AS TEXT) FROM _sqlx_migrations").await, ["2"]);
}

#[tokio::test]
async fn a_row_that_failed_stops_every_run() {
    let project = applied().await;
    lite_execute(&project, "UPDATE _sqlx_migrations SET success = false WHERE version = 2").await;
    let said = "migration 2 `add age` failed half-way: `_sqlx_migrations` says `success = false`\n  \
                help: undo by hand what it did, and delete the row (`DELETE FROM _sqlx_migrations WHERE version = 2`): it runs again\n  \
                help: or complete by hand what it left out, and keep it (`UPDATE _sqlx_migrations SET success = true WHERE version = 2`)";
    assert_eq!(message(project.migrate().await), said);
    assert_eq!(message(project.revert(Back::Steps(1)).await), said);
}

#[tokio::test]
async fn files_of_another_database_are_refused() {
    let project = Project::new(&[USERS]);
    let migrator = Migrator::new(Source::folder(project.migrations()).unwrap().dialect(Dialect::Postgres));
    assert_eq!(
        message(migrate(&migrator, &project.url()).await),
        format!(
            "the migrations are written for PostgreSQL, and the SQLite database `{}` is SQLite: use a URL that starts with `postgres://`",
            project.file().display()
        )
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    let url = "postgres://ann:s3cret@127.0.0.1:1/shop";
    let said = connect(url, &ConnectSettings::default()).await.unwrap_err().to_string();
    let expected = "can't open the PostgreSQL database `shop` at 127.0.0.1:1: Connection refused (os error 111)
  help: check that the server runs and that the URL names its host and port; while it restarts, wait a moment and run again";
    assert_eq!(said, expected);
    for url in ["postgres://ann:s3cret@host:port/db", "postgres://ann:s3cret@[::1/db", "mysql://ann:s3cret@host/db"] {
        let error = connect(url, &ConnectSettings::default()).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
}

/// As PostgreSQL answers while it starts, or has recovered from a crash not yet.
#[tokio::test]
async fn a_server_that_starts_is_waited_for_and_the_run_begun_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://ann@{}/shop?sslmode=disable", listener.local_addr().unwrap());
    let answers = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        assert!(client.read(&mut [0; 1024]).unwrap() > 0);
        let fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0";
        let length = u32::try_from(fields.len() + 4).unwrap();
        client.write_all(&[b"E", length.to_be_bytes().as_slice(), fields].concat()).unwrap();
    });
    let said = connect(&url, &ConnectSettings::default()).await;
    answers.join().unwrap();
    let said = said.unwrap_err().to_string();
    let expected =
        "the database system is starting up\n  help: the server starts or stops: wait a moment and run again";
    assert!(said.ends_with(expected), "{said}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_to_be_created() {
    for url in [schema_tests::postgres().await, schema_tests::mariadb().await] {
        let (server, options) = url.split_once('?').unwrap();
        let (server, _) = server.rsplit_once('/').unwrap();
        let url = format!("{server}/no_such?{options}");
        let said = connect(&url, &ConnectSettings::default()).await.unwrap_err().to_string();
        assert!(said.starts_with("can't open ") && said.contains("`no_such`"), "{said}");
        assert!(said.ends_with("\n  help: create the database, or name another one in the URL"), "{said}");
    }
}

#[tokio::test]
async fn a_file_that_can_not_be_opened_is_named() {
    let said = connect("sqlite:no/such/folder/a.db", &ConnectSettings::default()).await.unwrap_err().to_string();
    let expected = "can't open the SQLite database `no/such/folder/a.db`: unable to open database file
  help: check the path, and that its folder is there and may be read and written";
    assert_eq!(said, expected);
    let settings = ConnectSettings { create_if_missing: false, ..ConnectSettings::default() };
    let project = Project::new(&[]);
    let said = connect(&project.url(), &settings).await.unwrap_err().to_string();
    let reason =
        "the file is not there\n  help: `cargo schema migrate` makes it; if it should be there, check the path";
    assert!(said.ends_with(reason), "{said}");
    assert!(!project.file().exists());
}

#[tokio::test]
async fn a_version_that_does_not_exist_is_no_target() {
    let project = applied().await;
    let mut connection = project.open().await;
    assert_eq!(
        message(project.migrator().migrate(&mut connection, Target::Version(9), &mut |_| {}).await),
        "there is no migration 9 to go to\n  help: `cargo schema status` lists the versions"
    );
    assert_eq!(
        message(project.revert(Back::To(9)).await),
        "migration 9 is not applied, so there is no going back to it\n  \
         help: name an applied version, which stays applied, or 0 to revert everything"
    );
}

#[tokio::test]
async fn scripts_that_could_end_half_way_are_refused() {
    let project = Project::new(&[
        ("1_commit", "CREATE TABLE a (id INTEGER);\nCOMMIT;\n", "SELECT 1;"),
        ("2_bare", "-- no-transaction\nCREATE TABLE b (id INTEGER);\nDELETE FROM b;\n", "SELECT 1;"),
    ]);
    assert_eq!(
        message(project.migrate().await),
        "migration 1 `commit` begins or ends a transaction, and it runs inside one already\n  \
         help: take those statements out, or make `-- no-transaction` the first bytes of the file\n\
         migration 2 `bare` holds several statements outside any transaction: a failure in the middle would leave it half-applied\n  \
         help: put them between `BEGIN IMMEDIATE;` and `COMMIT;`, with nothing but `PRAGMA` before and behind"
    );
}

#[tokio::test]
async fn downs_that_could_end_half_way_are_refused() {
    let project = Project::new(&[("1_a", "CREATE TABLE a (id INTEGER);", "DROP TABLE a;\nCOMMIT;\n")]);
    project.migrate().await.unwrap();
    assert_eq!(
        message(project.revert(Back::Steps(1)).await),
        "the down file of migration 1 `a` begins or ends a transaction, and it runs inside one already\n  \
         help: take those statements out, or make `-- no-transaction` the first bytes of the file"
    );
}

fn drafting(project: &Project, drafts: &[i64]) -> Migrator {
    Migrator::new(Source::folder(project.migrations()).unwrap().drafts(drafts.iter().copied().collect::<BTreeSet<_>>()))
}

#[tokio::test]
async fn a_changed_draft_is_refused_and_redone_by_the_down_that_the_database_keeps() {
    let project = Project::new(&[USERS, AGE]);
    migrate(&drafting(&project, &[2]), &project.url()).await.unwrap();
    project.add(
        "2_add_age",
        "ALTER TABLE users ADD COLUMN years INTEGER NOT NULL DEFAULT 8;\n",
        "ALTER TABLE users DROP COLUMN years;\n",
    );
    let migrator = drafting(&project, &[2]);
    assert_eq!(
        message(migrate(&migrator, &project.url()).await),
        "migration 2 `add age` was applied as a draft that has changed since\n  \
         help: `cargo schema migrate --redo` undoes it by the down text that the database keeps, and applies what is there now"
    );
    let report = migrator.redo(&mut project.open().await, &mut |_| {}).await.unwrap();
    assert_eq!((versions(&report.reverted), versions(&report.applied)), (vec![2], vec![2]));
    assert_eq!(lite(&project, "SELECT email || years FROM users ORDER BY id").await, ["ann8", "bob8"]);
    assert_eq!(lite(&project, "SELECT name FROM pragma_table_info('users')").await, ["id", "email", "years"]);
    let report = migrator.redo(&mut project.open().await, &mut |_| {}).await.unwrap();
    assert_eq!((versions(&report.reverted), versions(&report.applied)), (vec![], vec![]));
}

#[tokio::test]
async fn a_draft_that_changed_and_was_sealed_then_is_redone_with_what_stands_on_it() {
    let project = Project::new(&[USERS, AGE, POSTS]);
    migrate(&drafting(&project, &[2, 3]), &project.url()).await.unwrap();
    project.add(
        "2_add_age",
        "ALTER TABLE users ADD COLUMN years INTEGER NOT NULL DEFAULT 8;\n",
        "ALTER TABLE users DROP COLUMN years;\n",
    );
    let sealed = drafting(&project, &[]);
    let refused = message(migrate(&sealed, &project.url()).await);
    assert!(refused.starts_with("migration 2 `add age` was applied as a draft that has changed since\n"), "{refused}");
    let report = sealed.redo(&mut project.open().await, &mut |_| {}).await.unwrap();
    assert_eq!((versions(&report.reverted), versions(&report.applied)), (vec![3, 2], vec![2, 3]));
    assert_eq!(lite(&project, "SELECT email || years FROM users ORDER BY id").await, ["ann8", "bob8"]);

    // From now on it is sealed here too.
    project.write("2_add_age.up.sql", "SELECT 1;");
    let refused = message(migrate(&drafting(&project, &[]), &project.url()).await);
    assert!(refused.starts_with("migration 2 `add age` was edited after it was applied\n"), "{refused}");
}

#[tokio::test]
async fn a_draft_that_disappeared_is_undone_by_redo() {
    let project = Project::new(&[USERS, AGE]);
    migrate(&drafting(&project, &[2]), &project.url()).await.unwrap();
    project.remove("2_add_age");
    let migrator = drafting(&project, &[]);
    assert!(
        message(migrate(&migrator, &project.url()).await)
            .starts_with("migration 2 `add age` was applied as a draft that has disappeared since\n")
    );
    let report = migrator.redo(&mut project.open().await, &mut |_| {}).await.unwrap();
    assert_eq!((versions(&report.reverted), versions(&report.applied)), (vec![2], vec![]));
    assert_eq!(lite(&project, "SELECT name FROM pragma_table_info('users')").await, ["id", "email"]);
}

#[tokio::test]
async fn a_draft_below_a_sealed_migration_is_not_redone() {
    let project = Project::new(&[USERS, AGE, POSTS]);
    migrate(&drafting(&project, &[2]), &project.url()).await.unwrap();
    project.write("2_add_age.up.sql", "SELECT 1;");
    let migrator = drafting(&project, &[2]);
    assert_eq!(
        message(migrator.redo(&mut project.open().await, &mut |_| {}).await),
        "migration 3 `posts` can't be reverted: it is sealed, and was applied after the draft 2\n  \
         help: put the further change into a new migration: restore the draft's file as it was, and `cargo schema seal` it"
    );
}
