//! Unique constraints and checks.

use super::Lower;
use super::columns::expression;
use super::tables::Draft;
use crate::decl::{CheckDecl, Mark, Spanned, UniqueDecl};
use crate::ir::{Check, Deferrable, Dialect, Unique};
use crate::model::Path;
use crate::names::Kind;
use crate::scan::tree::FileId;

impl<'t> Lower<'_, 't> {
    pub(super) fn uniques(&mut self, draft: &mut Draft<'t>) {
        let mut found: Vec<(FileId, Mark, &'t UniqueDecl, Vec<String>)> = Vec::new();
        for field in &draft.fields {
            if let Some(unique) = &field.decl.unique {
                found.push((field.file, unique.span, &unique.value, vec![field.column.clone()]));
            }
        }
        for unique in &draft.decl.uniques {
            let columns = self.columns_of(draft, &unique.value.columns);
            found.push((draft.file(), unique.span, &unique.value, columns));
        }
        for (file, span, decl, columns) in found.into_iter().filter(|(.., columns)| !columns.is_empty()) {
            self.refuse_in_unique(file, decl);
            self.refuse_key_options(file, &decl.include, &decl.storage, None);
            let include = self.columns_of(draft, &decl.include);
            let storage = self.storage(file, &decl.storage);
            let name = draft.names.choose(decl.name.as_ref(), &columns, Kind::Unique);
            self.record(Path::Part(draft.table.name.clone(), name.clone()), file, span);
            draft.table.uniques.push(Unique {
                name,
                columns,
                nulls_not_distinct: decl.nulls_not_distinct.is_some(),
                deferrable: decl.deferrable.as_ref().map(|deferrable| deferrable.value),
                include,
                storage,
            });
        }
    }

    fn refuse_in_unique(&mut self, file: FileId, decl: &UniqueDecl) {
        let what = "in SQLite NULLs are always distinct";
        self.refuse(Dialect::Sqlite, file, decl.nulls_not_distinct, what, "leave `nulls_not_distinct` out");
        let deferrable = decl.deferrable.as_ref().map(|deferrable| deferrable.span);
        let what = "SQLite defers foreign keys only, never unique constraints";
        self.refuse(Dialect::Sqlite, file, deferrable, what, "leave `deferrable` out");
    }

    /// What SQLite's primary keys and unique constraints have not.
    pub(super) fn refuse_key_options(
        &mut self,
        file: FileId,
        include: &[Spanned<String>],
        storage: &[(Spanned<String>, String)],
        deferrable: Option<&Spanned<Deferrable>>,
    ) {
        let refusals = [
            (include.first().map(|field| field.span), "SQLite's keys have no INCLUDE", "leave `include` out"),
            (
                storage.first().map(|(name, _)| name.span),
                "SQLite's keys have no storage parameters",
                "leave `with` out",
            ),
            (
                deferrable.map(|deferrable| deferrable.span),
                "SQLite defers foreign keys only, never primary keys",
                "leave `deferrable` out",
            ),
        ];
        for (span, what, help) in refusals {
            self.refuse(Dialect::Sqlite, file, span, what, help);
        }
    }

    pub(super) fn checks(&mut self, draft: &mut Draft<'t>) {
        let of_fields = draft.fields.iter().flat_map(|field| {
            field.decl.checks.iter().map(|check| (field.file, check.span, &check.value, vec![field.column.clone()]))
        });
        let file = draft.file();
        let of_table = draft.decl.checks.iter().map(|check| (file, check.span, &check.value, Vec::new()));
        let found: Vec<(FileId, Mark, &'t CheckDecl, Vec<String>)> = of_fields.chain(of_table).collect();
        for (file, span, decl, columns) in found {
            let name = draft.names.choose(decl.name.as_ref(), &columns, Kind::Check);
            self.record(Path::Part(draft.table.name.clone(), name.clone()), file, span);
            for (flag, span) in
                [("no_inherit", decl.no_inherit), ("not_valid", decl.not_valid), ("not_enforced", decl.not_enforced)]
            {
                self.refuse(Dialect::Sqlite, file, span, &format!("SQLite's checks have no `{flag}`"), "leave it out");
            }
            draft.table.checks.push(Check {
                no_inherit: decl.no_inherit.is_some(),
                not_valid: decl.not_valid.is_some(),
                not_enforced: decl.not_enforced.is_some(),
                ..Check::new(name, expression(&decl.expression.value))
            });
        }
    }
}
