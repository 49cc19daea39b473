//! Views and materialized views, with the rules, triggers and policies that stand on relations.

use schema_core::dialect::{qualified, quote};
use schema_core::ir::{ObjectId, ObjectKind, ObjectName};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{MANAGED_RELATION, Reader, class, object_name, statement, text, with_options};
use crate::Error;
use crate::introspect::text::without_outer_parentheses;

impl Reader<'_> {
    pub(super) async fn views(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT c.oid::bigint AS oid, CASE c.relkind WHEN 'v' THEN 'view ' ELSE 'materialized view ' END
                    || n.nspname || '.' || c.relname AS label, n.nspname::text AS schema, c.relname::text AS name,
                c.relkind = 'm' AS materialized, coalesce(c.reloptions, '{{}}') AS options,
                pg_get_viewdef(c.oid) AS definition, c.relispopulated AS populated, s.spcname::text AS tablespace,
                ARRAY(SELECT format('ALTER COLUMN %I SET DEFAULT %s', a.attname, pg_get_expr(d.adbin, d.adrelid))
                    FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
                    WHERE d.adrelid = c.oid ORDER BY a.attnum) AS defaults
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
            WHERE c.relkind IN ('v', 'm') AND {MANAGED_RELATION}"
        );
        for row in self.fetch(&sql).await? {
            self.view(&row)?;
        }
        self.rules().await?;
        self.policies().await
    }

    fn view(&mut self, row: &PgRow) -> Result<(), Error> {
        let label: String = row.try_get("label")?;
        let Some(definition) = self.printed(row, "definition")?.filter(|text| text.contains(' ')) else {
            self.note(label, "the server prints no definition of it");
            return Ok(());
        };
        let name = object_name(row, "schema", "name")?;
        let (kind, word) = if row.try_get("materialized")? {
            (ObjectKind::MaterializedView, "MATERIALIZED VIEW")
        } else {
            (ObjectKind::View, "VIEW")
        };
        if let Some(tablespace) = text(row, "tablespace")? {
            self.note(label, format!("it is in the tablespace `{tablespace}`, which the model does not say"));
        }
        let target = format!("{word} {}", qualified(&name));
        let options = with_options(&row.try_get::<Vec<String>, _>("options")?);
        let mut create = vec![format!("CREATE {target}{options} AS\n{}", statement(&definition))];
        let defaults: Vec<String> = row.try_get("defaults")?;
        create.extend(defaults.iter().map(|default| format!("ALTER {target} {default}")));
        self.object((class::CLASS, row.try_get("oid")?), ObjectId::new(kind, name), target, create);
        Ok(())
    }

    async fn rules(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT r.oid::bigint AS oid, 'rule ' || r.rulename || ' on ' || n.nspname || '.' || c.relname AS label,
                n.nspname::text AS schema, c.relname::text AS table, r.rulename::text AS name,
                pg_get_ruledef(r.oid) AS definition, r.ev_enabled::text AS enabled
            FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE r.rulename <> '_RETURN' AND {MANAGED_RELATION}"
        );
        for row in self.fetch(&sql).await? {
            let Some(definition) = self.printed(&row, "definition")? else { continue };
            self.on_relation(&row, class::REWRITE, ObjectKind::Rule, "RULE", statement(&definition).to_owned())?;
        }
        Ok(())
    }

    /// Triggers that partitions have from their parent are the parent's.
    pub(super) async fn triggers(&mut self) -> Result<(), Error> {
        let cloned = self.since(130_000, "t.tgparentid <> 0", "false");
        let sql = format!(
            "SELECT t.oid::bigint AS oid, 'trigger ' || t.tgname || ' on ' || n.nspname || '.' || c.relname AS label,
                n.nspname::text AS schema, c.relname::text AS table, t.tgname::text AS name,
                pg_get_triggerdef(t.oid) AS definition, t.tgenabled::text AS enabled
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE NOT t.tgisinternal AND NOT ({cloned}) AND {MANAGED_RELATION}"
        );
        for row in self.fetch(&sql).await? {
            let Some(definition) = self.printed(&row, "definition")? else { continue };
            self.on_relation(&row, class::TRIGGER, ObjectKind::Trigger, "TRIGGER", definition)?;
        }
        self.switched_clones().await
    }

    /// A partition may switch its parent's trigger off for itself alone.
    async fn switched_clones(&mut self) -> Result<(), Error> {
        if self.version < 130_000 {
            return Ok(());
        }
        let sql = format!(
            "SELECT t.oid::bigint AS oid, 'trigger ' || t.tgname || ' on ' || n.nspname || '.' || c.relname AS label
            FROM pg_trigger t JOIN pg_trigger p ON p.oid = t.tgparentid
                JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE NOT t.tgisinternal AND t.tgenabled <> p.tgenabled AND {MANAGED_RELATION}"
        );
        for row in self.fetch(&sql).await? {
            let label: String = row.try_get("label")?;
            self.note(label, "it is enabled or disabled otherwise than its parent's, which the model does not say");
        }
        Ok(())
    }

    /// A trigger or rule; one that does not fire as usual is switched by a further statement.
    fn on_relation(
        &mut self,
        row: &PgRow,
        class_oid: i64,
        kind: ObjectKind,
        word: &str,
        definition: String,
    ) -> Result<(), Error> {
        let table = object_name(row, "schema", "table")?;
        let name: String = row.try_get("name")?;
        let mut create = vec![definition];
        let verb = match row.try_get("enabled")? {
            "D" => Some("DISABLE"),
            "R" => Some("ENABLE REPLICA"),
            "A" => Some("ENABLE ALWAYS"),
            _ => None,
        };
        create.extend(verb.map(|verb| format!("ALTER TABLE {} {verb} {word} {}", qualified(&table), quote(&name))));
        let target = format!("{word} {} ON {}", quote(&name), qualified(&table));
        let id = on(kind, &table, name);
        self.object((class_oid, row.try_get("oid")?), id, target, create);
        Ok(())
    }

    async fn policies(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT p.oid::bigint AS oid, 'policy ' || p.polname || ' on ' || n.nspname || '.' || c.relname AS label,
                n.nspname::text AS schema, c.relname::text AS table, p.polname::text AS name, p.polpermissive AS permissive,
                p.polcmd::text AS command, pg_get_expr(p.polqual, p.polrelid) AS using,
                pg_get_expr(p.polwithcheck, p.polrelid) AS checked,
                ARRAY(SELECT quote_ident(r.rolname) FROM pg_roles r WHERE r.oid = ANY (p.polroles)
                    ORDER BY r.rolname) AS roles
            FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE {MANAGED_RELATION}"
        );
        for row in self.fetch(&sql).await? {
            let table = object_name(&row, "schema", "table")?;
            let name: String = row.try_get("name")?;
            let target = format!("POLICY {} ON {}", quote(&name), qualified(&table));
            let create = policy(&row, &target)?;
            self.object(
                (class::POLICY, row.try_get("oid")?),
                on(ObjectKind::Policy, &table, name),
                target,
                vec![create],
            );
        }
        Ok(())
    }
}

fn policy(row: &PgRow, target: &str) -> Result<String, Error> {
    let mut sql = format!("CREATE {target}");
    if !row.try_get::<bool, _>("permissive")? {
        sql += " AS RESTRICTIVE";
    }
    match row.try_get("command")? {
        "r" => sql += " FOR SELECT",
        "a" => sql += " FOR INSERT",
        "w" => sql += " FOR UPDATE",
        "d" => sql += " FOR DELETE",
        _ => {}
    }
    let roles: Vec<String> = row.try_get("roles")?;
    if !roles.is_empty() {
        sql += &format!(" TO {}", roles.join(", "));
    }
    if let Some(using) = text(row, "using")? {
        sql += &format!(" USING ({})", without_outer_parentheses(&using));
    }
    if let Some(checked) = text(row, "checked")? {
        sql += &format!(" WITH CHECK ({})", without_outer_parentheses(&checked));
    }
    Ok(sql)
}

/// What stands on a relation is in its schema.
fn on(kind: ObjectKind, relation: &ObjectName, name: String) -> ObjectId {
    ObjectId { on: Some(relation.name.clone()), ..ObjectId::new(kind, relation.sibling(name)) }
}
