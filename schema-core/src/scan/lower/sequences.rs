//! Sequences, and the options of identity columns.

use super::Lower;
use crate::decl::SequenceDecl;
use crate::ir::{Dialect, ObjectName, Sequence, SequenceOptions};
use crate::model::Path;
use crate::scan::tree::FileId;

/// The types that a sequence may have, with their largest values.
const TYPES: [(&str, i64); 3] = [("smallint", i16::MAX as i64), ("integer", i32::MAX as i64), ("bigint", i64::MAX)];

impl Lower<'_, '_> {
    pub(super) fn sequences(&mut self, file: FileId, declared: &[SequenceDecl]) {
        for decl in declared {
            let span = Some(decl.name.span);
            if !self.refuse(Dialect::Sqlite, file, span, "SQLite has no sequences", "use `identity` on a column") {
                self.sequence(file, decl);
            }
        }
    }

    fn sequence(&mut self, file: FileId, decl: &SequenceDecl) {
        let name = self.named_object(&decl.name.value, "public");
        let path = Path::Sequence(name.clone());
        if self.model.schema.sequences.contains_key(&name) {
            let message = format!("sequence `{name}` is declared twice{}", self.elsewhere(&path));
            self.error(file, decl.name.span, message, &["remove one of them"]);
            return;
        }
        name.schema.iter().for_each(|schema| self.declare_namespace(schema));
        self.record(path, file, decl.name.span);
        let mut sequence = Sequence::new(name.clone());
        if let Some(stated) = &decl.ty {
            let parsed = crate::dialect::parse_type(self.dialect, &stated.value).map(|ty| ty.to_string());
            match TYPES.iter().find(|(known, _)| parsed.as_deref() == Ok(*known)) {
                Some((known, _)) => sequence.ty = Some((*known).to_owned()).filter(|ty| ty != "bigint"),
                None => {
                    let message = format!("sequence `{name}`: `{}` is no type of a sequence", stated.value);
                    self.error(file, stated.span, message, &["use `smallint`, `integer` or `bigint`"]);
                }
            }
        }
        sequence.options = settled(&decl.options, sequence.ty.as_deref().unwrap_or("bigint"));
        sequence.comment = decl.comment.as_ref().map(|comment| comment.value.clone());
        if let Some(owner) = &decl.owned_by {
            match owner.value.rsplit_once('.') {
                Some((table, column)) => sequence.owned_by = Some((self.owner(table, &name), column.to_owned())),
                None => {
                    let message = format!("sequence `{name}`: `owned_by` names a column");
                    self.error(file, owner.span, message, &["write `table.column` or `schema.table.column`"]);
                }
            }
        }
        self.model.schema.sequences.insert(name, sequence);
    }

    /// A sequence and the table that owns it are in one schema, which need not be repeated.
    fn owner(&self, table: &str, sequence: &ObjectName) -> ObjectName {
        self.named_object(table, sequence.schema.as_deref().unwrap_or("public"))
    }
}

/// The options without those that are the server's default for the type and the direction.
pub(super) fn settled(options: &SequenceOptions, ty: &str) -> SequenceOptions {
    let largest = TYPES.iter().find(|(name, _)| *name == ty).map_or(i64::MAX, |(_, largest)| *largest);
    let is_ascending = options.increment.unwrap_or(1) > 0;
    let (lowest, highest) = if is_ascending { (1, largest) } else { (-largest - 1, -1) };
    let first = if is_ascending { options.min.unwrap_or(lowest) } else { options.max.unwrap_or(highest) };
    SequenceOptions {
        start: options.start.filter(|start| *start != first),
        increment: options.increment.filter(|increment| *increment != 1),
        min: options.min.filter(|min| *min != lowest),
        max: options.max.filter(|max| *max != highest),
        cache: options.cache.filter(|cache| *cache != 1),
        cycle: options.cycle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_takes_by_itself_is_left_out() {
        let all = SequenceOptions {
            start: Some(1),
            increment: Some(1),
            min: Some(1),
            max: Some(i64::MAX),
            cache: Some(1),
            cycle: false,
        };
        assert!(settled(&all, "bigint").is_default());
        assert_eq!(settled(&all, "integer").max, Some(i64::MAX));
        let down = SequenceOptions { increment: Some(-1), start: Some(-1), min: Some(-32768), ..Default::default() };
        assert_eq!(settled(&down, "smallint"), SequenceOptions { increment: Some(-1), ..Default::default() });
    }
}
