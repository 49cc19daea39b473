//! Reading a script just far enough: where statements end, and what kind they are.

use schema_core::ir::Dialect;
use schema_core::objects::Body;

/// A part of a statement; white space and comments are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// An unquoted word or number, in lower case.
    Word(String),
    /// A quoted identifier, without its quotes.
    Name(String),
    /// A string literal, without its quotes.
    Text(String),
    /// Anything else.
    Symbol(char),
}

impl Token {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own == word)
    }
}

/// One statement of a script.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// Where it begins in the script, in bytes.
    pub(crate) start: usize,
    /// Where it ends, behind its semicolon.
    pub(crate) end: usize,
    pub(crate) tokens: Vec<Token>,
}

impl Statement {
    /// True when its first words are these.
    pub(crate) fn begins(&self, words: &[&str]) -> bool {
        self.tokens.len() >= words.len() && self.tokens.iter().zip(words).all(|(token, word)| token.is(word))
    }

    /// True when the unquoted word occurs anywhere.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.tokens.iter().any(|token| token.is(word))
    }

    /// True for what begins, ends or abandons a transaction (but not a savepoint).
    pub(crate) fn controls_transaction(&self) -> bool {
        let back_to_savepoint = self.begins(&["rollback", "to"]) || self.begins(&["rollback", "transaction", "to"]);
        !back_to_savepoint
            && !self.is_block()
            && (self.begins(&["begin"])
                || self.begins(&["commit"])
                || self.begins(&["rollback"])
                || self.begins(&["start", "transaction"]))
    }

    /// True for what changes definitions only, whatever rows there are. In doubt it is false.
    pub(crate) fn is_instant(&self) -> bool {
        let anew = ["table", "type", "schema", "view", "function", "procedure", "sequence", "trigger", "or"];
        if self.begins(&["create"]) {
            // `CREATE TABLE .. AS` and `PARTITION OF` beside a default partition read rows.
            let reads = self.begins(&["create", "table"]) && ["as", "partition"].iter().any(|word| self.has(word));
            return !reads && anew.iter().any(|kind| self.begins(&["create", kind]));
        }
        if self.begins(&["alter", "table"]) {
            const READS: &str = "null type validate generated identity attach cluster tablespace logged unlogged \
                default primary unique exclude check references";
            let holds_for_new_rows = self.has("valid") && self.has("not") && !self.has("validate");
            let makes_nullable = self.has("drop") && self.has("null");
            return holds_for_new_rows || makes_nullable || !READS.split(' ').any(|word| self.has(word));
        }
        ["comment", "drop", "set", "grant", "revoke"].iter().any(|word| self.begins(&[word]))
            && !self.has("concurrently")
    }

    /// A setting of the session, which a session that goes on with the script must make anew.
    pub(crate) fn is_setting(&self) -> bool {
        self.begins(&["set"]) && !self.has("select") && !self.begins(&["set", "password"])
    }

    /// True for what is done once and stays. A setting that reads rows is an assertion about what follows it.
    pub(crate) fn is_step(&self) -> bool {
        !self.begins(&["set"]) && !self.controls_transaction()
    }

    /// True for what commits by itself on MariaDB and MySQL, and can't be rolled back.
    pub(crate) fn commits(&self) -> bool {
        const COMMITS: &str = "alter analyze begin cache change check create drop flush grant install lock optimize \
            purge rename repair reset revoke start stop truncate uninstall unlock";
        let is_temporary = ["create", "drop"].iter().any(|verb| self.begins(&[verb, "temporary"]));
        let Some(Token::Word(verb)) = self.tokens.first() else { return false };
        !is_temporary && COMMITS.split_whitespace().any(|word| word == verb)
    }

    /// True for what MariaDB or MySQL does in an instant, however many rows there are. In doubt it is false.
    pub(crate) fn is_instant_on_mysql(&self) -> bool {
        let copies = self.has("select") || self.has("partition");
        match self.tokens.first() {
            Some(Token::Word(verb)) if verb == "create" => !copies && !self.has("index"),
            Some(Token::Word(verb)) if verb == "alter" => self.has("algorithm") && self.has("instant"),
            Some(Token::Word(verb)) => ["drop", "rename", "set", "do"].contains(&verb.as_str()),
            _ => false,
        }
    }

    /// True for what MariaDB or MySQL refuses to do a second time, or does without a further effect: an ALTER TABLE that gives
    /// nothing another name and leaves no name to the server. In doubt it is false.
    pub(crate) fn fails_when_repeated(&self) -> bool {
        const MOVES: [&str; 6] = ["rename", "change", "exchange", "partition", "partitions", "partitioning"];
        const KINDS: [&str; 7] = ["index", "key", "unique", "fulltext", "spatial", "foreign", "check"];
        let at = |place: Option<usize>| place.and_then(|place| self.tokens.get(place));
        let is =
            |place: Option<usize>, words: &[&str]| at(place).is_some_and(|it| words.iter().any(|word| it.is(word)));
        let is_unnamed = |(place, token): (usize, &Token)| {
            let opens = at(place.checked_add(1)) == Some(&Token::Symbol('(')) || token.is("foreign");
            let is_named =
                is(place.checked_sub(2), &["constraint"]) || is(place.checked_sub(1), &["primary", "foreign"]);
            KINDS.iter().any(|word| token.is(word)) && opens && !is_named
        };
        let names_all = || !self.tokens.iter().enumerate().any(is_unnamed);
        self.begins(&["alter", "table"])
            && !MOVES.iter().any(|word| self.has(word))
            && (self.has("add") || self.has("drop"))
            && names_all()
    }

    /// Statements of MariaDB that are one, outside a routine.
    fn is_block(&self) -> bool {
        self.begins(&["begin", "not"])
    }

    /// A body of its own, in which semicolons end nothing.
    fn has_body(&self) -> bool {
        const BODIES: [&str; 4] = ["trigger", "function", "procedure", "event"];
        // `CREATE DEFINER = 'a'@'b' TRIGGER` has them late.
        let is_routine = || self.tokens.iter().take(10).any(|token| BODIES.iter().any(|body| token.is(body)));
        self.is_block() || (self.begins(&["create"]) && is_routine())
    }
}

/// The statements of a script. A text that breaks off inside a string or comment ends there.
pub(crate) fn statements(dialect: Dialect, script: &str) -> Vec<Statement> {
    let mut reader = Reader { dialect, script, at: 0 };
    let mut statements = Vec::new();
    let mut current: Option<Statement> = None;
    let (mut body, mut has_body) = (Body::default(), false);
    while let Some((start, token)) = reader.token() {
        let statement = current.get_or_insert_with(|| Statement { start, end: start, tokens: Vec::new() });
        statement.end = reader.at;
        if token == Token::Symbol(';') && body.is_closed() {
            if !statement.tokens.is_empty() {
                statements.extend(current.take());
            }
            (current, body, has_body) = (None, Body::default(), false);
            continue;
        }
        statement.tokens.push(token);
        let fresh = if has_body { statement.tokens.len() - 1 } else { 0 };
        has_body = statement.has_body();
        for token in statement.tokens.iter().skip(fresh).filter(|_| has_body) {
            match token {
                Token::Word(word) => body.word(word),
                Token::Symbol(symbol) => body.other(Some(*symbol)),
                Token::Name(_) | Token::Text(_) => body.other(None),
            }
        }
    }
    statements.extend(current.filter(|statement| !statement.tokens.is_empty()));
    statements
}

/// A script outside the runner's transaction that brings its own, so that the runner can put its records inside.
pub(crate) struct Wrapped<'a> {
    /// Up to its `COMMIT`, which is left out.
    pub(crate) head: &'a str,
    /// Behind it: settings of the session only.
    pub(crate) tail: &'a str,
}

/// The script as one transaction with nothing but session settings around it.
pub(crate) fn wrapped(dialect: Dialect, script: &str) -> Option<Wrapped<'_>> {
    let found = statements(dialect, script);
    let is_setting = |statement: &Statement| statement.begins(&["pragma"]) || statement.is_setting();
    let begin = found.iter().position(|statement| !is_setting(statement))?;
    let commit = found.iter().rposition(|statement| !is_setting(statement))?;
    let controls: Vec<usize> =
        (0..found.len()).filter(|at| found.get(*at).is_some_and(Statement::controls_transaction)).collect();
    let (first, last) = (found.get(begin)?, found.get(commit)?);
    let opens = first.begins(&["begin"]) || first.begins(&["start"]);
    if controls != [begin, commit] || !opens || !last.begins(&["commit"]) {
        return None;
    }
    Some(Wrapped { head: script.get(..last.start)?, tail: script.get(last.end..)? })
}

/// A cursor over a statement's tokens.
#[cfg(feature = "postgres")]
pub(crate) struct Words<'a>(pub(crate) &'a [Token]);

#[cfg(feature = "postgres")]
impl Words<'_> {
    pub(crate) fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.0.first(), Some(Token::Word(own)) if own == word);
        if found {
            self.0 = self.0.get(1..).unwrap_or_default();
        }
        found
    }

    pub(crate) fn name(&mut self) -> Option<String> {
        let (first, rest) = self.0.split_first()?;
        let (Token::Word(name) | Token::Name(name)) = first else { return None };
        self.0 = rest;
        Some(name.clone())
    }

    pub(crate) fn qualified(&mut self) -> Option<String> {
        let mut text = schema_core::dialect::quote(&self.name()?);
        while self.0.first() == Some(&Token::Symbol('.')) {
            self.0 = self.0.get(1..).unwrap_or_default();
            text = text + "." + &schema_core::dialect::quote(&self.name()?);
        }
        Some(text)
    }
}

struct Reader<'a> {
    dialect: Dialect,
    script: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.script.get(self.at..).unwrap_or_default()
    }

    fn token(&mut self) -> Option<(usize, Token)> {
        self.skip_space();
        let start = self.at;
        let first = self.rest().chars().next()?;
        let token = match first {
            '\'' => Token::Text(self.quoted('\'', self.dialect.is_mysql())),
            '"' if self.dialect.is_mysql() => Token::Text(self.quoted('"', true)),
            '"' => Token::Name(self.quoted('"', false)),
            '`' if self.dialect != Dialect::Postgres => Token::Name(self.quoted('`', false)),
            '[' if self.dialect == Dialect::Sqlite => Token::Name(self.quoted(']', false)),
            'e' | 'E' if self.dialect == Dialect::Postgres && self.rest().chars().nth(1) == Some('\'') => {
                self.at += 1;
                Token::Text(self.quoted('\'', true))
            }
            '$' if self.dialect == Dialect::Postgres => match self.dollar_quoted() {
                Some(text) => Token::Text(text),
                None => self.symbol(first),
            },
            c if c.is_alphanumeric() || c == '_' => self.word(),
            c => self.symbol(c),
        };
        Some((start, token))
    }

    fn symbol(&mut self, symbol: char) -> Token {
        self.at += symbol.len_utf8();
        Token::Symbol(symbol)
    }

    fn word(&mut self) -> Token {
        let rest = self.rest();
        let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default().to_lowercase();
        self.at += length;
        Token::Word(word)
    }

    /// From an opening quote to behind the closing one; a doubled quote stands for itself.
    fn quoted(&mut self, close: char, backslash: bool) -> String {
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        let mut length = self.rest().len();
        while let Some((offset, c)) = chars.next() {
            if c == close {
                if chars.peek().is_none_or(|(_, next)| *next != close) {
                    length = offset + c.len_utf8();
                    break;
                }
                chars.next();
            } else if c == '\\' && backslash {
                text.extend(chars.next().map(|(_, escaped)| escaped));
                continue;
            }
            text.push(c);
        }
        self.at += length;
        text
    }

    fn dollar_quoted(&mut self) -> Option<String> {
        let rest = self.rest();
        let tag_end = rest.get(1..)?.find('$')? + 2;
        let tag = rest.get(..tag_end)?;
        let named = tag.trim_matches('$');
        let valid =
            named.chars().all(|c| c.is_alphanumeric() || c == '_') && !named.starts_with(|c: char| c.is_ascii_digit());
        if !valid {
            return None;
        }
        let body = rest.get(tag_end..)?;
        let (text, length) = match body.find(tag) {
            Some(end) => (body.get(..end)?.to_owned(), tag_end + end + tag.len()),
            None => (body.to_owned(), rest.len()),
        };
        self.at += length;
        Some(text)
    }

    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            let hash = self.dialect.is_mysql() && trimmed.starts_with('#');
            let skipped = if self.is_line_comment(trimmed) || hash {
                rest.len() - trimmed.find('\n').and_then(|end| trimmed.get(end..)).unwrap_or_default().len()
            } else if let Some(code) = self.executed_comment(trimmed) {
                rest.len() - code.len()
            } else if trimmed.starts_with("/*") {
                rest.len() - trimmed.len() + self.comment(trimmed)
            } else {
                rest.len() - trimmed.len()
            };
            self.at += skipped;
            if skipped == 0 {
                return;
            }
        }
    }

    /// Two dashes begin a comment; on MariaDB and MySQL with white space behind them.
    fn is_line_comment(&self, text: &str) -> bool {
        text.strip_prefix("--")
            .is_some_and(|rest| !self.dialect.is_mysql() || rest.chars().next().is_none_or(char::is_whitespace))
    }

    /// What is behind the opening of a comment that MariaDB and MySQL carry out: `/*!50100 `, `/*M!100100 `.
    fn executed_comment<'a>(&self, text: &'a str) -> Option<&'a str> {
        let rest = text.strip_prefix("/*!").or_else(|| text.strip_prefix("/*M!"))?;
        self.dialect.is_mysql().then(|| rest.trim_start_matches(|c: char| c.is_ascii_digit()))
    }

    /// The length of a block comment; PostgreSQL's nest.
    fn comment(&self, text: &str) -> usize {
        let mut depth = 0_usize;
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(pair) = bytes.get(at..at + 2) {
            match pair {
                b"/*" if depth == 0 || self.dialect == Dialect::Postgres => depth += 1,
                b"*/" => depth -= 1,
                _ => {
                    at += 1;
                    continue;
                }
            }
            at += 2;
            if depth == 0 {
                return at;
            }
        }
        text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_when_repeated_is_told_from_what_would_be_done_twice() {
        let fails = |sql: &str| statements(Dialect::MariaDb, sql)[0].fails_when_repeated();
        for sql in [
            "ALTER TABLE t ADD COLUMN a int, ADD UNIQUE INDEX k (a), ALGORITHM=INPLACE",
            "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u (id)",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0), ADD PRIMARY KEY (id)",
            "ALTER TABLE t DROP INDEX k, MODIFY a bigint",
        ] {
            assert!(fails(sql), "{sql}");
        }
        for sql in [
            "ALTER TABLE t ADD INDEX (a)",
            "ALTER TABLE t ADD UNIQUE KEY (a)",
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (id)",
            "ALTER TABLE t ADD COLUMN a int CHECK (a > 0)",
            "ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a",
            "ALTER TABLE t ADD COLUMN c int, CHANGE a b int",
            "ALTER TABLE t MODIFY a bigint",
            "DROP TABLE t",
            "CREATE TABLE t (a int)",
        ] {
            assert!(!fails(sql), "{sql}");
        }
    }

    fn texts(dialect: Dialect, script: &str) -> Vec<String> {
        statements(dialect, script).iter().map(|found| script[found.start..found.end].to_owned()).collect()
    }

    #[test]
    fn semicolons_in_strings_comments_and_names_end_nothing() {
        let script = "-- a; b\nSELECT ';', \"x;y\" /* ; /* ; */ ; */; SELECT E'\\';' ;\n\n-- end;";
        assert_eq!(texts(Dialect::Postgres, script), ["SELECT ';', \"x;y\" /* ; /* ; */ ; */;", "SELECT E'\\';' ;"]);
    }

    #[test]
    fn dollar_quotes_hold_what_they_hold() {
        let script = "DO $do$ BEGIN COMMIT; END $do$; SELECT $1; SELECT $$;$$";
        let found = statements(Dialect::Postgres, script);
        assert_eq!(found.len(), 3);
        assert!(!found.iter().any(Statement::controls_transaction));
    }

    #[test]
    fn a_trigger_is_one_statement() {
        let script = "CREATE TRIGGER t AFTER INSERT ON a WHEN CASE WHEN 1 THEN 1 END BEGIN UPDATE a SET x = CASE WHEN 1 THEN 2 END; DELETE FROM b; END; COMMIT;";
        let found = statements(Dialect::Sqlite, script);
        assert_eq!(found.len(), 2);
        assert!(found[1].begins(&["commit"]));
    }

    #[test]
    fn mariadb_has_quotes_comments_and_bodies_of_its_own() {
        let script = "# a;\nSELECT 'it\\'s;', \"x;\", `y;` --1; /*!40101 SET NAMES 'a' */; SELECT 1 -- ;\n;";
        let found = texts(Dialect::MariaDb, script);
        assert_eq!(found, ["SELECT 'it\\'s;', \"x;\", `y;` --1;", "SET NAMES 'a' */;", "SELECT 1 -- ;\n;"]);
        let body = "CREATE DEFINER = 'a'@'b' TRIGGER t BEFORE INSERT ON u FOR EACH ROW BEGIN IF NEW.a THEN SET NEW.b = 1; END IF; \
            CASE WHEN 1 THEN BEGIN END; END CASE; WHILE 0 DO SET @a = 1; END WHILE; END; SELECT 1;";
        assert_eq!(statements(Dialect::MariaDb, body).len(), 2);
    }

    #[test]
    fn a_block_of_mariadb_is_one_statement_and_begins_no_transaction() {
        let script =
            "BEGIN NOT ATOMIC DECLARE a INT; WHILE a < 2 DO SET a = a + 1; COMMIT; END WHILE; END; BEGIN; COMMIT;";
        let found = statements(Dialect::MariaDb, script);
        assert_eq!(found.iter().map(Statement::controls_transaction).collect::<Vec<_>>(), [false, true, true]);
        assert!(found[0].commits());
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
            assert_eq!(statements(Dialect::MariaDb, &format!("SELECT 1; {MAKES}{body}; SELECT 2;")).len(), 3, "{body}");
        }
    }

    #[test]
    fn routines_have_bodies() {
        let script = "CREATE OR REPLACE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN a + 1; \
            CREATE PROCEDURE p() BEGIN SELECT 1; END; \
            CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM a; DELETE FROM b; END; DROP EVENT e;";
        assert_eq!(statements(Dialect::MariaDb, script).len(), 4);
    }

    #[test]
    fn a_setting_that_reads_rows_is_neither_a_step_nor_made_anew() {
        let found =
            statements(Dialect::MariaDb, "SET @a = 1; SET SESSION completion_type = (SELECT 1); DELETE FROM a;");
        assert_eq!(found.iter().map(Statement::is_setting).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!(found.iter().map(Statement::is_step).collect::<Vec<_>>(), [false, false, true]);
    }

    #[test]
    fn what_commits_by_itself_is_known() {
        let commits = |sql: &str| statements(Dialect::MariaDb, sql).iter().all(Statement::commits);
        for sql in ["ALTER TABLE a ADD b int", "TRUNCATE a", "rename table a to b", "CREATE INDEX i ON a (b)"] {
            assert!(commits(sql), "{sql}");
        }
        for sql in ["UPDATE a SET b = 1", "CREATE TEMPORARY TABLE a (b int)", "CALL p()", "SET @a = 1", "(SELECT 1)"] {
            assert!(!commits(sql), "{sql}");
        }
    }

    #[test]
    fn a_table_may_have_a_column_named_begin() {
        assert_eq!(statements(Dialect::Postgres, "CREATE TABLE t (begin int); SELECT 1").len(), 2);
    }

    #[test]
    fn only_what_reads_no_rows_is_instant() {
        let is_instant = |sql: &str| statements(Dialect::Postgres, sql).iter().all(Statement::is_instant);
        for sql in [
            "ALTER TABLE a ADD COLUMN b text; COMMENT ON TABLE a IS 'default'",
            "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID",
            "ALTER TABLE a ALTER b DROP NOT NULL",
            "ALTER TABLE a RENAME TO c; DROP TABLE c",
            "CREATE TABLE a (id int PRIMARY KEY)",
            "CREATE OR REPLACE VIEW v AS SELECT 1",
        ] {
            assert!(is_instant(sql), "{sql}");
        }
        for sql in [
            "ALTER TABLE a ADD COLUMN b int DEFAULT random()",
            "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)",
            "ALTER TABLE a VALIDATE CONSTRAINT c",
            "ALTER TABLE a ALTER b SET NOT NULL",
            "ALTER TABLE a ALTER b TYPE bigint",
            "CREATE TABLE a AS SELECT 1",
            "CREATE INDEX i ON a (b)",
            "UPDATE a SET b = 1",
            "DO $$ BEGIN END $$",
        ] {
            assert!(!is_instant(sql), "{sql}");
        }
    }

    #[test]
    fn a_return_to_a_savepoint_controls_no_transaction() {
        assert!(!statements(Dialect::Sqlite, "ROLLBACK TO a;")[0].controls_transaction());
        assert!(statements(Dialect::Sqlite, "rollback;")[0].controls_transaction());
    }

    #[test]
    fn a_script_with_one_transaction_of_its_own_is_split_at_its_commit() {
        let script = "-- no-transaction\nPRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\nSELECT 'COMMIT;';\nCOMMIT;\nPRAGMA foreign_keys = ON;\n";
        let parts = wrapped(Dialect::Sqlite, script).unwrap();
        assert!(parts.head.ends_with("SELECT 'COMMIT;';\n"));
        assert_eq!(parts.tail, "\nPRAGMA foreign_keys = ON;\n");
        for other in [
            "SELECT 1; COMMIT;",
            "BEGIN; COMMIT; DELETE FROM a;",
            "BEGIN; COMMIT; BEGIN; COMMIT;",
            "BEGIN; SELECT 1;",
            "VACUUM;",
            "",
        ] {
            assert!(wrapped(Dialect::Sqlite, other).is_none(), "{other}");
        }
    }

    #[test]
    fn comments_alone_are_no_statement_and_broken_text_ends() {
        assert!(statements(Dialect::Sqlite, "-- nothing\n;;\n/* open").is_empty());
        assert_eq!(texts(Dialect::Sqlite, "SELECT 'open"), ["SELECT 'open"]);
    }
}
