//! Which items exist: those of tests do not, those behind any other cfg always do (BUGS.md B30).

use syn::punctuated::Punctuated;

/// True for an item that exists in tests only: `cfg(test)`, `cfg(all(test, ..))`.
pub(super) fn is_test(attrs: &[syn::Attribute]) -> bool {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .any(|attr| attr.parse_args::<syn::Meta>().is_ok_and(|condition| requires_test(&condition)))
}

fn requires_test(condition: &syn::Meta) -> bool {
    match condition {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) if list.path.is_ident("all") => list
            .parse_args_with(Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated)
            .is_ok_and(|parts| parts.iter().any(requires_test)),
        _ => false,
    }
}

/// True when a cfg decides whether or where a module's file exists: `cfg(..)`, `cfg_attr(.., path = "..")`.
pub(super) fn is_conditional(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr"))
}

/// True when a cfg removes the item or a part of it in some builds: its macro then runs not at all, or on other tokens.
pub(super) fn removes_any(item: &syn::Item) -> bool {
    let has_cfg = |attrs: &[syn::Attribute]| attrs.iter().any(|attr| attr.path().is_ident("cfg"));
    has_cfg(attrs(item))
        || match item {
            syn::Item::Struct(item) => item.fields.iter().any(|field| has_cfg(&field.attrs)),
            syn::Item::Enum(item) => item.variants.iter().any(|variant| has_cfg(&variant.attrs)),
            _ => false,
        }
}

/// The attributes of an item that may declare something or lead to something.
pub(super) fn attrs(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::ExternCrate(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Union(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_test_is_of_tests() {
        let is = |text: &str| is_test(&syn::parse_str::<syn::ItemStruct>(&format!("{text} struct A;")).unwrap().attrs);
        assert!(is("#[cfg(test)]") && is("#[cfg(all(unix, test))]") && is("#[cfg(all(unix, all(test)))]"));
        assert!(
            !is("#[cfg(not(test))]") && !is("#[cfg(any(test, unix))]") && !is("#[cfg(feature = \"test\")]") && !is("")
        );
    }
}
