//! A runner that is killed: behind so many of its statements it does nothing any more, and neither tells nor tidies up.

use std::time::Duration;

use schema_core::ir::Dialect;
use tokio::sync::Notify;

use super::backend::{Applied, Backend, Effect, Note, Pace, Value};
use super::kept::Aside;
use super::run::Run;
use super::script::{Statement, statements};
use super::{Back, Migrator, Target, Task, with_run};
use crate::connect::{ConnectSettings, Connection};
use crate::error::Error;

/// A way through the migrations that can be gone again from wherever it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// All that is pending.
    Up,
    /// Down to this version, which stays.
    DownTo(i64),
}

impl Migrator {
    /// Goes a way. After that many statements that may change something the run is dropped, and its connection with it:
    /// false. True when it came to its end before.
    ///
    /// A statement of SQLite is one. On PostgreSQL it is what is sent as one message: the server runs it to its end, or
    /// not at all, whatever becomes of the client meanwhile.
    pub(crate) async fn killed_after(
        &self,
        statements: usize,
        mut connection: Connection,
        course: Course,
    ) -> Result<bool, Error> {
        let task = match course {
            Course::Up => Task::Migrate(Target::Latest),
            Course::DownTo(version) => Task::Revert(Back::To(version)),
        };
        let mut left = statements;
        let blown = Notify::new();
        with_run!(&mut connection, &mut |_| {}, run => {
            let backend = Fused { inner: &mut run.backend, left: &mut left, blown: &blown };
            let mut run = Run { backend, settings: run.settings, place: run.place, listener: run.listener, line: None, without_fills: false };
            tokio::select! {
                biased;
                result = self.under_lock(&mut run, task) => result.map(|_| true),
                () = blown.notified() => Ok(false),
            }
        })
    }
}

struct Fused<'a, B> {
    inner: &'a mut B,
    left: &'a mut usize,
    blown: &'a Notify,
}

impl<B: Backend> Fused<'_, B> {
    async fn burn(&mut self) {
        if *self.left == 0 {
            self.blown.notify_one();
            return std::future::pending().await;
        }
        *self.left -= 1;
    }

    /// Runs each part that can take effect without the next.
    async fn parts(&mut self, sql: &str) -> sqlx::Result<u64> {
        if self.inner.dialect() == Dialect::Postgres {
            self.burn().await;
            return self.inner.script(sql).await;
        }
        let mut changed = 0;
        for statement in statements(self.inner.dialect(), sql) {
            self.burn().await;
            changed += self.inner.script(sql.get(statement.start..statement.end).unwrap_or_default()).await?;
        }
        Ok(changed)
    }
}

impl<B: Backend> Backend for Fused<'_, B> {
    const TYPES: (&'static str, &'static str, &'static str) = B::TYPES;
    const STEPWISE: bool = B::STEPWISE;
    const BEGIN: &'static str = B::BEGIN;
    const KEPT_NAMES: &'static str = B::KEPT_NAMES;
    const KEPT: &'static str = B::KEPT;
    const AGES: &'static str = B::AGES;

    fn dialect(&self) -> Dialect {
        self.inner.dialect()
    }

    fn or_replace(key: &str, columns: &[&str]) -> String {
        B::or_replace(key, columns)
    }

    async fn open(&mut self, settings: &ConnectSettings) -> Result<(), Error> {
        self.inner.open(settings).await
    }

    async fn settle(&mut self, settings: &ConnectSettings, pace: Pace, attempt: u32) -> sqlx::Result<()> {
        self.inner.settle(settings, pace, attempt).await
    }

    fn table(&self, name: &str) -> String {
        self.inner.table(name)
    }

    async fn exists(&mut self, name: &str) -> sqlx::Result<bool> {
        self.inner.exists(name).await
    }

    async fn script(&mut self, sql: &str) -> sqlx::Result<u64> {
        self.parts(sql).await
    }

    async fn watched(&mut self, sql: &str, _: &mut (dyn FnMut(Vec<String>, Duration) + Send)) -> sqlx::Result<u64> {
        self.parts(sql).await
    }

    async fn rows(&mut self, sql: &str) -> sqlx::Result<Vec<Vec<Option<String>>>> {
        self.inner.rows(sql).await
    }

    async fn execute(&mut self, sql: &str, arguments: Vec<Value>) -> sqlx::Result<u64> {
        self.burn().await;
        self.inner.execute(sql, arguments).await
    }

    async fn applied(&mut self, sql: &str) -> sqlx::Result<Vec<Applied>> {
        self.inner.applied(sql).await
    }

    async fn notes(&mut self, sql: &str) -> sqlx::Result<Vec<Note>> {
        self.inner.notes(sql).await
    }

    async fn try_lock(&mut self) -> Result<bool, Error> {
        self.inner.try_lock().await
    }

    async fn holder(&mut self) -> Option<String> {
        self.inner.holder().await
    }

    async fn blockers(&mut self) -> Vec<String> {
        self.inner.blockers().await
    }

    fn stale(script: &str) -> Vec<String> {
        B::stale(script)
    }

    async fn holds_lock(&mut self) -> sqlx::Result<bool> {
        self.inner.holds_lock().await
    }

    async fn unlock(&mut self) -> sqlx::Result<()> {
        self.inner.unlock().await
    }

    fn kept_size(aside: &Aside) -> Option<[String; 2]> {
        B::kept_size(aside)
    }

    fn kept_removed(all: &[&Aside]) -> Vec<String> {
        B::kept_removed(all)
    }

    fn is_held_by_kept(error: &sqlx::Error) -> bool {
        B::is_held_by_kept(error)
    }

    fn passes(error: &sqlx::Error) -> bool {
        B::passes(error)
    }

    fn offset(&self, error: &sqlx::Error, script: &str) -> Option<usize> {
        self.inner.offset(error, script)
    }

    async fn effect(&mut self, script: &str) -> sqlx::Result<Effect> {
        self.inner.effect(script).await
    }

    async fn definitions(&mut self, statement: &Statement) -> sqlx::Result<String> {
        self.inner.definitions(statement).await
    }

    async fn recover(&mut self) -> sqlx::Result<()> {
        self.inner.recover().await
    }

    async fn verify(&mut self) -> sqlx::Result<()> {
        self.inner.verify().await
    }
}
