//! What a user states by options where no source has attributes: renames, mapped labels, consents, values.

use std::collections::BTreeSet;

use schema_core::decl::AllowCode;
use schema_core::diag::Finding;
use schema_core::dialect::{TypeChange, type_change};
use schema_core::diff::{Change, Part, TableChange};
use schema_core::ir::{Column, Dialect, EnumType, ObjectName, Schema, Table, TypeKind};
use schema_core::model::{Allow, Intents, Placed};

use crate::seed::{Samples, sample_value};

/// Which losses the user accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// None.
    #[default]
    None,
    /// All; values that are missing are chosen, and said.
    All,
    /// Those of these codes, as `cargo schema explain` lists them.
    Codes(BTreeSet<String>),
}

impl Consent {
    fn gives(&self, code: AllowCode) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Codes(codes) => codes.contains(code.as_str()),
        }
    }
}

const REASON: &str = "stated on the command line";

/// Adds the renames that options state: `old=new` for tables and types, `table.old=new` and `type.old=new` for columns
/// and labels.
pub(super) fn rename(intents: &mut Intents, from: &Schema, to: &Schema, options: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut parts = Vec::new();
    for option in options {
        match option.split_once('=') {
            None => findings.push(Finding::error(None, format!("`--rename {option}` is not `old=new`"))),
            // Columns are found by their tables' new names, so tables come first.
            Some((old, new)) if rename_whole(intents, from, to, old, new) => {}
            Some(pair) => parts.push(pair),
        }
    }
    for (old, new) in parts {
        if !rename_part(intents, to, old, new) {
            let finding = Finding::error(None, format!("`--rename {old}={new}`: there is no `{old}`")).help(
                "tables and types are written `old=new`, columns `table.old=new`, labels and attributes `type.old=new`",
            );
            findings.push(finding);
        }
    }
    findings
}

fn rename_whole(intents: &mut Intents, from: &Schema, to: &Schema, old: &str, new: &str) -> bool {
    if let Some(former) = from.tables.keys().find(|name| names(name, old)) {
        let name = to.tables.keys().find(|name| names(name, new)).cloned().unwrap_or_else(|| former.sibling(new));
        intents.table_renames.insert(name, Placed::bare(former.clone()));
        return true;
    }
    let Some((kind, former)) = from.types().find(|(_, name)| names(name, old)) else { return false };
    let found = to.types().find(|(of, name)| *of == kind && names(name, new)).map(|(_, name)| name.clone());
    intents.type_renames.insert((kind, found.unwrap_or_else(|| former.sibling(new))), Placed::bare(former.clone()));
    true
}

/// The owner is under its former name or its new one; names may hold dots.
fn rename_part(intents: &mut Intents, to: &Schema, old: &str, new: &str) -> bool {
    let part = |owner: &ObjectName| {
        let rest = old.strip_prefix(&owner.to_string()).or_else(|| old.strip_prefix(&full(owner)));
        rest?.strip_prefix('.').map(str::to_owned)
    };
    let former = |former: Option<&Placed<ObjectName>>| former.map(|former| former.value.clone());
    for owner in to.tables.keys() {
        let old_owner = former(intents.table_renames.get(owner));
        if let Some(column) = part(owner).or_else(|| part(&old_owner?)) {
            intents.column_renames.insert((owner.clone(), new.to_owned()), Placed::bare(column));
            return true;
        }
    }
    for (kind, owner) in to.types() {
        let old_owner = former(intents.type_renames.get(&(kind, owner.clone())));
        let Some(old) = part(owner).or_else(|| part(&old_owner?)) else { continue };
        let renames = if kind == TypeKind::Enum { &mut intents.label_renames } else { &mut intents.column_renames };
        renames.insert((owner.clone(), new.to_owned()), Placed::bare(old));
        return true;
    }
    false
}

/// Adds `type.label=label` to what becomes of rows with a label that goes.
pub(super) fn map(maps: &mut Vec<(ObjectName, String, String)>, to: &Schema, option: &str) -> Result<(), Finding> {
    let error = |message: String| Finding::error(None, message);
    let Some((old, new)) = option.split_once('=') else {
        return Err(error(format!("`--map {option}` is not `type.label=label`")));
    };
    let found = to.enums.values().find_map(|ty| {
        let full = [ty.name.to_string(), full(&ty.name)];
        full.iter().find_map(|name| Some((ty, old.strip_prefix(name.as_str())?.strip_prefix('.')?)))
    });
    match found {
        Some((ty, label)) => {
            maps.push((ty.name.clone(), label.to_owned(), new.to_owned()));
            Ok(())
        }
        None => Err(error(format!("`--map {option}`: no enum has such a name"))),
    }
}

fn names(name: &ObjectName, text: &str) -> bool {
    name.to_string() == text || full(name) == text
}

fn full(name: &ObjectName) -> String {
    name.schema.as_ref().map_or_else(|| name.name.clone(), |schema| format!("{schema}.{}", name.name))
}

/// States what the changes need and the user gives, in the words of attributes; `samples` are values of rows that
/// are there.
pub(super) struct Stating<'a> {
    pub(super) from: &'a Schema,
    pub(super) to: &'a Schema,
    pub(super) consent: &'a Consent,
    /// Whether drops keep what goes, where something can be kept.
    pub(super) keep: bool,
    pub(super) maps: &'a [(ObjectName, String, String)],
    pub(super) samples: &'a Samples,
    pub(super) intents: &'a mut Intents,
    /// What was chosen, in words.
    pub(super) stated: BTreeSet<String>,
}

impl Stating<'_> {
    pub(super) fn changes(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::DropTable(table) => self.allow(AllowCode::DropTable, &table.name, None),
                Change::DropEnum(ty) => self.allow(AllowCode::DropEnum, &ty.name, None),
                Change::AlterEnum { from, to, .. } => self.alter_enum(from, to),
                Change::AlterTable(change) => self.alter_table(change),
                _ => {}
            }
        }
    }

    /// What goes as a whole and is no table or enum.
    pub(super) fn removals(&mut self) {
        let (from, to) = (self.from, self.to);
        let gone = from.sequences.keys().filter(|name| !to.sequences.contains_key(*name));
        gone.for_each(|name| self.allow(AllowCode::DropSequence, name, None));
        let gone = from.domains.keys().filter(|name| !to.domains.contains_key(*name));
        gone.for_each(|name| self.allow(AllowCode::DropDomain, name, None));
        let gone = from.composites.keys().filter(|name| !to.composites.contains_key(*name));
        gone.for_each(|name| self.allow(AllowCode::DropType, name, None));
        for id in from.objects.keys() {
            self.allow(AllowCode::DropObject, &ObjectName::bare(id.to_string()), None);
        }
    }

    fn allow(&mut self, code: AllowCode, object: &ObjectName, part: Option<&str>) {
        self.add(self.stated(code, object, part));
    }

    fn add(&mut self, allow: Allow) {
        if self.consent.gives(allow.code) {
            self.intents.allows.push(allow);
        }
    }

    fn stated(&self, code: AllowCode, object: &ObjectName, part: Option<&str>) -> Allow {
        let (object, part, reason) = (object.clone(), part.map(str::to_owned), REASON.to_owned());
        // Not every column can keep what another type makes of its values, and a refusal would hide the rest.
        let keep = self.keep && code.can_keep() && code != AllowCode::NarrowType;
        Allow { code, object, part, reason, map_to: None, restore: None, keep, place: None }
    }

    fn alter_enum(&mut self, from: &EnumType, to: &EnumType) {
        for label in from.labels.iter().filter(|label| !to.labels.contains(label)) {
            let mapped = self.maps.iter().find(|(name, old, _)| *name == to.name && old == label);
            let map_to = mapped.map(|(_, _, new)| new.clone());
            self.add(Allow { map_to, ..self.stated(AllowCode::DropLabel, &to.name, Some(label)) });
        }
    }

    fn alter_table(&mut self, change: &TableChange) {
        let table = &change.to.name;
        self.allow(AllowCode::DropRowSecurity, table, None);
        for exclusion in &change.from.exclusions {
            self.allow(AllowCode::DropExclusion, table, Some(&exclusion.name));
        }
        for part in &change.parts {
            match part {
                Part::DropColumn(column) => self.drop_column(change, column),
                Part::AddColumn(column) if is_unfilled(column) => self.fill(&change.to, column),
                Part::AlterColumn { from, to } => self.alter_column(&change.to, from, to),
                Part::DropPrimaryKey(key) => self.allow(AllowCode::DropPrimaryKey, table, Some(&key.name)),
                Part::DropUnique(key) => self.allow(AllowCode::DropUnique, table, Some(&key.name)),
                Part::DropIndex(index) => self.allow(AllowCode::DropUnique, table, Some(&index.name)),
                Part::DropCheck(check) => self.allow(AllowCode::DropCheck, table, Some(&check.name)),
                Part::DropForeignKey(key) => self.allow(AllowCode::DropForeignKey, table, Some(&key.name)),
                _ => {}
            }
        }
    }

    fn alter_column(&mut self, table: &Table, from: &Column, to: &Column) {
        if from.nullable && !to.nullable {
            self.fill(table, to);
        }
        if !from.nullable && to.nullable {
            self.allow(AllowCode::DropNotNull, &table.name, Some(&to.name));
        }
        if from.ty != to.ty && type_change(self.to.dialect, &from.ty, &to.ty) == TypeChange::Narrowing {
            self.allow(AllowCode::NarrowType, &table.name, Some(&to.name));
        }
    }

    /// The down needs a value where the column can't be NULL: one that a row had, or, in a key, another for each row.
    fn drop_column(&mut self, change: &TableChange, column: &Column) {
        let table = &change.to.name;
        let restore = (!column.nullable && is_unfilled(column)).then(|| {
            let sample = self.samples.get(&(change.from.name.clone(), column.name.clone())).cloned();
            let sample = sample.or_else(|| self.samples.get(&(table.clone(), column.name.clone())).cloned());
            let alone = crate::seed::is_unique(&change.from, &column.name);
            let each = alone.then(|| for_each_row(self.to.dialect, column)).flatten();
            each.or(sample).unwrap_or_else(|| sample_value(self.to, &column.ty, &[]))
        });
        if let Some(value) = restore.as_ref().filter(|_| self.consent.gives(AllowCode::DropColumn)) {
            self.stated.insert(format!("the down gives rows of {table} {value} in {}", column.name));
        }
        let allow = self.stated(AllowCode::DropColumn, table, Some(&column.name));
        self.add(Allow { restore, keep: allow.keep && column.generated.is_none(), ..allow });
    }

    fn fill(&mut self, table: &Table, column: &Column) {
        let key = (table.name.clone(), column.name.clone());
        if self.intents.backfills.contains_key(&key) {
            return;
        }
        if *self.consent != Consent::All {
            self.allow(AllowCode::AssumeEmpty, &table.name, Some(&column.name));
            return;
        }
        let value = self.filler(table, column);
        self.stated.insert(format!("rows of {} without a value get {value} in {}", table.name, column.name));
        self.intents.backfills.insert(key, Placed::bare(value));
    }

    /// A value that the new constraints are likely to take; rows that they don't take with it are not made.
    fn filler(&self, table: &Table, column: &Column) -> String {
        let simple = |key: &&schema_core::ir::ForeignKey| key.columns == [column.name.clone()];
        if let Some(key) = table.foreign_keys.iter().find(simple) {
            let dialect = self.to.dialect;
            let referenced = key.referenced_columns.first().map(|name| dialect.quote(name)).unwrap_or_default();
            return format!("(SELECT {referenced} FROM {} ORDER BY 1 LIMIT 1)", dialect.qualified(&key.references));
        }
        if let Some(default) = &column.default {
            return default.clone();
        }
        let checks: Vec<String> = table
            .checks
            .iter()
            .filter(|check| crate::seed::mentions(&check.expression, &column.name))
            .map(|check| check.expression.clone())
            .collect();
        sample_value(self.to, &column.ty, &checks)
    }
}

/// True when rows that are there would have no value.
fn is_unfilled(column: &Column) -> bool {
    !column.nullable && column.default.is_none() && column.identity.is_none() && column.generated.is_none()
}

/// An expression that differs for each row.
fn for_each_row(dialect: Dialect, column: &Column) -> Option<String> {
    let text = column.ty.to_string();
    let expression = match dialect {
        Dialect::Sqlite if text.to_uppercase().contains("INT") => "abs(random())",
        Dialect::Sqlite => "lower(hex(randomblob(8)))",
        Dialect::MariaDb | Dialect::MySql => return None,
        Dialect::Postgres => match text.split('(').next().unwrap_or_default() {
            "smallint" => "(random() * 32000)::smallint",
            "integer" => "(random() * 2000000000)::integer",
            "bigint" | "numeric" => "(random() * 2000000000)::bigint",
            "uuid" => "gen_random_uuid()",
            "text" | "citext" => "md5(random()::text)",
            "character varying" | "character" => {
                return Some(format!("substr(md5(random()::text), 1, {})", length(&text)));
            }
            "date" => "'2000-01-01'::date + (random() * 20000)::integer",
            "timestamp without time zone" | "timestamp with time zone" => "now() - random() * '1000 days'::interval",
            _ => return None,
        },
    };
    Some(expression.to_owned())
}

fn length(text: &str) -> &str {
    text.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("32", |(length, _)| length)
}

#[cfg(test)]
mod tests {
    use schema_core::ir::{CompositeType, SqlType};

    use super::*;

    fn schema() -> Schema {
        let mut schema = Schema::empty(Dialect::Postgres);
        let mut table = Table::new(ObjectName::qualified("public", "users"));
        table.columns.push(Column::new("mail", SqlType::builtin("text")));
        schema.tables.insert(table.name.clone(), table);
        let mood = ObjectName::qualified("app", "mood");
        schema.enums.insert(mood.clone(), EnumType { name: mood, labels: vec!["a.b".to_owned()], comment: None });
        schema
    }

    #[test]
    fn renames_are_of_tables_or_columns() {
        let mut intents = Intents::default();
        let schema = schema();
        let mut after = Schema::empty(Dialect::Postgres);
        let people = ObjectName::qualified("public", "people");
        after.tables.insert(people.clone(), Table::new(people.clone()));
        let options = ["users.a.mail=email".to_owned(), "users=people".to_owned(), "nobody=somebody".to_owned()];
        let findings = rename(&mut intents, &schema, &after, &options);
        assert!(intents.table_renames.contains_key(&people));
        assert_eq!(intents.column_renames[&(people, "email".to_owned())].value, "a.mail");
        assert_eq!(findings[0].message, "`--rename nobody=somebody`: there is no `nobody`");
    }

    #[test]
    fn types_and_their_parts_get_other_names() {
        let name = |text: &str| ObjectName::bare(text);
        let domain = |text: &str| (name(text), schema_core::ir::Domain::new(name(text), SqlType::builtin("text")));
        let mut before = Schema::empty(Dialect::Postgres);
        let mut after = Schema::empty(Dialect::Postgres);
        before.domains.extend([domain("mail")]);
        after.domains.extend([domain("email")]);
        let place = |of: &str| (name(of), CompositeType { name: name(of), attributes: Vec::new(), comment: None });
        before.composites.extend([place("place")]);
        after.composites.extend([place("address")]);
        let mut intents = Intents::default();
        let options = ["mail=email".to_owned(), "place.postcode=zip".to_owned(), "place=address".to_owned()];
        assert_eq!(rename(&mut intents, &before, &after, &options), []);
        assert_eq!(intents.type_renames[&(TypeKind::Domain, name("email"))].value, name("mail"));
        assert_eq!(intents.type_renames[&(TypeKind::Composite, name("address"))].value, name("place"));
        assert_eq!(intents.column_renames[&(name("address"), "zip".to_owned())].value, "postcode");
    }

    #[test]
    fn labels_may_hold_dots() {
        let mut maps = Vec::new();
        map(&mut maps, &schema(), "app.mood.a.b=c").unwrap();
        assert_eq!(maps, [(ObjectName::qualified("app", "mood"), "a.b".to_owned(), "c".to_owned())]);
        assert!(map(&mut maps, &schema(), "nothing.a=b").is_err());
    }
}
