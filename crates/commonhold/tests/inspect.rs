//! What is told of objects by looking at them, and that looking leaves no trace.

mod support;

use std::fs;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process;
use std::time::Duration;

use commonhold::os::linux::inspect::{Kind, Namespace, Object, Sleepers, Users};
use commonhold::{
    Event, Mutex, Name, Protection, Rights, Scope, Section, SectionAttributes, Semaphore, Timeout,
    Timer, Wait, wait_any,
};
use support::{isolated, scratch};

fn local() -> Namespace {
    Namespace::open(Scope::Local).unwrap().unwrap()
}

fn look(name: &str) -> Object {
    let name = Name::try_from(name).unwrap();
    local().find(&name).unwrap().unwrap()
}

/// Everything that could change under the directory: names, inodes, times.
fn traces(directory: &Path) -> Vec<(String, u64, i64, i64)> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        let name = entry.file_name().into_string().unwrap();
        (
            name,
            metadata.ino(),
            metadata.atime_nsec(),
            metadata.ctime_nsec(),
        )
    });
    let mut all: Vec<_> = entries.collect();
    all.sort();
    all
}

#[test]
fn a_namespace_that_nobody_has_used_is_not_made() {
    isolated(|_| {
        assert!(Namespace::open(Scope::Local).unwrap().is_none());
        assert!(Namespace::open(Scope::Global).unwrap().is_none());
        let root = std::env::var_os("COMMONHOLD_ROOT").unwrap();
        assert_eq!(fs::read_dir(root).unwrap().count(), 0);
    });
}

#[test]
fn a_section_tells_its_size_protection_and_file() {
    isolated(|_| {
        let _memory = Section::options().size(100_000).create("memory").unwrap();
        let path = scratch().join("file");
        fs::write(&path, [7; 5000]).unwrap();
        let file = fs::File::open(&path).unwrap();
        let options = Section::options().file(&file);
        let _over = options
            .protection(Protection::ReadOnly)
            .create("over")
            .unwrap();
        let seen = look("memory");
        let Kind::Section { info, file: None } = &seen.kind else {
            panic!("{seen:?}");
        };
        assert_eq!(
            (info.size, info.protection),
            (102_400, Protection::ReadWrite)
        );
        assert_eq!(info.attributes, SectionAttributes::COMMIT);
        assert!(seen.is_held && seen.is_name_whole);
        assert_eq!(
            seen.memory, 4096,
            "nothing was touched but the control page"
        );
        assert_eq!(seen.mode, 0o600);
        assert!(seen.made.is_some());
        let maker = seen.maker.unwrap();
        assert_eq!((maker.layout, maker.page_size), (1, 4096));
        assert_eq!(maker.pid_namespace, None);
        let seen = look("over");
        let Kind::Section {
            info,
            file: Some(told),
        } = &seen.kind
        else {
            panic!("{seen:?}");
        };
        assert_eq!((info.size, told), (5000, &path));
        assert!(info.attributes.contains(SectionAttributes::FILE));
    });
}

#[test]
fn waitable_objects_tell_their_state() {
    isolated(|_| {
        let mutex = Mutex::options().create("mutex").unwrap();
        let semaphore = Semaphore::options()
            .count(2)
            .maximum(5)
            .create("semaphore")
            .unwrap();
        let event = Event::options().manual_reset(true).create("event").unwrap();
        let timer = Timer::options().create("timer").unwrap();
        let kind = |name: &str| look(name).kind;
        assert_eq!(
            kind("mutex"),
            Kind::Mutex {
                owner: None,
                is_abandoned: false,
                has_waiters: false
            }
        );
        assert_eq!(mutex.acquire(Timeout::ZERO).unwrap(), Wait::Signaled(0));
        let tid = rustix::thread::gettid().as_raw_pid().unsigned_abs();
        assert_eq!(
            kind("mutex"),
            Kind::Mutex {
                owner: Some(tid),
                is_abandoned: false,
                has_waiters: false
            }
        );
        mutex.release().unwrap();
        assert!(semaphore.acquire(Timeout::ZERO).unwrap());
        assert_eq!(
            kind("semaphore"),
            Kind::Semaphore {
                count: 1,
                maximum: 5,
                has_waiters: false
            }
        );
        event.set().unwrap();
        assert_eq!(
            kind("event"),
            Kind::Event {
                manual_reset: true,
                signaled: true,
                has_waiters: false
            }
        );
        let Kind::Timer {
            due_in: None,
            signaled: false,
            ..
        } = kind("timer")
        else {
            panic!("{:?}", kind("timer"));
        };
        let hour = Duration::from_secs(3600);
        timer.set(hour, hour).unwrap();
        let Kind::Timer {
            due_in: Some(due),
            period,
            ..
        } = kind("timer")
        else {
            panic!("{:?}", kind("timer"));
        };
        assert!(due <= hour && due > hour / 2, "{due:?}");
        assert_eq!(period, Some(hour));
    });
}

#[test]
fn an_owner_that_ended_is_told() {
    isolated(|_| {
        let mutex = Mutex::options().create("mutex").unwrap();
        let theirs = mutex.try_clone().unwrap();
        let owner = std::thread::spawn(move || theirs.acquire(Timeout::ZERO).unwrap());
        assert_eq!(owner.join().unwrap(), Wait::Signaled(0));
        // That nobody waits is not known where an owner died.
        let told = || match look("mutex").kind {
            Kind::Mutex {
                owner,
                is_abandoned,
                ..
            } => (owner, is_abandoned),
            kind => panic!("{kind:?}"),
        };
        // The kernel hands on what a thread owned before it says that the thread has ended.
        assert_eq!(told(), (None, true));
        assert_eq!(mutex.acquire(Timeout::ZERO).unwrap(), Wait::Abandoned(0));
        mutex.release().unwrap();
        assert_eq!(told(), (None, false));
    });
}

#[test]
fn looking_leaves_no_trace_also_on_what_is_damaged() {
    isolated(|_| {
        let section = Section::options().size(4096).create("section").unwrap();
        let directory = local().path().to_owned();
        fs::write(directory.join("empty"), b"").unwrap();
        fs::write(directory.join("rubbish"), [1; 8192]).unwrap();
        std::os::unix::fs::symlink("/nowhere", directory.join("link")).unwrap();
        fs::create_dir(directory.join("directory")).unwrap();
        let newer = {
            let mut bytes = fs::read(directory.join("section")).unwrap();
            let page = bytes.len() - 4096;
            bytes[page + 8] = 9;
            bytes
        };
        fs::write(directory.join("newer"), newer).unwrap();
        let before = traces(&directory);
        let mut objects = local().objects().unwrap();
        objects.sort_by(|one, other| one.path.cmp(&other.path));
        let told: Vec<_> = objects
            .iter()
            .map(|object| {
                let file = object.path.file_name().unwrap().to_str().unwrap();
                (file, object.kind.type_name(), object.is_held)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("directory", "damaged", false),
                ("empty", "damaged", false),
                ("link", "damaged", false),
                ("newer", "newer", false),
                ("rubbish", "damaged", false),
                ("section", "section", true),
            ]
        );
        assert_eq!(traces(&directory), before);
        fs::remove_dir(directory.join("directory")).unwrap();
        for file in ["empty", "rubbish", "link", "newer"] {
            fs::remove_file(directory.join(file)).unwrap();
        }
        drop(section);
    });
}

#[test]
fn users_are_told_with_their_handles_and_views() {
    isolated(|_| {
        let section = Section::options().size(0x20000).create("section").unwrap();
        let reader = section.duplicate(Rights::MAP_READ).unwrap();
        reader.set_inheritable(true).unwrap();
        let view = section.map_options().offset(0x10000).map().unwrap();
        let namespace = local();
        let users = Users::look(&[namespace.path()]);
        let [user] = users.of(look("section").identity) else {
            panic!("{users:?}");
        };
        assert_eq!(user.pid, process::id());
        assert!(user.command.contains("inspect"), "{}", user.command);
        let mut handles: Vec<_> = user
            .handles
            .iter()
            .map(|handle| (handle.descriptor, handle.rights, handle.is_inheritable))
            .collect();
        handles.sort_by_key(|handle| handle.0);
        let mut expected = [
            (section.as_raw_fd(), None, false),
            (reader.as_raw_fd(), Some(Rights::MAP_READ), true),
        ];
        expected.sort_by_key(|handle| handle.0);
        assert_eq!(handles, expected);
        let [seen] = user.views.as_slice() else {
            panic!("{user:?}");
        };
        let start = view.as_ptr() as u64;
        assert_eq!(seen.addresses, start..start + 0x10000);
        assert_eq!((seen.offset, seen.access.as_str()), (0x10000, "rw-s"));
    });
}

#[test]
fn who_sleeps_on_an_object_is_told_alone_or_among_several() {
    isolated(|_| {
        let event = Event::options().create("event").unwrap();
        let other = Event::options().create("other").unwrap();
        let namespace = local();
        let (events, others) = (look("event").identity, look("other").identity);
        let sleepers = |object| -> Vec<u32> {
            let users = Users::look(&[namespace.path()]);
            let users = users.of(object);
            let sleepers = Sleepers::look(users.iter().map(|user| user.pid));
            users.iter().flat_map(|user| sleepers.of(user)).collect()
        };
        assert_eq!(sleepers(events), []);
        let tid = || rustix::thread::gettid().as_raw_pid().unsigned_abs();
        std::thread::scope(|scope| {
            let alone = scope.spawn(|| {
                assert!(event.wait(Timeout::INFINITE).unwrap());
                tid()
            });
            let among = scope.spawn(|| {
                let _ = wait_any(&[&other, &event], Timeout::INFINITE).unwrap();
                tid()
            });
            // Until both have gone to sleep.
            while sleepers(events).len() < 2 {
                std::thread::yield_now();
            }
            let (all, some) = (sleepers(events), sleepers(others));
            other.set().unwrap();
            let among = among.join().unwrap();
            event.set().unwrap();
            let alone = alone.join().unwrap();
            let mut both = vec![alone, among];
            both.sort_unstable();
            assert_eq!((all, some), (both, vec![among]));
        });
    });
}
