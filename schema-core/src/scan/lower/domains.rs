//! Domains and composite types.

use super::Lower;
use super::collect::Item;
use super::columns::expression;
use crate::attrs;
use crate::decl::{AttributeDecl, CompositeDecl, DomainDecl, Mark, RustType, Spanned};
use crate::ir::{Attribute, Check, CompositeType, Dialect, Domain, ObjectName, SqlType, TypeKind};
use crate::model::{Object, Path, Placed};
use crate::names::{Kind, derived};
use crate::scan::tree::{FileId, ModuleId};
use crate::scan::types::Problem;

impl<'t> Lower<'_, 't> {
    /// Lowers them. Their names come first, since one may be made of another.
    pub(super) fn types(
        &mut self,
        domains: Vec<(Item<'t>, &'t DomainDecl)>,
        composites: Vec<(Item<'t>, &'t CompositeDecl)>,
    ) {
        let domains: Vec<_> = domains
            .into_iter()
            .filter_map(|(item, decl)| {
                let name = attrs::domain_name(decl);
                let at = decl.name.as_ref().map_or(decl.ident.span, |name| name.span);
                let name = self.type_name(&item, at, name, decl.schema.as_ref(), "domain")?;
                self.record(Path::Domain(name.clone()), item.at.file, decl.ident.span);
                Some((item, decl, name))
            })
            .collect();
        let composites: Vec<_> = composites
            .into_iter()
            .filter_map(|(item, decl)| {
                let name = attrs::composite_name(decl);
                let at = decl.name.as_ref().map_or(decl.ident.span, |name| name.span);
                let name = self.type_name(&item, at, name, decl.schema.as_ref(), "composite")?;
                self.record(Path::Composite(name.clone()), item.at.file, decl.ident.span);
                Some((item, decl, name))
            })
            .collect();
        domains.iter().for_each(|(item, decl, name)| self.domain(item, decl, name));
        composites.iter().for_each(|(item, decl, name)| self.composite(item, decl, name));
    }

    /// The full name of a type; `None` when another type has it, or the database has no such types.
    fn type_name(
        &mut self,
        item: &Item<'t>,
        span: Mark,
        name: String,
        schema: Option<&Spanned<String>>,
        attribute: &str,
    ) -> Option<ObjectName> {
        let file = item.at.file;
        let what = match attribute {
            "domain" => "SQLite has no domains",
            _ => "SQLite has no composite types",
        };
        let help = "leave the derive out: store the plain type, with a `check` on the column, or JSON";
        if self.refuse(Dialect::Sqlite, file, Some(span), what, help) {
            return None;
        }
        let name = self.object_name(file, name, schema);
        if self.types.names().any(|other| *other == name) {
            let paths = [Path::Enum(name.clone()), Path::Domain(name.clone()), Path::Composite(name.clone())];
            let first = paths.iter().map(|path| self.elsewhere(path)).find(|place| !place.is_empty());
            let message = format!("type `{name}` is declared twice{}", first.unwrap_or_default());
            let help = format!("give one of them another `#[{attribute}(name = \"..\")]`, or remove it");
            self.error(file, span, message, &[&help]);
            return None;
        }
        self.types.name(item.at.item, name.clone());
        Some(name)
    }

    fn domain(&mut self, item: &Item<'t>, decl: &DomainDecl, name: &ObjectName) {
        let (file, module) = (item.at.file, item.at.module);
        let object = Object::Domain(name.clone());
        self.declare(item, object, Vec::new());
        self.type_rename(file, (TypeKind::Domain, name), decl.renamed_from.as_ref());
        let described = format!("domain `{name}`");
        let Some(ty) = self.part_type(file, module, &described, &decl.ty, decl.sql_type.as_ref()) else { return };
        if ty.named() == Some(name) {
            let span = decl.sql_type.as_ref().map_or(decl.ty.span, |text| text.span);
            self.error(file, span, format!("{described} is made of itself"), &["name another type"]);
            return;
        }
        let mut domain = Domain::new(name.clone(), ty);
        domain.not_null = decl.not_null.is_some();
        domain.default = decl.default.as_ref().map(|text| text.value.trim().to_owned());
        domain.collation = decl.collate.as_ref().map(|collation| collation.value.clone());
        domain.comment = decl.comment.as_ref().map(|comment| comment.value.clone());
        let stated: Vec<String> =
            decl.checks.iter().filter_map(|check| Some(check.value.name.as_ref()?.value.clone())).collect();
        for Spanned { value: check, span } in &decl.checks {
            let taken = |wanted: &str, domain: &Domain| {
                stated.iter().any(|other| other == wanted) || domain.checks.iter().any(|other| other.name == wanted)
            };
            let check_name = match &check.name {
                Some(stated) => stated.value.clone(),
                None => (1..)
                    .map(|number| numbered(&name.name, number))
                    .find(|wanted| !taken(wanted, &domain))
                    .unwrap_or_default(),
            };
            if domain.checks.iter().any(|other| other.name == check_name) {
                let message = format!("{described}: constraint `{check_name}` is there twice");
                self.error(file, *span, message, &["choose another `name = \"..\"`"]);
                continue;
            }
            let mut lowered = Check::new(check_name, expression(&check.expression.value));
            lowered.not_valid = check.not_valid.is_some();
            domain.checks.push(lowered);
        }
        domain.checks.sort_by(|a, b| a.name.cmp(&b.name));
        self.model.schema.domains.insert(name.clone(), domain);
    }

    fn composite(&mut self, item: &Item<'t>, decl: &CompositeDecl, name: &ObjectName) {
        let file = item.at.file;
        self.declare(item, Object::Composite(name.clone()), Vec::new());
        self.type_rename(file, (TypeKind::Composite, name), decl.renamed_from.as_ref());
        let mut attributes: Vec<Attribute> = Vec::new();
        for field in &decl.fields {
            let attribute = attribute_name(decl, field);
            let described = format!("composite type `{name}`: attribute `{attribute}`");
            if attributes.iter().any(|other| other.name == attribute) {
                let span = field.name.as_ref().map_or(field.ident.span, |name| name.span);
                let help = "give one of them another `#[column(name = \"..\")]`";
                self.error(file, span, format!("{described} is there twice"), &[help]);
                continue;
            }
            self.record(Path::Attribute(name.clone(), attribute.clone()), file, field.ident.span);
            if let Some(former) = &field.renamed_from {
                let placed = Placed { value: former.value.clone(), place: self.place(file, former.span) };
                self.model.intents.column_renames.insert((name.clone(), attribute.clone()), placed);
            }
            let ty = self.part_type(file, item.at.module, &described, &field.ty, field.sql_type.as_ref());
            let Some(ty) = ty else { continue };
            let collation = field.collate.as_ref().map(|collation| collation.value.clone());
            attributes.push(Attribute { name: attribute, ty, collation });
        }
        let comment = decl.comment.as_ref().map(|comment| comment.value.clone());
        let composite = CompositeType { name: name.clone(), attributes, comment };
        self.model.schema.composites.insert(name.clone(), composite);
    }

    /// The SQL type of a domain or an attribute; what is wrong with it is reported.
    fn part_type(
        &mut self,
        file: FileId,
        module: ModuleId,
        described: &str,
        ty: &Spanned<RustType>,
        stated: Option<&Spanned<String>>,
    ) -> Option<SqlType> {
        let (span, found) = match stated {
            Some(text) => (text.span, self.stated_type(&text.value)),
            None => (ty.span, self.types.column(&self.types.resolve(module, &ty.value)).map(|column| column.sql)),
        };
        match found {
            Ok(ty) => Some(ty),
            Err(Problem { message, help }) => {
                let help: Vec<&str> = help.iter().map(String::as_str).collect();
                self.error(file, span, format!("{described}: {message}"), &help);
                None
            }
        }
    }
}

/// `email_check`, `email_2_check`.
fn numbered(domain: &str, number: usize) -> String {
    let parts: Vec<String> = if number == 1 { Vec::new() } else { vec![number.to_string()] };
    derived(domain, &parts, Kind::Check)
}

fn attribute_name(decl: &CompositeDecl, field: &AttributeDecl) -> String {
    let ident = field.ident.value.clone();
    match (&field.name, &decl.rename_all) {
        (Some(name), _) => name.value.clone(),
        (None, Some(rule)) => attrs::rename(&ident, rule.value),
        (None, None) => ident,
    }
}
