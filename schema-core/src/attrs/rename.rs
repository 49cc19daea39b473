use heck::{ToKebabCase as _, ToLowerCamelCase as _, ToShoutySnakeCase as _, ToSnakeCase as _, ToUpperCamelCase as _};

use crate::decl::RenameRule;

/// The rules by their names in sqlx.
pub(super) const RULES: [(&str, RenameRule); 7] = [
    ("snake_case", RenameRule::SnakeCase),
    ("lowercase", RenameRule::LowerCase),
    ("UPPERCASE", RenameRule::UpperCase),
    ("SCREAMING_SNAKE_CASE", RenameRule::ScreamingSnakeCase),
    ("kebab-case", RenameRule::KebabCase),
    ("camelCase", RenameRule::CamelCase),
    ("PascalCase", RenameRule::PascalCase),
];

/// A field's or variant's name by a rule, exactly as sqlx makes it: rows would not be read otherwise.
///
/// ```
/// use schema_core::{attrs::rename, decl::RenameRule};
/// assert_eq!(rename("InReview", RenameRule::SnakeCase), "in_review");
/// assert_eq!(rename("InReview", RenameRule::LowerCase), "inreview");
/// ```
#[must_use]
pub fn rename(ident: &str, rule: RenameRule) -> String {
    match rule {
        RenameRule::SnakeCase => ident.to_snake_case(),
        RenameRule::LowerCase => ident.to_lowercase(),
        RenameRule::UpperCase => ident.to_uppercase(),
        RenameRule::ScreamingSnakeCase => ident.to_shouty_snake_case(),
        RenameRule::KebabCase => ident.to_kebab_case(),
        RenameRule::CamelCase => ident.to_lower_camel_case(),
        RenameRule::PascalCase => ident.to_upper_camel_case(),
    }
}
