//! Advice on indexes.

use super::{Advice, Subject};
use crate::ir::{ForeignKey, Index, IndexKey};
use crate::stats::grouped;

/// So many indexes of one column each on one table are worth a look.
const MANY: usize = 4;

/// For so many days nobody must have read an index: what is done once a month was then done.
const LONG: u64 = 30;

/// What serves queries by its keys in their order.
struct Served<'a> {
    name: &'a str,
    keys: Vec<IndexKey>,
    include: &'a [String],
    predicate: Option<&'a str>,
    /// Constraints and unique indexes are there for more than queries.
    is_key: bool,
}

impl Subject<'_> {
    pub(super) fn of_indexes(&self) -> Vec<Advice> {
        let served = self.served();
        let mut found: Vec<Advice> = Vec::new();
        // MariaDB and MySQL make the index themselves.
        if !self.is_tiny() && !self.schema.dialect.is_mysql() {
            found.extend(self.table.foreign_keys.iter().filter_map(|key| self.unindexed(key)));
        }
        let indexes = served.iter().enumerate().filter(|(_, index)| !index.is_key);
        found.extend(indexes.filter_map(|(at, index)| {
            let mut others = served.iter().enumerate().filter(|(other, _)| *other != at);
            let cover =
                others.find(|(other, it)| covers(it, index) && (!covers(index, it) || it.is_key || *other < at));
            cover.map(|(_, cover)| self.redundant(index, cover))
        }));
        found.extend(self.unused());
        found.extend(self.single_columns());
        found
    }

    /// B-trees: other methods have no order that one could be the beginning of.
    fn served(&self) -> Vec<Served<'_>> {
        let table = self.table;
        let asc = |columns: &[String]| columns.iter().map(IndexKey::column).collect();
        let key = |name, columns: &[String], include| Served {
            name,
            keys: asc(columns),
            include,
            predicate: None,
            is_key: true,
        };
        let primary = table.primary_key.iter().map(|it| key(it.name.as_str(), &it.columns, it.include.as_slice()));
        let uniques = table.uniques.iter().map(|it| key(it.name.as_str(), &it.columns, it.include.as_slice()));
        let is_tree = |index: &&Index| index.method.as_deref().is_none_or(|method| method == "btree");
        let indexes = table.indexes.iter().filter(is_tree).map(|index| Served {
            name: &index.name,
            keys: index.keys.clone(),
            include: &index.include,
            predicate: index.predicate.as_deref(),
            is_key: index.unique,
        });
        primary.chain(uniques).chain(indexes).collect()
    }

    fn unindexed(&self, key: &ForeignKey) -> Option<Advice> {
        if self.table.finds_by(&key.columns) {
            return None;
        }
        let rows = self.stats.map_or_else(String::new, |stats| format!(", {} rows", stats.rows));
        let evidence = format!(
            "each delete in `{}`, and each change of its key, reads all of `{}`{rows}",
            key.references, self.table.name
        );
        let remedy = match key.columns.as_slice() {
            [only] => format!("`#[column(index)]` on `{only}`"),
            several => format!("`#[table(index({}))]`", several.join(", ")),
        };
        Some(self.say("unindexed_foreign_key", Some(&key.name), evidence, remedy))
    }

    fn redundant(&self, index: &Served<'_>, cover: &Served<'_>) -> Advice {
        let how = if covers(index, cover) { "has the same keys as" } else { "is the beginning of" };
        let evidence = format!("`{}` {how} `{}`", index.name, cover.name);
        self.say("redundant_index", Some(index.name), evidence, "leave the index out; to drop it loses nothing")
    }

    /// Small tables are read whole, with whatever indexes. One that a foreign key needs is read by deletes, which may be rare.
    fn unused(&self) -> Vec<Advice> {
        let Some((export, stats)) = self.export.zip(self.stats).filter(|(_, stats)| !stats.is_tiny()) else {
            return Vec::new();
        };
        let Some(days) = export.counted_days.filter(|days| *days >= LONG) else { return Vec::new() };
        let is_unused = |index: &&Index| {
            let name = self.table.name.sibling(index.name.clone());
            !index.unique && export.counts_as_unused(&name)
        };
        let unused = self.table.indexes.iter().filter(is_unused);
        let unused = unused.filter(|index| !self.table.is_last_of_a_key(&index.name));
        let say = |index: &Index| {
            let evidence = format!(
                "no query read `{}` in {days} days, and it holds a place in each of {} rows",
                index.name,
                grouped(stats.rows)
            );
            let remedy =
                "leave the index out, once you know that no replica reads it and that it was there all these days";
            self.say("unused_index", Some(&index.name), evidence, remedy)
        };
        unused.map(say).collect()
    }

    fn single_columns(&self) -> Option<Advice> {
        let single = self.table.indexes.iter().filter(|index| !index.unique && index.predicate.is_none());
        let single: Vec<&str> = single
            .filter_map(|index| match index.keys.as_slice() {
                [key] => Some((index, key.of_column()?)),
                _ => None,
            })
            .filter(|(index, _)| index.method.as_deref().is_none_or(|method| method == "btree"))
            .map(|(_, name)| name.as_str())
            .collect();
        // Those of foreign keys are needed one by one.
        let referring = |name: &&&str| self.table.foreign_keys.iter().any(|key| key.columns == [(**name).to_owned()]);
        let mut free: Vec<&str> = Vec::new();
        for name in single.iter().filter(|name| !referring(name)) {
            if !free.contains(name) {
                free.push(name);
            }
        }
        (free.len() >= MANY).then(|| {
            let evidence = format!("`{}` have an index each", free.join("`, `"));
            let remedy = "where queries filter by several of them, one index over those columns: `#[table(index(a, b))]`, the one \
                          compared by `=` first";
            self.say("single_column_indexes", None, evidence, remedy)
        })
    }
}

/// Whether every query that the one serves the other serves as well.
fn covers(cover: &Served<'_>, index: &Served<'_>) -> bool {
    let holds = |name: &String| {
        cover.include.contains(name) || cover.keys.iter().filter_map(IndexKey::of_column).any(|key| key == name)
    };
    cover.predicate == index.predicate && cover.keys.starts_with(&index.keys) && index.include.iter().all(holds)
}
