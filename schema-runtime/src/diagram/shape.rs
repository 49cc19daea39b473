//! How large boxes are, and where in them what stands.

use super::picture::{Content, Entity, Picture};
use super::text::{CELL, cells, printable};

/// Height of a row.
pub(super) const ROW: f64 = 20.0;
const HEADER: f64 = 28.0;
const NOTE: f64 = 16.0;
/// Left and right of what stands in a box.
pub(super) const PADDING: f64 = 10.0;
/// Of the dot that tells NOT NULL.
const DOT: f64 = 14.0;
const GAP: f64 = 14.0;
/// The longest texts in cells; longer ones are cut.
pub(super) const NAME_LIMIT: usize = 36;
pub(super) const TYPE_LIMIT: usize = 40;
pub(super) const HEADER_LIMIT: usize = 48;

/// A box without a place. Offsets are from its left or upper edge.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Where rows begin.
    pub(super) rows: f64,
    pub(super) sign: f64,
    pub(super) keys: f64,
    pub(super) dot: f64,
    pub(super) name: f64,
    pub(super) ty: f64,
}

impl Shape {
    pub(super) fn new(picture: &Picture, entity: &Entity) -> Self {
        let mut name_cells = 0;
        let mut text_cells = 0;
        let (mut type_cells, mut key_cells) = (0, 0);
        for row in &entity.rows {
            let wide = cells(&printable(&row.name));
            match &row.content {
                Content::Column { ty, keys, .. } => {
                    name_cells = name_cells.max(wide.min(NAME_LIMIT));
                    type_cells = type_cells.max(cells(&printable(ty)).min(TYPE_LIMIT));
                    key_cells = key_cells.max(keys.words().join(" ").len());
                }
                Content::Text => text_cells = text_cells.max(wide.min(NAME_LIMIT + TYPE_LIMIT)),
            }
        }
        let sign = PADDING;
        let keys = sign + if picture.is_difference { 2.0 * CELL } else { 0.0 };
        let dot = keys + if key_cells == 0 { 0.0 } else { width(key_cells) + GAP / 2.0 };
        let name = dot + if type_cells == 0 { 0.0 } else { DOT };
        let ty = name + width(name_cells) + GAP;
        let columns = if type_cells == 0 { 0.0 } else { ty + width(type_cells) };
        let header = heading(entity).map(|line| keys + width(cells(&printable(&line)).min(HEADER_LIMIT)));
        let widest = header.fold(columns.max(keys + width(text_cells)), f64::max);
        #[expect(clippy::cast_precision_loss, reason = "counts of lines are small")]
        let (rows, notes) = (entity.rows.len() as f64, entity.notes.len() as f64);
        let top = HEADER + NOTE * notes;
        let bottom = if entity.rows.is_empty() { 0.0 } else { ROW * rows + 4.0 };
        Self { width: (widest + PADDING).max(120.0).ceil(), height: top + bottom, rows: top, sign, keys, dot, name, ty }
    }

    /// The middle of a row; of the header where there is none.
    pub(super) fn middle(&self, row: Option<usize>) -> f64 {
        row.map_or(HEADER / 2.0, |row| {
            #[expect(clippy::cast_precision_loss, reason = "counts of lines are small")]
            let row = row as f64;
            self.rows + ROW * (row + 0.5)
        })
    }
}

/// The lines above the rows. The name is bold, and a bold font is no wider here, since its width is fixed.
pub(super) fn heading(entity: &Entity) -> impl Iterator<Item = String> {
    std::iter::once(entity.name.to_string()).chain(entity.notes.iter().cloned())
}

/// Where the base line of a line of the heading is.
pub(super) fn heading_baseline(line: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of lines are small")]
    let line = line as f64;
    HEADER / 2.0 + 4.5 + NOTE * line
}

fn width(cells: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "texts are cut")]
    let cells = cells as f64;
    cells * CELL
}
