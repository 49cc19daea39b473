//! Constraints of tables and domains. NOT NULL is read from the columns alone, since PostgreSQL 18 lists it here as
//! well (BUGS.md B44); exclusion constraints are read with the indexes that hold them.

use schema_core::dialect::{qualified, quote};
use schema_core::ir::{Check, Deferrable, ForeignKey, ObjectName, PrimaryKey, ReferentialAction, Table, Unique, Use};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{MANAGED, MANAGED_RELATION, Reader, class, object_name, own, text};
use crate::Error;
use crate::introspect::text::without_outer_parentheses;

/// Whether a constraint `k` is the table's own and no copy of its parent's. A primary key that serves a unique constraint
/// of the parent is its own.
pub(super) const OWN_CONSTRAINT: &str = "(CASE WHEN k.conparentid = 0 THEN k.conislocal
    ELSE k.contype <> (SELECT parent.contype FROM pg_constraint parent WHERE parent.oid = k.conparentid) END)";

impl Reader<'_> {
    pub(super) async fn constraints(&mut self) -> Result<(), Error> {
        let enforced = self.since(180_000, "k.conenforced", "true");
        let period = self.since(180_000, "k.conperiod", "false");
        let set_columns = self.since(150_000, "k.confdelsetcols", "NULL");
        let sql = format!(
            "SELECT k.oid::bigint AS oid, 'constraint ' || k.conname || ' on ' || n.nspname || '.' || c.relname AS label,
                c.oid::bigint AS table, k.conname::text AS name, k.contype::text AS kind,
                coalesce(k.conkey::int[], '{{}}') AS columns,
                k.confrelid::bigint AS references, k.confkey::int[] AS referenced, k.confdeltype::text AS on_delete,
                k.confupdtype::text AS on_update, k.confmatchtype = 'f' AS match_full, {set_columns}::int[] AS set_columns,
                k.condeferrable AS deferrable, k.condeferred AS deferred, NOT k.convalidated AS not_valid,
                NOT {enforced} AS not_enforced, k.connoinherit AS no_inherit,
                {OWN_CONSTRAINT} AS own, {period} AS period,
                CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END AS expression,
                CASE WHEN {period} THEN pg_get_constraintdef(k.oid) END AS definition,
                rn.nspname::text AS schema, r.relname::text AS referenced_table, k.conindid::bigint AS index
            FROM pg_constraint k
                JOIN pg_class c ON c.oid = k.conrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_class r ON r.oid = k.confrelid
                LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
            WHERE (k.contype IN ('p', 'u', 'c', 'f') OR (k.contype = 'n' AND (NOT k.convalidated OR k.connoinherit)))
                AND c.relkind IN ('r', 'p') AND {MANAGED_RELATION}
            ORDER BY k.oid"
        );
        for row in self.fetch(&sql).await? {
            self.constraint(&row)?;
        }
        self.domain_checks().await
    }

    fn constraint(&mut self, row: &PgRow) -> Result<(), Error> {
        let (oid, label, table): (i64, String, i64) =
            (row.try_get("oid")?, row.try_get("label")?, row.try_get("table")?);
        let (name, kind): (String, String) = (row.try_get("name")?, row.try_get("kind")?);
        let Some(owner) = self.tables.get(&table).map(|draft| draft.table.name.clone()) else { return Ok(()) };
        let statement = format!("CONSTRAINT {} ON {}", quote(&name), qualified(&owner));
        if !row.try_get::<bool, _>("own")? {
            self.made((class::CONSTRAINT, oid), Use::Table(owner), statement);
            return Ok(());
        }
        if kind == "n" {
            let what = if row.try_get("not_valid")? { "NOT VALID" } else { "NO INHERIT" };
            self.note(label, format!("it is {what}, which the model does not say of NOT NULL"));
            return Ok(());
        }
        let part = Use::Part(owner.clone(), name.clone());
        self.made((class::CONSTRAINT, oid), part.clone(), statement);
        if row.try_get("period")? {
            self.note(label, "a constraint over a period is not in the model");
            return Ok(());
        }
        if kind == "p" || kind == "u" {
            self.made(
                (class::CLASS, row.try_get("index")?),
                part,
                format!("INDEX {}", qualified(&owner.sibling(&name))),
            );
        }
        let columns = self.named(table, row.try_get("columns")?);
        let foreign = match (kind.as_str(), text(row, "referenced_table")?) {
            ("f", Some(_)) => Some(self.foreign_key(row, name.clone(), columns.clone())?),
            _ => None,
        };
        let expression = if kind == "c" { self.printed(row, "expression")? } else { None };
        let Some(draft) = self.tables.get_mut(&table) else { return Ok(()) };
        add(&mut draft.table, row, &kind, name, columns, foreign, expression)
    }

    fn foreign_key(&self, row: &PgRow, name: String, columns: Vec<String>) -> Result<ForeignKey, Error> {
        let references = object_name(row, "schema", "referenced_table")?;
        let referenced = self.named(row.try_get("references")?, row.try_get("referenced")?);
        let set_columns: Option<Vec<i32>> = row.try_get("set_columns")?;
        let not_enforced: bool = row.try_get("not_enforced")?;
        Ok(ForeignKey {
            on_delete: action(row.try_get("on_delete")?),
            on_update: action(row.try_get("on_update")?),
            match_full: row.try_get("match_full")?,
            deferrable: deferrable(row)?,
            set_columns: self.named(row.try_get("table")?, set_columns.unwrap_or_default()),
            not_valid: row.try_get::<bool, _>("not_valid")? && !not_enforced,
            not_enforced,
            ..ForeignKey::new(name, columns, references, referenced)
        })
    }

    /// The names of a table's columns.
    pub(super) fn named(&self, table: i64, numbers: Vec<i32>) -> Vec<String> {
        let draft = self.tables.get(&table);
        numbers.iter().filter_map(|number| draft?.numbers.get(number).cloned()).collect()
    }

    async fn domain_checks(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT k.oid::bigint AS oid, 'constraint ' || k.conname || ' on ' || n.nspname || '.' || t.typname AS label,
                n.nspname::text AS schema, t.typname::text AS domain, k.conname::text AS name,
                pg_get_expr(k.conbin, 0) AS expression, NOT k.convalidated AS not_valid
            FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
            WHERE k.contype = 'c' AND {MANAGED} AND {}",
            own(class::TYPE, "t.oid")
        );
        for row in self.fetch(&sql).await? {
            let Some(expression) = self.printed(&row, "expression")? else { continue };
            let domain: ObjectName = object_name(&row, "schema", "domain")?;
            let name: String = row.try_get("name")?;
            let statement = format!("CONSTRAINT {} ON DOMAIN {}", quote(&name), qualified(&domain));
            self.made((class::CONSTRAINT, row.try_get("oid")?), Use::Type(domain.clone()), statement);
            if let Some(domain) = self.schema.domains.get_mut(&domain) {
                let mut check = Check::new(name, without_outer_parentheses(&expression));
                check.not_valid = row.try_get("not_valid")?;
                domain.checks.push(check);
            }
        }
        Ok(())
    }
}

fn add(
    table: &mut Table,
    row: &PgRow,
    kind: &str,
    name: String,
    columns: Vec<String>,
    foreign: Option<ForeignKey>,
    expression: Option<String>,
) -> Result<(), Error> {
    match kind {
        "p" => {
            let mut key = PrimaryKey::new(name, columns);
            key.deferrable = deferrable(row)?;
            table.primary_key = Some(key);
        }
        "u" => {
            let mut unique = Unique::new(name, columns);
            unique.deferrable = deferrable(row)?;
            table.uniques.push(unique);
        }
        "c" => {
            if let Some(expression) = expression {
                let not_enforced: bool = row.try_get("not_enforced")?;
                let check = Check::new(name, without_outer_parentheses(&expression));
                table.checks.push(Check {
                    no_inherit: row.try_get("no_inherit")?,
                    not_valid: row.try_get::<bool, _>("not_valid")? && !not_enforced,
                    not_enforced,
                    ..check
                });
            }
        }
        _ => table.foreign_keys.extend(foreign),
    }
    Ok(())
}

fn action(code: &str) -> ReferentialAction {
    match code {
        "r" => ReferentialAction::Restrict,
        "c" => ReferentialAction::Cascade,
        "n" => ReferentialAction::SetNull,
        "d" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

pub(super) fn deferrable(row: &PgRow) -> Result<Option<Deferrable>, Error> {
    Ok(match (row.try_get("deferrable")?, row.try_get("deferred")?) {
        (false, _) => None,
        (true, false) => Some(Deferrable::InitiallyImmediate),
        (true, true) => Some(Deferrable::InitiallyDeferred),
    })
}
