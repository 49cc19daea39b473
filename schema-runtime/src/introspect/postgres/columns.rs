//! Columns of tables, and attributes of composite types.

use schema_core::ir::{Attribute, Column, Generated, Identity, Use};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::sequences::sequence_options;
use super::{MANAGED_RELATION, QUALIFIED_COLLATION, Reader, class, text};
use crate::Error;
use crate::introspect::text::without_outer_parentheses;

impl Reader<'_> {
    pub(super) async fn columns(&mut self) -> Result<(), Error> {
        let compression = self.since(140_000, "a.attcompression::text", "''");
        let sql = format!(
            "SELECT c.oid::bigint AS oid, 'table ' || n.nspname || '.' || c.relname AS label,
                a.attnum::int AS number, a.attname::text AS name, NOT a.attnotnull AS nullable,
                a.attidentity::text AS identity, a.attgenerated::text AS generated, c.relkind = 'c' AS composite,
                CASE WHEN a.atthasdef THEN pg_get_expr(d.adbin, d.adrelid) END AS expression,
                CASE WHEN a.attcollation <> t.typcollation THEN CASE WHEN cn.nspname = 'pg_catalog'
                    THEN co.collname::text ELSE {QUALIFIED_COLLATION} END END AS collation,
                a.atttypid::bigint AS type_oid, format_type(a.atttypid, a.atttypmod) AS type,
                CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END AS storage,
                {compression} AS compression, nullif(a.attstattarget::int, -1) AS statistics,
                a.attoptions AS options
            FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                    AND a.attname !~ '^_kept_'
                JOIN pg_type t ON t.oid = a.atttypid
                LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
                LEFT JOIN pg_collation co ON a.attcollation <> t.typcollation AND co.oid = a.attcollation
                LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
            WHERE c.relkind IN ('r', 'p', 'c') AND {MANAGED_RELATION}
            ORDER BY c.oid, a.attnum"
        );
        for row in self.fetch(&sql).await? {
            if row.try_get("composite")? {
                self.attribute(&row)?;
            } else {
                self.column(&row)?;
            }
        }
        self.identities().await
    }

    fn attribute(&mut self, row: &PgRow) -> Result<(), Error> {
        let printed: String = row.try_get("type")?;
        let ty = self.sql_type(row.try_get("type_oid")?, &printed);
        let attribute = Attribute { name: row.try_get("name")?, ty, collation: row.try_get("collation")? };
        let made = self.made.get(&(class::CLASS, row.try_get("oid")?));
        if let Some(Use::Type(name)) = made.map(|made| &made.stands)
            && let Some(composite) = self.schema.composites.get_mut(name)
        {
            composite.attributes.push(attribute);
        }
        Ok(())
    }

    fn column(&mut self, row: &PgRow) -> Result<(), Error> {
        let oid = row.try_get("oid")?;
        let (number, name): (i32, String) = (row.try_get("number")?, row.try_get("name")?);
        let printed: String = row.try_get("type")?;
        let mut column = Column::new(&name, self.sql_type(row.try_get("type_oid")?, &printed));
        column.nullable = row.try_get("nullable")?;
        column.collation = row.try_get("collation")?;
        column.comment = self.comment(class::CLASS, oid, number);
        column.identity = match row.try_get("identity")? {
            "a" => Some(Identity::Always),
            "d" => Some(Identity::ByDefault),
            _ => None,
        };
        let expression: Option<String> = row.try_get("expression")?;
        match row.try_get("generated")? {
            "" => column.default = expression,
            kind => {
                let expression = without_outer_parentheses(&expression.unwrap_or_default()).to_owned();
                column.generated = Some(Generated { expression, stored: kind == "s" });
            }
        }
        column.storage = text(row, "storage")?.as_deref().map(storage).map(str::to_owned);
        column.compression = match row.try_get("compression")? {
            "p" => Some("pglz".to_owned()),
            "l" => Some("lz4".to_owned()),
            _ => None,
        };
        column.statistics = row.try_get("statistics")?;
        if row.try_get::<Option<Vec<String>>, _>("options")?.is_some_and(|options| !options.is_empty()) {
            let label: String = row.try_get("label")?;
            self.note(format!("{label}, column {name}"), "its options (n_distinct) are not in the model");
        }
        if let Some(draft) = self.tables.get_mut(&oid) {
            draft.numbers.insert(number, name);
            draft.table.columns.push(column);
        }
        Ok(())
    }

    /// What the sequences of identity columns are told.
    async fn identities(&mut self) -> Result<(), Error> {
        let sql = r"
            SELECT s.seqrelid::bigint AS oid, 'identity sequence' AS label, d.refobjid::bigint AS table,
                d.refobjsubid AS number, format_type(s.seqtypid, NULL) AS type, s.seqstart AS start,
                s.seqincrement AS increment, s.seqmin AS min, s.seqmax AS max, s.seqcache AS cache, s.seqcycle AS cycle
            FROM pg_sequence s JOIN pg_depend d ON d.classid = 1259 AND d.objid = s.seqrelid AND d.objsubid = 0
                AND d.refclassid = 1259 AND d.refobjsubid > 0 AND d.deptype = 'i'";
        for row in self.fetch(sql).await? {
            let ty: String = row.try_get("type")?;
            let (table, number): (i64, i32) = (row.try_get("table")?, row.try_get("number")?);
            let Some(draft) = self.tables.get_mut(&table) else { continue };
            let Some(name) = draft.numbers.get(&number) else { continue };
            self.made.insert(
                (class::CLASS, row.try_get("oid")?),
                super::Made { stands: Use::Table(draft.table.name.clone()), statement: String::new() },
            );
            if let Some(column) = draft.table.columns.iter_mut().find(|column| column.name == *name) {
                column.identity_options = sequence_options(&row, &ty)?;
            }
        }
        Ok(())
    }
}

fn storage(code: &str) -> &'static str {
    match code {
        "p" => "plain",
        "m" => "main",
        "e" => "external",
        _ => "extended",
    }
}
