//! Domains, composite types and sequences in words.

use std::collections::BTreeSet;

use super::{Facts, Line, Sign, WAS, whole};
use crate::ir::{CompositeType, Domain, ObjectName, Sequence, SequenceOptions};

pub(super) fn domain(name: &ObjectName) -> String {
    format!("domain {name}")
}

pub(super) fn composite(name: &ObjectName) -> String {
    format!("type {name}")
}

pub(super) fn sequence(name: &ObjectName) -> String {
    format!("sequence {name}")
}

pub(super) fn attributes(of: &CompositeType) -> String {
    of.attributes.iter().map(|attribute| format!("{} {}", attribute.name, attribute.ty)).collect::<Vec<_>>().join(", ")
}

pub(super) fn owner(of: &Sequence) -> Option<String> {
    of.owned_by.as_ref().map(|(table, column)| format!("owned by {table}.{column}"))
}

pub(super) fn altered_domain(from: &Domain, to: &Domain) -> String {
    let mut facts = Facts::default();
    let null = |not_null: bool| Some(if not_null { "NOT NULL" } else { "NULL" }.to_owned());
    facts.add("type", Some(from.ty.to_string()), Some(to.ty.to_string()));
    facts.add("collation", from.collation.clone(), to.collation.clone());
    facts.add("", null(from.not_null), null(to.not_null));
    facts.add("default", from.default.clone(), to.default.clone());
    let check = |of: &Domain, name: &str| {
        of.checks.iter().find(|check| check.name == name).map(|check| check.expression.clone())
    };
    let names: BTreeSet<&String> = from.checks.iter().chain(&to.checks).map(|check| &check.name).collect();
    for name in names {
        facts.add(&format!("check {name}"), check(from, name), check(to, name));
    }
    facts.add("comment", from.comment.clone(), to.comment.clone());
    facts.text()
}

pub(super) fn composite_lines(from: &CompositeType, to: &CompositeType, renamed: &[(String, String)]) -> Vec<Line> {
    let object = composite(&to.name);
    let find = |of: &CompositeType, name: &str| of.attributes.iter().find(|it| it.name == name).cloned();
    let mut lines = Vec::new();
    let mut line = |action, name: &str, detail| {
        let part = Some(format!("attribute {name}"));
        lines.push(Line { object: object.clone(), action, part, detail, reason: None });
    };
    for (old, new) in renamed {
        line(Sign::Change, new, Some(format!("{WAS}{old}")));
    }
    let former =
        |name: &str| renamed.iter().find(|(_, new)| new == name).map_or(name.to_owned(), |(old, _)| old.clone());
    for gone in &from.attributes {
        if !to.attributes.iter().any(|it| former(&it.name) == gone.name) {
            line(Sign::Remove, &gone.name, Some(gone.ty.to_string()));
        }
    }
    for attribute in &to.attributes {
        match find(from, &former(&attribute.name)) {
            None => line(Sign::Add, &attribute.name, Some(attribute.ty.to_string())),
            Some(old) => {
                let mut facts = Facts::default();
                facts.add("type", Some(old.ty.to_string()), Some(attribute.ty.to_string()));
                facts.add("collation", old.collation.clone(), attribute.collation.clone());
                if !facts.0.is_empty() {
                    line(Sign::Change, &attribute.name, Some(facts.text()));
                }
            }
        }
    }
    if lines.is_empty() {
        let detail = if from.comment == to.comment { "the order of its attributes" } else { "its comment" };
        return vec![whole(Sign::Change, object, Some(detail.to_owned()))];
    }
    lines
}

/// `start 10, increment 5`.
pub(super) fn options(of: &SequenceOptions) -> String {
    let numbers =
        [("start", of.start), ("increment", of.increment), ("min", of.min), ("max", of.max), ("cache", of.cache)];
    let set = numbers.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value?)));
    set.chain(of.cycle.then(|| "cycle".to_owned())).collect::<Vec<_>>().join(", ")
}

pub(super) fn altered_sequence(from: &Sequence, to: &Sequence) -> String {
    let mut facts = Facts::default();
    let ty = |of: &Sequence| Some(of.ty.clone().unwrap_or_else(|| "bigint".to_owned()));
    let set = |of: &Sequence| (!of.options.is_default()).then(|| options(&of.options));
    facts.add("type", ty(from), ty(to));
    facts.add("options", set(from), set(to));
    facts.add("owner", owner(from), owner(to));
    facts.add("comment", from.comment.clone(), to.comment.clone());
    facts.text()
}
