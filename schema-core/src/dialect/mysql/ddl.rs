//! Definitions as SQL. Tables are lowered already ([`super::lower`]).

use super::types::labels_of;
use super::{literal, quote, quoted_list};
use crate::dialect::parenthesised;
use crate::ir::{
    Check, Column, Dialect, ForeignKey, Index, IndexKey, IndexTarget, ReferentialAction, SqlType, Table, Unique,
};

/// CREATE TABLE, with those of its foreign keys that `with` takes.
pub(super) fn create_table(dialect: Dialect, table: &Table, with: impl Fn(&ForeignKey) -> bool) -> String {
    let mut lines: Vec<String> = table.columns.iter().map(|each| column(dialect, each)).collect();
    lines.extend(table.primary_key.iter().map(|key| primary_key(&key.columns)));
    lines.extend(table.uniques.iter().map(unique));
    lines.extend(table.indexes.iter().map(index));
    lines.extend(table.checks.iter().map(check));
    lines.extend(table.foreign_keys.iter().filter(|key| with(key)).map(foreign_key));
    let options = options(table);
    let partitioning = table.partitioning.as_ref().map(|text| format!("\nPARTITION BY {text}")).unwrap_or_default();
    format!("CREATE TABLE {} (\n    {}\n) {options}{partitioning}", quote(&table.name.name), lines.join(",\n    "))
}

/// A column with everything that is said of it: MODIFY forgets what is not said again.
pub(super) fn column(dialect: Dialect, column: &Column) -> String {
    let mut out = format!("{} {}", quote(&column.name), type_of(&column.ty));
    let mut add = |text: &str| {
        out.push(' ');
        out.push_str(text);
    };
    if let Some(charset) = &column.charset {
        add(&format!("CHARACTER SET {charset}"));
    }
    if let Some(collation) = &column.collation {
        add(&format!("COLLATE {collation}"));
    }
    if let Some(generated) = &column.generated {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        add(&format!("GENERATED ALWAYS AS {} {kind}", parenthesised(&generated.expression)));
    }
    match (column.nullable, &column.generated) {
        (_, Some(_)) if dialect == Dialect::MariaDb => {}
        (true, _) => add("NULL"),
        (false, _) => add("NOT NULL"),
    }
    if let Some(default) = &column.default {
        add(&format!("DEFAULT {}", default_of(dialect, column, default)));
    }
    if let Some(on_update) = &column.on_update {
        add(&format!("ON UPDATE {}", with_fraction(&column.ty, on_update)));
    }
    if column.identity.is_some() {
        add("AUTO_INCREMENT");
    }
    if let Some(comment) = &column.comment {
        add(&format!("COMMENT {}", text(comment)));
    }
    out
}

fn type_of(ty: &SqlType) -> String {
    let text = ty.to_string();
    match labels_of(&text) {
        Some((base, labels)) if text.contains('\\') => {
            let labels: Vec<String> = labels.iter().map(|each| label(each)).collect();
            format!("{base}({})", labels.join(","))
        }
        _ => text,
    }
}

/// A label takes no character set before it, and is read in the column's.
fn label(label: &str) -> String {
    literal(label).trim_start_matches("_utf8mb4 ").to_owned()
}

/// The text of a comment, for which there is no form that holds in every `sql_mode`: see [`super::guard`].
pub(super) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', "''"))
}

/// A default as both servers take it: an expression is in parentheses, the time of day has the column's digits.
fn default_of(dialect: Dialect, column: &Column, default: &str) -> String {
    if is_now(default) {
        return with_fraction(&column.ty, default);
    }
    let base = column.ty.to_string();
    let base = base.split('(').next().unwrap_or_default();
    let large = matches!(base, "tinytext" | "text" | "mediumtext" | "longtext" | "json" | "point" | "geometry")
        || base.ends_with("blob");
    let is_null = default.trim().eq_ignore_ascii_case("null");
    if is_null || (is_literal(default) && !(large && dialect == Dialect::MySql)) {
        return default.trim().to_owned();
    }
    if is_parenthesised(default) { default.trim().to_owned() } else { parenthesised(default) }
}

/// `CURRENT_TIMESTAMP` by any of its names.
pub(super) fn is_now(expression: &str) -> bool {
    let name = expression.trim().to_ascii_lowercase();
    let name = name.split('(').next().unwrap_or_default().trim_end();
    let rest = expression.trim().get(name.len()..).unwrap_or_default().trim();
    let is_plain = rest.is_empty() || (rest.starts_with('(') && rest.ends_with(')') && rest.len() <= 3);
    matches!(name, "current_timestamp" | "now" | "localtime" | "localtimestamp") && is_plain
}

/// The digits must be those of the column.
fn with_fraction(ty: &SqlType, expression: &str) -> String {
    if !is_now(expression) {
        return expression.trim().to_owned();
    }
    let text = ty.to_string();
    let digits = text.split_once('(').map(|(_, digits)| digits.trim_end_matches(')'));
    digits.map_or_else(|| "CURRENT_TIMESTAMP".to_owned(), |digits| format!("CURRENT_TIMESTAMP({digits})"))
}

/// A number, a string or a word that stands for one.
pub(super) fn is_literal(expression: &str) -> bool {
    let text = expression.trim();
    let number = text.trim_start_matches(['+', '-']);
    let is_number = number.starts_with(|c: char| c.is_ascii_digit() || c == '.') && number.parse::<f64>().is_ok();
    let lower = text.to_ascii_lowercase();
    let quoted = text.strip_prefix(['x', 'X', 'b', 'B']).unwrap_or(text);
    let quoted = quoted.strip_prefix("_utf8mb4 X").unwrap_or(quoted);
    let inner = quoted.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    let is_string = inner.is_some_and(|inner| !inner.replace("''", "").replace(r"\'", "").contains('\''));
    is_number || is_string || matches!(lower.as_str(), "true" | "false" | "null")
}

fn is_parenthesised(expression: &str) -> bool {
    let text = expression.trim();
    let mut depth = 0_i32;
    let closes_early = text.char_indices().any(|(at, c)| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0 && at + c.len_utf8() < text.len()
    });
    text.starts_with('(') && depth == 0 && !closes_early && !text.contains('\'')
}

pub(super) fn primary_key(columns: &[String]) -> String {
    format!("PRIMARY KEY ({})", quoted_list(columns))
}

pub(super) fn unique(unique: &Unique) -> String {
    format!("UNIQUE KEY {} ({})", quote(&unique.name), quoted_list(&unique.columns))
}

pub(super) fn index(index: &Index) -> String {
    let keys: Vec<String> = index.keys.iter().map(key).collect();
    let (kind, using) = match index.method.as_deref() {
        Some("fulltext") => ("FULLTEXT KEY", String::new()),
        Some("spatial") => ("SPATIAL KEY", String::new()),
        Some(method) => (if index.unique { "UNIQUE KEY" } else { "KEY" }, format!(" USING {}", method.to_uppercase())),
        None => (if index.unique { "UNIQUE KEY" } else { "KEY" }, String::new()),
    };
    let options: String = index.storage.iter().map(|(name, value)| format!(" {}", index_option(name, value))).collect();
    format!("{kind} {} ({}){using}{options}", quote(&index.name), keys.join(", "))
}

fn index_option(name: &str, value: &str) -> String {
    match name {
        "parser" => format!("WITH PARSER {value}"),
        "comment" => format!("COMMENT {}", text(value)),
        "visible" | "ignored" => {
            let not = if matches!(value, "false" | "no" | "off") { "NOT " } else { "" };
            let words = format!("{not}{name}").to_uppercase();
            if words == "NOT VISIBLE" { "INVISIBLE".to_owned() } else { words }
        }
        _ => format!("{} = {value}", name.to_uppercase()),
    }
}

fn key(key: &IndexKey) -> String {
    let target = match &key.target {
        IndexTarget::Column(name) => quote(name),
        IndexTarget::Expression(expression) => parenthesised(expression),
    };
    let prefix = key.prefix.map(|length| format!("({length})")).unwrap_or_default();
    format!("{target}{prefix}{}", if key.descending { " DESC" } else { "" })
}

pub(super) fn check(check: &Check) -> String {
    let enforced = if check.not_enforced { " NOT ENFORCED" } else { "" };
    format!("CONSTRAINT {} CHECK {}{enforced}", quote(&check.name), parenthesised(&check.expression))
}

pub(super) fn foreign_key(key: &ForeignKey) -> String {
    let action = |when: &str, action: ReferentialAction| match action {
        ReferentialAction::NoAction => String::new(),
        action => format!(" ON {when} {}", action.as_sql()),
    };
    format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}){}{}",
        quote(&key.name),
        quoted_list(&key.columns),
        quote(&key.references.name),
        quoted_list(&key.referenced_columns),
        action("DELETE", key.on_delete),
        action("UPDATE", key.on_update),
    )
}

/// The engine, as that of every table whose source names none.
pub(super) fn engine(table: &Table) -> &str {
    table.storage.get("engine").map_or("InnoDB", String::as_str)
}

/// Table options, as CREATE TABLE has them.
pub(super) fn options(table: &Table) -> String {
    let mut out = vec![format!("ENGINE={}", engine(table))];
    out.extend(charset(table));
    let others = table.storage.iter().filter(|(name, _)| *name != "engine");
    out.extend(others.map(|(name, value)| format!("{}={value}", name.to_uppercase())));
    out.extend(table.comment.as_ref().map(|comment| format!("COMMENT={}", text(comment))));
    out.join(" ")
}

/// `DEFAULT CHARSET=.. COLLATE=..`, whatever of it is stated.
pub(super) fn charset(table: &Table) -> Vec<String> {
    let charset = table.charset.as_ref().map(|name| format!("DEFAULT CHARSET={name}"));
    charset.into_iter().chain(table.collation.as_ref().map(|name| format!("COLLATE={name}"))).collect()
}
