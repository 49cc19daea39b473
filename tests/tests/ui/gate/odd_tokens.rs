use schema_runtime::Table;

/// Documented, with "quotes" and \ backslashes.
#[cfg_attr(all(), derive(Debug, Table), table(comment = r#"a "raw" comment"#))]
#[allow(dead_code)]
pub(crate) struct OddTokens {
    #[column(primary_key, check = "type > -1")]
    pub(crate) r#type: i64,
    /// A type with many tokens.
    #[sqlx(json)]
    data: Option<Vec<Option<std::collections::HashMap<String, [u8; 4]>>>>,
    #[sqlx(skip)]
    call: Option<fn(&'static str) -> Result<i64, ()>>,
}

#[derive(Table)]
#[cfg_attr(all(), table(comment = "c"))]
struct OtherCondition {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
