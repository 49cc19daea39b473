//! What the source says of the way from one sketch to another.

use schema_core::decl::AllowCode;
use schema_core::ir::{ObjectName, TypeKind};
use schema_core::model::{Allow, Intents, Placed};

use super::sketch::{ColumnSketch, Sketch, TableSketch, Ty};

/// What the source would say of the way from `a` to `b`.
pub(crate) fn intents(a: &Sketch, b: &Sketch) -> Intents {
    let mut intents = Intents::default();
    for ty in &b.enums {
        let Some(old) = a.ty(ty.id) else { continue };
        if old.name != ty.name {
            intents.type_renames.insert((TypeKind::Enum, ty.name.clone()), Placed::bare(old.name.clone()));
        }
        for (id, label) in &old.labels {
            let new = ty.labels.iter().find(|(other, _)| other == id);
            match new {
                Some((_, name)) if name != label => {
                    intents.label_renames.insert((ty.name.clone(), name.clone()), Placed::bare(label.clone()));
                }
                Some(_) => {}
                None => {
                    let map_to = ty.mapped.get(id).and_then(|to| ty.labels.iter().find(|(other, _)| other == to));
                    let map_to = map_to.map(|(_, name)| name.clone());
                    allow(&mut intents, AllowCode::DropLabel, &ty.name, Some(label), map_to, None);
                }
            }
        }
    }
    for old in &a.enums {
        if b.ty(old.id).is_none() {
            allow(&mut intents, AllowCode::DropEnum, &old.name, None, None, None);
        }
    }
    for old in &a.tables {
        match b.table(old.id) {
            None => allow(&mut intents, AllowCode::DropTable, &old.name, None, None, None),
            Some(new) => table_intents(&mut intents, (a, old), (b, new)),
        }
    }
    intents
}

fn table_intents(intents: &mut Intents, (a, old): (&Sketch, &TableSketch), (b, new): (&Sketch, &TableSketch)) {
    let name = &new.name;
    if old.name != *name {
        intents.table_renames.insert(name.clone(), Placed::bare(old.name.clone()));
    }
    for column in &new.columns {
        let key = (name.clone(), column.name.clone());
        if let Some(backfill) = backfill(b, column) {
            intents.backfills.insert(key.clone(), Placed::bare(backfill));
        }
        let Some(before) = old.column(column.id) else { continue };
        if before.name != column.name {
            intents.column_renames.insert(key, Placed::bare(before.name.clone()));
        }
        if column.nullable && !before.nullable {
            allow(intents, AllowCode::DropNotNull, name, Some(&column.name), None, None);
        }
        if column.ty != before.ty {
            allow(intents, AllowCode::NarrowType, name, Some(&column.name), None, None);
        }
    }
    for column in &old.columns {
        if new.column(column.id).is_none() {
            let bare = column.nullable || column.generated.is_some() || column.identity.is_some();
            let has_default = column.default.is_some() || column.default_label.is_some();
            let restore = (!bare && !has_default).then(|| restored(a, column));
            allow(intents, AllowCode::DropColumn, name, Some(&column.name), None, restore);
        }
    }
    let (lowered_old, lowered_new) = (&a.schema().tables[&old.name], &b.schema().tables[name]);
    if lowered_old.primary_key.is_some() && lowered_old.primary_key != lowered_new.primary_key {
        allow(intents, AllowCode::DropPrimaryKey, name, None, None, None);
    }
    for unique in &lowered_old.uniques {
        allow(intents, AllowCode::DropUnique, name, Some(&unique.name), None, None);
    }
    for index in lowered_old.indexes.iter().filter(|index| index.unique) {
        allow(intents, AllowCode::DropUnique, name, Some(&index.name), None, None);
    }
    for check in &lowered_old.checks {
        allow(intents, AllowCode::DropCheck, name, Some(&check.name), None, None);
    }
    for key in &lowered_old.foreign_keys {
        allow(intents, AllowCode::DropForeignKey, name, Some(&key.name), None, None);
    }
}

/// What the rows get that have no value. A label must be one that earlier schemas know, for the downs to find it.
pub(crate) fn backfill(b: &Sketch, column: &ColumnSketch) -> Option<String> {
    let given = column.backfill.clone()?;
    let Ty::Enum(id) = column.ty else { return Some(given) };
    Some(b.dialect.literal(b.ty(id)?.oldest()))
}

/// A value for a column that must have one.
pub(crate) fn restored(sketch: &Sketch, column: &ColumnSketch) -> String {
    match column.ty {
        Ty::Builtin(_) => match sketch.info(column.ty) {
            Some(info) if info.is_key() => info.key(1),
            Some(info) => info.values[0].to_owned(),
            None => "NULL".to_owned(),
        },
        Ty::Enum(id) => sketch.dialect.literal(sketch.ty(id).expect("an enum in use").oldest()),
        Ty::EnumArray(_) => "'{}'".to_owned(),
    }
}

fn allow(
    intents: &mut Intents,
    code: AllowCode,
    object: &ObjectName,
    part: Option<&String>,
    map_to: Option<String>,
    restore: Option<String>,
) {
    let (object, part, reason) = (object.clone(), part.cloned(), "a test".to_owned());
    intents.allows.push(Allow { code, object, part, reason, map_to, restore, keep: false, place: None });
}
