//! What changed among domains, composite types and sequences.

use std::collections::BTreeMap;

use super::naming::{Map, Naming, survivors};
use super::{Change, Renames, same_expression};
use crate::ir::{Attribute, Check, CompositeType, Domain, ObjectName, Schema, Sequence, TypeKind};

/// Sequences that get another name, then what comes and what changes.
pub(super) fn changes(from: &Schema, to: &Schema, renames: &Renames, naming: &Naming, changes: &mut Vec<Change>) {
    let renamed = naming.sequences.iter().filter(|(old, new)| old != new);
    changes.extend(renamed.map(|(old, new)| Change::RenameSequence { from: old.clone(), to: new.clone() }));
    let former = naming.former_types(TypeKind::Domain);
    for after in to.domains.values() {
        match former.get(&after.name).and_then(|old| from.domains.get(*old)) {
            None => changes.push(Change::CreateDomain(after.clone())),
            Some(before) => changes.extend(domain_change(naming.domain(before), after)),
        }
    }
    let former = naming.former_types(TypeKind::Composite);
    for after in to.composites.values() {
        match former.get(&after.name).and_then(|old| from.composites.get(*old)) {
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
pub(super) fn removals(from: &Schema, naming: &Naming, changes: &mut Vec<Change>) {
    let sequences = from.sequences.values().filter(|old| !naming.sequences.contains_key(&old.name));
    changes.extend(sequences.map(|old| Change::DropSequence(naming.sequence(old))));
    let composites = from.composites.values().filter(|old| !naming.stays(TypeKind::Composite, &old.name));
    changes.extend(composites.map(|old| Change::DropComposite(naming.composite(old))));
    let domains = from.domains.values().filter(|old| !naming.stays(TypeKind::Domain, &old.name));
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
    /// Of the types of a kind that stay: the new name to the former one.
    pub(super) fn former_types(&self, kind: TypeKind) -> BTreeMap<&ObjectName, &ObjectName> {
        let of_kind = self.types.iter().filter(|((of, _), _)| *of == kind);
        of_kind.map(|((_, old), (_, new))| (new, old)).collect()
    }

    pub(super) fn stays(&self, kind: TypeKind, old: &ObjectName) -> bool {
        self.types.contains_key(&(kind, old.clone()))
    }

    pub(super) fn renamed_types(&self) -> impl Iterator<Item = Change> {
        let renamed = self.types.iter().filter(|(old, new)| old != new);
        renamed.map(|((kind, from), (_, to))| Change::RenameType { kind: *kind, from: from.clone(), to: to.clone() })
    }

    /// The new name of a type that stays; of another, its own.
    fn type_name(&self, kind: TypeKind, old: &ObjectName) -> ObjectName {
        self.types.get(&(kind, old.clone())).map_or(old, |(_, new)| new).clone()
    }

    /// A domain of the base with itself and its type under their new names.
    pub(super) fn domain(&self, domain: &Domain) -> Domain {
        let name = self.type_name(TypeKind::Domain, &domain.name);
        Domain { name, ty: self.ty(&domain.ty), ..domain.clone() }
    }

    /// A composite type of the base with itself and other types under their new names.
    pub(super) fn composite(&self, composite: &CompositeType) -> CompositeType {
        let renamed = |it: &Attribute| Attribute { ty: self.ty(&it.ty), ..it.clone() };
        let name = self.type_name(TypeKind::Composite, &composite.name);
        CompositeType { name, attributes: composite.attributes.iter().map(renamed).collect(), ..composite.clone() }
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
