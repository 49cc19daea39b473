//! PostgreSQL's steps, in an order in which each finds what it needs.
//!
//! 1. What goes or must step aside goes under the former names: foreign keys, indexes, constraints, generated
//!    columns, defaults of enum columns. So a down brings each back where its text is valid.
//! 2. Renames, through free temporary names where they form a cycle (BUGS.md B09).
//! 3. Enums, domains, composite types, sequences, new tables, columns, owners of sequences. Rows are filled in between, in files of their own.
//! 4. Generated columns, constraints and indexes, then foreign keys, once every table is there (BUGS.md B25).
//! 5. On tables that are in use, builds of indexes and checks of rows, which take their time under weak locks.
//! 6. Columns, tables, sequences, types and namespaces that go: late, so that a backfill can still read them, and that
//!    releases which know them go on until then. Before 5 where a view steps aside, or a name passes on.
//!
//! Around all of it are the objects that SQL text defines.

mod additions;
mod around;
mod attach;
mod columns;
mod composites;
mod domains;
mod enums;
mod exchange;
mod family;
mod fill;
mod identity;
mod keep;
mod kept_labels;
mod objects;
mod online;
mod partitioned;
mod removals;
mod renames;
mod repartition;
mod replaced;
mod sequences;
mod settings;
mod state;
mod turnover;
mod unsettled;
mod wanted;
mod work;

pub(crate) use fill::is_volatile;
pub(crate) use identity::is_exchanged;

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::Finding;
use crate::diff::{Change, diff};
use crate::ir::{Column, ObjectName, Schema, Table};
use crate::model::Intents;
use crate::plan::Step;
use exchange::Exchange;
use keep::Kept;
use objects::{ObjectWork, Stage};
use online::Online;
use repartition::Remade;
use replaced::Leaning;
use state::Item;
use turnover::Turnover;
use wanted::Wanted;
use work::TableWork;

/// The steps that lead from one schema to another.
///
/// # Errors
/// What PostgreSQL can't do.
pub fn steps(from: &Schema, to: &Schema, changes: &[Change], intents: &Intents) -> Result<Vec<Step>, Vec<Finding>> {
    let mut refusals = composites::refusals(from, to, changes);
    refusals.extend(repartition::refusals(changes));
    refusals.extend(keep::refusals(from, to, changes, intents));
    refusals.extend(kept_labels::refusals(from, to, changes, intents));
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let (from, to) = (from.expanded(), to.expanded());
    let (from, to) = (&*from, &*to);
    let remade = repartition::remade(from, to, changes);
    if remade.is_empty() {
        let exchanged = exchange::steps((from, to), changes, intents);
        let in_place =
            || ordered_steps((from, from.clone()), to, changes, intents, remade, Vec::new()).map(Ordered::all);
        return exchanged.unwrap_or_else(in_place);
    }
    let refusals = exchange::refusals_in_one_transaction((from, to), changes, intents);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let aside = repartition::aside(from, &remade);
    let changes = diff(&aside, to, &repartition::other_renames(changes, &remade));
    ordered_steps((&aside, from.clone()), to, &changes, intents, remade, Vec::new()).map(Ordered::all)
}

/// Steps in their order.
struct Ordered {
    steps: Vec<Step>,
    /// What goes for good where its end is marked, and what comes after it.
    end: Vec<Step>,
}

impl Ordered {
    fn all(mut self) -> Vec<Step> {
        self.steps.append(&mut self.end);
        self.steps
    }
}

/// `now` is the schema as it is, `from` as it is once the tables that are made anew are aside.
fn ordered_steps(
    (from, now): (&Schema, Schema),
    to: &Schema,
    changes: &[Change],
    intents: &Intents,
    remade: Vec<Remade>,
    exchanges: Vec<Exchange>,
) -> Result<Ordered, Vec<Finding>> {
    let tables: Vec<TableWork<'_>> = work::collect(from, to, changes).into_values().collect();
    // What is partitioned anew takes one transaction, and recipes take several.
    let online = if remade.is_empty() { Online::new(&tables, intents) } else { Online::default() };
    let objects = ObjectWork::new(from, to, changes, &tables, &online);
    let wanted = Wanted::new(to);
    // What is partitioned anew takes one transaction; and a view that steps aside shall not be away between two files, nor
    // a name that passes from one to another.
    let marks_contracts =
        !intents.plain && remade.is_empty() && !objects.come_back() && !passes_names_on(&tables, &wanted, changes);
    let mut planner = Planner {
        to,
        changes,
        intents,
        turnover: Turnover::of(from, to, changes),
        now,
        tables,
        kept: Kept::of(from, changes, intents),
        objects,
        remade,
        exchanges,
        online,
        wanted,
        marks_contracts,
        replaced: Vec::new(),
        leaning: Vec::new(),
        unvalidated: Vec::new(),
        required: BTreeSet::new(),
        dropped_keys: BTreeSet::new(),
        dropped_indexes: BTreeSet::new(),
        steps: Vec::new(),
    };
    planner.tables.sort_by_cached_key(|work| to.depth(&work.new));
    planner.drop_indexes_online();
    planner.keep_keys_until_replaced();
    planner.keep_unique_keys_until_replaced();
    planner.objects_aside();
    planner.make_places_for_kept();
    planner.remade_aside();
    planner.release_sequences();
    planner.leave_parents();
    planner.release_replica_identities();
    planner.removals();
    planner.renames();
    planner.make_objects(Stage::First);
    planner.rename_sequences();
    planner.enums();
    planner.make_objects(Stage::BeforeDomains);
    planner.new_types();
    planner.new_sequences();
    planner.make_objects(Stage::Early);
    planner.new_tables(false);
    planner.columns_that_come();
    planner.loosen_leaving_columns();
    planner.columns();
    planner.tighten_domains();
    planner.own_sequences();
    planner.set_defaults_again();
    planner.rebound();
    planner.new_tables(true);
    planner.join_parents();
    planner.take_rows_over();
    planner.logging();
    planner.validations();
    planner.new_constraints();
    planner.settings();
    planner.comments();
    let mut end_at = None;
    if planner.marks_contracts {
        planner.finish_online();
        end_at = Some(planner.steps.len());
        planner.end();
    } else {
        // What stepped aside shall not be away while indexes are built.
        planner.end();
        planner.finish_online();
    }
    planner.make_objects(Stage::Last);
    let refusals = repartition::refusals_of_steps(&planner.remade, &planner.steps);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let mut steps = planner.steps;
    let end = end_at.map_or_else(Vec::new, |at| steps.split_off(at));
    Ok(Ordered { steps, end })
}

/// Whether something goes whose name something new gets.
fn passes_names_on(tables: &[TableWork<'_>], wanted: &Wanted<'_>, changes: &[Change]) -> bool {
    let of_tables = changes.iter().any(|change| matches!(change, Change::DropTable(table) if wanted.is_held_by(table)));
    let column_again =
        |work: &TableWork<'_>| removals::dropped_columns(work).any(|column| work.after.column(&column.name).is_some());
    of_tables || tables.iter().any(column_again)
}

struct Planner<'a> {
    to: &'a Schema,
    changes: &'a [Change],
    intents: &'a Intents,
    /// The schema as the steps so far leave it.
    now: Schema,
    turnover: Turnover<'a>,
    tables: Vec<TableWork<'a>>,
    kept: Kept,
    objects: ObjectWork<'a>,
    /// Tables that are made anew.
    remade: Vec<Remade>,
    /// Columns that are filled from others.
    exchanges: Vec<Exchange>,
    online: Online,
    wanted: Wanted<'a>,
    /// Whether what ends a release's ground gets files of its own.
    marks_contracts: bool,
    /// Indexes and keys whose place new ones take, by the tables' new names, under the names that they have until then.
    replaced: Vec<(ObjectName, Item)>,
    /// Foreign keys that lean on such keys, and change over with them.
    leaning: Vec<Leaning>,
    /// Checks of domains that hold for new values only, until the rows are looked at.
    unvalidated: Vec<(ObjectName, String)>,
    /// Columns for which a check stands until they are NOT NULL.
    required: BTreeSet<(ObjectName, String)>,
    /// Foreign keys that went, by the new names of their tables and columns (HAZARDS.md row 30).
    dropped_keys: BTreeSet<(ObjectName, Vec<String>)>,
    /// Indexes that went and serve no query until they are built again (row 38).
    dropped_indexes: BTreeSet<ObjectName>,
    steps: Vec<Step>,
}

impl<'a> Planner<'a> {
    /// What goes for good, and what comes once it is gone.
    fn end(&mut self) {
        self.final_removals();
        self.make_objects(Stage::Late);
    }

    fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    fn column_now(&self, table: &ObjectName, name: &str) -> Option<Column> {
        self.now.tables.get(table)?.column(name).cloned()
    }

    fn exchange(&self, table: &ObjectName, column: &str) -> Option<&Exchange> {
        self.exchanges.iter().find(|exchange| exchange.is_for(table, column))
    }

    fn backfill(&self, table: &ObjectName, column: &str) -> Option<&'a str> {
        let key = (table.clone(), column.to_owned());
        self.intents.backfills.get(&key).map(|placed| placed.value.as_str())
    }

    /// Names of relations that are in use, or will be.
    fn taken_relations(&self) -> BTreeSet<ObjectName> {
        let tables = [&self.now, self.to].into_iter().flat_map(|schema| schema.tables.values());
        tables.flat_map(relation_names).collect()
    }

    /// The tables in work; they are put back by the caller.
    fn take_tables(&mut self) -> Vec<TableWork<'a>> {
        std::mem::take(&mut self.tables)
    }
}

/// Names of relations in use, by schema: tables and indexes share them.
fn relation_names(table: &Table) -> impl Iterator<Item = ObjectName> + '_ {
    let items = state::items(table).into_iter().filter(state::Item::is_relation);
    std::iter::once(table.name.clone()).chain(items.map(|item| table.name.sibling(item.name)))
}

/// `users.email`, for titles.
fn dotted(table: &ObjectName, part: &str) -> String {
    format!("{table}.{part}")
}

/// The order of renames within one set of names, each former name once, so that no step takes a name in use. A cycle
/// opens with a step aside to a temporary name.
fn ordered_renames<K: Ord + Clone>(mut pending: BTreeMap<K, K>, temporary: impl Fn(&K) -> K) -> Vec<(K, K)> {
    let mut ordered = Vec::new();
    while let Some((first, _)) = pending.first_key_value() {
        let mut chain = vec![first.clone()];
        let mut is_cycle = false;
        while let Some(next) =
            chain.last().and_then(|last| pending.get(last)).filter(|next| pending.contains_key(*next))
        {
            is_cycle = chain.first() == Some(next);
            if chain.contains(next) {
                break;
            }
            chain.push(next.clone());
        }
        let mut moves: Vec<(K, K)> = chain.into_iter().rev().filter_map(|key| pending.remove_entry(&key)).collect();
        if is_cycle && let Some((start, end)) = moves.pop() {
            let aside = temporary(&start);
            ordered.push((start, aside.clone()));
            moves.push((aside, end));
        }
        ordered.append(&mut moves);
    }
    ordered
}

#[cfg(test)]
mod tests;
