//! The headers: each stands alone, all of them in C and in C++ with every compiler at hand, and they declare exactly what
//! the library exports.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use support::{Language, compiler, has, include, library, standard};

/// The headers that programs include.
fn headers() -> Vec<String> {
    let files = fs::read_dir(include()).expect("the headers").flatten();
    let names = files.filter_map(|file| file.file_name().into_string().ok());
    let mut headers: Vec<String> = names
        .filter(|name| Path::new(name).extension() == Some("h".as_ref()))
        .collect();
    headers.sort();
    headers
}

/// Has a compiler check a text, with warnings as errors.
fn compiles(compiler: &str, language: Language, flags: &[&str], text: &str) {
    let name = if language == Language::C11 {
        "c"
    } else {
        "c++"
    };
    let mut child = Command::new(compiler)
        .args([
            "-fsyntax-only",
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Werror",
            "-x",
            name,
        ])
        .arg(standard(language).replace("gnu", "c"))
        .args(flags)
        .arg("-I")
        .arg(include())
        .arg("-")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a compiler");
    let mut input = child.stdin.take().expect("piped");
    input
        .write_all(text.as_bytes())
        .expect("the compiler reads");
    drop(input);
    let output = child.wait_with_output().expect("output");
    assert!(
        output.status.success(),
        "{compiler} {language:?} {flags:?}\n{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn languages() -> impl Iterator<Item = Language> {
    let all = [Language::C11, Language::Cpp17];
    all.into_iter().filter(|&language| has(compiler(language)))
}

#[test]
fn each_header_stands_alone() {
    for language in languages() {
        for header in headers() {
            compiles(
                compiler(language),
                language,
                &[],
                &format!("#include <{header}>\nextern int unit;\n"),
            );
        }
    }
}

#[test]
fn all_headers_compile_together_in_every_way() {
    let lines: Vec<String> = headers()
        .iter()
        .map(|it| format!("#include <{it}>\n"))
        .collect();
    let includes = lines.concat();
    let of_the_system = [
        (
            Language::C11,
            "#include <stdio.h>\n#include <wchar.h>\n#include <pthread.h>\n",
        ),
        (
            Language::Cpp17,
            "#include <string>\n#include <algorithm>\n#include <thread>\n#include <limits>\n",
        ),
    ];
    let compilers = [
        (Language::C11, ["cc", "clang"]),
        (Language::Cpp17, ["c++", "clang++"]),
    ];
    for ((language, compilers), (_, system)) in compilers.into_iter().zip(of_the_system) {
        for compiler in compilers.into_iter().filter(|compiler| has(compiler)) {
            for text in [format!("{includes}{system}"), format!("{system}{includes}")] {
                for unicode in [&[][..], &["-DUNICODE", "-D_UNICODE"][..]] {
                    compiles(compiler, language, unicode, &text);
                }
            }
            let short = ["-fshort-wchar", "-DUNICODE", "-D_UNICODE"];
            compiles(compiler, language, &short, &includes);
        }
    }
}

/// What the headers declare as functions of the library.
fn declared() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for header in headers() {
        let text = fs::read_to_string(include().join(header)).expect("text");
        for (at, _) in text.match_indices("WINAPI ") {
            let rest = text[at + "WINAPI ".len()..].trim_start();
            let name: String = rest
                .chars()
                .take_while(|it| it.is_ascii_alphanumeric() || *it == '_')
                .collect();
            if rest[name.len()..].starts_with('(') && !name.is_empty() {
                all.insert(name);
            }
        }
    }
    all
}

/// The functions that the library exports.
fn exported() -> BTreeSet<String> {
    let output = Command::new("nm")
        .args(["-D", "--defined-only"])
        .arg(library().join("libcommonhold_win32.so"))
        .output()
        .expect("nm, which comes with the linker");
    let listed = String::from_utf8(output.stdout).expect("text");
    let functions = listed
        .lines()
        .filter_map(|line| line.rsplit_once(" T "))
        .map(|(_, name)| name.into());
    functions.collect()
}

#[test]
fn the_library_exports_what_the_headers_declare() {
    let (declared, exported) = (declared(), exported());
    let missing: Vec<_> = declared.difference(&exported).collect();
    assert!(missing.is_empty(), "declared, and not there: {missing:?}");
    let unknown: Vec<_> = exported.difference(&declared).collect();
    assert!(
        unknown.is_empty(),
        "exported, and in no header: {unknown:?}"
    );
    assert!(declared.len() > 150, "{} functions", declared.len());
}
