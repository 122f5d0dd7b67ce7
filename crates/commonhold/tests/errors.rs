//! What the machine refuses: no descriptors left, no directory for names. Each with its code, and a remedy.

#![allow(missing_docs)]

mod support;

use commonhold::{ErrorCode, Protection, Section};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use support::{MAIN, Role, entry, isolated, say, scratch};

const SIZE: u64 = 64 * 1024;

fn create(name: &str) -> commonhold::Result<Section> {
    Section::options().size(SIZE).create(name)
}

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Does something in a process that may have so many descriptors and no more.
fn with_descriptors<T>(most: u64, action: impl FnOnce() -> T) -> T {
    let before = getrlimit(Resource::Nofile);
    let current = Some(most);
    setrlimit(Resource::Nofile, Rlimit { current, ..before }).unwrap();
    let result = action();
    setrlimit(Resource::Nofile, before).unwrap();
    result
}

/// Whichever of the descriptors that an operation needs is not to be had, it says so and leaves nothing behind.
#[test]
fn running_out_of_descriptors_has_its_own_code() {
    isolated(|_| {
        let path = scratch().join("table");
        fs::write(&path, [0; 100]).unwrap();
        let file = File::open(&path).unwrap();
        let held = create("held").unwrap();
        let options = Section::options()
            .protection(Protection::ReadOnly)
            .file(&file);
        type Operation<'a> = (&'a str, Box<dyn Fn() -> commonhold::Result<Section> + 'a>);
        let operations: [Operation<'_>; 7] = [
            ("create", Box::new(|| create("frames"))),
            (
                "create unnamed",
                Box::new(|| Section::options().size(SIZE).create_unnamed()),
            ),
            ("create over a file", Box::new(|| options.create("frames"))),
            ("create what exists", Box::new(|| create("held"))),
            ("open", Box::new(|| Section::open("held"))),
            ("clone", Box::new(|| held.try_clone())),
            (
                "map",
                Box::new(|| {
                    let section = Section::open("held")?;
                    section.map().map(|_| section)
                }),
            ),
        ];
        let used = u64::try_from(open_descriptors()).unwrap();
        for (what, operation) in &operations {
            let (mut refusals, mut successes) = (0, 0);
            // Numbers below the limit may be free or not, which this tries all of.
            for most in 4..used + 8 {
                let before = open_descriptors();
                match with_descriptors(most, operation) {
                    Ok(_) => successes += 1,
                    Err(error) => {
                        assert_eq!(
                            error.code(),
                            ErrorCode::TOO_MANY_OPEN_FILES,
                            "{what}: {error}"
                        );
                        refusals += 1;
                    }
                }
                assert_eq!(open_descriptors(), before, "{what}");
                let absent = Section::open("frames").unwrap_err();
                assert_eq!(absent.code(), ErrorCode::FILE_NOT_FOUND, "{what}");
            }
            assert!(
                refusals > 0 && successes > 0,
                "{what}: {refusals}, {successes}"
            );
        }
    });
}

#[test]
fn a_handle_that_is_closed_without_a_descriptor_left_frees_its_name() {
    isolated(|_| {
        let section = create("frames").unwrap();
        with_descriptors(0, || drop(section));
        assert_eq!(
            Section::open("frames").unwrap_err().code(),
            ErrorCode::FILE_NOT_FOUND
        );
    });
}

#[test]
fn a_root_that_is_no_directory_is_named() {
    isolated(|role| {
        if role != MAIN {
            let error = create("frames").unwrap_err();
            say(&format!(
                "{} {}",
                error.code().get(),
                error.path().unwrap().display()
            ));
            say(&error.to_string());
            return;
        }
        let file = scratch().join("file");
        fs::write(&file, b"").unwrap();
        for root in [scratch().join("missing"), file] {
            let mut role =
                Role::start_with("creator", |command| command.env("COMMONHOLD_ROOT", &root));
            role.expect(&format!("3 {}", root.display()));
            assert!(role.hear().contains("COMMONHOLD_ROOT"));
            role.finish();
            // Nothing is made where it was not asked for.
            assert!(!root.is_dir());
        }
    });
}

#[test]
fn a_namespace_directory_that_is_not_the_users_own_and_private_is_refused() {
    isolated(|_| {
        let directory = entry("");
        let check = |code, says: &str| {
            for refused in [create("frames"), Section::open("frames")] {
                let error = refused.unwrap_err();
                assert_eq!(error.code(), code, "{error}");
                assert_eq!(
                    error.path(),
                    Some(Path::new(directory.to_str().unwrap().trim_end_matches('/')))
                );
                assert!(error.to_string().contains(says), "{error}");
            }
        };
        let plain = directory.with_file_name(directory.file_name().unwrap());
        let elsewhere = scratch().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        fs::set_permissions(&elsewhere, Permissions::from_mode(0o700)).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &plain).unwrap();
        check(ErrorCode::FILE_CORRUPT, "not a directory");
        fs::remove_file(&plain).unwrap();
        fs::write(&plain, b"").unwrap();
        check(ErrorCode::FILE_CORRUPT, "not a directory");
        fs::remove_file(&plain).unwrap();
        fs::create_dir(&plain).unwrap();
        for mode in [0o755, 0o710, 0o777] {
            fs::set_permissions(&plain, Permissions::from_mode(mode)).unwrap();
            check(ErrorCode::ACCESS_DENIED, "chmod 700");
        }
        fs::set_permissions(&plain, Permissions::from_mode(0o700)).unwrap();
        assert!(!create("frames").unwrap().existed());
        assert!(fs::read_dir(&elsewhere).unwrap().next().is_none());
    });
}

#[test]
fn a_namespace_directory_that_is_removed_is_made_again() {
    isolated(|_| {
        let old = create("frames").unwrap();
        fs::remove_dir_all(entry("")).unwrap();
        let fresh = create("frames").unwrap();
        assert!(!fresh.existed(), "in another directory");
        assert!(Section::open("frames").is_ok());
        old.map().unwrap().put(0, &1_u8).unwrap();
        assert_eq!(fresh.map().unwrap().get::<u8>(0).unwrap(), 0);
        drop(old);
        assert!(Section::open("frames").is_ok());
    });
}

#[test]
fn errors_become_those_of_std() {
    isolated(|_| {
        let error = std::io::Error::from(Section::open("frames").unwrap_err());
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        assert!(error.to_string().contains("\"frames\""), "{error}");
    });
}
