//! Tables that become partitions. Those in use are checked and indexed under weak locks first, so that ATTACH reads no row
//! and builds nothing (HAZARDS.md row 43).

use std::collections::BTreeSet;

use super::Planner;
use super::online::{backing_index, using_index};
use super::renames::free_name;
use super::state::{self, Item, ItemKind, items};
use super::work::TableWork;
use crate::dialect::postgres::{ddl, guard};
use crate::dialect::quote;
use crate::ir::{Check, Dialect, IndexTarget, ObjectName, PartitionOf, PartitionStrategy, Table};
use crate::objects::tokens::{Token, tokens};
use crate::plan::{Script, Step};

impl<'a> Planner<'a> {
    pub(super) fn attach(&mut self, work: &TableWork<'a>, of: &PartitionOf) {
        let kept: Vec<(Item, String)> =
            work.kept.iter().map(|(item, held)| (item.clone(), held.name.clone())).collect();
        let is_apart = self.online.covers(&work.new) && work.after.partition_by.is_none();
        let bounds = if is_apart { self.prepared(&work.new, of, &kept) } else { None };
        let [mut down, mut up] = self.detaching(&work.new, of, &kept);
        if is_apart {
            up.retain(|sql| !is_check(sql));
        }
        if let Some(check) = &bounds {
            up.push(ddl::drop_constraint(&work.new, &check.name));
            down.push(not_valid(&work.new, check));
        }
        let title = format!("attach {} to {} as a partition", work.new, of.parent);
        let is_checked = up.iter().any(|sql| is_check(sql));
        let step = Step::schema(&work.new, title, up.into(), down.into()).hazard("H43");
        let step = if is_checked { step.hazard("H24") } else { step };
        self.push(step.impact(format!("refused when rows of `{}` lie outside its bounds", work.new)));
        if let Some(table) = self.now.tables.get_mut(&work.new) {
            table.partition_of = Some(of.clone());
            for (_, held) in &work.kept {
                state::remove(table, held);
            }
        }
    }

    /// Everything that ATTACH would do under its lock; gives the check that stands for the bounds until then.
    fn prepared(&mut self, child: &ObjectName, of: &PartitionOf, kept: &[(Item, String)]) -> Option<Check> {
        let table = self.now.tables.get(child)?.clone();
        let missing = self.missing(&table, of, kept);
        let condition = self.now.tables.get(&of.parent).and_then(|parent| condition(parent, &of.bound));
        let bounds = condition.map(|condition| Check::new(self.free_check(&table, &missing), condition));
        let parents = missing.iter().flat_map(|(held, item)| held.checks.iter().filter(|it| it.name == item.name));
        let checks: Vec<Check> = parents.chain(&bounds).cloned().collect();
        for check in &checks {
            let title = format!("require {} of {child}, for new rows", check.name);
            let down = ddl::alter_table(child, format!("DROP CONSTRAINT IF EXISTS {}", quote(&check.name)));
            let step = Step::schema(child, title, vec![not_valid(child, check)].into(), vec![down].into());
            self.push(step.hazard("H43"));
        }
        for check in &checks {
            let title = format!("look at the rows of {child} for {}", check.name);
            let up = vec![guard::validated_check(&table, check)];
            let step = Step::schema(child, title, up.into(), Script::default()).hazard("H43");
            let refused = format!("refused while a row of `{child}` violates `{}`", check.name);
            self.push(Step { alone: true, ..step.impact(refused) });
        }
        for (held, item) in missing.iter().filter(|(_, item)| item.is_relation()) {
            self.index_for(held, item);
        }
        bounds
    }

    /// What the parents have and the child has not, each with a table of the child's name that has it.
    fn missing(&self, child: &Table, of: &PartitionOf, kept: &[(Item, String)]) -> Vec<(Table, Item)> {
        let own = items(child);
        let held = |ancestor: Table| Table { name: child.name.clone(), partition_by: None, ..ancestor };
        let ancestors = self.line(&of.parent).into_iter().map(held);
        let all = ancestors.flat_map(|held| items(&held).into_iter().map(move |item| (held.clone(), item)));
        let comes = |item: &Item| match item.kind {
            ItemKind::Check => !own.contains(item),
            ItemKind::PrimaryKey | ItemKind::Unique | ItemKind::Index => true,
            ItemKind::ForeignKey | ItemKind::Exclusion => false,
        };
        all.filter(|(_, item)| comes(item) && !kept.iter().any(|(known, _)| known == item)).collect()
    }

    fn free_check(&self, table: &Table, missing: &[(Table, Item)]) -> String {
        let own = items(table);
        let taken = own.iter().chain(missing.iter().map(|(_, item)| item)).map(|item| item.name.as_str());
        let taken: BTreeSet<&str> = taken.collect();
        free_name(&table.name.name, "bounds", |name| !taken.contains(name))
    }

    /// An index that the parent's takes over, with the key that stands on it where the parent has one.
    fn index_for(&mut self, held: &Table, item: &Item) {
        let Some(mut index) = backing_index(held, item) else { return };
        let taken = self.taken_relations();
        let stem = format!("{}_{}", held.name.name, index.name);
        index.name = free_name(&stem, "part", |name| !taken.contains(&held.name.sibling(name)));
        let child = &held.name;
        if index.unique {
            self.no_duplicates(held, &index);
        }
        self.build_index_to_be_taken(child, &index);
        if let Some(key) = using_index(held, item, &index.name) {
            let title = format!("add key {} to {child}", index.name);
            let down = ddl::alter_table(child, format!("DROP CONSTRAINT IF EXISTS {}", quote(&index.name)));
            let hazard = if item.kind == ItemKind::PrimaryKey { "H28" } else { "H27" };
            let up = vec![ddl::alter_table(child, key)];
            self.push(Step::schema(child, title, up.into(), vec![down].into()).hazard(hazard));
        }
    }
}

fn is_check(sql: &str) -> bool {
    sql.contains(" CHECK (")
}

fn not_valid(table: &ObjectName, check: &Check) -> String {
    ddl::add_constraint(table, &ddl::check(&Check { not_valid: true, ..check.clone() }))
}

/// What every row of a partition meets, as PostgreSQL can prove from a check of the same words; `None` for what takes more
/// than one column, an expression or a hash, and for the default partition.
fn condition(parent: &Table, bound: &str) -> Option<String> {
    let by = parent.partition_by.as_ref()?;
    let [key] = by.keys.as_slice() else { return None };
    let IndexTarget::Column(column) = &key.target else { return None };
    let column = quote(column);
    let tokens = tokens(Dialect::Postgres, bound).ok()?;
    let present = format!("{column} IS NOT NULL");
    match by.strategy {
        PartitionStrategy::List => {
            let values = list(bound, &tokens, "IN")?;
            let has_null = tokens.iter().any(|token| token.is("NULL"));
            (!has_null).then(|| format!("{present} AND {column} IN ({values})"))
        }
        PartitionStrategy::Range => {
            let ends = [(">=", list(bound, &tokens, "FROM")?), ("<", list(bound, &tokens, "TO")?)];
            let is_open = |value: &str| ["MINVALUE", "MAXVALUE"].iter().any(|word| value.eq_ignore_ascii_case(word));
            let limits = ends
                .iter()
                .filter(|(_, value)| !is_open(value))
                .map(|(sign, value)| format!("{column} {sign} {value}"));
            Some(std::iter::once(present).chain(limits).collect::<Vec<_>>().join(" AND "))
        }
        PartitionStrategy::Hash => None,
    }
}

/// The text within the parentheses behind a word.
fn list<'t>(text: &'t str, tokens: &[Token], word: &str) -> Option<&'t str> {
    let at = tokens.windows(2).position(|pair| matches!(pair, [a, b] if a.is(word) && b.is_symbol("(")))?;
    let (open, rest) = tokens.get(at + 1..)?.split_first()?;
    let mut depth = 1_usize;
    let close = rest.iter().find(|token| {
        depth += usize::from(token.is_symbol("("));
        depth -= usize::from(token.is_symbol(")"));
        depth == 0
    })?;
    text.get(open.end..close.start).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{IndexKey, PartitionBy};

    fn of(strategy: PartitionStrategy, bound: &str) -> Option<String> {
        let mut parent = Table::new(ObjectName::qualified("public", "log"));
        parent.partition_by = Some(PartitionBy { strategy, keys: vec![IndexKey::column("at")] });
        condition(&parent, bound)
    }

    #[test]
    fn bounds_are_told_as_a_check_would_say_them() {
        use PartitionStrategy::{Hash, List, Range};
        let said = |strategy, bound| of(strategy, bound).unwrap_or_default();
        assert_eq!(
            said(Range, "FOR VALUES FROM ('2024-01-01') TO (f('a)', 2))"),
            "\"at\" IS NOT NULL AND \"at\" >= '2024-01-01' AND \"at\" < f('a)', 2)"
        );
        assert_eq!(said(Range, "FOR VALUES FROM (MINVALUE) TO (5)"), "\"at\" IS NOT NULL AND \"at\" < 5");
        assert_eq!(said(List, "FOR VALUES IN ('a', 'b')"), "\"at\" IS NOT NULL AND \"at\" IN ('a', 'b')");
        for (strategy, bound) in [
            (List, "FOR VALUES IN ('a', NULL)"),
            (Hash, "FOR VALUES WITH (MODULUS 2, REMAINDER 0)"),
            (Range, "DEFAULT"),
            (Range, "FOR VALUES FROM (1"),
            (Range, "FOR VALUES FROM ('"),
        ] {
            assert_eq!(of(strategy, bound), None, "{bound}");
        }
    }
}
