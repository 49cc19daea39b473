//! Tables to structs.

use std::collections::BTreeMap;

use schema_core::ir::{
    Check, Deferrable, Exclusion, ForeignKey, Index, IndexKey, IndexTarget, NullsOrder, ReferentialAction,
    ReplicaIdentity, Table, Unique,
};
use schema_core::names::{Kind, derived};

use super::Writer;
use super::columns::{field, on_field};
use super::imports::Imports;
use super::text::{call, list, literal, pair};

/// The struct of a table.
pub(super) fn item(writer: &mut Writer<'_>, table: &Table, imports: &mut Imports<'_>) -> String {
    let ident = writer.names.place(&table.name).ident;
    let attributes = list("table", &Attributes { writer, table }.all(&ident, imports), "");
    let table_derive = imports.path("schema_runtime::Table");
    if table.columns.is_empty() {
        let derives = writer.derives(&["Debug", &table_derive]);
        // A partition's columns are its parent's; any other table has none.
        let fields = if table.partition_of.is_some() { ";" } else { " {}" };
        return format!("{derives}{attributes}pub struct {ident}{fields}\n");
    }
    let derives = writer.derives(&["Debug", "Clone", &table_derive, "sqlx::FromRow"]);
    let mut fields = String::new();
    for column in &table.columns {
        let on_field = on_field(writer, table, column, imports);
        fields.push_str(&field(writer, table, column, on_field, imports));
    }
    format!("{derives}{attributes}pub struct {ident} {{\n{fields}}}\n")
}

struct Attributes<'a, 'w> {
    writer: &'a Writer<'w>,
    table: &'a Table,
}

impl Attributes<'_, '_> {
    fn all(&self, ident: &str, imports: &mut Imports<'_>) -> Vec<String> {
        let table = self.table;
        let mut entries = Vec::new();
        if heck::ToSnakeCase::to_snake_case(ident) != table.name.name {
            entries.push(pair("name", &table.name.name));
        }
        entries
            .extend(table.name.schema.as_deref().filter(|schema| *schema != "public").map(|name| pair("schema", name)));
        self.kind(&mut entries, imports);
        self.constraints(&mut entries, imports);
        entries.extend(table.comment.as_deref().map(|comment| pair("comment", comment)));
        entries
    }

    fn kind(&self, entries: &mut Vec<String>, imports: &mut Imports<'_>) {
        let table = self.table;
        let flags = [
            (table.strict, "strict"),
            (table.without_rowid, "without_rowid"),
            (table.unlogged, "unlogged"),
            (table.row_security, "row_security"),
            (table.force_row_security, "force_row_security"),
        ];
        entries.extend(flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag.to_owned()));
        entries.extend(table.charset.as_deref().map(|charset| pair("charset", charset)));
        entries.extend(table.collation.as_deref().map(|collation| pair("collate", collation)));
        entries.extend(with(&table.storage));
        entries.extend(table.partitioning.as_deref().map(|text| pair("partitioning", text)));
        if !table.inherits.is_empty() {
            entries
                .push(call("inherits", &table.inherits.iter().map(|parent| imports.item(parent)).collect::<Vec<_>>()));
        }
        if let Some(by) = &table.partition_by {
            let keys: Vec<String> = by.keys.iter().map(|key| self.key(key)).collect();
            entries.push(format!("partition_by({}({}))", by.strategy.as_sql().to_lowercase(), keys.join(", ")));
        }
        if let Some(of) = &table.partition_of {
            entries.push(format!("partition_of = {}", imports.item(&of.parent)));
            entries.push(pair("bound", &of.bound));
        }
        entries.extend(table.replica_identity.as_ref().map(|identity| match identity {
            ReplicaIdentity::Full => "replica_identity = full".to_owned(),
            ReplicaIdentity::Nothing => "replica_identity = nothing".to_owned(),
            ReplicaIdentity::Index(name) => format!("replica_identity = index({})", literal(name)),
        }));
    }

    fn constraints(&self, entries: &mut Vec<String>, imports: &mut Imports<'_>) {
        let table = self.table;
        if let Some(key) = table.primary_key.as_ref().filter(|_| plain_primary_key(table).is_none()) {
            let mut parts = self.fields(&key.columns);
            parts.extend(self.name(&key.name, &[], Kind::PrimaryKey));
            parts.extend(self.include(&key.include));
            parts.extend(key.deferrable.map(deferrable));
            parts.extend(with(&key.storage));
            entries.push(call("primary_key", &parts));
        }
        let uniques = table
            .uniques
            .iter()
            .filter(|unique| !on_a_field(table, |name| is_plain_unique(unique, name, named(table, name))));
        entries.extend(uniques.map(|unique| self.unique(unique)));
        let keys = table.foreign_keys.iter().filter(|key| !is_plain_foreign_key(table, key));
        let keys: Vec<String> = keys.map(|key| self.foreign_key(key, imports)).collect();
        entries.extend(keys);
        let checks =
            table.checks.iter().filter(|check| !on_a_field(table, |name| is_plain_check(check, named(table, name))));
        entries.extend(checks.map(|check| self.check(check)));
        entries.extend(table.exclusions.iter().map(|exclusion| self.exclusion(exclusion)));
        let indexes = table
            .indexes
            .iter()
            .filter(|index| !on_a_field(table, |name| is_plain_index(index, name, named(table, name))));
        entries.extend(indexes.map(|index| self.index(index)));
    }

    fn unique(&self, unique: &Unique) -> String {
        let mut parts = self.fields(&unique.columns);
        parts.extend(self.name(&unique.name, &unique.columns, Kind::Unique));
        parts.extend(self.include(&unique.include));
        parts.extend(unique.nulls_not_distinct.then(|| "nulls_not_distinct".to_owned()));
        parts.extend(unique.deferrable.map(deferrable));
        parts.extend(with(&unique.storage));
        call("unique", &parts)
    }

    fn check(&self, check: &Check) -> String {
        let mut parts = vec![literal(&check.expression)];
        parts.extend(self.name(&check.name, &[], Kind::Check));
        let flags =
            [(check.no_inherit, "no_inherit"), (check.not_valid, "not_valid"), (check.not_enforced, "not_enforced")];
        parts.extend(flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag.to_owned()));
        call("check", &parts)
    }

    fn foreign_key(&self, key: &ForeignKey, imports: &mut Imports<'_>) -> String {
        let mut parts = self.fields(&key.columns);
        parts.extend(references(self.writer, key, imports));
        if !key.set_columns.is_empty() {
            parts.push(call("set_columns", &self.fields(&key.set_columns)));
        }
        parts.extend(self.name(&key.name, &key.columns, Kind::ForeignKey));
        let flags = [(key.not_valid, "not_valid"), (key.not_enforced, "not_enforced")];
        parts.extend(flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag.to_owned()));
        call("foreign_key", &parts)
    }

    fn exclusion(&self, exclusion: &Exclusion) -> String {
        let mut parts: Vec<String> = exclusion.method.iter().map(|method| format!("using = {method}")).collect();
        let elements = exclusion.elements.iter();
        parts.extend(elements.map(|element| format!("{} with {}", self.key(&element.key), literal(&element.operator))));
        parts.extend(self.include(&exclusion.include));
        parts.extend(with(&exclusion.storage));
        parts.extend(exclusion.predicate.as_deref().map(|predicate| pair("where", predicate)));
        parts.extend(exclusion.deferrable.map(deferrable));
        parts.push(pair("name", &exclusion.name));
        call("exclude", &parts)
    }

    fn index(&self, index: &Index) -> String {
        let mut parts: Vec<String> = index.keys.iter().map(|key| self.key(key)).collect();
        parts.extend(index.unique.then(|| "unique".to_owned()));
        parts.extend(self.include(&index.include));
        parts.extend(index.predicate.as_deref().map(|predicate| pair("where", predicate)));
        parts.extend(index.method.as_deref().map(|method| format!("using = {method}")));
        parts.extend(with(&index.storage));
        parts.extend(index.nulls_not_distinct.then(|| "nulls_not_distinct".to_owned()));
        let names: Vec<String> = index.keys.iter().map(name_part).collect();
        parts.extend(self.name(&index.name, &names, Kind::Index));
        call("index", &parts)
    }

    fn key(&self, key: &IndexKey) -> String {
        let mut text = match &key.target {
            IndexTarget::Column(column) => self.writer.names.field(&self.table.name, column),
            IndexTarget::Expression(expression) => pair("expr", expression),
        };
        if let Some(prefix) = key.prefix {
            text.push_str(&format!(" prefix = {prefix}"));
        }
        if let Some(opclass) = &key.opclass {
            text.push_str(&format!(" opclass = {}", word(opclass)));
        }
        if let Some(collation) = &key.collation {
            text.push_str(&format!(" collate = {}", literal(collation)));
        }
        if key.descending {
            text.push_str(" desc");
        }
        match key.nulls {
            Some(NullsOrder::First) => text.push_str(" nulls_first"),
            Some(NullsOrder::Last) => text.push_str(" nulls_last"),
            None => {}
        }
        text
    }

    fn fields(&self, columns: &[String]) -> Vec<String> {
        columns.iter().map(|column| self.writer.names.field(&self.table.name, column)).collect()
    }

    fn include(&self, columns: &[String]) -> Option<String> {
        (!columns.is_empty()).then(|| call("include", &self.fields(columns)))
    }

    /// The name, where it isn't what the rule makes, or where the rule would make it twice.
    fn name(&self, name: &str, parts: &[String], kind: Kind) -> Option<String> {
        let by_rule = |parts: &[String], kind| derived(&self.table.name.name, parts, kind);
        let is_shared = |name: &str| shape_names(self.table, by_rule).iter().filter(|other| *other == name).count() > 1;
        (by_rule(parts, kind) != name || is_shared(name)).then(|| pair("name", name))
    }
}

/// What the rule would call each constraint and index of a table.
fn shape_names(table: &Table, by_rule: impl Fn(&[String], Kind) -> String) -> Vec<String> {
    let mut names: Vec<String> = table.uniques.iter().map(|unique| by_rule(&unique.columns, Kind::Unique)).collect();
    names.extend(table.foreign_keys.iter().map(|key| by_rule(&key.columns, Kind::ForeignKey)));
    names.extend(table.checks.iter().map(|_| by_rule(&[], Kind::Check)));
    names.extend(table.indexes.iter().map(|index| {
        let parts: Vec<String> = index.keys.iter().map(name_part).collect();
        by_rule(&parts, Kind::Index)
    }));
    names
}

fn name_part(key: &IndexKey) -> String {
    match &key.target {
        IndexTarget::Column(column) => column.clone(),
        IndexTarget::Expression(_) => "expr".to_owned(),
    }
}

/// `references = Org(slug), on_delete = cascade`.
pub(super) fn references(writer: &Writer<'_>, key: &ForeignKey, imports: &mut Imports<'_>) -> Vec<String> {
    let target = writer.schema.tables.get(&key.references);
    let is_primary = target
        .and_then(|table| table.primary_key.as_ref())
        .is_some_and(|primary| primary.columns == key.referenced_columns);
    let path = imports.item(&key.references);
    let fields: Vec<String> =
        key.referenced_columns.iter().map(|column| writer.names.field(&key.references, column)).collect();
    let target = if is_primary { path } else { call(&path, &fields) };
    let mut parts = vec![format!("references = {target}")];
    for (name, action) in [("on_delete", key.on_delete), ("on_update", key.on_update)] {
        if action != ReferentialAction::NoAction {
            parts.push(format!("{name} = {}", action.as_sql().to_lowercase().replace(' ', "_")));
        }
    }
    parts.extend(key.match_full.then(|| "match_full".to_owned()));
    parts.extend(key.deferrable.map(deferrable));
    parts
}

fn deferrable(deferrable: Deferrable) -> String {
    match deferrable {
        Deferrable::InitiallyImmediate => "deferrable".to_owned(),
        Deferrable::InitiallyDeferred => "deferrable = initially_deferred".to_owned(),
    }
}

/// `with(fillfactor = 80)`.
pub(super) fn with(storage: &BTreeMap<String, String>) -> Option<String> {
    let pairs: Vec<String> = storage.iter().map(|(name, value)| format!("{name} = {}", word(value))).collect();
    (!pairs.is_empty()).then(|| call("with", &pairs))
}

/// A value as a number or a bare word where it is one, else as a string.
fn word(text: &str) -> String {
    let is_bare = text.parse::<u64>().is_ok() || syn::parse_str::<syn::Ident>(text).is_ok();
    if is_bare { text.to_owned() } else { literal(text) }
}

fn named<'t>(table: &'t Table, column: &'t str) -> impl Fn(&str, Kind) -> bool + Copy + 't {
    move |found, kind| found == derived(&table.name.name, &[column], kind)
}

fn on_a_field(table: &Table, is_plain: impl Fn(&str) -> bool) -> bool {
    table.columns.iter().any(|column| is_plain(&column.name))
}

/// The column of a primary key that a field can state.
pub(super) fn plain_primary_key(table: &Table) -> Option<&String> {
    let key = table.primary_key.as_ref()?;
    let is_plain = key.include.is_empty() && key.deferrable.is_none() && key.storage.is_empty();
    let none: [&str; 0] = [];
    match key.columns.as_slice() {
        [column]
            if is_plain
                && key.name == derived(&table.name.name, &none, Kind::PrimaryKey)
                && !table.columns.is_empty() =>
        {
            Some(column)
        }
        _ => None,
    }
}

pub(super) fn is_plain_unique(unique: &Unique, column: &str, named: impl Fn(&str, Kind) -> bool) -> bool {
    *unique == Unique::new(unique.name.clone(), vec![column.to_owned()]) && named(&unique.name, Kind::Unique)
}

pub(super) fn is_plain_index(index: &Index, column: &str, named: impl Fn(&str, Kind) -> bool) -> bool {
    let is_plain = !index.unique
        && index.method.is_none()
        && index.include.is_empty()
        && index.storage.is_empty()
        && index.predicate.is_none();
    is_plain && index.keys == [IndexKey::column(column)] && named(&index.name, Kind::Index)
}

pub(super) fn is_plain_check(check: &Check, named: impl Fn(&str, Kind) -> bool) -> bool {
    *check == Check::new(check.name.clone(), check.expression.clone()) && named(&check.name, Kind::Check)
}

/// The foreign key that a column's field can state; a field states one.
pub(super) fn plain_foreign_key<'t>(
    table: &'t Table,
    column: &str,
    named: impl Fn(&str, Kind) -> bool,
) -> Option<&'t ForeignKey> {
    table.foreign_keys.iter().find(|key| {
        let is_plain = key.set_columns.is_empty() && !key.not_valid && !key.not_enforced;
        is_plain && key.columns == [column] && named(&key.name, Kind::ForeignKey)
    })
}

fn is_plain_foreign_key(table: &Table, key: &ForeignKey) -> bool {
    let [column] = key.columns.as_slice() else { return false };
    table.column(column).is_some() && plain_foreign_key(table, column, named(table, column)) == Some(key)
}
