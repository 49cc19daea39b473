//! Names and texts that try to be more than that: they end no quote and no comment, on any database, and come back from the
//! catalog as they were.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

use schema_core::ir::{
    Check, Column, Dialect, EnumType, Index, IndexKey, ObjectName, PrimaryKey, Schema, SqlType, Table,
};
use schema_core::model::Intents;
use schema_tests::target::{Target, files};

/// Usable as names and labels everywhere.
const HOSTILE: &[&str] = &[
    "it's",
    "quo\"te",
    "ti`ck",
    "back\\slash",
    "end\\",
    "line\nbreak",
    "line\r\n; DROP TABLE canary; --",
    "semi;colon",
    "--dash",
    "*/ end",
    "/* open",
    "$$; DROP TABLE canary; $$",
    "$1",
    "{}",
    "#hash",
    "%s",
    "select",
    "NULL",
    "tab\tbed",
    "имя",
    "a.b",
    "?",
    ":name",
    "@v",
    "' OR 1=1 --",
    "'); DROP TABLE canary; --",
    "\"); DROP TABLE canary; --",
    "`); DROP TABLE canary; --",
    "\\'); DROP TABLE canary; --",
    " leading",
    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
];

/// Beside, where the database takes them (`check` refuses them for MariaDB).
const ELSEWHERE: &[&str] = &["😀", "trailing "];

struct Names {
    dialect: Dialect,
    list: Vec<&'static str>,
    /// By how much texts, but not names, are moved along the list.
    turn: usize,
    /// Whether comments may hold a backslash.
    backslashes: bool,
}

impl Names {
    fn new(dialect: Dialect) -> Self {
        let more = if dialect.is_mysql() { &[] } else { ELSEWHERE };
        Self { dialect, list: [HOSTILE, more].concat(), turn: 0, backslashes: true }
    }

    fn name(&self, at: usize) -> &'static str {
        self.list[at % self.list.len()]
    }

    fn text(&self, at: usize) -> &'static str {
        self.name(at + self.turn)
    }

    fn comment(&self, at: usize) -> Option<String> {
        let text = self.text(at);
        let usable = self.dialect != Dialect::Sqlite && (self.backslashes || !text.contains('\\'));
        usable.then(|| text.to_owned())
    }

    /// A table for each name, whose other names and texts are those that follow.
    fn schema(&self) -> Schema {
        let mut schema = Schema::empty(self.dialect);
        let mut labels: Vec<String> = self.list.iter().map(|label| (*label).to_owned()).collect();
        labels.extend((self.turn > 0).then(|| "one more; --".to_owned()));
        let mood = ObjectName { schema: self.place(), name: "mood".to_owned() };
        schema.enums.insert(mood.clone(), EnumType { name: mood.clone(), labels, comment: None });
        for at in 0..self.list.len() {
            let table = self.table(at, &mood);
            schema.tables.insert(table.name.clone(), table);
        }
        schema
    }

    fn place(&self) -> Option<String> {
        (self.dialect == Dialect::Postgres).then(|| "public".to_owned())
    }

    fn table(&self, at: usize, mood: &ObjectName) -> Table {
        let mut table = Table::new(ObjectName { schema: self.place(), name: self.name(at).to_owned() });
        table.comment = self.comment(at + 1);
        let (big, text) = match self.dialect {
            Dialect::Sqlite => ("INTEGER", "TEXT"),
            Dialect::Postgres => ("bigint", "text"),
            Dialect::MariaDb | Dialect::MySql => ("bigint", "varchar(100)"),
        };
        let mut key = Column::new("id", SqlType::builtin(big));
        key.nullable = false;
        let mut said = Column::new(self.name(at + 2), SqlType::builtin(text));
        (said.nullable, said.default) = (false, Some(self.dialect.literal(self.text(at + 3))));
        said.comment = self.comment(at + 4);
        let mut label = Column::new(self.name(at + 5), SqlType::Named(mood.clone()));
        (label.nullable, label.default) = (false, Some(self.dialect.literal(self.text(at + 6))));
        let expression = format!("{} <> {}", self.dialect.quote(&said.name), self.within(self.text(at + 7)));
        table.checks.push(Check::new(format!("c{}", self.name(at)), expression));
        table.indexes.push(Index::new(format!("i{}", self.name(at)), vec![IndexKey::column(&said.name)]));
        table.primary_key = Some(PrimaryKey::new(format!("p{}", self.name(at)), vec!["id".to_owned()]));
        table.columns = vec![key, said, label];
        table.sort();
        table
    }

    /// A text within a check. MariaDB stores `_utf8mb4 X'5C'` there without the backslash, and `X'5C'` with it.
    fn within(&self, text: &str) -> String {
        let literal = self.dialect.literal(text);
        literal.strip_prefix("_utf8mb4 ").map_or_else(|| literal.clone(), str::to_owned)
    }

    /// The catalog says what the model says, rows get the defaults, and checks hold.
    async fn holds(&self, target: &mut Target) {
        let (wanted, found) = (self.schema(), target.schema().await);
        assert_eq!(found.tables.len(), wanted.tables.len() + 1, "the tables and the canary");
        if self.dialect == Dialect::Postgres {
            assert_eq!(found.enums, wanted.enums);
        }
        for (at, _) in self.list.iter().enumerate() {
            let wanted = self.table(at, &ObjectName::bare("mood"));
            let found = &found.tables[&wanted.name];
            assert_eq!(found.comment, wanted.comment, "{:?}", wanted.name);
            for column in &wanted.columns {
                let found = found.column(&column.name).unwrap_or_else(|| panic!("{:?} of {found:#?}", column.name));
                assert_eq!(found.comment, column.comment, "{:?}", column.name);
            }
            assert!(found.checks.iter().any(|check| check.name == wanted.checks[0].name), "{found:#?}");
            assert_eq!(found.indexes[0].name, wanted.indexes[0].name);
            if self.dialect.is_mysql() {
                let labels = self.schema().enums.into_values().next().unwrap().labels;
                let ty = found.column(self.name(at + 5)).unwrap().ty.to_string();
                assert_eq!(schema_core::dialect::mysql::types::labels_of(&ty).unwrap().1, labels);
            }
            self.takes_rows(target, at).await;
        }
        assert_eq!(target.rows("SELECT 'alive' FROM canary").await.len(), 1, "the canary");
    }

    async fn takes_rows(&self, target: &mut Target, at: usize) {
        let name = ObjectName { schema: self.place(), name: self.name(at).to_owned() };
        let table = self.dialect.qualified(&name);
        let (said, label) = (self.dialect.quote(self.name(at + 2)), self.dialect.quote(self.name(at + 5)));
        target.run(&format!("INSERT INTO {table} (id) VALUES (1)")).await;
        let text = if self.dialect == Dialect::Postgres { format!("{label}::text") } else { label };
        let row = target.rows(&format!("SELECT {said}, {text} FROM {table}")).await.remove(0);
        assert_eq!(row, [Some(self.text(at + 3).to_owned()), Some(self.text(at + 6).to_owned())], "{table}");
        let forbidden = self.dialect.literal(self.text(at + 7));
        let refused = target.execute(&format!("INSERT INTO {table} (id, {said}) VALUES (2, {forbidden})")).await;
        assert!(refused.is_err(), "the check of {table}");
        target.run(&format!("DELETE FROM {table}")).await;
    }
}

/// There, on to other texts, and back, while a table that nobody names lives on.
async fn there_and_back(mut names: Names, session: &str) {
    let mut target = Target::fresh(names.dialect).await;
    target.run("CREATE TABLE canary (id integer); INSERT INTO canary VALUES (1)").await;
    if !session.is_empty() {
        target.run(session).await;
    }
    let first = names.schema();
    let none = Intents::default();
    let made = files(&Schema::empty(names.dialect), &first, &none).unwrap();
    target.up(&made).await.unwrap();
    names.holds(&mut target).await;
    let catalog = target.schema().await;
    names.turn = 1;
    let changed = files(&first, &names.schema(), &none).unwrap();
    target.up(&changed).await.unwrap();
    names.holds(&mut target).await;
    target.down(&changed).await.unwrap();
    assert_eq!(target.schema().await, catalog);
    names.turn = 0;
    names.holds(&mut target).await;
    target.down(&made).await.unwrap();
    assert_eq!(target.schema().await.tables.len(), 1, "the canary alone");
}

#[tokio::test]
async fn postgres_takes_names_and_texts_as_they_are() {
    there_and_back(Names::new(Dialect::Postgres), "").await;
}

#[tokio::test]
async fn sqlite_takes_names_and_texts_as_they_are() {
    there_and_back(Names::new(Dialect::Sqlite), "").await;
}

#[tokio::test]
async fn mariadb_takes_names_and_texts_as_they_are() {
    there_and_back(Names::new(Dialect::MariaDb), "").await;
}

#[tokio::test]
async fn mariadb_takes_them_with_ansi_quotes() {
    there_and_back(Names::new(Dialect::MariaDb), "SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')").await;
}

/// No comment has a backslash there: the files refuse to run with one.
#[tokio::test]
async fn mariadb_takes_them_without_escapes() {
    let modes = "SET sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES,ANSI_QUOTES')";
    there_and_back(Names { backslashes: false, ..Names::new(Dialect::MariaDb) }, modes).await;
    let mut target = Target::fresh(Dialect::MariaDb).await;
    target.run(modes).await;
    let made = files(&Schema::empty(Dialect::MariaDb), &Names::new(Dialect::MariaDb).schema(), &Intents::default());
    let said = target.up(&made.unwrap()).await.unwrap_err();
    assert!(said.contains("sql_mode has NO_BACKSLASH_ESCAPES"), "{said}");
}
