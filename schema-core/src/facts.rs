//! Objects of a schema as facts in JSON: how reports name their parts and say their values.

use serde_json::Value;

use crate::ir::ObjectName;

/// Lists of things with names within an object, and what one of them is called.
pub const PARTS: &[(&str, &str)] = &[
    ("columns", "column"),
    ("attributes", "attribute"),
    ("primary_key", "primary key"),
    ("uniques", "unique"),
    ("checks", "check"),
    ("exclusions", "exclusion"),
    ("foreign_keys", "foreign key"),
    ("indexes", "index"),
];

/// What one thing of a list of parts is called; none where the fact is no such list.
#[must_use]
pub fn part_kind(fact: &str) -> Option<&'static str> {
    PARTS.iter().find(|(list, _)| *list == fact).map(|(_, kind)| *kind)
}

/// A value as people read it: a type by its name, a list by commas.
///
/// ```
/// use schema_core::facts::words;
/// use serde_json::json;
/// assert_eq!(words(&json!({ "array": { "builtin": "text" } })), "text[]");
/// assert_eq!(words(&json!(["id", "email"])), "id, email");
/// ```
#[must_use]
pub fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => match (fields.len(), fields.get("schema"), fields.get("name")) {
            (2, Some(Value::String(schema)), Some(Value::String(name))) => {
                ObjectName::qualified(schema, name).to_string()
            }
            (1, _, Some(name)) => words(name),
            _ => match fields.iter().next() {
                Some((kind, value)) if fields.len() == 1 && matches!(kind.as_str(), "builtin" | "named" | "column") => {
                    words(value)
                }
                Some((kind, value)) if fields.len() == 1 && kind == "array" => format!("{}[]", words(value)),
                _ => {
                    let fields: Vec<String> =
                        fields.iter().map(|(name, value)| format!("{name} {}", words(value))).collect();
                    format!("({})", fields.join(", "))
                }
            },
        },
        other => other.to_string(),
    }
}
