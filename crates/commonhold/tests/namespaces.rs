//! Namespaces: `Local\`, `Global\`, and who sees what is in them. win32-facts 1.1.

#![allow(missing_docs)]

mod support;

use commonhold::{ErrorCode, Rights, Section};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use support::{MAIN, Role, entry, isolated, say, until_told};

const SIZE: u64 = 64 * 1024;

fn create(name: &str) -> Section {
    Section::options().size(SIZE).create(name).unwrap()
}

#[test]
fn local_is_where_names_without_a_prefix_are() {
    isolated(|_| {
        let section = create(r"Local\frames");
        section.map().unwrap().write(0, b"here").unwrap();
        let same = Section::open("frames").unwrap();
        assert_eq!(&same.map().unwrap().get::<[u8; 4]>(0).unwrap(), b"here");
        assert!(create(r"Local\frames").existed());
    });
}

fn global() -> PathBuf {
    entry("").with_file_name("commonhold.global")
}

#[test]
fn without_a_global_directory_the_error_says_how_to_make_it() {
    isolated(|_| {
        let error = Section::options()
            .size(SIZE)
            .create(r"Global\frames")
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::PATH_NOT_FOUND);
        assert_eq!(error.path(), Some(global().as_path()));
        assert!(error.to_string().contains("mkdir -m 1777"), "{error}");
        assert_eq!(
            Section::open(r"Global\frames").unwrap_err().code(),
            ErrorCode::PATH_NOT_FOUND
        );
        // It may come later.
        make_global(0o1777);
        assert!(!create(r"Global\frames").existed());
    });
}

fn make_global(mode: u32) {
    fs::create_dir(global()).unwrap();
    fs::set_permissions(global(), Permissions::from_mode(mode)).unwrap();
}

#[test]
fn global_is_another_namespace_that_every_process_sees() {
    isolated(|role| {
        if role != MAIN {
            let view = Section::open(r"Global\frames").unwrap().map().unwrap();
            say(&format!("{}", view.get::<u64>(0).unwrap()));
            until_told();
            return;
        }
        make_global(0o1777);
        let local = create("frames");
        let section = create(r"Global\frames");
        assert!(!section.existed());
        assert!(create(r"Global\frames").existed());
        section.map().unwrap().put(0, &4711_u64).unwrap();
        assert_eq!(local.map().unwrap().get::<u64>(0).unwrap(), 0);
        Role::start("opener").expect("4711");
        drop(section);
        assert_eq!(
            Section::open(r"Global\frames").unwrap_err().code(),
            ErrorCode::FILE_NOT_FOUND
        );
    });
}

#[test]
fn a_global_directory_in_which_anyone_may_remove_anything_is_refused() {
    isolated(|_| {
        make_global(0o777);
        let error = Section::open(r"Global\frames").unwrap_err();
        assert_eq!(error.code(), ErrorCode::ACCESS_DENIED);
        assert!(error.to_string().contains("chmod +t"), "{error}");
    });
}

#[test]
fn only_global_names_can_be_for_everyone() {
    isolated(|_| {
        make_global(0o1777);
        let options = Section::options().size(SIZE).for_everyone(true);
        for refused in [options.create("frames"), options.create_unnamed()] {
            assert_eq!(refused.unwrap_err().code(), ErrorCode::INVALID_PARAMETER);
        }
        let _all = options.create(r"Global\all").unwrap();
        let _mine = create(r"Global\mine");
        let mode = |file: &str| {
            let metadata = fs::metadata(global().join(file)).unwrap();
            metadata.permissions().mode() & 0o777
        };
        assert_eq!([mode("all"), mode("mine")], [0o666, 0o600]);
        assert_eq!(
            Section::open(r"Global\all").unwrap().rights(),
            Rights::from_bits_retain(0xf_0007)
        );
    });
}
