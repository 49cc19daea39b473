//! What differs between what a schema says and what a database holds, object by object.
//!
//! Every fact of the IR is compared: nothing that a later version adds to it can be overlooked here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schema_core::diag::Finding;
use schema_core::facts::{part_kind, words};
use schema_core::ir::{ObjectName, Schema};
use serde::Serialize;
use serde_json::Value;

use crate::Error;
use crate::sides::{Bench, Side};

/// What was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Drift {
    /// What differs.
    pub differences: Vec<Difference>,
    /// Tables whose columns are the same in another order, which nothing can change.
    pub column_order: Vec<Order>,
    /// What the catalog holds that no schema says, such as an invalid index, and the expected side has not as well.
    pub findings: Vec<Finding>,
    /// The names of what drops keep in the database, which is no drift (`cargo schema purge`).
    pub kept: BTreeSet<String>,
}

impl Drift {
    /// True when there is nothing to say.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.column_order.is_empty() && self.findings.is_empty()
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// The object: `table shop.customer`, `view active_users`.
    pub object: String,
    /// Its part: `column email`; none when the object itself is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// What is the matter with it.
    pub kind: Kind,
    /// What was expected and what was found, where both are there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
}

/// What is the matter with an object or part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was expected and isn't there.
    Missing,
    /// It is there and wasn't expected.
    Unexpected,
    /// It isn't what was expected.
    Different,
}

/// One fact that differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Detail {
    /// Which: `type`, `default`, `on_delete`.
    pub fact: String,
    /// As expected; none where nothing was.
    pub expected: Option<String>,
    /// As found; none where there is nothing.
    pub found: Option<String>,
}

/// A table whose columns are in another order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Order {
    /// The table or composite type.
    pub object: String,
    /// As expected.
    pub expected: Vec<String>,
    /// As found.
    pub found: Vec<String>,
}

impl Difference {
    /// The object, with the part.
    #[must_use]
    pub fn subject(&self) -> String {
        let part = self.part.iter().map(|part| format!(": {part}"));
        part.fold(self.object.clone(), |text, part| text + &part)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.subject())?;
        match self.kind {
            Kind::Missing => f.write_str(" is missing"),
            Kind::Unexpected => f.write_str(" is there and shouldn't be"),
            Kind::Different => {
                for (at, detail) in self.details.iter().enumerate() {
                    write!(f, "{} {detail}", if at == 0 { "" } else { "," })?;
                }
                Ok(())
            }
        }
    }
}

impl Detail {
    /// True for SQL that a server printed, on both sides.
    fn is_text(&self) -> bool {
        const TEXTS: &[&str] =
            &["predicate", "expression", "default", "keys", "generated", "elements", "create", "partition_by"];
        TEXTS.contains(&self.fact.as_str()) && self.expected.is_some() && self.found.is_some()
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        write!(f, "{} is {}, expected {}", self.fact, shown(&self.found), shown(&self.expected))
    }
}

/// Compares a database with what is expected of it. Where they differ as they are written, the expected schema is made on
/// the bench, so that both are in a server's spelling.
///
/// # Errors
/// Either side can't be read or made.
pub async fn drift(expected: &Side, found: &Side, bench: &Bench) -> Result<Drift, Error> {
    let mut found = found.read(bench).await?;
    if found.notes.is_empty() && is_stated(&found.schema, expected) {
        return Ok(Drift { kept: found.kept, ..Drift::default() });
    }
    let expected = expected.read(bench).await?;
    let (differences, column_order) = settled(&expected.schema, &found.schema, bench).await;
    // A note on the server itself, which both may be on, is no drift.
    found.notes.retain(|note| !expected.notes.contains(note));
    Ok(Drift { differences, column_order, findings: found.notes, kept: found.kept })
}

/// Whether a server prints just what is stated: made and printed again, that would be the same.
fn is_stated(found: &Schema, expected: &Side) -> bool {
    match expected {
        Side::Schema(expected, _) => **expected == *found || differences(expected, found) == (Vec::new(), Vec::new()),
        Side::Url(_) | Side::Sql { .. } => false,
    }
}

/// What differs between two schemas that servers printed, without what is the same once it is read again.
///
/// PostgreSQL reads `(ARRAY['x'::varchar])::text[]`, its own print of `IN ('x')`, and prints `ARRAY[('x'::varchar)::text]`:
/// texts that differ are made anew from both prints, and those that are the same then are the same.
pub(crate) async fn settled(expected: &Schema, found: &Schema, bench: &Bench) -> (Vec<Difference>, Vec<Order>) {
    let (mut all, orders) = differences(expected, found);
    let has_texts = all.iter().flat_map(|difference| &difference.details).any(Detail::is_text);
    if !has_texts {
        return (all, orders);
    }
    let again = async |schema: &Schema| {
        let side = Side::Schema(Box::new(schema.clone()), String::new());
        Box::pin(side.read(bench)).await.ok().map(|held| objects(&held.schema))
    };
    let (Some(expected), Some(found)) = (again(expected).await, again(found).await) else { return (all, orders) };
    for difference in &mut all {
        let fact = |all: &BTreeMap<String, Facts>, fact: &str| {
            let object = all.get(&difference.object)?;
            let facts = match &difference.part {
                Some(part) => object.parts.get(part)?,
                None => &object.own,
            };
            facts.get(fact).cloned()
        };
        difference.details.retain(|detail| {
            let (one, other) = (fact(&expected, &detail.fact), fact(&found, &detail.fact));
            !detail.is_text() || one.is_none() || one != other
        });
    }
    all.retain(|difference| difference.kind != Kind::Different || !difference.details.is_empty());
    (all, orders)
}

/// What differs between two schemas in one spelling; the order of columns apart.
#[must_use]
pub fn differences(expected: &Schema, found: &Schema) -> (Vec<Difference>, Vec<Order>) {
    let (expected_objects, found_objects) = (objects(expected), objects(found));
    let mut differences = Vec::new();
    let mut orders = Vec::new();
    let names: BTreeSet<&String> = expected_objects.keys().chain(found_objects.keys()).collect();
    for name in names {
        let whole = |kind| Difference { object: name.clone(), part: None, kind, details: Vec::new() };
        match (expected_objects.get(name), found_objects.get(name)) {
            (Some(expected), Some(found)) => {
                orders.extend(expected.order(found, name));
                differences.extend(expected.differences(found, name));
            }
            (Some(_), None) => differences.push(whole(Kind::Missing)),
            (None, _) => differences.push(whole(Kind::Unexpected)),
        }
    }
    (differences, orders)
}

/// An object as facts: its own, and those of its parts.
struct Facts {
    own: BTreeMap<String, Value>,
    parts: BTreeMap<String, BTreeMap<String, Value>>,
    /// The names of its columns, in order.
    columns: Vec<String>,
}

fn objects(schema: &Schema) -> BTreeMap<String, Facts> {
    let mut all = BTreeMap::new();
    for name in &schema.namespaces {
        all.insert(format!("schema {name}"), Facts::of(&Value::Null));
    }
    let mut add = |kind: &str, name: &ObjectName, value: serde_json::Result<Value>| {
        all.insert(format!("{kind} {name}"), Facts::of(&value.unwrap_or_default()));
    };
    schema.enums.values().for_each(|it| add("enum", &it.name, serde_json::to_value(it)));
    schema.domains.values().for_each(|it| add("domain", &it.name, serde_json::to_value(it)));
    schema.composites.values().for_each(|it| add("composite type", &it.name, serde_json::to_value(it)));
    schema.sequences.values().for_each(|it| add("sequence", &it.name, serde_json::to_value(it)));
    schema.tables.values().for_each(|it| add("table", &it.name, serde_json::to_value(it)));
    for (id, object) in &schema.objects {
        let mut value = serde_json::to_value(object).unwrap_or_default();
        // How it is undone follows from what it is, and may depend on who owns it.
        value.as_object_mut().map(|facts| facts.remove("drop"));
        all.insert(id.to_string(), Facts::of(&value));
    }
    all
}

impl Facts {
    fn of(value: &Value) -> Self {
        let mut facts = Self { own: BTreeMap::new(), parts: BTreeMap::new(), columns: Vec::new() };
        for (fact, value) in value.as_object().into_iter().flatten() {
            match part_kind(fact) {
                Some(kind) => facts.add_parts(kind, value),
                None => {
                    facts.own.insert(fact.clone(), value.clone());
                }
            }
        }
        facts
    }

    fn add_parts(&mut self, kind: &str, value: &Value) {
        let single = [value.clone()];
        for part in value.as_array().map_or(&single[..], Vec::as_slice) {
            let mut facts: BTreeMap<String, Value> =
                part.as_object().into_iter().flatten().map(|(fact, value)| (fact.clone(), value.clone())).collect();
            let Some(Value::String(name)) = facts.remove("name") else { continue };
            if matches!(kind, "column" | "attribute") {
                self.columns.push(name.clone());
            }
            self.parts.insert(format!("{kind} {name}"), facts);
        }
    }

    fn order(&self, found: &Self, object: &str) -> Option<Order> {
        let common = |one: &Self, other: &Self| -> Vec<String> {
            one.columns.iter().filter(|name| other.columns.contains(name)).cloned().collect()
        };
        let (expected, found) = (common(self, found), common(found, self));
        (expected != found).then(|| Order { object: object.to_owned(), expected, found })
    }

    fn differences(&self, found: &Self, object: &str) -> Vec<Difference> {
        let mut differences = Vec::new();
        let mut add = |part: Option<&String>, kind, details| {
            differences.push(Difference { object: object.to_owned(), part: part.cloned(), kind, details });
        };
        let details = unequal(&self.own, &found.own);
        if !details.is_empty() {
            add(None, Kind::Different, details);
        }
        let names: BTreeSet<&String> = self.parts.keys().chain(found.parts.keys()).collect();
        for name in names {
            match (self.parts.get(name), found.parts.get(name)) {
                (Some(expected), Some(found)) => {
                    let details = unequal(expected, found);
                    if !details.is_empty() {
                        add(Some(name), Kind::Different, details);
                    }
                }
                (Some(_), None) => add(Some(name), Kind::Missing, Vec::new()),
                (None, _) => add(Some(name), Kind::Unexpected, Vec::new()),
            }
        }
        differences
    }
}

fn unequal(expected: &BTreeMap<String, Value>, found: &BTreeMap<String, Value>) -> Vec<Detail> {
    let facts: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let differing = facts.into_iter().filter(|fact| expected.get(*fact) != found.get(*fact));
    let detail = |fact: &String| Detail {
        fact: fact.clone(),
        expected: expected.get(fact).map(words),
        found: found.get(fact).map(words),
    };
    differing.map(detail).collect()
}

#[cfg(test)]
mod tests {
    use schema_core::ir::{Column, Dialect, Index, IndexKey, SqlType, Table};

    use super::*;

    fn schema(columns: &[(&str, &str)]) -> Schema {
        let mut schema = Schema::empty(Dialect::Postgres);
        let mut table = Table::new(ObjectName::qualified("public", "t"));
        table.columns = columns.iter().map(|(name, ty)| Column::new(*name, SqlType::builtin(*ty))).collect();
        schema.tables.insert(table.name.clone(), table);
        schema
    }

    fn texts(expected: &Schema, found: &Schema) -> Vec<String> {
        differences(expected, found).0.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_difference_is_named_by_its_object_and_part() {
        let expected = schema(&[("a", "integer"), ("b", "text")]);
        let mut found = schema(&[("a", "bigint"), ("c", "text")]);
        found.namespaces.insert("app".to_owned());
        assert_eq!(
            texts(&expected, &found),
            [
                "schema app is there and shouldn't be",
                "table t: column a type is bigint, expected integer",
                "table t: column b is missing",
                "table t: column c is there and shouldn't be",
            ]
        );
        assert_eq!(texts(&expected, &expected), [""; 0]);
    }

    #[test]
    fn the_order_of_columns_is_apart() {
        let (differences, orders) =
            differences(&schema(&[("a", "text"), ("b", "text")]), &schema(&[("b", "text"), ("a", "text")]));
        assert!(differences.is_empty());
        assert_eq!(orders.len(), 1);
        assert_eq!(orders[0].found, ["b", "a"]);
    }

    #[test]
    fn nested_facts_are_words() {
        let mut expected = schema(&[("a", "text")]);
        let name = ObjectName::qualified("public", "t");
        let index = |keys: Vec<IndexKey>| Index {
            name: "i".to_owned(),
            unique: false,
            method: None,
            keys,
            include: Vec::new(),
            nulls_not_distinct: false,
            storage: BTreeMap::new(),
            predicate: None,
        };
        let mut found = expected.clone();
        let table = |schema: &mut Schema, keys| {
            schema.tables.get_mut(&name).unwrap().indexes.push(index(keys));
        };
        table(&mut expected, vec![IndexKey::column("a")]);
        table(&mut found, vec![IndexKey { descending: true, ..IndexKey::column("a") }]);
        assert_eq!(
            texts(&expected, &found),
            ["table t: index i keys is (descending yes, target a), expected (target a)"]
        );
    }
}
