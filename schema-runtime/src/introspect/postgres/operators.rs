//! Operators, their classes and families, casts, and text search: put together from the catalog, as the server prints
//! none of them.

use schema_core::dialect::{qualified, quote};
use schema_core::ir::{ObjectId, ObjectKind, ObjectName};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{MANAGED, Reader, class, object_name, own};
use crate::Error;

/// The operators and functions that belong to `{owner}`, a row of `{class}`.
const MEMBERS: &str = "(SELECT string_agg(m.text, ', ' ORDER BY m.text) FROM (
        SELECT format('OPERATOR %s %s(%s, %s)%s', o.amopstrategy, CASE WHEN pn.nspname = 'pg_catalog'
                THEN p.oprname::text ELSE format('%I.%s', pn.nspname, p.oprname) END,
            format_type(o.amoplefttype, NULL), format_type(o.amoprighttype, NULL),
            (SELECT ' FOR ORDER BY ' || format('%I.%I', sn.nspname, s.opfname) FROM pg_opfamily s
                JOIN pg_namespace sn ON sn.oid = s.opfnamespace WHERE s.oid = o.amopsortfamily)) AS text
        FROM pg_depend d JOIN pg_amop o ON o.oid = d.objid JOIN pg_operator p ON p.oid = o.amopopr
            JOIN pg_namespace pn ON pn.oid = p.oprnamespace
        WHERE d.classid = 2602 AND d.refclassid = {class} AND d.refobjid = {owner} AND d.deptype IN ('i', 'a')
        UNION ALL
        SELECT format('FUNCTION %s (%s, %s) %s', o.amprocnum, format_type(o.amproclefttype, NULL),
            format_type(o.amprocrighttype, NULL), o.amproc::regprocedure)
        FROM pg_depend d JOIN pg_amproc o ON o.oid = d.objid
        WHERE d.classid = 2603 AND d.refclassid = {class} AND d.refobjid = {owner} AND d.deptype IN ('i', 'a')) m)";

fn members(class: i64, owner: &str) -> String {
    MEMBERS.replace("{class}", &class.to_string()).replace("{owner}", owner)
}

impl Reader<'_> {
    pub(super) async fn operators(&mut self) -> Result<(), Error> {
        self.plain_operators().await?;
        self.families().await?;
        self.classes().await?;
        self.casts().await?;
        self.text_search().await
    }

    async fn plain_operators(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT o.oid::bigint AS oid, 'operator ' || n.nspname || '.' || o.oprname AS label,
                n.nspname::text AS schema, o.oprname::text AS name,
                CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END || ', '
                    || CASE WHEN o.oprright = 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END AS arguments,
                concat_ws(', ', 'FUNCTION = ' || o.oprcode,
                    'LEFTARG = ' || CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END,
                    'RIGHTARG = ' || CASE WHEN o.oprright <> 0 THEN format_type(o.oprright, NULL) END,
                    (SELECT format('COMMUTATOR = OPERATOR(%I.%s)', pn.nspname, p.oprname) FROM pg_operator p
                        JOIN pg_namespace pn ON pn.oid = p.oprnamespace WHERE p.oid = o.oprcom),
                    (SELECT format('NEGATOR = OPERATOR(%I.%s)', pn.nspname, p.oprname) FROM pg_operator p
                        JOIN pg_namespace pn ON pn.oid = p.oprnamespace WHERE p.oid = o.oprnegate),
                    'RESTRICT = ' || nullif(o.oprrest, 0)::regproc, 'JOIN = ' || nullif(o.oprjoin, 0)::regproc,
                    CASE WHEN o.oprcanhash THEN 'HASHES' END, CASE WHEN o.oprcanmerge THEN 'MERGES' END) AS definition
            FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
            WHERE o.oprcode <> 0 AND {MANAGED} AND {}",
            own(class::OPERATOR, "o.oid")
        );
        for row in self.fetch(&sql).await? {
            let name = object_name(&row, "schema", "name")?;
            let spelled = format!("{}.{}", quote(name.schema.as_deref().unwrap_or("public")), name.name);
            let (arguments, definition): (String, String) = (row.try_get("arguments")?, row.try_get("definition")?);
            let statement = format!("OPERATOR {spelled} ({arguments})");
            let create = format!("CREATE OPERATOR {spelled} ({definition})");
            let id = ObjectId { arguments: Some(arguments), ..ObjectId::new(ObjectKind::Operator, name) };
            self.object((class::OPERATOR, row.try_get("oid")?), id, statement, vec![create]);
        }
        Ok(())
    }

    async fn families(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT f.oid::bigint AS oid, 'operator family ' || n.nspname || '.' || f.opfname AS label,
                n.nspname::text AS schema, f.opfname::text AS name, m.amname::text AS method, {} AS members
            FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace JOIN pg_am m ON m.oid = f.opfmethod
            WHERE {MANAGED} AND {}",
            members(class::OPFAMILY, "f.oid"),
            own(class::OPFAMILY, "f.oid")
        );
        for row in self.fetch(&sql).await? {
            let (name, method, statement) = of_method(&row, "OPERATOR FAMILY")?;
            let mut create = vec![format!("CREATE {statement}")];
            let members: Option<String> = row.try_get("members")?;
            create.extend(members.map(|members| format!("ALTER {statement} ADD {members}")));
            let id = ObjectId { arguments: Some(method), ..ObjectId::new(ObjectKind::OperatorFamily, name) };
            self.object((class::OPFAMILY, row.try_get("oid")?), id, statement, create);
        }
        Ok(())
    }

    async fn classes(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT o.oid::bigint AS oid, 'operator class ' || n.nspname || '.' || o.opcname AS label,
                n.nspname::text AS schema, o.opcname::text AS name, m.amname::text AS method,
                CASE WHEN o.opcdefault THEN ' DEFAULT' ELSE '' END || ' FOR TYPE ' || format_type(o.opcintype, NULL)
                    || format(' USING %I FAMILY %I.%I', m.amname, fn.nspname, f.opfname) AS head,
                concat_ws(', ', {}, 'STORAGE ' || CASE WHEN o.opckeytype <> 0
                    THEN format_type(o.opckeytype, NULL) END) AS members, format_type(o.opcintype, NULL) AS type
            FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace JOIN pg_am m ON m.oid = o.opcmethod
                JOIN pg_opfamily f ON f.oid = o.opcfamily JOIN pg_namespace fn ON fn.oid = f.opfnamespace
            WHERE {MANAGED} AND {}",
            members(class::OPCLASS, "o.oid"),
            own(class::OPCLASS, "o.oid")
        );
        for row in self.fetch(&sql).await? {
            let (name, method, statement) = of_method(&row, "OPERATOR CLASS")?;
            let (head, mut members): (String, String) = (row.try_get("head")?, row.try_get("members")?);
            if members.is_empty() {
                members = format!("STORAGE {}", row.try_get::<String, _>("type")?);
            }
            let create = format!("CREATE OPERATOR CLASS {}{head} AS {members}", qualified(&name));
            let id = ObjectId { arguments: Some(method), ..ObjectId::new(ObjectKind::OperatorClass, name) };
            self.object((class::OPCLASS, row.try_get("oid")?), id, statement, vec![create]);
        }
        Ok(())
    }

    async fn casts(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT c.oid::bigint AS oid, 'cast from ' || format_type(c.castsource, NULL) AS label,
                format_type(c.castsource, NULL) || ' AS ' || format_type(c.casttarget, NULL) AS name,
                CASE c.castmethod WHEN 'b' THEN 'WITHOUT FUNCTION' WHEN 'i' THEN 'WITH INOUT'
                    ELSE 'WITH FUNCTION ' || c.castfunc::regprocedure END
                || CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END AS definition
            FROM pg_cast c WHERE c.oid >= 16384 AND {} AND NOT EXISTS (SELECT FROM pg_depend i
                WHERE i.classid = 2605 AND i.objid = c.oid AND i.deptype = 'i')",
            own(class::CAST, "c.oid")
        );
        for row in self.fetch(&sql).await? {
            let (name, definition): (String, String) = (row.try_get("name")?, row.try_get("definition")?);
            let statement = format!("CAST ({name})");
            let create = format!("CREATE {statement} {definition}");
            let id = ObjectId::new(ObjectKind::Cast, ObjectName::bare(name));
            self.object((class::CAST, row.try_get("oid")?), id, statement, vec![create]);
        }
        Ok(())
    }

    async fn text_search(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT q.*, n.nspname::text AS schema, 'text search ' || lower(q.word) || ' ' || n.nspname || '.' || q.name
                AS label
            FROM (SELECT p.oid::bigint AS oid, 3601::bigint AS class, 'PARSER' AS word, p.prsnamespace AS namespace,
                    p.prsname::text AS name, concat_ws(', ', 'START = ' || p.prsstart, 'GETTOKEN = ' || p.prstoken,
                        'END = ' || p.prsend, 'LEXTYPES = ' || p.prslextype,
                        'HEADLINE = ' || nullif(p.prsheadline, 0)::regproc) AS definition, '{{}}'::text[] AS mappings
                FROM pg_ts_parser p WHERE {parser}
                UNION ALL SELECT t.oid::bigint, 3764, 'TEMPLATE', t.tmplnamespace, t.tmplname::text,
                    concat_ws(', ', 'INIT = ' || nullif(t.tmplinit, 0)::regproc, 'LEXIZE = ' || t.tmpllexize), '{{}}'
                FROM pg_ts_template t WHERE {template}
                UNION ALL SELECT d.oid::bigint, 3600, 'DICTIONARY', d.dictnamespace, d.dictname::text,
                    concat_ws(', ', (SELECT format('TEMPLATE = %I.%I', tn.nspname, t.tmplname) FROM pg_ts_template t
                        JOIN pg_namespace tn ON tn.oid = t.tmplnamespace WHERE t.oid = d.dicttemplate),
                        d.dictinitoption), '{{}}'
                FROM pg_ts_dict d WHERE {dictionary}
                UNION ALL SELECT c.oid::bigint, 3602, 'CONFIGURATION', c.cfgnamespace, c.cfgname::text,
                    (SELECT format('PARSER = %I.%I', pn.nspname, p.prsname) FROM pg_ts_parser p
                        JOIN pg_namespace pn ON pn.oid = p.prsnamespace WHERE p.oid = c.cfgparser),
                    ARRAY(SELECT format(' ADD MAPPING FOR %I WITH %s', t.alias, string_agg(format('%I.%I', dn.nspname,
                            d.dictname), ', ' ORDER BY m.mapseqno))
                        FROM pg_ts_config_map m JOIN ts_token_type(c.cfgparser) t ON t.tokid = m.maptokentype
                            JOIN pg_ts_dict d ON d.oid = m.mapdict JOIN pg_namespace dn ON dn.oid = d.dictnamespace
                        WHERE m.mapcfg = c.oid GROUP BY t.tokid, t.alias ORDER BY t.tokid)
                FROM pg_ts_config c WHERE c.oid >= 16384 AND {configuration}) q
                JOIN pg_namespace n ON n.oid = q.namespace
            WHERE {MANAGED}",
            parser = own(class::TS_PARSER, "p.oid"),
            template = own(class::TS_TEMPLATE, "t.oid"),
            dictionary = own(class::TS_DICTIONARY, "d.oid"),
            configuration = own(class::TS_CONFIGURATION, "c.oid"),
        );
        for row in self.fetch(&sql).await? {
            let name = object_name(&row, "schema", "name")?;
            let (word, definition): (String, String) = (row.try_get("word")?, row.try_get("definition")?);
            let statement = format!("TEXT SEARCH {word} {}", qualified(&name));
            let mut create = vec![format!("CREATE {statement} ({definition})")];
            let mappings: Vec<String> = row.try_get("mappings")?;
            create.extend(mappings.iter().map(|mapping| format!("ALTER {statement}{mapping}")));
            // A dictionary and a configuration may have one name.
            let id = ObjectId { on: Some(word.to_lowercase()), ..ObjectId::new(ObjectKind::TextSearch, name) };
            self.object((row.try_get("class")?, row.try_get("oid")?), id, statement, create);
        }
        Ok(())
    }
}

/// Classes and families of one name differ in their access method.
fn of_method(row: &PgRow, word: &str) -> Result<(ObjectName, String, String), Error> {
    let name = object_name(row, "schema", "name")?;
    let method: String = row.try_get("method")?;
    let statement = format!("{word} {} USING {}", qualified(&name), quote(&method));
    Ok((name, method, statement))
}
