//! File names for objects, safe for any name and any file system.

use sha2::{Digest, Sha256};

use crate::ir::{ObjectId, ObjectName};

/// Longest stem; file systems take 255 bytes for the whole name.
const MAX_STEM: usize = 200;

/// Names that Windows keeps for devices, whatever the extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// `public.users.json`, on SQLite `users.json`.
///
/// All but `a-z 0-9 _ -` is percent-encoded: capitals too, since file systems that fold case would make two tables
/// one file (BUGS.md B50), and dots, which separate schema and name.
pub(super) fn file_name(name: &ObjectName) -> String {
    let stem = match &name.schema {
        Some(schema) => format!("{}.{}", encoded(schema), encoded(&name.name)),
        None => encoded(&name.name),
    };
    short(stem) + ".json"
}

/// `view.public.active.json`, `trigger.public.touch.users.json`, `function.public.f.integer.json`: kind, name, what it is
/// on, arguments.
pub(super) fn object_file_name(id: &ObjectId) -> String {
    let schema = id.name.schema.as_deref();
    let kind = id.kind.as_str().replace(' ', "_");
    let parts = [Some(kind.as_str()), schema, Some(&id.name.name), id.on.as_deref(), id.arguments.as_deref()];
    let parts: Vec<String> = parts.into_iter().flatten().map(encoded).collect();
    short(parts.join(".")) + ".json"
}

fn encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let device = DEVICES.contains(&name) || is_port(name);
    for (index, byte) in name.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' if !(device && index == 0) => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02x}")),
        }
    }
    if text.is_empty() { "%".to_owned() } else { text }
}

fn is_port(name: &str) -> bool {
    let number = name.strip_prefix("com").or_else(|| name.strip_prefix("lpt"));
    number.is_some_and(|number| number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn short(stem: String) -> String {
    if stem.len() <= MAX_STEM {
        return stem;
    }
    let hash: String = Sha256::digest(&stem).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let kept: String = stem.chars().take(MAX_STEM - hash.len() - 1).collect();
    format!("{kept}~{hash}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn plain_names_stay_readable() {
        assert_eq!(file_name(&ObjectName::qualified("public", "user_roles")), "public.user_roles.json");
        assert_eq!(file_name(&ObjectName::bare("users")), "users.json");
    }

    #[test]
    fn hostile_names_get_files_of_their_own_within_the_folder() {
        let long = "я".repeat(120);
        let names = [
            ObjectName::bare("User"),
            ObjectName::bare("user"),
            ObjectName::bare("../../etc/passwd"),
            ObjectName::bare(""),
            ObjectName::bare("con"),
            ObjectName::bare("com1"),
            ObjectName::bare("a.b"),
            ObjectName::qualified("a", "b"),
            ObjectName::qualified("a.b", "c"),
            ObjectName::qualified("a", "b.c"),
            ObjectName::bare("nul\0"),
            ObjectName::bare("имя"),
            ObjectName::bare(long.clone()),
            ObjectName::bare(long + "я"),
        ];
        let files: BTreeSet<String> = names.iter().map(|name| file_name(name).to_lowercase()).collect();
        assert_eq!(files.len(), names.len());
        for file in &files {
            assert!(file.len() <= 255 && !file.starts_with('.') && !file.contains(['/', '\\', '\0', ' ']), "{file}");
        }
        assert!(files.contains("%63on.json") && files.contains("%55ser.json"), "{files:?}");
    }
}
