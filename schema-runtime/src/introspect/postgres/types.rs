//! Enums, domains, composite types, ranges, and what every other type is called.

use std::collections::BTreeSet;

use schema_core::dialect::qualified;
use schema_core::ir::{CompositeType, Domain, EnumType, ObjectId, ObjectKind, ObjectName, SqlType, Use};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{MANAGED, QUALIFIED_COLLATION, Reader, class, object_name, own, text};
use crate::Error;

/// A type that is none of the server's own.
pub(super) struct TypeEntry {
    name: ObjectName,
    /// Its schema as the server quotes it, with the dot.
    prefix: String,
    named: bool,
    pub(super) of_extension: bool,
    /// Of an array.
    pub(super) element: Option<i64>,
    /// Whose rows it is.
    pub(super) relation: Option<i64>,
}

impl Reader<'_> {
    pub(super) async fn namespaces(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT n.oid::bigint AS oid, 'schema ' || n.nspname AS label, n.nspname::text AS name, {} AS own
            FROM pg_namespace n WHERE {MANAGED}",
            own(class::NAMESPACE, "n.oid")
        );
        for row in self.fetch(&sql).await? {
            let name: String = row.try_get("name")?;
            let statement = format!("SCHEMA {}", schema_core::dialect::quote(&name));
            // Nothing leans on a schema: they are made before all else.
            let stands = Use::Object(ObjectId::new(ObjectKind::Raw, ObjectName::bare(&name)));
            self.made((class::NAMESPACE, row.try_get("oid")?), stands, statement);
            if row.try_get("own")? && name != "public" {
                self.schema.namespaces.insert(name);
            }
        }
        Ok(())
    }

    pub(super) async fn types(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT t.oid::bigint AS oid, 'type ' || n.nspname || '.' || t.typname AS label, n.nspname::text AS schema,
                quote_ident(n.nspname) || '.' AS prefix, t.typname::text AS name, t.typtype::text AS kind,
                CASE WHEN t.typtype = 'b' AND t.typcategory = 'A' THEN nullif(t.typelem::bigint, 0) END AS element,
                nullif(t.typrelid::bigint, 0) AS relation, c.relkind::text AS relkind, t.typisdefined AS defined,
                NOT {own} AS of_extension, {MANAGED} AS managed,
                CASE WHEN t.typtype = 'e' THEN ARRAY(SELECT l.enumlabel::text FROM pg_enum l WHERE l.enumtypid = t.oid
                    ORDER BY l.enumsortorder) END AS labels,
                CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base,
                t.typbasetype::bigint AS base_oid, t.typnotnull AS not_null,
                coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)) AS default,
                CASE WHEN t.typcollation <> b.typcollation THEN CASE WHEN cn.nspname = 'pg_catalog'
                    THEN co.collname::text ELSE {QUALIFIED_COLLATION} END END AS collation
            FROM pg_type t
                JOIN pg_namespace n ON n.oid = t.typnamespace
                LEFT JOIN pg_class c ON c.oid = t.typrelid
                LEFT JOIN pg_type b ON b.oid = t.typbasetype
                LEFT JOIN pg_collation co ON co.oid = t.typcollation
                LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
            WHERE t.oid >= 16384",
            own = own(class::TYPE, "t.oid"),
        );
        let rows = self.fetch(&sql).await?;
        for row in &rows {
            let kind: String = row.try_get("kind")?;
            let entry = TypeEntry {
                name: object_name(row, "schema", "name")?,
                prefix: row.try_get("prefix")?,
                of_extension: row.try_get("of_extension")?,
                named: matches!(kind.as_str(), "e" | "d")
                    || (kind == "c" && text(row, "relkind")?.as_deref() == Some("c")),
                element: row.try_get("element")?,
                relation: row.try_get("relation")?,
            };
            self.types.insert(row.try_get("oid")?, entry);
        }
        for row in &rows {
            if row.try_get("managed")? && !row.try_get::<bool, _>("of_extension")? {
                self.own_type(row)?;
            }
        }
        self.ranges().await
    }

    fn own_type(&mut self, row: &PgRow) -> Result<(), Error> {
        let name = object_name(row, "schema", "name")?;
        let (oid, label): (i64, String) = (row.try_get("oid")?, row.try_get("label")?);
        let kind: String = row.try_get("kind")?;
        let named = self.types.get(&oid).is_some_and(|entry| entry.named);
        let element: Option<i64> = row.try_get("element")?;
        match kind.as_str() {
            "e" => {
                let comment = self.comment(class::TYPE, oid, 0);
                let labels = row.try_get("labels")?;
                self.schema.enums.insert(name.clone(), EnumType { name: name.clone(), labels, comment });
            }
            "d" => self.domain(row, oid, name.clone())?,
            "c" if named => {
                let comment = self.comment(class::TYPE, oid, 0);
                let composite = CompositeType { name: name.clone(), attributes: Vec::new(), comment };
                self.schema.composites.insert(name.clone(), composite);
                if let Some(relation) = row.try_get("relation")? {
                    let statement = format!("TYPE {}", qualified(&name));
                    self.made((class::CLASS, relation), Use::Type(name.clone()), statement);
                }
            }
            "b" if element.is_none() => self.note(label, "a base type, whose functions are in a library of the server"),
            "p" => self.note(label, "a type without a definition"),
            _ => {}
        }
        if named {
            let word = if kind == "d" { "DOMAIN" } else { "TYPE" };
            let statement = format!("{word} {}", qualified(&name));
            self.made((class::TYPE, oid), Use::Type(name), statement);
        }
        Ok(())
    }

    fn domain(&mut self, row: &PgRow, oid: i64, name: ObjectName) -> Result<(), Error> {
        let base: String = row.try_get("base")?;
        let mut domain = Domain::new(name.clone(), self.sql_type(row.try_get("base_oid")?, &base));
        domain.not_null = row.try_get("not_null")?;
        domain.default = row.try_get("default")?;
        domain.collation = row.try_get("collation")?;
        domain.comment = self.comment(class::TYPE, oid, 0);
        self.schema.domains.insert(name, domain);
        Ok(())
    }

    async fn ranges(&mut self) -> Result<(), Error> {
        let multirange = self.since(
            140_000,
            "'MULTIRANGE_TYPE_NAME = ' || (SELECT format('%I.%I', mn.nspname, m.typname) FROM pg_type m
                JOIN pg_namespace mn ON mn.oid = m.typnamespace WHERE m.oid = r.rngmultitypid)",
            "NULL",
        );
        let sql = format!(
            "SELECT t.oid::bigint AS oid, 'type ' || n.nspname || '.' || t.typname AS label, n.nspname::text AS schema,
                t.typname::text AS name, concat_ws(', ', 'SUBTYPE = ' || format_type(r.rngsubtype, NULL),
                    CASE WHEN NOT o.opcdefault THEN 'SUBTYPE_OPCLASS = ' || format('%I.%I', opn.nspname, o.opcname) END,
                    CASE WHEN r.rngcollation <> s.typcollation
                        THEN 'COLLATION = ' || format('%I.%I', cn.nspname, co.collname) END,
                    CASE WHEN r.rngcanonical <> 0 THEN 'CANONICAL = ' || r.rngcanonical::regproc END,
                    CASE WHEN r.rngsubdiff <> 0 THEN 'SUBTYPE_DIFF = ' || r.rngsubdiff::regproc END,
                    {multirange}) AS definition, {multirange_oid}::bigint AS multirange
            FROM pg_range r
                JOIN pg_type t ON t.oid = r.rngtypid
                JOIN pg_namespace n ON n.oid = t.typnamespace
                JOIN pg_type s ON s.oid = r.rngsubtype
                JOIN pg_opclass o ON o.oid = r.rngsubopc
                JOIN pg_namespace opn ON opn.oid = o.opcnamespace
                LEFT JOIN pg_collation co ON co.oid = r.rngcollation
                LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
            WHERE {MANAGED} AND {}",
            own(class::TYPE, "t.oid"),
            multirange_oid = self.since(140_000, "r.rngmultitypid", "0"),
        );
        for row in self.fetch(&sql).await? {
            let name = object_name(&row, "schema", "name")?;
            let definition: String = row.try_get("definition")?;
            let create = format!("CREATE TYPE {} AS RANGE ({definition})", qualified(&name));
            let id = ObjectId::new(ObjectKind::Type, name.clone());
            let statement = format!("TYPE {}", qualified(&name));
            self.made((class::TYPE, row.try_get("multirange")?), Use::Object(id.clone()), String::new());
            self.object((class::TYPE, row.try_get("oid")?), id, statement, vec![create]);
        }
        Ok(())
    }

    /// A type by its oid and as `format_type` prints it. A type of an extension is written as people write it,
    /// without the schema that the extension happens to be in.
    pub(super) fn sql_type(&self, oid: i64, printed: &str) -> SqlType {
        let (text, array) = printed.strip_suffix("[]").map_or((printed, false), |element| (element, true));
        let mut entry = self.types.get(&oid);
        if array {
            entry = entry.and_then(|entry| entry.element).and_then(|element| self.types.get(&element));
        }
        let ty = match entry {
            Some(entry) if entry.of_extension => {
                SqlType::Builtin(text.strip_prefix(&entry.prefix).unwrap_or(text).to_owned())
            }
            Some(entry) if entry.named => SqlType::Named(entry.name.clone()),
            _ => SqlType::Builtin(text.to_owned()),
        };
        if array { SqlType::Array(Box::new(ty)) } else { ty }
    }

    pub(super) async fn extensions(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT x.oid::bigint AS oid, 'extension ' || x.extname AS label, x.extname::text AS name,
                n.nspname::text AS schema, {} AS free
            FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
            WHERE NOT (x.extname = 'plpgsql' AND n.nspname = 'pg_catalog')",
            own(class::NAMESPACE, "n.oid"),
        );
        for row in self.fetch(&sql).await? {
            let name: String = row.try_get("name")?;
            let statement = format!("EXTENSION {}", schema_core::dialect::quote(&name));
            let mut create = format!("CREATE {statement}");
            // Some extensions make the schema that they are in.
            if row.try_get("free")? {
                let schema: String = row.try_get("schema")?;
                create += &format!(" WITH SCHEMA {}", schema_core::dialect::quote(&schema));
            }
            let id = ObjectId::new(ObjectKind::Extension, ObjectName::bare(name));
            self.object((class::EXTENSION, row.try_get("oid")?), id, statement, vec![create]);
        }
        Ok(())
    }

    /// Every schema's own types, for privileges and uses.
    pub(super) fn used_type(&self, oid: i64) -> BTreeSet<Use> {
        let mut oid = oid;
        for _ in 0..2 {
            if let Some(made) = self.made.get(&(class::TYPE, oid)) {
                return BTreeSet::from([made.stands.clone()]);
            }
            let Some(entry) = self.types.get(&oid) else { break };
            match (entry.element, entry.relation) {
                (Some(element), _) => oid = element,
                (_, Some(relation)) => {
                    return self
                        .made
                        .get(&(class::CLASS, relation))
                        .map(|made| made.stands.clone())
                        .into_iter()
                        .collect();
                }
                _ => break,
            }
        }
        BTreeSet::new()
    }
}
