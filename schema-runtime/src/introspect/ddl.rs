//! SQLite's CREATE TABLE and CREATE INDEX, as sqlite_schema keeps them: what the pragmas do not tell (names of
//! constraints, checks, AUTOINCREMENT, COLLATE, generated expressions) stands only there.
//!
//! The texts were accepted by SQLite once, so this reads its grammar without judging.

use schema_core::dialect::parse_type;
use schema_core::ir::{
    Check, Column, Deferrable, Dialect, ForeignKey, Generated, Identity, Index, IndexKey, IndexTarget, ObjectName,
    PrimaryKey, ReferentialAction, SqlType, Table, Unique,
};
use schema_core::names::{Kind, derived};

use super::text::{Token, TokenKind, closing, tokens};

/// Reads a CREATE TABLE. References to a table's primary key that name no columns have none yet.
pub(crate) fn table(sql: &str) -> Result<Table, String> {
    let mut cursor = Cursor::new(sql);
    cursor.keywords(&["CREATE", "TABLE"])?;
    let name = cursor.object_name()?;
    let mut body = cursor.parenthesised()?;
    let mut reader = Reader { table: Table::new(ObjectName::bare(name)) };
    while !body.ended() {
        if body.peek_any(&["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]) && !reader.table.columns.is_empty() {
            reader.table_constraint(&mut body)?;
        } else {
            reader.column(&mut body)?;
        }
        body.symbol(',');
    }
    while !cursor.ended() {
        if cursor.keyword("STRICT") {
            reader.table.strict = true;
        } else if cursor.keyword("WITHOUT") {
            reader.table.without_rowid = true;
            cursor.next();
        } else {
            cursor.next();
        }
    }
    Ok(reader.finish())
}

/// Reads a CREATE INDEX on a table that was read before.
pub(crate) fn index(sql: &str, table: &Table) -> Result<Index, String> {
    let mut cursor = Cursor::new(sql);
    cursor.keywords(&["CREATE"])?;
    let unique = cursor.keyword("UNIQUE");
    cursor.keywords(&["INDEX"])?;
    let name = cursor.object_name()?;
    cursor.keywords(&["ON"])?;
    cursor.identifier()?;
    let mut body = cursor.parenthesised()?;
    let mut keys = Vec::new();
    while !body.ended() {
        keys.push(index_key(&mut body, table));
        body.symbol(',');
    }
    let predicate = cursor.keyword("WHERE").then(|| cursor.rest().to_owned());
    Ok(Index {
        name,
        unique,
        method: None,
        keys,
        include: Vec::new(),
        nulls_not_distinct: false,
        storage: std::collections::BTreeMap::new(),
        predicate,
    })
}

fn index_key(body: &mut Cursor<'_>, table: &Table) -> IndexKey {
    let mut key = body.until_comma();
    let descending = key.strip_last("DESC");
    key.strip_last("ASC");
    let collation = key.strip_collation();
    let column = key.only().and_then(|token| column_named(table, &token.identifier()));
    let target = match column {
        Some(column) => IndexTarget::Column(column),
        None => IndexTarget::Expression(super::text::without_outer_parentheses(key.rest()).to_owned()),
    };
    IndexKey { target, prefix: None, collation, opclass: None, descending, nulls: None }
}

/// The column in the spelling of its definition: SQLite's names ignore ASCII case (BUGS.md B50).
pub(crate) fn column_named(table: &Table, name: &str) -> Option<String> {
    table.columns.iter().map(|column| &column.name).find(|known| known.eq_ignore_ascii_case(name)).cloned()
}

/// Puts a table together.
struct Reader {
    table: Table,
}

impl Reader {
    fn finish(mut self) -> Table {
        let table = &mut self.table;
        let spelled: Table = table.clone();
        let respell = |columns: &mut Vec<String>| {
            for column in columns {
                if let Some(known) = column_named(&spelled, column) {
                    *column = known;
                }
            }
        };
        table.primary_key.iter_mut().for_each(|key| respell(&mut key.columns));
        table.uniques.iter_mut().for_each(|unique| respell(&mut unique.columns));
        table.foreign_keys.iter_mut().for_each(|key| respell(&mut key.columns));
        let implied = implied_not_null(table);
        for column in &mut table.columns {
            column.nullable &= !implied.contains(&column.name);
        }
        self.table
    }

    fn column(&mut self, body: &mut Cursor<'_>) -> Result<(), String> {
        let mut column = Column::new(body.identifier()?, canonical_type(body.type_name()));
        column.nullable = true;
        let mut name = None;
        while !body.ended() && !body.peek_symbol(',') {
            if body.keyword("CONSTRAINT") {
                name = Some(body.identifier()?);
            } else {
                let named = name.take();
                if !self.column_constraint(body, &mut column, named)? {
                    // A table constraint may follow without a comma.
                    break;
                }
            }
        }
        self.table.columns.push(column);
        Ok(())
    }

    fn column_constraint(
        &mut self,
        body: &mut Cursor<'_>,
        column: &mut Column,
        name: Option<String>,
    ) -> Result<bool, String> {
        let own = vec![column.name.clone()];
        if body.keyword("PRIMARY") {
            body.keywords(&["KEY"])?;
            let _direction = body.keyword("ASC") || body.keyword("DESC");
            body.conflict();
            if body.keyword("AUTOINCREMENT") {
                column.identity = Some(Identity::ByDefault);
            }
            self.primary_key(name, own);
        } else if body.keyword("NOT") {
            if body.keyword("NULL") {
                body.conflict();
                column.nullable = false;
            } else {
                body.deferrable();
            }
        } else if body.keyword("NULL") {
            body.conflict();
        } else if body.keyword("UNIQUE") {
            body.conflict();
            self.unique(name, own);
        } else if body.keyword("CHECK") {
            let expression = body.parenthesised()?.rest().to_owned();
            body.conflict();
            self.check(name, &own, expression);
        } else if body.keyword("DEFAULT") {
            column.default = Some(body.default_value()?);
        } else if body.keyword("COLLATE") {
            column.collation = Some(body.identifier()?);
        } else if body.keyword("REFERENCES") {
            self.foreign_key(name, own, body)?;
        } else if body.keyword("GENERATED") || body.peek_any(&["AS"]) {
            body.keyword("ALWAYS");
            body.keywords(&["AS"])?;
            let expression = body.parenthesised()?.rest().to_owned();
            let stored = body.keyword("STORED");
            body.keyword("VIRTUAL");
            column.generated = Some(Generated { expression, stored });
        } else {
            return if body.peek_any(&["FOREIGN"]) { Ok(false) } else { Err(body.unexpected()) };
        }
        Ok(true)
    }

    fn table_constraint(&mut self, body: &mut Cursor<'_>) -> Result<(), String> {
        let name = if body.keyword("CONSTRAINT") { Some(body.identifier()?) } else { None };
        if body.keyword("PRIMARY") {
            body.keywords(&["KEY"])?;
            let columns = self.key_columns(&mut body.parenthesised()?)?;
            self.primary_key(name, columns);
        } else if body.keyword("UNIQUE") {
            let columns = self.key_columns(&mut body.parenthesised()?)?;
            self.unique(name, columns);
        } else if body.keyword("CHECK") {
            let expression = body.parenthesised()?.rest().to_owned();
            self.check(name, &[], expression);
        } else if body.keyword("FOREIGN") {
            body.keywords(&["KEY"])?;
            let columns = body.parenthesised()?.identifiers()?;
            body.keywords(&["REFERENCES"])?;
            self.foreign_key(name, columns, body)?;
        } else {
            return Err(body.unexpected());
        }
        body.conflict();
        Ok(())
    }

    /// The columns of a PRIMARY KEY or UNIQUE, whose order and collation SQLite takes and the IR cannot say.
    fn key_columns(&mut self, list: &mut Cursor<'_>) -> Result<Vec<String>, String> {
        let mut columns = Vec::new();
        while !list.ended() {
            let mut key = list.until_comma();
            columns.push(key.identifier()?);
            while !key.ended() {
                let autoincrement = key.keyword("AUTOINCREMENT");
                if let Some(column) = columns.last().and_then(|name| column_named(&self.table, name))
                    && autoincrement
                    && let Some(column) = self.table.column_mut(&column)
                {
                    column.identity = Some(Identity::ByDefault);
                }
                key.next();
            }
            list.symbol(',');
        }
        Ok(columns)
    }

    fn primary_key(&mut self, name: Option<String>, columns: Vec<String>) {
        let name = name.unwrap_or_else(|| derived(&self.table.name.name, &[] as &[&str], Kind::PrimaryKey));
        self.table.primary_key = Some(PrimaryKey::new(name, columns));
    }

    fn unique(&mut self, name: Option<String>, columns: Vec<String>) {
        let name = name.unwrap_or_else(|| derived(&self.table.name.name, &columns, Kind::Unique));
        self.table.uniques.push(Unique::new(name, columns));
    }

    /// Unnamed checks of one column are told apart by a number.
    fn check(&mut self, name: Option<String>, columns: &[String], expression: String) {
        let table = &self.table;
        let taken = |name: &String| table.checks.iter().any(|check| check.name == *name);
        let name = name.unwrap_or_else(|| {
            let mut parts = columns.to_vec();
            let mut name = derived(&table.name.name, &parts, Kind::Check);
            for number in 2.. {
                if !taken(&name) {
                    break;
                }
                parts.truncate(columns.len());
                parts.push(number.to_string());
                name = derived(&table.name.name, &parts, Kind::Check);
            }
            name
        });
        self.table.checks.push(Check::new(name, expression));
    }

    fn foreign_key(&mut self, name: Option<String>, columns: Vec<String>, body: &mut Cursor<'_>) -> Result<(), String> {
        let name = name.unwrap_or_else(|| derived(&self.table.name.name, &columns, Kind::ForeignKey));
        let references = ObjectName::bare(body.identifier()?);
        let referenced_columns = if body.peek_symbol('(') { body.parenthesised()?.identifiers()? } else { Vec::new() };
        let mut key = ForeignKey::new(name, columns, references, referenced_columns);
        loop {
            if body.keyword("MATCH") {
                key.match_full = body.next().is_some_and(|token| token.is("FULL"));
            } else if body.peek_two("ON", "DELETE") {
                key.on_delete = body.action();
            } else if body.peek_two("ON", "UPDATE") {
                key.on_update = body.action();
            } else if body.peek_two("NOT", "DEFERRABLE") {
                body.next();
                body.deferrable();
            } else if body.peek_any(&["DEFERRABLE"]) {
                key.deferrable = body.deferrable();
            } else {
                break;
            }
        }
        self.table.foreign_keys.push(key);
        Ok(())
    }
}

/// The rowid's alias holds no NULL, nor do keys of STRICT and WITHOUT ROWID tables; others do, by SQLite's old mistake.
fn implied_not_null(table: &Table) -> Vec<String> {
    let Some(key) = &table.primary_key else { return Vec::new() };
    let rowid = |name: &String| {
        let integer = SqlType::builtin("INTEGER");
        table.column(name).is_some_and(|column| match (&column.ty, &integer) {
            (SqlType::Builtin(ty), SqlType::Builtin(wanted)) => ty.eq_ignore_ascii_case(wanted),
            _ => false,
        })
    };
    let alias = key.columns.len() == 1 && key.columns.iter().all(rowid);
    if alias || table.strict || table.without_rowid { key.columns.clone() } else { Vec::new() }
}

/// A place in a run of tokens.
#[derive(Clone)]
struct Cursor<'a> {
    sql: &'a str,
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(sql: &'a str) -> Self {
        Self { sql, tokens: tokens(sql, true), at: 0 }
    }

    fn within(&self, from: usize, to: usize) -> Self {
        Self { sql: self.sql, tokens: self.tokens.get(from..to).unwrap_or_default().to_vec(), at: 0 }
    }

    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.at).copied();
        self.at += 1;
        token
    }

    fn ended(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn peek_any(&self, keywords: &[&str]) -> bool {
        self.peek().is_some_and(|token| keywords.iter().any(|keyword| token.is(keyword)))
    }

    fn peek_two(&self, first: &str, second: &str) -> bool {
        self.peek_any(&[first]) && self.tokens.get(self.at + 1).is_some_and(|token| token.is(second))
    }

    fn peek_symbol(&self, symbol: char) -> bool {
        self.peek().is_some_and(|token| token.symbol(symbol))
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.peek_any(&[keyword]);
        self.at += usize::from(found);
        found
    }

    fn keywords(&mut self, keywords: &[&str]) -> Result<(), String> {
        for keyword in keywords {
            if !self.keyword(keyword) {
                return Err(self.unexpected());
            }
        }
        Ok(())
    }

    fn symbol(&mut self, symbol: char) -> bool {
        let found = self.peek_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    fn unexpected(&self) -> String {
        self.peek().map_or_else(
            || "its text ends too early".to_owned(),
            |token| format!("`{}` at byte {} was not expected", token.text, token.start),
        )
    }

    fn identifier(&mut self) -> Result<String, String> {
        match self.peek() {
            Some(token) if token.kind != TokenKind::Symbol => {
                let name = token.identifier();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A name that a schema's name may precede.
    fn object_name(&mut self) -> Result<String, String> {
        let name = self.identifier()?;
        if self.symbol('.') { self.identifier() } else { Ok(name) }
    }

    fn identifiers(&mut self) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        while !self.ended() {
            names.push(self.identifier()?);
            self.symbol(',');
        }
        Ok(names)
    }

    /// What stands between the parentheses that come next.
    fn parenthesised(&mut self) -> Result<Self, String> {
        if !self.peek_symbol('(') {
            return Err(self.unexpected());
        }
        let end = closing(&self.tokens, self.at).ok_or("a parenthesis is never closed")?;
        let inner = self.within(self.at + 1, end);
        self.at = end + 1;
        Ok(inner)
    }

    /// What stands before the next comma outside parentheses.
    fn until_comma(&mut self) -> Self {
        let start = self.at;
        while !self.ended() && !self.peek_symbol(',') {
            self.at = if self.peek_symbol('(') { closing(&self.tokens, self.at).unwrap_or(self.at) } else { self.at };
            self.at += 1;
        }
        self.within(start, self.at)
    }

    /// The text of what is left, as written.
    fn rest(&self) -> &'a str {
        match (self.peek(), self.tokens.last()) {
            (Some(first), Some(last)) => &self.sql[first.start..last.end()],
            _ => "",
        }
    }

    fn only(&self) -> Option<&Token<'a>> {
        self.tokens.first().filter(|token| self.tokens.len() == 1 && token.kind != TokenKind::Text)
    }

    fn strip_last(&mut self, keyword: &str) -> bool {
        let found = self.tokens.len() > 1 && self.tokens.last().is_some_and(|token| token.is(keyword));
        if found {
            self.tokens.pop();
        }
        found
    }

    fn strip_collation(&mut self) -> Option<String> {
        let at = self.tokens.len().checked_sub(2).filter(|at| *at > 0)?;
        self.tokens.get(at).filter(|token| token.is("COLLATE"))?;
        let name = self.tokens.last()?.identifier();
        self.tokens.truncate(at);
        Some(name)
    }

    /// A column's declared type: every word before its first constraint, with its lengths.
    fn type_name(&mut self) -> String {
        const ENDS: [&str; 11] = [
            "CONSTRAINT",
            "PRIMARY",
            "NOT",
            "NULL",
            "UNIQUE",
            "CHECK",
            "DEFAULT",
            "COLLATE",
            "REFERENCES",
            "AS",
            "FOREIGN",
        ];
        let mut name = String::new();
        while let Some(token) = self.peek()
            && token.kind != TokenKind::Symbol
            && !self.peek_any(&ENDS)
            && !self.peek_two("GENERATED", "ALWAYS")
        {
            if !name.is_empty() {
                name.push(' ');
            }
            name.push_str(&token.identifier());
            self.at += 1;
        }
        if self.peek_symbol('(')
            && let Ok(lengths) = self.parenthesised()
        {
            name.push('(');
            lengths.tokens.iter().for_each(|token| name.push_str(token.text));
            name.push(')');
        }
        name
    }

    /// DEFAULT's operand: an expression in parentheses, or one literal that a sign may precede.
    fn default_value(&mut self) -> Result<String, String> {
        if self.peek_symbol('(') {
            return Ok(self.parenthesised()?.rest().to_owned());
        }
        let start = self.at;
        let _sign = self.symbol('-') || self.symbol('+');
        let first = self.next().ok_or("a DEFAULT has no value")?;
        let mut end = self.at;
        // x'00' is one literal of two tokens, 1.5 and 1e-3 are numbers of several.
        let blob = first.is("x") && self.peek().is_some_and(|token| token.kind == TokenKind::Text);
        if blob {
            end += 1;
        } else if first.text.starts_with(|c: char| c.is_ascii_digit()) || first.symbol('.') {
            end = self.number_end(end);
        }
        self.at = end;
        Ok(self.within(start, end).rest().to_owned())
    }

    /// Where the number ends whose first token was taken: its tokens touch.
    fn number_end(&self, mut at: usize) -> usize {
        let touches = |at: usize| match (self.tokens.get(at - 1), self.tokens.get(at)) {
            (Some(before), Some(token)) if before.end() == token.start => {
                let exponent = before.text.ends_with(['e', 'E']) && (token.symbol('-') || token.symbol('+'));
                token.symbol('.') || exponent || token.kind == TokenKind::Word
            }
            _ => false,
        };
        while touches(at) {
            at += 1;
        }
        at
    }

    fn conflict(&mut self) {
        if self.peek_two("ON", "CONFLICT") {
            self.at += 3;
        }
    }

    fn action(&mut self) -> ReferentialAction {
        self.at += 2;
        if self.keyword("CASCADE") {
            ReferentialAction::Cascade
        } else if self.keyword("RESTRICT") {
            ReferentialAction::Restrict
        } else if self.keyword("SET") {
            if self.keyword("NULL") {
                ReferentialAction::SetNull
            } else {
                self.next();
                ReferentialAction::SetDefault
            }
        } else {
            self.at += 2;
            ReferentialAction::NoAction
        }
    }

    fn deferrable(&mut self) -> Option<Deferrable> {
        self.keyword("DEFERRABLE");
        let deferred = self.keyword("INITIALLY") && self.next().is_some_and(|token| token.is("DEFERRED"));
        Some(if deferred { Deferrable::InitiallyDeferred } else { Deferrable::InitiallyImmediate })
    }
}

/// The declared type in the IR's spelling; as it stands where it is none that the IR knows.
fn canonical_type(declared: String) -> SqlType {
    parse_type(Dialect::Sqlite, &declared).unwrap_or(SqlType::Builtin(declared))
}
