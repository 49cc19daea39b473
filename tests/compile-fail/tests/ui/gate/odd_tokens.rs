use schema_runtime::Table;

/// Documented, with "quotes" and \ backslashes.
#[derive(Debug, Table)]
#[table(comment = r#"a "raw" comment"#)]
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

fn main() {}
