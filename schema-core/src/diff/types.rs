//! What changed among domains, composite types and sequences.

use super::naming::{Map, Naming, survivors};
use super::{Change, Renames, same_expression};
use crate::ir::{Attribute, Check, CompositeType, Domain, ObjectName, Schema, Sequence};

/// Sequences that get another name, then what comes and what changes.
pub(super) fn changes(from: &Schema, to: &Schema, renames: &Renames, naming: &Naming, changes: &mut Vec<Change>) {
    let renamed = naming.sequences.iter().filter(|(old, new)| old != new);
    changes.extend(renamed.map(|(old, new)| Change::RenameSequence { from: old.clone(), to: new.clone() }));
    for after in to.domains.values() {
        match from.domains.get(&after.name) {
            None => changes.push(Change::CreateDomain(after.clone())),
            Some(before) => changes.extend(domain_change(naming.domain(before), after)),
        }
    }
    for after in to.composites.values() {
        match from.composites.get(&after.name) {
            None => changes.push(Change::CreateComposite(after.clone())),
            Some(before) => changes.extend(composite_change(naming.composite(before), after, renames)),
        }
    }
    for after in to.sequences.values() {
        let before = naming.sequences.iter().find(|(_, new)| **new == after.name);
        match before.and_then(|(old, _)| from.sequences.get(old)) {
            None => changes.push(Change::CreateSequence(after.clone())),
            Some(before) => changes.extend(sequence_change(naming.sequence(before), after)),
        }
    }
}

/// What goes.
pub(super) fn removals(from: &Schema, to: &Schema, naming: &Naming, changes: &mut Vec<Change>) {
    let sequences = from.sequences.values().filter(|old| !naming.sequences.contains_key(&old.name));
    changes.extend(sequences.map(|old| Change::DropSequence(naming.sequence(old))));
    let composites = from.composites.values().filter(|old| !to.composites.contains_key(&old.name));
    changes.extend(composites.map(|old| Change::DropComposite(naming.composite(old))));
    let domains = from.domains.values().filter(|old| !to.domains.contains_key(&old.name));
    changes.extend(domains.map(|old| Change::DropDomain(naming.domain(old))));
}

fn domain_change(before: Domain, after: &Domain) -> Option<Change> {
    let same_default = match (&before.default, &after.default) {
        (Some(a), Some(b)) => same_expression(a, b),
        (a, b) => a == b,
    };
    let same = (&before.ty, before.not_null, &before.collation, &before.comment)
        == (&after.ty, after.not_null, &after.collation, &after.comment)
        && same_default
        && before.checks.len() == after.checks.len()
        && before.checks.iter().zip(&after.checks).all(|(a, b)| a.name == b.name && same_check(a, b));
    (!same).then(|| Change::AlterDomain { from: before, to: after.clone() })
}

/// Whether two checks say the same, whatever their names.
pub(crate) fn same_check(a: &Check, b: &Check) -> bool {
    same_expression(&a.expression, &b.expression)
        && (a.not_valid, a.not_enforced, a.no_inherit) == (b.not_valid, b.not_enforced, b.no_inherit)
}

fn composite_change(before: CompositeType, after: &CompositeType, renames: &Renames) -> Option<Change> {
    let names = |of: &CompositeType| of.attributes.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
    let (old, new) = (names(&before), names(after));
    let stay = survivors(old.iter(), new.iter(), |name| renames.columns.get(&(after.name.clone(), name.clone())));
    let renamed_attributes: Vec<(String, String)> = stay.into_iter().filter(|(old, new)| old != new).collect();
    (before != *after || !renamed_attributes.is_empty()).then(|| Change::AlterComposite {
        from: before,
        to: after.clone(),
        renamed_attributes,
    })
}

fn sequence_change(before: Sequence, after: &Sequence) -> Option<Change> {
    (before != *after).then(|| Change::AlterSequence { from: before, to: after.clone() })
}

/// Sequences that stay: by name, and by the column that owns one in both schemas, where each has only one.
pub(super) fn staying_sequences(from: &Schema, to: &Schema, naming: &Naming) -> Map<ObjectName> {
    let mut stay = survivors(from.sequences.keys(), to.sequences.keys(), |_| None);
    let gone = || from.sequences.values().filter(|old| !to.sequences.contains_key(&old.name));
    for new in to.sequences.values().filter(|new| !from.sequences.contains_key(&new.name)) {
        let Some(owner) = &new.owned_by else { continue };
        let is_only = to.sequences.values().filter(|other| other.owned_by.as_ref() == Some(owner)).count() == 1;
        let mut former = gone().filter(|old| naming.sequence(old).owned_by.as_ref() == Some(owner));
        if let (true, Some(old), None) = (is_only, former.next(), former.next()) {
            stay.insert(old.name.clone(), new.name.clone());
        }
    }
    stay
}

impl Naming {
    /// A domain of the base with its type under its new name.
    pub(super) fn domain(&self, domain: &Domain) -> Domain {
        Domain { ty: self.ty(&domain.ty), ..domain.clone() }
    }

    /// A composite type of the base with its types under their new names.
    pub(super) fn composite(&self, composite: &CompositeType) -> CompositeType {
        let renamed = |it: &Attribute| Attribute { ty: self.ty(&it.ty), ..it.clone() };
        CompositeType { attributes: composite.attributes.iter().map(renamed).collect(), ..composite.clone() }
    }

    /// A sequence of the base with its owner and itself under their new names.
    pub(super) fn sequence(&self, sequence: &Sequence) -> Sequence {
        let owner = sequence.owned_by.as_ref();
        Sequence {
            name: self.sequences.get(&sequence.name).unwrap_or(&sequence.name).clone(),
            owned_by: owner.map(|(table, column)| (self.table(table), self.column(table, column))),
            ..sequence.clone()
        }
    }
}
