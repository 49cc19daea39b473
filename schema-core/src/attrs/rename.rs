use heck::{ToKebabCase as _, ToLowerCamelCase as _, ToShoutySnakeCase as _, ToSnakeCase as _, ToUpperCamelCase as _};

use crate::decl::{
    CompositeDecl, DomainDecl, EnumDecl, FieldDecl, LabelDecl, RenameRule, Spanned, TableDecl, ViewDecl,
};

/// The rules by their names in sqlx.
pub(super) const RULES: [(&str, RenameRule); 7] = [
    ("snake_case", RenameRule::SnakeCase),
    ("lowercase", RenameRule::LowerCase),
    ("UPPERCASE", RenameRule::UpperCase),
    ("SCREAMING_SNAKE_CASE", RenameRule::ScreamingSnakeCase),
    ("kebab-case", RenameRule::KebabCase),
    ("camelCase", RenameRule::CamelCase),
    ("PascalCase", RenameRule::PascalCase),
];

/// A field's or variant's name by a rule, exactly as sqlx makes it: rows would not be read otherwise.
///
/// ```
/// use schema_core::{attrs::rename, decl::RenameRule};
/// assert_eq!(rename("InReview", RenameRule::SnakeCase), "in_review");
/// assert_eq!(rename("InReview", RenameRule::LowerCase), "inreview");
/// ```
#[must_use]
pub fn rename(ident: &str, rule: RenameRule) -> String {
    match rule {
        RenameRule::SnakeCase => ident.to_snake_case(),
        RenameRule::LowerCase => ident.to_lowercase(),
        RenameRule::UpperCase => ident.to_uppercase(),
        RenameRule::ScreamingSnakeCase => ident.to_shouty_snake_case(),
        RenameRule::KebabCase => ident.to_kebab_case(),
        RenameRule::CamelCase => ident.to_lower_camel_case(),
        RenameRule::PascalCase => ident.to_upper_camel_case(),
    }
}

/// A table's name: as stated, or the struct's in snake_case.
#[must_use]
pub fn table_name(table: &TableDecl) -> String {
    stated(table.name.as_ref(), || rename(&table.ident.value, RenameRule::SnakeCase))
}

/// A column's name: as stated, or the field's by the struct's `rename_all`.
#[must_use]
pub fn column_name(table: &TableDecl, field: &FieldDecl) -> String {
    stated(field.name.as_ref(), || ruled(&field.ident.value, table.rename_all.as_ref()))
}

/// An enum's name: as stated, or the Rust enum's in snake_case.
#[must_use]
pub fn enum_name(decl: &EnumDecl) -> String {
    stated(decl.name.as_ref(), || rename(&decl.ident.value, RenameRule::SnakeCase))
}

/// A domain's name: as stated, or the struct's in snake_case.
#[must_use]
pub fn domain_name(decl: &DomainDecl) -> String {
    stated(decl.name.as_ref(), || rename(&decl.ident.value, RenameRule::SnakeCase))
}

/// A composite type's name: as stated, or the struct's in snake_case.
#[must_use]
pub fn composite_name(decl: &CompositeDecl) -> String {
    stated(decl.name.as_ref(), || rename(&decl.ident.value, RenameRule::SnakeCase))
}

/// A view's name: as stated, or the struct's in snake_case.
#[must_use]
pub fn view_name(decl: &ViewDecl) -> String {
    stated(decl.name.as_ref(), || rename(&decl.ident.value, RenameRule::SnakeCase))
}

/// A label: as stated, or the variant's name by the enum's `rename_all`.
#[must_use]
pub fn label_name(decl: &EnumDecl, label: &LabelDecl) -> String {
    stated(label.name.as_ref(), || ruled(&label.ident.value, decl.rename_all.as_ref()))
}

pub(super) fn stated(name: Option<&Spanned<String>>, otherwise: impl FnOnce() -> String) -> String {
    name.map_or_else(otherwise, |name| name.value.clone())
}

pub(super) fn ruled(ident: &str, rule: Option<&Spanned<RenameRule>>) -> String {
    rule.map_or_else(|| ident.to_owned(), |rule| rename(ident, rule.value))
}
