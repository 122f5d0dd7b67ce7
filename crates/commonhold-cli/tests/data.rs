//! `read`, `write` and `fill`, with sections that the tests hold.

#![allow(missing_docs)]

mod bytes;
#[path = "../../commonhold/tests/support/mod.rs"]
mod support;

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::process::Stdio;
use std::thread;

use bytes::{
    LARGE, PAGE, WINDOW, bytes_of, commonhold, done, ended, error, pattern, run, run_with, section,
    text,
};
use commonhold::{Mutex, Protection, Section, SectionAttributes};
use support::{entry, isolated, scratch};

#[test]
fn read_gives_the_bytes_of_the_part() {
    isolated(|_| {
        let (_held, view) = section("frames", LARGE);
        let bytes = pattern(LARGE);
        view.write(0, &bytes).unwrap();
        assert!(done(run(&["read", "frames"])) == bytes);
        assert!(done(run(&["read", r"Local\frames"])) == bytes);
        let part = ["read", "frames", "--offset", "67108860", "--length", "8"];
        assert_eq!(done(run(&part)), bytes[WINDOW - 4..WINDOW + 4]);
        let rest = done(run(&["read", "frames", "--offset", "64M"]));
        assert_eq!(rest, bytes[WINDOW..]);
        let none = ["read", "frames", "--length", "0", "--hex"];
        assert_eq!(done(run(&none)), b"");
    });
}

#[test]
fn read_shows_them_as_hexdump_does() {
    isolated(|_| {
        let (_held, view) = section("frames", PAGE);
        view.write(32, b"the first frame\n\xff").unwrap();
        view.write(PAGE - 1, b"!").unwrap();
        let shown = done(run(&["read", "frames", "--hex"]));
        assert_eq!(
            text(&shown),
            "\
00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
00000020  74 68 65 20 66 69 72 73  74 20 66 72 61 6d 65 0a  |the first frame.|
00000030  ff 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
00000040  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
00000ff0  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 21  |...............!|
00001000
"
        );
        let part = [
            "read", "frames", "--hex", "--offset", "36", "--length", "18",
        ];
        assert_eq!(
            text(&done(run(&part))),
            "\
00000024  66 69 72 73 74 20 66 72  61 6d 65 0a ff 00 00 00  |first frame.....|
00000034  00 00                                             |..|
00000036
"
        );
    });
}

#[test]
fn read_ends_quietly_when_nobody_reads_on() {
    isolated(|_| {
        let (_held, view) = section("frames", 1 << 20);
        view.write(0, &pattern(1 << 20)).unwrap();
        for arguments in [&["read", "frames"][..], &["read", "frames", "--hex"]] {
            let mut child = commonhold(arguments).spawn().unwrap();
            drop(child.stdout.take());
            let output = child.wait_with_output().unwrap();
            assert_eq!(ended(&output), (Some(141), ""));
        }
    });
}

#[test]
fn where_nothing_can_be_written_is_said() {
    isolated(|_| {
        let (_held, _view) = section("frames", PAGE);
        for arguments in [&["read", "frames"][..], &["read", "frames", "--hex"]] {
            let full = File::options().write(true).open("/dev/full").unwrap();
            let output = commonhold(arguments).stdout(full).output().unwrap();
            assert!(
                error(&output).starts_with("cannot write standard output: No space left"),
                "{output:?}"
            );
        }
    });
}

#[test]
fn reading_takes_no_memory() {
    isolated(|_| {
        let (_held, view) = section("frames", LARGE);
        view.write(LARGE - 1, b"!").unwrap();
        let taken = || fs::metadata(entry("frames")).unwrap().blocks();
        let before = taken();
        let mut expected = vec![0; LARGE];
        expected[LARGE - 1] = b'!';
        assert!(done(run(&["read", "frames"])) == expected);
        assert_eq!(taken(), before);
    });
}

#[test]
fn pages_not_committed_are_zero_and_cannot_be_written() {
    isolated(|_| {
        const COMMITTED: usize = WINDOW + 64 * 1024;
        let held = Section::options()
            .size(LARGE as u64)
            .attributes(SectionAttributes::RESERVE)
            .create_new("table")
            .unwrap();
        let mut view = held.map().unwrap();
        view.commit(..COMMITTED, Protection::ReadWrite).unwrap();
        let mut expected = pattern(COMMITTED);
        done(run_with(&["write", "table"], &expected));
        expected.resize(LARGE, 0);
        assert!(done(run(&["read", "table"])) == expected);

        let said = format!(
            "{COMMITTED} bytes were written: table: the page at offset {COMMITTED} is reserved, not committed; "
        );
        let output = run(&["fill", "table", "--byte", "7"]);
        assert!(error(&output).starts_with(&said), "{output:?}");
        assert_eq!(view.get::<u8>(COMMITTED - 1).unwrap(), 7);
        let output = run_with(&["write", "table"], &vec![8; LARGE]);
        assert!(error(&output).contains(&said), "{output:?}");
        assert_eq!(view.get::<u8>(COMMITTED - 1).unwrap(), 8);
        done(run(&["fill", "table", "--length", "128K"]));
        assert_eq!(view.get::<u8>(128 * 1024 - 1).unwrap(), 0);
        assert_eq!(view.get::<u8>(128 * 1024).unwrap(), 8);
    });
}

#[test]
fn write_puts_its_input_where_it_belongs() {
    isolated(|_| {
        let (_held, view) = section("frames", LARGE);
        let mut expected = vec![0; LARGE];
        done(run_with(&["write", "frames"], b""));
        done(run_with(&["write", "frames"], b"first"));
        done(run_with(
            &["write", "frames", "--offset", "67108860"],
            b"across the border",
        ));
        expected[..5].copy_from_slice(b"first");
        expected[WINDOW - 4..][..17].copy_from_slice(b"across the border");
        assert!(bytes_of(&view) == expected);
        // All of it, to the last byte.
        let bytes = pattern(LARGE);
        done(run_with(&["write", "frames"], &bytes));
        assert!(bytes_of(&view) == bytes);
    });
}

#[test]
fn what_does_not_fit_is_said() {
    isolated(|_| {
        let (_held, view) = section("frames", PAGE);
        let output = run_with(&["write", "frames", "--offset", "4090"], b"too long");
        assert_eq!(
            error(&output),
            "standard input has more than fits into frames, which has 4096 bytes; 6 bytes were written, to its end\n"
        );
        assert_eq!(view.get::<[u8; 6]>(PAGE - 6).unwrap(), *b"too lo");
        let none = "frames has 4096 bytes, and none at offset 4097\n";
        assert_eq!(
            error(&run_with(&["write", "frames", "--offset", "4097"], b"")),
            none
        );
        assert_eq!(error(&run(&["read", "frames", "--offset", "4097"])), none);
        let output = run(&["fill", "frames", "--offset", "4000", "--length", "97"]);
        assert!(
            error(&output).starts_with("frames has 4096 bytes, and not 97 from offset 4000; "),
            "{output:?}"
        );
    });
}

#[test]
fn a_section_over_a_file_has_exactly_its_bytes() {
    isolated(|_| {
        let path = scratch().join("letter");
        fs::write(&path, "dear reader").unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let _held = Section::options().file(&file).create("letter").unwrap();
        assert_eq!(done(run(&["read", "letter"])), b"dear reader");
        done(run_with(&["write", "letter", "--offset", "5"], b"writer"));
        assert_eq!(fs::read(&path).unwrap(), b"dear writer");
        let output = run_with(&["write", "letter", "--offset", "5"], b"writers");
        assert!(
            error(&output).contains("; 6 bytes were written"),
            "{output:?}"
        );
        // Which must not look like zeros.
        file.set_len(4).unwrap();
        let output = run(&["read", "letter"]);
        assert!(error(&output).contains("cut short"), "{output:?}");
        file.set_len(0).unwrap();
        let output = run(&["read", "letter"]);
        assert!(error(&output).contains("cut to 0 bytes"), "{output:?}");
    });
}

#[test]
fn a_file_that_is_cut_under_the_command_stays_cut() {
    isolated(|_| {
        let path = scratch().join("letter");
        fs::write(&path, "dear reader").unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let held = Section::options().file(&file).create("letter").unwrap();
        let mut writer = commonhold(&["write", "letter"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = writer.stdin.take().unwrap();
        input.write_all(b"Dear").unwrap();
        let view = held.map().unwrap();
        while view.get::<[u8; 4]>(0).unwrap() != *b"Dear" {
            thread::yield_now();
        }
        file.set_len(2).unwrap();
        input.write_all(b" writer").unwrap();
        drop(input);
        assert_eq!(
            error(&writer.wait_with_output().unwrap()),
            "4 bytes were written: the file under letter was cut short, and has nothing at offset 4\n"
        );
        assert_eq!(fs::read(&path).unwrap(), b"De");
    });
}

#[test]
fn fill_sets_the_part() {
    isolated(|_| {
        let (_held, view) = section("frames", LARGE);
        done(run(&["fill", "frames", "--byte", "0xa5"]));
        let mut expected = vec![0xa5; LARGE];
        assert!(bytes_of(&view) == expected);
        done(run(&[
            "fill", "frames", "--offset", "64M", "--length", "1K",
        ]));
        expected[WINDOW..][..1024].fill(0);
        assert!(bytes_of(&view) == expected);
        let output = run(&["fill", "frames", "--byte", "256"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(
            text(&output.stderr).contains("write 0 to 255, or 0x00 to 0xff"),
            "{output:?}"
        );
    });
}

#[test]
fn a_section_that_cannot_be_had_is_an_error_that_says_why() {
    isolated(|_| {
        let _mutex = Mutex::options().create("lock").unwrap();
        let _held = Section::options()
            .size(4096)
            .protection(Protection::ReadOnly)
            .create("constant")
            .unwrap();
        let file = scratch().join("file");
        fs::write(&file, "").unwrap();
        let file = file.to_str().unwrap();
        for command in [
            &["read", "frames"][..],
            &["write", "frames"],
            &["fill", "frames"],
            &["dump", "frames", file],
            &["load", file, "frames"],
            &["diff", "frames", file],
            &["watch", "frames"],
        ] {
            let output = run(command);
            assert!(
                error(&output).starts_with("there is no section named frames; "),
                "{output:?}"
            );
        }
        for (command, said) in [
            (["read", "lock"], "lock"),
            (["fill", "constant"], "constant"),
            (["read", r"Global\frames"], "Global"),
        ] {
            let output = run(&command);
            assert!(error(&output).contains(said), "{output:?}");
        }
    });
}
