//! SVG, parsed as the XML that it must be.

use std::collections::BTreeMap;

use proptest::prelude::*;
use roxmltree::{Document, Node};
use schema_core::ir::{Dialect, Index, IndexKey, ObjectName, Schema};
use schema_runtime::diagram::{Diagram, Format};

use crate::schemas::{example, hostile, large, table};

fn drawn(schema: &Schema) -> String {
    Diagram::of(schema, "models").draw(Format::Svg)
}

fn number(node: Node<'_, '_>, attribute: &str) -> f64 {
    node.attribute(attribute).unwrap().parse().unwrap()
}

fn has_class(node: Node<'_, '_>, class: &str) -> bool {
    node.attribute("class").is_some_and(|classes| classes.split(' ').any(|it| it == class))
}

fn of_class<'a>(root: Node<'a, 'a>, class: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    root.descendants().filter(move |node| has_class(*node, class))
}

/// Left, top, width and height of each box, by its id.
fn rects(document: &Document<'_>) -> BTreeMap<String, [f64; 4]> {
    let rect = |it: Node<'_, '_>| {
        let place = it.attribute("transform").unwrap();
        let (x, y) = place.trim_start_matches("translate(").trim_end_matches(')').split_once(' ').unwrap();
        let body = it.children().find(|child| has_class(*child, "body")).unwrap();
        let id = it.attribute("id").unwrap().to_owned();
        (id, [x.parse().unwrap(), y.parse().unwrap(), number(body, "width"), number(body, "height")])
    };
    of_class(document.root(), "box").map(rect).collect()
}

/// Every text ends before its box does, and every box within the picture, apart from all others.
fn assert_readable(svg: &str) {
    let document = Document::parse(svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let rects = rects(&document);
    for it in of_class(document.root(), "box") {
        let [_, _, width, _] = rects[it.attribute("id").unwrap()];
        for text in it.descendants().filter(|node| node.has_tag_name("text")) {
            let content = text.children().find(Node::is_text).and_then(|node| node.text()).unwrap();
            // Fonts of a fixed width take 0.602 em at most; what another font may take is given a width.
            #[expect(clippy::cast_precision_loss, reason = "short")]
            let own = content.chars().count() as f64 * 12.0 * 0.602;
            assert!(content.is_ascii() || text.attribute("textLength").is_some(), "{content}");
            let wide = text.attribute("textLength").map_or(own, |length| length.parse().unwrap());
            assert!(number(text, "x") + wide <= width, "{content} is wider than its box");
        }
    }
    let root = document.root_element();
    let (width, height) = (number(root, "width"), number(root, "height"));
    for (id, [x, y, w, h]) in &rects {
        assert!(*x >= -0.1 && *y >= -0.1 && x + w <= width && y + h <= height, "{id} is outside");
        for (other, [ox, oy, ow, oh]) in &rects {
            let apart = x + w <= *ox || ox + ow <= *x || y + h <= *oy || oy + oh <= *y;
            assert!(id == other || apart, "{id} is on {other}");
        }
    }
}

#[test]
fn an_example_has_its_tables_columns_keys_and_lines() {
    let svg = drawn(&example("quickstart", Dialect::Sqlite));
    assert_readable(&svg);
    let document = Document::parse(&svg).unwrap();
    let names: Vec<&str> = of_class(document.root(), "box").map(|it| it.attribute("data-name").unwrap()).collect();
    assert_eq!(names, ["loan", "lot", "member", "variety", "lot_state"]);
    let titles: Vec<&str> = of_class(document.root(), "link")
        .filter_map(|it| it.children().find(|child| child.has_tag_name("title"))?.text())
        .collect();
    assert!(
        titles.iter().any(|title| title.contains("loan(lot_id) \u{2192} lot(id), ON DELETE RESTRICT")),
        "{titles:?}"
    );
    assert!(svg.contains("<title>germination INTEGER NULL"), "{svg}");
}

#[test]
fn a_line_says_how_many_there_can_be_at_each_end() {
    let [user, one, many] = ["user", "one", "many"].map(ObjectName::bare);
    let mut schema = Schema::empty(Dialect::Sqlite);
    table(&mut schema, &user, &[], &[]);
    table(&mut schema, &one, &[], &[&user]);
    table(&mut schema, &many, &[], &[&user]);
    schema.tables.get_mut(&many).unwrap().columns[1].nullable = true;
    let index = Index { unique: true, ..Index::new("one_parent", vec![IndexKey::column("parent_0")]) };
    schema.tables.get_mut(&one).unwrap().indexes.push(index);

    let svg = drawn(&schema);
    let document = Document::parse(&svg).unwrap();
    let marks = |child: &str| {
        let is_it = |it: &Node<'_, '_>| it.attribute("data-child") == Some(child);
        let link = of_class(document.root(), "link").find(is_it).unwrap();
        let count = |tag: &str| link.children().filter(|child| child.has_tag_name(tag)).count();
        (count("path"), count("circle"))
    };
    // many: the line, a crow's foot and the parent's bar; a ring at each end, since the column may be NULL.
    assert_eq!(marks("0"), (3, 2));
    // one: the line, the child's bar and the parent's two; a ring at the child.
    assert_eq!(marks("1"), (4, 1));
}

#[test]
fn no_name_breaks_out_of_the_text() {
    let svg = drawn(&hostile());
    assert_readable(&svg);
    let document = Document::parse(&svg).unwrap();
    let known = ["svg", "title", "style", "rect", "text", "g", "path", "circle"];
    for node in document.root().descendants().filter(Node::is_element) {
        assert!(known.contains(&node.tag_name().name()), "{:?}", node.tag_name());
        assert!(node.attributes().all(|it| !it.name().starts_with("on") && it.name() != "href"));
    }
}

#[test]
fn an_empty_schema_says_so() {
    let svg = drawn(&Schema::empty(Dialect::Sqlite));
    assert_readable(&svg);
    assert!(svg.contains(">no tables</text>"), "{svg}");
}

#[test]
fn partitions_are_counted_and_what_has_no_box_is_named() {
    use schema_core::ir::{Object, ObjectId, ObjectKind, PartitionOf};
    let mut schema = Schema::empty(Dialect::Postgres);
    let (log, part) = (ObjectName::qualified("public", "log"), ObjectName::qualified("public", "log_1"));
    table(&mut schema, &log, &[], &[]);
    table(&mut schema, &part, &[], &[]);
    let of = PartitionOf { parent: log, bound: "DEFAULT".to_owned() };
    schema.tables.get_mut(&part).unwrap().partition_of = Some(of);
    let id = ObjectId::new(ObjectKind::View, ObjectName::qualified("public", "recent"));
    let view = Object { id: id.clone(), create: vec![], drop: vec![], uses: [].into() };
    schema.objects.insert(id, view);

    let diagram = Diagram::of(&schema, "models");
    assert_eq!((diagram.summary().tables, diagram.summary().left_out), (1, vec!["1 view".to_owned()]));
    let svg = diagram.draw(Format::Svg);
    assert!(svg.contains(">1 partition</text>") && svg.contains("not drawn: 1 view"), "{svg}");
}

#[test]
fn hundreds_of_tables_stay_apart_and_the_same_on_each_run() {
    let schema = large(200);
    let svg = drawn(&schema);
    assert_readable(&svg);
    assert_eq!(svg, drawn(&schema));
    let document = Document::parse(&svg).unwrap();
    assert_eq!(of_class(document.root(), "box").count(), 200);
}

#[test]
fn a_thousand_tables_are_drawn() {
    let svg = drawn(&large(1000));
    assert_eq!(svg.matches("<g class=\"box ").count(), 1000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any names, any references, circles and references to itself included.
    #[test]
    fn any_schema_can_be_read(
        tables in proptest::collection::vec((".{1,60}", proptest::collection::vec(".{1,50}", 0..4), proptest::collection::vec(0..12_usize, 0..4)), 1..12),
        schemas in 1..4_usize,
    ) {
        let name = |at: usize| {
            let at = at % tables.len();
            ObjectName::qualified(format!("s{}", at % schemas), format!("{}{at}", tables[at].0))
        };
        let mut schema = Schema::empty(Dialect::Postgres);
        for (at, (_, columns, parents)) in tables.iter().enumerate() {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            let parents: Vec<ObjectName> = parents.iter().map(|parent| name(*parent)).collect();
            table(&mut schema, &name(at), &columns, &parents.iter().collect::<Vec<_>>());
        }
        assert_readable(&drawn(&schema));
    }
}
