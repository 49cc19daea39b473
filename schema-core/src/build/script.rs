//! What a build script says of the build step, read from its text: the command line has no other way to know it.

use std::path::PathBuf;

use proc_macro2::{Group, Ident, TokenStream, TokenTree};

use super::Build;
use crate::diag::{Finding, Place};
use crate::ir::Dialect;

/// A method of [`Build`] that says where something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// [`Build::migrations`].
    Migrations,
    /// [`Build::schema_dir`].
    SchemaDir,
    /// [`Build::crate_root`].
    CrateRoot,
    /// [`Build::module`].
    Module,
}

impl Setting {
    const ALL: [Self; 4] = [Self::Migrations, Self::SchemaDir, Self::CrateRoot, Self::Module];

    /// The method's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Migrations => "migrations",
            Self::SchemaDir => "schema_dir",
            Self::CrateRoot => "crate_root",
            Self::Module => "module",
        }
    }

    /// The build step with what a call of this method says.
    #[must_use]
    pub fn set(self, build: Build, value: &str) -> Build {
        match self {
            Self::Migrations => build.migrations(value),
            Self::SchemaDir => build.schema_dir(value),
            Self::CrateRoot => build.crate_root(value),
            Self::Module => build.module(value),
        }
    }

    fn named(method: &Ident) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| method == setting.as_str())
    }
}

/// One call of such a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The method.
    pub setting: Setting,
    /// What it is given; `None` where that is computed.
    pub value: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// One `Build::new(..)` of a build script, with the calls that follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The database, where it is named and not computed.
    pub dialect: Option<Dialect>,
    /// Where it keeps what.
    pub calls: Vec<Call>,
}

/// The build steps of a script, in its order; `file` is how messages name it. Branches that `cfg!` chooses between are
/// all read. A call on a variable belongs to the script's one `Build::new(..)`; where there are more, what it says counts
/// as computed for each.
///
/// ```
/// use schema_core::build::{Setting, written_builds};
///
/// let script = r#"fn main() { Build::new(Dialect::Sqlite).crate_root("../orders/src/lib.rs").run(); }"#;
/// let builds = written_builds(script, "build.rs")?;
/// assert_eq!(builds[0].calls[0].setting, Setting::CrateRoot);
/// assert_eq!(builds[0].calls[0].value.as_deref(), Some("../orders/src/lib.rs"));
/// # Ok::<(), schema_core::diag::Finding>(())
/// ```
///
/// # Errors
/// When the text is not Rust.
pub fn written_builds(text: &str, file: impl Into<PathBuf>) -> Result<Vec<Written>, Finding> {
    let file = file.into();
    let tokens: TokenStream = text.parse().map_err(|error: proc_macro2::LexError| {
        let place = place_of(file.clone(), error.span().start());
        Finding::error(Some(place), "the build script can't be read").help("`cargo check` says the same")
    })?;
    let mut reader = Reader { file, builds: Vec::new(), loose: Vec::new() };
    reader.read(tokens);
    Ok(reader.finish())
}

fn place_of(file: PathBuf, start: proc_macro2::LineColumn) -> Place {
    Place { file, line: start.line, column: start.column + 1 }
}

struct Reader {
    file: PathBuf,
    builds: Vec<Written>,
    /// Calls on something else than a `Build::new(..)`.
    loose: Vec<Call>,
}

impl Reader {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        while let [first, behind @ ..] = rest {
            rest = behind;
            if let Some((arguments, behind)) = constructor(first, behind) {
                let dialect = dialect(arguments);
                let (calls, behind) = self.chain(behind);
                self.builds.push(Written { dialect, calls });
                rest = behind;
            } else if let Some((method, arguments, behind)) = method_call(first, behind)
                && let Some(call) = self.call(method, arguments)
            {
                self.loose.push(call);
                rest = behind;
            } else if let TokenTree::Group(group) = first {
                self.read(group.stream());
            }
        }
    }

    /// The calls from here on, and what comes behind them.
    fn chain<'t>(&self, mut rest: &'t [TokenTree]) -> (Vec<Call>, &'t [TokenTree]) {
        let mut calls = Vec::new();
        while let [dot, behind @ ..] = rest
            && let Some((method, arguments, behind)) = method_call(dot, behind)
        {
            calls.extend(self.call(method, arguments));
            rest = behind;
        }
        (calls, rest)
    }

    fn call(&self, method: &Ident, arguments: &Group) -> Option<Call> {
        let setting = Setting::named(method)?;
        let place = place_of(self.file.clone(), method.span().start());
        Some(Call { setting, value: literal(arguments.stream()), place })
    }

    fn finish(mut self) -> Vec<Written> {
        match self.builds.as_mut_slice() {
            [only] => only.calls.append(&mut self.loose),
            builds => {
                let computed = self.loose.into_iter().map(|call| Call { value: None, ..call }).collect::<Vec<_>>();
                builds.iter_mut().for_each(|build| build.calls.extend(computed.iter().cloned()));
            }
        }
        self.builds
    }
}

/// `Build::new(something)`: another crate's builder, such as that of `cc`, takes nothing.
fn constructor<'t>(first: &'t TokenTree, behind: &'t [TokenTree]) -> Option<(&'t Group, &'t [TokenTree])> {
    match (first, behind) {
        (
            TokenTree::Ident(name),
            [TokenTree::Punct(a), TokenTree::Punct(b), TokenTree::Ident(new), TokenTree::Group(arguments), rest @ ..],
        ) if name == "Build" && (a.as_char(), b.as_char()) == (':', ':') && new == "new" => {
            (!arguments.stream().is_empty()).then_some((arguments, rest))
        }
        _ => None,
    }
}

/// `.method(arguments)`.
fn method_call<'t>(first: &'t TokenTree, behind: &'t [TokenTree]) -> Option<(&'t Ident, &'t Group, &'t [TokenTree])> {
    match (first, behind) {
        (TokenTree::Punct(dot), [TokenTree::Ident(method), TokenTree::Group(arguments), rest @ ..])
            if dot.as_char() == '.' =>
        {
            Some((method, arguments, rest))
        }
        _ => None,
    }
}

/// `Dialect::Sqlite`, by its last word.
fn dialect(arguments: &Group) -> Option<Dialect> {
    match arguments.stream().into_iter().last()? {
        TokenTree::Ident(last) => Dialect::ALL.into_iter().find(|dialect| last == format!("{dialect:?}")),
        _ => None,
    }
}

/// A string as it stands, also where it is made a `String` or a path on the spot.
fn literal(arguments: TokenStream) -> Option<String> {
    const CONVERSIONS: [&str; 8] = ["Path", "PathBuf", "String", "new", "from", "into", "to_owned", "to_string"];
    let mut found = None;
    for token in arguments {
        match token {
            TokenTree::Literal(text) if found.is_none() => {
                found = Some(syn::parse_str::<syn::LitStr>(&text.to_string()).ok()?.value());
            }
            TokenTree::Group(group) if group.stream().is_empty() => {}
            TokenTree::Group(group) if found.is_none() => found = Some(literal(group.stream())?),
            TokenTree::Ident(name) if CONVERSIONS.iter().any(|conversion| name == conversion) => {}
            TokenTree::Punct(mark) if matches!(mark.as_char(), ':' | '.' | '&' | ',') => {}
            _ => return None,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each build step in one line: its database and its calls.
    fn read(text: &str) -> Vec<String> {
        let builds = written_builds(text, "build.rs").unwrap();
        builds
            .iter()
            .map(|build| {
                let dialect = build.dialect.map_or("?", Dialect::as_str);
                let calls = build.calls.iter().map(|call| {
                    let value = call.value.as_deref().unwrap_or("?");
                    format!(" {}={value}@{}:{}", call.setting.as_str(), call.place.line, call.place.column)
                });
                calls.fold(dialect.to_owned(), |line, call| line + &call)
            })
            .collect()
    }

    #[test]
    fn every_build_step_of_a_script_is_found() {
        let script = r##"
            //! .module("in a comment")
            use schema_core::build::{Build, run_all};
            fn main() {
                cc::Build::new().file("x.c").compile("x");
                run_all(vec![
                    Build::new(Dialect::Postgres).module("a").module(r#"b"#).schema_dir("s/a"),
                    schema_core::build::Build::new(schema_core::ir::Dialect::MySql),
                ]);
                if cfg!(x) { Build::new(Dialect::Sqlite).crate_root(Path::new("../a.rs")).run() }
            }"##;
        assert_eq!(
            read(script),
            ["postgres module=a@7:51 module=b@7:63 schema_dir=s/a@7:78", "mysql", "sqlite crate_root=../a.rs@10:58"]
        );
    }

    #[test]
    fn a_call_on_a_variable_belongs_to_the_one_build_step() {
        let one = "fn main() { let mut b = Build::new(chosen()); b = b.crate_root(String::from(\"a.rs\")); b.run(); }";
        assert_eq!(read(one), ["? crate_root=a.rs@1:53"]);
        let two = "let a = Build::new(Dialect::Sqlite); let b = Build::new(Dialect::MariaDb); let a = a.module(\"m\");";
        assert_eq!(read(two), ["sqlite module=?@1:86", "mariadb module=?@1:86"]);
    }

    #[test]
    fn what_is_computed_is_not_taken_for_what_it_holds() {
        for argument in ["root", "format!(\"{x}/a\")", "concat!(\"a\", \"b\")", "dir.join(\"a\")", "1", "\"a\", \"b\""]
        {
            let script = format!("Build::new(Dialect::Sqlite).crate_root({argument}).run();");
            assert_eq!(read(&script), ["sqlite crate_root=?@1:29"], "{argument}");
        }
    }

    #[test]
    fn a_script_that_is_not_rust_is_told_with_its_place() {
        let error = written_builds("fn main() {\n    (\n}", "build.rs").unwrap_err();
        assert_eq!(error.place.unwrap().to_string(), "build.rs:3:1");
    }
}
