//! The derives and `schema! {}`: tokens in, tokens out. `schema_core` does the reading.
//!
//! The build step (`schema_core::build`) compares the structs with the base snapshot; these macros show what it found
//! at the tokens concerned. Without a build step they still read the attributes and report what is wrong in them.
#![forbid(unsafe_code)]

mod embed;
mod expand;

use proc_macro::TokenStream;

/// Makes a struct a table.
///
/// Fields are columns: `Option<T>` is nullable, any other type is NOT NULL. Names inside `primary_key(..)`,
/// `index(..)` and so on are those of fields. sqlx's attributes on the same struct are honoured.
///
/// ```text
/// #[derive(Table, sqlx::FromRow)]
/// #[table(name = "users", index(org_id, created_at desc))]
/// pub struct User {
///     #[column(primary_key, identity)]
///     pub id: i64,
///     #[column(unique)]
///     pub email: String,
///     #[column(references = Org, on_delete = cascade)]
///     pub org_id: i64,
///     #[column(default = "now()")]
///     pub created_at: DateTime<Utc>,
/// }
/// ```
///
#[doc = include_str!("table.md")]
#[proc_macro_derive(Table, attributes(table, column, sqlx))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    expand::table(input.into()).into()
}

/// Makes an enum a SQL enum: a type of its own on PostgreSQL, TEXT with a CHECK over the labels on SQLite.
///
/// Variants are labels, in their order. sqlx's attributes on the same enum are honoured.
///
/// ```text
/// #[derive(SqlEnum, sqlx::Type)]
/// #[sqlx(type_name = "mood", rename_all = "snake_case")]
/// pub enum Mood {
///     Good,
///     #[label(renamed_from = "meh")]
///     SoSo,
/// }
/// ```
///
#[doc = include_str!("sql_enum.md")]
#[proc_macro_derive(SqlEnum, attributes(sql_enum, label, sqlx))]
pub fn derive_sql_enum(input: TokenStream) -> TokenStream {
    expand::sql_enum(input.into()).into()
}

/// Makes a struct with one unnamed field a PostgreSQL domain.
///
/// ```text
/// #[derive(Domain, sqlx::Type)]
/// #[sqlx(type_name = "email")]
/// #[domain(check("VALUE ~ '@'", name = "has_at"))]
/// pub struct Email(pub String);
/// ```
///
#[doc = include_str!("domain.md")]
#[proc_macro_derive(Domain, attributes(domain, sqlx))]
pub fn derive_domain(input: TokenStream) -> TokenStream {
    expand::domain(input.into()).into()
}

/// Makes a struct a PostgreSQL composite type.
///
/// ```text
/// #[derive(Composite, sqlx::Type)]
/// #[sqlx(type_name = "address")]
/// pub struct Address {
///     pub street: Option<String>,
///     #[column(type = "varchar(10)")]
///     pub zip: Option<String>,
/// }
/// ```
///
#[doc = include_str!("composite.md")]
#[proc_macro_derive(Composite, attributes(composite, column, sqlx))]
pub fn derive_composite(input: TokenStream) -> TokenStream {
    expand::composite(input.into()).into()
}

/// Makes a struct the row of a view.
///
/// ```text
/// #[derive(View, sqlx::FromRow)]
/// #[view(sql = "SELECT id, email FROM users WHERE active")]
/// pub struct ActiveUsers {
///     pub id: Option<i64>,
///     pub email: Option<String>,
/// }
/// ```
///
#[doc = include_str!("view.md")]
#[proc_macro_derive(View, attributes(view, sqlx))]
pub fn derive_view(input: TokenStream) -> TokenStream {
    expand::view(input.into()).into()
}

/// Says, once per crate, what no struct can say.
///
/// ```text
/// schema! {
///     schema app;
///     allow(drop_table("sessions", reason = "moved to the cache"));
/// }
/// ```
///
#[doc = include_str!("schema.md")]
#[proc_macro]
pub fn schema(input: TokenStream) -> TokenStream {
    expand::schema(input.into()).into()
}

/// The crate's migrations, inside the binary: a `schema_runtime::migrate::Migrator`.
///
/// The folder is the one that the build step names; without a build step, `migrate!("migrations")` names it relative
/// to the crate's root.
///
/// ```text
/// let migrator = schema_runtime::migrate!();
/// migrator.migrate(&mut connection, Target::Latest, &mut |_| {}).await?;
/// ```
#[proc_macro]
pub fn migrate(input: TokenStream) -> TokenStream {
    embed::migrate(input.into()).into()
}
