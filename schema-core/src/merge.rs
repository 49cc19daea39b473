//! Two schemas that come from one, made one: fact by fact, as git merges lines.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::facts::{part_kind, words};
use crate::ir::Schema;

/// What two schemas make together, and where both changed the same fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Both changes. Where they contradict, the first's.
    pub schema: Schema,
    /// What both changed, by object.
    pub clashes: Vec<Clash>,
}

/// Something that both changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Clash {
    /// The object: `table shop.customer`, `enum mood`.
    pub object: String,
    /// Its part: `column email`; none when the object itself is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The fact: `type`, `default`; none when the whole object or part is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// What the first made of it.
    pub first: Became,
    /// What the second made of it.
    pub second: Became,
    /// Both made the same of it: what is run twice fails, but nothing contradicts.
    pub is_same: bool,
}

/// What became of an object, a part or a fact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Became {
    /// It is gone.
    Gone,
    /// It is new, or it changed.
    Changed,
    /// This value, in words.
    Value(String),
}

impl Clash {
    /// The object, with the part and the fact.
    #[must_use]
    pub fn subject(&self) -> String {
        let part = self.part.iter().map(|part| format!(": {part}"));
        let fact = self.fact.iter().map(|fact| format!(": {fact}"));
        part.chain(fact).fold(self.object.clone(), |text, more| text + &more)
    }
}

impl fmt::Display for Became {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "gone",
            Self::Changed => "changed",
            Self::Value(words) => words,
        })
    }
}

impl Serialize for Became {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Merges what `first` and `second` made of `base`.
#[must_use]
pub fn merge(base: &Schema, first: &Schema, second: &Schema) -> Merged {
    let mut merger = Merger { clashes: Vec::new() };
    // Every kind by name, so that none can be forgotten.
    let Schema { dialect, namespaces, enums, domains, composites, sequences, tables, objects } = first;
    let schema = Schema {
        dialect: *dialect,
        namespaces: merged_set(&base.namespaces, namespaces, &second.namespaces),
        enums: merger.objects("enum", [&base.enums, enums, &second.enums]),
        domains: merger.objects("domain", [&base.domains, domains, &second.domains]),
        composites: merger.objects("composite type", [&base.composites, composites, &second.composites]),
        sequences: merger.objects("sequence", [&base.sequences, sequences, &second.sequences]),
        tables: merger.objects("table", [&base.tables, tables, &second.tables]),
        objects: merger.objects("", [&base.objects, objects, &second.objects]),
    };
    merger.clashes.sort();
    Merged { schema, clashes: merger.clashes }
}

/// What both hold, without what either took out.
pub(crate) fn merged_set<T: Ord + Clone>(base: &BTreeSet<T>, first: &BTreeSet<T>, second: &BTreeSet<T>) -> BTreeSet<T> {
    let stays = |item: &&T| !base.contains(*item) || (first.contains(*item) && second.contains(*item));
    first.union(second).filter(stays).cloned().collect()
}

struct Merger {
    clashes: Vec<Clash>,
}

/// Where in a schema a fact is.
#[derive(Clone, Copy)]
struct At<'a> {
    object: &'a str,
    part: Option<&'a str>,
    fact: Option<&'a str>,
}

impl Merger {
    fn objects<K, V>(&mut self, kind: &str, [base, first, second]: [&BTreeMap<K, V>; 3]) -> BTreeMap<K, V>
    where
        K: Ord + Clone + fmt::Display,
        V: Clone + PartialEq + Serialize + DeserializeOwned,
    {
        let keys: BTreeSet<&K> = first.keys().chain(second.keys()).collect();
        let merged = keys.into_iter().filter_map(|key| {
            let object = format!("{kind} {key}");
            let at = At { object: object.trim_start(), part: None, fact: None };
            let value = |all: &BTreeMap<K, V>| all.get(key).and_then(|it| serde_json::to_value(it).ok());
            let merged = self.value(at, value(base), value(first), value(second))?;
            // Facts that each are right make an object that is, but for those that only go together.
            let merged = serde_json::from_value(merged).ok().or_else(|| {
                self.clash(at, [Became::Changed, Became::Changed], false);
                first.get(key).cloned()
            })?;
            Some((key.clone(), merged))
        });
        merged.collect()
    }

    fn clash(&mut self, at: At<'_>, [first, second]: [Became; 2], is_same: bool) {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let (part, fact) = (owned(at.part), owned(at.fact));
        self.clashes.push(Clash { object: at.object.to_owned(), part, fact, first, second, is_same });
    }

    fn value(&mut self, at: At<'_>, base: Option<Value>, first: Option<Value>, second: Option<Value>) -> Option<Value> {
        if first == base {
            return second;
        }
        if second == base {
            return first;
        }
        match (base, first, second) {
            (Some(Value::Object(base)), Some(Value::Object(first)), Some(Value::Object(second))) if !at.is_atom() => {
                Some(Value::Object(self.fields(at, &base, &first, &second)))
            }
            (_, first, second) if first == second => {
                self.clash(at, [at.became(first.as_ref()), at.became(second.as_ref())], true);
                first
            }
            (base, Some(Value::Array(first)), Some(Value::Array(second))) => {
                let base = base.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
                Some(Value::Array(self.list(at, &base, first, &second)))
            }
            (_, first, second) => {
                self.clash(at, [at.became(first.as_ref()), at.became(second.as_ref())], false);
                first.or(second)
            }
        }
    }

    fn fields(
        &mut self,
        at: At<'_>,
        base: &Map<String, Value>,
        first: &Map<String, Value>,
        second: &Map<String, Value>,
    ) -> Map<String, Value> {
        let names: BTreeSet<&String> = base.keys().chain(first.keys()).chain(second.keys()).collect();
        let merged = names.into_iter().filter_map(|name| {
            let fields = [base, first, second].map(|fields| fields.get(name).cloned());
            let [base, first, second] = fields;
            let value = match part_kind(name) {
                // A key has a name of its own, but there is one of it only.
                Some(kind) if at.part.is_none() && name == "primary_key" => {
                    self.value(At { part: Some(kind), ..at }, base, first, second)
                }
                Some(kind) if at.part.is_none() => {
                    let is_there = first.is_some() || second.is_some();
                    let lists = [base, first, second].map(|value| match value {
                        Some(Value::Array(items)) => items,
                        _ => Vec::new(),
                    });
                    is_there.then(|| Value::Array(self.parts(at, kind, lists)))
                }
                _ => {
                    let outer = at.fact.map(|fact| format!("{fact} {name}"));
                    self.value(At { fact: Some(outer.as_deref().unwrap_or(name)), ..at }, base, first, second)
                }
            };
            Some((name.clone(), value?))
        });
        merged.collect()
    }

    /// Things with names, in the first's order, with what the second added behind.
    fn parts(&mut self, at: At<'_>, kind: &str, [base, first, second]: [Vec<Value>; 3]) -> Vec<Value> {
        let mut names: Vec<String> = Vec::new();
        for name in first.iter().chain(&second).filter_map(name_of) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        let merged = names.into_iter().filter_map(|name| {
            let find = |list: &[Value]| list.iter().find(|item| name_of(item) == Some(&name)).cloned();
            let part = format!("{kind} {name}");
            self.value(At { part: Some(&part), ..at }, find(&base), find(&first), find(&second))
        });
        merged.collect()
    }

    /// A list whose order counts: what both added goes where each put it, the first's nearer to the end.
    fn list(&mut self, at: At<'_>, base: &[Value], first: Vec<Value>, second: &[Value]) -> Vec<Value> {
        let only_adds = |list: &[Value]| {
            let mut known = list.iter();
            base.iter().all(|item| known.any(|other| other == item))
        };
        let is_clear = first.iter().all(|item| base.contains(item) || !second.contains(item));
        if !(only_adds(&first) && only_adds(second) && is_clear) {
            let words = |list: &[Value]| Became::Value(words(&Value::Array(list.to_vec())));
            self.clash(at, [words(&first), words(second)], false);
            return first;
        }
        let mut merged = first;
        let mut before: Option<&Value> = None;
        for item in second {
            if !merged.contains(item) {
                let place = before.and_then(|before| merged.iter().position(|other| other == before));
                merged.insert(place.map_or(0, |place| place + 1), item.clone());
            }
            before = Some(item);
        }
        merged
    }
}

impl At<'_> {
    /// A fact is a whole, but for what its fields say of one thing at a time: options, storage parameters.
    fn is_atom(&self) -> bool {
        const OF_PARTS: &[&str] = &["options", "storage"];
        self.fact.is_some_and(|fact| !OF_PARTS.contains(&fact))
    }

    fn became(&self, value: Option<&Value>) -> Became {
        match (self.fact, value) {
            (Some(_), value) => Became::Value(value.map_or_else(|| "none".to_owned(), words)),
            (None, None) => Became::Gone,
            (None, Some(_)) => Became::Changed,
        }
    }
}

fn name_of(item: &Value) -> Option<&str> {
    item.get("name")?.as_str()
}

#[cfg(test)]
mod tests;
