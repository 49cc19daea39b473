use super::*;
use crate::decl::AllowCode;
use crate::ir::{Deferrable, Identity, IndexTarget, NullsOrder, ReferentialAction, TypeKind};

const SHOP: &str = r#"
    use chrono::{DateTime, Utc};
    #[derive(Table)]
    #[table(schema = "auth", comment = "who", unique(org_id, email, nulls_not_distinct), check("age > 0"), check("(age < 200)", name = "not_too_old"),
        index(status, created_at desc nulls_first, email opclass = text_pattern_ops collate = "C", where = "(deleted_at IS NULL)"),
        index(expr = "(lower(email))", unique, include(status), with(fillfactor = 80)),
        index(tags, using = GIN))]
    pub struct Member {
        #[column(primary_key, identity)] pub id: i64,
        #[column(unique(deferrable = initially_deferred), collate = "C", comment = "login")] pub email: String,
        #[column(references = Org, on_delete = cascade, index)] pub org_id: i64,
        #[column(default = " now() ")] pub created_at: DateTime<Utc>,
        pub deleted_at: Option<DateTime<Utc>>,
        pub status: String,
        #[column(check = "age is not null")] pub age: i32,
        pub tags: Vec<String>,
        #[column(generated = "(lower(email))", stored)] pub email_lower: String,
    }
    #[derive(Table)]
    pub struct Org { #[column(primary_key)] pub id: i64 }
"#;

#[test]
fn columns_keep_everything_that_is_said_of_them() {
    let scan = postgres(&[("src/lib.rs", SHOP)]);
    let of = |name| column(&scan, "auth.member", name);
    assert_eq!(of("id").identity, Some(Identity::ByDefault));
    assert_eq!((of("email").collation.as_deref(), of("email").comment.as_deref()), (Some("C"), Some("login")));
    assert_eq!(of("created_at").default.as_deref(), Some("now()"));
    assert!(of("deleted_at").nullable && !of("created_at").nullable);
    let generated = of("email_lower").generated.as_ref().unwrap();
    assert_eq!((generated.expression.as_str(), generated.stored), ("lower(email)", true));
    assert_eq!(table(&scan, "auth.member").comment.as_deref(), Some("who"));
    assert_eq!(scan.model.schema.namespaces.iter().collect::<Vec<_>>(), ["auth"]);
}

#[test]
fn constraints_have_names_by_rule() {
    let scan = postgres(&[("src/lib.rs", SHOP)]);
    let member = table(&scan, "auth.member");
    assert_eq!(member.primary_key.as_ref().unwrap().name, "member_pkey");
    let uniques: Vec<_> =
        member.uniques.iter().map(|unique| (unique.name.as_str(), unique.columns.join(","))).collect();
    assert_eq!(uniques, [("member_email_key", "email".into()), ("member_org_id_email_key", "org_id,email".into())]);
    assert_eq!(member.uniques[0].deferrable, Some(Deferrable::InitiallyDeferred));
    assert!(member.uniques[1].nulls_not_distinct);
    let checks: Vec<_> = member.checks.iter().map(|check| (check.name.as_str(), check.expression.as_str())).collect();
    assert_eq!(
        checks,
        [("member_age_check", "age is not null"), ("member_check", "age > 0"), ("not_too_old", "age < 200")]
    );
    let key = &member.foreign_keys[0];
    assert_eq!(
        (key.name.as_str(), key.references.to_string(), key.on_delete),
        ("member_org_id_fkey", "org".into(), ReferentialAction::Cascade)
    );
    assert_eq!((&key.columns[..], &key.referenced_columns[..]), (&["org_id".to_owned()][..], &["id".to_owned()][..]));
}

#[test]
fn indexes_are_canonical() {
    let scan = postgres(&[("src/lib.rs", SHOP)]);
    let member = table(&scan, "auth.member");
    let names: Vec<_> = member.indexes.iter().map(|index| index.name.as_str()).collect();
    assert_eq!(
        names,
        ["member_expr_idx", "member_org_id_idx", "member_status_created_at_email_idx", "member_tags_idx"]
    );
    let lower = &member.indexes[0];
    assert_eq!(lower.keys[0].target, IndexTarget::Expression("lower(email)".into()));
    assert!(lower.unique && lower.include == ["status"] && lower.storage["fillfactor"] == "80");
    let partial = &member.indexes[2];
    assert_eq!(partial.predicate.as_deref(), Some("deleted_at IS NULL"));
    assert!(partial.keys[1].descending && partial.keys[1].nulls.is_none(), "NULLS FIRST is the default of DESC");
    assert_eq!(partial.keys[2].opclass.as_deref(), Some("text_pattern_ops"));
    assert_eq!(member.indexes[3].method.as_deref(), Some("gin"));
    let other = postgres(&[(
        "src/lib.rs",
        "#[derive(Table)] #[table(index(a nulls_first, b nulls_last, using = btree))] struct T { a: i32, b: i32 }",
    )]);
    let keys = &table(&other, "t").indexes[0].keys;
    assert_eq!((keys[0].nulls, keys[1].nulls), (Some(NullsOrder::First), None));
    assert_eq!(table(&other, "t").indexes[0].method, None);
}

#[test]
fn names_made_by_rule_avoid_each_other_and_stated_ones() {
    let scan = postgres(&[(
        "src/lib.rs",
        r#"#[derive(Table)] #[table(check("a > 0"), check("a > 1"), index(a), index(a, where = "a > 5"), check("a > 2", name = "t_check_2"), check("a > 3", name = "t_2_check"))]
           struct T { a: i32 }"#,
    )]);
    let checks: Vec<_> =
        table(&scan, "t").checks.iter().map(|check| (check.name.as_str(), check.expression.as_str())).collect();
    assert_eq!(checks, [("t_2_check", "a > 3"), ("t_3_check", "a > 1"), ("t_check", "a > 0"), ("t_check_2", "a > 2")]);
    let indexes: Vec<_> = table(&scan, "t").indexes.iter().map(|index| index.name.as_str()).collect();
    assert_eq!(indexes, ["t_a_2_idx", "t_a_idx"]);
}

#[test]
fn on_sqlite_the_check_of_an_enum_column_has_its_name_to_itself() {
    let scan = sqlite(&[(
        "src/lib.rs",
        r#"#[derive(SqlEnum)] enum M { A } #[derive(Table)] struct T { #[column(check = "m <> 'x'")] m: M }"#,
    )]);
    assert_eq!(table(&scan, "t").checks[0].name, "t_m_2_check");
}

#[test]
fn sqlx_attributes_decide_names() {
    let scan = postgres(&[(
        "src/lib.rs",
        r#"#[derive(Table)] #[sqlx(rename_all = "camelCase")] #[table(primary_key(user_id, r#type), unique(r#type))]
           struct T { user_id: i64, #[sqlx(rename = "kind")] r#type: String, #[column(name = "E")] r#enum: bool, #[sqlx(skip)] left_out: Nope }"#,
    )]);
    assert_eq!(columns(&scan, "t"), ["userId bigint", "kind text", "E boolean"]);
    assert_eq!(table(&scan, "t").primary_key.as_ref().unwrap().columns, ["userId", "kind"]);
    assert_eq!(table(&scan, "t").uniques[0].name, "t_kind_key");
}

#[test]
fn flattened_structs_give_their_columns_in_place() {
    let scan = postgres(&[
        (
            "src/lib.rs",
            r#"mod parts; use parts::Audit as A;
               #[derive(Table)] #[sqlx(rename_all = "camelCase")] #[table(index(created_at))]
               pub struct Bill { #[column(primary_key)] pub bill_id: i64, #[sqlx(flatten)] audit: A, pub last_one: bool }"#,
        ),
        (
            "src/parts.rs",
            r#"type Stamp = i64; pub struct User;
               pub struct Audit { #[sqlx(flatten)] by: By, #[column(default = "0")] pub created_at: Stamp }
               #[sqlx(rename_all = "UPPERCASE")] struct By { #[column(references = super::Bill)] owner: Option<Stamp>, #[sqlx(rename = "x")] other: String }"#,
        ),
    ]);
    assert_eq!(
        columns(&scan, "bill"),
        ["billId bigint", "OWNER bigint?", "x text", "created_at bigint", "lastOne boolean"]
    );
    assert_eq!(table(&scan, "bill").indexes[0].name, "bill_created_at_idx");
    assert_eq!(table(&scan, "bill").foreign_keys[0].columns, ["OWNER"]);
    let fields: Vec<_> = scan.model.items[0].field_types.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["bill_id", "last_one"]);
}

#[test]
fn composite_keys_pair_by_position() {
    let scan = postgres(&[(
        "src/lib.rs",
        r#"type Alias = Party;
           #[derive(Table)] #[table(unique(no, kind, tenant))] struct Party { #[column(primary_key)] id: i64, tenant: i32, kind: String, no: i32 }
           #[derive(Table)] #[table(primary_key(b, a, name = "pk"))] struct Pair { a: i32, b: String }
           #[derive(Table)] #[table(foreign_key(party_no, party_kind, tenant, references = Alias(no, kind, tenant), match_full, deferrable, name = "to_party"),
                foreign_key(y, x, references = Pair))]
           struct Person { party_no: i32, party_kind: String, tenant: i32, x: i32, y: String }"#,
    )]);
    let keys = &table(&scan, "person").foreign_keys;
    assert_eq!((keys[0].columns.join(","), keys[0].referenced_columns.join(",")), ("y,x".into(), "b,a".into()));
    assert_eq!(keys[1].referenced_columns, ["no", "kind", "tenant"]);
    assert!(keys[1].match_full && keys[1].deferrable == Some(Deferrable::InitiallyImmediate));
}

#[test]
fn enums_have_labels_by_rule_in_declared_order() {
    let scan = postgres(&[(
        "src/lib.rs",
        r#"#[derive(SqlEnum, sqlx::Type)] #[sql_enum(renamed_from = "old.feeling", comment = "c", allow(drop_label("junk", map_to = "so-so", reason = "merged")))]
           #[sqlx(type_name = "Mood", rename_all = "kebab-case")]
           enum Feeling { VeryGood, #[label(renamed_from = "meh")] #[sqlx(rename = "so-so")] SoSo, r#Bad }"#,
    )]);
    let mood = &scan.model.schema.enums[&name(&scan, "mood")];
    assert_eq!(
        (&mood.labels[..], mood.comment.as_deref()),
        (&["very-good".to_owned(), "so-so".into(), "bad".into()][..], Some("c"))
    );
    let intents = &scan.model.intents;
    assert_eq!(intents.type_renames[&(TypeKind::Enum, mood.name.clone())].value, name(&scan, "old.feeling"));
    assert_eq!(intents.label_renames[&(mood.name.clone(), "so-so".into())].value, "meh");
    let allow = &intents.allows[0];
    assert_eq!(
        (allow.code, allow.part.as_deref(), allow.map_to.as_deref()),
        (AllowCode::DropLabel, Some("junk"), Some("so-so"))
    );
}

#[test]
fn former_names_of_types_and_attributes_are_resolved() {
    let scan = postgres(&[(
        "src/lib.rs",
        r#"#[derive(Domain)] #[domain(renamed_from = "mail")] struct Email(String);
           #[derive(Composite)] #[composite(schema = "app", renamed_from = "old.place")] struct Address { #[column(renamed_from = "postcode")] zip: String }"#,
    )]);
    let intents = &scan.model.intents;
    let (email, address) = (name(&scan, "email"), name(&scan, "app.address"));
    assert_eq!(intents.type_renames[&(TypeKind::Domain, email)].value, name(&scan, "mail"));
    assert_eq!(intents.type_renames[&(TypeKind::Composite, address.clone())].value, name(&scan, "old.place"));
    assert_eq!(intents.column_renames[&(address, "zip".into())].value, "postcode");
}

#[test]
fn intents_are_resolved_to_objects() {
    let scan = postgres(&[(
        "src/lib.rs",
        r#"schema! { schema app; schema extra; allow(drop_table("auth.sessions", reason = "moved"), drop_enum("mood", reason = "unused")); }
           #[derive(Table)] #[table(schema = "auth", renamed_from = "accounts", allow(drop_column("legacy", reason = "unread", restore = "0"), drop_primary_key, reason = "r"))]
           struct User {
              #[column(renamed_from = "name", allow(narrow_type, reason = "short"), name = "display")] display_name: String,
              #[column(backfill = " 'user' ", allow(assume_empty, reason = "new"))] role: String,
           }"#,
    )]);
    let user = name(&scan, "auth.user");
    let intents = &scan.model.intents;
    assert_eq!(intents.table_renames[&user].value, name(&scan, "auth.accounts"));
    assert_eq!(intents.column_renames[&(user.clone(), "display".into())].value, "name");
    assert_eq!(intents.backfills[&(user.clone(), "role".into())].value, "'user'");
    let mut allows: Vec<_> = intents
        .allows
        .iter()
        .map(|allow| format!("{} {} {:?}", allow.code.as_str(), allow.object, allow.part.as_deref()))
        .collect();
    allows.sort();
    assert_eq!(
        allows,
        [
            "assume_empty auth.user Some(\"role\")",
            "drop_column auth.user Some(\"legacy\")",
            "drop_enum mood None",
            "drop_primary_key auth.user None",
            "drop_table auth.sessions None",
            "narrow_type auth.user Some(\"display\")",
        ]
    );
    assert_eq!(scan.model.schema.namespaces.iter().collect::<Vec<_>>(), ["app", "auth", "extra"]);
}

#[test]
fn sqlite_names_have_no_schema_and_options_are_kept() {
    let scan = sqlite(&[(
        "src/lib.rs",
        r#"#[derive(Table)] #[table(without_rowid, strict, renamed_from = "a.b", index(name collate = "nocase"))]
           struct Item { #[column(primary_key)] id: i64, #[column(generated = "id + 1")] next: i64, name: String }"#,
    )]);
    let item = table(&scan, "item");
    assert!(item.without_rowid && item.strict && item.name.schema.is_none());
    assert_eq!(scan.model.intents.table_renames[&item.name].value, ObjectName::bare("a.b"));
    assert!(scan.model.schema.namespaces.is_empty());
}

#[test]
fn a_whole_crate_is_lowered_the_same_each_time() {
    let (first, second) = (postgres(&[("src/lib.rs", SHOP)]), postgres(&[("src/lib.rs", SHOP)]));
    assert_eq!(first.model.schema, second.model.schema);
    let prints = |scan: &Scan| scan.model.items.iter().map(|item| item.fingerprint.clone()).collect::<Vec<_>>();
    assert_eq!(prints(&first), prints(&second));
}
