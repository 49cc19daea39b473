//! Functions, procedures and aggregates.

use schema_core::dialect::qualified;
use schema_core::ir::{ObjectId, ObjectKind};
use sqlx::Row;

use super::{MANAGED, Reader, class, object_name, own};
use crate::Error;

/// An aggregate's definition, put together from the catalog: the server prints none.
const AGGREGATE: &str = "(SELECT concat_ws(', ',
        'SFUNC = ' || g.aggtransfn::regproc, 'STYPE = ' || format_type(g.aggtranstype, NULL),
        'SSPACE = ' || nullif(g.aggtransspace, 0),
        'FINALFUNC = ' || nullif(g.aggfinalfn, 0)::regproc, CASE WHEN g.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
        CASE WHEN g.aggfinalfn <> 0 AND g.aggfinalmodify <> CASE WHEN g.aggkind = 'n' THEN 'r'::\"char\"
            ELSE 'w'::\"char\" END THEN 'FINALFUNC_MODIFY = ' || CASE g.aggfinalmodify WHEN 'r' THEN 'READ_ONLY'
            WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
        'COMBINEFUNC = ' || nullif(g.aggcombinefn, 0)::regproc,
        'SERIALFUNC = ' || nullif(g.aggserialfn, 0)::regproc, 'DESERIALFUNC = ' || nullif(g.aggdeserialfn, 0)::regproc,
        'INITCOND = ' || quote_literal(g.agginitval),
        'MSFUNC = ' || nullif(g.aggmtransfn, 0)::regproc, 'MINVFUNC = ' || nullif(g.aggminvtransfn, 0)::regproc,
        'MSTYPE = ' || CASE WHEN g.aggmtranstype <> 0 THEN format_type(g.aggmtranstype, NULL) END,
        'MSSPACE = ' || nullif(g.aggmtransspace, 0), 'MFINALFUNC = ' || nullif(g.aggmfinalfn, 0)::regproc,
        CASE WHEN g.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
        CASE WHEN g.aggmfinalfn <> 0 AND g.aggmfinalmodify <> CASE WHEN g.aggkind = 'n' THEN 'r'::\"char\"
            ELSE 'w'::\"char\" END THEN 'MFINALFUNC_MODIFY = ' || CASE g.aggmfinalmodify WHEN 'r' THEN 'READ_ONLY'
            WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
        'MINITCOND = ' || quote_literal(g.aggminitval),
        'SORTOP = OPERATOR(' || nullif(g.aggsortop, 0)::regoper || ')',
        'PARALLEL = ' || CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END,
        CASE WHEN g.aggkind = 'h' THEN 'HYPOTHETICAL' END)
    FROM pg_aggregate g WHERE g.aggfnoid = p.oid)";

impl Reader<'_> {
    pub(super) async fn functions(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT p.oid::bigint AS oid, 'function ' || n.nspname || '.' || p.proname AS label,
                n.nspname::text AS schema, p.proname::text AS name, p.prokind::text AS kind,
                pg_get_function_identity_arguments(p.oid) AS arguments, oidvectortypes(p.proargtypes) AS types,
                pg_get_function_arguments(p.oid) AS parameters,
                CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) ELSE {AGGREGATE} END AS definition
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE {MANAGED} AND {own} AND NOT EXISTS (SELECT FROM pg_depend i
                WHERE i.classid = 1255 AND i.objid = p.oid AND i.deptype = 'i')",
            own = own(class::PROC, "p.oid"),
        );
        for row in self.fetch(&sql).await? {
            let Some(definition) = self.printed(&row, "definition")? else { continue };
            let name = object_name(&row, "schema", "name")?;
            let (arguments, mut types): (String, String) = (row.try_get("arguments")?, row.try_get("types")?);
            let (kind, word) = match row.try_get("kind")? {
                "p" => (ObjectKind::Procedure, "PROCEDURE"),
                "a" => (ObjectKind::Aggregate, "AGGREGATE"),
                _ => (ObjectKind::Function, "FUNCTION"),
            };
            let create = if kind == ObjectKind::Aggregate {
                types = if arguments.is_empty() { "*".to_owned() } else { arguments.clone() };
                let parameters: String = row.try_get("parameters")?;
                let parameters = if parameters.is_empty() { "*".to_owned() } else { parameters };
                format!("CREATE AGGREGATE {}({parameters}) ({definition})", qualified(&name))
            } else {
                definition.trim_end().replacen("CREATE OR REPLACE ", "CREATE ", 1)
            };
            let statement = format!("{word} {}({types})", qualified(&name));
            let id = ObjectId { arguments: Some(arguments), ..ObjectId::new(kind, name) };
            self.object((class::PROC, row.try_get("oid")?), id, statement, vec![create]);
        }
        self.triggers().await
    }
}
