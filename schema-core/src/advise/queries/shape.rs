//! What a statement reads, as far as its tokens say: which tables, by which conditions, in which order.
//!
//! What isn't understood is left out. The plans that a database makes decide what is a finding; this says what to try.

use super::condition::{Condition, Test, What, conditions, has_alternatives};
use super::nest::{Node, depth, nest, parts};
use crate::ir::{Column, ObjectName, Schema, Table};
use crate::objects::tokens::Token;

/// A table in FROM, by the name that it has there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relation<'a> {
    pub(super) table: &'a Table,
    pub(super) alias: String,
}

/// A SELECT, UPDATE or DELETE, of itself or within another statement.
#[derive(Clone, Debug, Default)]
pub(super) struct Block<'a> {
    pub(super) relations: Vec<Relation<'a>>,
    pub(super) conditions: Vec<Condition>,
    /// Relation, column and whether it descends; empty where it orders by anything else.
    pub(super) order: Vec<(usize, String, bool)>,
    pub(super) is_select: bool,
    pub(super) is_limited: bool,
    /// Its rows are counted or summed up into one, or into one a group.
    pub(super) is_aggregated: bool,
    /// One of several conditions must hold, and it says which rows.
    pub(super) has_alternatives: bool,
    /// `*` stands in its list.
    pub(super) has_star: bool,
    /// It is one part of a UNION or the like.
    pub(super) is_combined: bool,
    /// Whether the statement's rows are its rows.
    pub(super) is_outermost: bool,
}

/// Where names are looked up.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) schema: &'a Schema,
    pub(super) text: &'a str,
}

const STARTS: [&str; 5] = ["select", "values", "insert", "update", "delete"];
const COMBINE: [&str; 3] = ["union", "intersect", "except"];

/// Every block of a statement, the outermost first. What no person writes is left to the database: parentheses are gone
/// into by recursion.
pub(super) fn blocks<'a>(names: Names<'a>, tokens: &[Token]) -> Vec<Block<'a>> {
    const DEEP: usize = 200;
    let mut found = Vec::new();
    if depth(tokens) <= DEEP {
        statement(names, tokens, &[], true, &mut found);
    }
    found
}

fn statement<'a>(names: Names<'a>, tokens: &[Token], outer: &[String], outermost: bool, found: &mut Vec<Block<'a>>) {
    let nodes = nest(tokens);
    if let [Node::Group(inner, ..)] = nodes.as_slice() {
        return statement(names, inner, outer, outermost, found);
    }
    let start = nodes.iter().position(|node| node.is_any(&STARTS)).unwrap_or(nodes.len());
    let (with, main) = nodes.split_at_checked(start).unwrap_or((&nodes, &[]));
    let common = common_tables(with, outer);
    let conflict = main.iter().position(|node| node.is("conflict")).unwrap_or(main.len());
    let main = main.get(..conflict).unwrap_or_default();
    let combined = parts(main, |node| node.is_any(&COMBINE));
    for part in &combined {
        // INSERT .. SELECT: the rows are those of the SELECT.
        let select = part.iter().position(|node| node.is("select")).unwrap_or(0);
        let is_insert = part.first().is_some_and(|node| node.is("insert"));
        let mut block = block(names, part.get(select..).unwrap_or_default(), &common);
        block.is_combined = combined.len() > 1;
        block.is_outermost = outermost && !is_insert;
        found.push(block);
    }
    nodes.iter().filter_map(Node::group).for_each(|group| inner(names, group, &common, found));
}

/// Statements within parentheses, at whatever depth.
fn inner<'a>(names: Names<'a>, tokens: &[Token], common: &[String], found: &mut Vec<Block<'a>>) {
    if tokens.first().is_some_and(|first| first.is("with") || STARTS.iter().any(|word| first.is(word))) {
        statement(names, tokens, common, false, found);
    } else {
        nest(tokens).iter().filter_map(Node::group).for_each(|group| inner(names, group, common, found));
    }
}

/// The names that WITH gives.
fn common_tables(nodes: &[Node<'_>], outer: &[String]) -> Vec<String> {
    let mut names = outer.to_vec();
    if nodes.first().is_some_and(|node| node.is("with")) {
        let named = nodes.windows(2).filter(|pair| pair.iter().any(|node| node.is("as") || node.group().is_some()));
        names.extend(named.filter_map(|pair| pair.first()?.identifier()).map(str::to_lowercase));
    }
    names
}

/// The words at which a clause ends.
const CLAUSES: [&str; 14] = [
    "from",
    "where",
    "group",
    "having",
    "window",
    "order",
    "limit",
    "offset",
    "fetch",
    "for",
    "returning",
    "set",
    "using",
    "values",
];

/// What stands between the word and the next clause.
fn clause<'n, 'a>(nodes: &'n [Node<'a>], word: &str) -> Option<&'n [Node<'a>]> {
    let starts = |at: usize| {
        let before = |word: &str| at.checked_sub(1).and_then(|at| nodes.get(at)).is_some_and(|node| node.is(word));
        // IS DISTINCT FROM, WITHIN GROUP, JOIN .. USING
        let is_part =
            (before("distinct") && at > 1 && nodes.get(at - 2).is_some_and(|node| node.is_any(&["is", "not"])))
                || before("within")
                || (nodes.get(at).is_some_and(|node| node.is("using"))
                    && nodes.get(at + 1).is_some_and(|it| it.group().is_some()));
        !is_part
    };
    let start = (0..nodes.len()).find(|at| nodes.get(*at).is_some_and(|node| node.is(word)) && starts(*at))? + 1;
    let ends = |at: &usize| nodes.get(*at).is_some_and(|node| node.is_any(&CLAUSES)) && starts(*at);
    let end = (start..nodes.len()).find(ends).unwrap_or(nodes.len());
    nodes.get(start..end)
}

fn block<'a>(names: Names<'a>, nodes: &[Node<'_>], common: &[String]) -> Block<'a> {
    let is = |word: &str| nodes.first().is_some_and(|node| node.is(word));
    let mut block = Block { is_select: is("select"), ..Block::default() };
    let mut on = Vec::new();
    if is("update") {
        let target = nodes.iter().position(|node| node.is("set")).unwrap_or(nodes.len());
        from(names, nodes.get(1..target).unwrap_or_default(), common, &mut block, &mut on);
    }
    for word in ["from", "using"] {
        from(names, clause(nodes, word).unwrap_or_default(), common, &mut block, &mut on);
    }
    block.has_alternatives = clause(nodes, "where").is_some_and(has_alternatives);
    on.extend(clause(nodes, "where").map(<[Node<'_>]>::to_vec));
    let conditions: Vec<Condition> = on.iter().flat_map(|nodes| conditions(names, &block, nodes)).collect();
    block.conditions.extend(conditions);
    if block.is_select {
        let end = nodes.iter().position(|node| node.is("from")).unwrap_or(nodes.len());
        let list = nodes.get(1..end).unwrap_or_default();
        block.is_aggregated = nodes.iter().any(|node| node.is("group")) || aggregates(list);
        block.has_star = parts(list, |node| node.is_symbol(",")).into_iter().any(is_star);
        block.is_limited = nodes.iter().any(|node| node.is_any(&["limit", "fetch"]));
        block.order = clause(nodes, "order").and_then(|nodes| order(&block, nodes.get(1..)?)).unwrap_or_default();
    }
    block
}

fn is_star(item: &[Node<'_>]) -> bool {
    let item =
        if item.first().is_some_and(|node| node.is_any(&["distinct", "all"])) { item.get(1..) } else { Some(item) };
    match item {
        Some([star]) => star.is_symbol("*"),
        Some([.., dot, star]) => dot.is_symbol(".") && star.is_symbol("*"),
        _ => false,
    }
}

const AGGREGATES: [&str; 18] = [
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bool_and",
    "bool_or",
    "count",
    "every",
    "exists",
    "group_concat",
    "json_agg",
    "json_object_agg",
    "jsonb_agg",
    "jsonb_object_agg",
    "max",
    "min",
    "string_agg",
    "sum",
];

/// Over all rows: with OVER it is a value of each.
fn aggregates(list: &[Node<'_>]) -> bool {
    let calls = list.windows(2).enumerate().filter(
        |(_, pair)| matches!(pair, [name, arguments] if name.is_any(&AGGREGATES) && arguments.group().is_some()),
    );
    calls.into_iter().any(|(at, _)| !list.get(at + 2).is_some_and(|node| node.is_any(&["over", "filter"])))
        || list.first().is_some_and(|node| node.is("exists"))
}

const JOINS: [&str; 7] = ["join", "left", "right", "full", "inner", "cross", "natural"];

/// Reads a list of tables; what stands behind ON is kept for when all of them are known.
fn from<'a, 'n>(
    names: Names<'a>,
    nodes: &[Node<'n>],
    common: &[String],
    block: &mut Block<'a>,
    on: &mut Vec<Vec<Node<'n>>>,
) {
    for item in parts(nodes, |node| node.is_symbol(",") || node.is_any(&JOINS)) {
        let item = parts(item, |node| node.is_any(&["outer", "lateral", "only"])).concat();
        let (named, condition) = match item.iter().position(|node| node.is("on")) {
            Some(at) => (item.get(..at).unwrap_or_default(), item.get(at + 1..)),
            None => (item.as_slice(), None),
        };
        block.relations.extend(relation(names, named, common));
        on.extend(condition.map(<[Node<'n>]>::to_vec));
        block.conditions.extend(using(block, named));
    }
}

/// `JOIN .. USING (a, b)`: the columns of the table that was read last, and of those before it that have them.
fn using(block: &Block<'_>, nodes: &[Node<'_>]) -> Vec<Condition> {
    let at = nodes.iter().position(|node| node.is("using"));
    let Some(list) = at.and_then(|at| nodes.get(at + 1)?.group()) else { return Vec::new() };
    let names = list.iter().filter_map(Token::identifier);
    let of = |name: &str| {
        let columns = block.relations.iter().map(|it| named(it.table, name)).enumerate();
        let found: Vec<(usize, String)> = columns.filter_map(|(at, name)| Some((at, name?.to_owned()))).collect();
        let is_join = found.len() > 1;
        let equal =
            move |(relation, name)| Condition { relation, what: What::Column(name), test: Test::Equal, is_join: true };
        found.into_iter().filter(move |_| is_join).map(equal)
    };
    names.flat_map(of).collect()
}

/// A table's own spelling of a column.
fn named<'a>(table: &'a Table, name: &str) -> Option<&'a str> {
    let folds = table.name.schema.is_none();
    let is = |column: &&Column| column.name == name || (folds && column.name.eq_ignore_ascii_case(name));
    table.columns.iter().find(is).map(|column| column.name.as_str())
}

/// `[schema .] name [[AS] alias]`; `None` for what is no table of the schema.
fn relation<'a>(names: Names<'a>, nodes: &[Node<'_>], common: &[String]) -> Option<Relation<'a>> {
    let (parts, rest) = match nodes {
        [schema, dot, name, rest @ ..] if dot.is_symbol(".") => (vec![schema.identifier()?, name.identifier()?], rest),
        [name, rest @ ..] => (vec![name.identifier()?], rest),
        [] => return None,
    };
    let is_common = matches!(parts.as_slice(), [name] if common.contains(&name.to_lowercase()));
    if is_common || rest.first().is_some_and(|node| node.group().is_some()) {
        return None;
    }
    let table = table(names.schema, &parts)?;
    let rest = if rest.first().is_some_and(|node| node.is("as")) { rest.get(1..)? } else { rest };
    let given = rest.first().filter(|node| !node.is_any(&["using", "tablesample", "set", "indexed", "not"]));
    let alias = given.and_then(Node::identifier).map_or_else(|| table.name.name.clone(), str::to_owned);
    Some(Relation { table, alias })
}

/// The table that a query means by that name.
pub(super) fn table<'a>(schema: &'a Schema, parts: &[&str]) -> Option<&'a Table> {
    let is = |table: &&Table, name: &str| schema.dialect.same_name(&table.name.name, name);
    match parts {
        [name] => {
            let public = ObjectName::qualified("public", *name);
            schema.tables.get(&public).or_else(|| schema.tables.values().find(|table| is(table, name)))
        }
        [within, name] => {
            let is_there = |table: &&Table| table.name.schema.as_deref().is_none_or(|schema| schema == *within);
            schema.tables.values().find(|table| is(table, name) && is_there(table))
        }
        _ => None,
    }
}

fn order(block: &Block<'_>, nodes: &[Node<'_>]) -> Option<Vec<(usize, String, bool)>> {
    let key = |key: &[Node<'_>]| {
        let nulls = key.iter().position(|node| node.is_any(&["asc", "desc", "nulls"])).unwrap_or(key.len());
        let (relation, column) = block.column(key.get(..nulls)?)?;
        // An index has its NULLs where the database puts them by itself.
        let rest = key.get(nulls..).unwrap_or_default();
        (!rest.iter().any(|node| node.is("nulls"))).then(|| (relation, column, rest.iter().any(|node| node.is("desc"))))
    };
    parts(nodes, |node| node.is_symbol(",")).into_iter().map(key).collect()
}

impl Block<'_> {
    /// The column that these nodes name, and nothing else.
    pub(super) fn column(&self, nodes: &[Node<'_>]) -> Option<(usize, String)> {
        let (alias, name) = match nodes {
            [name] => (None, name.identifier()?),
            [alias, dot, name] if dot.is_symbol(".") => (Some(alias.identifier()?), name.identifier()?),
            _ => return None,
        };
        let mut found = self.relations.iter().enumerate().filter_map(|(at, relation)| {
            let is_meant = alias.is_none_or(|alias| relation.alias.eq_ignore_ascii_case(alias));
            let column = relation.table.columns.iter().find(|column| {
                column.name == name || (relation.table.name.schema.is_none() && column.name.eq_ignore_ascii_case(name))
            });
            is_meant.then_some(())?;
            Some((at, column?.name.clone()))
        });
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }
}
