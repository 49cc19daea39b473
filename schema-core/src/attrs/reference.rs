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
    /// `exclude(..)`
    Exclusion,
    /// After a key in `exclude(..)`
    ExclusionKey,
    /// `sequence(..)` on a field
    Sequence,
    /// `index(..)`
    Index,
    /// After a key in `index(..)`
    IndexKey,
    /// `#[sql_enum(..)]`
    SqlEnum,
    /// `#[label(..)]`
    Label,
    /// `#[domain(..)]`
    Domain,
    /// `#[composite(..)]`
    Composite,
    /// `#[column(..)]` in a composite type
    CompositeField,
    /// `#[view(..)]`
    View,
    /// `schema! { .. }`
    SchemaMacro,
    /// `sequence(..);` in `schema! { .. }`
    SequenceObject,
    /// `extension(..);` in `schema! { .. }`
    Extension,
    /// `raw(..);` in `schema! { .. }`
    Raw,
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
            Self::Exclusion => "exclude(..)",
            Self::ExclusionKey => "exclude(key ..)",
            Self::Sequence => "sequence(..)",
            Self::Index => "index(..)",
            Self::IndexKey => "index(key ..)",
            Self::SqlEnum => "#[sql_enum(..)]",
            Self::Label => "#[label(..)]",
            Self::Domain => "#[domain(..)]",
            Self::Composite => "#[composite(..)]",
            Self::CompositeField => "#[column(..)] of a composite type",
            Self::View => "#[view(..)]",
            Self::SchemaMacro => "schema! { .. }",
            Self::SequenceObject => "schema! { sequence(..); }",
            Self::Extension => "schema! { extension(..); }",
            Self::Raw => "schema! { raw(..); }",
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
        r#"`COMMENT ON TABLE "users" IS 'people who log in'`, PostgreSQL; `COMMENT='people who log in'` of the table, MariaDB and MySQL"#,
    ),
    attribute(
        "renamed_from",
        &[Site::Table],
        r#"renamed_from = "accounts""#,
        r#"`ALTER TABLE "accounts" RENAME TO "users"`, once"#,
    ),
    attribute(
        "strict",
        &[Site::Table],
        "strict",
        "`CREATE TABLE .. STRICT` on SQLite; the others refuse values of another type without it",
    ),
    attribute(
        "small",
        &[Site::Table],
        "small",
        "nothing in the schema: the table holds few rows, so changes take the plain form, which locks it while every row is read",
    ),
    attribute("unlogged", &[Site::Table], "unlogged", "`CREATE UNLOGGED TABLE`, PostgreSQL"),
    attribute(
        "with",
        &[Site::Table],
        "with(fillfactor = 80, autovacuum_enabled = false)",
        "`WITH (fillfactor = 80, autovacuum_enabled = false)`, PostgreSQL",
    ),
    attribute(
        "charset",
        &[Site::Table],
        r#"charset = "utf8mb4""#,
        "`DEFAULT CHARSET=utf8mb4`, MariaDB and MySQL; without it the database's",
    ),
    attribute("collate", &[Site::Table], r#"collate = "utf8mb4_bin""#, "`COLLATE=utf8mb4_bin`, MariaDB and MySQL"),
    attribute(
        "partitioning",
        &[Site::Table],
        r#"partitioning = "HASH (id) PARTITIONS 4""#,
        "`PARTITION BY HASH (id) PARTITIONS 4`, MariaDB and MySQL, where partitions are no tables",
    ),
    attribute(
        "inherits",
        &[Site::Table],
        "inherits(Parent)",
        r#"`INHERITS ("parent")`, PostgreSQL; the struct has the parent's fields too"#,
    ),
    attribute(
        "partition_by",
        &[Site::Table],
        "partition_by(range(created_at))",
        r#"`PARTITION BY RANGE ("created_at")`, PostgreSQL; also `list` and `hash`, with keys as in `index(..)`"#,
    ),
    attribute(
        "partition_of",
        &[Site::Table],
        "partition_of = Event",
        r#"`PARTITION OF "event"`, PostgreSQL; a unit struct has its parent's columns"#,
    ),
    attribute(
        "bound",
        &[Site::Table],
        r#"bound = "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')""#,
        "the rows that a partition holds, beside `partition_of`; `DEFAULT`: those that no other holds",
    ),
    attribute("row_security", &[Site::Table], "row_security", "`ENABLE ROW LEVEL SECURITY`, PostgreSQL"),
    attribute(
        "force_row_security",
        &[Site::Table],
        "force_row_security",
        "`FORCE ROW LEVEL SECURITY`, PostgreSQL: for the owner too",
    ),
    attribute(
        "replica_identity",
        &[Site::Table],
        "replica_identity = full",
        r#"`REPLICA IDENTITY FULL`, PostgreSQL; also `nothing` and `index("users_email_key")`"#,
    ),
    attribute(
        "exclude",
        &[Site::Table],
        r#"exclude(using = gist, room with "=", during with "&&", name = "no_overlap")"#,
        r#"`CONSTRAINT "no_overlap" EXCLUDE USING gist ("room" WITH =, "during" WITH &&)`, PostgreSQL"#,
    ),
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
        r#"`"role" varchar(50)`; without it the type that belongs to the Rust type; SQLite: `type = ""` declares none"#,
    ),
    attribute("default", &[Site::Column], r#"default = "now()""#, "`DEFAULT now()`"),
    attribute(
        "identity",
        &[Site::Column],
        "identity",
        "`GENERATED BY DEFAULT AS IDENTITY`; `identity = always`: `GENERATED ALWAYS AS IDENTITY`; SQLite: `AUTOINCREMENT`",
    ),
    attribute(
        "sequence",
        &[Site::Column],
        "sequence(start = 10, increment = 5)",
        "`(START WITH 10 INCREMENT BY 5)`, beside `identity`, PostgreSQL",
    ),
    attribute(
        "storage",
        &[Site::Column],
        "storage = external",
        "`SET STORAGE EXTERNAL`, PostgreSQL; also `plain`, `extended`, `main`",
    ),
    attribute("compression", &[Site::Column], "compression = lz4", "`COMPRESSION lz4`, PostgreSQL 14; also `pglz`"),
    attribute("statistics", &[Site::Column], "statistics = 500", "`SET STATISTICS 500`, PostgreSQL"),
    attribute("start", &[Site::Sequence, Site::SequenceObject], "start = 1000", "`START WITH 1000`"),
    attribute("increment", &[Site::Sequence, Site::SequenceObject], "increment = 5", "`INCREMENT BY 5`"),
    attribute("min", &[Site::Sequence, Site::SequenceObject], "min = 1", "`MINVALUE 1`"),
    attribute("max", &[Site::Sequence, Site::SequenceObject], "max = 9999", "`MAXVALUE 9999`"),
    attribute("cache", &[Site::Sequence, Site::SequenceObject], "cache = 20", "`CACHE 20`"),
    attribute("cycle", &[Site::Sequence, Site::SequenceObject], "cycle", "`CYCLE`"),
    attribute(
        "generated",
        &[Site::Column],
        r#"generated = "lower(email)""#,
        "`GENERATED ALWAYS AS (lower(email))`, virtual unless `stored` is beside it",
    ),
    attribute("stored", &[Site::Column], "stored", "`STORED`, beside `generated`"),
    attribute("charset", &[Site::Column], r#"charset = "latin1""#, "`CHARACTER SET latin1`, MariaDB and MySQL"),
    attribute(
        "collate",
        &[Site::Column],
        r#"collate = "C""#,
        r#"`COLLATE "C"`; one in a schema is in quotes: `collate = "\"app\".\"nocase\""`"#,
    ),
    attribute(
        "comment",
        &[Site::Column],
        r#"comment = "as typed""#,
        r#"`COMMENT ON COLUMN "users"."email" IS 'as typed'`, PostgreSQL; `COMMENT 'as typed'` of the column, MariaDB and MySQL"#,
    ),
    attribute(
        "renamed_from",
        &[Site::Column],
        r#"renamed_from = "name""#,
        r#"`ALTER TABLE "users" RENAME COLUMN "name" TO "display_name"`, once"#,
    ),
    attribute(
        "online",
        &[Site::Column],
        "online",
        "beside `renamed_from`, PostgreSQL: the column under its new name is added, both are kept in step until the last release that knows the former name is gone, and a contract file drops that one",
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
    attribute(
        "on_update",
        &[Site::Column, Site::ForeignKey],
        "on_update = cascade",
        "`ON UPDATE CASCADE`; a text on a field is what an UPDATE of the row sets, MariaDB and MySQL: `on_update = \"CURRENT_TIMESTAMP\"`",
    ),
    attribute("match_full", &[Site::Column, Site::ForeignKey], "match_full", "`MATCH FULL`, PostgreSQL"),
    attribute(
        "deferrable",
        &[Site::Column, Site::ForeignKey, Site::Unique, Site::PrimaryKey, Site::Exclusion],
        "deferrable = initially_deferred",
        "`DEFERRABLE INITIALLY DEFERRED`; without a value `DEFERRABLE INITIALLY IMMEDIATE`",
    ),
    attribute(
        "set_columns",
        &[Site::Column, Site::ForeignKey],
        "set_columns(owner_id)",
        r#"`ON DELETE SET NULL ("owner_id")`, PostgreSQL 15: the fields that `set_null` or `set_default` sets"#,
    ),
    attribute(
        "no_inherit",
        &[Site::Check],
        "no_inherit",
        "`NO INHERIT`, PostgreSQL: tables that inherit don't have the check",
    ),
    attribute(
        "not_valid",
        &[Site::Check, Site::Column, Site::ForeignKey],
        "not_valid",
        "`NOT VALID`, PostgreSQL: rows that are there already need not satisfy it",
    ),
    attribute(
        "not_enforced",
        &[Site::Check, Site::Column, Site::ForeignKey],
        "not_enforced",
        "`NOT ENFORCED`, PostgreSQL 18",
    ),
    attribute(
        "allow",
        &[Site::Column],
        r#"allow(narrow_type, reason = "all roles are short")"#,
        "consent to a change that loses something; see below",
    ),
    attribute(
        "name",
        &[Site::PrimaryKey, Site::Unique, Site::Check, Site::ForeignKey, Site::Exclusion, Site::Index],
        r#"name = "users_email_uq""#,
        "its name; without it `{table}_{columns}_{pkey|key|check|fkey|excl|idx}`, cut to 63 bytes with a hash",
    ),
    attribute(
        "nulls_not_distinct",
        &[Site::Unique, Site::Index],
        "nulls_not_distinct",
        "`NULLS NOT DISTINCT`, PostgreSQL 15",
    ),
    attribute(
        "expr",
        &[Site::Index, Site::Exclusion],
        r#"expr = "lower(email)""#,
        "a key that is an expression: `(lower(email))`",
    ),
    attribute("unique", &[Site::Index], "unique", "`CREATE UNIQUE INDEX`"),
    attribute("using", &[Site::Index, Site::Exclusion], "using = gin", "`USING gin`, PostgreSQL"),
    attribute(
        "include",
        &[Site::Index, Site::Exclusion, Site::PrimaryKey, Site::Unique],
        "include(email)",
        r#"`INCLUDE ("email")`, PostgreSQL"#,
    ),
    attribute(
        "where",
        &[Site::Index, Site::Exclusion],
        r#"where = "deleted_at IS NULL""#,
        "`WHERE deleted_at IS NULL`",
    ),
    attribute(
        "with",
        &[Site::Index, Site::Exclusion, Site::PrimaryKey, Site::Unique],
        "with(fillfactor = 80)",
        "`WITH (fillfactor = 80)`, PostgreSQL",
    ),
    attribute("with", &[Site::ExclusionKey], r#"during with "&&""#, "the operator: no two rows may have it hold"),
    attribute("desc", &[Site::IndexKey, Site::ExclusionKey], "index(created_at desc)", "`DESC`"),
    attribute(
        "nulls_first",
        &[Site::IndexKey, Site::ExclusionKey],
        "index(score nulls_first)",
        "`NULLS FIRST`, PostgreSQL",
    ),
    attribute(
        "nulls_last",
        &[Site::IndexKey, Site::ExclusionKey],
        "index(score desc nulls_last)",
        "`NULLS LAST`, PostgreSQL",
    ),
    attribute(
        "opclass",
        &[Site::IndexKey, Site::ExclusionKey],
        "index(email opclass = text_pattern_ops)",
        "`text_pattern_ops`, PostgreSQL",
    ),
    attribute("prefix", &[Site::IndexKey], "index(note prefix = 20)", "`(20)` behind the column, MariaDB and MySQL"),
    attribute("collate", &[Site::IndexKey, Site::ExclusionKey], r#"index(email collate = "C")"#, r#"`COLLATE "C"`"#),
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
        "name",
        &[Site::Domain],
        r#"name = "email""#,
        r#"`CREATE DOMAIN "email" AS ..`; without it sqlx's `type_name`, or the struct's name in snake_case"#,
    ),
    attribute("schema", &[Site::Domain], r#"schema = "app""#, r#"`CREATE DOMAIN "app"."email"`"#),
    attribute(
        "type",
        &[Site::Domain],
        r#"type = "citext""#,
        "the underlying type; without it the one that belongs to the field's Rust type",
    ),
    attribute("not_null", &[Site::Domain], "not_null", "`NOT NULL`"),
    attribute("default", &[Site::Domain], r#"default = "'nobody'""#, "`DEFAULT 'nobody'`"),
    attribute("collate", &[Site::Domain, Site::CompositeField], r#"collate = "C""#, r#"`COLLATE "C"`"#),
    attribute(
        "check",
        &[Site::Domain],
        r#"check("VALUE ~ '@'", name = "has_at")"#,
        r#"`CONSTRAINT "has_at" CHECK (VALUE ~ '@')`"#,
    ),
    attribute(
        "comment",
        &[Site::Domain],
        r#"comment = "an address""#,
        r#"`COMMENT ON DOMAIN "email" IS 'an address'`"#,
    ),
    attribute(
        "renamed_from",
        &[Site::Domain],
        r#"renamed_from = "mail""#,
        r#"`ALTER DOMAIN "mail" RENAME TO "email"`, once"#,
    ),
    attribute(
        "name",
        &[Site::Composite],
        r#"name = "address""#,
        r#"`CREATE TYPE "address" AS (..)`; without it sqlx's `type_name`, or the struct's name in snake_case"#,
    ),
    attribute("schema", &[Site::Composite], r#"schema = "app""#, r#"`CREATE TYPE "app"."address"`"#),
    attribute("comment", &[Site::Composite], r#"comment = "where to""#, r#"`COMMENT ON TYPE "address" IS 'where to'`"#),
    attribute(
        "renamed_from",
        &[Site::Composite],
        r#"renamed_from = "place""#,
        r#"`ALTER TYPE "place" RENAME TO "address"`, once"#,
    ),
    attribute(
        "name",
        &[Site::CompositeField],
        r#"name = "zip""#,
        "the attribute's name; without it sqlx's `rename`, or the field's name by sqlx's `rename_all`",
    ),
    attribute(
        "type",
        &[Site::CompositeField],
        r#"type = "varchar(10)""#,
        "its type; without it the one that belongs to the Rust type",
    ),
    attribute(
        "renamed_from",
        &[Site::CompositeField],
        r#"renamed_from = "postcode""#,
        r#"`RENAME ATTRIBUTE "postcode" TO "zip"`, once"#,
    ),
    attribute(
        "name",
        &[Site::View],
        r#"name = "active_users""#,
        r#"`CREATE VIEW "active_users"`; without it the struct's name in snake_case"#,
    ),
    attribute("schema", &[Site::View], r#"schema = "app""#, r#"`CREATE VIEW "app"."active_users"`, PostgreSQL"#),
    attribute(
        "sql",
        &[Site::View],
        r#"sql = "SELECT id, email FROM users WHERE active""#,
        "`AS SELECT id, email FROM users WHERE active`; mandatory",
    ),
    attribute("materialized", &[Site::View], "materialized", "`CREATE MATERIALIZED VIEW`, PostgreSQL"),
    attribute("with", &[Site::View], "with(security_barrier = true)", "`WITH (security_barrier = true)`, PostgreSQL"),
    attribute(
        "comment",
        &[Site::View],
        r#"comment = "who may log in""#,
        r#"`COMMENT ON VIEW "active_users" IS 'who may log in'`, PostgreSQL"#,
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
        "consent to dropping what is declared no more",
    ),
    attribute(
        "extension",
        &[Site::SchemaMacro],
        r#"extension("uuid-ossp", schema = "app");"#,
        r#"`CREATE EXTENSION "uuid-ossp" WITH SCHEMA "app"`, PostgreSQL; without `schema` in `public`"#,
    ),
    attribute("schema", &[Site::Extension], r#"schema = "app""#, r#"`WITH SCHEMA "app"`"#),
    attribute(
        "sequence",
        &[Site::SchemaMacro],
        r#"sequence("app.invoice_no", start = 1000, type = "integer", owned_by = "invoices.no");"#,
        r#"`CREATE SEQUENCE "app"."invoice_no" AS integer START WITH 1000 OWNED BY "invoices"."no"`, PostgreSQL"#,
    ),
    attribute("type", &[Site::SequenceObject], r#"type = "integer""#, "`AS integer`; without it `bigint`"),
    attribute(
        "owned_by",
        &[Site::SequenceObject],
        r#"owned_by = "invoices.no""#,
        r#"`OWNED BY "invoices"."no"`: the sequence goes with that column"#,
    ),
    attribute(
        "comment",
        &[Site::SequenceObject],
        r#"comment = "never reused""#,
        r#"`COMMENT ON SEQUENCE .. IS 'never reused'`"#,
    ),
    attribute(
        "sql",
        &[Site::SchemaMacro],
        r#"sql("CREATE FUNCTION one() RETURNS integer LANGUAGE sql RETURN 1");"#,
        "the object that the statement makes: a function, trigger, view, policy, comment, grant and so on; several statements are separated by semicolons",
    ),
    attribute(
        "files",
        &[Site::SchemaMacro],
        r#"files("sql");"#,
        "the statements of a `.sql` file, or of all in a folder and those within it, relative to the crate",
    ),
    attribute(
        "raw",
        &[Site::SchemaMacro],
        r#"raw("tuning", create = "..", drop = "..");"#,
        "the statements, as they are: for what nothing else here can say",
    ),
    attribute("create", &[Site::Raw], r#"create = "..""#, "the statements that make it"),
    attribute("drop", &[Site::Raw], r#"drop = "..""#, "the statements that undo those, for the down and when it goes"),
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
    attribute(
        "keep",
        &[Site::Consent],
        r#"drop_column("legacy", keep, reason = "..")"#,
        "what goes with a column, table, label or, on PostgreSQL, former type is put aside; the down brings it back, `cargo schema purge` removes it",
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
