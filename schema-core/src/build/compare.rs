use std::collections::BTreeMap;
use std::sync::Arc;

use super::git;
use super::state::State;
use crate::check::check;
use crate::consent::consent;
use crate::diag::Finding;
use crate::diff::{Change, diff};
use crate::gate::{Gate, GateItem};
use crate::model::{Declared, Intents, Model};
use crate::plan::{Plan, plan};
use crate::renames;
use crate::snapshot::Snapshot;

/// What stands between the base and the structs.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The base compared with: the checked-in one, or that after the draft when the build seals it.
    pub base: Arc<Snapshot>,
    /// Whether the draft is to be sealed first, because it is checked in and the structs have moved on.
    pub seals_draft: bool,
    /// What changed. Empty when an error kept the structs from being compared.
    pub changes: Vec<Change>,
    /// The steps. Empty when there is an error.
    pub plan: Plan,
    /// Errors and warnings, by place.
    pub findings: Vec<Finding>,
}

impl Comparison {
    /// Compares a model with a state; `scanned` are the scan's findings.
    #[must_use]
    pub fn new(state: &State, model: &Model, scanned: &[Finding]) -> Self {
        let mut findings = scanned.to_vec();
        findings.extend(check(model, &state.base.schema));
        if findings.iter().any(Finding::is_error) {
            return Self::stopped(state, findings);
        }
        let mut comparison =
            beyond_the_draft(state, model).unwrap_or_else(|| Self::with(Arc::clone(&state.base), false, model));
        comparison.findings.extend(findings);
        comparison.findings.sort();
        comparison.findings.dedup();
        comparison
    }

    /// True when there is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(Finding::is_error)
    }

    fn stopped(state: &State, mut findings: Vec<Finding>) -> Self {
        findings.sort();
        findings.dedup();
        Self { base: Arc::clone(&state.base), seals_draft: false, changes: Vec::new(), plan: Plan::default(), findings }
    }

    fn with(base: Arc<Snapshot>, seals_draft: bool, model: &Model) -> Self {
        let (renames, mut findings) = renames::pending(&base.schema, &base.renames, &model.intents);
        let changes = diff(&base.schema, &model.schema, &renames);
        findings.extend(consent(&base.schema, model, &changes));
        let mut steps = Plan::default();
        if !findings.iter().any(Finding::is_error) {
            let intents = Intents { head: base.head.unwrap_or_default(), ..model.intents.clone() };
            match plan(&base.schema, &model.schema, &changes, &intents) {
                Ok(plan) => steps = plan,
                Err(errors) => findings.extend(errors),
            }
        }
        Self { base, seals_draft, changes, plan: steps, findings }
    }
}

/// The comparison with the state after the draft, where the draft is checked in and something is to be done beyond it:
/// what is checked in is never rewritten. A hand-written pair after the draft may still be at work and stays open.
fn beyond_the_draft(state: &State, model: &Model) -> Option<Comparison> {
    let draft = state.draft.as_ref()?;
    if state.target()? == model.schema {
        return None;
    }
    let beyond = Comparison::with(Arc::new(state.sealed(draft.versions().last().copied())), true, model);
    let nothing = !beyond.has_errors() && beyond.plan.steps.is_empty();
    let record = state.project.draft_record();
    let committed =
        || git::is_committed(&record) && draft.paths(&state.project).iter().all(|path| git::is_committed(path));
    (!nothing && committed()).then_some(beyond)
}

/// Gives each finding to the item that it lies in, whose macro shows it. The rest is for the build step to print.
pub(super) fn distribute(state: &State, model: &Model, findings: &[Finding]) -> (Gate, Vec<Finding>) {
    let mut owned: BTreeMap<&std::path::Path, bool> = BTreeMap::new();
    let mut items: BTreeMap<String, GateItem> = BTreeMap::new();
    for item in &model.items {
        let entry = items.entry(item.fingerprint.clone()).or_default();
        entry.field_types = item.field_types.clone();
    }
    let mut rest = Vec::new();
    for finding in findings {
        let item = innermost(&model.items, finding);
        let shown = item
            .filter(|item| !item.conditional)
            .is_some_and(|item| *owned.entry(&item.start.file).or_insert_with(|| state.project.owns(&item.start.file)));
        if let Some(item) = item {
            items.entry(item.fingerprint.clone()).or_default().findings.push(finding.clone());
        }
        if !shown {
            rest.push(finding.clone());
        }
    }
    (Gate { items }, rest)
}

fn innermost<'a>(items: &'a [Declared], finding: &Finding) -> Option<&'a Declared> {
    let place = finding.place.as_ref()?;
    items.iter().filter(|item| item.start <= *place && *place <= item.end).max_by(|a, b| a.start.cmp(&b.start))
}
