//! Schemas to draw.

use std::path::Path;

use schema_core::build::{Build, State};
use schema_core::ir::{Column, Dialect, EnumType, ForeignKey, ObjectName, PrimaryKey, Schema, SqlType, Table};

/// What a name can do that means harm.
pub(crate) const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "</text><image href=\"https://example.org/x\"/>",
    "\"]]><!--",
    "' onload='alert(1)",
    "a\"b'c&d;",
    "%%{init: {}}%%",
    "line\nbreak }\n\"x\" ||--o{ \"y\" : z",
    "back\\slash `tick`",
    "\u{202E}turned\u{0}\u{FFFF}",
    "PK",
    "1 2",
];

/// A table with an `id` and columns that refer to others.
pub(crate) fn table(schema: &mut Schema, name: &ObjectName, columns: &[&str], parents: &[&ObjectName]) {
    let mut table = Table::new(name.clone());
    table.columns.push(Column::new("id", SqlType::builtin("bigint")));
    table.primary_key = Some(PrimaryKey::new("pk", vec!["id".to_owned()]));
    table.columns.extend(columns.iter().map(|column| Column::new(*column, SqlType::builtin("text"))));
    for (at, parent) in parents.iter().enumerate() {
        let column = format!("parent_{at}");
        let key = ForeignKey::new(format!("fk_{at}"), vec![column.clone()], (*parent).clone(), vec!["id".to_owned()]);
        table.foreign_keys.push(key);
        table.columns.push(Column::new(column, SqlType::builtin("bigint")));
    }
    schema.tables.insert(name.clone(), table);
}

/// Every hostile name as a table's, a column's, an enum's, a label's and a comment.
pub(crate) fn hostile() -> Schema {
    let mut schema = Schema::empty(Dialect::Postgres);
    let first = ObjectName::qualified("public", HOSTILE[0]);
    for name in HOSTILE {
        let name = ObjectName::qualified(*name, *name);
        table(&mut schema, &name, HOSTILE, &[&first, &name]);
        let made = schema.tables.get_mut(&name).unwrap();
        made.comment = Some(HOSTILE.join(" "));
        made.columns[1].default = Some(HOSTILE.join(" "));
        made.columns[2].ty = SqlType::builtin(HOSTILE[0]);
        let labels = HOSTILE.iter().map(ToString::to_string).collect();
        let name = name.sibling(format!("enum {}", name.name));
        schema.enums.insert(name.clone(), EnumType { name, labels, comment: None });
    }
    table(&mut schema, &first, &[], &[]);
    schema
}

/// `tables` tables in four schemas, each referring to one or two before it, some to none.
pub(crate) fn large(tables: usize) -> Schema {
    let mut schema = Schema::empty(Dialect::Postgres);
    let name = |at: usize| ObjectName::qualified(format!("part_{}", at % 4), format!("table_{at:04}"));
    for at in 0..tables {
        let parents = match at % 5 {
            _ if at < 8 => vec![],
            0 => vec![],
            1 => vec![name(at % 8), name(at - 3)],
            _ => vec![name(at - at % 8)],
        };
        table(&mut schema, &name(at), &["created_at", "note"], &parents.iter().collect::<Vec<_>>());
    }
    schema
}

/// What an example's structs declare.
pub(crate) fn example(name: &str, dialect: Dialect) -> Schema {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
    let state = State::load(&Build::new(dialect).project(&dir).unwrap()).unwrap();
    state.compare().unwrap().0.model.schema
}
