//! Which files a run takes, or everything that stands against it.

use std::collections::BTreeSet;

use schema_core::diag::Finding;
use schema_core::ir::Dialect;
use schema_core::migration::{Migration, contract, no_transaction};

use super::backend::{Applied, REVERTING};
use super::check::{Fault, Kind, Records, is_ahead, named, unsafe_script};
use super::run::no_down;
use super::{Back, Migrator, Step, Target, kept, script, together};
use crate::error::Error;

/// A down would take away what its up did not bring here.
fn not_run<'a>(rows: impl Iterator<Item = &'a Applied>) -> Vec<Finding> {
    let recorded = rows.filter(|row| row.success && !row.ran);
    let refused = |row: &Applied| {
        let reason = "it was recorded here without being run, and its down would drop what was there before";
        no_down(row.version, &row.description, reason)
            .help(format!("stop behind it: `cargo schema revert --target {}`", row.version))
    };
    recorded.map(refused).collect()
}

/// What would come back and is gone. One whose revert was interrupted has brought some of it back already.
fn purged(steps: &[Step], records: &Records, dialect: Dialect) -> Vec<Finding> {
    let is_begun = |step: &&Step| {
        let reverting = records.notes.get(&step.version).is_some_and(|note| note.phase == REVERTING);
        reverting || records.half_applied.contains(&step.version)
    };
    let whole: Vec<Step> = steps.iter().filter(|step| !is_begun(step)).cloned().collect();
    kept::purged(&whole, &records.kept, dialect)
}

impl Migrator {
    /// What is to be applied, or every fault.
    pub(super) fn pending(
        &self,
        records: &Records,
        dialect: Dialect,
        target: Target,
    ) -> Result<Vec<&Migration>, Error> {
        let is_contract =
            |file: &&Migration| contract(&file.up).is_some() && !records.applied.contains_key(&file.version);
        let first_contract = self.source.migrations.iter().find(is_contract).map(|file| file.version);
        let within = |version: i64| match target {
            Target::Latest => true,
            Target::Version(target) => version <= target,
            Target::BeforeContract => first_contract.is_none_or(|first| version < first),
        };
        let is_newer = |version: i64| self.allow_newer && is_ahead(&self.source, version);
        let minded = |fault: &Fault| !(fault.kind == Kind::Late && self.allow_out_of_order || is_newer(fault.version));
        let mut findings: Vec<Finding> = records
            .faults(&self.source, dialect)
            .into_iter()
            .filter(|fault| minded(fault) && (within(fault.version) || records.applied.contains_key(&fault.version)))
            .map(|fault| fault.finding)
            .collect();
        if let Target::Version(version) = target
            && self.source.find(version).is_none()
        {
            findings.push(
                Finding::error(None, format!("there is no migration {version} to go to"))
                    .help("`cargo schema status` lists the versions"),
            );
        }
        refuse(findings)?;
        let pending = |file: &&Migration| within(file.version) && !records.applied.contains_key(&file.version);
        Ok(self.source.migrations.iter().filter(pending).collect())
    }

    /// What is to be reverted, the newest first, or every fault that concerns it.
    pub(super) fn reversal(&self, records: &Records, dialect: Dialect, back: Back) -> Result<Vec<Step>, Error> {
        let mut applied: BTreeSet<i64> = records.applied.keys().copied().collect();
        applied.extend(&records.half_applied);
        let newest_first = applied.into_iter().rev();
        let versions: Vec<i64> = match back {
            Back::Steps(steps) => newest_first.take(steps).collect(),
            Back::To(target) => newest_first.take_while(|version| *version > target).collect(),
        };
        let faults = records.faults(&self.source, dialect);
        // What is done of them is undone by the down that the database keeps.
        let is_stored = |fault: &Fault| fault.kind == Kind::Interrupted && dialect.is_mysql();
        let stored: BTreeSet<i64> = faults.iter().filter(|fault| is_stored(fault)).map(|fault| fault.version).collect();
        let mut findings: Vec<Finding> = faults
            .into_iter()
            .filter(|fault| {
                let is_minded = !matches!(fault.kind, Kind::HalfReverted | Kind::Late) && !is_stored(fault);
                fault.kind == Kind::Dirty || (versions.contains(&fault.version) && is_minded)
            })
            .map(|fault| fault.finding)
            .collect();
        if let Back::To(target) = back
            && target != 0
            && !records.applied.contains_key(&target)
        {
            findings.push(
                Finding::error(None, format!("migration {target} is not applied, so there is no going back to it"))
                    .help("name an applied version, which stays applied, or 0 to revert everything"),
            );
        }
        findings.extend(together::split(&self.source, records, &versions));
        findings.extend(not_run(records.applied.values().filter(|row| versions.contains(&row.version))));
        let mut steps = Vec::new();
        for version in versions {
            let step = match (self.source.find(version), stored.contains(&version)) {
                (_, true) => self.stored_down(records, version, dialect),
                (Some(file), false) => down_of(version, &file.description, file.down.as_deref(), dialect),
                (None, false) => continue,
            };
            match step {
                Ok(step) => steps.push(step),
                Err(finding) => findings.push(finding),
            }
        }
        findings.extend(purged(&steps, records, dialect));
        refuse(findings)?;
        Ok(steps)
    }

    /// The down that the database keeps of a version whose file may be another one now.
    fn stored_down(&self, records: &Records, version: i64, dialect: Dialect) -> Result<Step, Finding> {
        let recorded = records.applied.get(&version).map(|row| &row.description);
        let description = recorded.or_else(|| self.source.find(version).map(|file| &file.description));
        let note = records.note_of_run(&self.source, version);
        down_of(
            version,
            description.map_or("", String::as_str),
            note.and_then(|note| note.down_sql.as_deref()),
            dialect,
        )
    }

    /// The stored downs of the changed drafts and of the drafts on top of them, the newest first.
    pub(super) fn undo_of_drafts(&self, records: &Records, dialect: Dialect) -> Result<Vec<Step>, Error> {
        let faults = records.faults(&self.source, dialect);
        let is_draft = |fault: &Fault| match fault.kind {
            Kind::Draft => true,
            Kind::Interrupted => dialect.is_mysql() && records.was_draft(&self.source, fault.version),
            _ => false,
        };
        let Some(first) = faults.iter().find(|fault| is_draft(fault)).map(|fault| fault.version) else {
            return Ok(Vec::new());
        };
        let mut findings: Vec<Finding> = faults
            .into_iter()
            .filter(|fault| !is_draft(fault) && fault.kind != Kind::Late)
            .map(|fault| fault.finding)
            .collect();
        let mut steps = Vec::new();
        let begun: BTreeSet<i64> = records.applied.keys().chain(&records.half_applied).copied().collect();
        for version in begun.range(first..).rev().copied() {
            let step = if records.was_draft(&self.source, version) {
                self.stored_down(records, version, dialect)
            } else {
                let description = records.applied.get(&version).map_or("", |row| &row.description);
                Err(no_down(version, description, &format!("it is sealed, and was applied after the draft {first}"))
                    .help("put the further change into a new migration: restore the draft's file as it was, and `cargo schema seal` it"))
            };
            match step {
                Ok(step) => steps.push(step),
                Err(finding) => findings.push(finding),
            }
        }
        findings.extend(purged(&steps, records, dialect));
        refuse(findings)?;
        Ok(steps)
    }

    pub(super) fn files_with(&self, records: &Records, dialect: Dialect, kind: Kind) -> Vec<&Migration> {
        let faults = records.faults(&self.source, dialect);
        faults.iter().filter(|fault| fault.kind == kind).filter_map(|fault| self.source.find(fault.version)).collect()
    }
}

pub(super) fn step(version: i64, description: &str, sql: &str) -> Step {
    Step { version, description: description.to_owned(), sql: sql.to_owned(), in_transaction: !no_transaction(sql) }
}

/// A down of comments alone would remove the row and nothing else (BUGS.md B54).
fn down_of(version: i64, description: &str, down: Option<&str>, dialect: Dialect) -> Result<Step, Finding> {
    let Some(down) = down else {
        return Err(no_down(version, description, "it has no down file")
            .help("write what undoes it into a migration of its own, or add the down file"));
    };
    if script::statements(dialect, down).is_empty() {
        return Err(no_down(version, description, "its down file holds no statement")
            .help("it is irreversible: go forward with a new migration, or restore a backup"));
    }
    match unsafe_script(&format!("the down file of {}", named(version, description)), down, dialect) {
        Some(finding) => Err(finding),
        None => Ok(step(version, description, down)),
    }
}

fn refuse(findings: Vec<Finding>) -> Result<(), Error> {
    if findings.is_empty() { Ok(()) } else { Err(Error::Refused(findings)) }
}
