//! Threads and forks that use one table of handles at once.

mod support;

use std::path::{Path, PathBuf};

use support::{Built, Language, Root};

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/c")
        .join(name)
}

fn ends_well(name: &str) {
    let program = Built::new(&source(name), Language::C11, &[]);
    assert_eq!(program.run(&Root::new(), &[]), "done\n");
}

#[test]
fn handles_that_other_threads_close_fail_cleanly() {
    ends_well("handles_storm.c");
}

#[test]
fn threads_from_before_the_library_was_loaded_can_use_it() {
    // It is not linked: what is asked for by name is found in what is loaded.
    let flags = ["-Wl,--as-needed", "-ldl"];
    let program = Built::new(&source("loaded_late.c"), Language::C11, &flags);
    let library = support::library().join("libcommonhold_win32.so");
    let library = library.to_str().expect("a path in UTF-8");
    assert_eq!(program.run(&Root::new(), &[library]), "done\n");
}

#[test]
fn a_forked_child_can_use_every_function() {
    ends_well("fork_storm.c");
}

#[test]
fn what_was_given_lives_as_long_as_somebody_has_it() {
    ends_well("mail_storm.c");
}

#[test]
fn numbers_are_whose_they_are() {
    ends_well("numbers.c");
}

#[test]
fn two_at_once_are_not_in_each_others_way() {
    ends_well("races.c");
}

#[test]
fn standard_handles_are_no_objects_and_memory_has_borders() {
    ends_well("standard.c");
}
