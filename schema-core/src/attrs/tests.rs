use proc_macro2::{TokenStream, TokenTree};
use proptest::prelude::*;
use quote::quote;

use super::{flattened, schema_macro, sql_enum, table};
use crate::decl::{AllowCode, IndexTargetDecl, JsonDecl, RenameRule, TableDecl};
use crate::ir::{Deferrable, Identity, NullsOrder, ReferentialAction};

/// Every error as `line:column message`, columns from 1, without the help lines.
fn places(error: syn::Error) -> Vec<String> {
    let shown = error.into_iter().map(|error| {
        let start = error.span().start();
        let text = error.to_string();
        format!("{}:{} {}", start.line, start.column + 1, text.lines().next().unwrap_or_default())
    });
    shown.collect()
}

fn ok(source: &str) -> TableDecl {
    table(&syn::parse_str(source).unwrap()).unwrap_or_else(|error| panic!("{:#?}", places(error)))
}

fn errors(source: &str) -> Vec<String> {
    table(&syn::parse_str(source).unwrap()).map_or_else(places, |_| Vec::new())
}

/// The errors of a field that stands at line 3, its attribute at column 10.
fn column_errors(attribute: &str) -> Vec<String> {
    errors(&format!("#[derive(Table)]\nstruct T {{\n#[column({attribute})]\nid: i64 }}"))
}

/// The errors of a struct whose attribute starts at column 9 of line 1.
fn table_errors(attribute: &str) -> Vec<String> {
    errors(&format!("#[table({attribute})]\nstruct T {{ id: i64, status: String }}"))
}

#[test]
fn the_whole_language_is_read() {
    let decl = ok(r#"
        #[derive(Table, sqlx::FromRow)]
        #[table(name = "users", schema = "auth", comment = "who logs in", renamed_from = "accounts", strict, without_rowid)]
        #[table(primary_key(org_id, id, name = "users_pk"))]
        #[table(unique(org_id, email, name = "one", nulls_not_distinct, deferrable))]
        #[table(check("a < b", name = "in_order"), check("a > 0"))]
        #[table(foreign_key(org_id, id, references = super::Member(org, id), on_delete = cascade, on_update = set_null,
            match_full, deferrable = initially_deferred, name = "fk"))]
        #[table(index(email opclass = text_pattern_ops collate = "C", created_at desc nulls_last, expr = "lower(email)" desc,
            include(id), where = "a IS NULL", using = gin, unique, name = "ix", with(fillfactor = 80, fastupdate = off),
            nulls_not_distinct))]
        #[table(allow(drop_column("legacy", restore = "0", keep), drop_primary_key, reason = "unread"))]
        pub struct User {
            #[column(identity = always)]
            pub id: i64,
            #[column(references = Org(slug), on_delete = restrict, index(desc, name = "by_org"))]
            pub org_id: i64,
            #[column(name = "mail", unique(name = "uq"), collate = "C", comment = "login", check = "x", check("y", name = "z"))]
            pub email: String,
            #[column(type = "timestamptz", default = "now()")]
            pub created_at: Time,
            #[column(generated = "lower(mail)", stored)]
            pub r#type: String,
            #[column(backfill = "'user'", renamed_from = "old", allow(narrow_type, reason = "short"))]
            pub role: String,
        }
    "#);
    let key = &decl.foreign_keys[0].value;
    assert_eq!(key.references.value.to_string(), "super::Member");
    assert_eq!(key.referenced_columns.len(), 2);
    assert_eq!(key.on_update.as_ref().unwrap().value, ReferentialAction::SetNull);
    assert_eq!(key.deferrable.as_ref().unwrap().value, Deferrable::InitiallyDeferred);
    let index = &decl.indexes[0].value;
    assert_eq!(index.keys.len(), 3);
    assert_eq!(index.keys[0].opclass.as_ref().unwrap().value, "text_pattern_ops");
    assert_eq!(index.keys[0].collate.as_ref().unwrap().value, "C");
    assert_eq!(index.keys[1].nulls.as_ref().unwrap().value, NullsOrder::Last);
    assert!(matches!(&index.keys[2].target, IndexTargetDecl::Expression(text) if text.value == "lower(email)"));
    let storage: Vec<(&str, &str)> =
        index.storage.iter().map(|(name, value)| (name.value.as_str(), value.as_str())).collect();
    assert_eq!(storage, [("fillfactor", "80"), ("fastupdate", "off")]);
    let allowed: Vec<AllowCode> = decl.allows.iter().map(|allow| allow.code.value).collect();
    assert_eq!(allowed, [AllowCode::DropColumn, AllowCode::DropPrimaryKey]);
    assert!(decl.allows[0].keep && !decl.allows[1].keep);
    assert!(decl.allows.iter().all(|allow| allow.reason == "unread"));
    assert_eq!(decl.fields[0].identity.as_ref().unwrap().value, Identity::Always);
    assert_eq!(decl.fields[1].index.as_ref().unwrap().value.keys.len(), 1);
    assert_eq!(decl.fields[2].checks.len(), 2);
    assert_eq!(decl.fields[4].ident.value, "type");
    assert!(decl.fields[4].generated.as_ref().unwrap().value.stored);
    assert_eq!(decl.fields[5].allows[0].reason, "short");
}

#[test]
fn what_sqlx_says_is_honoured_and_what_it_does_not_say_is_left_to_it() {
    let decl = ok(r#"
        #[sqlx(rename_all = "camelCase", default)]
        struct T {
            #[sqlx(rename = "ID", some_future_option = 3)] id: i64,
            #[sqlx(skip)] cache: Cache,
            #[sqlx(flatten)] audit: Audit,
            #[sqlx(json(nullable))] extra: Option<Extra>,
            #[sqlx(try_from = "i32", default)] level: Level,
            #[doc = "doc comments stay in Rust"] made_at: Time,
        }
    "#);
    assert_eq!(decl.rename_all.as_ref().unwrap().value, RenameRule::CamelCase);
    let names: Vec<String> = decl.fields.iter().map(|field| super::column_name(&decl, field)).collect();
    assert_eq!(names, ["ID", "audit", "extra", "level", "madeAt"]);
    assert!(decl.fields[1].flatten.is_some());
    assert_eq!(decl.fields[2].json.as_ref().unwrap().value, JsonDecl::Nullable);
    assert_eq!(decl.fields[3].try_from.as_ref().unwrap().value.to_string(), "i32");
    assert!(decl.comment.is_none() && decl.fields[4].comment.is_none());
}

#[test]
fn a_flattened_struct_keeps_its_own_rename_rule() {
    let source =
        r#"#[sqlx(rename_all = "UPPERCASE")] struct Audit { made_at: Time, #[column(name = "by")] made_by: i64 }"#;
    let (fields, rule) = flattened(&syn::parse_str(source).unwrap()).unwrap();
    let stated: Vec<Option<&str>> =
        fields.iter().map(|field| field.name.as_ref().map(|name| name.value.as_str())).collect();
    assert_eq!((stated, rule), (vec![None, Some("by")], Some(RenameRule::UpperCase)));
}

#[test]
fn every_error_of_an_item_is_reported_at_its_token() {
    let found = errors(concat!(
        "#[table(nmae = \"t\", index(status, statsu), strict = true, strict, strict)]\n",
        "struct T {\n",
        "    #[column(primry_key, uniqe)]\n",
        "    id: i64,\n",
        "    #[cfg(feature = \"x\")]\n",
        "    #[column(default = 5)] status: String,\n",
        "}",
    ));
    assert_eq!(
        found,
        [
            "1:9 unknown name `nmae` in `#[table(..)]`",
            "1:35 `T` has no column for a field `statsu`",
            "1:44 `strict` takes no value",
            "1:67 `strict` is given twice",
            "3:14 unknown name `primry_key` in `#[column(..)]`",
            "3:26 unknown name `uniqe` in `#[column(..)]`",
            "5:7 `cfg` on a field of a table: the schema must not depend on features or targets",
            "6:24 `default` needs a string: `default = \"..\"`",
        ]
    );
}

#[test]
fn the_nearest_name_and_all_valid_ones_are_offered() {
    let error = table(&syn::parse_str("struct T { #[column(primry_key)] id: i64 }").unwrap()).unwrap_err().to_string();
    assert!(error.contains("\n  help: did you mean `primary_key`?\n  help: valid are `name`, `type`,"), "{error}");
}

#[test]
fn values_of_the_wrong_kind_are_refused_where_they_stand() {
    assert_eq!(column_errors("name = 5"), ["3:17 `name` needs a string: `name = \"..\"`"]);
    assert_eq!(column_errors("name"), ["3:10 `name` needs a string: `name = \"..\"`"]);
    assert_eq!(column_errors("name ="), ["3:10 `name =` lacks its value"]);
    assert_eq!(column_errors("name = \"\""), ["3:17 `name` is empty"]);
    assert_eq!(column_errors("default = \"a\\0b\""), ["3:20 a NUL character can't be stored in any database"]);
    assert_eq!(column_errors("comment = \"a\" \"b\""), ["3:24 a comma is expected before this"]);
    assert_eq!(column_errors("primary_key = true"), ["3:10 `primary_key` takes no value"]);
    assert_eq!(column_errors("identity = sometimes"), ["3:21 unknown value `sometimes` of `identity`"]);
    assert_eq!(
        column_errors("references = \"org\""),
        ["3:23 `references` needs a struct: `references = Org` or `references = Org(id)`"]
    );
    assert_eq!(column_errors("references = Org, on_delete = delete"), ["3:40 unknown value `delete` of `on_delete`"]);
    assert_eq!(column_errors(", unique"), ["3:10 nothing stands before this comma"]);
    assert_eq!(column_errors("= 5"), ["3:10 a name is expected here"]);
    assert_eq!(table_errors("primary_key"), ["1:9 `primary_key` needs a list: `primary_key(..)`"]);
    assert_eq!(errors("#[table] struct T { id: i64 }"), ["1:3 `table` needs a list: `#[table(..)]`"]);
    assert_eq!(errors("#[table = \"t\"] struct T { id: i64 }"), ["1:3 `table` needs a list: `#[table(..)]`"]);
}

#[test]
fn names_too_long_for_the_database_are_refused_in_bytes() {
    let long = "ж".repeat(32);
    let message = format!("1:16 the name `{long}` has 64 bytes, and PostgreSQL cuts names after 63");
    assert_eq!(table_errors(&format!("name = \"{long}\"")), [message]);
    assert!(table_errors(&format!("name = \"{}\"", "ж".repeat(31))).is_empty());
    assert_eq!(table_errors(&format!("unique(id, name = \"{long}\")")).len(), 1);
    assert_eq!(errors(&format!("struct T {{ #[sqlx(rename = \"{long}\")] id: i64 }}")).len(), 1);
}

#[test]
fn constraints_say_what_they_lack() {
    assert_eq!(table_errors("primary_key()"), ["1:9 `primary_key` lists no field"]);
    assert_eq!(table_errors("unique(id, id)"), ["1:20 `id` is listed twice"]);
    assert_eq!(table_errors("check(name = \"c\")"), ["1:9 `check` needs its condition first: `check(\"price >= 0\")`"]);
    assert_eq!(table_errors("foreign_key(id)"), ["1:9 `foreign_key` needs `references = ..`"]);
    assert_eq!(
        table_errors("foreign_key(id, status, references = Org(id))"),
        ["1:9 `foreign_key` has 2 fields here and 1 in the referenced struct"]
    );
    assert_eq!(table_errors("index(where = \"a\")"), ["1:9 `index` has no key: name a field, or `expr = \"..\"`"]);
    assert_eq!(table_errors("index(id descending)"), ["1:18 unknown word `descending` after an index key"]);
    assert_eq!(
        table_errors("index(id, with(fillfactor))"),
        ["1:24 the storage parameter `fillfactor` needs a value: `fillfactor = 80`"]
    );
    assert_eq!(table_errors("index(expr = 5)"), ["1:22 `expr` needs a string: `expr = \"lower(email)\"`"]);
    assert_eq!(column_errors("on_delete = cascade"), ["3:10 `on_delete` needs `references = ..` beside it"]);
    assert_eq!(column_errors("references = Org(a, b)"), ["3:30 one field can't reference several"]);
    assert_eq!(column_errors("stored"), ["3:10 `stored` needs `generated = \"..\"` beside it"]);
    assert_eq!(column_errors("identity, default = \"1\""), ["3:30 a column can't have both `identity` and `default`"]);
    assert_eq!(
        errors("#[table(primary_key(a, b))] struct T { #[column(primary_key)] a: i64, b: i64 }"),
        ["1:49 the struct states `primary_key(..)` already"]
    );
    assert_eq!(
        errors("struct T { #[column(primary_key)] a: i64, #[column(primary_key)] b: i64 }"),
        ["1:52 a table has one primary key"]
    );
}

#[test]
fn fields_may_be_called_like_options() {
    let source = "#[table(unique(id, name), primary_key(name), index(name, include(unique)))]
        struct T { id: i64, name: String, unique: bool }";
    let decl = ok(source);
    assert_eq!(decl.uniques[0].value.columns.len(), 2);
    assert_eq!(decl.indexes[0].value.include[0].value, "unique");
}

#[test]
fn consent_needs_a_reason_a_known_code_and_its_right_place() {
    assert_eq!(table_errors("allow(drop_column(\"a\"))"), ["1:15 `drop_column` needs a reason: `reason = \"..\"`"]);
    assert_eq!(table_errors("allow(drop_column(\"a\", reason = \" \"))"), ["1:41 `reason` is empty"]);
    assert_eq!(table_errors("allow(drop_column(reason = \"x\"))"), ["1:15 `drop_column` needs the name of the column"]);
    assert_eq!(
        table_errors("allow(narrow_type, reason = \"x\")"),
        ["1:15 `narrow_type` is allowed in `#[column(allow(..))]`, not here"]
    );
    assert_eq!(table_errors("allow(drop_colum(\"a\"), reason = \"x\")"), ["1:15 unknown consent `drop_colum`"]);
    assert_eq!(table_errors("allow()"), ["1:9 `allow` allows nothing: name what it is about"]);
    assert_eq!(column_errors("allow(narrow_type(\"x\"), reason = \"x\")"), ["3:28 `narrow_type` takes no name"]);
    assert_eq!(
        table_errors("allow(drop_check(\"c\", map_to = \"x\", reason = \"x\"))"),
        ["1:31 `map_to` belongs to `drop_label`"]
    );
}

#[test]
fn a_struct_that_can_be_no_table_says_why() {
    let needs_fields = "a table's struct needs named fields: their names are the columns'";
    assert_eq!(errors("struct T(i64);"), [format!("1:9 {needs_fields}")]);
    assert_eq!(errors("struct T;"), [format!("1:8 {needs_fields}")]);
    assert_eq!(errors("struct T<X> { x: X }"), ["1:10 a table's struct can't be generic: its columns must be known"]);
    assert_eq!(
        errors("#[column(name = \"t\")] struct T { #[table(name = \"t\")] id: i64 }"),
        [
            "1:3 `#[column(..)]` stands on a field; on the struct write `#[table(..)]`",
            "1:36 `#[table(..)]` stands on the struct; on a field write `#[column(..)]`"
        ]
    );
    assert_eq!(
        errors("struct T { #[sqlx(skip)] #[column(index)] id: i64 }"),
        ["1:28 `#[column(..)]` on a field that sqlx skips: it is no column"]
    );
}

#[test]
fn attributes_behind_cfg_attr_count_only_under_the_derives_own_condition() {
    let same = r#"#[cfg_attr(feature = "ssr", derive(Table), table(name = "t"))]
        struct T { #[cfg_attr(feature = "ssr", column(primary_key))] id: i64 }"#;
    let decl = ok(same);
    assert_eq!(decl.name.as_ref().unwrap().value, "t");
    assert!(decl.fields[0].primary_key.is_some());
    let other = "#[derive(Table)]\nstruct T { #[cfg_attr(x, column(index))] id: i64 }";
    assert_eq!(
        errors(other),
        ["2:26 `column` behind `cfg_attr(x, ..)`: the schema must not depend on features or targets"]
    );
}

#[test]
fn enums_are_read_with_their_labels() {
    let source = r#"
        #[derive(SqlEnum)]
        #[sqlx(type_name = "app.Mood", rename_all = "snake_case")]
        #[sql_enum(comment = "c", renamed_from = "feeling", allow(drop_label("junk", map_to = "", reason = "merged")))]
        enum Mood { VeryGood, #[label(rename = "so-so", renamed_from = "meh")] SoSo, #[sqlx(rename = "BAD")] Bad = 7 }
    "#;
    let decl = sql_enum(&syn::parse_str(source).unwrap()).unwrap();
    assert_eq!((super::enum_name(&decl).as_str(), decl.schema.as_ref().unwrap().value.as_str()), ("mood", "app"));
    let labels: Vec<String> = decl.labels.iter().map(|label| super::label_name(&decl, label)).collect();
    assert_eq!(labels, ["very_good", "so-so", "BAD"]);
    assert_eq!(decl.allows[0].map_to.as_ref().unwrap().value, "");
}

#[test]
fn enums_report_what_can_be_no_label() {
    let source = "#[sql_enum(rename_all = \"snakecase\")]\nenum E<T> { A(T), #[cfg(x)] B, #[label(name = \"c\")] C }";
    let error = sql_enum(&syn::parse_str(source).unwrap()).unwrap_err();
    assert_eq!(
        places(error),
        [
            "1:25 unknown rule `snakecase`",
            "2:8 a SQL enum can't be generic",
            "2:13 `A` has fields: a label of a SQL enum has none",
            "2:21 `cfg` on a variant of a SQL enum: the schema must not depend on features or targets",
            "2:40 unknown name `name` in `#[label(..)]`",
        ]
    );
}

#[test]
fn the_schema_macro_is_read_statement_by_statement() {
    let read = |body: &str| schema_macro(body.parse().unwrap());
    let decl = read(r#"schema app; schema "Big"; allow(drop_table("sessions", reason = "r"), drop_enum("auth.mood"), reason = "s");"#).unwrap();
    let namespaces: Vec<&str> = decl.namespaces.iter().map(|name| name.value.as_str()).collect();
    assert_eq!(namespaces, ["app", "Big"]);
    let reasons: Vec<&str> = decl.allows.iter().map(|allow| allow.reason.as_str()).collect();
    assert_eq!(reasons, ["r", "s"]);
    assert_eq!(
        places(
            read("schema public;\nschma app;\nallow(drop_column(\"a\", reason = \"x\"));\n5;\nschema a b;\nschema app")
                .unwrap_err()
        ),
        [
            "1:8 the schema `public` is always there and is never created",
            "2:1 unknown name `schma` in `schema! { .. }`",
            "3:7 `drop_column` is allowed in `#[table(allow(..))]`, not here",
            "4:1 a statement such as `schema ..;` or `allow(..);` is expected here",
            "5:10 a semicolon is expected before this",
            "6:1 a semicolon is missing after this",
        ]
    );
}

/// Tokens of the language and others, groups opened and as they are.
fn words() -> Vec<TokenTree> {
    let source = r#"table column name type index(unique, expr = "x") primary_key(id, name = "a") references = Org(id)
        on_delete = cascade deferrable allow(drop_column("a", reason = "b")) check("c") foreign_key(id) with(a = 1)
        include(id) desc nulls_last opclass collate = "C" identity = always schema ; , , , = = # ( ) [a] {b} () 5 -1 'x'
        "" b"bytes" "\\u{0}" r\#type Self crate :: super reason map_to restore where using"#;
    let flat = source.replace("( )", "").replace("r\\#type", "r#type").parse::<TokenStream>().unwrap();
    let mut words: Vec<TokenTree> = flat.into_iter().collect();
    let inner: Vec<TokenTree> = words
        .iter()
        .filter_map(|word| match word {
            TokenTree::Group(group) => Some(group.stream()),
            _ => None,
        })
        .flatten()
        .collect();
    words.extend(inner);
    words
}

proptest! {
    #[test]
    fn no_sequence_of_tokens_makes_a_panic(picks in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let words = words();
        let tokens: TokenStream = picks.iter().map(|pick| pick.get(&words).clone()).collect();
        let attributes = [quote!(#[table(#tokens)]), quote!(#[column(#tokens)]), quote!(#[sqlx(#tokens)])];
        for attribute in &attributes {
            let _ = table(&syn::parse2(quote!(#attribute struct T { #attribute id: i64 })).unwrap());
        }
        let _ = sql_enum(&syn::parse2(quote!(#[sql_enum(#tokens)] enum E { #[label(#tokens)] A })).unwrap());
        let _ = schema_macro(tokens);
    }
}

#[test]
fn partitions_exclusions_and_replica_identities_are_checked() {
    assert_eq!(
        table_errors("partition_of = T"),
        ["1:24 `partition_of` needs `bound = \"..\"` beside it: the rows that the partition holds"]
    );
    assert_eq!(table_errors("bound = \"DEFAULT\""), ["1:17 `bound` needs `partition_of = ..` beside it"]);
    assert_eq!(table_errors("partition_by(rang(id))"), ["1:22 unknown way to partition: `rang`"]);
    assert_eq!(table_errors("partition_by(range())"), ["1:22 `range` lists no key"]);
    assert_eq!(
        table_errors("partition_by(range(id desc), list(id))"),
        ["1:9 `partition_by` needs one strategy with its keys: `partition_by(range(created_at))`"]
    );
    assert_eq!(
        table_errors("partition_by(range(id desc))"),
        [
            "1:22 `range` lists no key",
            "1:28 a partition key has no order: leave `desc`, `nulls_first` and `nulls_last` out"
        ]
    );
    assert_eq!(table_errors("partition_by(hash(stats))"), ["1:27 `T` has no column for a field `stats`"]);
    assert_eq!(table_errors("replica_identity = some"), ["1:28 unknown value of `replica_identity`"]);
    assert_eq!(table_errors("exclude(id)"), ["1:17 an operator is missing: `room with \"=\"`"]);
    assert_eq!(
        table_errors("exclude(using = gist)"),
        ["1:9 `exclude` compares nothing: write `exclude(using = gist, room with \"=\")`"]
    );
    assert_eq!(table_errors("exclude(id wit \"=\")"), ["1:20 unknown word `wit` after an index key"]);
    assert_eq!(table_errors("exclude(id with \"=\", usin = gist)"), ["1:30 unknown name `usin` in `exclude(..)`"]);
    assert_eq!(
        table_errors("with(fillfactor)"),
        ["1:14 the storage parameter `fillfactor` needs a value: `fillfactor = 80`"]
    );
}

#[test]
fn options_of_columns_are_checked() {
    assert_eq!(column_errors("sequence(start = 1)"), ["3:10 `sequence` needs `identity` beside it"]);
    assert_eq!(column_errors("identity, sequence(strt = 1)"), ["3:29 unknown name `strt` in `sequence(..)`"]);
    assert_eq!(
        column_errors("identity, sequence(increment = 0, cache = 0, min = 5, max = -5)"),
        [
            "3:41 a sequence's `increment` can't be 0",
            "3:52 a sequence's `cache` is at least 1",
            "3:70 a sequence's `max` must be above its `min`"
        ]
    );
    assert_eq!(
        column_errors("identity, sequence(start = \"1\")"),
        ["3:37 `start` needs a whole number within its range: `start = 100`"]
    );
    assert_eq!(column_errors("statistics = 10001"), ["3:23 `statistics` is between 0 and 10000"]);
    assert_eq!(column_errors("storage = extern"), ["3:20 unknown value `extern` of `storage`"]);
    assert_eq!(column_errors("not_valid"), ["3:10 `not_valid` needs `references = ..` beside it"]);
}

#[test]
fn domains_composites_and_views_are_checked() {
    let domain = |text: &str| super::domain(&syn::parse_str(text).unwrap()).map_or_else(places, |_| Vec::new());
    let composite = |text: &str| super::composite(&syn::parse_str(text).unwrap()).map_or_else(places, |_| Vec::new());
    let view = |text: &str| super::view(&syn::parse_str(text).unwrap()).map_or_else(places, |_| Vec::new());
    assert_eq!(
        domain("struct D { a: i64 }"),
        ["1:8 a domain's struct has one unnamed field: `struct Email(pub String);`"]
    );
    assert_eq!(
        domain("#[domain(nam = \"d\", not_null = 1, check(\"VALUE\", no_inherit))] struct D(i64);"),
        [
            "1:10 unknown name `nam` in `#[domain(..)]`",
            "1:21 `not_null` takes no value",
            "1:50 a domain's check has neither `no_inherit` nor `not_enforced`"
        ]
    );
    assert_eq!(
        composite("#[composite(nam = \"c\")] struct C { #[column(default = \"1\")] a: i64 }"),
        [
            "1:13 unknown name `nam` in `#[composite(..)]`",
            "1:45 unknown name `default` in `#[column(..)] of a composite type`"
        ]
    );
    assert_eq!(
        composite("struct C(i64);"),
        ["1:8 a composite type's struct needs named fields: their names are the attributes'"]
    );
    assert_eq!(view("struct V { a: i64 }"), ["1:8 a view needs its query"]);
    assert_eq!(
        view("#[view(sql = \"\", materialised)] struct V;"),
        ["1:14 `sql` is empty", "1:18 unknown name `materialised` in `#[view(..)]`"]
    );
}

#[test]
fn statements_of_the_schema_macro_are_checked() {
    let found = |body: TokenStream| schema_macro(body).map_or_else(places, |_| Vec::new());
    let messages = |body: TokenStream| {
        found(body).iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(messages(quote!(sequence(start = 1);)), ["`sequence` needs its name first: `sequence(\"..\")`"]);
    assert_eq!(messages(quote!(sequence("s", strat = 1);)), ["unknown name `strat` in `schema! { sequence(..); }`"]);
    assert_eq!(
        messages(quote!(extension("x", version = "1");)),
        ["unknown name `version` in `schema! { extension(..); }`"]
    );
    assert_eq!(
        messages(quote!(raw("x", create = "y");)),
        ["`raw` needs both directions: `raw(\"name\", create = \"..\", drop = \"..\")`"]
    );
    assert_eq!(
        messages(
            quote!(sequence("s", start = 1, min = -5, cycle); extension("x"); raw("r", create = "a", drop = "b");)
        ),
        Vec::<String>::new()
    );
}
