//! A change of structs, run on a server with rows: up, down, up again.
//!
//! What the change leads to is held against the same tables made from nothing, by what the server prints.

use schema_core::ir::{Dialect, Schema};
use schema_core::model::{Intents, Model};
use schema_core::plan::DraftPair;
use schema_core::scan::{ScanOptions, scan};
use schema_tests::mariadb;
use schema_tests::target::files;
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

/// The model of a crate of one file.
pub(crate) fn model(source: &str) -> Model {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("lib.rs"), source).unwrap();
    let options = ScanOptions {
        crate_dir: dir.path().to_path_buf(),
        roots: vec!["lib.rs".into()],
        dialect: Dialect::MariaDb,
        cache_dir: None,
        modules: Vec::new(),
    };
    let scan = scan(&options).unwrap();
    assert_eq!(scan.findings, [], "the scan's own");
    scan.model
}

pub(crate) struct Database(pub(crate) MySqlConnection);

impl Database {
    pub(crate) async fn fresh() -> Self {
        Self(MySqlConnection::connect(&mariadb().await).await.unwrap())
    }

    pub(crate) async fn execute(&mut self, sql: &str) -> Result<(), String> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        self.0.execute(sql).await.map(drop).map_err(|error| error.to_string())
    }

    pub(crate) async fn run(&mut self, sql: &str) {
        self.execute(sql).await.unwrap_or_else(|error| panic!("{error}\nin: {sql}"));
    }

    pub(crate) async fn up(&mut self, pairs: &[DraftPair]) {
        for pair in pairs {
            self.run(&pair.up).await;
        }
    }

    pub(crate) async fn down(&mut self, pairs: &[DraftPair]) {
        for pair in pairs.iter().rev() {
            self.run(&pair.down).await;
        }
    }

    /// The first column of the rows.
    pub(crate) async fn values(&mut self, sql: &str) -> Vec<String> {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(&mut self.0).await.unwrap()
    }

    async fn tables(&mut self) -> Vec<String> {
        let sql =
            "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1";
        self.values(sql).await
    }

    /// What the server prints of each table, its lines in order: indexes are printed in that of their making.
    pub(crate) async fn catalog(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        for table in self.tables().await {
            let row: (String, String) = sqlx::query_as(AssertSqlSafe(format!("SHOW CREATE TABLE `{table}`")))
                // A statement that was prepared before shows a view as it was then.
                .persistent(false)
                .fetch_one(&mut self.0)
                .await
                .unwrap();
            let numbered = |word: &&str| !word.starts_with("AUTO_INCREMENT=");
            let line = |line: &str| line.split(' ').filter(numbered).collect::<Vec<_>>().join(" ");
            let mut lines: Vec<String> =
                row.1.lines().map(|text| format!("{table}: {}", line(text.trim().trim_end_matches(',')))).collect();
            lines.sort();
            found.extend(lines);
        }
        found
    }

    /// Every row of every table, as bytes.
    pub(crate) async fn rows(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        for table in self.tables().await {
            let columns = self
                .values(&format!(
                    "SELECT CONCAT('\\'', column_name, '\\', IFNULL(', IF(data_type = 'point', 'ST_AsText(`', 'QUOTE(`'), column_name, '`), \\'NULL\\')')
                    FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '{table}' ORDER BY column_name"
                ))
                .await;
            let sql = format!("SELECT CONCAT_WS(' ', '{table}:', {}) FROM `{table}` ORDER BY 1", columns.join(", "));
            found.extend(self.values(&sql).await);
        }
        found
    }
}

/// A change of tables that hold rows.
pub(crate) struct Trial {
    to: Schema,
    pub(crate) pairs: Vec<DraftPair>,
    pub(crate) db: Database,
    before: (Vec<String>, Vec<String>),
}

impl Trial {
    pub(crate) async fn new(from: &str, to: &str, rows: &str) -> Self {
        let (from, Model { schema: to, intents, .. }) = (model(from).schema, model(to));
        let pairs = files(&from, &to, &intents).unwrap_or_else(|error| panic!("{error}"));
        let mut db = made(&from).await;
        if !rows.is_empty() {
            db.run(rows).await;
        }
        let before = (db.catalog().await, db.rows().await);
        Self { to, pairs, db, before }
    }

    /// Up leads to the same as making the tables anew; down leads back, rows too; and up again. Returns the rows after it.
    pub(crate) async fn there_and_back(&mut self) -> Vec<String> {
        let wanted = made(&self.to).await.catalog().await;
        let mut after = Vec::new();
        for round in ["up", "up again"] {
            self.db.up(&self.pairs).await;
            assert_eq!(self.db.catalog().await, wanted, "{round}: {}", self.text());
            after = self.db.rows().await;
            if round == "up" {
                self.db.down(&self.pairs).await;
                let found = (self.db.catalog().await, self.db.rows().await);
                assert_eq!(found, self.before, "down: {}", self.text());
            }
        }
        after
    }

    /// What the server says when the files are applied, which must change nothing.
    pub(crate) async fn refused(&mut self) -> String {
        let mut said = None;
        for pair in &self.pairs {
            if let Err(error) = self.db.execute(&pair.up).await {
                said = Some(error);
                break;
            }
        }
        let said = said.unwrap_or_else(|| panic!("nothing was refused by {}", self.text()));
        assert_eq!((self.db.catalog().await, self.db.rows().await), self.before, "{}", self.text());
        said
    }

    pub(crate) fn text(&self) -> String {
        self.pairs.iter().map(|pair| format!("{}\n{}\n", pair.up, pair.down)).collect()
    }
}

async fn made(schema: &Schema) -> Database {
    let pairs = files(&Schema::empty(Dialect::MariaDb), schema, &Intents::default()).unwrap();
    let mut db = Database::fresh().await;
    db.up(&pairs).await;
    db
}
