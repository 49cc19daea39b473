//! Declarations: what the attributes on one item say, with spans, before any name or type is resolved.
//!
//! [`crate::attrs`] makes them from syntax alone; [`crate::scan`] lowers them to a [`crate::model::Model`].

use proc_macro2::Span;

use crate::ir::{
    Deferrable, Identity, NullsOrder, PartitionStrategy, ReferentialAction, ReplicaIdentity, SequenceOptions,
};

/// A value and the tokens it came from.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The first token it came from.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Pairs a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A struct with `#[derive(Table)]`.
#[derive(Clone, Debug)]
pub struct TableDecl {
    /// The struct's name.
    pub ident: syn::Ident,
    /// [`crate::gate::fingerprint`] of the struct, by which the derive finds its findings.
    pub fingerprint: String,
    /// `name = ".."`.
    pub name: Option<Spanned<String>>,
    /// `schema = ".."`.
    pub schema: Option<Spanned<String>>,
    /// `comment = ".."`.
    pub comment: Option<Spanned<String>>,
    /// `renamed_from = ".."`: the former table name, or `schema.name`.
    pub renamed_from: Option<Spanned<String>>,
    /// `strict`.
    pub strict: Option<Span>,
    /// `without_rowid`.
    pub without_rowid: Option<Span>,
    /// `unlogged`.
    pub unlogged: Option<Span>,
    /// `small`.
    pub small: Option<Span>,
    /// `with(fillfactor = 80)`.
    pub storage: Vec<(Spanned<String>, String)>,
    /// `inherits(Parent)`: structs.
    pub inherits: Vec<syn::Path>,
    /// `partition_by(range(created_at))`.
    pub partition_by: Option<Spanned<PartitionByDecl>>,
    /// `partition_of = Parent`.
    pub partition_of: Option<Spanned<syn::Path>>,
    /// `bound = "FOR VALUES .."`.
    pub bound: Option<Spanned<String>>,
    /// `row_security`.
    pub row_security: Option<Span>,
    /// `force_row_security`.
    pub force_row_security: Option<Span>,
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

/// A field of a table.
#[derive(Clone, Debug)]
pub struct FieldDecl {
    /// The field's name, without `r#`.
    pub ident: syn::Ident,
    /// Its Rust type.
    pub ty: syn::Type,
    /// `#[sqlx(flatten)]`: its columns are those of the struct that `ty` names, which is scanned for its fields.
    pub flatten: Option<Span>,
    /// `name = ".."`, or sqlx's `rename`.
    pub name: Option<Spanned<String>>,
    /// `type = ".."`.
    pub sql_type: Option<Spanned<String>>,
    /// `#[sqlx(json)]` (`nullable`: `json(nullable)`), which stores any type as JSON.
    pub json: Option<Spanned<JsonDecl>>,
    /// `#[sqlx(try_from = "..")]`: the type that the database sees.
    pub try_from: Option<Spanned<syn::Type>>,
    /// `default = "sql"`.
    pub default: Option<Spanned<String>>,
    /// `identity` or `identity = always`.
    pub identity: Option<Spanned<Identity>>,
    /// `sequence(start = 10)` beside `identity`.
    pub sequence: Option<Spanned<SequenceOptions>>,
    /// `storage = external`.
    pub storage: Option<Spanned<String>>,
    /// `compression = lz4`.
    pub compression: Option<Spanned<String>>,
    /// `statistics = 500`.
    pub statistics: Option<Spanned<i32>>,
    /// `generated = "expr"`; `stored` beside it.
    pub generated: Option<Spanned<GeneratedDecl>>,
    /// `collate = ".."`.
    pub collate: Option<Spanned<String>>,
    /// `comment = ".."`.
    pub comment: Option<Spanned<String>>,
    /// `renamed_from = ".."`: the former column name.
    pub renamed_from: Option<Spanned<String>>,
    /// `online`, beside `renamed_from`: both names live for a while.
    pub online: Option<Span>,
    /// `backfill = "sql"`: what existing rows get, once.
    pub backfill: Option<Spanned<String>>,
    /// `primary_key`.
    pub primary_key: Option<Span>,
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

/// `#[sqlx(json)]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonDecl {
    /// `json`: NOT NULL whatever the type.
    NotNull,
    /// `json(nullable)`.
    Nullable,
}

/// A composite primary key.
#[derive(Clone, Debug, Default)]
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
#[derive(Clone, Debug)]
pub struct PartitionByDecl {
    /// `range`, `list` or `hash`.
    pub strategy: PartitionStrategy,
    /// Keys, in order.
    pub keys: Vec<IndexKeyDecl>,
}

/// `exclude(using = gist, room with "=", during with "&&")`.
#[derive(Clone, Debug, Default)]
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
#[derive(Clone, Debug)]
pub struct GeneratedDecl {
    /// The expression.
    pub expression: String,
    /// `stored` beside it.
    pub stored: bool,
}

/// A unique constraint.
#[derive(Clone, Debug, Default)]
pub struct UniqueDecl {
    /// Fields of the struct.
    pub columns: Vec<Spanned<String>>,
    /// The constraint's name.
    pub name: Option<Spanned<String>>,
    /// `nulls_not_distinct`.
    pub nulls_not_distinct: Option<Span>,
    /// `deferrable`, `deferrable = initially_deferred`.
    pub deferrable: Option<Spanned<Deferrable>>,
    /// `include(a, b)`: fields of the struct.
    pub include: Vec<Spanned<String>>,
    /// `with(fillfactor = 80)`.
    pub storage: Vec<(Spanned<String>, String)>,
}

/// A check.
#[derive(Clone, Debug)]
pub struct CheckDecl {
    /// The condition.
    pub expression: Spanned<String>,
    /// The constraint's name.
    pub name: Option<Spanned<String>>,
    /// `no_inherit`.
    pub no_inherit: Option<Span>,
    /// `not_valid`.
    pub not_valid: Option<Span>,
    /// `not_enforced`.
    pub not_enforced: Option<Span>,
}

/// A foreign key.
#[derive(Clone, Debug)]
pub struct ForeignKeyDecl {
    /// Fields of the struct.
    pub columns: Vec<Spanned<String>>,
    /// The referenced struct.
    pub references: syn::Path,
    /// Its fields; empty is its primary key.
    pub referenced_columns: Vec<Spanned<String>>,
    /// The constraint's name.
    pub name: Option<Spanned<String>>,
    /// `on_delete = cascade`.
    pub on_delete: Option<Spanned<ReferentialAction>>,
    /// `on_update = cascade`.
    pub on_update: Option<Spanned<ReferentialAction>>,
    /// `match_full`.
    pub match_full: Option<Span>,
    /// `deferrable`, `deferrable = initially_deferred`.
    pub deferrable: Option<Spanned<Deferrable>>,
    /// `set_columns(a, b)`: the fields that `on_delete = set_null` empties, where not all.
    pub set_columns: Vec<Spanned<String>>,
    /// `not_valid`.
    pub not_valid: Option<Span>,
    /// `not_enforced`.
    pub not_enforced: Option<Span>,
}

/// An index.
#[derive(Clone, Debug, Default)]
pub struct IndexDecl {
    /// Keys, in order.
    pub keys: Vec<IndexKeyDecl>,
    /// The index's name.
    pub name: Option<Spanned<String>>,
    /// `unique`.
    pub unique: Option<Span>,
    /// `using = gin`.
    pub using: Option<Spanned<String>>,
    /// `include(a, b)`: fields of the struct.
    pub include: Vec<Spanned<String>>,
    /// `where = ".."`.
    pub predicate: Option<Spanned<String>>,
    /// `with(fillfactor = 80)`.
    pub storage: Vec<(Spanned<String>, String)>,
    /// `nulls_not_distinct`.
    pub nulls_not_distinct: Option<Span>,
}

/// One key: `created_at desc nulls_last`, `email opclass = text_pattern_ops collate = "C"`, `expr = "lower(email)"`.
#[derive(Clone, Debug)]
pub struct IndexKeyDecl {
    /// What is indexed.
    pub target: IndexTargetDecl,
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
#[derive(Clone, Debug)]
pub enum IndexTargetDecl {
    /// A field of the struct.
    Column(Spanned<String>),
    /// `expr = ".."`.
    Expression(Spanned<String>),
}

/// An enum with `#[derive(SqlEnum)]`.
#[derive(Clone, Debug)]
pub struct EnumDecl {
    /// The Rust enum's name.
    pub ident: syn::Ident,
    /// [`crate::gate::fingerprint`] of the enum.
    pub fingerprint: String,
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
#[derive(Clone, Debug)]
pub struct LabelDecl {
    /// The variant's name.
    pub ident: syn::Ident,
    /// `rename = ".."`, or sqlx's.
    pub name: Option<Spanned<String>>,
    /// `renamed_from = ".."`.
    pub renamed_from: Option<Spanned<String>>,
}

/// A struct with `#[derive(Domain)]`.
#[derive(Clone, Debug)]
pub struct DomainDecl {
    /// The struct's name.
    pub ident: syn::Ident,
    /// [`crate::gate::fingerprint`] of the struct.
    pub fingerprint: String,
    /// The Rust type of its one field.
    pub ty: syn::Type,
    /// `name = ".."`, or sqlx's `type_name`.
    pub name: Option<Spanned<String>>,
    /// `schema = ".."`.
    pub schema: Option<Spanned<String>>,
    /// `type = ".."`: the underlying type.
    pub sql_type: Option<Spanned<String>>,
    /// `not_null`.
    pub not_null: Option<Span>,
    /// `default = "sql"`.
    pub default: Option<Spanned<String>>,
    /// `collate = ".."`.
    pub collate: Option<Spanned<String>>,
    /// `check("VALUE > 0", name = "..")`.
    pub checks: Vec<Spanned<CheckDecl>>,
    /// `comment = ".."`.
    pub comment: Option<Spanned<String>>,
}

/// A struct with `#[derive(Composite)]`.
#[derive(Clone, Debug)]
pub struct CompositeDecl {
    /// The struct's name.
    pub ident: syn::Ident,
    /// [`crate::gate::fingerprint`] of the struct.
    pub fingerprint: String,
    /// `name = ".."`, or sqlx's `type_name`.
    pub name: Option<Spanned<String>>,
    /// `schema = ".."`.
    pub schema: Option<Spanned<String>>,
    /// `comment = ".."`.
    pub comment: Option<Spanned<String>>,
    /// sqlx's `rename_all` on the struct.
    pub rename_all: Option<Spanned<RenameRule>>,
    /// The attributes, in order.
    pub fields: Vec<AttributeDecl>,
}

/// A field of a composite type.
#[derive(Clone, Debug)]
pub struct AttributeDecl {
    /// The field's name, without `r#`.
    pub ident: syn::Ident,
    /// Its Rust type.
    pub ty: syn::Type,
    /// `name = ".."`, or sqlx's `rename`.
    pub name: Option<Spanned<String>>,
    /// `type = ".."`.
    pub sql_type: Option<Spanned<String>>,
    /// `collate = ".."`.
    pub collate: Option<Spanned<String>>,
}

/// A struct with `#[derive(View)]`.
#[derive(Clone, Debug)]
pub struct ViewDecl {
    /// The struct's name.
    pub ident: syn::Ident,
    /// [`crate::gate::fingerprint`] of the struct.
    pub fingerprint: String,
    /// `name = ".."`.
    pub name: Option<Spanned<String>>,
    /// `schema = ".."`.
    pub schema: Option<Spanned<String>>,
    /// `sql = "SELECT .."`.
    pub sql: Spanned<String>,
    /// `materialized`.
    pub materialized: Option<Span>,
    /// `with(security_barrier = true)`.
    pub options: Vec<(Spanned<String>, String)>,
    /// `comment = ".."`.
    pub comment: Option<Spanned<String>>,
}

/// `sequence("app.invoice_no", start = 1000, owned_by = "invoices.no");`
#[derive(Clone, Debug)]
pub struct SequenceDecl {
    /// Its name: `name` or `schema.name`.
    pub name: Spanned<String>,
    /// `type = "integer"`.
    pub ty: Option<Spanned<String>>,
    /// Start, increment and so on.
    pub options: SequenceOptions,
    /// `owned_by = "table.column"` or `"schema.table.column"`.
    pub owned_by: Option<Spanned<String>>,
    /// `comment = ".."`.
    pub comment: Option<Spanned<String>>,
}

/// `extension("citext", schema = "app");`
#[derive(Clone, Debug)]
pub struct ExtensionDecl {
    /// Its name.
    pub name: Spanned<String>,
    /// `schema = ".."`.
    pub schema: Option<Spanned<String>>,
}

/// `raw("name", create = "..", drop = "..");`
#[derive(Clone, Debug)]
pub struct RawDecl {
    /// What it is called.
    pub name: Spanned<String>,
    /// The statements that make it.
    pub create: Spanned<String>,
    /// The statements that undo those.
    pub drop: Spanned<String>,
}

/// `schema! { .. }`: what no struct can say.
#[derive(Clone, Debug)]
pub struct SchemaDecl {
    /// Where the macro's body starts.
    pub span: Span,
    /// [`crate::gate::fingerprint`] of the body.
    pub fingerprint: String,
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

/// One consent: `allow(drop_column("legacy", reason = ".."))`.
#[derive(Clone, Debug)]
pub struct AllowDecl {
    /// What is allowed.
    pub code: Spanned<AllowCode>,
    /// The object's name, for codes that take one ([`AllowCode::takes_name`]).
    pub name: Option<Spanned<String>>,
    /// Why. Never empty.
    pub reason: String,
    /// `map_to = ".."`: what rows that hold a dropped label get.
    pub map_to: Option<Spanned<String>>,
    /// `restore = "sql"`: what the down gives existing rows of a dropped NOT NULL column without a default.
    pub restore: Option<Spanned<String>>,
    /// `keep`: what goes is put aside, and the down brings it back.
    pub keep: bool,
}

/// What can be allowed. The names are those of the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AllowCode {
    /// `drop_table("sessions")`, in `schema! {}`.
    DropTable,
    /// `drop_enum("mood")`, in `schema! {}`.
    DropEnum,
    /// `drop_column("legacy")`, on the struct.
    DropColumn,
    /// `drop_label("junk")`, on the enum.
    DropLabel,
    /// `narrow_type`, on the field: a conversion that may fail or lose something.
    NarrowType,
    /// `drop_not_null`, on the field.
    DropNotNull,
    /// `drop_primary_key`, on the struct.
    DropPrimaryKey,
    /// `drop_unique("users_email_key")`, on the struct: also a unique index.
    DropUnique,
    /// `drop_foreign_key("users_org_id_fkey")`, on the struct.
    DropForeignKey,
    /// `drop_check("age_positive")`, on the struct.
    DropCheck,
    /// `drop_exclusion("no_overlap")`, on the struct.
    DropExclusion,
    /// `drop_row_security`, on the struct: rows that policies hid are seen.
    DropRowSecurity,
    /// `drop_sequence("invoice_no")`, in `schema! {}`.
    DropSequence,
    /// `drop_domain("email")`, in `schema! {}`.
    DropDomain,
    /// `drop_type("address")`, in `schema! {}`: a composite type.
    DropType,
    /// `drop_object("view active_users")`, in `schema! {}`: what SQL text defines, as [`crate::ir::ObjectId`] is displayed.
    DropObject,
    /// `assume_empty`, on the field: the table holds no rows; the migration asserts it.
    AssumeEmpty,
    /// `advice("json_text")`, on the struct: [`crate::advise`] says nothing of it.
    Advice,
}

impl AllowCode {
    /// Every code, in the order of the documentation.
    pub const ALL: [Self; 18] = [
        Self::DropTable,
        Self::DropEnum,
        Self::DropColumn,
        Self::DropLabel,
        Self::NarrowType,
        Self::DropNotNull,
        Self::DropPrimaryKey,
        Self::DropUnique,
        Self::DropForeignKey,
        Self::DropCheck,
        Self::DropExclusion,
        Self::DropRowSecurity,
        Self::DropSequence,
        Self::DropDomain,
        Self::DropType,
        Self::DropObject,
        Self::AssumeEmpty,
        Self::Advice,
    ];

    /// The name in the attribute.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DropTable => "drop_table",
            Self::DropEnum => "drop_enum",
            Self::DropColumn => "drop_column",
            Self::DropLabel => "drop_label",
            Self::NarrowType => "narrow_type",
            Self::DropNotNull => "drop_not_null",
            Self::DropPrimaryKey => "drop_primary_key",
            Self::DropUnique => "drop_unique",
            Self::DropForeignKey => "drop_foreign_key",
            Self::DropCheck => "drop_check",
            Self::DropExclusion => "drop_exclusion",
            Self::DropRowSecurity => "drop_row_security",
            Self::DropSequence => "drop_sequence",
            Self::DropDomain => "drop_domain",
            Self::DropType => "drop_type",
            Self::DropObject => "drop_object",
            Self::AssumeEmpty => "assume_empty",
            Self::Advice => "advice",
        }
    }

    /// True for codes written with the object's name: `drop_column("legacy")`.
    #[must_use]
    pub fn takes_name(self) -> bool {
        !matches!(
            self,
            Self::NarrowType | Self::DropNotNull | Self::DropPrimaryKey | Self::DropRowSecurity | Self::AssumeEmpty
        )
    }

    /// True for codes that take `keep`.
    #[must_use]
    pub fn can_keep(self) -> bool {
        matches!(self, Self::DropTable | Self::DropColumn | Self::DropLabel | Self::NarrowType)
    }
}

/// sqlx's `rename_all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
