//! Processes and threads, where Linux has something that Windows has not.

mod support;

use std::path::Path;

use support::{Built, Language, Root};

fn ends_well(name: &str) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/c")
        .join(name);
    let program = Built::new(&source, Language::C11, &[]);
    assert_eq!(program.run(&Root::new(), &[]), "done\n");
}

#[test]
fn signals_zombies_forks_and_descriptors_are_as_documented() {
    ends_well("processes.c");
}

#[test]
fn processes_start_while_others_are_started_and_forked() {
    ends_well("process_storm.c");
}
