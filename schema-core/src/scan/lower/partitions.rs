//! What PostgreSQL's tables have beyond columns, keys and indexes: partitions, inheritance, exclusion constraints,
//! options.

use std::collections::{BTreeMap, BTreeSet};

use super::Lower;
use super::columns::expression;
use super::foreign_keys::Targets;
use super::indexes::name_part;
use super::tables::Draft;
use crate::decl::{ExclusionDecl, Mark, Spanned};
use crate::ir::{Column, Dialect, Exclusion, ExclusionElement, ObjectName, PartitionBy, PartitionOf, Schema};
use crate::model::Path;
use crate::names::Kind;
use crate::scan::outline;
use crate::scan::tree::FileId;

/// A table that inherits from itself, by whatever way, has no root.
const MAX_DEPTH: usize = 100;

impl<'t> Lower<'_, 't> {
    /// Options that say nothing of other tables.
    pub(super) fn storage_options(&mut self, draft: &mut Draft<'t>) {
        let (file, decl) = (draft.file(), &draft.decl);
        let first = |list: &[(Spanned<String>, String)]| list.first().map(|(name, _)| name.span);
        let refusals = [
            (decl.unlogged, "SQLite has no unlogged tables", "leave `unlogged` out"),
            (first(&decl.storage), "SQLite's tables have no storage parameters", "leave `with` out"),
            (decl.inherits.first().map(|path| path.span), "SQLite's tables inherit nothing", "write the fields out"),
            (decl.partition_by.as_ref().map(|by| by.span), "SQLite has no partitioned tables", "leave it out"),
            (decl.partition_of.as_ref().map(|of| of.span), "SQLite has no partitioned tables", "leave it out"),
            (decl.row_security, "SQLite has no row level security", "leave it out"),
            (decl.force_row_security, "SQLite has no row level security", "leave it out"),
            (decl.replica_identity.as_ref().map(|identity| identity.span), "SQLite replicates nothing", "leave it out"),
            (
                decl.exclusions.first().map(|exclusion| exclusion.span),
                "SQLite has no exclusion constraints",
                "leave it out; where rows must differ in one value, `unique` says so",
            ),
        ];
        for (span, what, help) in refusals {
            self.refuse(Dialect::Sqlite, file, span, what, help);
        }
        draft.table.unlogged = draft.decl.unlogged.is_some();
        draft.table.row_security = draft.decl.row_security.is_some();
        draft.table.force_row_security = draft.decl.force_row_security.is_some();
        draft.table.replica_identity = draft.decl.replica_identity.as_ref().map(|identity| identity.value.clone());
        draft.table.storage = self.storage(file, &draft.decl.storage);
    }

    /// Storage parameters by name, each once.
    pub(super) fn storage(&mut self, file: FileId, declared: &[(Spanned<String>, String)]) -> BTreeMap<String, String> {
        let mut storage = BTreeMap::new();
        for (name, value) in declared {
            if storage.insert(name.value.to_lowercase(), value.clone()).is_some() {
                self.error(file, name.span, format!("`{}` is given twice", name.value), &["remove one of them"]);
            }
        }
        storage
    }

    /// The tables that this one is a partition of or inherits from.
    pub(super) fn parents(
        &mut self,
        draft: &mut Draft<'t>,
        targets: &Targets,
        unreadable: &BTreeSet<*const outline::Item>,
    ) {
        let (file, module) = (draft.file(), draft.item.at.module);
        let decl = draft.decl;
        for parent in &decl.inherits {
            let what = format!("table `{}`: parent", draft.name());
            if let Some(parent) = self.table_at(module, file, parent, &what, targets, unreadable) {
                draft.table.inherits.push(parent.name.clone());
            }
        }
        if let (Some(parent), Some(bound)) = (&decl.partition_of, &decl.bound) {
            let what = format!("table `{}`: partition of", draft.name());
            if let Some(parent) = self.table_at(module, file, parent, &what, targets, unreadable) {
                let bound = match bound.value.trim() {
                    word if word.eq_ignore_ascii_case("default") => "DEFAULT".to_owned(),
                    bound => bound.to_owned(),
                };
                draft.table.partition_of = Some(PartitionOf { parent: parent.name.clone(), bound });
            }
        }
        if let Some(by) = &decl.partition_by {
            let keys: Vec<_> = by.value.keys.iter().filter_map(|key| self.key(draft, file, None, key)).collect();
            // A field that isn't there is reported already.
            if keys.len() == by.value.keys.len() {
                draft.table.partition_by = Some(PartitionBy { strategy: by.value.strategy, keys });
            }
        }
    }

    pub(super) fn exclusions(&mut self, draft: &mut Draft<'t>) {
        for Spanned { value: decl, span } in &draft.decl.exclusions {
            self.exclusion(draft, decl, *span);
        }
    }

    fn exclusion(&mut self, draft: &mut Draft<'t>, decl: &ExclusionDecl, span: Mark) {
        let file = draft.file();
        let elements: Vec<ExclusionElement> = decl
            .elements
            .iter()
            .filter_map(|(key, operator)| {
                let key = self.key(draft, file, None, key)?;
                Some(ExclusionElement { key, operator: operator.value.trim().to_owned() })
            })
            .collect();
        if elements.len() != decl.elements.len() {
            return;
        }
        let parts: Vec<String> = elements.iter().map(|element| name_part(&element.key)).collect();
        let name = draft.names.choose(decl.name.as_ref(), &parts, Kind::Exclusion);
        self.record(Path::Part(draft.table.name.clone(), name.clone()), file, span);
        let method = decl.using.as_ref().map(|method| method.value.to_lowercase()).filter(|method| method != "btree");
        let include = self.columns_of(draft, &decl.include);
        let storage = self.storage(file, &decl.storage);
        draft.table.exclusions.push(Exclusion {
            name,
            method,
            elements,
            include,
            storage,
            predicate: decl.predicate.as_ref().map(|predicate| expression(&predicate.value)),
            deferrable: decl.deferrable.as_ref().map(|deferrable| deferrable.value),
        });
    }
}

/// A partition that repeats exactly its parent's columns is as one that lists none.
pub(super) fn leave_out_repeated_columns(schema: &mut Schema) {
    let repeated: Vec<ObjectName> = schema
        .tables
        .values()
        .filter(|table| {
            let parent = table.partition_of.as_ref().map(|of| &of.parent);
            parent.is_some_and(|parent| columns_of(schema, parent) == table.columns.as_slice())
        })
        .map(|table| table.name.clone())
        .collect();
    for name in repeated {
        if let Some(table) = schema.tables.get_mut(&name) {
            table.columns.clear();
        }
    }
}

/// The columns of a table, or of its nearest parent that lists any.
fn columns_of<'a>(schema: &'a Schema, name: &'a ObjectName) -> &'a [Column] {
    let mut at = name;
    for _ in 0..MAX_DEPTH {
        let Some(table) = schema.tables.get(at) else { break };
        match &table.partition_of {
            Some(of) if table.columns.is_empty() => at = &of.parent,
            _ => return &table.columns,
        }
    }
    &[]
}
