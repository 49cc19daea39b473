//! Comments: those of tables, columns, types and sequences are fields, all others are objects.

use std::collections::BTreeSet;

use schema_core::dialect::{literal, quote};
use schema_core::ir::{ObjectId, ObjectKind, ObjectName, Use};
use sqlx::Row;

use super::{Reader, class};
use crate::Error;

/// A comment that stands on a column where `column` names one.
pub(super) struct Comment {
    pub(super) text: String,
    column: Option<String>,
}

/// What initdb says about the schema `public`.
const PUBLIC: &str = "standard public schema";

impl Reader<'_> {
    pub(super) async fn comments(&mut self) -> Result<(), Error> {
        // An extension brings its own comment with it.
        let sql = r"
            SELECT d.objoid::bigint AS oid, d.objoid::text AS label, d.classoid::bigint AS class, d.objsubid AS number,
                d.description AS text, a.attname::text AS column
            FROM pg_description d
                LEFT JOIN pg_attribute a ON d.classoid = 1259 AND d.objsubid > 0 AND a.attrelid = d.objoid
                    AND a.attnum = d.objsubid
            WHERE (a.attname IS NULL OR a.attname !~ '^_kept_') AND (d.objoid >= 16384 OR (d.classoid = 2615 AND d.objoid = 2200)) AND (d.classoid <> 3079
                OR d.description IS DISTINCT FROM (SELECT v.comment FROM pg_extension x
                    JOIN pg_available_extension_versions v ON v.name = x.extname AND v.version = x.extversion
                    WHERE x.oid = d.objoid))";
        for row in self.fetch(sql).await? {
            let comment = Comment { text: row.try_get("text")?, column: row.try_get("column")? };
            let class_oid: i64 = row.try_get("class")?;
            if class_oid != class::NAMESPACE || comment.text != PUBLIC {
                self.comments.insert((class_oid, row.try_get("oid")?, row.try_get("number")?), comment);
            }
        }
        Ok(())
    }

    /// What is left belongs to objects, or to things that are no part of the schema.
    pub(super) fn comment_objects(&mut self) {
        for ((class_oid, oid, number), comment) in std::mem::take(&mut self.comments) {
            let Some(made) = self.made.get(&(class_oid, oid)) else { continue };
            let on = match (number, comment.column) {
                (0, _) => made.statement.clone(),
                // `VIEW "app"."v"` becomes `COLUMN "app"."v"."c"`.
                (_, Some(column)) => match made.statement.find('"') {
                    Some(at) => format!("COLUMN {}.{}", &made.statement[at..], quote(&column)),
                    None => continue,
                },
                _ => continue,
            };
            let uses: BTreeSet<Use> = match (class_oid, &made.stands) {
                (class::NAMESPACE, _) => BTreeSet::new(),
                (_, stands) => BTreeSet::from([stands.clone()]),
            };
            let create = format!("COMMENT ON {on} IS {}", literal(&comment.text));
            let drop = format!("COMMENT ON {on} IS NULL");
            let id = ObjectId { on: Some(on), ..ObjectId::new(ObjectKind::Comment, ObjectName::bare("")) };
            self.insert(id, vec![create], vec![drop], uses);
        }
    }
}
