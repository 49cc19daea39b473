//! What must become of rows, and what has become of them.

use std::collections::BTreeMap;

use schema_core::ir::{Dialect, ObjectName, Schema, SqlType};

use crate::seed::{Correspondence, is_binary, is_root, type_text};
use crate::sides::{TextRow, Work, WorkError};

/// A table that stays, with its columns that do.
#[derive(Debug)]
pub(crate) struct Pair {
    old: ObjectName,
    new: ObjectName,
    /// Its rows are in its partitions, in either schema.
    is_partitioned: bool,
    columns: Vec<Surviving>,
}

#[derive(Debug)]
struct Surviving {
    old: String,
    new: String,
    old_type: SqlType,
    new_type: SqlType,
}

/// Which end of the change a database is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Before it, or after its down.
    Former,
    /// After it.
    New,
}

pub(crate) fn pairs(from: &Schema, to: &Schema, correspondence: &Correspondence) -> Vec<Pair> {
    let tables = correspondence.tables.iter().filter(|(old, new)| is_root(from, old) && is_root(to, new));
    let pair = |(old, new): (&ObjectName, &ObjectName)| {
        let (before, after) = (from.tables.get(old)?, to.tables.get(new)?);
        let column = |column: &schema_core::ir::Column| {
            let name = correspondence.columns.get(&(old.clone(), column.name.clone()))?;
            let later = after.column(name)?;
            (column.generated.is_none() && later.generated.is_none()).then(|| Surviving {
                old: column.name.clone(),
                new: name.clone(),
                old_type: column.ty.clone(),
                new_type: later.ty.clone(),
            })
        };
        let columns = before.columns.iter().filter_map(column).collect();
        let is_partitioned = before.partition_by.is_some() || after.partition_by.is_some();
        Some(Pair { old: old.clone(), new: new.clone(), is_partitioned, columns })
    };
    tables.filter_map(pair).collect()
}

impl Pair {
    pub(crate) fn name(&self) -> &ObjectName {
        &self.new
    }

    /// What it was called before.
    pub(crate) fn former(&self) -> &ObjectName {
        &self.old
    }

    /// The former names and types of its columns, and whether they get another type.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (&str, &SqlType, bool)> {
        self.columns.iter().map(|column| (column.old.as_str(), &column.old_type, column.old_type != column.new_type))
    }

    /// The rows that are there, as text, sorted.
    pub(crate) async fn rows(&self, work: &mut Work, end: End) -> Result<Vec<TextRow>, WorkError> {
        let (table, columns): (_, Vec<(&String, &SqlType)>) = match end {
            End::Former => (&self.old, self.columns.iter().map(|column| (&column.old, &column.old_type)).collect()),
            End::New => (&self.new, self.columns.iter().map(|column| (&column.new, &column.new_type)).collect()),
        };
        let dialect = work.dialect();
        let shown = columns.iter().map(|(name, ty)| shown(dialect, &dialect.quote(name), ty)).collect::<Vec<String>>();
        self.select(work, table, &shown).await
    }

    /// From the rows of the new schema, what the way back must make of them.
    pub(crate) async fn rows_back(
        &self,
        guide: &mut Work,
        correspondence: &Correspondence,
    ) -> Result<Vec<TextRow>, WorkError> {
        let dialect = guide.dialect();
        let cast = |column: &Surviving| {
            let name = dialect.quote(&column.new);
            let castable = column.old_type.named().is_none() && column.new_type.named().is_none();
            match column.old_type == column.new_type || !castable || dialect != Dialect::Postgres {
                true => shown(dialect, &name, &column.new_type),
                false => shown(dialect, &format!("{name}::{}", type_text(&column.old_type)), &column.old_type),
            }
        };
        let shown: Vec<String> = self.columns.iter().map(cast).collect();
        let mut rows = self.select(guide, &self.new, &shown).await?;
        for (at, column) in self.columns.iter().enumerate() {
            let Some(name) = column.new_type.named() else { continue };
            let former: BTreeMap<&String, &String> = correspondence
                .renamed_labels
                .iter()
                .filter(|((owner, _), _)| owner == name)
                .map(|((_, old), new)| (new, old))
                .collect();
            for cell in rows.iter_mut().filter_map(|row| row.get_mut(at)) {
                if let Some(old) = cell.as_ref().and_then(|label| former.get(label)) {
                    *cell = Some((*old).clone());
                }
            }
        }
        rows.sort();
        Ok(rows)
    }

    async fn select(&self, work: &mut Work, table: &ObjectName, shown: &[String]) -> Result<Vec<TextRow>, WorkError> {
        let only = if work.dialect() == Dialect::Postgres && !self.is_partitioned { "ONLY " } else { "" };
        let list = if shown.is_empty() { "'row'".to_owned() } else { shown.join(", ") };
        let mut rows = work.rows(&format!("SELECT {list} FROM {only}{}", work.dialect().qualified(table))).await?;
        if work.dialect() == Dialect::Sqlite {
            // A whole number is written in two ways, by the column's affinity.
            for row in &mut rows {
                let retyped =
                    row.iter_mut().zip(&self.columns).filter(|(_, column)| column.old_type != column.new_type);
                retyped.for_each(|(cell, _)| *cell = cell.take().map(without_zero));
            }
        }
        rows.sort();
        Ok(rows)
    }
}

fn without_zero(text: String) -> String {
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn shown(dialect: Dialect, expression: &str, ty: &SqlType) -> String {
    match dialect {
        Dialect::Postgres => format!("({expression})::text"),
        Dialect::MariaDb | Dialect::MySql if is_binary(ty) => format!("HEX({expression})"),
        Dialect::MariaDb | Dialect::MySql => format!("HEX(CONVERT({expression} USING utf8mb4))"),
        Dialect::Sqlite => {
            format!("CASE typeof({expression}) WHEN 'blob' THEN hex({expression}) ELSE CAST({expression} AS TEXT) END")
        }
    }
}
