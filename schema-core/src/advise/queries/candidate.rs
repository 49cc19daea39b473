//! Indexes that may serve a block: what to try.

use super::condition::{Condition, Test, What};
use super::shape::Block;
use crate::ir::{Dialect, Index, IndexKey, IndexTarget, ObjectName, Schema, SqlType, Table};

/// What an index that is tried is called.
const NAME: &str = "schema_advised";

/// An index to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    table: ObjectName,
    pub(super) keys: Vec<IndexKey>,
}

impl Candidate {
    /// What makes it.
    #[must_use]
    pub fn sql(&self, dialect: Dialect) -> String {
        let key = |key: &IndexKey| {
            let target = match &key.target {
                IndexTarget::Column(name) => dialect.quote(name),
                IndexTarget::Expression(text) => format!("({text})"),
            };
            format!("{target}{}", if key.descending { " DESC" } else { "" })
        };
        let keys: Vec<String> = self.keys.iter().map(key).collect();
        format!("CREATE INDEX {} ON {} ({})", dialect.quote(NAME), dialect.qualified(&self.table), keys.join(", "))
    }

    /// Its name while it is tried.
    #[must_use]
    pub fn name(&self) -> &'static str {
        NAME
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> &ObjectName {
        &self.table
    }

    /// Whether one of its keys is a column of a type that holds texts or bytes of any length, of which MariaDB indexes a
    /// prefix only.
    #[must_use]
    pub fn needs_a_prefix(&self, schema: &Schema) -> bool {
        let is_long = |ty: &SqlType| {
            let text = ty.to_string();
            text == "json" || text.ends_with("text") || text.ends_with("blob")
        };
        let ty = |key: &IndexKey| match &key.target {
            IndexTarget::Column(name) => Some(&schema.tables.get(&self.table)?.column(name)?.ty),
            IndexTarget::Expression(_) => None,
        };
        self.keys.iter().filter_map(ty).any(is_long)
    }

    /// Whether the server must look at the rows again to know what it holds.
    #[must_use]
    pub fn is_over_expression(&self) -> bool {
        self.keys.iter().any(|key| matches!(key.target, IndexTarget::Expression(_)))
    }

    /// The attribute that declares it.
    pub(super) fn attribute(&self) -> String {
        let key = |key: &IndexKey| match &key.target {
            IndexTarget::Column(name) if key.descending => format!("{name} desc"),
            IndexTarget::Column(name) => name.clone(),
            IndexTarget::Expression(text) => {
                format!("expr = {:?}", text.split_whitespace().collect::<Vec<_>>().join(" "))
            }
        };
        match self.keys.as_slice() {
            [IndexKey { target: IndexTarget::Column(name), descending: false, .. }] => {
                format!("`#[column(index)]` on `{name}`")
            }
            keys => format!("`#[table(index({}))]`", keys.iter().map(key).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// What may serve the relation in the block, that with the fewest keys first.
pub(super) fn candidates(block: &Block<'_>, relation: usize) -> Vec<Candidate> {
    let Some(table) = block.relations.get(relation).map(|it| it.table) else { return Vec::new() };
    let here: Vec<&Condition> = block.conditions.iter().filter(|it| it.relation == relation).collect();
    let keys =
        |is: &dyn Fn(&Condition) -> bool| here.iter().filter(|it| is(it)).map(|it| key(&it.what)).collect::<Vec<_>>();
    let bound = keys(&|it| it.test == Test::Equal && !it.is_join);
    let joined = keys(&|it| it.test == Test::Equal && it.is_join);
    let ranges = keys(&|it| it.test == Test::Range);
    let mut lists = vec![bound.clone(), [&joined[..], &bound].concat(), order(block, relation, &bound)];
    lists.extend(joined.iter().map(|key| vec![key.clone()]));
    lists.extend(bound.iter().map(|key| vec![key.clone()]));
    lists.extend(ranges.iter().map(|range| [&bound[..], std::slice::from_ref(range)].concat()));
    let mut found: Vec<Candidate> = Vec::new();
    for keys in lists {
        let mut distinct: Vec<IndexKey> = Vec::new();
        keys.into_iter().for_each(|key| {
            if !distinct.iter().any(|known| known.target == key.target) {
                distinct.push(key);
            }
        });
        let candidate = Candidate { table: indexed(table).clone(), keys: distinct };
        if !candidate.keys.is_empty() && !exists(table, &candidate.keys) && !found.contains(&candidate) {
            found.push(candidate);
        }
    }
    found.sort_by_key(|candidate| candidate.keys.len());
    found
}

/// A partition's indexes are declared on its parent.
fn indexed(table: &Table) -> &ObjectName {
    table.partition_of.as_ref().map_or(&table.name, |partition| &partition.parent)
}

fn key(what: &What) -> IndexKey {
    match what {
        What::Column(name) => IndexKey::column(name),
        What::Expression(text, _) => IndexKey { target: IndexTarget::Expression(text.clone()), ..IndexKey::column("") },
    }
}

/// The order that is asked for, where only its first rows are.
fn order(block: &Block<'_>, relation: usize, bound: &[IndexKey]) -> Vec<IndexKey> {
    let is_ordered = block.is_limited && !block.is_aggregated && !block.order.is_empty();
    if !is_ordered || block.order.iter().any(|(of, ..)| *of != relation) {
        return Vec::new();
    }
    // An index is read backwards as well.
    let is_mixed = block.order.iter().any(|(.., descending)| Some(descending) != block.order.first().map(|it| &it.2));
    let ordered = block
        .order
        .iter()
        .map(|(_, column, descending)| IndexKey { descending: *descending && is_mixed, ..IndexKey::column(column) });
    bound.iter().cloned().chain(ordered).collect()
}

/// Whether an index that starts with these keys is there.
fn exists(table: &Table, keys: &[IndexKey]) -> bool {
    leading(table).into_iter().any(|known| known.starts_with(keys))
}

/// The keys of all that is a B-tree over every row.
pub(super) fn leading(table: &Table) -> Vec<Vec<IndexKey>> {
    let columns = |names: &[String]| names.iter().map(IndexKey::column).collect();
    let primary = table.primary_key.iter().map(|it| columns(&it.columns));
    let uniques = table.uniques.iter().map(|it| columns(&it.columns));
    primary.chain(uniques).chain(trees(table).map(|index| index.keys.clone())).collect()
}

pub(super) fn trees(table: &Table) -> impl Iterator<Item = &Index> {
    let is_tree = |index: &&Index| index.predicate.is_none() && index.method.as_deref().is_none_or(|it| it == "btree");
    table.indexes.iter().filter(is_tree)
}
