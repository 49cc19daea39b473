//! From what structs say, consents and expressions included, to rows on each database: there, back and there again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite that cannot run fails")]

use schema_core::ir::{Dialect, Schema};
use schema_core::model::{Intents, Model};
use schema_core::plan::DraftPair;
use schema_core::scan::{ScanOptions, scan};
use schema_tests::target::{Target, files};

const ALL: [Dialect; 3] = [Dialect::Postgres, Dialect::MariaDb, Dialect::Sqlite];

fn model(dialect: Dialect, source: &str) -> Model {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("lib.rs"), source).unwrap();
    let crate_dir = dir.path().to_path_buf();
    let roots = vec!["lib.rs".into()];
    let scan = scan(&ScanOptions { crate_dir, roots, dialect, cache_dir: None, modules: Vec::new() }).unwrap();
    assert_eq!(scan.findings, [], "the scan's own");
    scan.model
}

struct Trial {
    db: Target,
    files: Vec<DraftPair>,
}

impl Trial {
    async fn new(dialect: Dialect, from: &str, to: &str, rows: &str) -> Self {
        let (from, Model { schema: to, intents, .. }) = (model(dialect, from).schema, model(dialect, to));
        let first = files(&Schema::empty(dialect), &from, &Intents::default()).unwrap();
        let files = files(&from, &to, &intents).unwrap_or_else(|error| panic!("{dialect}: {error}"));
        let mut db = Target::fresh(dialect).await;
        db.up(&first).await.unwrap();
        db.run(rows).await;
        Self { db, files }
    }

    /// `query` gives texts, one to a row: what it finds before, and what afterwards.
    async fn round(&mut self, before: (&str, &[&str]), after: (&str, &[&str])) {
        let (catalog, dialect) = (self.db.schema().await, self.db.dialect());
        self.sees("before", before).await;
        for round in ["up", "up again"] {
            self.db.up(&self.files).await.unwrap_or_else(|error| panic!("{dialect}: {error}"));
            self.sees(round, after).await;
            if round == "up" {
                self.db.down(&self.files).await.unwrap_or_else(|error| panic!("{dialect}: {error}"));
                assert_eq!(self.db.schema().await, catalog, "{dialect}: down");
                self.sees("down", before).await;
            }
        }
    }

    async fn sees(&mut self, when: &str, (query, expected): (&str, &[&str])) {
        let rows = self.db.rows(query).await;
        let found: Vec<String> =
            rows.into_iter().map(|row| row[0].clone().unwrap_or_else(|| "NULL".to_owned())).collect();
        assert_eq!(found, expected, "{}: {when}: {query}", self.db.dialect());
    }

    /// The position of the first file whose name starts so.
    fn at(&self, slug: &str) -> usize {
        let slugs: Vec<&str> = self.files.iter().map(|file| file.slug.as_str()).collect();
        slugs.iter().position(|it| it.starts_with(slug)).unwrap_or_else(|| panic!("no {slug} among {slugs:?}"))
    }
}

fn table(name: &str, attributes: &str, fields: &str) -> String {
    format!("{attributes} #[derive(Table)] struct {name} {{ #[column(primary_key)] id: i64, {fields} }}\n")
}

#[tokio::test]
async fn a_required_column_is_split_and_put_together_again() {
    for dialect in ALL {
        let (first, last) = match dialect {
            Dialect::Postgres => ("split_part(full_name, ' ', 1)", "split_part(full_name, ' ', 2)"),
            Dialect::MariaDb => ("substring_index(full_name, ' ', 1)", "substring_index(full_name, ' ', -1)"),
            _ => ("substr(full_name, 1, instr(full_name, ' ') - 1)", "substr(full_name, instr(full_name, ' ') + 1)"),
        };
        let join = if dialect == Dialect::MariaDb { "concat(first, ' ', last)" } else { "first || ' ' || last" };
        let to = table(
            "Person",
            &format!("#[table(allow(drop_column(\"full_name\", reason = \"split\", restore = \"{join}\")))]"),
            &format!("#[column(backfill = \"{first}\")] first: String, #[column(backfill = \"{last}\")] last: String"),
        );
        let from = table("Person", "", "full_name: String");
        let rows = "INSERT INTO person VALUES (1, 'Ada Lovelace'), (2, 'Alan Turing')";
        let mut trial = Trial::new(dialect, &from, &to, rows).await;
        let together = if dialect == Dialect::MariaDb { "concat(first, '+', last)" } else { "first || '+' || last" };
        let after = format!("SELECT {together} FROM person ORDER BY id");
        let before = ("SELECT full_name FROM person ORDER BY id", ["Ada Lovelace", "Alan Turing"].as_slice());
        trial.round(before, (&after, &["Ada+Lovelace", "Alan+Turing"])).await;
    }
}

#[tokio::test]
async fn a_required_column_moves_to_another_table() {
    for dialect in ALL {
        let from = table("Org", "", "city: String") + &table("Site", "", "#[column(references = Org)] org: i64");
        let to = table(
            "Org",
            r#"#[table(allow(drop_column("city", reason = "of the site", restore = "(SELECT max(site.city) FROM site WHERE site.org = org.id)")))]"#,
            "",
        ) + &table(
            "Site",
            "",
            r#"#[column(references = Org)] org: i64, #[column(backfill = "(SELECT org.city FROM org WHERE org.id = site.org)")] city: String"#,
        );
        let rows = "INSERT INTO org VALUES (1, 'Bern'), (2, 'Oslo'); INSERT INTO site VALUES (1, 2), (2, 1)";
        let mut trial = Trial::new(dialect, &from, &to, rows).await;
        let before = ("SELECT city FROM org ORDER BY id", ["Bern", "Oslo"].as_slice());
        trial.round(before, ("SELECT city FROM site ORDER BY id", &["Oslo", "Bern"])).await;
    }
}

#[tokio::test]
async fn beside_a_rename_what_a_required_column_gets_back_is_said_by_the_new_names() {
    for dialect in ALL {
        let from = table("Item", "", "n: i64, twice: i64");
        let to = table(
            "Item",
            r#"#[table(allow(drop_column("twice", reason = "computed", restore = "num * 2")))]"#,
            r#"#[column(renamed_from = "n")] num: i64"#,
        );
        let mut trial = Trial::new(dialect, &from, &to, "INSERT INTO item VALUES (1, 4, 8)").await;
        let before = ("SELECT CAST(n + twice AS CHAR(2)) FROM item", ["12"].as_slice());
        trial.round(before, ("SELECT CAST(num AS CHAR(1)) FROM item", &["4"])).await;
    }
}

#[tokio::test]
async fn what_is_kept_can_be_read_by_the_backfills_of_its_draft() {
    for dialect in ALL {
        let from = table("Person", "", "full_name: String") + &table("Note", "", "person: i64, text: String");
        let to = table(
            "Person",
            r#"#[table(allow(drop_column("full_name", reason = "renamed", keep)))]"#,
            r#"#[column(backfill = "lower(full_name)")] login: String,
            #[column(backfill = "coalesce((SELECT max(note.text) FROM note WHERE note.person = person.id), '-')")] note: String"#,
        ) + r#"schema! { allow(drop_table("note", reason = "merged", keep)); }"#;
        let rows = "INSERT INTO person VALUES (1, 'Ada'), (2, 'Alan'); INSERT INTO note VALUES (1, 2, 'late')";
        let mut trial = Trial::new(dialect, &from, &to, rows).await;
        let both = |a: &str, b: &str| match dialect {
            Dialect::MariaDb => format!("SELECT concat({a}, '+', {b}) FROM person ORDER BY id"),
            _ => format!("SELECT {a} || '+' || {b} FROM person ORDER BY id"),
        };
        let before = both("full_name", "(SELECT count(*) FROM note)");
        trial.round((&before, &["Ada+1", "Alan+1"]), (&both("login", "note"), &["ada+-", "alan+late"])).await;
    }
}

#[tokio::test]
async fn what_ends_a_release_comes_after_all_that_the_next_one_needs() {
    let from = table("Item", "", "n: i32, old: String, wide: i32") + &table("Gone", "", "");
    let to = table(
        "Item",
        r#"#[table(allow(drop_column("old", reason = "unused", restore = "'v' || num")))]"#,
        r#"#[column(renamed_from = "n", online)] num: i32, wide: i64, #[column(backfill = "num + 1")] more: Option<i32>"#,
    ) + r#"schema! { allow(drop_table("gone", reason = "unused")); }"#;
    let mut trial = Trial::new(Dialect::Postgres, &from, &to, "INSERT INTO item VALUES (1, 4, 'x', 9)").await;
    let first = trial.files.iter().position(|file| file.up.contains("\n-- Contract: ")).unwrap();
    let (now, then) = trial.files.split_at(first);
    trial.db.up(now).await.unwrap();
    // Both releases write.
    trial.db.run("INSERT INTO item (id, n, old, wide) VALUES (2, 5, 'y', 10)").await;
    trial.db.run("INSERT INTO item (id, num, wide, more) VALUES (3, 6, 11, 7)").await;
    trial.db.up(then).await.unwrap();
    let after = (
        "SELECT num::text || '+' || coalesce(more::text, '-') FROM item ORDER BY id",
        ["4+5", "5+-", "6+7"].as_slice(),
    );
    trial.sees("up", (after.0, after.1)).await;
    trial.db.down(&trial.files).await.unwrap();
    trial.sees("down", ("SELECT n::text || '+' || old FROM item ORDER BY id", &["4+v4", "5+v5", "6+v6"])).await;
    trial.db.up(&trial.files).await.unwrap();
}

#[tokio::test]
async fn a_label_goes_back_from_under_all_that_reads_it() {
    let state = |labels: &str| {
        format!("#[derive(SqlEnum)] enum St {{ {labels} }}\n") + &table("Item", "", "s: St, n: i64") + "schema! { }"
    };
    let with = |labels: &str| {
        let objects = [
            "CREATE VIEW shown AS SELECT id, s FROM item",
            "CREATE FUNCTION next(a st) RETURNS st LANGUAGE sql AS $$ SELECT a $$",
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
            "CREATE TRIGGER touch BEFORE UPDATE ON item FOR EACH ROW WHEN (NEW.s = 'Open') EXECUTE FUNCTION touch()",
            "CREATE POLICY own ON item USING (s = 'Open')",
        ];
        let texts: Vec<String> = objects.iter().map(|sql| format!("sql({sql:?});")).collect();
        state(labels).replace("schema! {", &format!("schema! {{ {}", texts.join("\n")))
    };
    let rows = "INSERT INTO item VALUES (1, 'Open', 1)";
    let mut trial = Trial::new(Dialect::Postgres, &with("Open, Done"), &with("Open, Done, Lost"), rows).await;
    let seen = ("SELECT s::text || next(s)::text FROM shown", ["OpenOpen"].as_slice());
    trial.round(seen, seen).await;
}

#[tokio::test]
async fn a_session_that_writes_dates_its_own_way_is_understood() {
    let (from, to) = ("d: chrono::NaiveDate, at: chrono::DateTime<chrono::Utc>", "d: String, at: String");
    let (from, to) = (table("Item", "", from), table("Item", "", to));
    let mut trial =
        Trial::new(Dialect::Postgres, &from, &to, "INSERT INTO item VALUES (1, '2024-02-03', '2024-07-01 12:00Z')")
            .await;
    let both = "SELECT d::text || ' ' || at::text FROM item ORDER BY id";
    trial.db.run("SET timezone = 'UTC'").await;
    let before = trial.db.rows(both).await;
    let begun = trial.files[..=trial.at("alter_item")].to_vec();
    trial.db.up(&begun).await.unwrap();
    trial.db.run("SET datestyle = 'SQL, DMY'; SET timezone = 'Europe/Berlin'; UPDATE item SET id = 2 RETURNING id; INSERT INTO item VALUES (3, '03/02/2024', '01/07/2024 14:00 CEST'); RESET datestyle; SET timezone = 'UTC'").await;
    trial.db.up(&trial.files[begun.len()..]).await.unwrap();
    trial.sees("up", (both, &["2024-02-03 2024-07-01 12:00:00+00", "2024-02-03 2024-07-01 12:00:00+00"])).await;
    trial.db.down(&trial.files).await.unwrap();
    assert_eq!(trial.db.rows(both).await, [before.clone(), before].concat());
}

#[tokio::test]
async fn a_triggers_work_on_filled_rows_is_said() {
    let objects = r#"schema! {
        sql("CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := NEW.at + 1; RETURN NEW; END $$");
        sql("CREATE TRIGGER touch BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION touch()");
    }"#;
    let (from, to) = (table("Item", "", "n: i32, at: i64"), table("Item", "", "n: i64, at: i64"));
    let trial =
        Trial::new(Dialect::Postgres, &(from + objects), &(to + objects), "INSERT INTO item VALUES (1, 1, 0)").await;
    let fill = &trial.files[trial.at("fill_item_n_new")].up;
    assert!(
        fill.contains("-- Data: trigger `touch` fires for each row, and no down takes back what it does"),
        "{fill}"
    );
    assert!(fill.contains("-- Reversible: definitions yes, rows not fully"), "{fill}");
}

#[tokio::test]
async fn an_identity_keeps_the_name_of_its_sequence_when_it_becomes_wider() {
    let of = |ty: &str| format!("#[derive(Table)] struct Item {{ #[column(primary_key, identity)] id: {ty}, n: i64 }}");
    let mut trial = Trial::new(Dialect::Postgres, &of("i32"), &of("i64"), "INSERT INTO item (n) VALUES (7)").await;
    let seen = ("SELECT pg_get_serial_sequence('item', 'id')", ["public.item_id_seq"].as_slice());
    trial.round(seen, seen).await;
}
