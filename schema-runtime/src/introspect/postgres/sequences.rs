//! Sequences, their owners, and the options of identity columns.

use schema_core::dialect::qualified;
use schema_core::ir::{Sequence, SequenceOptions, Use};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{MANAGED_RELATION, Reader, class, object_name, text};
use crate::Error;

impl Reader<'_> {
    pub(super) async fn sequences(&mut self) -> Result<(), Error> {
        let sql = format!(
            "SELECT c.oid::bigint AS oid, 'sequence ' || n.nspname || '.' || c.relname AS label,
                n.nspname::text AS schema, c.relname::text AS name, format_type(s.seqtypid, NULL) AS type,
                s.seqstart AS start, s.seqincrement AS increment, s.seqmin AS min, s.seqmax AS max, s.seqcache AS cache,
                s.seqcycle AS cycle, d.refobjid::bigint AS owner, a.attname::text AS column,
                c.relpersistence = 'u' AS unlogged
            FROM pg_sequence s
                JOIN pg_class c ON c.oid = s.seqrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_depend d ON d.classid = 1259 AND d.objid = c.oid AND d.objsubid = 0
                    AND d.refclassid = 1259 AND d.refobjsubid > 0 AND d.deptype = 'a'
                LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE {MANAGED_RELATION} AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 1259 AND i.objid = c.oid
                AND i.refclassid = 1259 AND i.deptype = 'i')"
        );
        for row in self.fetch(&sql).await? {
            let name = object_name(&row, "schema", "name")?;
            let ty: String = row.try_get("type")?;
            let mut sequence = Sequence::new(name.clone());
            sequence.options = sequence_options(&row, &ty)?;
            sequence.ty = (ty != "bigint").then_some(ty);
            if let Some(owner) = row.try_get::<Option<i64>, _>("owner")? {
                // It goes with a table that is none of ours.
                let Some(draft) = self.tables.get(&owner) else { continue };
                sequence.owned_by = Some(draft.table.name.clone()).zip(text(&row, "column")?);
            }
            if row.try_get("unlogged")? && sequence.owned_by.is_none() {
                self.note(row.try_get::<String, _>("label")?, "it is UNLOGGED, which the model does not say");
            }
            let oid = row.try_get("oid")?;
            sequence.comment = self.comment(class::CLASS, oid, 0);
            self.made((class::CLASS, oid), Use::Sequence(name.clone()), format!("SEQUENCE {}", qualified(&name)));
            self.schema.sequences.insert(name, sequence);
        }
        Ok(())
    }
}

/// What differs from the server's defaults for the type and the direction.
pub(super) fn sequence_options(row: &PgRow, ty: &str) -> Result<SequenceOptions, Error> {
    let (lowest, highest) = match ty {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let increment: i64 = row.try_get("increment")?;
    let (min, max): (i64, i64) = (row.try_get("min")?, row.try_get("max")?);
    let (default_min, default_max, default_start) = if increment > 0 { (1, highest, min) } else { (lowest, -1, max) };
    let given = |value: i64, default: i64| (value != default).then_some(value);
    Ok(SequenceOptions {
        start: given(row.try_get("start")?, default_start),
        increment: given(increment, 1),
        min: given(min, default_min),
        max: given(max, default_max),
        cache: given(row.try_get("cache")?, 1),
        cycle: row.try_get("cycle")?,
    })
}
