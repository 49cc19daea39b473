//! What changed among the objects that SQL text defines.

use std::collections::BTreeMap;

use super::Change;
use super::naming::Naming;
use super::text::same_statement;
use crate::ir::{Object, ObjectId, ObjectKind, Schema};

/// Objects are matched by what they are and are called, and by the table they are on under its new name.
pub(super) fn changes(from: &Schema, to: &Schema, naming: &Naming) -> Vec<Change> {
    let former: BTreeMap<ObjectId, &Object> =
        from.objects.values().map(|object| (under_new_names(&object.id, naming), object)).collect();
    let changed = to.objects.values().filter_map(|after| match former.get(&after.id) {
        None => Some(Change::CreateObject(after.clone())),
        Some(before) if before.id == after.id && same_statements(before, after) => None,
        Some(before) => Some(Change::ReplaceObject { from: (*before).clone(), to: after.clone() }),
    });
    let gone = former.iter().filter(|(id, _)| !to.objects.contains_key(*id));
    changed.chain(gone.map(|(_, object)| Change::DropObject((*object).clone()))).collect()
}

/// What is on a table goes where the table goes.
fn under_new_names(id: &ObjectId, naming: &Naming) -> ObjectId {
    let is_on_a_table = matches!(id.kind, ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy);
    match &id.on {
        Some(on) if is_on_a_table => {
            let table = naming.table(&id.name.sibling(on));
            ObjectId { name: table.sibling(&id.name.name), on: Some(table.name), ..id.clone() }
        }
        _ => id.clone(),
    }
}

fn same_statements(a: &Object, b: &Object) -> bool {
    a.create.len() == b.create.len()
        && a.create.iter().zip(&b.create).all(|(a, b)| same_statement(a.as_str(), b.as_str()))
}
