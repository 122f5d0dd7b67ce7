//! Objects of several users: who may open, and who may remove what another left. Root plays the users.

#![allow(missing_docs)]
#![allow(unsafe_code)]

mod support;

use commonhold::os::linux::ObjectExt as _;
use commonhold::{ErrorCode, MapAccess, Rights, Section};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use support::{MAIN, Role, entry, is_root, isolated, say, scratch, until_told};

const SIZE: u64 = 64 * 1024;
/// Nobody in particular: users that no machine gives to anyone.
const ALICE: u32 = 64_001;
const BOB: u32 = 64_002;

/// The machine as root sets it up: a root directory for all, and one for `Global\`.
fn set_up() -> PathBuf {
    let global = entry("").with_file_name("commonhold.global");
    fs::create_dir(&global).unwrap();
    for directory in [&global, global.parent().unwrap(), &scratch()] {
        fs::set_permissions(directory, Permissions::from_mode(0o1777)).unwrap();
    }
    global
}

/// Makes this process one of that user, for good.
fn become_user(user: u32) {
    // SAFETY: changes this process's credentials, and nothing in memory.
    let group = unsafe { libc::setresgid(user, user, user) };
    // SAFETY: an empty list is read nowhere.
    let groups = unsafe { libc::setgroups(0, std::ptr::null()) };
    // SAFETY: as above.
    let user = unsafe { libc::setresuid(user, user, user) };
    // What belongs to a process that changed its user is root's, unless it says otherwise.
    // SAFETY: changes a flag of this process.
    let dumpable = unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 1) };
    assert_eq!((group, groups, user, dumpable), (0, 0, 0, 0));
}

/// Says what became of opening that name, as the number of the error or the rights.
fn try_open(name: &str) {
    let said = match Section::open(name) {
        Ok(section) => format!("{:x}", section.rights().bits()),
        Err(error) => format!("error {}: {error}", error.code().get()),
    };
    say(&said);
}

fn create(name: &str, everyone: bool) -> Section {
    let options = Section::options().size(SIZE).for_everyone(everyone);
    options.create(name).unwrap()
}

#[test]
fn each_user_has_local_names_and_all_share_global_ones() {
    isolated(|role| match role {
        MAIN => {
            if !is_root("acting as two users") {
                return;
            }
            set_up();
            let mut alice = Role::start("alice");
            alice.expect("ready");
            let mut bob = Role::start("bob");
            assert!(
                bob.hear().starts_with("error 2:"),
                "a local name of another user"
            );
            let private = bob.hear();
            assert!(private.starts_with("error 5:"), "{private}");
            bob.expect("f0007");
            // Who may write is seen by everyone.
            bob.expect("written");
            // Whose last handle it is must be able to remove it, which in a sticky directory is its user.
            bob.finish();
            alice.say("look");
            alice.expect("4711");
            alice.finish();
        }
        "alice" => {
            become_user(ALICE);
            let _local = create("frames", false);
            let _private = create(r"Global\private", false);
            let shared = create(r"Global\shared", true);
            say("ready");
            support::hear();
            say(&shared.map().unwrap().get::<u64>(0).unwrap().to_string());
        }
        _ => {
            become_user(BOB);
            let theirs =
                std::env::var("COMMONHOLD_ROOT").unwrap() + &format!("/commonhold.{ALICE}");
            let listed = std::fs::read_dir(theirs).unwrap_err();
            assert_eq!(listed.kind(), std::io::ErrorKind::PermissionDenied);
            try_open("frames");
            try_open(r"Global\private");
            try_open(r"Global\shared");
            let shared = Section::open(r"Global\shared").unwrap();
            shared.map().unwrap().put(0, &4711_u64).unwrap();
            say("written");
        }
    });
}

#[test]
fn the_rights_that_others_get_are_the_files_mode() {
    isolated(|role| {
        if role != MAIN {
            become_user(BOB);
            try_open(r"Global\shared");
            let refused = Section::open_with(r"Global\shared", Rights::MAP_WRITE);
            say(&refused.unwrap_err().code().get().to_string());
            // Creating asks what exists for the same rights.
            let refused = Section::options().size(SIZE).create(r"Global\shared");
            say(&refused.unwrap_err().code().get().to_string());
            return;
        }
        if !is_root("acting as another user") {
            return;
        }
        let global = set_up();
        let section = create(r"Global\shared", true);
        // An owner may narrow it by hand.
        fs::set_permissions(global.join("shared"), Permissions::from_mode(0o644)).unwrap();
        let mut bob = Role::start("bob");
        bob.expect("f0005");
        bob.expect("5");
        bob.expect("5");
        bob.finish();
        drop(section);
    });
}

#[test]
fn a_leftover_is_removed_by_its_user_or_by_root() {
    isolated(|role| match role {
        MAIN => {
            if !is_root("acting as two users") {
                return;
            }
            let global = set_up();
            for remover in ["alice", "root"] {
                let mut holder = Role::start("holder");
                holder.expect("holding");
                holder.kill();
                let mut bob = Role::start("bob");
                let said = bob.hear();
                assert!(
                    said.starts_with("error 5:") && said.contains("another user"),
                    "{said}"
                );
                bob.finish();
                assert!(global.join("shared").exists());
                let mut remover = Role::start(remover);
                let said = remover.hear();
                assert!(said.starts_with("error 2:"), "{said}");
                remover.finish();
                assert!(!global.join("shared").exists());
            }
        }
        "holder" => {
            become_user(ALICE);
            let _section = create(r"Global\shared", true);
            say("holding");
            until_told();
        }
        _ => {
            match role {
                "bob" => become_user(BOB),
                "alice" => become_user(ALICE),
                _ => {}
            }
            try_open(r"Global\shared");
        }
    });
}

/// Opening the path that another user's object names would be doing that user's bidding.
#[test]
fn a_section_over_another_users_file_comes_over_a_socket_only() {
    isolated(|role| {
        let socket = scratch().join("socket");
        match role {
            MAIN => {
                if !is_root("acting as two users") {
                    return;
                }
                set_up();
                let mut alice = Role::start("alice");
                alice.expect("listening");
                let mut bob = Role::start("bob");
                let said = bob.hear();
                assert!(
                    said.starts_with("error 5:") && said.contains("socket"),
                    "{said}"
                );
                bob.expect("the file");
                bob.finish();
                alice.finish();
            }
            "alice" => {
                become_user(ALICE);
                let path = scratch().join("table");
                fs::write(&path, b"the file").unwrap();
                fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
                let section = over(&path);
                let listener = UnixListener::bind(&socket).unwrap();
                fs::set_permissions(&socket, Permissions::from_mode(0o777)).unwrap();
                say("listening");
                section.send(&listener.accept().unwrap().0).unwrap();
                until_told();
            }
            _ => {
                become_user(BOB);
                try_open(r"Global\table");
                let section = Section::receive(&UnixStream::connect(&socket).unwrap()).unwrap();
                let view = section.map_options().access(MapAccess::READ).map().unwrap();
                let bytes = view.get::<[u8; 8]>(0).unwrap();
                say(&String::from_utf8_lossy(&bytes));
            }
        }
    });
}

fn over(path: &Path) -> Section {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let options = Section::options().file(&file).for_everyone(true);
    options.create(r"Global\table").unwrap()
}

#[test]
fn a_namespace_directory_of_another_user_is_refused() {
    isolated(|_| {
        if !is_root("giving a directory away") {
            return;
        }
        let local = entry("");
        fs::create_dir(&local).unwrap();
        fs::set_permissions(&local, Permissions::from_mode(0o700)).unwrap();
        let global = entry("").with_file_name("commonhold.global");
        fs::create_dir(&global).unwrap();
        fs::set_permissions(&global, Permissions::from_mode(0o1777)).unwrap();
        for (directory, name) in [(local, "frames"), (global, r"Global\frames")] {
            std::os::unix::fs::chown(&directory, Some(ALICE), None).unwrap();
            let error = Section::options().size(SIZE).create(name).unwrap_err();
            assert_eq!(error.code(), ErrorCode::ACCESS_DENIED);
            assert!(error.to_string().contains(&ALICE.to_string()), "{error}");
            std::os::unix::fs::chown(&directory, Some(0), None).unwrap();
            assert!(!create(name, false).existed());
        }
    });
}
