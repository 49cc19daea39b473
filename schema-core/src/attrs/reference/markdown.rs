//! The reference as text.

use std::fmt::Write as _;

use super::{Site, at};

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
    (r#"drop_exclusion("no_overlap")"#, "the struct", "drops an exclusion constraint"),
    ("drop_row_security", "the struct", "switches row level security off"),
    (r#"drop_sequence("invoice_no")"#, "`schema! { .. }`", "drops a sequence with its current value"),
    (r#"drop_domain("email")"#, "`schema! { .. }`", "drops a domain"),
    (r#"drop_type("address")"#, "`schema! { .. }`", "drops a composite type"),
    (
        r#"drop_object("view active_users")"#,
        "`schema! { .. }`",
        "drops what SQL text defines: a view, a function, a trigger on a table (`trigger touch on users`)",
    ),
    (
        "assume_empty",
        "the field",
        "a NOT NULL column without default or backfill: the migration asserts that the table holds no rows",
    ),
    (r#"advice("json_text")"#, "the struct", "what `cargo schema advise` says of the table: by its code"),
];

/// What sqlx's attributes mean here: (attribute, meaning).
const SQLX: &[(&str, &str)] = &[
    (r#"#[sqlx(rename = "..")]"#, "on a field: the column's name; on a variant: the label"),
    (r#"#[sqlx(rename_all = "..")]"#, "the rule that makes names of fields or variants"),
    (
        r#"#[sqlx(type_name = "..")]"#,
        "on an enum, a domain or a composite type: the type's name, read as PostgreSQL reads it",
    ),
    ("#[sqlx(flatten)]", "the columns of another struct, which needs no derive of ours"),
    ("#[sqlx(skip)]", "no column"),
    ("#[sqlx(json)]", "stored as JSON; `json(nullable)`: also NULL"),
    (
        r#"#[sqlx(try_from = "..")]"#,
        "the column's type is that of the named Rust type; `schema_runtime::Label` reads any enum and leaves its type as it is",
    ),
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
    page += "\n## A domain: `#[derive(Domain)]`\n\n";
    page += &derive_markdown(Derive::Domain);
    page += "\n## A composite type: `#[derive(Composite)]`\n\n";
    page += &derive_markdown(Derive::Composite);
    page += "\n## A view: `#[derive(View)]`\n\n";
    page += &derive_markdown(Derive::View);
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
    /// `#[derive(Domain)]`
    Domain,
    /// `#[derive(Composite)]`
    Composite,
    /// `#[derive(View)]`
    View,
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
            Site::Exclusion,
            Site::ExclusionKey,
            Site::Index,
            Site::IndexKey,
            Site::Sequence,
        ],
        Derive::SqlEnum => &[Site::SqlEnum, Site::Label],
        Derive::Domain => &[Site::Domain],
        Derive::Composite => &[Site::Composite, Site::CompositeField],
        Derive::View => &[Site::View],
        Derive::SchemaMacro => &[Site::SchemaMacro, Site::SequenceObject, Site::Extension, Site::Raw],
    };
    let mut text = sites.iter().map(|site| site_markdown(*site)).collect::<Vec<_>>().join("\n");
    if matches!(derive, Derive::Table | Derive::SqlEnum | Derive::SchemaMacro) {
        text += "\n";
        text += &consent_markdown(derive);
    }
    if !matches!(derive, Derive::SchemaMacro | Derive::View) {
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
        Site::ExclusionKey => "After a key of `exclude(..)`".to_owned(),
        Site::Sequence => "Inside `sequence(..)`".to_owned(),
        Site::Index => "Inside `index(..)`, besides its keys".to_owned(),
        Site::PrimaryKey | Site::Unique | Site::Check | Site::ForeignKey | Site::Exclusion => {
            format!("Inside `{}`", site.written())
        }
        _ => format!("`{}`", site.written()),
    };
    table(&title, ["written", "makes"], rows)
}

fn consent_markdown(derive: Derive) -> String {
    let stands: &[&str] = match derive {
        Derive::Table => &["the struct", "the field"],
        Derive::SqlEnum => &["the enum"],
        Derive::SchemaMacro => &["`schema! { .. }`"],
        Derive::Domain | Derive::Composite | Derive::View => &[],
    };
    let codes = CODES.iter().filter(|(_, stands_on, _)| stands.contains(stands_on));
    let rows = codes.map(|(written, stands_on, allows)| [code(written), (*stands_on).to_owned(), (*allows).to_owned()]);
    let mut text = table("Consent: `allow(..)`", ["code", "stands on", "allows"], rows);
    let options = at(Site::Consent).filter(|option| match derive {
        Derive::Table => option.name != "map_to",
        Derive::SqlEnum => option.name != "restore",
        _ => option.name == "reason",
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
        assert_generated("schema-macros/src/domain.md", &derive_markdown(Derive::Domain));
        assert_generated("schema-macros/src/composite.md", &derive_markdown(Derive::Composite));
        assert_generated("schema-macros/src/view.md", &derive_markdown(Derive::View));
        assert_generated("schema-macros/src/schema.md", &derive_markdown(Derive::SchemaMacro));
    }

    #[test]
    fn every_consent_code_is_documented() {
        let documented: Vec<&str> = CODES.iter().map(|(code, ..)| code.split('(').next().unwrap()).collect();
        assert_eq!(documented, crate::decl::AllowCode::ALL.map(crate::decl::AllowCode::as_str));
    }
}
