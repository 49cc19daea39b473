use std::env;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Held while one process reads and writes a crate's base and draft.
///
/// The file is in the system's temporary folder: one in the source tree would have to be kept out of git and out of
/// packages. It is never removed, since a process may be waiting on it.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the crate's lock.
    pub(super) fn acquire(crate_dir: &Path) -> io::Result<Self> {
        let user = ["USER", "USERNAME"].into_iter().find_map(env::var_os).unwrap_or_default();
        let key = format!("{}\n{}", crate_dir.display(), user.to_string_lossy());
        let name: String = Sha256::digest(key).iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        let folder = env::temp_dir();
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("schema-build-{name}.lock"));
        let file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
        file.lock()?;
        Ok(Self { _file: file })
    }
}
