//! Lines of foreign keys: from the referenced row to the row that refers to it, straight through layers and curved
//! between them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::layered::Pass;
use super::layout::Rect;
use super::picture::{End, Picture};
use super::shape::Shape;
use super::text::px;

/// From a box to where the line may bend: its mark stands there.
const STUB: f64 = 26.0;
/// How far a loop reaches out.
const LOOP: f64 = 38.0;

/// A line with its ends.
#[derive(Clone, Debug)]
pub(super) struct Route {
    /// A path in SVG's words.
    pub(super) path: String,
    pub(super) parent: Port,
    pub(super) child: Port,
}

/// Where a line meets a box.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port {
    pub(super) x: f64,
    pub(super) y: f64,
    /// 1 where the line leaves to the right, -1 to the left.
    pub(super) side: f64,
}

impl Port {
    fn new(rect: Rect, shape: &Shape, end: End, is_right: bool) -> Self {
        let (x, side) = if is_right { (rect.right(), 1.0) } else { (rect.x, -1.0) };
        Self { x, y: rect.y + shape.middle(end.row), side }
    }

    /// Where the line may bend: behind its mark, and where no other box of the layer is in its way.
    fn bend(self, layer: Option<&Pass>) -> f64 {
        let marked = self.x + self.side * STUB;
        match layer {
            Some(layer) if self.side > 0.0 => marked.max(layer.right),
            Some(layer) => marked.min(layer.left),
            None => marked,
        }
    }
}

pub(super) fn routes(
    picture: &Picture,
    shapes: &[Shape],
    boxes: &[Rect],
    passes: &BTreeMap<usize, Vec<Pass>>,
    layers: &BTreeMap<usize, Pass>,
) -> Vec<Route> {
    let mut routes = Vec::with_capacity(picture.links.len());
    for (at, link) in picture.links.iter().enumerate() {
        let port = |end: End, is_right| Port::new(boxes[end.entity], &shapes[end.entity], end, is_right);
        if link.parent.entity == link.child.entity {
            routes.push(own(port(link.parent, true), port(link.child, true)));
            continue;
        }
        let is_rightward = boxes[link.parent.entity].centre().0 < boxes[link.child.entity].centre().0;
        let (parent, child) = (port(link.parent, is_rightward), port(link.child, !is_rightward));
        let through = passes.get(&at).map(Vec::as_slice).unwrap_or_default();
        let bend = |end: End, port: Port| port.bend(layers.get(&end.entity));
        let bends = (bend(link.parent, parent), bend(link.child, child));
        routes.push(Route { path: path(parent, child, bends, through), parent, child });
    }
    routes
}

fn path(parent: Port, child: Port, bends: (f64, f64), passes: &[Pass]) -> String {
    let mut path = format!("M{} {}", px(parent.x), px(parent.y));
    let mut pen = (bends.0, parent.y);
    let _ = write!(path, "H{}", px(pen.0));
    let is_rightward = parent.side > 0.0;
    let mut passes = passes.to_vec();
    passes.sort_by(|a, b| if is_rightward { a.left.total_cmp(&b.left) } else { b.left.total_cmp(&a.left) });
    for pass in passes {
        let (near, far) = if is_rightward { (pass.left, pass.right) } else { (pass.right, pass.left) };
        curve(&mut path, pen, (near, pass.y));
        let _ = write!(path, "H{}", px(far));
        pen = (far, pass.y);
    }
    curve(&mut path, pen, (bends.1, child.y));
    let _ = write!(path, "H{}", px(child.x));
    path
}

fn curve(path: &mut String, from: (f64, f64), to: (f64, f64)) {
    let middle = f64::midpoint(from.0, to.0);
    let _ = write!(path, "C{} {} {} {} {} {}", px(middle), px(from.1), px(middle), px(to.1), px(to.0), px(to.1));
}

/// A loop at the right of a box that refers to itself.
fn own(parent: Port, child: Port) -> Route {
    let out = parent.x + LOOP;
    let (top, bottom) = (parent.y.min(child.y), parent.y.max(child.y));
    let bend = f64::min(10.0, (bottom - top) / 2.0);
    let towards = if child.y > parent.y { 1.0 } else { -1.0 };
    let path = format!(
        "M{} {}H{}Q{out} {} {out} {}V{}Q{out} {} {} {}H{}",
        px(parent.x),
        px(parent.y),
        px(out - bend),
        px(parent.y),
        px(parent.y + towards * bend),
        px(child.y - towards * bend),
        px(child.y),
        px(out - bend),
        px(child.y),
        px(child.x),
        out = px(out),
    );
    Route { path, parent, child }
}
