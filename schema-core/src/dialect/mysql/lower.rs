//! Schemas as the servers see them.

use std::collections::BTreeMap;

use crate::ir::{
    Column, Dialect, ForeignKey, Index, IndexKey, IndexTarget, ObjectName, ReferentialAction, Schema, SqlType, Table,
    Unique,
};
use crate::objects::tokens::{Kind, Token, tokens};

use super::change::resolved;
use super::quote;
use super::words::{can_be_bare, is_reserved};

/// The name of every primary key.
pub(crate) const PRIMARY: &str = "PRIMARY";

/// The tables with what their server makes of them: enums are their labels, a column has a character set of its own, a
/// primary key is `PRIMARY`, a unique index over whole columns is a unique constraint, and a foreign key that no index
/// serves has one of its own name.
///
/// Two schemas that a server can't tell apart are equal by this.
#[must_use]
pub fn lowered(schema: &Schema) -> BTreeMap<ObjectName, Table> {
    schema.tables.iter().map(|(name, table)| (name.clone(), lowered_table(schema, table))).collect()
}

fn lowered_table(schema: &Schema, table: &Table) -> Table {
    let mut lowered = table.clone();
    for column in &mut lowered.columns {
        column.ty = resolved(schema, &column.ty);
        set_charset(column, table);
        // MariaDB takes neither NULL nor NOT NULL on it.
        if schema.dialect == Dialect::MariaDb && column.generated.is_some() {
            column.nullable = true;
        }
    }
    for key in &mut lowered.foreign_keys {
        for action in [&mut key.on_delete, &mut key.on_update] {
            // The same to InnoDB, which looks at once.
            if *action == ReferentialAction::Restrict {
                *action = ReferentialAction::NoAction;
            }
        }
    }
    lowered.primary_key.iter_mut().for_each(|key| PRIMARY.clone_into(&mut key.name));
    let (plain, other) = lowered.indexes.into_iter().partition(is_plain_unique);
    lowered.indexes = other;
    let plain: Vec<Index> = plain;
    lowered.uniques.extend(plain.into_iter().map(as_constraint));
    for key in &table.foreign_keys {
        if !serves(&lowered, &key.columns) {
            lowered.indexes.push(own_index(key));
        }
    }
    lowered.sort();
    lowered
}

/// What a text has of its table, and a collation's own character set.
pub(crate) fn set_charset(column: &mut Column, table: &Table) {
    if !is_text(&column.ty) {
        return;
    }
    let of_collation = |collation: &String| collation.split('_').next().map(str::to_owned);
    match (&column.charset, &column.collation) {
        (None, Some(collation)) => column.charset = of_collation(collation),
        (None, None) => {
            column.charset = table.charset.clone().or_else(|| table.collation.as_ref().and_then(of_collation));
            column.collation.clone_from(&table.collation);
        }
        _ => {}
    }
}

/// Whether values have a character set. MariaDB's `json` has one that nothing changes.
pub(crate) fn is_text(ty: &SqlType) -> bool {
    let SqlType::Builtin(text) = ty else { return false };
    let base = text.split('(').next().unwrap_or_default();
    matches!(base, "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set")
}

fn is_plain_unique(index: &Index) -> bool {
    let is_plain =
        |key: &IndexKey| matches!(key.target, IndexTarget::Column(_)) && key.prefix.is_none() && !key.descending;
    index.unique && index.method.is_none() && index.storage.is_empty() && index.keys.iter().all(is_plain)
}

fn as_constraint(index: Index) -> Unique {
    let column = |key: IndexKey| match key.target {
        IndexTarget::Column(name) | IndexTarget::Expression(name) => name,
    };
    Unique::new(index.name, index.keys.into_iter().map(column).collect())
}

fn own_index(key: &ForeignKey) -> Index {
    Index::new(&key.name, key.columns.iter().map(IndexKey::column).collect())
}

/// Whether an index begins with the columns.
pub(crate) fn serves(table: &Table, columns: &[String]) -> bool {
    let constraints = table.primary_key.iter().map(|key| &key.columns);
    let mut constraints = constraints.chain(table.uniques.iter().map(|unique| &unique.columns));
    let begins = |index: &Index| {
        let whole = |key: &IndexKey, column: &String| {
            key.prefix.is_none() && matches!(&key.target, IndexTarget::Column(name) if name == column)
        };
        index.method.as_deref().is_none_or(|method| method == "btree")
            && index.keys.len() >= columns.len()
            && index.keys.iter().zip(columns).all(|(key, column)| whole(key, column))
    };
    constraints.any(|key| key.starts_with(columns)) || table.indexes.iter().any(begins)
}

/// The expression with columns renamed, former name to new. A bare name stays bare where the new one can be.
pub(crate) fn rename_columns(expression: &str, renames: &BTreeMap<String, String>) -> String {
    let Ok(tokens) = tokens(Dialect::MySql, expression) else { return expression.to_owned() };
    let mut out = String::new();
    let mut from = 0;
    for (at, token) in tokens.iter().enumerate() {
        let name = match &token.kind {
            Kind::Word(name) if !is_reserved(name) => name,
            Kind::Quoted(name) => name,
            _ => continue,
        };
        let new = renames.iter().find(|(old, _)| old.eq_ignore_ascii_case(name)).map(|(_, new)| new);
        if let Some(new) = new.filter(|_| is_column(&tokens, at)) {
            out += expression.get(from..token.start).unwrap_or_default();
            let bare = matches!(token.kind, Kind::Word(_)) && can_be_bare(new);
            out += &if bare { new.clone() } else { quote(new) };
            from = token.end;
        }
    }
    out + expression.get(from..).unwrap_or_default()
}

/// Whether a word that could be a column is one: no function, type, character set, unit or kind of literal of that name.
fn is_column(tokens: &[Token], at: usize) -> bool {
    let next = tokens.get(at + 1);
    if next.is_some_and(|next| next.is_symbol("(") || next.is_symbol(".")) {
        return false;
    }
    if !matches!(tokens.get(at).map(|token| &token.kind), Some(Kind::Word(_))) {
        return true;
    }
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    let names_another = |token: &Token| ["as", "set", "charset", "collate", "using"].iter().any(|word| token.is(word));
    let is_field = next.is_some_and(|next| next.is("from") || matches!(next.kind, Kind::Text(_)));
    !is_field && !before.is_some_and(|token| names_another(token) || ends_an_operand(token))
}

/// Behind an operand stands no other one: a word there is a unit, or an operator.
fn ends_an_operand(token: &Token) -> bool {
    const VALUES: [&str; 4] = ["null", "true", "false", "end"];
    match &token.kind {
        Kind::Word(word) if is_reserved(word) => VALUES.iter().any(|value| word.eq_ignore_ascii_case(value)),
        Kind::Word(word) => !word.eq_ignore_ascii_case("escape"),
        Kind::Quoted(_) | Kind::Text(_) | Kind::Body => true,
        Kind::Symbol(symbol) => symbol == ")" || symbol.starts_with(|c: char| c.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::PrimaryKey;

    #[test]
    fn a_word_of_the_language_is_not_taken_for_a_column_of_its_name() {
        let names = ["date", "day", "year", "ascii", "utf8mb4", "time"];
        let renames = names.map(|name| (name.to_owned(), format!("{name}_"))).into();
        for (text, expected) in [
            ("CAST(at AS date)", "CAST(at AS date)"),
            ("at + INTERVAL 1 day > date", "at + INTERVAL 1 day > date_"),
            ("at + INTERVAL (n) year", "at + INTERVAL (n) year"),
            ("EXTRACT(year FROM date)", "EXTRACT(year FROM date_)"),
            ("a > date '2020-01-01' AND time > 1", "a > date '2020-01-01' AND time_ > 1"),
            ("CONVERT(a USING utf8mb4) <> utf8mb4", "CONVERT(a USING utf8mb4) <> utf8mb4_"),
            ("CAST(a AS char CHARACTER SET ascii)", "CAST(a AS char CHARACTER SET ascii)"),
            ("year(date) = year DIV day AND NOT time", "year(date_) = year_ DIV day_ AND NOT time_"),
            ("CASE WHEN day THEN year ELSE time END", "CASE WHEN day_ THEN year_ ELSE time_ END"),
        ] {
            assert_eq!(rename_columns(text, &renames), expected);
        }
    }

    #[test]
    fn columns_are_renamed_in_expressions_and_nowhere_else() {
        let renames = BTreeMap::from([("a".to_owned(), "b c".to_owned())]);
        let renamed = rename_columns("a > `A` + x.a AND a(1) <> 'a' AND \"a\" <> ''", &renames);
        assert_eq!(renamed, "`b c` > `b c` + x.`b c` AND a(1) <> 'a' AND \"a\" <> ''");
        let renames = BTreeMap::from([("a".to_owned(), "b".to_owned()), ("b".to_owned(), "order".to_owned())]);
        assert_eq!(rename_columns("a > 0 OR `a` > b", &renames), "b > 0 OR `b` > `order`");
        let renames = BTreeMap::from([("null".to_owned(), "a".to_owned())]);
        assert_eq!(rename_columns("`null` IS NOT NULL", &renames), "`a` IS NOT NULL");
    }

    #[test]
    fn a_table_gets_what_its_server_gives_it() {
        let mut schema = Schema::empty(Dialect::MariaDb);
        let mut table = Table::new(ObjectName::bare("kid"));
        table.charset = Some("latin1".to_owned());
        table.columns.push(Column::new("id", SqlType::builtin("int")));
        table.columns.push(Column::new("name", SqlType::builtin("varchar(20)")));
        table.columns.push(Column::new("note", SqlType::builtin("text")));
        table.columns[2].collation = Some("utf8mb4_bin".to_owned());
        table.primary_key = Some(PrimaryKey::new("kid_pkey", vec!["id".to_owned()]));
        table.indexes.push(Index { unique: true, ..Index::new("kid_name_idx", vec![IndexKey::column("name")]) });
        let parent = ObjectName::bare("parent");
        let fk =
            |name: &str, column: &str| ForeignKey::new(name, vec![column.into()], parent.clone(), vec!["id".into()]);
        table.foreign_keys = vec![fk("kid_note_fkey", "note"), fk("kid_name_fkey", "name")];
        schema.tables.insert(table.name.clone(), table);
        let lowered = lowered(&schema).remove(&ObjectName::bare("kid")).unwrap();
        assert_eq!(lowered.primary_key.unwrap().name, "PRIMARY");
        assert_eq!(lowered.uniques[0].name, "kid_name_idx");
        assert_eq!(lowered.indexes.iter().map(|index| &index.name).collect::<Vec<_>>(), ["kid_note_fkey"]);
        let charsets: Vec<_> = lowered.columns.iter().map(|column| column.charset.as_deref()).collect();
        assert_eq!(charsets, [None, Some("latin1"), Some("utf8mb4")]);
    }
}
