//! Columns whose values move to another column while the table is in use (HAZARDS.md rows 13 and 14).
//!
//! A change of type that writes every row anew would hold the strongest lock meanwhile. So a second column is added, a
//! trigger keeps it in step, rows are filled in batches, its indexes and constraints are built beside the present ones,
//! and in one instant the two change places. The way back does the same, with the types the other way round: what leads
//! from the new column back to the old one is planned as its own change, and runs inverted.

mod schemas;
mod swap;
mod sync;

use std::collections::{BTreeMap, BTreeSet};

use super::state::{Item, ItemKind, items, parts_of};
use super::{Ordered, ordered_steps, repartition};
use crate::decl::AllowCode;
use crate::diag::Finding;
use crate::dialect::postgres::types::{change_in, is_integer};
use crate::dialect::postgres::{ddl, mention};
use crate::dialect::{TypeChange, qualified};
use crate::diff::{Change, Part, Renames, TableChange, diff};
use crate::ir::{Column, ForeignKey, ObjectName, ReplicaIdentity, Schema, SqlType, Table, Use};
use crate::kept;
use crate::model::{Allow, Intents};
use crate::plan::Step;

/// A column whose values move into another one.
#[derive(Clone)]
pub(super) struct Exchange {
    /// The table's new name.
    table: ObjectName,
    from: Column,
    to: Column,
    /// The new column's name until they change places.
    incoming: String,
    /// The old column's name from then on.
    outgoing: String,
    /// Constraints and indexes of the table, before and after.
    known: BTreeSet<String>,
    /// What rows get where the old column holds NULL.
    backfill: Option<String>,
    kept: Option<Kept>,
}

/// The former values stay beside the new ones, until they are purged.
#[derive(Clone)]
struct Kept {
    /// The column's name meanwhile.
    aside: String,
    /// Whether it is this column that comes back from there.
    returns: bool,
}

impl Exchange {
    /// The type changes, and no release knows the column by two names.
    fn retyped(change: &TableChange, from: &Column, to: &Column, intents: &Intents) -> Self {
        let taken: BTreeSet<&String> =
            [&change.from, &change.to].into_iter().flat_map(|it| &it.columns).map(|it| &it.name).collect();
        let free = |word| super::renames::free_name(&to.name, word, |name| !taken.contains(&name.to_owned()));
        let aside = is_kept(&change.to, to, intents).then(|| kept::name(intents.head, &to.name));
        let kept = aside.map(|aside| Kept { aside, returns: false });
        Self { incoming: free("new"), outgoing: free("old"), kept, ..Self::renamed(change, from, to, intents) }
    }

    /// Both names live until the last release that knows the former one is gone.
    fn renamed(change: &TableChange, from: &Column, to: &Column, intents: &Intents) -> Self {
        Self {
            table: change.to.name.clone(),
            from: from.clone(),
            to: to.clone(),
            incoming: to.name.clone(),
            outgoing: from.name.clone(),
            known: [&change.from, &change.to].into_iter().flat_map(items).map(|item| item.name).collect(),
            backfill: stated(intents, &change.to.name, &to.name),
            kept: None,
        }
    }

    fn reversed(&self) -> Self {
        Self {
            table: self.table.clone(),
            from: self.to.clone(),
            to: self.from.clone(),
            incoming: self.outgoing.clone(),
            outgoing: self.incoming.clone(),
            known: self.known.clone(),
            backfill: None,
            kept: self.kept.clone().map(|kept| Kept { returns: !kept.returns, ..kept }),
        }
    }

    fn is_of(&self, table: &ObjectName, column: &str) -> bool {
        self.table == *table && self.to.name == column
    }

    /// What its values are called while they are kept, on the way there.
    fn leaves_for(&self) -> Option<&str> {
        self.kept.as_ref().filter(|kept| !kept.returns).map(|kept| kept.aside.as_str())
    }

    /// And on the way back.
    fn returns_from(&self) -> Option<&str> {
        self.kept.as_ref().filter(|kept| kept.returns).map(|kept| kept.aside.as_str())
    }
}

/// The columns that are exchanged, and how their items are called meanwhile.
pub(super) struct Exchanges {
    columns: Vec<Exchange>,
    /// Behind the names of what is to come, and of what has been.
    words: (&'static str, &'static str),
}

/// The steps with columns exchanged; `None` where none is.
pub(super) fn steps(
    (from, to): (&Schema, &Schema),
    changes: &[Change],
    intents: &Intents,
) -> Option<Result<Vec<Step>, Vec<Finding>>> {
    match Exchanges::of(from, to, changes, intents) {
        Ok(exchanges) => exchanges.map(|exchanges| exchanges.steps((from, to), changes, intents)),
        Err(findings) => Some(Err(findings)),
    }
}

/// What is asked for that takes several transactions, where a table is partitioned in another way in one.
pub(super) fn refusals_in_one_transaction(
    schemas: (&Schema, &Schema),
    changes: &[Change],
    intents: &Intents,
) -> Vec<Finding> {
    let obstacle = "a table is partitioned in another way by the same change, which takes one transaction";
    let online = renamed(changes, intents).map(|(change, _, new)| cannot_be_online(change, new, obstacle, intents));
    let kept = retyped(schemas, changes).filter(|(change, _, new)| is_kept(&change.to, new, intents));
    online.chain(kept.map(|(change, _, new)| cannot_keep(change, new, obstacle, intents))).collect()
}

impl Exchanges {
    /// A column that changes its type in place where it must; a rename that was asked to be online is refused then.
    fn of(from: &Schema, to: &Schema, changes: &[Change], intents: &Intents) -> Result<Option<Self>, Vec<Finding>> {
        let is_in_use = |change: &TableChange| !intents.plain && !intents.small.contains(&change.to.name);
        let renamed = renamed(changes, intents).filter(|(change, ..)| is_in_use(change)).collect::<Vec<_>>();
        let is_renamed = |table: &ObjectName, name: &str| {
            renamed.iter().any(|(it, _, new)| it.to.name == *table && new.name == name)
        };
        let mut findings = Vec::new();
        let mut columns = Vec::new();
        for (change, old, new) in &renamed {
            match (Candidate { schemas: (from, to), changes, change, from: old, to: new }).obstacle() {
                None => columns.push(Exchange::renamed(change, old, new, intents)),
                Some(obstacle) => findings.push(cannot_be_online(change, new, &obstacle, intents)),
            }
        }
        for (change, old, new) in retyped((from, to), changes) {
            let candidate = Candidate { schemas: (from, to), changes, change, from: old, to: new };
            let keeps = is_kept(&change.to, new, intents);
            let obstacle = if is_renamed(&change.to.name, &new.name) {
                Some("it is renamed `online`, and lives on under its former name".to_owned())
            } else if is_in_use(change) || keeps {
                candidate.obstacle()
            } else {
                Some("the plain form is wanted".to_owned())
            };
            match obstacle {
                None => columns.push(Exchange::retyped(change, old, new, intents)),
                Some(obstacle) if keeps => findings.push(cannot_keep(change, new, &obstacle, intents)),
                Some(_) => {}
            }
        }
        let all: Vec<_> = retyped((from, to), changes).map(|(it, old, new)| (&it.to.name, old, new)).collect();
        while let Some(at) =
            columns.iter().position(|it| !it.is_rename() && has_partner_left_behind(it, &columns, &all, to))
        {
            let left = columns.remove(at);
            let change = retyped((from, to), changes).find(|(it, _, new)| left.is_of(&it.to.name, &new.name));
            if let Some((change, _, new)) = change.filter(|_| left.kept.is_some()) {
                let obstacle = "a foreign key pairs it with a column that gets another type in place";
                findings.push(cannot_keep(change, new, obstacle, intents));
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        Ok((!columns.is_empty()).then_some(Self { columns, words: ("new", "old") }))
    }

    fn reversed(&self) -> Self {
        Self { columns: self.columns.iter().map(Exchange::reversed).collect(), words: (self.words.1, self.words.0) }
    }

    fn steps(
        &self,
        (from, to): (&Schema, &Schema),
        changes: &[Change],
        intents: &Intents,
    ) -> Result<Vec<Step>, Vec<Finding>> {
        let plan_by = |intents: &Intents, from: &Schema, to: &Schema, renames: &Renames, columns: &[Exchange]| {
            let changes = diff(from, to, renames);
            ordered_steps((from, from.clone()), to, &changes, intents, Vec::new(), columns.to_vec())
        };
        let plan = |from: &Schema, to: &Schema, renames: &Renames, columns: &[Exchange]| {
            plan_by(intents, from, to, renames, columns).map(Ordered::all)
        };
        let unnamed = Renames::default();
        let back = self.reversed();
        let before = self.before(from, to, changes);
        let after = schemas::with_types_of(to, &before, &before);
        let ends = (&before, &after);
        let renames = repartition::renames(changes);
        let goes_last = !self.is_referred_to_by_what_goes(changes);
        // By then nothing has the new names that come with the columns; at the end everything has.
        let first = plan_by(&self.under_former_names(intents), from, &before, &renames, &[])?;
        let (mut steps, end) = match goes_last {
            true => (first.steps, plan_by(intents, from, &before, &renames, &[])?.end),
            false => (first.all(), Vec::new()),
        };
        steps.extend(self.columns.iter().filter_map(Exchange::look_ahead));
        let there = plan(&before, &self.expanded(&before, &after, ends), &unnamed, &self.columns)?;
        steps.extend(self.forgiving(there, &after, ends));
        let mut last = vec![self.swap(&before, &after, &back)];
        let way_back = plan(&after, &back.expanded(&after, &before, ends), &unnamed, &back.columns)?;
        last.extend(back.inverted(back.forgiving(way_back, &before, ends)));
        last.extend(plan(&after, to, &unnamed, &[])?);
        let contract = self.contract();
        steps.extend(last.into_iter().map(|step| Step { contract: contract.clone(), ..step }));
        steps.extend(end);
        Ok(steps)
    }

    /// Whether a table that goes has a foreign key to a column that changes places, so that it must go first.
    fn is_referred_to_by_what_goes(&self, changes: &[Change]) -> bool {
        let renamed = |name: &ObjectName| {
            changes.iter().find_map(|change| match change {
                Change::RenameTable { from, to } if from == name => Some(to.clone()),
                _ => None,
            })
        };
        let mut gone = changes.iter().filter_map(|change| match change {
            Change::DropTable(table) => Some(table),
            _ => None,
        });
        gone.any(|table| {
            table.foreign_keys.iter().any(|key| {
                let target = renamed(&key.references).unwrap_or_else(|| key.references.clone());
                self.columns.iter().any(|it| it.table == target && key.referenced_columns.contains(&it.from.name))
            })
        })
    }

    /// What rows get, said by the former names of columns that two releases know.
    fn under_former_names(&self, intents: &Intents) -> Intents {
        let mut names: BTreeMap<&ObjectName, BTreeMap<String, String>> = BTreeMap::new();
        for it in self.columns.iter().filter(|it| it.is_rename()) {
            names.entry(&it.table).or_default().insert(it.to.name.clone(), it.from.name.clone());
        }
        let mut intents = intents.clone();
        let rename = |table: &ObjectName, text: &mut String| {
            if let Some(renamed) = names.get(table).and_then(|names| mention::renamed(text, names)) {
                *text = renamed;
            }
        };
        intents.backfills.iter_mut().for_each(|((table, _), value)| rename(table, &mut value.value));
        for allow in &mut intents.allows {
            if let Some(restore) = &mut allow.restore {
                rename(&allow.object, restore);
            }
        }
        intents
    }

    /// What must be gone before the columns change places.
    fn contract(&self) -> Option<String> {
        let renamed = self.columns.iter().filter(|it| it.is_rename());
        let names: Vec<String> = renamed.map(|it| format!("`{}.{}`", it.table, it.from.name)).collect();
        (!names.is_empty()).then(|| format!("releases that know {} must be gone before", names.join(", ")))
    }

    /// The old column and all over it go as the columns change places, so that what drops them must bear that they are
    /// gone.
    fn forgiving(&self, steps: Vec<Step>, target: &Schema, ends: (&Schema, &Schema)) -> Vec<Step> {
        let columns = self.columns.iter().map(|it| (ddl::drop_column(&it.table, &it.incoming), "DROP COLUMN "));
        let items = target.tables.values().flat_map(|table| {
            let checks = self.not_null_checks(&table.name, ends);
            let checks = checks.into_iter().map(|(_, check)| (ItemKind::Check, check.name));
            let touched = self.touched(table).into_iter();
            let twins = touched.map(|item| (item.kind, schemas::twin_name(ends, &table.name, &item, self.words.0)));
            let of = |(kind, name): (ItemKind, String)| match kind {
                ItemKind::ForeignKey | ItemKind::Check => {
                    (ddl::drop_constraint(&table.name, &name), "DROP CONSTRAINT ")
                }
                _ => {
                    let name = qualified(&table.name.sibling(&name));
                    (format!("DROP INDEX CONCURRENTLY {name}"), "DROP INDEX CONCURRENTLY ")
                }
            };
            checks.chain(twins).map(of).collect::<Vec<_>>()
        });
        let forgiving: BTreeMap<String, String> = columns
            .chain(items)
            .map(|(drop, words)| (drop.clone(), drop.replacen(words, &format!("{words}IF EXISTS "), 1)))
            .collect();
        let replace = |statement: String| forgiving.get(&statement).cloned().unwrap_or(statement);
        let steps = steps.into_iter().map(|mut step| {
            step.down.statements = step.down.statements.into_iter().map(replace).collect();
            step
        });
        steps.collect()
    }

    /// The steps of the way back, as they stand in the way there.
    fn inverted(&self, steps: Vec<Step>) -> Vec<Step> {
        let inverted = |step: Step| {
            let added = |it: &&Exchange| step.up.statements.contains(&ddl::add_column(&it.table, &it.newcomer()));
            let put_aside = self.columns.iter().find(added).and_then(Exchange::put_aside);
            put_aside.unwrap_or_else(|| step.inverted())
        };
        steps.into_iter().rev().map(inverted).collect()
    }

    /// The column that takes the place of a table's column.
    fn at(&self, table: &ObjectName, column: &str) -> Option<&Exchange> {
        self.columns.iter().find(|it| it.table == *table && it.to.name == column)
    }

    fn names(&self, table: &ObjectName) -> BTreeSet<String> {
        self.columns.iter().filter(|it| it.table == *table).map(|it| it.to.name.clone()).collect()
    }

    /// What of a table is over a column that comes, or refers to one.
    fn touched(&self, table: &Table) -> Vec<Item> {
        let own = self.names(&table.name);
        let refers = |key: &ForeignKey| key.referenced_columns.iter().any(|it| self.at(&key.references, it).is_some());
        let is_touched = |item: &Item| is_over(table, item, &own) || key_of(table, item).is_some_and(refers);
        items(table).into_iter().filter(is_touched).collect()
    }
}

/// Columns of plain tables that get another type, at the price of every row written anew.
fn retyped<'a>(
    (from, to): (&'a Schema, &'a Schema),
    changes: &'a [Change],
) -> impl Iterator<Item = (&'a TableChange, &'a Column, &'a Column)> {
    let tables = changes.iter().filter_map(|change| match change {
        Change::AlterTable(change) => Some(change),
        _ => None,
    });
    let altered = tables.flat_map(|change| {
        change.parts.iter().filter_map(move |part| match part {
            Part::AlterColumn { from, to } => Some((change, from, to)),
            _ => None,
        })
    });
    altered.filter(move |(_, old, new)| {
        matches!(change_in((from, &old.ty), (to, &new.ty)), TypeChange::Rewrite | TypeChange::Narrowing)
    })
}

/// Whether a foreign key pairs the column with one that gets another type in place, so that for a while the two could not
/// be compared. Integers can.
fn has_partner_left_behind(
    exchange: &Exchange,
    all: &[Exchange],
    retyped: &[(&ObjectName, &Column, &Column)],
    to: &Schema,
) -> bool {
    let keys = to.tables.values().flat_map(|table| table.foreign_keys.iter().map(move |key| (table, key)));
    let pairs = keys.flat_map(|(table, key)| {
        let referenced = key.referenced_columns.iter().map(|it| (&key.references, it));
        key.columns.iter().map(|it| (&table.name, it)).zip(referenced)
    });
    let own = (&exchange.table, &exchange.to.name);
    let mut partners = pairs.filter_map(|(a, b)| if a == own { Some(b) } else { (b == own).then_some(a) });
    partners.any(|(table, column)| {
        let is_exchanged = all.iter().any(|it| (&it.table, &it.to.name) == (table, column));
        let changed = retyped.iter().find(|(it, _, new)| (*it, &new.name) == (table, column));
        changed.is_some_and(|(_, old, new)| {
            !is_exchanged && ![&old.ty, &new.ty, &exchange.from.ty, &exchange.to.ty].into_iter().all(is_integer)
        })
    })
}

/// Columns of which two releases know each its own name.
fn renamed<'a>(
    changes: &'a [Change],
    intents: &'a Intents,
) -> impl Iterator<Item = (&'a TableChange, &'a Column, &'a Column)> {
    let tables = changes.iter().filter_map(|change| match change {
        Change::AlterTable(change) => Some(change),
        _ => None,
    });
    tables.flat_map(|change| {
        let online = change
            .renamed_columns
            .iter()
            .filter(|(_, new)| intents.online.contains(&(change.to.name.clone(), new.clone())));
        online.filter_map(move |(old, new)| Some((change, change.from.column(old)?, change.to.column(new)?)))
    })
}

fn cannot_be_online(change: &TableChange, column: &Column, obstacle: &str, intents: &Intents) -> Finding {
    let key = (change.to.name.clone(), column.name.clone());
    let place = intents.column_renames.get(&key).and_then(|placed| placed.place.clone());
    let message = format!("table `{}`: column `{}` can't be renamed online: {obstacle}", change.to.name, column.name);
    Finding::error(place, message)
        .help("leave out `online`: the rename is an instant, and breaks the releases that know the former name")
        .help("or keep the column's name: `#[column(name = \"..\")]`, or `#[sqlx(rename = \"..\")]`, on the new field")
}

/// Whether the source wants the former values back one day.
fn is_kept(table: &Table, column: &Column, intents: &Intents) -> bool {
    let is_it = |allow: &&Allow| allow.object == table.name && allow.part.as_deref() == Some(&column.name);
    intents.allows.iter().filter(is_it).any(|allow| allow.code == AllowCode::NarrowType && allow.keep)
}

fn cannot_keep(change: &TableChange, column: &Column, obstacle: &str, intents: &Intents) -> Finding {
    let is_it = |allow: &&Allow| allow.object == change.to.name && allow.part.as_deref() == Some(&column.name);
    let place = intents.allows.iter().filter(is_it).find(|allow| allow.keep).and_then(|allow| allow.place.clone());
    let message =
        format!("table `{}`: column `{}` can't keep its former values: {obstacle}", change.to.name, column.name);
    Finding::error(place, message).help("leave `keep` out: the down then converts the values that are there")
}

fn stated(intents: &Intents, table: &ObjectName, column: &str) -> Option<String> {
    intents.backfills.get(&(table.clone(), column.to_owned())).map(|placed| placed.value.clone())
}

fn is_over(table: &Table, item: &Item, columns: &BTreeSet<String>) -> bool {
    let (named, expressions) = parts_of(table, item);
    named.iter().any(|name| columns.contains(*name)) || expressions.iter().any(|it| mention::is_over(it, columns))
}

fn key_of<'a>(table: &'a Table, item: &Item) -> Option<&'a ForeignKey> {
    let is_key = item.kind == ItemKind::ForeignKey;
    table.foreign_keys.iter().find(|key| is_key && key.name == item.name)
}

/// A column that may be exchanged.
struct Candidate<'a> {
    schemas: (&'a Schema, &'a Schema),
    changes: &'a [Change],
    change: &'a TableChange,
    from: &'a Column,
    to: &'a Column,
}

impl Candidate<'_> {
    /// Why it is not.
    fn obstacle(&self) -> Option<String> {
        let reasons: [fn(&Self) -> Option<String>; 8] = [
            Self::names_of_others,
            Self::family,
            Self::numbering,
            Self::other_definitions,
            Self::unsettled_type,
            Self::users,
            Self::unreadable_expression,
            Self::incomparable,
        ];
        reasons.into_iter().find_map(|reason| reason(self))
    }

    fn tables(&self) -> [&Table; 2] {
        [&self.change.from, &self.change.to]
    }

    fn former(&self) -> &str {
        let renamed = self.change.renamed_columns.iter().find(|(_, new)| *new == self.to.name);
        renamed.map_or(&self.to.name, |(old, _)| old)
    }

    /// The column's former and present name.
    fn names(&self) -> BTreeSet<String> {
        [self.former().to_owned(), self.to.name.clone()].into()
    }

    /// Both names live at once, so neither may be another column's.
    fn names_of_others(&self) -> Option<String> {
        let (before, after) = (self.change.from.column(&self.to.name), self.change.to.column(&self.from.name));
        let lives_twice = self.from.name != self.to.name;
        (lives_twice && (before.is_some() || after.is_some()))
            .then(|| "one of its two names is another column's, before or after".to_owned())
    }

    /// Partitions and children would have to follow, and foreign keys of partitioned tables have no online form.
    fn family(&self) -> Option<String> {
        let is_plain = |schema: &Schema, table: &Table| {
            table.partition_by.is_none()
                && table.parents().next().is_none()
                && schema.descendants(&table.name).is_empty()
        };
        let refers = |table: &Table| table.foreign_keys.iter().any(|key| key.references == self.change.to.name);
        let to = self.schemas.1;
        let plain = is_plain(to, &self.change.to)
            && is_plain(self.schemas.0, &self.change.from)
            && to.tables.values().filter(|table| refers(table)).all(|table| is_plain(to, table));
        (!plain).then(|| "the table is part of a partitioned or inherited one, or one of these refers to it".to_owned())
    }

    /// Between an identity and a serial the counter has to move too.
    fn numbering(&self) -> Option<String> {
        let owned = |schema: &Schema, table: &ObjectName, column: &str| {
            schema.sequences.values().any(|it| it.owned_by.as_ref().is_some_and(|(t, c)| t == table && c == column))
        };
        let numbers = (
            (self.from.identity.is_some(), self.is_owned_before()),
            (self.to.identity.is_some(), owned(self.schemas.1, &self.change.to.name, &self.to.name)),
        );
        (numbers.0 != numbers.1).then(|| "rows are numbered in another way from now on".to_owned())
    }

    fn is_owned_before(&self) -> bool {
        let table = self.changes.iter().find_map(|change| match change {
            Change::RenameTable { from, to } if *to == self.change.to.name => Some(from),
            _ => None,
        });
        let owner = (table.unwrap_or(&self.change.to.name).clone(), self.former().to_owned());
        self.schemas.0.sequences.values().any(|it| it.owned_by.as_ref() == Some(&owner))
    }

    /// Generated columns and exclusion constraints have no online form; the others are rare.
    fn other_definitions(&self) -> Option<String> {
        let names = self.names();
        let is_generated = self.from.generated.is_some() || self.to.generated.is_some();
        let mut columns = self.tables().into_iter().flat_map(|table| &table.columns);
        let is_source =
            columns.any(|it| it.generated.as_ref().is_some_and(|it| mention::mentions(&it.expression, &names)));
        let is_excluded = self.tables().into_iter().any(|table| {
            let excluded = items(table).into_iter().filter(|item| item.kind == ItemKind::Exclusion);
            excluded.into_iter().any(|item| is_over(table, &item, &names))
        });
        let identifies = self.tables().into_iter().any(|table| {
            let over = items(table).into_iter().filter(|item| is_over(table, item, &names));
            over.into_iter().any(|item| table.replica_identity == Some(ReplicaIdentity::Index(item.name)))
        });
        (is_generated || is_source || is_excluded || identifies)
            .then(|| "generated columns, exclusion constraints or the replica identity are over it".to_owned())
    }

    fn unsettled_type(&self) -> Option<String> {
        let named: Vec<&ObjectName> = [&self.from.ty, &self.to.ty].into_iter().filter_map(SqlType::named).collect();
        let mut changed = self.changes.iter().filter_map(|change| match change {
            Change::RenameType { to, .. } => Some(to),
            Change::AlterEnum { to, .. } => Some(&to.name),
            _ => None,
        });
        let is_enum = |name: &&ObjectName| {
            [self.schemas.0, self.schemas.1].into_iter().any(|schema| schema.enums.contains_key(*name))
        };
        (changed.any(|name| named.contains(&name)) || !named.iter().all(is_enum))
            .then(|| "its type is a domain or composite type, or changes too".to_owned())
    }

    /// Views and triggers bind to the column itself, not to its name.
    fn users(&self) -> Option<String> {
        let tables = self.tables().map(|table| (table, self.names()));
        let former = self.changes.iter().find_map(|change| match change {
            Change::RenameTable { from, to } if *to == self.change.to.name => Some(from.clone()),
            _ => None,
        });
        let named: BTreeSet<ObjectName> = [self.change.to.name.clone()].into_iter().chain(former).collect();
        let items: BTreeSet<String> = tables
            .iter()
            .flat_map(|(table, names)| items(table).into_iter().filter(|item| is_over(table, item, names)))
            .map(|item| item.name)
            .collect();
        let uses = |used: &Use| match used {
            Use::Column(table, column) => named.contains(table) && self.names().contains(column),
            Use::Part(table, part) => named.contains(table) && items.contains(part),
            _ => false,
        };
        let mut objects = [self.schemas.0, self.schemas.1].into_iter().flat_map(|schema| schema.objects.values());
        objects.find(|object| object.uses.iter().any(uses)).map(|object| format!("{} uses it", object.id))
    }

    /// Which of two names was written is told by comparing.
    fn incomparable(&self) -> Option<String> {
        let is_json = |column: &Column| matches!(&column.ty, SqlType::Builtin(text) if text == "json" || text == "xml");
        let is_renamed = self.from.name != self.to.name;
        (is_renamed && (is_json(self.from) || is_json(self.to)))
            .then(|| "values of its type can't be compared".to_owned())
    }

    /// Expressions whose text does not tell which of their words are the column.
    fn unreadable_expression(&self) -> Option<String> {
        let names = BTreeMap::from_iter(self.names().into_iter().map(|name| (name.clone(), format!("{name}_"))));
        let is_readable = |text: &str| mention::renamed(text, &names).is_some();
        let of = |table: &Table| {
            let texts = items(table)
                .into_iter()
                .flat_map(|item| parts_of(table, &item).1.into_iter().map(str::to_owned).collect::<Vec<_>>());
            texts.collect::<Vec<_>>()
        };
        let mut texts = self.tables().into_iter().flat_map(of);
        texts.find(|text| !is_readable(text)).map(|text| format!("`{text}` can't be read"))
    }
}
