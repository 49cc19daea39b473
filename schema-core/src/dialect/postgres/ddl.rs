//! Definitions as PostgreSQL's SQL: every name quoted, every object qualified (HAZARDS.md row 62).

use std::collections::BTreeMap;

use super::{create, guard, sequence};
use crate::dialect::{literal, parenthesised, qualified, quote, quoted_list, where_clause};
use crate::ir::{
    Check, Column, Deferrable, EnumType, Exclusion, ForeignKey, Identity, Index, IndexKey, IndexTarget, NullsOrder,
    ObjectName, PartitionOf, PrimaryKey, ReferentialAction, ReplicaIdentity, Schema, SqlType, Table, Unique,
};

/// A type. The quotes go around the name, not around `name[]` (BUGS.md B48).
pub(super) fn type_name(ty: &SqlType) -> String {
    match ty {
        SqlType::Builtin(text) => text.clone(),
        SqlType::Named(name) => qualified(name),
        SqlType::Array(element) => format!("{}[]", type_name(element)),
    }
}

/// COLLATE. The server's own collations have dots in their names (`en_US.utf8`), so a name with a schema is in quotes:
/// `"app"."nocase"`.
pub(super) fn collate(name: &str) -> String {
    if name.starts_with('"') { format!(" COLLATE {name}") } else { format!(" COLLATE {}", quote(name)) }
}

/// A type with its collation.
pub(super) fn collated_type(column: &Column) -> String {
    match &column.collation {
        Some(name) => type_name(&column.ty) + &collate(name),
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
        let options = sequence::in_parentheses(&column.identity_options);
        sql += &format!(" GENERATED {} AS IDENTITY{options}", identity_kind(identity));
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
    let index = format!("{}{}{}", include(&key.include), with(&key.storage), deferrable(key.deferrable));
    format!("CONSTRAINT {} PRIMARY KEY ({}){index}", quote(&key.name), quoted_list(&key.columns))
}

pub(super) fn unique(unique: &Unique) -> String {
    let nulls = if unique.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    let index = format!("{}{}{}", include(&unique.include), with(&unique.storage), deferrable(unique.deferrable));
    format!("CONSTRAINT {} UNIQUE{nulls} ({}){index}", quote(&unique.name), quoted_list(&unique.columns))
}

pub(super) fn check(check: &Check) -> String {
    let mut sql = format!("CONSTRAINT {} CHECK {}", quote(&check.name), parenthesised(&check.expression));
    if check.no_inherit {
        sql += " NO INHERIT";
    }
    sql + validity(check.not_valid, check.not_enforced)
}

/// What isn't enforced can't be valid either, so it needs no second word.
fn validity(not_valid: bool, not_enforced: bool) -> &'static str {
    match (not_enforced, not_valid) {
        (true, _) => " NOT ENFORCED",
        (false, true) => " NOT VALID",
        (false, false) => "",
    }
}

pub(super) fn exclusion(exclusion: &Exclusion) -> String {
    let method = exclusion.method.as_ref().map_or_else(String::new, |method| format!(" USING {method}"));
    let elements: Vec<String> = exclusion
        .elements
        .iter()
        .map(|element| format!("{} WITH {}", index_key(&element.key), element.operator))
        .collect();
    let mut sql = format!("CONSTRAINT {} EXCLUDE{method} ({})", quote(&exclusion.name), elements.join(", "));
    sql += &include(&exclusion.include);
    sql += &with(&exclusion.storage);
    if let Some(predicate) = &exclusion.predicate {
        sql += &format!(" WHERE {}", parenthesised(predicate));
    }
    sql + &deferrable(exclusion.deferrable)
}

fn include(columns: &[String]) -> String {
    if columns.is_empty() { String::new() } else { format!(" INCLUDE ({})", quoted_list(columns)) }
}

fn with(storage: &BTreeMap<String, String>) -> String {
    if storage.is_empty() { String::new() } else { format!(" WITH ({})", settings(storage)) }
}

/// Storage parameters: `fillfactor = 80, autovacuum_enabled = false`.
pub(super) fn settings(storage: &BTreeMap<String, String>) -> String {
    let is_word =
        |value: &str| !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    let value = |value: &String| if is_word(value) { value.clone() } else { literal(value) };
    storage.iter().map(|(name, setting)| format!("{name} = {}", value(setting))).collect::<Vec<_>>().join(", ")
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
    if key.on_delete != ReferentialAction::NoAction {
        sql += &format!(" ON DELETE {}", key.on_delete.as_sql());
        if !key.set_columns.is_empty() {
            sql += &format!(" ({})", quoted_list(&key.set_columns));
        }
    }
    if key.on_update != ReferentialAction::NoAction {
        sql += &format!(" ON UPDATE {}", key.on_update.as_sql());
    }
    sql + &deferrable(key.deferrable) + validity(key.not_valid, key.not_enforced)
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
    alter_column(table, name, default_action(default))
}

pub(super) fn default_action(default: Option<&str>) -> String {
    default.map_or_else(|| "DROP DEFAULT".to_owned(), |default| format!("SET DEFAULT {}", default_value(default)))
}

/// Everything that makes a table except its foreign keys. Its parents are as `within` has them.
pub(super) fn whole_table(table: &Table, within: &Schema) -> Vec<String> {
    let mut statements = create::table(table, within);
    let unchecked = table.checks.iter().filter(|check| is_unchecked(check));
    statements.extend(unchecked.map(|unchecked| add_constraint(&table.name, &check(unchecked))));
    statements.extend(table.indexes.iter().map(|index| create_index(&table.name, index)));
    statements.extend(table.comment.iter().map(|text| comment_on_table(&table.name, Some(text))));
    statements.extend(table.columns.iter().filter_map(|column| column_comment(&table.name, column)));
    if table.row_security {
        statements.push(row_security(&table.name, true));
    }
    if table.force_row_security {
        statements.push(force_row_security(&table.name, true));
    }
    statements.extend(table.replica_identity.iter().map(|identity| replica_identity(&table.name, Some(identity))));
    statements
}

/// Of a table that has no rows yet, CREATE TABLE would take such a check for a valid one.
fn is_unchecked(check: &Check) -> bool {
    check.not_valid && !check.not_enforced
}

pub(super) fn row_security(table: &ObjectName, on: bool) -> String {
    alter_table(table, if on { "ENABLE ROW LEVEL SECURITY" } else { "DISABLE ROW LEVEL SECURITY" })
}

pub(super) fn force_row_security(table: &ObjectName, on: bool) -> String {
    alter_table(table, if on { "FORCE ROW LEVEL SECURITY" } else { "NO FORCE ROW LEVEL SECURITY" })
}

pub(super) fn replica_identity(table: &ObjectName, identity: Option<&ReplicaIdentity>) -> String {
    let identity = match identity {
        None => "DEFAULT".to_owned(),
        Some(ReplicaIdentity::Full) => "FULL".to_owned(),
        Some(ReplicaIdentity::Nothing) => "NOTHING".to_owned(),
        Some(ReplicaIdentity::Index(name)) => format!("USING INDEX {}", quote(name)),
    };
    alter_table(table, format!("REPLICA IDENTITY {identity}"))
}

pub(super) fn attach(table: &ObjectName, of: &PartitionOf) -> String {
    alter_table(&of.parent, format!("ATTACH PARTITION {} {}", qualified(table), of.bound))
}

pub(super) fn detach(table: &ObjectName, of: &PartitionOf) -> String {
    alter_table(&of.parent, format!("DETACH PARTITION {}", qualified(table)))
}

/// Statements that give a column its storage, compression and statistics target: PostgreSQL before 16 takes them
/// in no CREATE TABLE.
pub(super) fn column_settings(table: &ObjectName, from: &Column, to: &Column) -> Vec<String> {
    let mut statements = Vec::new();
    if from.storage != to.storage {
        statements.push(match &to.storage {
            Some(storage) => {
                alter_column_only(table, &to.name, format!("SET STORAGE {}", storage.to_ascii_uppercase()))
            }
            None => reset_storage(table, &to.name),
        });
    }
    if from.compression != to.compression {
        let compression = to.compression.as_deref().unwrap_or("default");
        statements.push(alter_column_only(table, &to.name, format!("SET COMPRESSION {compression}")));
    }
    if from.statistics != to.statistics {
        let target = to.statistics.unwrap_or(-1);
        statements.push(alter_column_only(table, &to.name, format!("SET STATISTICS {target}")));
    }
    statements
}

/// Settings of a column that has none yet.
pub(super) fn new_column_settings(table: &ObjectName, column: &Column) -> Vec<String> {
    column_settings(table, &Column::new(column.name.clone(), column.ty.clone()), column)
}

/// Settings that ALTER COLUMN TYPE takes away although they do not change.
pub(super) fn settings_of_type(table: &ObjectName, from: &Column, to: &Column) -> Vec<String> {
    let storage = to.storage.clone().filter(|_| from.storage == to.storage);
    let compression = to.compression.clone().filter(|_| from.compression == to.compression);
    new_column_settings(table, &Column { storage, compression, statistics: None, ..to.clone() })
}

/// SET STORAGE DEFAULT is of PostgreSQL 16 only.
fn reset_storage(table: &ObjectName, name: &str) -> String {
    let set = literal(&alter_column_only(table, name, "SET STORAGE "));
    let (table, name) = (literal(&qualified(table)), literal(name));
    format!(
        "DO $$ BEGIN EXECUTE (SELECT {set} || CASE t.typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' \
         WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
         WHERE a.attrelid = {table}::regclass AND a.attname = {name}); END $$"
    )
}

/// `ALTER TABLE ONLY .. ALTER COLUMN ..`, which leaves the children as they are.
pub(super) fn alter_column_only(table: &ObjectName, name: &str, action: impl AsRef<str>) -> String {
    format!("ALTER TABLE ONLY {} ALTER COLUMN {} {}", qualified(table), quote(name), action.as_ref())
}

/// A new index is not qualified: it goes where its table is.
pub(super) fn create_index(table: &ObjectName, index: &Index) -> String {
    index_on("", table, index, "")
}

pub(super) fn create_index_concurrently(table: &ObjectName, index: &Index) -> String {
    index_on("CONCURRENTLY ", table, index, "")
}

/// Of a partitioned table without its partitions.
pub(super) fn create_index_only(table: &ObjectName, index: &Index) -> String {
    index_on("", table, index, "ONLY ")
}

fn index_on(how: &str, table: &ObjectName, index: &Index, only: &str) -> String {
    let name = quote(&index.name);
    format!("CREATE {}INDEX {how}{name} ON {only}{}{}", unique_word(index), qualified(table), index_definition(index))
}

pub(super) fn unique_word(index: &Index) -> &'static str {
    if index.unique { "UNIQUE " } else { "" }
}

/// What follows the table's name.
pub(super) fn index_definition(index: &Index) -> String {
    let method = index.method.as_ref().map_or_else(String::new, |method| format!(" USING {method}"));
    let keys: Vec<String> = index.keys.iter().map(index_key).collect();
    let mut sql = format!("{method} ({})", keys.join(", "));
    if !index.include.is_empty() {
        sql += &format!(" INCLUDE ({})", quoted_list(&index.include));
    }
    if index.nulls_not_distinct {
        sql += " NULLS NOT DISTINCT";
    }
    sql += &with(&index.storage);
    sql += &where_clause(index.predicate.as_deref());
    sql
}

pub(super) fn index_key(key: &IndexKey) -> String {
    let mut sql = match &key.target {
        IndexTarget::Column(name) => quote(name),
        IndexTarget::Expression(expression) => parenthesised(expression),
    };
    if let Some(collation) = &key.collation {
        sql += &collate(collation);
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

/// DROP INDEX of a partitioned table's index. PostgreSQL drops its parts with it, but for one that a partition's own key
/// stands on, which holds up both; so such a partition is away while the index goes.
pub(super) fn drop_index_with_keys(table: &ObjectName, name: &str) -> String {
    let (table, index) = (qualified(table), qualified(&table.sibling(name)));
    guard::do_block(
        "check",
        &format!(
            r"
DECLARE
    part record;
    attach text;
    again text[] := '{{}}';
BEGIN
    FOR part IN
        SELECT c.oid::regclass AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
        FROM pg_inherits h
            JOIN pg_constraint k ON k.conindid = h.inhrelid AND k.contype IN ('p', 'u', 'x')
            JOIN pg_class c ON c.oid = k.conrelid
        WHERE h.inhparent = {regclass}::regclass
    LOOP
        EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', {parent}::regclass, part.name);
        again := again || format('ALTER TABLE %s ATTACH PARTITION %s %s', {parent}::regclass, part.name, part.bound);
    END LOOP;
    DROP INDEX {index};
    FOREACH attach IN ARRAY again LOOP
        EXECUTE attach;
    END LOOP;
END
",
            regclass = literal(&index),
            parent = literal(&table),
        ),
    )
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
