//! From changes to steps.
//!
//! DDL commits by itself, so that a statement is the most that takes effect as a whole: each table's change is one ALTER
//! TABLE, and foreign keys, which bind two tables, go before all others and come after them. What changes is read off the
//! two lowered tables.

mod alter;
mod key_names;
mod names;
mod objects;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::lower::{lowered, rename_columns, serves};
use super::{ddl, guard, level, quote};
use crate::decl::AllowCode;
use crate::diag::Finding;
use crate::dialect::carried::{Renames, spelled_as};
use crate::diff::Change;
use crate::ir::{Dialect, ForeignKey, ObjectKind, ObjectName, Schema, Table};
use crate::kept;
use crate::model::Intents;
use crate::plan::{Script, Step};
use alter::alter;
pub(crate) use alter::{hazard_of_addition, hazard_of_change};
use rows::Rows;
pub(crate) use rows::{differs, has_order_of_its_text, unmoved, update};

type Tables = BTreeMap<ObjectName, Table>;

/// What the source says.
struct Context<'a> {
    to: &'a Schema,
    changes: &'a [Change],
    intents: &'a Intents,
}

/// The steps from one schema to the other: views and triggers that go or step aside, foreign keys that go, tables that go where their names are wanted, renames, new
/// tables, changed tables, foreign keys that come, tables that go, what is kept, views and triggers.
///
/// # Errors
/// What is not supported yet.
pub fn steps(from: &Schema, to: &Schema, changes: &[Change], intents: &Intents) -> Result<Vec<Step>, Vec<Finding>> {
    let findings =
        [unsupported(changes, to.dialect, intents), bound_names(from, changes), no_longer_computed(changes)].concat();
    if !findings.is_empty() {
        return Err(findings);
    }
    let context = Context { to, changes, intents };
    let (first, last) = objects::steps(from, to, changes);
    Ok([first, Planner::new(&context, from).steps(), last].concat())
}

fn unsupported(changes: &[Change], dialect: Dialect, intents: &Intents) -> Vec<Finding> {
    let mut findings = Vec::new();
    for change in changes {
        let id = match change {
            Change::CreateObject(object) | Change::DropObject(object) => &object.id,
            Change::ReplaceObject { to, .. } => &to.id,
            _ => continue,
        };
        const KINDS: [ObjectKind; 5] =
            [ObjectKind::View, ObjectKind::Trigger, ObjectKind::Function, ObjectKind::Procedure, ObjectKind::Raw];
        if !KINDS.contains(&id.kind) {
            findings.push(Finding::error(None, format!("{id}: such objects are not supported on {dialect} yet")));
        }
    }
    let kept = |allow: &&crate::model::Allow| {
        allow.keep && !matches!(allow.code, AllowCode::DropTable | AllowCode::DropColumn)
    };
    for allow in intents.allows.iter().filter(kept) {
        let message = format!("`keep` is for tables and columns on {dialect}");
        findings.push(Finding::error(allow.place.clone(), message).help("leave `keep` out"));
    }
    findings
}

/// MySQL renames no column that a check or a generated column names; MariaDB rewrites them.
fn bound_names(from: &Schema, changes: &[Change]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for change in changes.iter().filter(|_| from.dialect == Dialect::MySql) {
        let Change::AlterTable(table) = change else { continue };
        for (old, _) in &table.renamed_columns {
            let checks = table.from.checks.iter().map(|check| (format!("check `{}`", check.name), &check.expression));
            let generated = table.from.columns.iter().filter_map(|column| {
                let expression = &column.generated.as_ref()?.expression;
                Some((format!("generated column `{}`", column.name), expression))
            });
            for (what, _) in checks.chain(generated).filter(|(_, text)| crate::diff::mentions(text, old)) {
                let name = &table.to.name;
                let message = format!("table `{name}`: MySQL renames no column that the {what} names: `{old}`");
                findings.push(
                    Finding::error(None, message)
                        .help("leave what names it out of the struct, seal that, rename, and bring it back"),
                );
            }
        }
    }
    findings
}

/// A virtual column holds nothing that a plain one could keep.
fn no_longer_computed(changes: &[Change]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for change in changes {
        let Change::AlterTable(table) = change else { continue };
        for column in table.to.columns.iter().filter(|column| column.generated.is_none()) {
            let former = table.renamed_columns.iter().find(|(_, new)| *new == column.name).map(|(old, _)| old);
            let before = table.from.column(former.unwrap_or(&column.name));
            if before.and_then(|before| before.generated.as_ref()).is_some_and(|generated| !generated.stored) {
                let message = format!(
                    "table `{}`: column `{}` is virtual, and the server makes no plain column of one",
                    table.to.name, column.name
                );
                findings.push(
                    Finding::error(None, message)
                        .help("make it `stored` first, seal that, and then leave `generated` out"),
                );
            }
        }
    }
    findings
}

struct Planner<'a> {
    context: &'a Context<'a>,
    dialect: Dialect,
    renames: Renames,
    /// Under the former names.
    from: Tables,
    /// Under the new names.
    before: Tables,
    after: Tables,
    created: Vec<ObjectName>,
    /// Under the names that they have by then.
    dropped: Vec<ObjectName>,
    /// What is put aside last, since rows may be filled from it: the names that it has until then, and those that it gets.
    kept: Renames,
    steps: Vec<Step>,
}

impl<'a> Planner<'a> {
    fn new(context: &'a Context<'a>, from: &Schema) -> Self {
        let mut after = lowered(context.to);
        let from = lowered(from);
        let mut renames = Renames::default();
        let (mut created, mut dropped) = (Vec::new(), Vec::new());
        for change in context.changes {
            match change {
                Change::RenameTable { from, to } => {
                    renames.tables.insert(from.clone(), to.clone());
                }
                Change::AlterTable(table) if !table.renamed_columns.is_empty() => {
                    renames.columns.insert(table.to.name.clone(), table.renamed_columns.iter().cloned().collect());
                }
                Change::CreateTable(table) => created.push(table.name.clone()),
                Change::DropTable(table) => dropped.push(table.name.clone()),
                _ => {}
            }
        }
        let mut kept = Renames::default();
        let is_wanted = wanted_names(context.to.dialect, &created, &renames);
        keep_tables(context, &from, (&mut renames, &mut kept), &mut after, &mut dropped, is_wanted);
        keep_columns(context, &from, &renames, &mut kept, &mut after);
        let renamed = renames.applied(&from, rename_columns);
        let before = renamed
            .into_iter()
            .map(|(name, table)| match after.get(&name) {
                Some(after) => (name, spelled_as(&table, after)),
                None => (name, table),
            })
            .collect();
        let dialect = context.to.dialect;
        Self { context, dialect, renames, from, before, after, created, dropped, kept, steps: Vec::new() }
    }

    fn steps(mut self) -> Vec<Step> {
        self.foreign_keys_that_go();
        let is_wanted = wanted_names(self.dialect, &self.created, &self.renames);
        let (early, late): (Vec<ObjectName>, Vec<ObjectName>) = self.dropped.iter().cloned().partition(is_wanted);
        self.drop_tables(&early);
        self.rename_tables();
        self.rename_columns();
        self.create_tables();
        self.alter_tables();
        self.foreign_keys_that_come();
        self.drop_tables(&late);
        self.put_aside();
        self.steps
    }

    fn put_aside(&mut self) {
        self.renames = std::mem::take(&mut self.kept);
        self.from = std::mem::take(&mut self.after);
        self.before = self.renames.applied(&self.from, rename_columns);
        self.after.clone_from(&self.before);
        self.rename_tables();
        self.rename_columns();
    }

    /// The table of that new name under its former name.
    fn former(&self, name: &ObjectName) -> Option<&Table> {
        let former = self.renames.tables.iter().find(|(_, new)| *new == name).map(|(old, _)| old);
        self.from.get(former.unwrap_or(name))
    }

    /// Tables that stay, as they are after the renames and as they shall be.
    fn pairs(&self) -> Vec<(Table, Table)> {
        let is_gone = |name: &ObjectName| self.dropped.contains(name) || self.created.contains(name);
        let both = self.before.iter().filter(|(name, _)| !is_gone(name));
        both.filter_map(|(name, before)| Some((before.clone(), self.after.get(name)?.clone()))).collect()
    }

    /// Foreign keys of a table that are not in both, or over columns whose type changes on either side.
    fn foreign_keys(&self, before: &Table, after: &Table) -> (Vec<ForeignKey>, Vec<ForeignKey>) {
        let stays = |key: &&ForeignKey| before.foreign_keys.contains(key) && !self.is_moved(key, after);
        let kept: Vec<&ForeignKey> = after.foreign_keys.iter().filter(stays).collect();
        let differ = |keys: &[ForeignKey]| keys.iter().filter(|key| !kept.contains(key)).cloned().collect();
        (differ(&before.foreign_keys), differ(&after.foreign_keys))
    }

    /// A server refuses another type of a column that a foreign key binds, whichever side it is on, and to drop the key of
    /// the other table by which it finds rows.
    fn is_moved(&self, key: &ForeignKey, table: &Table) -> bool {
        let changes = |table: &ObjectName, columns: &[String]| {
            let (Some(before), Some(after)) = (self.before.get(table), self.after.get(table)) else { return true };
            let moved = |name: &String| match (before.column(name), after.column(name)) {
                (Some(before), Some(after)) => {
                    (&before.ty, &before.charset, &before.collation) != (&after.ty, &after.charset, &after.collation)
                }
                _ => true,
            };
            columns.iter().any(moved)
        };
        let loses_its_key = |table: &ObjectName, columns: &[String]| {
            let both = self.before.get(table).zip(self.after.get(table));
            both.is_none_or(|(before, after)| !serves(&keys_of_both(before, after), columns))
        };
        changes(&table.name, &key.columns)
            || self.dropped.contains(&key.references)
            || changes(&key.references, &key.referenced_columns)
            || loses_its_key(&key.references, &key.referenced_columns)
    }

    /// Under the former names, since nothing is renamed by then.
    fn foreign_keys_that_go(&mut self) {
        let mut found = Vec::new();
        for (before, after) in self.pairs() {
            let replaced = self.replaced_keys(&before, &after);
            let waits = |key: &ForeignKey| replaced.iter().any(|(old, _)| old.name == key.name);
            let mut gone = self.foreign_keys(&before, &after).0;
            gone.retain(|key| !waits(key));
            let Some(former) = self.former(&after.name) else { continue };
            let keys: Vec<ForeignKey> =
                former.foreign_keys.iter().filter(|key| gone.iter().any(|it| it.name == key.name)).cloned().collect();
            let is_lost = keys.iter().any(|key| !after.foreign_keys.iter().any(|it| it.name == key.name));
            found.push((former.clone(), keys, is_lost));
        }
        // Tables that go in a circle.
        for name in &self.dropped {
            if let Some(table) = self.from.get(name) {
                let keys = table.foreign_keys.iter().filter(|key| key.references != *name).cloned().collect();
                found.push((table.clone(), keys, true));
            }
        }
        for (table, keys, is_lost) in found.into_iter().filter(|(_, keys, _)| !keys.is_empty()) {
            let title = format!("drop foreign keys of {}: {}", table.name, names(&keys));
            let (up, down) = (self.without_keys(&table, &keys), self.with_keys(&table, &keys));
            let step = Step::schema(&table.name, title, up, down).hazard("H25");
            self.steps.push(if is_lost { step.hazard("H26") } else { step });
        }
    }

    /// Foreign keys that say something else of the same columns, as they were and as they shall be: the former one holds until
    /// the other comes.
    fn replaced_keys(&self, before: &Table, after: &Table) -> Vec<(ForeignKey, ForeignKey)> {
        let (gone, new) = self.foreign_keys(before, after);
        let ends = |key: &ForeignKey| (key.columns.clone(), key.references.clone(), key.referenced_columns.clone());
        let stays = gone.into_iter().filter(|key| !self.is_moved(key, after));
        let pairs =
            stays.filter_map(|old| Some((old.clone(), new.iter().find(|key| ends(key) == ends(&old))?.clone())));
        pairs.filter(|(old, new)| self.keep_their_names_apart(old, new)).collect()
    }

    /// Names of foreign keys are the database's: while both are there, no other table has or gets one of them.
    fn keep_their_names_apart(&self, old: &ForeignKey, new: &ForeignKey) -> bool {
        let has = |tables: &Tables, name: &str| {
            tables.values().flat_map(|table| &table.foreign_keys).any(|key| key.name.eq_ignore_ascii_case(name))
        };
        old.name.eq_ignore_ascii_case(&new.name) || !has(&self.from, &new.name) && !has(&self.after, &old.name)
    }

    /// The server can't rename one, nor drop and add one of a name in one statement.
    fn change_keys(&mut self, table: &Table, replaced: &[(ForeignKey, ForeignKey)]) {
        let (old, new): (Vec<ForeignKey>, Vec<ForeignKey>) = replaced.iter().cloned().unzip();
        let exchanged = |gone: &[ForeignKey], comes: &[ForeignKey]| {
            let mut statements = self.without_keys(table, gone).statements;
            statements.extend(self.with_keys(table, comes).statements);
            Script::from(statements)
        };
        let title = format!("change foreign keys of {}: {}", table.name, names(&new));
        let step = Step::schema(&table.name, title, exchanged(&old, &new), exchanged(&new, &old));
        self.steps.push(
            step.hazard("H20")
                .hazard("H25")
                .note(format!("the server copies {}: writes wait until it is done", table.name)),
        );
    }

    fn foreign_keys_that_come(&mut self) {
        let mut found: Vec<(Table, Vec<ForeignKey>)> = Vec::new();
        for (before, after) in self.pairs() {
            let replaced = self.replaced_keys(&before, &after);
            let mut new = self.foreign_keys(&before, &after).1;
            new.retain(|key| !replaced.iter().any(|(_, it)| it.name == key.name));
            if !replaced.is_empty() {
                self.change_keys(&after, &replaced);
            }
            found.push((after, new));
        }
        for name in &self.created {
            if let Some(table) = self.after.get(name) {
                let later = table.foreign_keys.iter().filter(|key| !self.is_there(key, name)).cloned().collect();
                found.push((table.clone(), later));
            }
        }
        for (table, keys) in found.into_iter().filter(|(_, keys)| !keys.is_empty()) {
            let title = format!("add foreign keys of {}: {}", table.name, names(&keys));
            let (up, down) = (self.with_keys(&table, &keys), self.without_keys(&table, &keys));
            self.steps.push(Step::schema(&table.name, title, up, down).hazard("H20"));
        }
    }

    /// Whether a new table can have the foreign key from its start: the other one is there, as it shall be.
    fn is_there(&self, key: &ForeignKey, table: &ObjectName) -> bool {
        let parent = &key.references;
        let created = |name: &ObjectName| self.created_in_order().iter().position(|it| it == name);
        parent == table
            || created(parent).is_some_and(|at| created(table).is_some_and(|own| at < own))
            || (created(parent).is_none() && self.before.get(parent) == self.after.get(parent))
    }

    fn with_keys(&self, table: &Table, keys: &[ForeignKey]) -> Script {
        let mut statements: Vec<String> = keys.iter().map(|key| guard::referenced(table, key)).collect();
        let clauses = keys.iter().map(|key| format!("ADD {}", ddl::foreign_key(key)));
        statements.push(self.on(table, clauses, level::Level::Copy));
        Script::from(statements)
    }

    fn without_keys(&self, table: &Table, keys: &[ForeignKey]) -> Script {
        let clauses = keys.iter().map(|key| format!("DROP FOREIGN KEY {}", quote(&key.name)));
        Script::from(vec![self.on(table, clauses, level::definitions(self.dialect))])
    }

    fn on(&self, table: &Table, clauses: impl Iterator<Item = String>, level: level::Level) -> String {
        let level = if ddl::engine(table).eq_ignore_ascii_case("innodb") { level } else { level::Level::Copy };
        let clauses: Vec<String> = clauses.chain([level.sql().to_owned()]).collect();
        format!("ALTER TABLE {}\n    {}", quote(&table.name.name), clauses.join(",\n    "))
    }

    /// Parents first; in a circle by name.
    fn created_in_order(&self) -> Vec<ObjectName> {
        let tables: Vec<&Table> = self.created.iter().filter_map(|name| self.after.get(name)).collect();
        crate::dialect::sqlite::parents_first(&tables).into_iter().map(|table| table.name.clone()).collect()
    }

    fn create_tables(&mut self) {
        for name in self.created_in_order() {
            let Some(table) = self.after.get(&name) else { continue };
            let mut up = guards_of_definition(table);
            up.push(ddl::create_table(self.dialect, table, |key| self.is_there(key, &name)));
            let down = vec![format!("DROP TABLE {}", quote(&name.name))];
            let step = Step::schema(&name, format!("create table {name}"), up.into(), down.into())
                .impact(format!("down: all rows of {name} are lost"));
            self.steps.push(step);
        }
    }

    /// Children first. Foreign keys to other tables are gone by then.
    fn drop_tables(&mut self, dropped: &[ObjectName]) {
        let tables: Vec<&Table> = dropped.iter().filter_map(|name| self.from.get(name)).collect();
        for table in crate::dialect::sqlite::parents_first(&tables).into_iter().rev() {
            let name = &table.name;
            let up = vec![format!("DROP TABLE {}", quote(&name.name))];
            let mut down = guards_of_definition(table);
            down.push(ddl::create_table(self.dialect, table, |key| key.references == *name));
            let impact = format!("all rows of {name} are lost; the down brings the table back empty");
            let step = Step::schema(name, format!("drop table {name}"), up.into(), down.into())
                .hazard("H47")
                .hazard("H68")
                .impact(impact);
            self.steps.push(step);
        }
    }

    fn alter_tables(&mut self) {
        let mut pairs = Vec::new();
        for (before, after) in self.pairs() {
            let before = self.with_renamed_keys(&before, &after);
            let rows = Rows::of(self.context, &before, &after);
            pairs.push((before, after, rows));
        }
        // What rows get may be read from any column of any table.
        let reads = pairs.iter().any(|(.., rows)| !rows.fills.is_empty());
        let with_between = pairs.into_iter().map(|(before, after, rows)| {
            let between = rows.between(&before, &after, reads);
            (before, between, after, rows)
        });
        let changes: Vec<(Table, Table, Table, Rows)> = with_between.collect();
        for (before, between, _, rows) in &changes {
            let restores: Vec<String> = rows.restores.keys().cloned().collect();
            let loosened = rows.loosened(before);
            // In one statement the column would get the table's new character set.
            let is_apart = (&before.charset, &before.collation) != (&between.charset, &between.collation);
            if is_apart && loosened != *before {
                self.alter(before, &loosened, [&[], &restores]);
                self.alter(&loosened, between, [&[], &[]]);
            } else {
                self.alter(before, between, [&[], &restores]);
            }
        }
        for (_, between, after, rows) in &changes {
            // Rows of a small table are filled at once.
            let in_batches = !self.context.intents.small.contains(&after.name);
            self.steps.extend(rows.steps(self.dialect, [between, after], in_batches));
        }
        for (_, between, after, rows) in &changes {
            let fills: Vec<String> = rows.fills.keys().cloned().collect();
            self.alter(between, after, [&fills, &[]]);
        }
    }

    fn with_renamed_keys(&mut self, before: &Table, after: &Table) -> Table {
        let pairs = key_names::renamed(before, after);
        if !pairs.is_empty() {
            let clause = |from: &str, to: &str| format!("RENAME INDEX {} TO {}", quote(from), quote(to));
            let (up, down) = (pairs.iter().map(|(a, b)| clause(a, b)), pairs.iter().map(|(a, b)| clause(b, a)));
            let level = level::definitions(self.dialect);
            let scripts = [self.on(after, up, level), self.on(after, down, level)].map(|it| Script::from(vec![it]));
            let titles: Vec<String> = pairs.iter().map(|(from, to)| format!("rename index {from} to {to}")).collect();
            let [up, down] = scripts;
            self.steps.push(Step::schema(&after.name, titles.join(", "), up, down));
        }
        key_names::with_names(before, &pairs)
    }

    /// `filled` are the columns that have values by then, on the way there and on the way back.
    fn alter(&mut self, before: &Table, after: &Table, filled: [&[String]; 2]) {
        let up = alter(self.dialect, before, after, filled[0]);
        if up.statements.is_empty() {
            return;
        }
        let down = alter(self.dialect, after, before, filled[1]);
        let mut step = Step::schema(&after.name, up.titles.join(", "), up.statements.into(), down.statements.into());
        step.hazards = up.hazards;
        step.data_impact = up.impacts;
        step.data_impact.extend(down.impacts.iter().map(|impact| format!("down: {impact}")));
        if up.level == Some(level::Level::Copy) {
            step = step.note(format!("the server copies {}: writes wait until it is done", after.name));
        }
        for column in before.columns.iter().filter(|column| after.column(&column.name).is_none()) {
            if column.generated.is_none() {
                let lost = format!("the values of `{}.{}` are lost", after.name, column.name);
                step = step.hazard("H68").impact(lost);
            }
        }
        self.steps.push(step);
    }
}

/// The table with the keys that stay.
fn keys_of_both(before: &Table, after: &Table) -> Table {
    let mut table = before.clone();
    table.primary_key = before.primary_key.clone().filter(|key| after.primary_key.as_ref() == Some(key));
    table.uniques.retain(|unique| after.uniques.contains(unique));
    table.indexes.retain(|index| after.indexes.contains(index));
    table
}

fn names(keys: &[ForeignKey]) -> String {
    keys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// What a definition must not be read without.
fn guards_of_definition(table: &Table) -> Vec<String> {
    let mut guards = Vec::new();
    let is_bare_timestamp = |column: &&crate::ir::Column| {
        column.default.is_none() && !column.nullable && column.ty.to_string().starts_with("timestamp")
    };
    if table.columns.iter().any(|column| is_bare_timestamp(&column)) {
        guards.push(guard::explicit_timestamps());
    }
    let comments = table.columns.iter().filter_map(|column| column.comment.as_ref()).chain(&table.comment);
    if comments.into_iter().any(|comment| comment.contains('\\')) {
        guards.push(guard::backslashes());
    }
    guards
}

/// Whether something new gets the name. On some systems names that differ in case alone are one.
fn wanted_names(dialect: Dialect, created: &[ObjectName], renames: &Renames) -> impl Fn(&ObjectName) -> bool + use<> {
    let folded = move |name: &ObjectName| dialect.folded(&name.name).into_owned();
    let wanted: BTreeSet<String> = created.iter().chain(renames.tables.values()).map(folded).collect();
    move |name| wanted.contains(&folded(name))
}

/// A table that is kept is renamed aside, at once where its name is wanted, and holds on to no other table.
fn keep_tables(
    context: &Context<'_>,
    from: &Tables,
    (renames, late): (&mut Renames, &mut Renames),
    after: &mut Tables,
    dropped: &mut Vec<ObjectName>,
    is_wanted: impl Fn(&ObjectName) -> bool,
) {
    let is_kept =
        |name: &ObjectName| context.intents.allow(AllowCode::DropTable, name, None).is_some_and(|allow| allow.keep);
    let (kept, gone): (Vec<ObjectName>, Vec<ObjectName>) = dropped.drain(..).partition(is_kept);
    *dropped = gone;
    for name in kept {
        let Some(table) = from.get(&name) else { continue };
        let aside = name.sibling(kept::name(context.intents.head, &name.name));
        let now = if is_wanted(&name) { aside.clone() } else { name.clone() };
        let renames = if is_wanted(&name) { &mut *renames } else { &mut *late };
        renames.tables.insert(name, aside);
        after.insert(now.clone(), Table { name: now, foreign_keys: Vec::new(), ..table.clone() });
    }
}

/// A column that is kept takes NULL, so that nobody need know of it, and gets another name.
fn keep_columns(context: &Context<'_>, from: &Tables, renames: &Renames, late: &mut Renames, after: &mut Tables) {
    for allow in context.intents.allows.iter().filter(|allow| allow.keep && allow.code == AllowCode::DropColumn) {
        let (Some(column), Some(table)) = (&allow.part, after.get_mut(&allow.object)) else { continue };
        let former = renames.tables.iter().find(|(_, new)| **new == allow.object).map_or(&allow.object, |(old, _)| old);
        let Some(before) = from.get(former) else { continue };
        let Some(at) = before.columns.iter().position(|it| it.name == *column) else { continue };
        let Some(old) = before.columns.get(at).filter(|_| table.column(column).is_none()) else { continue };
        let loosened =
            crate::ir::Column { nullable: true, default: None, identity: None, on_update: None, ..old.clone() };
        let place = at.min(table.columns.len());
        table.columns.insert(place, loosened);
        let aside = kept::name(context.intents.head, column);
        late.columns.entry(allow.object.clone()).or_default().insert(column.clone(), aside);
    }
}
