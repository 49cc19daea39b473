//! The way of a change on a MariaDB server that the test starts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]
#![allow(dead_code, reason = "another suite uses the rest of the support")]

#[path = "support/mod.rs"]
mod support;

use support::Shop;

const CUSTOMER: &str = r#"
#[derive(schema_runtime::Table)]
#[allow(dead_code)]
struct Customer {
    #[column(primary_key, identity)]
    id: u64,
    #[column(unique, type = "varchar(80)")]
    email: String,
    note: Option<String>,
}

fn main() {}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_goes_from_struct_to_mariadb_and_back_and_is_pulled_again() {
    let url = schema_tests::mariadb().await;
    let database = ["--database-url", url.as_str()];
    let (shop, other) = (Shop::new(), Shop::new());
    shop.schema(&["init", "--dialect", "mariadb"]).ends(0);
    assert!(shop.read("Cargo.toml").contains(r#"features = ["mysql"]"#), "{}", shop.read("Cargo.toml"));
    shop.write("src/main.rs", CUSTOMER);
    shop.schema(&["diff", "--sql"]).ends(1).says("CREATE TABLE `customer`").says("DROP TABLE `customer`");
    shop.build("write").ends(0);
    let with = |arguments: &[&'static str]| shop.schema(&[arguments, &database].concat());
    with(&["status"]).ends(1);
    with(&["migrate"]).ends(0).says("create table customer");
    with(&["migrate"]).ends(0).says("nothing to do");
    shop.schema(&["seal"]).ends(0);
    with(&["drift"]).ends(0);
    with(&["revert"]).ends(0);
    with(&["drift"]).ends(1).says("table customer is missing");
    with(&["migrate"]).ends(0);
    shop.schema(&["diff", "--from", "models", "--to", &url]).ends(0);
    let verified = shop.schema(&["verify", "--rows", "3"]).ends(0).says("1 migration verified");
    assert!(verified.out.contains("kills survived") && verified.out.contains("all together"), "{}", verified.out);

    other.write("src/main.rs", "pub mod schema;\n\nfn main() {}\n");
    other.schema(&["pull", "--database-url", &url]).ends(0).says("1 table of MariaDB");
    other.schema(&["diff", "--from", "models", "--to", &url]).ends(0);

    shop.write(
        "a.sql",
        "CREATE TABLE t (id int NOT NULL PRIMARY KEY, name varchar(20) NOT NULL, KEY t_name (name));\n",
    );
    shop.write("b.sql", "CREATE TABLE t (id int NOT NULL PRIMARY KEY, name varchar(80) NOT NULL, note text);\n");
    let prove = ["prove", "--from", "a.sql", "--to", "b.sql", "--dialect", "mariadb"];
    shop.schema(&prove).ends(0).says("1 migration, run on 5 rows");
    let on_mysql = prove.map(|word| if word == "mariadb" { "mysql" } else { word });
    shop.schema(&on_mysql).ends(2).complains("name a MySQL server that runs").complains("SCHEMA_MARIADB_SCRATCH_URL");

    let wrong = ["migrate", "--database-url", &url];
    let sqlite = Shop::initialised();
    sqlite.schema(&wrong).ends(2).complains("the MariaDB database `");
}
