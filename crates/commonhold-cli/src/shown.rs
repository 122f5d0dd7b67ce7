//! Objects in words.

use commonhold::os::linux::inspect::Kind;

use crate::units::{Size, Time};

/// The state of an object: what changes of it, or its size.
pub fn state(kind: &Kind) -> String {
    match kind {
        Kind::Section { info, .. } => Size(info.size).to_string(),
        Kind::Mutex {
            owner: Some(thread),
            ..
        } => format!("owned by thread {thread}"),
        Kind::Mutex {
            is_abandoned: true, ..
        } => "abandoned".into(),
        Kind::Mutex { .. } => "free".into(),
        Kind::Semaphore { count, maximum, .. } => format!("{count} of {maximum}"),
        Kind::Event {
            manual_reset,
            signaled,
            ..
        } => format!("{}, {}", signal(*signaled), reset(*manual_reset)),
        Kind::Timer {
            signaled,
            due_in,
            period,
            ..
        } => {
            let mut said = Vec::new();
            match due_in {
                _ if *signaled => said.push("signaled".into()),
                Some(left) => said.push(format!("due in {}", Time(*left))),
                None => said.push("not set".into()),
            }
            said.extend(period.map(|period| format!("every {}", Time(period))));
            said.join(", ")
        }
        Kind::Newer(version) => format!("of layout {version}"),
        Kind::Damaged(why) => (*why).into(),
        // Unreadable, and what later versions of the library know.
        _ => "may not be read".into(),
    }
}

fn signal(signaled: bool) -> &'static str {
    if signaled { "signaled" } else { "not signaled" }
}

fn reset(manual: bool) -> &'static str {
    if manual { "manual" } else { "auto" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn mutex(owner: Option<u32>, is_abandoned: bool) -> Kind {
        Kind::Mutex {
            owner,
            is_abandoned,
            has_waiters: false,
        }
    }

    fn timer(signaled: bool, due_in: Option<u64>, period: Option<u64>) -> Kind {
        Kind::Timer {
            manual_reset: true,
            signaled,
            due_in: due_in.map(Duration::from_millis),
            period: period.map(Duration::from_millis),
            has_waiters: false,
        }
    }

    #[test]
    fn states_are_said_in_words() {
        let semaphore = Kind::Semaphore {
            count: 2,
            maximum: 5,
            has_waiters: false,
        };
        let event = Kind::Event {
            manual_reset: false,
            signaled: false,
            has_waiters: true,
        };
        for (kind, said) in [
            (mutex(None, false), "free"),
            (mutex(Some(123), false), "owned by thread 123"),
            (mutex(None, true), "abandoned"),
            (semaphore, "2 of 5"),
            (event, "not signaled, auto"),
            (
                timer(false, Some(5200), Some(1000)),
                "due in 5.2s, every 1.0s",
            ),
            (timer(true, Some(0), None), "signaled"),
            (timer(false, None, None), "not set"),
            (Kind::Newer(9), "of layout 9"),
            (Kind::Unreadable, "may not be read"),
            (Kind::Damaged("it is cut short"), "it is cut short"),
        ] {
            assert_eq!(state(&kind), said);
        }
    }
}
