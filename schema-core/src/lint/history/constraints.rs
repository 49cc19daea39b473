//! The constraints of a table by their names.

use std::collections::BTreeMap;

use super::alter::{Names, rename_each};
use crate::ir::{Dialect, ObjectName};
use crate::lint::statement::{ConstraintKind, Named, Space};

/// What is known of a constraint.
#[derive(Clone, Debug)]
pub(in crate::lint) struct Known {
    pub(in crate::lint) kind: ConstraintKind,
    /// Whether it holds for every row.
    pub(in crate::lint) valid: bool,
    /// The file that made it.
    pub(in crate::lint) file: usize,
}

#[derive(Clone, Debug, Default)]
pub(in crate::lint) struct Constraints {
    known: BTreeMap<(Space, String), Known>,
}

impl Constraints {
    pub(in crate::lint) fn get(&self, named: &Named) -> Option<&Known> {
        self.known.get(&self.key(named)?)
    }

    pub(super) fn get_mut(&mut self, named: &Named) -> Option<&mut Known> {
        let key = self.key(named)?;
        self.known.get_mut(&key)
    }

    pub(super) fn insert(&mut self, name: String, known: Known) {
        self.known.insert((Space::of(&known.kind), name), known);
    }

    pub(super) fn remove(&mut self, named: &Named) -> Option<Known> {
        let key = self.key(named)?;
        self.known.remove(&key)
    }

    pub(in crate::lint) fn values(&self) -> impl Iterator<Item = &Known> {
        self.known.values()
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Known> {
        self.known.values_mut()
    }

    pub(super) fn retain(&mut self, mut stays: impl FnMut(&mut Known) -> bool) {
        self.known.retain(|_, known| stays(known));
    }

    /// All but the one.
    pub(in crate::lint) fn others(&self, named: &Named) -> impl Iterator<Item = &Known> {
        let own = self.key(named);
        self.known.iter().filter(move |(key, _)| own.as_ref() != Some(key)).map(|(_, known)| known)
    }

    /// Primary and unique keys: their names, columns, and whether it is the primary one.
    pub(in crate::lint) fn keys(&self) -> impl Iterator<Item = (&String, &[String], bool)> {
        self.known.iter().filter_map(|((_, name), known)| match &known.kind {
            ConstraintKind::Key { primary, columns, .. } => Some((name, columns.as_slice(), *primary)),
            _ => None,
        })
    }

    /// Gives constraints other names at once; `file` is the one that does.
    pub(super) fn rename(&mut self, pairs: &[(Named, &String)], file: usize) {
        let found = pairs.iter().filter_map(|(from, to)| Some(((*to).clone(), self.remove(from)?)));
        let renamed: Vec<(String, Known)> = found.map(|(to, known)| (to, Known { file, ..known })).collect();
        renamed.into_iter().for_each(|(to, known)| self.insert(to, known));
    }

    /// The table's own columns have other names.
    pub(super) fn rename_columns(&mut self, names: &Names) {
        for known in self.known.values_mut() {
            match &mut known.kind {
                ConstraintKind::Key { columns, .. } | ConstraintKind::ForeignKey { columns, .. } => {
                    rename_each(columns, names);
                }
                ConstraintKind::NotNull { column } => rename_each([column], names),
                ConstraintKind::Check { not_null } => rename_each(not_null, names),
                ConstraintKind::Exclusion => {}
            }
        }
    }

    /// The name that the server gives, as far as it is needed to find the constraint again.
    pub(super) fn free_name(&self, dialect: Dialect, table: &ObjectName, kind: &ConstraintKind) -> String {
        let (space, first) = (Space::of(kind), default_name(dialect, &table.name, kind));
        let numbered = |number: usize| match (number, space) {
            (0, _) => first.clone(),
            (_, Space::Keys) if dialect.is_mysql() => format!("{first}_{}", number + 1),
            (_, _) if dialect.is_mysql() => format!("{}{}", first.trim_end_matches('1'), number + 1),
            (_, _) => format!("{first}{number}"),
        };
        let mut names = (0..=self.known.len()).map(numbered);
        names.find(|name| !self.known.contains_key(&(space, name.clone()))).unwrap_or(first)
    }

    fn key(&self, named: &Named) -> Option<(Space, String)> {
        let spaces = Space::ALL.into_iter().filter(|space| named.space.is_none_or(|own| own == *space));
        spaces.map(|space| (space, named.name.clone())).find(|key| self.known.contains_key(key))
    }
}

fn default_name(dialect: Dialect, table: &str, kind: &ConstraintKind) -> String {
    match kind {
        ConstraintKind::Key { primary: true, .. } if dialect.is_mysql() => "primary".to_owned(),
        ConstraintKind::Key { columns, .. } if dialect.is_mysql() => columns.first().cloned().unwrap_or_default(),
        ConstraintKind::ForeignKey { .. } if dialect.is_mysql() => format!("{table}_ibfk_1"),
        ConstraintKind::Check { .. } if dialect == Dialect::MySql => format!("{table}_chk_1"),
        ConstraintKind::Check { .. } if dialect == Dialect::MariaDb => "constraint_1".to_owned(),
        ConstraintKind::Check { .. } => format!("{table}_check"),
        ConstraintKind::ForeignKey { columns, .. } => format!("{table}_{}_fkey", columns.join("_")),
        ConstraintKind::Key { primary: true, .. } => format!("{table}_pkey"),
        ConstraintKind::Key { columns, .. } => format!("{table}_{}_key", columns.join("_")),
        ConstraintKind::Exclusion => format!("{table}_excl"),
        ConstraintKind::NotNull { column } => format!("{table}_{column}_not_null"),
    }
}
