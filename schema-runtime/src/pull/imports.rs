//! The `use` lines of a file.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::ir::ObjectName;

use super::names::{Names, is_root};

/// What one file imports.
pub(super) struct Imports<'a> {
    names: &'a Names,
    namespace: Option<String>,
    /// Names that this file declares or imports, with the path each means; those of its own items are empty.
    known: BTreeMap<String, String>,
    features: BTreeSet<&'static str>,
}

impl<'a> Imports<'a> {
    /// For a file of a PostgreSQL schema that declares `own`.
    pub(super) fn new(names: &'a Names, namespace: Option<&str>, own: impl IntoIterator<Item = String>) -> Self {
        let known = own.into_iter().map(|own| (own, String::new())).collect();
        Self { names, namespace: namespace.map(str::to_owned), known, features: BTreeSet::new() }
    }

    /// The shortest way to write a path here: its last name where that is free to import.
    pub(super) fn path(&mut self, path: &str) -> String {
        let name = path.rsplit("::").next().unwrap_or(path);
        match self.known.get(name) {
            Some(known) if known == path => name.to_owned(),
            Some(_) => path.to_owned(),
            None => {
                self.known.insert(name.to_owned(), path.to_owned());
                name.to_owned()
            }
        }
    }

    /// The struct of a table or a type.
    pub(super) fn item(&mut self, name: &ObjectName) -> String {
        let place = self.names.place(name);
        if self.known.get(&place.ident).is_some_and(String::is_empty) && place.namespace() == self.namespace.as_deref()
        {
            return place.ident;
        }
        let up = match (is_root(self.namespace.as_deref()), is_root(place.namespace())) {
            _ if place.namespace() == self.namespace.as_deref() => "super::".to_owned(),
            (true, true) => "super::".to_owned(),
            (true, false) => format!("super::{}::", self.names.module(place.namespace()).unwrap_or_default()),
            (false, true) => "super::super::".to_owned(),
            (false, false) => format!("super::super::{}::", self.names.module(place.namespace()).unwrap_or_default()),
        };
        self.path(&format!("{up}{}", place.ident))
    }

    /// Notes a feature of sqlx that this file needs.
    pub(super) fn feature(&mut self, feature: &'static str) {
        self.features.insert(feature);
    }

    pub(super) fn features(&self) -> BTreeSet<&'static str> {
        self.features.clone()
    }

    /// The lines: the crate's own names first, then those of others.
    pub(super) fn text(&self) -> String {
        let paths: BTreeSet<&str> =
            self.known.values().filter(|path| path.contains("::")).map(String::as_str).collect();
        let (own, others): (Vec<&str>, Vec<&str>) = paths.into_iter().partition(|path| path.starts_with("super::"));
        let groups = [lines(&others), lines(&own)];
        groups.into_iter().filter(|group| !group.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

fn lines(paths: &[&str]) -> String {
    let mut modules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (module, name) in paths.iter().filter_map(|path| path.rsplit_once("::")) {
        modules.entry(module).or_default().push(name);
    }
    let line = |(module, names): (&&str, &Vec<&str>)| match names.as_slice() {
        [name] => format!("use {module}::{name};\n"),
        names => format!("use {module}::{{{}}};\n", names.join(", ")),
    };
    modules.iter().map(line).collect()
}
