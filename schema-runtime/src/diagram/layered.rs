//! Tables that foreign keys connect, in layers from left to right: referenced tables left of those that refer to them.

use std::collections::{BTreeMap, BTreeSet};

use dagre::graph::{Graph, GraphOptions};
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankDir, Ranker, layout};

use super::layout::{Group, Rect};
use super::pack::Size;
use super::picture::{End, Link};
use super::settle::settle;

/// Between boxes of one layer.
pub(super) const BETWEEN: f64 = 28.0;
/// Between layers: room for curves and the marks at their ends.
const LAYERS: f64 = 110.0;
/// Between lines that pass through a layer.
pub(super) const LINES: f64 = 12.0;
/// From this number of connected tables on, quick ways are taken: no frames within, and of a table's lines only the shortest
/// has a place of its own; the others run behind the boxes. All of them would take minutes.
const MANY: usize = 400;

/// Tables with their places.
pub(super) struct Layered {
    pub(super) boxes: BTreeMap<usize, Rect>,
    /// By the link's number: the heights at which it passes the layers between its ends, with the layer's left and right.
    pub(super) passes: BTreeMap<usize, Vec<Pass>>,
    /// By the box: left and right of its layer, within which lines to it are straight.
    pub(super) layers: BTreeMap<usize, Pass>,
    pub(super) groups: Vec<Group>,
    pub(super) size: Size,
}

/// A line straight through a layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) y: f64,
}

/// Lays out the members of one connected part; `links` are those between two of them. With `groups`, members of one
/// group stay together.
pub(super) fn layered(
    members: &[usize],
    size: impl Fn(usize) -> Size,
    links: &[(usize, &Link)],
    port: impl Fn(End) -> f64,
    group: impl Fn(usize) -> Option<String>,
) -> Layered {
    let is_large = members.len() > MANY;
    let group = |at: usize| if is_large { None } else { group(at) };
    let names: BTreeMap<usize, Option<String>> = members.iter().map(|at| (*at, group(*at))).collect();
    let groups: BTreeSet<&String> = names.values().flatten().collect();
    let mut graph =
        Graph::with_options(GraphOptions { directed: true, multigraph: true, compound: !groups.is_empty() });
    for group in &groups {
        graph.set_node(format!("group {group}"), Some(NodeLabel::default()));
    }
    for at in members {
        let (width, height) = size(*at);
        graph.set_node(node(*at), Some(NodeLabel { width, height, ..NodeLabel::default() }));
        if let Some(Some(group)) = names.get(at) {
            graph.set_parent(&node(*at), Some(&format!("group {group}")));
        }
    }
    let layers = layers(members, &size, links);
    let placed = if is_large { shortest(links, &layers) } else { links.to_vec() };
    for (at, link) in &placed {
        let (parent, child) = (link.parent.entity, link.child.entity);
        let minlen = i32::try_from(layers[&child].saturating_sub(layers[&parent])).unwrap_or(1).max(1);
        // A layer that was chosen to keep others low holds; the rest is drawn as short as can be.
        let minlen = if links.iter().any(|(_, link)| link.parent.entity == child) { 1 } else { minlen };
        let label = EdgeLabel { minlen, ..EdgeLabel::default() };
        graph.set_edge(node(parent), node(child), Some(label), Some(&at.to_string()));
    }
    let ranker = if is_large { Ranker::TightTree } else { Ranker::NetworkSimplex };
    let (nodesep, edgesep, ranksep) = (BETWEEN, LINES, LAYERS);
    let options = LayoutOptions { rankdir: RankDir::LR, nodesep, edgesep, ranksep, ranker, ..LayoutOptions::default() };
    layout(&mut graph, Some(options));
    let mut layered = read(&graph, members, links, &groups);
    if groups.is_empty() {
        settle(&mut layered.boxes, &mut layered.passes, links, port);
    }
    layered.move_to_origin();
    layered
}

/// Of each table's links to others the one over the fewest layers.
fn shortest<'a>(links: &[(usize, &'a Link)], layers: &BTreeMap<usize, usize>) -> Vec<(usize, &'a Link)> {
    let length = |link: &Link| layers[&link.child.entity].abs_diff(layers[&link.parent.entity]);
    let mut of_child: BTreeMap<usize, (usize, &Link)> = BTreeMap::new();
    for (at, link) in links {
        let known = of_child.entry(link.child.entity).or_insert((*at, link));
        if length(link) < length(known.1) {
            *known = (*at, link);
        }
    }
    of_child.into_values().collect()
}

fn node(at: usize) -> String {
    format!("table {at}")
}

fn read(
    graph: &Graph<NodeLabel, EdgeLabel>,
    members: &[usize],
    links: &[(usize, &Link)],
    groups: &BTreeSet<&String>,
) -> Layered {
    let place = |name: &str| graph.node(name).map_or_else(Rect::default, rect);
    let boxes: BTreeMap<usize, Rect> = members.iter().map(|at| (*at, place(&node(*at)))).collect();
    let layers = extents(boxes.values());
    let mut passes = BTreeMap::new();
    for (at, link) in links {
        let (parent, child) = (link.parent.entity, link.child.entity);
        let points = graph.edge(&node(parent), &node(child), Some(&at.to_string())).map(|edge| edge.points.as_slice());
        let ends = [boxes[&parent].centre().0, boxes[&child].centre().0];
        let between = |x: f64| ends.iter().all(|end| (end - x).abs() > 1.0);
        let through = points.unwrap_or_default().iter().filter(|point| between(point.x)).filter_map(|point| {
            let (left, right) = layers.iter().find(|(centre, _)| (centre - point.x).abs() <= 1.0)?.1;
            Some(Pass { left, right, y: point.y })
        });
        passes.insert(*at, through.collect());
    }
    let framed = groups.iter().map(|name| Group { name: (*name).clone(), rect: place(&format!("group {name}")) });
    let layer = |rect: &Rect| {
        let centre = rect.centre().0;
        let (left, right) = layers.iter().find(|(known, _)| (known - centre).abs() <= 1.0)?.1;
        Some(Pass { left, right, y: 0.0 })
    };
    let layers = boxes.iter().filter_map(|(at, rect)| Some((*at, layer(rect)?))).collect();
    Layered { boxes, passes, layers, groups: framed.collect(), size: (0.0, 0.0) }
}

fn rect(label: &NodeLabel) -> Rect {
    let (x, y) = (label.x.unwrap_or(0.0), label.y.unwrap_or(0.0));
    Rect { x: x - label.width / 2.0, y: y - label.height / 2.0, width: label.width, height: label.height }
}

/// The middle of each layer, with its left and right.
fn extents<'a>(boxes: impl Iterator<Item = &'a Rect>) -> Vec<(f64, (f64, f64))> {
    let mut layers: Vec<(f64, (f64, f64))> = Vec::new();
    for rect in boxes {
        let centre = rect.centre().0;
        match layers.iter_mut().find(|(known, _)| (*known - centre).abs() <= 1.0) {
            Some((_, (left, right))) => {
                *left = left.min(rect.x);
                *right = right.max(rect.x + rect.width);
            }
            None => layers.push((centre, (rect.x, rect.x + rect.width))),
        }
    }
    layers
}

impl Layered {
    /// Moves everything so that it begins at nought.
    fn move_to_origin(&mut self) {
        let rects = || self.boxes.values().chain(self.groups.iter().map(|group| &group.rect));
        let passes = || self.passes.values().flatten().map(|pass| pass.y);
        let left = rects().map(|rect| rect.x).fold(f64::INFINITY, f64::min);
        let top = rects().map(|rect| rect.y).chain(passes()).fold(f64::INFINITY, f64::min);
        let right = rects().map(|rect| rect.x + rect.width).fold(f64::NEG_INFINITY, f64::max);
        let bottom = rects().map(|rect| rect.y + rect.height).chain(passes()).fold(f64::NEG_INFINITY, f64::max);
        self.size = (right - left, bottom - top);
        self.boxes.values_mut().for_each(|rect| *rect = rect.moved(-left, -top));
        self.groups.iter_mut().for_each(|group| group.rect = group.rect.moved(-left, -top));
        let passes = self.passes.values_mut().flatten().chain(self.layers.values_mut());
        passes.for_each(|pass| *pass = pass.moved(-left, -top));
    }
}

impl Pass {
    pub(super) fn moved(self, x: f64, y: f64) -> Self {
        Self { left: self.left + x, right: self.right + x, y: self.y + y }
    }
}

/// A layer for each table, such that no layer is much taller than the picture is wide: tables that nothing refers to
/// move on to the right where theirs is full.
fn layers(members: &[usize], size: &impl Fn(usize) -> Size, links: &[(usize, &Link)]) -> BTreeMap<usize, usize> {
    let mut parents: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let mut has_children = BTreeSet::new();
    for (_, link) in links {
        parents.entry(link.child.entity).or_default().insert(link.parent.entity);
        has_children.insert(link.parent.entity);
    }
    let mut depths = BTreeMap::new();
    for at in members {
        depth(*at, &parents, &mut depths);
    }
    let depths: BTreeMap<usize, usize> = depths.into_iter().map(|(at, depth)| (at, depth.unwrap_or(0))).collect();
    let area: f64 = members.iter().map(|at| size(*at)).map(|(w, h)| (w + LAYERS) * (h + BETWEEN)).sum();
    let tallest = members.iter().map(|at| size(*at).1 + BETWEEN).fold(0.0, f64::max);
    let limit = (area / 1.4).sqrt().max(tallest);

    let mut filled: BTreeMap<usize, f64> = BTreeMap::new();
    let (inner, mut leaves): (Vec<usize>, Vec<usize>) = members.iter().partition(|at| has_children.contains(at));
    for at in inner {
        *filled.entry(depths[&at]).or_default() += size(at).1 + BETWEEN;
    }
    let mut layers = depths.clone();
    leaves.sort_by_key(|at| (depths[at], parents.get(at).map(BTreeSet::len), parents.get(at), *at));
    for at in leaves {
        let height = size(at).1 + BETWEEN;
        let mut layer = depths[&at];
        while filled.get(&layer).is_some_and(|filled| *filled > 0.0 && filled + height > limit) {
            layer += 1;
        }
        *filled.entry(layer).or_default() += height;
        layers.insert(at, layer);
    }
    layers
}

/// The longest way from a table without parents; ways round in a circle end where they began.
fn depth(
    at: usize,
    parents: &BTreeMap<usize, BTreeSet<usize>>,
    depths: &mut BTreeMap<usize, Option<usize>>,
) -> Option<usize> {
    if let Some(known) = depths.get(&at) {
        return *known;
    }
    depths.insert(at, None);
    let above = parents.get(&at).into_iter().flatten().filter_map(|parent| depth(*parent, parents, depths)).max();
    let found = Some(above.map_or(0, |above| above + 1));
    depths.insert(at, found);
    found
}
