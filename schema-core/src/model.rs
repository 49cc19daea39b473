//! A schema together with what its source says about getting there: intents, consent and places.

mod places;

use std::collections::{BTreeMap, BTreeSet};

use crate::decl::AllowCode;
use crate::diag::Place;
use crate::ir::{Dialect, ObjectId, ObjectName, Schema, TypeKind};

pub(crate) use places::ColumnPlace;
pub use places::{Path, Places};

/// What a crate's structs declare.
#[derive(Clone, Debug)]
pub struct Model {
    /// The declared schema.
    pub schema: Schema,
    /// Renames, backfills and consent.
    pub intents: Intents,
    /// Where each object is declared.
    pub places: Places,
    /// The items that declare objects, by [`Declared::fingerprint`]'s order of appearance.
    pub items: Vec<Declared>,
}

impl Model {
    /// A model that declares nothing.
    #[must_use]
    pub fn empty(dialect: Dialect) -> Self {
        Self {
            schema: Schema::empty(dialect),
            intents: Intents::default(),
            places: Places::default(),
            items: Vec::new(),
        }
    }
}

/// An item of the source that declares something.
#[derive(Clone, Debug)]
pub struct Declared {
    /// By which the macro on that item finds what concerns it.
    pub fingerprint: String,
    /// What it declares.
    pub object: Object,
    /// Where it starts and ends: findings between belong to it.
    pub start: Place,
    /// The last place of the item.
    pub end: Place,
    /// For a table: each field with the Rust type that the scan took it for, as the derive asserts it
    /// (`::schema_runtime::types::Uuid`, without `Option`). Fields that the scan takes on trust are left out.
    pub field_types: Vec<(String, String)>,
    /// Behind a cfg, or with a field behind one: its macro can't be relied on to show what is wrong.
    pub conditional: bool,
}

/// What one item declares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// A table, or a column of a struct that is flattened into it.
    Table(ObjectName),
    /// An enum.
    Enum(ObjectName),
    /// A domain.
    Domain(ObjectName),
    /// A composite type.
    Composite(ObjectName),
    /// A view.
    View(ObjectId),
    /// `schema! {}`.
    SchemaMacro,
    /// Unknown: its attributes are wrong, or another item has its name. Its macro still shows the findings.
    Unread,
}

/// What the source says beyond the final shape.
#[derive(Clone, Debug, Default)]
pub struct Intents {
    /// New table name to its former one.
    pub table_renames: BTreeMap<ObjectName, Placed<ObjectName>>,
    /// What a type is, and its new name, to its former one.
    pub type_renames: BTreeMap<(TypeKind, ObjectName), Placed<ObjectName>>,
    /// (table's or composite type's new name, column's or attribute's new name) to the column's former name.
    pub column_renames: BTreeMap<(ObjectName, String), Placed<String>>,
    /// (table's new name, column's new name) of the renames that take two releases: both names live for a while.
    pub online: BTreeSet<(ObjectName, String)>,
    /// (enum's new name, label's new name) to the label's former name.
    pub label_renames: BTreeMap<(ObjectName, String), Placed<String>>,
    /// (table, column) to the SQL expression that existing rows get.
    pub backfills: BTreeMap<(ObjectName, String), Placed<String>>,
    /// Consents, in source order.
    pub allows: Vec<Allow>,
    /// Tables that hold few rows: a strong lock on them is short, so changes take the plain form.
    pub small: BTreeSet<ObjectName>,
    /// Whether every table is taken for small.
    pub plain: bool,
    /// The newest sealed version that the change starts from, 0 without one: by it the names of what is kept differ.
    pub head: i64,
}

impl Intents {
    /// The consent to a loss. `part` is `None` where the code is about the whole object.
    #[must_use]
    pub fn allow(&self, code: AllowCode, object: &ObjectName, part: Option<&str>) -> Option<&Allow> {
        let is_it = |allow: &&Allow| allow.code == code && allow.object == *object && allow.part.as_deref() == part;
        self.allows.iter().find(is_it)
    }
}

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where; `None` when it came from an option of the command line.
    pub place: Option<Place>,
}

impl<T> Placed<T> {
    /// A value that no source file states.
    pub fn bare(value: T) -> Self {
        Self { value, place: None }
    }
}

/// One consent, resolved to what it is about.
#[derive(Clone, Debug)]
pub struct Allow {
    /// What is allowed.
    pub code: AllowCode,
    /// The table or enum it stands on; for `drop_table` and `drop_enum` the object to be dropped.
    pub object: ObjectName,
    /// The column, constraint, index or label; `None` where the code says all (`drop_primary_key`).
    pub part: Option<String>,
    /// Why.
    pub reason: String,
    /// What rows with a dropped label get.
    pub map_to: Option<String>,
    /// What the down gives existing rows of a dropped NOT NULL column.
    pub restore: Option<String>,
    /// Whether what goes is put aside, so that the down can bring it back.
    pub keep: bool,
    /// Where it is written.
    pub place: Option<Place>,
}
