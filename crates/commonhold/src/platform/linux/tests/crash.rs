//! Processes killed at every step of the protocols, alone and with a second one at every other step.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use super::support::{MAIN, Role, isolated, say, until_told};
use super::victim::{Settled, Victim};
use crate::{ErrorCode, Section, SectionAttributes};

/// Every point at which a process that uses one name can be stopped.
const POINTS: [&str; 14] = [
    "create.made",
    "create.written",
    "publish.held",
    "publish.linked",
    "find.opened",
    "find.probed",
    "find.held",
    "data.opening",
    "data.opened",
    "leftover.found",
    "reap.closed",
    "reap.seized",
    "reap.checked",
    "reap.unlinked",
];

const NAME: &str = "contended";
const SIZE: u64 = 64 * 1024;

/// What the name is when the processes begin.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Free,
    Held,
    Leftover,
}

#[test]
fn a_crash_while_the_name_is_free_leaves_it_usable() {
    isolated(|role| kill_everywhere(role, Before::Free));
}

#[test]
fn a_crash_while_others_hold_the_name_harms_nobody() {
    isolated(|role| kill_everywhere(role, Before::Held));
}

#[test]
fn a_crash_while_a_leftover_is_reaped_leaves_the_name_usable() {
    isolated(|role| kill_everywhere(role, Before::Leftover));
}

/// The three tests above together stop at every point there is.
#[test]
fn every_point_is_reached() {
    isolated(|role| {
        if role != MAIN {
            return play(role);
        }
        for point in POINTS {
            let reached = [Before::Free, Before::Held, Before::Leftover]
                .into_iter()
                .any(|before| {
                    let _scene = Scene::set(before);
                    let victim = Victim::start(point);
                    victim.settle() == Settled::Stopped
                });
            assert!(reached, "nobody came by {point}");
        }
    });
}

/// A killed commit is half done at most, and doing it again completes it.
#[test]
fn a_crash_while_committing_leaves_the_section_usable() {
    isolated(|role| {
        let options = Section::options()
            .size(SIZE)
            .attributes(SectionAttributes::RESERVE);
        if role != MAIN {
            let mut view = Section::open(NAME).unwrap().map().unwrap();
            return view.commit(.., crate::Protection::ReadWrite).unwrap();
        }
        let section = options.create(NAME).unwrap();
        let victim = Victim::start("commit.allocated");
        assert!(victim.settle() == Settled::Stopped);
        drop(victim);
        let mut view = section.map().unwrap();
        assert_eq!(view.write(0, b"x").unwrap_err().code(), ErrorCode::NOACCESS);
        view.commit(..4096, crate::Protection::ReadWrite).unwrap();
        view.write(0, b"x").unwrap();
    });
}

fn kill_everywhere(role: &str, before: Before) {
    if role != MAIN {
        return play(role);
    }
    let role = if before == Before::Leftover {
        "late"
    } else {
        "victim"
    };
    for first in POINTS {
        let scene = Scene::set(before);
        let victim = Victim::start_as(role, first);
        let settled = victim.settle();
        drop(victim);
        scene.check(first, "nobody");
        if settled == Settled::Exited {
            // This point is not on the way from here.
            continue;
        }
        for second in POINTS {
            for end in [End::FirstDies, End::BothDie, End::FirstGoesOn] {
                let scene = Scene::set(before);
                let victim = Victim::start_as(role, first);
                assert!(victim.settle() == Settled::Stopped, "{first}");
                let other = Victim::start_as(role, second);
                let settled = other.settle();
                match end {
                    End::FirstDies | End::BothDie => {
                        drop(victim);
                        if settled == Settled::Waiting {
                            // Death has ended what it waited for.
                            other.settle_for_good();
                        }
                        if end == End::FirstDies {
                            other.finish();
                        } else {
                            drop(other);
                        }
                    }
                    End::FirstGoesOn => {
                        victim.resume();
                        victim.settle();
                        other.finish();
                        victim.finish();
                    }
                }
                scene.check(first, second);
            }
        }
    }
}

/// Those who wait for a reaper are no holders: when it dies, they do not bring the dead object back.
#[test]
fn waiting_creators_do_not_bring_a_dead_object_back() {
    isolated(|role| {
        if role != MAIN {
            return play(role);
        }
        for _ in 0..20 {
            let scene = Scene::set(Before::Leftover);
            let reaper = Victim::start_as("late", "reap.seized");
            assert!(reaper.settle() == Settled::Stopped);
            let waiting: Vec<Victim> = (0..6).map(|_| Victim::start_as("late", "")).collect();
            for creator in &waiting {
                assert!(creator.settle() == Settled::Waiting);
            }
            drop(reaper);
            waiting.into_iter().for_each(Victim::finish);
            scene.check("reap.seized", "waiting");
        }
    });
}

/// A forked child has a copy of each description. One that it keeps, by a view, must not keep a lock that its parent
/// took and was killed with.
#[test]
fn a_forked_child_does_not_keep_the_lock_of_a_killed_reaper() {
    isolated(|role| {
        if role != MAIN {
            let section = Section::options().size(SIZE).create(NAME).unwrap();
            let _view = section.map().unwrap();
            // SAFETY: only this thread uses what the child uses.
            let child = unsafe { libc::fork() };
            if child == 0 {
                drop(section);
                // SAFETY: stops the child, with its copy of the view, until the test ends.
                unsafe { libc::raise(libc::SIGSTOP) };
                return;
            }
            let mut status = 0;
            // SAFETY: the child is ours, and `status` lives.
            unsafe { libc::waitpid(child, &raw mut status, libc::WUNTRACED) };
            assert!(libc::WIFSTOPPED(status));
            return drop(section);
        }
        let parent = Victim::start("reap.seized");
        assert!(parent.settle() == Settled::Stopped);
        drop(parent);
        let refused = Section::open(NAME).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::FILE_NOT_FOUND, "{refused}");
        assert!(
            !Section::options()
                .size(SIZE)
                .create(NAME)
                .unwrap()
                .existed()
        );
    });
}

/// In a directory that others can write to, a dead object may have further names: they do not make the name
/// look like its own still.
#[test]
fn a_further_name_of_a_dead_object_does_not_cost_the_next_one_its_name() {
    isolated(|role| {
        let options = Section::options().size(SIZE);
        let name = r"Global\linked";
        if role != MAIN {
            let _section = options.create(name).unwrap();
            if role == "holder" {
                say("holding");
                until_told();
            }
            return;
        }
        let root = PathBuf::from(env::var_os("COMMONHOLD_ROOT").unwrap());
        let namespace = root.join("commonhold.global");
        fs::create_dir(&namespace).unwrap();
        fs::set_permissions(&namespace, fs::Permissions::from_mode(0o1777)).unwrap();

        // The sweep at the first use, which would remove the further name, is over before there is one.
        drop(options.create(r"Global\first").unwrap());
        let mut holder = Role::start("holder");
        holder.expect("holding");
        holder.kill();
        let late = Victim::start("leftover.found");
        assert!(late.settle() == Settled::Stopped);
        fs::hard_link(namespace.join("linked"), namespace.join("other")).unwrap();
        let section = options.create_new(name).unwrap();
        section.map().unwrap().write(0, b"new").unwrap();
        late.finish();
        let found = Section::open(name).expect("it is held").map().unwrap();
        assert_eq!(found.get::<[u8; 3]>(0).unwrap(), *b"new");
        fs::remove_file(namespace.join("other")).unwrap();
    });
}

/// What becomes of two processes that have been stopped.
#[derive(Clone, Copy, PartialEq)]
enum End {
    FirstDies,
    BothDie,
    /// The first ends while the second is stopped, unless it has to wait for that.
    FirstGoesOn,
}

/// The roles: holds the name, or uses it once.
fn play(role: &str) {
    let section = Section::options().size(SIZE).create(NAME).unwrap();
    let view = section.map().unwrap();
    if role == "holder" {
        view.write(8, b"held").unwrap();
        say("holding");
        return until_told();
    }
    if role == "late" {
        assert_eq!(
            view.get::<[u8; 4]>(8).unwrap(),
            [0; 4],
            "an object that nobody held"
        );
    }
    let identity: &AtomicU64 = view.atomic(0).unwrap();
    let mine = u64::from(std::process::id());
    let identity = identity.compare_exchange(0, mine, Ordering::SeqCst, Ordering::SeqCst);
    let identity = identity.err().unwrap_or(mine);
    // What is held is what the name means.
    let again = Section::open(NAME)
        .expect("the name of an object that is held")
        .map()
        .unwrap();
    assert_eq!(
        again.get::<u64>(0).unwrap(),
        identity,
        "another object under the same name"
    );
    drop(section);
}

/// The state of the name, and who stands by.
struct Scene {
    bystander: Option<Role>,
}

impl Scene {
    fn set(before: Before) -> Self {
        let holder = (before != Before::Free).then(|| {
            let mut holder = Role::start("holder");
            holder.expect("holding");
            holder
        });
        match (before, holder) {
            (Before::Leftover, Some(holder)) => {
                holder.kill();
                assert_eq!(entries().len(), 1);
                Self { bystander: None }
            }
            (_, bystander) => Self { bystander },
        }
    }

    /// After all deaths: nobody else was harmed, the name is usable, and nothing is left after one toucher.
    fn check(self, first: &str, second: &str) {
        if let Some(bystander) = self.bystander {
            let view = Section::open(NAME)
                .expect("held by the bystander")
                .map()
                .unwrap();
            assert_eq!(
                view.get::<[u8; 4]>(8).unwrap(),
                *b"held",
                "{first}, {second}"
            );
            bystander.finish();
        }
        let new = Section::options().size(SIZE).create_new(NAME);
        let new = new.unwrap_or_else(|error| panic!("{first}, {second}: {error}"));
        assert_eq!(
            new.map().unwrap().get::<[u8; 16]>(0).unwrap(),
            [0; 16],
            "{first}, {second}"
        );
        drop(new);
        assert_eq!(entries(), Vec::<PathBuf>::new(), "{first}, {second}");
    }
}

fn entries() -> Vec<PathBuf> {
    let root = PathBuf::from(env::var_os("COMMONHOLD_ROOT").unwrap());
    let namespace = fs::read_dir(root).unwrap().next().unwrap().unwrap().path();
    fs::read_dir(namespace)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}
