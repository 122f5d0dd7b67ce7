//! Processes and threads, where Linux has something that Windows has not.

mod support;

use std::path::Path;

use support::{Built, Language, Root, compiler, has};

fn ends_well(name: &str, language: Language) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/c")
        .join(name);
    let program = Built::new(&source, language, &[]);
    assert_eq!(program.run(&Root::new(), &[]), "done\n");
}

#[test]
fn processes_begin_with_what_is_theirs_or_not_at_all() {
    ends_well("process_begins.c", Language::C11);
}

#[test]
fn processes_end_with_their_exit_code_and_not_as_zombies() {
    ends_well("process_ends.c", Language::C11);
}

#[test]
fn processes_start_while_others_are_started_and_forked() {
    ends_well("process_storm.c", Language::C11);
}

#[test]
fn threads_unwind_and_begin_only_where_they_have_a_handle() {
    if has(compiler(Language::Cpp17)) {
        ends_well("threads.cpp", Language::Cpp17);
    }
}
