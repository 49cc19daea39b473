//! One table after the other, one row after the other, by trial.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::dialect::{literal, qualified};
use schema_core::ir::{Column, Dialect, ForeignKey, IndexTarget, ObjectName, Schema, SqlType, Table};

use super::order::order;
use super::values::{WORTH_TRYING, value};
use super::{Amount, Guide, Samples, Seeded, is_root, literal_of};
use crate::sides::{Work, WorkError};

/// How often a row is tried before its table counts as full.
const TRIES: usize = 80;

/// How two schemas correspond, from the names of the first to those of the second.
#[derive(Clone, Debug, Default)]
pub(crate) struct Correspondence {
    /// Tables that stay, former name to new.
    pub(crate) tables: BTreeMap<ObjectName, ObjectName>,
    /// (table's former name, column's former name) to its new name, for every column that stays.
    pub(crate) columns: BTreeMap<(ObjectName, String), String>,
    /// (enum's new name, label's former name) to the label that its rows get.
    pub(crate) labels: BTreeMap<(ObjectName, String), String>,
    /// Those of them that are renamed, and get their former names back on the way back.
    pub(crate) renamed_labels: BTreeMap<(ObjectName, String), String>,
    /// (table's new name, column's new name) to the SQL that rows without a value get.
    pub(crate) backfills: BTreeMap<(ObjectName, String), String>,
}

/// A row: literals by column.
type Row = BTreeMap<String, String>;

/// A row that is to be tried; a column without an entry gets what the database gives it.
type Candidate = BTreeMap<String, String>;

const NULL: &str = "NULL";

pub(super) struct Seeder<'a> {
    work: &'a mut Work,
    schema: &'a Schema,
    guide: Option<Guide<'a>>,
    amount: Amount,
    /// Tables that a former try found to be in a knot of foreign keys.
    skipped: &'a BTreeSet<ObjectName>,
    kept: BTreeMap<ObjectName, Vec<Row>>,
    lacking: Vec<String>,
    /// Foreign keys that were left NULL, because what they refer to came later.
    later: Vec<(ObjectName, ForeignKey)>,
    /// Tables with rows whose foreign keys are not checked yet.
    deferred: BTreeSet<ObjectName>,
}

struct Plan<'a> {
    name: ObjectName,
    table: &'a Table,
    columns: Vec<Col<'a>>,
    keys: Vec<ForeignKey>,
}

struct Col<'a> {
    name: &'a str,
    ty: &'a SqlType,
    /// Its type in the guide, where that is another.
    guide_type: Option<&'a SqlType>,
    nullable: bool,
    has_default: bool,
    /// The database numbers it.
    assigned: bool,
    /// The database will number it, from behind its largest value: so there must be a larger one.
    counted: bool,
    unique: bool,
    /// Values that constraints name.
    constants: Vec<String>,
}

impl Col<'_> {
    /// At the first try of a row, whether the database gives the value.
    fn is_defaulted(&self, number: usize) -> bool {
        self.has_default && !self.unique && number % 3 == 1
    }

    fn is_null(&self, at: usize, number: usize) -> bool {
        self.nullable && (number + at) % 3 == 2
    }

    /// How many rows before this one have a value of their own, so that the first ones of a type are never passed over.
    fn rank(&self, at: usize, number: usize) -> usize {
        (0..number).filter(|number| !self.is_defaulted(*number) && !self.is_null(at, *number)).count()
    }
}

impl<'a> Seeder<'a> {
    pub(super) fn new(
        work: &'a mut Work,
        schema: &'a Schema,
        guide: Option<Guide<'a>>,
        amount: Amount,
        skipped: &'a BTreeSet<ObjectName>,
    ) -> Self {
        let (kept, deferred) = (BTreeMap::new(), BTreeSet::new());
        Self { work, schema, guide, amount, skipped, kept, lacking: Vec::new(), later: Vec::new(), deferred }
    }

    /// Fills the tables; names those whose foreign keys turned out to be a knot, when the rows must go again.
    pub(super) async fn run(&mut self) -> Result<BTreeSet<ObjectName>, WorkError> {
        self.begin().await?;
        let roots = self.schema.tables.keys().filter(|name| is_root(self.schema, name));
        let keys: BTreeMap<ObjectName, Vec<ForeignKey>> =
            roots.map(|name| (name.clone(), self.foreign_keys(name))).collect();
        for name in order(&keys, |name, key| self.needs(name, key)) {
            let Some(table) = self.schema.tables.get(&name) else { continue };
            if self.skipped.contains(&name) {
                self.lacking
                    .push(format!("{name}: its foreign keys and others' refer to each other and can't be NULL"));
                continue;
            }
            let plan = self.plan(&name, table, keys.get(&name).cloned().unwrap_or_default());
            self.fill(&plan).await?;
        }
        self.refer().await?;
        self.end().await
    }

    pub(super) fn finish(self) -> (Seeded, Samples) {
        let tables: BTreeMap<String, usize> = self
            .kept
            .iter()
            .filter(|(_, rows)| !rows.is_empty())
            .map(|(name, rows)| (name.to_string(), rows.len()))
            .collect();
        let mut samples = Samples::new();
        for (name, rows) in &self.kept {
            let values = rows.iter().flatten().filter(|(_, value)| *value != NULL);
            for (column, value) in values {
                samples.entry((name.clone(), column.clone())).or_insert_with(|| value.clone());
            }
        }
        (Seeded { rows: tables.values().sum(), tables, lacking: self.lacking }, samples)
    }

    /// True for a foreign key that can't be NULL at first.
    fn needs(&self, table: &ObjectName, key: &ForeignKey) -> bool {
        let columns = self.schema.tables.get(table).map(|table| &table.columns);
        let nullable = |name: &String| columns.into_iter().flatten().any(|it| it.name == *name && it.nullable);
        !key.columns.iter().all(nullable)
    }

    async fn begin(&mut self) -> Result<(), WorkError> {
        let postgres = self.work.dialect() == Dialect::Postgres;
        let sql = if postgres { "BEGIN; SET CONSTRAINTS ALL IMMEDIATE" } else { "BEGIN" };
        self.work.execute(sql).await?;
        match &mut self.guide {
            Some(guide) => guide.work.execute(sql).await,
            None => Ok(()),
        }
    }

    /// Ends the transactions, if the constraints that were put off hold.
    async fn end(&mut self) -> Result<BTreeSet<ObjectName>, WorkError> {
        let hold = self.both("COMMIT").await;
        if hold.is_ok() {
            return Ok(BTreeSet::new());
        }
        if self.deferred.is_empty() {
            return hold.map(|()| BTreeSet::new());
        }
        let _ = self.both("ROLLBACK").await;
        Ok(std::mem::take(&mut self.deferred))
    }

    /// The guide first: it holds what the first database's own checks don't say.
    async fn both(&mut self, sql: &str) -> Result<(), WorkError> {
        if self.work.dialect() == Dialect::Postgres && sql == "COMMIT" {
            self.work.execute("SET CONSTRAINTS ALL IMMEDIATE").await?;
        }
        if let Some(guide) = &mut self.guide {
            guide.work.execute(sql).await?;
        }
        self.work.execute(sql).await
    }

    fn guide_table(&self, name: &ObjectName) -> Option<&'a Table> {
        let guide = self.guide.as_ref()?;
        guide.schema.tables.get(guide.correspondence.tables.get(name)?)
    }

    fn guide_column(&self, table: &ObjectName, column: &str) -> Option<&str> {
        let columns = &self.guide.as_ref()?.correspondence.columns;
        columns.get(&(table.clone(), column.to_owned())).map(String::as_str)
    }

    /// The foreign keys of both schemas, under the first one's names.
    fn foreign_keys(&self, name: &ObjectName) -> Vec<ForeignKey> {
        let own = self.schema.tables.get(name).map(|table| table.foreign_keys.clone()).unwrap_or_default();
        let theirs = self.guide_table(name).map(|table| table.foreign_keys.clone()).unwrap_or_default();
        let theirs = theirs.into_iter().filter_map(|key| self.former_key(name, key));
        let mut keys = own;
        for key in theirs {
            let known = |other: &ForeignKey| other.columns == key.columns && other.references == key.references;
            if !keys.iter().any(known) {
                keys.push(key);
            }
        }
        keys
    }

    fn former_key(&self, table: &ObjectName, key: ForeignKey) -> Option<ForeignKey> {
        let tables = &self.guide.as_ref()?.correspondence.tables;
        let references = tables.iter().find(|(_, new)| **new == key.references)?.0.clone();
        let former = |table: &ObjectName, column: &String| self.former_column(table, column);
        let columns = key.columns.iter().map(|column| former(table, column)).collect::<Option<Vec<_>>>()?;
        let referenced = key.referenced_columns.iter().map(|it| former(&references, it)).collect::<Option<Vec<_>>>()?;
        Some(ForeignKey { columns, referenced_columns: referenced, references, ..key })
    }

    fn former_column(&self, table: &ObjectName, new: &str) -> Option<String> {
        let columns = &self.guide.as_ref()?.correspondence.columns;
        columns.iter().find(|((owner, _), name)| owner == table && *name == new).map(|((_, old), _)| old.clone())
    }

    fn plan(&self, name: &ObjectName, table: &'a Table, keys: Vec<ForeignKey>) -> Plan<'a> {
        let texts = self.constraint_texts(name, table);
        let theirs = self.guide_table(name);
        let postgres = self.schema.dialect == Dialect::Postgres;
        let columns = table.columns.iter().filter(|column| column.generated.is_none()).map(|column| {
            let new = self.guide_column(name, &column.name).and_then(|new| theirs?.column(new));
            let filled = new.is_some_and(|new| self.backfill(name, &new.name).is_some());
            let referred = self.is_referred_to(name, &column.name);
            Col {
                name: &column.name,
                ty: &column.ty,
                guide_type: new.map(|new| &new.ty).filter(|ty| **ty != column.ty),
                nullable: column.nullable && new.is_none_or(|new| new.nullable || filled) && !referred,
                has_default: column.default.is_some(),
                assigned: is_numbered(column, postgres),
                counted: new.is_some_and(|new| is_numbered(new, postgres)),
                unique: is_unique(table, &column.name)
                    || new.is_some_and(|new| theirs.is_some_and(|table| is_unique(table, &new.name))),
                constants: self.constants(&texts, column.name.as_str(), &column.ty),
            }
        });
        Plan { name: name.clone(), table, columns: columns.collect(), keys }
    }

    fn backfill(&self, table: &ObjectName, new_column: &str) -> Option<&str> {
        let correspondence = self.guide.as_ref()?.correspondence;
        let table = correspondence.tables.get(table)?;
        correspondence.backfills.get(&(table.clone(), new_column.to_owned())).map(String::as_str)
    }

    fn is_referred_to(&self, table: &ObjectName, column: &str) -> bool {
        let mut keys = self.schema.tables.values().flat_map(|table| &table.foreign_keys);
        keys.any(|key| key.references == *table && key.referenced_columns.iter().any(|name| name == column))
    }

    /// Every expression that decides which rows the table takes.
    fn constraint_texts(&self, name: &ObjectName, table: &Table) -> Vec<String> {
        let mut texts = expressions(table);
        texts.extend(self.guide_table(name).into_iter().flat_map(expressions));
        texts.extend(bounds(self.schema, table));
        if let Some((guide, table)) = self.guide.as_ref().zip(self.guide_table(name)) {
            texts.extend(bounds(guide.schema, table));
        }
        texts
    }

    fn constants(&self, texts: &[String], column: &str, ty: &SqlType) -> Vec<String> {
        let mut all: Vec<String> =
            texts.iter().filter(|text| mentions(text, column)).flat_map(|text| constants(text)).collect();
        if let Some(domain) = ty.named().and_then(|name| self.schema.domains.get(name)) {
            all.extend(domain.checks.iter().flat_map(|check| constants(&check.expression)));
        }
        let mut seen = BTreeSet::new();
        all.retain(|text| self.suits(ty, text) && seen.insert(text.clone()));
        all
    }

    /// False for a text that is surely none of the type's values.
    fn suits(&self, ty: &SqlType, text: &str) -> bool {
        match ty {
            SqlType::Array(_) => text.starts_with('{'),
            SqlType::Named(name) => match (self.schema.enums.get(name), self.schema.domains.get(name)) {
                (Some(ty), _) => ty.labels.iter().any(|label| label == text),
                (None, Some(domain)) => self.suits(&domain.ty, text),
                (None, None) => false,
            },
            SqlType::Builtin(name) => match name.split('(').next().unwrap_or_default() {
                "boolean" | "uuid" | "json" | "jsonb" | "bytea" => false,
                "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => {
                    text.parse::<f64>().is_ok()
                }
                name if self.schema.dialect.is_mysql() => suits_mysql(name, text),
                _ => true,
            },
        }
    }

    async fn fill(&mut self, plan: &Plan<'_>) -> Result<(), WorkError> {
        self.defer(plan).await;
        self.kept.insert(plan.name.clone(), Vec::new());
        for number in 0..self.amount.rows {
            if let Err(error) = self.row(plan, number).await? {
                let count = self.kept.get(&plan.name).map_or(0, Vec::len);
                self.lacking.push(format!("{}: {count} of {} rows, then {error}", plan.name, self.amount.rows));
                break;
            }
        }
        Ok(())
    }

    /// One more row, or why there is none.
    async fn row(&mut self, plan: &Plan<'_>, number: usize) -> Result<Result<(), WorkError>, WorkError> {
        let mut candidate = Candidate::new();
        let mut vary: Option<BTreeSet<String>> = None;
        let mut last = None;
        for attempt in 0..TRIES {
            candidate = self.candidate(plan, number, attempt, &candidate, vary.as_ref());
            match self.put(plan, &candidate).await? {
                Ok(row) => {
                    self.kept.entry(plan.name.clone()).or_default().push(row);
                    return Ok(Ok(()));
                }
                Err(error) if attempt > 8 && !error.is_about_rows() => return Ok(Err(error)),
                Err(error) => {
                    // From time to time everything is thrown anew: what is kept may be what stands in the way.
                    vary = if attempt % 10 == 9 { None } else { self.at_fault(plan, &error) };
                    last = Some(error);
                }
            }
        }
        Ok(last.map_or(Ok(()), Err))
    }

    /// The columns that a broken constraint is about.
    fn at_fault(&self, plan: &Plan<'_>, error: &WorkError) -> Option<BTreeSet<String>> {
        if let Some(column) = &error.column {
            return Some(BTreeSet::from([self.former_column(&plan.name, column).unwrap_or_else(|| column.clone())]));
        }
        let constraint = error.constraint.as_ref()?;
        let mut columns = constrained(plan.table, constraint);
        if let Some(table) = self.guide_table(&plan.name) {
            let theirs = constrained(table, constraint);
            columns.extend(theirs.iter().filter_map(|column| self.former_column(&plan.name, column)));
        }
        (!columns.is_empty()).then_some(columns)
    }

    fn candidate(
        &self,
        plan: &Plan<'_>,
        number: usize,
        attempt: usize,
        last: &Candidate,
        vary: Option<&BTreeSet<String>>,
    ) -> Candidate {
        let mut candidate = Candidate::new();
        let again = |name: &str| attempt == 0 || vary.is_none_or(|vary| vary.contains(name));
        let mut referring = BTreeSet::new();
        for key in &plan.keys {
            referring.extend(key.columns.iter().map(String::as_str));
            if key.columns.iter().any(|column| again(column)) {
                self.refer_to(plan, key, number, attempt, &mut candidate);
            }
        }
        for (at, column) in plan.columns.iter().enumerate() {
            let name = column.name;
            if candidate.contains_key(name) {
                continue;
            }
            if !again(name) || (referring.contains(name) && last.contains_key(name) && attempt > 0) {
                candidate.extend(last.get(name).map(|value| (name.to_owned(), value.clone())));
                continue;
            }
            let chance = hash(&[at, number, attempt]).wrapping_add(self.shift());
            let defaulted =
                if attempt == 0 { column.is_defaulted(number) } else { column.has_default && chance.is_multiple_of(7) };
            let null = if attempt == 0 { column.is_null(at, number) } else { column.nullable && chance % 5 == 1 };
            if column.assigned || (defaulted && !column.unique) {
                continue;
            }
            let rank = if column.unique { number } else { column.rank(at, number) + self.shift() * at };
            let value = if null { NULL.to_owned() } else { self.value(column, rank, attempt, chance) };
            candidate.insert(name.to_owned(), value);
        }
        for key in plan.keys.iter().filter(|key| key.references == plan.name) {
            refer_to_itself(plan, key, &mut candidate);
        }
        candidate
    }

    fn value(&self, column: &Col<'_>, number: usize, attempt: usize, chance: usize) -> String {
        if column.counted {
            let at = if attempt == 0 { number } else { chance / 64 % 97 };
            return self.written(&(at + 1).to_string());
        }
        let constant = |at: usize| column.constants.get(at.checked_rem(column.constants.len())?);
        let at = if column.unique { chance / 64 % 97 } else { chance / 64 % WORTH_TRYING };
        let text = match (attempt, column.guide_type, &self.guide) {
            (0, ..) if column.unique || column.constants.is_empty() => {
                value(self.schema, column.ty, number.saturating_add(self.shift()))
            }
            (0, ..) => constant(number).cloned().unwrap_or_default(),
            _ if !column.constants.is_empty() && !chance.is_multiple_of(3) => {
                constant(chance / 64).cloned().unwrap_or_default()
            }
            (_, Some(ty), Some(guide)) if chance.is_multiple_of(2) => value(guide.schema, ty, at),
            _ => value(self.schema, column.ty, at),
        };
        self.written(&text)
    }

    fn written(&self, text: &str) -> String {
        written(self.schema.dialect, text)
    }

    /// By how much the values of this seed are other ones.
    fn shift(&self) -> usize {
        usize::try_from(self.amount.seed).unwrap_or_default()
    }

    /// Sets a foreign key's columns to those of a row that is there, or to NULL.
    fn refer_to(&self, plan: &Plan<'_>, key: &ForeignKey, number: usize, attempt: usize, candidate: &mut Candidate) {
        let pairs = || key.columns.iter().zip(&key.referenced_columns);
        let column = |name: &str| plan.columns.iter().find(|column| column.name == name);
        let suits = |row: &&Row| {
            pairs().all(|(own, other)| match (candidate.get(own), row.get(other)) {
                (_, None) => false,
                (_, Some(value)) if value == NULL => false,
                (Some(own), Some(value)) => own == value,
                (None, Some(_)) => true,
            })
        };
        let rows: Vec<&Row> = self.kept.get(&key.references).into_iter().flatten().filter(suits).collect();
        let nullable = key.columns.iter().all(|name| column(name).is_none_or(|column| column.nullable));
        let at = if attempt == 0 { number } else { hash(&[number, attempt, key.name.len()]) };
        let chosen = at.checked_rem(rows.len()).and_then(|at| rows.get(at));
        match chosen {
            Some(row) if !(nullable && number % 4 == 3) => {
                for (own, other) in pairs() {
                    candidate.extend(row.get(other).map(|value| (own.clone(), value.clone())));
                }
            }
            _ if nullable => {
                for own in &key.columns {
                    candidate.entry(own.clone()).or_insert_with(|| NULL.to_owned());
                }
            }
            // Those that come later get the values of their numbers first.
            _ => {
                let referenced = self.schema.tables.get(&key.references);
                for (own, other) in pairs() {
                    let ty = referenced.and_then(|table| table.column(other)).map(|column| &column.ty);
                    let number = number.saturating_add(self.shift());
                    let value = ty.map(|ty| self.written(&value(self.schema, ty, number)));
                    candidate.extend(value.map(|value| (own.clone(), value)));
                }
            }
        }
    }

    /// Puts off the check of foreign keys that refer to what comes later and can't be NULL; notes those that can.
    async fn defer(&mut self, plan: &Plan<'_>) {
        for key in &plan.keys {
            let there = self.kept.contains_key(&key.references) || key.references == plan.name;
            if there || !self.schema.tables.contains_key(&key.references) {
                continue;
            }
            let nullable = |name: &String| plan.columns.iter().any(|column| column.name == *name && column.nullable);
            if key.columns.iter().all(nullable) {
                self.later.push((plan.name.clone(), key.clone()));
            } else if key.deferrable.is_some() && self.schema.dialect == Dialect::Postgres {
                let name = qualified(&plan.name.sibling(&key.name));
                let sql = format!("SET CONSTRAINTS {name} DEFERRED");
                if tried(self.work, &sql).await.is_ok() {
                    self.deferred.insert(plan.name.clone());
                }
                if let Some(guide) = &mut self.guide {
                    let _ = tried(guide.work, &sql).await;
                }
            }
        }
    }

    /// Tries a row in both databases: in both it stays, or in none.
    async fn put(&mut self, plan: &Plan<'_>, candidate: &Candidate) -> Result<Result<Row, WorkError>, WorkError> {
        let row = match self.insert(plan, candidate).await {
            Ok(row) => row,
            Err(error) => {
                self.work.execute("ROLLBACK TO SAVEPOINT seed").await?;
                return Ok(Err(error));
            }
        };
        if let Err(error) = self.insert_into_guide(plan, &row).await? {
            self.work.execute("ROLLBACK TO SAVEPOINT seed").await?;
            return Ok(Err(error));
        }
        self.work.execute("RELEASE SAVEPOINT seed").await?;
        Ok(Ok(row))
    }

    async fn insert(&mut self, plan: &Plan<'_>, candidate: &Candidate) -> Result<Row, WorkError> {
        let names: Vec<&str> = plan.table.columns.iter().map(|column| column.name.as_str()).collect();
        let shown: Vec<String> =
            plan.table.columns.iter().map(|column| literal_of(self.schema.dialect, column)).collect();
        let returning = if shown.is_empty() { "'row'".to_owned() } else { shown.join(", ") };
        let values: Vec<(&str, &str)> = candidate.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let insert = insert_into(self.schema.dialect, &plan.name, &values);
        let rows = self.work.rows(&format!("SAVEPOINT seed; {insert} RETURNING {returning}")).await?;
        let row = rows.into_iter().next().ok_or_else(|| WorkError::of("the table takes no row"))?;
        let literals = row.into_iter().map(|value| value.unwrap_or_else(|| NULL.to_owned()));
        Ok(names.into_iter().map(str::to_owned).zip(literals).collect())
    }

    async fn insert_into_guide(&mut self, plan: &Plan<'_>, row: &Row) -> Result<Result<(), WorkError>, WorkError> {
        let Some(table) = self.guide_table(&plan.name) else { return Ok(Ok(())) };
        let mut result = Ok(());
        for form in [Form::Assigned, Form::Cast, Form::Text] {
            let values = self.guide_values(plan, table, row, form);
            let values: Vec<(&str, &str)> =
                values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let insert = insert_into(self.schema.dialect, &table.name, &values);
            if let Some(column) = self.changed_value(plan, table, row, &insert).await? {
                let error = WorkError::of(&format!("the new type would change a value of {column}"));
                return Ok(Err(WorkError { column: Some(column), ..error }));
            }
            let Some(guide) = &mut self.guide else { break };
            result = tried(guide.work, &insert).await;
            let typed = plan.columns.iter().any(|column| column.guide_type.is_some());
            match &result {
                Err(error) if typed && !error.is_about_rows() => {}
                _ => break,
            }
        }
        Ok(result)
    }

    /// SQLite takes any value and converts it; migrations refuse what a new type would change. The column of the first one.
    async fn changed_value(
        &mut self,
        plan: &Plan<'_>,
        table: &Table,
        row: &Row,
        insert: &str,
    ) -> Result<Option<String>, WorkError> {
        let retyped: Vec<(&str, String, String)> = plan
            .columns
            .iter()
            .filter_map(|column| {
                let natural = value(self.schema, column.guide_type?, 0);
                let natural = if natural.parse::<f64>().is_ok() { natural } else { self.written(&natural) };
                Some((column.name, self.guide_column(&plan.name, column.name)?.to_owned(), natural))
            })
            .filter(|(_, new, _)| table.column(new).is_some())
            .collect();
        if self.schema.dialect != Dialect::Sqlite || retyped.is_empty() {
            return Ok(None);
        }
        let shown = retyped
            .iter()
            .filter_map(|(_, new, _)| Some(literal_of(self.schema.dialect, table.column(new)?)))
            .collect::<Vec<_>>();
        let Some(guide) = &mut self.guide else { return Ok(None) };
        let stored = guide.work.rows(&format!("SAVEPOINT look; {insert} RETURNING {}", shown.join(", "))).await;
        guide.work.execute("ROLLBACK TO SAVEPOINT look; RELEASE SAVEPOINT look").await?;
        let stored = stored.unwrap_or_default().into_iter().flatten();
        let changed = |((old, name, natural), new): (&(&str, String, String), Option<String>)| {
            let new = new.unwrap_or_else(|| NULL.to_owned());
            let is_at_home = new == NULL || class(&new) == class(natural);
            let is_same = is_at_home && row.get(*old).is_some_and(|old| is_same_value(&new, old));
            (!is_same).then(|| name.clone())
        };
        Ok(retyped.iter().zip(stored).find_map(changed))
    }

    /// What the row must become, by the new table's columns.
    fn guide_values(&self, plan: &Plan<'_>, table: &Table, row: &Row, form: Form) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        for old in &plan.table.columns {
            let Some(new) = self.guide_column(&plan.name, &old.name).and_then(|new| table.column(new)) else {
                continue;
            };
            if new.generated.is_some() {
                continue;
            }
            let value = row.get(&old.name).map_or(NULL, String::as_str);
            let value = match self.backfill(&plan.name, &new.name) {
                Some(backfill) if value == NULL && !new.nullable => format!("({backfill})"),
                _ => self.converted(value, &old.ty, &new.ty, form),
            };
            values.insert(new.name.clone(), value);
        }
        for new in &table.columns {
            let fills = self.backfill(&plan.name, &new.name).filter(|_| !values.contains_key(&new.name));
            let value = fills.map(|value| format!("({value})"));
            values.extend(value.map(|value| (new.name.clone(), value)));
        }
        values
    }

    fn converted(&self, value: &str, old: &SqlType, new: &SqlType, form: Form) -> String {
        let Some(guide) = &self.guide else { return value.to_owned() };
        if let Some(name) = new.named() {
            let labels: Vec<(&String, &String)> = guide
                .correspondence
                .labels
                .iter()
                .filter(|((owner, _), _)| owner == name)
                .map(|((_, old), new)| (old, new))
                .collect();
            let is_array = matches!(new, SqlType::Array(_));
            return relabelled(value, &labels, is_array);
        }
        if old == new || self.schema.dialect != Dialect::Postgres || value == NULL || old.named().is_some() {
            return value.to_owned();
        }
        match form {
            Form::Assigned => format!("{value}::{}", type_text(old)),
            Form::Cast => format!("{value}::{}::{}", type_text(old), type_text(new)),
            Form::Text => value.to_owned(),
        }
    }

    /// Lets rows refer to those that came later.
    async fn refer(&mut self) -> Result<(), WorkError> {
        for (name, key) in std::mem::take(&mut self.later) {
            let Some(identity) = self.schema.tables.get(&name).and_then(|table| table.primary_key.clone()) else {
                continue;
            };
            let rows = self.kept.get(&name).cloned().unwrap_or_default();
            let others = self.kept.get(&key.references).cloned().unwrap_or_default();
            for (row, other) in rows.iter().zip(&others) {
                let set: Vec<(&str, &String)> = key
                    .columns
                    .iter()
                    .zip(&key.referenced_columns)
                    .filter_map(|(own, referenced)| Some((own.as_str(), other.get(referenced)?)))
                    .collect();
                let by: Vec<(&str, &String)> =
                    identity.columns.iter().filter_map(|column| Some((column.as_str(), row.get(column)?))).collect();
                if set.len() == key.columns.len() && set.iter().all(|(_, value)| *value != NULL) {
                    self.update(&name, &set, &by).await?;
                }
            }
        }
        Ok(())
    }

    async fn update(
        &mut self,
        name: &ObjectName,
        set: &[(&str, &String)],
        by: &[(&str, &String)],
    ) -> Result<(), WorkError> {
        self.work.execute("SAVEPOINT later").await?;
        let result = tried(self.work, &update(self.schema.dialect, name, set, by)).await;
        let theirs = self.guide_update(name, set, by);
        let result = match (result, theirs, &mut self.guide) {
            (Ok(()), Some(sql), Some(guide)) => tried(guide.work, &sql).await,
            (result, ..) => result,
        };
        let end = if result.is_ok() { "RELEASE SAVEPOINT later" } else { "ROLLBACK TO SAVEPOINT later" };
        self.work.execute(end).await
    }

    fn guide_update(&self, name: &ObjectName, set: &[(&str, &String)], by: &[(&str, &String)]) -> Option<String> {
        let table = self.guide_table(name)?;
        // A column that goes takes its value along.
        Some(update(
            self.schema.dialect,
            &table.name,
            &self.under_new_names(name, set)?,
            &self.under_new_names(name, by)?,
        ))
    }

    fn under_new_names<'v>(&self, table: &ObjectName, pairs: &[(&str, &'v String)]) -> Option<Vec<(&str, &'v String)>> {
        pairs.iter().map(|(column, value)| Some((self.guide_column(table, column)?, *value))).collect()
    }
}

/// Types of MariaDB and MySQL whose values are bytes, which a text can't show.
pub(crate) fn is_binary(ty: &SqlType) -> bool {
    const NAMES: [&str; 5] = ["bit", "point", "geometry", "linestring", "polygon"];
    let text = ty.to_string();
    let base = text.split(['(', ' ']).next().unwrap_or_default();
    base.ends_with("binary") || base.ends_with("blob") || NAMES.contains(&base) || base.starts_with("multi")
}

/// False for a text that is surely none of the values of such a type of MariaDB or MySQL.
fn suits_mysql(name: &str, text: &str) -> bool {
    match name.split(' ').next().unwrap_or_default() {
        "json" | "uuid" => false,
        base if base.ends_with("int") || ["decimal", "float", "double", "year"].contains(&base) => {
            text.parse::<f64>().is_ok()
        }
        _ => true,
    }
}

/// True for a column that gets its values from a sequence.
fn is_numbered(column: &Column, postgres: bool) -> bool {
    let from_sequence = postgres && column.default.as_ref().is_some_and(|text| text.starts_with("nextval("));
    column.identity.is_some() || from_sequence
}

/// The same literal, the same number in another spelling, or the number that a text spells to the letter.
fn is_same_value(new: &str, old: &str) -> bool {
    let spelt = old.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    new == old || new.parse::<f64>().is_ok_and(|number| old.parse() == Ok(number) || spelt == Some(new))
}

/// What kind of literal it is: a text, bytes or a number.
fn class(literal: &str) -> &'static str {
    match literal.chars().next() {
        Some('\'') => "text",
        Some('x' | 'X') => "bytes",
        _ => "number",
    }
}

/// How a value whose column gets another type is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As its old type, assigned to the new one.
    Assigned,
    /// Cast to the new type.
    Cast,
    /// As the new type reads it.
    Text,
}

/// Runs a statement within a transaction, which goes on when it fails.
async fn tried(work: &mut Work, sql: &str) -> Result<(), WorkError> {
    let result = work.execute(&format!("SAVEPOINT trial; {sql}")).await;
    let end = if result.is_ok() { "RELEASE SAVEPOINT trial" } else { "ROLLBACK TO SAVEPOINT trial" };
    work.execute(end).await?;
    result
}

fn insert_into(dialect: Dialect, table: &ObjectName, values: &[(&str, &str)]) -> String {
    let table = dialect.qualified(table);
    if values.is_empty() {
        let nothing = if dialect.is_mysql() { "() VALUES ()" } else { "DEFAULT VALUES" };
        return format!("INSERT INTO {table} {nothing}");
    }
    let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
    let overriding = if dialect == Dialect::Postgres { "OVERRIDING SYSTEM VALUE " } else { "" };
    let values: Vec<&str> = values.iter().map(|(_, value)| *value).collect();
    format!("INSERT INTO {table} ({}) {overriding}VALUES ({})", dialect.quoted_list(&names), values.join(", "))
}

fn update(dialect: Dialect, table: &ObjectName, set: &[(&str, &String)], by: &[(&str, &String)]) -> String {
    let pairs = |pairs: &[(&str, &String)], separator: &str| {
        pairs
            .iter()
            .map(|(column, value)| format!("{} = {value}", dialect.quote(column)))
            .collect::<Vec<_>>()
            .join(separator)
    };
    format!("UPDATE {} SET {} WHERE {}", dialect.qualified(table), pairs(set, ", "), pairs(by, " AND "))
}

/// A row that must refer to one of its own table, and is the first, refers to itself.
fn refer_to_itself(plan: &Plan<'_>, key: &ForeignKey, candidate: &mut Candidate) {
    for (own, other) in key.columns.iter().zip(&key.referenced_columns) {
        let nullable = plan.columns.iter().any(|column| column.name == *own && column.nullable);
        let numbered = plan.columns.iter().any(|column| column.name == *other && column.assigned);
        match candidate.get(other).cloned() {
            Some(value) if !nullable => {
                candidate.insert(own.clone(), value);
            }
            None if !nullable && numbered && !candidate.contains_key(own) => {
                candidate.insert(own.clone(), "1".to_owned());
                candidate.insert(other.clone(), "1".to_owned());
            }
            _ => {}
        }
    }
}

fn relabelled(value: &str, labels: &[(&String, &String)], is_array: bool) -> String {
    let new = |text: &str| labels.iter().find(|(old, _)| old.as_str() == text).map(|(_, new)| (*new).clone());
    let Some(text) = value.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) else { return value.to_owned() };
    if is_array {
        let items = text.trim_start_matches('{').trim_end_matches('}').split(',');
        let items = items.map(|item| new(item.trim_matches('"')).unwrap_or_else(|| item.to_owned()));
        return literal(&format!("{{{}}}", items.collect::<Vec<_>>().join(",")));
    }
    new(&text.replace("''", "'")).map_or_else(|| value.to_owned(), |label| literal(&label))
}

/// A type as PostgreSQL reads it.
pub(crate) fn type_text(ty: &SqlType) -> String {
    match ty {
        SqlType::Builtin(text) => text.clone(),
        SqlType::Named(name) => qualified(name),
        SqlType::Array(element) => format!("{}[]", type_text(element)),
    }
}

pub(crate) fn is_unique(table: &Table, column: &str) -> bool {
    let keys = table.primary_key.iter().map(|key| &key.columns).chain(table.uniques.iter().map(|key| &key.columns));
    let indexes = table.indexes.iter().filter(|index| index.unique).flat_map(|index| &index.keys);
    let excluded = table.exclusions.iter().flat_map(|exclusion| &exclusion.elements).map(|element| &element.key);
    keys.flatten().any(|name| name == column)
        || indexes.chain(excluded).any(|key| mentions(target_text(&key.target), column))
}

/// A literal of a type, one that expressions name if they name any.
pub(crate) fn sample_value(schema: &Schema, ty: &SqlType, expressions: &[String]) -> String {
    let named = expressions.iter().flat_map(|text| constants(text)).next();
    written(schema.dialect, &named.unwrap_or_else(|| value(schema, ty, 0)))
}

/// A text as a literal; one that starts with NUL stands for bytes.
fn written(dialect: Dialect, text: &str) -> String {
    match text.strip_prefix('\0') {
        Some(bytes) => {
            let hex: String = bytes.bytes().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{hex}'")
        }
        None => dialect.literal(text),
    }
}

fn target_text(target: &IndexTarget) -> &str {
    match target {
        IndexTarget::Column(text) | IndexTarget::Expression(text) => text,
    }
}

/// The bounds of partitions, each as if it were a text over the key that its table is split by.
fn bounds<'s>(schema: &'s Schema, table: &'s Table) -> impl Iterator<Item = String> {
    let parent = table.partition_of.as_ref().and_then(|of| schema.tables.get(&of.parent)).unwrap_or(table);
    let keys = parent.partition_by.iter().flat_map(|by| &by.keys);
    let keys: String = keys.map(|key| target_text(&key.target)).collect::<Vec<_>>().join(" ");
    let bounds = schema.tables.values().filter_map(|table| table.partition_of.as_ref());
    bounds.map(move |partition| format!("{keys} {}", partition.bound))
}

/// The columns that a constraint or index of that name is about.
fn constrained(table: &Table, constraint: &str) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    let lists = table
        .primary_key
        .iter()
        .map(|key| (&key.name, &key.columns))
        .chain(table.uniques.iter().map(|key| (&key.name, &key.columns)))
        .chain(table.foreign_keys.iter().map(|key| (&key.name, &key.columns)));
    lists.filter(|(name, _)| *name == constraint).for_each(|(_, list)| columns.extend(list.iter().cloned()));
    let mut texts: Vec<&str> = Vec::new();
    texts.extend(table.checks.iter().filter(|check| check.name == constraint).map(|check| check.expression.as_str()));
    let keys = table.indexes.iter().filter(|index| index.name == constraint).flat_map(|index| &index.keys);
    texts.extend(keys.map(|key| target_text(&key.target)));
    let excluded = table.exclusions.iter().filter(|exclusion| exclusion.name == constraint);
    texts.extend(excluded.flat_map(|it| &it.elements).map(|element| target_text(&element.key.target)));
    let mentioned = table.columns.iter().filter(|column| texts.iter().any(|text| mentions(text, &column.name)));
    columns.extend(mentioned.map(|column| column.name.clone()));
    columns
}

fn expressions(table: &Table) -> Vec<String> {
    let checks = table.checks.iter().map(|check| check.expression.clone());
    let predicates = table.indexes.iter().filter_map(|index| index.predicate.clone());
    checks.chain(predicates).chain(table.exclusions.iter().filter_map(|it| it.predicate.clone())).collect()
}

/// True when an expression has the name as a word of its own.
pub(crate) fn mentions(expression: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    expression.match_indices(name).any(|(at, _)| {
        let before = expression.get(..at).unwrap_or_default().chars().next_back();
        let after = expression.get(at + name.len()..).unwrap_or_default().chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// The literals of an expression, and the whole numbers beside its numbers.
fn constants(expression: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = expression;
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            let body = rest.get(1..).unwrap_or_default();
            let end = body.find('\'').unwrap_or(body.len());
            all.push(body.get(..end).unwrap_or_default().to_owned());
            rest = body.get(end + 1..).unwrap_or_default();
        } else if c.is_alphanumeric() || c == '_' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
            let word = rest.get(..end).unwrap_or_default();
            match word.parse::<i64>() {
                Ok(number) => {
                    let beside = [number.saturating_add(1), number, number.saturating_sub(1)];
                    all.extend(beside.map(|number| number.to_string()));
                }
                Err(_) if c.is_ascii_digit() => all.push(word.to_owned()),
                Err(_) => {}
            }
            rest = rest.get(end..).unwrap_or_default();
        } else {
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    all
}

/// Chance without chance: the same for the same numbers.
fn hash(numbers: &[usize]) -> usize {
    let mixed = numbers.iter().fold(0x9E37_79B9_7F4A_7C15_u64, |mixed, number| {
        let mixed = (mixed ^ *number as u64).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed ^ (mixed >> 29)
    });
    usize::try_from(mixed >> 16).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_taken_from_expressions() {
        assert_eq!(constants("(status = 'a b'::text) OR n > 5"), ["a b", "6", "5", "4"]);
        assert_eq!(constants("x1 > 2.5"), ["2.5"]);
        assert!(constants("").is_empty());
    }

    #[test]
    fn a_value_is_the_same_in_another_spelling_and_as_another_kind_only_to_the_letter() {
        assert!(is_same_value("1.0", "1") && is_same_value("'a'", "'a'") && is_same_value("1", "'1'"));
        assert!(!is_same_value("1.0", "'1'") && !is_same_value("'1'", "1") && !is_same_value("1", "2"));
        assert_eq!([class("'1'"), class("x'00'"), class("-1.5")], ["text", "bytes", "number"]);
    }

    #[test]
    fn labels_are_replaced_in_values_and_arrays() {
        let (old, new) = ("a".to_owned(), "b c".to_owned());
        let labels = [(&old, &new)];
        assert_eq!(relabelled("'a'", &labels, false), "'b c'");
        assert_eq!(relabelled("'{x,a}'", &labels, true), "'{x,b c}'");
        assert_eq!(relabelled("NULL", &labels, false), "NULL");
    }
}
