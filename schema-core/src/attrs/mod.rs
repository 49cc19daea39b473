//! Attributes: from the syntax of one item to its declaration ([`crate::decl`]), with every error at its token.
//!
//! The derives and the scan both call this, so they can't disagree. Nothing is resolved here: names of fields become
//! columns, paths become tables and Rust types become SQL types in [`crate::scan`]. Each attribute name stands once,
//! in [`mod@reference`], from which errors, the documentation and the derives' rustdoc take it.

mod allow;
mod column;
mod composite;
mod conditional;
mod constraint;
mod context;
mod domain;
mod entry;
mod index;
pub mod reference;
mod rename;
mod schema_macro;
mod sql_enum;
mod sqlx;
mod table;
mod value;
mod view;

#[cfg(test)]
mod tests;

use crate::decl::{CompositeDecl, DomainDecl, EnumDecl, FieldDecl, RenameRule, SchemaDecl, TableDecl, ViewDecl};

pub use conditional::derives;
pub(crate) use conditional::{derived, unconditional};
pub use rename::{column_name, composite_name, domain_name, enum_name, label_name, rename, table_name, view_name};

/// Reads a struct with `#[derive(Table)]`.
///
/// # Errors
/// Everything that is wrong with its attributes, combined.
pub fn table(item: &syn::ItemStruct) -> syn::Result<TableDecl> {
    table::parse(item)
}

/// Reads the fields of a struct that `#[sqlx(flatten)]` puts into a table. They need `#[column(..)]` at most. With them
/// the struct's own sqlx `rename_all`, which sqlx applies to them.
///
/// # Errors
/// Everything that is wrong with its attributes, combined.
pub fn flattened(item: &syn::ItemStruct) -> syn::Result<(Vec<FieldDecl>, Option<RenameRule>)> {
    table::parse_flattened(item)
}

/// Reads an enum with `#[derive(SqlEnum)]`.
///
/// # Errors
/// Everything that is wrong with its attributes, combined.
pub fn sql_enum(item: &syn::ItemEnum) -> syn::Result<EnumDecl> {
    sql_enum::parse(item)
}

/// Reads a struct with `#[derive(Domain)]`.
///
/// # Errors
/// Everything that is wrong with its attributes, combined.
pub fn domain(item: &syn::ItemStruct) -> syn::Result<DomainDecl> {
    domain::parse(item)
}

/// Reads a struct with `#[derive(Composite)]`.
///
/// # Errors
/// Everything that is wrong with its attributes, combined.
pub fn composite(item: &syn::ItemStruct) -> syn::Result<CompositeDecl> {
    composite::parse(item)
}

/// Reads a struct with `#[derive(View)]`.
///
/// # Errors
/// Everything that is wrong with its attributes, combined.
pub fn view(item: &syn::ItemStruct) -> syn::Result<ViewDecl> {
    view::parse(item)
}

/// Reads the body of `schema! { .. }`.
///
/// # Errors
/// Everything that is wrong with it, combined.
pub fn schema_macro(body: proc_macro2::TokenStream) -> syn::Result<SchemaDecl> {
    schema_macro::parse(body)
}
