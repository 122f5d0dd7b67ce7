//! Sleeping and waking, by the kernel.

use std::num::NonZeroU32;
use std::sync::atomic::{self, Ordering};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::Pid;
use rustix::thread::{ClockId, Timespec, futex};

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
pub(crate) static CLOCK_CHANGE: atomic::AtomicI64 = atomic::AtomicI64::new(0);

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

fn timespec(nanoseconds: u64) -> Timespec {
    const SECOND: u64 = 1_000_000_000;
    Timespec {
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

/// What the kernel compares, sleeps on and changes: the low half, which is first. Nothing reads or writes it here.
fn futex_word(state: &AtomicU64) -> &AtomicU32 {
    // SAFETY: four aligned bytes of what is borrowed for as long.
    unsafe { AtomicU32::from_ptr(state.as_ptr().cast()) }
}

/// Sleeps while the low half of the state is `word`, until a wake, a signal's handler, or the time.
pub(in super::super) fn sleep(state: &AtomicU64, word: u32, until: Option<u64>) {
    let until = until.map(timespec);
    // Whoever sleeps looks again, whatever ended it.
    let _ = futex::wait_bitset(
        futex_word(state),
        futex::Flags::empty(),
        word,
        until.as_ref(),
        NonZeroU32::MAX,
    );
}

/// Wakes so many of those who sleep on the state; how many were there.
pub(in super::super) fn wake(state: &AtomicU64, count: u32) -> u32 {
    let most = count.min(i32::MAX as u32);
    let woken = futex::wake(futex_word(state), futex::Flags::empty(), most);
    woken.map_or(0, |woken| u32::try_from(woken).unwrap_or(0))
}

/// What to sleep on among others.
pub(in super::super) type Sleep = futex::Wait;

pub(in super::super) fn to_sleep_on(state: &AtomicU64, word: u32) -> Sleep {
    let mut sleep = futex::Wait::new();
    sleep.val = u64::from(word);
    sleep.uaddr = futex::WaitPtr::new(state.as_ptr().cast());
    sleep.flags = futex::WaitFlags::SIZE_U32;
    sleep
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
/// The same where one slept that was alone: it may be about to say so itself.
pub(in super::super) const VAIN_WAKES_OF_ONE: u32 = if cfg!(test) { 1 } else { 256 };

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
    let until = until.map(timespec);
    let flags = futex::WaitvFlags::empty();
    match futex::waitv(words, flags, until.as_ref(), ClockId::Monotonic) {
        Ok(_) | Err(Errno::AGAIN | Errno::TIMEDOUT | Errno::INTR) => Ok(()),
        Err(_) => Err(Unavailable),
    }
}
