//! What an object leans on, as far as the names in its text tell: sometimes too much, never too little.
//!
//! Bodies in quotes are not looked into, as PostgreSQL doesn't either.

use std::collections::BTreeSet;

use super::tokens::{Kind, Token, can_be_alias, tokens};
use crate::ir::{Dialect, Object, ObjectId, ObjectKind, ObjectName, Schema, Table, Use};

/// What the object leans on in the schema.
#[must_use]
pub fn uses(object: &Object, schema: &Schema) -> BTreeSet<Use> {
    let mut found = Found { schema, object, uses: BTreeSet::new(), tables: Vec::new() };
    for statement in &object.create {
        // What can't be read leans on nothing known; the database will say what is wrong with it.
        let tokens = tokens(schema.dialect, statement.as_str()).unwrap_or_default();
        found.statement(&tokens);
    }
    found.uses.remove(&Use::Object(object.id.clone()));
    found.uses
}

/// Whether the text takes all columns of something, however many there are: `SELECT *`.
pub(crate) fn takes_all_columns(dialect: Dialect, object: &Object) -> bool {
    object.create.iter().any(|text| stars(&tokens(dialect, text.as_str()).unwrap_or_default()))
}

fn stars(tokens: &[Token]) -> bool {
    tokens.windows(2).any(|pair| {
        let [before, star] = pair else { return false };
        let can_stand_before = before.is_symbol(",")
            || before.is_symbol(".")
            || before.is_symbol(")")
            || ["SELECT", "DISTINCT", "ALL", "RETURNING"].into_iter().any(|word| before.is(word));
        (star.is_symbol("*") && can_stand_before) || before.is("NATURAL") || before.is("TABLE")
    })
}

struct Found<'a> {
    schema: &'a Schema,
    object: &'a Object,
    uses: BTreeSet<Use>,
    tables: Vec<&'a Table>,
}

impl<'a> Found<'a> {
    fn statement(&mut self, tokens: &[Token]) {
        let mut aliases = BTreeSet::new();
        self.tables.clear();
        for at in 0..tokens.len() {
            let starts = at == 0 || !tokens.get(at - 1).is_some_and(|before| before.is_symbol("."));
            match tokens.get(at).map(|token| &token.kind) {
                Some(Kind::Text(text)) => self.quoted_name(text),
                Some(Kind::Word(_) | Kind::Quoted(_)) if starts => {
                    aliases.extend(self.chain(tokens.get(at..).unwrap_or_default()));
                }
                _ => {}
            }
        }
        let words: BTreeSet<String> =
            tokens.iter().filter_map(Token::identifier).map(|word| self.folded(word)).collect();
        let everything = stars(tokens) || aliases.iter().any(|alias| self.is_a_value(tokens, alias));
        for table in std::mem::take(&mut self.tables) {
            self.columns(table, &words, everything);
        }
        self.attached_part(tokens);
    }

    /// What `ALTER INDEX .. ATTACH PARTITION` names.
    fn attached_part(&mut self, tokens: &[Token]) {
        let Some(at) = tokens.windows(2).position(|pair| matches!(pair, [a, b] if a.is("ATTACH") && b.is("PARTITION")))
        else {
            return;
        };
        let parts: Vec<&str> = tokens.iter().skip(at + 2).filter_map(Token::identifier).collect();
        let named = self.schema.tables.values().flat_map(|table| indexes(table).map(move |name| (&table.name, name)));
        let found = named.filter(|(table, name)| self.is(&table.sibling(*name), &parts));
        let found: Vec<Use> = found.map(|(table, name)| Use::Part(table.clone(), name.to_owned())).collect();
        self.uses.extend(found);
    }

    fn folded(&self, word: &str) -> String {
        self.schema.dialect.folded(word).into_owned()
    }

    fn is(&self, name: &ObjectName, parts: &[&str]) -> bool {
        let same = |a: &str, b: &str| self.schema.dialect.same_name(a, b);
        match (parts, name.schema.as_deref()) {
            ([schema, local, ..], Some(of)) if same(schema, of) && same(local, &name.name) => true,
            ([local, ..], None | Some("public")) => same(local, &name.name),
            _ => false,
        }
    }

    /// A name with its parts, from its first token on; the names by which its columns can be called.
    fn chain(&mut self, tokens: &[Token]) -> Vec<String> {
        let mut parts = Vec::new();
        for pair in tokens.chunks(2) {
            let Some(part) = pair.first().and_then(Token::identifier) else { break };
            parts.push(part);
            if !pair.get(1).is_some_and(|dot| dot.is_symbol(".")) {
                break;
            }
        }
        let after = tokens.get(parts.len() * 2 - 1..).unwrap_or_default();
        self.types(&parts);
        self.others(&parts);
        match self.schema.tables.values().find(|table| self.is(&table.name, &parts)) {
            Some(table) => {
                self.table(table);
                std::iter::once(table.name.name.clone()).chain(alias(after)).collect()
            }
            None => Vec::new(),
        }
    }

    fn table(&mut self, table: &'a Table) {
        if !self.tables.iter().any(|known| known.name == table.name) {
            self.tables.push(table);
        }
    }

    fn types(&mut self, parts: &[&str]) {
        let schema = self.schema;
        let names = schema.enums.keys().chain(schema.domains.keys()).chain(schema.composites.keys());
        let types: Vec<Use> = names.filter(|name| self.is(name, parts)).cloned().map(Use::Type).collect();
        self.uses.extend(types);
        let sequences = schema.sequences.keys().filter(|name| self.is(name, parts));
        let sequences: Vec<Use> = sequences.cloned().map(Use::Sequence).collect();
        self.uses.extend(sequences);
    }

    fn others(&mut self, parts: &[&str]) {
        let has_a_name = |id: &ObjectId| {
            !matches!(
                id.kind,
                ObjectKind::Comment
                    | ObjectKind::Privileges
                    | ObjectKind::DefaultPrivileges
                    | ObjectKind::Trigger
                    | ObjectKind::Rule
                    | ObjectKind::Policy
                    | ObjectKind::Operator
                    | ObjectKind::Cast
            )
        };
        let known = self.schema.objects.keys().filter(|id| has_a_name(id) && self.is(&id.name, parts));
        let known: Vec<Use> = known.cloned().map(Use::Object).collect();
        self.uses.extend(known);
        if self.is_about_access() {
            let on = self.schema.objects.keys().filter(|id| {
                let owner =
                    id.on.as_deref().map(|on| format!(" ON {}", crate::dialect::qualified(&id.name.sibling(on))));
                let this = format!("{} {}", id.kind.as_str().to_uppercase(), crate::dialect::quote(&id.name.name));
                owner.is_some_and(|owner| self.object.id.on.as_deref() == Some(&(this + &owner)))
            });
            let on: Vec<Use> = on.cloned().map(Use::Object).collect();
            self.uses.extend(on);
        }
    }

    /// A sequence or table that a literal names: `nextval('app.seq'::regclass)`.
    fn quoted_name(&mut self, text: &str) {
        let Ok(tokens) = tokens(self.schema.dialect, text) else { return };
        let is_a_name =
            matches!(tokens.len(), 1 | 3) && tokens.iter().step_by(2).all(|part| part.identifier().is_some());
        if is_a_name {
            let parts: Vec<&str> = tokens.iter().filter_map(Token::identifier).collect();
            let sequences = self.schema.sequences.keys().filter(|name| self.is(name, &parts));
            let sequences: Vec<Use> = sequences.cloned().map(Use::Sequence).collect();
            self.uses.extend(sequences);
        }
    }

    /// Whether a table's name or alias stands for a whole row: it is there once to be declared.
    fn is_a_value(&self, tokens: &[Token], alias: &str) -> bool {
        let alone = tokens.iter().enumerate().filter(|(at, token)| {
            let is_it = token.identifier().is_some_and(|word| self.schema.dialect.same_name(word, alias));
            is_it && !tokens.get(at + 1).is_some_and(|next| next.is_symbol("."))
        });
        matches!(self.object.id.kind, ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::Rule)
            && alone.count() > 1
    }

    fn is_about_access(&self) -> bool {
        matches!(self.object.id.kind, ObjectKind::Comment | ObjectKind::Privileges)
    }

    fn columns(&mut self, table: &Table, words: &BTreeSet<String>, everything: bool) {
        let named = |name: &str| words.contains(&self.folded(name));
        let columns = table.columns.iter().filter(|column| named(&column.name));
        let mut uses: Vec<Use> = columns.map(|column| Use::Column(table.name.clone(), column.name.clone())).collect();
        if self.is_about_access() {
            let checks = table.checks.iter().map(|check| check.name.as_str());
            let keys = table.foreign_keys.iter().map(|key| key.name.as_str());
            let parts = indexes(table).chain(checks).chain(keys).filter(|name| named(name));
            uses.extend(parts.map(|name| Use::Part(table.name.clone(), name.to_owned())));
        }
        let needs_the_whole = !matches!(self.object.id.kind, ObjectKind::View | ObjectKind::MaterializedView);
        if everything || needs_the_whole || uses.is_empty() {
            uses.push(Use::Table(table.name.clone()));
        }
        self.uses.extend(uses);
    }
}

/// The names of the table's indexes, those of constraints among them.
fn indexes(table: &Table) -> impl Iterator<Item = &str> {
    let keys = table.primary_key.iter().map(|key| &key.name).chain(table.uniques.iter().map(|unique| &unique.name));
    let exclusions = table.exclusions.iter().map(|exclusion| &exclusion.name);
    keys.chain(exclusions).chain(table.indexes.iter().map(|index| &index.name)).map(String::as_str)
}

/// The alias that follows a table.
fn alias(after: &[Token]) -> Option<String> {
    let (first, second) = (after.first()?, after.get(1));
    let token = if first.is("AS") { second? } else { first };
    match &token.kind {
        Kind::Quoted(name) => Some(name.clone()),
        Kind::Word(name) if can_be_alias(name) => Some(name.clone()),
        _ => None,
    }
}

/// Finds anew what each object of the schema leans on, once everything is in it.
pub fn resolve(schema: &mut Schema) {
    let found: Vec<BTreeSet<Use>> = schema.objects.values().map(|object| uses(object, schema)).collect();
    for (object, uses) in schema.objects.values_mut().zip(found) {
        object.uses = uses;
    }
}
