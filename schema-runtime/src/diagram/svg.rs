//! A picture as SVG. Colours follow the reader's scheme; marks and line styles tell the same without colours.

use std::fmt::Write as _;

use super::layout::{Drawing, Group, Rect, arrange};
use super::picture::{Content, Entity, Kind, Link, Mark, Picture, Row, counted};
use super::route::{Port, Route};
use super::shape::{HEADER_LIMIT, NAME_LIMIT, ROW, Shape, TYPE_LIMIT, heading, heading_baseline};
use super::text::{CELL, cells, cut, escaped, printable, px};

const STYLE: &str = include_str!("style.css");
/// Around everything.
const MARGIN: f64 = 32.0;
/// Above the boxes, for the title.
const CAPTION: f64 = 52.0;
/// Below the boxes, for what the marks mean.
const LEGEND: f64 = 44.0;
/// The longest title in cells, and the least width that shows it.
const TITLE_LIMIT: usize = 60;
const LEAST_WIDTH: f64 = 640.0;

/// A file of its own.
pub(super) fn document(picture: &Picture) -> String {
    let body = element(picture);
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}")
}

/// The element alone, for a page.
pub(super) fn element(picture: &Picture) -> String {
    let drawing = arrange(picture);
    let notes = left_out(picture);
    let legend = legend(picture);
    #[expect(clippy::cast_precision_loss, reason = "a short line")]
    let least = cells(&legend) as f64 * CELL + 1.0;
    let width = (drawing.size.0.max(least).max(LEAST_WIDTH) + 2.0 * MARGIN).ceil();
    let height = (MARGIN + CAPTION + drawing.size.1 + LEGEND + MARGIN / 2.0).ceil();
    let title = escaped(&picture.title);
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"diagram\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         role=\"img\" aria-label=\"{title}: {summary}\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"ground\" width=\"{w}\" height=\"{h}\"/>\n",
        w = px(width),
        h = px(height),
        summary = escaped(&summary(picture)),
    );
    svg += &text("caption", MARGIN, MARGIN + 6.0, &picture.title, TITLE_LIMIT);
    svg += &text("quiet", MARGIN, MARGIN + 26.0, &format!("{}{notes}", summary(picture)), line_limit(width));
    let _ = writeln!(svg, "<g transform=\"translate({} {})\">", px(MARGIN), px(MARGIN + CAPTION));
    svg += &drawing.groups.iter().map(frame).collect::<String>();
    for (at, (link, route)) in picture.links.iter().zip(&drawing.routes).enumerate() {
        svg += &self::link(at, link, route);
    }
    svg += &boxes(picture, &drawing);
    svg += "</g>\n";
    svg += &text("quiet", MARGIN, height - MARGIN / 2.0 - 8.0, &legend, line_limit(width));
    svg += "</svg>\n";
    svg
}

/// Cells that a line of the picture's width has.
fn line_limit(width: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive number of pixels")]
    let limit = ((width - 2.0 * MARGIN) / CELL).floor() as usize;
    limit
}

fn summary(picture: &Picture) -> String {
    let summary = picture.summary();
    if summary.tables + summary.enums == 0 {
        return if picture.is_difference { "no table changes" } else { "no tables" }.to_owned();
    }
    let mut words = vec![counted(summary.tables, "table"), counted(summary.foreign_keys, "foreign key")];
    if summary.enums > 0 {
        words.push(counted(summary.enums, "enum"));
    }
    words.join(", ")
}

fn left_out(picture: &Picture) -> String {
    if picture.left_out.is_empty() { String::new() } else { format!("; not drawn: {}", picture.left_out.join(", ")) }
}

fn legend(picture: &Picture) -> String {
    if picture.entities.is_empty() {
        return String::new();
    }
    let marks = if picture.is_difference { "+ added, - removed, ~ changed; " } else { "" };
    format!(
        "{marks}\u{25CF} NOT NULL \u{25CB} NULL; PK primary, FK foreign, UK unique key; crow's foot: many, bar: one, ring: or none"
    )
}

/// A line of text that fits into so many cells; cut, it says the whole on demand. What is not ASCII may come from a font of
/// another width, so it is given the room that was counted.
fn text(class: &str, x: f64, y: f64, content: &str, limit: usize) -> String {
    if content.is_empty() {
        return String::new();
    }
    let content = printable(content);
    let shown = cut(&content, limit);
    let whole = if shown == content { String::new() } else { format!("<title>{}</title>", escaped(&content)) };
    #[expect(clippy::cast_precision_loss, reason = "texts are cut")]
    let width = cells(&shown) as f64 * CELL;
    let fitted = if shown.is_ascii() || class == "caption" {
        String::new()
    } else {
        format!(" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"", px(width))
    };
    format!("<text class=\"{class}\" x=\"{}\" y=\"{}\"{fitted}>{}{whole}</text>\n", px(x), px(y), escaped(&shown))
}

fn frame(group: &Group) -> String {
    let Rect { x, y, width, height } = group.rect;
    let rect = format!(
        "<rect class=\"frame\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n",
        px(x),
        px(y),
        px(width),
        px(height)
    );
    rect + &text("quiet", x + 10.0, y + 18.0, &group.name, line_limit(width + 2.0 * MARGIN - 20.0))
}

fn boxes(picture: &Picture, drawing: &Drawing) -> String {
    let mut svg = String::new();
    for (at, (entity, (rect, shape))) in
        picture.entities.iter().zip(drawing.boxes.iter().zip(&drawing.shapes)).enumerate()
    {
        let kind = if entity.kind == Kind::Enum { " enum" } else { "" };
        let _ = writeln!(
            svg,
            "<g class=\"box {}{kind}\" id=\"box{at}\" data-name=\"{}\" transform=\"translate({} {})\">",
            entity.mark.class(),
            escaped(&entity.name.to_string()),
            px(rect.x),
            px(rect.y)
        );
        svg += &inside(entity, shape);
        svg += "</g>\n";
    }
    svg
}

fn inside(entity: &Entity, shape: &Shape) -> String {
    let (width, height) = (px(shape.width), px(shape.height));
    let mut svg = format!("<rect class=\"body\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>\n");
    let _ = writeln!(svg, "<g><rect class=\"head\" width=\"{width}\" height=\"{}\" rx=\"4\"/>", px(shape.rows));
    if let Some(comment) = &entity.comment {
        let _ = writeln!(svg, "<title>{}: {}</title>", escaped(&entity.name.to_string()), escaped(comment));
    }
    svg += &text("sign", shape.sign, heading_baseline(0), entity.mark.sign(), 1);
    for (line, content) in heading(entity).enumerate() {
        let class = if line == 0 { "name" } else { "quiet" };
        svg += &text(class, shape.keys, heading_baseline(line), &content, HEADER_LIMIT);
    }
    svg += "</g>\n";
    for (at, row) in entity.rows.iter().enumerate() {
        svg += &self::row(row, shape, shape.middle(Some(at)));
    }
    svg
}

fn row(row: &Row, shape: &Shape, middle: f64) -> String {
    let base = middle + 4.0;
    let mut svg = format!("<g class=\"row {}\" data-name=\"{}\">", row.mark.class(), escaped(&row.name));
    if row.mark != Mark::Same {
        let (top, width) = (px(middle - ROW / 2.0), px(shape.width - 2.0));
        let _ = write!(svg, "<rect class=\"tint\" x=\"1\" y=\"{top}\" width=\"{width}\" height=\"{ROW}\"/>");
    }
    svg += &text("sign", shape.sign, base, row.mark.sign(), 1);
    match &row.content {
        Content::Column { ty, is_nullable, keys, details } => {
            let null = if *is_nullable { "NULL" } else { "NOT NULL" };
            let about: Vec<String> =
                std::iter::once(format!("{} {ty} {null}", row.name)).chain(details.clone()).collect();
            let about: Vec<String> = about.iter().map(|line| escaped(line)).collect();
            let _ = write!(svg, "<title>{}</title>", about.join("\n"));
            svg += &text("keys", shape.keys, base, &keys.words().join(" "), usize::MAX);
            let open = if *is_nullable { " open" } else { "" };
            let _ = write!(
                svg,
                "<circle class=\"dot{open}\" cx=\"{}\" cy=\"{}\" r=\"3\"/>",
                px(shape.dot + 3.5),
                px(middle)
            );
            svg += &text("column", shape.name, base, &row.name, NAME_LIMIT);
            svg += &text("type", shape.ty, base, ty, TYPE_LIMIT);
        }
        Content::Text => svg += &text("column", shape.keys, base, &row.name, NAME_LIMIT + TYPE_LIMIT),
    }
    svg + "</g>\n"
}

fn link(at: usize, link: &Link, route: &Route) -> String {
    format!(
        "<g class=\"link {}\" id=\"link{at}\" data-parent=\"{}\" data-child=\"{}\"><title>{}{}{}: {}</title><path d=\"{}\"/>{}{}</g>\n",
        link.mark.class(),
        link.parent.entity,
        link.child.entity,
        link.mark.sign(),
        if link.mark == Mark::Same { "" } else { " " },
        escaped(&link.name),
        escaped(&link.text),
        route.path,
        parent_end(route.parent, link.is_optional),
        child_end(route.child, link.is_single),
    )
}

/// One bar and another, or a ring: exactly one, or none.
fn parent_end(port: Port, is_optional: bool) -> String {
    let second = if is_optional { ring(port, 15.0) } else { bar(port, 12.0) };
    bar(port, 7.0) + &second
}

/// A ring, then a crow's foot or a bar: none, or many; none, or one.
fn child_end(port: Port, is_single: bool) -> String {
    if is_single {
        return bar(port, 7.0) + &ring(port, 15.0);
    }
    let Port { x, y, side } = port;
    let tip = px(x + side * 12.0);
    let foot =
        format!("<path d=\"M{tip} {}L{x} {}M{tip} {}L{x} {}\"/>", px(y), px(y - 6.0), px(y), px(y + 6.0), x = px(x));
    foot + &ring(port, 16.0)
}

fn bar(port: Port, out: f64) -> String {
    format!("<path d=\"M{} {}v12\"/>", px(port.x + port.side * out), px(port.y - 6.0))
}

fn ring(port: Port, out: f64) -> String {
    format!("<circle cx=\"{}\" cy=\"{}\" r=\"4\"/>", px(port.x + port.side * out), px(port.y))
}
