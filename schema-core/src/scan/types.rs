//! From a field's Rust type to its column's SQL type.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::outline::{Item, ItemKind, Newtype, Parameter};
use super::resolve::{ItemRef, Meaning, Miss, Scopes};
use super::tree::ModuleId;
use crate::decl::{RustPath, RustType};
use crate::dialect::rust_types;
use crate::ir::{Dialect, ObjectName, SqlType};

/// A type of more parts than this refers to itself.
const MAX_PARTS: usize = 500;

/// A Rust type, resolved as far as columns need it.
#[derive(Clone, Debug)]
pub(super) enum Ty {
    /// A type of [`rust_types`].
    Known { path: &'static str, args: Vec<Ty> },
    /// `[T]`, `[T; n]`.
    Slice { element: Box<Ty>, fixed: bool },
    /// An enum, a domain or a composite type of the schema.
    Named(ObjectName),
    /// A newtype of the crate, with sqlx's `type_name`.
    Newtype { inner: Box<Ty>, type_name: Option<String> },
    /// Nothing a column can be made of, and why.
    Opaque(String),
}

/// What a column takes from its field's type.
#[derive(Clone, Debug)]
pub(super) struct ColumnType {
    pub(super) sql: SqlType,
    pub(super) nullable: bool,
    /// The type without `Option`, as generated code names it; `None` where it can't.
    pub(super) asserted: Option<String>,
}

/// A type as written in a module, and the column that it makes once one is asked for.
#[derive(Debug)]
pub(super) struct Resolved {
    ty: Ty,
    column: OnceCell<Result<ColumnType, Problem>>,
}

/// Why a type makes no column.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) help: Vec<String>,
}

impl Problem {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: Vec::new() }
    }

    fn help(mut self, line: impl Into<String>) -> Self {
        self.help.push(line.into());
        self
    }
}

const STATE_THE_TYPE: &str = "state it: `#[column(type = \"..\")]`";

/// Resolves types. Needs to know which structs and enums are types of the schema.
pub(super) struct Types<'a, 't> {
    pub(super) scopes: &'a Scopes<'t>,
    pub(super) dialect: Dialect,
    /// The schema's own types by the address of their struct or enum.
    named: BTreeMap<*const Item, ObjectName>,
    /// Parts that the type at hand may still have.
    parts_left: Cell<usize>,
    /// Of each module the types resolved so far: a few of them stand in most of its fields.
    resolved: RefCell<BTreeMap<ModuleId, HashMap<RustType, Rc<Resolved>>>>,
}

type Generics = BTreeMap<String, Ty>;

impl<'a, 't> Types<'a, 't> {
    pub(super) fn new(scopes: &'a Scopes<'t>, dialect: Dialect) -> Self {
        Self { scopes, dialect, named: BTreeMap::new(), parts_left: Cell::new(0), resolved: RefCell::default() }
    }

    /// The names of the schema's own types.
    pub(super) fn names(&self) -> impl Iterator<Item = &ObjectName> {
        self.named.values()
    }

    /// Makes a struct or enum a type of the schema.
    pub(super) fn name(&mut self, item: &Item, name: ObjectName) {
        self.named.insert(std::ptr::from_ref(item), name);
        self.resolved.get_mut().clear();
    }

    /// The type as written in a module.
    pub(super) fn resolve(&self, module: ModuleId, ty: &RustType) -> Rc<Resolved> {
        if let Some(known) = self.resolved.borrow().get(&module).and_then(|types| types.get(ty)) {
            return Rc::clone(known);
        }
        self.parts_left.set(MAX_PARTS);
        let found = Rc::new(Resolved { ty: self.ty(module, ty, &Generics::new()), column: OnceCell::new() });
        self.resolved.borrow_mut().entry(module).or_default().insert(ty.clone(), Rc::clone(&found));
        found
    }

    /// Whether it is the type that reads the labels of an enum, and so says nothing of the column.
    pub(super) fn is_label(&self, module: ModuleId, ty: &RustType) -> bool {
        let RustType::Path(path) = ty else { return false };
        matches!(self.scopes.resolve(module, path), Ok(Meaning::External(segments)) if segments == ["schema_runtime", "Label"])
    }

    fn ty(&self, module: ModuleId, ty: &RustType, generics: &Generics) -> Ty {
        match ty {
            RustType::Path(path) => self.path(module, path, generics),
            RustType::Slice(element) => self.slice(module, element, generics, false),
            RustType::Array(element) => self.slice(module, element, generics, true),
            RustType::Other(text) => Ty::Opaque(format!("`{text}` has no SQL type")),
        }
    }

    fn slice(&self, module: ModuleId, element: &RustType, generics: &Generics, fixed: bool) -> Ty {
        Ty::Slice { element: Box::new(self.ty(module, element, generics)), fixed }
    }

    fn path(&self, module: ModuleId, path: &RustPath, generics: &Generics) -> Ty {
        if let Some(argument) = path.single().and_then(|name| generics.get(name)) {
            return argument.clone();
        }
        self.parts_left.set(self.parts_left.get().saturating_sub(1));
        if self.parts_left.get() == 0 {
            return Ty::Opaque(format!("`{}` refers to itself", path));
        }
        let args = || path.arguments.iter().map(|argument| self.ty(module, argument, generics)).collect();
        match self.scopes.resolve(module, path) {
            Ok(Meaning::Item(item)) => self.item(item, args()),
            Ok(Meaning::External(segments)) => match rust_types::canonical(&segments.join("::")) {
                Some(known) => Ty::Known { path: known, args: args() },
                None => Ty::Opaque(format!("type `{}` is unknown here", path)),
            },
            Ok(Meaning::Module(_)) => Ty::Opaque(format!("`{}` is a module", path)),
            Err(Miss::Ambiguous) => Ty::Opaque(format!("type `{}` depends on a cfg", path)),
            Err(Miss::Unknown) => Ty::Opaque(format!("type `{}` is unknown here", path)),
        }
    }

    fn item(&self, at: ItemRef<'t>, args: Vec<Ty>) -> Ty {
        if let Some(name) = self.named.get(&std::ptr::from_ref(at.item)) {
            return Ty::Named(name.clone());
        }
        match &at.item.kind {
            ItemKind::Alias { generics, ty } => self.ty(at.module, ty, &self.bind(at, generics, args)),
            ItemKind::Struct(shape) => match &shape.newtype {
                Some(newtype) => self.newtype(at, newtype, &self.bind(at, &shape.generics, args)),
                None => Ty::Opaque(format!(
                    "struct `{}` is no column type: it isn't a tuple struct with one field that derives `sqlx::Type`",
                    at.item.shown(),
                )),
            },
            ItemKind::Enum(integer) => enumeration(at.item, integer.as_deref()),
            ItemKind::Other | ItemKind::Macro => Ty::Opaque("no struct, enum or alias".to_owned()),
        }
    }

    fn bind(&self, at: ItemRef<'t>, parameters: &[Parameter], args: Vec<Ty>) -> Generics {
        let mut args = args.into_iter();
        let mut bound = Generics::new();
        for parameter in parameters {
            let default = parameter.default.as_ref().map(|ty| self.ty(at.module, ty, &bound));
            if let Some(ty) = args.next().or(default) {
                bound.insert(parameter.name.clone(), ty);
            }
        }
        bound
    }

    /// A struct with one field that sqlx takes for that field.
    fn newtype(&self, at: ItemRef<'t>, newtype: &Newtype, generics: &Generics) -> Ty {
        let inner = Box::new(self.ty(at.module, &newtype.inner, generics));
        Ty::Newtype { inner, type_name: newtype.type_name.clone() }
    }

    /// The struct or enum behind an alias of an alias.
    pub(super) fn without_aliases(&self, mut at: ItemRef<'t>) -> ItemRef<'t> {
        for _ in 0..MAX_PARTS {
            let ItemKind::Alias { ty: RustType::Path(path), .. } = &at.item.kind else { break };
            let Ok(Meaning::Item(next)) = self.scopes.resolve(at.module, path) else { break };
            at = next;
        }
        at
    }

    /// The column of a type.
    pub(super) fn column(&self, of: &Resolved) -> Result<ColumnType, Problem> {
        let made = || {
            let (inner, nullable) = without_option(&of.ty);
            Ok(ColumnType { sql: self.sql(inner)?, nullable, asserted: asserted(inner) })
        };
        of.column.get_or_init(made).clone()
    }

    /// Whether a column of that type is nullable, whatever else is known of it.
    pub(super) fn is_nullable(&self, of: &Resolved) -> bool {
        without_option(&of.ty).1
    }

    fn sql(&self, ty: &Ty) -> Result<SqlType, Problem> {
        match ty {
            Ty::Known { path: "Vec", args } => self.list(args.first(), false),
            Ty::Slice { element, fixed } => self.list(Some(element), *fixed),
            Ty::Known { path: "Box" | "std::sync::Arc" | "std::rc::Rc" | "std::borrow::Cow", args } => {
                self.sql(args.first().unwrap_or(&Ty::Opaque("a pointer to nothing".to_owned())))
            }
            Ty::Known { path: "Option", .. } => {
                Err(Problem::new("`Option` within `Option` is no column type").help("leave one of them out"))
            }
            Ty::Known { path, args } => self.known(path, args),
            Ty::Named(name) => Ok(SqlType::Named(name.clone())),
            Ty::Newtype { inner, type_name } => self.newtype_sql(inner, type_name.as_deref()),
            Ty::Opaque(why) => Err(Problem::new(why.clone()).help(STATE_THE_TYPE)),
        }
    }

    fn newtype_sql(&self, inner: &Ty, type_name: Option<&str>) -> Result<SqlType, Problem> {
        match type_name.filter(|_| self.dialect == Dialect::Postgres) {
            Some(text) => crate::dialect::parse_type(self.dialect, text)
                .map_err(|error| Problem::new(format!("type_name `{text}`: {error}")).help(STATE_THE_TYPE)),
            None => self.sql(inner),
        }
    }

    fn list(&self, element: Option<&Ty>, fixed: bool) -> Result<SqlType, Problem> {
        let opaque = Ty::Opaque("a list of an unknown type".to_owned());
        let element = element.unwrap_or(&opaque);
        let bytes = matches!(element, Ty::Known { path: "u8", .. });
        match self.dialect {
            Dialect::Postgres if bytes => Ok(SqlType::builtin("bytea")),
            Dialect::Sqlite if bytes && !fixed => Ok(SqlType::builtin("BLOB")),
            Dialect::Sqlite if bytes => {
                Err(Problem::new("sqlx stores no byte array of fixed length in SQLite").help("use `Vec<u8>`"))
            }
            Dialect::MariaDb | Dialect::MySql if bytes => Ok(SqlType::builtin("longblob")),
            dialect @ (Dialect::Sqlite | Dialect::MariaDb | Dialect::MySql) => {
                Err(Problem::new(format!("{dialect} has no arrays"))
                    .help("store it as JSON: `#[sqlx(json)]` on the field")
                    .help("or give the elements a table of their own"))
            }
            Dialect::Postgres => match self.sql(without_option(element).0)? {
                SqlType::Array(_) => Err(Problem::new("sqlx stores no arrays of arrays")
                    .help("store it as JSON: `#[sqlx(json)]` on the field")),
                element => Ok(SqlType::Array(Box::new(element))),
            },
        }
    }

    fn known(&self, path: &'static str, args: &[Ty]) -> Result<SqlType, Problem> {
        let argument = args.first().and_then(|argument| match argument {
            Ty::Known { path, .. } => Some(*path),
            _ => None,
        });
        let key = match argument {
            Some(argument) if path == "sqlx::PgRange" => format!("{path}<{argument}>"),
            _ => path.to_owned(),
        };
        rust_types::sql_type(self.dialect, &key).ok_or_else(|| {
            let problem =
                Problem::new(format!("{} has no type for `{}`", self.dialect, key.trim_start_matches("sqlx::")));
            let remedies = rust_types::remedies(self.dialect, path);
            let problem = remedies.into_iter().fold(problem, Problem::help);
            if problem.help.is_empty() { problem.help(STATE_THE_TYPE) } else { problem }
        })
    }
}

fn enumeration(item: &Item, integer: Option<&str>) -> Ty {
    match integer.and_then(rust_types::canonical) {
        Some(path) => Ty::Newtype { inner: Box::new(Ty::Known { path, args: Vec::new() }), type_name: None },
        None => Ty::Opaque(format!("enum `{}` is no column type: it does not derive `SqlEnum`", item.shown())),
    }
}

fn without_option(ty: &Ty) -> (&Ty, bool) {
    match ty {
        Ty::Known { path: "Option", args } => args.first().map_or((ty, true), |inner| (inner, true)),
        Ty::Newtype { inner, type_name: None } => match without_option(inner) {
            (_, false) => (ty, false),
            nullable => nullable,
        },
        ty => (ty, false),
    }
}

/// How generated code names the type.
fn asserted(ty: &Ty) -> Option<String> {
    let Ty::Known { path, args } = ty else { return None };
    let absolute = rust_types::absolute(path)?;
    if args.is_empty() {
        return Some(absolute.to_owned());
    }
    let args = args.iter().map(asserted).collect::<Option<Vec<_>>>()?;
    Some(format!("{absolute}<{}>", args.join(", ")))
}
