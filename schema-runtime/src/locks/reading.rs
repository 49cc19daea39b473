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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const FIRST_T: Oid = 1;
    const INDEX: Oid = 2;
    const SECOND_T: Oid = 3;
    const NEW: Oid = 4;

    fn relation(name: &str, table: Option<Oid>, file: u32) -> Relation {
        let bare = name.rsplit('.').next().unwrap_or_default();
        Relation::of(name, bare, table, file)
    }

    /// Two tables of one name, and an index on the first.
    fn catalog() -> Catalog {
        let relations = [
            (FIRST_T, relation("a.t", None, 10)),
            (INDEX, relation("a.t_x", Some(FIRST_T), 11)),
            (SECOND_T, relation("b.t", None, 12)),
        ];
        Catalog { relations: relations.into() }
    }

    fn read(sql: &str, before: &Moment, after: &Moment, messages: &[&str]) -> Measured {
        let messages: Vec<String> = messages.iter().map(ToString::to_string).collect();
        let first = catalog();
        measured(&Happened {
            sql,
            first: &first,
            before,
            after,
            foreign_keys: vec![ForeignKey { name: "fk".to_owned(), table: SECOND_T }],
            scanned: Vec::new(),
            messages: &messages,
        })
    }

    fn holding(held: &[(Oid, LockMode)]) -> Moment {
        Moment { catalog: catalog(), held: held.iter().copied().collect() }
    }

    #[test]
    fn only_what_is_stronger_than_before_is_the_statements_own() {
        let before = holding(&[(FIRST_T, LockMode::Share), (SECOND_T, LockMode::AccessExclusive)]);
        let after = holding(&[
            (FIRST_T, LockMode::AccessExclusive),
            (SECOND_T, LockMode::AccessExclusive),
            (INDEX, LockMode::AccessShare),
        ]);
        let found = read("ALTER", &before, &after, &[]);
        assert_eq!(found.locks, [("a.t".to_owned(), LockMode::AccessExclusive)].into());
        assert!(found.indexes.is_empty(), "a reader's locks on indexes are left out");
    }

    #[test]
    fn a_message_without_a_schema_is_about_the_locked_table() {
        let after = holding(&[(SECOND_T, LockMode::AccessExclusive)]);
        let messages = [
            "verifying table \"t\"",
            "building index \"i\" on table \"t\" serially",
            "validating foreign key constraint \"fk\"",
            "anything else",
        ];
        let found = read("ALTER", &holding(&[]), &after, &messages);
        assert_eq!(found.scans, ["b.t".to_owned()].into());
        assert_eq!(found.builds, [("b.t".to_owned(), ["i".to_owned()].into())].into());
        assert_eq!(found.foreign_keys, [("b.t".to_owned(), ["fk".to_owned()].into())].into());
    }

    #[test]
    fn another_file_is_a_rewrite_unless_the_table_is_emptied() {
        let mut after = holding(&[(FIRST_T, LockMode::AccessExclusive)]);
        after.catalog.relations.insert(FIRST_T, relation("a.t", None, 20));
        after.catalog.relations.insert(INDEX, relation("a.t_x", Some(FIRST_T), 21));
        let message = ["building index \"t_x\" on table \"t\" serially"];
        let found = read("VACUUM FULL a.t", &holding(&[]), &after, &message);
        assert_eq!(found.rewrites, ["a.t".to_owned()].into());
        assert_eq!(found.builds, [("a.t".to_owned(), ["t_x".to_owned()].into())].into());
        let emptied = read("TRUNCATE a.t", &holding(&[]), &after, &message);
        assert_eq!((emptied.rewrites.len(), emptied.builds.len()), (0, 0));
    }

    #[test]
    fn what_the_transaction_made_is_exempt() {
        let mut after = holding(&[(NEW, LockMode::AccessExclusive)]);
        after.catalog.relations.insert(NEW, relation("a.n", None, 30));
        let found = read("CREATE", &holding(&[]), &after, &["building index \"n_pkey\" on table \"n\" serially"]);
        assert_eq!(found.new, ["a.n".to_owned()].into());
        assert_eq!((found.locks, found.builds), (BTreeMap::new(), BTreeMap::new()));
    }
}
