//! Two ways to do the same, measured in turns, and the table of all.

use std::env;
use std::time::Duration;

/// How long the batches of one side take together, about.
const ALL_BATCHES: Duration = Duration::from_millis(700);

/// What the ratio should be.
#[derive(Clone, Copy)]
pub enum Goal {
    /// Ours in the peer's time.
    AtMost(f64),
    /// Ours in the peer's throughput.
    AtLeast(f64),
    /// Only reported.
    None,
}

/// One row of the table. The filter is for `operation`.
pub struct Row {
    pub operation: &'static str,
    pub peer: &'static str,
    pub goal: Goal,
    /// How long one batch takes, about: the less, the fewer are disturbed by others.
    pub batch: Duration,
}

/// The rows so far.
pub struct Table {
    filters: Vec<String>,
    is_bench: bool,
    lines: Vec<String>,
}

impl Table {
    /// Measures what the command line asks for. Without cargo's `--bench`, it is only tried whether all works.
    pub fn from_arguments() -> Self {
        let arguments: Vec<_> = env::args().skip(1).collect();
        let is_bench = arguments.iter().any(|argument| argument == "--bench");
        Self {
            is_bench,
            filters: arguments
                .into_iter()
                .filter(|argument| !argument.starts_with('-'))
                .collect(),
            lines: Vec::new(),
        }
    }

    pub fn wants(&self, operation: &str) -> bool {
        let mut filters = self.filters.iter();
        self.filters.is_empty() || filters.any(|filter| operation.contains(filter.as_str()))
    }

    /// Compares two ways to do something so often, which tell how long it took.
    pub fn compare(
        &mut self,
        row: &Row,
        mut peer: impl FnMut(u64) -> Duration,
        mut ours: impl FnMut(u64) -> Duration,
    ) {
        if !self.wants(row.operation) {
            return;
        }
        let batch = row.batch;
        let (peers, our) = (calibrate(batch, &mut peer), calibrate(batch, &mut ours));
        self.compare_batches(
            row,
            || nanoseconds(peer(peers)) / peers as f64,
            || nanoseconds(ours(our)) / our as f64,
        );
    }

    /// Compares two ways to do something, each of which makes a batch and tells how many nanoseconds one took.
    pub fn compare_batches(
        &mut self,
        row: &Row,
        mut peer: impl FnMut() -> f64,
        mut ours: impl FnMut() -> f64,
    ) {
        if !self.wants(row.operation) {
            return;
        }
        eprintln!("{} vs {} ...", row.operation, row.peer);
        let (mut peers, mut our, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        let turns = if self.is_bench {
            ALL_BATCHES.div_duration_f64(row.batch) as u32
        } else {
            1
        };
        for turn in 0..turns {
            // Neither is always the first of the two.
            let (of_peer, of_ours) = if turn % 2 == 0 {
                let of_peer = peer();
                (of_peer, ours())
            } else {
                let of_ours = ours();
                (peer(), of_ours)
            };
            peers.push(of_peer);
            our.push(of_ours);
            ratios.push(match row.goal {
                Goal::AtLeast(_) => of_peer / of_ours,
                Goal::AtMost(_) | Goal::None => of_ours / of_peer,
            });
        }
        let ratio = median(ratios);
        let verdict = |met| if met { "" } else { "  MISSED" };
        let goal = match row.goal {
            Goal::AtMost(most) => format!("<= {most}{}", verdict(ratio <= most)),
            Goal::AtLeast(least) => format!(">= {least}{}", verdict(ratio >= least)),
            Goal::None => "-".into(),
        };
        self.lines.push(format!(
            "{:44} {:28} {:10.1} {:10.1} {ratio:7.2}  {goal}",
            row.operation,
            row.peer,
            median(peers),
            median(our),
        ));
    }

    /// A row that says something else than times.
    pub fn say(&mut self, operation: &str, peer: &str, what: &str) {
        self.lines.push(format!("{operation:44} {peer:28} {what}"));
    }

    pub fn print(&self) {
        println!(
            "\n{:44} {:28} {:>10} {:>10} {:>7}  goal",
            "operation", "peer", "peer ns", "ours ns", "ratio"
        );
        for line in &self.lines {
            println!("{line}");
        }
    }
}

/// How often is about a batch, after a warm-up.
fn calibrate(batch: Duration, side: &mut impl FnMut(u64) -> Duration) -> u64 {
    let mut once = || {
        let mut iterations = 16;
        loop {
            let took = side(iterations);
            if took > batch / 4 {
                return iterations as f64 * batch.div_duration_f64(took);
            }
            iterations *= 4;
        }
    };
    // Of several, since what is disturbed seems slow.
    (0..5).map(|_| once() as u64).max().unwrap().max(1)
}

fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}
