use super::*;

#[test]
fn an_empty_crate_declares_nothing() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("src")).unwrap();
    std::fs::write(dir.path().join("src/lib.rs"), "").unwrap();
    let options = ScanOptions {
        crate_dir: dir.path().to_path_buf(),
        roots: vec!["src/lib.rs".into()],
        dialect: Dialect::Sqlite,
        cache_dir: None,
    };
    let scan = scan(&options).unwrap();
    assert!(scan.model.schema.is_empty() && scan.findings.is_empty());
}
