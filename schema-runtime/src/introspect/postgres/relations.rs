//! Tables, partitioned tables and partitions, without their columns; who is whose parent.

use std::collections::HashMap;

use schema_core::dialect::{qualified, quote};
use schema_core::ir::{
    IndexKey, IndexTarget, PartitionBy, PartitionOf, PartitionStrategy, ReplicaIdentity, Table, Use,
};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{Draft, MANAGED_RELATION, Reader, class, object_name, options, text};
use crate::Error;
use crate::introspect::text::{closing, tokens, without_outer_parentheses};

impl Reader<'_> {
    pub(super) async fn relations(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT c.oid::bigint AS oid, 'table ' || n.nspname || '.' || c.relname AS label, n.nspname::text AS schema,
                c.relname::text AS name, c.relpersistence = 'u' AS unlogged, coalesce(c.reloptions, '{{}}') AS storage,
                coalesce(tc.reloptions, '{{}}') AS toast, c.relrowsecurity AS row_security,
                c.relforcerowsecurity AS force_row_security, c.relispartition AS partition,
                c.relreplident::text AS replica_identity,
                CASE WHEN c.relreplident = 'i' THEN (SELECT x.relname::text FROM pg_index i
                    JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisreplident)
                    END AS replica_index,
                CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound,
                CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
                s.spcname::text AS tablespace, m.amname::text AS method,
                CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS of_type
            FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_class tc ON tc.oid = c.reltoastrelid
                LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
                LEFT JOIN pg_am m ON m.oid = c.relam
            WHERE c.relkind IN ('r', 'p') AND {MANAGED_RELATION}"
        );
        for row in self.fetch(&sql).await? {
            self.relation(&row)?;
        }
        let parents = "SELECT inhrelid::bigint AS oid, '' AS label, inhparent::bigint AS parent FROM pg_inherits
            ORDER BY inhrelid, inhseqno";
        for row in self.fetch(parents).await? {
            self.parents.entry(row.try_get("oid")?).or_default().push(row.try_get("parent")?);
        }
        self.descend()
    }

    fn relation(&mut self, row: &PgRow) -> Result<(), Error> {
        let (oid, label): (i64, String) = (row.try_get("oid")?, row.try_get("label")?);
        let mut table = Table::new(object_name(row, "schema", "name")?);
        table.comment = self.comment(class::CLASS, oid, 0);
        table.unlogged = row.try_get("unlogged")?;
        table.row_security = row.try_get("row_security")?;
        table.force_row_security = row.try_get("force_row_security")?;
        table.storage = options(&row.try_get::<Vec<String>, _>("storage")?);
        let toast = options(&row.try_get::<Vec<String>, _>("toast")?);
        table.storage.extend(toast.into_iter().map(|(name, value)| (format!("toast.{name}"), value)));
        table.replica_identity = match (row.try_get("replica_identity")?, text(row, "replica_index")?) {
            ("f", _) => Some(ReplicaIdentity::Full),
            ("n", _) => Some(ReplicaIdentity::Nothing),
            ("i", Some(index)) => Some(ReplicaIdentity::Index(index)),
            _ => None,
        };
        table.partition_by = text(row, "partition_key")?.and_then(|text| partition_by(&text));
        let partition = row.try_get("partition")?;
        if partition && let Some(bound) = self.printed(row, "bound")? {
            table.partition_of = Some(PartitionOf { parent: table.name.clone(), bound });
        }
        if let Some(tablespace) = text(row, "tablespace")? {
            self.note(&label, format!("it is in the tablespace `{tablespace}`, which the model does not say"));
        }
        if let Some(method) = text(row, "method")?.filter(|method| method != "heap") {
            self.note(&label, format!("its access method is `{method}`, which the model does not say"));
        }
        if let Some(of_type) = text(row, "of_type")? {
            self.note(&label, format!("it is a table OF the type `{of_type}`, which the model does not say"));
        }
        let statement = format!("TABLE {}", qualified(&table.name));
        self.made((class::CLASS, oid), Use::Table(table.name.clone()), statement);
        self.tables.insert(oid, Draft { table, partition, numbers: HashMap::new() });
        Ok(())
    }

    /// Gives children the names of their parents.
    fn descend(&mut self) -> Result<(), Error> {
        for (oid, parents) in &self.parents {
            let names = parents.iter().filter_map(|parent| match self.made.get(&(class::CLASS, *parent)) {
                Some(made) => match &made.stands {
                    Use::Table(name) => Some(name.clone()),
                    _ => None,
                },
                None => None,
            });
            let names: Vec<_> = names.collect();
            let Some(draft) = self.tables.get_mut(oid) else { continue };
            match &mut draft.table.partition_of {
                Some(partition) => partition.parent = names.into_iter().next().unwrap_or(partition.parent.clone()),
                None => draft.table.inherits = names,
            }
        }
        Ok(())
    }
}

/// `RANGE (created_at, lower(name) COLLATE "C" text_pattern_ops)`, as the server prints it.
fn partition_by(text: &str) -> Option<PartitionBy> {
    let (word, keys) = text.split_once(' ')?;
    let strategy = match word {
        "RANGE" => PartitionStrategy::Range,
        "LIST" => PartitionStrategy::List,
        "HASH" => PartitionStrategy::Hash,
        _ => return None,
    };
    let keys = keys.trim().strip_prefix('(')?.strip_suffix(')')?;
    Some(PartitionBy { strategy, keys: split_keys(keys).into_iter().map(partition_key).collect() })
}

/// The parts between commas outside parentheses.
pub(super) fn split_keys(text: &str) -> Vec<&str> {
    let tokens = tokens(text, false);
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(token) = tokens.get(at) {
        if token.symbol('(') {
            at = closing(&tokens, at).unwrap_or(at);
        } else if token.symbol(',') {
            parts.push(text[start..token.start].trim());
            start = token.end();
        }
        at += 1;
    }
    parts.push(text[start..].trim());
    parts
}

/// An expression is a call or in parentheses; a column is one word. COLLATE and an operator class may follow.
pub(super) fn partition_key(text: &str) -> IndexKey {
    let all = tokens(text, false);
    let call = all.iter().position(|token| token.symbol('('));
    let word = |at: usize| all.get(at).is_some_and(|token| token.is("COLLATE"));
    let end = match call.and_then(|open| closing(&all, open)) {
        Some(close) if !(0..all.len()).take_while(|at| Some(*at) != call).any(word) => close + 1,
        _ => 1,
    };
    let stop = all.get(end.saturating_sub(1)).map_or(text.len(), |token| token.end());
    let target = match all.first() {
        Some(token) if end == 1 => IndexTarget::Column(token.identifier()),
        _ => IndexTarget::Expression(without_outer_parentheses(&text[..stop]).to_owned()),
    };
    let mut rest = text[stop..].trim();
    let mut collation = None;
    if let Some(after) = rest.strip_prefix("COLLATE ") {
        let name_end = dotted_end(after);
        collation = Some(collation_name(&after[..name_end]));
        rest = after[name_end..].trim();
    }
    let opclass = (!rest.is_empty()).then(|| rest.to_owned());
    IndexKey { target, prefix: None, collation, opclass, descending: false, nulls: None }
}

/// Where a name that schemas precede ends.
fn dotted_end(text: &str) -> usize {
    let mut end = 0;
    for token in tokens(text, false) {
        if end != 0 && token.start != end {
            break;
        }
        end = token.end();
    }
    end
}

/// A collation's name as the model has it: alone if it is the server's own, else quoted with its schema.
fn collation_name(name: &str) -> String {
    let parts: Vec<String> =
        tokens(name, false).iter().filter(|token| !token.symbol('.')).map(|token| token.identifier()).collect();
    match parts.as_slice() {
        [own] => own.clone(),
        [schema, own] if schema == "pg_catalog" => own.clone(),
        parts => parts.iter().map(|part| quote(part)).collect::<Vec<_>>().join("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partition_keys_are_read_as_the_server_prints_them() {
        let text = r#"RANGE ("at", lower(name) COLLATE "C" text_pattern_ops, ((a + b)), n COLLATE app.nocase)"#;
        let by = partition_by(text).unwrap();
        assert_eq!(by.strategy, PartitionStrategy::Range);
        assert_eq!(by.keys[0], IndexKey::column("at"));
        assert_eq!(by.keys[1].target, IndexTarget::Expression("lower(name)".to_owned()));
        assert_eq!(
            (by.keys[1].collation.as_deref(), by.keys[1].opclass.as_deref()),
            (Some("C"), Some("text_pattern_ops"))
        );
        assert_eq!(by.keys[2].target, IndexTarget::Expression("a + b".to_owned()));
        assert_eq!(
            (&by.keys[3].target, by.keys[3].collation.as_deref()),
            (&IndexTarget::Column("n".to_owned()), Some(r#""app"."nocase""#))
        );
    }
}
