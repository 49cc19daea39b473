//! Which consents a change needs, judged by what becomes of each object alone.

use schema_core::consent::consent;
use schema_core::diag::Severity;
use schema_core::diff::diff;
use schema_core::ir::Dialect;
use schema_core::model::{Intents, Model};
use schema_core::renames::pending;

use super::intents::intents;
use super::sketch::{CheckSketch, ColumnSketch, Id, IndexSketch, Sketch, TableSketch};

/// Errors stand where something is lost and the source doesn't allow it, and nowhere else.
pub(crate) fn check(a: &Sketch, b: &Sketch) -> Result<(), String> {
    let intents = intents(a, b);
    let mut open = errors(a, b, Intents { allows: Vec::new(), ..intents.clone() });
    let mut missing = Vec::new();
    for loss in losses(a, b) {
        match open.iter().position(|message| message.starts_with(&loss)) {
            Some(at) => drop(open.remove(at)),
            None => missing.push(loss),
        }
    }
    let refused = errors(a, b, intents);
    match missing.is_empty() && open.is_empty() && refused.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "consents\nlost without an error: {missing:#?}\nasked for in vain: {open:#?}\nasked for although given: {refused:#?}"
        )),
    }
}

fn errors(a: &Sketch, b: &Sketch, intents: Intents) -> Vec<String> {
    let base = a.schema();
    let (renames, mut findings) = pending(&base, &std::collections::BTreeSet::new(), &intents);
    let model = Model { schema: b.schema(), intents, ..Model::empty(b.dialect) };
    findings.extend(consent(&base, &model, &diff(&base, &model.schema, &renames)));
    findings.retain(|finding| finding.severity == Severity::Error);
    findings.into_iter().map(|finding| finding.message).collect()
}

/// The beginning of the message for each thing that is lost.
fn losses(a: &Sketch, b: &Sketch) -> Vec<String> {
    let mut found = Vec::new();
    for old in &a.enums {
        let Some(new) = b.ty(old.id) else {
            found.push(format!("enum `{}` has no", old.name));
            continue;
        };
        let gone = old.labels.iter().filter(|(id, _)| new.labels.iter().all(|(other, _)| other != id));
        found.extend(gone.map(|(_, label)| format!("enum `{}`: label `{label}` is removed", new.name)));
    }
    for old in &a.tables {
        match b.table(old.id) {
            None => found.push(format!("table `{}` has no", old.name)),
            Some(new) => {
                let losses = columns(a.dialect, old, new).into_iter().chain(constraints(old, new));
                found.extend(losses.map(|loss| format!("table `{}`: {loss}", new.name)));
            }
        }
    }
    found
}

fn columns(dialect: Dialect, old: &TableSketch, new: &TableSketch) -> Vec<String> {
    let mut found = Vec::new();
    for before in &old.columns {
        let Some(after) = new.column(before.id) else {
            found.push(format!("column `{}` is removed", before.name));
            continue;
        };
        if after.nullable && !before.nullable {
            found.push(format!("column `{}` loses NOT NULL", after.name));
        }
        if is_narrower(dialect, before, after) {
            found.push(format!("column `{}` changes from", after.name));
        }
    }
    if old.columns.iter().any(|column| new.column(column.id).is_none()) {
        let added = new.columns.iter().filter(|column| old.column(column.id).is_none());
        found.extend(added.map(|column| format!("is column `{}` new", column.name)));
    }
    found
}

/// SQLite's declared types of one family hold the same values.
fn is_narrower(dialect: Dialect, before: &ColumnSketch, after: &ColumnSketch) -> bool {
    let info = |column: &ColumnSketch| Sketch::new(dialect).info(column.ty);
    let (Some(from), Some(to)) = (info(before), info(after)) else { return false };
    dialect != Dialect::Sqlite && to.rank < from.rank && to.name != "character varying"
}

fn constraints(old: &TableSketch, new: &TableSketch) -> Vec<String> {
    let is_gone = |id: &Id| new.column(*id).is_none();
    let mut found = Vec::new();
    let kept = distinctions(new);
    for lost in distinctions(old) {
        let columns_stay = lost.columns.iter().any(|(id, _)| !is_gone(id));
        if columns_stay && !kept.iter().any(|other| other.implies(&lost)) {
            found.push(format!("{} `", lost.what));
        }
    }
    for index in old.indexes.iter().filter(|index| index.unique && index.predicate.is_some()) {
        if !new.indexes.iter().any(|other| is_same_partial(index, other)) {
            found.push("unique index `".to_owned());
        }
    }
    for check in &old.checks {
        let text = |check: &CheckSketch| (check.column, check.template, check.label);
        let is_kept = new.checks.iter().any(|other| text(other) == text(check));
        if !is_kept && !goes_with_its_column(check.column, old, new) {
            found.push("check `".to_owned());
        }
    }
    for key in &old.foreign_keys {
        let target = (&key.columns, key.table, &key.referenced);
        let is_kept = new.foreign_keys.iter().any(|other| {
            (&other.columns, other.table, &other.referenced) == target && (other.match_full || !key.match_full)
        });
        if !is_kept && !key.columns.iter().any(is_gone) {
            found.push("foreign key `".to_owned());
        }
    }
    found
}

/// A check may be about a column that differs from the one that goes only in case.
fn goes_with_its_column(column: Id, old: &TableSketch, new: &TableSketch) -> bool {
    let name = old.names(&[column]).remove(0);
    new.column(column).is_none() && !new.columns.iter().any(|other| other.name.eq_ignore_ascii_case(&name))
}

/// No two rows are alike in these columns.
struct Distinction {
    what: &'static str,
    /// Each with the collation by which values are alike.
    columns: Vec<(Id, Option<&'static str>)>,
    /// NULLs are left out, or count as alike.
    whole: bool,
}

impl Distinction {
    fn implies(&self, other: &Self) -> bool {
        (self.whole || !other.whole)
            && self.columns.iter().all(|(id, collation)| {
                other.columns.iter().any(|(same, wanted)| same == id && (wanted.is_none() || wanted == collation))
            })
    }
}

fn distinctions(table: &TableSketch) -> Vec<Distinction> {
    let plain = |columns: &[Id]| columns.iter().map(|id| (*id, None)).collect();
    let mut found = Vec::new();
    if let Some(key) = &table.primary_key {
        found.push(Distinction { what: "primary key", columns: plain(&key.columns), whole: true });
    }
    for key in &table.uniques {
        let (columns, whole) = (plain(&key.columns), key.nulls_not_distinct);
        found.push(Distinction { what: "unique constraint", columns, whole });
    }
    for index in table.indexes.iter().filter(|index| index.unique && index.predicate.is_none()) {
        let columns =
            index.keys.iter().map(|key| (key.column, key.collation.filter(|name| *name == "RTRIM"))).collect();
        found.push(Distinction { what: "unique index", columns, whole: false });
    }
    found
}

fn is_same_partial(index: &IndexSketch, other: &IndexSketch) -> bool {
    let keys = |index: &IndexSketch| -> Vec<(Id, Option<&str>)> {
        index.keys.iter().map(|key| (key.column, key.collation)).collect()
    };
    other.unique && keys(index) == keys(other) && index.predicate == other.predicate
}
