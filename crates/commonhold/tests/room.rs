//! Where there is no room, or the file system of the namespace allows less: each with its code and the figures.

#![allow(missing_docs)]
#![allow(unsafe_code)]

mod support;

use commonhold::{ErrorCode, PageState, Protection, Section, SectionAttributes};
use std::ffi::CString;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use support::{MAIN, Role, entry, is_root, isolated, say, scratch, until_told};

const SIZE: usize = 64 * 1024;

fn create(name: &str) -> commonhold::Result<Section> {
    Section::options().size(SIZE as u64).create(name)
}

fn root() -> PathBuf {
    entry("").parent().unwrap().into()
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
        view.commit(..SIZE, Protection::ReadWrite).unwrap();
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
        let unnamed = Section::options().size(SIZE as u64).create_unnamed();
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
            .size(SIZE as u64)
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
fn memory_that_was_promised_and_used_up_since_raises_sigbus() {
    isolated(|role| {
        if role != MAIN {
            let view = Section::open("frames").unwrap().map().unwrap();
            say("mapped");
            until_told();
            view.put(400 * 1024, &1_u8).unwrap();
            unreachable!("there is no memory for the page");
        }
        if !mount_tmpfs(0, "size=1m") {
            return;
        }
        let options = Section::options().size(512 * 1024);
        let section = options.create("frames").unwrap();
        let mut toucher = Role::start("toucher");
        toucher.expect("mapped");
        fs::create_dir_all(scratch()).unwrap();
        fill(&scratch().join("filler"));
        assert_eq!(toucher.end().signal(), Some(libc::SIGBUS));
        drop(section);
        // Who takes it when creating has it.
        fs::remove_file(scratch().join("filler")).unwrap();
        let section = options.allocate(true).create("frames").unwrap();
        fill(&scratch().join("filler"));
        section.map().unwrap().fill(0..512 * 1024, 1).unwrap();
    });
}
