//! Definitions as PostgreSQL's SQL: every name quoted, every object qualified (HAZARDS.md row 62).

use crate::dialect::{literal, parenthesised, qualified, quote, quoted_list, where_clause};
use crate::ir::{
    Check, Column, Deferrable, EnumType, ForeignKey, Identity, Index, IndexKey, IndexTarget, NullsOrder, ObjectName,
    PrimaryKey, ReferentialAction, SqlType, Table, Unique,
};

/// A type. The quotes go around the name, not around `name[]` (BUGS.md B48).
pub(super) fn type_name(ty: &SqlType) -> String {
    match ty {
        SqlType::Builtin(text) => text.clone(),
        SqlType::Named(name) => qualified(name),
        SqlType::Array(element) => format!("{}[]", type_name(element)),
    }
}

/// A type with its collation.
pub(super) fn collated_type(column: &Column) -> String {
    match &column.collation {
        Some(collation) => format!("{} COLLATE {}", type_name(&column.ty), quote(collation)),
        None => type_name(&column.ty),
    }
}

/// A column as in CREATE TABLE and ADD COLUMN.
pub(super) fn column(column: &Column) -> String {
    let mut sql = format!("{} {}", quote(&column.name), collated_type(column));
    if let Some(generated) = &column.generated {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        sql += &format!(" GENERATED ALWAYS AS {} {kind}", parenthesised(&generated.expression));
    }
    if let Some(identity) = column.identity {
        sql += &format!(" GENERATED {} AS IDENTITY", identity_kind(identity));
    }
    if let Some(default) = &column.default {
        sql += &format!(" DEFAULT {}", default_value(default));
    }
    if !column.nullable {
        sql += " NOT NULL";
    }
    sql
}

/// DEFAULT takes no NOT, AND, IN and the like without parentheses (manual, CREATE TABLE: a `b_expr`), and nothing that
/// follows a default may end in its comment.
fn default_value(default: &str) -> String {
    let outside_quotes = default.split('\'').step_by(2);
    let is_one_word = outside_quotes.into_iter().all(|text| !text.contains(char::is_whitespace));
    if is_one_word && !default.contains("--") { default.to_owned() } else { parenthesised(default) }
}

pub(super) fn identity_kind(identity: Identity) -> &'static str {
    match identity {
        Identity::Always => "ALWAYS",
        Identity::ByDefault => "BY DEFAULT",
    }
}

pub(super) fn primary_key(key: &PrimaryKey) -> String {
    format!("CONSTRAINT {} PRIMARY KEY ({})", quote(&key.name), quoted_list(&key.columns))
}

pub(super) fn unique(unique: &Unique) -> String {
    let nulls = if unique.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    let columns = quoted_list(&unique.columns);
    format!("CONSTRAINT {} UNIQUE{nulls} ({columns}){}", quote(&unique.name), deferrable(unique.deferrable))
}

pub(super) fn check(check: &Check) -> String {
    format!("CONSTRAINT {} CHECK {}", quote(&check.name), parenthesised(&check.expression))
}

pub(super) fn foreign_key(key: &ForeignKey) -> String {
    let mut sql = format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
        quote(&key.name),
        quoted_list(&key.columns),
        qualified(&key.references),
        quoted_list(&key.referenced_columns)
    );
    if key.match_full {
        sql += " MATCH FULL";
    }
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if action != ReferentialAction::NoAction {
            sql += &format!(" ON {event} {}", action.as_sql());
        }
    }
    sql + &deferrable(key.deferrable)
}

fn deferrable(deferrable: Option<Deferrable>) -> String {
    deferrable.map_or_else(String::new, |when| format!(" {}", when.as_sql()))
}

/// `ALTER TABLE "s"."t" action`.
pub(super) fn alter_table(table: &ObjectName, action: impl AsRef<str>) -> String {
    format!("ALTER TABLE {} {}", qualified(table), action.as_ref())
}

/// `ALTER TABLE .. ADD CONSTRAINT ..`, from a definition that names it.
pub(super) fn add_constraint(table: &ObjectName, definition: &str) -> String {
    alter_table(table, format!("ADD {definition}"))
}

pub(super) fn drop_constraint(table: &ObjectName, name: &str) -> String {
    alter_table(table, format!("DROP CONSTRAINT {}", quote(name)))
}

pub(super) fn add_column(table: &ObjectName, definition: &Column) -> String {
    alter_table(table, format!("ADD COLUMN {}", column(definition)))
}

pub(super) fn drop_column(table: &ObjectName, name: &str) -> String {
    alter_table(table, format!("DROP COLUMN {}", quote(name)))
}

/// `ALTER TABLE .. ALTER COLUMN .. action`.
pub(super) fn alter_column(table: &ObjectName, name: &str, action: impl AsRef<str>) -> String {
    alter_table(table, format!("ALTER COLUMN {} {}", quote(name), action.as_ref()))
}

pub(super) fn set_default(table: &ObjectName, name: &str, default: Option<&str>) -> String {
    match default {
        Some(default) => alter_column(table, name, format!("SET DEFAULT {}", default_value(default))),
        None => alter_column(table, name, "DROP DEFAULT"),
    }
}

/// CREATE TABLE with keys and checks, but without foreign keys and indexes.
pub(super) fn create_table(table: &Table) -> String {
    let mut lines: Vec<String> = table.columns.iter().map(column).collect();
    lines.extend(table.primary_key.iter().map(primary_key));
    lines.extend(table.uniques.iter().map(unique));
    lines.extend(table.checks.iter().map(check));
    if lines.is_empty() {
        return format!("CREATE TABLE {} ()", qualified(&table.name));
    }
    format!("CREATE TABLE {} (\n    {}\n)", qualified(&table.name), lines.join(",\n    "))
}

/// Everything that makes a table except its foreign keys.
pub(super) fn whole_table(table: &Table) -> Vec<String> {
    let mut statements = vec![create_table(table)];
    statements.extend(table.indexes.iter().map(|index| create_index(&table.name, index)));
    statements.extend(table.comment.iter().map(|text| comment_on_table(&table.name, Some(text))));
    statements.extend(table.columns.iter().filter_map(|column| column_comment(&table.name, column)));
    statements
}

/// A new index is not qualified: it goes where its table is.
pub(super) fn create_index(table: &ObjectName, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let method = index.method.as_ref().map_or_else(String::new, |method| format!(" USING {method}"));
    let keys: Vec<String> = index.keys.iter().map(index_key).collect();
    let mut sql =
        format!("CREATE {unique}INDEX {} ON {}{method} ({})", quote(&index.name), qualified(table), keys.join(", "));
    if !index.include.is_empty() {
        sql += &format!(" INCLUDE ({})", quoted_list(&index.include));
    }
    if index.nulls_not_distinct {
        sql += " NULLS NOT DISTINCT";
    }
    if !index.storage.is_empty() {
        let settings: Vec<String> = index.storage.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        sql += &format!(" WITH ({})", settings.join(", "));
    }
    sql += &where_clause(index.predicate.as_deref());
    sql
}

fn index_key(key: &IndexKey) -> String {
    let mut sql = match &key.target {
        IndexTarget::Column(name) => quote(name),
        IndexTarget::Expression(expression) => parenthesised(expression),
    };
    if let Some(collation) = &key.collation {
        sql += &format!(" COLLATE {}", quote(collation));
    }
    if let Some(opclass) = &key.opclass {
        sql += &format!(" {opclass}");
    }
    if key.descending {
        sql += " DESC";
    }
    match key.nulls {
        Some(NullsOrder::First) => sql + " NULLS FIRST",
        Some(NullsOrder::Last) => sql + " NULLS LAST",
        None => sql,
    }
}

pub(super) fn drop_index(table: &ObjectName, name: &str) -> String {
    format!("DROP INDEX {}", qualified(&table.sibling(name)))
}

pub(super) fn comment_on_table(table: &ObjectName, text: Option<&str>) -> String {
    format!("COMMENT ON TABLE {} IS {}", qualified(table), comment_text(text))
}

pub(super) fn comment_on_column(table: &ObjectName, name: &str, text: Option<&str>) -> String {
    format!("COMMENT ON COLUMN {}.{} IS {}", qualified(table), quote(name), comment_text(text))
}

/// The statement that gives a new column its comment.
pub(super) fn column_comment(table: &ObjectName, column: &Column) -> Option<String> {
    column.comment.as_deref().map(|text| comment_on_column(table, &column.name, Some(text)))
}

pub(super) fn comment_on_type(name: &ObjectName, text: Option<&str>) -> String {
    format!("COMMENT ON TYPE {} IS {}", qualified(name), comment_text(text))
}

fn comment_text(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), literal)
}

pub(super) fn create_enum(ty: &EnumType) -> String {
    let labels: Vec<String> = ty.labels.iter().map(|label| literal(label)).collect();
    format!("CREATE TYPE {} AS ENUM ({})", qualified(&ty.name), labels.join(", "))
}

/// CREATE TYPE with its comment.
pub(super) fn whole_enum(ty: &EnumType) -> Vec<String> {
    let comment = ty.comment.as_deref().map(|text| comment_on_type(&ty.name, Some(text)));
    std::iter::once(create_enum(ty)).chain(comment).collect()
}

pub(super) fn drop_type(name: &ObjectName) -> String {
    format!("DROP TYPE {}", qualified(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::SqlType;

    #[test]
    fn no_default_swallows_what_follows_it() {
        let with =
            |default: &str| Column { default: Some(default.into()), ..Column::new("a", SqlType::builtin("boolean")) };
        assert_eq!(column(&with("now()")), r#""a" boolean DEFAULT now() NOT NULL"#);
        assert_eq!(column(&with("'a b'::text")), r#""a" boolean DEFAULT 'a b'::text NOT NULL"#);
        assert_eq!(column(&with("NOT true")), r#""a" boolean DEFAULT (NOT true) NOT NULL"#);
        assert_eq!(column(&with("1 -- one")), "\"a\" boolean DEFAULT (1 -- one\n) NOT NULL");
    }
}
