//! What a file holds, as far as the scan needs it: modules, names, types and declarations, without syntax trees.

mod read;

use serde::{Deserialize, Serialize};

use crate::decl::{
    CompositeDecl, DomainDecl, EnumDecl, FieldDecl, Mark, RenameRule, RustPath, RustType, SchemaDecl, TableDecl,
    ViewDecl,
};

pub(crate) use read::is_plain;
pub(super) use read::outline;

/// The items of a file or of an inline module, without those of tests. Remembered from scan to scan by the file's hash.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Outline {
    /// Types, and what declares something, in order.
    pub(super) items: Vec<Item>,
    /// Names that `use` and `extern crate` bring.
    pub(super) imports: Vec<Import>,
    /// `use a::*`, and whether others see it.
    pub(super) globs: Vec<(RustPath, bool)>,
    /// `extern crate a as b`: `b` and `a`.
    pub(super) crates: Vec<(String, String)>,
    /// Child modules and included files, in order.
    pub(super) children: Vec<Child>,
}

/// A name that `use` brings.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Import {
    pub(super) name: String,
    pub(super) path: RustPath,
    pub(super) public: bool,
}

/// A child module or an included file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Child {
    pub(super) kind: ChildKind,
    /// The module's name without `r#`; empty for an included file.
    pub(super) name: String,
    /// `#[path = ".."]`, or the included file.
    pub(super) path: Option<String>,
    /// Behind a cfg, so that its file may be missing.
    pub(super) conditional: bool,
    pub(super) public: bool,
    /// Where it is declared.
    pub(super) mark: Mark,
    /// What an inline module holds.
    pub(super) inner: Outline,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ChildKind {
    /// `mod x;`
    File,
    /// `mod x { .. }`
    Inline,
    /// `include!("x.rs");`
    Include,
}

/// A type, or `schema! {}`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Item {
    /// Without `r#`; none for a macro.
    pub(super) name: Option<String>,
    pub(super) public: bool,
    pub(super) kind: ItemKind,
    pub(super) declaration: Option<Declaration>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum ItemKind {
    Alias {
        generics: Vec<Parameter>,
        ty: RustType,
    },
    Struct(Box<Struct>),
    /// With the integer type that sqlx stores it as.
    Enum(Option<String>),
    /// A union or a trait.
    Other,
    /// `schema! {}`.
    Macro,
}

/// A type parameter.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) default: Option<RustType>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Struct {
    pub(super) generics: Vec<Parameter>,
    pub(super) is_unit: bool,
    /// What sqlx takes it for: a struct of one field that is stored as that field.
    pub(super) newtype: Option<Newtype>,
    /// What `#[sqlx(flatten)]` takes from it, where it declares no table.
    pub(super) flattened: Result<Flattened, Vec<Fault>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Newtype {
    pub(super) inner: RustType,
    /// sqlx's `type_name`.
    pub(super) type_name: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Flattened {
    pub(super) fields: Vec<FieldDecl>,
    pub(super) rename_all: Option<RenameRule>,
}

/// What an item declares.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Declaration {
    /// Where the whole item starts, its attributes included.
    pub(super) start: Mark,
    /// Where it ends.
    pub(super) end: Mark,
    /// [`crate::gate::fingerprint`] of the tokens that its macro gets.
    pub(super) fingerprint: String,
    /// A cfg removes it or a part of it in some builds: its macro then runs not at all, or on other tokens.
    pub(super) conditional: bool,
    /// What its attributes say, or what is wrong with them.
    pub(super) read: Result<Decl, Vec<Fault>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Decl {
    Table(Box<TableDecl>),
    Enum(EnumDecl),
    Domain(Box<DomainDecl>),
    Composite(CompositeDecl),
    View(Box<ViewDecl>),
    Schema(SchemaDecl),
}

/// What is wrong in an attribute: the message, and its ways out as [`crate::diag::Finding::text`] lays them out.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Fault {
    pub(super) mark: Mark,
    pub(super) text: String,
}

impl Item {
    /// What it is called.
    pub(super) fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or("schema!")
    }
}

impl Outline {
    /// What an inline module within holds, by positions among the children.
    pub(super) fn within(&self, inline: &[usize]) -> Option<&Self> {
        inline.iter().try_fold(self, |outline, position| Some(&outline.children.get(*position)?.inner))
    }
}
