//! Collations, statistics, event triggers and publications; notes on what stays outside the schema.

use schema_core::dialect::{literal, qualified, quote};
use schema_core::ir::{ObjectId, ObjectKind, ObjectName};
use sqlx::Row;

use super::{MANAGED, Reader, class, object_name, own, text};
use crate::Error;

impl Reader<'_> {
    pub(super) async fn objects(&mut self) -> Result<(), Error> {
        self.collations().await?;
        self.statistics().await?;
        self.event_triggers().await?;
        self.publications().await?;
        self.outside().await
    }

    async fn collations(&mut self) -> Result<(), Error> {
        // PostgreSQL 15 and 17 each keep an ICU locale in another column.
        let sql = format!(
            "SELECT c.oid::bigint AS oid, 'collation ' || n.nspname || '.' || c.collname AS label,
                n.nspname::text AS schema, c.collname::text AS name, concat_ws(', ',
                    'PROVIDER = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc'
                        END,
                    'LOCALE = ' || quote_literal(coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale',
                        CASE WHEN c.collcollate = c.collctype THEN c.collcollate::text END)),
                    'LC_COLLATE = ' || CASE WHEN c.collcollate <> c.collctype THEN quote_literal(c.collcollate) END,
                    'LC_CTYPE = ' || CASE WHEN c.collcollate <> c.collctype THEN quote_literal(c.collctype) END,
                    'RULES = ' || quote_literal(to_jsonb(c) ->> 'collicurules'),
                    CASE WHEN NOT c.collisdeterministic THEN 'DETERMINISTIC = false' END) AS definition
            FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
            WHERE c.oid >= 16384 AND {MANAGED} AND {}",
            own(class::COLLATION, "c.oid")
        );
        for row in self.fetch(&sql).await? {
            let name = object_name(&row, "schema", "name")?;
            let target = format!("COLLATION {}", qualified(&name));
            let create = format!("CREATE {target} ({})", row.try_get::<String, _>("definition")?);
            let id = ObjectId::new(ObjectKind::Collation, name);
            self.object((class::COLLATION, row.try_get("oid")?), id, target, vec![create]);
        }
        Ok(())
    }

    async fn statistics(&mut self) -> Result<(), Error> {
        let target_column = self.since(130_000, "nullif(s.stxstattarget::int, -1)", "NULL::int");
        let sql = format!(
            "SELECT s.oid::bigint AS oid, 'statistics ' || n.nspname || '.' || s.stxname AS label,
                n.nspname::text AS schema, s.stxname::text AS name, pg_get_statisticsobjdef(s.oid) AS definition,
                {target_column} AS target
            FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
            WHERE {MANAGED} AND {}",
            own(class::STATISTICS, "s.oid")
        );
        for row in self.fetch(&sql).await? {
            let Some(definition) = self.printed(&row, "definition")? else { continue };
            let name = object_name(&row, "schema", "name")?;
            let target = format!("STATISTICS {}", qualified(&name));
            let mut create = vec![definition];
            let statistics: Option<i32> = row.try_get("target")?;
            create.extend(statistics.map(|number| format!("ALTER {target} SET STATISTICS {number}")));
            let id = ObjectId::new(ObjectKind::Statistics, name);
            self.object((class::STATISTICS, row.try_get("oid")?), id, target, create);
        }
        Ok(())
    }

    async fn event_triggers(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT e.oid::bigint AS oid, 'event trigger ' || e.evtname AS label, e.evtname::text AS name,
                e.evtevent::text AS event, coalesce(e.evttags, '{{}}') AS tags, e.evtenabled::text AS enabled,
                format('%I.%I', n.nspname, p.proname) AS function
            FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE {}",
            own(class::EVENT_TRIGGER, "e.oid")
        );
        for row in self.fetch(&sql).await? {
            let name: String = row.try_get("name")?;
            let target = format!("EVENT TRIGGER {}", quote(&name));
            let tags: Vec<String> = row.try_get("tags")?;
            let tags: Vec<String> = tags.iter().map(|tag| literal(tag)).collect();
            let when = if tags.is_empty() { String::new() } else { format!(" WHEN TAG IN ({})", tags.join(", ")) };
            let (event, function): (String, String) = (row.try_get("event")?, row.try_get("function")?);
            let mut create = vec![format!("CREATE {target} ON {event}{when} EXECUTE FUNCTION {function}()")];
            let verb = match row.try_get("enabled")? {
                "D" => Some("DISABLE"),
                "R" => Some("ENABLE REPLICA"),
                "A" => Some("ENABLE ALWAYS"),
                _ => None,
            };
            create.extend(verb.map(|verb| format!("ALTER {target} {verb}")));
            let id = ObjectId::new(ObjectKind::EventTrigger, ObjectName::bare(name));
            self.object((class::EVENT_TRIGGER, row.try_get("oid")?), id, target, create);
        }
        Ok(())
    }

    async fn publications(&mut self) -> Result<(), Error> {
        let part = self.since(
            150_000,
            "coalesce((SELECT ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
                FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)), '')
                || coalesce(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', '')",
            "''",
        );
        let schemas = self.since(
            150_000,
            "(SELECT string_agg('TABLES IN SCHEMA ' || quote_ident(sn.nspname), ', ' ORDER BY sn.nspname)
                FROM pg_publication_namespace ps JOIN pg_namespace sn ON sn.oid = ps.pnnspid WHERE ps.pnpubid = p.oid)",
            "NULL",
        );
        let root = self.since(130_000, "CASE WHEN p.pubviaroot THEN 'publish_via_partition_root = true' END", "NULL");
        let sql = format!(
            "SELECT p.oid::bigint AS oid, 'publication ' || p.pubname AS label, p.pubname::text AS name,
                p.puballtables AS everything, concat_ws(', ', (SELECT string_agg(
                    'TABLE ' || format('%I.%I', n.nspname, c.relname) || {part}, ', ' ORDER BY n.nspname, c.relname)
                    FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid
                    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.prpubid = p.oid), {schemas}) AS members,
                concat_ws(', ', CASE WHEN NOT (p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate)
                    THEN 'publish = ' || quote_literal(concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
                        CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
                        CASE WHEN p.pubtruncate THEN 'truncate' END)) END, {root},
                    'publish_generated_columns = ' || CASE to_jsonb(p) ->> 'pubgencols' WHEN 's' THEN 'stored' END)
                    AS options
            FROM pg_publication p WHERE {}",
            own(class::PUBLICATION, "p.oid")
        );
        for row in self.fetch(&sql).await? {
            let name: String = row.try_get("name")?;
            let target = format!("PUBLICATION {}", quote(&name));
            let (members, options): (String, String) = (row.try_get("members")?, row.try_get("options")?);
            let mut create = format!("CREATE {target}");
            if row.try_get("everything")? {
                create += " FOR ALL TABLES";
            } else if !members.is_empty() {
                create += &format!(" FOR {members}");
            }
            if !options.is_empty() {
                create += &format!(" WITH ({options})");
            }
            let id = ObjectId::new(ObjectKind::Publication, ObjectName::bare(name));
            self.object((class::PUBLICATION, row.try_get("oid")?), id, target, vec![create]);
        }
        Ok(())
    }

    /// What no text can bring back, or what is not the schema's to say.
    async fn outside(&mut self) -> Result<(), Error> {
        // Before PostgreSQL 14 a plain role may read a subscription's name, but not its oid.
        let subscription = self.since(140_000, "s.oid", "0");
        let sql = format!(
            "SELECT {subscription}::bigint AS oid, 'subscription ' || s.subname AS label,
                'its connection is a secret that only superusers read' AS reason
            FROM pg_subscription s WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
            UNION ALL SELECT l.oid::bigint, 'language ' || l.lanname, 'languages are not in the model'
            FROM pg_language l WHERE l.oid >= 16384 AND {language}
            UNION ALL SELECT m.oid::bigint, 'access method ' || m.amname, 'access methods are not in the model'
            FROM pg_am m WHERE m.oid >= 16384 AND {method}
            UNION ALL SELECT c.oid::bigint, 'conversion ' || n.nspname || '.' || c.conname,
                'conversions are not in the model'
            FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace
            WHERE c.oid >= 16384 AND {MANAGED} AND {conversion}
            UNION ALL SELECT t.oid::bigint, 'transform for ' || format_type(t.trftype, NULL) || ' in ' || l.lanname,
                'transforms are not in the model'
            FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang WHERE t.oid >= 16384 AND {transform}
            UNION ALL SELECT u.umid::bigint, 'user mapping for ' || u.usename || ' on ' || u.srvname,
                'user mappings hold secrets and are not in the model' FROM pg_user_mappings u",
            language = own(2612, "l.oid"),
            method = own(2601, "m.oid"),
            conversion = own(2607, "c.oid"),
            transform = own(3576, "t.oid"),
        );
        for row in self.fetch(&sql).await? {
            let label: String = row.try_get("label")?;
            let reason = text(&row, "reason")?.unwrap_or_default();
            self.note(label, reason);
        }
        Ok(())
    }
}
