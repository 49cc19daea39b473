//! What PostgreSQL's planner knows about columns, which some changes take away: no autovacuum counts them, so none would
//! look again for a long time.

use schema_core::ir::Dialect;

use super::script::{Statement, Token, Words, statements};

/// What to analyze behind a script: `"public"."users" ("age")` where a column got another type, which drops its
/// statistics; the whole table where an expression was indexed, since only that looks at expressions.
pub(super) fn stale(script: &str) -> Vec<String> {
    let mut found = Vec::new();
    for statement in statements(Dialect::Postgres, script) {
        let target = retyped(&statement).or_else(|| with_expression(&statement));
        found.extend(target.filter(|target| !found.contains(target)));
    }
    found
}

/// `ALTER TABLE [IF EXISTS] [ONLY] t .. ALTER [COLUMN] c [SET DATA] TYPE ..`, each column of it.
fn retyped(statement: &Statement) -> Option<String> {
    let mut words = Words(&statement.tokens);
    (words.word("alter") && words.word("table")).then_some(())?;
    let _ = words.word("if") && words.word("exists");
    words.word("only");
    let table = words.qualified()?;
    let mut columns = Vec::new();
    while !words.0.is_empty() {
        if words.word("alter") {
            words.word("column");
            let column = words.name();
            let _ = words.word("set") && words.word("data");
            if words.word("type") {
                columns.extend(column);
            }
        } else {
            words.0 = words.0.get(1..).unwrap_or_default();
        }
    }
    let columns = (!columns.is_empty()).then(|| schema_core::dialect::quoted_list(&columns))?;
    Some(format!("{table} ({columns})"))
}

/// `CREATE [UNIQUE] INDEX [CONCURRENTLY] .. ON t [USING m] (.. (expression) ..)`.
fn with_expression(statement: &Statement) -> Option<String> {
    let mut words = Words(&statement.tokens);
    words.word("create").then_some(())?;
    words.word("unique");
    words.word("index").then_some(())?;
    while !words.word("on") {
        words.0 = words.0.get(1..)?;
    }
    words.word("only");
    let table = words.qualified()?;
    if words.word("using") {
        words.name()?;
    }
    let mut depth = 0;
    for token in words.0 {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth -= 1,
            _ => {}
        }
        match depth {
            0 => return None,
            1 => {}
            _ => return Some(table),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_type_and_an_indexed_expression_need_a_look() {
        let found = |script: &str| stale(script).join("; ");
        assert_eq!(
            found("ALTER TABLE a.t ALTER COLUMN n TYPE bigint USING n::bigint, ALTER m SET DATA TYPE text; SELECT 1;"),
            r#""a"."t" ("n", "m")"#
        );
        assert_eq!(found("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a, lower(b))"), r#""t""#);
        assert_eq!(found("CREATE INDEX i ON ONLY public.t USING gin ((a || b))"), r#""public"."t""#);
        assert_eq!(found("CREATE INDEX i ON t (a, b) WHERE lower(a) = 'x'; ALTER TABLE t ALTER a SET DEFAULT 1"), "");
    }
}
