//! Old migrations folded into a baseline, and the databases that have them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a suite fails by panics")]
#![allow(dead_code, reason = "another suite uses the rest of the support")]

#[path = "support/mod.rs"]
mod support;

use schema_core::build::{Project, draft};
use schema_core::ir::Dialect;
use schema_tests::target::Target;
use support::{Ran, Shop};

const FIRST: &str = "
#[derive(schema_runtime::Table)]
struct Customer {
    #[column(primary_key, identity)]
    id: i64,
    #[column(unique)]
    email: String,
}
";

const SECOND: &str = "
#[derive(schema_runtime::Table)]
struct Customer {
    #[column(primary_key, identity)]
    id: i64,
    #[column(unique)]
    email: String,
    #[column(default = \"'new'\")]
    state: String,
}

#[derive(schema_runtime::Table)]
#[table(check(\"total >= 0\"))]
struct Orders {
    #[column(primary_key)]
    id: i64,
    #[column(references = Customer, on_delete = cascade, index)]
    customer_id: i64,
    total: i64,
}
";

/// [`SECOND`] with another column.
fn third() -> String {
    SECOND.replace("    state: String,\n", "    state: String,\n    note: Option<String>,\n")
}

fn seals(shop: &Shop, dialect: Dialect, source: &str) {
    // MariaDB has no unique key over a text.
    let source = match dialect {
        Dialect::MariaDb => source.replace("(unique)", "(unique, type = \"varchar(80)\")"),
        _ => source.to_owned(),
    };
    shop.write("src/main.rs", &(source + "\nfn main() {}\n"));
    draft(&Project::new(&shop.dir(), dialect).unwrap()).unwrap();
    shop.schema(&["seal"]).ends(0);
}

/// Puts rows in by hand.
fn inserts(shop: &Shop, name: &str, up: &str, down: &str) {
    let before = shop.files();
    shop.schema(&["new", name]).ends(0);
    for (way, text) in [("up", up), ("down", down)] {
        let ending = format!(".{way}.sql");
        let file = shop.files().into_iter().find(|file| !before.contains(file) && file.ends_with(&ending)).unwrap();
        shop.write(&format!("migrations/{file}"), &format!("{text}\n"));
    }
    shop.schema(&["seal"]).ends(0);
}

fn versions(shop: &Shop) -> Vec<i64> {
    let ups = shop.files().into_iter().filter(|name| name.ends_with(".up.sql"));
    ups.map(|name| name.split_once('_').unwrap().0.parse().unwrap()).collect()
}

/// A crate of three releases, the first with rows put in by hand.
fn shop(dialect: Dialect) -> Shop {
    let shop = Shop::new();
    shop.schema(&["init", "--dialect", dialect.as_str()]).ends(0);
    seals(&shop, dialect, FIRST);
    let rows = "INSERT INTO customer (email) VALUES ('a''b@x'), ('ü@x');";
    inserts(&shop, "first customers", rows, "DELETE FROM customer WHERE email IN ('a''b@x', 'ü@x');");
    seals(&shop, dialect, SECOND);
    seals(&shop, dialect, &third());
    shop
}

struct Database<'a> {
    shop: &'a Shop,
    url: String,
}

impl Database<'_> {
    fn run(&self, arguments: &[&str]) -> Ran {
        self.shop.with(arguments, &[("DATABASE_URL", &self.url)])
    }
}

fn file<'a>(shop: &'a Shop, name: &str) -> Database<'a> {
    Database { shop, url: format!("sqlite://{}", shop.dir().join(name).display()) }
}

async fn emails(url: &str) -> Vec<String> {
    let mut database = Target::open(url).await;
    let rows = database.rows("SELECT email FROM customer ORDER BY id").await;
    database.close().await;
    rows.into_iter().flatten().flatten().collect()
}

async fn insert(url: &str, sql: &str) {
    let mut database = Target::open(url).await;
    database.run(sql).await;
    database.close().await;
}

/// Databases of every standing: with all, with what is folded, with a part of it, and a new one.
async fn all_of_them(shop: &Shop, [full, folded, part, new]: [Database<'_>; 4]) {
    let versions = versions(shop);
    let last = *versions.last().unwrap();
    let before = versions[versions.len() - 2];
    full.run(&["migrate"]).ends(0);
    insert(&full.url, "INSERT INTO customer (email, note) VALUES ('own@x', 'n')").await;
    folded.run(&["migrate", "--target", &before.to_string()]).ends(0);
    insert(&folded.url, "INSERT INTO customer (email) VALUES ('own@x')").await;
    part.run(&["migrate", "--target", &versions[1].to_string()]).ends(0);

    let dry = shop.schema(&["squash", "--before", &last.to_string(), "--dry-run"]).ends(0).says("nothing is written");
    assert!(dry.out.contains("2 rows; up, down, up again; 1 migration behind it"), "{}", dry.out);
    shop.schema(&["squash", "--before", &last.to_string()]).ends(0).says("wrote migrations/").says("_baseline.up.sql");
    assert_eq!(self::versions(shop), [before, last]);
    shop.schema(&["check"]).ends(0);
    shop.schema(&["verify", "--no-crash"]).ends(0);

    for database in [&full, &folded] {
        database.run(&["status"]).says("baseline");
        database.run(&["migrate"]).ends(0).says(&format!("recorded {before}"));
        assert_eq!(emails(&database.url).await, ["a'b@x", "ü@x", "own@x"]);
        database.run(&["status"]).ends(0);
        database.run(&["drift"]).ends(0);
        database.run(&["revert"]).ends(0);
        database.run(&["migrate"]).ends(0);
        assert_eq!(emails(&database.url).await.len(), 3);
    }
    part.run(&["migrate"])
        .ends(2)
        .complains("`baseline` stands for")
        .complains("of which the database has 2")
        .complains("check out the last commit before the squash");
    assert_eq!(emails(&part.url).await.len(), 2);

    new.run(&["migrate"]).ends(0);
    assert_eq!(emails(&new.url).await, ["a'b@x", "ü@x"]);
    insert(&new.url, "INSERT INTO customer (email) VALUES ('next@x')").await;
    assert_eq!(emails(&new.url).await, ["a'b@x", "ü@x", "next@x"]);
    new.run(&["drift"]).ends(0);
    new.run(&["revert", "--target", "0"]).ends(0);
    new.run(&["migrate"]).ends(0);
    assert_eq!(emails(&new.url).await, ["a'b@x", "ü@x"]);
}

#[tokio::test]
async fn on_sqlite_each_database_takes_the_baseline_for_what_it_has() {
    let shop = shop(Dialect::Sqlite);
    let databases = ["full.db", "folded.db", "part.db", "new.db"].map(|name| file(&shop, name));
    all_of_them(&shop, databases).await;
}

#[tokio::test]
async fn on_postgres_each_database_takes_the_baseline_for_what_it_has() {
    let shop = shop(Dialect::Postgres);
    let mut databases = Vec::new();
    for _ in 0..4 {
        databases.push(Database { shop: &shop, url: schema_tests::postgres().await });
    }
    all_of_them(&shop, databases.try_into().unwrap_or_else(|_| panic!("four"))).await;
}

#[tokio::test]
async fn on_mariadb_each_database_takes_the_baseline_for_what_it_has() {
    let shop = shop(Dialect::MariaDb);
    let mut databases = Vec::new();
    for _ in 0..4 {
        databases.push(Database { shop: &shop, url: schema_tests::mariadb().await });
    }
    all_of_them(&shop, databases.try_into().unwrap_or_else(|_| panic!("four"))).await;
}

/// Of every kind of value, with a key that is 0, rows that refer to later ones, and numbers that were given out and are gone.
#[tokio::test]
async fn on_mariadb_rows_and_numbers_are_what_they_were() {
    let shop = shop(Dialect::MariaDb);
    let up = r"CREATE TABLE item (id int AUTO_INCREMENT PRIMARY KEY, part int, bits bit(9), bytes blob, ratio float, name varchar(20) CHARACTER SET latin1,
    doc json, day date, CONSTRAINT item_part FOREIGN KEY (part) REFERENCES item (id));
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0;
INSERT INTO item VALUES (0, 5, b'101010101', x'00ff27', 1.1, 'ü''\\', '{}', '0000-00-00'), (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (9, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SET foreign_key_checks = 1;
DELETE FROM item WHERE id = 9;
CREATE SEQUENCE number START WITH 5;
DO NEXTVAL(number);
CREATE TABLE numbered (id int PRIMARY KEY, n bigint DEFAULT NEXTVAL(number));
CREATE VIEW a_view AS SELECT id FROM z_view;";
    let up = up.replace("CREATE VIEW a_view", "CREATE VIEW z_view AS SELECT id FROM item;\nCREATE VIEW a_view");
    inserts(
        &shop,
        "items",
        &up,
        "DROP VIEW a_view; DROP VIEW z_view; DROP TABLE numbered; DROP SEQUENCE number; DROP TABLE item;",
    );
    let ran = shop.schema(&["squash", "--before", "30000101000000"]).ends(0);
    ran.says("proven equal: catalog, SHOW CREATE, 4 rows; up, down, up again");
    let url = schema_tests::mariadb().await;
    Database { shop: &shop, url: url.clone() }.run(&["migrate"]).ends(0);
    let mut database = Target::open(&url).await;
    let row = "SELECT CONCAT_WS('|', id, part, BIN(bits), HEX(bytes), CAST(ratio AS DOUBLE), name, doc, day) FROM item ORDER BY id";
    let rows: Vec<String> = database.rows(row).await.into_iter().flatten().flatten().collect();
    assert_eq!(rows, ["0|5|101010101|00FF27|1.100000023841858|ü'\\|{}|0000-00-00", "5"]);
    database.run("INSERT INTO item () VALUES ()").await;
    let next = database.rows("SELECT CONCAT_WS('|', MAX(id), NEXTVAL(number)) FROM item").await;
    assert_eq!(next, [[Some("10|1005".to_owned())]]);
}

#[test]
fn what_only_sql_says_is_in_the_baseline_and_one_that_is_not_equal_is_refused() {
    let shop = shop(Dialect::Postgres);
    let sql = [
        ("GRANT SELECT ON customer TO PUBLIC;", "REVOKE SELECT ON customer FROM PUBLIC;"),
        (
            "CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer);",
            "DROP OPERATOR === (integer, integer);",
        ),
    ];
    inserts(&shop, "by hand", &sql.map(|(up, _)| up).join("\n"), &sql.map(|(_, down)| down).join("\n"));
    let ran = shop.schema(&["squash", "--before", "30000101000000", "--json", "--dry-run"]).ends(0).json();
    assert_eq!(ran["proof"]["faults"], serde_json::json!([]));
    assert_eq!((&ran["proof"]["dumped"], &ran["proof"]["rows"]), (&true.into(), &2.into()));
    // In the baseline it would meet the rows that were there before it.
    let trigger = "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.email := upper(NEW.email); RETURN NEW; END';
CREATE TRIGGER shout BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION shout();";
    inserts(&shop, "shout", trigger, "DROP TRIGGER shout ON customer;\nDROP FUNCTION shout();");
    let files = shop.files();
    shop.schema(&["squash", "--before", "30000101000000"])
        .ends(1)
        .says("up: table customer holds other rows")
        .says("the baseline is not equal to what it stands for, so nothing is written");
    assert_eq!(shop.files(), files);
    let last = versions(&shop).pop().unwrap();
    shop.schema(&["squash", "--before", &last.to_string()]).ends(0);
}

#[test]
fn what_can_not_be_folded_is_said() {
    let shop = shop(Dialect::Sqlite);
    let first = versions(&shop)[0];
    shop.schema(&["squash", "--before", &first.to_string()])
        .ends(2)
        .complains(&format!("no migration is older than {first}, so there is nothing to fold"))
        .complains("versions go from");
    shop.schema(&["squash", "--before", &(first + 1).to_string()]).ends(2).complains("only one migration is older");
    shop.schema(&["new", "open"]).ends(0);
    shop.schema(&["squash", "--before", "30000101000000"]).ends(2).complains("not sealed, and may change still");
    shop.write("src/main.rs", &(SECOND.to_owned() + "\nfn main() {}\n"));
    let shop = self::shop(Dialect::Sqlite);
    shop.write("src/main.rs", &(third().replace("note:", "remark: Option<String>,\n    note:") + "\nfn main() {}\n"));
    draft(&Project::new(&shop.dir(), Dialect::Sqlite).unwrap()).unwrap();
    shop.schema(&["squash", "--before", "30000101000000"]).ends(2).complains("there is a draft");
}

#[test]
fn a_baseline_is_folded_again_with_all_that_it_stands_for() {
    let shop = shop(Dialect::Sqlite);
    let [database, second] = ["full.db", "second.db"].map(|name| file(&shop, name));
    database.run(&["migrate"]).ends(0);
    second.run(&["migrate"]).ends(0);
    let versions = versions(&shop);
    shop.schema(&["squash", "--before", &versions[2].to_string()]).ends(0).says("baseline of 2 migrations");
    second.run(&["migrate"]).ends(0).says(&format!("recorded {}", versions[1]));
    shop.schema(&["squash", "--before", "30000101000000"]).ends(0);
    let name = shop.files().into_iter().find(|name| name.ends_with("_baseline.up.sql")).unwrap();
    let text = shop.read(&format!("migrations/{name}"));
    let named = text.lines().filter(|line| line.starts_with("-- Replaces: ")).count();
    assert_eq!(named, versions.len() + 1, "{text}");
    assert_eq!(text.lines().filter(|line| line.ends_with(" (a baseline)")).count(), 1, "{text}");
    // The first of these databases never saw the first baseline.
    for database in [database, second] {
        database.run(&["migrate"]).ends(0).says("recorded");
        database.run(&["status"]).ends(0);
        database.run(&["drift"]).ends(0);
    }
}
