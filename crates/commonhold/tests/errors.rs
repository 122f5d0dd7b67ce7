//! What the machine refuses: no descriptors left, no directory, no space. Each with its code, and a remedy.

#![allow(missing_docs)]
#![allow(unsafe_code)]

mod support;

use commonhold::{ErrorCode, PageState, Protection, Section, SectionAttributes};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::ffi::CString;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use support::{MAIN, Role, entry, is_root, isolated, say, scratch, until_told};

const SIZE: u64 = 64 * 1024;

fn create(name: &str) -> commonhold::Result<Section> {
    Section::options().size(SIZE).create(name)
}

fn root() -> PathBuf {
    entry("").parent().unwrap().into()
}

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Does something in a process that may have so many descriptors and no more.
fn with_descriptors<T>(most: u64, action: impl FnOnce() -> T) -> T {
    let before = getrlimit(Resource::Nofile);
    let current = Some(most);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current,
            ..before.clone()
        },
    )
    .unwrap();
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

/// Mounts a tmpfs over the root, seen by this process alone. It goes with the process.
fn mount_tmpfs(flags: libc::c_ulong, options: &str) -> bool {
    if !is_root("mounting a file system") {
        return false;
    }
    let target = CString::new(root().as_os_str().as_bytes()).unwrap();
    let options = CString::new(options).unwrap();
    let mount =
        |source: &std::ffi::CStr, target: &std::ffi::CStr, flags, options: *const libc::c_char| {
            // SAFETY: the strings end in NUL and live, and the options are such a string or null.
            unsafe {
                libc::mount(
                    source.as_ptr(),
                    target.as_ptr(),
                    source.as_ptr(),
                    flags,
                    options.cast(),
                )
            }
        };
    // SAFETY: gives this thread mounts of its own, and changes nothing in memory.
    let is_apart = unsafe { libc::unshare(libc::CLONE_NEWNS) } == 0
        && mount(
            c"none",
            c"/",
            libc::MS_REC | libc::MS_PRIVATE,
            std::ptr::null(),
        ) == 0;
    let is_mounted = is_apart && mount(c"tmpfs", &target, flags, options.as_ptr()) == 0;
    if !is_mounted {
        let error = std::io::Error::last_os_error();
        eprintln!("skipped, since this system does not let root mount a tmpfs: {error}");
    }
    is_mounted
}

#[test]
fn a_section_that_does_not_fit_is_refused_with_the_figures() {
    isolated(|_| {
        if !mount_tmpfs(0, "size=1m") {
            return;
        }
        let error = Section::options()
            .size(2 << 20)
            .create("frames")
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::COMMITMENT_LIMIT);
        let said = error.to_string();
        assert!(said.contains("the section needs 2 MiB"), "{said}");
        assert!(
            said.contains(" KiB free there") || said.contains("only 1 MiB free"),
            "{said}"
        );
        assert!(
            said.contains("--shm-size") && said.contains("COMMONHOLD_ROOT"),
            "{said}"
        );
        assert_eq!(error.path().unwrap().file_name(), entry("").file_name());
        // To the last byte: nothing at all is left.
        fs::create_dir_all(scratch()).unwrap();
        fill(&scratch().join("filler"));
        let error = create("frames").unwrap_err();
        assert_eq!(error.code(), ErrorCode::COMMITMENT_LIMIT);
        assert!(error.to_string().contains("only 0 KiB free"), "{error}");
        fs::remove_file(scratch().join("filler")).unwrap();
        assert!(!create("frames").unwrap().existed());
    });
}

/// Writes until the file system is full.
fn fill(path: &Path) {
    use std::io::Write as _;
    let mut file = File::create(path).unwrap();
    while file.write(&[1; 4096]).is_ok_and(|written| written > 0) {}
}

#[test]
fn what_is_there_already_is_opened_although_there_is_no_room_for_another() {
    isolated(|_| {
        if !mount_tmpfs(0, "size=1m") {
            return;
        }
        let options = Section::options().size(600 * 1024).allocate(true);
        let first = options.create("frames").unwrap();
        let second = options.create("frames").unwrap();
        assert!(second.existed());
        assert_eq!(second.info().unwrap(), first.info().unwrap());
    });
}

#[test]
fn leftovers_make_room() {
    isolated(|role| {
        let options = Section::options().size(600 * 1024).allocate(true);
        if role != MAIN {
            let _held = options.create("leftover").unwrap();
            say("holding");
            return until_told();
        }
        if !mount_tmpfs(0, "size=1m") {
            return;
        }
        // The sweep that comes with the first use is over before there is anything to sweep.
        drop(create("frames").unwrap());
        let mut holder = Role::start("holder");
        holder.expect("holding");
        let refused = options.create("frames").unwrap_err();
        assert_eq!(
            refused.code(),
            ErrorCode::COMMITMENT_LIMIT,
            "a live one is no leftover"
        );
        holder.kill();
        assert!(entry("leftover").exists());
        let section = options.create("frames").unwrap();
        assert!(!section.existed());
        assert!(!entry("leftover").exists());
    });
}

#[test]
fn committing_and_populating_more_than_there_is_are_refused() {
    isolated(|_| {
        if !mount_tmpfs(0, "size=1m") {
            return;
        }
        let reserve = Section::options().attributes(SectionAttributes::RESERVE);
        let section = reserve.size(8 << 20).create("frames").unwrap();
        let mut view = section.map().unwrap();
        let error = view.commit(..2 << 20, Protection::ReadWrite).unwrap_err();
        assert_eq!(error.code(), ErrorCode::COMMITMENT_LIMIT);
        assert_eq!(view.query(0).unwrap().state, PageState::Reserved);
        view.commit(..SIZE as usize, Protection::ReadWrite).unwrap();
        view.put(0, &1_u8).unwrap();
        drop((view, section));
        // Memory is promised when it is created, and taken when it is touched.
        let section = Section::options()
            .size(512 * 1024)
            .create("frames")
            .unwrap();
        fs::create_dir_all(scratch()).unwrap();
        fill(&scratch().join("filler"));
        let error = section.map_options().populate(true).map().unwrap_err();
        assert_eq!(error.code(), ErrorCode::COMMITMENT_LIMIT);
        let error = Section::options()
            .size(512 * 1024)
            .allocate(true)
            .create("other");
        assert_eq!(error.unwrap_err().code(), ErrorCode::COMMITMENT_LIMIT);
    });
}

#[test]
fn a_file_that_cannot_grow_is_left_as_it_was() {
    isolated(|_| {
        if !mount_tmpfs(0, "size=1m") {
            return;
        }
        fs::create_dir_all(scratch()).unwrap();
        let path = scratch().join("table");
        fs::write(&path, b"the file").unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        fs::write(scratch().join("filler"), vec![1; 500 * 1024]).unwrap();
        for size in [2 << 20, 700 * 1024] {
            let error = Section::options()
                .file(&file)
                .size(size)
                .create_unnamed()
                .unwrap_err();
            assert_eq!(error.code(), ErrorCode::DISK_FULL, "{error}");
            assert_eq!(fs::read(&path).unwrap(), b"the file");
        }
    });
}

#[test]
fn a_read_only_root_is_denied() {
    isolated(|_| {
        if !mount_tmpfs(libc::MS_RDONLY, "size=1m") {
            return;
        }
        let error = create("frames").unwrap_err();
        assert_eq!(error.code(), ErrorCode::ACCESS_DENIED);
        assert_eq!(error.path().unwrap().file_name(), entry("").file_name());
        let unnamed = Section::options().size(SIZE).create_unnamed();
        assert!(unnamed.unwrap().map().is_ok());
    });
}

#[test]
fn a_root_that_is_mounted_noexec_has_no_executable_sections() {
    isolated(|_| {
        if !mount_tmpfs(libc::MS_NOEXEC, "size=1m") {
            return;
        }
        let options = Section::options()
            .size(SIZE)
            .protection(Protection::ExecuteReadWrite);
        let error = options.create("code").unwrap_err();
        assert_eq!(error.code(), ErrorCode::ACCESS_DENIED);
        assert!(error.to_string().contains("noexec"), "{error}");
        assert!(options.create_unnamed().is_ok());
        fs::create_dir_all(scratch()).unwrap();
        let path = scratch().join("table");
        fs::write(&path, b"the file").unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let error = options.size(0).file(&file).create_unnamed().unwrap_err();
        assert_eq!(error.code(), ErrorCode::ACCESS_DENIED);
        assert!(error.to_string().contains("noexec"), "{error}");
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
