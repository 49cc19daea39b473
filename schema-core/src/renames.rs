//! Which `renamed_from` still has work to do, and which is stale.
//!
//! A rename whose former name is gone from the base has been applied. A cycle (two columns that swap names) leaves
//! every name in the base before and after, so the base also records the renames that were sealed while their
//! attributes stood in the source ([`sealed_keys`]); such an attribute is spent until it is removed and written anew.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Finding, Place};
use crate::diff::Renames;
use crate::ir::{ObjectName, Schema, TypeKind};
use crate::model::{Intents, Placed};
use crate::names;

/// The renames to apply to `base`, with a finding for each attribute that is spent (warning) or names nothing (error).
#[must_use]
pub fn pending(base: &Schema, sealed: &BTreeSet<String>, intents: &Intents) -> (Renames, Vec<Finding>) {
    let mut findings = Vec::new();
    let names: Vec<&ObjectName> = base.tables.keys().collect();
    let claims = intents.table_renames.iter().collect();
    let tables = pending_objects("table", &claims, &names, sealed, &mut findings);
    let mut types = BTreeMap::new();
    for kind in [TypeKind::Enum, TypeKind::Domain, TypeKind::Composite] {
        let names: Vec<&ObjectName> = base.types().filter(|(of, _)| *of == kind).map(|(_, name)| name).collect();
        let claims = intents.type_renames.iter().filter(|((of, _), _)| *of == kind);
        let claims = claims.map(|((_, to), from)| (to, from)).collect();
        let pending = pending_objects(kind.word(), &claims, &names, sealed, &mut findings);
        types.extend(pending.into_iter().map(|(to, from)| ((kind, to), from)));
    }
    let former = |kind: TypeKind, name: &ObjectName| types.get(&(kind, name.clone())).unwrap_or(name).clone();
    let columns = pending_parts("column", &intents.column_renames, sealed, &mut findings, |table| {
        if let Some(composite) = base.composites.get(&former(TypeKind::Composite, table)) {
            return Some(composite.attributes.iter().map(|attribute| attribute.name.as_str()).collect());
        }
        let table = base.tables.get(tables.get(table).unwrap_or(table))?;
        Some(table.columns.iter().map(|column| column.name.as_str()).collect())
    });
    let labels = pending_parts("label", &intents.label_renames, sealed, &mut findings, |name| {
        let ty = base.enums.get(&former(TypeKind::Enum, name))?;
        Some(ty.labels.iter().map(String::as_str).collect())
    });
    (Renames { tables, types, columns, labels }, findings)
}

/// One line for each `renamed_from` in the source, for the base to record at the seal.
#[must_use]
pub fn sealed_keys(intents: &Intents) -> BTreeSet<String> {
    let tables =
        intents.table_renames.iter().map(|(to, from)| key("table", None, &to.to_string(), &from.value.to_string()));
    let types = intents
        .type_renames
        .iter()
        .map(|((kind, to), from)| key(kind.word(), None, &to.to_string(), &from.value.to_string()));
    let columns = intents.column_renames.iter().map(|((owner, to), from)| key("column", Some(owner), to, &from.value));
    let labels = intents.label_renames.iter().map(|((owner, to), from)| key("label", Some(owner), to, &from.value));
    tables.chain(types).chain(columns).chain(labels).collect()
}

fn key(what: &str, owner: Option<&ObjectName>, to: &str, from: &str) -> String {
    match owner {
        Some(owner) => format!("{what} {owner}: {from} -> {to}"),
        None => format!("{what} {from} -> {to}"),
    }
}

fn pending_objects(
    what: &str,
    claims: &BTreeMap<&ObjectName, &Placed<ObjectName>>,
    base: &[&ObjectName],
    sealed: &BTreeSet<String>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<ObjectName, ObjectName> {
    let given_up: BTreeSet<&ObjectName> = claims.values().map(|from| &from.value).collect();
    let mut pending = BTreeMap::new();
    for (&to, from) in claims {
        let claim =
            Claim { what, owner: None, to: to.to_string(), from: from.value.to_string(), place: from.place.as_ref() };
        let state = claim.state(sealed, base.contains(&&from.value), base.contains(&to), given_up.contains(to));
        match state {
            State::Pending => {
                pending.insert(to.clone(), from.value.clone());
            }
            State::Spent => findings.push(claim.spent()),
            // What else is said of it is to fit what was meant.
            State::Taken => {
                findings.push(claim.taken());
                pending.insert(to.clone(), from.value.clone());
            }
            State::Unknown => findings.push(claim.unknown(base.iter().map(ToString::to_string).collect())),
        }
    }
    pending
}

fn pending_parts<'a>(
    what: &str,
    claims: &BTreeMap<(ObjectName, String), Placed<String>>,
    sealed: &BTreeSet<String>,
    findings: &mut Vec<Finding>,
    base_parts: impl Fn(&ObjectName) -> Option<BTreeSet<&'a str>>,
) -> BTreeMap<(ObjectName, String), String> {
    let given_up: BTreeSet<(&ObjectName, &str)> =
        claims.iter().map(|((owner, _), from)| (owner, from.value.as_str())).collect();
    let mut pending = BTreeMap::new();
    for ((owner, to), from) in claims {
        let claim =
            Claim { what, owner: Some(owner), to: to.clone(), from: from.value.clone(), place: from.place.as_ref() };
        let parts = base_parts(owner).unwrap_or_default();
        let state = claim.state(
            sealed,
            parts.contains(from.value.as_str()),
            parts.contains(to.as_str()),
            given_up.contains(&(owner, to.as_str())),
        );
        match state {
            State::Pending => {
                pending.insert((owner.clone(), to.clone()), from.value.clone());
            }
            State::Spent => findings.push(claim.spent()),
            State::Taken => {
                findings.push(claim.taken());
                pending.insert((owner.clone(), to.clone()), from.value.clone());
            }
            State::Unknown => findings.push(claim.unknown(parts.iter().map(ToString::to_string).collect())),
        }
    }
    pending
}

enum State {
    Pending,
    /// The base has the new name, and not the former one or a record that this rename was sealed.
    Spent,
    /// The base has both names, and the new one moves nowhere.
    Taken,
    Unknown,
}

struct Claim<'a> {
    what: &'a str,
    owner: Option<&'a ObjectName>,
    to: String,
    from: String,
    place: Option<&'a Place>,
}

impl Claim<'_> {
    fn state(&self, sealed: &BTreeSet<String>, base_has_from: bool, base_has_to: bool, to_moves_away: bool) -> State {
        let was_sealed = sealed.contains(&key(self.what, self.owner, &self.to, &self.from));
        match (base_has_from, base_has_to) {
            (true, true) if was_sealed => State::Spent,
            (true, true) if !to_moves_away => State::Taken,
            (true, _) => State::Pending,
            (false, true) => State::Spent,
            (false, false) => State::Unknown,
        }
    }

    fn title(&self) -> String {
        match self.owner {
            Some(owner) => format!("{} `{}` of `{owner}`", self.what, self.to),
            None => format!("{} `{}`", self.what, self.to),
        }
    }

    fn spent(&self) -> Finding {
        let message =
            format!("{}: `renamed_from = \"{}\"` is stale, the rename is in the base already", self.title(), self.from);
        Finding::warning(self.place.cloned(), message).help("delete the `renamed_from`")
    }

    fn taken(&self) -> Finding {
        let message = format!(
            "{}: `renamed_from = \"{}\"` takes a name that the base still has for another {}",
            self.title(),
            self.from,
            self.what
        );
        Finding::error(self.place.cloned(), message)
            .help(format!("drop the other `{}` with consent and seal that, then rename", self.to))
    }

    fn unknown(&self, known: Vec<String>) -> Finding {
        let message = format!("{}: `renamed_from = \"{}\"` names nothing in the base", self.title(), self.from);
        let finding = Finding::error(self.place.cloned(), message);
        match names::nearest(&self.from, known.iter().map(String::as_str)) {
            Some(near) => finding.help(format!("did you mean `renamed_from = \"{near}\"`?")),
            None => finding.help("delete the `renamed_from` to add it as new"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Severity;
    use crate::ir::{Column, Dialect, SqlType, Table};

    fn base(columns: &[&str]) -> Schema {
        let mut schema = Schema::empty(Dialect::Sqlite);
        let mut table = Table::new(ObjectName::bare("sw"));
        table.columns = columns.iter().map(|name| Column::new(*name, SqlType::builtin("INTEGER"))).collect();
        schema.tables.insert(table.name.clone(), table);
        schema
    }

    fn claims(pairs: &[(&str, &str)]) -> Intents {
        let mut intents = Intents::default();
        for (to, from) in pairs {
            let key = (ObjectName::bare("sw"), (*to).to_owned());
            intents.column_renames.insert(key, Placed::bare((*from).to_owned()));
        }
        intents
    }

    fn outcome(base: &Schema, sealed: &BTreeSet<String>, intents: &Intents) -> (usize, Vec<(Severity, String)>) {
        let (renames, findings) = pending(base, sealed, intents);
        (renames.columns.len(), findings.into_iter().map(|finding| (finding.severity, finding.message)).collect())
    }

    #[test]
    fn a_rename_is_pending_until_the_base_has_the_new_name() {
        let none = BTreeSet::new();
        assert_eq!(outcome(&base(&["a"]), &none, &claims(&[("b", "a")])), (1, vec![]));
        let stale = "column `b` of `sw`: `renamed_from = \"a\"` is stale, the rename is in the base already";
        assert_eq!(
            outcome(&base(&["b"]), &none, &claims(&[("b", "a")])),
            (0, vec![(Severity::Warning, stale.to_owned())])
        );
    }

    #[test]
    fn a_swap_is_pending_once_and_spent_after_its_seal() {
        let intents = claims(&[("a", "b"), ("b", "a")]);
        let base = base(&["a", "b"]);
        assert_eq!(outcome(&base, &BTreeSet::new(), &intents).0, 2);
        let (pending, findings) = outcome(&base, &sealed_keys(&intents), &intents);
        assert_eq!((pending, findings.len()), (0, 2));
    }

    #[test]
    fn a_chain_is_pending_and_spent_after_its_seal() {
        let intents = claims(&[("b", "a"), ("c", "b")]);
        assert_eq!(outcome(&base(&["a", "b"]), &BTreeSet::new(), &intents), (2, vec![]));
        let (pending, findings) = outcome(&base(&["b", "c"]), &sealed_keys(&intents), &intents);
        assert!(findings.iter().all(|(severity, _)| *severity == Severity::Warning), "{findings:?}");
        assert_eq!((pending, findings.len()), (0, 2));
    }

    #[test]
    fn a_rename_onto_a_name_that_is_still_taken_is_an_error() {
        let message =
            "column `b` of `sw`: `renamed_from = \"a\"` takes a name that the base still has for another column";
        // It counts as meant all the same, so that no other error asks to drop `a`.
        assert_eq!(
            outcome(&base(&["a", "b"]), &BTreeSet::new(), &claims(&[("b", "a")])),
            (1, vec![(Severity::Error, message.to_owned())])
        );
    }

    #[test]
    fn a_name_that_the_base_never_had_is_an_error() {
        let (pending, findings) = outcome(&base(&["colour"]), &BTreeSet::new(), &claims(&[("color", "colur")]));
        let message = "column `color` of `sw`: `renamed_from = \"colur\"` names nothing in the base";
        assert_eq!((pending, findings), (0, vec![(Severity::Error, message.to_owned())]));
    }
}
