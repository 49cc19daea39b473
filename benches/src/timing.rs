//! Medians of several runs.

use std::time::{Duration, Instant};

use crate::Outcome;

/// How often each thing is measured.
pub(crate) const RUNS: usize = 5;

/// How long something took.
pub(crate) struct Timing {
    sorted: Vec<Duration>,
}

impl From<Vec<Duration>> for Timing {
    fn from(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self { sorted: times }
    }
}

impl Timing {
    /// Times it, each time after `before`, which isn't counted.
    pub(crate) fn of(
        mut before: impl FnMut(usize) -> Outcome<()>,
        mut run: impl FnMut() -> Outcome<()>,
    ) -> Outcome<Self> {
        let mut times = Vec::new();
        for number in 0..RUNS {
            before(number)?;
            let start = Instant::now();
            run()?;
            times.push(start.elapsed());
        }
        Ok(Self::from(times))
    }

    pub(crate) fn median(&self) -> Duration {
        self.sorted.get(self.sorted.len() / 2).copied().unwrap_or_default()
    }

    /// `120 ms (115 to 131)`.
    pub(crate) fn shown(&self) -> String {
        let millis = |time: Option<&Duration>| time.map_or(0, Duration::as_millis);
        let (least, most) = (millis(self.sorted.first()), millis(self.sorted.last()));
        format!("{} ms ({least} to {most})", self.median().as_millis())
    }

    pub(crate) fn ratio(&self, to: &Self) -> String {
        format!("{:.2}", self.median().as_secs_f64() / to.median().as_secs_f64())
    }
}

/// Measures several things in turns, so that what else the machine does meets them alike; each round begins with another one.
/// Each tells how long it took.
pub(crate) fn in_turns<const N: usize>(mut things: [&mut dyn FnMut() -> Outcome<Duration>; N]) -> Outcome<[Timing; N]> {
    let mut times = [const { Vec::new() }; N];
    for round in 0..RUNS {
        for place in 0..N {
            let turn = (round + place) % N;
            if let (Some(thing), Some(times)) = (things.get_mut(turn), times.get_mut(turn)) {
                times.push(thing()?);
            }
        }
    }
    Ok(times.map(Timing::from))
}
