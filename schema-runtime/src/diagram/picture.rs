//! What is shown, without places.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::ir::{EnumType, ForeignKey, IndexTarget, ObjectKind, ObjectName, Schema, SqlType, Table};

use super::Summary;

/// What a difference does to something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mark {
    #[default]
    Same,
    Added,
    Removed,
    Changed,
}

impl Mark {
    /// What tells it apart without colour.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Same => "",
            Self::Added => "+",
            Self::Removed => "-",
            Self::Changed => "~",
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) title: String,
    pub(super) entities: Vec<Entity>,
    pub(super) links: Vec<Link>,
    pub(super) left_out: Vec<String>,
    pub(super) is_difference: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    Enum,
}

/// A box.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    pub(super) kind: Kind,
    pub(super) name: ObjectName,
    pub(super) mark: Mark,
    /// A line under the name: `was accounts`, `3 partitions`.
    pub(super) notes: Vec<String>,
    pub(super) comment: Option<String>,
    pub(super) rows: Vec<Row>,
}

/// A line of a box.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) mark: Mark,
    pub(super) name: String,
    /// What the rest of the line says.
    pub(super) content: Content,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Column {
        ty: String,
        is_nullable: bool,
        keys: Keys,
        /// DEFAULT, comment, what it was: shown on demand.
        details: Vec<String>,
    },
    /// An enum's label, or something else of a table that a difference changes.
    Text,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) primary: bool,
    pub(super) foreign: bool,
    pub(super) unique: bool,
}

impl Keys {
    /// The usual short forms.
    pub(super) fn words(self) -> Vec<&'static str> {
        let unique = self.unique && !self.primary;
        [(self.primary, "PK"), (self.foreign, "FK"), (unique, "UK")]
            .into_iter()
            .filter_map(|(is, word)| is.then_some(word))
            .collect()
    }
}

/// A foreign key: boxes and rows by their numbers.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) mark: Mark,
    /// The referenced table.
    pub(super) parent: End,
    /// The table that holds the key.
    pub(super) child: End,
    /// Whether a child may have no parent.
    pub(super) is_optional: bool,
    /// Whether a parent has one child at most.
    pub(super) is_single: bool,
    pub(super) name: String,
    /// `orders(customer_id) → customers(id), ON DELETE CASCADE`
    pub(super) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) entity: usize,
    /// The row of its first column, where the box has that column.
    pub(super) row: Option<usize>,
}

impl Picture {
    pub(super) fn of(schema: &Schema, title: &str) -> Self {
        let mut picture = Self::with_tables(schema, title);
        for table in shown_tables(schema) {
            for key in &table.foreign_keys {
                picture.link(table, key, Mark::Same);
            }
        }
        picture.left_out.extend(objects_left_out(schema));
        picture
    }

    /// The boxes alone.
    pub(super) fn with_tables(schema: &Schema, title: &str) -> Self {
        let tables = shown_tables(schema).map(|table| Entity::table(schema, table));
        let entities = tables.chain(schema.enums.values().map(Entity::of_enum)).collect();
        Self { title: title.to_owned(), entities, links: Vec::new(), left_out: Vec::new(), is_difference: false }
    }

    /// Draws a foreign key that `table` holds; one to a table that is not there can't be.
    pub(super) fn link(&mut self, table: &Table, key: &ForeignKey, mark: Mark) {
        let child = self.find(Kind::Table, &table.name, mark);
        let parent = self.find(Kind::Table, &key.references, mark);
        let (Some(child), Some(parent)) = (child, parent) else { return };
        let column = |name: &String| table.column(name);
        self.links.push(Link {
            mark,
            child: self.end(child, key.columns.first()),
            parent: self.end(parent, key.referenced_columns.first()),
            is_optional: key.columns.iter().filter_map(column).any(|column| column.nullable),
            is_single: is_unique(table, &key.columns),
            name: key.name.clone(),
            text: link_text(table, key),
        });
    }

    fn end(&self, entity: usize, column: Option<&String>) -> End {
        End { entity, row: column.and_then(|column| self.entities[entity].column(column)) }
    }

    /// The box of that name. A removed thing and its successor can share a name.
    pub(super) fn find(&self, kind: Kind, name: &ObjectName, mark: Mark) -> Option<usize> {
        let is_it = |entity: &&Entity| entity.kind == kind && entity.name == *name;
        let mut found = self.entities.iter().enumerate().filter(|(_, entity)| is_it(entity)).map(|(at, _)| at);
        match mark {
            Mark::Removed => found.next_back(),
            _ => found.next(),
        }
    }

    /// Takes out the boxes that are not in the set, and their links.
    pub(super) fn keep(&mut self, kept: &BTreeSet<usize>) {
        let places: BTreeMap<usize, usize> = kept.iter().enumerate().map(|(new, old)| (*old, new)).collect();
        let mut at = 0..;
        self.entities.retain(|_| at.next().is_some_and(|at| kept.contains(&at)));
        self.links.retain_mut(|link| {
            let moved = places.get(&link.child.entity).zip(places.get(&link.parent.entity));
            if let Some((child, parent)) = moved {
                (link.child.entity, link.parent.entity) = (*child, *parent);
            }
            moved.is_some()
        });
    }

    pub(super) fn summary(&self) -> Summary {
        let count = |kind| self.entities.iter().filter(|entity| entity.kind == kind).count();
        Summary {
            tables: count(Kind::Table),
            enums: count(Kind::Enum),
            foreign_keys: self.links.len(),
            left_out: self.left_out.clone(),
        }
    }
}

impl Entity {
    pub(super) fn table(schema: &Schema, table: &Table) -> Self {
        let mut notes = Vec::new();
        let partitions = schema.descendants(&table.name).iter().filter(|name| is_partition(schema, name)).count();
        if partitions > 0 {
            notes.push(counted(partitions, "partition"));
        }
        if !table.inherits.is_empty() {
            let parents: Vec<String> = table.inherits.iter().map(ToString::to_string).collect();
            notes.push(format!("inherits {}", parents.join(", ")));
        }
        let rows = table.columns.iter().map(|column| Row::column(table, &column.name)).collect();
        Self {
            kind: Kind::Table,
            name: table.name.clone(),
            mark: Mark::Same,
            notes,
            comment: table.comment.clone(),
            rows,
        }
    }

    pub(super) fn of_enum(of: &EnumType) -> Self {
        Self {
            kind: Kind::Enum,
            name: of.name.clone(),
            mark: Mark::Same,
            notes: vec!["enum".to_owned()],
            comment: of.comment.clone(),
            rows: of.labels.iter().map(|label| Row::text(label, Mark::Same)).collect(),
        }
    }

    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.rows.iter().position(|row| row.name == name && matches!(row.content, Content::Column { .. }))
    }
}

impl Row {
    /// The line of a column that the table has.
    pub(super) fn column(table: &Table, name: &str) -> Self {
        let Some(column) = table.column(name) else { return Self::text(name, Mark::Same) };
        let alone = std::slice::from_ref(&column.name);
        let keys = Keys {
            primary: table.primary_key.as_ref().is_some_and(|key| key.columns.contains(&column.name)),
            foreign: table.foreign_keys.iter().any(|key| key.columns.contains(&column.name)),
            unique: is_unique(table, alone),
        };
        let mut details = Vec::new();
        details.extend(column.identity.map(|_| "generated as identity".to_owned()));
        details.extend(column.generated.as_ref().map(|it| format!("generated as {}", it.expression)));
        details.extend(column.default.as_ref().map(|default| format!("default {default}")));
        details.extend(column.comment.clone());
        let content = Content::Column { ty: short_type(&column.ty), is_nullable: column.nullable, keys, details };
        Self { mark: Mark::Same, name: column.name.clone(), content }
    }

    pub(super) fn text(text: &str, mark: Mark) -> Self {
        Self { mark, name: text.to_owned(), content: Content::Text }
    }
}

/// A type by the shorter of the names that its server knows it by.
pub(super) fn short_type(ty: &SqlType) -> String {
    match ty {
        SqlType::Builtin(text) => short_builtin(text),
        SqlType::Named(name) => name.to_string(),
        SqlType::Array(element) => format!("{}[]", short_type(element)),
    }
}

fn short_builtin(text: &str) -> String {
    if let Some(local) = text.strip_suffix(" without time zone") {
        return local.to_owned();
    }
    if let Some(zoned) = text.strip_suffix(" with time zone") {
        let (name, modifier) = zoned.split_at(zoned.find('(').unwrap_or(zoned.len()));
        return format!("{name}tz{modifier}");
    }
    match text.strip_prefix("character varying") {
        Some(modifier) => format!("varchar{modifier}"),
        None => text.to_owned(),
    }
}

/// Partitions are not drawn: they have their parent's columns and keys.
fn shown_tables(schema: &Schema) -> impl Iterator<Item = &Table> {
    schema.tables.values().filter(|table| !is_partition(schema, &table.name))
}

pub(super) fn is_partition(schema: &Schema, name: &ObjectName) -> bool {
    let parent = schema.tables.get(name).and_then(|table| table.partition_of.as_ref());
    parent.is_some_and(|of| schema.tables.contains_key(&of.parent))
}

/// Whether no two rows agree in these columns, as far as a constraint or a complete index says so.
fn is_unique(table: &Table, columns: &[String]) -> bool {
    let columns: BTreeSet<&str> = columns.iter().map(String::as_str).collect();
    let within = |key: &[String]| !key.is_empty() && key.iter().all(|name| columns.contains(name.as_str()));
    let of_index =
        |target: &IndexTarget| matches!(target, IndexTarget::Column(name) if columns.contains(name.as_str()));
    table.primary_key.as_ref().is_some_and(|key| within(&key.columns))
        || table.uniques.iter().any(|key| within(&key.columns))
        || table.indexes.iter().any(|index| {
            let is_whole = index.unique && index.predicate.is_none() && !index.keys.is_empty();
            is_whole && index.keys.iter().all(|key| of_index(&key.target))
        })
}

fn link_text(table: &Table, key: &ForeignKey) -> String {
    let mut text = format!(
        "{}({}) \u{2192} {}({})",
        table.name,
        key.columns.join(", "),
        key.references,
        key.referenced_columns.join(", ")
    );
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if action != schema_core::ir::ReferentialAction::NoAction {
            text += &format!(", ON {event} {}", action.as_sql());
        }
    }
    text
}

/// Kinds of objects that people look for in a diagram, and that have no columns in the model.
fn objects_left_out(schema: &Schema) -> Vec<String> {
    let mut counts: BTreeMap<ObjectKind, usize> = BTreeMap::new();
    for id in schema.objects.keys() {
        if matches!(id.kind, ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::ForeignTable) {
            *counts.entry(id.kind).or_default() += 1;
        }
    }
    let mut words: Vec<String> = counts.into_iter().map(|(kind, number)| counted(number, kind.as_str())).collect();
    for (number, noun) in [(schema.domains.len(), "domain"), (schema.composites.len(), "composite type")] {
        if number > 0 {
            words.push(counted(number, noun));
        }
    }
    words
}

/// `1 view`, `2 views`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
