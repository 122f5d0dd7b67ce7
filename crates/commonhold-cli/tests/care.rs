//! What the commands do that keep a system in order: `gc`, `custodian`, `doctor`.

#![allow(missing_docs)]

#[path = "../../commonhold/tests/support/mod.rs"]
mod support;

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Lines};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use commonhold::{Event, Mutex, Section};
use rustix::process::{Pid, Signal};
use serde_json::Value;
use support::{MAIN, Role, entry, isolated};

/// The command, with these arguments.
fn commonhold(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_commonhold"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> Output {
    commonhold(arguments).output().unwrap()
}

/// What it says, when it must not fail.
fn said(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    String::from_utf8(output.stdout).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// In a role: has objects until it is killed.
fn hold() -> ! {
    let section = Section::options().size(0x1_0000).create("section").unwrap();
    section.map().unwrap().fill(0..0x1_0000, 1).unwrap();
    let _mutex = Mutex::options().create("mutex").unwrap();
    support::say("held");
    loop {
        std::thread::park();
    }
}

/// A process that has objects.
fn holder() -> Role {
    let mut holder = Role::start("holder");
    holder.expect("held");
    holder
}

#[test]
fn gc_removes_what_a_killed_holder_left_and_says_what() {
    isolated(|role| {
        if role != MAIN {
            hold();
        }
        let event = Event::options().create("event").unwrap();
        let holder = holder();
        assert_eq!(said(&["gc"]), "0 objects removed, 0B\n");
        holder.kill();
        let left = "mutex (mutex, 4K)";
        let told = said(&["gc", "--dry-run"]);
        assert_eq!(
            told,
            format!(
                "removable {left}\nremovable section (section, 68K)\n2 objects would be removed, 72K\n"
            )
        );
        assert!(entry("section").exists() && entry("mutex").exists());
        let told = said(&["gc", "--all"]);
        assert_eq!(
            told,
            format!("removed {left}\nremoved section (section, 68K)\n2 objects removed, 72K\n")
        );
        assert!(!entry("section").exists() && !entry("mutex").exists());
        assert!(entry("event").exists());
        assert_eq!(said(&["gc"]), "0 objects removed, 0B\n");
        drop(event);
    });
}

#[test]
fn gc_where_there_is_no_namespace_has_nothing_to_do() {
    isolated(|_| {
        assert_eq!(said(&["gc"]), "0 objects removed, 0B\n");
        assert_eq!(said(&["gc", "--global"]), "0 objects removed, 0B\n");
        assert_eq!(
            json(&said(&["gc", "--all", "--json"])),
            serde_json::json!({ "leftovers": [], "memory": 0 })
        );
        assert_eq!(run(&["gc", "--all", "--global"]).status.code(), Some(2));
    });
}

#[test]
fn gc_tells_in_json_what_it_removed_and_why_it_did_not() {
    isolated(|role| {
        if role != MAIN {
            hold();
        }
        holder().kill();
        fs::write(entry("rubbish\n"), "no object").unwrap();
        let told = json(&said(&["gc", "--json"]));
        assert_eq!(told["memory"], 72 * 1024);
        let [mutex, rubbish, section] = told["leftovers"].as_array().unwrap().as_slice() else {
            panic!("{told}");
        };
        assert_eq!(
            (&mutex["name"], &mutex["type"], &mutex["outcome"]),
            (&"mutex".into(), &"mutex".into(), &"removed".into())
        );
        assert_eq!(
            (&section["name"], &section["memory"], &section["why"]),
            (&"section".into(), &(68 * 1024).into(), &Value::Null)
        );
        assert_eq!(
            (&rubbish["name"], &rubbish["type"], &rubbish["outcome"]),
            (&Value::Null, &"damaged".into(), &"kept".into())
        );
        assert!(rubbish["why"].as_str().unwrap().contains("no object"));
        let told = said(&["gc"]);
        assert!(
            told.starts_with("kept rubbish\\n (damaged, 4K): cannot remove"),
            "{told}"
        );
        assert_eq!(told.lines().count(), 2, "{told}");
        fs::remove_file(entry("rubbish\n")).unwrap();
    });
}

#[test]
fn doctor_finds_no_problem_here_and_leaves_nothing() {
    isolated(|_| {
        let told = said(&["doctor"]);
        for check in [
            "shared-memory",
            "space",
            "object-lifetime",
            "unnamed-files",
            "futex-waitv",
            "robust-list",
            "memfd",
            "membarrier",
            "pidfd",
            "proc",
        ] {
            let name = format!(" {check}: ");
            assert!(told.lines().any(|line| line.contains(&name)), "{told}");
        }
        assert!(
            told.lines()
                .any(|line| line.starts_with("ok       local-namespace: ")),
            "{told}"
        );
        assert!(told.lines().last().unwrap().starts_with("0 problems, "));
        let report = json(&said(&["doctor", "--json"]));
        assert_eq!(report["problems"], 0);
        let checks = report["checks"].as_array().unwrap();
        let trial = checks
            .iter()
            .find(|check| check["check"] == "object-lifetime");
        assert_eq!(trial.unwrap()["level"], "ok");
    });
}

#[test]
fn doctor_reports_a_namespace_that_others_may_enter() {
    isolated(|_| {
        drop(Event::options().create("event").unwrap());
        let directory = entry("event").parent().unwrap().to_owned();
        fs::set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
        let output = run(&["doctor"]);
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8(output.stdout).unwrap();
        let mut lines = told.lines();
        let problem = lines
            .find(|line| line.starts_with("problem  local-namespace: "))
            .unwrap();
        assert!(problem.contains("others may enter it"), "{told}");
        let remedy = lines.next().unwrap().trim_start();
        assert_eq!(remedy, format!("chmod 700 {}", directory.display()));
        let status = Command::new("sh").args(["-c", remedy]).status().unwrap();
        assert!(status.success());
        assert!(said(&["doctor"]).contains("0 problems"));
    });
}

#[test]
fn doctor_reports_shared_memory_that_is_not_there() {
    isolated(|_| {
        let output = commonhold(&["doctor", "--json"])
            .env("COMMONHOLD_ROOT", "/nowhere")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let report = json(&String::from_utf8(output.stdout).unwrap());
        let first = &report["checks"][0];
        assert_eq!(first["level"], "problem");
        assert!(first["says"].as_str().unwrap().contains("/nowhere"));
        assert!(first["remedy"].as_str().unwrap().contains("mount -t tmpfs"));
    });
}

/// A custodian, and what it says.
struct Custodian {
    process: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Custodian {
    /// One that never looks by itself, so that all it does is what the kernel tells it to do.
    fn start() -> Self {
        let mut command = commonhold(&["custodian", "--every", "1h"]);
        let mut process = command.stderr(Stdio::inherit()).spawn().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut custodian = Self { process, said };
        assert!(custodian.line().starts_with("watching /"));
        custodian
    }

    fn line(&mut self) -> String {
        self.said.next().expect("it goes on").unwrap()
    }

    /// Waits until it has a descriptor that tells when the process ends.
    fn expect_to_watch(&self, pid: u32) {
        let descriptors = format!("/proc/{}/fdinfo", self.process.id());
        let is_of_it = |line: &str| line.strip_prefix("Pid:\t") == Some(&pid.to_string());
        let is_watched = || {
            let all = fs::read_dir(&descriptors).unwrap().flatten();
            let mut told = all.filter_map(|one| fs::read_to_string(one.path()).ok());
            told.any(|told| told.lines().any(is_of_it))
        };
        while !is_watched() {
            std::thread::yield_now();
        }
    }

    /// Waits until it says that it removed both of a holder's objects, and sees that they are gone.
    fn expect_removal(&mut self) {
        let mut lines = [self.line(), self.line()];
        lines.sort();
        assert_eq!(
            lines,
            [
                "removed mutex (mutex, 4K)",
                "removed section (section, 68K)"
            ]
        );
        assert!(!entry("section").exists() && !entry("mutex").exists());
    }

    /// Asks it to end, which it does well.
    fn end(mut self, signal: Signal) {
        let pid = Pid::from_child(&self.process);
        rustix::process::kill_process(pid, signal).unwrap();
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
        assert!(self.said.next().is_none());
    }
}

impl Drop for Custodian {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

#[test]
fn custodian_removes_what_a_holder_leaves_that_was_there_before_it() {
    isolated(|role| {
        if role != MAIN {
            hold();
        }
        let holder = holder();
        let event = Event::options().create("event").unwrap();
        let mut custodian = Custodian::start();
        holder.kill();
        custodian.expect_removal();
        assert!(entry("event").exists());
        custodian.end(Signal::TERM);
        drop(event);
    });
}

#[test]
fn custodian_removes_what_holders_leave_that_came_after_it() {
    isolated(|role| {
        if role != MAIN {
            hold();
        }
        // There is no namespace yet.
        let mut custodian = Custodian::start();
        for round in 0..6 {
            let holder = holder();
            // Also where it is killed before it is known.
            if round % 2 == 0 {
                custodian.expect_to_watch(holder.pid());
            }
            holder.kill();
            custodian.expect_removal();
        }
        custodian.end(Signal::INT);
    });
}

#[test]
fn custodian_goes_on_where_it_may_not_remove_and_says_so_once() {
    isolated(|role| {
        if role != MAIN {
            hold();
        }
        let first = holder();
        fs::write(entry("rubbish"), "no object").unwrap();
        let mut custodian = Custodian::start();
        let line = custodian.line();
        assert!(line.starts_with("kept rubbish (damaged, 4K): "), "{line}");
        first.kill();
        custodian.expect_removal();
        fs::remove_file(entry("rubbish")).unwrap();
        custodian.end(Signal::TERM);
    });
}

#[test]
fn custodian_prints_a_unit_that_runs_this_program() {
    isolated(|_| {
        let unit = said(&["custodian", "--print-unit"]);
        let start = format!(
            "ExecStart=\"{}\" custodian",
            env!("CARGO_BIN_EXE_commonhold")
        );
        assert!(unit.lines().any(|line| line == start), "{unit}");
    });
}
