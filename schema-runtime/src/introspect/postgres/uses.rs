//! What objects lean on, as pg_depend knows it.

use std::collections::BTreeSet;

use schema_core::ir::{ObjectId, Use};
use sqlx::Row;

use super::{Address, Reader, class};
use crate::Error;

impl Reader<'_> {
    /// A view leans on things through its rule `_RETURN`, an index of a partitioned table on its parts.
    pub(super) async fn uses(&mut self) -> Result<(), Error> {
        let sql = r"
            SELECT d.objid::bigint AS oid, '' AS label, CASE WHEN r.ev_class IS NULL THEN d.classid ELSE 1259 END::bigint
                    AS class, coalesce(r.ev_class, d.objid)::bigint AS object, d.refclassid::bigint AS used_class,
                d.refobjid::bigint AS used, d.refobjsubid AS number, x.refobjid::bigint AS extension
            FROM pg_depend d
                LEFT JOIN pg_rewrite r ON d.classid = 2618 AND r.oid = d.objid AND r.rulename = '_RETURN'
                LEFT JOIN pg_class c ON d.classid = 1259 AND c.oid = d.objid
                LEFT JOIN pg_depend x ON x.classid = d.refclassid AND x.objid = d.refobjid AND x.deptype = 'e'
            WHERE d.objid >= 16384 AND d.deptype IN ('n', 'a') AND d.classid NOT IN (2604, 2606, 2615, 826)
                AND (d.classid <> 1259 OR c.relkind IN ('f', 'I', 'm', 'v') OR (c.relkind = 'i' AND EXISTS (
                    SELECT FROM pg_index i JOIN pg_class m ON m.oid = i.indrelid
                    WHERE i.indexrelid = c.oid AND m.relkind = 'm')))
            UNION ALL SELECT h.inhparent::bigint, '', 1259, h.inhparent::bigint, 1259, h.inhrelid::bigint, 0, NULL
            FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhparent AND c.relkind = 'I'";
        for row in self.fetch(sql).await? {
            let address = (row.try_get("class")?, row.try_get("object")?);
            let Some(id) = self.object_at(address) else { continue };
            let extension: Option<i64> = row.try_get("extension")?;
            let used: Address = (row.try_get("used_class")?, row.try_get("used")?);
            let uses = match extension {
                Some(extension) => self.used((class::EXTENSION, extension), 0),
                None => self.used(used, row.try_get("number")?),
            };
            if let Some(object) = self.schema.objects.get_mut(&id) {
                object.uses.extend(uses.into_iter().filter(|used| *used != Use::Object(id.clone())));
            }
        }
        Ok(())
    }

    fn object_at(&self, address: Address) -> Option<ObjectId> {
        match &self.made.get(&address)?.stands {
            Use::Object(id) => Some(id.clone()),
            _ => None,
        }
    }

    fn used(&self, (class_oid, oid): Address, number: i32) -> BTreeSet<Use> {
        match class_oid {
            class::NAMESPACE => BTreeSet::new(),
            class::TYPE => self.used_type(oid),
            class::CLASS if number > 0 => self.used_column(oid, number),
            // A column's default stands for nothing that is made by itself.
            _ => self.made.get(&(class_oid, oid)).map(|made| made.stands.clone()).into_iter().collect(),
        }
    }

    fn used_column(&self, relation: i64, number: i32) -> BTreeSet<Use> {
        let column = self.tables.get(&relation).and_then(|draft| {
            let name = draft.numbers.get(&number)?;
            Some(Use::Column(draft.table.name.clone(), name.clone()))
        });
        let whole = || self.made.get(&(class::CLASS, relation)).map(|made| made.stands.clone());
        column.or_else(whole).into_iter().collect()
    }
}
