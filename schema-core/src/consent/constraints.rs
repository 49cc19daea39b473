//! Constraints that protect data (HAZARDS.md row 26): dropping one needs consent, unless what replaces it protects
//! at least as much, or all of its columns go too.

use std::collections::BTreeMap;

use crate::decl::AllowCode;
use crate::diag::Finding;
use crate::dialect::mysql;
use crate::dialect::sqlite::{self, mentions, rename_strings};
use crate::diff::{Part, TableChange, same_expression};
use crate::ir::{Check, Dialect, Exclusion, ForeignKey, Index, IndexTarget, Table};
use crate::model::Path;

use super::{Gate, Labels};

impl Gate<'_> {
    pub(super) fn dropped_constraints(&mut self, change: &TableChange) {
        let kept = self.model.schema.with_inherited_items(&change.to);
        let labels = self.labels.clone();
        let columns = change.renamed_columns.iter().cloned().collect();
        let renamed = Renamed { dialect: self.model.schema.dialect, columns, labels: &labels, table: &change.to };
        for part in &change.parts {
            let Some(lost) = Lost::from(part) else { continue };
            if lost.goes_with_its_columns(change) || lost.is_replaced(&renamed, &kept) {
                continue;
            }
            self.lost(&change.to, &lost);
        }
    }

    /// Row level security that goes shows every row to everyone who may read the table.
    pub(super) fn row_security(&mut self, table: &Table, part: &Part) {
        let what = match part {
            Part::SetRowSecurity(false) => {
                "row level security is switched off: everyone who may read it sees every row"
            }
            Part::ForceRowSecurity(false) => "row level security no longer binds its owner",
            _ => return,
        };
        if self.allowed(AllowCode::DropRowSecurity, &table.name, None).is_some() {
            return;
        }
        let place = self.place(&Path::Table(table.name.clone()));
        let finding = Finding::error(place, format!("table `{}`: {what}", table.name));
        self.findings.push(finding.help("to allow it: `#[table(allow(drop_row_security, reason = \"..\"))]`"));
    }

    fn lost(&mut self, table: &Table, lost: &Lost<'_>) {
        let part = lost.code.takes_name().then_some(lost.name);
        if self.allowed(lost.code, &table.name, part).is_some() {
            return;
        }
        let code = lost.code.as_str();
        let allow = match part {
            Some(name) => format!("{code}(\"{name}\", reason = \"..\")"),
            None => format!("{code}, reason = \"..\""),
        };
        let place = self.place(&Path::Part(table.name.clone(), lost.name.to_owned()));
        let message = format!("table `{}`: {} `{}` is removed: {}", table.name, lost.what, lost.name, lost.effect);
        self.findings.push(Finding::error(place, message).help(format!("to drop it: `#[table(allow({allow}))]`")));
    }
}

struct Lost<'a> {
    code: AllowCode,
    what: &'static str,
    name: &'a str,
    effect: &'static str,
    rule: Rule<'a>,
}

enum Rule<'a> {
    /// No two rows alike in these columns; `whole` when NULLs are excluded or counted as alike.
    Unique {
        columns: Vec<&'a str>,
        whole: bool,
    },
    /// A partial or expression index, which only itself replaces.
    OwnUnique(&'a Index),
    Check(&'a Check),
    ForeignKey(&'a ForeignKey),
    Exclusion(&'a Exclusion),
}

impl<'a> Lost<'a> {
    fn from(part: &'a Part) -> Option<Self> {
        const DUPLICATES: &str = "duplicates can come in, and adding it again may fail on them";
        Some(match part {
            Part::DropPrimaryKey(key) => Self {
                code: AllowCode::DropPrimaryKey,
                what: "primary key",
                name: &key.name,
                effect: DUPLICATES,
                rule: Rule::Unique { columns: names(&key.columns), whole: true },
            },
            Part::DropUnique(unique) => Self {
                code: AllowCode::DropUnique,
                what: "unique constraint",
                name: &unique.name,
                effect: DUPLICATES,
                rule: Rule::Unique { columns: names(&unique.columns), whole: unique.nulls_not_distinct },
            },
            Part::DropIndex(index) if index.unique => Self {
                code: AllowCode::DropUnique,
                what: "unique index",
                name: &index.name,
                effect: DUPLICATES,
                rule: plain_unique(index).unwrap_or(Rule::OwnUnique(index)),
            },
            Part::DropCheck(check) => Self {
                code: AllowCode::DropCheck,
                what: "check",
                name: &check.name,
                effect: "rows it refused can come in",
                rule: Rule::Check(check),
            },
            Part::DropExclusion(exclusion) => Self {
                code: AllowCode::DropExclusion,
                what: "exclusion constraint",
                name: &exclusion.name,
                effect: "rows that exclude each other can come in, and adding it again may fail on them",
                rule: Rule::Exclusion(exclusion),
            },
            Part::DropForeignKey(key) => Self {
                code: AllowCode::DropForeignKey,
                what: "foreign key",
                name: &key.name,
                effect: "rows can then refer to nothing",
                rule: Rule::ForeignKey(key),
            },
            _ => return None,
        })
    }

    fn goes_with_its_columns(&self, change: &TableChange) -> bool {
        let dropped: Vec<&str> = change
            .parts
            .iter()
            .filter_map(|part| if let Part::DropColumn(column) = part { Some(column.name.as_str()) } else { None })
            .collect();
        match &self.rule {
            Rule::Unique { columns, .. } => columns.iter().all(|column| dropped.contains(column)),
            Rule::ForeignKey(key) => key.columns.iter().any(|column| dropped.contains(&column.as_str())),
            Rule::Check(check) => dropped.iter().any(|column| {
                // One that stays and differs only in case may be the one that is meant.
                let stays = change.to.columns.iter().any(|kept| kept.name.eq_ignore_ascii_case(column));
                !stays && mentions(&check.expression, column)
            }),
            Rule::Exclusion(exclusion) => exclusion.elements.iter().any(
                |element| matches!(&element.key.target, IndexTarget::Column(name) if dropped.contains(&name.as_str())),
            ),
            Rule::OwnUnique(_) => false,
        }
    }

    /// `table` is the table after the change, with what it has of its parents.
    fn is_replaced(&self, renamed: &Renamed<'_>, table: &Table) -> bool {
        match &self.rule {
            Rule::Unique { columns, whole } => unique_rules(table).iter().any(|(kept, kept_whole)| {
                kept.iter().all(|column| columns.contains(column)) && (*kept_whole || !*whole)
            }),
            Rule::ForeignKey(key) => table.foreign_keys.iter().any(|kept| {
                (&kept.columns, &kept.references, &kept.referenced_columns)
                    == (&key.columns, &key.references, &key.referenced_columns)
                    && (kept.match_full || !key.match_full)
                    && (!kept.not_enforced || key.not_enforced)
            }),
            Rule::Check(check) => {
                let holds =
                    |kept: &Check| (!kept.not_enforced || check.not_enforced) && (!kept.no_inherit || check.no_inherit);
                let same = |kept: &Check| renamed.is_same(&check.expression, &kept.expression);
                table.checks.iter().any(|kept| holds(kept) && same(kept))
            }
            Rule::Exclusion(lost) => table.exclusions.iter().any(|kept| {
                let same_rows = match (&kept.predicate, &lost.predicate) {
                    (None, _) => true,
                    (Some(kept), Some(lost)) => renamed.is_same(lost, kept),
                    (Some(_), None) => false,
                };
                same_rows && kept.elements == lost.elements
            }),
            Rule::OwnUnique(index) => table.indexes.iter().any(|kept| is_same_unique(renamed, index, kept)),
        }
    }
}

/// What a table's expressions hold that gets another name.
struct Renamed<'a> {
    dialect: Dialect,
    columns: BTreeMap<String, String>,
    labels: &'a Labels,
    /// The table after the change.
    table: &'a Table,
}

impl Renamed<'_> {
    /// True when `after` is `before` with nothing but columns and labels renamed.
    fn is_same(&self, before: &str, after: &str) -> bool {
        let rename = if self.dialect.is_mysql() { mysql::rename_columns } else { sqlite::rename_columns };
        let moved = rename(before, &self.columns);
        let labels = self.labels_in(&moved);
        same_expression(&labels.map_or_else(|| moved.clone(), |labels| rename_strings(&moved, labels)), after)
    }

    /// The renames of the one enum that all columns in the expression are of: beside another type's columns, a string
    /// can be anything.
    fn labels_in(&self, expression: &str) -> Option<&BTreeMap<String, String>> {
        let mut columns = self.table.columns.iter().filter(|column| mentions(expression, &column.name));
        let ty = columns.next()?.ty.named()?;
        columns.all(|column| column.ty.named() == Some(ty)).then(|| self.labels.get(ty)).flatten()
    }
}

fn is_same_unique(renamed: &Renamed<'_>, before: &Index, after: &Index) -> bool {
    let same_predicate = match (&before.predicate, &after.predicate) {
        (None, None) => true,
        (Some(before), Some(after)) => renamed.is_same(before, after),
        _ => false,
    };
    let same_target = |before: &IndexTarget, after: &IndexTarget| match (before, after) {
        (IndexTarget::Column(before), IndexTarget::Column(after)) => before == after,
        (IndexTarget::Expression(before), IndexTarget::Expression(after)) => renamed.is_same(before, after),
        _ => false,
    };
    let same_keys =
        before.keys.len() == after.keys.len()
            && before.keys.iter().zip(&after.keys).all(|(before, after)| {
                same_target(&before.target, &after.target) && before.collation == after.collation
            });
    after.unique && same_predicate && same_keys && (after.nulls_not_distinct || !before.nulls_not_distinct)
}

/// The uniqueness that a table has after the change: columns, and whether NULLs can't slip through.
fn unique_rules(table: &Table) -> Vec<(Vec<&str>, bool)> {
    let key = table.primary_key.iter().map(|key| (names(&key.columns), true));
    let uniques = table.uniques.iter().map(|unique| (names(&unique.columns), unique.nulls_not_distinct));
    let indexes = table.indexes.iter().filter_map(|index| match plain_unique(index)? {
        Rule::Unique { columns, whole } => Some((columns, whole)),
        _ => None,
    });
    key.chain(uniques).chain(indexes).collect()
}

/// A unique index over whole columns and all rows.
fn plain_unique(index: &Index) -> Option<Rule<'_>> {
    if !index.unique || index.predicate.is_some() {
        return None;
    }
    let columns = index.keys.iter().map(|key| key.of_column().map(String::as_str)).collect::<Option<Vec<_>>>()?;
    Some(Rule::Unique { columns, whole: index.nulls_not_distinct })
}

fn names(columns: &[String]) -> Vec<&str> {
    columns.iter().map(String::as_str).collect()
}
