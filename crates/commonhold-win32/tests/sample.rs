//! Microsoft's documented pattern: one process creates named memory, another opens it by name.

mod support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;

use support::{Built, Language, Root, has};

fn works(language: Language, flags: &[&str]) {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/c");
    // C++ takes the same sources.
    let as_language = if language == Language::Cpp17 {
        &["-x", "c++"][..]
    } else {
        &[]
    };
    let flags = [as_language, flags].concat();
    let build = |name: &str| Built::new(&examples.join(name), language, &flags);
    let (first, second) = (build("first_process.c"), build("second_process.c"));
    let root = Root::new();
    let mut creator = first
        .command(&root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the first process");
    let mut said = BufReader::new(creator.stdout.take().expect("piped"));
    let mut line = String::new();
    said.read_line(&mut line).expect("text");
    assert!(line.contains("Press a key"), "{line}");

    let output = second
        .command(&root)
        .stdin(Stdio::null())
        .output()
        .expect("the second process");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("Message from the first process."), "{shown}");

    creator
        .stdin
        .take()
        .expect("piped")
        .write_all(b"x")
        .expect("a key");
    assert!(creator.wait().expect("a status").success());
    let late = second.command(&root).output().expect("the second process");
    let shown = String::from_utf8_lossy(&late.stdout);
    assert!(!late.status.success() && shown.contains("(2)"), "{shown}");
}

#[test]
fn in_c() {
    works(Language::C11, &[]);
}

#[test]
fn in_c_with_16_bit_characters() {
    works(Language::C11, &["-DUNICODE", "-D_UNICODE"]);
}

#[test]
fn in_cpp() {
    if has("c++") {
        works(Language::Cpp17, &[]);
    }
}

#[test]
fn in_cpp_with_16_bit_characters() {
    if has("c++") {
        works(Language::Cpp17, &["-DUNICODE", "-D_UNICODE"]);
    }
}
