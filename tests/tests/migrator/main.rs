//! The migrator on real databases that hold rows: SQLite files, a PostgreSQL and a MariaDB server.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

mod backfill;
mod faults;
mod halfway;
mod limits;
mod mariadb;
mod mariadb_backfill;
mod pooler;
mod postgres;
mod pressure;
mod processes;
mod sqlite;
mod sqlx_turns;

use std::fs;
use std::path::{Path, PathBuf};

use schema_runtime::Error;
use schema_runtime::connect::{ConnectSettings, Connection, connect};
use schema_runtime::migrate::{Back, Event, Migrator, Report, Source, Target};
use tempfile::TempDir;

/// A folder of migrations, and a SQLite database beside it.
struct Project {
    folder: TempDir,
}

impl Project {
    /// `(name without its ending, up, down)` for each migration.
    fn new(migrations: &[(&str, &str, &str)]) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(project.migrations()).unwrap();
        for (name, up, down) in migrations {
            project.add(name, up, down);
        }
        project
    }

    fn add(&self, name: &str, up: &str, down: &str) {
        self.write(&format!("{name}.up.sql"), up);
        self.write(&format!("{name}.down.sql"), down);
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.migrations().join(name), text).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.migrations().join(format!("{name}.up.sql"))).unwrap();
        fs::remove_file(self.migrations().join(format!("{name}.down.sql"))).unwrap();
    }

    fn migrations(&self) -> PathBuf {
        self.folder.path().join("migrations")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("app.db")
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.file().display())
    }

    fn migrator(&self) -> Migrator {
        Migrator::new(Source::folder(self.migrations()).unwrap())
    }

    async fn open(&self) -> Connection {
        open(&self.url()).await
    }

    async fn migrate(&self) -> Result<Report, Error> {
        migrate(&self.migrator(), &self.url()).await
    }

    async fn revert(&self, back: Back) -> Result<Report, Error> {
        revert(&self.migrator(), &self.url(), back).await
    }
}

async fn open(url: &str) -> Connection {
    connect(url, &ConnectSettings::default()).await.unwrap()
}

async fn migrate(migrator: &Migrator, url: &str) -> Result<Report, Error> {
    migrator.migrate(&mut open(url).await, Target::Latest, &mut |_| {}).await
}

async fn revert(migrator: &Migrator, url: &str, back: Back) -> Result<Report, Error> {
    migrator.revert(&mut open(url).await, back, &mut |_| {}).await
}

fn versions(done: &[schema_runtime::migrate::Done]) -> Vec<i64> {
    done.iter().map(|done| done.version).collect()
}

fn message(result: Result<Report, Error>) -> String {
    result.unwrap_err().to_string()
}

fn sql(text: impl Into<String>) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(text.into())
}

/// One column of a query on a SQLite file, as text.
async fn lite(project: &Project, query: &str) -> Vec<String> {
    let pool = sqlx::SqlitePool::connect(&project.url()).await.unwrap();
    let rows = sqlx::query_scalar(sql(query)).fetch_all(&pool).await.unwrap();
    pool.close().await;
    rows
}

async fn lite_execute(project: &Project, statement: &str) {
    let pool = sqlx::SqlitePool::connect(&project.url()).await.unwrap();
    sqlx::raw_sql(sql(statement)).execute(&pool).await.unwrap();
    pool.close().await;
}

const USERS: (&str, &str, &str) = (
    "1_users",
    "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);\nINSERT INTO users VALUES (1, 'ann'), (2, 'bob');\n",
    "DROP TABLE users;\n",
);
const AGE: (&str, &str, &str) = (
    "2_add_age",
    "ALTER TABLE users ADD COLUMN age INTEGER NOT NULL DEFAULT 7;\n",
    "ALTER TABLE users DROP COLUMN age;\n",
);
const POSTS: (&str, &str, &str) =
    ("3_posts", "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT);\n", "DROP TABLE posts;\n");

fn lock_file(database: &Path) -> PathBuf {
    PathBuf::from(format!("{}.schema-lock", database.display()))
}

/// The events of a run that went well, by their names.
async fn events(migrator: &Migrator, url: &str) -> Vec<Event> {
    let mut events = Vec::new();
    migrator.migrate(&mut open(url).await, Target::Latest, &mut |event| events.push(event)).await.unwrap();
    events
}

const NONE: [i64; 0] = [];
