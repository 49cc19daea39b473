//! Where the body of a trigger or routine ends.

/// The body that a statement's tokens open and close, so that its semicolons are told from the one that ends the statement.
///
/// Only tokens of a statement that may have a body are for it: elsewhere `begin` is a name, or begins a transaction.
///
/// ```
/// use schema_core::objects::Body;
/// let mut body = Body::default();
/// for word in ["begin", "if", "a", "then"] {
///     body.word(word);
/// }
/// body.other(Some(';'));
/// ["end", "if"].iter().for_each(|word| body.word(word));
/// assert!(!body.is_closed());
/// body.other(Some(';'));
/// body.word("end");
/// assert!(body.is_closed());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// What is open, from the outside in.
    open: Vec<Open>,
    /// Whether the last token was END.
    follows_end: bool,
    /// Whether a statement can begin here.
    at_statement: bool,
}

/// What an END closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// Statements: BEGIN, IF, LOOP, or a CASE that is a statement.
    Statements,
    /// A CASE that is a value.
    Value,
}

/// Words that open statements where a statement can stand. Elsewhere `IF(` and `REPEAT(` are functions, and FOR belongs to something
/// else.
const CONTROL: [&str; 5] = ["if", "loop", "while", "repeat", "for"];

/// Words behind which a statement can stand.
const BEFORE: [&str; 8] = ["begin", "atomic", "then", "else", "do", "loop", "repeat", "row"];

impl Body {
    /// Whether nothing is open.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.open.is_empty()
    }

    /// Takes an unquoted word, in lower case.
    pub fn word(&mut self, word: &str) {
        let at_statement = self.at_statement && self.open.last() != Some(&Open::Value);
        match word {
            // `END IF`, `END CASE`: it is closed already.
            word if self.follows_end && (word == "case" || CONTROL.contains(&word)) => {}
            "begin" => self.open.push(Open::Statements),
            "case" => self.open.push(if at_statement { Open::Statements } else { Open::Value }),
            "end" => drop(self.open.pop()),
            word if at_statement && CONTROL.contains(&word) => self.open.push(Open::Statements),
            _ => {}
        }
        self.follows_end = word == "end";
        self.at_statement = BEFORE.contains(&word);
    }

    /// Takes any other token, with the symbol that it is.
    pub fn other(&mut self, symbol: Option<char>) {
        self.follows_end = false;
        self.at_statement = matches!(symbol, Some(';' | ':'));
    }
}
