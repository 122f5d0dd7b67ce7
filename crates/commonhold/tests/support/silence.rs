//! A thread that the kernel kills for any system call.

use std::mem::offset_of;

/// From here on, whatever system call this thread makes kills the process with `SIGSYS`; only
/// [`end`] is left to it.
pub fn forbid_system_calls() {
    const fn instruction(code: u16, k: u32) -> libc::sock_filter {
        libc::sock_filter {
            code,
            jt: 0,
            jf: 0,
            k,
        }
    }
    let number = u32::try_from(offset_of!(libc::seccomp_data, nr)).unwrap();
    let end = u32::try_from(libc::SYS_exit_group).unwrap();
    let code = |code: u32| u16::try_from(code).unwrap();
    let mut filter = [
        instruction(code(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS), number),
        libc::sock_filter {
            jf: 1,
            ..instruction(code(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K), end)
        },
        instruction(code(libc::BPF_RET | libc::BPF_K), libc::SECCOMP_RET_ALLOW),
        instruction(
            code(libc::BPF_RET | libc::BPF_K),
            libc::SECCOMP_RET_KILL_PROCESS,
        ),
    ];
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).unwrap(),
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: takes numbers alone; who is killed leaves no core behind.
    let no_core = unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) };
    // SAFETY: takes numbers alone. Without privileges this comes before a filter.
    let no_privileges = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    let mode = libc::SECCOMP_MODE_FILTER;
    // SAFETY: the program and its instructions live, and are copied.
    let filtered = unsafe { libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program) };
    assert_eq!((no_core, no_privileges, filtered), (0, 0, 0));
}

/// Ends the process at once, by the one system call that it may make.
pub fn end() -> ! {
    // SAFETY: runs no destructors, which is what is wanted.
    unsafe { libc::_exit(0) }
}
