//! Views, triggers, routines, events and sequences, as SHOW CREATE prints them, without who defined them.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::ir::{Dialect, Object, ObjectId, ObjectKind, ObjectName, Schema, SqlText, Use};

use super::super::text::tokens;
use super::spelling::without_definer;
use super::{Reader, cells};
use crate::Error;

/// What SHOW CREATE and DROP call it, which column of SHOW CREATE has the statement, and where their names are.
const KINDS: [(ObjectKind, &str, usize, &str); 6] = [
    (
        ObjectKind::View,
        "VIEW",
        1,
        "SELECT TABLE_NAME, '', '' FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE()",
    ),
    (
        ObjectKind::Trigger,
        "TRIGGER",
        2,
        "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION) FROM information_schema.TRIGGERS \
         WHERE TRIGGER_SCHEMA = DATABASE()",
    ),
    (
        ObjectKind::Function,
        "FUNCTION",
        2,
        "SELECT ROUTINE_NAME, '', '' FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'FUNCTION'",
    ),
    (
        ObjectKind::Procedure,
        "PROCEDURE",
        2,
        "SELECT ROUTINE_NAME, '', '' FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'PROCEDURE'",
    ),
    (
        ObjectKind::Raw,
        "EVENT",
        3,
        "SELECT EVENT_NAME, '', '' FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()",
    ),
    (
        ObjectKind::Raw,
        "SEQUENCE",
        1,
        "SELECT TABLE_NAME, '', '' FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'SEQUENCE'",
    ),
];

impl Reader<'_> {
    /// What each leans on is what its text names.
    pub(super) async fn objects(&mut self, schema: &mut Schema) -> Result<(), Error> {
        let mut found = Vec::new();
        for (kind, word, column, sql) in KINDS {
            if word == "SEQUENCE" && self.flavour != Dialect::MariaDb {
                continue;
            }
            for row in self.rows(sql).await? {
                let [name, table, moment] = cells(row);
                let mut create = without_definer(&self.shown(word, &name, column).await?);
                if let Some(rest) = behind_each_row(&create).filter(|_| kind == ObjectKind::Trigger) {
                    let [name, table] = [&name, &table].map(|name| self.flavour.quote(name));
                    create = format!("CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW {}", rest.trim_start());
                }
                if create.is_empty() {
                    self.note(format!("{} `{name}`", word.to_lowercase()), "this user may not read its definition");
                    continue;
                }
                let drop = format!("DROP {word} {}", self.flavour.quote(&name));
                let mut id = ObjectId::new(kind, ObjectName::bare(name));
                id.on = Some(table).filter(|table| !table.is_empty());
                found.push((id, create, drop));
            }
        }
        let mut known: BTreeMap<String, Use> = BTreeMap::new();
        known.extend(schema.tables.keys().map(|name| (name.name.to_lowercase(), Use::Table(name.clone()))));
        let named = found.iter().filter(|(id, ..)| id.kind != ObjectKind::Trigger);
        known.extend(named.map(|(id, ..)| (id.name.name.to_lowercase(), Use::Object(id.clone()))));
        for (id, create, drop) in found {
            let tokens = tokens(&create, true);
            let named = tokens.iter().filter_map(|token| known.get(&token.identifier().to_lowercase())).cloned();
            let uses: BTreeSet<Use> = named.filter(|used| *used != Use::Object(id.clone())).collect();
            let object = Object { id: id.clone(), create: vec![SqlText(create)], drop: vec![SqlText(drop)], uses };
            schema.objects.insert(id, object);
        }
        Ok(())
    }
}

/// A trigger's head is printed as it was written: in any case, and with names that may lack their quotes.
fn behind_each_row(create: &str) -> Option<&str> {
    let lower = create.to_ascii_lowercase();
    let ends = lower.match_indices("for").filter_map(|(at, word)| {
        let rest = lower.get(at + word.len()..)?.trim_start().strip_prefix("each")?.trim_start().strip_prefix("row")?;
        Some(lower.len() - rest.len())
    });
    ends.min().and_then(|end| create.get(end..))
}
