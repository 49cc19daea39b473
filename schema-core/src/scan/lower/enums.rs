//! Enums and `schema! {}`.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase as _;

use super::Lower;
use super::collect::Item;
use crate::attrs;
use crate::decl::{EnumDecl, LabelDecl, RenameRule, SchemaDecl, Spanned};
use crate::ir::{Dialect, EnumType, ObjectName, TypeKind};
use crate::model::{Object, Path, Placed};
use crate::scan::tree::FileId;

impl<'t> Lower<'_, 't> {
    pub(super) fn enums(&mut self, declared: Vec<(Item<'t>, &'t EnumDecl)>) {
        for (item, decl) in declared {
            let file = item.at.file;
            let own = || decl.ident.value.to_snake_case();
            let name = self.object_name(
                file,
                decl.name.as_ref().map_or_else(own, |name| name.value.clone()),
                decl.schema.as_ref(),
            );
            self.types.name(item.at.item, name.clone());
            if self.model.schema.enums.contains_key(&name) {
                let span = decl.name.as_ref().map_or(decl.ident.span, |name| name.span);
                let message =
                    format!("enum type `{name}` is declared twice{}", self.elsewhere(&Path::Enum(name.clone())));
                self.error(
                    file,
                    span,
                    message,
                    &["give one of them another `#[sql_enum(name = \"..\")]`, or remove it"],
                );
                continue;
            }
            self.enumeration(&item, decl, &name);
        }
    }

    /// Where an object is declared, for a message about its second declaration.
    pub(super) fn elsewhere(&self, path: &Path) -> String {
        self.model.places.get(path).map_or_else(String::new, |place| format!(": first at {place}"))
    }

    fn enumeration(&mut self, item: &Item<'t>, decl: &EnumDecl, name: &ObjectName) {
        let file = item.at.file;
        self.record(Path::Enum(name.clone()), file, decl.ident.span);
        self.refuse_comment(file, decl.comment.as_ref());
        let labels = self.labels(file, decl, name);
        self.type_rename(file, (TypeKind::Enum, name), decl.renamed_from.as_ref());
        self.consents(file, &decl.allows, name, None);
        let comment = decl.comment.as_ref().map(|comment| comment.value.clone());
        self.model.schema.enums.insert(name.clone(), EnumType { name: name.clone(), labels, comment });
        self.declare(item, Object::Enum(name.clone()), Vec::new());
    }

    /// The former name of a type.
    pub(super) fn type_rename(
        &mut self,
        file: FileId,
        (kind, name): (TypeKind, &ObjectName),
        former: Option<&Spanned<String>>,
    ) {
        let Some(former) = former else { return };
        let value = self.named_object(&former.value, name.schema.as_deref().unwrap_or_default());
        let place = self.place(file, former.span);
        self.model.intents.type_renames.insert((kind, name.clone()), Placed { value, place });
    }

    fn labels(&mut self, file: usize, decl: &EnumDecl, name: &ObjectName) -> Vec<String> {
        let rule = decl.rename_all.as_ref().map(|rule| rule.value);
        let mut labels = Vec::new();
        for label in &decl.labels {
            let text = label_text(label, rule);
            if labels.contains(&text) {
                let span = label.name.as_ref().map_or(label.ident.span, |name| name.span);
                let message = format!("enum `{name}`: label `{text}` is there twice");
                self.error(file, span, message, &["rename one of them: `#[label(rename = \"..\")]`"]);
                continue;
            }
            let key = (name.clone(), text.clone());
            self.record(Path::Label(key.0.clone(), key.1.clone()), file, label.ident.span);
            if let Some(former) = &label.renamed_from {
                let place = self.place(file, former.span);
                self.model.intents.label_renames.insert(key, Placed { value: former.value.clone(), place });
            }
            labels.push(text);
        }
        labels
    }

    pub(super) fn schema_macros(&mut self, macros: &[(Item<'t>, &'t SchemaDecl)]) {
        let mut first_of_root = BTreeMap::new();
        for (item, decl) in macros {
            let file = item.at.file;
            let root = self.tree.modules.get(item.at.module).map(|module| module.root);
            if let Some(first) = first_of_root.insert(root, decl.span) {
                first_of_root.insert(root, first);
                self.error(
                    file,
                    item.declaration.start,
                    "a crate has one `schema! {}`",
                    &["move its statements into the first"],
                );
            }
            if self.model.places.get(&Path::SchemaMacro).is_none() {
                self.record(Path::SchemaMacro, file, item.declaration.start);
            }
            let mut named = BTreeSet::new();
            for namespace in &decl.namespaces {
                self.refuse(
                    Dialect::Sqlite,
                    file,
                    Some(namespace.span),
                    "SQLite has no schemas within a database",
                    "leave it out",
                );
                if !named.insert(&namespace.value) {
                    let message = format!("schema `{}` is declared twice", namespace.value);
                    self.error(file, namespace.span, message, &["remove one of them"]);
                }
                if self.dialect == Dialect::Postgres {
                    self.declare_namespace(&namespace.value);
                }
            }
            self.extensions(file, &decl.extensions);
            self.sequences(file, &decl.sequences);
            self.raws(file, &decl.raws);
            self.sql_texts(file, decl);
            self.schema_consents(file, &decl.allows);
            self.declare(item, Object::SchemaMacro, Vec::new());
        }
    }
}

fn label_text(label: &LabelDecl, rule: Option<RenameRule>) -> String {
    let ident = label.ident.value.clone();
    match (&label.name, rule) {
        (Some(name), _) => name.value.clone(),
        (None, Some(rule)) => attrs::rename(&ident, rule),
        (None, None) => ident,
    }
}
