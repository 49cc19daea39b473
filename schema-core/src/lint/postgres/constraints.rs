//! Constraints of tables in use, and of domains.

use crate::ir::ObjectName;
use crate::lint::history::Known;
use crate::lint::judge::Judge;
use crate::lint::statement::{AlterTable, Constraint, ConstraintKind, DomainEdit, Edit, Kind, Named, Space};

pub(super) fn add(judge: &mut Judge<'_>, table: &ObjectName, start: usize, constraint: &Constraint) {
    match &constraint.kind {
        ConstraintKind::Check { .. } if !constraint.not_valid => {
            judge.say_at(start, "H24", format!("`{table}` is shut while all its rows are read"));
        }
        ConstraintKind::NotNull { column } if !constraint.not_valid => {
            let message = format!("`{table}` is shut while all its rows are read for a NULL in `{column}`");
            judge.say_at(start, "H10", message);
        }
        ConstraintKind::ForeignKey { columns, parent, .. } => {
            foreign_key(judge, table, start, (columns, parent), constraint.not_valid);
        }
        ConstraintKind::Key { primary, using: None, .. } => {
            let code = if *primary { "H28" } else { "H27" };
            judge.say_at(start, code, format!("`{table}` is shut while the key's index is built"));
        }
        ConstraintKind::Key { primary: true, using: Some(index), .. } => {
            if let Some(column) = nullable_column(judge, table, index) {
                let message = format!("`{table}` is shut while all its rows are read for a NULL in `{column}`");
                judge.say_at(start, "H28", message);
            }
        }
        ConstraintKind::Exclusion => {
            judge.say_at(start, "H29", format!("`{table}` is shut while the constraint's index is built"));
        }
        _ => {}
    }
}

/// A column of the index that is known to take NULL.
fn nullable_column(judge: &Judge<'_>, table: &ObjectName, index: &str) -> Option<String> {
    let known = judge.history.index(&table.sibling(index))?;
    let takes_null = |column: &&String| {
        judge.history.column(table, column).is_some_and(|known| known.type_text.is_some() && !known.not_null)
    };
    known.leading.iter().find(takes_null).cloned()
}

fn foreign_key(
    judge: &mut Judge<'_>,
    table: &ObjectName,
    start: usize,
    (columns, parent): (&[String], &ObjectName),
    not_valid: bool,
) {
    let went = judge.history.key_went(table, columns);
    match went {
        _ if not_valid && judge.history.is_partitioned(table) => {
            let message = format!("before PostgreSQL 18 it is refused: `{table}` is partitioned");
            judge.say_at(start, "H22", message);
        }
        Some(0) if !not_valid => {
            let message = format!("`{table}` and `{parent}` take no writes while every row is checked anew");
            judge.say_at(start, "H30", message);
        }
        Some(files) if files > 0 => {
            let message = format!("since the file that dropped the foreign key, orphans could come into `{table}`");
            judge.say_at(start, "H30", message);
        }
        _ if !not_valid => {
            let message = format!("`{table}` and `{parent}` take no writes while every row of `{table}` is checked");
            judge.say_at(start, "H20", message);
        }
        _ => {}
    }
    without_an_index(judge, table, start, columns, parent);
    if judge.in_transaction && judge.before().any(|kind| is_another_key(judge, kind, table, parent)) {
        let message = format!(
            "this file locks `{table}` and `{parent}` while it holds the locks of another foreign key: two such files can deadlock"
        );
        judge.say_at(start, "H25", message);
    }
}

/// Whether the statement adds or drops a foreign key between other tables than these.
fn is_another_key(judge: &Judge<'_>, kind: &Kind, table: &ObjectName, parent: &ObjectName) -> bool {
    let Kind::AlterTable(alter) = kind else { return false };
    alter.actions.iter().any(|action| match &action.edit {
        Edit::AddConstraint(Constraint { kind: ConstraintKind::ForeignKey { parent: other, .. }, .. }) => {
            let others = [&alter.name, other].into_iter().filter(|name| judge.in_use(name));
            others.into_iter().any(|name| name != table && name != parent)
        }
        _ => false,
    })
}

/// Deletes of parent rows would read the whole table.
pub(super) fn without_an_index(
    judge: &mut Judge<'_>,
    table: &ObjectName,
    start: usize,
    columns: &[String],
    parent: &ObjectName,
) {
    let last = judge.last;
    let (child, by_now) = last.called_by_now(judge.history, table, columns);
    let (of, _) = last.called_by_now(judge.history, parent, &[]);
    let stays = last.foreign_keys(&child).any(|(own, other)| own == by_now && *other == of);
    if stays && last.is_known_whole(&child) && !last.is_indexed(&child, &by_now, None) {
        let columns = columns.join("`, `");
        judge.say_at(
            start,
            "H23",
            format!("each delete in `{parent}` reads all of `{table}`: no index starts with `{columns}`"),
        );
    }
}

/// The table is empty and nobody else's, but what it refers to is in use.
pub(super) fn add_to_new(judge: &mut Judge<'_>, table: &ObjectName, start: usize, constraint: &Constraint) {
    let ConstraintKind::ForeignKey { columns, parent, .. } = &constraint.kind else { return };
    without_an_index(judge, table, start, columns, parent);
    if judge.in_use(parent) && parent != table {
        judge.say_at(start, "H55", format!("`{parent}` takes no writes until the file has run"));
    }
}

pub(in crate::lint) fn drop(judge: &mut Judge<'_>, table: &ObjectName, start: usize, named: &Named, cascade: bool) {
    if cascade {
        let message = format!("CASCADE drops the foreign keys that stand on `{}`, unnamed", named.name);
        judge.say_at(start, "H48", message);
    }
    let known = judge.history.constraint(table, named).cloned();
    if known.as_ref().is_some_and(|known| is_spent(judge, table, known) || is_doubled(judge, table, named, known))
        || stood_for_bounds(judge, table, known.as_ref())
        || comes_again(judge, table, named, known.as_ref())
    {
        return;
    }
    let what = known.map_or("it may be all that refuses", |known| refuses(&known.kind));
    judge.say_at(start, "H26", format!("{what} wrong rows in `{table}`"));
}

/// Whether it is a check of a table that the file makes a partition, which refuses other rows from then on.
fn stood_for_bounds(judge: &Judge<'_>, table: &ObjectName, known: Option<&Known>) -> bool {
    let is_check = known.is_none_or(|known| matches!(known.kind, ConstraintKind::Check { .. }));
    let attaches = |edit: &Edit| matches!(edit, Edit::Attach { child } if child == table);
    let joins = |kind: &Kind| matches!(kind, Kind::AlterTable(alter) if alter.actions.iter().any(|action| attaches(&action.edit)));
    is_check && judge.before().any(joins)
}

/// Whether another foreign key refuses the same orphans; that it is not validated yet matters to no new row.
fn is_doubled(judge: &Judge<'_>, table: &ObjectName, named: &Named, known: &Known) -> bool {
    let ConstraintKind::ForeignKey { columns, parent, .. } = &known.kind else { return false };
    let mut others = judge.history.table(table).into_iter().flat_map(|table| table.constraints.others(named));
    others.any(|it| {
        matches!(&it.kind, ConstraintKind::ForeignKey { columns: own, parent: of, .. } if own == columns && of == parent)
    })
}

fn refuses(kind: &ConstraintKind) -> &'static str {
    match kind {
        ConstraintKind::Check { .. } | ConstraintKind::NotNull { .. } => "the check refused",
        ConstraintKind::ForeignKey { .. } => "the foreign key refused orphans, and goes under the lock of both tables:",
        ConstraintKind::Key { .. } => "the key refused duplicates:",
        ConstraintKind::Exclusion => "the exclusion refused",
    }
}

/// Whether it says what NOT NULL says by now.
fn is_spent(judge: &Judge<'_>, table: &ObjectName, known: &Known) -> bool {
    let ConstraintKind::Check { not_null: Some(column) } = &known.kind else { return false };
    judge.history.column(table, column).is_some_and(|column| column.not_null)
}

/// Whether one of that name comes, or in this file a foreign key of the same columns.
fn comes_again(judge: &Judge<'_>, table: &ObjectName, named: &Named, known: Option<&Known>) -> bool {
    let space = named.space.or(known.map(|known| Space::of(&known.kind)));
    let columns = known.and_then(|known| match &known.kind {
        ConstraintKind::ForeignKey { columns, .. } => Some(columns),
        _ => None,
    });
    let is_it = |constraint: &Constraint| {
        let same_key =
            matches!(&constraint.kind, ConstraintKind::ForeignKey { columns: own, .. } if Some(own) == columns);
        let same_space = space.is_none_or(|space| space == Space::of(&constraint.kind));
        (constraint.name.as_ref() == Some(&named.name) && same_space) || same_key
    };
    let (by_now, _) = judge.last.called_by_now(judge.history, table, &[]);
    if judge.last.constraint(&by_now, &Named { space, name: named.name.clone() }).is_some() {
        return true;
    }
    let own = judge.statements.get(judge.at).map(|statement| &statement.kind);
    let mut others = judge.in_transaction.then(|| judge.after()).into_iter().flatten().chain(own);
    others.any(|kind| {
        let Kind::AlterTable(AlterTable { name, actions, .. }) = kind else { return false };
        name == table && actions.iter().any(|action| matches!(&action.edit, Edit::AddConstraint(added) if is_it(added)))
    })
}

pub(super) fn validate(judge: &mut Judge<'_>, table: &ObjectName, start: usize, name: &str) {
    if !judge.in_transaction {
        return;
    }
    let is_added_here =
        judge.history.constraint(table, &Named::any(name)).is_some_and(|known| known.file == judge.history.file);
    let is_locked = judge
        .before()
        .any(|kind| matches!(kind, Kind::AlterTable(alter) if alter.name == *table && !only_validates(alter)));
    if is_added_here || is_locked {
        let message = format!("`{table}` stays locked by what came before in this file while all its rows are read");
        judge.say_at(start, "H21", message);
    }
}

fn only_validates(alter: &AlterTable) -> bool {
    alter.actions.iter().all(|action| matches!(action.edit, Edit::Validate { .. }))
}

pub(super) fn alter_domain(judge: &mut Judge<'_>, name: &ObjectName, change: &DomainEdit) {
    if judge.history.is_new_object(name) {
        return;
    }
    let read = format!("tables that use `{name}` take no writes while all their rows are read");
    match change {
        DomainEdit::AddConstraint { not_valid: false } => judge.say("H32", read),
        DomainEdit::SetNotNull => judge.say("H32", read),
        DomainEdit::DropNotNull => judge.say("H11", format!("the running release may not expect NULL in a `{name}`")),
        DomainEdit::RenameTo { .. }
            if !judge.after().any(|kind| matches!(kind, Kind::Create(it) if it.name == *name)) =>
        {
            judge.say("H52", format!("the running release still says `{name}`"));
        }
        DomainEdit::DropConstraint { name: constraint } => {
            judge.say("H26", format!("`{constraint}` refused wrong values of `{name}`"));
        }
        _ => {}
    }
}
