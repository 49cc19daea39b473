//! `migrate!()`: the migrations folder inside the binary.

use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream};
use quote::quote;
use schema_core::diag::Finding;
use schema_core::migration::{Migration, read_dir};
use syn::{Error, LitStr};

/// The folder that the build step names.
const ENV: &str = "SCHEMA_MIGRATIONS";

/// An expression of type `schema_runtime::migrate::Migrator`.
pub(crate) fn migrate(input: TokenStream) -> TokenStream {
    expand(input).unwrap_or_else(|error| error.into_compile_error())
}

fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let given: Option<LitStr> = if input.is_empty() { None } else { Some(syn::parse2(input)?) };
    let span = given.as_ref().map_or_else(Span::call_site, LitStr::span);
    let folder = folder(given.as_ref(), span)?;
    if !folder.is_dir() {
        return Err(Error::new(span, format!("the migrations folder `{}` does not exist", folder.display())));
    }
    let migrations = read_dir(&folder).map_err(|findings| {
        let errors: Vec<String> =
            findings.iter().filter(|finding| finding.is_error()).map(Finding::to_string).collect();
        Error::new(span, errors.join("\n"))
    })?;
    let embedded = migrations.iter().map(|migration| embedded(migration, span)).collect::<syn::Result<Vec<_>>>()?;
    Ok(quote! {
        ::schema_runtime::migrate::Migrator::new(::schema_runtime::migrate::Source::embedded(&[#(#embedded),*]))
    })
}

fn folder(given: Option<&LitStr>, span: Span) -> syn::Result<PathBuf> {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    if let Some(path) = given {
        return Ok(root.join(path.value()));
    }
    let named =
        std::env::var_os(ENV).map(|paths| std::env::split_paths(&paths).collect::<Vec<_>>()).unwrap_or_default();
    if named.len() > 1 {
        let short = |path: &PathBuf| path.strip_prefix(&root).unwrap_or(path).display().to_string();
        let calls: Vec<String> = named.iter().map(|path| format!("`migrate!(\"{}\")`", short(path))).collect();
        let message = format!("the crate has several databases: name the folder of one, {}", calls.join(" or "));
        return Err(Error::new(span, message));
    }
    named.into_iter().next().map(|path| root.join(path)).ok_or_else(|| {
        let message = "no build step names the migrations folder: call `schema_core::build` in `build.rs` (`cargo schema init` \
                       writes one), or name the folder here: `migrate!(\"migrations\")`";
        Error::new(span, message)
    })
}

/// `include_str!` makes cargo watch the file; the build step watches the folder for new ones (BUGS.md B31).
fn embedded(migration: &Migration, span: Span) -> syn::Result<TokenStream> {
    let (version, description) = (migration.version, &migration.description);
    let up = Included::of(&migration.up_path, span)?;
    let (down_name, down) = match &migration.down_path {
        Some(path) => {
            let Included { name, path } = Included::of(path, span)?;
            (quote!(::core::option::Option::Some(#name)), quote!(::core::option::Option::Some(include_str!(#path))))
        }
        None => (quote!(::core::option::Option::None), quote!(::core::option::Option::None)),
    };
    let Included { name: up_name, path: up } = up;
    Ok(quote! {
        ::schema_runtime::migrate::Embedded {
            version: #version,
            description: #description,
            up_name: #up_name,
            up: include_str!(#up),
            down_name: #down_name,
            down: #down,
        }
    })
}

/// The place of a file for the compiler, and its name for the binary, which keeps nothing of this machine's folders.
struct Included {
    name: String,
    path: String,
}

impl Included {
    fn of(path: &Path, span: Span) -> syn::Result<Self> {
        let absolute = std::path::absolute(path).map_err(|error| Error::new(span, error))?;
        let text = absolute.to_str().zip(absolute.file_name().and_then(|name| name.to_str()));
        text.map(|(path, name)| Self { name: name.to_owned(), path: path.to_owned() })
            .ok_or_else(|| Error::new(span, format!("the path `{}` is not UTF-8", path.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(input: TokenStream) -> String {
        expand(input).unwrap_err().to_string()
    }

    #[test]
    fn a_missing_build_step_is_named_with_both_ways_out() {
        assert_eq!(
            said(TokenStream::new()),
            "no build step names the migrations folder: call `schema_core::build` in `build.rs` (`cargo schema init` writes \
             one), or name the folder here: `migrate!(\"migrations\")`"
        );
    }

    #[test]
    fn a_folder_that_is_missing_or_faulty_is_an_error_and_a_good_one_embeds_both_directions() {
        assert!(said(quote!("no/such")).ends_with("no/such` does not exist"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        std::fs::write(folder.path().join("1_a.up.sql"), "SELECT 1;").unwrap();
        assert!(said(quote!(#path)).starts_with("error: the migration has no down file\n  --> "));
        std::fs::write(folder.path().join("1_a.down.sql"), "SELECT 2;").unwrap();
        let tokens = expand(quote!(#path)).unwrap().to_string();
        assert_eq!(tokens.matches("include_str").count(), 2, "{tokens}");
    }
}
