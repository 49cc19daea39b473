//! A `.sql` file as one text that a server takes: psql's own commands and the rows of COPY are no SQL.

use schema_core::ir::Dialect;

use crate::migrate::script::{Statement, statements};

/// psql's commands that change nothing in the database that the rest of the file is loaded into.
const HARMLESS: &[&str] =
    &["restrict", "unrestrict", "echo", "qecho", "warn", "set", "unset", "pset", "timing", "encoding", "x", "a", "t"];

/// The SQL of a file. Rows of `COPY .. FROM stdin` are left out: a schema is what is wanted.
pub(super) fn loadable(dialect: Dialect, text: &str) -> Result<String, String> {
    if dialect != Dialect::Postgres {
        return Ok(text.to_owned());
    }
    let mut sql = String::new();
    let mut rest = text;
    loop {
        // A command of psql ends with its line, which the reader of SQL doesn't know: read on behind it.
        let Some((at, foreign)) = first_foreign(rest) else { return Ok(sql + rest) };
        sql.push_str(rest.get(..at).unwrap_or_default());
        let from_there = rest.get(at..).unwrap_or_default();
        let skipped = match foreign {
            Foreign::Command => {
                let line = from_there.lines().next().unwrap_or_default();
                check_command(line)?;
                line.len()
            }
            Foreign::Copy(length) => length + rows(from_there.get(length..).unwrap_or_default()),
        };
        rest = from_there.get(skipped..).unwrap_or_default();
    }
}

enum Foreign {
    /// A backslash command: to the end of its line.
    Command,
    /// `COPY .. FROM stdin;` of this length; its rows follow.
    Copy(usize),
}

fn first_foreign(text: &str) -> Option<(usize, Foreign)> {
    if !text.contains('\\') {
        return None;
    }
    statements(Dialect::Postgres, text).iter().find_map(|statement| {
        let own = text.get(statement.start..statement.end)?;
        match own.starts_with('\\') {
            true => Some((statement.start, Foreign::Command)),
            false if copies_rows(statement) => Some((statement.start, Foreign::Copy(own.len()))),
            false => None,
        }
    })
}

fn copies_rows(statement: &Statement) -> bool {
    statement.begins(&["copy"]) && statement.has("stdin")
}

fn check_command(line: &str) -> Result<(), String> {
    let name: String = line.chars().skip(1).take_while(|c| c.is_ascii_alphanumeric()).collect();
    if HARMLESS.contains(&name.as_str()) {
        return Ok(());
    }
    let why = match name.as_str() {
        "c" | "connect" => "the file is about more than one database; dump one, without `--create`",
        _ => "only psql itself can run it; take it out, or run the file by psql and give the database's URL",
    };
    Err(format!("`\\{name}` is a command of psql: {why}"))
}

/// The length of COPY's rows, up to behind the line `\.`.
fn rows(text: &str) -> usize {
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        length += line.len();
        if line.trim_end() == "\\." {
            break;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_rows_are_left_out() {
        let dump = "\\restrict abc\nCREATE TABLE t (a text DEFAULT '\n\\x');\nCOPY t (a) FROM stdin;\n;'\\n\nb\n\\.\n\nSELECT 1;\n\\unrestrict abc\n";
        let sql = loadable(Dialect::Postgres, dump).unwrap();
        assert_eq!(sql, "\nCREATE TABLE t (a text DEFAULT '\n\\x');\n\nSELECT 1;\n\n");
    }

    #[test]
    fn a_command_that_matters_is_refused_by_name() {
        let error = loadable(Dialect::Postgres, "SELECT 1;\n\\connect other\nSELECT 2;").unwrap_err();
        assert_eq!(
            error,
            "`\\connect` is a command of psql: the file is about more than one database; dump one, without `--create`"
        );
        assert!(loadable(Dialect::Postgres, "\\i other.sql").unwrap_err().starts_with("`\\i` is a command of psql"));
    }
}
