//! Where objects and their parts are declared. There are far more parts than places that are ever asked for, so that what
//! is recorded is small, and a place is made when it is.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::diag::Place;
use crate::ir::{ObjectId, ObjectName};

/// Where objects are declared.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The files, each as often as what is recorded comes back to it.
    files: Vec<PathBuf>,
    /// Each object's own places and those of its parts.
    objects: BTreeMap<ObjectName, Vec<(Part, At)>>,
    schema_macro: Option<At>,
}

/// A place, with its file by number.
#[derive(Clone, Copy, Debug)]
struct At {
    file: usize,
    line: usize,
    column: usize,
}

/// Where a column is declared, and what says its type: line and column, both from 1.
pub(crate) struct ColumnPlace<'a> {
    pub(crate) name: String,
    pub(crate) file: &'a std::path::Path,
    pub(crate) at: (usize, usize),
    pub(crate) ty: (usize, usize),
}

/// What a [`Path`] names of its object.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Table,
    Column(String),
    ColumnType(String),
    Item(String),
    Enum,
    Label(String),
    Domain,
    Composite,
    Attribute(String),
    Sequence,
    Object(ObjectId),
}

/// An object or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Path {
    /// A table: the struct's name.
    Table(ObjectName),
    /// A column: the field's name.
    Column(ObjectName, String),
    /// A column's Rust or SQL type.
    ColumnType(ObjectName, String),
    /// A constraint or index by its name: its attribute.
    Part(ObjectName, String),
    /// An enum: its name.
    Enum(ObjectName),
    /// A label: its variant.
    Label(ObjectName, String),
    /// A domain: the struct's name.
    Domain(ObjectName),
    /// A composite type: the struct's name.
    Composite(ObjectName),
    /// An attribute of a composite type: the field's name.
    Attribute(ObjectName, String),
    /// A sequence: its name in `schema! {}`.
    Sequence(ObjectName),
    /// An object: the struct of a view, or the statement in `schema! {}`.
    Object(ObjectId),
    /// `schema! {}`.
    SchemaMacro,
}

impl Path {
    /// The object and what of it; none for `schema! {}`.
    fn split(self) -> Option<(ObjectName, Part)> {
        Some(match self {
            Self::Table(name) => (name, Part::Table),
            Self::Column(table, name) => (table, Part::Column(name)),
            Self::ColumnType(table, name) => (table, Part::ColumnType(name)),
            Self::Part(table, name) => (table, Part::Item(name)),
            Self::Enum(name) => (name, Part::Enum),
            Self::Label(name, label) => (name, Part::Label(label)),
            Self::Domain(name) => (name, Part::Domain),
            Self::Composite(name) => (name, Part::Composite),
            Self::Attribute(name, attribute) => (name, Part::Attribute(attribute)),
            Self::Sequence(name) => (name, Part::Sequence),
            Self::Object(id) => (id.name.clone(), Part::Object(id)),
            Self::SchemaMacro => return None,
        })
    }
}

impl Part {
    /// Where a part is looked for that is nowhere itself.
    fn around(&self) -> Option<Self> {
        match self {
            Self::ColumnType(name) => Some(Self::Column(name.clone())),
            Self::Column(_) | Self::Item(_) => Some(Self::Table),
            Self::Label(_) => Some(Self::Enum),
            Self::Attribute(_) => Some(Self::Composite),
            Self::Table | Self::Enum | Self::Domain | Self::Composite | Self::Sequence | Self::Object(_) => None,
        }
    }
}

impl Places {
    /// Records where an object or a part of one is declared: line and column, both from 1. What is declared again is where it
    /// was last.
    pub fn insert(&mut self, path: Path, file: &std::path::Path, (line, column): (usize, usize)) {
        let at = At { file: self.file(file), line, column };
        match path.split() {
            None => self.schema_macro = Some(at),
            Some((object, part)) => self.parts(&object).push((part, at)),
        }
    }

    /// Records the columns of a table and their types, as [`insert`](Self::insert) does one of them: they are many.
    pub(crate) fn insert_columns(&mut self, table: &ObjectName, columns: Vec<ColumnPlace<'_>>) {
        let mut parts = Vec::with_capacity(2 * columns.len());
        for ColumnPlace { name, file, at, ty } in columns {
            let file = self.file(file);
            let at_line = |(line, column)| At { file, line, column };
            parts.push((Part::ColumnType(name.clone()), at_line(ty)));
            parts.push((Part::Column(name), at_line(at)));
        }
        self.parts(table).extend(parts);
    }

    fn file(&mut self, file: &std::path::Path) -> usize {
        if self.files.last().is_none_or(|last| last.as_os_str() != file.as_os_str()) {
            self.files.push(file.to_path_buf());
        }
        self.files.len() - 1
    }

    fn parts(&mut self, object: &ObjectName) -> &mut Vec<(Part, At)> {
        self.objects.entry(object.clone()).or_default()
    }

    /// Gives every file another name.
    pub fn relabel(&mut self, label: impl Fn(&std::path::Path) -> PathBuf) {
        self.files.iter_mut().for_each(|file| *file = label(file));
    }

    /// Where it is declared; for a part that is nowhere, where its table or enum is.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<Place> {
        let at = match path.clone().split() {
            None => self.schema_macro?,
            Some((object, part)) => {
                let parts = self.objects.get(&object)?;
                let stated = |part: &Part| parts.iter().rev().find(|(known, _)| known == part).map(|(_, at)| *at);
                std::iter::successors(Some(part), Part::around).find_map(|part| stated(&part))?
            }
        };
        Some(Place { file: self.files.get(at.file)?.clone(), line: at.line, column: at.column })
    }
}
