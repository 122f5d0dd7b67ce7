//! What killed processes left is removed when it is asked for, and nothing else is.

mod support;

use std::fs;

use commonhold::os::linux::inspect::Namespace;
use commonhold::os::linux::reclaim::{Leftover, Outcome, leftovers, reclaim};
use commonhold::{ErrorCode, Event, Mutex, Scope, Section};
use support::{MAIN, Role, VERSION_AT, isolated, patch};

fn local() -> Namespace {
    Namespace::open(Scope::Local).unwrap().unwrap()
}

/// Names, types and what became of them.
fn told(leftovers: &[Leftover]) -> Vec<(&str, &str, String)> {
    let mut told: Vec<_> = leftovers
        .iter()
        .map(|leftover| {
            let outcome = match &leftover.outcome {
                Outcome::Kept(why) => format!("{:?}", why.code()),
                other => format!("{other:?}"),
            };
            let path = &leftover.object.path;
            let file = path.file_name().unwrap().to_str().unwrap();
            (file, leftover.object.kind.type_name(), outcome)
        })
        .collect();
    told.sort();
    told
}

/// In a role: has objects, until it is killed.
fn hold() -> ! {
    let section = Section::options().size(0x20000).create("section").unwrap();
    section.map().unwrap().fill(0..0x20000, 1).unwrap();
    let _mutex = Mutex::options().create("mutex").unwrap();
    support::say("held");
    loop {
        std::thread::park();
    }
}

fn leave() {
    let mut holder = Role::start("holder");
    holder.expect("held");
    holder.kill();
}

fn removed(file: &'static str, kind: &'static str) -> (&'static str, &'static str, String) {
    (file, kind, "Removed".into())
}

#[test]
fn what_a_killed_holder_left_is_removed_and_what_is_held_stays() {
    isolated(|role| {
        if role != MAIN {
            hold();
        }
        leave();
        let held = Event::options().create("event").unwrap();
        // The first use of the namespace in this process removed what it came across.
        assert!(leftovers(&local()).unwrap().is_empty());
        leave();
        let seen = leftovers(&local()).unwrap();
        assert_eq!(
            told(&seen),
            [
                ("mutex", "mutex", "Removable".into()),
                ("section", "section", "Removable".into())
            ]
        );
        assert!(!seen[0].object.is_held);
        let gone = reclaim(&local()).unwrap();
        assert_eq!(
            told(&gone),
            [removed("mutex", "mutex"), removed("section", "section")]
        );
        let section = gone
            .iter()
            .find(|it| it.object.name.as_deref() == Some("section"));
        assert_eq!(section.unwrap().object.memory, 0x20000 + 4096);
        assert!(reclaim(&local()).unwrap().is_empty());
        assert_eq!(local().objects().unwrap().len(), 1);
        drop(held);
        assert_eq!(local().objects().unwrap().len(), 0);
    });
}

#[test]
fn what_is_damaged_newer_or_of_others_stays() {
    isolated(|role| {
        if role != MAIN {
            hold();
        }
        let mut holder = Role::start("holder");
        holder.expect("held");
        let directory = local().path().to_owned();
        let file = |name: &str| directory.join(name);
        // As another version left it, and as somebody who is not this user did.
        fs::copy(file("section"), file("newer")).unwrap();
        patch(&file("newer"), VERSION_AT, &9_u32.to_ne_bytes());
        fs::write(file("rubbish"), [1; 8192]).unwrap();
        std::os::unix::fs::symlink("/nowhere", file("link")).unwrap();
        let is_root = support::is_root("a leftover of another user");
        if is_root {
            fs::copy(file("section"), file("others")).unwrap();
            std::os::unix::fs::chown(file("others"), Some(1), None).unwrap();
        }
        holder.kill();
        let all = reclaim(&local()).unwrap();
        let mut expected = vec![
            ("link", "damaged", format!("{:?}", ErrorCode::FILE_CORRUPT)),
            removed("mutex", "mutex"),
            (
                "newer",
                "newer",
                format!("{:?}", ErrorCode::REVISION_MISMATCH),
            ),
            (
                "others",
                "section",
                format!("{:?}", ErrorCode::ACCESS_DENIED),
            ),
            (
                "rubbish",
                "damaged",
                format!("{:?}", ErrorCode::FILE_CORRUPT),
            ),
            removed("section", "section"),
        ];
        expected.retain(|it| is_root || it.0 != "others");
        assert_eq!(told(&all), expected);
        for kept in ["link", "newer", "others", "rubbish"] {
            assert_eq!(
                fs::remove_file(file(kept)).is_ok(),
                is_root || kept != "others"
            );
        }
    });
}

#[test]
fn a_directory_that_others_may_enter_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    isolated(|role| {
        if role != MAIN {
            hold();
        }
        leave();
        let namespace = local();
        let open_to = |mode| {
            fs::set_permissions(namespace.path(), fs::Permissions::from_mode(mode)).unwrap();
        };
        open_to(0o755);
        let error = reclaim(&namespace).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ACCESS_DENIED);
        assert!(error.to_string().contains("chmod 700"), "{error}");
        assert!(namespace.check().is_err());
        open_to(0o700);
        namespace.check().unwrap();
        assert_eq!(reclaim(&namespace).unwrap().len(), 2);
    });
}
