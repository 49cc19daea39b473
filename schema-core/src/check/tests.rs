mod mysql;

use super::*;
use crate::ir::ObjectName;
use crate::scan::{ScanOptions, scan};

/// The model of a crate whose one file the scan finds nothing wrong with.
fn model(dialect: Dialect, text: &str) -> Model {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("lib.rs"), text).unwrap();
    let options = ScanOptions {
        crate_dir: dir.path().to_path_buf(),
        roots: vec!["lib.rs".into()],
        dialect,
        cache_dir: None,
        modules: Vec::new(),
    };
    let scan = scan(&options).unwrap();
    assert_eq!(scan.findings, [], "the scan's own");
    scan.model
}

/// `line:column message | help | help`, `warning:` in front of those that are.
fn found(dialect: Dialect, text: &str) -> Vec<String> {
    let line = |finding: Finding| {
        let place = finding.place.as_ref().map(|place| format!("{}:{}", place.line, place.column)).unwrap_or_default();
        let severity = if finding.is_error() { "" } else { "warning: " };
        [vec![format!("{place} {severity}{}", finding.message)], finding.help].concat().join(" | ")
    };
    check(&model(dialect, text), &Schema::empty(dialect)).into_iter().map(line).collect()
}

#[track_caller]
fn finds(dialect: Dialect, text: &str, expected: &[&str]) {
    assert_eq!(found(dialect, text), expected);
}

const BOTH: [Dialect; 2] = [Dialect::Postgres, Dialect::Sqlite];

#[test]
fn a_sound_model_has_no_findings() {
    for dialect in BOTH {
        finds(
            dialect,
            "#[derive(SqlEnum)] enum Mood { Good, Bad }
            #[derive(Table)] #[table(unique(title, mood), index(mood, title))]
            struct Org { #[column(primary_key, identity)] id: i64, title: String, mood: Mood, #[column(index(unique))] slug: String }
            #[derive(Table)] #[table(foreign_key(mood, title, references = Org(mood, title)))]
            struct Member { #[column(primary_key)] id: i64, #[column(references = Org, on_delete = set_null)] org: Option<i64>, #[column(references = Org(slug))] slug: String,
                mood: Mood, title: String, #[column(references = Member, index(desc))] boss: Option<i64>, #[column(generated = \"id + 1\", stored)] next: i64 }",
            &[],
        );
    }
}

#[test]
fn foreign_keys_need_equal_types() {
    finds(
        Dialect::Postgres,
        "#[derive(Table)] struct Org { #[column(primary_key, identity)] id: i64, #[column(unique, type = \"varchar(9)\")] code: String }
#[derive(Table)] struct A { #[column(references = Org)] org: i32, #[column(references = Org(code))] code: String }
#[derive(Table)] struct B { #[column(references = Org)] org: Option<i64> }",
        &[
            "2:38 table `a`: foreign key `a_org_fkey` pairs column `org` of type `integer` with `id` of `org`, of type `bigint` | give both fields the same type",
            "2:76 table `a`: foreign key `a_code_fkey` pairs column `code` of type `text` with `code` of `org`, of type `character varying(9)` | give both fields the same type",
        ],
    );
}

#[test]
fn foreign_keys_need_a_unique_target() {
    finds(
        Dialect::Postgres,
        "#[derive(Table)] #[table(unique(b, deferrable), unique(c, d), index(e, unique, where = \"e > 0\"))]
struct T { #[column(primary_key)] a: i64, b: i64, c: i64, d: i64, e: i64 }
#[derive(Table)] #[table(foreign_key(x, y, references = T(d, c)))]
struct R { #[column(references = T(b))] x: i64, #[column(references = T(e))] y: i64, #[column(references = T(c))] z: i64 }",
        &[
            "4:21 table `r`: foreign key `r_x_fkey`: no primary key or unique constraint of `t` is over `b` | make it unique: `#[column(unique)]` on `b` of `t` | or refer to the primary key",
            "4:58 table `r`: foreign key `r_y_fkey`: no primary key or unique constraint of `t` is over `e` | make it unique: `#[column(unique)]` on `e` of `t` | or refer to the primary key",
            "4:95 table `r`: foreign key `r_z_fkey`: no primary key or unique constraint of `t` is over `c` | make it unique: `#[column(unique)]` on `c` of `t` | or refer to the primary key",
        ],
    );
}

#[test]
fn actions_that_empty_a_column_need_one_that_can_be_empty() {
    for dialect in BOTH {
        finds(
            dialect,
            "#[derive(Table)] struct T { #[column(primary_key)] a: i64 }
#[derive(Table)] struct R { #[column(references = T, on_delete = set_null)] x: i64, #[column(references = T, on_update = set_default)] y: i64, #[column(references = T, on_update = set_default, default = \"1\")] z: i64 }",
            &[
                "2:38 table `r`: foreign key `r_x_fkey`: `on_delete` would empty column `x`, which is NOT NULL | make the field an `Option`, or choose another action, such as `cascade` or `restrict`",
                "2:94 table `r`: foreign key `r_y_fkey`: `on_update` would empty column `y`, which is NOT NULL and has no default | make the field an `Option`, or choose another action, such as `cascade` or `restrict`",
            ],
        );
    }
}

#[test]
fn repeated_foreign_keys_and_indexes_are_found() {
    finds(
        Dialect::Postgres,
        "#[derive(Table)] #[table(foreign_key(b, references = T), index(b desc, where = \"b > 0\"), index(b desc, where = \"(b > 0)\", name = \"other\"),
index(a, name = \"again\"), unique(b), unique(a, deferrable), unique(b, name = \"b2\"), index(b, unique, name = \"b3\"), index(b, where = \"b > 1\"), index(c))]
struct T { #[column(primary_key)] a: i64, #[column(references = T)] b: i64, c: i64 }",
        &[
            "1:58 table `t`: index `t_b_idx` repeats index `other` | remove one of them",
            "2:1 warning: table `t`: index `again` repeats constraint `t_pkey`, which has an index of its own | remove it: it costs space and time, and adds nothing",
            "2:27 table `t`: unique constraint `t_b_key` repeats `b2` | remove one of them",
            "2:38 warning: table `t`: unique constraint `t_a_key` repeats `t_pkey` | remove it: it costs space and time, and adds nothing",
            "2:85 warning: table `t`: index `b3` repeats constraint `b2`, which has an index of its own | remove it: it costs space and time, and adds nothing",
            "3:52 table `t`: foreign key `t_b_fkey` repeats another | remove one of them",
        ],
    );
}

#[test]
fn names_are_unique_within_their_space() {
    let text = "#[derive(SqlEnum)] #[sql_enum(name = \"t\")] enum E { A }
#[derive(Table)] #[table(check(\"a > 0\", name = \"c\"), check(\"a > 1\", name = \"c\"), index(c, name = \"u\"))] struct T { #[column(primary_key)] a: i64, #[column(unique(name = \"x\"))] b: i64, c: i64 }
#[derive(Table)] struct U { #[column(primary_key)] a: i64, #[column(index(name = \"x\"))] b: i64 }";
    finds(
        Dialect::Postgres,
        text,
        &[
            "1:49 enum `t` has the name of a table, and PostgreSQL makes a type of each table | choose another `#[sql_enum(name = \"..\")]`",
            "2:54 constraint `c` of `t` has the name of constraint `c` of `t` | choose another `name = \"..\"`",
            "3:25 table `u` has the name of index `u` of `t` | choose another `name = \"..\"`",
            "3:69 index `x` of `u` has the name of unique constraint `x` of `t` | choose another `name = \"..\"`",
        ],
    );
    assert_eq!(found(Dialect::Sqlite, text).len(), 2, "no types, and constraints' indexes have other names");
}

#[test]
fn sqlite_does_not_tell_upper_from_lower_case() {
    let text = "#[derive(Table)] #[table(name = \"Item\")] struct A { #[column(primary_key)] id: i64, foo: i64, Foo: i64, é: i64, É: i64 }
#[derive(Table)] #[table(name = \"item\")] struct B { #[column(primary_key)] id: i64 }";
    finds(
        Dialect::Sqlite,
        text,
        &[
            "1:95 column `Foo` of `Item` differs from column `foo` of `Item` in upper and lower case only, which SQLite does not tell apart | choose another `name = \"..\"`",
            "2:49 table `item` differs from table `Item` in upper and lower case only, which SQLite does not tell apart | choose another `name = \"..\"`",
        ],
    );
    finds(Dialect::Postgres, text, &[]);
}

#[test]
fn on_sqlite_the_check_of_an_enum_column_takes_a_name() {
    finds(
        Dialect::Sqlite,
        "#[derive(SqlEnum)] enum M { A } #[derive(Table)] #[table(check(\"1\", name = \"t_m_check\"))] struct T { m: M }",
        &[
            "1:58 constraint `t_m_check` of `t` has the name of constraint `t_m_check` of `t` | choose another `name = \"..\"`",
        ],
    );
}

#[test]
fn names_are_counted_in_bytes() {
    let long = "ж".repeat(32);
    let text = format!("#[derive(Table)] struct T {{ {long}: i64, #[column(name = \"ok\")] b{long}: i64 }}");
    finds(
        Dialect::Postgres,
        &text,
        &[&format!(
            "1:29 the name `{long}` has 64 bytes, and PostgreSQL cuts names after 63 | state a shorter `name = \"..\"`"
        )],
    );
}

#[test]
fn names_of_the_databases_own_are_refused() {
    finds(
        Dialect::Postgres,
        "#[derive(Table)] #[table(schema = \"pg_mine\")] struct T { ctid: i64 }
#[derive(Table)] #[table(name = \"_sqlx_migrations\")] struct U { a: i64 }",
        &[
            "1:54 schema `pg_mine` is PostgreSQL's own | choose another `schema`",
            "1:58 table `pg_mine.t`: column `ctid` has the name of a column of PostgreSQL's own | choose another `#[column(name = \"..\")]`",
            "2:61 table `_sqlx_migrations` holds the history of migrations | choose another `#[table(name = \"..\")]`",
        ],
    );
    finds(
        Dialect::Sqlite,
        "#[derive(Table)] #[table(name = \"SQLite_x\")] struct T { #[column(index(name = \"sqlite_i\"))] a: i64 }",
        &[
            "1:53 `SQLite_x`: names that start with `sqlite_` are SQLite's own | choose another `name = \"..\"`",
            "1:66 `sqlite_i`: names that start with `sqlite_` are SQLite's own | choose another `name = \"..\"`",
        ],
    );
}

#[test]
fn empty_tables_and_enums_are_refused() {
    for dialect in BOTH {
        finds(
            dialect,
            "#[derive(Table)] struct T {}\n#[derive(SqlEnum)] enum E {}",
            &[
                "1:25 table `t` has no columns | add a field that holds something",
                "2:25 enum `e` has no labels | add a variant",
            ],
        );
    }
    let generated = "#[derive(Table)] struct G { #[column(generated = \"1\", stored)] a: i64 }";
    finds(
        Dialect::Sqlite,
        generated,
        &["1:25 table `g` has no column but generated ones | add a field that holds something"],
    );
    finds(Dialect::Postgres, generated, &[]);
}

#[test]
fn primary_keys_and_identities_keep_their_rules() {
    finds(
        Dialect::Postgres,
        "#[derive(Table)] struct A { #[column(primary_key)] id: Option<i64> }
#[derive(Table)] struct B { #[column(identity)] id: String, #[column(identity = always)] y: Option<i32> }",
        &[
            "1:56 table `a`: primary key column `id` is nullable | make the field's type `T` instead of `Option<T>`",
            "2:49 table `b`: identity column `id` is of type `text` | identity is for `smallint`, `integer`, `bigint`: use `i64`, or leave `identity` out",
            "2:90 table `b`: identity column `y` is nullable | make the field's type `T` instead of `Option<T>`",
        ],
    );
}

#[test]
fn sqlite_tables_keep_their_options_rules() {
    finds(
        Dialect::Sqlite,
        "#[derive(Table)] #[table(strict)] struct A { #[column(type = \"VARCHAR(9)\")] a: String, #[column(type = \"any\")] b: Vec<u8> }
#[derive(Table)] #[table(without_rowid)] struct B { a: i64 }
#[derive(Table)] #[table(without_rowid)] struct C { #[column(primary_key, identity)] a: i64 }
#[derive(Table)] #[table(primary_key(a, b))] struct D { #[column(identity)] a: i64, #[column(generated = \"a\")] b: i64 }
#[derive(Table)] struct E { #[column(primary_key, identity, type = \"BIGINT\")] a: i64 }",
        &[
            "1:62 table `a`: column `a`: a STRICT table has no type `VARCHAR(9)` | use INTEGER, REAL, TEXT, BLOB or ANY",
            "2:49 table `b` is WITHOUT ROWID and has no primary key | mark its key: `#[column(primary_key)]` | or leave `without_rowid` out",
            "3:86 table `c` is WITHOUT ROWID, so column `a` can't be an identity | leave `identity` or `without_rowid` out",
            "4:77 table `d`: identity column `a` is not the primary key | SQLite's AUTOINCREMENT is for the one column of a primary key",
            "4:112 table `d`: primary key column `b` is generated | SQLite takes stored values only: choose another key",
            "5:79 table `e`: identity column `a` is of type `BIGINT` | identity is for `INTEGER`: use `i64`, or leave `identity` out",
        ],
    );
}

#[test]
fn access_methods_keep_their_rules() {
    finds(
        Dialect::Postgres,
        "#[derive(Table)] #[table(index(a, using = gin, unique),
index(a desc, using = brin),
index(a, b, using = hash),
index(a, using = gin, include(b)),
index(a, b, using = bloom, unique),
index(c))]
struct T { a: i64, b: i64, #[column(type = \"json\", unique)] c: String, #[column(type = \"point\", index(using = gist))] d: String }",
        &[
            "1:26 table `t`: index `t_a_idx`: an index `using = gin` can't be unique | leave `unique` or `using` out",
            "2:1 table `t`: index `t_a_2_idx`: an index `using = brin` keeps no order | leave `desc`, `nulls_first` and `nulls_last` out",
            "3:1 table `t`: index `t_a_b_idx`: an index `using = hash` has one key | make an index for each",
            "4:1 table `t`: index `t_a_3_idx`: an index `using = gin` can't have `include` | leave `include` or `using` out",
            "6:1 warning: table `t`: index `t_c_idx` repeats constraint `t_c_key`, which has an index of its own | remove it: it costs space and time, and adds nothing",
            "6:1 table `t`: `t_c_idx`: values of `c` have no order, which it needs | use `jsonb` rather than `json` | for shapes use `index(.., using = gist)`",
            "7:52 table `t`: `t_c_key`: values of `c` have no order, which it needs | use `jsonb` rather than `json` | for shapes use `index(.., using = gist)`",
        ],
    );
}

#[test]
fn a_former_name_is_claimed_once_and_gone() {
    finds(
        Dialect::Postgres,
        "#[derive(Table)] #[table(renamed_from = \"b\")] struct A { #[column(renamed_from = \"y\")] x: i64, #[column(renamed_from = \"x\")] y: i64, #[column(renamed_from = \"x2\")] x3: i64, x2: i64 }
#[derive(Table)] struct B { #[column(renamed_from = \"old\")] p: i64, #[column(renamed_from = \"old\")] q: i64, #[column(renamed_from = \"r\")] r: i64 }
#[derive(SqlEnum)] enum E { #[label(renamed_from = \"B\")] A, B, #[label(renamed_from = \"Z\")] C, #[label(renamed_from = \"C\")] D }
#[derive(Table)] #[table(renamed_from = \"gone\")] struct C { a: i64 }
#[derive(Table)] #[table(renamed_from = \"public.gone\")] struct D { a: i64 }
#[derive(Domain)] #[domain(renamed_from = \"g\")] struct F(i64); #[derive(Domain)] struct G(i64);
#[derive(Composite)] #[composite(renamed_from = \"was\")] struct H { #[column(renamed_from = \"y\")] x: i64, y: i64 }
#[derive(Composite)] #[composite(renamed_from = \"was\")] struct I { x: i64 }",
        &[
            "1:41 table `a`: renamed_from `b`, which still exists | remove `renamed_from`, or the table `b`",
            "1:158 table `a`: column `x3`: renamed_from `x2`, which still exists | remove `renamed_from`, or the column `x2`",
            "2:93 table `b`: column `q`: renamed_from `old`, which `p` claims too | one of them was it: remove the other `renamed_from`",
            "2:133 table `b`: column `r`: renamed_from `r` is its own name | remove `renamed_from`",
            "3:52 enum `e`: label `A`: renamed_from `B`, which still exists | remove `renamed_from`, or the label `B`",
            "5:41 table `d`: renamed_from `gone`, which `c` claims too | one of them was it: remove the other `renamed_from`",
            "6:43 domain `f`: renamed_from `g`, which still exists | remove `renamed_from`, or the domain `g`",
            "7:92 composite type `h`: attribute `x`: renamed_from `y`, which still exists | remove `renamed_from`, or the attribute `y`",
            "8:49 composite type `i`: renamed_from `was`, which `h` claims too | one of them was it: remove the other `renamed_from`",
        ],
    );
}

#[test]
fn a_default_of_an_enum_is_one_of_its_labels() {
    for dialect in BOTH {
        finds(
            dialect,
            "#[derive(SqlEnum)] enum E { #[label(rename = \"it's\")] A, B }
#[derive(Table)] struct T { #[column(primary_key, default = \"1\")] id: i64, #[column(default = \"'it''s'\")] a: E, #[column(default = \"'A'\")] b: E, #[column(default = \"upper('b')\")] c: E }",
            &["2:140 table `t`: column `b`: its default 'A' is no label of enum `e` | its labels are: it's, B"],
        );
    }
}

#[test]
fn two_tables_may_swap_their_names() {
    for dialect in BOTH {
        finds(
            dialect,
            "#[derive(Table)] #[table(renamed_from = \"b\")] struct A { x: i64 } #[derive(Table)] #[table(renamed_from = \"a\")] struct B { x: i64 }",
            &[],
        );
    }
}

#[test]
fn a_foreign_key_to_a_table_that_is_not_there_is_found_in_models_from_elsewhere() {
    let mut model =
        model(Dialect::Sqlite, "#[derive(Table)] struct A { #[column(primary_key, references = A)] id: i64 }");
    let table = model.schema.tables.get_mut(&ObjectName::bare("a")).unwrap();
    table.foreign_keys[0].references = ObjectName::bare("b");
    assert_eq!(
        check(&model, &Schema::empty(Dialect::Postgres))[0].message,
        "table `a`: foreign key `a_id_fkey` refers to table `b`, which isn't there"
    );
}

#[test]
fn what_the_base_holds_in_the_same_form_is_a_warning() {
    let source = "#[derive(Table)] struct T { #[column(primary_key)] a: i64 }
#[derive(Table)] struct R { #[column(references = T, on_delete = set_null)] x: i64 }";
    let model = model(Dialect::Postgres, source);
    let is_error = |base: &Schema| check(&model, base).iter().any(Finding::is_error);
    assert!(!check(&model, &model.schema).is_empty() && !is_error(&model.schema));

    let mut base = model.schema.clone();
    let other = base.tables.values_mut().find(|table| table.name.name == "t").unwrap();
    other.comment = Some("it changes, and not what is referred to".to_owned());
    assert!(!is_error(&base));
    let other = base.tables.values_mut().find(|table| table.name.name == "t").unwrap();
    other.primary_key = None;
    assert!(is_error(&base));
}

#[test]
fn partitions_fit_their_parents() {
    finds(
        Dialect::Postgres,
        r#"#[derive(Table)] struct Plain { id: i64 }
#[derive(Table)] #[table(partition_of = Plain, bound = "DEFAULT")] struct A;
#[derive(Table)] #[table(partition_by(range(made, id)), unique(id))] struct Log { #[column(primary_key)] id: i64, made: i64 }
#[derive(Table)] #[table(partition_of = Log, bound = "FOR VALUES IN (1)")] struct B;
#[derive(Table)] #[table(partition_of = Log, bound = "FOR VALUES FROM (1, 1) TO (2, 1)")] struct C { id: i32, more: i64 }
#[derive(Table)] #[table(partition_by(list(id, made)), with(fillfactor = 9), primary_key(id, made))] struct Lists { id: i64, made: i64 }
#[derive(Table)] #[table(partition_by(hash(expr = "id + 1")), inherits(Plain))] struct Hashes { #[column(primary_key)] id: i64 }
#[derive(Table)] #[table(partition_of = Hashes, bound = "DEFAULT")] struct D;
#[derive(Table)] #[table(inherits(Log))] struct E { #[column(primary_key)] id: i64, made: i64 }"#,
        &[
            "2:75 table `a` is a partition of `plain`, which is not partitioned | give it `partition_by(..)`, or use `inherits(..)` here",
            "3:57 table `log`: unique constraint `log_id_key` lacks `made`, by which the table is partitioned | add it to the key: each partition checks its own rows only",
            "3:57 table `log`: unique constraint `log_id_key` repeats `log_pkey` | remove one of them",
            "3:92 table `log`: primary key `log_pkey` lacks `made`, by which the table is partitioned | add it to the key: each partition checks its own rows only",
            "4:83 table `b` is a partition of `log`, which is partitioned by range: `FOR VALUES IN (1)` is no bound of it | write `bound = \"FOR VALUES FROM (..) TO (..)\"`",
            "5:98 table `c` lacks column `made` of its parent `log` | add the field",
            "5:106 table `c`: column `id` is of type `integer`, and of type `bigint` in its parent `log` | give both fields the same type",
            "5:111 table `c`: column `more` is none of `log`, which the table is a partition of | remove the field, or add it to the parent",
            "6:109 table `lists` is partitioned by a list of several keys | a list has one key; use `range` or `hash`, or partition the partitions",
            "6:109 table `lists` is partitioned, and holds no rows that `with` could be about | state `with` on each partition",
            "7:88 table `hashes` is partitioned and inherits | leave `inherits` out and write the fields out",
            "7:106 table `hashes`: primary key `hashes_pkey`: a table that is partitioned by an expression can have none | partition by columns, or state it on each partition",
            "8:76 table `d` is a partition of `hashes`, which is partitioned by hash: `DEFAULT` is no bound of it | write `bound = \"FOR VALUES WITH (MODULUS .., REMAINDER ..)\"`",
            "9:49 table `e` inherits from `log`, which is partitioned | use `partition_of = ..` with a `bound`",
        ],
    );
}

#[test]
fn children_have_their_parents_columns() {
    finds(
        Dialect::Postgres,
        r#"#[derive(Table)] struct Base { id: i64, name: String }
#[derive(Table)] #[table(inherits(Base))] struct A { id: i32 }
#[derive(Table)] #[table(inherits(Base))] struct B { id: i64, name: Option<String>, more: i64 }"#,
        &[
            "2:50 table `a` lacks column `name` of its parent `base` | add the field",
            "2:58 table `a`: column `id` is of type `integer`, and of type `bigint` in its parent `base` | give both fields the same type",
            "3:63 table `b`: column `name` is nullable, and NOT NULL in its parent `base` | make the field's type `T` instead of `Option<T>`",
        ],
    );
}

#[test]
fn exclusion_constraints_need_operators_and_a_fitting_method() {
    finds(
        Dialect::Postgres,
        r#"#[derive(Table)] #[table(exclude(a with "&&", name = "x"), exclude(using = gin, a with "=", name = "y"),
exclude(using = gist, a with "same", b with "OPERATOR(app.===)", name = "z"), exclude(a with "=", name = "ok"))]
struct T { #[column(primary_key)] a: i64, b: i64 }
#[derive(Table)] #[table(partition_by(hash(a)), exclude(a with "=", name = "w"))] struct P { a: i64 }"#,
        &[
            "1:26 table `t`: exclusion constraint `x`: an index `using = btree` excludes by `=` only, not by `&&` | write `using = gist`",
            "1:60 table `t`: exclusion constraint `y`: an index `using = gin` can't exclude rows | use `gist` or `spgist`",
            "2:1 table `t`: exclusion constraint `z`: `same` is no operator | such as `=` or `&&`",
            "4:49 warning: table `p`: exclusion constraint `w`: PostgreSQL has exclusion constraints of partitioned tables from version 17 only | for an older server state it on each partition",
        ],
    );
}

#[test]
fn sequences_are_owned_by_columns_of_their_schema() {
    finds(
        Dialect::Postgres,
        r#"schema! { sequence("a", owned_by = "t.id"); sequence("b", owned_by = "u.id"); sequence("c", owned_by = "t.ld");
sequence("app.d", owned_by = "public.t.id"); }
#[derive(Table)] struct T { #[column(primary_key)] id: i64 }"#,
        &[
            "1:54 sequence `b` is owned by `u.id`, but there is no table `u` | name a table and its column",
            "1:88 sequence `c` is owned by `t.ld`, but the table has no column `ld` | did you mean `id`?",
            "2:10 sequence `app.d` is owned by `t.id`, a table of another schema | PostgreSQL wants both in one schema: rename the sequence",
        ],
    );
}

#[test]
fn a_sequence_that_ends_before_its_column_does_is_noticed() {
    finds(
        Dialect::Postgres,
        r#"schema! { sequence("a", type = "integer", owned_by = "t.id"); sequence("b", type = "integer", owned_by = "t.n"); }
#[derive(Table)] struct T { #[column(primary_key)] id: i64, n: i32 }"#,
        &[
            "1:20 warning: sequence `a` counts in integer, and `t.id`, which it numbers, holds bigint: it ends first | state `type = \"bigint\"` for the sequence",
        ],
    );
}

#[test]
fn types_sequences_and_views_share_names_with_tables() {
    finds(
        Dialect::Postgres,
        r#"schema! { sequence("t"); }
#[derive(Domain)] #[domain(name = "t")] struct D(i64);
#[derive(View)] #[view(name = "t", sql = "SELECT 1")] struct V {}
#[derive(Table)] #[table(replica_identity = index("nope"))] struct T { #[column(primary_key)] id: i64 }"#,
        &[
            "1:20 sequence `t` has the name of table `t` | choose another `name = \"..\"`",
            "2:48 domain `t` has the name of a table, and PostgreSQL makes a type of each table | choose another `#[domain(name = \"..\")]`",
            "3:62 view `t` has the name of table `t` | choose another `name = \"..\"`",
            "4:68 table `t`: replica identity is index `nope`, which isn't a unique one of it | there are `t_pkey`",
        ],
    );
}
