use super::*;
use crate::ir::{Column, Dialect, SqlType, Table};
use crate::model::Model;

fn column(name: &str, nullable: bool) -> Column {
    Column { nullable, ..Column::new(name, SqlType::builtin("text")) }
}

fn schema(tables: &[(&str, &[Column])]) -> Schema {
    let mut schema = Schema::empty(Dialect::Postgres);
    for (name, columns) in tables {
        let name = ObjectName::qualified("public", *name);
        schema.tables.insert(name.clone(), Table { columns: columns.to_vec(), ..Table::new(name) });
    }
    schema
}

fn found(queries: &[&str], now: &Schema) -> Vec<String> {
    let mut model = Model::empty(Dialect::Postgres);
    model.schema =
        schema(&[("item", &[column("id", false), column("name", true), column("note", true)]), ("log", &[])]);
    let place = |line| Place { file: "src/lib.rs".into(), line, column: 1 };
    let item = ObjectName::qualified("public", "item");
    model.places.insert(Path::Column(item, "name".to_owned()), &place(7).file, (7, 1));
    let queries = queries.iter().zip(20..);
    let queries = queries.map(|(sql, line)| Query::new(Dialect::Postgres, place(line), (*sql).to_owned())).collect();
    let release = Release { name: "v1".to_owned(), model, queries };
    broken(&release, now).iter().map(ToString::to_string).collect()
}

#[test]
fn what_the_release_uses_and_loses_is_named_with_every_place() {
    let now = schema(&[("item", &[column("id", false), column("title", true), column("note", true)])]);
    let found = found(
        &["SELECT name FROM item", "SELECT name FROM other", "SELECT i.name FROM public.item i", "TABLE log"],
        &now,
    );
    let text = found.join("\n");
    assert_eq!(found.len(), 2, "{text}");
    for part in [
        "table `item`: column `name` goes, and v1 still uses it",
        "--> src/lib.rs:7:1",
        "also at src/lib.rs:20:1: SELECT name FROM item",
        "also at src/lib.rs:22:1: SELECT i.name FROM public.item i",
        "table `log` goes, and v1 still uses it",
        "--> src/lib.rs:23:1",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn values_that_rows_must_have_are_asked_of_what_inserts() {
    let base = [column("id", false), column("name", true), column("note", false), column("kind", false)];
    let now = schema(&[("item", &base), ("log", &[])]);
    let inserts = ["INSERT INTO public.item (id, note) VALUES ($1, $2)", "UPDATE item SET kind = 'a'"];
    let text = found(&inserts, &now).join("\n");
    assert!(text.contains("column `note` becomes NOT NULL, and v1 may insert NULL"), "{text}");
    assert!(text.contains("column `kind` is new and NOT NULL, and v1 inserts rows without it"), "{text}");
    assert!(text.contains("the query: INSERT INTO public.item (id, note)") && !text.contains("UPDATE"), "{text}");
    let filled = Column { default: Some("'a'".to_owned()), ..column("kind", false) };
    let now = schema(&[("item", &[base[0].clone(), base[1].clone(), column("note", true), filled]), ("log", &[])]);
    assert_eq!(found(&inserts, &now), Vec::<String>::new());
}
