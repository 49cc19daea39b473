//! Rust types and paths as the source writes them, as far as columns and foreign keys need them.

use std::fmt;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use serde::{Deserialize, Serialize};
use syn::ext::IdentExt as _;

/// A Rust type, without what makes no difference to a column: parentheses and references.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RustType {
    /// `Option<chrono::NaiveDate>`.
    Path(RustPath),
    /// `[T]`.
    Slice(Box<RustType>),
    /// `[T; n]`.
    Array(Box<RustType>),
    /// Any other, as it is written: no column is made of it.
    Other(String),
}

/// The path of a type or a struct.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RustPath {
    /// Starts with `::`.
    pub absolute: bool,
    /// The names, without `r#`.
    pub segments: Vec<String>,
    /// Types among the generic arguments of the last name.
    pub arguments: Vec<RustType>,
}

impl RustPath {
    /// The last name.
    #[must_use]
    pub fn last(&self) -> &str {
        self.segments.last().map_or("", String::as_str)
    }

    /// The name when there is but one, without arguments.
    #[must_use]
    pub fn single(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [name] if !self.absolute && self.arguments.is_empty() => Some(name),
            _ => None,
        }
    }

    /// The path's names as tokens that stand at `span`, without arguments.
    #[must_use]
    pub fn tokens(&self, span: Span) -> TokenStream {
        let names = self.segments.iter().map(|name| ident(name, span));
        let start = self.absolute.then(|| quote::quote_spanned!(span=> ::));
        quote!(#start #(#names)::*)
    }
}

fn ident(name: &str, span: Span) -> Ident {
    let parsed = syn::parse_str::<Ident>(name).map(|_| Ident::new(name, span));
    parsed.unwrap_or_else(|_| match name {
        "crate" | "self" | "super" | "Self" => Ident::new(name, span),
        keyword => Ident::new_raw(keyword, span),
    })
}

impl From<&syn::Type> for RustType {
    fn from(ty: &syn::Type) -> Self {
        match ty {
            syn::Type::Group(ty) => Self::from(ty.elem.as_ref()),
            syn::Type::Paren(ty) => Self::from(ty.elem.as_ref()),
            syn::Type::Reference(ty) => Self::from(ty.elem.as_ref()),
            syn::Type::Slice(ty) => Self::Slice(Box::new(Self::from(ty.elem.as_ref()))),
            syn::Type::Array(ty) => Self::Array(Box::new(Self::from(ty.elem.as_ref()))),
            syn::Type::Path(ty) if ty.qself.is_none() => Self::Path(RustPath::from(&ty.path)),
            ty => Self::Other(spelled(ty)),
        }
    }
}

impl From<&syn::Path> for RustPath {
    fn from(path: &syn::Path) -> Self {
        let arguments = match path.segments.last().map(|segment| &segment.arguments) {
            Some(syn::PathArguments::AngleBracketed(list)) => list.args.iter().filter_map(type_argument).collect(),
            _ => Vec::new(),
        };
        let segments = path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect();
        Self { absolute: path.leading_colon.is_some(), segments, arguments }
    }
}

fn type_argument(argument: &syn::GenericArgument) -> Option<RustType> {
    match argument {
        syn::GenericArgument::Type(ty) => Some(RustType::from(ty)),
        _ => None,
    }
}

impl fmt::Display for RustType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.fmt(f),
            Self::Slice(element) => write!(f, "[{element}]"),
            Self::Array(element) => write!(f, "[{element}; _]"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for RustPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = if self.absolute { "::" } else { "" };
        write!(f, "{start}{}", self.segments.join("::"))?;
        if self.arguments.is_empty() {
            return Ok(());
        }
        let arguments: Vec<String> = self.arguments.iter().map(ToString::to_string).collect();
        write!(f, "<{}>", arguments.join(", "))
    }
}

/// Tokens as a reader writes them.
fn spelled(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    [(" :: ", "::"), (":: ", "::"), (" < ", "<"), (" >", ">"), ("& ", "&"), (" ,", ",")]
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> RustType {
        RustType::from(&syn::parse_str::<syn::Type>(text).unwrap())
    }

    #[test]
    fn types_read_as_they_are_written() {
        for text in ["Option<chrono::DateTime<Utc>>", "::std::vec::Vec<u8>", "[u8]", "(i32, i32)"] {
            assert_eq!(read(text).to_string(), text);
        }
        assert_eq!(read("&'a (r#type::Cow<'a, str>)").to_string(), "type::Cow<str>");
    }

    #[test]
    fn a_paths_tokens_are_valid_rust_whatever_its_names() {
        for text in ["crate::models::User", "super::r#type::Org", "::other::Org", "Self"] {
            let path = RustPath::from(&syn::parse_str::<syn::Path>(text).unwrap());
            let again: syn::Path = syn::parse2(path.tokens(Span::call_site())).unwrap();
            assert_eq!(RustPath::from(&again), path);
            assert_eq!(again.to_token_stream().to_string().replace(' ', ""), text);
        }
    }
}
