//! What the kernel can do. Each feature is asked for itself, and not concluded from the version.

use std::thread;

use commonhold::{Mutex, Result, Timeout, Wait};
use rustix::fs::MemfdFlags;
use rustix::io::Errno;
use rustix::thread::futex::{self, WaitvFlags};
use rustix::thread::{ClockId, MembarrierCommand};

use super::check::Check;

pub fn checks() -> Vec<Check> {
    vec![
        wait_for_several(),
        dead_owners(),
        unnamed_memory(),
        barriers(),
    ]
}

fn release() -> String {
    let name = rustix::system::uname();
    name.release().to_string_lossy().into_owned()
}

/// Asked to sleep on nothing, a kernel that can sleep on several says that nothing is not enough.
fn wait_for_several() -> Check {
    const NAME: &str = "futex-waitv";
    match futex::waitv(&[], WaitvFlags::empty(), None, ClockId::Monotonic) {
        Err(Errno::NOSYS | Errno::PERM) => Check::warning(
            NAME,
            format!(
                "not there (Linux {}): a wait for several objects looks again and again",
                release()
            ),
            "use Linux 5.16 or later; in a container, a seccomp profile that allows futex_waitv",
        ),
        _ => Check::ok(NAME, "a wait for several objects sleeps"),
    }
}

/// A thread that ends while it owns a mutex. There is no call that asks for the list of robust futexes in safe code.
fn dead_owners() -> Check {
    const NAME: &str = "robust-list";
    const REMEDY: &str = "use Linux itself: some sandboxes and emulators leave out set_robust_list";
    match try_dead_owner() {
        Ok(Wait::Abandoned(_)) => Check::ok(NAME, "a mutex whose owner ends is handed on"),
        Ok(other) => Check::problem(
            NAME,
            format!("a mutex whose owner ended is not handed on ({other:?})"),
            REMEDY,
        ),
        Err(error) => Check::problem(NAME, error.to_string(), REMEDY),
    }
}

fn try_dead_owner() -> Result<Wait> {
    let mutex = Mutex::options().create_unnamed()?;
    let theirs = mutex.try_clone()?;
    // It cannot panic, and if it did, the wait would tell.
    let _ = thread::spawn(move || theirs.acquire(Timeout::ZERO)).join();
    let outcome = mutex.acquire(Timeout::ZERO)?;
    if matches!(outcome, Wait::Signaled(_) | Wait::Abandoned(_)) {
        mutex.release()?;
    }
    Ok(outcome)
}

fn unnamed_memory() -> Check {
    const NAME: &str = "memfd";
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let make = |flags| rustix::fs::memfd_create("commonhold-doctor", flags);
    match (make(flags | MemfdFlags::NOEXEC_SEAL), make(flags)) {
        (Ok(_), _) => Check::ok(
            NAME,
            "unnamed objects can be made, sealed against execution",
        ),
        (_, Ok(_)) => Check::ok(
            NAME,
            "unnamed objects can be made, not sealed against execution, as before Linux 6.3",
        ),
        (_, Err(errno)) => Check::problem(
            NAME,
            format!("unnamed objects cannot be made: {errno}"),
            "allow memfd_create, in the seccomp profile or by vm.memfd_noexec",
        ),
    }
}

fn barriers() -> Check {
    const NAME: &str = "membarrier";
    let known = rustix::thread::membarrier_query();
    if known.contains_command(MembarrierCommand::RegisterPrivateExpedited) {
        return Check::ok(
            NAME,
            "handles of the C interface are looked up at full speed",
        );
    }
    Check::warning(
        NAME,
        "not there: each look at a handle of the C interface costs a fence",
        "use Linux 4.14 or later; in a container, a seccomp profile that allows membarrier",
    )
}
