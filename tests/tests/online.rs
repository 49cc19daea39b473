//! Changes of tables that are in use, on PostgreSQL with rows: what must take its time comes in files of its own, under
//! weak locks, and what rows stand against is named before anything is lost.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

use schema_core::ir::{
    Check, Column, Dialect, ForeignKey, Generated, Index, IndexKey, IndexTarget, ObjectName, PrimaryKey,
    ReferentialAction, Schema, SqlType, Table, Unique,
};
use schema_core::model::{Intents, Placed};
use schema_core::plan::DraftPair;
use schema_tests::target::{Target, files};

fn public(name: &str) -> ObjectName {
    ObjectName::qualified("public", name)
}

fn column(name: &str, ty: &str) -> Column {
    Column { nullable: true, ..Column::new(name, SqlType::builtin(ty)) }
}

fn index(name: &str, column: &str, unique: bool) -> Index {
    Index { unique, ..Index::new(name, vec![IndexKey::column(column)]) }
}

/// A table with rows 1 to 4 of `id`, `email`, `age` and `org`, and another one that `org` names.
fn members() -> Table {
    let mut table = Table::new(public("member"));
    table.columns = vec![Column::new("id", SqlType::builtin("integer"))];
    table.columns.extend([column("email", "text"), column("age", "integer"), column("org", "integer")]);
    table.primary_key = Some(PrimaryKey::new("member_pkey", vec!["id".to_owned()]));
    table
}

fn schema(members: Table) -> Schema {
    let mut org = Table::new(public("org"));
    org.columns = vec![Column::new("id", SqlType::builtin("integer"))];
    org.primary_key = Some(PrimaryKey::new("org_pkey", vec!["id".to_owned()]));
    let mut schema = Schema::empty(Dialect::Postgres);
    schema.tables = [members, org].map(|table| (table.name.clone(), table)).into();
    schema
}

const ROWS: &str = "INSERT INTO org VALUES (1); INSERT INTO member
    SELECT n, 'm' || n, 20 + n, 1 FROM generate_series(1, 4) AS n";

fn planned(from: &Table, to: &Table, intents: &Intents) -> Vec<DraftPair> {
    files(&schema(from.clone()), &schema(to.clone()), intents).unwrap_or_else(|findings| panic!("{findings}"))
}

/// There, back and there again; the catalog is what it must be each time. The names of the files.
async fn round(from: &Table, to: &Table, intents: &Intents) -> Vec<String> {
    let (mut db, files) = (fresh(from).await, planned(from, to, intents));
    let rows = db.rows("SELECT id::text FROM member").await;
    for up in [true, false, true] {
        let done = if up { db.up(&files).await } else { db.down(&files).await };
        done.unwrap_or_else(|error| panic!("{error}: {files:#?}"));
        assert_eq!(db.schema().await, fresh(if up { to } else { from }).await.schema().await, "{files:#?}");
    }
    assert_eq!(db.rows("SELECT id::text FROM member").await, rows);
    files.into_iter().map(|pair| pair.slug).collect()
}

async fn fresh(table: &Table) -> Target {
    let mut db = Target::fresh(Dialect::Postgres).await;
    let empty = Schema::empty(Dialect::Postgres);
    let files = files(&empty, &schema(table.clone()), &Intents::default()).unwrap();
    db.up(&files).await.unwrap_or_else(|error| panic!("{error}"));
    db.run(ROWS).await;
    db
}

/// How the change stops on these rows.
async fn refused(rows: &str, to: &Table, intents: &Intents) -> String {
    let (mut db, files) = (fresh(&members()).await, planned(&members(), to, intents));
    db.run(rows).await;
    let count = db.rows("SELECT count(*)::text FROM member").await;
    let error = db.up(&files).await.expect_err("rows stand against it");
    assert_eq!(db.rows("SELECT count(*)::text FROM member").await, count);
    error
}

/// HAZARDS.md rows 33 and 37, BUGS.md B19.
#[tokio::test]
async fn h33_h37_indexes_are_built_and_dropped_concurrently() {
    let mut to = members();
    to.indexes.push(index("member_age_idx", "age", false));
    assert_eq!(round(&members(), &to, &Intents::default()).await, ["build_index_member_age_idx_of_member"]);
    assert_eq!(round(&to, &members(), &Intents::default()).await, ["drop_index_member_age_idx_of_member"]);
}

/// HAZARDS.md row 38.
#[tokio::test]
async fn h38_an_index_serves_until_the_one_that_takes_its_place_is_built() {
    let (mut from, mut to) = (members(), members());
    from.indexes.push(index("member_by", "age", false));
    to.indexes.push(index("member_by", "org", false));
    let names = round(&from, &to, &Intents::default()).await;
    let expected = [
        "set_index_member_by_of_member_aside",
        "build_index_member_by_of_member",
        "drop_index_member_by_old_of_member",
    ];
    assert_eq!(names, expected);
}

/// HAZARDS.md rows 27, 28 and 36.
#[tokio::test]
async fn h38_an_index_serves_until_the_key_that_starts_as_it_does_is_there() {
    let from = Table { indexes: vec![index("member_age_idx", "age", false)], ..members() };
    let to = Table { uniques: vec![Unique::new("member_age_key", vec!["age".to_owned()])], ..members() };
    let files = round(&from, &to, &Intents::default()).await;
    let place = |word: &str| files.iter().position(|name| name.contains(word)).unwrap_or_else(|| panic!("{files:?}"));
    assert!(place("drop_index_member_age_idx") > place("member_age_key"), "{files:?}");

    let mut db = fresh(&from).await;
    db.run("UPDATE member SET age = 1").await;
    let error = db.up(&planned(&from, &to, &Intents::default())).await.expect_err("they are equal");
    assert!(error.contains("occur more than once"), "{error}");
    let left =
        db.rows("SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'member'::regclass ORDER BY 1").await;
    assert_eq!(left, [[Some("member_age_idx".to_owned())], [Some("member_pkey".to_owned())]]);
}

#[tokio::test]
async fn h27_h28_keys_stand_on_indexes_that_were_built_concurrently() {
    let mut from = members();
    from.primary_key = None;
    let mut to = members();
    to.uniques.push(Unique::new("member_email_key", vec!["email".to_owned()]));
    let names = round(&from, &to, &Intents::default()).await;
    let expected = [
        "look_for_duplicates_before_member_pkey_of_member",
        "build_index_member_pkey_of_member",
        "look_for_duplicates_before_member_email_key_of_member",
        "build_index_member_email_key_of_member",
        "alter_member",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn h36_duplicates_are_named_before_an_index_is_built() {
    let mut to = members();
    to.indexes.push(index("member_email_idx", "email", true));
    let rows = "UPDATE member SET email = 'same' WHERE id < 3; UPDATE member SET email = 'too' WHERE id > 2";
    let error = refused(rows, &to, &Intents::default()).await;
    assert!(error.contains("2 values of (email) occur more than once in table `member`, such as same; too"), "{error}");
}

/// HAZARDS.md rows 24, 20 and 21.
#[tokio::test]
async fn h20_h24_checks_and_foreign_keys_hold_for_new_rows_first() {
    let mut to = members();
    to.checks.push(Check::new("member_age_check", "age > 0"));
    to.foreign_keys.push(key_to_org("org"));
    let names = round(&members(), &to, &Intents::default()).await;
    let expected = [
        "add_check_member_age_check_to_member_for_new_rows",
        "add_foreign_key_member_org_fkey_to_member_for_new_rows",
        "validate_check_member_age_check_of_member",
        "validate_foreign_key_member_org_fkey_of_member",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn rows_that_violate_a_constraint_are_named() {
    let mut checked = members();
    checked.checks.push(Check::new("member_age_check", "age > 0"));
    let error = refused("UPDATE member SET age = -id WHERE id > 1", &checked, &Intents::default()).await;
    assert!(error.contains("3 rows of table `member` violate `member_age_check`, such as 2; 3; 4"), "{error}");
    let mut keyed = members();
    keyed.foreign_keys.push(key_to_org("org"));
    let error = refused("UPDATE member SET org = 7 WHERE id = 3", &keyed, &Intents::default()).await;
    assert!(error.contains("1 rows of table `member` refer to no row of `org`, such as 3"), "{error}");
}

/// HAZARDS.md row 10.
#[tokio::test]
async fn h10_not_null_is_looked_for_under_a_weak_lock() {
    let mut to = members();
    to.columns[2].nullable = false;
    let names = round(&members(), &to, &Intents::default()).await;
    let expected =
        ["require_a_value_in_member_age_for_new_rows", "look_for_null_in_member_age", "make_member_age_not_null"];
    assert_eq!(names, expected);
    let error = refused("UPDATE member SET age = NULL WHERE id = 4", &to, &Intents::default()).await;
    assert!(error.contains("1 rows of table `member` hold NULL in `age`, such as 4"), "{error}");
}

/// HAZARDS.md row 3: each row gets a value of its own, and the table is not written anew.
#[tokio::test]
async fn h3_a_volatile_default_comes_after_its_column() {
    let mut to = members();
    let default = Some("gen_random_uuid()".to_owned());
    to.columns.push(Column { default, ..Column::new("token", SqlType::builtin("uuid")) });
    let names = round(&members(), &to, &Intents::default()).await;
    let expected = [
        "add_column_member_token",
        "fill_member_token",
        "require_a_value_in_member_token_for_new_rows",
        "look_for_null_in_member_token",
        "make_member_token_not_null",
    ];
    assert_eq!(names, expected);
    let (mut db, files) = (fresh(&members()).await, planned(&members(), &to, &Intents::default()));
    let file = "SELECT pg_relation_filenode('member')::text";
    let before = db.rows(file).await;
    db.up(&files).await.unwrap();
    assert_eq!(db.rows(file).await, before);
    assert_eq!(db.rows("SELECT count(DISTINCT token)::text FROM member").await, [[Some("4".to_owned())]]);
}

#[tokio::test]
async fn a_small_table_takes_the_plain_form_and_the_file_says_so() {
    let mut to = members();
    to.columns[2].nullable = false;
    to.indexes.push(index("member_age_idx", "age", false));
    to.checks.push(Check::new("member_age_check", "age > 0"));
    let mut small = Intents::default();
    small.small.insert(public("member"));
    assert_eq!(round(&members(), &to, &small).await, ["alter_member"]);
    let text = &planned(&members(), &to, &small)[0].up;
    assert!(
        text.contains("-- Note: plain form, since `member` is small: it is locked while every row is read"),
        "{text}"
    );
    let plain = Intents { plain: true, ..Intents::default() };
    assert_eq!(round(&members(), &to, &plain).await, ["alter_member"]);
}

/// What a table that is made in the same draft needs is plain: it has no rows.
#[tokio::test]
async fn a_new_tables_foreign_key_waits_for_the_key_that_it_leans_on() {
    let mut to = members();
    to.uniques.push(Unique::new("member_email_key", vec!["email".to_owned()]));
    let mut child = Table::new(public("child"));
    child.columns = vec![column("of", "text")];
    child.indexes.push(index("child_of_idx", "of", false));
    child.foreign_keys.push(ForeignKey::new(
        "child_of_fkey",
        vec!["of".into()],
        public("member"),
        vec!["email".into()],
    ));
    let mut whole = schema(to);
    whole.tables.insert(child.name.clone(), child);
    let files = files(&schema(members()), &whole, &Intents::default()).unwrap();
    let mut db = fresh(&members()).await;
    let keys = "SELECT conname::text FROM pg_constraint WHERE contype IN ('f', 'u') AND convalidated
        AND connamespace = 'public'::regnamespace ORDER BY 1";
    for (up, names) in [(true, 2), (false, 0), (true, 2)] {
        let done = if up { db.up(&files).await } else { db.down(&files).await };
        done.unwrap_or_else(|error| panic!("{error}: {files:#?}"));
        assert_eq!(db.rows(keys).await.len(), names);
    }
}

#[tokio::test]
async fn a_backfill_comes_before_not_null_is_required() {
    let mut to = members();
    to.columns[1].nullable = false;
    let mut intents = Intents::default();
    intents.backfills.insert((public("member"), "email".to_owned()), Placed::bare("'none'".to_owned()));
    let (mut db, files) = (fresh(&members()).await, planned(&members(), &to, &intents));
    db.run("UPDATE member SET email = NULL WHERE id = 2").await;
    db.up(&files).await.unwrap();
    assert_eq!(db.rows("SELECT email FROM member WHERE id = 2").await, [[Some("none".to_owned())]]);
}

/// No name of a column is taken for a variable of the block that looks at the rows.
#[tokio::test]
async fn columns_may_have_the_names_of_variables() {
    let mut from = members();
    from.columns[1].name = "found".to_owned();
    from.columns[2].name = "samples".to_owned();
    let mut to = from.clone();
    to.columns[2].nullable = false;
    to.indexes.push(index("member_found_idx", "found", true));
    to.checks.push(Check::new("member_samples_check", "samples > 0 AND found <> ''"));
    round(&from, &to, &Intents::default()).await;
    let small = Intents { plain: true, ..Intents::default() };
    round(&from, &to, &small).await;
    let (mut db, files) = (fresh(&from).await, planned(&from, &to, &Intents::default()));
    db.run("UPDATE member SET samples = -samples WHERE id = 2").await;
    let error = db.up(&files).await.expect_err("a row violates the check");
    assert!(error.contains("1 rows of table `member` violate `member_samples_check`, such as 2"), "{error}");
}

/// HAZARDS.md row 57: in batches, each its own transaction, by a key of several columns and under names that look like
/// the block's own.
#[tokio::test]
async fn h57_rows_are_filled_in_batches() {
    let mut from = members();
    from.columns.push(column("fill_rows", "integer"));
    from.columns.push(Column::new("part", SqlType::builtin("text")));
    from.columns[4].name = "fill_from_1".to_owned();
    from.columns[2] = Column::new("age", SqlType::builtin("integer"));
    from.primary_key = Some(PrimaryKey::new("member_pkey", vec!["part".into(), "id".into()]));
    let mut to = from.clone();
    to.columns.push(Column::new("twice", SqlType::builtin("integer")));
    let mut intents = Intents::default();
    intents.backfills.insert((public("member"), "twice".to_owned()), Placed::bare("2 * id".to_owned()));
    let mut db = Target::fresh(Dialect::Postgres).await;
    db.up(&planned_from_nothing(&from)).await.unwrap();
    db.run("INSERT INTO member (id, age, part) SELECT n, 1, 'p' || n % 3 FROM generate_series(1, 5500) AS n").await;
    let files = planned(&from, &to, &intents);
    db.up(&files).await.unwrap_or_else(|error| panic!("{error}: {files:#?}"));
    let counted =
        db.rows("SELECT count(*)::text, count(DISTINCT xmin::text)::text FROM member WHERE twice = 2 * id").await;
    let [Some(rows), Some(transactions)] = &counted[0][..] else { panic!("{counted:?}") };
    assert_eq!(rows, "5500");
    assert!(transactions.parse::<u32>().unwrap() > 1, "{transactions}");
}

fn planned_from_nothing(table: &Table) -> Vec<DraftPair> {
    files(&Schema::empty(Dialect::Postgres), &schema(table.clone()), &Intents::default()).unwrap()
}

fn renamed(pairs: &[(&str, &str)]) -> Intents {
    let mut intents = Intents::default();
    for (from, to) in pairs {
        intents.column_renames.insert((public("member"), (*to).to_owned()), Placed::bare((*from).to_owned()));
    }
    intents
}

fn over(name: &str, expression: &str, unique: bool) -> Index {
    let key = IndexKey { target: IndexTarget::Expression(expression.to_owned()), ..IndexKey::column("") };
    Index { unique, ..Index::new(name, vec![key]) }
}

/// Members with every kind of expression over one column.
fn with_expressions(mut members: Table, name: &str) -> Table {
    members.checks.push(Check::new("member_check", format!("{name} <> ''")));
    members.indexes.push(over("member_lower", &format!("lower({name})"), true));
    let partial = Index { predicate: Some(format!("{name} IS NOT NULL")), ..index("member_part", "age", false) };
    members.indexes.push(partial);
    let generated = Some(Generated { expression: format!("length({name})"), stored: true });
    members.columns.push(Column { generated, ..column("size", "integer") });
    members
}

/// PostgreSQL's own expressions follow a rename (BUGS.md B09 is about those that shall not).
#[tokio::test]
async fn expressions_over_a_renamed_column_stay_where_they_are() {
    let from = with_expressions(members(), "email");
    let mut to = members();
    to.column_mut("email").unwrap().name = "mail".to_owned();
    let to = with_expressions(to, "mail");
    let names = round(&from, &to, &renamed(&[("email", "mail")])).await;
    assert_eq!(names, ["rename_column_member_email_to_mail"]);
}

#[tokio::test]
async fn expressions_that_shall_not_follow_their_columns_are_made_anew() {
    let mut from = members();
    from.columns.push(column("name", "text"));
    let from = with_expressions(from, "email");
    // The two swap their names, so each text means the other column now.
    let names = round(&from, &from, &renamed(&[("email", "name"), ("name", "email")])).await;
    assert!(names.len() > 1, "{names:?}");
    let mut db = fresh(&from).await;
    let files = planned(&from, &from, &renamed(&[("email", "name"), ("name", "email")]));
    db.run("UPDATE member SET name = 'longer name ' || id").await;
    db.up(&files).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        db.rows("SELECT size::text, email FROM member WHERE id = 1").await,
        [["13", "longer name 1"].map(|it| Some(it.to_owned()))]
    );
}

fn key_to_org(column: &str) -> ForeignKey {
    ForeignKey::new("member_org_fkey", vec![column.to_owned()], public("org"), vec!["id".to_owned()])
}

/// Where each of the statements stands in all that the files do.
fn places(files: &[DraftPair], statements: &[&str]) -> Vec<usize> {
    let up: String = files.iter().map(|pair| pair.up.as_str()).collect();
    statements.iter().map(|it| up.find(it).unwrap_or_else(|| panic!("no {it} in {up}"))).collect()
}

#[tokio::test]
async fn what_replaces_a_key_or_index_of_a_renamed_column_is_there_before_it_goes() {
    let make = |email: &str, org: &str, on_delete: ReferentialAction, unique: bool| {
        let mut members = members();
        members.column_mut("email").unwrap().name = email.to_owned();
        members.column_mut("org").unwrap().name = org.to_owned();
        members.indexes.push(over("member_lower", &format!("lower({email})"), unique));
        members.foreign_keys.push(ForeignKey { on_delete, ..key_to_org(org) });
        members
    };
    let from = make("email", "org", ReferentialAction::NoAction, false);
    let to = make("mail", "org_id", ReferentialAction::Cascade, true);
    let intents = renamed(&[("email", "mail"), ("org", "org_id")]);
    round(&from, &to, &intents).await;
    let files = planned(&from, &to, &intents);
    let added = places(&files, &["ADD CONSTRAINT \"member_org_fkey\"", "CREATE UNIQUE INDEX CONCURRENTLY"]);
    let gone = places(&files, &["DROP CONSTRAINT \"member_org_fkey_old\"", "DROP INDEX CONCURRENTLY"]);
    assert!(added[0] < gone[0] && added[1] < gone[1], "{files:#?}");
}

/// Neither equal rows nor rows without the one they refer to can come in between.
#[tokio::test]
async fn a_unique_key_becomes_the_primary_key_under_foreign_keys() {
    let (mut from, mut to) = (members(), members());
    for table in [&mut from, &mut to] {
        table.column_mut("email").unwrap().nullable = false;
        table.columns.push(column("boss", "text"));
        let (boss, email) = (vec!["boss".to_owned()], vec!["email".to_owned()]);
        table.foreign_keys.push(ForeignKey::new("member_boss_fkey", boss, public("member"), email));
    }
    from.primary_key = None;
    from.uniques.push(Unique::new("member_email_key", vec!["email".to_owned()]));
    to.primary_key = Some(PrimaryKey::new("member_pkey", vec!["email".to_owned()]));
    round(&from, &to, &Intents::default()).await;
    round(&to, &from, &Intents::default()).await;
    let files = planned(&from, &to, &Intents::default());
    let of = |statement: &str| files.iter().position(|pair| pair.up.contains(statement)).unwrap();
    let change = of("ADD CONSTRAINT \"member_pkey\" PRIMARY KEY USING INDEX");
    assert!(of("CREATE UNIQUE INDEX CONCURRENTLY") < change);
    for statement in ["DROP CONSTRAINT \"member_email_key\"", "DROP CONSTRAINT \"member_boss_fkey\"", "NOT VALID"] {
        assert_eq!(of(statement), change, "{statement} in {files:#?}");
    }
    assert!(of("VALIDATE CONSTRAINT \"member_boss_fkey\"") > change);

    // One that gets more beside its columns has the name that the other one needs.
    let mut wider = from.clone();
    wider.uniques[0].include = vec!["age".to_owned()];
    round(&from, &wider, &Intents::default()).await;
}

#[tokio::test]
async fn a_key_of_a_renamed_table_is_replaced_before_it_goes() {
    let make = |name: &str, on_delete: ReferentialAction| {
        let mut table = Table { name: public(name), ..members() };
        table.foreign_keys.push(ForeignKey { on_delete, ..key_to_org("org") });
        schema(table)
    };
    let (from, to) = (make("member", ReferentialAction::NoAction), make("person", ReferentialAction::Cascade));
    let mut intents = Intents::default();
    intents.table_renames.insert(public("person"), Placed::bare(public("member")));
    let files = files(&from, &to, &intents).unwrap_or_else(|findings| panic!("{findings}"));
    let added = places(&files, &["ADD CONSTRAINT \"member_org_fkey\""]);
    assert!(added < places(&files, &["DROP CONSTRAINT \"member_org_fkey_old\""]), "{files:#?}");
    let mut db = fresh(&from.tables[&public("member")]).await;
    let first = db.schema().await;
    for up in [true, false, true] {
        let done = if up { db.up(&files).await } else { db.down(&files).await };
        done.unwrap_or_else(|error| panic!("{error}: {files:#?}"));
        let table = if up { "person" } else { "member" };
        assert_eq!(db.rows(&format!("SELECT count(*)::text FROM {table}")).await, [[Some("4".to_owned())]]);
        assert!(up || db.schema().await == first);
    }
}
