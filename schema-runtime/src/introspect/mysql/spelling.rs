//! What the servers print, in one spelling.

/// `current_timestamp()`, `CURRENT_TIMESTAMP`, `current_timestamp(6)`: the digits are the column's own.
pub(super) fn is_now(text: &str) -> bool {
    let lower = text.to_lowercase();
    let rest = lower.strip_prefix("current_timestamp").unwrap_or("no");
    let digits = rest.trim_start_matches('(').trim_end_matches(')');
    rest.is_empty()
        || (rest.starts_with('(') && rest.ends_with(')') && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// MySQL puts backslashes before the quotes of expressions in `information_schema`.
pub(super) fn unescaped(text: &str) -> String {
    text.replace("\\'", "'")
}

/// A column's type, whose labels both servers print with escapes whatever the `sql_mode`.
pub(super) fn type_of(printed: &str) -> String {
    if !printed.starts_with("enum(") && !printed.starts_with("set(") {
        return printed.to_owned();
    }
    let mut out = String::with_capacity(printed.len());
    let mut chars = printed.chars();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next() } else { None };
        out.push(match escaped {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('0') => '\0',
            Some('Z') => '\u{1a}',
            Some(other) => other,
            None => c,
        });
    }
    out
}

/// Without parentheses around the whole.
pub(super) fn without_parentheses(text: &str) -> String {
    let text = text.trim();
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    match inner {
        Some(inner) if is_balanced(inner) => without_parentheses(inner),
        _ => text.to_owned(),
    }
}

/// No parenthesis closes that was not opened, outside quotes.
fn is_balanced(text: &str) -> bool {
    let (mut depth, mut quote) = (0_i32, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), _) => {
                if c == open {
                    quote = None;
                }
            }
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0 && quote.is_none()
}

/// A statement of SHOW CREATE without DEFINER, and without what holds where nothing is said.
pub(super) fn without_definer(shown: &str) -> String {
    let mut text = shown.to_owned();
    if let Some(start) = text.find(" DEFINER=") {
        let rest = text.get(start + 1..).unwrap_or_default();
        let end = user_end(rest).map_or(text.len(), |end| start + 1 + end);
        text.replace_range(start..end, "");
    }
    for usual in [" ALGORITHM=UNDEFINED", " SQL SECURITY DEFINER VIEW"] {
        let with = if usual.ends_with("VIEW") { " VIEW" } else { "" };
        text = text.replacen(usual, with, 1);
    }
    text
}

/// Where ``DEFINER=`a`@`b` `` ends.
fn user_end(text: &str) -> Option<usize> {
    let host = text.find("`@`")? + 3;
    Some(host + text.get(host..)?.find('`')? + 1)
}

/// What stands behind PARTITION BY in SHOW CREATE TABLE, in one line, without the engine that each partition has.
pub(super) fn partitioning(shown: &str) -> Option<String> {
    // Where a column begins there are two spaces and a backtick.
    let beginnings = ["\n PARTITION BY ", "\n/*!50100 PARTITION BY ", "\n/*!50500 PARTITION BY "];
    let text = beginnings.iter().find_map(|beginning| Some(shown.split_once(beginning)?.1))?.trim_end();
    let text = text.strip_suffix("*/").unwrap_or(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    Some(words.join(" ").replace(" ENGINE = InnoDB", ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_lose_the_escapes_of_the_catalog() {
        assert_eq!(type_of(r"enum('a\\b','x\ny','it''s')"), "enum('a\\b','x\ny','it''s')");
        assert_eq!(type_of(r"varchar(20)"), "varchar(20)");
    }

    #[test]
    fn the_time_of_day_has_one_name() {
        assert!(is_now("current_timestamp()") && is_now("CURRENT_TIMESTAMP(6)") && is_now("CURRENT_TIMESTAMP"));
        assert!(!is_now("current_timestamp() + interval 1 day") && !is_now("'current_timestamp()'"));
    }

    #[test]
    fn outer_parentheses_go_and_others_stay() {
        assert_eq!(without_parentheses("((`a` > 0) and (`b` = ')'))"), "(`a` > 0) and (`b` = ')')");
        assert_eq!(without_parentheses("(a) or (b)"), "(a) or (b)");
    }

    #[test]
    fn who_defined_it_is_left_out() {
        let shown = "CREATE ALGORITHM=UNDEFINED DEFINER=`ro@ot`@`local host` SQL SECURITY DEFINER VIEW `v` AS select 1";
        assert_eq!(without_definer(shown), "CREATE VIEW `v` AS select 1");
        let merged = "CREATE ALGORITHM=MERGE DEFINER=`a`@`b` SQL SECURITY INVOKER VIEW `v` AS select 1";
        assert_eq!(without_definer(merged), "CREATE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW `v` AS select 1");
    }

    #[test]
    fn partitions_are_one_line() {
        let shown = "CREATE TABLE `t` (\n  `id` int(11) NOT NULL\n) ENGINE=InnoDB\n PARTITION BY RANGE (`id`)\n(PARTITION `p0` VALUES LESS THAN (10) ENGINE = InnoDB,\n PARTITION `p1` VALUES LESS THAN MAXVALUE ENGINE = InnoDB)";
        let expected = "RANGE (`id`) (PARTITION `p0` VALUES LESS THAN (10), PARTITION `p1` VALUES LESS THAN MAXVALUE)";
        assert_eq!(partitioning(shown).as_deref(), Some(expected));
    }
}
