//! Every attribute name, once: error messages, `docs/attributes.md` and the derives' rustdoc are made from it.

mod markdown;

pub use markdown::{Derive, derive_markdown, markdown};

/// Where a name may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Site {
    /// `#[table(..)]`
    Table,
    /// `#[column(..)]`
    Column,
    /// `primary_key(..)`
    PrimaryKey,
    /// `unique(..)`
    Unique,
    /// `check(..)`
    Check,
    /// `foreign_key(..)`
    ForeignKey,
    /// `index(..)`
    Index,
    /// After a key in `index(..)`
    IndexKey,
    /// `#[sql_enum(..)]`
    SqlEnum,
    /// `#[label(..)]`
    Label,
    /// `schema! { .. }`
    SchemaMacro,
    /// Inside a code of `allow(..)`
    Consent,
}

impl Site {
    /// How it is written.
    #[must_use]
    pub fn written(self) -> &'static str {
        match self {
            Self::Table => "#[table(..)]",
            Self::Column => "#[column(..)]",
            Self::PrimaryKey => "primary_key(..)",
            Self::Unique => "unique(..)",
            Self::Check => "check(..)",
            Self::ForeignKey => "foreign_key(..)",
            Self::Index => "index(..)",
            Self::IndexKey => "index(key ..)",
            Self::SqlEnum => "#[sql_enum(..)]",
            Self::Label => "#[label(..)]",
            Self::SchemaMacro => "schema! { .. }",
            Self::Consent => "allow(code(..))",
        }
    }

    /// How `allow(..)` is written there.
    pub(super) fn allow_written(self) -> &'static str {
        match self {
            Self::Table => "#[table(allow(..))]",
            Self::SqlEnum => "#[sql_enum(allow(..))]",
            Self::SchemaMacro => "schema! { allow(..); }",
            _ => "#[column(allow(..))]",
        }
    }
}

/// One name of the attribute language.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// The name.
    pub name: &'static str,
    /// Where it may stand.
    pub sites: &'static [Site],
    /// How it is written.
    pub example: &'static str,
    /// The SQL it makes, in backticks, or what else it does.
    pub makes: &'static str,
}

/// The names that may stand at a site, in the order of the documentation.
#[must_use]
pub fn names(site: Site) -> Vec<&'static str> {
    at(site).map(|attribute| attribute.name).collect()
}

/// The sites where a name may stand.
pub(super) fn sites(name: &str) -> Vec<Site> {
    let mut sites: Vec<Site> = ATTRIBUTES
        .iter()
        .filter(|attribute| attribute.name == name)
        .flat_map(|attribute| attribute.sites)
        .copied()
        .collect();
    sites.sort_unstable();
    sites
}

fn at(site: Site) -> impl Iterator<Item = &'static Attribute> {
    ATTRIBUTES.iter().filter(move |attribute| attribute.sites.contains(&site))
}

const fn attribute(
    name: &'static str,
    sites: &'static [Site],
    example: &'static str,
    makes: &'static str,
) -> Attribute {
    Attribute { name, sites, example, makes }
}

/// All of them.
pub const ATTRIBUTES: &[Attribute] = &[
    attribute(
        "name",
        &[Site::Table],
        r#"name = "users""#,
        r#"`CREATE TABLE "users"`; without it the struct's name in snake_case"#,
    ),
    attribute(
        "schema",
        &[Site::Table],
        r#"schema = "auth""#,
        r#"`CREATE TABLE "auth"."users"`, PostgreSQL; the schema is created too"#,
    ),
    attribute(
        "comment",
        &[Site::Table],
        r#"comment = "people who log in""#,
        r#"`COMMENT ON TABLE "users" IS 'people who log in'`, PostgreSQL"#,
    ),
    attribute(
        "renamed_from",
        &[Site::Table],
        r#"renamed_from = "accounts""#,
        r#"`ALTER TABLE "accounts" RENAME TO "users"`, once"#,
    ),
    attribute("strict", &[Site::Table], "strict", "`CREATE TABLE .. STRICT`, SQLite"),
    attribute("without_rowid", &[Site::Table], "without_rowid", "`CREATE TABLE .. WITHOUT ROWID`, SQLite"),
    attribute(
        "primary_key",
        &[Site::Table],
        "primary_key(org_id, id)",
        r#"`CONSTRAINT "users_pkey" PRIMARY KEY ("org_id", "id")`"#,
    ),
    attribute(
        "unique",
        &[Site::Table],
        "unique(org_id, email)",
        r#"`CONSTRAINT "users_org_id_email_key" UNIQUE ("org_id", "email")`"#,
    ),
    attribute(
        "check",
        &[Site::Table],
        r#"check("starts_at < ends_at", name = "in_order")"#,
        r#"`CONSTRAINT "in_order" CHECK (starts_at < ends_at)`"#,
    ),
    attribute(
        "foreign_key",
        &[Site::Table],
        "foreign_key(org_id, owner_id, references = Member(org_id, id))",
        r#"`FOREIGN KEY ("org_id", "owner_id") REFERENCES "member" ("org_id", "id")`; without fields after the struct, its primary key"#,
    ),
    attribute(
        "index",
        &[Site::Table],
        r#"index(status, created_at desc, where = "deleted_at IS NULL")"#,
        r#"`CREATE INDEX .. ON "users" ("status", "created_at" DESC) WHERE deleted_at IS NULL`"#,
    ),
    attribute(
        "allow",
        &[Site::Table],
        r#"allow(drop_column("legacy", reason = "unread since 2.3"))"#,
        "consent to a change that loses something; see below",
    ),
    attribute(
        "name",
        &[Site::Column],
        r#"name = "login""#,
        "the column's name; without it sqlx's `rename`, or the field's name by sqlx's `rename_all`",
    ),
    attribute(
        "type",
        &[Site::Column],
        r#"type = "varchar(50)""#,
        r#"`"role" varchar(50)`; without it the type that belongs to the Rust type"#,
    ),
    attribute("default", &[Site::Column], r#"default = "now()""#, "`DEFAULT now()`"),
    attribute(
        "identity",
        &[Site::Column],
        "identity",
        "`GENERATED BY DEFAULT AS IDENTITY`; `identity = always`: `GENERATED ALWAYS AS IDENTITY`; SQLite: `AUTOINCREMENT`",
    ),
    attribute(
        "generated",
        &[Site::Column],
        r#"generated = "lower(email)""#,
        "`GENERATED ALWAYS AS (lower(email))`, virtual unless `stored` is beside it",
    ),
    attribute("stored", &[Site::Column], "stored", "`STORED`, beside `generated`"),
    attribute("collate", &[Site::Column], r#"collate = "C""#, r#"`COLLATE "C"`"#),
    attribute(
        "comment",
        &[Site::Column],
        r#"comment = "as typed""#,
        r#"`COMMENT ON COLUMN "users"."email" IS 'as typed'`, PostgreSQL"#,
    ),
    attribute(
        "renamed_from",
        &[Site::Column],
        r#"renamed_from = "name""#,
        r#"`ALTER TABLE "users" RENAME COLUMN "name" TO "display_name"`, once"#,
    ),
    attribute(
        "backfill",
        &[Site::Column],
        r#"backfill = "'user'""#,
        r#"`UPDATE "users" SET "role" = 'user'` for the rows that exist, once"#,
    ),
    attribute("primary_key", &[Site::Column], "primary_key", r#"`CONSTRAINT "users_pkey" PRIMARY KEY ("id")`"#),
    attribute("unique", &[Site::Column], "unique", r#"`CONSTRAINT "users_email_key" UNIQUE ("email")`"#),
    attribute(
        "index",
        &[Site::Column],
        "index",
        r#"`CREATE INDEX "users_org_id_idx" ON "users" ("org_id")`; options and order in parentheses: `index(desc, unique)`"#,
    ),
    attribute(
        "check",
        &[Site::Column],
        r#"check = "age > 0""#,
        r#"`CONSTRAINT "users_age_check" CHECK (age > 0)`; with a name: `check("age > 0", name = "age_positive")`"#,
    ),
    attribute(
        "references",
        &[Site::Column],
        "references = Org",
        r#"`CONSTRAINT "users_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "org" ("id")`; another field than the primary key: `references = Org(slug)`"#,
    ),
    attribute(
        "references",
        &[Site::ForeignKey],
        "references = Member(org_id, id)",
        r#"`REFERENCES "member" ("org_id", "id")`"#,
    ),
    attribute(
        "on_delete",
        &[Site::Column, Site::ForeignKey],
        "on_delete = cascade",
        "`ON DELETE CASCADE`; also `restrict`, `set_null`, `set_default`, `no_action`",
    ),
    attribute("on_update", &[Site::Column, Site::ForeignKey], "on_update = cascade", "`ON UPDATE CASCADE`"),
    attribute("match_full", &[Site::Column, Site::ForeignKey], "match_full", "`MATCH FULL`, PostgreSQL"),
    attribute(
        "deferrable",
        &[Site::Column, Site::ForeignKey, Site::Unique],
        "deferrable = initially_deferred",
        "`DEFERRABLE INITIALLY DEFERRED`; without a value `DEFERRABLE INITIALLY IMMEDIATE`",
    ),
    attribute(
        "allow",
        &[Site::Column],
        r#"allow(narrow_type, reason = "all roles are short")"#,
        "consent to a change that loses something; see below",
    ),
    attribute(
        "name",
        &[Site::PrimaryKey, Site::Unique, Site::Check, Site::ForeignKey, Site::Index],
        r#"name = "users_email_uq""#,
        "its name; without it `{table}_{columns}_{pkey|key|check|fkey|idx}`, cut to 63 bytes with a hash",
    ),
    attribute(
        "nulls_not_distinct",
        &[Site::Unique, Site::Index],
        "nulls_not_distinct",
        "`NULLS NOT DISTINCT`, PostgreSQL 15",
    ),
    attribute("expr", &[Site::Index], r#"expr = "lower(email)""#, "a key that is an expression: `(lower(email))`"),
    attribute("unique", &[Site::Index], "unique", "`CREATE UNIQUE INDEX`"),
    attribute("using", &[Site::Index], "using = gin", "`USING gin`, PostgreSQL"),
    attribute("include", &[Site::Index], "include(email)", r#"`INCLUDE ("email")`, PostgreSQL"#),
    attribute("where", &[Site::Index], r#"where = "deleted_at IS NULL""#, "`WHERE deleted_at IS NULL`"),
    attribute("with", &[Site::Index], "with(fillfactor = 80)", "`WITH (fillfactor = 80)`, PostgreSQL"),
    attribute("desc", &[Site::IndexKey], "index(created_at desc)", "`DESC`"),
    attribute("nulls_first", &[Site::IndexKey], "index(score nulls_first)", "`NULLS FIRST`, PostgreSQL"),
    attribute("nulls_last", &[Site::IndexKey], "index(score desc nulls_last)", "`NULLS LAST`, PostgreSQL"),
    attribute(
        "opclass",
        &[Site::IndexKey],
        "index(email opclass = text_pattern_ops)",
        "`text_pattern_ops`, PostgreSQL",
    ),
    attribute("collate", &[Site::IndexKey], r#"index(email collate = "C")"#, r#"`COLLATE "C"`"#),
    attribute(
        "name",
        &[Site::SqlEnum],
        r#"name = "mood""#,
        r#"`CREATE TYPE "mood" AS ENUM (..)`; without it sqlx's `type_name`, or the enum's name in snake_case"#,
    ),
    attribute("schema", &[Site::SqlEnum], r#"schema = "app""#, r#"`CREATE TYPE "app"."mood"`, PostgreSQL"#),
    attribute(
        "comment",
        &[Site::SqlEnum],
        r#"comment = "how it went""#,
        r#"`COMMENT ON TYPE "mood" IS 'how it went'`, PostgreSQL"#,
    ),
    attribute(
        "renamed_from",
        &[Site::SqlEnum],
        r#"renamed_from = "feeling""#,
        r#"`ALTER TYPE "feeling" RENAME TO "mood"`, once"#,
    ),
    attribute(
        "rename_all",
        &[Site::SqlEnum],
        r#"rename_all = "snake_case""#,
        "the rule that makes labels of variants, as sqlx's",
    ),
    attribute(
        "allow",
        &[Site::SqlEnum],
        r#"allow(drop_label("junk", map_to = "other", reason = "merged"))"#,
        "consent to a change that loses something; see below",
    ),
    attribute(
        "rename",
        &[Site::Label],
        r#"rename = "so-so""#,
        "the label; without it sqlx's `rename`, or the variant's name by `rename_all`",
    ),
    attribute(
        "renamed_from",
        &[Site::Label],
        r#"renamed_from = "meh""#,
        r#"`ALTER TYPE "mood" RENAME VALUE 'meh' TO 'so-so'`, once"#,
    ),
    attribute(
        "schema",
        &[Site::SchemaMacro],
        "schema app;",
        r#"`CREATE SCHEMA "app"`, PostgreSQL; those that tables name are created without it"#,
    ),
    attribute(
        "allow",
        &[Site::SchemaMacro],
        r#"allow(drop_table("sessions", reason = "moved to the cache"));"#,
        "consent to dropping a table or enum whose declaration is gone",
    ),
    attribute(
        "reason",
        &[Site::Consent],
        r#"reason = "unread since 2.3""#,
        "why; mandatory, with the code or once for the whole `allow`",
    ),
    attribute(
        "map_to",
        &[Site::Consent],
        r#"drop_label("junk", map_to = "other", reason = "..")"#,
        "what rows that hold the dropped label get",
    ),
    attribute(
        "restore",
        &[Site::Consent],
        r#"drop_column("legacy", restore = "0", reason = "..")"#,
        "what the down gives existing rows of a dropped NOT NULL column without a default",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_twice_at_one_site() {
        for site in ATTRIBUTES.iter().flat_map(|attribute| attribute.sites) {
            let mut seen = names(*site);
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), names(*site).len(), "{site:?}");
        }
    }
}
