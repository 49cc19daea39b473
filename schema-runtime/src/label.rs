//! Labels of SQL enums on the way into Rust.

use std::fmt;

/// The label of an enum's value as the database sends it, whatever kind of column holds it: an enum type of PostgreSQL, an
/// `ENUM` of MariaDB and MySQL, a text.
///
/// `derive(SqlEnum)` makes the enum one that can be had from a label. On a field it takes the place of what
/// `derive(sqlx::Type)` reads: of sqlx 0.9 that one refuses an `ENUM` that is NOT NULL (sqlx issue 3750).
///
/// ```
/// use schema_runtime::{Label, SqlEnum};
///
/// #[derive(Debug, PartialEq, SqlEnum)]
/// #[sql_enum(rename_all = "snake_case")]
/// enum Medium {
///     Tape,
///     Disc,
/// }
///
/// assert_eq!(Medium::try_from(Label::new("disc")).unwrap(), Medium::Disc);
/// assert_eq!(Medium::try_from(Label::new("wax")).unwrap_err().to_string(), "`medium` has no label `wax`");
/// ```
///
/// On a struct that is `sqlx::FromRow`, the field is `#[sqlx(try_from = "schema_runtime::Label")] medium: Medium`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label(String);

/// A label that the enum has not: the program is older than the database, or newer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLabel {
    label: String,
    name: &'static str,
}

impl Label {
    /// A label.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The error of an enum of that name without this label.
    #[doc(hidden)]
    #[must_use]
    pub fn unknown_to(self, name: &'static str) -> UnknownLabel {
        UnknownLabel { label: self.0, name }
    }
}

impl fmt::Display for UnknownLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` has no label `{}`", self.name, self.label)
    }
}

impl std::error::Error for UnknownLabel {}

impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for Label
where
    &'r str: sqlx::Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
        <&str as sqlx::Decode<'r, DB>>::decode(value).map(Self::new)
    }
}

#[cfg(feature = "postgres")]
impl sqlx::Type<sqlx::Postgres> for Label {
    fn type_info() -> sqlx::postgres::PgTypeInfo {
        <str as sqlx::Type<sqlx::Postgres>>::type_info()
    }

    fn compatible(ty: &sqlx::postgres::PgTypeInfo) -> bool {
        matches!(ty.kind(), sqlx::postgres::PgTypeKind::Enum(_)) || <str as sqlx::Type<sqlx::Postgres>>::compatible(ty)
    }
}

#[cfg(feature = "mysql")]
impl sqlx::Type<sqlx::MySql> for Label {
    fn type_info() -> sqlx::mysql::MySqlTypeInfo {
        <str as sqlx::Type<sqlx::MySql>>::type_info()
    }

    fn compatible(ty: &sqlx::mysql::MySqlTypeInfo) -> bool {
        <str as sqlx::Type<sqlx::MySql>>::compatible(ty)
    }
}

#[cfg(feature = "sqlite")]
impl sqlx::Type<sqlx::Sqlite> for Label {
    fn type_info() -> sqlx::sqlite::SqliteTypeInfo {
        <str as sqlx::Type<sqlx::Sqlite>>::type_info()
    }

    fn compatible(ty: &sqlx::sqlite::SqliteTypeInfo) -> bool {
        <str as sqlx::Type<sqlx::Sqlite>>::compatible(ty)
    }
}
