//! Views and triggers: away before what they use goes, and back at the end. A rebuilt table keeps those that stay.

use super::plan::transaction;
use crate::diff::{Change, Part};
use crate::ir::{Object, Schema};
use crate::objects::{Pins, around};
use crate::plan::Step;

/// The steps before all others, and those after them.
pub(super) fn steps(from: &Schema, to: &Schema, changes: &[Change]) -> (Vec<Step>, Vec<Step>) {
    let (gone, made) = around(from, to, changes, &pins(changes));
    (gone.into_iter().map(drop).collect(), made.into_iter().map(create).collect())
}

/// SQLite looks at views and triggers only when tables and columns go: their texts stand for themselves.
fn pins(changes: &[Change]) -> Pins {
    let mut pins = Pins::default();
    for change in changes {
        match change {
            Change::DropTable(table) => pins.tables.extend([table.name.clone()]),
            Change::AlterTable(change) => {
                let renamed = changes.iter().find_map(|other| match other {
                    Change::RenameTable { from, to } if *to == change.to.name => Some(from),
                    _ => None,
                });
                let former = renamed.unwrap_or(&change.to.name);
                let columns = change.parts.iter().filter_map(|part| match part {
                    Part::DropColumn(column) => Some((former.clone(), column.name.clone())),
                    _ => None,
                });
                pins.columns.extend(columns);
            }
            _ => {}
        }
    }
    pins
}

fn drop(object: &Object) -> Step {
    let (create, drop) = (texts(&object.create), texts(&object.drop));
    Step::schema(&object.id.name, format!("drop {}", object.id), transaction(drop), transaction(create))
}

fn create(object: &Object) -> Step {
    let (create, drop) = (texts(&object.create), texts(&object.drop));
    Step::schema(&object.id.name, format!("create {}", object.id), transaction(create), transaction(drop))
}

fn texts(statements: &[crate::ir::SqlText]) -> Vec<String> {
    statements.iter().map(|sql| sql.0.clone()).collect()
}
