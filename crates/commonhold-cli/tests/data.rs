//! The commands that move a section's bytes, with sections that the tests hold.

#![allow(missing_docs)]

#[path = "../../commonhold/tests/support/mod.rs"]
mod support;

use std::fs::{self, File, Permissions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use commonhold::{Mutex, Protection, Section, SectionAttributes, View};
use support::{entry, isolated, scratch};

const PAGE: usize = 4096;
/// Larger than what is mapped at a time, and no multiple of what is copied at a time.
const LARGE: usize = WINDOW + 100 * 1024;
const WINDOW: usize = 64 << 20;

fn commonhold(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_commonhold"));
    command
        .args(arguments)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> Output {
    commonhold(arguments).output().unwrap()
}

/// Runs it with this as its input.
fn run_with(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = commonhold(arguments).stdin(Stdio::piped()).spawn().unwrap();
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// What a command says that does what it is asked.
fn done(output: Output) -> Vec<u8> {
    assert_eq!(ended(&output), (Some(0), ""), "{output:?}");
    output.stdout
}

/// What a command says that fails.
fn error(output: &Output) -> &str {
    let (status, error) = ended(output);
    assert_eq!((status, text(&output.stdout)), (Some(1), ""));
    assert!(error.lines().count() <= 2, "{error}");
    error
        .strip_prefix("commonhold: ")
        .unwrap_or_else(|| panic!("{error}"))
}

fn ended(output: &Output) -> (Option<i32>, &str) {
    (output.status.code(), text(&output.stderr))
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A section, and a view of it.
fn section(name: &str, size: usize) -> (Section, View) {
    let section = Section::options()
        .size(size as u64)
        .create_new(name)
        .unwrap();
    let view = section.map().unwrap();
    (section, view)
}

fn bytes_of(view: &View) -> Vec<u8> {
    let mut bytes = vec![0; view.len()];
    view.read(0, &mut bytes).unwrap();
    bytes
}

/// Bytes that are nowhere the same as one page, one view or one buffer on.
fn pattern(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut period = [0; 9973];
    period.fill_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    let mut bytes = period.repeat(len.div_ceil(period.len()));
    bytes.truncate(len);
    bytes
}

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
        let held = Section::options()
            .size(1 << 20)
            .attributes(SectionAttributes::RESERVE)
            .create_new("table")
            .unwrap();
        let mut view = held.map().unwrap();
        view.commit(..128 * 1024, Protection::ReadWrite).unwrap();
        let bytes = pattern(128 * 1024);
        view.write(0, &bytes).unwrap();
        let mut expected = bytes;
        expected.resize(1 << 20, 0);
        assert!(done(run(&["read", "table"])) == expected);

        let said =
            "131072 bytes were written: table is reserved and not committed at offset 131072; ";
        let output = run(&["fill", "table", "--byte", "7"]);
        assert!(error(&output).starts_with(said), "{output:?}");
        assert_eq!(view.get::<u8>(128 * 1024 - 1).unwrap(), 7);
        let output = run_with(&["write", "table"], &vec![8; 200_000]);
        assert!(error(&output).contains(said), "{output:?}");
        assert_eq!(view.get::<u8>(128 * 1024 - 1).unwrap(), 8);
        done(run(&["fill", "table", "--length", "128K"]));
        assert_eq!(view.get::<u8>(128 * 1024 - 1).unwrap(), 0);
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
        file.set_len(0).unwrap();
        let output = run(&["read", "letter"]);
        assert!(error(&output).contains("cut short"), "{output:?}");
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

/// A watch that sees everything from now on, and what it says.
fn watch(
    arguments: &[&str],
    change: impl FnOnce(&mut Command),
) -> (Child, impl Iterator<Item = String>) {
    let arguments = [&["watch", "frames", "--interval", "1ms"], arguments].concat();
    let mut command = commonhold(&arguments);
    change(&mut command);
    let mut child = command.spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = told.next().unwrap().unwrap();
    assert!(line.starts_with("watching "), "{line}");
    let shown = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, shown.map(Result::unwrap))
}

#[test]
fn watch_shows_lines_that_change() {
    isolated(|_| {
        let (_held, view) = section("frames", LARGE);
        view.write(0, b"not watched").unwrap();
        let part = ["--offset", "32", "--changes", "2"];
        let (mut child, mut shown) = watch(&part, |_| {});
        view.put(0, &b'N').unwrap();
        view.put(33, &b'1').unwrap();
        assert_eq!(
            shown.next().unwrap(),
            "00000020  00 31 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |.1..............|"
        );
        view.put(WINDOW, &b'2').unwrap();
        assert_eq!(shown.next().unwrap(), "");
        assert_eq!(
            shown.next().unwrap(),
            "04000000  32 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |2...............|"
        );
        assert_eq!(shown.next(), None);
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn watch_has_colours_where_they_are_wanted() {
    isolated(|_| {
        let (_held, view) = section("frames", PAGE);
        for (variable, is_coloured) in [("CLICOLOR_FORCE", true), ("NO_COLOR", false)] {
            let (mut child, mut shown) = watch(&["--changes", "1"], |command| {
                command.env(variable, "1");
            });
            view.put(1, &(view.get::<u8>(1).unwrap() + 1)).unwrap();
            let line = shown.next().unwrap();
            assert_eq!(line.contains("00 \u{1b}["), is_coloured, "{line:?}");
            assert!(child.wait().unwrap().success());
        }
    });
}

#[test]
fn more_than_can_be_watched_is_refused() {
    isolated(|_| {
        let _held = Section::options()
            .size(2 << 30)
            .attributes(SectionAttributes::RESERVE)
            .create("table")
            .unwrap();
        let output = run(&["watch", "table"]);
        assert!(
            error(&output).contains("at once, 1G; choose a part with --offset and --length"),
            "{output:?}"
        );
        let none = ["watch", "table", "--offset", "1.5G", "--changes", "0"];
        assert_eq!(run(&none).status.code(), Some(0));
    });
}

#[test]
fn watch_ends_quietly_when_nobody_reads_on() {
    isolated(|_| {
        let (_held, view) = section("frames", PAGE);
        let (mut child, shown) = watch(&[], |_| {});
        drop(shown);
        view.put(0, &1_u8).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(141));
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
