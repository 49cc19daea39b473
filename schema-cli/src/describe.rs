//! Changes on a terminal, parts indented under their object.

use schema_core::describe::{Line, Sign};

use crate::output::{ADDED, CHANGED, REMOVED, paint};

pub(crate) fn text(lines: &[Line]) -> String {
    let mut text = String::new();
    let mut object = None;
    for line in lines {
        let (sign, style) = match line.action {
            Sign::Add => ("+", ADDED),
            Sign::Remove => ("-", REMOVED),
            Sign::Change => ("~", CHANGED),
        };
        let shown = match &line.part {
            None => format!("{sign} {}", line.object),
            Some(part) => {
                if object != Some(&line.object) {
                    text += &format!("{}\n", paint(CHANGED, format!("~ {}", line.object)));
                }
                format!("  {sign} {part}")
            }
        };
        object = Some(&line.object);
        text += &paint(style, shown);
        if let Some(detail) = &line.detail {
            text += &format!(" ({detail})");
        }
        text.push('\n');
    }
    text
}
