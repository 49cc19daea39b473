//! A real crate in a temporary folder, with this workspace's crates as path dependencies, and the cargo to build it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use schema_core::build::Project;
use schema_core::ir::Dialect;
use schema_tests::nested;

const TMPDIR: &str = env!("CARGO_TARGET_TMPDIR");

static COUNT: AtomicUsize = AtomicUsize::new(0);

pub(crate) struct App {
    dir: tempfile::TempDir,
    name: String,
    dialect: Dialect,
}

/// What cargo said.
pub(crate) struct Said {
    pub(crate) success: bool,
    pub(crate) stderr: String,
}

impl App {
    /// A crate on SQLite.
    pub(crate) fn new(source: &str) -> Self {
        let app = Self::empty(Dialect::Sqlite, "");
        app.source(source);
        app
    }

    /// A copy of one of the workspace's examples on SQLite: its library, base and migrations.
    pub(crate) fn example(name: &str) -> Self {
        let features = r#"["derive", "runtime-tokio", "sqlite"]"#;
        let sqlx = format!("sqlx = {{ version = \"0.9\", default-features = false, features = {features} }}\n");
        let app = Self::empty(Dialect::Sqlite, &sqlx);
        let example = workspace().join("examples").join(name);
        for path in ["src", "schema", "migrations"].iter().flat_map(|folder| files_below(&example.join(folder))) {
            let file = path.strip_prefix(&example).unwrap();
            if !file.ends_with("main.rs") {
                app.write(&file.to_string_lossy(), &fs::read_to_string(&path).unwrap());
            }
        }
        app
    }

    /// A crate without sources.
    pub(crate) fn empty(dialect: Dialect, dependencies: &str) -> Self {
        let app = Self {
            dir: tempfile::tempdir().unwrap(),
            name: format!("app-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)),
            dialect,
        };
        let manifest = format!(
            "[package]\nname = \"{}\"\nversion = \"0.1.0\"\nedition = \"2024\"\ndescription = \"test\"\nlicense = \"MIT\"\n\n\
             [features]\nextra = []\n\n\
             [dependencies]\nschema-runtime = {{ version = \"0.1.0\", path = {:?} }}\n{dependencies}\n\
             [build-dependencies]\nschema-core = {{ version = \"0.1.0\", path = {:?} }}\n\n[workspace]\n",
            app.name,
            workspace().join("schema-runtime"),
            workspace().join("schema-core"),
        );
        app.write("Cargo.toml", &manifest);
        app.write(
            "build.rs",
            &format!(
                "fn main() {{\n    schema_core::build::Build::new(schema_core::ir::Dialect::{dialect:?}).run();\n}}\n"
            ),
        );
        fs::copy(workspace().join("Cargo.lock"), app.path("Cargo.lock")).unwrap();
        app.write(".gitignore", "/target\n");
        app
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }

    pub(crate) fn project(&self) -> Project {
        Project::new(self.dir.path(), self.dialect).unwrap()
    }

    pub(crate) fn write(&self, file: &str, text: &str) -> &Self {
        fs::create_dir_all(self.path(file).parent().unwrap()).unwrap();
        fs::write(self.path(file), text).unwrap();
        self
    }

    pub(crate) fn source(&self, text: &str) -> &Self {
        self.write("src/lib.rs", &format!("#![allow(dead_code)]\nuse schema_runtime::{{Table, schema}};\n{text}"))
    }

    /// Changes one file, whose name is given by its end.
    pub(crate) fn edit(&self, ending: &str, edit: impl Fn(String) -> String) -> &Self {
        let file = self.file(ending);
        let before = fs::read_to_string(self.path(&file)).unwrap();
        let after = edit(before.clone());
        assert_ne!(before, after, "the edit of {file} changes nothing");
        self.write(&file, &after)
    }

    /// Changes a source file.
    pub(crate) fn edit_source(&self, file: &str, old: &str, new: &str) -> &Self {
        let before = fs::read_to_string(self.path(file)).unwrap();
        assert!(before.contains(old), "{old} is not in {file}");
        self.write(file, &before.replace(old, new))
    }

    /// The one file of the schema or migrations folder that ends so.
    pub(crate) fn file(&self, ending: &str) -> String {
        let found: Vec<String> = self.tree().into_keys().filter(|name| name.ends_with(ending)).collect();
        assert_eq!(found.len(), 1, "{ending}: {found:?}");
        found[0].clone()
    }

    /// Everything in `schema/` and `migrations/`.
    pub(crate) fn tree(&self) -> BTreeMap<String, String> {
        let paths = ["schema", "migrations"].iter().flat_map(|folder| files_below(&self.path(folder)));
        let name = |path: &Path| path.strip_prefix(self.dir.path()).unwrap().to_string_lossy().replace('\\', "/");
        paths.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
    }

    /// The migration files without their versions.
    pub(crate) fn migrations(&self) -> Vec<String> {
        let names = self.tree().into_keys();
        names.filter_map(|name| Some(name.strip_prefix("migrations/")?.split_once('_')?.1.to_owned())).collect()
    }

    pub(crate) fn cargo(&self, args: &[&str]) -> Said {
        self.cargo_with(args, &[])
    }

    /// Runs cargo with variables of the test's own.
    pub(crate) fn cargo_with(&self, args: &[&str], env: &[(&str, &str)]) -> Said {
        let mut command = nested::cargo(TMPDIR);
        command.current_dir(self.dir.path()).args(args).envs(env.iter().copied());
        let output = command.output().unwrap();
        Said { success: output.status.success(), stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
    }

    /// Makes every file and folder an hour old.
    pub(crate) fn age(&self) {
        let hour_ago = SystemTime::now() - Duration::from_secs(3600);
        let files = ["src", "schema", "migrations"].map(|folder| self.path(folder));
        let files: Vec<PathBuf> = files.iter().flat_map(|folder| files_below(folder)).collect();
        let folders = files
            .iter()
            .flat_map(|file| file.ancestors().skip(1))
            .filter(|it| it.starts_with(self.dir.path()) && *it != self.dir.path());
        for path in files.iter().map(PathBuf::as_path).chain(folders) {
            fs::File::open(path).unwrap().set_modified(hour_ago).unwrap();
        }
    }

    /// Where its build script keeps what it finds.
    pub(crate) fn out_dir(&self) -> PathBuf {
        nested::build_scripts(TMPDIR, &self.name).map(|path| path.join("out")).find(|path| path.is_dir()).unwrap()
    }

    /// Builds, and the build must succeed.
    pub(crate) fn build(&self) -> String {
        let said = self.cargo(&["check", "-v"]);
        assert!(said.success, "{}", said.stderr);
        said.stderr
    }

    /// Builds, and the build must fail.
    pub(crate) fn fails(&self) -> String {
        let said = self.cargo(&["check"]);
        assert!(!said.success, "cargo succeeded:\n{}", said.stderr);
        said.stderr
    }

    /// An unchanged crate must be neither compiled nor have its build script run.
    pub(crate) fn assert_fresh(&self) {
        let said = self.build();
        for word in ["Dirty ", "Compiling ", "Checking ", "Running "] {
            assert!(!said.contains(word), "the second build is not fresh:\n{said}");
        }
        assert!(said.contains(&format!("Fresh {}", self.name)), "{said}");
    }

    /// `cargo package` with its verifying build, where the workspace stands for what a registry would serve.
    pub(crate) fn package(&self) -> Said {
        let patches: Vec<String> = ["schema-core", "schema-macros", "schema-runtime"]
            .map(|name| format!("patch.crates-io.{name}.path={:?}", workspace().join(name)))
            .into();
        let mut args = vec!["package"];
        patches.iter().for_each(|patch| args.extend(["--config", patch]));
        self.cargo(&args)
    }

    /// The compiled build script with what cargo gives it, for an `OUT_DIR` of its own.
    pub(crate) fn build_script(&self, out_dir: &Path) -> Command {
        let mut scripts = nested::build_scripts(TMPDIR, &self.name)
            .map(|dir| dir.join(format!("build-script-build{}", std::env::consts::EXE_SUFFIX)))
            .filter(|script| script.exists());
        let mut command = Command::new(scripts.next().expect("the build script was compiled"));
        nested::without_surroundings(&mut command);
        command.env("CARGO_MANIFEST_DIR", self.dir.path()).env("OUT_DIR", out_dir).stdout(Stdio::null());
        command
    }

    pub(crate) fn git(&self, args: &[&str]) {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").current_dir(self.dir.path()).args(identity).args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    pub(crate) fn commit(&self) {
        self.git(&["init", "-q"]);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "state"]);
    }
}

/// Its build scripts, each with all of schema-core in it, would fill the disk.
impl Drop for App {
    fn drop(&mut self) {
        nested::build_scripts(TMPDIR, &self.name).for_each(|path| drop(fs::remove_dir_all(path)));
    }
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every file below a folder, which may be missing.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
