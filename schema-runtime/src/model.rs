//! What the derives implement, and what their generated code asserts.

/// A struct whose fields are the columns of a table; `#[derive(Table)]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table",
    label = "`#[derive(Table)]` is missing on this type"
)]
pub trait Table {
    /// The table's name.
    const NAME: &'static str;
    /// The PostgreSQL schema that the struct names, if any.
    const SCHEMA: Option<&'static str>;
    /// The columns of the struct's own fields, in order. Those of `#[sqlx(flatten)]` fields are not among them.
    const COLUMNS: &'static [&'static str];
}

/// An enum whose variants are the labels of a SQL enum; `#[derive(SqlEnum)]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a SQL enum",
    label = "`#[derive(SqlEnum)]` is missing on this type"
)]
pub trait SqlEnum {
    /// The type's name.
    const NAME: &'static str;
    /// The labels, in order.
    const LABELS: &'static [&'static str];
}

/// A struct whose one field a PostgreSQL domain holds; `#[derive(Domain)]` implements it.
pub trait Domain {
    /// The domain's name.
    const NAME: &'static str;
    /// The PostgreSQL schema that the struct names, if any.
    const SCHEMA: Option<&'static str>;
}

/// A struct that is a PostgreSQL composite type; `#[derive(Composite)]` implements it.
pub trait Composite {
    /// The type's name.
    const NAME: &'static str;
    /// The PostgreSQL schema that the struct names, if any.
    const SCHEMA: Option<&'static str>;
}

/// A struct that is the row of a view; `#[derive(View)]` implements it.
pub trait View {
    /// The view's name.
    const NAME: &'static str;
    /// The schema that the struct names, if any.
    const SCHEMA: Option<&'static str>;
}

/// Holds for a field's type and the type that the build step took it for, nullable or not.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the schema takes this field's type for `{T}`, but it is `{Self}`",
    label = "the name of this type means another type here",
    note = "name the type by its full path, or state its SQL type by `#[column(type = \"..\")]`"
)]
pub trait TakenFor<T> {}

impl<T> TakenFor<T> for T {}
#[diagnostic::do_not_recommend]
impl<T> TakenFor<T> for Option<T> {}

/// Compiles when the build step took a field's type for what it is.
#[doc(hidden)]
pub const fn assert_field<F: TakenFor<T>, T>() {}

/// Compiles when a referenced struct is a table.
#[doc(hidden)]
pub const fn assert_table<T: Table>() {}
