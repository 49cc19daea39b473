//! Rectangles side by side in little room.

/// Width and height.
pub(super) type Size = (f64, f64);

/// Where each rectangle goes, and how large it is all together.
pub(super) struct Packed {
    pub(super) places: Vec<(f64, f64)>,
    pub(super) size: Size,
}

/// The width at which rectangles of that area have the shape of a screen.
fn wanted_width(sizes: &[Size], gap: f64) -> f64 {
    let area: f64 = sizes.iter().map(|(width, height)| (width + gap) * (height + gap)).sum();
    let widest = sizes.iter().map(|(width, _)| *width).fold(0.0, f64::max);
    (area * 1.6).sqrt().max(widest)
}

/// In lines, tall ones first: for rectangles of all sizes.
pub(super) fn lines(sizes: &[Size], gap: f64) -> Packed {
    let wanted = wanted_width(sizes, gap);
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|a, b| sizes[*b].1.total_cmp(&sizes[*a].1));
    let mut places = vec![(0.0, 0.0); sizes.len()];
    let (mut x, mut y, mut line, mut width) = (0.0, 0.0, 0.0, 0.0_f64);
    for at in order {
        let (w, h) = sizes[at];
        if x > 0.0 && x + w > wanted + 0.5 {
            (x, y, line) = (0.0, y + line + gap, 0.0);
        }
        places[at] = (x, y);
        line = f64::max(line, h);
        width = width.max(x + w);
        x += w + gap;
    }
    Packed { places, size: (width, y + line) }
}

/// In columns, in their order, each in the column that is shortest by then: for boxes of like width.
pub(super) fn columns(sizes: &[Size], gap: f64) -> Packed {
    let widest = sizes.iter().map(|(width, _)| *width).fold(0.0, f64::max);
    let wanted = wanted_width(sizes, gap);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let number = (((wanted + gap) / (widest + gap)).floor() as usize).clamp(1, sizes.len().max(1));
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); number];
    let mut heights: Vec<f64> = vec![0.0; number];
    for (at, (_, height)) in sizes.iter().enumerate() {
        let shortest = (0..number).min_by(|a, b| heights[*a].total_cmp(&heights[*b])).unwrap_or(0);
        columns[shortest].push(at);
        heights[shortest] += height + gap;
    }
    let mut places = vec![(0.0, 0.0); sizes.len()];
    let (mut x, mut size) = (0.0, (0.0, 0.0));
    for column in columns {
        let mut y = 0.0;
        let mut width = 0.0_f64;
        for at in column {
            places[at] = (x, y);
            width = width.max(sizes[at].0);
            y += sizes[at].1 + gap;
        }
        size = (f64::max(size.0, x + width), f64::max(size.1, y - gap));
        x += width + gap;
    }
    Packed { places, size }
}
