use super::*;

const TABLE: &str = "#[derive(Table)] pub struct T { pub id: i64 }\n";

fn named(name: &str) -> String {
    format!("#[derive(schema_runtime::Table)]\npub struct {name} {{ pub id: i64 }}\n")
}

#[test]
fn an_empty_crate_declares_nothing() {
    assert!(sqlite(&[("src/lib.rs", "")]).model.schema.is_empty());
}

#[test]
fn modules_are_followed_wherever_rustc_looks_for_them() {
    let scan = postgres(&[
        (
            "src/lib.rs",
            "mod a; pub(crate) mod b; mod c { mod d; #[path = \"odd/e.rs\"] mod e; } #[path = \"else.rs\"] mod f; mod r#type;",
        ),
        ("src/a.rs", &format!("mod inner;\nmod within {{ mod deep; }}\n{}", named("A"))),
        ("src/a/inner.rs", &named("AInner")),
        ("src/a/within/deep.rs", &named("ADeep")),
        ("src/b/mod.rs", &format!("mod inner;\n{}", named("B"))),
        ("src/b/inner.rs", &named("BInner")),
        ("src/c/d.rs", &named("CD")),
        ("src/c/odd/e.rs", &format!("mod g;\n{}", named("CE"))),
        ("src/c/odd/g.rs", &named("CG")),
        ("src/else.rs", &format!("mod h; {}", named("F"))),
        ("src/h.rs", &named("H")),
        ("src/type.rs", &named("Type")),
    ]);
    assert_eq!(tables(&scan), ["a", "a_deep", "a_inner", "b", "b_inner", "cd", "ce", "cg", "f", "h", "type"]);
}

#[test]
fn a_path_on_an_inline_module_names_its_directory() {
    let scan = postgres(&[
        ("src/lib.rs", "mod outer;"),
        ("src/outer.rs", "#[path = \"store\"] mod inline { mod x; #[path = \"q.rs\"] mod y; }"),
        ("src/store/x.rs", &named("X")),
        ("src/store/q.rs", &named("Y")),
    ]);
    assert_eq!(tables(&scan), ["x", "y"]);
}

#[test]
fn a_path_out_of_the_source_folder_is_followed_and_shown_from_the_crate() {
    let scan = scan_as(
        Dialect::Postgres,
        &[
            ("src/lib.rs", "#[path = \"../shared/./x/../models.rs\"] mod models;"),
            ("shared/models.rs", "#[derive(Table)] struct A { x: Nope }"),
        ],
    );
    assert_eq!(messages(&scan).len(), 1);
    assert!(messages(&scan)[0].starts_with("shared/models.rs:1:32 "), "{:?}", messages(&scan));
}

#[test]
fn included_source_is_part_of_the_module_that_includes_it() {
    let scan = postgres(&[
        (
            "src/lib.rs",
            "type Key = i64;\nmod a { type Key = String; include!(\"parts/tables.rs\"); }\ninclude!(concat!(env!(\"OUT_DIR\"), \"/x.rs\"));",
        ),
        ("src/parts/tables.rs", "mod more;\n#[derive(Table)] struct T { id: Key }"),
        ("src/parts/more.rs", &named("More")),
    ]);
    assert_eq!(columns(&scan, "t"), ["id text"]);
    assert_eq!(tables(&scan), ["more", "t"]);
}

#[test]
fn tests_are_no_schema_and_every_other_cfg_is() {
    let scan = postgres(&[
        (
            "src/lib.rs",
            "#[cfg(test)] mod tests; #[cfg(all(test, unix))] mod more { #[derive(Table)] struct M { id: i64 } }
             #[cfg(feature = \"x\")] mod x; #[cfg(windows)] mod missing;
             #[cfg_attr(windows, path = \"w.rs\")] mod missing_too;
             #[cfg(test)] #[derive(Table)] struct OnlyTest { id: i64 }
             #[cfg(any(test, feature = \"y\"))] #[derive(Table)] struct Y { id: i64 }
             mod inner;",
        ),
        ("src/x.rs", &format!("mod gone;\n{}", named("X"))),
        ("src/inner.rs", &format!("#![cfg(test)]\n{}", named("Inner"))),
    ]);
    assert_eq!(tables(&scan), ["x", "y"]);
}

#[test]
fn a_missing_module_and_a_missing_include_are_reported_where_they_are_named() {
    let scan =
        scan_as(Dialect::Sqlite, &[("src/lib.rs", "mod here;\n  mod gone;"), ("src/here.rs", "include!(\"no.rs\");")]);
    assert_eq!(
        messages(&scan),
        [
            "src/here.rs:1:1 included file is missing: `src/no.rs`",
            "src/lib.rs:2:7 file of module `gone` is missing: `src/gone.rs` or `src/gone/mod.rs`",
        ]
    );
}

#[test]
fn an_unparseable_file_is_named_and_the_others_are_read() {
    let scan = scan_as(
        Dialect::Sqlite,
        &[("src/lib.rs", "mod bad; mod good;"), ("src/bad.rs", "// Table\nstruct 5;"), ("src/good.rs", TABLE)],
    );
    assert_eq!(messages(&scan), ["src/bad.rs:2:8 `src/bad.rs` can't be parsed: expected identifier"]);
    assert_eq!(tables(&scan), ["t"]);
}

#[test]
fn a_circle_of_files_ends() {
    let scan = postgres(&[
        ("src/lib.rs", "mod a;"),
        ("src/a.rs", &format!("#[path = \"a.rs\"] mod a; #[path = \"lib.rs\"] mod l; {TABLE}")),
    ]);
    assert_eq!(tables(&scan), ["t"]);
}

#[test]
fn a_file_that_library_and_program_share_counts_once() {
    let scan = postgres(&[
        ("src/lib.rs", "mod models;"),
        ("src/main.rs", "mod models; fn main() {}"),
        ("src/models.rs", TABLE),
    ]);
    assert_eq!(tables(&scan), ["t"]);
    assert_eq!(scan.files.len(), 3);
}

#[test]
fn further_crates_are_known_by_their_names() {
    let krate = Crate::new(&[
        (
            "app/src/main.rs",
            "use shared_models::Org; #[derive(Table)] struct User { #[column(primary_key)] id: i64, #[column(references = Org)] org: shared_models::OrgId }",
        ),
        ("shared/Cargo.toml", "[package]\nversion = \"1.0.0\"\nname = \"shared-models\"\n"),
        (
            "shared/src/lib.rs",
            "pub type OrgId = i32; #[derive(Table)] pub struct Org { #[column(primary_key)] pub id: OrgId }",
        ),
    ]);
    let options = ScanOptions {
        crate_dir: krate.path().join("app"),
        roots: vec!["src/main.rs".into(), "../shared/src/lib.rs".into()],
        dialect: Dialect::Postgres,
        cache_dir: None,
        modules: Vec::new(),
    };
    let scan = clean(scan(&options).unwrap());
    assert_eq!(columns(&scan, "user"), ["id bigint", "org integer"]);
    assert_eq!(table(&scan, "user").foreign_keys[0].references.to_string(), "org");
    let place = scan.model.places.get(&crate::model::Path::Table(name(&scan, "org"))).unwrap();
    assert_eq!(place.to_string(), "../shared/src/lib.rs:1:51");
}

#[test]
fn a_database_takes_its_tables_from_the_modules_that_are_named() {
    let table = |name: &str| TABLE.replace("struct T", &format!("struct {name}"));
    let krate = Crate::new(&[
        ("app/Cargo.toml", "[package]\nname = \"app\"\n"),
        ("app/src/lib.rs", &format!("pub mod a; mod b {{ pub mod c {{ {} }} }}\n{}", table("Inner"), table("Top"))),
        ("app/src/a.rs", &format!("mod deep {{ {} }}", table("Deep"))),
        ("shared/Cargo.toml", "[package]\nname = \"shared\"\n"),
        ("shared/src/lib.rs", &table("Shared")),
    ]);
    let options = |modules: &[&str]| ScanOptions {
        crate_dir: krate.path().join("app").canonicalize().unwrap(),
        roots: vec!["src/lib.rs".into(), "../shared/src/lib.rs".into()],
        dialect: Dialect::Sqlite,
        cache_dir: None,
        modules: modules.iter().map(|module| (*module).to_owned()).collect(),
    };
    let tables_of = |modules: &[&str]| tables(&clean(scan(&options(modules)).unwrap()));
    assert_eq!(tables_of(&[]), ["deep", "inner", "shared", "top"]);
    assert_eq!(tables_of(&["a"]), ["deep", "shared"]);
    assert_eq!(tables_of(&["b::c", "a::deep"]), ["deep", "inner", "shared"]);
    let left_out = scan(&options(&["b"])).unwrap().left_out;
    let names: Vec<&str> = left_out.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["Top", "Deep"]);
    let unknown = scan(&options(&["b::d"])).unwrap();
    assert_eq!(
        messages(&unknown),
        [" the build step names the module `b::d`, and the crate has none | did you mean `b::c`?"]
    );
}

#[test]
fn an_unreadable_root_is_an_error() {
    let krate = Crate::new(&[("src/x.rs", "")]);
    let options = ScanOptions { roots: vec!["src/lib.rs".into()], ..krate.options(Dialect::Sqlite) };
    let findings = scan(&options).unwrap_err();
    assert!(findings[0].message.contains("src/lib.rs") && findings[0].message.contains("can't be read"));
}

#[test]
fn cargo_watches_every_file_and_the_directories_of_modules() {
    let krate = Crate::new(&[
        ("src/lib.rs", "mod a; mod e;"),
        ("src/a.rs", "mod b; #[cfg(x)] mod no { mod file; }"),
        ("src/a/b.rs", ""),
        ("src/e/mod.rs", ""),
    ]);
    let scan = scan(&krate.options(Dialect::Sqlite)).unwrap();
    let shown = |paths: &[PathBuf]| -> Vec<String> {
        let short = |path: &PathBuf| path.strip_prefix(krate.path()).unwrap().display().to_string();
        paths.iter().map(short).collect()
    };
    assert_eq!(shown(&scan.files), ["src/a/b.rs", "src/a.rs", "src/e/mod.rs", "src/lib.rs"]);
    assert_eq!(shown(&scan.dirs), ["src", "src/a", "src/e"]);
}

#[test]
fn a_warm_scan_gives_the_same_and_parses_only_what_changed() {
    let other = Crate::new(&[
        ("Cargo.toml", "[package]\nname = \"other\"\n"),
        ("src/lib.rs", "#[derive(Table)] pub struct Other { #[column(primary_key)] id: i64 }"),
    ]);
    let krate = Crate::new(&[
        ("src/lib.rs", "mod a; mod b; mod c { mod d; pub struct Id(i64); }"),
        ("src/a.rs", "#[derive(Table)] struct T { #[column(primary_key)] id: crate::b::e::Key }"),
        ("src/b.rs", "// Table\npub mod e;"),
        ("src/b/e.rs", "#[derive(sqlx::Type)] #[sqlx(transparent)] pub struct Key(i64);"),
        ("src/c/d.rs", "pub fn nothing() {}"),
    ]);
    let options = ScanOptions {
        cache_dir: Some(krate.path().to_path_buf()),
        roots: vec!["src/lib.rs".into(), other.path().join("src/lib.rs")],
        ..krate.options(Dialect::Sqlite)
    };
    let parsed = |scan: &Scan| {
        let names = scan.parsed.iter().map(|path| path.strip_prefix(krate.path()).unwrap_or(path));
        names.map(|name| name.display().to_string()).collect::<Vec<_>>()
    };
    let (cold, warm) = (scan(&options).unwrap(), scan(&options).unwrap());
    assert_eq!(parsed(&cold).len(), 5, "all but the plain one: {:?}", cold.parsed);
    assert_eq!(parsed(&warm), [""; 0]);
    assert_eq!(messages(&cold), messages(&warm));
    assert_eq!(format!("{:?}", cold.model), format!("{:?}", warm.model));
    assert_eq!((cold.files, cold.dirs), (warm.files, warm.dirs));
    krate.write("src/b/e.rs", "#[derive(sqlx::Type)] #[sqlx(transparent)] pub struct Key(i32);");
    let changed = scan(&options).unwrap();
    assert_eq!(
        (parsed(&changed), tables(&changed)),
        (vec!["src/b/e.rs".to_owned()], vec!["other".to_owned(), "t".to_owned()])
    );
    krate.write("src/b.rs", "");
    krate.write("src/a.rs", "");
    assert_eq!(tables(&scan(&options).unwrap()), ["other"]);
}

#[test]
fn windows_line_endings_and_a_byte_order_mark_change_nothing() {
    let text =
        "\u{feff}mod a;\r\n\r\n#[derive(Table)]\r\npub struct Größe {\r\n    pub id: i64,\r\n    pub x: Nope,\r\n}\r\n";
    let scan = scan_as(Dialect::Postgres, &[("src/lib.rs", text), ("src/a.rs", &TABLE.replace('\n', "\r\n"))]);
    assert_eq!(tables(&scan), ["größe", "t"]);
    assert!(messages(&scan)[0].starts_with("src/lib.rs:6:12 table `größe`: column `x`: "), "{:?}", messages(&scan));
}
