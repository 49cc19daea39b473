//! Views and triggers: away before the tables that they use change, and back at the end. Sequences, which a default may call:
//! there before the tables, and gone behind them.
//!
//! A server lets tables change under a view, which then fails where it is read, and a trigger would fire for rows that are
//! filled. Making them again looks at them.

use crate::diff::Change;
use crate::ir::{Object, ObjectKind, Schema, SqlText};
use crate::objects::{Pins, around};
use crate::plan::{Script, Step};

/// The steps before all others, and those after them.
pub(super) fn steps(from: &Schema, to: &Schema, changes: &[Change]) -> (Vec<Step>, Vec<Step>) {
    let (gone, made) = around(from, to, changes, &pins(changes));
    let create = |object: &Object| step("create", object, &object.create, &object.drop);
    let comes_again = |object: &Object| made.iter().any(|other| other.id == object.id);
    let drop = |object: &Object| {
        let step = step("drop", object, &object.drop, &object.create);
        match object.id.kind {
            _ if to.objects.contains_key(&object.id) => step,
            ObjectKind::Function | ObjectKind::Procedure => step.hazard("H65"),
            ObjectKind::View => step.hazard("H47"),
            _ if is_sequence(object) => step.hazard("H47"),
            _ => step,
        }
    };
    let (late, gone): (Vec<&Object>, Vec<&Object>) =
        gone.into_iter().partition(|object| is_sequence(object) && !comes_again(object));
    let (early, made): (Vec<&Object>, Vec<&Object>) = made.into_iter().partition(|object| is_sequence(object));
    let first = gone.into_iter().map(drop).chain(early.into_iter().map(create)).collect();
    (first, made.into_iter().map(create).chain(late.into_iter().map(drop)).collect())
}

fn is_sequence(object: &Object) -> bool {
    object.create.iter().any(|sql| {
        let words: Vec<&str> = sql.0.split_whitespace().take(4).collect();
        let kind = if matches!(words.get(1), Some(word) if word.eq_ignore_ascii_case("or")) { 3 } else { 1 };
        words.first().is_some_and(|word| word.eq_ignore_ascii_case("create"))
            && words.get(kind).is_some_and(|word| word.eq_ignore_ascii_case("sequence"))
    })
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
