//! What drafts do on rows of the catalogue that are no other suite's, on PostgreSQL with rows.

use schema_core::ir::{
    Check, Column, Dialect, Domain, ForeignKey, IndexKey, ObjectName, PartitionBy, PartitionOf, PartitionStrategy,
    PrimaryKey, ReferentialAction, Schema, SqlType, Table, Unique,
};
use schema_core::model::Intents;
use schema_core::plan::DraftPair;
use schema_tests::target::{Target, files};

const ROWS: &str = "INSERT INTO org VALUES (1), (2); INSERT INTO member VALUES (1, 1), (2, 2), (3, 2)";

fn public(name: &str) -> ObjectName {
    ObjectName::qualified("public", name)
}

fn table(name: &str, columns: &[&str]) -> Table {
    let mut table = Table::new(public(name));
    table.columns = columns.iter().map(|name| Column::new(*name, SqlType::builtin("integer"))).collect();
    table.primary_key = Some(PrimaryKey::new(format!("{name}_pkey"), vec!["id".to_owned()]));
    table
}

fn schema(tables: &[Table]) -> Schema {
    let mut schema = Schema::empty(Dialect::Postgres);
    schema.tables = tables.iter().map(|table| (table.name.clone(), table.clone())).collect();
    schema
}

fn org_key() -> ForeignKey {
    ForeignKey::new("member_org_fkey", vec!["org".into()], public("org"), vec!["id".into()])
}

async fn fresh(schema: &Schema) -> Target {
    let mut db = Target::fresh(Dialect::Postgres).await;
    let files = files(&Schema::empty(Dialect::Postgres), schema, &Intents::default()).unwrap();
    db.up(&files).await.unwrap_or_else(|error| panic!("{error}"));
    db.run(ROWS).await;
    db
}

/// The files, once they have led there, back and there again over the rows.
async fn round(from: &[Table], to: &[Table]) -> Vec<DraftPair> {
    round_of(schema(from), schema(to)).await
}

async fn round_of(from: Schema, to: Schema) -> Vec<DraftPair> {
    let files = files(&from, &to, &Intents::default()).unwrap_or_else(|findings| panic!("{findings}"));
    let mut db = fresh(&from).await;
    let rows = "SELECT id::text, org::text FROM member ORDER BY id";
    let before = db.rows(rows).await;
    for up in [true, false, true] {
        let done = if up { db.up(&files).await } else { db.down(&files).await };
        done.unwrap_or_else(|error| panic!("{error}: {files:#?}"));
        assert_eq!(db.schema().await, fresh(if up { &to } else { &from }).await.schema().await);
        assert_eq!(db.rows(rows).await, before);
    }
    files
}

fn slugs(files: &[DraftPair]) -> Vec<&str> {
    files.iter().map(|pair| pair.slug.as_str()).collect()
}

#[tokio::test]
async fn h8_a_column_comes_before_its_constraints() {
    let (from, mut to) = (table("member", &["id", "org"]), table("member", &["id", "org", "deputy"]));
    to.columns[2].nullable = true;
    to.uniques.push(Unique::new("member_deputy_key", vec!["deputy".to_owned()]));
    to.foreign_keys.push(ForeignKey::new(
        "member_deputy_fkey",
        vec!["deputy".into()],
        public("member"),
        vec!["id".into()],
    ));
    let org = table("org", &["id"]);
    let files = round(&[from, org.clone()], &[to, org]).await;
    assert!(files[0].up.contains("ADD COLUMN \"deputy\" integer;"), "{}", files[0].up);
    assert!(files[1..].iter().all(|pair| !pair.up.contains("ADD COLUMN")), "{files:#?}");
}

#[tokio::test]
async fn h22_a_foreign_key_of_a_partitioned_table_takes_the_plain_form() {
    let by_id = PartitionBy { strategy: PartitionStrategy::Range, keys: vec![IndexKey::column("id")] };
    let from = Table { partition_by: Some(by_id), ..table("member", &["id", "org"]) };
    let of = PartitionOf { parent: public("member"), bound: "DEFAULT".to_owned() };
    let part = Table { partition_of: Some(of), ..Table::new(public("member_all")) };
    let mut to = from.clone();
    to.foreign_keys.push(org_key());
    let org = table("org", &["id"]);
    let files = round(&[from, part.clone(), org.clone()], &[to, part, org]).await;
    assert_eq!(slugs(&files), ["add_foreign_key_member_org_fkey_to_member"]);
    assert!(!files[0].up.contains("NOT VALID"), "{}", files[0].up);
}

/// Until the new one is validated the old one stands, so that no orphan comes in between.
#[tokio::test]
async fn h23_h30_a_changed_foreign_key_stands_until_the_new_one_is_validated() {
    let mut from = table("member", &["id", "org"]);
    from.foreign_keys.push(org_key());
    let mut to = from.clone();
    to.foreign_keys[0].on_delete = ReferentialAction::Cascade;
    let org = table("org", &["id"]);
    let files = round(&[from.clone(), org.clone()], &[to, org.clone()]).await;
    let expected = [
        "set_foreign_key_member_org_fkey_of_member_aside",
        "add_foreign_key_member_org_fkey_to_member_for_new_rows",
        "validate_foreign_key_member_org_fkey_of_member",
        "drop_foreign_key_member_org_fkey_old_of_member",
    ];
    assert_eq!(slugs(&files), expected);
    assert!(names(&files[0], "H30") && names(&files[1], "H23"), "{}", files[1].up);
    let mut db = fresh(&schema(&[from, org])).await;
    for file in &files {
        db.file(&file.up).await.unwrap();
        let error = db.execute("INSERT INTO member VALUES (4, 9)").await.unwrap_err();
        assert!(error.contains("violates foreign key constraint \"member_org_fkey"), "{error}");
    }
}

/// The key it leans on goes, or its column changes: then it steps aside as ever.
#[tokio::test]
async fn h30_a_foreign_key_whose_ends_change_goes_first() {
    let mut from = table("member", &["id", "org"]);
    from.foreign_keys.push(org_key());
    let mut to = from.clone();
    to.foreign_keys[0].on_delete = ReferentialAction::Cascade;
    to.columns[1].ty = SqlType::builtin("bigint");
    let (org, mut wide) = (table("org", &["id"]), table("org", &["id"]));
    wide.columns[0].ty = SqlType::builtin("bigint");
    let files = round(&[from, org], &[to, wide]).await;
    assert!(!slugs(&files).iter().any(|slug| slug.contains("fkey_of_member_aside")), "{:?}", slugs(&files));
}

fn names(pair: &DraftPair, code: &str) -> bool {
    pair.up.contains(&format!("-- {code}: "))
}

#[tokio::test]
async fn h9_h32_the_checks_of_domains_are_named() {
    let (member, org) = (table("member", &["id", "org"]), table("org", &["id"]));
    let even = |checks: &[Check]| Domain {
        checks: checks.to_vec(),
        ..Domain::new(public("even"), SqlType::builtin("integer"))
    };
    let mut from = schema(&[member, org]);
    from.domains.insert(public("even"), even(&[Check::new("even_small", "VALUE < 100")]));
    let mut with_column = from.clone();
    let number = Column { nullable: true, ..Column::new("n", SqlType::Named(public("even"))) };
    with_column.tables.get_mut(&public("member")).unwrap().columns.push(number);
    assert!(names(&round_of(from, with_column.clone()).await[0], "H9"));
    let mut stricter = with_column.clone();
    let checks = [Check::new("even_small", "VALUE < 100"), Check::new("even_two", "VALUE % 2 = 0")];
    stricter.domains.insert(public("even"), even(&checks));
    let files = round_of(with_column, stricter).await;
    assert_eq!(
        slugs(&files),
        ["add_check_even_two_to_domain_even_for_new_values", "validate_check_even_two_of_domain_even"]
    );
    assert!(files.iter().all(|pair| names(pair, "H32")), "{files:#?}");
}

#[tokio::test]
async fn h53_a_table_that_becomes_unlogged_is_written_anew_and_the_file_says_so() {
    let (member, org) = (table("member", &["id", "org"]), table("org", &["id"]));
    let unlogged = Table { unlogged: true, ..member.clone() };
    assert!(names(&round(&[member, org.clone()], &[unlogged, org]).await[0], "H53"));
}

#[tokio::test]
async fn h55_a_new_tables_foreign_key_is_a_step_of_its_own() {
    let (member, org) = (table("member", &["id", "org"]), table("org", &["id"]));
    let mut branch = table("branch", &["id", "org"]);
    branch.foreign_keys.push(ForeignKey { name: "branch_org_fkey".to_owned(), ..org_key() });
    let files = round(&[member.clone(), org.clone()], &[member, org, branch]).await;
    assert!(names(&files[0], "H55"), "{}", files[0].up);
    let (created, referred) = (files[0].up.find("CREATE TABLE").unwrap(), files[0].up.find("ADD CONSTRAINT").unwrap());
    assert!(created < referred);
}
