//! Foreign data wrappers, servers and foreign tables.

use schema_core::dialect::{literal, qualified, quote};
use schema_core::ir::{ObjectId, ObjectKind, ObjectName};
use sqlx::Row;

use super::{MANAGED_RELATION, Reader, class, object_name, own, text};
use crate::Error;

/// A server's or wrapper's options as CREATE takes them.
fn options(column: &str) -> String {
    format!(
        "coalesce(' OPTIONS (' || (SELECT string_agg(format('%I %L', split_part(o, '=', 1),
            substr(o, position('=' IN o) + 1)), ', ') FROM unnest({column}) AS o) || ')', '')"
    )
}

impl Reader<'_> {
    pub(super) async fn foreign(&mut self) -> Result<(), Error> {
        let wrappers = format!(
            "SELECT f.oid::bigint AS oid, 'foreign data wrapper ' || f.fdwname AS label, f.fdwname::text AS name,
                coalesce(' HANDLER ' || nullif(f.fdwhandler, 0)::regproc, '')
                    || coalesce(' VALIDATOR ' || nullif(f.fdwvalidator, 0)::regproc, '') || {} AS definition
            FROM pg_foreign_data_wrapper f WHERE {}",
            options("f.fdwoptions"),
            own(class::FDW, "f.oid")
        );
        self.named_only(&wrappers, class::FDW, ObjectKind::ForeignDataWrapper, "FOREIGN DATA WRAPPER").await?;
        let servers = format!(
            "SELECT s.oid::bigint AS oid, 'server ' || s.srvname AS label, s.srvname::text AS name,
                coalesce(' TYPE ' || quote_literal(s.srvtype), '') || coalesce(' VERSION ' || quote_literal(s.srvversion), '')
                    || ' FOREIGN DATA WRAPPER ' || quote_ident(f.fdwname) || {} AS definition
            FROM pg_foreign_server s JOIN pg_foreign_data_wrapper f ON f.oid = s.srvfdw WHERE {}",
            options("s.srvoptions"),
            own(class::SERVER, "s.oid")
        );
        self.named_only(&servers, class::SERVER, ObjectKind::Server, "SERVER").await?;
        self.foreign_tables().await
    }

    async fn named_only(&mut self, sql: &str, class_oid: i64, kind: ObjectKind, word: &str) -> Result<(), Error> {
        for row in self.fetch(sql).await? {
            let (name, definition): (String, String) = (row.try_get("name")?, row.try_get("definition")?);
            let statement = format!("{word} {}", quote(&name));
            let create = format!("CREATE {statement}{definition}");
            let id = ObjectId::new(kind, ObjectName::bare(name));
            self.object((class_oid, row.try_get("oid")?), id, statement, vec![create]);
        }
        Ok(())
    }

    async fn foreign_tables(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT c.oid::bigint AS oid, 'foreign table ' || n.nspname || '.' || c.relname AS label,
                n.nspname::text AS schema, c.relname::text AS name, s.srvname::text AS server, {} AS options,
                ARRAY(SELECT format('%I %s%s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod), {},
                        CASE WHEN a.attcollation <> t.typcollation THEN (SELECT format(' COLLATE %I.%I', cn.nspname,
                            co.collname) FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace
                            WHERE co.oid = a.attcollation) END,
                        CASE WHEN a.attnotnull THEN ' NOT NULL' END,
                        CASE WHEN d.adbin IS NULL THEN '' WHEN a.attgenerated = ''
                            THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)
                            ELSE ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid)
                                || CASE a.attgenerated WHEN 's' THEN ') STORED' ELSE ') VIRTUAL' END END)
                    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns,
                ARRAY(SELECT format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)) FROM pg_constraint k
                    WHERE k.conrelid = c.oid AND k.contype = 'c' ORDER BY k.conname) AS checks,
                CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound,
                (SELECT string_agg(format('%I.%I', pn.nspname, p.relname), ', ' ORDER BY i.inhseqno) FROM pg_inherits i
                    JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
                    WHERE i.inhrelid = c.oid) AS parents
            FROM pg_foreign_table f JOIN pg_class c ON c.oid = f.ftrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_foreign_server s ON s.oid = f.ftserver
            WHERE {MANAGED_RELATION}",
            options("f.ftoptions"),
            options("a.attfdwoptions"),
        );
        for row in self.fetch(&sql).await? {
            let name = object_name(&row, "schema", "name")?;
            let statement = format!("FOREIGN TABLE {}", qualified(&name));
            let (server, options): (String, String) = (row.try_get("server")?, row.try_get("options")?);
            let mut parts: Vec<String> = row.try_get("columns")?;
            parts.extend(row.try_get::<Vec<String>, _>("checks")?);
            let end = format!("SERVER {}{options}", quote(&server));
            let create = match (text(&row, "bound")?, text(&row, "parents")?) {
                (Some(bound), Some(parent)) => format!("CREATE {statement} PARTITION OF {parent} {bound} {end}"),
                (_, Some(parents)) => format!("CREATE {statement} ({}) INHERITS ({parents}) {end}", parts.join(", ")),
                _ => format!("CREATE {statement} ({}) {end}", parts.join(", ")),
            };
            let oid = row.try_get("oid")?;
            let mut create = vec![create];
            if let Some(comment) = self.comment(class::CLASS, oid, 0) {
                create.push(format!("COMMENT ON {statement} IS {}", literal(&comment)));
            }
            self.object((class::CLASS, oid), ObjectId::new(ObjectKind::ForeignTable, name), statement, create);
        }
        Ok(())
    }
}
