//! A fresh crate in a temporary folder, and the program run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use schema_tests::nested::{self, without_surroundings};
use serde_json::Value;
use tempfile::TempDir;

/// A crate made by `cargo new`.
pub(crate) struct Shop {
    folder: TempDir,
}

/// What a program did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The same, when it ended as expected.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text), "`{text}` is not in stdout:\n{}", self.out);
        self
    }

    #[track_caller]
    pub(crate) fn complains(self, text: &str) -> Self {
        assert!(self.err.contains(text), "`{text}` is not in stderr:\n{}", self.err);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in:\n{}", self.out))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

impl Shop {
    /// `cargo new shop`, with the workspace's lock file, so that nothing is looked up.
    pub(crate) fn new() -> Self {
        let shop = Self { folder: TempDir::new().unwrap() };
        let made = Command::new(env!("CARGO"))
            .args(["new", "--quiet", "--vcs", "none", "shop"])
            .current_dir(shop.folder.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        fs::copy(workspace().join("Cargo.lock"), shop.dir().join("Cargo.lock")).unwrap();
        shop
    }

    /// The same, after `cargo schema init --dialect sqlite`.
    pub(crate) fn initialised() -> Self {
        Self::of("sqlite")
    }

    /// The same for any database.
    pub(crate) fn of(dialect: &str) -> Self {
        let shop = Self::new();
        if dialect != "sqlite" {
            shop.rename_package(&format!("shop-{dialect}"));
        }
        shop.schema(&["init", "--dialect", dialect]).ends(0);
        shop
    }

    /// Another package: cargo keeps one build script for all of a name, and theirs are not alike.
    pub(crate) fn rename_package(&self, name: &str) {
        let manifest = self.read("Cargo.toml").replace("name = \"shop\"", &format!("name = \"{name}\""));
        self.write("Cargo.toml", &manifest);
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.path().join("shop")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.dir().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.dir().join(path)).unwrap()
    }

    /// The names of its migration files.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir().join("migrations")).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| name.ends_with(".sql"));
        names.sort();
        names
    }

    /// The URL of a database file beside the crate.
    pub(crate) fn url(&self) -> String {
        format!("sqlite://{}", self.folder.path().join("shop.db").display())
    }

    /// Runs `cargo-schema` as cargo does, in the crate.
    pub(crate) fn schema(&self, arguments: &[&str]) -> Ran {
        self.with(arguments, &[])
    }

    pub(crate) fn with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-schema"));
        command.arg("schema").args(arguments).current_dir(self.dir());
        without_surroundings(&mut command).envs(variables.iter().copied()).output().unwrap().into()
    }

    /// Compiles the crate, without the network, into the target folder of all suites that compile crates.
    pub(crate) fn build(&self, mode: &str) -> Ran {
        let mut command = nested::cargo(env!("CARGO_TARGET_TMPDIR"));
        command.arg("check").current_dir(self.dir()).env("SCHEMA_MODE", mode).output().unwrap().into()
    }
}
