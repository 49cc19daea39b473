//! Differences: what comes, goes and changes is told apart with and without colours.

use schema_core::diff::{Renames, diff};
use schema_core::ir::{Column, Dialect, ObjectName, Schema, SqlType};
use schema_runtime::diagram::{Diagram, Format};

use crate::schemas::{hostile, large, table};

fn between(from: &Schema, to: &Schema, renames: &Renames) -> Diagram {
    Diagram::between(to, &diff(from, to, renames), "snapshot \u{2192} models")
}

#[test]
fn each_mark_has_its_class_and_its_sign() {
    let [users, orders, old, new, far] = ["users", "orders", "old", "new", "far"].map(ObjectName::bare);
    let mut from = Schema::empty(Dialect::Sqlite);
    table(&mut from, &users, &["legacy", "name"], &[]);
    table(&mut from, &orders, &[], &[&users]);
    table(&mut from, &old, &[], &[&users]);
    table(&mut from, &far, &[], &[]);
    let mut to = Schema::empty(Dialect::Sqlite);
    table(&mut to, &users, &["full_name"], &[]);
    table(&mut to, &orders, &[], &[&users]);
    table(&mut to, &new, &[], &[&users]);
    table(&mut to, &far, &[], &[]);
    let users_table = to.tables.get_mut(&users).unwrap();
    users_table.columns[0].ty = SqlType::builtin("INTEGER");
    users_table.columns.push(Column::new("email", SqlType::builtin("text")));
    let mut renames = Renames::default();
    renames.columns.insert((users, "full_name".to_owned()), "name".to_owned());

    let diagram = between(&from, &to, &renames);
    let svg = diagram.draw(Format::Svg);
    for class in ["box added", "box removed", "box changed", "box same", "link added", "link removed", "link same"] {
        assert!(svg.contains(&format!("class=\"{class}\"")), "{class}\n{svg}");
    }
    let row = |class: &str, name: &str, sign: &str| {
        let row = format!("<g class=\"row {class}\" data-name=\"{name}\">");
        let (_, row) = svg.split_once(&row).unwrap_or_else(|| panic!("{name}\n{svg}"));
        assert!(row.split("</g>").next().unwrap().contains(&format!(">{sign}</text>")), "{row}");
    };
    row("added", "email", "+");
    row("removed", "legacy", "-");
    row("changed", "full_name", "~");
    row("changed", "id", "~");
    assert!(svg.contains("text, was name") && svg.contains("bigint \u{2192} INTEGER"), "{svg}");
    assert!(svg.contains("+ fk_0: new(parent_0)") && svg.contains("- fk_0: old(parent_0)"), "{svg}");
    assert!(svg.contains("+ added, - removed, ~ changed"), "{svg}");
    assert_eq!(diagram.summary().left_out, ["1 unchanged table"]);
}

#[test]
fn sides_that_say_the_same_give_a_picture_that_says_so() {
    let diagram = between(&large(9), &large(9), &Renames::default());
    assert_eq!(diagram.summary().left_out, ["9 unchanged tables"]);
    assert!(diagram.draw(Format::Svg).contains(">no table changes; not drawn: 9 unchanged tables</text>"));
}

#[test]
fn hostile_names_can_come_and_go() {
    let empty = Schema::empty(Dialect::Postgres);
    for diagram in [between(&empty, &hostile(), &Renames::default()), between(&hostile(), &empty, &Renames::default())]
    {
        roxmltree::Document::parse(&diagram.draw(Format::Svg)).unwrap();
    }
}
