//! Sleeping and waking, by the kernel.

use std::sync::atomic::{self, Ordering};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::Pid;
use rustix::thread::ClockId;

pub(in super::super) use std::sync::atomic::{AtomicU32, AtomicU64};

#[cfg(target_endian = "big")]
compile_error!("the word is the low half of the state, and has to be its first four bytes");

/// How long a thread sleeps at most before it looks again.
///
/// No wake is lost to those who sleep on. But a process may have been stopped after it was woken and before it
/// used that, or may have replaced its program while it owned something: see `docs/design.md`.
const RECHECK: Duration = Duration::from_secs(1);

/// The time until which to sleep when nothing else says how long.
#[allow(
    clippy::unnecessary_wraps,
    reason = "tests, and the model, have no such time"
)]
pub(in super::super) fn soon() -> Option<u64> {
    #[cfg(test)]
    if std::env::var_os("COMMONHOLD_NO_RECHECK").is_some() {
        return None;
    }
    Some(now().saturating_add(nanoseconds(RECHECK)))
}

/// Nanoseconds on the monotonic clock.
pub(crate) fn now() -> u64 {
    read(ClockId::Monotonic)
}

/// Nanoseconds since 1970 on the wall clock.
pub(in super::super) fn wall_clock() -> u64 {
    let now = read(ClockId::Realtime);
    #[cfg(test)]
    let now = now.saturating_add_signed(CLOCK_CHANGE.load(Ordering::Relaxed));
    now
}

/// By how much a test has changed the wall clock.
#[cfg(test)]
pub(in super::super) static CLOCK_CHANGE: atomic::AtomicI64 = atomic::AtomicI64::new(0);

fn read(clock: ClockId) -> u64 {
    let time = rustix::time::clock_gettime(clock);
    let (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec);
    u64::try_from(seconds)
        .unwrap_or(0)
        .saturating_mul(1_000_000_000)
        + u64::try_from(nanoseconds).unwrap_or(0)
}

pub(in super::super) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn timespec(nanoseconds: u64) -> libc::timespec {
    const SECOND: u64 = 1_000_000_000;
    libc::timespec {
        tv_sec: i64::try_from(nanoseconds / SECOND).unwrap_or(i64::MAX),
        tv_nsec: i64::try_from(nanoseconds % SECOND).unwrap_or(0),
    }
}

pub(in super::super) fn fence() {
    atomic::fence(Ordering::SeqCst);
}

/// The processor's hint that a thread is looking again and again.
pub(in super::super) fn spin() {
    std::hint::spin_loop();
}

/// Whether no thread of this pid namespace has the id.
pub(in super::super) fn is_gone(thread: u32) -> bool {
    let pid = i32::try_from(thread).ok().and_then(Pid::from_raw);
    pid.is_none_or(|pid| rustix::process::test_kill_process(pid) == Err(Errno::SRCH))
}

/// Whether a thread of this process has the id.
pub(in super::super) fn is_of_this_process(thread: u32) -> bool {
    let process = std::process::id();
    // SAFETY: the call takes three numbers; signal 0 only asks.
    unsafe { libc::syscall(libc::SYS_tgkill, process, thread, 0) == 0 }
}

/// Sleeps while the low half of the state is `word`, until a wake, a signal's handler, or the time.
pub(in super::super) fn sleep(state: &AtomicU64, word: u32, until: Option<u64>) {
    let until = until.map(timespec);
    let until = until.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the word is an aligned integer, the time lives or is null; the call reads both and writes nothing.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            state.as_ptr(),
            libc::FUTEX_WAIT_BITSET,
            word,
            until,
            std::ptr::null::<u32>(),
            libc::FUTEX_BITSET_MATCH_ANY,
        )
    };
}

/// Wakes so many of those who sleep on the state; how many were there.
pub(in super::super) fn wake(state: &AtomicU64, count: u32) -> u32 {
    let most = i32::try_from(count).unwrap_or(i32::MAX);
    // SAFETY: the kernel uses the address only to find sleepers.
    let woken = unsafe { libc::syscall(libc::SYS_futex, state.as_ptr(), libc::FUTEX_WAKE, most) };
    u32::try_from(woken).unwrap_or(0)
}

/// What to sleep on among others.
#[repr(C)]
#[derive(Clone, Copy)]
pub(in super::super) struct Sleep {
    value: u64,
    address: u64,
    flags: u32,
    reserved: u32,
}

impl Sleep {
    pub(in super::super) fn on(state: &AtomicU64, word: u32) -> Self {
        const SIZE_U32: u32 = 2;
        Self {
            value: u64::from(word),
            address: state.as_ptr().addr() as u64,
            flags: SIZE_U32,
            reserved: 0,
        }
    }

    /// Sleeps on this alone.
    pub(in super::super) fn alone(&self, until: u64) {
        let until = timespec(until);
        // SAFETY: as in `sleep`; a word that is mapped no more is an error.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.address,
                libc::FUTEX_WAIT_BITSET,
                self.value,
                &raw const until,
                std::ptr::null::<u32>(),
                libc::FUTEX_BITSET_MATCH_ANY,
            )
        };
    }
}

/// Sleeps until the time, or a signal's handler.
pub(in super::super) fn pause(until: u64) {
    std::thread::sleep(Duration::from_nanos(until.saturating_sub(now())));
}

/// Runs this while the thread takes no signals, and so any thread that it starts.
pub(in super::super) fn with_signals_blocked<T>(run: impl FnOnce() -> T) -> T {
    let mut all = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: fills the set, which lives.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: the first set was filled, the second is written.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) };
    let result = run();
    // SAFETY: the set was written above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), std::ptr::null_mut()) };
    result
}

/// After so many wakes in a row that found nobody, it is worth making sure that nobody sleeps. Two that hand over to
/// each other find each other awake now and then. (The tests make sure each time.)
pub(in super::super) const VAIN_WAKES: u32 = if cfg!(test) { 1 } else { 2 };

/// How many processors there are. Not those that this thread may run on: others may run on others.
pub(in super::super) fn processors() -> i64 {
    static KNOWN: atomic::AtomicI64 = atomic::AtomicI64::new(0);
    match KNOWN.load(Ordering::Relaxed) {
        0 => {
            // SAFETY: asks for a number.
            let found = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }.max(1);
            KNOWN.store(found, Ordering::Relaxed);
            found
        }
        known => known,
    }
}

/// Why [`sleep_on_any`] could not.
pub(in super::super) struct Unavailable;

/// Sleeps while each state's low half is what is given with it, until a wake for one of them, a signal's handler,
/// or the time.
pub(in super::super) fn sleep_on_any(
    words: &[Sleep],
    until: Option<u64>,
) -> Result<(), Unavailable> {
    const SYS_FUTEX_WAITV: libc::c_long = 449;
    let until = until.map(timespec);
    let until = until.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the call reads the array and the time, which live, and the words, or fails.
    let slept = unsafe {
        libc::syscall(
            SYS_FUTEX_WAITV,
            words.as_ptr(),
            words.len(),
            0,
            until,
            libc::CLOCK_MONOTONIC,
        )
    };
    if slept >= 0 {
        return Ok(());
    }
    let error = std::io::Error::last_os_error();
    match Errno::from_io_error(&error) {
        Some(Errno::AGAIN | Errno::TIMEDOUT | Errno::INTR) => Ok(()),
        _ => Err(Unavailable),
    }
}
