//! Enums, domains and composite types.

use heck::ToUpperCamelCase as _;
use schema_core::attrs::rename;
use schema_core::decl::RenameRule;
use schema_core::ir::{CompositeType, Domain, EnumType, ObjectName};
use schema_core::names::{Kind, derived};

use super::imports::Imports;
use super::names::{field_ident, valid};
use super::text::{call, list, literal, pair};
use super::{Writer, rust_type};

const RULES: [(&str, RenameRule); 7] = [
    ("PascalCase", RenameRule::PascalCase),
    ("snake_case", RenameRule::SnakeCase),
    ("lowercase", RenameRule::LowerCase),
    ("SCREAMING_SNAKE_CASE", RenameRule::ScreamingSnakeCase),
    ("UPPERCASE", RenameRule::UpperCase),
    ("kebab-case", RenameRule::KebabCase),
    ("camelCase", RenameRule::CamelCase),
];

pub(super) fn enumeration(writer: &Writer<'_>, ty: &EnumType) -> String {
    let variants = variants(&ty.labels);
    let fits = |rule: RenameRule| {
        variants.iter().zip(&ty.labels).filter(|(variant, label)| rename(variant, rule) == **label).count()
    };
    // The first rule that fits most labels; PascalCase is what sqlx does without one.
    let best = RULES.iter().rev().max_by_key(|(_, rule)| fits(*rule)).copied().unwrap_or(RULES[0]);
    let mut sqlx = vec![type_name(&ty.name)];
    sqlx.extend((best.1 != RenameRule::PascalCase).then(|| pair("rename_all", best.0)));
    let mut own = Vec::new();
    own.extend(ty.comment.as_deref().map(|comment| pair("comment", comment)));
    let lines: String = variants
        .iter()
        .zip(&ty.labels)
        .map(|(variant, label)| {
            let renamed = (rename(variant, best.1) != *label).then(|| pair("rename", label));
            format!("{}    {variant},\n", list("sqlx", renamed.as_slice(), "    "))
        })
        .collect();
    let derives =
        writer.derives(&["Debug", "Clone", "Copy", "PartialEq", "Eq", "schema_runtime::SqlEnum", "sqlx::Type"]);
    let ident = writer.names.place(&ty.name).ident;
    format!("{derives}{}{}pub enum {ident} {{\n{lines}}}\n", list("sqlx", &sqlx, ""), list("sql_enum", &own, ""))
}

/// A variant for each label, each once.
fn variants(labels: &[String]) -> Vec<String> {
    let mut variants: Vec<String> = Vec::new();
    for label in labels {
        let name = valid(&label.to_upper_camel_case(), "L");
        let name = if matches!(name.as_str(), "Self" | "Self_") { "SelfLabel".to_owned() } else { name };
        let mut candidate = name.clone();
        let mut number = 2;
        while variants.contains(&candidate) {
            candidate = format!("{name}{number}");
            number += 1;
        }
        variants.push(candidate);
    }
    variants
}

/// sqlx's name of a type, as `to_regtype` takes it: with the schema where that isn't `public`, quoted where it must be.
fn type_name(name: &ObjectName) -> String {
    let schema = name.schema.as_deref().filter(|schema| *schema != "public");
    let parts: Vec<String> = schema.into_iter().chain([name.name.as_str()]).map(folded).collect();
    pair("type_name", &parts.join("."))
}

fn folded(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain { name.to_owned() } else { schema_core::dialect::quote(name) }
}

pub(super) fn domain(writer: &Writer<'_>, domain: &Domain, imports: &mut Imports<'_>) -> String {
    let dialect = writer.schema.dialect;
    let ty = rust_type::of(dialect, &domain.ty, imports);
    let mut entries: Vec<String> = ty.stated.iter().map(|stated| pair("type", stated)).collect();
    entries.extend(domain.not_null.then(|| "not_null".to_owned()));
    entries.extend(domain.default.as_deref().map(|default| pair("default", default)));
    entries.extend(domain.collation.as_deref().map(|collation| pair("collate", collation)));
    let none: [&str; 0] = [];
    let by_rule = derived(&domain.name.name, &none, Kind::Check);
    for check in &domain.checks {
        let mut parts = vec![literal(&check.expression)];
        parts.extend((check.name != by_rule || domain.checks.len() > 1).then(|| pair("name", &check.name)));
        parts.extend(check.not_valid.then(|| "not_valid".to_owned()));
        entries.push(call("check", &parts));
    }
    entries.extend(domain.comment.as_deref().map(|comment| pair("comment", comment)));
    let ident = writer.names.place(&domain.name).ident;
    let derives = writer.derives(&["Debug", "Clone", "schema_runtime::Domain", "sqlx::Type"]);
    let sqlx = list("sqlx", &[type_name(&domain.name)], "");
    format!("{derives}{sqlx}{}pub struct {ident}(pub {});\n", list("domain", &entries, ""), ty.text)
}

pub(super) fn composite(writer: &Writer<'_>, composite: &CompositeType, imports: &mut Imports<'_>) -> String {
    let mut fields = String::new();
    let mut taken = Vec::new();
    for attribute in &composite.attributes {
        let ty = rust_type::of(writer.schema.dialect, &attribute.ty, imports);
        let mut ident = field_ident(&attribute.name);
        while taken.contains(&ident) {
            ident = format!("{}_", ident.trim_start_matches("r#"));
        }
        // sqlx reads attributes by their places, and refuses its own `rename` here.
        let named = ident.trim_start_matches("r#") != attribute.name;
        let mut entries: Vec<String> = named.then(|| pair("name", &attribute.name)).into_iter().collect();
        entries.extend(ty.stated.iter().map(|stated| pair("type", stated)));
        entries.extend(attribute.collation.as_deref().map(|collation| pair("collate", collation)));
        fields.push_str(&format!("{}    pub {ident}: Option<{}>,\n", list("column", &entries, "    "), ty.text));
        taken.push(ident);
    }
    let entries: Vec<String> = composite.comment.iter().map(|comment| pair("comment", comment)).collect();
    let ident = writer.names.place(&composite.name).ident;
    let derives = writer.derives(&["Debug", "Clone", "schema_runtime::Composite", "sqlx::Type"]);
    let sqlx = list("sqlx", &[type_name(&composite.name)], "");
    format!("{derives}{sqlx}{}pub struct {ident} {{\n{fields}}}\n", list("composite", &entries, ""))
}
