//! Where something stands in a source file.

use proc_macro2::Span;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where a token starts: the compiler's own span while the tokens are at hand, line and column once it is remembered.
#[derive(Clone, Copy, Debug)]
pub struct Mark(Place);

#[derive(Clone, Copy, Debug)]
enum Place {
    Token(Span),
    Start { line: u32, column: u32 },
}

impl Mark {
    /// Line and column, both from 1, columns in characters.
    ///
    /// ```
    /// let ident: syn::Ident = syn::parse_str(" id").unwrap();
    /// assert_eq!(schema_core::decl::Mark::from(ident.span()).start(), (1, 2));
    /// ```
    #[must_use]
    pub fn start(self) -> (usize, usize) {
        match self.0 {
            Place::Token(span) => position(span.start()),
            Place::Start { line, column } => (line as usize, column as usize),
        }
    }

    /// Where the tokens that a span joins end.
    pub(crate) fn end_of(span: Span) -> Self {
        let (line, column) = position(span.end());
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Self(Place::Start { line: number(line), column: number(column) })
    }
}

fn position(at: proc_macro2::LineColumn) -> (usize, usize) {
    (at.line, at.column + 1)
}

impl From<Span> for Mark {
    fn from(span: Span) -> Self {
        Self(Place::Token(span))
    }
}

/// The compiler's span; that of the macro's call where only line and column are known.
impl From<Mark> for Span {
    fn from(mark: Mark) -> Self {
        match mark.0 {
            Place::Token(span) => span,
            Place::Start { .. } => Self::call_site(),
        }
    }
}

/// How many bits of the one number that it is written as hold the column.
const COLUMN_BITS: u32 = 24;

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (line, column) = self.start();
        let column = column.min((1 << COLUMN_BITS) - 1);
        ((line as u64) << COLUMN_BITS | column as u64).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Mark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let place = u64::deserialize(deserializer)?;
        let number = |bits: u64| u32::try_from(bits).unwrap_or(u32::MAX);
        let (line, column) = (number(place >> COLUMN_BITS), number(place & ((1 << COLUMN_BITS) - 1)));
        Ok(Self(Place::Start { line, column }))
    }
}

/// A value and the tokens it came from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The first token it came from.
    pub span: Mark,
}

impl<T> Spanned<T> {
    /// Pairs a value with its place.
    pub fn new(value: T, span: impl Into<Mark>) -> Self {
        Self { value, span: span.into() }
    }
}

impl Spanned<String> {
    /// A name, without `r#`.
    pub(crate) fn name(ident: &proc_macro2::Ident) -> Self {
        use syn::ext::IdentExt as _;
        Self::new(ident.unraw().to_string(), ident.span())
    }
}
