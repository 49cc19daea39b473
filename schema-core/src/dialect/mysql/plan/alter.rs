//! One ALTER TABLE from a table to another of the same name: it takes effect as a whole or not at all.

use crate::dialect::TypeChange;
use crate::dialect::mysql::level::{self, Level, Shape};
use crate::dialect::mysql::types::{change, is_same_label, labels_of};
use crate::dialect::mysql::{ddl, guard, literal, loss, quote};
use crate::diff::{same_expression, same_generated};
use crate::ir::{Check, Column, Dialect, SqlType, Table};

/// The statements that lead from one table to the other, foreign keys aside, with what they are called and warned of.
#[derive(Debug, Default)]
pub(super) struct Alter {
    pub(super) statements: Vec<String>,
    pub(super) titles: Vec<String>,
    pub(super) hazards: Vec<&'static str>,
    pub(super) level: Option<Level>,
    /// What it does to rows.
    pub(super) impacts: Vec<String>,
}

/// Columns whose rows have been seen to: neither NULL nor emptiness need be looked for.
pub(super) type Filled<'a> = &'a [String];

pub(super) fn alter(dialect: Dialect, before: &Table, after: &Table, filled: Filled<'_>) -> Alter {
    let mut work = Work { dialect, before, after, filled, ..Work::new(dialect, before, after) };
    work.keys_that_go();
    work.columns();
    work.keys_that_come();
    work.options();
    work.finished()
}

struct Work<'a> {
    dialect: Dialect,
    before: &'a Table,
    after: &'a Table,
    filled: Filled<'a>,
    guards: Vec<String>,
    clauses: Vec<String>,
    levels: Vec<Level>,
    titles: Vec<String>,
    hazards: Vec<&'static str>,
    impacts: Vec<String>,
    shape: Shape,
}

impl<'a> Work<'a> {
    fn new(dialect: Dialect, before: &'a Table, after: &'a Table) -> Self {
        Self {
            dialect,
            before,
            after,
            filled: &[],
            guards: Vec::new(),
            clauses: Vec::new(),
            levels: Vec::new(),
            titles: Vec::new(),
            hazards: Vec::new(),
            impacts: Vec::new(),
            shape: Shape::default(),
        }
    }

    fn clause(&mut self, text: String, level: Level, title: String, hazard: Option<&'static str>) {
        self.clauses.push(text);
        self.levels.push(level);
        self.titles.push(title);
        self.hazards.extend(hazard);
    }

    fn guard(&mut self, statement: String) {
        if !self.guards.contains(&statement) {
            self.guards.push(statement);
        }
    }

    fn finished(mut self) -> Alter {
        self.hazards.sort_unstable();
        self.hazards.dedup();
        let table = quote(&self.after.name.name);
        let level =
            (!self.clauses.is_empty()).then(|| level::on_table(&self.levels, &self.shape, self.before, self.after));
        if self.hazards.is_empty() && level.is_some_and(|level| level >= Level::Shared) {
            self.hazards.push("H53");
        }
        let (first, last) = self.partitioning();
        let mut statements = self.guards;
        statements.extend(first);
        if let Some(level) = level {
            let clauses = self.clauses.iter().map(String::as_str).chain([level.sql()]).collect::<Vec<_>>();
            statements.push(format!("ALTER TABLE {table}\n    {}", clauses.join(",\n    ")));
        }
        statements.extend(last);
        Alter { statements, titles: self.titles, hazards: self.hazards, level, impacts: self.impacts }
    }

    /// How the table is partitioned, before and behind its other changes, which may be of the keys that go with it. What undoes
    /// them goes the same way back.
    fn partitioning(&mut self) -> (Option<String>, Option<String>) {
        let (before, after) = (self.before.partitioning.as_deref(), self.after.partitioning.as_deref());
        if same_text(before, after) {
            return (None, None);
        }
        self.titles.push(format!("partition {}", self.after.name));
        self.hazards.push("H14");
        let table = quote(&self.after.name.name);
        let must_end = before.is_some() && (after.is_none() || !self.clauses.is_empty());
        let first = must_end.then(|| format!("ALTER TABLE {table} REMOVE PARTITIONING"));
        (first, after.map(|text| format!("ALTER TABLE {table} PARTITION BY {text}")))
    }

    fn keys_that_go(&mut self) {
        let level = level::definitions(self.dialect);
        for check in self.before.checks.iter().filter(|check| !self.after.checks.iter().any(|it| same_check(it, check)))
        {
            let verb = if self.dialect == Dialect::MySql { "DROP CHECK" } else { "DROP CONSTRAINT" };
            let title = format!("drop check {}", check.name);
            self.clause(format!("{verb} {}", quote(&check.name)), level, title, Some("H26"));
        }
        for unique in self.before.uniques.iter().filter(|it| !self.after.uniques.contains(it)) {
            let title = format!("drop unique {}", unique.name);
            self.clause(format!("DROP INDEX {}", quote(&unique.name)), Level::Online, title, Some("H26"));
        }
        for index in self.before.indexes.iter().filter(|it| !self.after.indexes.contains(it)) {
            let title = format!("drop index {}", index.name);
            let level = level::drop_index(index);
            // The server knows no difference between a unique index and a unique constraint.
            let hazard = if index.unique { "H26" } else { "H37" };
            self.clause(format!("DROP INDEX {}", quote(&index.name)), level, title, Some(hazard));
        }
        let key = |table: &Table| table.primary_key.as_ref().map(|key| key.columns.clone());
        if let Some(columns) = key(self.before).filter(|columns| key(self.after).as_ref() != Some(columns)) {
            // With another in its place rows are written anew in place, without one they are copied.
            let level = if self.after.primary_key.is_some() { Level::Online } else { Level::Copy };
            let title = format!("drop primary key ({})", columns.join(", "));
            self.clause("DROP PRIMARY KEY".to_owned(), level, title, Some("H26"));
        }
    }

    fn columns(&mut self) {
        for column in self.before.columns.iter().filter(|column| self.after.column(&column.name).is_none()) {
            self.touches(column);
            self.shape.moved += 1;
            let title = format!("drop column {}.{}", self.after.name, column.name);
            let clause = format!("DROP COLUMN {}", quote(&column.name));
            self.clause(clause, level::drop_column(column), title, Some("H12"));
        }
        for (at, column) in self.after.columns.iter().enumerate() {
            match self.before.column(&column.name) {
                None => self.add_column(at, column),
                Some(before) if same_column(before, column) => {}
                Some(before) if changes_storage(before, column) => self.remake(at, column),
                Some(before) => self.modify(before, column),
            }
        }
    }

    fn touches(&mut self, column: &Column) {
        self.shape.columns += 1;
        self.shape.virtual_columns += usize::from(level::is_virtual(column));
        if column.default.is_none() && !column.nullable && column.ty.to_string().starts_with("timestamp") {
            self.guard(guard::explicit_timestamps());
        }
        if column.comment.as_ref().is_some_and(|comment| comment.contains('\\')) {
            self.guard(guard::backslashes());
        }
    }

    fn add_column(&mut self, at: usize, column: &Column) {
        self.touches(column);
        if !column.nullable && column.default.is_none() && column.identity.is_none() && column.generated.is_none() {
            self.guard(guard::empty(self.before, &column.name));
        }
        let hazard = hazard_of_addition(column);
        let place = self.place(at);
        self.shape.moved += 1;
        let mut later = self.after.columns.iter().skip(at + 1);
        self.shape.placed |= later.any(|it| self.before.column(&it.name).is_some_and(level::is_virtual));
        let clause = format!("ADD COLUMN {}{place}", ddl::column(self.dialect, column));
        let title = format!("add column {}.{}", self.after.name, column.name);
        self.clause(clause, level::add_column(self.dialect, column), title, Some(hazard));
    }

    /// Where a new column goes, unless it is the end anyway.
    fn place(&self, at: usize) -> String {
        let later = self.after.columns.iter().skip(at + 1);
        if !later.clone().any(|column| self.before.column(&column.name).is_some()) {
            return String::new();
        }
        match at.checked_sub(1).and_then(|before| self.after.columns.get(before)) {
            Some(before) => format!(" AFTER {}", quote(&before.name)),
            None => " FIRST".to_owned(),
        }
    }

    /// No MODIFY makes a stored column of a virtual one or the reverse. Its values are computed, and keys over it stay.
    fn remake(&mut self, at: usize, column: &Column) {
        self.touches(column);
        let (name, definition) = (quote(&column.name), ddl::column(self.dialect, column));
        let clause = format!("DROP COLUMN {name},\n    ADD COLUMN {definition}{}", self.place(at));
        self.clause(clause, Level::Copy, format!("alter column {}.{}", self.after.name, column.name), Some("H7"));
    }

    fn modify(&mut self, from: &Column, to: &Column) {
        self.touches(to);
        if from.nullable && !to.nullable {
            self.guard(guard::strict());
            if !self.filled.contains(&to.name) {
                self.guard(guard::not_null(self.before, &to.name));
            }
        }
        if change(&from.ty, &to.ty) == TypeChange::Narrowing || from.charset != to.charset {
            self.guard(guard::strict());
        }
        if level::are_labels(&from.ty, &to.ty) {
            self.lost_labels(from, to);
        }
        match (&from.generated, &to.generated) {
            (None, None) => self.changed_values(from, to),
            (None, Some(_)) => {
                self.hazards.push("H68");
                let name = format!("{}.{}", self.after.name, to.name);
                self.impacts.push(format!("the values of `{name}` are replaced by computed ones"));
            }
            (Some(_), _) => {}
        }
        self.shape.retyped |= from.ty != to.ty;
        let level = level::modify(self.dialect, (from, level::is_indexed(self.before, &from.name)), to);
        let clause = format!("MODIFY COLUMN {}", ddl::column(self.dialect, to));
        let title = format!("alter column {}.{}", self.after.name, to.name);
        let hazard = hazard_of_change(self.dialect, from, to).or((level >= Level::Shared).then_some("H14"));
        self.clause(clause, level, title, hazard);
    }

    /// Strict mode says nothing of what it rounds.
    fn changed_values(&mut self, from: &Column, to: &Column) {
        let (SqlType::Builtin(before), SqlType::Builtin(after)) = (&from.ty, &to.ty) else { return };
        let value = format!("`t`.{}", quote(&from.name));
        let Some(condition) = loss::changes(before, after, &value) else { return };
        let what = format!("hold a value in {} that {after} would change", from.name);
        self.guard(guard::no_row(self.before, &format!("{value} IS NOT NULL AND {condition}"), &what));
        let name = format!("{}.{}", self.after.name, to.name);
        self.impacts.push(format!("refused while `{name}` holds a value that {after} would change"));
    }

    /// Rows with a label that goes would be refused by the server, without their number.
    fn lost_labels(&mut self, from: &Column, to: &Column) {
        let (before, after) = (from.ty.to_string(), to.ty.to_string());
        let (Some(("enum", before)), Some(("enum", after))) = (labels_of(&before), labels_of(&after)) else { return };
        let stays = |label: &String| after.iter().any(|it| is_same_label(it, label, to.collation.as_deref()));
        let lost: Vec<String> = before.into_iter().filter(|label| !stays(label)).collect();
        if !lost.is_empty() {
            let list: Vec<String> = lost.iter().map(|label| literal(label)).collect();
            let condition = format!("`t`.{} IN ({})", quote(&from.name), list.join(", "));
            let what = format!("hold {} in {}", lost.join(" or "), from.name);
            self.guard(guard::no_row(self.before, &condition, &what));
        }
    }

    fn keys_that_come(&mut self) {
        if let Some(key) = &self.after.primary_key
            && self.before.primary_key.as_ref().map(|key| &key.columns) != Some(&key.columns)
        {
            if self.is_old(&key.columns) {
                self.guard(guard::unique(self.before, "PRIMARY", &key.columns));
            }
            let title = format!("add primary key ({})", key.columns.join(", "));
            self.clause(format!("ADD {}", ddl::primary_key(&key.columns)), Level::Online, title, Some("H28"));
        }
        for unique in self.after.uniques.iter().filter(|it| !self.before.uniques.contains(it)) {
            if self.is_old(&unique.columns) {
                self.guard(guard::unique(self.before, &unique.name, &unique.columns));
            }
            let title = format!("add unique {}", unique.name);
            self.clause(format!("ADD {}", ddl::unique(unique)), Level::Online, title, Some("H27"));
        }
        let mut full_text = false;
        for index in self.after.indexes.iter().filter(|it| !self.before.indexes.contains(it)) {
            let hazard = if index.unique { "H36" } else { "H33" };
            let title = format!("add index {}", index.name);
            // InnoDB makes one at a time.
            let is_second = level::is_full_text(index) && std::mem::replace(&mut full_text, true);
            let level = if is_second { Level::Copy } else { level::add_index(index) };
            self.clause(format!("ADD {}", ddl::index(index)), level, title, Some(hazard));
        }
        for check in self.after.checks.iter().filter(|check| !self.before.checks.iter().any(|it| same_check(it, check)))
        {
            if !check.not_enforced && !self.mentions_new(&check.expression) {
                self.guard(guard::holds(self.before, check));
            }
            let title = format!("add check {}", check.name);
            self.clause(format!("ADD {}", ddl::check(check)), Level::Copy, title, Some("H24"));
        }
    }

    /// Whether there are rows with values in these columns.
    fn is_old(&self, columns: &[String]) -> bool {
        columns.iter().all(|column| self.before.column(column).is_some())
    }

    fn mentions_new(&self, expression: &str) -> bool {
        let new = self.after.columns.iter().filter(|column| self.before.column(&column.name).is_none());
        new.into_iter().any(|column| crate::diff::mentions(expression, &column.name))
    }

    fn options(&mut self) {
        let (before, after) = (self.before, self.after);
        let instant = level::definitions(self.dialect);
        if before.comment != after.comment {
            let text = after.comment.as_deref().unwrap_or_default();
            if text.contains('\\') {
                self.guard(guard::backslashes());
            }
            self.shape.options = true;
            let title = format!("comment on {}", after.name);
            self.clause(format!("COMMENT = {}", ddl::text(text)), instant, title, None);
        }
        if (&before.charset, &before.collation) != (&after.charset, &after.collation) {
            let mut clause = ddl::charset(after);
            if clause.is_empty() {
                // The database's own.
                clause.push("DEFAULT CHARSET=DEFAULT".to_owned());
            }
            self.shape.options = true;
            let title = format!("set the character set of {}", after.name);
            self.clause(clause.join(" "), instant, title, None);
        }
        if ddl::engine(before) != ddl::engine(after) {
            let title = format!("set the engine of {}", after.name);
            self.clause(format!("ENGINE = {}", ddl::engine(after)), Level::Copy, title, Some("H14"));
        }
        let names = before.storage.keys().chain(after.storage.keys()).filter(|name| *name != "engine");
        let changed: std::collections::BTreeSet<&String> =
            names.filter(|name| before.storage.get(*name) != after.storage.get(*name)).collect();
        for name in changed {
            let value = after.storage.get(name).map_or("DEFAULT", String::as_str);
            let title = format!("set {name} of {}", after.name);
            self.clause(format!("{} = {value}", name.to_uppercase()), Level::Copy, title, Some("H14"));
        }
    }
}

fn same_check(a: &Check, b: &Check) -> bool {
    a.name == b.name && a.not_enforced == b.not_enforced && same_expression(&a.expression, &b.expression)
}

fn same_text(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same_expression(a, b),
        (a, b) => a == b,
    }
}

/// Both are generated, one of them stored and the other not.
fn changes_storage(from: &Column, to: &Column) -> bool {
    from.generated.as_ref().zip(to.generated.as_ref()).is_some_and(|(from, to)| from.stored != to.stored)
}

/// Whether the two are the same to the server.
pub(super) fn same_column(a: &Column, b: &Column) -> bool {
    let plain = |column: &Column| Column { default: None, on_update: None, generated: None, ..column.clone() };
    plain(a) == plain(b)
        && same_text(a.default.as_deref(), b.default.as_deref())
        && same_text(a.on_update.as_deref(), b.on_update.as_deref())
        && same_generated(a.generated.as_ref(), b.generated.as_ref())
}

/// The row of the catalogue that a new column meets.
pub(crate) fn hazard_of_addition(column: &Column) -> &'static str {
    match (&column.identity, &column.generated, &column.default) {
        (Some(_), ..) => "H6",
        (_, Some(_), _) => "H7",
        (.., Some(default)) if !ddl::is_literal(default) && !ddl::is_now(default) => "H3",
        (.., Some(_)) => "H2",
        (.., None) if column.nullable => "H1",
        (.., None) => "H4",
    }
}

/// The row of the catalogue that a change of a column meets.
pub(crate) fn hazard_of_change(dialect: Dialect, from: &Column, to: &Column) -> Option<&'static str> {
    let ty = match change(&from.ty, &to.ty) {
        TypeChange::Same if (&from.charset, &from.collation) != (&to.charset, &to.collation) => Some("H17"),
        TypeChange::Same => None,
        TypeChange::Narrowing => Some("H19"),
        _ if is_enum(&from.ty) && is_enum(&to.ty) => Some("H51"),
        _ if level::rewrites(dialect, from, to) => Some("H14"),
        _ => Some("H15"),
    };
    ty.or(match (from.nullable, to.nullable) {
        (true, false) => Some("H10"),
        (false, true) => Some("H11"),
        _ if from.generated != to.generated => Some("H7"),
        _ if from.default != to.default => Some("H18"),
        _ => None,
    })
}

fn is_enum(ty: &SqlType) -> bool {
    level::are_labels(ty, ty)
}
