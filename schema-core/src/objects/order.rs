//! Which objects step aside for a change, and in which order objects are made.

use std::collections::{BTreeMap, BTreeSet};

use super::takes_all_columns;
use crate::diff::Change;
use crate::ir::{Dialect, Object, ObjectId, ObjectKind, ObjectName, Schema, Use};

/// What changes in a way that nothing that uses it can stand; tables and columns by their former names.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    /// Tables that go.
    pub(crate) tables: BTreeSet<ObjectName>,
    /// Columns that go, change their type or are computed anew.
    pub(crate) columns: BTreeSet<(ObjectName, String)>,
    /// Tables that gain a column.
    pub(crate) widened: BTreeSet<ObjectName>,
    /// Constraints and indexes that go, for good or for a while.
    pub(crate) parts: BTreeSet<(ObjectName, String)>,
    /// Types that go or are made anew.
    pub(crate) types: BTreeSet<ObjectName>,
    /// Sequences that go.
    pub(crate) sequences: BTreeSet<ObjectName>,
}

impl Pins {
    /// Whether the object can't stay while these change.
    fn hold(&self, dialect: Dialect, object: &Object) -> bool {
        object.uses.iter().any(|used| match used {
            Use::Table(table) => self.tables.contains(table) || self.hold_all_columns(dialect, object, table),
            Use::Column(table, column) => {
                self.tables.contains(table) || self.columns.contains(&(table.clone(), column.clone()))
            }
            Use::Part(table, part) => {
                self.tables.contains(table) || self.parts.contains(&(table.clone(), part.clone()))
            }
            Use::Type(name) => self.types.contains(name),
            Use::Sequence(name) => self.sequences.contains(name),
            Use::Object(_) => false,
        })
    }

    /// Whether a query over a whole table means other columns now. A trigger's or policy's own table is not read.
    fn hold_all_columns(&self, dialect: Dialect, object: &Object, table: &ObjectName) -> bool {
        let reads = match object.id.kind {
            ObjectKind::View | ObjectKind::MaterializedView => true,
            ObjectKind::Rule | ObjectKind::Policy => {
                object.id.on.as_ref().is_none_or(|on| object.id.name.sibling(on) != *table)
            }
            _ => false,
        };
        reads
            && (self.columns.iter().any(|(of, _)| of == table)
                || (self.widened.contains(table) && takes_all_columns(dialect, object)))
    }
}

/// Objects of `from` that can't stay as they are: those that go or are replaced, unless `in_place` says that the
/// replacement needs no drop, those that the pins hold, and those that use any of these. The last made is first.
pub(crate) fn aside<'a>(
    from: &'a Schema,
    changes: &[Change],
    pins: &Pins,
    in_place: impl Fn(&Object, &Object) -> bool,
) -> Vec<&'a Object> {
    let mut gone: BTreeSet<&ObjectId> = BTreeSet::new();
    for change in changes {
        let id = match change {
            Change::DropObject(object) => &object.id,
            Change::ReplaceObject { from, to } if !in_place(from, to) => &from.id,
            _ => continue,
        };
        gone.extend(from.objects.get_key_value(id).map(|(id, _)| id));
    }
    gone.extend(from.objects.values().filter(|object| pins.hold(from.dialect, object)).map(|object| &object.id));
    loop {
        let leans = |object: &&Object| {
            let used = |used: &Use| matches!(used, Use::Object(id) if gone.contains(id));
            !gone.contains(&object.id) && object.uses.iter().any(used)
        };
        let more: Vec<&ObjectId> = from.objects.values().filter(leans).map(|object| &object.id).collect();
        if more.is_empty() {
            break;
        }
        gone.extend(more);
    }
    let mut aside = ordered(gone.into_iter().filter_map(|id| from.objects.get(id)));
    aside.reverse();
    aside
}

/// What goes before all else, and what comes behind it: new objects, replacements, and those that only stepped aside.
pub(crate) fn around<'a>(
    from: &'a Schema,
    to: &'a Schema,
    changes: &[Change],
    pins: &Pins,
) -> (Vec<&'a Object>, Vec<&'a Object>) {
    let gone = aside(from, changes, pins, |_, _| false);
    let comes = |object: &&Object| {
        let is_new = changes.iter().any(|change| match change {
            Change::CreateObject(new) | Change::ReplaceObject { to: new, .. } => new.id == object.id,
            _ => false,
        });
        is_new || gone.iter().any(|other| other.id == object.id)
    };
    let made = ordered(to.objects.values().filter(comes));
    (gone, made)
}

/// Each object after those that it uses; else by kind and name.
pub(crate) fn ordered<'a>(objects: impl Iterator<Item = &'a Object>) -> Vec<&'a Object> {
    let mut pending: BTreeMap<(usize, &ObjectId), &Object> =
        objects.map(|object| ((rank(object.id.kind), &object.id), object)).collect();
    let mut ordered = Vec::new();
    while !pending.is_empty() {
        let waits = |object: &Object| {
            let uses = |used: &Use| match used {
                Use::Object(id) => *id != object.id && pending.contains_key(&(rank(id.kind), id)),
                _ => false,
            };
            object.uses.iter().any(uses)
        };
        let ready = pending.iter().find(|(_, object)| !waits(object)).or_else(|| pending.iter().next());
        let Some(key) = ready.map(|(key, _)| *key) else { break };
        ordered.extend(pending.remove(&key));
    }
    ordered
}

/// The order of kinds among objects that don't use each other.
fn rank(kind: ObjectKind) -> usize {
    use ObjectKind as K;
    const ORDER: [ObjectKind; 27] = [
        K::Extension,
        K::Collation,
        K::Type,
        K::ForeignDataWrapper,
        K::Server,
        K::Function,
        K::Procedure,
        K::Aggregate,
        K::Operator,
        K::OperatorFamily,
        K::OperatorClass,
        K::Cast,
        K::TextSearch,
        K::ForeignTable,
        K::View,
        K::MaterializedView,
        K::Index,
        K::Raw,
        K::Trigger,
        K::Rule,
        K::Policy,
        K::Statistics,
        K::EventTrigger,
        K::Publication,
        K::Comment,
        K::Privileges,
        K::DefaultPrivileges,
    ];
    ORDER.iter().position(|known| *known == kind).unwrap_or(ORDER.len())
}
