//! `dump`, `load` and `diff`, with sections that the tests hold.

#![allow(missing_docs)]

mod bytes;
#[path = "../../commonhold/tests/support/mod.rs"]
mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use bytes::{
    LARGE, PAGE, WINDOW, bytes_of, commonhold, done, ended, error, pattern, run, section, text,
};
use support::{isolated, scratch};

#[test]
fn what_was_dumped_can_be_loaded() {
    isolated(|_| {
        let (_held, view) = section("frames", LARGE);
        let bytes = pattern(LARGE);
        view.write(0, &bytes).unwrap();
        let file = scratch().join("frames.bin");
        let path = file.to_str().unwrap();
        done(run(&["dump", "frames", path]));
        assert!(fs::read(&file).unwrap() == bytes);
        view.fill(0..LARGE, 0).unwrap();
        done(run(&["load", path, "frames"]));
        assert!(bytes_of(&view) == bytes);

        fs::write(&file, "part").unwrap();
        done(run(&["load", path, "frames", "--offset", "67108862"]));
        assert_eq!(view.get::<[u8; 4]>(WINDOW - 2).unwrap(), *b"part");
        let output = run(&["load", path, "frames", "--offset", "67211262"]);
        assert_eq!(
            error(&output),
            format!(
                "{path} has 4 bytes, and frames has 2 from offset 67211262; nothing was written\n"
            )
        );
        assert_eq!(view.get::<[u8; 2]>(LARGE - 2).unwrap(), bytes[LARGE - 2..]);
    });
}

#[test]
fn dump_replaces_files_and_nothing_else() {
    isolated(|_| {
        let (_held, view) = section("frames", PAGE);
        view.write(0, b"frame").unwrap();
        let (file, link) = (scratch().join("frames.bin"), scratch().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        done(run(&["dump", "frames", link.to_str().unwrap()]));
        assert_eq!(fs::read(&file).unwrap(), bytes_of(&view));
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o640);
        assert!(link.is_symlink());
        // A name without a directory is one in the current one.
        let mut here = commonhold(&["dump", "frames", "here"]);
        done(here.current_dir(scratch()).output().unwrap());
        assert_eq!(left(), ["frames.bin", "here", "link"]);

        done(run(&["dump", "frames", "/dev/null"]));
        assert!(!Path::new("/dev/null").is_file());
        assert_eq!(
            done(run(&["dump", "frames", "/dev/stdout"])),
            bytes_of(&view)
        );
        for target in [scratch(), scratch().join("missing/file")] {
            let target = target.to_str().unwrap();
            let output = run(&["dump", "frames", target]);
            let said = format!("cannot write {target}: ");
            assert!(error(&output).starts_with(&said), "{output:?}");
        }
        assert_eq!(left(), ["frames.bin", "here", "link"]);
    });
}

/// The test's files.
fn left() -> Vec<String> {
    let entries = fs::read_dir(scratch()).unwrap().map(Result::unwrap);
    let mut left: Vec<String> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    left.sort();
    left
}

#[test]
fn a_dump_that_is_stopped_leaves_what_was_there() {
    isolated(|_| {
        let (_held, _view) = section("frames", PAGE);
        let file = scratch().join("frames.bin");
        fs::write(&file, "old").unwrap();
        // No file may become as large as the section.
        let output = Command::new("sh")
            .args(["-c", "ulimit -f 1; exec \"$@\"", "sh"])
            .args([env!("CARGO_BIN_EXE_commonhold"), "dump", "frames"])
            .arg(&file)
            .output()
            .unwrap();
        assert!(!output.status.success(), "{output:?}");
        assert_eq!(fs::read(&file).unwrap(), b"old");
        assert_eq!(left(), ["frames.bin"]);
    });
}

#[test]
fn diff_says_where_and_how_much() {
    isolated(|_| {
        let (_held, view) = section("frames", LARGE);
        let bytes = pattern(LARGE);
        view.write(0, &bytes).unwrap();
        let file = scratch().join("frames.bin");
        let path = file.to_str().unwrap();
        fs::write(&file, &bytes).unwrap();
        assert_eq!(done(run(&["diff", "frames", path])), b"");

        let differ = |arguments: &[&str]| {
            let output = run(&[&["diff", "frames", path], arguments].concat());
            assert_eq!(ended(&output), (Some(1), ""));
            text(&output.stdout).to_owned()
        };
        for at in [4096, 4097, 5000, LARGE - 1] {
            view.put(at, &!bytes[at]).unwrap();
        }
        let said =
            format!("frames and {path} differ from offset 4096 (0x1000) on: 4 bytes in 3 runs\n");
        assert_eq!(differ(&[]), said);

        fs::write(&file, &bytes[4096..4097]).unwrap();
        assert_eq!(
            differ(&["--offset", "4096", "--length", "2"]),
            format!(
                "frames and {path} differ from offset 4096 (0x1000) on: 1 byte in 1 run\n\
                 {path} ends 1 byte before frames, at offset 4097 (0x1001)\n"
            )
        );
        fs::write(&file, &bytes[..10]).unwrap();
        assert_eq!(done(run(&["diff", "frames", path, "--length", "10"])), b"");
        assert_eq!(
            differ(&["--length", "9"]),
            format!("{path} goes on behind 9 bytes, where frames ends\n")
        );
    });
}
