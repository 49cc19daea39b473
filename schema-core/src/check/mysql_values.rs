//! Values that MariaDB and MySQL make by themselves, and what they refuse beside: measured on MariaDB 10.11.

use super::{Rules, column, part};
use crate::dialect::mysql::level::is_indexed;
use crate::dialect::mysql::types::{is_same_label, labels_of};
use crate::dialect::sqlite::mentions;
use crate::ir::{Check, Column, Dialect, ForeignKey, ReferentialAction, Table};
use crate::model::Path;

impl Rules<'_> {
    /// `lowered` is the table as the server has it.
    pub(super) fn servers_own(&mut self, table: &Table, lowered: &Table) {
        for on in table.columns.iter().filter(|on| on.identity.is_some()) {
            self.computed_from_identity(table, lowered, on);
        }
        for key in &table.foreign_keys {
            self.computed_from_foreign_key(table, key);
        }
        if self.dialect() == Dialect::MariaDb {
            self.texts_beyond(table);
        }
        for on in &lowered.columns {
            self.labels_of_the_charset(table, on);
            self.labels_that_are_one(table, on);
            self.zero_dates(table, on);
        }
    }

    /// The number of a row isn't known when its checks and its other columns are looked at.
    fn computed_from_identity(&mut self, table: &Table, lowered: &Table, identity: &Column) {
        let name = &identity.name;
        let is_stored = |on: &Column| {
            on.generated.as_ref().is_some_and(|generated| generated.stored)
                || self.dialect() == Dialect::MySql
                || is_indexed(lowered, &on.name)
        };
        for (at, what) in computed(table, name, is_stored) {
            let message = format!(
                "table `{}`: {what} uses the identity column `{name}`, whose number isn't known by then",
                table.name
            );
            self.error(&at, message, &["use another column", "or leave `identity` out of that one"]);
        }
    }

    /// An action of a foreign key that changes a column looks at no check and computes nothing, so servers refuse both.
    fn computed_from_foreign_key(&mut self, table: &Table, key: &ForeignKey) {
        let attribute = match (key.on_delete, key.on_update) {
            (ReferentialAction::SetNull, _) => "on_delete = set_null",
            (_, ReferentialAction::Cascade) => "on_update = cascade",
            (_, ReferentialAction::SetNull) => "on_update = set_null",
            _ => return,
        };
        let is_stored = |on: &Column| on.generated.as_ref().is_some_and(|generated| generated.stored);
        for name in &key.columns {
            for (at, what) in computed(table, name, is_stored) {
                let message = format!(
                    "table `{}`: {what} uses column `{name}`, which `{attribute}` of foreign key `{}` changes without \
                     looking at it",
                    table.name, key.name
                );
                self.error(&at, message, &["choose `restrict` as the action", "or leave one of the two out"]);
            }
        }
    }

    /// A label that the character set lacks becomes `?`, and nothing says so.
    fn labels_of_the_charset(&mut self, table: &Table, on: &Column) {
        let ty = on.ty.to_string();
        let (Some((_, labels)), Some(charset)) = (labels_of(&ty), &on.charset) else { return };
        for label in labels.iter().filter(|label| !label.chars().all(|c| holds(charset, c))) {
            let message = format!(
                "table `{}`: column `{}` has the label `{label}`, of which its character set `{charset}` lacks a letter: \
                 the server would store `?`",
                table.name, on.name
            );
            self.error(&column(table, &on.name), message, &["state `charset = \"utf8mb4\"` on the column"]);
        }
    }

    /// ERROR 1291: a column holds no two labels that its collation takes for one.
    fn labels_that_are_one(&mut self, table: &Table, on: &Column) {
        let ty = on.ty.to_string();
        let Some((_, labels)) = labels_of(&ty) else { return };
        for (at, label) in labels.iter().enumerate() {
            let is_one = |other: &&String| *other != label && is_same_label(other, label, on.collation.as_deref());
            let Some(other) = labels.iter().take(at).find(is_one) else { continue };
            let message = format!(
                "table `{}`: column `{}` has the labels `{other}` and `{label}`, which the server takes for one",
                table.name, on.name
            );
            let collate = "or state a collation that tells them apart: `collate = \"utf8mb4_bin\"` on the column";
            self.error(&column(table, &on.name), message, &["give one of them another name", collate]);
        }
    }

    /// MariaDB keeps definitions with letters up to U+FFFF, and prints `?` for others: nobody could read them again.
    fn texts_beyond(&mut self, table: &Table) {
        let mut texts: Vec<(Path, String, &String)> = Vec::new();
        let comment = |comment| (Path::Table(table.name.clone()), "its comment".to_owned(), comment);
        texts.extend(table.comment.as_ref().map(comment));
        for on in &table.columns {
            let generated = on.generated.as_ref().map(|generated| ("expression", &generated.expression));
            let said =
                [on.comment.as_ref().map(|text| ("comment", text)), on.default.as_ref().map(|it| ("default", it))];
            let said = said.into_iter().flatten().chain(generated);
            texts.extend(
                said.map(|(what, text)| (column(table, &on.name), format!("the {what} of `{}`", on.name), text)),
            );
        }
        let checks = table.checks.iter();
        texts.extend(checks.map(|it| (part(table, &it.name), format!("check `{}`", it.name), &it.expression)));
        let beyond = |text: &str| text.chars().any(|c| c > '\u{ffff}');
        let found: Vec<(Path, String)> =
            texts.into_iter().filter(|(.., text)| beyond(text)).map(|(at, what, _)| (at, what)).collect();
        for (at, what) in found {
            let message =
                format!("table `{}`: {what} has a letter beyond U+FFFF, for which MariaDB would keep `?`", table.name);
            self.error(&at, message, &["write it without such letters: values of columns can have them"]);
        }
    }

    /// MariaDB gives such a column a default that nobody asked for.
    fn zero_dates(&mut self, table: &Table, on: &Column) {
        if self.dialect() == Dialect::MariaDb && on.on_update.is_some() && !on.nullable && on.default.is_none() {
            let message = format!(
                "table `{}`: column `{}` has `on_update` and no default, and MariaDB makes it '0000-00-00 00:00:00', \
                 which is no date",
                table.name, on.name
            );
            let help = ["state one: `default = \"CURRENT_TIMESTAMP\"`", "or make the field an `Option`"];
            self.error(&column(table, &on.name), message, &help);
        }
    }
}

/// The checks that use a column, and those of its generated columns that `which` takes. A virtual column is its
/// expression to both.
fn computed(table: &Table, name: &str, which: impl Fn(&Column) -> bool) -> Vec<(Path, String)> {
    let mut sources = vec![name];
    let mut made: Vec<&Column> = Vec::new();
    while let Some(source) = sources.pop() {
        let uses =
            |on: &&Column| on.generated.as_ref().is_some_and(|generated| mentions(&generated.expression, source));
        for on in table.columns.iter().filter(uses) {
            if !made.iter().any(|it| it.name == on.name) {
                made.push(on);
                sources.push(&on.name);
            }
        }
    }
    let uses = |check: &&Check| {
        let virtual_ones = made.iter().filter(|on| on.generated.as_ref().is_some_and(|generated| !generated.stored));
        let mut names = virtual_ones.map(|on| on.name.as_str()).chain([name]);
        names.any(|name| mentions(&check.expression, name))
    };
    let checks = table.checks.iter().filter(uses);
    let checks = checks.map(|check| (part(table, &check.name), format!("check `{}`", check.name)));
    let made = made.iter().filter(|on| which(on));
    let made = made.map(|on| (column(table, &on.name), format!("generated column `{}`", on.name)));
    checks.chain(made).collect()
}

/// Whether a character set has the letter, where that is known.
fn holds(charset: &str, c: char) -> bool {
    const CP1252: &str = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";
    match charset {
        "ascii" => c.is_ascii(),
        "latin1" => c <= '\u{ff}' || CP1252.contains(c),
        "utf8mb3" | "utf8" | "ucs2" => c <= '\u{ffff}',
        _ => true,
    }
}
