//! Sequences. What one has counted is data: it is altered in place, and never dropped and made again.

use super::renames::moves;
use super::{Planner, state};
use crate::dialect::postgres::{sequence, types::is_integer};
use crate::dialect::{literal, qualified};
use crate::diff::Change;
use crate::ir::{ObjectName, Sequence};
use crate::plan::Step;

impl Planner<'_> {
    /// A sequence that goes, or gets another owner, first loses the one it has: else it would go with it, and no down
    /// could bring it back. Under the former names.
    pub(super) fn release_sequences(&mut self) {
        for change in self.changes {
            match change {
                Change::DropSequence(old) if self.stays_with_what_is_kept(old) => {}
                Change::DropSequence(old) => self.own(&old.name.clone(), None),
                Change::AlterSequence { from, to } if from.owned_by != to.owned_by => {
                    let renamed = self.changes.iter().find_map(|change| match change {
                        Change::RenameSequence { from, to: new } if *new == to.name => Some(from),
                        _ => None,
                    });
                    self.own(renamed.unwrap_or(&to.name), None);
                }
                _ => {}
            }
        }
    }

    /// It is no longer in the schema, but still numbers what is kept.
    fn stays_with_what_is_kept(&self, sequence: &Sequence) -> bool {
        let owner = sequence.owned_by.as_ref();
        let is_kept =
            |(table, column): &(ObjectName, String)| self.kept.has_table(table) || self.kept.has_column(table, column);
        self.kept.has_sequence(&sequence.name) || owner.is_some_and(is_kept)
    }

    /// Once every owner is there.
    pub(super) fn own_sequences(&mut self) {
        for sequence in self.to.sequences.values().filter(|sequence| sequence.owned_by.is_some()) {
            self.own(&sequence.name, sequence.owned_by.as_ref());
        }
    }

    fn own(&mut self, name: &ObjectName, owner: Option<&(ObjectName, String)>) {
        let Some(now) = self.now.sequences.get_mut(name).filter(|now| now.owned_by.as_ref() != owner) else { return };
        let before = std::mem::replace(&mut now.owned_by, owner.cloned());
        let up = sequence::owned_by(name, owner);
        let down = sequence::owned_by(name, before.as_ref());
        let title = match owner {
            Some((table, column)) => format!("give sequence {name} to {table}.{column}"),
            None => format!("release sequence {name}"),
        };
        self.push(Step::schema(name, title, vec![up].into(), vec![down].into()));
    }

    /// After the tables: a sequence that is owned moves with its table to another schema.
    pub(super) fn rename_sequences(&mut self) {
        for change in self.changes {
            let Change::RenameSequence { from, to } = change else { continue };
            let moved = ObjectName { schema: to.schema.clone(), name: from.name.clone() };
            let from = if self.now.sequences.contains_key(from) { from } else { &moved };
            let (up, down) = moves("SEQUENCE", from, to);
            if !up.is_empty() {
                let title = format!("rename sequence {from} to {to}");
                self.push(Step::schema(to, title, up.into(), down.into()).hazard("H49"));
            }
            state::rename_sequence(&mut self.now, from, to);
        }
    }

    /// Before the tables, whose defaults use them.
    pub(super) fn new_sequences(&mut self) {
        for change in self.changes {
            match change {
                Change::CreateSequence(new) if !self.is_exchanged(new) => {
                    let down = format!("DROP SEQUENCE {}", qualified(&new.name));
                    let title = format!("create sequence {}", new.name);
                    self.push(Step::schema(&new.name, title, sequence::whole(new).into(), vec![down].into()));
                    self.now.sequences.insert(new.name.clone(), Sequence { owned_by: None, ..new.clone() });
                }
                Change::AlterSequence { from, to } => self.alter_sequence(from, to),
                _ => {}
            }
        }
    }

    fn alter_sequence(&mut self, from: &Sequence, to: &Sequence) {
        let name = &to.name;
        if let (Some(up), Some(down)) = (sequence::alter(from, to), sequence::alter(to, from)) {
            let title = format!("change sequence {name}");
            let step = Step::schema(name, title, vec![up].into(), vec![down].into());
            let bounded = format!("refused while the value of sequence {name} is out of its bounds");
            self.push(step.impact(bounded.clone()).impact(format!("down: {bounded}")));
        }
        if from.comment != to.comment {
            let comment = |of: &Sequence| vec![sequence::comment_on(name, of.comment.as_deref())];
            let title = format!("comment on sequence {name}");
            self.push(Step::schema(name, title, comment(to).into(), comment(from).into()));
        }
        if let Some(now) = self.now.sequences.get_mut(name) {
            *now = Sequence { owned_by: now.owned_by.take(), ..to.clone() };
        }
    }

    /// After the tables that used them.
    pub(super) fn drop_sequences(&mut self) {
        for change in self.changes {
            let Change::DropSequence(old) = change else { continue };
            if self.now.sequences.remove(&old.name).is_none() {
                continue;
            }
            let name = &old.name;
            if self.stays_with_what_is_kept(old) {
                self.keep_sequence(name);
                continue;
            }
            let mut down = sequence::whole(old);
            let rows = old.owned_by.as_ref().filter(|(table, column)| {
                self.now.tables.get(table).and_then(|table| table.column(column)).is_some_and(|it| is_integer(&it.ty))
            });
            let mut back = format!("down: sequence {name} starts again at {}", sequence::start(&old.options));
            if let Some((table, column)) = rows {
                down.push(sequence::go_on(&literal(&qualified(name)), (table, column), &old.options, None));
                back = format!("down: sequence {name} goes on after the highest {table}.{column}");
            }
            let up = format!("DROP SEQUENCE {}", qualified(name));
            let step = Step::schema(name, format!("drop sequence {name}"), vec![up].into(), down.into());
            let lost = format!("the value that sequence {name} has reached is lost");
            self.push(step.hazard("H47").hazard("H68").impact(lost).impact(back));
        }
    }
}
