//! The last answer of a build step, which holds for as long as all that it followed from is the same.
//!
//! Cargo runs a build script again when the time of a watched file changes: after a checkout there and back, or when code
//! was edited beside the structs. This compares the texts of exactly what cargo watches, so it answers at once where
//! cargo, had it known them, would not have asked. An answer is kept only from a step that wrote nothing and asked git
//! nothing, since neither is watched.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::Build;
use super::cargo::Directives;
use super::mode::Mode;
use super::project::Project;
use crate::memory::{replace, stamp};
use crate::scan;

const FILE: &str = "schema-settled.bin";

/// What file systems round times to, at most (FAT): what changed so shortly before the step began may have changed in it.
const ROUNDING: Duration = Duration::from_secs(2);

/// What a step read.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Files whose text counts.
    pub(super) files: BTreeSet<PathBuf>,
    /// Files that count only once they declare something.
    pub(super) plain: BTreeSet<PathBuf>,
    /// Folders in which files were looked for.
    pub(super) folders: BTreeSet<PathBuf>,
    /// Folders of which every file's text counts.
    pub(super) whole: BTreeSet<PathBuf>,
    /// True where the answer doesn't follow from these alone.
    pub(super) is_open: bool,
}

impl Inputs {
    pub(super) fn merge(&mut self, other: Self) {
        self.files.extend(other.files);
        self.plain.extend(other.plain);
        self.folders.extend(other.folders);
        self.whole.extend(other.whole);
        self.is_open |= other.is_open;
    }
}

/// What was asked, and when.
pub(super) struct Question<'a> {
    out_dir: &'a Path,
    text: String,
    asked: SystemTime,
}

/// The file's content.
#[derive(Serialize, Deserialize)]
struct Record<'a> {
    program: [u8; 32],
    question: &'a str,
    files: Vec<(&'a str, &'a str)>,
    plain: Vec<&'a str>,
    folders: Vec<(&'a str, &'a str)>,
    lines: Vec<&'a str>,
}

impl<'a> Question<'a> {
    pub(super) fn new(out_dir: &'a Path, builds: &[Build], projects: &[Project], mode: Mode) -> Self {
        Self { out_dir, text: format!("{mode:?} {builds:?} {projects:?}"), asked: SystemTime::now() }
    }

    /// What was said to cargo the last time, if all is as it was then.
    pub(super) fn answer(&self) -> Option<Vec<String>> {
        let bytes = fs::read(self.out_dir.join(FILE)).ok()?;
        let record: Record<'_> = postcard::from_bytes(&bytes).ok()?;
        let same_text = |(path, text): &(&str, &str)| fs::read_to_string(path).is_ok_and(|found| found == **text);
        let same_names =
            |(path, names): &(&str, &str)| Listing::of(Path::new(path)).is_some_and(|it| it.names == **names);
        let is_plain = |path: &&str| fs::read_to_string(path).is_ok_and(|text| scan::is_plain(&text));
        let holds = record.program == stamp()
            && record.question == self.text
            && record.folders.iter().all(same_names)
            && record.files.iter().all(same_text)
            && record.plain.iter().all(is_plain);
        holds.then(|| record.lines.into_iter().map(str::to_owned).collect())
    }

    /// Keeps the answer, unless something changed while it was found. One that can't be kept costs time, nothing else.
    pub(super) fn settle(&self, inputs: &Inputs, gate: &Path, directives: &Directives) {
        if !inputs.is_open {
            let _ = self.keep(inputs, gate, directives);
        }
    }

    fn keep(&self, inputs: &Inputs, gate: &Path, directives: &Directives) -> Option<()> {
        let latest = self.asked.checked_sub(ROUNDING)?;
        let mut folders = BTreeMap::new();
        let mut files = inputs.files.clone();
        for folder in inputs.folders.iter().chain(&inputs.whole) {
            let listing = Listing::of(folder)?;
            if listing.changed > latest {
                return None;
            }
            if inputs.whole.contains(folder) {
                files.extend(listing.files());
            }
            folders.insert(folder, listing);
        }
        let was_there =
            |path: &Path| fs::metadata(path).and_then(|it| it.modified()).is_ok_and(|changed| changed <= latest);
        if !files.iter().chain(&inputs.plain).all(|path| was_there(path)) {
            return None;
        }
        // The macros read it, so an answer without it is none.
        files.insert(gate.to_path_buf());
        let texts = files.iter().map(|path| Some((path.to_str()?, fs::read_to_string(path).ok()?)));
        let texts: Vec<(&str, String)> = texts.collect::<Option<_>>()?;
        let record = Record {
            program: stamp(),
            question: &self.text,
            files: texts.iter().map(|(path, text)| (*path, text.as_str())).collect(),
            plain: inputs.plain.iter().map(|path| path.to_str()).collect::<Option<_>>()?,
            folders: folders
                .iter()
                .map(|(path, it)| Some((path.to_str()?, it.names.as_str())))
                .collect::<Option<_>>()?,
            lines: directives.lines().iter().map(String::as_str).collect(),
        };
        replace(&self.out_dir.join(FILE), &postcard::to_allocvec(&record).ok()?).ok()
    }
}

/// What is in a folder and in those below it.
struct Listing {
    folder: PathBuf,
    /// A line for each, in order; a folder's ends with a slash.
    names: String,
    /// When the last entry came or went.
    changed: SystemTime,
}

impl Listing {
    fn of(folder: &Path) -> Option<Self> {
        let mut listing = Self { folder: folder.to_path_buf(), names: String::new(), changed: SystemTime::UNIX_EPOCH };
        listing.add("").map(|()| listing)
    }

    fn add(&mut self, below: &str) -> Option<()> {
        let folder = self.folder.join(below);
        self.changed = self.changed.max(fs::metadata(&folder).ok()?.modified().ok()?);
        let mut entries = BTreeMap::new();
        for entry in fs::read_dir(&folder).ok()? {
            let entry = entry.ok()?;
            // Not through links to folders: they may lead back.
            entries.insert(format!("{below}{}", entry.file_name().to_str()?), entry.file_type().ok()?.is_dir());
        }
        for (name, is_folder) in entries {
            self.names.push_str(&name);
            if is_folder {
                self.names.push_str("/\n");
                self.add(&format!("{name}/"))?;
            } else {
                self.names.push('\n');
            }
        }
        Some(())
    }

    fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.names.lines().filter(|name| !name.ends_with('/')).map(|name| self.folder.join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Dialect;

    /// A crate's folder that was last changed an hour ago, with what a step reads of it.
    struct Fixture {
        dir: tempfile::TempDir,
        inputs: Inputs,
        gate: PathBuf,
    }

    const FILES: [(&str, &str); 4] =
        [("src/lib.rs", "mod a;"), ("src/plain.rs", "fn a() {}"), ("schema/t/a.json", "{}"), ("out/gate.txt", "gate")];

    impl Fixture {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            for (name, text) in FILES {
                let path = dir.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            let set = |name: &str| BTreeSet::from([dir.path().join(name)]);
            let inputs = Inputs {
                files: set("src/lib.rs"),
                plain: set("src/plain.rs"),
                folders: set("src"),
                whole: set("schema"),
                is_open: false,
            };
            let fixture = Self { inputs, gate: dir.path().join("out/gate.txt"), dir };
            fixture.age();
            fixture
        }

        fn age(&self) {
            let hour_ago = SystemTime::now() - Duration::from_secs(3600);
            let age = |path: PathBuf| fs::File::open(path).unwrap().set_modified(hour_ago).unwrap();
            FILES.iter().for_each(|(name, _)| age(self.path(name)));
            ["src", "schema", "schema/t"].into_iter().for_each(|name| age(self.path(name)));
        }

        fn path(&self, name: &str) -> PathBuf {
            self.dir.path().join(name)
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.path(name), text).unwrap();
        }

        fn answer_to(&self, mode: Mode, act: impl FnOnce(&Question<'_>)) -> Option<Vec<String>> {
            let out_dir = self.path("out");
            let project = Project::new(self.dir.path(), Dialect::Sqlite).unwrap();
            let question = Question::new(&out_dir, &[Build::new(Dialect::Sqlite)], &[project], mode);
            act(&question);
            question.answer()
        }

        fn answer(&self) -> Option<Vec<String>> {
            self.answer_to(Mode::Write, |_| {})
        }

        fn settle(&self) -> Option<Vec<String>> {
            let mut directives = Directives::default();
            directives.repeat(vec!["line".to_owned()]);
            self.answer_to(Mode::Write, |question| question.settle(&self.inputs, &self.gate, &directives))
        }
    }

    #[test]
    fn an_answer_holds_while_nothing_that_counts_has_changed() {
        let fixture = Fixture::new();
        assert_eq!(fixture.answer(), None);
        assert_eq!(fixture.settle(), Some(vec!["line".to_owned()]));
        fixture.write("src/lib.rs", "mod a;");
        fixture.write("src/plain.rs", "fn b() {}");
        assert!(fixture.answer().is_some(), "times don't count, nor does the text of a file that declares nothing");
        assert_eq!(fixture.answer_to(Mode::Check, |_| {}), None);
    }

    #[test]
    fn whatever_counts_ends_it() {
        for (name, text) in [
            ("src/lib.rs", "mod b;"),
            ("src/plain.rs", "#[derive(Table)] struct A;"),
            ("src/a.rs", ""),
            ("schema/t/a.json", "[]"),
            ("schema/b.json", ""),
            ("out/gate.txt", "another"),
        ] {
            let fixture = Fixture::new();
            assert!(fixture.settle().is_some());
            fixture.write(name, text);
            assert_eq!(fixture.answer(), None, "{name}");
        }
        for (name, _) in FILES {
            let fixture = Fixture::new();
            assert!(fixture.settle().is_some());
            fs::remove_file(fixture.path(name)).unwrap();
            assert_eq!(fixture.answer(), None, "{name}");
        }
    }

    #[test]
    fn what_may_have_changed_meanwhile_is_not_kept() {
        for name in ["src/lib.rs", "src/plain.rs", "schema/t/a.json", "schema/t/b.json"] {
            let fixture = Fixture::new();
            fixture.write(name, "");
            assert_eq!(fixture.settle(), None, "{name}");
        }
        let mut fixture = Fixture::new();
        fixture.inputs.is_open = true;
        assert_eq!(fixture.settle(), None);
    }

    #[test]
    fn a_torn_record_is_none() {
        let fixture = Fixture::new();
        assert!(fixture.settle().is_some());
        let record = fixture.path("out").join(FILE);
        let whole = fs::read(&record).unwrap();
        for length in [0, 1, 40, whole.len() / 2, whole.len() - 1] {
            fs::write(&record, &whole[..length]).unwrap();
            assert_eq!(fixture.answer(), None, "{length}");
        }
    }
}
