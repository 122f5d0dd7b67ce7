//! `watch`, with sections that the tests hold.

#![allow(missing_docs)]

mod bytes;
#[path = "../../commonhold/tests/support/mod.rs"]
mod support;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command};

use bytes::{LARGE, PAGE, WINDOW, commonhold, error, run, section};
use commonhold::{Section, SectionAttributes};
use support::isolated;

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
