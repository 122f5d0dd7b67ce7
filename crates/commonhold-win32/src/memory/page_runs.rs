//! Which pages of an allocation are committed, and what may be done with them: runs of pages that are alike.

use std::collections::BTreeMap;
use std::ops::Range;

use commonhold::Protection;

/// What a page is: protected so, or only reserved.
pub(super) type State = Option<Protection>;

/// The states of all pages from 0 to `length`, by where each run starts. Neighbours differ.
pub(super) struct PageRuns {
    starts: BTreeMap<usize, State>,
    length: usize,
}

impl PageRuns {
    pub(super) fn new(length: usize, state: State) -> Self {
        Self {
            starts: BTreeMap::from([(0, state)]),
            length,
        }
    }

    /// The state at the offset, and where the run of it ends.
    pub(super) fn at(&self, offset: usize) -> (State, usize) {
        let state = self
            .starts
            .range(..=offset)
            .next_back()
            .and_then(|(_, &state)| state);
        let next = self.starts.range(offset + 1..).next();
        (state, next.map_or(self.length, |(&start, _)| start))
    }

    /// Whether every page of the range has a state that passes.
    pub(super) fn all(&self, range: &Range<usize>, passes: impl Fn(State) -> bool) -> bool {
        let mut at = range.start;
        while at < range.end {
            let (state, end) = self.at(at);
            if !passes(state) {
                return false;
            }
            at = end;
        }
        true
    }

    /// Gives the range, which lies within, another state.
    pub(super) fn set(&mut self, range: &Range<usize>, state: State) {
        if range.is_empty() {
            return;
        }
        let after = (range.end < self.length).then(|| self.at(range.end).0);
        let covered: Vec<usize> = self
            .starts
            .range(range.clone())
            .map(|(&start, _)| start)
            .collect();
        for start in covered {
            self.starts.remove(&start);
        }
        self.starts.insert(range.start, state);
        if let Some(after) = after {
            self.starts.insert(range.end, after);
        }
        for start in [range.end, range.start] {
            let before = self
                .starts
                .range(..start)
                .next_back()
                .map(|(_, &state)| state);
            if before.is_some() && before == self.starts.get(&start).copied() {
                self.starts.remove(&start);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look like chance, and are the same in each run.
    fn numbers() -> impl Iterator<Item = usize> {
        std::iter::successors(Some(12345_u64), |last| {
            Some(
                last.wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407),
            )
        })
        .map(|number| usize::try_from(number >> 33).unwrap())
    }

    #[test]
    fn runs_behave_like_one_state_per_page() {
        let mut numbers = numbers();
        let mut next = |below: usize| numbers.next().unwrap() % below;
        for _ in 0..300 {
            let mut runs = PageRuns::new(16, None);
            let mut model = [None; 16];
            for _ in 0..12 {
                let (a, b) = (next(17), next(17));
                let range = a.min(b)..a.max(b);
                let state = [
                    None,
                    Some(Protection::ReadOnly),
                    Some(Protection::ReadWrite),
                ][next(3)];
                runs.set(&range, state);
                model[range].fill(state);
                for at in 0..16 {
                    let run = model[at..]
                        .iter()
                        .take_while(|&&it| it == model[at])
                        .count();
                    assert_eq!(runs.at(at), (model[at], at + run));
                    let all = model[at..].iter().all(Option::is_some);
                    assert_eq!(runs.all(&(at..16), |state| state.is_some()), all);
                }
            }
        }
    }
}
