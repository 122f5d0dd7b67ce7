//! What each page of a view allows: runs of pages of one protection.

use std::ops::Range;

use crate::Protection;

/// The protections of a view's bytes, in runs that follow each other and cover it.
///
/// Nearly always one run, so that the check before an access is one comparison.
#[derive(Debug, PartialEq)]
pub(super) struct PageProtections {
    /// Where each run ends, ascending, and its protection, but for the last.
    runs: Vec<(usize, Protection)>,
    /// The last run, which is the only one until protections are changed.
    last: (usize, Protection),
}

impl PageProtections {
    pub(super) fn new(len: usize, protection: Protection) -> Self {
        Self {
            runs: Vec::new(),
            last: (len, protection),
        }
    }

    /// The protection at `offset`, and where the run of it ends.
    pub(super) fn at(&self, offset: usize) -> (Protection, usize) {
        let run = self.runs.partition_point(|&(end, _)| end <= offset);
        let &(end, protection) = self.runs.get(run).unwrap_or(&self.last);
        (protection, end)
    }

    /// Whether every byte of the range has a protection that passes.
    pub(super) fn all(&self, range: Range<usize>, passes: impl Fn(Protection) -> bool) -> bool {
        if self.runs.is_empty() {
            return passes(self.last.1);
        }
        let mut at = range.start;
        while at < range.end {
            let (protection, end) = self.at(at);
            if !passes(protection) {
                return false;
            }
            at = end;
        }
        true
    }

    /// Gives the range, which must lie within and be whole pages, another protection.
    pub(super) fn set(&mut self, range: Range<usize>, protection: Protection) {
        let mut runs = Vec::with_capacity(self.runs.len() + 2);
        let mut push = |end: usize, protection: Protection| match runs.last_mut() {
            Some((last_end, last)) if *last == protection => *last_end = end,
            _ => runs.push((end, protection)),
        };
        let mut start = 0;
        for &(end, old) in self.runs.iter().chain([&self.last]) {
            if start < range.start {
                push(end.min(range.start), old);
            }
            if start <= range.start && range.start < end && !range.is_empty() {
                push(range.end, protection);
            }
            if end > range.end {
                push(end, old);
            }
            start = end;
        }
        if let Some(last) = runs.pop() {
            (self.runs, self.last) = (runs, last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_behave_like_one_protection_per_byte(
            changes in prop::collection::vec((0..16_usize, 0..16_usize, 0..8_usize), 0..12),
        ) {
            let mut runs = PageProtections::new(16, Protection::ReadOnly);
            let mut model = [Protection::ReadOnly; 16];
            for (a, b, which) in changes {
                let range = a.min(b)..a.max(b);
                runs.set(range.clone(), Protection::ALL[which]);
                model[range].fill(Protection::ALL[which]);
                for (at, &expected) in model.iter().enumerate() {
                    let (protection, end) = runs.at(at);
                    prop_assert_eq!(protection, expected);
                    let run = model[at..].iter().take_while(|&&p| p == expected).count();
                    prop_assert_eq!(end, at + run);
                }
                for start in 0..16 {
                    for end in start..=16 {
                        let expected = model[start..end].iter().all(|p| p.is_readable());
                        if start < end {
                            prop_assert_eq!(runs.all(start..end, Protection::is_readable), expected);
                        }
                    }
                }
            }
        }
    }
}
