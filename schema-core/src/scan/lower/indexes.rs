//! Indexes.

use super::Lower;
use super::columns::expression;
use super::tables::Draft;
use crate::decl::{IndexDecl, IndexKeyDecl, IndexTargetDecl, Mark};
use crate::ir::{Dialect, Index, IndexKey, IndexTarget, NullsOrder};
use crate::model::Path;
use crate::names::Kind;
use crate::scan::tree::FileId;

/// An index as declared, and where; `column` is that of the field it stands on.
struct Found<'t> {
    file: FileId,
    span: Mark,
    decl: &'t IndexDecl,
    column: Option<String>,
}

impl<'t> Lower<'_, 't> {
    pub(super) fn indexes(&mut self, draft: &mut Draft<'t>) {
        let of_fields = draft.fields.iter().filter_map(|field| {
            let index = field.decl.index.as_ref()?;
            let (decl, column) = (&index.value, Some(field.column.clone()));
            Some(Found { file: field.file, span: index.span, decl, column })
        });
        let file = draft.file();
        let of_table =
            draft.decl.indexes.iter().map(|index| Found { file, span: index.span, decl: &index.value, column: None });
        let found: Vec<Found<'t>> = of_fields.chain(of_table).collect();
        for index in found {
            self.index(draft, &index);
        }
    }

    fn index(&mut self, draft: &mut Draft<'t>, found: &Found<'t>) {
        let Found { file, span, decl, column } = found;
        self.refuse_in_index(*file, decl);
        let keys = match (column, decl.keys.as_slice()) {
            (Some(column), []) => vec![IndexKey::column(column)],
            (_, keys) => {
                let lowered: Vec<_> =
                    keys.iter().filter_map(|key| self.key(draft, *file, column.as_deref(), key)).collect();
                if lowered.len() != keys.len() {
                    // A field that isn't there is reported already.
                    return;
                }
                lowered
            }
        };
        let include = self.columns_of(draft, &decl.include);
        let parts: Vec<String> = keys.iter().map(name_part).collect();
        let name = draft.names.choose(decl.name.as_ref(), &parts, Kind::Index);
        self.record(Path::Part(draft.table.name.clone(), name.clone()), *file, *span);
        let method = decl.using.as_ref().map(|method| method.value.to_lowercase()).filter(|method| method != "btree");
        let storage = self.storage(*file, &decl.storage);
        draft.table.indexes.push(Index {
            name,
            unique: decl.unique.is_some(),
            method,
            keys,
            include,
            nulls_not_distinct: decl.nulls_not_distinct.is_some(),
            storage,
            predicate: decl.predicate.as_ref().map(|predicate| expression(&predicate.value)),
        });
    }

    pub(super) fn key(
        &mut self,
        draft: &Draft<'t>,
        file: FileId,
        own: Option<&str>,
        key: &IndexKeyDecl,
    ) -> Option<IndexKey> {
        let target = match (&key.target, own) {
            (IndexTargetDecl::Expression(text), _) => IndexTarget::Expression(expression(&text.value)),
            (IndexTargetDecl::Column(_), Some(own)) => IndexTarget::Column(own.to_owned()),
            (IndexTargetDecl::Column(field), None) => IndexTarget::Column(self.column_of(draft, field)?),
        };
        let what = "SQLite has no operator classes";
        self.refuse(Dialect::Sqlite, file, key.opclass.as_ref().map(|name| name.span), what, "leave `opclass` out");
        let what = "SQLite's indexes have no order of NULLs of their own: NULLs are less than all values";
        let nulls_span = key.nulls.as_ref().map(|nulls| nulls.span);
        self.refuse(Dialect::Sqlite, file, nulls_span, what, "leave `nulls_first` or `nulls_last` out");
        self.refuse_collation(file, key.collate.as_ref());
        self.refuse_but_mysql(file, "prefix", key.prefix.as_ref().map(|length| length.span));
        let usual = if key.descending { NullsOrder::First } else { NullsOrder::Last };
        Some(IndexKey {
            prefix: key.prefix.as_ref().map(|length| length.value),
            target,
            collation: key.collate.as_ref().map(|name| name.value.clone()),
            opclass: key.opclass.as_ref().map(|name| name.value.clone()),
            descending: key.descending,
            nulls: key.nulls.as_ref().map(|nulls| nulls.value).filter(|nulls| *nulls != usual),
        })
    }

    fn refuse_in_index(&mut self, file: FileId, decl: &IndexDecl) {
        let include = decl.include.first().map(|field| field.span);
        let help = "put the column at the end of the index's keys, or leave `include` out";
        self.refuse(Dialect::Sqlite, file, include, "SQLite's indexes have no INCLUDE", help);
        let method = decl.using.as_ref().filter(|method| !method.value.eq_ignore_ascii_case("btree"));
        let what = "SQLite's indexes are all b-trees";
        self.refuse(Dialect::Sqlite, file, method.map(|method| method.span), what, "leave `using` out");
        let storage = decl.storage.first().map(|(name, _)| name.span);
        self.refuse(Dialect::Sqlite, file, storage, "SQLite's indexes have no storage parameters", "leave `with` out");
        let what = "in SQLite NULLs are always distinct";
        self.refuse(Dialect::Sqlite, file, decl.nulls_not_distinct, what, "leave `nulls_not_distinct` out");
        let pointless = decl.nulls_not_distinct.filter(|_| decl.unique.is_none());
        let what = "`nulls_not_distinct` says nothing of an index that isn't unique";
        self.refuse(Dialect::Postgres, file, pointless, what, "write `unique` beside it, or leave it out");
    }
}

pub(super) fn name_part(key: &IndexKey) -> String {
    match &key.target {
        IndexTarget::Column(column) => column.clone(),
        IndexTarget::Expression(_) => "expr".to_owned(),
    }
}
