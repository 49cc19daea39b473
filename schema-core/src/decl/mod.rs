//! Declarations: what the attributes on one item say, with marks, before any name or type is resolved.
//!
//! [`crate::attrs`] makes them from syntax alone; [`crate::scan`] remembers them and lowers them to a
//! [`crate::model::Model`].

mod allow;
mod mark;
mod rust_type;
mod sparse;
mod whole;

use serde::{Deserialize, Serialize};

pub use allow::{AllowCode, AllowDecl};
pub use mark::{Mark, Spanned};
pub use rust_type::{RustPath, RustType};

use sparse::{Unsaid as _, next, sparse};

use crate::ir::{
    Deferrable, Identity, NullsOrder, PartitionStrategy, ReferentialAction, ReplicaIdentity, SequenceOptions,
};

/// A struct with `#[derive(Table)]`.
#[derive(Clone, Debug)]
pub struct TableDecl {
    /// The struct's name.
    pub ident: Spanned<String>,
    /// `name = ".."`.
    pub name: Option<Spanned<String>>,
    /// `schema = ".."`.
    pub schema: Option<Spanned<String>>,
    /// `comment = ".."`.
    pub comment: Option<Spanned<String>>,
    /// `renamed_from = ".."`: the former table name, or `schema.name`.
    pub renamed_from: Option<Spanned<String>>,
    /// `strict`.
    pub strict: Option<Mark>,
    /// `without_rowid`.
    pub without_rowid: Option<Mark>,
    /// `unlogged`.
    pub unlogged: Option<Mark>,
    /// `small`.
    pub small: Option<Mark>,
    /// `charset = ".."`.
    pub charset: Option<Spanned<String>>,
    /// `collate = ".."`.
    pub collate: Option<Spanned<String>>,
    /// `partitioning = "HASH (id) PARTITIONS 4"`.
    pub partitioning: Option<Spanned<String>>,
    /// `with(fillfactor = 80)`.
    pub storage: Vec<(Spanned<String>, String)>,
    /// `inherits(Parent)`: structs.
    pub inherits: Vec<Spanned<RustPath>>,
    /// `partition_by(range(created_at))`.
    pub partition_by: Option<Spanned<PartitionByDecl>>,
    /// `partition_of = Parent`.
    pub partition_of: Option<Spanned<RustPath>>,
    /// `bound = "FOR VALUES .."`.
    pub bound: Option<Spanned<String>>,
    /// `row_security`.
    pub row_security: Option<Mark>,
    /// `force_row_security`.
    pub force_row_security: Option<Mark>,
    /// `replica_identity = full`.
    pub replica_identity: Option<Spanned<ReplicaIdentity>>,
    /// `exclude(..)`.
    pub exclusions: Vec<Spanned<ExclusionDecl>>,
    /// `primary_key(a, b, name = "..")`; `#[column(primary_key)]` is on the field.
    pub primary_key: Option<Spanned<PrimaryKeyDecl>>,
    /// `unique(a, b, ..)`.
    pub uniques: Vec<Spanned<UniqueDecl>>,
    /// `check("..", name = "..")`.
    pub checks: Vec<Spanned<CheckDecl>>,
    /// `foreign_key(..)`.
    pub foreign_keys: Vec<Spanned<ForeignKeyDecl>>,
    /// `index(..)`.
    pub indexes: Vec<Spanned<IndexDecl>>,
    /// `allow(..)`.
    pub allows: Vec<AllowDecl>,
    /// sqlx's `rename_all` on the struct, applied to field names.
    pub rename_all: Option<Spanned<RenameRule>>,
    /// The columns, in order. Fields with `#[sqlx(skip)]` are left out. A unit struct, which is a partition with its
    /// parent's columns, has none.
    pub fields: Vec<FieldDecl>,
}

sparse!(TableDecl { ident, fields; name, schema, comment, renamed_from, strict, without_rowid, unlogged, small, charset, collate, partitioning, storage, inherits, partition_by, partition_of, bound, row_security, force_row_security, replica_identity, exclusions, primary_key, uniques, checks, foreign_keys, indexes, allows, rename_all });

/// A field of a table.
#[derive(Clone, Debug)]
pub struct FieldDecl {
    /// The field's name, without `r#`.
    pub ident: Spanned<String>,
    /// Its Rust type.
    pub ty: Spanned<RustType>,
    /// `#[sqlx(flatten)]`: its columns are those of the struct that `ty` names, which is scanned for its fields.
    pub flatten: Option<Mark>,
    /// `name = ".."`, or sqlx's `rename`.
    pub name: Option<Spanned<String>>,
    /// `type = ".."`.
    pub sql_type: Option<Spanned<String>>,
    /// `#[sqlx(json)]` (`nullable`: `json(nullable)`), which stores any type as JSON.
    pub json: Option<Spanned<JsonDecl>>,
    /// `#[sqlx(try_from = "..")]`: the type that the database sees.
    pub try_from: Option<Spanned<RustType>>,
    /// `default = "sql"`.
    pub default: Option<Spanned<String>>,
    /// `identity` or `identity = always`.
    pub identity: Option<Spanned<Identity>>,
    /// `sequence(start = 10)` beside `identity`.
    pub sequence: Option<Spanned<IdentityOptionsDecl>>,
    /// `storage = external`.
    pub storage: Option<Spanned<String>>,
    /// `compression = lz4`.
    pub compression: Option<Spanned<String>>,
    /// `statistics = 500`.
    pub statistics: Option<Spanned<i32>>,
    /// `generated = "expr"`; `stored` beside it.
    pub generated: Option<Spanned<GeneratedDecl>>,
    /// `charset = ".."`.
    pub charset: Option<Spanned<String>>,
    /// `collate = ".."`.
    pub collate: Option<Spanned<String>>,
    /// `on_update = "CURRENT_TIMESTAMP"`; the action of a foreign key is a word.
    pub on_update: Option<Spanned<String>>,
    /// `comment = ".."`.
    pub comment: Option<Spanned<String>>,
    /// `renamed_from = ".."`: the former column name.
    pub renamed_from: Option<Spanned<String>>,
    /// `online`, beside `renamed_from`: both names live for a while.
    pub online: Option<Mark>,
    /// `backfill = "sql"`: what existing rows get, once.
    pub backfill: Option<Spanned<String>>,
    /// `primary_key`.
    pub primary_key: Option<Mark>,
    /// `unique`, with the options of `unique(..)`; its `columns` is empty.
    pub unique: Option<Spanned<UniqueDecl>>,
    /// `index`, with the options of `index(..)`; its `keys` is empty or holds this column's ordering.
    pub index: Option<Spanned<IndexDecl>>,
    /// `check = ".."`, or `check("..", name = "..")`.
    pub checks: Vec<Spanned<CheckDecl>>,
    /// `references = Org` or `references = Org(id)`, with `on_delete` and so on beside it; its `columns` is empty.
    pub references: Option<Spanned<ForeignKeyDecl>>,
    /// `allow(..)`.
    pub allows: Vec<AllowDecl>,
}

sparse!(FieldDecl { ident, ty; flatten, name, sql_type, json, try_from, default, identity, sequence, storage, compression, statistics, generated, charset, collate, on_update, comment, renamed_from, online, backfill, primary_key, unique, index, checks, references, allows });

/// `#[sqlx(json)]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JsonDecl {
    /// `json`: NOT NULL whatever the type.
    NotNull,
    /// `json(nullable)`.
    Nullable,
}

/// A composite primary key.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PrimaryKeyDecl {
    /// Fields of the struct.
    pub columns: Vec<Spanned<String>>,
    /// The constraint's name.
    pub name: Option<Spanned<String>>,
    /// `include(a, b)`: fields of the struct.
    pub include: Vec<Spanned<String>>,
    /// `deferrable`, `deferrable = initially_deferred`.
    pub deferrable: Option<Spanned<Deferrable>>,
    /// `with(fillfactor = 80)`.
    pub storage: Vec<(Spanned<String>, String)>,
}

/// `partition_by(range(created_at))`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PartitionByDecl {
    /// `range`, `list` or `hash`.
    pub strategy: PartitionStrategy,
    /// Keys, in order.
    pub keys: Vec<IndexKeyDecl>,
}

/// `exclude(using = gist, room with "=", during with "&&")`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ExclusionDecl {
    /// Keys with their operators, in order.
    pub elements: Vec<(IndexKeyDecl, Spanned<String>)>,
    /// The constraint's name.
    pub name: Option<Spanned<String>>,
    /// `using = gist`.
    pub using: Option<Spanned<String>>,
    /// `include(a, b)`: fields of the struct.
    pub include: Vec<Spanned<String>>,
    /// `where = ".."`.
    pub predicate: Option<Spanned<String>>,
    /// `with(fillfactor = 80)`.
    pub storage: Vec<(Spanned<String>, String)>,
    /// `deferrable`, `deferrable = initially_deferred`.
    pub deferrable: Option<Spanned<Deferrable>>,
}

/// `generated = "expr"`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GeneratedDecl {
    /// The expression.
    pub expression: String,
    /// `stored` beside it.
    pub stored: bool,
}

/// A unique constraint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct UniqueDecl {
    /// Fields of the struct.
    pub columns: Vec<Spanned<String>>,
    /// The constraint's name.
    pub name: Option<Spanned<String>>,
    /// `nulls_not_distinct`.
    pub nulls_not_distinct: Option<Mark>,
    /// `deferrable`, `deferrable = initially_deferred`.
    pub deferrable: Option<Spanned<Deferrable>>,
    /// `include(a, b)`: fields of the struct.
    pub include: Vec<Spanned<String>>,
    /// `with(fillfactor = 80)`.
    pub storage: Vec<(Spanned<String>, String)>,
}

/// A check.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckDecl {
    /// The condition.
    pub expression: Spanned<String>,
    /// The constraint's name.
    pub name: Option<Spanned<String>>,
    /// `no_inherit`.
    pub no_inherit: Option<Mark>,
    /// `not_valid`.
    pub not_valid: Option<Mark>,
    /// `not_enforced`.
    pub not_enforced: Option<Mark>,
}

/// A foreign key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ForeignKeyDecl {
    /// Fields of the struct.
    pub columns: Vec<Spanned<String>>,
    /// The referenced struct.
    pub references: Spanned<RustPath>,
    /// Its fields; empty is its primary key.
    pub referenced_columns: Vec<Spanned<String>>,
    /// The constraint's name.
    pub name: Option<Spanned<String>>,
    /// `on_delete = cascade`.
    pub on_delete: Option<Spanned<ReferentialAction>>,
    /// `on_update = cascade`.
    pub on_update: Option<Spanned<ReferentialAction>>,
    /// `match_full`.
    pub match_full: Option<Mark>,
    /// `deferrable`, `deferrable = initially_deferred`.
    pub deferrable: Option<Spanned<Deferrable>>,
    /// `set_columns(a, b)`: the fields that `on_delete = set_null` empties, where not all.
    pub set_columns: Vec<Spanned<String>>,
    /// `not_valid`.
    pub not_valid: Option<Mark>,
    /// `not_enforced`.
    pub not_enforced: Option<Mark>,
}

/// An index.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct IndexDecl {
    /// Keys, in order.
    pub keys: Vec<IndexKeyDecl>,
    /// The index's name.
    pub name: Option<Spanned<String>>,
    /// `unique`.
    pub unique: Option<Mark>,
    /// `using = gin`.
    pub using: Option<Spanned<String>>,
    /// `include(a, b)`: fields of the struct.
    pub include: Vec<Spanned<String>>,
    /// `where = ".."`.
    pub predicate: Option<Spanned<String>>,
    /// `with(fillfactor = 80)`.
    pub storage: Vec<(Spanned<String>, String)>,
    /// `nulls_not_distinct`.
    pub nulls_not_distinct: Option<Mark>,
}

/// One key: `created_at desc nulls_last`, `email opclass = text_pattern_ops collate = "C"`, `expr = "lower(email)"`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IndexKeyDecl {
    /// What is indexed.
    pub target: IndexTargetDecl,
    /// `prefix = 20`.
    pub prefix: Option<Spanned<u32>>,
    /// `collate = ".."`.
    pub collate: Option<Spanned<String>>,
    /// `opclass = ..`.
    pub opclass: Option<Spanned<String>>,
    /// `desc`.
    pub descending: bool,
    /// `nulls_first`, `nulls_last`.
    pub nulls: Option<Spanned<NullsOrder>>,
}

/// What an index key is made of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum IndexTargetDecl {
    /// A field of the struct.
    Column(Spanned<String>),
    /// `expr = ".."`.
    Expression(Spanned<String>),
}

/// An enum with `#[derive(SqlEnum)]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnumDecl {
    /// The Rust enum's name.
    pub ident: Spanned<String>,
    /// `name = ".."`, or sqlx's `type_name`.
    pub name: Option<Spanned<String>>,
    /// `schema = ".."`.
    pub schema: Option<Spanned<String>>,
    /// `comment = ".."`.
    pub comment: Option<Spanned<String>>,
    /// `renamed_from = ".."`.
    pub renamed_from: Option<Spanned<String>>,
    /// `rename_all = ".."`, or sqlx's.
    pub rename_all: Option<Spanned<RenameRule>>,
    /// The labels, in order.
    pub labels: Vec<LabelDecl>,
    /// `allow(..)`.
    pub allows: Vec<AllowDecl>,
}

/// A variant of an enum.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LabelDecl {
    /// The variant's name.
    pub ident: Spanned<String>,
    /// `rename = ".."`, or sqlx's.
    pub name: Option<Spanned<String>>,
    /// `renamed_from = ".."`.
    pub renamed_from: Option<Spanned<String>>,
}

/// A struct with `#[derive(Domain)]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DomainDecl {
    /// The struct's name.
    pub ident: Spanned<String>,
    /// The Rust type of its one field.
    pub ty: Spanned<RustType>,
    /// `name = ".."`, or sqlx's `type_name`.
    pub name: Option<Spanned<String>>,
    /// `schema = ".."`.
    pub schema: Option<Spanned<String>>,
    /// `type = ".."`: the underlying type.
    pub sql_type: Option<Spanned<String>>,
    /// `not_null`.
    pub not_null: Option<Mark>,
    /// `default = "sql"`.
    pub default: Option<Spanned<String>>,
    /// `collate = ".."`.
    pub collate: Option<Spanned<String>>,
    /// `renamed_from = ".."`.
    pub renamed_from: Option<Spanned<String>>,
    /// `check("VALUE > 0", name = "..")`.
    pub checks: Vec<Spanned<CheckDecl>>,
    /// `comment = ".."`.
    pub comment: Option<Spanned<String>>,
}

/// A struct with `#[derive(Composite)]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CompositeDecl {
    /// The struct's name.
    pub ident: Spanned<String>,
    /// `name = ".."`, or sqlx's `type_name`.
    pub name: Option<Spanned<String>>,
    /// `schema = ".."`.
    pub schema: Option<Spanned<String>>,
    /// `comment = ".."`.
    pub comment: Option<Spanned<String>>,
    /// `renamed_from = ".."`.
    pub renamed_from: Option<Spanned<String>>,
    /// sqlx's `rename_all` on the struct.
    pub rename_all: Option<Spanned<RenameRule>>,
    /// The attributes, in order.
    pub fields: Vec<AttributeDecl>,
}

/// A field of a composite type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AttributeDecl {
    /// The field's name, without `r#`.
    pub ident: Spanned<String>,
    /// Its Rust type.
    pub ty: Spanned<RustType>,
    /// `name = ".."`, or sqlx's `rename`.
    pub name: Option<Spanned<String>>,
    /// `type = ".."`.
    pub sql_type: Option<Spanned<String>>,
    /// `collate = ".."`.
    pub collate: Option<Spanned<String>>,
    /// `renamed_from = ".."`.
    pub renamed_from: Option<Spanned<String>>,
}

/// A struct with `#[derive(View)]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ViewDecl {
    /// The struct's name.
    pub ident: Spanned<String>,
    /// `name = ".."`.
    pub name: Option<Spanned<String>>,
    /// `schema = ".."`.
    pub schema: Option<Spanned<String>>,
    /// `sql = "SELECT .."`.
    pub sql: Spanned<String>,
    /// `materialized`.
    pub materialized: Option<Mark>,
    /// `with(security_barrier = true)`.
    pub options: Vec<(Spanned<String>, String)>,
    /// `comment = ".."`.
    pub comment: Option<Spanned<String>>,
}

/// `sequence("app.invoice_no", start = 1000, owned_by = "invoices.no");`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SequenceDecl {
    /// Its name: `name` or `schema.name`.
    pub name: Spanned<String>,
    /// `type = "integer"`.
    pub ty: Option<Spanned<String>>,
    /// Start, increment and so on.
    #[serde(with = "whole")]
    pub options: SequenceOptions,
    /// `owned_by = "table.column"` or `"schema.table.column"`.
    pub owned_by: Option<Spanned<String>>,
    /// `comment = ".."`.
    pub comment: Option<Spanned<String>>,
}

/// `sequence(start = 10)` beside `identity`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdentityOptionsDecl(#[serde(with = "whole")] pub SequenceOptions);

/// `extension("citext", schema = "app");`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExtensionDecl {
    /// Its name.
    pub name: Spanned<String>,
    /// `schema = ".."`.
    pub schema: Option<Spanned<String>>,
}

/// `raw("name", create = "..", drop = "..");`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RawDecl {
    /// What it is called.
    pub name: Spanned<String>,
    /// The statements that make it.
    pub create: Spanned<String>,
    /// The statements that undo those.
    pub drop: Spanned<String>,
}

/// `schema! { .. }`: what no struct can say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SchemaDecl {
    /// Where the macro's body starts.
    pub span: Mark,
    /// `schema app;`: PostgreSQL schemas to create. Those that tables name are created without it.
    pub namespaces: Vec<Spanned<String>>,
    /// `extension(..);`
    pub extensions: Vec<ExtensionDecl>,
    /// `sequence(..);`
    pub sequences: Vec<SequenceDecl>,
    /// `sql("CREATE ..");`
    pub sql: Vec<Spanned<String>>,
    /// `files("sql");`: files or folders, relative to the crate.
    pub files: Vec<Spanned<String>>,
    /// `raw(..);`
    pub raws: Vec<RawDecl>,
    /// `allow(..);`
    pub allows: Vec<AllowDecl>,
}

/// sqlx's `rename_all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RenameRule {
    /// `snake_case`
    SnakeCase,
    /// `lowercase`
    LowerCase,
    /// `UPPERCASE`
    UpperCase,
    /// `SCREAMING_SNAKE_CASE`
    ScreamingSnakeCase,
    /// `kebab-case`
    KebabCase,
    /// `camelCase`
    CamelCase,
    /// `PascalCase`
    PascalCase,
}
