//! Heights within layers, once the order in them is known: every box and line as near as it may be to what it is
//! connected with. The library aligns long lines instead, at the price of pictures that are mostly empty.

use std::collections::BTreeMap;

use super::layered::{BETWEEN, LINES, Pass};
use super::layout::Rect;
use super::picture::{End, Link};

/// Between a line and a box.
const BESIDE: f64 = 18.0;
/// More change nothing that can be seen.
const SWEEPS: usize = 40;

/// A box, or a line on its way through a layer.
struct Item {
    layer: f64,
    /// The middle.
    y: f64,
    /// None of a line.
    height: Option<f64>,
    /// Other items, and how much lower than theirs this one's middle should be for a straight line.
    ties: Vec<(usize, f64)>,
}

/// Gives boxes and passes new heights; `port` is how far below its upper edge a line meets a box.
pub(super) fn settle(
    boxes: &mut BTreeMap<usize, Rect>,
    passes: &mut BTreeMap<usize, Vec<Pass>>,
    links: &[(usize, &Link)],
    port: impl Fn(End) -> f64,
) {
    let mut items = Vec::new();
    let mut places = BTreeMap::new();
    for (at, rect) in boxes.iter() {
        places.insert(*at, items.len());
        let (layer, y) = rect.centre();
        items.push(Item { layer, y, height: Some(rect.height), ties: Vec::new() });
    }
    let mut first_pass = BTreeMap::new();
    for (at, link) in links {
        let end = |end: End| (places[&end.entity], port(end) - boxes[&end.entity].height / 2.0);
        let (parent, child) = (end(link.parent), end(link.child));
        first_pass.insert(*at, items.len());
        let mut chain = vec![parent];
        let through = passes.get_mut(at).into_iter().flatten();
        for pass in sorted(through, boxes[&link.parent.entity].x < boxes[&link.child.entity].x) {
            chain.push((items.len(), 0.0));
            items.push(Item { layer: f64::midpoint(pass.left, pass.right), y: pass.y, height: None, ties: Vec::new() });
        }
        chain.push(child);
        for pair in chain.windows(2) {
            if let [(a, a_port), (b, b_port)] = pair {
                items[*a].ties.push((*b, b_port - a_port));
                items[*b].ties.push((*a, a_port - b_port));
            }
        }
    }
    let layers = layers(&items);
    layers.iter().for_each(|layer| stack(&mut items, layer));
    for sweep in 0..SWEEPS {
        let towards_right = sweep % 2 == 0;
        for step in 0..layers.len() {
            let layer = if towards_right { step } else { layers.len() - 1 - step };
            place(&mut items, &layers[layer]);
        }
    }
    for (at, rect) in boxes.iter_mut() {
        rect.y = items[places[at]].y - rect.height / 2.0;
    }
    for (at, passes) in passes.iter_mut() {
        let items = &items[first_pass[at]..];
        passes.iter_mut().zip(items).for_each(|(pass, item)| pass.y = item.y);
    }
}

/// The passes of a line from its parent on, which is also how they are kept.
fn sorted<'a>(passes: impl Iterator<Item = &'a mut Pass>, is_rightward: bool) -> Vec<Pass> {
    let mut slots: Vec<&mut Pass> = passes.collect();
    let mut sorted: Vec<Pass> = slots.iter().map(|pass| **pass).collect();
    sorted.sort_by(|a, b| if is_rightward { a.left.total_cmp(&b.left) } else { b.left.total_cmp(&a.left) });
    slots.iter_mut().zip(&sorted).for_each(|(slot, pass)| **slot = *pass);
    sorted
}

/// The items of each layer from left to right, in each from top to bottom.
fn layers(items: &[Item]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by(|a, b| items[*a].layer.total_cmp(&items[*b].layer));
    let mut layers: Vec<Vec<usize>> = Vec::new();
    for at in order {
        match layers.last_mut() {
            Some(layer) if (items[layer[0]].layer - items[at].layer).abs() <= 1.0 => layer.push(at),
            _ => layers.push(vec![at]),
        }
    }
    for layer in &mut layers {
        layer.sort_by(|a, b| items[*a].y.total_cmp(&items[*b].y).then(a.cmp(b)));
    }
    layers
}

/// How far the middles of two neighbours must be apart.
fn distance(above: &Item, below: &Item) -> f64 {
    let half = |item: &Item| item.height.unwrap_or(0.0) / 2.0;
    let gap = match (above.height, below.height) {
        (Some(_), Some(_)) => BETWEEN,
        (None, None) => LINES,
        _ => BESIDE,
    };
    half(above) + gap + half(below)
}

/// How far each item of a layer is below the first when none has room to spare.
fn offsets(items: &[Item], layer: &[usize]) -> Vec<f64> {
    let mut offset = 0.0;
    let mut offsets = vec![0.0];
    for pair in layer.windows(2) {
        if let [above, below] = pair {
            offset += distance(&items[*above], &items[*below]);
            offsets.push(offset);
        }
    }
    offsets
}

/// As close as can be, around nought.
fn stack(items: &mut [Item], layer: &[usize]) {
    let offsets = offsets(items, layer);
    let middle = offsets.last().copied().unwrap_or(0.0) / 2.0;
    layer.iter().zip(offsets).for_each(|(at, offset)| items[*at].y = offset - middle);
}

/// Moves each item of a layer to the mean of where its ties want it, as far as order and distances allow: the least sum
/// of squares, by pooling neighbours that want to pass each other.
fn place(items: &mut [Item], layer: &[usize]) {
    let offsets = offsets(items, layer);
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (at, offset) in layer.iter().zip(&offsets) {
        let ties = &items[*at].ties;
        let wanted: f64 = ties.iter().map(|(other, shift)| items[*other].y + shift).sum();
        #[expect(clippy::cast_precision_loss, reason = "few lines meet at a box")]
        let weight = ties.len() as f64;
        pools.push((wanted - offset * weight, weight, 1));
        while let [.., above, below] = pools.as_slice()
            && above.0 * below.1 > below.0 * above.1
        {
            let pool = (above.0 + below.0, above.1 + below.1, above.2 + below.2);
            pools.truncate(pools.len() - 2);
            pools.push(pool);
        }
    }
    let starts = pools.into_iter().flat_map(|(sum, weight, count)| std::iter::repeat_n(sum / weight, count));
    layer.iter().zip(offsets).zip(starts).for_each(|((at, offset), start)| items[*at].y = start + offset);
}
