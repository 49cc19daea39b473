//! What SQL text declares: files below `sql/`, and the `schema!` that names them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use schema_core::ir::{Object, ObjectKind, Schema, Sequence};

use super::columns::sequence_options;
use super::text::{call, literal, pair};

/// The folder below the crate.
pub(super) const FOLDER: &str = "sql";

/// Each object's statements in a file of its own, comments and privileges in one each.
pub(super) fn files(schema: &Schema) -> BTreeMap<PathBuf, String> {
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for object in schema.objects.values().filter(|object| in_file(object)) {
        let path = path(object, &mut taken);
        let text: String = object.create.iter().map(|statement| format!("{};\n", statement.as_str())).collect();
        files.entry(path).or_default().push_str(&text);
    }
    files
}

fn in_file(object: &Object) -> bool {
    !matches!(object.id.kind, ObjectKind::Extension | ObjectKind::Raw)
}

/// `sql/views/active_users.sql`, `sql/comments.sql`.
fn path(object: &Object, taken: &mut BTreeSet<String>) -> PathBuf {
    let kind = object.id.kind;
    let folder = Path::new(FOLDER);
    if matches!(kind, ObjectKind::Comment | ObjectKind::Privileges | ObjectKind::DefaultPrivileges) {
        return folder.join(format!("{}.sql", plural(kind)));
    }
    let schema = object.id.name.schema.as_deref().filter(|schema| *schema != "public");
    let parts = [schema, object.id.on.as_deref(), Some(object.id.name.name.as_str())];
    let stem: Vec<String> = parts.into_iter().flatten().map(plain).collect();
    let stem = format!("{}/{}", plural(kind), stem.join("."));
    let mut candidate = stem.clone();
    let mut number = 2;
    while !taken.insert(candidate.to_lowercase()) {
        candidate = format!("{stem}.{number}");
        number += 1;
    }
    folder.join(format!("{candidate}.sql"))
}

/// `materialized_views`; what has its plural already stays.
fn plural(kind: ObjectKind) -> String {
    let name = kind.as_str().replace(' ', "_");
    match kind {
        ObjectKind::Policy | ObjectKind::OperatorFamily => format!("{}ies", name.trim_end_matches('y')),
        ObjectKind::Index | ObjectKind::OperatorClass => format!("{name}es"),
        ObjectKind::Statistics | ObjectKind::Privileges | ObjectKind::DefaultPrivileges => name,
        _ => format!("{name}s"),
    }
}

/// The name with what file systems take amiss replaced.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || c == '_' || c == '-' { c } else { '_' }).collect()
}

/// The `schema! { .. }` that names the [`files`], empty where there is nothing to declare.
pub(super) fn declarations(schema: &Schema, files: &BTreeMap<PathBuf, String>) -> String {
    let mut lines: Vec<String> = Vec::new();
    let used: BTreeSet<&str> = schema.tables.keys().filter_map(|table| table.schema.as_deref()).collect();
    let idle = schema.namespaces.iter().filter(|namespace| !used.contains(namespace.as_str()));
    lines.extend(idle.map(|namespace| format!("schema {};", word(namespace))));
    for object in schema.objects.values() {
        match object.id.kind {
            ObjectKind::Extension => lines.push(extension(object)),
            ObjectKind::Raw => lines.push(raw(object)),
            _ => {}
        }
    }
    lines.extend(schema.sequences.values().map(sequence));
    let folders: BTreeSet<String> = files.keys().map(|path| declared(path)).collect();
    lines.extend(folders.into_iter().map(|path| format!("files({});", literal(&path))));
    if lines.is_empty() {
        return String::new();
    }
    let lines: String = lines.iter().map(|line| format!("    {line}\n")).collect();
    format!("schema_runtime::schema! {{\n{lines}}}\n")
}

/// What `files(..)` names for a file: its folder, or a file that stands alone.
fn declared(path: &Path) -> String {
    let parent = path.parent().filter(|parent| *parent != Path::new(FOLDER));
    parent.unwrap_or(path).components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn word(name: &str) -> String {
    if syn::parse_str::<syn::Ident>(name).is_ok() { name.to_owned() } else { literal(name) }
}

fn extension(object: &Object) -> String {
    let mut parts = vec![literal(&object.id.name.name)];
    let text = object.create.iter().map(|statement| statement.as_str()).collect::<String>();
    let schema =
        text.split_once(" WITH SCHEMA ").map(|(_, schema)| schema.trim().trim_matches('"').replace("\"\"", "\""));
    parts.extend(schema.filter(|schema| schema != "public").map(|schema| pair("schema", &schema)));
    format!("{};", call("extension", &parts))
}

fn raw(object: &Object) -> String {
    let text = |statements: &[schema_core::ir::SqlText]| {
        statements.iter().map(|statement| statement.as_str()).collect::<Vec<_>>().join(";\n")
    };
    let parts = [
        literal(&object.id.name.to_string()),
        pair("create", &text(&object.create)),
        pair("drop", &text(&object.drop)),
    ];
    format!("{};", call("raw", &parts))
}

fn sequence(sequence: &Sequence) -> String {
    let mut parts = vec![literal(&sequence.name.to_string())];
    parts.extend(sequence.ty.as_deref().map(|ty| pair("type", ty)));
    parts.extend(sequence_options(&sequence.options));
    parts.extend(sequence.owned_by.as_ref().map(|(table, column)| pair("owned_by", &format!("{table}.{column}"))));
    parts.extend(sequence.comment.as_deref().map(|comment| pair("comment", comment)));
    format!("{};", call("sequence", &parts))
}
