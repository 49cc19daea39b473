use std::io;
use std::path::{Component, Path, PathBuf};

use crate::diag::{Finding, Place};
use crate::ir::Dialect;
use crate::locks;
use crate::stats;

/// Where a crate keeps what.
#[derive(Clone, Debug)]
pub struct Project {
    /// The crate's folder, canonical.
    pub crate_dir: PathBuf,
    /// The database.
    pub dialect: Dialect,
    /// sqlx's migration files.
    pub migrations: PathBuf,
    /// The base and the draft's record.
    pub schema_dir: PathBuf,
    /// Root files of the crate, and of further crates that feed the same database.
    pub roots: Vec<PathBuf>,
    /// Modules of the crate whose declarations are this database's; all where none is named.
    pub modules: Vec<String>,
    /// Where the scan may remember what files hold.
    pub cache_dir: Option<PathBuf>,
}

impl Project {
    /// The usual places: `migrations/`, `schema/`, `src/lib.rs` and `src/main.rs`.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn new(crate_dir: &Path, dialect: Dialect) -> io::Result<Self> {
        let crate_dir = crate_dir.canonicalize()?;
        let roots = ["src/lib.rs", "src/main.rs"].map(|root| crate_dir.join(root));
        Ok(Self {
            dialect,
            migrations: crate_dir.join("migrations"),
            schema_dir: crate_dir.join("schema"),
            roots: roots.into_iter().filter(|root| root.is_file()).collect(),
            modules: Vec::new(),
            cache_dir: None,
            crate_dir,
        })
    }

    /// A path of the crate without `.` and `..`, so that it names one place only.
    pub(super) fn resolve(&self, path: &Path) -> PathBuf {
        let mut resolved = PathBuf::new();
        for component in self.crate_dir.join(path).components() {
            match component {
                Component::CurDir => {}
                Component::ParentDir => {
                    resolved.pop();
                }
                component => resolved.push(component),
            }
        }
        resolved
    }

    /// How messages name a file: relative to the crate, with `/` on every system.
    #[must_use]
    pub fn label(&self, path: &Path) -> PathBuf {
        let relative = path.strip_prefix(&self.crate_dir).unwrap_or(path);
        PathBuf::from(relative.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/"))
    }

    pub(super) fn start_of(&self, path: &Path) -> Option<Place> {
        Some(Place { file: self.label(path), line: 1, column: 1 })
    }

    pub(super) fn failed(&self, path: &Path, what: &str, error: &io::Error) -> Finding {
        Finding::error(self.start_of(path), format!("{what}: {error}"))
    }

    /// True for a file of this package and not of one beside or within it: its macros see this build's gate.
    pub(super) fn owns(&self, label: &Path) -> bool {
        let file = self.resolve(label);
        file.ancestors().skip(1).find(|dir| dir.join("Cargo.toml").is_file()) == Some(self.crate_dir.as_path())
    }

    pub(super) fn draft_record(&self) -> PathBuf {
        self.schema_dir.join("draft.json")
    }

    /// Where the sizes of tables are kept.
    #[must_use]
    pub fn stats_record(&self) -> PathBuf {
        self.schema_dir.join(stats::FILE_NAME)
    }

    pub(super) fn locks_record(&self) -> PathBuf {
        self.schema_dir.join(locks::FILE_NAME)
    }
}
