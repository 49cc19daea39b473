//! Every attribute name, once: error messages, `docs/attributes.md` and the derives' rustdoc are made from it.

use std::fmt::Write as _;

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

/// A consent code, for the documentation.
const CODES: &[(&str, &str, &str)] = &[
    (r#"drop_table("sessions")"#, "`schema! { .. }`", "drops a table with its rows"),
    (r#"drop_enum("mood")"#, "`schema! { .. }`", "drops an enum"),
    (r#"drop_column("legacy")"#, "the struct", "drops a column with its values"),
    (r#"drop_label("junk")"#, "the enum", "drops a label"),
    ("narrow_type", "the field", "a type change that may fail on, or lose something of, existing values"),
    ("drop_not_null", "the field", "lets NULL in"),
    ("drop_primary_key", "the struct", "drops the primary key"),
    (r#"drop_unique("users_email_key")"#, "the struct", "drops a unique constraint or unique index"),
    (r#"drop_foreign_key("users_org_id_fkey")"#, "the struct", "drops a foreign key"),
    (r#"drop_check("age_positive")"#, "the struct", "drops a check"),
    (
        "assume_empty",
        "the field",
        "a NOT NULL column without default or backfill: the migration asserts that the table holds no rows",
    ),
];

/// What sqlx's attributes mean here: (attribute, meaning).
const SQLX: &[(&str, &str)] = &[
    (r#"#[sqlx(rename = "..")]"#, "on a field: the column's name; on a variant: the label"),
    (r#"#[sqlx(rename_all = "..")]"#, "the rule that makes names of fields or variants"),
    (r#"#[sqlx(type_name = "..")]"#, "on an enum: the type's name, read as PostgreSQL reads it"),
    ("#[sqlx(flatten)]", "the columns of another struct, which needs no derive of ours"),
    ("#[sqlx(skip)]", "no column"),
    ("#[sqlx(json)]", "stored as JSON; `json(nullable)`: also NULL"),
    (r#"#[sqlx(try_from = "..")]"#, "the column's type is that of the named Rust type"),
];

/// `docs/attributes.md`.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# Attributes\n\n<!-- Generated from schema-core/src/attrs/reference.rs; `UPDATE_DOCS=1 cargo test -p schema-core reference` rewrites it. -->\n\n\
         An attribute may stand once; a name that does not exist is an error that lists the valid ones. Names inside\n\
         `primary_key(..)`, `index(..)` and so on are those of Rust fields. `Option<T>` is nullable, any other type is\n\
         NOT NULL. Doc comments stay in Rust: only `comment = \"..\"` reaches the database.\n\n",
    );
    page += "## A struct: `#[derive(Table)]`\n\n";
    page += &derive_markdown(Derive::Table);
    page += "\n## An enum: `#[derive(SqlEnum)]`\n\n";
    page += &derive_markdown(Derive::SqlEnum);
    page += "\n## The rest: `schema! { .. }`\n\n";
    page += &derive_markdown(Derive::SchemaMacro);
    page
}

/// The macros that the reference documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derive {
    /// `#[derive(Table)]`
    Table,
    /// `#[derive(SqlEnum)]`
    SqlEnum,
    /// `schema! { .. }`
    SchemaMacro,
}

/// One macro's part of the reference, which is also its rustdoc.
#[must_use]
pub fn derive_markdown(derive: Derive) -> String {
    let sites: &[Site] = match derive {
        Derive::Table => &[
            Site::Table,
            Site::Column,
            Site::PrimaryKey,
            Site::Unique,
            Site::Check,
            Site::ForeignKey,
            Site::Index,
            Site::IndexKey,
        ],
        Derive::SqlEnum => &[Site::SqlEnum, Site::Label],
        Derive::SchemaMacro => &[Site::SchemaMacro],
    };
    let mut text = sites.iter().map(|site| site_markdown(*site)).collect::<Vec<_>>().join("\n");
    text += "\n";
    text += &consent_markdown(derive);
    if derive != Derive::SchemaMacro {
        text += "\n";
        text += &table(
            "sqlx's attributes",
            ["attribute", "meaning"],
            SQLX.iter().map(|(name, means)| [code(name), (*means).to_owned()]),
        );
    }
    text
}

fn site_markdown(site: Site) -> String {
    let rows = at(site).map(|attribute| [code(attribute.example), attribute.makes.to_owned()]);
    let title = match site {
        Site::IndexKey => "After a key of `index(..)`".to_owned(),
        Site::Index => "Inside `index(..)`, besides its keys".to_owned(),
        Site::PrimaryKey | Site::Unique | Site::Check | Site::ForeignKey => format!("Inside `{}`", site.written()),
        _ => format!("`{}`", site.written()),
    };
    table(&title, ["written", "makes"], rows)
}

fn consent_markdown(derive: Derive) -> String {
    let stands: &[&str] = match derive {
        Derive::Table => &["the struct", "the field"],
        Derive::SqlEnum => &["the enum"],
        Derive::SchemaMacro => &["`schema! { .. }`"],
    };
    let codes = CODES.iter().filter(|(_, stands_on, _)| stands.contains(stands_on));
    let rows = codes.map(|(written, stands_on, allows)| [code(written), (*stands_on).to_owned(), (*allows).to_owned()]);
    let mut text = table("Consent: `allow(..)`", ["code", "stands on", "allows"], rows);
    let options = at(Site::Consent).filter(|option| match derive {
        Derive::Table => option.name != "map_to",
        Derive::SqlEnum => option.name != "restore",
        Derive::SchemaMacro => option.name == "reason",
    });
    text += "\n";
    for option in options {
        let _ = writeln!(text, "- {}: {}", code(option.example), option.makes);
    }
    text
}

fn table<const N: usize>(title: &str, head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut text = format!("### {title}\n\n| {} |\n|{}\n", head.join(" | "), "---|".repeat(N));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn assert_generated(path: &str, text: &str) {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, text).unwrap();
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(stored, text, "{} is out of date: UPDATE_DOCS=1 rewrites it", path.display());
    }

    #[test]
    fn the_page_and_the_rustdoc_are_made_from_the_reference() {
        assert_generated("docs/attributes.md", &markdown());
        assert_generated("schema-macros/src/table.md", &derive_markdown(Derive::Table));
        assert_generated("schema-macros/src/sql_enum.md", &derive_markdown(Derive::SqlEnum));
        assert_generated("schema-macros/src/schema.md", &derive_markdown(Derive::SchemaMacro));
    }

    #[test]
    fn every_consent_code_is_documented() {
        let documented: Vec<&str> = CODES.iter().map(|(code, ..)| code.split('(').next().unwrap()).collect();
        assert_eq!(documented, crate::decl::AllowCode::ALL.map(crate::decl::AllowCode::as_str));
    }

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
