//! Types that get another name under rows.

use schema_core::ir::TypeKind;

use super::*;

/// Each type by its kind, its former and its new name.
fn renamed(types: &[(TypeKind, ObjectName, ObjectName)]) -> Intents {
    let mut intents = Intents::default();
    for (kind, old, new) in types {
        intents.type_renames.insert((*kind, new.clone()), Placed::bare(old.clone()));
    }
    intents
}

/// A domain with everything that can be made of it.
fn of_domain(name: &str) -> Schema {
    let cast = |text: &str| format!("{text}::{name}");
    let email = Domain { name: public(name), ..email() };
    let best = Domain::new(public("best"), named(name));
    let card = composite("card", &[("mail", named(name)), ("note", builtin("text"))]);
    let mut person = table(
        "person",
        vec![
            number("id"),
            Column { default: Some(cast("'a@b'")), ..Column::new("mail", named(name)) },
            nullable("more", array(named(name))),
            nullable("best", named("best")),
            nullable("card", named("card")),
            Column {
                generated: Some(Generated { expression: format!("({})::text || '!'", cast("mail")), stored: true }),
                ..nullable("loud", builtin("text"))
            },
        ],
    );
    person.checks.push(Check::new("person_mail", format!("mail <> {}", cast("'no@where'"))));
    Parts { domains: vec![email, best], composites: vec![card], tables: vec![person], ..Parts::default() }.schema()
}

#[tokio::test]
async fn a_domain_gets_another_name_under_all_that_is_made_of_it() {
    let rows = "INSERT INTO person (id, more, best, card) VALUES (1, '{c@d,e@f}', 'g@h', '(i@j,x)'); INSERT INTO person (id) VALUES (2)";
    let intents = renamed(&[(TypeKind::Domain, public("mail"), public("email"))]);
    let mut way = Way::new(&of_domain("mail"), &of_domain("email"), &intents, rows).await;
    let sql = "SELECT id::text, mail::text, more::text, best::text, card::text, loud FROM person ORDER BY id";
    let seen = ["1|a@b|{c@d,e@f}|g@h|(i@j,x)|a@b!", "2|a@b|NULL|x@y|NULL|a@b!"];
    way.round(sql, &seen, &seen).await;
    assert!(way.up_text().contains("ALTER DOMAIN \"public\".\"mail\" RENAME TO \"email\";"), "{}", way.up_text());
    assert!(!way.up_text().contains("DROP DOMAIN"), "{}", way.up_text());
    way.db.run("INSERT INTO person (id) VALUES (3)").await;
    way.sees("SELECT mail::text FROM person WHERE id = 3", &["a@b"]).await;
}

#[tokio::test]
async fn a_domain_gets_another_name_and_another_shape_at_once() {
    let (from, to) = (
        with_domain(domain("code", "integer"), vec![people(named("code"))]),
        with_domain(
            Domain {
                checks: vec![Check::new("number_big", "VALUE > 0")],
                comment: Some("counted".into()),
                ..domain("number", "bigint")
            },
            vec![people(named("number"))],
        ),
    );
    let intents = renamed(&[(TypeKind::Domain, public("code"), public("number"))]);
    let mut way = Way::new(&from, &to, &intents, "INSERT INTO person VALUES (1, 5), (2, NULL)").await;
    let sql = "SELECT id::text, mail::bigint::text FROM person ORDER BY id";
    way.round(sql, &["1|5", "2|NULL"], &["1|5", "2|NULL"]).await;
    way.db.run("INSERT INTO person VALUES (3, 5000000000)").await;
    let refused = way.db.down(&way.files).await.expect_err("it is too large for integer");
    assert!(refused.contains("does not fit integer"), "{refused}");
}

#[tokio::test]
async fn types_of_different_kinds_swap_their_names() {
    let make = |enumeration: &str, of_text: &str| {
        let labels = ["a".to_owned(), "b".to_owned()].into();
        let pair = table("pair", vec![number("id"), nullable("e", named(enumeration)), nullable("d", named(of_text))]);
        Parts {
            enums: vec![EnumType { name: public(enumeration), labels, comment: None }],
            domains: vec![domain(of_text, "text")],
            tables: vec![pair],
            ..Parts::default()
        }
        .schema()
    };
    let intents = renamed(&[
        (TypeKind::Enum, public("one"), public("other")),
        (TypeKind::Domain, public("other"), public("one")),
    ]);
    let rows = "INSERT INTO pair VALUES (1, 'b', 'text')";
    let mut way = Way::new(&make("one", "other"), &make("other", "one"), &intents, rows).await;
    let sql = "SELECT e::text, pg_typeof(e)::text, d::text, pg_typeof(d)::text FROM pair";
    way.round(sql, &["b|one|text|other"], &["b|other|text|one"]).await;
}

#[tokio::test]
async fn a_composite_type_moves_with_its_attributes_names_and_values() {
    let moved = ObjectName::qualified("app", "place");
    let from = with_composite(address(&["street", "zip"]), homes(named("address")));
    let ty = CompositeType { name: moved.clone(), ..address(&["road", "zip", "town"]) };
    let mut to = with_composite(ty, homes(SqlType::Named(moved.clone())));
    to.namespaces.insert("app".into());
    let mut intents = renamed(&[(TypeKind::Composite, public("address"), moved.clone())]);
    intents.column_renames.insert((moved, "road".into()), Placed::bare("street".into()));
    let mut way = Way::new(&from, &to, &intents, "INSERT INTO home VALUES (1, '(a,1)'), (2, NULL)").await;
    let sql = "SELECT at::text FROM home ORDER BY id";
    way.round(sql, &["(a,1)", "NULL"], &["(a,1,)", "NULL"]).await;
    assert!(way.up_text().contains("RENAME ATTRIBUTE"), "{}", way.up_text());
}

#[tokio::test]
async fn a_renamed_type_that_others_hold_is_not_built_anew() {
    let make = |name: &str, ty: &str| {
        let best = Domain::new(public("best"), named(name));
        Parts { domains: vec![domain(name, ty), best], ..Parts::default() }.schema()
    };
    let intents = renamed(&[(TypeKind::Domain, public("code"), public("number"))]);
    let refused = files(&make("code", "integer"), &make("number", "bigint"), &intents).expect_err("PostgreSQL can't");
    assert!(refused.contains("domain `number` can't be built anew while domain `best` is built on it"), "{refused}");
}
