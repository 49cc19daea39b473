//! One pair of schemas, checked.

use std::collections::BTreeSet;

use schema_core::decl::AllowCode;
use schema_core::dialect::mysql::lowered;
use schema_core::ir::{Dialect, Schema};
use schema_core::model::Intents;
use schema_core::plan::DraftPair;
use schema_tests::target::{Target, TextRow, files};

use super::intents::intents;
use super::ops::{build, change};
use super::rows::{after_down, after_up, dump, insert, surviving, with_rowids};
use super::sketch::{ColumnSketch, Id, Sketch, TableSketch};
use super::tape::Tape;

/// The choices that a pair is made by.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) build: Vec<Vec<u16>>,
    pub(crate) change: Vec<Vec<u16>>,
    pub(crate) rows: usize,
    pub(crate) values: Vec<u16>,
}

impl Case {
    pub(crate) fn pair(&self, dialect: Dialect) -> (Sketch, Sketch) {
        let a = build(dialect, &self.build);
        let b = change(std::slice::from_ref(&a), &self.change);
        (a, b)
    }

    /// The files between the two, which say all that the linter finds in them.
    pub(crate) fn drafted(&self, a: &Sketch, b: &Sketch) -> Result<Drafted, String> {
        let (from, to) = (a.schema(), b.schema());
        let mut intents = intents(a, b);
        // Every third case renames columns for two releases.
        let renamed: BTreeSet<_> = intents.column_renames.keys().cloned().collect();
        if a.dialect == Dialect::Postgres && self.rows.is_multiple_of(3) && !renamed.is_empty() {
            let online = Intents { online: renamed, ..intents.clone() };
            if refusable(files(&from, &to, &online), "can't be renamed online").is_some() {
                intents = online;
            }
        }
        // Every other case keeps what can be kept of what goes.
        let kept = self
            .rows
            .is_multiple_of(2)
            .then(|| keeping(a, b, &intents))
            .and_then(|intents| refusable(files(&from, &to, &intents), "can't be kept"));
        let is_kept = kept.is_some();
        let files = kept.unwrap_or_else(|| files(&from, &to, &intents)).map_err(|error| format!("plan: {error}"))?;
        Ok(Drafted { files, is_kept })
    }

    /// The pair and the files between, for people.
    pub(crate) fn describe(&self, dialect: Dialect) -> String {
        let (a, b) = self.pair(dialect);
        let intents = intents(&a, &b);
        let mut text = String::new();
        match files(&Schema::empty(dialect), &a.schema(), &Intents::default()) {
            Ok(files) => files.iter().for_each(|pair| text.push_str(&statements(&pair.up))),
            Err(error) => text.push_str(&error),
        }
        text.push_str(&format!("== {} rows in each table; then\n", self.rows));
        match files(&a.schema(), &b.schema(), &intents) {
            Ok(files) => files.iter().for_each(|pair| {
                let (up, down) = (statements(&pair.up), statements(&pair.down));
                text.push_str(&format!("-- up {}\n{up}-- down\n{down}", pair.slug));
            }),
            Err(error) => text.push_str(&error),
        }
        text
    }
}

/// The way between two schemas.
pub(crate) struct Drafted {
    pub(crate) files: Vec<DraftPair>,
    /// Whether what can be kept of what goes is kept.
    pub(crate) is_kept: bool,
}

pub(crate) fn statements(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("--") || line.starts_with("-- no-"));
    lines.filter(|line| !line.trim().is_empty()).map(|line| format!("{line}\n")).collect()
}

/// A database to go there and back on, and one to compare with.
pub(crate) struct Databases {
    pub(crate) dialect: Dialect,
    pub(crate) work: Target,
    pub(crate) fresh: Target,
    /// Tables whose rows' hidden numbers must stay.
    pub(crate) with_rowids: BTreeSet<Id>,
}

impl Databases {
    pub(crate) async fn new(dialect: Dialect) -> Self {
        let (work, fresh) = (Target::fresh(dialect).await, Target::fresh(dialect).await);
        Self { dialect, work, fresh, with_rowids: BTreeSet::new() }
    }

    pub(crate) async fn clear(&mut self) {
        if self.dialect == Dialect::Sqlite {
            (self.work, self.fresh) = (Target::fresh(self.dialect).await, Target::fresh(self.dialect).await);
            return;
        }
        if self.dialect.is_mysql() {
            for target in [&mut self.work, &mut self.fresh] {
                let names: Vec<String> = target.rows("SHOW TABLES").await.into_iter().flatten().flatten().collect();
                if !names.is_empty() {
                    let names = self.dialect.quoted_list(&names);
                    target
                        .run(&format!("SET foreign_key_checks = 0; DROP TABLE {names}; SET foreign_key_checks = 1"))
                        .await;
                }
            }
            return;
        }
        for target in [&mut self.work, &mut self.fresh] {
            // An earlier case may have ended within a transaction.
            target.run("ROLLBACK").await;
            let sql = "SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'";
            for row in target.rows(sql).await {
                let name = row.into_iter().next().flatten().unwrap_or_default();
                target.run(&format!("DROP SCHEMA {name} CASCADE")).await;
            }
            target.run("CREATE SCHEMA public").await;
        }
    }

    /// Says what went wrong with the pair, if anything did.
    pub(crate) async fn check(&mut self, case: &Case) -> Result<(), String> {
        self.clear().await;
        let (a, b) = case.pair(self.dialect);
        let (from, to) = (a.schema(), b.schema());
        let empty = Schema::empty(self.dialect);
        let none = Intents::default();

        self.work.up(&files(&empty, &from, &none).map_err(|e| format!("plan of the first: {e}"))?).await?;
        let first = self.work.schema().await;
        self.fresh.up(&files(&empty, &to, &none).map_err(|e| format!("plan of the second: {e}"))?).await?;
        let second = self.fresh.schema().await;
        same("the first schema as declared and as made", &skeleton(&from), &skeleton(&first))?;
        same("the second schema as declared and as made", &skeleton(&to), &skeleton(&second))?;

        let sketches = [a.clone(), b.clone()];
        self.with_rowids = with_rowids(&sketches);
        insert(&mut self.work, &sketches, case.rows, &mut Tape::new(&case.values)).await;
        let mut rows = self.before(&a, &b).await;

        let Drafted { files, is_kept } = case.drafted(&a, &b)?;
        let gone = if is_kept { self.gone(&a, &b).await } else { Vec::new() };
        rows = self.up((&a, &b), &files, &second, &rows).await.map_err(|error| format!("first up: {error}"))?;
        rows = self.down((&a, &b), &files, &first, &rows).await?;
        if is_kept {
            same("what was kept, before the up and after the down", &gone, &self.gone(&a, &b).await)?;
        }
        self.up((&a, &b), &files, &second, &rows).await.map_err(|error| format!("second up: {error}"))?;
        Ok(())
    }

    /// The values of all that goes.
    async fn gone(&mut self, a: &Sketch, b: &Sketch) -> Vec<Vec<TextRow>> {
        let mut gone = Vec::new();
        for old in &a.tables {
            let goes = |column: &&ColumnSketch| b.table(old.id).is_none_or(|new| new.column(column.id).is_none());
            let columns = old.columns.iter().filter(|column| column.generated.is_none()).filter(goes);
            gone.push(dump(&mut self.work, old, columns, false).await);
        }
        gone
    }

    /// The values that outlive the change, before it.
    pub(crate) async fn before(&mut self, a: &Sketch, b: &Sketch) -> Vec<Vec<TextRow>> {
        let mut rows = Vec::new();
        for (old, new) in both(a, b) {
            let rowids = self.with_rowids.contains(&old.id);
            rows.push(dump(&mut self.work, old, surviving(old, new).into_iter().map(|(old, _)| old), rowids).await);
        }
        rows
    }

    /// The same after it.
    pub(crate) async fn after(&mut self, a: &Sketch, b: &Sketch) -> Vec<Vec<TextRow>> {
        let mut rows = Vec::new();
        for (old, new) in both(a, b) {
            let rowids = self.with_rowids.contains(&old.id);
            rows.push(dump(&mut self.work, new, surviving(old, new).into_iter().map(|(_, new)| new), rowids).await);
        }
        rows
    }

    pub(crate) async fn up(
        &mut self,
        (a, b): (&Sketch, &Sketch),
        files: &[DraftPair],
        schema: &Schema,
        before: &[Vec<TextRow>],
    ) -> Result<Vec<Vec<TextRow>>, String> {
        self.work.up(files).await?;
        same("the catalog after the up and the second schema", &self.work.schema().await, schema)?;
        let mut after = Vec::new();
        for ((old, new), before) in both(a, b).into_iter().zip(before) {
            let columns = surviving(old, new);
            let expected = after_up(&mut self.work, (a, b), &columns, before).await;
            let rowids = self.with_rowids.contains(&old.id);
            let found = dump(&mut self.work, new, columns.iter().map(|(_, new)| *new), rowids).await;
            same(&format!("rows of `{}` after the up: expected and found", new.name), &expected, &found)?;
            after.push(found);
        }
        Ok(after)
    }

    pub(crate) async fn down(
        &mut self,
        (a, b): (&Sketch, &Sketch),
        files: &[DraftPair],
        schema: &Schema,
        before: &[Vec<TextRow>],
    ) -> Result<Vec<Vec<TextRow>>, String> {
        self.work.down(files).await?;
        same("the catalog after the down and the first schema", &self.work.schema().await, schema)?;
        let mut after = Vec::new();
        for ((old, new), before) in both(a, b).into_iter().zip(before) {
            let columns = surviving(old, new);
            let expected = after_down(a, b, &columns, before);
            let rowids = self.with_rowids.contains(&old.id);
            let found = dump(&mut self.work, old, columns.iter().map(|(old, _)| *old), rowids).await;
            same(&format!("rows of `{}` after the down: expected and found", old.name), &expected, &found)?;
            after.push(found);
        }
        Ok(after)
    }
}

/// The same consents, with all kept that has values of its own.
fn keeping(a: &Sketch, b: &Sketch, intents: &Intents) -> Intents {
    let mut intents = intents.clone();
    for allow in &mut intents.allows {
        let former = a.tables.iter().find(|old| b.table(old.id).is_some_and(|new| new.name == allow.object));
        let column = former.and_then(|table| table.columns.iter().find(|it| Some(&it.name) == allow.part.as_ref()));
        allow.keep = match allow.code {
            AllowCode::DropTable => true,
            AllowCode::DropColumn => column.is_some_and(|column| column.generated.is_none()),
            _ => false,
        };
    }
    intents
}

/// Nothing where something can't be done, and that is said in such words.
fn refusable(files: Result<Vec<DraftPair>, String>, words: &str) -> Option<Result<Vec<DraftPair>, String>> {
    match files {
        Err(error) if error.lines().all(|line| line.contains(words)) => None,
        files => Some(files),
    }
}

fn both<'a>(a: &'a Sketch, b: &'a Sketch) -> Vec<(&'a TableSketch, &'a TableSketch)> {
    a.tables.iter().filter_map(|old| Some((old, b.table(old.id)?))).collect()
}

pub(crate) fn same<T: PartialEq + std::fmt::Debug>(what: &str, left: &T, right: &T) -> Result<(), String> {
    if left == right {
        return Ok(());
    }
    let (left, right) = (format!("{left:#?}"), format!("{right:#?}"));
    let (left, right): (Vec<&str>, Vec<&str>) = (left.lines().collect(), right.lines().collect());
    let start = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let end = left[start..].iter().rev().zip(right[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    let part = |lines: &[&str]| lines[start.saturating_sub(6).min(lines.len())..lines.len() - end].join("\n");
    Err(format!("{what} differ:\n{}\n-- and --\n{}", part(&left), part(&right)))
}

/// The schema without what a database spells its own way.
pub(crate) fn skeleton(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    if schema.dialect.is_mysql() {
        schema.tables = lowered(&schema);
        schema.enums.clear();
    }
    let blank = |text: &mut String| text.clear();
    for table in schema.tables.values_mut() {
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        for column in &mut table.columns {
            column.default.iter_mut().for_each(blank);
            column.generated.iter_mut().for_each(|generated| generated.expression.clear());
        }
        table.checks.iter_mut().for_each(|check| check.expression.clear());
        for index in &mut table.indexes {
            index.predicate.iter_mut().for_each(blank);
            for key in &mut index.keys {
                if let schema_core::ir::IndexTarget::Expression(text) = &mut key.target {
                    text.clear();
                }
            }
        }
        if schema.dialect == Dialect::Sqlite {
            without_enums(table);
        }
    }
    if schema.dialect == Dialect::Sqlite {
        schema.enums.clear();
    }
    schema
}

/// What SQLite keeps of a column of an enum.
fn without_enums(table: &mut schema_core::ir::Table) {
    use schema_core::ir::{Check, SqlType};
    use schema_core::names::{Kind, derived};
    for column in &mut table.columns {
        if column.ty.named().is_some() {
            column.ty = SqlType::builtin("TEXT");
            let name = derived(&table.name.name, &[&column.name], Kind::Check);
            table.checks.push(Check::new(name, String::new()));
        }
    }
    table.sort();
}
