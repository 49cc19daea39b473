//! `allow(..)`: what is consented to.

use serde::{Deserialize, Serialize};

use super::Spanned;

/// One consent: `allow(drop_column("legacy", reason = ".."))`.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
