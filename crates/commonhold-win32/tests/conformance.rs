//! The conformance programs, built against our headers: they must say, line by line, what they say on Windows.
//!
//! `conformance/record` writes down what that is.

mod support;

use std::collections::BTreeSet;
use std::fs;

use support::{Built, Language, Root, conformance};

/// Builds and runs one program, and compares.
fn says_what_windows_says(name: &str) {
    let directory = conformance();
    let recorded = fs::read_to_string(directory.join("records").join(format!("{name}.txt")))
        .expect("a record; `conformance/record` makes it");
    let program = Built::new(&directory.join(format!("{name}.c")), Language::C11, &[]);
    let said = program.run(&Root::new(), &[]);
    let (mut ours, mut theirs) = (said.lines(), recorded.lines());
    for line in 1.. {
        match (theirs.next(), ours.next()) {
            (None, None) => break,
            (theirs, ours) if theirs == ours => {}
            (theirs, ours) => panic!(
                "{name}, line {line}\n  Windows: {}\n     here: {}\nall of it:\n{said}",
                theirs.unwrap_or("(no more)"),
                ours.unwrap_or("(no more)"),
            ),
        }
    }
}

macro_rules! programs {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            says_what_windows_says(stringify!($name));
        })*

        #[test]
        fn every_program_is_run() {
            let listed: BTreeSet<_> = [$(stringify!($name).to_owned()),*].into();
            let files = fs::read_dir(conformance()).expect("the programs").flatten();
            let names = files.filter_map(|file| {
                Some(file.file_name().to_str()?.strip_suffix(".c")?.to_owned())
            });
            assert_eq!(listed, names.collect::<BTreeSet<_>>());
        }
    };
}

programs! {
    apc attribute_list command_line critical_section directories duplicate duplicate_processes
    environment errors event file_sharing files generic_names handles heap inheritance interlocked
    kills lifetime machine memory_ex messages mutex names private_memory process_rights processes
    remaining rights safe_strings section_create section_file section_open section_processes
    section_protect semaphore signal_and_wait strings sync_common thread_ids threads time timer
    view_access view_commit view_copy view_map view_query view_unmap waits
}

/// What is known to be true of Windows and not of Wine counts; that there is enough of all is checked here.
#[test]
fn the_records_have_more_than_400_lines() {
    let records = fs::read_dir(conformance().join("records")).expect("the records");
    let lines = records.flatten().map(|record| {
        let text = fs::read_to_string(record.path()).expect("text");
        text.lines().count()
    });
    assert!(lines.sum::<usize>() > 400);
}
