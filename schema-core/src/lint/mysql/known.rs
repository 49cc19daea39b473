//! What the files say of a table, as the planner's rules about locks take it.

use crate::dialect::mysql::lower::set_charset;
use crate::dialect::mysql::types;
use crate::ir::{
    Column, Dialect, Generated, Identity, Index, IndexKey, ObjectName, PrimaryKey, SqlType, Table, Unique,
};
use crate::lint::history::History;
use crate::lint::statement::{ColumnDef, Generated as Kept, Options};
use crate::objects::tokens::{Kind as Text, tokens};

/// The table as far as it is known; what was not seen is not in it.
pub(super) fn table(dialect: Dialect, history: &History, name: &ObjectName) -> Table {
    let mut table = Table::new(name.clone());
    let Some(known) = history.table(name) else { return table };
    set_options(&mut table, &known.options);
    let definitions = known.columns.values().filter_map(|column| {
        let definition = column.definition.as_ref()?;
        Some(ColumnDef { not_null: column.not_null, ..definition.clone() })
    });
    table.columns = definitions.map(|definition| column(dialect, &definition, &table)).collect();
    for (name, columns, primary) in known.constraints.keys() {
        match primary {
            true => table.primary_key = Some(PrimaryKey::new(name, columns.to_vec())),
            false => table.uniques.push(Unique::new(name, columns.to_vec())),
        }
    }
    table.indexes = history
        .indexes_of(name)
        .map(|(name, index)| {
            let keys = index.leading.iter().map(IndexKey::column).collect();
            Index { method: index.method.map(str::to_owned), ..Index::new(name, keys) }
        })
        .collect();
    table
}

pub(super) fn set_options(table: &mut Table, options: &Options) {
    for (name, value) in options {
        match name.as_str() {
            // The database's own.
            "charset" if value == "default" => (table.charset, table.collation) = (None, None),
            "charset" => table.charset = Some(value.clone()),
            "collate" => table.collation = Some(value.clone()),
            "engine" | "row_format" | "key_block_size" => drop(table.storage.insert(name.clone(), value.clone())),
            _ => {}
        }
    }
}

/// The column as its definition has it, within a table whose character set is the default.
pub(super) fn column(dialect: Dialect, definition: &ColumnDef, table: &Table) -> Column {
    let ty = ty(dialect, &definition.type_text);
    let generated = definition.generated.map(|kept| Generated {
        expression: definition.expression.clone().unwrap_or_default(),
        stored: kept == Kept::Stored,
    });
    let mut column = Column {
        nullable: !(definition.not_null || definition.primary_key),
        default: definition.default.clone().filter(|default| !default.eq_ignore_ascii_case("null")),
        on_update: definition.on_update.clone(),
        identity: definition.identity.then_some(Identity::ByDefault),
        generated,
        charset: definition.charset.clone(),
        collation: definition.collation.clone(),
        comment: definition.comment.clone(),
        ..Column::new(&definition.name, ty)
    };
    if is_json(dialect, &column) {
        column.charset = Some("utf8mb4".to_owned());
        column.collation = Some("utf8mb4_bin".to_owned());
    }
    set_charset(&mut column, table);
    column
}

/// To MariaDB it is another name for a text in that character set and order.
fn is_json(dialect: Dialect, column: &Column) -> bool {
    dialect == Dialect::MariaDb && column.ty == SqlType::builtin("json")
}

/// The column as `other` calls it, where both names mean the same.
pub(super) fn called_as(dialect: Dialect, column: Column, other: &Column) -> Column {
    let is_text = |column: &Column| column.ty == SqlType::builtin("longtext");
    let are_names = (is_json(dialect, &column) && is_text(other)) || (is_text(&column) && is_json(dialect, other));
    let is_same = are_names && (&column.charset, &column.collation) == (&other.charset, &other.collation);
    if is_same { Column { ty: other.ty.clone(), ..column } } else { column }
}

/// The type in canonical spelling, or as it stands.
pub(super) fn ty(dialect: Dialect, text: &str) -> SqlType {
    let text = with_plain_labels(dialect, text);
    types::parse(dialect, &text).unwrap_or_else(|_| SqlType::Builtin(text.to_ascii_lowercase()))
}

/// Labels in double quotes are the same, and so are those in hexadecimal.
fn with_plain_labels(dialect: Dialect, text: &str) -> String {
    let Ok(tokens) = tokens(dialect, text) else { return text.to_owned() };
    let (mut out, mut from) = (String::new(), 0);
    for token in &tokens {
        let raw = text.get(token.start..token.end).unwrap_or_default();
        let label = match &token.kind {
            Text::Text(label) if raw.starts_with('"') => Some(label.clone()),
            Text::Symbol(_) => raw.strip_prefix(['x', 'X']).and_then(decoded),
            _ => None,
        };
        if let Some(label) = label {
            out += text.get(from..token.start).unwrap_or_default();
            out += &format!("'{}'", label.replace('\'', "''"));
            from = token.end;
        }
    }
    out + text.get(from..).unwrap_or_default()
}

fn decoded(quoted: &str) -> Option<String> {
    let digits = quoted.strip_prefix('\'')?.strip_suffix('\'')?;
    let pairs = digits.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    String::from_utf8(pairs.collect::<Option<Vec<u8>>>()?).ok()
}
