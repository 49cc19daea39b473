//! `nextval('public.t_id_seq'::regclass)`: the default by which a column takes its values from a sequence.

use crate::dialect::quote;
use crate::ir::ObjectName;

/// The sequence of such a default. A name without a schema is in `public`.
pub(crate) fn sequence(default: &str) -> Option<ObjectName> {
    let inside = default.trim().strip_prefix("nextval('")?.strip_suffix(')')?;
    let literal = inside.strip_suffix("::regclass").unwrap_or(inside).strip_suffix('\'')?;
    match parts(&literal.replace("''", "'"))?.as_slice() {
        [name] => Some(ObjectName::qualified("public", name)),
        [schema, name] => Some(ObjectName::qualified(schema, name)),
        _ => None,
    }
}

/// The default, as PostgreSQL prints it.
pub(crate) fn default(sequence: &ObjectName) -> String {
    let parts: Vec<String> = sequence.schema.iter().chain([&sequence.name]).map(|part| spelled(part)).collect();
    format!("nextval({}::regclass)", crate::dialect::literal(&parts.join(".")))
}

fn spelled(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain { name.to_owned() } else { quote(name) }
}

/// The parts of a dotted name; those without quotes are folded to lower case.
fn parts(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        let mut part = String::new();
        if chars.next_if_eq(&'"').is_some() {
            loop {
                match chars.next()? {
                    '"' if chars.next_if_eq(&'"').is_some() => part.push('"'),
                    '"' => break,
                    c => part.push(c),
                }
            }
        } else {
            while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '$')) {
                part.extend(c.to_lowercase());
            }
        }
        if part.is_empty() {
            return None;
        }
        parts.push(part);
        match chars.next() {
            None => return Some(parts),
            Some('.') => {}
            Some(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_names_its_sequence_and_is_printed_again() {
        for (text, schema, name) in [
            ("nextval('public.t_id_seq'::regclass)", "public", "t_id_seq"),
            ("nextval('app.\"It''s \"\"A\"\".b\"'::regclass)", "app", "It's \"A\".b"),
        ] {
            assert_eq!(sequence(text), Some(ObjectName::qualified(schema, name)));
            assert_eq!(default(&ObjectName::qualified(schema, name)), text);
        }
        assert_eq!(sequence("nextval('T_id_seq')"), Some(ObjectName::qualified("public", "t_id_seq")));
    }

    #[test]
    fn what_is_no_such_default_names_nothing() {
        for text in
            ["nextval('a') + 1", "nextval('a.b.c')", "nextval('')", "nextval('a..b')", "now()", "nextval('\"a')"]
        {
            assert_eq!(sequence(text), None, "{text}");
        }
    }
}
