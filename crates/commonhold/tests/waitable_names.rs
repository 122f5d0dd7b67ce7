//! Names of waitable objects: one namespace for all types, with sections. win32-facts 4 and 5.1.

#![allow(missing_docs)]

mod support;
#[path = "support/waitables.rs"]
mod waitables;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{ErrorCode, Event, Mutex, Name, Section, Semaphore, Timeout, Timer};
use std::fs;
use support::{TYPE_AT, entry, isolated, patch};
use waitables::Object;
use waits::{code, take, wait_elsewhere};

#[test]
fn all_types_share_one_namespace() {
    fn others_are_refused<T: Object, U: Object>() {
        if T::TYPE == U::TYPE {
            return;
        }
        let what = format!("{} and {}", T::TYPE, U::TYPE);
        let object = T::create("mine").unwrap();
        for refused in [
            U::open("mine"),
            U::create("mine"),
            U::create_differently("mine"),
            U::open_or_create("mine"),
            U::open_with("mine", commonhold::Rights::SYNCHRONIZE),
        ] {
            assert_eq!(code(refused), ErrorCode::INVALID_HANDLE, "{what}");
        }
        let refused = code(U::create_new("mine"));
        let taken = [ErrorCode::INVALID_HANDLE, ErrorCode::ALREADY_EXISTS];
        assert!(taken.contains(&refused), "{what}: {refused:?}");
        drop(object);
        assert!(!U::create("mine").unwrap().existed(), "{what}");
    }
    fn against_all<T: Object>() {
        for_each_second!(others_are_refused, T);
        let object = T::create("mine").unwrap();
        assert_eq!(code(Section::open("mine")), ErrorCode::INVALID_HANDLE);
        let refused = Section::options().size(4096).create("mine");
        assert_eq!(code(refused), ErrorCode::INVALID_HANDLE);
        drop(object);
        let _section = Section::options().size(4096).create("mine").unwrap();
        assert_eq!(code(T::open("mine")), ErrorCode::INVALID_HANDLE);
        assert_eq!(code(T::create("mine")), ErrorCode::INVALID_HANDLE);
    }
    isolated(|_| {
        for_each_type!(against_all);
    });
}

macro_rules! for_each_second {
    ($function:ident, $First:ident) => {
        $function::<$First, Mutex>();
        $function::<$First, Semaphore>();
        $function::<$First, Event>();
        $function::<$First, Timer>();
    };
}
use for_each_second;

#[test]
fn what_exists_is_opened_and_its_options_are_ignored() {
    fn check<T: Object>() {
        let object = T::create("mine").unwrap();
        assert!(!object.existed());
        for again in [
            T::create("mine"),
            T::create_differently("mine"),
            T::open_or_create("mine"),
            T::open("mine"),
        ] {
            let again = again.unwrap();
            assert!(again.existed(), "{}", T::TYPE);
            assert_eq!(again.rights(), T::ALL);
            // It is the object, and its state is what it was.
            object.hold();
            assert!(wait_elsewhere(&again, Timeout::ZERO).index().is_none());
            again.free().unwrap();
            assert!(object.take() && (T::TYPE == "mutex" || !object.take()));
        }
        assert_eq!(code(T::create_new("mine")), ErrorCode::ALREADY_EXISTS);
        drop(object);
        assert!(!T::create_new("mine").unwrap().existed());
        assert!(!T::open_or_create("mine").unwrap().existed());
    }
    isolated(|_| {
        for_each_type!(check);
    });
}

#[test]
fn its_kind_is_what_it_was_created_as() {
    isolated(|_| {
        let semaphore = Semaphore::options().count(1).maximum(2);
        let semaphore = semaphore.create("slots").unwrap();
        let again = Semaphore::options().count(7).maximum(9).create("slots");
        let again = again.unwrap();
        assert_eq!((again.count().unwrap(), again.maximum()), (1, 2));
        assert_eq!(code(semaphore.release(2)), ErrorCode::TOO_MANY_POSTS);
        // Options that make no sense are refused, whatever exists.
        let refused = Semaphore::options().maximum(0).create("slots");
        assert_eq!(code(refused), ErrorCode::INVALID_PARAMETER);

        for manual in [false, true] {
            let options = Event::options().manual_reset(manual);
            let event = options.create("ready").unwrap();
            let other = Event::options().manual_reset(!manual).signaled(true);
            let again = other.create("ready").unwrap();
            assert!(!again.is_signaled().unwrap());
            event.set().unwrap();
            assert!(take(&again));
            assert_eq!(take(&again), manual);
        }
        let timer = Timer::options().manual_reset(true).create("tick").unwrap();
        let again = Timer::options().create("tick").unwrap();
        timer.free().unwrap();
        assert!(take(&again) && take(&again));
    });
}

#[test]
fn names_are_what_they_are_for_sections() {
    fn check<T: Object>() {
        for (name, expected) in [
            (r"\mine", ErrorCode::BAD_PATHNAME),
            (r"nowhere\mine", ErrorCode::PATH_NOT_FOUND),
            (r"Local\\mine", ErrorCode::INVALID_NAME),
            (r"Global\mine", ErrorCode::PATH_NOT_FOUND),
            ("mi\0ne", ErrorCode::INVALID_NAME),
        ] {
            assert_eq!(code(T::open(name)), expected, "{} {name:?}", T::TYPE);
            assert_eq!(code(T::create(name)), expected, "{} {name:?}", T::TYPE);
        }
        assert_eq!(code(T::open("mine")), ErrorCode::FILE_NOT_FOUND);
        let object = T::create("mine").unwrap();
        assert!(T::open(r"Local\mine").is_ok());
        assert_eq!(code(T::open("Mine")), ErrorCode::FILE_NOT_FOUND);
        drop(object);
        let long = "x".repeat(3000);
        let object = T::create(&long).unwrap();
        assert!(T::open(&long).is_ok());
        drop(object);
        let surrogate = Name::try_from([0xd800_u16, 0x61].as_slice());
        assert_eq!(
            code(T::open_wide(surrogate.unwrap())),
            ErrorCode::FILE_NOT_FOUND
        );
        // The empty name is no name: each is another object.
        let (one, other) = (T::create("").unwrap(), T::create_new("").unwrap());
        assert!(!one.existed() && !other.existed());
        assert_eq!(code(T::open("")), ErrorCode::INVALID_HANDLE);
        one.hold();
        other.hold();
        one.free().unwrap();
        assert!(wait_elsewhere(&other, Timeout::ZERO).index().is_none());
        other.free().unwrap();
    }
    isolated(|_| {
        for_each_type!(check);
    });
}

#[test]
fn what_is_for_everyone_has_a_name_that_everyone_can_see() {
    fn check<T: Object>() {
        for name in ["mine", r"Local\mine", ""] {
            let refused = code(T::create_for_everyone(name));
            assert_eq!(refused, ErrorCode::INVALID_PARAMETER, "{}", T::TYPE);
        }
    }
    isolated(|_| {
        for_each_type!(check);
        assert_eq!(fs::read_dir(entry("")).map_or(0, Iterator::count), 0);
    });
}

#[test]
fn a_type_that_does_not_exist_is_damage() {
    fn check<T: Object>() {
        let object = T::create("mine").unwrap();
        for number in [0_u32, 99, u32::MAX] {
            patch(&entry("mine"), TYPE_AT, &number.to_ne_bytes());
            assert_eq!(code(T::open("mine")), ErrorCode::FILE_CORRUPT);
        }
        // Whoever has it goes on.
        object.hold();
        object.free().unwrap();
        assert!(object.take());
    }
    isolated(|_| {
        for_each_type!(check);
    });
}
