//! The trigger that keeps two columns in step, and the values that rows get.

use super::Exchange;
use crate::dialect::postgres::types::change;
use crate::dialect::postgres::{cast, ddl, guard, privileges};
use crate::dialect::{TypeChange, literal, parenthesised, qualified, quote};
use crate::ir::{ObjectName, SqlType};
use crate::names;
use crate::plan::{IN_STEP, Script, Step};

impl Exchange {
    /// What the new column gets, of a row's old one.
    fn converted(&self, old: &str) -> String {
        cast::using_value(old, &self.from.ty, &self.to.ty).unwrap_or_else(|| old.to_owned())
    }

    /// What existing rows get.
    pub(in super::super) fn value(&self) -> String {
        let converted = self.converted(&quote(&self.from.name));
        match &self.backfill {
            Some(value) => format!("coalesce({converted}, {})", parenthesised(value)),
            None => converted,
        }
    }

    pub(super) fn is_respelled(&self) -> bool {
        cast::respells(&self.from.ty, &self.to.ty)
    }

    /// What the source says of rows that hold NULL.
    pub(in super::super) fn stated(&self) -> Option<&str> {
        self.backfill.as_deref()
    }

    /// The column's name in the end.
    pub(in super::super) fn name(&self) -> &str {
        &self.to.name
    }

    /// Which rows get it.
    pub(in super::super) fn unfilled(&self) -> String {
        if self.returns_from().is_some() {
            return self.is_outdated(&quote(&self.from.name), &quote(&self.incoming));
        }
        let open = format!("{} IS NULL", quote(&self.incoming));
        match self.backfill {
            Some(_) => open,
            None => format!("{open} AND {} IS NOT NULL", quote(&self.from.name)),
        }
    }

    /// Whether a value that was kept is not the one that the present one was made of.
    fn is_outdated(&self, present: &str, kept: &str) -> String {
        let became = self.reversed().converted(kept);
        let comparable = match &self.from.ty {
            SqlType::Builtin(text) if text == "json" || text == "xml" => "text".to_owned(),
            ty => ddl::type_name(ty),
        };
        format!("{}::{comparable} IS DISTINCT FROM {present}::{comparable}", parenthesised(&became))
    }

    /// Texts of times, numbers and bytes are as a session writes them. The rows that stand already are converted by the
    /// migrator's, so that those which others write must be by one like it (manual, section 8.5.2 and 20.11.2).
    fn session(&self) -> &'static str {
        let is_text = |ty: &SqlType| matches!(ty, SqlType::Builtin(text) if cast::is_text(text));
        match is_text(&self.from.ty) != is_text(&self.to.ty) {
            true => concat!(
                " SET datestyle = 'ISO, MDY' SET timezone = 'UTC' SET intervalstyle = 'postgres'",
                " SET extra_float_digits = 2 SET bytea_output = 'hex'"
            ),
            false => "",
        }
    }

    /// Where the former values stay, nothing is lost.
    fn silent_loss(&self, value: &str) -> Option<String> {
        self.kept.is_none().then(|| cast::silent_loss(value, &self.from.ty, &self.to.ty)).flatten()
    }

    /// Refuses a written value that the other column would round or cut.
    fn refused(&self, written: &str) -> String {
        let Some(condition) = self.silent_loss(written) else { return String::new() };
        let message = format!("a value of \"{}\" does not fit {}", self.from.name, self.to.ty);
        format!(
            "    IF {condition} THEN\n        RAISE EXCEPTION USING ERRCODE = 'data_exception', MESSAGE = {};\n    \
             END IF;\n",
            literal(&message)
        )
    }

    /// Both columns of the row that is written.
    fn written(&self) -> (String, String) {
        (format!("NEW.{}", quote(&self.from.name)), format!("NEW.{}", quote(&self.incoming)))
    }

    /// Whether two releases know the column by two names.
    pub(super) fn is_rename(&self) -> bool {
        self.from.name != self.to.name
    }

    pub(in super::super) fn is_for(&self, table: &ObjectName, column: &str) -> bool {
        self.table == *table && self.incoming == column
    }

    /// Keeps the new column in step from now on, and then looks for values that it can't hold.
    pub(in super::super) fn begin(&self) -> Vec<Step> {
        let (old, new) = (format!("{}.{}", self.table, self.from.name), format!("{}.{}", self.table, self.incoming));
        let title = format!("keep {new}{IN_STEP}{old}");
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        let unused = guard::unused(&self.table, &self.from.name, &known);
        let granted = privileges::of_columns(&self.table, &self.table, &[(&self.from.name, &self.incoming)]);
        let up: Vec<String> = [unused, granted].into_iter().chain(begun(self)).collect();
        let begin = Step::schema(&self.table, title, up.into(), ended(self).into());
        let begin = match change(&self.from.ty, &self.to.ty) {
            TypeChange::Narrowing => {
                begin.impact(format!("from here on a write of `{old}` that {} can't hold fails", self.to.ty))
            }
            _ => begin,
        };
        std::iter::once(begin).chain(self.look_for_values()).chain(self.look_for_null()).collect()
    }

    /// Before anything stands in the way of those who write, too: what is there already stops it then.
    pub(in super::super) fn look_ahead(&self) -> Option<Step> {
        self.look_for_values().map(|step| Step { title: format!("{}, before anything changes", step.title), ..step })
    }

    fn look_for_values(&self) -> Option<Step> {
        let old = format!("{}.{}", self.table, self.from.name);
        let condition = self.silent_loss(&quote(&self.from.name))?;
        let guard = cast::refused(&self.table, &self.from.name, &self.to.ty, &condition);
        let title = format!("look for values of {old} that {} can't hold", self.to.ty);
        let step = Step::schema(&self.table, title, vec![guard].into(), Script::default()).hazard("H19");
        let refused = format!("refused when a value of `{old}` does not fit {}", self.to.ty);
        Some(Step { alone: true, ..step.impact(refused) })
    }

    fn look_for_null(&self) -> Option<Step> {
        if !self.from.nullable || self.to.nullable || self.backfill.is_some() {
            return None;
        }
        let old = format!("{}.{}", self.table, self.from.name);
        let guard = guard::no_nulls(&self.table, &self.from.name);
        let step = Step::schema(&self.table, format!("look for NULL in {old}"), vec![guard].into(), Script::default());
        Some(Step { alone: true, ..step.hazard("H10").impact(format!("refused while rows hold NULL in `{old}`")) })
    }
}

/// Fires after every other BEFORE trigger, in the order of their names (manual, section 39.1).
fn trigger(exchange: &Exchange) -> String {
    names::shortened(&format!("~{}", exchange.to.name), "sync")
}

fn function(exchange: &Exchange) -> ObjectName {
    let stem = format!("{}_{}", exchange.table.name, exchange.to.name);
    exchange.table.sibling(names::shortened(&stem, "sync"))
}

fn begun(exchange: &Exchange) -> Vec<String> {
    let function = qualified(&function(exchange));
    let body = if exchange.is_rename() { both_ways(exchange) } else { one_way(exchange) };
    vec![
        format!(
            "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql{} AS {}",
            exchange.session(),
            guard::dollar_quoted("body", &body)
        ),
        format!(
            "CREATE TRIGGER {} BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION {function}()",
            quote(&trigger(exchange)),
            qualified(&exchange.table)
        ),
    ]
}

/// Nobody writes the new column yet.
fn one_way(exchange: &Exchange) -> String {
    let (old, new) = exchange.written();
    let lossy = exchange.refused(&old);
    let converted = exchange.converted(&old);
    let set = match exchange.backfill {
        None if exchange.returns_from().is_some() => {
            let outdated = exchange.is_outdated(&old, &new);
            format!("    IF {outdated} THEN\n        {new} := {converted};\n    END IF;\n")
        }
        None => format!("    {new} := {converted};\n"),
        // A row that holds NULL keeps what it was filled with.
        Some(_) => format!(
            "    IF TG_OP = 'INSERT' OR {old} IS NOT NULL OR OLD.{} IS NOT NULL THEN\n        {new} := {converted};\n    \
             END IF;\n",
            quote(&exchange.from.name)
        ),
    };
    format!("\nBEGIN\n{lossy}{set}    RETURN NEW;\nEND\n")
}

/// Two releases write, each its own column. The old one may have a default, so a new row's value is the new column's
/// where it has one.
fn both_ways(exchange: &Exchange) -> String {
    let (old, new) = exchange.written();
    let was = format!("OLD.{}", quote(&exchange.incoming));
    let back = exchange.reversed();
    let converted = exchange.converted(&old);
    format!(
        "\nBEGIN\n    IF TG_OP = 'INSERT' AND {new} IS NOT NULL\n        \
         OR TG_OP = 'UPDATE' AND {new} IS DISTINCT FROM {was} AND {new} IS DISTINCT FROM {converted} THEN\n    \
         {}        {old} := {};\n    ELSE\n    {}        {new} := {converted};\n    END IF;\n    RETURN NEW;\nEND\n",
        back.refused(&new),
        back.converted(&new),
        exchange.refused(&old),
    )
}

/// After the columns have changed places, the one that two releases know goes on being kept in step.
pub(super) fn begun_again(exchange: &Exchange) -> Vec<String> {
    if exchange.is_rename() { begun(&exchange.reversed()) } else { Vec::new() }
}

/// The columns may have changed places and the trigger be gone.
pub(super) fn ended(exchange: &Exchange) -> Vec<String> {
    vec![
        format!("DROP TRIGGER IF EXISTS {} ON {}", quote(&trigger(exchange)), qualified(&exchange.table)),
        format!("DROP FUNCTION IF EXISTS {}()", qualified(&function(exchange))),
    ]
}
