//! The choices of a test case, one after the other.

/// Choices that a test case holds. When they run out, the first option is taken.
#[derive(Debug)]
pub(crate) struct Tape<'a> {
    choices: &'a [u16],
}

impl<'a> Tape<'a> {
    pub(crate) fn new(choices: &'a [u16]) -> Self {
        Self { choices }
    }

    /// A number below `n`.
    pub(crate) fn pick(&mut self, n: usize) -> usize {
        let Some((first, rest)) = self.choices.split_first() else { return 0 };
        self.choices = rest;
        usize::from(*first) % n.max(1)
    }

    /// True once in `n`, and never when choices ran out.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.pick(n) == n - 1
    }

    pub(crate) fn one<'b, T>(&mut self, from: &'b [T]) -> Option<&'b T> {
        from.get(self.pick(from.len()))
    }
}
