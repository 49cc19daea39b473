//! A picture as a page: the SVG with a search, zoom and pan, and neighbours that light up. It loads nothing.

use super::picture::Picture;
use super::svg;
use super::text::escaped;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub(super) fn document(picture: &Picture) -> String {
    let title = escaped(&picture.title);
    let svg = svg::element(picture);
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{STYLE}</style>
</head>
<body>
<header>
<label for="search">Find</label>
<input id="search" type="search" autocomplete="off" spellcheck="false" placeholder="table or column" aria-controls="found" aria-describedby="keys">
<button id="smaller" type="button" aria-label="Zoom out">&minus;</button>
<button id="larger" type="button" aria-label="Zoom in">+</button>
<button id="whole" type="button">Show all</button>
<span id="status" role="status"></span>
<span id="keys">/ find, Enter next, arrows move, + and &minus; zoom, 0 show all, Esc clear</span>
<ul id="found" aria-label="Found"></ul>
</header>
<main id="stage" tabindex="0" aria-label="Diagram">
{svg}</main>
<script>
{SCRIPT}</script>
</body>
</html>
"#
    )
}
