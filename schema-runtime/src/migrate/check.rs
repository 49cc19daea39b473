//! What is wrong before anything runs: the files, sqlx's history and our own table, held against each other.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::diag::Finding;
use schema_core::ir::Dialect;
use schema_core::migration::{Migration, checksum, no_transaction, normalized, normalized_checksum};

use super::backend::{APPLIED, APPLYING, Applied, HISTORY, Note, REVERTING};
use super::script::{Statement, statements, wrapped};
use super::source::Source;

/// What the database holds.
#[derive(Debug, Default)]
pub(crate) struct Records {
    pub(crate) applied: BTreeMap<i64, Applied>,
    pub(crate) notes: BTreeMap<i64, Note>,
    /// The names of what drops keep.
    pub(crate) kept: BTreeSet<String>,
    /// What runs left in the middle, and what is not in the history: reverting takes it back with the rest.
    pub(crate) half_applied: BTreeSet<i64>,
}

/// What kind of fault it is; each operation minds some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A row says that it failed.
    Dirty,
    /// A revert outside a transaction did not end.
    HalfReverted,
    /// Applied, and there is no file.
    Missing,
    /// Applied, and the file is another one now.
    Edited,
    /// The same, but it is a draft.
    Draft,
    /// Applied, and the file differs in line endings or a byte-order mark.
    Endings,
    /// Applied, and its down file is another one now.
    Down,
    /// Pending, and older than an applied one.
    Late,
    /// Pending, and its text can't be run safely.
    Script,
    /// A run of it did not end, and its file is another one now, or gone.
    Interrupted,
}

/// One fault of one version.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    pub(crate) version: i64,
    pub(crate) finding: Finding,
}

impl Records {
    /// The note of an applied version; one that belongs to an earlier application (another tool reverted it since
    /// and applied a newer text) counts for nothing.
    pub(crate) fn note(&self, version: i64, file: Option<&Migration>) -> Option<&Note> {
        let note = self.notes.get(&version)?;
        let row = self.applied.get(&version)?;
        let reapplied = file.is_some_and(|file| {
            row.checksum == checksum(&file.up) && note.up_checksum != normalized_checksum(&file.up)
        });
        (!reapplied).then_some(note)
    }

    /// What the source says; what was recorded, where it says nothing or has no such file any more.
    pub(crate) fn is_draft(&self, source: &Source, version: i64) -> bool {
        let file = source.find(version);
        match source.says_draft(version) {
            Some(draft) if draft || file.is_some() => draft,
            _ => self.note(version, file).is_some_and(|note| note.draft),
        }
    }

    /// Whether the database may undo what it applied by the down that it keeps: it was a draft then, whatever was sealed since.
    pub(crate) fn was_draft(&self, source: &Source, version: i64) -> bool {
        self.is_draft(source, version) || self.note_of_run(source, version).is_some_and(|note| note.draft)
    }

    /// The note of what ran here: of half a file, whatever the file is by now.
    pub(crate) fn note_of_run(&self, source: &Source, version: i64) -> Option<&Note> {
        match self.half_applied.contains(&version) {
            true => self.notes.get(&version),
            false => self.note(version, source.find(version)),
        }
    }

    /// Every fault, in the order of the versions.
    pub(crate) fn faults(&self, source: &Source, dialect: Dialect) -> Vec<Fault> {
        let (mut faults, folded) = self.half_folded(source);
        for row in self.applied.values().filter(|row| !folded.contains(&row.version)) {
            faults.extend(self.fault_of_applied(source, dialect, row));
        }
        let newest = self.applied.keys().next_back().copied();
        let is_faulty: BTreeSet<i64> = faults.iter().map(|fault| fault.version).collect();
        let pending =
            |file: &&Migration| !self.applied.contains_key(&file.version) && !is_faulty.contains(&file.version);
        for file in source.migrations.iter().filter(pending) {
            if let Some(newest) = newest.filter(|newest| *newest > file.version) {
                faults.push(late(file, newest));
            }
            faults.extend(script_fault(file, dialect));
        }
        for note in
            self.notes.values().filter(|note| note.phase == APPLYING && !self.applied.contains_key(&note.version))
        {
            faults.extend(self.fault_of_interrupted(source, dialect, note));
        }
        faults.sort_by_key(|fault| fault.version);
        faults
    }

    fn fault_of_applied(&self, source: &Source, dialect: Dialect, row: &Applied) -> Option<Fault> {
        let name = named(row.version, &row.description);
        let fault = |kind, finding| Some(Fault { kind, version: row.version, finding });
        if !row.success {
            return fault(Kind::Dirty, dirty(row.version, &name));
        }
        let file = source.find(row.version);
        let note = self.note(row.version, file);
        if note.is_some_and(|note| note.phase == REVERTING) {
            return fault(
                Kind::HalfReverted,
                Finding::error(None, format!("the revert of {name} was interrupted"))
                    .help("`cargo schema revert` takes it up again: what was left half-done is removed first"),
            );
        }
        let draft = self.was_draft(source, row.version);
        let Some(file) = file else {
            return match draft {
                true => fault(
                    Kind::Draft,
                    changed_draft(format!("{name} was applied as a draft that has disappeared since")),
                ),
                false => fault(Kind::Missing, missing(source, dialect, row.version, &name)),
            };
        };
        if row.checksum != checksum(&file.up) {
            return match (same_but_endings(row, note, file), draft) {
                (true, _) => fault(Kind::Endings, endings(&name)),
                (false, true) => {
                    fault(Kind::Draft, changed_draft(format!("{name} was applied as a draft that has changed since")))
                }
                (false, false) => fault(Kind::Edited, edited(&name)),
            };
        }
        let down = file.down.as_deref().map(normalized_checksum);
        match note {
            Some(note) if note.down_checksum != down && draft => fault(
                Kind::Draft,
                changed_draft(format!("{name} was applied as a draft whose down file has changed since")),
            ),
            Some(note) if note.down_checksum != down => fault(Kind::Down, changed_down(&name)),
            _ => None,
        }
    }

    fn fault_of_interrupted(&self, source: &Source, dialect: Dialect, note: &Note) -> Option<Fault> {
        let file = source.find(note.version);
        if file.is_some_and(|file| normalized_checksum(&file.up) == note.up_checksum) {
            return None;
        }
        let message =
            format!("migration {} was interrupted while it ran, and its file has changed or gone since", note.version);
        let finding = match file {
            None if is_ahead(source, note.version) => Finding::error(None, message).help(UPDATE),
            _ if dialect.is_mysql() && self.was_draft(source, note.version) => Finding::error(None, message)
                .help("`cargo schema migrate --redo` undoes what is done by the down text that the database keeps, and applies what is there now"),
            _ if dialect.is_mysql() => Finding::error(None, message)
                .help("restore the file as it was, and run `cargo schema migrate`, which goes on with it")
                .help("or undo what is done by the down text that the database keeps: `cargo schema revert`"),
            _ => Finding::error(None, message)
                .help("restore the file as it was, run `cargo schema migrate`, and revert it then"),
        };
        Some(Fault { kind: Kind::Interrupted, version: note.version, finding })
    }
}

/// `migration 3 `add email``
pub(crate) fn named(version: i64, description: &str) -> String {
    format!("migration {version} `{description}`")
}

/// A note as an application of `file` leaves it.
pub(crate) fn note_of(file: &Migration, draft: bool) -> Note {
    Note {
        version: file.version,
        phase: APPLIED.to_owned(),
        draft,
        up_checksum: normalized_checksum(&file.up),
        down_checksum: file.down.as_deref().map(normalized_checksum),
        down_sql: file.down.clone(),
    }
}

fn dirty(version: i64, name: &str) -> Finding {
    Finding::error(None, format!("{name} failed half-way: `{HISTORY}` says `success = false`"))
        .help(format!("undo by hand what it did, and delete the row (`DELETE FROM {HISTORY} WHERE version = {version}`): it runs again"))
        .help(format!("or complete by hand what it left out, and keep it (`UPDATE {HISTORY} SET success = true WHERE version = {version}`)"))
}

const UPDATE: &str = "update the checkout, or the program that embeds the files";

/// Whether a version is newer than every file.
pub(super) fn is_ahead(source: &Source, version: i64) -> bool {
    source.migrations.last().is_none_or(|last| last.version < version)
}

fn missing(source: &Source, dialect: Dialect, version: i64, name: &str) -> Finding {
    let finding = match is_ahead(source, version) {
        true => {
            let message = format!("{name} is applied, and there is no file for it: the database is ahead of the files");
            Finding::error(None, message)
                .help(UPDATE)
                .help("or, where the next release is being rolled out, let this one run on: `Migrator::allow_newer`")
        }
        false => Finding::error(None, format!("{name} is applied, and its file is missing"))
            .help("restore the file from version control"),
    };
    let place = match dialect {
        Dialect::Postgres => "its own schema, alone on the `search_path`, or its own database",
        Dialect::Sqlite | Dialect::MariaDb | Dialect::MySql => "its own database",
    };
    finding.help(format!("if another application keeps its history in this database too, give each {place}"))
}

fn edited(name: &str) -> Finding {
    Finding::error(None, format!("{name} was edited after it was applied"))
        .help("restore the file as it was, and put the change into a migration of its own")
        .help("if it is a draft still, `cargo schema migrate --redo` undoes it and applies it anew")
}

fn changed_draft(message: String) -> Finding {
    Finding::error(None, message)
        .help("`cargo schema migrate --redo` undoes it by the down text that the database keeps, and applies what is there now")
}

fn endings(name: &str) -> Finding {
    Finding::error(None, format!("{name} differs from what was applied in its line endings or byte-order mark only"))
        .help("check the files out with LF (`*.sql text eol=lf` in `.gitattributes`)")
        .help("or record the file as it is: `cargo schema migrate --repair-line-endings`")
}

fn changed_down(name: &str) -> Finding {
    Finding::error(None, format!("the down file of {name} was edited after it was applied"))
        .help("restore the down file as it was")
        .help("or, if the correction is meant, record it: `cargo schema migrate --accept-downs`")
}

fn late(file: &Migration, newest: i64) -> Fault {
    Fault {
        kind: Kind::Late,
        version: file.version,
        finding: Finding::error(
            None,
            format!(
                "{} is older than migration {newest}, which is applied already",
                named(file.version, &file.description)
            ),
        )
        .help("if no database has applied it: delete its files, take `schema/` as it was without it, and build anew")
        .help("or apply it where it stands: `cargo schema migrate --allow-out-of-order`"),
    }
}

/// The row's checksum is that of the same text with another line ending or byte-order mark.
fn same_but_endings(row: &Applied, note: Option<&Note>, file: &Migration) -> bool {
    let lf = normalized(&file.up);
    let crlf = lf.replace('\n', "\r\n");
    let variants = [format!("\u{feff}{lf}"), format!("\u{feff}{crlf}"), lf, crlf];
    variants.iter().any(|text| checksum(text) == row.checksum)
        || note.is_some_and(|note| note.up_checksum == normalized_checksum(&file.up))
}

/// A text that would leave the database half-changed when it fails.
fn script_fault(file: &Migration, dialect: Dialect) -> Option<Fault> {
    let finding = unsafe_script(&named(file.version, &file.description), &file.up, dialect)?;
    Some(Fault { kind: Kind::Script, version: file.version, finding })
}

/// What makes a text unsafe; `name` begins the sentence.
pub(crate) fn unsafe_script(name: &str, script: &str, dialect: Dialect) -> Option<Finding> {
    let found = statements(dialect, script);
    Some(match no_transaction(script) {
        false if found.iter().any(Statement::controls_transaction) => {
            Finding::error(None, format!("{name} begins or ends a transaction, and it runs inside one already"))
                .help("take those statements out, or make `-- no-transaction` the first bytes of the file")
        }
        true if found.len() > 1 && found.iter().any(|statement| statement.has("concurrently")) => {
            Finding::error(None, format!("{name} holds several statements, and a concurrent one must be alone in its file"))
                .help("give each statement a migration of its own")
        }
        true if dialect == Dialect::Sqlite && found.len() > 1 && wrapped(dialect, script).is_none() => {
            Finding::error(None, format!("{name} holds several statements outside any transaction: a failure in the middle would leave it half-applied"))
                .help("put them between `BEGIN IMMEDIATE;` and `COMMIT;`, with nothing but `PRAGMA` before and behind")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;

    fn file(version: i64, up: &str) -> Migration {
        Migration {
            version,
            description: format!("m{version}"),
            up: up.to_owned(),
            down: Some(format!("-- down of {version}\nSELECT 1;")),
            up_path: PathBuf::new(),
            down_path: None,
        }
    }

    fn source(migrations: &[Migration]) -> Source {
        Source { migrations: migrations.to_vec(), dialect: None, drafts: None }
    }

    fn records(applied: &[Migration]) -> Records {
        let row = |file: &Migration| Applied {
            version: file.version,
            description: file.description.clone(),
            success: true,
            checksum: checksum(&file.up),
            ran: true,
        };
        Records {
            applied: applied.iter().map(|file| (file.version, row(file))).collect(),
            notes: applied.iter().map(|file| (file.version, note_of(file, false))).collect(),
            kept: BTreeSet::new(),
            half_applied: BTreeSet::new(),
        }
    }

    fn kinds(records: &Records, source: &Source) -> Vec<(i64, Kind)> {
        records.faults(source, Dialect::Sqlite).iter().map(|fault| (fault.version, fault.kind)).collect()
    }

    #[test]
    fn what_agrees_has_no_fault_and_pending_files_are_none() {
        let files = [file(1, "A"), file(2, "B")];
        assert_eq!(kinds(&records(&files[..1]), &source(&files)), []);
    }

    #[test]
    fn all_faults_are_found_at_once() {
        let applied = [file(1, "A"), file(2, "B\n"), file(4, "D"), file(5, "E")];
        let mut held = records(&applied);
        held.applied.get_mut(&5).unwrap().success = false;
        let files = [file(1, "changed"), file(2, "B\r\n"), file(3, "COMMIT;")];
        assert_eq!(
            kinds(&held, &source(&files)),
            [
                (1, Kind::Edited),
                (2, Kind::Endings),
                (3, Kind::Late),
                (3, Kind::Script),
                (4, Kind::Missing),
                (5, Kind::Dirty)
            ]
        );
    }

    #[test]
    fn mixed_line_endings_are_known_by_the_normalized_checksum() {
        let held = records(&[file(1, "a;\r\nb;\nc;\r\n")]);
        assert_eq!(kinds(&held, &source(&[file(1, "a;\nb;\nc;\n")])), [(1, Kind::Endings)]);
    }

    #[test]
    fn a_changed_draft_and_a_vanished_one_are_drafts() {
        let mut held = records(&[file(1, "A"), file(2, "B")]);
        held.notes.get_mut(&2).unwrap().draft = true;
        let files = source(&[file(1, "changed")]).drafts(BTreeSet::from([1]));
        assert_eq!(kinds(&held, &files), [(1, Kind::Draft), (2, Kind::Draft)]);
    }

    #[test]
    fn a_draft_that_changed_and_was_sealed_then_is_one_still() {
        let mut held = records(&[file(1, "A")]);
        held.notes.get_mut(&1).unwrap().draft = true;
        let files = source(&[file(1, "changed")]);
        assert_eq!(kinds(&held, &files), [(1, Kind::Draft)]);
        assert_eq!(kinds(&held, &files.drafts(BTreeSet::new())), [(1, Kind::Draft)]);
        held.notes.get_mut(&1).unwrap().draft = false;
        let files = source(&[file(1, "changed")]).drafts(BTreeSet::new());
        assert_eq!(kinds(&held, &files), [(1, Kind::Edited)]);
    }

    #[test]
    fn a_note_of_an_earlier_application_counts_for_nothing() {
        let mut held = records(&[file(1, "new")]);
        held.notes.insert(1, Note { down_checksum: None, ..note_of(&file(1, "old"), false) });
        assert_eq!(kinds(&held, &source(&[file(1, "new")])), []);
    }

    #[test]
    fn a_changed_down_is_a_fault_and_its_line_endings_are_none() {
        let held = records(&[file(1, "A"), file(2, "B")]);
        let changed = Migration { down: Some("SELECT 2;".to_owned()), ..file(1, "A") };
        let crlf = Migration { down: Some("-- down of 2\r\nSELECT 1;".to_owned()), ..file(2, "B") };
        assert_eq!(kinds(&held, &source(&[changed, crlf])), [(1, Kind::Down)]);
    }

    #[test]
    fn scripts_that_could_end_half_way_are_refused() {
        let fault = |dialect, up: &str| script_fault(&file(1, up), dialect).is_some();
        assert!(fault(Dialect::Postgres, "BEGIN; SELECT 1; COMMIT;"));
        assert!(!fault(Dialect::Postgres, "DO $$ BEGIN END $$;"));
        assert!(fault(Dialect::Postgres, "-- no-transaction\nCREATE INDEX CONCURRENTLY a ON b (c); SELECT 1;"));
        assert!(!fault(Dialect::Postgres, "-- no-transaction\nCREATE INDEX CONCURRENTLY a ON b (c);"));
        assert!(fault(Dialect::Sqlite, "-- no-transaction\nDELETE FROM a; DELETE FROM b;"));
        assert!(!fault(Dialect::Sqlite, "-- no-transaction\nBEGIN; DELETE FROM a; DELETE FROM b; COMMIT;"));
        assert!(!fault(Dialect::Sqlite, "-- no-transaction\nVACUUM;"));
    }
}
