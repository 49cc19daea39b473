use std::cell::RefCell;
use std::fmt::Display;

use proc_macro2::{Ident, Span};

use super::reference::{self, Site};
use crate::decl::{Mark, Spanned};
use crate::names;

/// Collects every error of one item, so that all are shown at once.
#[must_use = "its errors are lost unless `finish` is called"]
#[derive(Default)]
pub(super) struct Context {
    errors: RefCell<Vec<syn::Error>>,
}

impl Context {
    /// Records an error at a place.
    pub(super) fn error(&self, span: impl Into<Span>, message: impl Display) {
        self.errors.borrow_mut().push(syn::Error::new(span.into(), message));
    }

    /// Records an error with its way out, laid out as [`crate::diag::Finding::text`] does.
    pub(super) fn error_with_help(&self, span: impl Into<Span>, message: impl Display, help: impl Display) {
        self.error(span, format_args!("{message}\n  help: {help}"));
    }

    /// Fills a slot once; a second use is an error at that use.
    pub(super) fn set<T>(&self, slot: &mut Option<Spanned<T>>, name: &Ident, value: Option<Spanned<T>>) {
        if slot.is_some() {
            self.error(name.span(), format_args!("`{name}` is given twice"));
        } else if let Some(value) = value {
            *slot = Some(value);
        }
    }

    /// Sets a flag once; a second use is an error at that use.
    pub(super) fn raise(&self, flag: &mut Option<Mark>, name: &Ident) {
        if flag.is_some() {
            self.error(name.span(), format_args!("`{name}` is given twice"));
        } else {
            *flag = Some(name.span().into());
        }
    }

    /// Records that a name is none of those that may stand at a site.
    pub(super) fn unknown_name(&self, name: &Ident, site: Site) {
        let wanted = name.to_string();
        let message = format!("unknown name `{wanted}` in `{}`", site.written());
        let elsewhere = reference::sites(&wanted);
        if elsewhere.is_empty() || elsewhere.len() > 2 {
            self.unknown(name.span(), message, &wanted, &reference::names(site));
        } else {
            let written: Vec<&str> = elsewhere.into_iter().map(Site::written).collect();
            self.error_with_help(name.span(), message, format_args!("it belongs in {}", listed(&written)));
        }
    }

    /// Records that `wanted` is none of the valid words, with the nearest and all of them.
    pub(super) fn unknown(&self, span: impl Into<Span>, message: impl Display, wanted: &str, valid: &[&str]) {
        let near = names::nearest(wanted, valid.iter().copied());
        let guess = near.map(|name| format!("\n  help: did you mean `{name}`?")).unwrap_or_default();
        self.error(span, format_args!("{message}{guess}\n  help: valid are {}", listed(valid)));
    }

    /// The value, or all errors combined in the order of the source.
    pub(super) fn finish<T>(self, value: T) -> syn::Result<T> {
        let mut errors = self.errors.into_inner();
        errors.sort_by_key(|error| error.span().start());
        let combined = errors.into_iter().reduce(|mut all, next| {
            all.combine(next);
            all
        });
        combined.map_or(Ok(value), Err)
    }
}

/// `` `a`, `b` ``.
pub(super) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
