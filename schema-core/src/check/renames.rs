//! `renamed_from`: each former name is claimed once, and gone (BUGS.md B08).

use std::collections::BTreeMap;
use std::fmt::Display;

use super::Rules;
use crate::diag::{Finding, Place};
use crate::ir::{ObjectName, TypeKind};
use crate::model::Placed;

impl Rules<'_> {
    pub(super) fn renames(&mut self) {
        let (schema, intents) = (&self.model.schema, &self.model.intents);
        let mut findings = Vec::new();
        let mut claims = |what: &str, claims: &mut dyn Iterator<Item = Claim>| findings.extend(faults(what, claims));
        claims(
            "table",
            &mut intents.table_renames.iter().map(|(new, old)| {
                let stands = schema.tables.contains_key(&old.value) && !intents.table_renames.contains_key(&old.value);
                Claim::new("", new, old, stands)
            }),
        );
        for kind in [TypeKind::Enum, TypeKind::Domain, TypeKind::Composite] {
            let of_kind = intents.type_renames.iter().filter(|((of, _), _)| *of == kind);
            claims(
                kind.word(),
                &mut of_kind.map(|((_, new), old)| {
                    let has = schema.types().any(|it| it == (kind, &old.value));
                    let stands = has && !intents.type_renames.contains_key(&(kind, old.value.clone()));
                    Claim::new("", new, old, stands)
                }),
            );
        }
        let of_tables = |claim: &(&(ObjectName, String), &Placed<String>)| schema.tables.contains_key(&claim.0.0);
        let stays = |key: &(ObjectName, String), old: &String| {
            !intents.column_renames.contains_key(&(key.0.clone(), old.clone()))
        };
        claims(
            "column",
            &mut intents.column_renames.iter().filter(of_tables).map(|(key, old)| {
                let has = schema.tables.get(&key.0).is_some_and(|table| table.column(&old.value).is_some());
                Claim::new(&format!("table `{}`: ", key.0), &key.1, old, has && stays(key, &old.value))
            }),
        );
        claims(
            "attribute",
            &mut intents.column_renames.iter().filter(|claim| !of_tables(claim)).map(|(key, old)| {
                let attributes = schema.composites.get(&key.0).into_iter().flat_map(|composite| &composite.attributes);
                let has = attributes.into_iter().any(|attribute| attribute.name == old.value);
                Claim::new(&format!("composite type `{}`: ", key.0), &key.1, old, has && stays(key, &old.value))
            }),
        );
        claims(
            "label",
            &mut intents.label_renames.iter().map(|((ty, new), old)| {
                let has = schema.enums.get(ty).is_some_and(|ty| ty.labels.contains(&old.value));
                let stands = has && !intents.label_renames.contains_key(&(ty.clone(), old.value.clone()));
                Claim::new(&format!("enum `{ty}`: "), new, old, stands)
            }),
        );
        self.findings.extend(findings);
    }
}

/// One `renamed_from`.
struct Claim {
    /// What the names are within, for messages.
    within: String,
    new: String,
    old: String,
    place: Option<Place>,
    /// The former name is that of an object that was not renamed itself.
    stands: bool,
}

impl Claim {
    fn new<T: Display>(within: &str, new: &impl Display, old: &Placed<T>, stands: bool) -> Self {
        Self {
            within: within.to_owned(),
            new: new.to_string(),
            old: old.value.to_string(),
            place: old.place.clone(),
            stands,
        }
    }
}

fn faults(what: &str, claims: &mut dyn Iterator<Item = Claim>) -> Vec<Finding> {
    let mut first: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut findings = Vec::new();
    for Claim { within, new, old, place, stands } in claims {
        let named = format!("{within}{what} `{new}`: renamed_from `{old}`");
        if new == old {
            let message = format!("{named} is its own name");
            findings.push(Finding::error(place, message).help("remove `renamed_from`"));
            continue;
        }
        if stands {
            let message = format!("{named}, which still exists");
            let finding = Finding::error(place.clone(), message);
            findings.push(finding.help(format!("remove `renamed_from`, or the {what} `{old}`")));
        }
        if let Some(other) = first.insert((within, old.clone()), new) {
            let message = format!("{named}, which `{other}` claims too");
            findings.push(Finding::error(place, message).help("one of them was it: remove the other `renamed_from`"));
        }
    }
    findings
}
