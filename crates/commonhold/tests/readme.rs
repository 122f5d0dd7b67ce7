//! What the README shows is the example, which does what it says.

#![allow(missing_docs)]

#[path = "../examples/first.rs"]
mod first;
mod support;

use std::thread;

use commonhold::{ErrorCode, Section, View};
use support::{MAIN, Role, isolated};

#[test]
fn the_readme_shows_the_example_as_it_is() {
    let readme = include_str!("../../../README.md");
    let example = include_str!("../examples/first.rs");
    assert!(readme.contains(&format!("```rust,no_run\n{example}```\n")));
    assert!(example.lines().count() <= 20);
}

/// The example says nothing that a test could wait for.
fn wait_for_visitor(number: u64, view: &View) {
    while view.read_volatile::<u64>(0).unwrap() < number {
        thread::yield_now();
    }
}

#[test]
fn the_example_counts_visitors_until_the_last_is_gone() {
    isolated(|role| match role {
        MAIN => {
            let section = Section::options().size(4096).create("visitors").unwrap();
            let view = section.map().unwrap();
            Role::start("visitor").finish();
            wait_for_visitor(1, &view);
            let killed = Role::start("visitor");
            wait_for_visitor(2, &view);
            drop(section);
            drop(Section::open("visitors").expect("a visitor holds it"));
            killed.kill();
            assert_eq!(
                Section::open("visitors").unwrap_err().code(),
                ErrorCode::FILE_NOT_FOUND
            );
            Role::start("visitor").finish();
            assert_eq!(view.get::<u64>(0).unwrap(), 2, "the next has new memory");
        }
        _ => first::main().unwrap(),
    });
}
