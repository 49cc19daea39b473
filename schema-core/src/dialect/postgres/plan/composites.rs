//! Composite types, and the order among them and the domains.
//!
//! Attributes are renamed, and come and go at the end, in place. Any other change builds the type anew and carries
//! every column over attribute by attribute, since PostgreSQL alters no attribute under a table's column.

use std::collections::{BTreeMap, BTreeSet};

use super::domains::{self, columns_of};
use super::enums::only_gains;
use super::removals::is_array;
use super::renames::temporary;
use super::repartition::is_key;
use super::{Planner, ordered_renames};
use crate::diag::Finding;
use crate::dialect::postgres::types::change;
use crate::dialect::postgres::{cast, ddl};
use crate::dialect::{TypeChange, qualified, quote};
use crate::diff::{Change, former_type};
use crate::ir::{Attribute, Column, CompositeType, Domain, ObjectName, Schema};
use crate::plan::Step;

/// A domain or a composite type.
enum Either<'a> {
    Domain(&'a Domain),
    Composite(&'a CompositeType),
}

impl<'a> Either<'a> {
    fn name(&self) -> &'a ObjectName {
        match self {
            Self::Domain(domain) => &domain.name,
            Self::Composite(composite) => &composite.name,
        }
    }

    fn uses(&self) -> Vec<&'a ObjectName> {
        match self {
            Self::Domain(domain) => domain.ty.named().into_iter().collect(),
            Self::Composite(composite) => composite.attributes.iter().filter_map(|it| it.ty.named()).collect(),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Domain(_) => "domain",
            Self::Composite(_) => "type",
        }
    }

    fn create(&self) -> Vec<String> {
        match self {
            Self::Domain(domain) => domains::whole(domain),
            Self::Composite(composite) => whole(composite),
        }
    }

    fn drop(&self) -> String {
        format!("DROP {} {}", self.word().to_uppercase(), qualified(self.name()))
    }
}

/// Each after those it is made of.
fn ordered(mut types: Vec<Either<'_>>) -> Vec<Either<'_>> {
    let mut ordered = Vec::new();
    while !types.is_empty() {
        let waiting: BTreeSet<ObjectName> = types.iter().map(|ty| ty.name().clone()).collect();
        let (ready, rest): (Vec<_>, Vec<_>) =
            types.into_iter().partition(|ty| !ty.uses().into_iter().any(|name| waiting.contains(name)));
        if ready.is_empty() {
            // No server holds types in a circle; it will refuse the first of them.
            ordered.extend(rest);
            break;
        }
        ordered.extend(ready);
        types = rest;
    }
    ordered
}

impl Planner<'_> {
    /// New domains and composite types, and changes of those that stay. After the enums, before the tables.
    pub(super) fn new_types(&mut self) {
        let created = self.changes.iter().filter_map(|change| match change {
            Change::CreateDomain(domain) => Some(Either::Domain(domain)),
            Change::CreateComposite(composite) => Some(Either::Composite(composite)),
            _ => None,
        });
        for ty in ordered(created.collect()) {
            let title = format!("create {} {}", ty.word(), ty.name());
            self.push(Step::schema(ty.name(), title, ty.create().into(), vec![ty.drop()].into()));
            match ty {
                Either::Domain(domain) => drop(self.now.domains.insert(domain.name.clone(), domain.clone())),
                Either::Composite(composite) => {
                    drop(self.now.composites.insert(composite.name.clone(), composite.clone()));
                }
            }
        }
        self.loosen_domains();
        for change in self.changes {
            if let Change::AlterComposite { to, renamed_attributes, .. } = change {
                self.alter_composite(to, renamed_attributes);
            }
        }
    }

    /// Once no table uses them.
    pub(super) fn drop_types(&mut self) {
        let dropped = self.changes.iter().filter_map(|change| match change {
            Change::DropDomain(domain) => Some(Either::Domain(domain)),
            Change::DropComposite(composite) => Some(Either::Composite(composite)),
            _ => None,
        });
        for ty in ordered(dropped.collect()).into_iter().rev() {
            if self.kept.has_type(ty.name()) {
                self.keep_type(&ty.word().to_uppercase(), ty.word(), ty.name());
                continue;
            }
            let title = format!("drop {} {}", ty.word(), ty.name());
            self.push(Step::schema(ty.name(), title, vec![ty.drop()].into(), ty.create().into()).hazard("H47"));
        }
    }

    fn alter_composite(&mut self, to: &CompositeType, renamed: &[(String, String)]) {
        self.rename_attributes(to, renamed);
        let Some(now) = self.now.composites.get(&to.name).cloned() else { return };
        let name = &to.name;
        let (old, new) = (now.attributes.as_slice(), to.attributes.as_slice());
        if let Some(added) = new.strip_prefix(old).filter(|added| !added.is_empty()) {
            let title = format!("add {} to type {name}", names(added));
            let step = Step::schema(name, title, add(name, added).into(), remove(name, added).into());
            self.push(step.impact(format!("down: the values of {} in columns of type {name} are lost", names(added))));
        } else if let Some(gone) = old.strip_prefix(new).filter(|gone| !gone.is_empty()) {
            let title = format!("drop {} of type {name}", names(gone));
            let step = Step::schema(name, title, remove(name, gone).into(), add(name, gone).into());
            let lost = format!("the values of {} in columns of type {name} are lost", names(gone));
            self.push(step.hazard("H12").hazard("H68").impact(lost).impact("down: they come back as NULL"));
        } else if old != new {
            self.rebuild_composite(&now, to);
        }
        if now.comment != to.comment {
            let comment = |of: &CompositeType| vec![ddl::comment_on_type(name, of.comment.as_deref())];
            let title = format!("comment on type {name}");
            self.push(Step::schema(name, title, comment(to).into(), comment(&now).into()));
        }
        self.now.composites.insert(name.clone(), to.clone());
    }

    fn rename_attributes(&mut self, to: &CompositeType, renamed: &[(String, String)]) {
        let Some(now) = self.now.composites.get_mut(&to.name) else { return };
        let known: BTreeSet<String> = now.attributes.iter().chain(&to.attributes).map(|it| it.name.clone()).collect();
        let pending: BTreeMap<String, String> = renamed.iter().cloned().collect();
        let mut steps = Vec::new();
        for (old, new) in ordered_renames(pending, |name| temporary(name, |text| !known.contains(text))) {
            let rename = |from: &str, new: &str| {
                let action = format!("RENAME ATTRIBUTE {} TO {}", quote(from), quote(new));
                vec![format!("ALTER TYPE {} {action}", qualified(&to.name))]
            };
            let title = format!("rename attribute {old} of type {} to {new}", to.name);
            steps.push(
                Step::schema(&to.name, title, rename(&old, &new).into(), rename(&new, &old).into()).hazard("H13"),
            );
            now.attributes.iter_mut().filter(|it| it.name == old).for_each(|it| it.name.clone_from(&new));
        }
        steps.into_iter().for_each(|step| self.push(step));
    }

    fn rebuild_composite(&mut self, now: &CompositeType, to: &CompositeType) {
        let goal = CompositeType { comment: now.comment.clone(), ..to.clone() };
        let (up, down) = (self.composite_rebuilt(now, &goal), self.composite_rebuilt(&goal, now));
        let title = format!("change the attributes of type {}", to.name);
        let mut step = Step::schema(&to.name, title, up.into(), down.into()).hazard("H14");
        for (from, to, direction, hazard) in [(now, to, "", Some("H68")), (to, now, "down: ", None)] {
            let lost: Vec<Attribute> = without(from, to);
            if !lost.is_empty() && !self.columns_of(&to.name).is_empty() {
                let (names, name) = (names(&lost), &to.name);
                step = step.impact(format!("{direction}the values of {names} in columns of type {name} are lost"));
                step.hazards.extend(hazard);
            }
        }
        self.push(step);
    }

    fn composite_rebuilt(&self, from: &CompositeType, to: &CompositeType) -> Vec<String> {
        let taken = |name: &ObjectName| self.now.composites.contains_key(name);
        let converted = |table: &ObjectName, column: &Column| converted(table, column, from, to);
        self.built_anew("TYPE", &to.name, taken, whole(to), |_, _| None, converted)
    }
}

/// ALTER COLUMN TYPE, attribute by attribute. A NULL stays one, and so does a row of nothing but NULLs.
fn converted(table: &ObjectName, column: &Column, from: &CompositeType, to: &CompositeType) -> String {
    let value = quote(&column.name);
    let field = |it: &Attribute| {
        let is_old = from.attributes.iter().any(|old| old.name == it.name);
        if is_old { format!("({value}).{}", quote(&it.name)) } else { "NULL".to_owned() }
    };
    let fields: Vec<String> = to.attributes.iter().map(field).collect();
    let target = ddl::type_name(&column.ty);
    let row = format!("ROW({})::{target}", fields.join(", "));
    let using = format!("CASE WHEN {value} IS NOT DISTINCT FROM NULL THEN NULL ELSE {row} END");
    ddl::alter_column(table, &column.name, format!("TYPE {target} USING {using}"))
}

fn without(from: &CompositeType, to: &CompositeType) -> Vec<Attribute> {
    let gone = from.attributes.iter().filter(|it| !to.attributes.iter().any(|new| new.name == it.name));
    gone.cloned().collect()
}

fn names(attributes: &[Attribute]) -> String {
    attributes.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn definition(attribute: &Attribute) -> String {
    let collation = attribute.collation.as_deref().map_or_else(String::new, ddl::collate);
    format!("{} {}{collation}", quote(&attribute.name), ddl::type_name(&attribute.ty))
}

fn whole(composite: &CompositeType) -> Vec<String> {
    let attributes: Vec<String> = composite.attributes.iter().map(definition).collect();
    let create = format!("CREATE TYPE {} AS ({})", qualified(&composite.name), attributes.join(", "));
    let comment = composite.comment.as_deref().map(|text| ddl::comment_on_type(&composite.name, Some(text)));
    std::iter::once(create).chain(comment).collect()
}

fn add(name: &ObjectName, attributes: &[Attribute]) -> Vec<String> {
    let add = |it: &Attribute| format!("ALTER TYPE {} ADD ATTRIBUTE {}", qualified(name), definition(it));
    attributes.iter().map(add).collect()
}

fn remove(name: &ObjectName, attributes: &[Attribute]) -> Vec<String> {
    let remove = |it: &Attribute| format!("ALTER TYPE {} DROP ATTRIBUTE {}", qualified(name), quote(&it.name));
    attributes.iter().rev().map(remove).collect()
}

/// Changes of types that PostgreSQL has no way to make, and none can be made for it.
pub(super) fn refusals(from: &Schema, to: &Schema, changes: &[Change]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for change in changes {
        match change {
            Change::AlterDomain { from: old, to: new }
                if domains::is_rebuilt(old, new)
                    || domains::tightens_elements(from, former_type(changes, &new.name), old, new) =>
            {
                let by = built_on(from, to, &new.name, changes).or_else(|| partitioned_by(from, &new.name, changes));
                findings.extend(by.map(|by| refused("domain", &new.name, &by)));
            }
            Change::AlterEnum { from: old, to: new, renamed_labels } if !only_gains(old, new, renamed_labels) => {
                let by = built_on(from, to, &new.name, changes).or_else(|| partitioned_by(from, &new.name, changes));
                findings.extend(by.map(|by| refused("enum", &new.name, &by)));
            }
            Change::AlterComposite { from: old, to: new, renamed_attributes } => {
                if !is_rebuilt(old, new, renamed_attributes) {
                    continue;
                }
                let old = renamed(old, renamed_attributes);
                let columns = columns_of(from, former_type(changes, &new.name));
                let arrays = columns.iter().find(|(_, column)| is_array(&column.ty));
                let array =
                    arrays.map(|(table, column)| format!("column `{table}.{}` holds arrays of it", column.name));
                let by = built_on(from, to, &new.name, changes).or(array);
                findings.extend(by.map(|by| refused("type", &new.name, &by)));
                if !columns.is_empty() {
                    findings.extend(retyped(from, to, &old, new));
                }
            }
            _ => {}
        }
    }
    findings
}

fn refused(word: &str, name: &ObjectName, by: &str) -> Finding {
    Finding::error(None, format!("{word} `{name}` can't be built anew while {by}"))
        .help("make a new type beside it, move what uses it over, and drop the old one then")
}

/// What of the schema is made of the type, before and after.
pub(super) fn built_on(from: &Schema, to: &Schema, name: &ObjectName, changes: &[Change]) -> Option<String> {
    [(from, former_type(changes, name)), (to, name)].into_iter().find_map(|(schema, name)| {
        let domain = schema.domains.values().find(|domain| domain.ty.named() == Some(name));
        let uses = |it: &&CompositeType| it.attributes.iter().any(|it| it.ty.named() == Some(name));
        let composite = schema.composites.values().find(uses);
        domain
            .map(|domain| format!("domain `{}` is built on it", domain.name))
            .or_else(|| composite.map(|composite| format!("type `{}` holds it", composite.name)))
    })
}

/// A table whose partition key is of the type: PostgreSQL gives it no other one.
pub(super) fn partitioned_by(from: &Schema, name: &ObjectName, changes: &[Change]) -> Option<String> {
    let columns = columns_of(from, former_type(changes, name)).into_iter();
    let mut keys = columns.filter(|(table, column)| {
        let by = from.tables.get(*table).and_then(|table| table.partition_by.as_ref());
        by.is_some_and(|by| is_key(by, &column.name))
    });
    keys.next().map(|(table, column)| format!("table `{table}` is partitioned by `{}`, which is of it", column.name))
}

/// Attributes that would have to be converted under a column.
fn retyped(from: &Schema, to: &Schema, old: &CompositeType, new: &CompositeType) -> Vec<Finding> {
    use crate::dialect::postgres::types::based;
    let mut findings = Vec::new();
    for attribute in &new.attributes {
        let Some(before) = old.attributes.iter().find(|it| it.name == attribute.name) else { continue };
        let (a, b) = (based(from, &before.ty), based(to, &attribute.ty));
        if change(&a, &b) == TypeChange::Narrowing || cast::using(&attribute.name, &a, &b).is_some_and(|_| a != b) {
            let message = format!(
                "type `{}`: attribute `{}` can't change from `{}` to `{}` while a column holds the type",
                new.name, attribute.name, before.ty, attribute.ty
            );
            let help = "add an attribute of the new type, fill it, and drop the old one then";
            findings.push(Finding::error(None, message).help(help));
        }
    }
    findings
}

/// Whether its attributes change otherwise than by names, and at the end.
pub(super) fn is_rebuilt(old: &CompositeType, new: &CompositeType, renames: &[(String, String)]) -> bool {
    let old = renamed(old, renames);
    !old.attributes.starts_with(&new.attributes) && !new.attributes.starts_with(&old.attributes)
}

fn renamed(composite: &CompositeType, renamed: &[(String, String)]) -> CompositeType {
    let mut composite = composite.clone();
    for attribute in &mut composite.attributes {
        if let Some((_, new)) = renamed.iter().find(|(old, _)| *old == attribute.name) {
            attribute.name.clone_from(new);
        }
    }
    composite
}
