//! Enum types.

use std::collections::BTreeSet;

use super::Rules;
use crate::model::Path;

impl Rules<'_> {
    pub(super) fn enums(&mut self) {
        for ty in self.model.schema.enums.values() {
            if ty.labels.is_empty() {
                let message = format!("enum `{}` has no labels", ty.name);
                self.error(&Path::Enum(ty.name.clone()), message, &["add a variant"]);
            }
            let mut seen = BTreeSet::new();
            for label in ty.labels.iter().filter(|label| !seen.insert(label.as_str())) {
                let message = format!("enum `{}`: label `{label}` is there twice", ty.name);
                self.error(&Path::Label(ty.name.clone(), label.clone()), message, &["remove one of them"]);
            }
        }
    }
}
