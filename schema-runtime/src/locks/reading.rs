//! From what the server holds and says to what a statement did. Nothing here asks a server.

use std::collections::BTreeSet;

use schema_core::ir::Dialect;
use schema_core::locks::{LockMode, Measured};

use super::catalog::{Catalog, ForeignKey, Held, Moment, Oid, Relation};
use crate::migrate::script::statements;

/// All there is to know about one statement.
pub(super) struct Happened<'a> {
    pub(super) sql: &'a str,
    /// When its transaction began.
    pub(super) first: &'a Catalog,
    pub(super) before: &'a Moment,
    pub(super) after: &'a Moment,
    /// Candidates for the foreign keys in the messages.
    pub(super) foreign_keys: Vec<ForeignKey>,
    /// Tables that were read, by their counters.
    pub(super) scanned: Vec<Oid>,
    pub(super) messages: &'a [String],
}

/// What one statement took and did.
pub(super) fn measured(happened: &Happened<'_>) -> Measured {
    let mut measured = Measured::default();
    for (oid, mode) in raised(&happened.before.held, &happened.after.held) {
        happened.lock(&mut measured, oid, mode);
    }
    happened.rewritten(&mut measured);
    for message in happened.messages {
        happened.message(&mut measured, message);
    }
    for key in &happened.foreign_keys {
        if let Some(table) = happened.old_name(key.table).filter(|_| happened.is_held(key.table)) {
            measured.foreign_keys.entry(table.to_owned()).or_default().insert(key.name.clone());
        }
    }
    measured.scans.extend(happened.scanned.iter().filter_map(|oid| happened.old_name(*oid)).map(str::to_owned));
    measured
}

/// Locks that are stronger than those held before.
fn raised<'a>(before: &'a Held, after: &'a Held) -> impl Iterator<Item = (Oid, LockMode)> + 'a {
    after.iter().filter(|(oid, mode)| before.get(oid).is_none_or(|held| held < mode)).map(|(oid, mode)| (*oid, *mode))
}

impl Happened<'_> {
    /// The name of what was there when the transaction began.
    fn old_name(&self, oid: Oid) -> Option<&str> {
        self.first.relations.contains_key(&oid).then_some(())?;
        self.before.catalog.name(oid).or_else(|| self.after.catalog.name(oid))
    }

    fn is_held(&self, oid: Oid) -> bool {
        self.after.held.contains_key(&oid)
    }

    fn lock(&self, measured: &mut Measured, oid: Oid, mode: LockMode) {
        let catalogs = [&self.before.catalog, &self.after.catalog];
        let Some(relation) = catalogs.into_iter().find_map(|catalog| catalog.relations.get(&oid)) else { return };
        if !self.first.relations.contains_key(&oid) {
            if relation.table.is_none() {
                measured.new.insert(relation.name.clone());
            }
            return;
        }
        match relation.table {
            None => drop(measured.locks.insert(relation.name.clone(), mode)),
            // A query takes weak ones on every index of its tables.
            Some(_) if mode < LockMode::ShareUpdateExclusive => {}
            Some(table) => {
                let Some(table) = self.old_name(table) else { return };
                measured.indexes.entry(table.to_owned()).or_default().insert(relation.name.clone(), mode);
            }
        }
    }

    /// A relation whose storage changed is written anew, unless it is emptied.
    fn rewritten(&self, measured: &mut Measured) {
        if self.empties() {
            return;
        }
        for (_, old) in self.stored_anew() {
            match old.table.map(|table| self.old_name(table)) {
                None => drop(measured.rewrites.insert(old.name.clone())),
                Some(table) => build(measured, table, &old.bare),
            }
        }
    }

    fn empties(&self) -> bool {
        self.sql.to_ascii_lowercase().contains("truncate")
    }

    /// Relations of before whose file is another one now.
    fn stored_anew(&self) -> impl Iterator<Item = (Oid, &Relation)> {
        let old = self.before.catalog.relations.iter().filter(|(oid, _)| self.first.relations.contains_key(oid));
        let file = |oid: &Oid| self.after.catalog.relations.get(oid).and_then(|new| new.file);
        old.filter(move |(oid, old)| old.file.is_some() && file(oid).is_some_and(|file| Some(file) != old.file))
            .map(|(oid, old)| (*oid, old))
    }

    /// The index of an emptied table is built of nothing.
    fn is_emptied(&self, table: &str) -> bool {
        self.empties() && self.stored_anew().any(|(_, old)| old.table.is_none() && old.name == table)
    }

    fn message(&self, measured: &mut Measured, message: &str) {
        if let Some(table) = between(message, "rewriting table \"", "\"") {
            measured.rewrites.extend(self.named(table).map(str::to_owned));
        } else if let Some(table) = between(message, "verifying table \"", "\"") {
            measured.scans.extend(self.named(table).map(str::to_owned));
        } else if let Some((index, rest)) =
            message.strip_prefix("building index \"").and_then(|rest| rest.split_once("\" on table \""))
            && let Some((table, _)) = rest.split_once('"')
        {
            build(measured, self.named(table).filter(|table| !self.is_emptied(table)), index);
        }
    }

    /// The table that a message means: it names no schema, so the one that is locked counts first.
    fn named(&self, bare: &str) -> Option<&str> {
        let all = || {
            self.before
                .catalog
                .relations
                .iter()
                .filter(|(_, relation)| relation.table.is_none() && relation.bare == bare)
        };
        let locked = all().find(|(oid, _)| self.is_held(**oid));
        locked.or_else(|| all().next()).and_then(|(oid, _)| self.old_name(*oid))
    }
}

fn build(measured: &mut Measured, table: Option<&str>, index: &str) {
    if let Some(table) = table {
        measured.builds.entry(table.to_owned()).or_default().insert(index.to_owned());
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.strip_prefix(start)?.strip_suffix(end)
}

/// The names in messages of foreign keys that were checked for every row.
pub(super) fn checked_foreign_keys(messages: &[String]) -> BTreeSet<&str> {
    messages.iter().filter_map(|message| between(message, "validating foreign key constraint \"", "\"")).collect()
}

/// ALTER DOMAIN reads tables without a word.
pub(super) fn is_about_a_domain(sql: &str) -> bool {
    statements(Dialect::Postgres, sql).first().is_some_and(|statement| statement.begins(&["alter", "domain"]))
}
