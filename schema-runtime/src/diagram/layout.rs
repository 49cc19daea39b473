//! Where boxes and lines go: connected tables in layers, the others in a grid, each schema in a frame.

use std::collections::{BTreeMap, BTreeSet};

use super::layered::{Layered, Pass, layered};
use super::pack::{self, Packed, Size};
use super::picture::{Kind, Picture};
use super::route::{self, Route};
use super::shape::Shape;

/// Between boxes of a grid.
const GRID: f64 = 28.0;
/// Between parts that nothing connects.
const APART: f64 = 56.0;
/// Within a frame, with room for its label on top.
const FRAME: f64 = 24.0;
const LABEL: f64 = 30.0;
/// Right of a box that refers to itself.
const LOOP: f64 = 40.0;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A frame around the boxes of a schema.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) rect: Rect,
}

/// A picture with places.
pub(super) struct Drawing {
    pub(super) size: Size,
    pub(super) shapes: Vec<Shape>,
    pub(super) boxes: Vec<Rect>,
    /// By the number of the link.
    pub(super) routes: Vec<Route>,
    pub(super) groups: Vec<Group>,
}

impl Rect {
    pub(super) fn centre(self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    pub(super) fn right(self) -> f64 {
        self.x + self.width
    }

    pub(super) fn moved(self, x: f64, y: f64) -> Self {
        Self { x: self.x + x, y: self.y + y, ..self }
    }
}

/// Boxes, lines and frames that move together.
#[derive(Default)]
struct Block {
    boxes: BTreeMap<usize, Rect>,
    passes: BTreeMap<usize, Vec<Pass>>,
    layers: BTreeMap<usize, Pass>,
    groups: Vec<Group>,
    size: Size,
}

pub(super) fn arrange(picture: &Picture) -> Drawing {
    let shapes: Vec<Shape> = picture.entities.iter().map(|entity| Shape::new(picture, entity)).collect();
    let all = whole(picture, &shapes);
    let boxes: Vec<Rect> = all.boxes.values().copied().collect();
    let routes = route::routes(picture, &shapes, &boxes, &all.passes, &all.layers);
    Drawing { size: all.size, shapes, boxes, routes, groups: all.groups }
}

fn whole(picture: &Picture, shapes: &[Shape]) -> Block {
    let schema = |at: usize| picture.entities.get(at).and_then(|entity| entity.name.schema.clone());
    let schemas: BTreeSet<Option<String>> = (0..picture.entities.len()).map(schema).collect();
    let is_framed = schemas.len() > 1;
    let mut of_schema: BTreeMap<Option<String>, Vec<Block>> = BTreeMap::new();
    let mut mixed = Vec::new();
    let mut singles: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for part in parts(picture) {
        let homes: BTreeSet<Option<String>> = part.iter().map(|at| schema(*at)).collect();
        match (part.as_slice(), homes.len()) {
            ([single], _) => singles.entry(schema(*single)).or_default().push(*single),
            (_, 1) => of_schema.entry(homes.into_iter().next().flatten()).or_default().push(connected(
                picture,
                shapes,
                &part,
                |_| None,
            )),
            _ => mixed.push(connected(picture, shapes, &part, schema)),
        }
    }
    for (schema, members) in singles {
        of_schema.entry(schema).or_default().push(grid(picture, shapes, members));
    }
    let framed = of_schema.into_iter().map(|(schema, blocks)| {
        let block = Block::packed(blocks);
        if is_framed { block.framed(schema.unwrap_or_default()) } else { block }
    });
    Block::packed(mixed.into_iter().chain(framed).collect())
}

/// Boxes that links connect, as sets; each in the order of the boxes.
fn parts(picture: &Picture) -> Vec<Vec<usize>> {
    let mut root: Vec<usize> = (0..picture.entities.len()).collect();
    let find = |root: &[usize], mut at: usize| {
        while root[at] != at {
            at = root[at];
        }
        at
    };
    for link in &picture.links {
        let (a, b) = (find(&root, link.parent.entity), find(&root, link.child.entity));
        root[a.max(b)] = a.min(b);
    }
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..root.len() {
        parts.entry(find(&root, at)).or_default().push(at);
    }
    parts.into_values().collect()
}

fn size(picture: &Picture, shapes: &[Shape], at: usize) -> Size {
    let refers_to_itself = picture.links.iter().any(|link| link.child.entity == at && link.parent.entity == at);
    (shapes[at].width + if refers_to_itself { 2.0 * LOOP } else { 0.0 }, shapes[at].height)
}

fn connected(picture: &Picture, shapes: &[Shape], part: &[usize], group: impl Fn(usize) -> Option<String>) -> Block {
    let is_within = |at: usize| part.binary_search(&at).is_ok();
    let links: Vec<_> = picture
        .links
        .iter()
        .enumerate()
        .filter(|(_, link)| is_within(link.child.entity) && link.child.entity != link.parent.entity)
        .collect();
    let Layered { mut boxes, passes, layers, groups, size } =
        layered(part, |at| size(picture, shapes, at), &links, |end| shapes[end.entity].middle(end.row), group);
    // A box that refers to itself stands in the middle of the room for it and its loop.
    for (at, rect) in &mut boxes {
        rect.x += (rect.width - shapes[*at].width) / 2.0;
        rect.width = shapes[*at].width;
    }
    Block { boxes, passes, layers, groups, size }
}

/// Tables first, then enums.
fn grid(picture: &Picture, shapes: &[Shape], members: Vec<usize>) -> Block {
    let (enums, tables): (Vec<usize>, Vec<usize>) =
        members.into_iter().partition(|at| picture.entities[*at].kind == Kind::Enum);
    let blocks = [tables, enums].into_iter().filter(|members| !members.is_empty()).map(|members| {
        let sizes: Vec<Size> = members.iter().map(|at| size(picture, shapes, *at)).collect();
        let Packed { places, size } = pack::columns(&sizes, GRID);
        let place = |(at, (x, y)): (&usize, (f64, f64))| {
            (*at, Rect { x, y, width: shapes[*at].width, height: shapes[*at].height })
        };
        Block { boxes: members.iter().zip(places).map(place).collect(), size, ..Block::default() }
    });
    Block::packed(blocks.collect())
}

impl Block {
    fn packed(blocks: Vec<Self>) -> Self {
        let sizes: Vec<Size> = blocks.iter().map(|block| block.size).collect();
        let Packed { places, size } = pack::lines(&sizes, APART);
        let mut all = Self { size, ..Self::default() };
        for (block, (x, y)) in blocks.into_iter().zip(places) {
            all.boxes.extend(block.boxes.into_iter().map(|(at, rect)| (at, rect.moved(x, y))));
            let moved = |passes: Vec<Pass>| passes.into_iter().map(|pass| pass.moved(x, y)).collect();
            all.passes.extend(block.passes.into_iter().map(|(at, passes)| (at, moved(passes))));
            all.layers.extend(block.layers.into_iter().map(|(at, layer)| (at, layer.moved(x, y))));
            all.groups.extend(block.groups.into_iter().map(|group| Group { rect: group.rect.moved(x, y), ..group }));
        }
        all
    }

    fn framed(self, name: String) -> Self {
        let size = (self.size.0 + 2.0 * FRAME, self.size.1 + LABEL + FRAME);
        let mut inner = Self::packed(vec![self]);
        inner.boxes.values_mut().for_each(|rect| *rect = rect.moved(FRAME, LABEL));
        let passes = inner.passes.values_mut().flatten().chain(inner.layers.values_mut());
        passes.for_each(|pass| *pass = pass.moved(FRAME, LABEL));
        let rect = Rect { x: 0.0, y: 0.0, width: size.0, height: size.1 };
        inner.groups.push(Group { name, rect });
        inner.size = size;
        inner
    }
}
