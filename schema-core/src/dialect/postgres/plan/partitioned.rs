//! Indexes and keys of partitioned tables that are in use: built on one partition after the other under a weak lock, then
//! taken over by the parent's (HAZARDS.md row 41).

use super::Planner;
use super::online::{backing_index, using_index};
use super::removals::{drop_item_sql, item_sql, item_word};
use super::renames::free_name;
use super::state::{Item, ItemKind};
use crate::dialect::postgres::{ddl, guard};
use crate::dialect::qualified;
use crate::ir::{Index, ObjectName, Table};
use crate::plan::{Script, Step};

/// A partition with the index that it gets.
struct Part {
    table: ObjectName,
    index: Index,
    /// The index that takes it over.
    parents_index: ObjectName,
    is_partitioned: bool,
}

impl Part {
    fn name(&self) -> ObjectName {
        self.table.sibling(&self.index.name)
    }

    fn attached(&self) -> String {
        format!("ALTER INDEX {} ATTACH PARTITION {}", qualified(&self.parents_index), qualified(&self.name()))
    }
}

impl Planner<'_> {
    /// The partitions that the schema holds, parents before their own.
    fn parts(&self, table: &Table, index: &Index) -> Vec<Part> {
        let mut taken = self.taken_relations();
        let mut parts: Vec<Part> = Vec::new();
        for name in self.now.descendants(&table.name) {
            let Some(part) = self.now.tables.get(&name) else { continue };
            let Some(of) = &part.partition_of else { continue };
            let above = parts.iter().find(|known| known.table == of.parent);
            let parents_index = above.map_or_else(|| table.name.sibling(&index.name), Part::name);
            let stem = format!("{}_{}", name.name, index.name);
            let own = free_name(&stem, "part", |own| !taken.contains(&name.sibling(own)));
            taken.insert(name.sibling(&own));
            let index = Index { name: own, ..index.clone() };
            parts.push(Part { table: name, index, parents_index, is_partitioned: part.partition_by.is_some() });
        }
        parts
    }

    /// An index of the parent alone, which serves no query; one of each partition; and the former takes the latter.
    pub(super) fn build_index_of_parts(&mut self, table: &Table, index: &Index) {
        let parts = self.parts(table, index);
        let name = qualified(&table.name.sibling(&index.name));
        let mut up =
            vec![guard::no_foreign_parts(&table.name, &index.name), ddl::create_index_only(&table.name, index)];
        for part in parts.iter().filter(|part| part.is_partitioned) {
            up.extend([ddl::create_index_only(&part.table, &part.index), part.attached()]);
        }
        let title = format!("add index {} to {} without its partitions", index.name, table.name);
        let down = vec![format!("DROP INDEX IF EXISTS {name}")];
        let step = Step::schema(&table.name, title, up.into(), down.into()).hazard("H41");
        let step = self.index_again(&table.name.sibling(&index.name), step);
        self.push(Step { alone: true, ..step });
        self.build_parts(&parts);
        let attached: Vec<String> = parts.iter().filter(|part| !part.is_partitioned).map(Part::attached).collect();
        let up =
            Script { statements: vec![guard::all_parts_indexed(&table.name, index, &attached)], no_transaction: true };
        let title = format!("let index {} of {} take those of its partitions", index.name, table.name);
        let step = Step::schema(&table.name, title, up, vec![format!("DROP INDEX {name}")].into()).hazard("H41");
        let unknown = "partitions that the source does not hold are indexed here, one after the other: writes to one wait \
                       meanwhile";
        let step = if index.unique { step.hazard("H36") } else { step };
        self.push(step.note(unknown));
    }

    /// The indexes of the partitions that have rows.
    fn build_parts(&mut self, parts: &[Part]) {
        for part in parts.iter().filter(|part| !part.is_partitioned) {
            self.build_index_to_be_taken(&part.table, &part.index);
        }
    }

    /// The unique indexes of the partitions, for a key to come.
    pub(super) fn build_key_of_parts(&mut self, table: &Table, index: &Index) {
        let parts = self.parts(table, index);
        self.build_parts(&parts);
    }

    /// A key of each partition that stands on its index; the parent's takes them.
    pub(super) fn add_key_of_parts(&mut self, table: &Table, item: &Item) {
        let Some(index) = backing_index(table, item) else { return };
        let parts = self.parts(table, &index);
        let own = parts
            .iter()
            .filter(|part| !part.is_partitioned)
            .filter_map(|part| Some(ddl::alter_table(&part.table, using_index(table, item, &part.index.name)?)));
        let up: Vec<String> = own.chain(item_sql(table, item)).collect();
        let title = format!("add {} {} to {}", item_word(item.kind), item.name, table.name);
        let hazard = if item.kind == ItemKind::PrimaryKey { "H28" } else { "H27" };
        let down = vec![drop_item_sql(&table.name, item)];
        let step = Step::schema(&table.name, title, up.into(), down.into()).hazard(hazard).hazard("H41");
        let unknown = "partitions that the source does not hold are indexed here, while the whole table is locked";
        self.push(Step { alone: true, ..step.note(unknown) });
    }
}
