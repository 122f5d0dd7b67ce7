//! Manual pages and completions name every command.

#![allow(missing_docs)]

use std::fs;
use std::process::Command;

fn say(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_commonhold"));
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that the help names.
fn commands() -> Vec<String> {
    let help = say(&["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    commands
        .take_while(|line| !line.is_empty())
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

#[test]
fn each_shell_completes_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = say(&["completions", shell]);
        for command in commands() {
            assert!(script.contains(&command), "{shell} {command}");
        }
    }
}

#[test]
fn each_command_has_a_page() {
    let page = say(&["man"]);
    let directory = std::env::temp_dir().join(format!("commonhold-man-{}", std::process::id()));
    say(&["man", "--to", directory.to_str().unwrap()]);
    let commands = commands();
    assert!(
        commands.iter().any(|command| command == "ls"),
        "{commands:?}"
    );
    for command in commands {
        assert!(
            page.contains(&format!("commonhold\\-{command}(1)")),
            "{command}\n{page}"
        );
        let own = fs::read_to_string(directory.join(format!("commonhold-{command}.1"))).unwrap();
        assert!(own.starts_with(".ie") && own.contains(".SH NAME"), "{own}");
    }
    fs::remove_dir_all(directory).unwrap();
}
