//! Handles to waitable objects, and the ways they go to other processes. win32-facts 6.1 and 6.3.

#![allow(missing_docs)]

mod support;
#[path = "support/waitables.rs"]
mod waitables;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{Error, ErrorCode, Rights, Section, Timeout};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use support::{MAIN, Role, hear, isolated, say, scratch, until_told};
use waitables::Object;
use waits::{code, wait_elsewhere};

const DESCRIPTOR: &str = "COMMONHOLD_TEST_DESCRIPTOR";

/// One without a name, and one with.
fn both<T: Object>() -> [T; 2] {
    [T::create_unnamed().unwrap(), T::create("mine").unwrap()]
}

/// That both are handles to one object, which was free or new before, and is then.
fn assert_same<T: Object>(one: &T, other: &T) {
    one.hold();
    assert!(wait_elsewhere(other, Timeout::ZERO).index().is_none());
    other.free().unwrap();
    assert!(one.take(), "{}", T::TYPE);
}

#[test]
fn a_clone_and_a_duplicate_are_handles_to_the_same_object() {
    fn check<T: Object>() {
        for object in both::<T>() {
            let clone = object.try_clone().unwrap();
            assert!(clone.existed() && !clone.is_inheritable());
            assert_eq!(clone.rights(), object.rights());
            let narrow = object.duplicate(Rights::SYNCHRONIZE).unwrap();
            assert!(narrow.existed() && !narrow.is_inheritable());
            assert_eq!(narrow.rights(), Rights::SYNCHRONIZE);
            assert_eq!(narrow.try_clone().unwrap().rights(), Rights::SYNCHRONIZE);
            let wide = narrow.duplicate(Rights::MAXIMUM_ALLOWED).unwrap();
            assert_eq!(wide.rights(), T::ALL);
            assert_same(&object, &clone);
            drop(object);
            assert_same(&clone, &wide);
        }
        assert_eq!(code(T::open("mine")), ErrorCode::FILE_NOT_FOUND);
    }
    isolated(|_| {
        for_each_type!(check);
    });
}

/// The other side of all the ways: takes a handle, and does what it is told to.
fn use_handle<T: Object>(handle: Result<T, Error>) {
    match handle {
        Ok(object) => say(&format!("{:x}", object.rights().bits())),
        Err(error) => say(&format!("error {}", error.code().get())),
    }
}

/// The same, until it is told no more. It waits as far as its rights go.
fn answer<T: Object>(object: &T) {
    while let Some(line) = hear() {
        match line.as_str() {
            "take" => say(&format!("{}", object.take())),
            "free" => say(&format!("{}", object.free().is_ok())),
            other => panic!("{other}"),
        }
    }
}

/// What the other process has is the same object.
fn assert_shared<T: Object>(object: &T, other: &mut Role) {
    object.hold();
    other.say("take");
    other.expect("false");
    object.free().unwrap();
    other.say("take");
    other.expect("true");
    if T::TYPE != "mutex" {
        assert!(!object.take(), "{}", T::TYPE);
        other.say("free");
        other.expect("true");
        assert!(object.take(), "{}", T::TYPE);
    }
}

fn start_heir<T: Object>(object: &T) -> Role {
    let descriptor = object.as_raw_fd().to_string();
    Role::start_with(T::TYPE, |it| it.env(DESCRIPTOR, descriptor))
}

#[test]
fn a_started_program_takes_the_handles_that_it_inherited() {
    fn inherit<T: Object>() {
        let descriptor = std::env::var(DESCRIPTOR).unwrap().parse().unwrap();
        let taken = T::duplicate_from(std::process::id(), descriptor);
        if let Ok(object) = &taken {
            assert!(!object.is_inheritable() && object.existed());
            use_handle(object.try_clone());
            answer(object);
        } else {
            use_handle(taken);
            until_told();
        }
    }
    fn check<T: Object>() {
        let all = format!("{:x}", T::ALL.bits());
        for object in both::<T>() {
            assert!(!object.is_inheritable());
            start_heir(&object).expect("error 6");
            object.set_inheritable(true);
            assert!(object.is_inheritable());
            let mut child = start_heir(&object);
            child.expect(&all);
            assert_shared(&object, &mut child);
            child.finish();
            let waiter = object.duplicate(Rights::SYNCHRONIZE).unwrap();
            waiter.set_inheritable(true);
            start_heir(&waiter).expect("100000");
            object.set_inheritable(false);
            start_heir(&object).expect("error 6");
        }
        let object = T::create_inheritable("mine").unwrap();
        assert!(object.is_inheritable());
        assert!(!T::open("mine").unwrap().is_inheritable());
        // The child's handle holds the name, when the parent's is closed.
        let mut child = start_heir(&object);
        child.expect(&all);
        drop(object);
        let opened = T::open("mine").unwrap();
        assert_shared(&opened, &mut child);
        drop(opened);
        child.kill();
        assert_eq!(code(T::open("mine")), ErrorCode::FILE_NOT_FOUND);
    }
    isolated(|role| {
        if role != MAIN {
            for_type!(role, inherit);
            return;
        }
        for_each_type!(check);
    });
}

#[test]
fn a_handle_is_sent_and_received_with_its_rights() {
    fn receive<T: Object>() {
        let socket = UnixStream::connect(scratch().join(T::TYPE)).unwrap();
        loop {
            match T::receive(&socket) {
                Ok(object) => {
                    assert!(!object.is_inheritable() && object.existed());
                    use_handle(object.try_clone());
                    if hear().as_deref() == Some("use") {
                        say("using");
                        for _ in 0..if T::TYPE == "mutex" { 2 } else { 3 } {
                            match hear().as_deref() {
                                Some("take") => say(&format!("{}", object.take())),
                                Some("free") => say(&format!("{}", object.free().is_ok())),
                                other => panic!("{other:?}"),
                            }
                        }
                    }
                }
                Err(error) if error.code() == ErrorCode::BROKEN_PIPE => return,
                Err(error) => say(&format!("error {}", error.code().get())),
            }
        }
    }
    fn check<T: Object>() {
        let listener = UnixListener::bind(scratch().join(T::TYPE)).unwrap();
        let mut receiver = Role::start(T::TYPE);
        let (socket, _) = listener.accept().unwrap();
        for object in both::<T>() {
            object.send(&socket).unwrap();
            receiver.expect(&format!("{:x}", T::ALL.bits()));
            receiver.say("use");
            receiver.expect("using");
            assert_shared(&object, &mut receiver);
            let waiter = object.duplicate(Rights::SYNCHRONIZE).unwrap();
            waiter.send(&socket).unwrap();
            receiver.expect("100000");
            receiver.say("next");
        }
        // Something else than it expects.
        let section = Section::options().size(4096).create_unnamed().unwrap();
        commonhold::os::linux::ObjectExt::send(&section, &socket).unwrap();
        receiver.expect("error 6");
        drop(socket);
        receiver.finish();
    }
    isolated(|role| {
        if role != MAIN {
            for_type!(role, receive);
            return;
        }
        for_each_type!(check);
    });
}

#[test]
fn what_travels_in_a_socket_is_held() {
    fn check<T: Object>() {
        let (here, there) = UnixStream::pair().unwrap();
        T::create("mine").unwrap().send(&here).unwrap();
        assert!(T::open("mine").is_ok(), "{}", T::TYPE);
        let received = T::receive(&there).unwrap();
        let opened = T::open("mine").unwrap();
        assert_same(&received, &opened);
        drop((received, opened));
        assert_eq!(code(T::open("mine")), ErrorCode::FILE_NOT_FOUND);
        T::create("mine").unwrap().send(&here).unwrap();
        drop((here, there));
        assert!(!T::create("mine").unwrap().existed(), "{}", T::TYPE);
    }
    isolated(|_| {
        for_each_type!(check);
    });
}

#[test]
fn a_descriptor_is_adopted_as_what_it_is() {
    fn check<T: Object>() {
        for object in both::<T>() {
            let witness = object.try_clone().unwrap();
            let narrow = witness.duplicate(Rights::SYNCHRONIZE).unwrap();
            let descriptor: OwnedFd = object.into();
            let adopted = T::try_from(descriptor).unwrap();
            assert!(adopted.existed());
            assert_eq!(adopted.rights(), T::ALL);
            assert_same(&adopted, &witness);
            let descriptor: OwnedFd = narrow.into();
            let adopted = T::try_from(descriptor).unwrap();
            assert_eq!(adopted.rights(), Rights::SYNCHRONIZE);
            let descriptor: OwnedFd = adopted.into();
            assert_eq!(
                code(Section::try_from(descriptor)),
                ErrorCode::INVALID_HANDLE
            );
        }
        // A descriptor holds the object, and frees the name when it is closed.
        let descriptor: OwnedFd = T::create("mine").unwrap().into();
        assert!(T::open("mine").is_ok());
        drop(descriptor);
        assert_eq!(code(T::open("mine")), ErrorCode::FILE_NOT_FOUND);
        let section = Section::options().size(4096);
        let others: [OwnedFd; 4] = [
            section.create_unnamed().unwrap().into(),
            section.create("frames").unwrap().into(),
            File::open("/dev/null").unwrap().into(),
            UnixStream::pair().unwrap().0.into(),
        ];
        for other in others {
            let what = format!("{} {other:?}", T::TYPE);
            assert_eq!(
                code(T::try_from(other)),
                ErrorCode::INVALID_HANDLE,
                "{what}"
            );
        }
        // What was refused was closed, and whoever looks for it removes it.
        assert_eq!(code(Section::open("frames")), ErrorCode::FILE_NOT_FOUND);
    }
    fn of_another_type<T: Object, U: Object>() {
        for object in both::<T>() {
            let descriptor: OwnedFd = object.into();
            assert_eq!(code(U::try_from(descriptor)), ErrorCode::INVALID_HANDLE);
        }
        assert_eq!(code(T::open("mine")), ErrorCode::FILE_NOT_FOUND);
    }
    isolated(|_| {
        for_each_type!(check);
        of_another_type::<commonhold::Mutex, commonhold::Event>();
        of_another_type::<commonhold::Event, commonhold::Timer>();
        of_another_type::<commonhold::Timer, commonhold::Semaphore>();
        of_another_type::<commonhold::Semaphore, commonhold::Mutex>();
    });
}

#[test]
fn a_handle_of_another_process_is_duplicated_by_its_number() {
    fn have<T: Object>() {
        for object in both::<T>() {
            say(&object.as_raw_fd().to_string());
            answer_once(&object);
            let narrow = object.duplicate(Rights::QUERY_STATE).unwrap();
            say(&narrow.as_raw_fd().to_string());
            assert_eq!(hear().as_deref(), Some("next"));
        }
        until_told();
    }
    fn answer_once<T: Object>(object: &T) {
        loop {
            match hear().as_deref() {
                Some("take") => say(&format!("{}", object.take())),
                Some("free") => say(&format!("{}", object.free().is_ok())),
                _ => return,
            }
        }
    }
    fn check<T: Object>() {
        let mut other = Role::start(T::TYPE);
        for _ in 0..2 {
            let number = other.hear().parse().unwrap();
            let object = T::duplicate_from(other.pid(), number).unwrap();
            assert_eq!(object.rights(), T::ALL, "{}", T::TYPE);
            assert_shared(&object, &mut other);
            other.say("next");
            let number = other.hear().parse().unwrap();
            let narrow = T::duplicate_from(other.pid(), number).unwrap();
            assert_eq!(narrow.rights(), Rights::QUERY_STATE);
            other.say("next");
        }
        other.finish();
    }
    isolated(|role| {
        if role != MAIN {
            for_type!(role, have);
            return;
        }
        for_each_type!(check);
    });
}
