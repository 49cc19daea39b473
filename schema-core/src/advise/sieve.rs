//! What the source allows, taken out of what was found.

use std::collections::BTreeSet;

use super::{Advice, Asked, RULES, Report, Seen, Stale, find};
use crate::decl::AllowCode;
use crate::diag::Finding;
use crate::model::{Allow, Model};
use crate::queries::Comment;

/// Keeps what nothing allows.
pub(super) struct Sieve<'a> {
    allows: Vec<&'a Allow>,
    asked: Option<&'a Asked>,
    used: BTreeSet<usize>,
    /// Query, comment and code.
    used_comments: BTreeSet<(usize, usize, &'static str)>,
    report: Report,
}

impl<'a> Sieve<'a> {
    pub(super) fn new(model: &'a Model, asked: Option<&'a Asked>) -> Self {
        let allows = model.intents.allows.iter().filter(|allow| allow.code == AllowCode::Advice).collect();
        let (used, used_comments) = (BTreeSet::new(), BTreeSet::new());
        Self { allows, asked, used, used_comments, report: Report::default() }
    }

    pub(super) fn take(&mut self, advice: Advice, query: Option<usize>) {
        let is_meant =
            |it: &&Allow| Some(&it.object) == advice.table.as_ref() && it.part.as_deref() == Some(advice.rule);
        let allow = self.allows.iter().position(is_meant);
        let comments = query.and_then(|at| Some((at, &self.asked?.queries.get(at)?.allows)));
        let comment = comments.and_then(|(query, comments)| {
            let allows =
                |comment: &Comment| comment.allow.codes.as_ref().is_ok_and(|codes| codes.contains(&advice.rule));
            Some((query, comments.iter().position(allows)?, advice.rule))
        });
        self.used.extend(allow);
        self.used_comments.extend(comment);
        if allow.is_some() || comment.is_some() {
            self.report.allowed += 1;
        } else {
            self.report.advice.push(advice);
        }
    }

    /// Whether it would have been found if it were so.
    fn is_judged(&self, code: &str) -> bool {
        match find(code).map(|rule| rule.seen) {
            Some(Seen::Database) => self.asked.is_some_and(|asked| asked.is_explained),
            Some(Seen::Text) => self.asked.is_some(),
            // Its columns may be found together in a query.
            _ => code != "single_column_indexes" || self.asked.is_some(),
        }
    }

    pub(super) fn finish(mut self) -> Report {
        let unused = self.allows.iter().enumerate().filter(|(at, _)| !self.used.contains(at));
        let mut stale: Vec<Stale> = unused
            .map(|(_, allow)| Stale {
                table: Some(allow.object.clone()),
                rule: allow.part.clone().unwrap_or_default(),
                place: allow.place.clone(),
            })
            .collect();
        let asked = self.asked.into_iter();
        let at_queries = asked.clone().flat_map(|asked| asked.queries.iter().enumerate()).flat_map(|(query, it)| {
            it.allows.iter().enumerate().map(move |(at, comment)| (Some((query, at)), comment))
        });
        for (at, comment) in at_queries.chain(asked.flat_map(|asked| asked.left.iter().map(|it| (None, it)))) {
            match &comment.allow.codes {
                Ok(codes) => {
                    let is_used = |code: &&'static str| {
                        at.is_some_and(|(query, at)| self.used_comments.contains(&(query, at, *code)))
                    };
                    let unused = codes.iter().filter(|code| !is_used(code));
                    stale.extend(unused.map(|code| Stale {
                        table: None,
                        rule: (*code).to_owned(),
                        place: Some(comment.place.clone()),
                    }));
                }
                Err((message, help)) => {
                    let finding = Finding::error(Some(comment.place.clone()), message.clone()).help(help);
                    self.report.unreadable.push(finding);
                }
            }
        }
        stale.retain(|stale| self.is_judged(&stale.rule));
        self.report.stale = stale;
        let order = |advice: &Advice| RULES.iter().position(|rule| rule.code == advice.rule);
        self.report
            .advice
            .sort_by_key(|advice| (advice.query.is_some(), order(advice).filter(|_| advice.query.is_some())));
        self.report
    }
}
