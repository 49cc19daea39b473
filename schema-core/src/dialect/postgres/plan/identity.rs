//! Columns that number their rows: identity, serial, and the way between them.
//!
//! A number that was given is never given again: whatever takes over counts on after the highest value there is, and
//! after the last value of what it replaces (BUGS.md B17).

use super::renames::temporary;
use super::{Planner, dotted};
use crate::dialect::postgres::sequence::{self, Counter};
use crate::dialect::postgres::{ddl, guard, nextval};
use crate::dialect::{literal, qualified, quote};
use crate::diff::{Change, Part};
use crate::ir::{Column, ObjectName, Sequence, SequenceOptions};
use crate::plan::Step;

impl<'a> Planner<'a> {
    /// The serial's sequence that goes because its column becomes an identity.
    fn given_up(&self, table: &ObjectName, column: &str) -> Option<&'a Sequence> {
        self.changes.iter().find_map(|change| match change {
            Change::DropSequence(old) if owns(old, table, column) => Some(old),
            _ => None,
        })
    }

    /// The sequence that comes because its column was an identity and becomes a serial.
    fn taken_up(&self, table: &ObjectName, column: &str) -> Option<&'a Sequence> {
        self.changes.iter().find_map(|change| match change {
            Change::CreateSequence(new) if owns(new, table, column) => Some(new),
            _ => None,
        })
    }

    /// Whether a change of a column's identity makes or drops the sequence.
    pub(super) fn is_exchanged(&self, sequence: &Sequence) -> bool {
        is_exchanged(self.changes, sequence)
    }

    /// The column stops being an identity; a serial's sequence counts on in its place.
    pub(super) fn drop_identity(&mut self, table: &ObjectName, now: &Column) {
        let name = dotted(table, &now.name);
        match self.taken_up(table, &now.name) {
            None => {
                let up = ddl::alter_column(table, &now.name, "DROP IDENTITY");
                let down = identity_added(table, now, None);
                let title = format!("stop numbering {name}");
                self.push(Step::schema(table, title, vec![up].into(), down.into()).hazard("H18"));
            }
            Some(serial) => {
                let aside = self.aside(&serial.name);
                let up = to_serial(table, now, serial, &aside);
                let down = to_identity(table, now, serial, &aside);
                let title = format!("number {name} by sequence {}", serial.name);
                self.push(Step::schema(table, title, up.into(), down.into()).hazard("H18"));
                self.now.sequences.insert(serial.name.clone(), Sequence { owned_by: None, ..serial.clone() });
            }
        }
    }

    /// The column becomes an identity, or one of another kind.
    pub(super) fn set_identity(&mut self, table: &ObjectName, now: &Column, to: &Column) {
        if (now.identity, &now.identity_options) == (to.identity, &to.identity_options) || to.identity.is_none() {
            return;
        }
        let drops_sequence = now.identity.is_none() && self.given_up(table, &to.name).is_some();
        let (up, down) = match (now.identity, self.given_up(table, &to.name)) {
            (Some(_), _) => (identity_set(table, now, to), identity_set(table, to, now)),
            (None, Some(serial)) => {
                let aside = self.aside(&serial.name);
                self.now.sequences.remove(&serial.name);
                (to_identity(table, to, serial, &aside), to_serial(table, to, serial, &aside))
            }
            (None, None) => {
                (identity_added(table, to, None), vec![ddl::alter_column(table, &to.name, "DROP IDENTITY")])
            }
        };
        let title = format!("number {} by identity", dotted(table, &to.name));
        let step = Step::schema(table, title, up.into(), down.into()).hazard("H18");
        self.push(if drops_sequence { step.hazard("H47") } else { step });
    }

    /// The sequence of a default, which the schema does not hold, is left as it is, no longer the column's own, so that
    /// the identity's is found beside it.
    pub(super) fn release_unknown_sequence(&mut self, table: &ObjectName, now: &Column) {
        let sequence = now.default.as_deref().and_then(nextval::sequence);
        let Some(name) = sequence.filter(|name| !self.now.sequences.contains_key(name)) else { return };
        let up = vec![sequence::owned_by(&name, None)];
        let down = vec![
            sequence::owned_by(&name, Some(&(table.clone(), now.name.clone()))),
            sequence::go_on(&literal(&qualified(&name)), (table, &now.name), &SequenceOptions::default(), None),
        ];
        let title = format!("release the sequence of {}", dotted(table, &now.name));
        self.push(Step::schema(table, title, up.into(), down.into()).hazard("H18"));
    }

    /// A free name, under which a serial's sequence stands while the identity's own, which PostgreSQL names alike, goes
    /// or comes.
    fn aside(&self, name: &ObjectName) -> ObjectName {
        name.sibling(temporary(&name.name, |text| self.is_free(&name.sibling(text))))
    }

    fn is_free(&self, name: &ObjectName) -> bool {
        [&self.now, self.to]
            .iter()
            .all(|schema| !schema.sequences.contains_key(name) && !schema.tables.contains_key(name))
    }
}

fn owns(sequence: &Sequence, table: &ObjectName, column: &str) -> bool {
    sequence.owned_by.as_ref().is_some_and(|(owner, part)| owner == table && part == column)
}

/// Whether the sequence is made or dropped because its column stops or starts being an identity.
pub(crate) fn is_exchanged(changes: &[Change], sequence: &Sequence) -> bool {
    let tables = changes.iter().filter_map(|change| match change {
        Change::AlterTable(table) => Some(table),
        _ => None,
    });
    tables.into_iter().any(|table| {
        table.parts.iter().any(|part| {
            matches!(part, Part::AlterColumn { from, to }
                if owns(sequence, &table.to.name, &to.name) && from.identity.is_some() != to.identity.is_some())
        })
    })
}

/// An identity that goes on after the highest value there is, and after what it replaces.
pub(super) fn identity_added(table: &ObjectName, column: &Column, counter: Option<Counter<'_>>) -> Vec<String> {
    let Some(identity) = column.identity else { return Vec::new() };
    let options = &column.identity_options;
    let kind = ddl::identity_kind(identity);
    let added = format!("ADD GENERATED {kind} AS IDENTITY{}", sequence::in_parentheses(options));
    vec![
        ddl::alter_column(table, &column.name, added),
        sequence::go_on(&sequence::of_column(table, &column.name), (table, &column.name), options, counter),
    ]
}

/// The other column is no identity any more, and its sequence's name, which the server chose, passes on.
pub(super) fn identity_passed_on(table: &ObjectName, old: &str, new: &str) -> String {
    let drop = ddl::alter_column(table, old, "DROP IDENTITY");
    let (old, new) = (sequence::of_column(table, old), sequence::of_column(table, new));
    guard::do_block(
        "identity",
        &format!(
            "\nDECLARE\n    former text := {old};\nBEGIN\n    {drop};\n    \
             EXECUTE format('ALTER SEQUENCE %s RENAME TO %I', {new}, (parse_ident(former))[2]);\nEND\n"
        ),
    )
}

fn identity_set(table: &ObjectName, from: &Column, to: &Column) -> Vec<String> {
    let kind = to.identity.filter(|_| from.identity != to.identity);
    let kind = kind.map(|identity| format!("GENERATED {}", ddl::identity_kind(identity)));
    let options = (&from.identity_options, &to.identity_options);
    let words: Vec<String> = kind.into_iter().chain(sequence::changed(options.0, options.1, false)).collect();
    let alter = |words: &[String]| {
        let set = |word: &String| {
            if word.starts_with("RESTART") { word.clone() } else { format!("SET {word}") }
        };
        ddl::alter_column(table, &to.name, words.iter().map(set).collect::<Vec<_>>().join(" "))
    };
    vec![sequence::within_bounds(&sequence::of_column(table, &to.name), options, &words, alter)]
}

/// `identity` is the column as an identity.
fn to_serial(table: &ObjectName, identity: &Column, serial: &Sequence, aside: &ObjectName) -> Vec<String> {
    let counter = Some(Counter::Identity(table, identity));
    let bare = Sequence { name: aside.clone(), comment: None, ..serial.clone() };
    let mut statements = vec![
        sequence::create(&bare),
        sequence::go_on(&literal(&qualified(aside)), (table, &identity.name), &serial.options, counter),
        ddl::alter_column(table, &identity.name, "DROP IDENTITY"),
        rename(aside, &serial.name),
    ];
    statements.extend(serial.comment.as_deref().map(|text| sequence::comment_on(&serial.name, Some(text))));
    statements
}

fn to_identity(table: &ObjectName, identity: &Column, serial: &Sequence, aside: &ObjectName) -> Vec<String> {
    let mut statements = vec![rename(&serial.name, aside)];
    statements.extend(identity_added(table, identity, Some(Counter::Named(aside, &serial.options))));
    statements.push(format!("DROP SEQUENCE {}", qualified(aside)));
    statements
}

fn rename(from: &ObjectName, to: &ObjectName) -> String {
    format!("ALTER SEQUENCE {} RENAME TO {}", qualified(from), quote(&to.name))
}
