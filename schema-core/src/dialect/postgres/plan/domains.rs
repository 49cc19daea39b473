//! Domains. What loosens one comes before rows change, what tightens it after: so a backfill can make them fit.
//!
//! PostgreSQL changes neither a domain's base type nor its collation, and can't look into arrays for a new check; for those
//! it is built anew.

use std::collections::BTreeSet;

use super::around::{Columns, around};
use super::removals::is_array;
use super::renames::temporary;
use super::{Planner, ordered_renames};
use crate::dialect::postgres::{cast, ddl};
use crate::dialect::{TypeChange, literal, parenthesised, qualified, quote};
use crate::diff::{Change, same_check};
use crate::ir::{Check, Column, Domain, ObjectName, Schema, SqlType};
use crate::plan::{Script, Step};

impl Planner<'_> {
    /// What the domain refuses no longer, and everything that rows don't see.
    pub(super) fn loosen_domains(&mut self) {
        for change in self.changes {
            let Change::AlterDomain { to, .. } = change else { continue };
            let Some(now) = self.now.domains.get(&to.name).cloned() else { continue };
            if is_rebuilt(&now, to) || tightens_elements(&self.now, &to.name, &now, to) {
                self.rebuild_domain(&now, to);
            } else {
                self.loosen_domain(&now, to);
            }
            if now.comment != to.comment {
                let comment = |of: &Domain| vec![comment_on(&of.name, of.comment.as_deref())];
                let title = format!("comment on domain {}", to.name);
                self.push(Step::schema(&to.name, title, comment(to).into(), comment(&now).into()));
            }
        }
    }

    fn loosen_domain(&mut self, now: &Domain, to: &Domain) {
        let name = &to.name;
        for check in now.checks.iter().filter(|check| replacement(check, &to.checks).is_none()) {
            let title = format!("drop check {} of domain {name}", check.name);
            let (up, down) = (drop_check(name, check), add_check(name, check));
            self.push(Step::schema(name, title, vec![up].into(), vec![down].into()).hazard("H26"));
        }
        let renamed = now.checks.iter().filter_map(|check| {
            replacement(check, &to.checks).filter(|new| *new != check.name).map(|new| (check.name.clone(), new))
        });
        let known: BTreeSet<&String> = now.checks.iter().chain(&to.checks).map(|check| &check.name).collect();
        for (old, new) in
            ordered_renames(renamed.collect(), |name| temporary(name, |text| !known.iter().any(|it| *it == text)))
        {
            let rename =
                |from: &str, to: &str| vec![alter(name, format!("RENAME CONSTRAINT {} TO {}", quote(from), quote(to)))];
            let title = format!("rename check {old} of domain {name} to {new}");
            self.push(Step::schema(name, title, rename(&old, &new).into(), rename(&new, &old).into()));
        }
        if now.default != to.default {
            let title = format!("change the default of domain {name}");
            let (up, down) = (set_default(to), set_default(now));
            self.push(Step::schema(name, title, vec![up].into(), vec![down].into()).hazard("H18"));
        }
        if now.not_null && !to.not_null {
            let title = format!("make domain {name} nullable");
            let (up, down) = (alter(name, "DROP NOT NULL"), alter(name, "SET NOT NULL"));
            let step = Step::schema(name, title, vec![up].into(), vec![down].into()).hazard("H11");
            self.push(step.impact(format!("down: refused while rows hold NULL in a column of domain {name}")));
        }
        let kept = now.checks.iter().filter_map(|check| {
            let name = replacement(check, &to.checks)?;
            Some(Check { name, ..check.clone() })
        });
        let loosened = Domain { checks: kept.collect(), not_null: now.not_null && to.not_null, ..to.clone() };
        self.now.domains.insert(name.clone(), loosened);
    }

    /// What the domain refuses from now on: PostgreSQL looks at every row.
    pub(super) fn tighten_domains(&mut self) {
        for change in self.changes {
            let Change::AlterDomain { to, .. } = change else { continue };
            let Some(now) = self.now.domains.insert(to.name.clone(), to.clone()) else { continue };
            let name = &to.name;
            for check in to.checks.iter().filter(|check| !now.checks.iter().any(|old| old.name == check.name)) {
                self.tighten_domain(name, check);
            }
            if to.not_null && !now.not_null {
                let title = format!("make domain {name} not null");
                let (up, down) = (alter(name, "SET NOT NULL"), alter(name, "DROP NOT NULL"));
                let step = Step::schema(name, title, vec![up].into(), vec![down].into()).hazard("H32");
                self.push(step.impact(format!("refused while rows hold NULL in a column of domain {name}")));
            }
        }
    }

    fn tighten_domain(&mut self, name: &ObjectName, check: &Check) {
        let is_apart = !check.not_valid && self.is_in_use(name);
        let new_only = if is_apart { ", for new values" } else { "" };
        let title = format!("add check {} to domain {name}{new_only}", check.name);
        let up = add_check(name, &Check { not_valid: check.not_valid || is_apart, ..check.clone() });
        let step = Step::schema(name, title, vec![up].into(), vec![drop_check(name, check)].into()).hazard("H32");
        if is_apart {
            self.unvalidated.push((name.clone(), check.name.clone()));
            self.push(step);
        } else {
            self.push(step.impact(refused(&check.name)));
        }
    }

    /// Whether a table may be busy that has columns of the domain.
    fn is_in_use(&self, name: &ObjectName) -> bool {
        self.columns_of(name).into_iter().any(|(table, _)| self.online.covers(table))
    }

    /// And now for the values that are there.
    pub(super) fn validate_domains(&mut self) {
        for (name, check) in std::mem::take(&mut self.unvalidated) {
            let title = format!("validate check {check} of domain {name}");
            let up = vec![alter(&name, format!("VALIDATE CONSTRAINT {}", quote(&check)))];
            let step = Step::schema(&name, title, up.into(), Script::default()).hazard("H32");
            self.push(Step { alone: true, ..step.impact(refused(&check)) });
        }
    }

    fn rebuild_domain(&mut self, now: &Domain, to: &Domain) {
        let goal = Domain { comment: now.comment.clone(), ..to.clone() };
        let (up, down) = (self.domain_rebuilt(now, &goal), self.domain_rebuilt(&goal, now));
        let title = match is_rebuilt(now, to) {
            true => format!("change domain {} to {}", to.name, to.ty),
            false => format!("build domain {} anew, since arrays hold it", to.name),
        };
        let mut step = Step::schema(&to.name, title, up.into(), down.into()).hazard("H14");
        for check in to.checks.iter().filter(|check| !check.not_valid && replacement(check, &now.checks).is_none()) {
            step = step.impact(refused(&check.name));
        }
        for (direction, from, to) in [("", now, to), ("down: ", to, now)] {
            let (from, to) = (self.base_type(&from.ty), self.base_type(&to.ty));
            if crate::dialect::postgres::types::change(&from, &to) == TypeChange::Narrowing {
                step = step.impact(format!("{direction}refused when a value does not fit {to}"));
            }
        }
        self.push(step);
        self.now.domains.insert(to.name.clone(), to.clone());
    }

    fn domain_rebuilt(&self, from: &Domain, to: &Domain) -> Vec<String> {
        let bases = |column: &Column| {
            let base = |ty: &SqlType| self.base_type(&within(&column.ty, ty));
            (base(&from.ty), base(&to.ty))
        };
        let guard = |table: &ObjectName, column: &Column| {
            let (old, new) = bases(column);
            cast::guard(table, &column.name, &old, &new)
        };
        let converted = |table: &ObjectName, column: &Column| {
            let (old, new) = bases(column);
            let using =
                cast::using(&column.name, &old, &new).map_or_else(String::new, |using| format!(" USING {using}"));
            ddl::alter_column(table, &column.name, format!("TYPE {}{using}", ddl::collated_type(column)))
        };
        let taken = |name: &ObjectName| self.now.domains.contains_key(name);
        self.built_anew("DOMAIN", &to.name, taken, whole(to), guard, converted)
    }

    /// A type made anew beside the old one, in one transaction: every column goes over to it, with what stands on the
    /// columns away meanwhile. `guard` is what is asserted of a column first, `converted` what carries it over.
    pub(super) fn built_anew(
        &self,
        keyword: &str,
        name: &ObjectName,
        taken: impl Fn(&ObjectName) -> bool,
        whole: Vec<String>,
        guard: impl Fn(&ObjectName, &Column) -> Option<String>,
        converted: impl Fn(&ObjectName, &Column) -> String,
    ) -> Vec<String> {
        let mut users = self.columns_of(name);
        let around = around(&self.now, &columns(&users));
        users.retain(|(table, column)| !around.replaced.get(*table).is_some_and(|names| names.contains(&column.name)));
        let aside = name.sibling(temporary(&name.name, |other| !taken(&name.sibling(other))));
        let defaults = |set: bool| {
            let with = users.iter().filter(|(_, column)| column.default.is_some());
            with.map(|(table, column)| ddl::set_default(table, &column.name, column.default.as_deref().filter(|_| set)))
                .collect::<Vec<_>>()
        };
        let mut statements: Vec<String> = users.iter().filter_map(|(table, column)| guard(table, column)).collect();
        statements.extend(around.before);
        statements.extend(defaults(false));
        statements.push(format!("ALTER {keyword} {} RENAME TO {}", qualified(name), quote(&aside.name)));
        statements.extend(whole);
        statements.extend(users.iter().map(|(table, column)| converted(table, column)));
        statements.extend(defaults(true));
        statements.push(format!("DROP {keyword} {}", qualified(&aside)));
        statements.extend(around.after);
        statements
    }

    /// A type with what its domains stand on in their place.
    pub(super) fn base_type(&self, ty: &SqlType) -> SqlType {
        crate::dialect::postgres::types::based(&self.now, ty)
    }

    /// Whether values are checked by a domain: PostgreSQL writes a table anew for a new column of it (HAZARDS.md row 9).
    pub(super) fn is_checked(&self, ty: &SqlType) -> bool {
        let SqlType::Named(name) = ty else { return false };
        let domain = self.now.domains.get(name);
        domain.is_some_and(|domain| domain.not_null || !domain.checks.is_empty() || self.is_checked(&domain.ty))
    }

    /// Columns of a type or of arrays of it; an inherited column changes with its parent's.
    pub(super) fn columns_of(&self, name: &ObjectName) -> Vec<(&ObjectName, &Column)> {
        columns_of(&self.now, name)
    }
}

/// Columns of a type or of arrays of it; an inherited column changes with its parent's.
pub(super) fn columns_of<'s>(schema: &'s Schema, name: &ObjectName) -> Vec<(&'s ObjectName, &'s Column)> {
    let mut found = Vec::new();
    for table in schema.tables.values() {
        let parents = || table.inherits.iter().filter_map(|parent| schema.tables.get(parent));
        let own = |column: &&Column| parents().all(|parent| parent.column(&column.name).is_none());
        let of_type = table.columns.iter().filter(|column| column.ty.named() == Some(name)).filter(own);
        found.extend(of_type.map(|column| (&table.name, column)));
    }
    found
}

fn columns(users: &[(&ObjectName, &Column)]) -> Columns {
    users.iter().fold(Columns::new(), |mut columns, (table, column)| {
        columns.entry((*table).clone()).or_default().insert(column.name.clone());
        columns
    })
}

/// The column's type with another one in the place of its domain.
fn within(ty: &SqlType, replaced: &SqlType) -> SqlType {
    match ty {
        SqlType::Array(element) => SqlType::Array(Box::new(within(element, replaced))),
        SqlType::Named(_) | SqlType::Builtin(_) => replaced.clone(),
    }
}

fn refused(check: &str) -> String {
    format!("refused while a row holds a value that {check} does not let in")
}

/// Whether PostgreSQL has no way to alter the domain in place.
pub(super) fn is_rebuilt(from: &Domain, to: &Domain) -> bool {
    from.ty != to.ty || from.collation != to.collation
}

/// Whether the domain refuses from now on what arrays may hold.
pub(super) fn tightens_elements(schema: &Schema, name: &ObjectName, from: &Domain, to: &Domain) -> bool {
    let is_new = |check: &Check| !check.not_valid && replacement(check, &from.checks).is_none();
    let tightens = to.not_null && !from.not_null || to.checks.iter().any(is_new);
    let mut columns = schema.tables.values().flat_map(|table| &table.columns);
    tightens && columns.any(|column| is_array(&column.ty) && column.ty.named() == Some(name))
}

/// The name under which a check stays.
fn replacement(check: &Check, new: &[Check]) -> Option<String> {
    let same = |other: &&Check| same_check(check, other);
    let by_name = new.iter().filter(|other| other.name == check.name).find(same);
    // One that bears the same name and says something else takes the place of the old one.
    let renamed = || new.iter().find(same).filter(|_| !new.iter().any(|other| other.name == check.name));
    by_name.or_else(renamed).map(|other| other.name.clone())
}

fn alter(name: &ObjectName, action: impl AsRef<str>) -> String {
    format!("ALTER DOMAIN {} {}", qualified(name), action.as_ref())
}

fn add_check(name: &ObjectName, check: &Check) -> String {
    let validity = if check.not_valid { " NOT VALID" } else { "" };
    alter(name, format!("ADD {}{validity}", check_definition(check)))
}

fn check_definition(check: &Check) -> String {
    format!("CONSTRAINT {} CHECK {}", quote(&check.name), parenthesised(&check.expression))
}

fn drop_check(name: &ObjectName, check: &Check) -> String {
    alter(name, format!("DROP CONSTRAINT {}", quote(&check.name)))
}

fn set_default(domain: &Domain) -> String {
    match &domain.default {
        Some(default) => alter(&domain.name, format!("SET DEFAULT {}", parenthesised(default))),
        None => alter(&domain.name, "DROP DEFAULT"),
    }
}

fn comment_on(name: &ObjectName, text: Option<&str>) -> String {
    format!("COMMENT ON DOMAIN {} IS {}", qualified(name), text.map_or_else(|| "NULL".to_owned(), literal))
}

/// CREATE DOMAIN with its comment. A check that isn't valid can't be part of it.
pub(super) fn whole(domain: &Domain) -> Vec<String> {
    let mut sql = format!("CREATE DOMAIN {} AS {}", qualified(&domain.name), ddl::type_name(&domain.ty));
    if let Some(collation) = &domain.collation {
        sql += &ddl::collate(collation);
    }
    if let Some(default) = &domain.default {
        sql += &format!(" DEFAULT {}", parenthesised(default));
    }
    if domain.not_null {
        sql += " NOT NULL";
    }
    for check in domain.checks.iter().filter(|check| !check.not_valid) {
        sql += &format!(" {}", check_definition(check));
    }
    let mut statements = vec![sql];
    statements.extend(domain.checks.iter().filter(|it| it.not_valid).map(|check| add_check(&domain.name, check)));
    statements.extend(domain.comment.as_deref().map(|text| comment_on(&domain.name, Some(text))));
    statements
}
