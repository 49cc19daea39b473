//! Views and triggers: away before the tables that they use change, and back at the end.
//!
//! A server lets tables change under a view, which then fails where it is read, and a trigger would fire for rows that are
//! filled. Making them again looks at them.

use crate::diff::Change;
use crate::ir::{Object, Schema, SqlText};
use crate::objects::{Pins, around};
use crate::plan::{Script, Step};

/// The steps before all others, and those after them.
pub(super) fn steps(from: &Schema, to: &Schema, changes: &[Change]) -> (Vec<Step>, Vec<Step>) {
    let (gone, made) = around(from, to, changes, &pins(changes));
    let drop = |object: &Object| step("drop", object, &object.drop, &object.create);
    let create = |object: &Object| step("create", object, &object.create, &object.drop);
    (gone.into_iter().map(drop).collect(), made.into_iter().map(create).collect())
}

/// Every table that changes, by its former name.
fn pins(changes: &[Change]) -> Pins {
    let mut pins = Pins::default();
    for change in changes {
        match change {
            Change::DropTable(table) => pins.tables.extend([table.name.clone()]),
            Change::RenameTable { from, .. } => pins.tables.extend([from.clone()]),
            Change::AlterTable(change) => pins.tables.extend([change.to.name.clone()]),
            _ => {}
        }
    }
    pins
}

fn step(verb: &str, object: &Object, up: &[SqlText], down: &[SqlText]) -> Step {
    let script = |texts: &[SqlText]| Script::from(texts.iter().map(|sql| sql.0.clone()).collect::<Vec<_>>());
    Step::schema(&object.id.name, format!("{verb} {}", object.id), script(up), script(down))
}
