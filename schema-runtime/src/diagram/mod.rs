//! Pictures of a schema, or of what a change does to one: tables with their columns, and foreign keys between them.
//!
//! What is shown is decided once, in a picture without places; three formats draw it. Equal schemas give equal bytes.

mod difference;
mod html;
mod layered;
mod layout;
mod mermaid;
mod pack;
mod picture;
mod route;
mod settle;
mod shape;
mod svg;
mod text;

use schema_core::diff::Change;
use schema_core::ir::Schema;
use serde::Serialize;

use picture::Picture;

/// A schema, or a difference, as it is to be drawn.
///
/// ```
/// use schema_core::ir::{Column, Dialect, ObjectName, Schema, SqlType, Table};
/// use schema_runtime::diagram::{Diagram, Format};
///
/// let mut schema = Schema::empty(Dialect::Sqlite);
/// let mut users = Table::new(ObjectName::bare("users"));
/// users.columns.push(Column::new("id", SqlType::builtin("INTEGER")));
/// schema.tables.insert(users.name.clone(), users);
///
/// let diagram = Diagram::of(&schema, "models");
/// assert!(diagram.draw(Format::Svg).contains(">users</text>"));
/// assert_eq!(diagram.summary().tables, 1);
/// ```
#[derive(Clone, Debug)]
pub struct Diagram {
    picture: Picture,
}

/// How a diagram is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A picture that any browser shows, for a light and a dark background.
    Svg,
    /// The text of an `erDiagram`, which GitHub and others show as a picture.
    Mermaid,
    /// A page with the picture, a search, zoom and pan, that loads nothing.
    Html,
}

impl Format {
    /// Every format.
    pub const ALL: &[Self] = &[Self::Svg, Self::Mermaid, Self::Html];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Mermaid => "mermaid",
            Self::Html => "html",
        }
    }

    /// The extension of its files.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Mermaid => "mmd",
            Self::Html => "html",
        }
    }

    /// The format that a file of that extension has.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.extension() == extension)
    }
}

/// How much a diagram shows, and what it leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Boxes of tables.
    pub tables: usize,
    /// Boxes of enums.
    pub enums: usize,
    /// Lines of foreign keys.
    pub foreign_keys: usize,
    /// What is not drawn, in words: `3 views`.
    pub left_out: Vec<String>,
}

impl Diagram {
    /// All tables and enums of a schema; `title` says whose.
    #[must_use]
    pub fn of(schema: &Schema, title: &str) -> Self {
        Self { picture: Picture::of(schema, title) }
    }

    /// What changed between two schemas, with the tables next to it. `changes` lead from the first to the second
    /// ([`schema_core::diff::diff`]).
    #[must_use]
    pub fn between(to: &Schema, changes: &[Change], title: &str) -> Self {
        Self { picture: difference::picture(to, changes, title) }
    }

    /// Draws it. The text ends with a line break.
    #[must_use]
    pub fn draw(&self, format: Format) -> String {
        match format {
            Format::Svg => svg::document(&self.picture),
            Format::Mermaid => mermaid::document(&self.picture),
            Format::Html => html::document(&self.picture),
        }
    }

    /// What it shows.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.picture.summary()
    }
}
