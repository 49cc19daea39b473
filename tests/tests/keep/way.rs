//! Two schemas written as SQL, and a database with rows on its way between them.

use schema_core::decl::AllowCode;
use schema_core::ir::{Dialect, ObjectName, Schema};
use schema_core::model::{Allow, Intents};
use schema_core::plan::DraftPair;
use schema_runtime::introspect;
use schema_tests::target::{Target, files};

pub(crate) fn public(name: &str) -> ObjectName {
    ObjectName::qualified("public", name)
}

/// The same consent for SQLite, where names have no schema.
pub(crate) fn lite(allow: Allow) -> Allow {
    Allow { object: ObjectName::bare(allow.object.name), ..allow }
}

fn keeping(code: AllowCode, object: ObjectName, part: Option<&str>) -> Allow {
    let (part, reason) = (part.map(str::to_owned), "a test".to_owned());
    Allow { code, object, part, reason, map_to: None, restore: None, keep: true, place: None }
}

/// The consent to drop `column` of `table` and keep its values.
pub(crate) fn column(table: &str, name: &str) -> Allow {
    keeping(AllowCode::DropColumn, public(table), Some(name))
}

/// The same for a whole table.
pub(crate) fn table(name: &str) -> Allow {
    keeping(AllowCode::DropTable, public(name), None)
}

pub(crate) fn intents(allows: impl IntoIterator<Item = Allow>) -> Intents {
    Intents { allows: allows.into_iter().collect(), ..Intents::default() }
}

async fn read(db: &mut Target) -> Schema {
    match db {
        Target::Postgres(connection) => introspect::postgres(connection).await,
        Target::MariaDb(connection) => introspect::mysql(connection).await,
        Target::Sqlite(connection) => introspect::sqlite(connection).await,
    }
    .unwrap_or_else(|error| panic!("{error}"))
}

/// The schema that a script makes, in the server's spelling.
pub(crate) async fn made(dialect: Dialect, sql: &str) -> Schema {
    let mut db = Target::fresh(dialect).await;
    db.run(sql).await;
    read(&mut db).await
}

pub(crate) struct Way {
    pub(crate) db: Target,
    pub(crate) files: Vec<DraftPair>,
    from: Schema,
    to: Schema,
}

impl Way {
    /// From a database that `before` and `rows` made to the schema that `after` makes.
    pub(crate) async fn new(dialect: Dialect, before: &str, rows: &str, after: &str, intents: &Intents) -> Self {
        let mut db = Target::fresh(dialect).await;
        db.run(before).await;
        db.run(rows).await;
        Self::on(db, dialect, after, intents).await
    }

    pub(crate) async fn on(mut db: Target, dialect: Dialect, after: &str, intents: &Intents) -> Self {
        let (from, to) = (read(&mut db).await, made(dialect, after).await);
        let files = files(&from, &to, intents).unwrap_or_else(|findings| panic!("{findings}"));
        Self { db, files, from, to }
    }

    pub(crate) async fn up(&mut self) {
        self.db.up(&self.files).await.unwrap_or_else(|error| panic!("{error}"));
        let mut found = read(&mut self.db).await;
        assert_eq!(sorted(&mut found), sorted(&mut self.to.clone()), "{:#?}", self.files);
    }

    /// The catalog is what it was, the order of columns on PostgreSQL included: they never left.
    pub(crate) async fn down(&mut self) {
        self.db.down(&self.files).await.unwrap_or_else(|error| panic!("{error}"));
        let mut found = read(&mut self.db).await;
        if found.dialect == Dialect::Sqlite {
            assert_eq!(sorted(&mut found), sorted(&mut self.from.clone()), "{:#?}", self.files);
        } else {
            assert_eq!(found, self.from, "{:#?}", self.files);
        }
    }

    /// The text of all up files, or of all down files.
    pub(crate) fn text(&self, of: impl Fn(&DraftPair) -> &String) -> String {
        self.files.iter().map(of).cloned().collect()
    }

    /// Nothing is written in between: up, down and up again, and each table's rows are what they were.
    pub(crate) async fn round(&mut self, tables: &[&str]) {
        let before = self.checksums(tables).await;
        self.up().await;
        self.down().await;
        assert_eq!(self.checksums(tables).await, before);
        self.up().await;
        self.down().await;
        assert_eq!(self.checksums(tables).await, before);
    }

    pub(crate) async fn checksums(&mut self, tables: &[&str]) -> Vec<Option<String>> {
        let mut sums = Vec::new();
        for table in tables {
            let sql = match self.from.dialect {
                Dialect::Postgres => {
                    format!("SELECT md5(string_agg(r::text, '; ' ORDER BY r::text)) FROM {table} AS r")
                }
                Dialect::Sqlite => self.all_values(table).await,
                other => panic!("{other} has no part in this suite"),
            };
            sums.extend(self.db.rows(&sql).await.remove(0));
        }
        assert!(sums.iter().all(Option::is_some), "a table without rows proves nothing: {tables:?}");
        sums
    }

    /// The query of every value of a SQLite table as one text, whatever the order of its columns.
    async fn all_values(&mut self, table: &str) -> String {
        let columns = format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_xinfo('{table}') ORDER BY name");
        let columns: Vec<String> = self.db.rows(&columns).await.into_iter().flatten().flatten().collect();
        let row = columns.join(" || ', ' || ");
        format!("SELECT group_concat(r, '; ') FROM (SELECT {row} AS r FROM \"{table}\" ORDER BY 1)")
    }

    pub(crate) async fn sees(&mut self, sql: &str, expected: &[&str]) {
        sees(&mut self.db, sql, expected).await;
    }
}

/// Each row of a query as one text.
pub(crate) async fn sees(db: &mut Target, sql: &str, expected: &[&str]) {
    let cells = |row: Vec<Option<String>>| {
        row.into_iter().map(|cell| cell.unwrap_or("NULL".into())).collect::<Vec<_>>().join("|")
    };
    let rows: Vec<String> = db.rows(sql).await.into_iter().map(cells).collect();
    assert_eq!(rows, expected, "{sql}");
}

/// Why the change can't be planned.
pub(crate) async fn refused(dialect: Dialect, before: &str, after: &str, intents: &Intents) -> String {
    let (from, to) = (made(dialect, before).await, made(dialect, after).await);
    match files(&from, &to, intents) {
        Ok(files) => panic!("{files:#?}"),
        Err(findings) => findings.trim_end().to_owned(),
    }
}

fn sorted(schema: &mut Schema) -> &Schema {
    schema.tables.values_mut().for_each(|table| table.columns.sort_by(|a, b| a.name.cmp(&b.name)));
    schema
}

/// A table `t` is there in `with` only: it is kept, made anew, kept again, and all of that is taken back.
pub(crate) async fn dropped_created_and_dropped_again(dialect: Dialect, other: &str, with: &str, gone: &Allow) {
    let kept = |head| Intents { head, ..intents([gone.clone()]) };
    let mut first = Way::new(dialect, with, "INSERT INTO t VALUES (1, 'first')", other, &kept(0)).await;
    first.up().await;
    let mut second = Way::on(first.db, dialect, with, &Intents::default()).await;
    second.up().await;
    second.db.run("INSERT INTO t VALUES (2, 'second')").await;
    let mut third = Way::on(second.db, dialect, other, &kept(2)).await;
    third.up().await;
    third.down().await;
    third.sees("SELECT v FROM t", &["second"]).await;
    third.db.down(&second.files).await.unwrap();
    third.db.down(&first.files).await.unwrap();
    third.sees("SELECT v FROM t", &["first"]).await;
}
