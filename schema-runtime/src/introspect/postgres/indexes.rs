//! Indexes: those of tables, those that hold constraints, and those of materialized views, which are objects.
//!
//! Invalid ones are noted only: no query uses them (HAZARDS.md row 35, BUGS.md B21). One of a
//! partitioned table is invalid while not all partitions have a part of it (ON ONLY): that is an object.

use std::collections::HashMap;

use schema_core::dialect::{qualified, quote};
use schema_core::ir::{
    Exclusion, ExclusionElement, Index, IndexKey, IndexTarget, NullsOrder, ObjectId, ObjectKind, ObjectName, Use,
};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::constraints::{OWN_CONSTRAINT, deferrable};
use super::{MANAGED_RELATION, QUALIFIED_COLLATION, Reader, class, object_name, options, text};
use crate::Error;
use crate::introspect::text::without_outer_parentheses;

/// What a key says beyond its column and direction.
#[derive(Default)]
struct KeyDetail {
    expression: Option<String>,
    collation: Option<String>,
    opclass: Option<String>,
}

impl Reader<'_> {
    pub(super) async fn indexes(&mut self) -> Result<(), Error> {
        let details = self.key_details().await?;
        let nulls = self.since(150_000, "i.indnullsnotdistinct", "false");
        let period = self.since(180_000, "coalesce(k.conperiod, false)", "false");
        let sql = format!(
            "SELECT x.oid::bigint AS oid, 'index ' || n.nspname || '.' || x.relname AS label, c.oid::bigint AS table,
                n.nspname::text AS schema, x.relname::text AS name, c.relkind = 'm' AS materialized,
                i.indisunique AS is_unique, m.amname::text AS method, i.indisvalid AS valid, p.valid AS partition,
                i.indisclustered AS clustered, string_to_array(i.indkey::text, ' ')::int[] AS columns,
                string_to_array(i.indoption::text, ' ')::int[] AS options, i.indnkeyatts::int AS keys,
                {nulls} AS nulls_not_distinct, coalesce(x.reloptions, '{{}}') AS storage, s.spcname::text AS tablespace,
                CASE WHEN c.relkind <> 'm' THEN pg_get_expr(i.indpred, i.indrelid) END AS predicate,
                o.partial, CASE WHEN c.relkind = 'm' OR o.partial THEN pg_get_indexdef(x.oid) END AS definition,
                CASE WHEN o.partial THEN ARRAY(SELECT pn.nspname::text
                    FROM pg_inherits h JOIN pg_class part ON part.oid = h.inhrelid
                        JOIN pg_namespace pn ON pn.oid = part.relnamespace
                    WHERE h.inhparent = x.oid ORDER BY part.oid) ELSE '{{}}' END AS attached_schemas,
                CASE WHEN o.partial THEN ARRAY(SELECT part.relname::text
                    FROM pg_inherits h JOIN pg_class part ON part.oid = h.inhrelid
                    WHERE h.inhparent = x.oid ORDER BY part.oid) ELSE '{{}}' END AS attached,
                k.conname::text AS constraint, k.contype::text AS kind, k.oid::bigint AS constraint_oid,
                k.condeferrable AS deferrable, k.condeferred AS deferred,
                {OWN_CONSTRAINT} AS own, {period} AS period,
                CASE WHEN k.contype = 'x' THEN ARRAY(SELECT CASE WHEN pn.nspname = 'pg_catalog' THEN p.oprname::text
                        ELSE format('OPERATOR(%I.%s)', pn.nspname, p.oprname) END
                    FROM unnest(k.conexclop) WITH ORDINALITY AS u (oid, place) JOIN pg_operator p ON p.oid = u.oid
                    JOIN pg_namespace pn ON pn.oid = p.oprnamespace ORDER BY u.place) END AS operators
            FROM pg_index i
                JOIN pg_class x ON x.oid = i.indexrelid
                JOIN pg_am m ON m.oid = x.relam
                JOIN pg_class c ON c.oid = i.indrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_tablespace s ON s.oid = x.reltablespace
                LEFT JOIN pg_constraint k ON k.conindid = x.oid AND k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x')
                CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_inherits h JOIN pg_index u ON u.indexrelid = h.inhparent
                    WHERE h.inhrelid = x.oid AND u.indisvalid) AS valid) AS p
                CROSS JOIN LATERAL (SELECT c.relkind = 'p' AND k.oid IS NULL AND NOT i.indisvalid AS partial) AS o
            WHERE c.relkind IN ('r', 'p', 'm') AND {MANAGED_RELATION}"
        );
        for row in self.fetch(&sql).await? {
            self.index(&row, &details)?;
        }
        Ok(())
    }

    /// One row for each key that is more than a column in its default order of values. An expression has the collation
    /// of its operands, which the server alone knows: it prints one only where another was asked for.
    async fn key_details(&mut self) -> Result<HashMap<(i64, i32), KeyDetail>, Error> {
        let parameters = self.since(130_000, "ka.attoptions", "NULL::text[]");
        let sql = format!(
            "SELECT i.indexrelid::bigint AS oid, 'index ' || n.nspname || '.' || x.relname AS label, k.num::int AS num,
                CASE WHEN a.attname IS NULL THEN pg_get_indexdef(x.oid, k.num::int, false) END AS expression,
                CASE WHEN a.attname IS NULL AND position(pg_get_indexdef(x.oid, k.num::int, false) || ' COLLATE '
                        IN pg_get_indexdef(x.oid)) = 0 THEN NULL
                    WHEN i.indcollation[k.num - 1] NOT IN (0, coalesce(a.attcollation, kt.typcollation))
                    THEN CASE WHEN cn.nspname = 'pg_catalog' THEN co.collname::text
                        ELSE {QUALIFIED_COLLATION} END END AS collation,
                CASE WHEN NOT o.opcdefault OR {parameters} IS NOT NULL
                    THEN CASE WHEN opn.nspname = 'pg_catalog' OR e.objid IS NOT NULL THEN quote_ident(o.opcname)
                        ELSE format('%I.%I', opn.nspname, o.opcname) END || coalesce((SELECT '(' || string_agg(
                            quote_ident(split_part(p, '=', 1)) || '='
                                || quote_literal(substr(p, position('=' IN p) + 1)), ', ') || ')'
                            FROM unnest({parameters}) AS p), '') END AS opclass
            FROM pg_index i
                JOIN pg_class x ON x.oid = i.indexrelid
                JOIN pg_class c ON c.oid = i.indrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                CROSS JOIN LATERAL generate_series(1, i.indnkeyatts) AS k (num)
                JOIN pg_attribute ka ON ka.attrelid = x.oid AND ka.attnum = k.num
                JOIN pg_type kt ON kt.oid = ka.atttypid
                JOIN pg_opclass o ON o.oid = i.indclass[k.num - 1]
                JOIN pg_namespace opn ON opn.oid = o.opcnamespace
                LEFT JOIN pg_depend e ON e.classid = 2616 AND e.objid = o.oid AND e.deptype = 'e'
                LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[k.num - 1] AND a.attnum <> 0
                LEFT JOIN pg_collation co ON co.oid = i.indcollation[k.num - 1]
                LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
            WHERE c.relkind IN ('r', 'p') AND i.indisvalid AND NOT x.relispartition AND {MANAGED_RELATION}
                AND (a.attname IS NULL OR NOT o.opcdefault OR {parameters} IS NOT NULL
                    OR i.indcollation[k.num - 1] NOT IN (0, a.attcollation))"
        );
        let mut details = HashMap::new();
        for row in self.fetch(&sql).await? {
            let expression = text(&row, "expression")?;
            let detail = KeyDetail {
                expression: expression.map(|text| without_outer_parentheses(&text).to_owned()),
                collation: row.try_get("collation")?,
                opclass: row.try_get("opclass")?,
            };
            details.insert((row.try_get("oid")?, row.try_get("num")?), detail);
        }
        Ok(details)
    }

    fn index(&mut self, row: &PgRow, details: &HashMap<(i64, i32), KeyDetail>) -> Result<(), Error> {
        let (oid, label, table): (i64, String, i64) =
            (row.try_get("oid")?, row.try_get("label")?, row.try_get("table")?);
        let name = object_name(row, "schema", "name")?;
        let statement = format!("INDEX {}", qualified(&name));
        if row.try_get("materialized")? {
            return self.index_of_view(row, oid, name, statement);
        }
        let Some(owner) = self.tables.get(&table).map(|draft| draft.table.name.clone()) else { return Ok(()) };
        let kind = text(row, "kind")?;
        let own: Option<bool> = row.try_get("own")?;
        let is_inherited = own.map_or(row.try_get("partition")?, |own| !own);
        if is_inherited {
            self.made((class::CLASS, oid), Use::Table(owner), statement);
            return Ok(());
        }
        if row.try_get("partial")? {
            return self.partial_index(row, oid, name, statement);
        }
        if !row.try_get::<bool, _>("valid")? {
            self.note(label, "it is invalid: a build of it failed or is not finished");
            return Ok(());
        }
        self.made((class::CLASS, oid), Use::Part(owner, name.name.clone()), statement);
        if row.try_get("clustered")? {
            self.note(&label, "its table is clustered on it, which the model does not say");
        }
        if let Some(tablespace) = text(row, "tablespace")? {
            self.note(&label, format!("it is in the tablespace `{tablespace}`, which the model does not say"));
        }
        if row.try_get("period")? {
            return Ok(());
        }
        let keys = self.keys(row, oid, table, details)?;
        self.place(row, table, kind.as_deref(), name.name, keys)
    }

    /// Puts an index, or what it says of its constraint, into the table.
    fn place(
        &mut self,
        row: &PgRow,
        table: i64,
        kind: Option<&str>,
        name: String,
        (keys, include): (Vec<IndexKey>, Vec<String>),
    ) -> Result<(), Error> {
        let storage = options(&row.try_get::<Vec<String>, _>("storage")?);
        let method: String = row.try_get("method")?;
        let method = (method != "btree").then_some(method);
        let predicate = text(row, "predicate")?.map(|text| without_outer_parentheses(&text).to_owned());
        let nulls_not_distinct = row.try_get("nulls_not_distinct")?;
        let constraint = text(row, "constraint")?.unwrap_or_default();
        if kind == Some("x") {
            return self.exclusion(
                row,
                table,
                Exclusion {
                    name: constraint,
                    method,
                    elements: Vec::new(),
                    include,
                    storage,
                    predicate,
                    deferrable: deferrable(row)?,
                },
                keys,
            );
        }
        let Some(draft) = self.tables.get_mut(&table) else { return Ok(()) };
        match kind {
            Some("p") => {
                if let Some(key) = &mut draft.table.primary_key {
                    (key.include, key.storage) = (include, storage);
                }
            }
            Some(_) => {
                if let Some(unique) = draft.table.uniques.iter_mut().find(|unique| unique.name == constraint) {
                    (unique.include, unique.storage) = (include, storage);
                    unique.nulls_not_distinct = nulls_not_distinct;
                }
            }
            None => draft.table.indexes.push(Index {
                name,
                unique: row.try_get("is_unique")?,
                method,
                keys,
                include,
                nulls_not_distinct,
                storage,
                predicate,
            }),
        }
        Ok(())
    }

    fn exclusion(
        &mut self,
        row: &PgRow,
        table: i64,
        mut exclusion: Exclusion,
        keys: Vec<IndexKey>,
    ) -> Result<(), Error> {
        let operators: Vec<String> = row.try_get("operators")?;
        let element = |(key, operator)| ExclusionElement { key, operator };
        exclusion.elements = keys.into_iter().zip(operators).map(element).collect();
        if let Some(draft) = self.tables.get_mut(&table) {
            let owner = draft.table.name.clone();
            let statement = format!("CONSTRAINT {} ON {}", quote(&exclusion.name), qualified(&owner));
            let part = Use::Part(owner, exclusion.name.clone());
            draft.table.exclusions.push(exclusion);
            self.made((class::CONSTRAINT, row.try_get("constraint_oid")?), part, statement);
        }
        Ok(())
    }

    /// Its keys and its INCLUDE columns.
    fn keys(
        &self,
        row: &PgRow,
        oid: i64,
        table: i64,
        details: &HashMap<(i64, i32), KeyDetail>,
    ) -> Result<(Vec<IndexKey>, Vec<String>), Error> {
        let (columns, options): (Vec<i32>, Vec<i32>) = (row.try_get("columns")?, row.try_get("options")?);
        let count = usize::try_from(row.try_get::<i32, _>("keys")?).unwrap_or_default().min(columns.len());
        let (keys, included) = columns.split_at(count);
        let numbers = self.tables.get(&table).map(|draft| &draft.numbers);
        let column = |number: &i32| numbers?.get(number).cloned();
        let none = KeyDetail::default();
        let key = |((place, number), option): ((i32, &i32), &i32)| {
            let detail = details.get(&(oid, place)).unwrap_or(&none);
            let target = match &detail.expression {
                Some(expression) => IndexTarget::Expression(expression.clone()),
                None => IndexTarget::Column(column(number).unwrap_or_default()),
            };
            let (descending, nulls_first) = (option & 1 == 1, option & 2 == 2);
            let nulls = match (descending, nulls_first) {
                (false, true) => Some(NullsOrder::First),
                (true, false) => Some(NullsOrder::Last),
                _ => None,
            };
            let (collation, opclass) = (detail.collation.clone(), detail.opclass.clone());
            IndexKey { target, prefix: None, collation, opclass, descending, nulls }
        };
        Ok(((1..).zip(keys).zip(&options).map(key).collect(), included.iter().filter_map(column).collect()))
    }

    fn partial_index(&mut self, row: &PgRow, oid: i64, name: ObjectName, statement: String) -> Result<(), Error> {
        let Some(definition) = self.printed(row, "definition")? else { return Ok(()) };
        let (schemas, parts): (Vec<String>, Vec<String>) = (row.try_get("attached_schemas")?, row.try_get("attached")?);
        let parts = schemas.into_iter().zip(parts).map(|(schema, part)| ObjectName::qualified(schema, part));
        let attach = parts.map(|part| format!("ALTER {statement} ATTACH PARTITION {}", qualified(&part)));
        let create = std::iter::once(definition).chain(attach).collect();
        self.object((class::CLASS, oid), ObjectId::new(ObjectKind::Index, name), statement, create);
        Ok(())
    }

    fn index_of_view(&mut self, row: &PgRow, oid: i64, name: ObjectName, statement: String) -> Result<(), Error> {
        if !row.try_get::<bool, _>("valid")? {
            self.note(row.try_get::<String, _>("label")?, "it is invalid: a build of it failed or is not finished");
        } else if let Some(definition) = self.printed(row, "definition")? {
            let id = ObjectId::new(ObjectKind::Index, name);
            self.object((class::CLASS, oid), id, statement, vec![definition]);
        }
        Ok(())
    }
}
