//! What is asked of a process's descriptor that is no signal, or is no child's.

use std::os::fd::{AsFd, AsRawFd as _};

use rustix::io::Errno;

/// Whether its process is there, if only as what its parent has not looked at; `PERM` if it is, and is beyond this
/// process's reach.
pub(crate) fn is_there(pidfd: impl AsFd) -> Result<bool, Errno> {
    let no_signal = 0;
    // SAFETY: the call takes numbers and a null pointer.
    let sent = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            pidfd.as_fd().as_raw_fd(),
            no_signal,
            std::ptr::null::<libc::siginfo_t>(),
            0,
        )
    };
    if sent == 0 {
        return Ok(true);
    }
    match Errno::from_io_error(&std::io::Error::last_os_error()) {
        Some(Errno::SRCH) => Ok(false),
        errno => Err(errno.unwrap_or(Errno::INVAL)),
    }
}

/// `struct pidfd_info`, as it first was.
#[repr(C)]
#[derive(Default)]
struct Info {
    mask: u64,
    cgroup: u64,
    pid: u32,
    process: u32,
    parent: u32,
    users: [u32; 8],
    exit_code: i32,
}

/// The wait status of a process that its parent has looked at, from Linux 6.15 on.
pub(crate) fn exit_status(pidfd: impl AsFd) -> Option<i32> {
    const EXIT: u64 = 1 << 3;
    /// `_IOWR(0xff, 11, struct pidfd_info)`
    const PIDFD_GET_INFO: libc::c_ulong = 0xc040_ff0b;
    const _: () = assert!(size_of::<Info>() == 64);
    let mut info = Info {
        mask: EXIT,
        ..Info::default()
    };
    let descriptor = pidfd.as_fd().as_raw_fd();
    // SAFETY: the structure lives, and is as large as the number says.
    #[allow(clippy::useless_conversion, reason = "musl's type of it is another")]
    let asked = unsafe { libc::ioctl(descriptor, PIDFD_GET_INFO as _, &raw mut info) };
    (asked == 0 && info.mask & EXIT != 0).then_some(info.exit_code)
}
