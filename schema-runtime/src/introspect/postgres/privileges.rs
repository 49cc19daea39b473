//! Privileges that are not what the server gives by itself, and default privileges.
//!
//! Owners are no part of the schema, so what they may do with their own is left out.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::dialect::quote;
use schema_core::ir::{ObjectId, ObjectKind, ObjectName, Use};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{Address, Reader, class};
use crate::Error;

/// Who may do what: by column where it is one's, by grantee (none is PUBLIC), the privileges, true with GRANT OPTION.
type Grants = BTreeMap<(Option<String>, Option<String>), BTreeMap<String, bool>>;

/// One object's privileges.
#[derive(Default)]
struct Acl {
    given: Grants,
    usual: Grants,
    /// All that its owner may.
    all: BTreeSet<String>,
}

/// How a default privilege names what it is about.
const DEFAULT_KINDS: [(&str, &str); 5] =
    [("r", "TABLES"), ("S", "SEQUENCES"), ("f", "FUNCTIONS"), ("T", "TYPES"), ("n", "SCHEMAS")];

impl Reader<'_> {
    pub(super) async fn privileges(&mut self) -> Result<(), Error> {
        // What initdb granted is usual, too; it made pg_database_owner the owner of `public` (its oid is 2200).
        let sql = r#"
            SELECT q.oid, q.class, q.column, q.oid::text AS label, x.kind, nullif(x.grantee, 0) IS NULL AS everybody,
                r.rolname::text AS grantee, x.privilege_type AS privilege, x.is_grantable AS grantable,
                coalesce(x.grantee = q.owner OR q.class = 2615 AND q.oid = 2200
                    AND x.grantee = to_regrole('pg_database_owner'), false) AS of_owner
            FROM (
                SELECT c.oid::bigint AS oid, 1259::bigint AS class, NULL::text AS column, c.relacl AS acl,
                    acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, c.relowner) AS usual,
                    c.relowner AS owner
                FROM pg_class c WHERE c.relacl IS NOT NULL AND c.oid >= 16384
                UNION ALL SELECT c.oid::bigint, 1259, a.attname::text, a.attacl, acldefault('c', c.relowner), c.relowner
                FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE a.attacl IS NOT NULL AND a.attname !~ '^_kept_' AND c.oid >= 16384
                UNION ALL SELECT p.oid::bigint, 1255, NULL, p.proacl, acldefault('f', p.proowner), p.proowner
                FROM pg_proc p WHERE p.proacl IS NOT NULL AND p.oid >= 16384
                UNION ALL SELECT t.oid::bigint, 1247, NULL, t.typacl, acldefault('T', t.typowner), t.typowner
                FROM pg_type t WHERE t.typacl IS NOT NULL AND t.oid >= 16384
                UNION ALL SELECT n.oid::bigint, 2615, NULL, n.nspacl, coalesce((SELECT i.initprivs FROM pg_init_privs i
                        WHERE i.classoid = 2615 AND i.objoid = n.oid AND i.privtype = 'i'),
                    acldefault('n', n.nspowner)), n.nspowner
                FROM pg_namespace n WHERE n.nspacl IS NOT NULL
                UNION ALL SELECT f.oid::bigint, 2328, NULL, f.fdwacl, acldefault('F', f.fdwowner), f.fdwowner
                FROM pg_foreign_data_wrapper f WHERE f.fdwacl IS NOT NULL
                UNION ALL SELECT s.oid::bigint, 1417, NULL, s.srvacl, acldefault('S', s.srvowner), s.srvowner
                FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL) q
                LEFT JOIN LATERAL (SELECT 'given' AS kind, g.* FROM aclexplode(q.acl) g
                    UNION ALL SELECT 'usual', u.* FROM aclexplode(q.usual) u) x ON true
                LEFT JOIN pg_roles r ON r.oid = x.grantee"#;
        let mut acls: BTreeMap<Address, Acl> = BTreeMap::new();
        for row in self.fetch(sql).await? {
            let address = (row.try_get("class")?, row.try_get("oid")?);
            acls.entry(address).or_default().take(&row)?;
        }
        for (address, acl) in acls {
            self.acl(address, &acl);
        }
        self.default_privileges().await
    }

    fn acl(&mut self, address: Address, acl: &Acl) {
        let Some(made) = self.made.get(&address) else { return };
        let Some(on) = granted_on(&made.statement) else { return };
        let uses: BTreeSet<Use> =
            if address.0 == class::NAMESPACE { BTreeSet::new() } else { BTreeSet::from([made.stands.clone()]) };
        let create = steps(&acl.usual, &acl.given, &acl.all, &on);
        if create.is_empty() {
            return;
        }
        let drop = steps(&acl.given, &acl.usual, &acl.all, &on);
        let id = ObjectId { on: Some(on), ..ObjectId::new(ObjectKind::Privileges, ObjectName::bare("")) };
        self.insert(id, create, drop, uses);
    }

    async fn default_privileges(&mut self) -> Result<(), Error> {
        let sql = r"
            SELECT d.oid::bigint AS oid, 'default privileges' AS label, o.rolname::text AS owner, n.nspname::text AS schema,
                d.defaclobjtype::text AS type, x.kind, nullif(x.grantee, 0) IS NULL AS everybody,
                NULL::text AS column, r.rolname::text AS grantee, x.privilege_type AS privilege,
                x.is_grantable AS grantable, x.grantee = d.defaclrole AS of_owner
            FROM pg_default_acl d
                JOIN pg_roles o ON o.oid = d.defaclrole
                LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
                LEFT JOIN LATERAL (SELECT 'given' AS kind, g.* FROM aclexplode(d.defaclacl) g
                    UNION ALL SELECT 'usual', u.* FROM aclexplode(CASE WHEN d.defaclnamespace = 0 THEN
                        acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole)
                        END) u) x ON true
                LEFT JOIN pg_roles r ON r.oid = x.grantee";
        let mut acls: BTreeMap<(String, Option<String>, String), Acl> = BTreeMap::new();
        for row in self.fetch(sql).await? {
            let key = (row.try_get("owner")?, row.try_get("schema")?, row.try_get("type")?);
            acls.entry(key).or_default().take(&row)?;
        }
        for ((owner, schema, ty), acl) in acls {
            let Some((_, kind)) = DEFAULT_KINDS.iter().find(|(code, _)| *code == ty) else {
                self.note(format!("default privileges for role {owner}"), format!("their kind `{ty}` is not known"));
                continue;
            };
            let place = schema.as_ref().map(|schema| format!(" IN SCHEMA {}", quote(schema))).unwrap_or_default();
            let head = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}{place}", quote(&owner));
            let prefixed = |steps: Vec<String>| steps.iter().map(|step| format!("{head} {step}")).collect::<Vec<_>>();
            let create = prefixed(steps(&acl.usual, &acl.given, &acl.all, kind));
            if create.is_empty() {
                continue;
            }
            let drop = prefixed(steps(&acl.given, &acl.usual, &acl.all, kind));
            let on = format!("{kind} FOR ROLE {}{place}", quote(&owner));
            let id = ObjectId { on: Some(on), ..ObjectId::new(ObjectKind::DefaultPrivileges, ObjectName::bare("")) };
            self.insert(id, create, drop, BTreeSet::new());
        }
        Ok(())
    }
}

impl Acl {
    fn take(&mut self, row: &PgRow) -> Result<(), Error> {
        let Some(privilege) = row.try_get::<Option<String>, _>("privilege")? else { return Ok(()) };
        let usual = row.try_get::<String, _>("kind")? == "usual";
        let column: Option<String> = row.try_get("column")?;
        if row.try_get("of_owner")? {
            if usual && column.is_none() {
                self.all.insert(privilege);
            }
            return Ok(());
        }
        let grantee: Option<String> = row.try_get("grantee")?;
        // A role that was dropped while it was read.
        if grantee.is_none() && !row.try_get::<bool, _>("everybody")? {
            return Ok(());
        }
        let grants = if usual { &mut self.usual } else { &mut self.given };
        let grantable: bool = row.try_get("grantable")?;
        *grants.entry((column, grantee)).or_default().entry(privilege).or_default() |= grantable;
        Ok(())
    }
}

/// The thing as GRANT names it, which knows fewer words than DROP.
fn granted_on(statement: &str) -> Option<String> {
    const WORDS: [(&str, &str); 14] = [
        ("MATERIALIZED VIEW ", "TABLE "),
        ("FOREIGN TABLE ", "TABLE "),
        ("FOREIGN DATA WRAPPER ", "FOREIGN DATA WRAPPER "),
        ("VIEW ", "TABLE "),
        ("TABLE ", "TABLE "),
        ("SEQUENCE ", "SEQUENCE "),
        ("FUNCTION ", "FUNCTION "),
        ("PROCEDURE ", "PROCEDURE "),
        ("AGGREGATE ", "FUNCTION "),
        ("SERVER ", "FOREIGN SERVER "),
        ("DOMAIN ", "DOMAIN "),
        ("TYPE ", "TYPE "),
        ("SCHEMA ", "SCHEMA "),
        ("LANGUAGE ", "LANGUAGE "),
    ];
    WORDS.iter().find_map(|(word, granted)| Some(format!("{granted}{}", statement.strip_prefix(word)?)))
}

/// The statements that lead from one set of grants to another.
fn steps(from: &Grants, to: &Grants, all: &BTreeSet<String>, on: &str) -> Vec<String> {
    let none = BTreeMap::new();
    let mut statements = Vec::new();
    let keys: BTreeSet<_> = from.keys().chain(to.keys()).collect();
    for key in keys {
        let (had, has) = (from.get(key).unwrap_or(&none), to.get(key).unwrap_or(&none));
        let (column, grantee) = key;
        let grantee = grantee.as_ref().map_or("PUBLIC".to_owned(), |role| quote(role));
        let list = |chosen: &dyn Fn(&str) -> bool| listed(had.keys().chain(has.keys()), chosen, all, column.as_deref());
        if let Some(gone) = list(&|privilege| !has.contains_key(privilege)) {
            statements.push(format!("REVOKE {gone} ON {on} FROM {grantee}"));
        }
        let option = |grants: &BTreeMap<String, bool>, privilege: &str| grants.get(privilege).copied();
        if let Some(less) = list(&|p| option(had, p) == Some(true) && option(has, p) == Some(false)) {
            statements.push(format!("REVOKE GRANT OPTION FOR {less} ON {on} FROM {grantee}"));
        }
        if let Some(new) = list(&|p| option(had, p).is_none() && option(has, p) == Some(false)) {
            statements.push(format!("GRANT {new} ON {on} TO {grantee}"));
        }
        if let Some(new) = list(&|p| option(had, p) != Some(true) && option(has, p) == Some(true)) {
            statements.push(format!("GRANT {new} ON {on} TO {grantee} WITH GRANT OPTION"));
        }
    }
    statements
}

/// `SELECT, INSERT`, `SELECT ("a")`, or ALL where it is that.
fn listed<'a>(
    privileges: impl Iterator<Item = &'a String>,
    chosen: &dyn Fn(&str) -> bool,
    all: &BTreeSet<String>,
    column: Option<&str>,
) -> Option<String> {
    let chosen: BTreeSet<String> = privileges.filter(|privilege| chosen(privilege)).cloned().collect();
    if chosen.is_empty() {
        return None;
    }
    if chosen == *all && column.is_none() {
        return Some("ALL".to_owned());
    }
    let item = |privilege: &String| match column {
        Some(column) => format!("{privilege} ({})", quote(column)),
        None => privilege.clone(),
    };
    Some(chosen.iter().map(item).collect::<Vec<_>>().join(", "))
}
