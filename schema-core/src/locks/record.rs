//! `schema/locks.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Measured;
use crate::diag::Finding;
use crate::ir::Dialect;
use crate::migration::{checksum, normalized};
use crate::objects::split;
use crate::snapshot::json;

/// Its name within the schema folder.
pub const FILE_NAME: &str = "locks.json";

const ANEW: &str = "delete the file: `cargo schema verify --locks` measures anew";

/// Enough for the statements of one file.
const HASH_BYTES: usize = 12;

/// What was measured of every migration file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locks {
    format: u32,
    /// The major version of the server.
    pub server: u32,
    /// The statements of each file, in their order.
    pub files: BTreeMap<String, Vec<Measured>>,
}

impl Locks {
    /// Nothing measured yet on a server of that major version.
    #[must_use]
    pub fn new(server: u32) -> Self {
        Self { format: json::FORMAT, server, files: BTreeMap::new() }
    }

    pub(crate) fn read(path: &Path, label: &Path) -> Result<Option<Self>, Finding> {
        // It can be made again, so no merge and no version control has to bring it back.
        json::read(path, label).map_err(|error| Finding { help: Vec::new(), ..error }.help(ANEW))
    }

    pub(crate) fn text(&self) -> String {
        json::text(self)
    }

    /// What was measured of a file, which may have got another description since: a version and a direction name it.
    #[must_use]
    pub fn of(&self, file_name: &str) -> Option<&[Measured]> {
        let found = self.files.iter().find(|(name, _)| key(name) == key(file_name));
        found.map(|(_, statements)| statements.as_slice())
    }

    /// The same, where it was measured on the statements that the text holds now.
    #[must_use]
    pub fn fitting(&self, file_name: &str, text: &str) -> Option<&[Measured]> {
        let statements = self.of(file_name)?;
        let hashes = hashes(text).ok()?;
        statements.iter().map(|measured| &measured.statement).eq(&hashes).then_some(statements)
    }

    /// The files of which the other record says something else, or nothing, or which it alone has.
    #[must_use]
    pub fn differing(&self, other: Option<&Self>) -> Vec<String> {
        let Some(other) = other else { return self.files.keys().cloned().collect() };
        let differ = |name: &&String| self.of(name) != other.of(name);
        let all: BTreeSet<&String> = self.files.keys().chain(other.files.keys()).collect();
        all.into_iter().filter(differ).cloned().collect()
    }

    /// What is missing, outdated or left over, given the names and texts of all migration files; `label` names the
    /// record itself.
    pub(crate) fn disagreements<'a>(
        &self,
        files: impl Iterator<Item = (&'a Path, &'a str)>,
        label: &Path,
    ) -> Vec<Finding> {
        let mut known: BTreeSet<(&str, &str)> = self.files.keys().map(|name| key(name)).collect();
        let mut findings = Vec::new();
        for (path, text) in files {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_known =
                known.iter().copied().find(|known| *known == key(&name)).is_some_and(|key| known.remove(&key));
            let message = match is_known {
                false => format!("`{}` holds no locks of this migration file", label.display()),
                true if self.fitting(&name, text).is_none() => {
                    format!("`{}` holds the locks of other statements than this file's", label.display())
                }
                true => continue,
            };
            findings.push(outdated(path, message));
        }
        let left = self.files.keys().filter(|name| known.contains(&key(name)));
        findings.extend(left.map(|name| outdated(label, format!("there is no migration file `{name}` any more"))));
        findings
    }
}

fn outdated(path: &Path, message: String) -> Finding {
    Finding::error(Some(json::start(path)), message).help("`cargo schema verify --locks` measures them anew")
}

/// The version and the direction in a file's name.
fn key(name: &str) -> (&str, &str) {
    let version = name.split_once('_').map_or(name, |(version, _)| version);
    let direction = [".up.sql", ".down.sql"].into_iter().find(|ending| name.ends_with(ending));
    (version, direction.unwrap_or(".sql"))
}

/// The hash of each statement in a file of PostgreSQL, comments around them left out.
///
/// # Errors
/// What can't be read, with its line and column.
pub fn hashes(text: &str) -> Result<Vec<String>, String> {
    let text = normalized(text);
    Ok(split(Dialect::Postgres, &text)?.iter().map(|statement| hash(statement.text)).collect())
}

fn hash(statement: &str) -> String {
    checksum(statement).iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect()
}
