//! What holds for a table as a whole, and constraints that come to hold for every row.

use super::Planner;
use super::removals::{drop_item_sql, item_sql};
use super::state::{ItemKind, items};
use super::work::TableWork;
use crate::dialect::postgres::ddl;
use crate::dialect::quote;
use crate::diff::Part;
use crate::ir::{ObjectName, ReplicaIdentity};
use crate::plan::Step;

impl Planner<'_> {
    /// A replica identity whose index goes or steps aside.
    pub(super) fn release_replica_identities(&mut self) {
        let tables = self.take_tables();
        for work in &tables {
            let Some(table) = self.now.tables.get_mut(&work.old) else { continue };
            let Some(ReplicaIdentity::Index(name)) = &table.replica_identity else { continue };
            if work.drop.iter().any(|item| item.is_relation() && item.name == *name) {
                let former = table.replica_identity.take();
                self.set_replica_identity(&work.old, former.as_ref(), None);
            }
        }
        self.tables = tables;
    }

    fn set_replica_identity(
        &mut self,
        table: &ObjectName,
        from: Option<&ReplicaIdentity>,
        to: Option<&ReplicaIdentity>,
    ) {
        let (up, down) = (ddl::replica_identity(table, to), ddl::replica_identity(table, from));
        let title = format!("set the replica identity of {table}");
        self.push(Step::schema(table, title, vec![up].into(), vec![down].into()));
    }

    /// Tables become UNLOGGED or LOGGED. A logged table can't refer to an unlogged one: so what others refer to
    /// becomes logged before them, and unlogged after them.
    pub(super) fn logging(&mut self) {
        let tables = self.take_tables();
        let mut pending: Vec<(&ObjectName, bool)> = Vec::new();
        for work in &tables {
            pending.extend(work.parts.iter().filter_map(|part| match part {
                Part::SetUnlogged(unlogged) => Some((&work.new, *unlogged)),
                _ => None,
            }));
        }
        while !pending.is_empty() {
            let waits = |(table, unlogged): &(&ObjectName, bool)| {
                let others = pending.iter().filter(|(other, kind)| other != table && kind == unlogged);
                others
                    .into_iter()
                    .any(|(other, _)| if *unlogged { self.refers(other, table) } else { self.refers(table, other) })
            };
            let at = pending.iter().position(|table| !waits(table)).unwrap_or(0);
            let (table, unlogged) = pending.remove(at);
            self.set_unlogged(table, unlogged);
        }
        self.tables = tables;
    }

    fn refers(&self, from: &ObjectName, to: &ObjectName) -> bool {
        self.now.tables.get(from).is_some_and(|table| table.foreign_keys.iter().any(|key| key.references == *to))
    }

    fn set_unlogged(&mut self, table: &ObjectName, unlogged: bool) {
        let set = |unlogged: bool| vec![ddl::alter_table(table, if unlogged { "SET UNLOGGED" } else { "SET LOGGED" })];
        let title = format!("make {table} {}", if unlogged { "unlogged" } else { "logged" });
        let step = Step::schema(table, title, set(unlogged).into(), set(!unlogged).into()).hazard("H53");
        let direction = if unlogged { "" } else { "down: " };
        self.push(step.impact(format!("{direction}the rows of `{table}` do not outlive a crash of the server")));
    }

    /// Everything else, once constraints and indexes stand.
    pub(super) fn settings(&mut self) {
        let tables = self.take_tables();
        for work in &tables {
            for part in work.parts {
                self.setting(work, part);
            }
            let now = self.now.tables.get(&work.new).and_then(|table| table.replica_identity.clone());
            if now != work.after.replica_identity {
                self.set_replica_identity(&work.new, now.as_ref(), work.after.replica_identity.as_ref());
            }
        }
        self.tables = tables;
    }

    fn setting(&mut self, work: &TableWork<'_>, part: &Part) {
        let table = &work.new;
        let (title, up, down) = match part {
            Part::SetStorage { from, to } => {
                let set = |from: &_, to: &_| storage(table, from, to);
                (format!("set storage parameters of {table}"), set(from, to), set(to, from))
            }
            Part::SetRowSecurity(on) => {
                let set = |on| vec![ddl::row_security(table, on)];
                (
                    format!("{} row level security of {table}", if *on { "enable" } else { "disable" }),
                    set(*on),
                    set(!on),
                )
            }
            Part::ForceRowSecurity(on) => {
                let set = |on| vec![ddl::force_row_security(table, on)];
                let who = if *on { "bind the owner of" } else { "no longer bind the owner of" };
                (format!("{who} {table} by row level security"), set(*on), set(!on))
            }
            _ => return,
        };
        let guards = matches!(part, Part::SetRowSecurity(_) | Part::ForceRowSecurity(_));
        let step = Step::schema(table, title, up.into(), down.into());
        self.push(if guards { step.hazard("H54") } else { step });
    }

    /// Constraints that were NOT VALID. Nothing takes the word back, so the down makes them anew.
    pub(super) fn validations(&mut self) {
        let tables = self.take_tables();
        for work in &tables {
            for part in work.parts {
                let Part::Validate(name) = part else { continue };
                let Some(now) = self.now.tables.get(&work.new) else { continue };
                let Some(item) = items(now).into_iter().find(|item| item.name == *name && !item.is_relation()) else {
                    continue;
                };
                if work.add.contains(&item) {
                    continue;
                }
                let down = std::iter::once(drop_item_sql(&work.new, &item)).chain(item_sql(now, &item));
                let down: Vec<String> = down.collect();
                let up = ddl::alter_table(&work.new, format!("VALIDATE CONSTRAINT {}", quote(name)));
                let title = format!("validate {name} of {}", work.new);
                let hazard = if item.kind == ItemKind::ForeignKey { "H20" } else { "H24" };
                let step = Step::schema(&work.new, title, vec![up].into(), down.into()).hazard(hazard);
                let step = step.impact(format!("refused when a row violates `{name}`"));
                // No lock of another step is held while the rows are read (HAZARDS.md row 21).
                self.push(Step { alone: true, ..step });
            }
        }
        self.tables = tables;
    }
}

type Settings = std::collections::BTreeMap<String, String>;

fn storage(table: &ObjectName, from: &Settings, to: &Settings) -> Vec<String> {
    let set: Settings =
        to.iter().filter(|(name, value)| from.get(*name) != Some(value)).map(|(a, b)| (a.clone(), b.clone())).collect();
    let reset: Vec<&str> = from.keys().filter(|name| !to.contains_key(*name)).map(String::as_str).collect();
    let mut statements = Vec::new();
    if !set.is_empty() {
        statements.push(ddl::alter_table(table, format!("SET ({})", ddl::settings(&set))));
    }
    if !reset.is_empty() {
        statements.push(ddl::alter_table(table, format!("RESET ({})", reset.join(", "))));
    }
    statements
}
