//! Foreign keys: structs to tables, fields to columns.

use std::collections::{BTreeMap, BTreeSet};

use super::Lower;
use super::tables::{Draft, Target};
use crate::decl::{ForeignKeyDecl, RustPath, Spanned};
use crate::ir::{Dialect, ForeignKey};
use crate::model::Path;
use crate::names::{self, Kind};
use crate::scan::outline;
use crate::scan::resolve::Meaning;
use crate::scan::tree::{FileId, ModuleId};

/// Tables by the address of their struct.
pub(super) type Targets = BTreeMap<*const outline::Item, Target>;

/// A foreign key as declared, and where.
struct Reference<'t> {
    file: FileId,
    module: ModuleId,
    decl: &'t Spanned<ForeignKeyDecl>,
    columns: Vec<String>,
}

impl<'t> Lower<'_, 't> {
    pub(super) fn foreign_keys(
        &mut self,
        draft: &mut Draft<'t>,
        targets: &Targets,
        unreadable: &BTreeSet<*const outline::Item>,
    ) {
        for reference in self.references(draft) {
            let Some(target) = self.target(draft, &reference, targets, unreadable) else { continue };
            let Some(referenced_columns) = self.referenced_columns(draft, &reference, target) else { continue };
            let Reference { file, decl: Spanned { value: decl, span }, columns, .. } = reference;
            let set_columns = self.columns_of(draft, &decl.set_columns);
            let first_set = decl.set_columns.first().map(|field| field.span);
            for (name, span) in
                [("not_valid", decl.not_valid), ("not_enforced", decl.not_enforced), ("set_columns", first_set)]
            {
                let what = format!("SQLite's foreign keys have no `{name}`");
                self.refuse(Dialect::Sqlite, file, span, &what, "leave it out");
            }
            let what = "SQLite ignores `match_full`";
            self.refuse(
                Dialect::Sqlite,
                file,
                decl.match_full,
                what,
                "leave it out, and add a `check` that says the same",
            );
            let name = draft.names.choose(decl.name.as_ref(), &columns, Kind::ForeignKey);
            self.record(Path::Part(draft.table.name.clone(), name.clone()), file, *span);
            draft.table.foreign_keys.push(ForeignKey {
                name,
                columns,
                references: target.name.clone(),
                referenced_columns,
                on_delete: decl.on_delete.as_ref().map(|action| action.value).unwrap_or_default(),
                on_update: decl.on_update.as_ref().map(|action| action.value).unwrap_or_default(),
                match_full: decl.match_full.is_some(),
                deferrable: decl.deferrable.as_ref().map(|deferrable| deferrable.value),
                set_columns,
                not_valid: decl.not_valid.is_some(),
                not_enforced: decl.not_enforced.is_some(),
            });
        }
    }

    fn references(&mut self, draft: &Draft<'t>) -> Vec<Reference<'t>> {
        let of_fields = draft.fields.iter().filter_map(|field| {
            let decl = field.decl.references.as_ref()?;
            Some(Reference { file: field.file, module: field.module, decl, columns: vec![field.column.clone()] })
        });
        let mut found: Vec<Reference<'t>> = of_fields.collect();
        for decl in &draft.decl.foreign_keys {
            let columns = self.columns_of(draft, &decl.value.columns);
            // A field that isn't there is reported already.
            if columns.len() == decl.value.columns.len() {
                let (file, module) = (draft.file(), draft.item.at.module);
                found.push(Reference { file, module, decl, columns });
            }
        }
        found
    }

    fn target<'a>(
        &mut self,
        draft: &Draft<'t>,
        reference: &Reference<'t>,
        targets: &'a Targets,
        unreadable: &BTreeSet<*const outline::Item>,
    ) -> Option<&'a Target> {
        let path = &reference.decl.value.references;
        let what = format!("table `{}`: foreign key to", draft.table.name);
        self.table_at(reference.module, reference.file, path, &what, targets, unreadable)
    }

    /// The table that a path names; what else it may name is reported.
    pub(super) fn table_at<'a>(
        &mut self,
        module: ModuleId,
        file: FileId,
        path: &Spanned<RustPath>,
        what: &str,
        targets: &'a Targets,
        unreadable: &BTreeSet<*const outline::Item>,
    ) -> Option<&'a Target> {
        let written = path.value.last();
        let (why, help) = match self.types.scopes.resolve(module, &path.value) {
            Ok(Meaning::Item(at)) => {
                let address = std::ptr::from_ref(self.types.without_aliases(at).item);
                if unreadable.contains(&address) {
                    return None;
                }
                match targets.get(&address) {
                    Some(target) => return Some(target),
                    None if self.left_out.contains(&address) => (
                        format!("`{written}` is in a module that this database doesn't take its tables from"),
                        "name the module in the build step: `Build::new(..).module(\"..\")`".to_owned(),
                    ),
                    None => (format!("`{written}` is no table"), "give it `#[derive(Table)]`".to_owned()),
                }
            }
            _ => (format!("no struct `{written}` is found"), nearest_struct(written, targets)),
        };
        self.error(file, path.span, format!("{what} `{written}`: {why}"), &[&help]);
        None
    }

    /// The referenced columns, paired with the foreign key's by position (BUGS.md B26).
    fn referenced_columns(
        &mut self,
        draft: &Draft<'t>,
        reference: &Reference<'t>,
        target: &Target,
    ) -> Option<Vec<String>> {
        let Reference { file, decl: Spanned { value: decl, span }, columns, .. } = reference;
        let found = match decl.referenced_columns.as_slice() {
            [] => target.primary_key.clone(),
            fields => {
                fields.iter().map(|field| self.referenced_column(draft, *file, field, target)).collect::<Option<_>>()?
            }
        };
        if found.is_empty() {
            let message =
                format!("table `{}`: foreign key to `{}`, which has no primary key", draft.table.name, target.name);
            self.error(*file, *span, message, &["name the fields of a unique constraint: `references = Org(slug)`"]);
            return None;
        }
        if found.len() != columns.len() {
            let message = format!(
                "table `{}`: foreign key of {} column{} ({}) to {} of `{}` ({})",
                draft.table.name,
                columns.len(),
                if columns.len() == 1 { "" } else { "s" },
                columns.join(", "),
                found.len(),
                target.name,
                found.join(", "),
            );
            let help = ["name as many fields on both sides: `#[table(foreign_key(a, b, references = Org(a, b)))]`"];
            self.error(*file, *span, message, &help);
            return None;
        }
        Some(found)
    }

    fn referenced_column(
        &mut self,
        draft: &Draft<'t>,
        file: FileId,
        field: &Spanned<String>,
        target: &Target,
    ) -> Option<String> {
        let wanted = field.value.strip_prefix("r#").unwrap_or(&field.value);
        if let Some((_, column)) = target.fields.iter().find(|(name, _)| name == wanted) {
            return Some(column.clone());
        }
        let near = names::nearest(wanted, target.fields.iter().map(|(name, _)| name.as_str()));
        let help = near.map(|near| format!("did you mean `{near}`?"));
        let message =
            format!("table `{}`: foreign key to `{}`, which has no field `{wanted}`", draft.table.name, target.name);
        self.error(file, field.span, message, &help.iter().map(String::as_str).collect::<Vec<_>>());
        None
    }
}

fn nearest_struct(written: &str, targets: &Targets) -> String {
    match names::nearest(written, targets.values().map(|target| target.ident.as_str())) {
        Some(near) if near != written => format!("did you mean `{near}`?"),
        _ => "bring it into scope with `use`, or write its path".to_owned(),
    }
}
