//! Where the body of a trigger or routine ends.

use super::Token;

/// What is open within a body, from the outside in.
#[derive(Debug, Default)]
pub(super) struct Body(Vec<Open>);

/// What an END closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// Statements: BEGIN, IF, LOOP, or a CASE that is a statement.
    Statements,
    /// A CASE that is a value.
    Value,
}

/// Words that open statements where a statement can stand. Elsewhere `IF(` and `REPEAT(` are functions, and FOR belongs to something else.
const CONTROL: [&str; 5] = ["if", "loop", "while", "repeat", "for"];

impl Body {
    pub(super) fn is_closed(&self) -> bool {
        self.0.is_empty()
    }

    /// Looks at the last of a statement's tokens.
    pub(super) fn take(&mut self, tokens: &[Token]) {
        let Some((Token::Word(word), before)) = tokens.split_last() else { return };
        let follows_end = before.last().is_some_and(|token| token.is("end"));
        let at_statement = self.0.last() != Some(&Open::Value) && begins_statement(before);
        match word.as_str() {
            // `END IF`, `END CASE`: it is closed already.
            word if follows_end && (word == "case" || CONTROL.contains(&word)) => {}
            "begin" => self.0.push(Open::Statements),
            // Only now is it known that the first word began no transaction.
            "not" if matches!(before, [first] if first.is("begin")) => self.0.push(Open::Statements),
            "case" if at_statement => self.0.push(Open::Statements),
            "case" => self.0.push(Open::Value),
            "end" => drop(self.0.pop()),
            word if at_statement && CONTROL.contains(&word) => self.0.push(Open::Statements),
            _ => {}
        }
    }
}

/// Whether a statement can stand behind these tokens.
fn begins_statement(before: &[Token]) -> bool {
    const BEFORE: [&str; 8] = ["begin", "atomic", "then", "else", "do", "loop", "repeat", "row"];
    match before.last() {
        Some(Token::Word(word)) => BEFORE.contains(&word.as_str()),
        Some(Token::Symbol(symbol)) => matches!(symbol, ';' | ':'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use schema_core::ir::Dialect;

    use super::super::statements;

    fn count(dialect: Dialect, script: &str) -> usize {
        statements(dialect, script).len()
    }

    #[test]
    fn a_body_ends_where_its_last_word_does() {
        const MAKES: &str = "CREATE TRIGGER t BEFORE INSERT ON u FOR EACH ROW ";
        for body in [
            "SET NEW.a = 1",
            "SET NEW.a = CASE WHEN NEW.b THEN IF(NEW.c, 1, 2) ELSE REPEAT('x', 2) END",
            "IF NEW.a THEN SET NEW.b = 1; ELSEIF (NEW.c) THEN SET NEW.b = 2; ELSE IF NEW.d THEN SET NEW.b = 3; END IF; END IF",
            "BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN END; SET NEW.a = 1; END",
            "BEGIN l: LOOP LEAVE l; END LOOP l; REPEAT SET NEW.a = 1; UNTIL TRUE END REPEAT; END",
            "BEGIN CASE NEW.a WHEN 1 THEN SET NEW.b = 1; WHEN 2 THEN BEGIN END; END CASE; SET NEW.c = IF(1, 2, 3); END",
            "BEGIN FOR i IN 1..3 DO SET NEW.a = i; END FOR; WHILE FALSE DO SET NEW.a = 1; END WHILE; END",
        ] {
            assert_eq!(count(Dialect::MariaDb, &format!("SELECT 1; {MAKES}{body}; SELECT 2;")), 3, "{body}");
        }
    }

    #[test]
    fn routines_have_bodies() {
        let script = "CREATE OR REPLACE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN a + 1; \
            CREATE PROCEDURE p() BEGIN SELECT 1; END; \
            CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM a; DELETE FROM b; END; DROP EVENT e;";
        assert_eq!(count(Dialect::MariaDb, script), 4);
    }
}
