//! Kernels, and sandboxes, that do not let a thread sleep on several words (`futex_waitv`): it looks often then.

#![allow(missing_docs)]
#![allow(unsafe_code)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{
    Event, Mutex, Process, Semaphore, Timeout, Timer, Wait, Waitable, wait_all, wait_any,
};
use std::time::Duration;
use support::{MAIN, Role, hear, isolated, say, until_told};
use waits::{take, times_out};

const SYS_FUTEX_WAITV: u32 = 449;

/// Has the system call fail from now on, in this thread and those that it starts, as in an older kernel.
fn refuse_waitv() {
    const ERRNO: u32 = 0x0005_0000;
    const ALLOW: u32 = 0x7fff_0000;
    let instruction = |code, value, otherwise| libc::sock_filter {
        code,
        jt: 0,
        jf: otherwise,
        k: value,
    };
    let (load, compare, result) = (0x20, 0x15, 0x06);
    let mut program = [
        // The number of the call is what comes first.
        instruction(load, 0, 0),
        instruction(compare, SYS_FUTEX_WAITV, 1),
        instruction(result, ERRNO | libc::ENOSYS.unsigned_abs(), 0),
        instruction(result, ALLOW, 0),
    ];
    let program = libc::sock_fprog {
        len: 4,
        filter: program.as_mut_ptr(),
    };
    // SAFETY: changes a flag of this process.
    let no_more = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    let mode = libc::SECCOMP_MODE_FILTER;
    // SAFETY: the kernel copies the program, which lives.
    let installed = unsafe { libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program) };
    assert_eq!((no_more, installed), (0, 0));
    // SAFETY: without words there is nothing that the call could touch.
    let refused = unsafe { libc::syscall(SYS_FUTEX_WAITV.into(), 0, 0, 0, 0, 0) };
    let error = std::io::Error::last_os_error();
    assert_eq!((refused, error.raw_os_error()), (-1, Some(libc::ENOSYS)));
}

fn event() -> Event {
    Event::options().create_unnamed().unwrap()
}

#[test]
fn what_is_signaled_is_taken_and_time_is_up() {
    isolated(|_| {
        refuse_waitv();
        let (first, second) = (event(), event());
        let objects: [&dyn Waitable; 2] = [&first, &second];
        assert!(times_out(|moment| wait_any(&objects, moment).unwrap()));
        second.set().unwrap();
        assert_eq!(
            wait_any(&objects, Timeout::ZERO).unwrap(),
            Wait::Signaled(1)
        );
        let timer = Timer::options().create_unnamed().unwrap();
        timer.set(waits::MOMENT, Duration::ZERO).unwrap();
        let waited = wait_any(&[&first, &timer], Timeout::INFINITE).unwrap();
        assert_eq!(waited, Wait::Signaled(1));
        assert!(times_out(|moment| wait_all(&objects, moment).unwrap()));
    });
}

#[test]
fn what_other_processes_signal_is_taken() {
    isolated(|role| {
        let events = ["a", "b", "c"].map(|name| Event::options().create(name).unwrap());
        let [a, b, c] = &events;
        let mutex = Mutex::options().create("table").unwrap();
        if role != MAIN {
            if role == "without" {
                refuse_waitv();
            }
            say("here");
            while hear().is_some() {
                let objects: [&dyn Waitable; 4] = [a, b, c, &mutex];
                let waited = wait_any(&objects, Timeout::INFINITE).unwrap();
                say(&format!("{waited:?}"));
                if waited.index() == Some(3) {
                    mutex.release().unwrap();
                }
            }
            return;
        }
        assert!(take(&mutex));
        // Those who can and those who cannot wait for the same objects.
        let mut others = [Role::start("without"), Role::start("with")];
        for other in &mut others {
            other.expect("here");
        }
        for (number, event) in [(2, c), (0, a), (1, b)].repeat(5) {
            for other in &mut others {
                other.say("wait");
            }
            event.set().unwrap();
            while event.is_signaled().unwrap() {
                std::thread::yield_now();
            }
            event.set().unwrap();
            for other in &mut others {
                other.expect(&format!("Signaled({number})"));
            }
        }
        for other in &mut others {
            other.say("wait");
        }
        mutex.release().unwrap();
        for other in &mut others {
            other.expect("Signaled(3)");
        }
        others.into_iter().for_each(Role::finish);
        assert!(take(&mutex));
    });
}

#[test]
fn the_end_of_processes_is_noticed() {
    isolated(|role| {
        if role != MAIN {
            say("here");
            return until_told();
        }
        let mut others = [Role::start("other"), Role::start("other")];
        for other in &mut others {
            other.expect("here");
        }
        refuse_waitv();
        let units = Semaphore::options().create_unnamed().unwrap();
        let [one, two] = [0, 1].map(|index: usize| Process::open(others[index].pid()).unwrap());
        let objects: [&dyn Waitable; 3] = [&units, &one, &two];
        assert!(times_out(|moment| wait_any(&objects, moment).unwrap()));
        assert!(times_out(|moment| wait_any(&[&one, &two], moment).unwrap()));
        let [first, second] = others;
        std::thread::scope(|scope| {
            scope.spawn(|| second.kill());
            assert_eq!(
                wait_any(&objects, Timeout::INFINITE).unwrap(),
                Wait::Signaled(2)
            );
        });
        std::thread::scope(|scope| {
            scope.spawn(|| first.kill());
            let waited = wait_any(&[&one], Timeout::INFINITE).unwrap();
            assert_eq!(waited, Wait::Signaled(0));
        });
        units.release(1).unwrap();
        let waited = wait_all(&objects, Timeout::INFINITE).unwrap();
        assert_eq!(waited, Wait::Signaled(0));
    });
}
