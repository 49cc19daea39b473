//! Partitioned tables, their partitions, and tables that inherit.

use super::{Rules, column, listed, part};
use crate::ir::{IndexTarget, PartitionBy, PartitionStrategy, ReplicaIdentity, Table};
use crate::model::Path;

impl Rules<'_> {
    pub(super) fn partitions(&mut self, table: &Table) {
        if let Some(by) = &table.partition_by {
            self.partitioned(table, by);
        }
        self.partition(table);
        self.inherited(table);
        self.replica_identity(table);
    }

    /// A partitioned table's keys are kept partition by partition, so they must say which one a row is in.
    fn partitioned(&mut self, table: &Table, by: &PartitionBy) {
        let at = Path::Table(table.name.clone());
        if by.strategy == PartitionStrategy::List && by.keys.len() > 1 {
            let message = format!("table `{}` is partitioned by a list of several keys", table.name);
            self.error(&at, message, &["a list has one key; use `range` or `hash`, or partition the partitions"]);
        }
        if !table.inherits.is_empty() {
            let message = format!("table `{}` is partitioned and inherits", table.name);
            self.error(&at, message, &["leave `inherits` out and write the fields out"]);
        }
        if !table.storage.is_empty() {
            let message =
                format!("table `{}` is partitioned, and holds no rows that `with` could be about", table.name);
            self.error(&at, message, &["state `with` on each partition"]);
        }
        let mut columns = Vec::new();
        let mut has_expression = false;
        for key in &by.keys {
            match &key.target {
                IndexTarget::Column(name) => columns.push(name.clone()),
                IndexTarget::Expression(_) => has_expression = true,
            }
        }
        let key = table.primary_key.iter().map(|key| ("primary key", &key.name, &key.columns));
        let uniques = table.uniques.iter().map(|unique| ("unique constraint", &unique.name, &unique.columns));
        let keys: Vec<_> = key.chain(uniques).collect();
        for (kind, name, of) in keys {
            let missing: Vec<String> = columns.iter().filter(|column| !of.contains(column)).cloned().collect();
            let named = format!("table `{}`: {kind} `{name}`", table.name);
            if has_expression {
                let message = format!("{named}: a table that is partitioned by an expression can have none");
                self.error(&part(table, name), message, &["partition by columns, or state it on each partition"]);
            } else if !missing.is_empty() {
                let message = format!("{named} lacks {}, by which the table is partitioned", listed(&missing));
                self.error(
                    &part(table, name),
                    message,
                    &["add it to the key: each partition checks its own rows only"],
                );
            }
        }
    }

    fn partition(&mut self, table: &Table) {
        let Some(of) = &table.partition_of else { return };
        let at = Path::Table(table.name.clone());
        let named = format!("table `{}` is a partition of `{}`", table.name, of.parent);
        let Some(parent) = self.model.schema.tables.get(&of.parent) else {
            self.error(&at, format!("{named}, which isn't there"), &["declare that table"]);
            return;
        };
        let Some(by) = &parent.partition_by else {
            let help = "give it `partition_by(..)`, or use `inherits(..)` here";
            self.error(&at, format!("{named}, which is not partitioned"), &[help]);
            return;
        };
        let (strategy, expected) = match by.strategy {
            PartitionStrategy::Range => ("range", "FOR VALUES FROM (..) TO (..)"),
            PartitionStrategy::List => ("list", "FOR VALUES IN (..)"),
            PartitionStrategy::Hash => ("hash", "FOR VALUES WITH (MODULUS .., REMAINDER ..)"),
        };
        let is_default = of.bound == "DEFAULT" && by.strategy != PartitionStrategy::Hash;
        let start = expected.split('(').next().unwrap_or_default().replace(' ', "");
        let written: String = of.bound.split_whitespace().collect::<String>().to_uppercase();
        if !is_default && !written.starts_with(&start) {
            let message = format!("{named}, which is partitioned by {strategy}: `{}` is no bound of it", of.bound);
            self.error(&at, message, &[&format!("write `bound = \"{expected}\"`")]);
        }
        self.columns_of_parent(table, parent);
    }

    fn inherited(&mut self, table: &Table) {
        for name in &table.inherits {
            match self.model.schema.tables.get(name) {
                Some(parent) if parent.partition_by.is_some() => {
                    let message = format!("table `{}` inherits from `{name}`, which is partitioned", table.name);
                    let help = "use `partition_of = ..` with a `bound`";
                    self.error(&Path::Table(table.name.clone()), message, &[help]);
                }
                Some(parent) => self.columns_of_parent(table, parent),
                None => {
                    let message = format!("table `{}` inherits from `{name}`, which isn't there", table.name);
                    self.error(&Path::Table(table.name.clone()), message, &["declare that table"]);
                }
            }
        }
    }

    /// A child has its parent's columns, of the same types.
    fn columns_of_parent(&mut self, table: &Table, parent: &Table) {
        if table.columns.is_empty() {
            return;
        }
        for of_parent in &parent.columns {
            match table.column(&of_parent.name) {
                None => {
                    let message = format!(
                        "table `{}` lacks column `{}` of its parent `{}`",
                        table.name, of_parent.name, parent.name
                    );
                    self.error(&Path::Table(table.name.clone()), message, &["add the field"]);
                }
                Some(own) if own.ty != of_parent.ty => {
                    let message = format!(
                        "table `{}`: column `{}` is of type `{}`, and of type `{}` in its parent `{}`",
                        table.name, own.name, own.ty, of_parent.ty, parent.name
                    );
                    let at = Path::ColumnType(table.name.clone(), own.name.clone());
                    self.error(&at, message, &["give both fields the same type"]);
                }
                Some(own) if own.nullable && !of_parent.nullable => {
                    let message = format!(
                        "table `{}`: column `{}` is nullable, and NOT NULL in its parent `{}`",
                        table.name, own.name, parent.name
                    );
                    self.error(
                        &column(table, &own.name),
                        message,
                        &["make the field's type `T` instead of `Option<T>`"],
                    );
                }
                Some(_) => {}
            }
        }
        let extra = table.columns.iter().filter(|own| parent.column(&own.name).is_none());
        for own in extra.filter(|_| table.partition_of.is_some() && !parent.columns.is_empty()) {
            let message = format!(
                "table `{}`: column `{}` is none of `{}`, which the table is a partition of",
                table.name, own.name, parent.name
            );
            self.error(&column(table, &own.name), message, &["remove the field, or add it to the parent"]);
        }
    }

    fn replica_identity(&mut self, table: &Table) {
        let Some(ReplicaIdentity::Index(name)) = &table.replica_identity else { return };
        let of_key = table.primary_key.iter().map(|key| &key.name);
        let of_uniques = table.uniques.iter().map(|unique| &unique.name);
        let of_indexes = table.indexes.iter().filter(|index| index.unique).map(|index| &index.name);
        let known: Vec<String> = of_key.chain(of_uniques).chain(of_indexes).cloned().collect();
        // A partition has indexes of its parent, which are not listed.
        if !known.contains(name) && table.partition_of.is_none() {
            let message =
                format!("table `{}`: replica identity is index `{name}`, which isn't a unique one of it", table.name);
            let help = if known.is_empty() { "declare it".to_owned() } else { format!("there are {}", listed(&known)) };
            self.error(&Path::Table(table.name.clone()), message, &[&help]);
        }
    }
}
