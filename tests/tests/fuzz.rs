//! Texts that nobody meant: whatever stands in a crate's files, the build step ends with findings, and writes nowhere else.
//!
//! Files of the examples are torn: pieces of them cut, doubled, moved, and such put in as end what they stand in.
//! `SCHEMA_FUZZ_CASES=20000` tries more, `SCHEMA_FUZZ_SEED=7` others. A failing case is made small and printed.
//! `SCHEMA_FUZZ_FILES=100000` scans so many of the dependencies' source files, in the order of a hash of their names.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use schema_core::build::{Project, State, draft, seal};
use schema_core::ir::Dialect;
use schema_core::lint;
use schema_core::objects::{parse, split};
use schema_core::queries::in_record;
use schema_core::scan::{ScanOptions, scan};

/// What ends, opens or escapes something in one of the languages.
const PIECES: [&str; 36] = [
    "'",
    "\"",
    "`",
    "\\",
    "$$",
    "$a$",
    "--",
    "/*",
    "*/",
    "//",
    "#",
    "#[",
    "r#\"",
    "b'",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "{{",
    ";",
    ",",
    ":",
    "::",
    "=",
    "\0",
    "\u{feff}",
    "é",
    "😀",
    "\r\n",
    "99999999999999999999",
    "-",
    "null",
    "BEGIN ",
    " END ",
];

/// How a text is torn, each number a share of the text's length.
#[derive(Clone, Debug)]
enum Tear {
    Cut(u16, u16),
    Double(u16, u16),
    Move(u16, u16, u16),
    Put(u16, usize),
    /// One piece many times: what is nested deeper than anybody would.
    Heap(u16, usize),
}

fn tears() -> impl Strategy<Value = Tear> {
    let at = any::<u16>;
    let short = 0..2_000_u16;
    proptest::prop_oneof![
        (at(), short.clone()).prop_map(|(from, length)| Tear::Cut(from, length)),
        (at(), short.clone()).prop_map(|(from, length)| Tear::Double(from, length)),
        (at(), short, at()).prop_map(|(from, length, to)| Tear::Move(from, length, to)),
        (at(), 0..PIECES.len()).prop_map(|(at, piece)| Tear::Put(at, piece)),
        (at(), 0..PIECES.len()).prop_map(|(at, piece)| Tear::Heap(at, piece)),
    ]
}

fn torn(text: &str, tears: &[Tear]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for tear in tears {
        let place = |share: u16| text.len() * usize::from(share) / usize::from(u16::MAX);
        let range = |from: u16, length: u16| place(from)..(place(from) + place(length) + 1).min(text.len());
        match tear {
            Tear::Cut(from, length) => drop(text.drain(range(*from, *length))),
            Tear::Double(from, length) => {
                let range = range(*from, *length);
                let part = text[range.clone()].to_vec();
                text.splice(range.end..range.end, part);
            }
            Tear::Move(from, length, to) => {
                let range = range(*from, *length);
                let part: Vec<char> = text.drain(range).collect();
                let to = text.len() * usize::from(*to) / usize::from(u16::MAX);
                text.splice(to..to, part);
            }
            Tear::Put(at, piece) => {
                let at = place(*at);
                text.splice(at..at, PIECES[*piece].chars());
            }
            Tear::Heap(at, piece) => {
                let at = place(*at);
                text.splice(at..at, PIECES[*piece].repeat(60).chars());
            }
        }
    }
    text.into_iter().collect()
}

/// A crate's files by their paths, with its database.
struct Crate {
    dialect: Dialect,
    files: BTreeMap<PathBuf, String>,
}

fn crates() -> Vec<Crate> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let read = |name: &str, dialect| {
        let mut files = BTreeMap::new();
        collect(&examples.join(name), Path::new(""), &mut files);
        assert!(files.len() > 5, "{name} is no crate");
        Crate { dialect, files }
    };
    let mut crates = vec![
        read("quickstart", Dialect::Sqlite),
        read("postgres", Dialect::Postgres),
        read("mariadb", Dialect::MariaDb),
    ];
    // One with a draft, whose record is read and whose files are written anew.
    for krate in &mut crates {
        let folder = written(krate);
        let model = folder.path().join("crate/src/models.rs");
        let more = "\n#[derive(schema_runtime::Table)]\npub struct Fuzzed {\n    #[column(primary_key)]\n    pub id: i64,\n}\n";
        fs::write(&model, fs::read_to_string(&model).unwrap() + more).unwrap();
        draft(&project(folder.path(), krate.dialect)).unwrap();
        collect(&folder.path().join("crate"), Path::new(""), &mut krate.files);
        assert!(krate.files.contains_key(Path::new("schema/draft.json")));
    }
    crates
}

fn collect(folder: &Path, below: &Path, files: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = below.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &path, files);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.insert(path, text);
        }
    }
}

/// The crate in a folder, beside which something else stands.
fn written(krate: &Crate) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in &krate.files {
        let path = folder.path().join("crate").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::write(folder.path().join("beside"), "untouched").unwrap();
    folder
}

fn project(folder: &Path, dialect: Dialect) -> Project {
    Project::new(&folder.join("crate"), dialect).unwrap()
}

/// Everything that reads files of a crate, on a crate with one of its files torn.
fn read_all(krate: &Crate, file: usize, tears: &[Tear]) {
    let folder = written(krate);
    let (path, text) = krate.files.iter().nth(file % krate.files.len()).unwrap();
    let text = torn(text, tears);
    fs::write(folder.path().join("crate").join(path), &text).unwrap();
    let project = project(folder.path(), krate.dialect);
    let _ = State::examine(&project).map(|(state, _)| state.compare().map(|_| state.check()));
    let (files, _) = lint::folder(&project.migrations, Path::new("migrations"), |_, _| true);
    let _ = lint::lint(krate.dialect, &files);
    for statement in split(krate.dialect, &text).unwrap_or_default() {
        let _ = parse(krate.dialect, statement.text);
    }
    let _ = in_record(krate.dialect, path, &text);
    let _ = draft(&project).and_then(|_| seal(&project, None));
    let beside: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 2, "{beside:?}");
    assert_eq!(fs::read_to_string(folder.path().join("beside")).unwrap(), "untouched");
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn a_crate_with_torn_files_is_read_to_its_end() {
    let crates = crates();
    let config = Config {
        cases: u32::try_from(number("SCHEMA_FUZZ_CASES", 300)).unwrap(),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(number("SCHEMA_FUZZ_SEED", 1)),
        ..Config::default()
    };
    let cases = (0..crates.len(), any::<usize>(), vec(tears(), 1..6));
    let result = TestRunner::new(config).run(&cases, |(krate, file, tears)| {
        let read = || read_all(&crates[krate], file, &tears);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).map_err(|cause| {
            let text = cause.downcast_ref::<String>().cloned();
            let text = text.or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            TestCaseError::fail(text.unwrap_or_default())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Files that a compiler takes, of many hands.
#[test]
fn every_source_of_the_dependencies_is_scanned() {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).expect("cargo's folder");
    let mut sources = Vec::new();
    rust_files(&home.join("registry/src"), &mut sources);
    assert!(sources.len() > 1_000, "cargo keeps {} source files under {}", sources.len(), home.display());
    let hash = |path: &PathBuf| {
        let mut hasher = DefaultHasher::new();
        path.file_name().hash(&mut hasher);
        path.parent().and_then(Path::file_name).hash(&mut hasher);
        hasher.finish()
    };
    sources.sort_by_cached_key(hash);
    let wanted = usize::try_from(number("SCHEMA_FUZZ_FILES", 150)).unwrap();
    for path in sources.iter().take(wanted) {
        let options = ScanOptions {
            crate_dir: path.parent().unwrap().to_path_buf(),
            roots: vec![path.clone()],
            dialect: Dialect::Postgres,
            cache_dir: None,
            modules: Vec::new(),
        };
        let scanned = std::panic::catch_unwind(|| scan(&options).map(drop));
        assert!(scanned.is_ok(), "{} makes the scan panic", path.display());
    }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => rust_files(&path, found),
            Ok(kind) if kind.is_file() && path.extension().is_some_and(|extension| extension == "rs") => {
                found.push(path)
            }
            _ => {}
        }
    }
}
