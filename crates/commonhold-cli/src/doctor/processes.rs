//! What is seen of other processes, and whether their handles can be duplicated.

use std::fs;
use std::os::fd::{AsFd as _, AsRawFd as _};

use rustix::process::{PidfdFlags, PidfdGetfdFlags};

use super::check::Check;

pub fn checks() -> Vec<Check> {
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope");
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    vec![
        process_descriptors(),
        permission(scope.as_deref().unwrap_or("0").trim()),
        proc(&mounts),
    ]
}

/// Waiting for processes, and taking descriptors out of them. Of itself a process may take what the kernel can give.
fn process_descriptors() -> Check {
    const NAME: &str = "pidfd";
    const ALLOW: &str = "in a container, a seccomp profile that allows it";
    let this = rustix::process::getpid();
    let pidfd = match rustix::process::pidfd_open(this, PidfdFlags::empty()) {
        Ok(pidfd) => pidfd,
        Err(errno) => {
            let says = format!("processes cannot be waited for: pidfd_open: {errno}");
            return Check::problem(NAME, says, format!("use Linux 5.3 or later; {ALLOW}"));
        }
    };
    let itself = pidfd.as_fd().as_raw_fd();
    match rustix::process::pidfd_getfd(&pidfd, itself, PidfdGetfdFlags::empty()) {
        Ok(_) => Check::ok(NAME, "processes can be waited for, descriptors taken"),
        Err(errno) => Check::warning(
            NAME,
            format!("files cannot be duplicated out of processes: pidfd_getfd: {errno}"),
            format!("use Linux 5.6 or later; {ALLOW}"),
        ),
    }
}

/// Whom Yama lets look into others.
fn permission(ptrace_scope: &str) -> Check {
    const NAME: &str = "ptrace-scope";
    const REMEDY: &str = "sysctl kernel.yama.ptrace_scope=0; or let who has a handle send it";
    if ptrace_scope == "0" {
        return Check::ok(
            NAME,
            "handles can be duplicated out of the user's processes",
        );
    }
    let whom = match ptrace_scope {
        "1" => "children of the process that asks, or by root",
        "2" => "any process, but by root alone",
        _ => "no process",
    };
    let says = format!("handles can be duplicated out of {whom} (ptrace_scope {ptrace_scope})");
    let remedy = match ptrace_scope {
        "3" => "start the machine with another ptrace_scope; or let who has a handle send it",
        _ => REMEDY,
    };
    Check::warning(NAME, says, remedy)
}

/// Whether `/proc` is there, and shows other processes.
fn proc(mounts: &str) -> Check {
    const NAME: &str = "proc";
    if fs::read_to_string("/proc/self/fdinfo/0").is_err()
        && fs::read_dir("/proc/self/fdinfo").is_err()
    {
        return Check::problem(
            NAME,
            "/proc is not there, or cannot be read: sections cannot be mapped",
            "mount -t proc proc /proc",
        );
    }
    match hidden(mounts) {
        Some(how) => Check::warning(
            NAME,
            format!(
                "/proc hides other users' processes (hidepid={how}): who holds an object may not be seen"
            ),
            "mount -o remount,hidepid=0 /proc",
        ),
        None => Check::ok(NAME, "it shows all processes"),
    }
}

/// How much the last `/proc` that was mounted hides.
fn hidden(mounts: &str) -> Option<&str> {
    let is_proc = |line: &&str| line.split(' ').nth(4) == Some("/proc");
    let options = mounts.lines().rev().find(is_proc)?.rsplit(' ').next()?;
    let how = options
        .split(',')
        .find_map(|it| it.strip_prefix("hidepid="))?;
    (!matches!(how, "0" | "off")).then_some(how)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proc_that_hides_is_told_from_one_that_does_not() {
        let mounted = |options: &str| {
            format!(
                "22 1 0:21 / / rw - ext4 /dev/a rw,hidepid=2\n23 22 0:22 / /proc rw,nosuid shared:5 - proc proc {options}\n"
            )
        };
        assert_eq!(hidden(&mounted("rw,gid=4,hidepid=2")), Some("2"));
        assert_eq!(hidden(&mounted("rw,hidepid=invisible")), Some("invisible"));
        assert_eq!(hidden(&mounted("rw")), None);
        assert_eq!(hidden(&mounted("rw,hidepid=off")), None);
    }

    #[test]
    fn who_may_duplicate_is_told() {
        for (scope, start) in [("0", "ok"), ("1", "warning"), ("3", "warning")] {
            assert!(permission(scope).to_string().starts_with(start), "{scope}");
        }
    }
}
