//! A process that reclaims leftovers, stopped or killed at each of its steps while others use the name.

use super::support::{MAIN, Role, isolated, say, until_told};
use super::victim::{Settled, Victim};
use crate::os::linux::inspect::Namespace;
use crate::os::linux::reclaim::{Outcome, reclaim};
use crate::{Name, Scope, Section};

const NAME: &str = "left";
const POINTS: [&str; 5] = [
    "reclaim.opened",
    "leftover.found",
    "reap.seized",
    "reap.checked",
    "reap.unlinked",
];

fn play(role: &str) {
    if role == "holder" {
        let _section = Section::options().size(4096).create(NAME).unwrap();
        say("held");
        return until_told();
    }
    let namespace = Namespace::open(Scope::Local).unwrap().unwrap();
    for leftover in reclaim(&namespace).unwrap() {
        // Somebody else may have been faster.
        assert!(
            matches!(leftover.outcome, Outcome::Removed | Outcome::Taken),
            "{leftover:?}"
        );
    }
}

fn leave() {
    let mut holder = Role::start("holder");
    holder.expect("held");
    holder.kill();
}

/// A process that is about to do a step with a leftover.
fn stopped_at(point: &str) -> Victim {
    leave();
    let victim = Victim::start(point);
    assert!(victim.settle_for_good() == Settled::Stopped, "{point}");
    victim
}

fn is_held() -> Option<bool> {
    let namespace = Namespace::open(Scope::Local).unwrap().unwrap();
    let object = namespace.find(&Name::try_from(NAME).unwrap()).unwrap();
    object.map(|object| object.is_held)
}

#[test]
fn a_crash_while_reclaiming_leaves_the_name_usable() {
    isolated(|role| {
        if role != MAIN {
            return play(role);
        }
        for point in POINTS {
            drop(stopped_at(point));
            let section = Section::options().size(4096).create_new(NAME).unwrap();
            assert_eq!(is_held(), Some(true), "{point}");
            drop(section);
            assert_eq!(is_held(), None, "{point}");
        }
    });
}

/// What it found by the name is not what has the name when it goes on.
#[test]
fn a_new_object_of_the_name_is_not_taken_for_the_leftover() {
    isolated(|role| {
        if role != MAIN {
            return play(role);
        }
        for point in ["reclaim.opened", "leftover.found"] {
            let victim = stopped_at(point);
            let section = Section::options().size(4096).create_new(NAME).unwrap();
            victim.finish();
            assert_eq!(is_held(), Some(true), "{point}");
            drop(section);
        }
    });
}
