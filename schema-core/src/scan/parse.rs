//! From texts to outlines in the form in which they are remembered, several at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::bodies::without_bodies;
use super::outline::outline;
use crate::decl::Mark;

/// An outline as bytes, or why there is none. Places are lines and columns by then: tokens stay with the thread that read them.
pub(super) type Parsed = Result<Vec<u8>, Unparsed>;

/// What is wrong with a text that can't be parsed.
pub(super) struct Unparsed {
    pub(super) message: String,
    /// Line and column, both from 1.
    pub(super) at: (usize, usize),
}

/// What cargo says of how many processes it may start.
const JOBS: &str = "NUM_JOBS";

/// Below that many texts a thread costs more than it saves.
const MIN_PER_THREAD: usize = 4;

/// Reserved, not taken: types may be nested more deeply than the system's usual stack has room for.
const STACK_BYTES: usize = 64 << 20;

/// Parses one text.
pub(super) fn parse(text: &str) -> Parsed {
    let unparsed = |error: &dyn std::fmt::Display, at| Unparsed { message: error.to_string(), at };
    let file = syn::parse_file(&without_bodies(text)).map_err(|error| {
        let at = Mark::from(error.span()).start();
        unparsed(&error, at)
    })?;
    postcard::to_allocvec(&outline(&file)).map_err(|error| unparsed(&error, (1, 1)))
}

/// Parses them all, in their order.
pub(super) fn parse_all(texts: &[&str]) -> Vec<Parsed> {
    parse_on(texts, threads(texts.len() / MIN_PER_THREAD))
}

/// As many as there are cores and jobs for, of those that are of use. To count the cores reads several files of the system.
fn threads(useful: usize) -> usize {
    if useful < 2 {
        return 1;
    }
    let jobs = std::env::var(JOBS).ok().and_then(|jobs| jobs.parse().ok()).unwrap_or(usize::MAX);
    thread::available_parallelism().map_or(1, usize::from).min(jobs).min(useful)
}

/// On that many threads, this one among them.
fn parse_on(texts: &[&str], threads: usize) -> Vec<Parsed> {
    let next = AtomicUsize::new(0);
    let work = || {
        let texts = std::iter::from_fn(|| {
            let index = next.fetch_add(1, Ordering::Relaxed);
            texts.get(index).map(|text| (index, parse(text)))
        });
        texts.collect::<Vec<_>>()
    };
    let mut parsed = thread::scope(|scope| {
        // Where the system gives no thread, the others do its part.
        let start = |_| thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).ok();
        let workers: Vec<_> = (1..threads).filter_map(start).collect();
        let mut parsed = work();
        for worker in workers {
            match worker.join() {
                Ok(more) => parsed.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        parsed
    });
    parsed.sort_by_key(|(index, _)| *index);
    parsed.into_iter().map(|(_, parsed)| parsed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_parsed_in_their_order_on_any_number_of_threads() {
        let texts: Vec<String> = (0..50).map(|number| format!("mod m{number}; #[derive(Table)] struct A;")).collect();
        let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        texts[7] = "\n struct {";
        let alone: Vec<Option<Vec<u8>>> = texts.iter().map(|text| parse(text).ok()).collect();
        for threads in [0, 1, 3] {
            let parsed = parse_on(&texts, threads);
            assert_eq!(parsed[7].as_ref().err().unwrap().at, (2, 9));
            assert_eq!(parsed.into_iter().map(Result::ok).collect::<Vec<_>>(), alone);
        }
    }
}
