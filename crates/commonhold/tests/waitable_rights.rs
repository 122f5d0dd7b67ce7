//! Rights of handles to waitable objects. win32-facts 5.1, 5.6 and 7.1.

#![allow(missing_docs)]

mod support;
#[path = "support/waitables.rs"]
mod waitables;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{
    ErrorCode, Event, Rights, Semaphore, Timeout, Timer, wait_all, wait_any, wait_one,
};
use std::time::Duration;
use support::isolated;
use waitables::Object;
use waits::code;

/// What a mask becomes, of those that are no single bits.
const GENERIC: [(Rights, u32, u32); 5] = [
    // For a mutex, and for the others, which can be modified.
    (Rights::GENERIC_READ, 0x2_0001, 0x2_0001),
    (Rights::GENERIC_WRITE, 0x2_0000, 0x2_0002),
    (Rights::GENERIC_EXECUTE, 0x12_0000, 0x12_0000),
    (Rights::GENERIC_ALL, 0x1f_0001, 0x1f_0003),
    (Rights::MAXIMUM_ALLOWED, 0x1f_0001, 0x1f_0003),
];

fn is_mutex<T: Object>() -> bool {
    T::TYPE == "mutex"
}

#[test]
fn created_and_opened_handles_have_all_rights() {
    fn check<T: Object>() {
        let all = if is_mutex::<T>() {
            0x1f_0001
        } else {
            0x1f_0003
        };
        assert_eq!(T::ALL.bits(), all);
        assert_eq!(T::create_unnamed().unwrap().rights(), T::ALL);
        let object = T::create("mine").unwrap();
        assert_eq!(object.rights(), T::ALL);
        assert_eq!(T::open("mine").unwrap().rights(), T::ALL);
        assert_eq!(T::create("mine").unwrap().rights(), T::ALL);
    }
    isolated(|_| {
        for_each_type!(check);
    });
}

/// As for a mutex, Windows opens for 0, 16 to 20, 25 and 28 to 31; the others have bit 1 as well.
#[test]
fn a_handle_is_opened_with_each_bit_that_the_type_has() {
    fn check<T: Object>() {
        let object = T::create("mine").unwrap();
        for bit in 0..32 {
            let one = Rights::from_bits_retain(1 << bit);
            let known = matches!(bit, 0 | 16..=20 | 25 | 28..=31) || bit == 1 && !is_mutex::<T>();
            let what = format!("{} bit {bit}", T::TYPE);
            match T::open_with("mine", one) {
                Ok(opened) => {
                    assert!(known, "{what}");
                    if bit < 25 {
                        assert_eq!(opened.rights(), one);
                    }
                }
                Err(error) => {
                    assert!(!known, "{what}");
                    assert_eq!(error.code(), ErrorCode::ACCESS_DENIED, "{what}");
                }
            }
            if bit != 25 {
                assert_eq!(object.duplicate(one).is_ok(), known, "{what}");
            }
        }
        let unknown = Rights::from_bits_retain(u32::MAX);
        assert_eq!(code(object.duplicate(unknown)), ErrorCode::ACCESS_DENIED);
        assert_eq!(
            code(T::open_with("mine", unknown)),
            ErrorCode::ACCESS_DENIED
        );
    }
    isolated(|_| {
        for_each_type!(check);
    });
}

#[test]
fn generic_rights_are_those_of_windows() {
    fn check<T: Object>() {
        let object = T::create("mine").unwrap();
        for (generic, of_mutex, of_others) in GENERIC {
            let expected = if is_mutex::<T>() { of_mutex } else { of_others };
            let opened = T::open_with("mine", generic).unwrap();
            assert_eq!(opened.rights().bits(), expected, "{} {generic:?}", T::TYPE);
            let duplicate = object.duplicate(generic).unwrap();
            assert_eq!(duplicate.rights().bits(), expected);
        }
        // Reading and writing is not waiting; executing is.
        let read_write = Rights::GENERIC_READ | Rights::GENERIC_WRITE;
        let handle = T::open_with("mine", read_write).unwrap();
        let refused = wait_one(&handle, Timeout::ZERO);
        assert_eq!(code(refused), ErrorCode::ACCESS_DENIED);
        let handle = T::open_with("mine", Rights::GENERIC_EXECUTE).unwrap();
        assert!(wait_one(&handle, Timeout::ZERO).is_ok());
    }
    isolated(|_| {
        for_each_type!(check);
    });
}

#[test]
fn no_right_at_all_is_duplicated_and_not_opened() {
    fn check<T: Object>() {
        let missing = code(T::open_with("mine", Rights::empty()));
        assert_eq!(
            missing,
            ErrorCode::FILE_NOT_FOUND,
            "not there is said first"
        );
        let object = T::create("mine").unwrap();
        let refused = code(T::open_with("mine", Rights::empty()));
        assert_eq!(refused, ErrorCode::ACCESS_DENIED);
        let nothing = object.duplicate(Rights::empty()).unwrap();
        assert_eq!(nothing.rights(), Rights::empty());
        // It holds the object all the same, and may become a handle with all rights again.
        drop(object);
        assert!(T::open("mine").is_ok());
        let all = nothing.duplicate(Rights::GENERIC_ALL).unwrap();
        all.hold();
        all.free().unwrap();
        assert!(all.take());
    }
    isolated(|_| {
        for_each_type!(check);
    });
}

#[test]
fn to_wait_needs_the_right_to() {
    fn check<T: Object>() {
        let object = T::create_unnamed().unwrap();
        object.hold();
        object.free().unwrap();
        let cannot = object.duplicate(T::ALL - Rights::SYNCHRONIZE).unwrap();
        for timeout in [Timeout::ZERO, Timeout::INFINITE] {
            for refused in [
                wait_one(&cannot, timeout),
                wait_any(&[&object, &cannot], timeout),
                wait_all(&[&cannot], timeout),
            ] {
                assert_eq!(code(refused), ErrorCode::ACCESS_DENIED, "{}", T::TYPE);
            }
        }
        // Nothing was taken, and the right to wait is enough.
        let waiter = object.duplicate(Rights::SYNCHRONIZE).unwrap();
        assert!(waits::take(&waiter));
        if is_mutex::<T>() {
            waiter.free().unwrap();
        } else {
            assert!(!waits::take(&waiter));
        }
    }
    isolated(|_| {
        for_each_type!(check);
    });
}

/// What a mutex needs is nothing: see tests/mutex.rs.
#[test]
fn to_change_needs_the_right_to_modify() {
    isolated(|_| {
        let not_modify = Rights::ALL_EVENT - Rights::MODIFY_STATE;
        let event = Event::options().signaled(true).create_unnamed().unwrap();
        let event = event.duplicate(not_modify).unwrap();
        for refused in [event.set(), event.reset(), event.pulse()] {
            assert_eq!(code(refused), ErrorCode::ACCESS_DENIED);
        }
        assert!(event.is_signaled().unwrap());

        let semaphore = Semaphore::options().count(1).create_unnamed().unwrap();
        let semaphore = semaphore.duplicate(not_modify).unwrap();
        // Also where it is wrong otherwise.
        for units in [0, 1, u32::MAX] {
            assert_eq!(code(semaphore.release(units)), ErrorCode::ACCESS_DENIED);
        }
        assert_eq!(semaphore.count().unwrap(), 1);

        let timer = Timer::options().create_unnamed().unwrap();
        timer.set(Duration::from_secs(60), Duration::ZERO).unwrap();
        let timer = timer.duplicate(not_modify).unwrap();
        let refused = timer.set(Duration::ZERO, Duration::ZERO);
        assert_eq!(code(refused), ErrorCode::ACCESS_DENIED);
        assert_eq!(code(timer.cancel()), ErrorCode::ACCESS_DENIED);
        assert!(timer.due_in().unwrap().is_some());
    });
}

#[test]
fn to_modify_is_enough_to_change() {
    isolated(|_| {
        let event = Event::options().create_unnamed().unwrap();
        let modifier = event.duplicate(Rights::MODIFY_STATE).unwrap();
        modifier.set().unwrap();
        assert!(waits::take(&event));
        modifier.set().unwrap();
        modifier.reset().unwrap();
        modifier.pulse().unwrap();
        assert!(!waits::take(&event));
        assert_eq!(code(modifier.is_signaled()), ErrorCode::ACCESS_DENIED);
        let semaphore = Semaphore::options().create_unnamed().unwrap();
        let modifier = semaphore.duplicate(Rights::MODIFY_STATE).unwrap();
        assert_eq!(modifier.release(1).unwrap(), 0);
        assert_eq!(code(modifier.count()), ErrorCode::ACCESS_DENIED);
        let timer = Timer::options().create_unnamed().unwrap();
        let modifier = timer.duplicate(Rights::MODIFY_STATE).unwrap();
        modifier.set(Duration::ZERO, Duration::ZERO).unwrap();
        assert!(waits::take(&timer));
        assert_eq!(code(modifier.due_in()), ErrorCode::ACCESS_DENIED);
        assert_eq!(code(modifier.is_signaled()), ErrorCode::ACCESS_DENIED);
    });
}
