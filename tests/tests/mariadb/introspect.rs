//! Databases are read into the model whole, and made again from what was read.

use schema_core::decl::AllowCode;
use schema_core::ir::{Dialect, Identity, IndexTarget, ObjectName, ReferentialAction, Schema, Table};
use schema_core::model::{Allow, Intents};
use schema_tests::corpus;
use schema_tests::target::{Target, files};

pub(crate) const FIXTURE: &str = include_str!("introspect.sql");

async fn loaded(sql: &str) -> Target {
    let mut target = Target::fresh(Dialect::MariaDb).await;
    target.run(sql).await;
    target
}

/// With the columns in their order.
async fn read(target: &mut Target) -> Schema {
    let Target::MariaDb(connection) = target else { unreachable!() };
    schema_runtime::introspect::mysql(connection).await.unwrap()
}

fn table<'a>(schema: &'a Schema, name: &str) -> &'a Table {
    &schema.tables[&ObjectName::bare(name)]
}

#[tokio::test]
async fn columns_are_read_with_all_that_is_said_of_them() {
    let schema = read(&mut loaded(FIXTURE).await).await;
    let of = |name: &str| {
        let column = table(&schema, "d").column(name).unwrap();
        let null = if column.nullable { "" } else { " NOT NULL" };
        let default = column.default.as_ref().map(|default| format!(" DEFAULT {default}")).unwrap_or_default();
        let on_update = column.on_update.as_ref().map(|update| format!(" ON UPDATE {update}")).unwrap_or_default();
        format!("{}{null}{default}{on_update}", column.ty)
    };
    let expected = [
        ("id", "bigint unsigned NOT NULL"),
        ("ok", "tinyint(1) NOT NULL DEFAULT 1"),
        ("at", "datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"),
        ("at6", "timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP"),
        ("doc", "json"),
        ("name", "varchar(20) NOT NULL DEFAULT 'it''s'"),
        ("e", "enum('a','b''c') DEFAULT 'a'"),
        ("s", "set('x','y')"),
        ("n", "decimal(10,2) DEFAULT 0.00"),
        ("x", "int DEFAULT (1 + 1)"),
        ("u", "uuid DEFAULT uuid()"),
        ("z", "int(8) unsigned zerofill"),
        ("b", "bit(3) DEFAULT b'101'"),
        ("t", "text DEFAULT 'abc'"),
        ("pt", "point NOT NULL"),
    ];
    for (name, expected) in expected {
        assert_eq!(of(name), expected, "{name}");
    }
    let d = table(&schema, "d");
    assert_eq!(d.column("id").unwrap().identity, Some(Identity::ByDefault));
    let generated = |name: &str| d.column(name).unwrap().generated.clone().unwrap();
    assert_eq!((generated("v").expression.as_str(), generated("v").stored), ("`x` + 1", false));
    assert!(generated("w").stored);
    assert_eq!(d.column("w").unwrap().comment.as_deref(), Some("it's"));
    let charset = |table: &Table, name: &str| table.column(name).unwrap().charset.clone();
    assert_eq!(charset(d, "l").as_deref(), Some("latin1"));
    assert_eq!(charset(d, "doc"), None);
    let l1 = table(&schema, "l1");
    assert_eq!(
        (l1.charset.as_deref(), charset(l1, "a")),
        (Some("latin1"), None),
        "what its table has is not said again"
    );
    assert_eq!(l1.column("b").unwrap().collation.as_deref(), Some("latin1_bin"));
}

#[tokio::test]
async fn keys_and_options_are_read() {
    let schema = read(&mut loaded(FIXTURE).await).await;
    let d = table(&schema, "d");
    assert_eq!(d.primary_key.as_ref().unwrap().columns, ["id"]);
    assert_eq!(d.uniques.iter().map(|unique| unique.name.as_str()).collect::<Vec<_>>(), ["un"]);
    let shown: Vec<String> = d
        .indexes
        .iter()
        .map(|index| {
            let keys = index.keys.iter().map(|key| {
                let IndexTarget::Column(name) = &key.target else { unreachable!() };
                format!(
                    "{name}{}{}",
                    key.prefix.map(|prefix| format!("({prefix})")).unwrap_or_default(),
                    if key.descending { " desc" } else { "" }
                )
            });
            let keys: Vec<String> = keys.collect();
            format!(
                "{} {} {:?} {:?}",
                index.name,
                keys.join(", "),
                index.method.as_deref().unwrap_or("btree"),
                index.storage
            )
        })
        .collect();
    let expected = [
        r#"fkp pid "btree" {}"#,
        r#"ft t "fulltext" {}"#,
        r#"ig nn "btree" {"comment": "c", "ignored": "true"}"#,
        r#"name10 name(10) desc, x "btree" {}"#,
        r#"name20 name "btree" {}"#,
        r#"sp pt "spatial" {}"#,
        r#"un5 name(5) "btree" {}"#,
    ];
    assert_eq!(shown, expected);
    let key = &d.foreign_keys[0];
    assert_eq!((key.on_delete, key.on_update), (ReferentialAction::SetNull, ReferentialAction::Cascade));
    let checks: Vec<_> = d.checks.iter().map(|check| format!("{}: {}", check.name, check.expression)).collect();
    assert_eq!(checks, ["CONSTRAINT_1: `nn` <> 4 and `name` <> 'q'", "c1: `x` > 0"]);
    assert_eq!(d.comment.as_deref(), Some("it's"));
    assert_eq!(d.storage["row_format"], "DYNAMIC");
    assert_eq!(table(&schema, "m").storage["engine"], "MyISAM");
    assert_eq!(
        table(&schema, "pr").partitioning.as_deref(),
        Some("RANGE (`id`) (PARTITION `p0` VALUES LESS THAN (10), PARTITION `p1` VALUES LESS THAN MAXVALUE)")
    );
    let objects: Vec<String> = schema.objects.keys().map(ToString::to_string).collect();
    assert_eq!(objects.len(), 5, "{objects:?}");
    let view = schema.objects.values().find(|object| object.id.name.name == "vw").unwrap();
    assert_eq!(
        view.create[0].0,
        "CREATE VIEW `vw` AS select `d`.`id` AS `id`,`d`.`name` AS `name` from `d` where `d`.`x` > 1"
    );
}

/// The server prints the default with the name of the database, which is another one in the copy.
#[tokio::test]
async fn a_default_that_calls_a_sequence_is_made_behind_it_in_any_database() {
    let sql = "CREATE SEQUENCE z_number START WITH 5; CREATE TABLE a (id int NOT NULL PRIMARY KEY, n bigint DEFAULT NEXTVAL(z_number))";
    let schema = read(&mut loaded(sql).await).await;
    assert_eq!(table(&schema, "a").column("n").unwrap().default.as_deref(), Some("nextval(`z_number`)"));
    let pairs = files(&Schema::empty(Dialect::MariaDb), &schema, &Intents::default()).unwrap();
    let mut again = Target::fresh(Dialect::MariaDb).await;
    for _ in 0..2 {
        again.up(&pairs).await.unwrap();
        assert_eq!(read(&mut again).await, schema);
        again.run("INSERT INTO a (id) VALUES (1)").await;
        assert_eq!(again.rows("SELECT CAST(n AS CHAR) FROM a").await, [[Some("5".to_owned())]]);
        again.down(&pairs).await.unwrap();
        assert!(read(&mut again).await.is_empty());
    }
    // Gone the other way, the down brings it back before the table's default names it.
    let pairs = files(&schema, &read(&mut loaded("DO 0").await).await, &intents_to_drop("a")).unwrap();
    let mut there = loaded(sql).await;
    there.up(&pairs).await.unwrap();
    there.down(&pairs).await.unwrap();
    assert_eq!(read(&mut there).await, schema);
}

fn intents_to_drop(table: &str) -> Intents {
    let object = ObjectName::bare(table);
    let (part, reason) = (None, "a test".to_owned());
    let allow = Allow {
        code: AllowCode::DropTable,
        object,
        part,
        reason,
        map_to: None,
        restore: None,
        keep: false,
        place: None,
    };
    Intents { allows: [allow].into(), ..Intents::default() }
}

/// What is read is made in another database, which reads the same.
async fn comes_back(sql: &str) {
    let mut target = loaded(sql).await;
    let mut schema = read(&mut target).await;
    assert!(!schema.tables.is_empty(), "{sql}");
    schema.objects.clear();
    let pairs = files(&Schema::empty(Dialect::MariaDb), &schema, &Intents::default()).unwrap();
    let mut again = Target::fresh(Dialect::MariaDb).await;
    again.up(&pairs).await.unwrap();
    let made = read(&mut again).await;
    for (name, table) in &schema.tables {
        assert_eq!(made.tables.get(name), Some(table), "{pairs:#?}");
    }
    assert_eq!(made.tables.len(), schema.tables.len());
    assert_eq!(made.objects.len(), 0);
    again.down(&pairs).await.unwrap();
    assert!(read(&mut again).await.is_empty());
}

#[tokio::test]
async fn what_is_read_can_be_made_again() {
    comes_back(FIXTURE).await;
}

#[tokio::test]
async fn sample_databases_can_be_made_again() {
    for file in corpus::list("samples", ".mysql.sql") {
        comes_back(&corpus::without_database(&corpus::read(&file))).await;
    }
}
