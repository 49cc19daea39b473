//! A folder of migrations between schemas written as SQL, and a database that they are applied to.

use std::fs;

use schema_core::ir::{Dialect, Schema};
use schema_core::model::Intents;
use schema_runtime::Error;
use schema_runtime::connect::{ConnectSettings, Connection, connect};
use schema_runtime::migrate::{Back, Kept, Migrator, Report, Source, Target as Until};
use schema_tests::target::{Target, files};
use tempfile::TempDir;

use crate::way::made;

pub(crate) struct Shop {
    folder: TempDir,
    pub(crate) url: String,
    dialect: Dialect,
    state: Schema,
}

impl Shop {
    pub(crate) async fn new(dialect: Dialect) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match dialect {
            Dialect::Postgres => schema_tests::postgres().await,
            Dialect::MariaDb => schema_tests::mariadb().await,
            Dialect::Sqlite => format!("sqlite:{}", folder.path().join("shop.db").display()),
            other => panic!("{other} has no part in this suite"),
        };
        Self { folder, url, dialect, state: Schema::empty(dialect) }
    }

    /// A migration to the schema that `sql` makes, as the build writes it.
    pub(crate) async fn add(&mut self, version: i64, sql: &str, intents: &Intents) {
        let to = made(self.dialect, sql).await;
        let files = files(&self.state, &to, intents).unwrap_or_else(|findings| panic!("{findings}"));
        for (version, pair) in (version..).zip(&files) {
            for (way, text) in [("up", &pair.up), ("down", &pair.down)] {
                fs::write(self.folder.path().join(format!("{version}_{}.{way}.sql", pair.slug)), text).unwrap();
            }
        }
        self.state = to;
    }

    pub(crate) fn migrator(&self) -> Migrator {
        Migrator::new(Source::folder(self.folder.path()).unwrap())
    }

    /// The versions of its migrations.
    pub(crate) fn versions(&self) -> Vec<i64> {
        Source::folder(self.folder.path()).unwrap().migrations().iter().map(|file| file.version).collect()
    }

    pub(crate) async fn open(&self) -> Connection {
        connect(&self.url, &ConnectSettings::default()).await.unwrap()
    }

    pub(crate) async fn migrate(&self, until: Until) -> Result<Report, Error> {
        self.migrator().migrate(&mut self.open().await, until, &mut |_| {}).await
    }

    pub(crate) async fn revert(&self, back: Back) -> Result<Report, Error> {
        self.migrator().revert(&mut self.open().await, back, &mut |_| {}).await
    }

    pub(crate) async fn kept(&self) -> Vec<Kept> {
        self.migrator().kept(&mut self.open().await).await.unwrap()
    }

    pub(crate) async fn purge(&self, kept: &[Kept]) -> Result<Vec<Kept>, Error> {
        self.migrator().purge(&mut self.open().await, kept, &mut |_| {}).await
    }

    /// What is kept, without the schemas that tables move to: what it was, rows, and whether it takes up room.
    pub(crate) async fn listed(&self) -> Vec<String> {
        let kept = self.kept().await.into_iter().filter(Kept::is_visible);
        let text = |kept: Kept| {
            let rows = kept.rows.map_or("-".to_owned(), |rows| rows.to_string());
            let version = kept.version.map_or("-".to_owned(), |version| version.to_string());
            let takes_room = kept.bytes.map_or("-", |bytes| if bytes > 0 { "some" } else { "none" });
            format!("{} | {} | {version} | {rows} | {takes_room}", kept.what, kept.place)
        };
        kept.map(text).collect()
    }

    /// Another connection.
    pub(crate) async fn db(&self) -> Target {
        Target::open(&self.url).await
    }

    pub(crate) async fn run(&self, sql: &str) {
        self.db().await.run(sql).await;
    }

    /// Says that a migration was applied so many days ago.
    pub(crate) async fn age(&self, version: i64, days: u32) {
        let time = match self.dialect {
            Dialect::Postgres => format!("now() - interval '{days} days'"),
            Dialect::Sqlite => format!("datetime('now', '-{days} days')"),
            Dialect::MariaDb => format!("UTC_TIMESTAMP() - INTERVAL {days} DAY"),
            other => panic!("{other} has no part in this suite"),
        };
        self.run(&format!("UPDATE _sqlx_migrations SET installed_on = {time} WHERE version = {version}")).await;
    }
}
