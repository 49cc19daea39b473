//! Fields to columns.

use std::path::Path as FilePath;

use super::Lower;
use super::collect::finding;
use super::sequences::settled;
use super::tables::Draft;
use crate::attrs;
use crate::decl::{FieldDecl, JsonDecl, Mark, RenameRule, RustType};
use crate::dialect;
use crate::ir::{Column, Dialect, Generated, Identity, ObjectName, SqlType};
use crate::model::{ColumnPlace, Placed};
use crate::scan::outline::{self, Decl, Fault, ItemKind, Struct};
use crate::scan::resolve::{ItemRef, Meaning};
use crate::scan::tree::{FileId, ModuleId};
use crate::scan::types::{ColumnType, Problem};

/// A field that makes a column, of the table's own struct or of a flattened one.
pub(super) struct Field<'t> {
    pub(super) decl: &'t FieldDecl,
    pub(super) file: FileId,
    pub(super) module: ModuleId,
    pub(super) column: String,
    /// Of the table's own struct.
    own: bool,
}

impl Field<'_> {
    /// The field's name without `r#`.
    pub(super) fn name(&self) -> String {
        self.decl.ident.value.clone()
    }
}

/// A struct whose fields are read.
struct Source {
    file: FileId,
    module: ModuleId,
    rule: Option<RenameRule>,
    own: bool,
}

impl<'t> Lower<'_, 't> {
    pub(super) fn columns(&mut self, draft: &mut Draft<'t>) {
        let rule = draft.decl.rename_all.as_ref().map(|rule| rule.value);
        let source = Source { file: draft.file(), module: draft.item.at.module, rule, own: true };
        let mut fields = Vec::new();
        self.expand(&draft.decl.fields, &source, &mut vec![std::ptr::from_ref(draft.item.at.item)], &mut fields);
        let mut places = Vec::with_capacity(fields.len());
        for field in fields {
            if let Some(first) = draft.fields.iter().find(|first| first.column == field.column) {
                let span = field.decl.name.as_ref().map_or(field.decl.ident.span, |name| name.span);
                let message = format!(
                    "table `{}`: column `{}` is there already, from field `{}`",
                    draft.name(),
                    field.column,
                    first.name()
                );
                self.error(field.file, span, message, &["give one of them another `#[column(name = \"..\")]`"]);
                continue;
            }
            places.push(self.column_place(&field));
            self.column(draft, &field);
            draft.fields.push(field);
        }
        self.model.places.insert_columns(&draft.table.name, places);
    }

    fn column_place(&self, field: &Field<'t>) -> ColumnPlace<'t> {
        let file = self.tree.files.get(field.file).map_or_else(|| FilePath::new(""), |file| &file.shown);
        ColumnPlace {
            name: field.column.clone(),
            file,
            at: field.decl.ident.span.start(),
            ty: type_span(field.decl).start(),
        }
    }

    /// The fields with those of flattened structs in their place.
    fn expand(
        &mut self,
        decls: &'t [FieldDecl],
        source: &Source,
        open: &mut Vec<*const outline::Item>,
        out: &mut Vec<Field<'t>>,
    ) {
        for decl in decls {
            if decl.flatten.is_some() {
                self.flatten(decl, source, open, out);
                continue;
            }
            let ident = decl.ident.value.clone();
            let column = match (&decl.name, source.rule) {
                (Some(name), _) => name.value.clone(),
                (None, Some(rule)) => attrs::rename(&ident, rule),
                (None, None) => ident,
            };
            out.push(Field { decl, file: source.file, module: source.module, column, own: source.own });
        }
    }

    fn flatten(
        &mut self,
        decl: &FieldDecl,
        source: &Source,
        open: &mut Vec<*const outline::Item>,
        out: &mut Vec<Field<'t>>,
    ) {
        let Some((at, shape)) = self.flattened_struct(source.module, &decl.ty.value) else {
            let message = format!("field `{}`: the flattened struct isn't found in the crate", decl.ident.value);
            let help = ["flatten a struct of this crate, whose fields the scan can read", "or write its fields out"];
            self.error(source.file, decl.ty.span, message, &help);
            return;
        };
        if open.contains(&std::ptr::from_ref(at.item)) {
            let message = format!("field `{}`: the struct is flattened into itself", decl.ident.value);
            self.error(source.file, decl.ty.span, message, &["leave it out"]);
            return;
        }
        match fields_of(at.item, shape) {
            Ok((fields, rule)) => {
                open.push(std::ptr::from_ref(at.item));
                let inner = Source { file: at.file, module: at.module, rule, own: false };
                self.expand(fields, &inner, open, out);
                open.pop();
            }
            Err(faults) => {
                let Some(file) = self.tree.files.get(at.file) else { return };
                self.findings.extend(faults.iter().map(|fault| finding(file, fault)));
            }
        }
    }

    fn flattened_struct(&self, module: ModuleId, ty: &RustType) -> Option<(ItemRef<'t>, &'t Struct)> {
        let RustType::Path(path) = ty else { return None };
        let Ok(Meaning::Item(at)) = self.types.scopes.resolve(module, path) else { return None };
        let at = self.types.without_aliases(at);
        match &at.item.kind {
            ItemKind::Struct(shape) => Some((at, shape)),
            _ => None,
        }
    }

    fn column(&mut self, draft: &mut Draft<'t>, field: &Field<'_>) {
        let (file, decl) = (field.file, field.decl);
        let table = draft.table.name.clone();
        self.column_intents(&table, field);
        self.refuse_in_column(field);
        let ty = match self.column_type(field, draft.table.strict) {
            Ok(ty) => ty,
            Err(problem) => {
                let message = format!("table `{table}`: column `{}`: {}", field.column, problem.message);
                let help: Vec<&str> = problem.help.iter().map(String::as_str).collect();
                self.error(file, type_span(decl), message, &help);
                return;
            }
        };
        if let Some(asserted) = ty.asserted.filter(|_| field.own) {
            draft.field_types.push((field.name(), asserted));
        }
        draft.table.columns.push(Column {
            nullable: ty.nullable,
            default: decl.default.as_ref().map(|text| text.value.trim().to_owned()),
            identity: decl.identity.as_ref().map(|identity| identity.value),
            generated: decl.generated.as_ref().map(|generated| Generated {
                expression: expression(&generated.value.expression),
                stored: generated.value.stored,
            }),
            identity_options: decl
                .sequence
                .as_ref()
                .map(|options| settled(&options.value.0, &ty.sql.to_string()))
                .unwrap_or_default(),
            storage: decl.storage.as_ref().map(|storage| storage.value.clone()),
            compression: decl.compression.as_ref().map(|method| method.value.clone()),
            statistics: decl.statistics.as_ref().map(|target| target.value),
            charset: decl.charset.as_ref().map(|charset| charset.value.to_ascii_lowercase()),
            on_update: decl.on_update.as_ref().map(|text| text.value.trim().to_owned()),
            collation: decl.collate.as_ref().map(|collation| collation.value.clone()),
            comment: decl.comment.as_ref().map(|comment| comment.value.clone()),
            ..Column::new(field.column.clone(), ty.sql)
        });
    }

    fn column_intents(&mut self, table: &ObjectName, field: &Field<'_>) {
        let key = (table.clone(), field.column.clone());
        if let Some(former) = &field.decl.renamed_from {
            let place = self.place(field.file, former.span);
            self.model.intents.column_renames.insert(key.clone(), Placed { value: former.value.clone(), place });
        }
        if field.decl.online.is_some() {
            self.model.intents.online.insert(key.clone());
        }
        if let Some(backfill) = &field.decl.backfill {
            let place = self.place(field.file, backfill.span);
            self.model.intents.backfills.insert(key, Placed { value: backfill.value.trim().to_owned(), place });
        }
        self.consents(field.file, &field.decl.allows, table, Some(&field.column));
    }

    /// What this database can't do with a column.
    fn refuse_in_column(&mut self, field: &Field<'_>) {
        let (file, decl) = (field.file, field.decl);
        self.refuse_comment(file, decl.comment.as_ref());
        self.refuse(
            Dialect::Sqlite,
            file,
            decl.online,
            "a SQLite file has no second release beside the one that migrates it",
            "leave out `online`",
        );
        let always = decl.identity.as_ref().filter(|identity| identity.value == Identity::Always);
        self.refuse(
            Dialect::Sqlite,
            file,
            always.map(|identity| identity.span),
            "SQLite's AUTOINCREMENT can't refuse given values as `identity = always` does",
            "write `identity`",
        );
        let virtual_column = decl.generated.as_ref().filter(|generated| !generated.value.stored);
        self.refuse(
            Dialect::Postgres,
            file,
            virtual_column.map(|generated| generated.span),
            "PostgreSQL has virtual generated columns from version 18 only",
            "write `stored` beside it",
        );
        self.refuse_collation(file, decl.collate.as_ref());
        self.refuse_but_mysql(file, "charset", decl.charset.as_ref().map(|charset| charset.span));
        self.refuse_but_mysql(file, "on_update", decl.on_update.as_ref().map(|text| text.span));
        self.refuse_on_sqlite(file, "sequence", decl.sequence.as_ref().map(|options| options.span));
        self.refuse_on_sqlite(file, "storage", decl.storage.as_ref().map(|storage| storage.span));
        self.refuse_on_sqlite(file, "compression", decl.compression.as_ref().map(|method| method.span));
        self.refuse_on_sqlite(file, "statistics", decl.statistics.as_ref().map(|target| target.span));
    }

    /// SQLite brings three collations; others are functions of one application.
    pub(super) fn refuse_collation(&mut self, file: FileId, collation: Option<&crate::decl::Spanned<String>>) {
        const KNOWN: [&str; 3] = ["BINARY", "NOCASE", "RTRIM"];
        let unknown =
            collation.filter(|collation| !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(&collation.value)));
        self.refuse(
            Dialect::Sqlite,
            file,
            unknown.map(|collation| collation.span),
            "SQLite brings no such collation",
            "use `BINARY`, `NOCASE` or `RTRIM`",
        );
    }

    fn column_type(&self, field: &Field<'_>, strict: bool) -> Result<ColumnType, Problem> {
        let decl = field.decl;
        let stored = decl.try_from.as_ref().filter(|ty| !self.types.is_label(field.module, &ty.value));
        let rust = self.types.resolve(field.module, &stored.unwrap_or(&decl.ty).value);
        let json_nullable = decl.json.as_ref().map(|json| json.value == JsonDecl::Nullable);
        if let Some(text) = &decl.sql_type {
            let nullable = json_nullable.unwrap_or_else(|| self.types.is_nullable(&rust));
            return Ok(ColumnType { sql: self.stated_type(&text.value)?, nullable, asserted: None });
        }
        if let Some(nullable) = json_nullable {
            let text = match self.dialect {
                Dialect::Postgres => "jsonb",
                Dialect::Sqlite => "TEXT",
                Dialect::MariaDb | Dialect::MySql => "json",
            };
            return Ok(ColumnType { sql: SqlType::builtin(text), nullable, asserted: None });
        }
        let mut column = self.types.column(&rust)?;
        if stored.is_some() {
            column.asserted = None;
        }
        if strict {
            column.sql = strict_type(column.sql);
        }
        Ok(column)
    }

    /// `type = ".."`: an enum, a domain or a composite type of the crate by its name, else a type of the database.
    pub(super) fn stated_type(&self, text: &str) -> Result<SqlType, Problem> {
        let (element, is_array) = match text.trim().strip_suffix("[]") {
            Some(element) if self.dialect == Dialect::Postgres => (element.trim_end(), true),
            _ => (text.trim(), false),
        };
        // Names in SQL are folded to lower case.
        let names = [element.to_owned(), element.to_lowercase()].map(|name| self.named_object(&name, "public"));
        if let Some(name) = names.into_iter().find(|name| self.types.names().any(|own| own == name)) {
            let named = SqlType::Named(name);
            return Ok(if is_array { SqlType::Array(Box::new(named)) } else { named });
        }
        dialect::parse_type(self.dialect, text).map_err(|message| Problem { message, help: Vec::new() })
    }
}

/// What says a field's type.
fn type_span(decl: &FieldDecl) -> Mark {
    decl.sql_type.as_ref().map_or(decl.ty.span, |text| text.span)
}

/// The fields of a struct and the rule that names their columns, or what is wrong with its attributes.
fn fields_of<'t>(
    item: &'t outline::Item,
    shape: &'t Struct,
) -> Result<(&'t [FieldDecl], Option<RenameRule>), &'t [Fault]> {
    match item.declaration.as_ref().map(|declaration| &declaration.read) {
        Some(Ok(Decl::Table(table))) => Ok((&table.fields, table.rename_all.as_ref().map(|rule| rule.value))),
        Some(Err(faults)) => Err(faults),
        _ => shape.flattened.as_ref().map(|own| (own.fields.as_slice(), own.rename_all)).map_err(Vec::as_slice),
    }
}

/// STRICT tables have five types; sqlx reads these values from them as well.
fn strict_type(ty: SqlType) -> SqlType {
    let SqlType::Builtin(text) = &ty else { return ty };
    match text.as_str() {
        "BOOLEAN" => SqlType::builtin("INTEGER"),
        "DATETIME" | "DATE" | "TIME" => SqlType::builtin("TEXT"),
        _ => ty,
    }
}

/// SQL text without blanks and parentheses around the whole, which mean nothing.
pub(super) fn expression(text: &str) -> String {
    let mut text = text.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        if !is_balanced(inner) {
            break;
        }
        text = inner.trim();
    }
    text.to_owned()
}

/// False when a parenthesis closes one that was opened before the text, or when that can't be told.
fn is_balanced(text: &str) -> bool {
    if ["--", "/*", "$"].iter().any(|odd| text.contains(odd)) {
        return false;
    }
    let (mut depth, mut quote) = (0_usize, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => return false,
            (None, ')') => depth -= 1,
            _ => {}
        }
    }
    depth == 0 && quote.is_none()
}

#[cfg(test)]
mod tests {
    use super::expression;

    #[test]
    fn only_parentheses_around_the_whole_are_removed() {
        assert_eq!(expression(" ((a > 0)) "), "a > 0");
        assert_eq!(expression("(a) + (b)"), "(a) + (b)");
        assert_eq!(expression("(a = ')(')"), "a = ')('");
        assert_eq!(expression("(a -- )\n)"), "(a -- )\n)");
        assert_eq!(expression("()"), "");
    }
}
