//! What the macros generate.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use schema_core::attrs;
use schema_core::decl::{CompositeDecl, DomainDecl, EnumDecl, Spanned, TableDecl, ViewDecl};
use schema_core::gate::{self, GateItem};
use syn::ext::IdentExt as _;

/// Splits a result into what to generate from and what to report.
fn split<T>(result: syn::Result<T>) -> (Option<T>, Option<syn::Error>) {
    match result {
        Ok(value) => (Some(value), None),
        Err(error) => (None, Some(error)),
    }
}

/// The item's own errors, and the build step's findings.
fn reports(tokens: &TokenStream, at: Span, error: Option<&syn::Error>, item: &GateItem) -> TokenStream {
    let own = error.map(syn::Error::to_compile_error);
    let found = gate::emit(tokens, at, &item.findings, error);
    quote!(#own #found)
}

/// `#[derive(Table)]`.
pub(crate) fn table(tokens: TokenStream) -> TokenStream {
    let item: syn::DeriveInput = match syn::parse2(tokens.clone()) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    let syn::Data::Struct(_) = item.data else {
        let message = "`derive(Table)` stands on a struct; for an enum there is `derive(SqlEnum)`";
        return syn::Error::new(item.ident.span(), message).into_compile_error();
    };
    let (decl, error) = split(syn::parse2(tokens.clone()).and_then(|item| attrs::table(&item)));
    let gate = gate::item_from_env(&tokens);
    let reports = reports(&tokens, item.ident.span(), error.as_ref(), &gate);
    let implementation = table_impl(&item, decl.as_ref());
    let assertions = decl.map(|decl| table_assertions(&item, &decl, &gate));
    quote!(#reports #implementation #assertions)
}

/// Without a declaration, because its attributes are wrong, an empty one: the errors are reported already, and uses
/// of the struct shall add none.
fn table_impl(item: &syn::DeriveInput, decl: Option<&TableDecl>) -> TokenStream {
    let ident = &item.ident;
    let (impl_generics, ty_generics, where_clause) = item.generics.split_for_impl();
    let name = decl.map(attrs::table_name).unwrap_or_default();
    let schema = match decl.and_then(|decl| decl.schema.as_ref()) {
        Some(schema) => {
            let schema = &schema.value;
            quote!(::core::option::Option::Some(#schema))
        }
        None => quote!(::core::option::Option::None),
    };
    let columns = decl.into_iter().flat_map(|decl| {
        let own = decl.fields.iter().filter(|field| field.flatten.is_none());
        own.map(|field| attrs::column_name(decl, field))
    });
    quote! {
        #[automatically_derived]
        impl #impl_generics ::schema_runtime::model::Table for #ident #ty_generics #where_clause {
            const NAME: &'static str = #name;
            const SCHEMA: ::core::option::Option<&'static str> = #schema;
            const COLUMNS: &'static [&'static str] = &[#(#columns),*];
        }
    }
}

/// Constants that compile only when the build step, which has no types, read the struct rightly.
fn table_assertions(item: &syn::DeriveInput, decl: &TableDecl, gate: &GateItem) -> TokenStream {
    let fields = match &item.data {
        syn::Data::Struct(data) => data.fields.iter().filter_map(|field| field_assertion(field, gate)).collect(),
        _ => Vec::new(),
    };
    let of_fields = decl.fields.iter().filter_map(|field| field.references.as_ref());
    let references = decl.foreign_keys.iter().chain(of_fields).map(|key| &key.value.references);
    let parents = decl.partition_of.iter().chain(&decl.inherits);
    let references = references.chain(parents);
    let references =
        references.filter(|path| !path.value.single().is_some_and(|name| name == "Self" || item.ident == name));
    let references = references.map(|path| {
        let path = path.value.tokens(path.span.into());
        quote!(::schema_runtime::model::assert_table::<#path>();)
    });
    quote! {
        const _: () = {
            #(#fields)*
            #(#references)*
        };
    }
}

fn field_assertion(field: &syn::Field, gate: &GateItem) -> Option<TokenStream> {
    let ident = field.ident.as_ref()?.unraw();
    let (_, taken_for) = gate.field_types.iter().find(|(name, _)| ident == name)?;
    let taken_for: syn::Type = syn::parse_str(taken_for).ok()?;
    let ty = &field.ty;
    Some(quote!(::schema_runtime::model::assert_field::<#ty, #taken_for>();))
}

/// `#[derive(SqlEnum)]`.
pub(crate) fn sql_enum(tokens: TokenStream) -> TokenStream {
    let item: syn::DeriveInput = match syn::parse2(tokens.clone()) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    let syn::Data::Enum(_) = item.data else {
        let message = "`derive(SqlEnum)` stands on an enum; for a struct there is `derive(Table)`";
        return syn::Error::new(item.ident.span(), message).into_compile_error();
    };
    let (decl, error) = split(syn::parse2(tokens.clone()).and_then(|item| attrs::sql_enum(&item)));
    let reports = reports(&tokens, item.ident.span(), error.as_ref(), &gate::item_from_env(&tokens));
    let implementation = enum_impl(&item, decl.as_ref());
    quote!(#reports #implementation)
}

fn enum_impl(item: &syn::DeriveInput, decl: Option<&EnumDecl>) -> TokenStream {
    let ident = &item.ident;
    let (impl_generics, ty_generics, where_clause) = item.generics.split_for_impl();
    let name = decl.map(attrs::enum_name).unwrap_or_default();
    let labels = decl.into_iter().flat_map(|decl| decl.labels.iter().map(|label| attrs::label_name(decl, label)));
    let labels: Vec<String> = labels.collect();
    let variants: Vec<&Ident> = match &item.data {
        syn::Data::Enum(data) => data.variants.iter().map(|variant| &variant.ident).collect(),
        _ => Vec::new(),
    };
    // Of a faulty declaration the errors are reported already.
    let from_label = decl.map(|_| {
        quote! {
            #[automatically_derived]
            impl #impl_generics ::core::convert::TryFrom<::schema_runtime::Label> for #ident #ty_generics #where_clause {
                type Error = ::schema_runtime::UnknownLabel;

                fn try_from(label: ::schema_runtime::Label) -> ::core::result::Result<Self, ::schema_runtime::UnknownLabel> {
                    match label.as_str() {
                        #(#labels => ::core::result::Result::Ok(Self::#variants),)*
                        _ => ::core::result::Result::Err(label.unknown_to(#name)),
                    }
                }
            }
        }
    });
    quote! {
        #from_label
        #[automatically_derived]
        impl #impl_generics ::schema_runtime::model::SqlEnum for #ident #ty_generics #where_clause {
            const NAME: &'static str = #name;
            const LABELS: &'static [&'static str] = &[#(#labels),*];
        }
    }
}

/// `schema! { .. }`.
pub(crate) fn schema(body: TokenStream) -> TokenStream {
    let (_, error) = split(attrs::schema_macro(body.clone()));
    reports(&body, Span::call_site(), error.as_ref(), &gate::item_from_env(&body))
}

/// Reads a struct for one of the derives that stand on structs only, and generates from it.
fn of_struct<D>(
    tokens: TokenStream,
    derive: &str,
    read: fn(&syn::ItemStruct) -> syn::Result<D>,
    implement: fn(&syn::DeriveInput, Option<&D>) -> TokenStream,
) -> TokenStream {
    let item: syn::DeriveInput = match syn::parse2(tokens.clone()) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    let syn::Data::Struct(_) = item.data else {
        let message = format!("`derive({derive})` stands on a struct");
        return syn::Error::new(item.ident.span(), message).into_compile_error();
    };
    let (decl, error) = split(syn::parse2(tokens.clone()).and_then(|item| read(&item)));
    let reports = reports(&tokens, item.ident.span(), error.as_ref(), &gate::item_from_env(&tokens));
    let implementation = implement(&item, decl.as_ref());
    quote!(#reports #implementation)
}

/// `impl ::schema_runtime::model::Name for Item { NAME, SCHEMA }`.
fn named_impl(
    item: &syn::DeriveInput,
    name_of_trait: &str,
    name: String,
    schema: Option<&Spanned<String>>,
) -> TokenStream {
    let name_of_trait = Ident::new(name_of_trait, Span::call_site());
    let ident = &item.ident;
    let (impl_generics, ty_generics, where_clause) = item.generics.split_for_impl();
    let schema = match schema.map(|schema| &schema.value) {
        Some(schema) => quote!(::core::option::Option::Some(#schema)),
        None => quote!(::core::option::Option::None),
    };
    quote! {
        #[automatically_derived]
        impl #impl_generics ::schema_runtime::model::#name_of_trait for #ident #ty_generics #where_clause {
            const NAME: &'static str = #name;
            const SCHEMA: ::core::option::Option<&'static str> = #schema;
        }
    }
}

/// `#[derive(Domain)]`.
pub(crate) fn domain(tokens: TokenStream) -> TokenStream {
    of_struct(tokens, "Domain", attrs::domain, |item, decl: Option<&DomainDecl>| {
        let schema = decl.and_then(|decl| decl.schema.as_ref());
        named_impl(item, "Domain", decl.map(attrs::domain_name).unwrap_or_default(), schema)
    })
}

/// `#[derive(Composite)]`.
pub(crate) fn composite(tokens: TokenStream) -> TokenStream {
    of_struct(tokens, "Composite", attrs::composite, |item, decl: Option<&CompositeDecl>| {
        let schema = decl.and_then(|decl| decl.schema.as_ref());
        named_impl(item, "Composite", decl.map(attrs::composite_name).unwrap_or_default(), schema)
    })
}

/// `#[derive(View)]`.
pub(crate) fn view(tokens: TokenStream) -> TokenStream {
    of_struct(tokens, "View", attrs::view, |item, decl: Option<&ViewDecl>| {
        let schema = decl.and_then(|decl| decl.schema.as_ref());
        named_impl(item, "View", decl.map(attrs::view_name).unwrap_or_default(), schema)
    })
}
