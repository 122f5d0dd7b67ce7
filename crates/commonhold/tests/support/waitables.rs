//! What the waitable types have in common, for tests that are the same for each of them.

#![allow(dead_code, reason = "no test file uses all of it")]

use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use commonhold::os::linux::ObjectExt;
use commonhold::{
    Error, Event, Mutex, Name, Result, Rights, Semaphore, Timeout, Timer, Waitable, wait_one,
};

/// A waitable type. A new object of it is described so that it is not available, but for a mutex.
pub trait Object:
    Waitable
    + ObjectExt
    + AsRawFd
    + Into<OwnedFd>
    + TryFrom<OwnedFd, Error = Error>
    + std::fmt::Debug
    + Send
    + Sync
    + 'static
{
    const TYPE: &'static str;
    const ALL: Rights;

    fn create(name: &str) -> Result<Self>;
    /// With all the options that are not the default.
    fn create_differently(name: &str) -> Result<Self>;
    fn create_new(name: &str) -> Result<Self>;
    fn open_or_create(name: &str) -> Result<Self>;
    fn create_inheritable(name: &str) -> Result<Self>;
    fn create_for_everyone(name: &str) -> Result<Self>;
    fn create_unnamed() -> Result<Self>;
    fn open(name: &str) -> Result<Self>;
    fn open_wide(name: Name) -> Result<Self>;
    fn open_with(name: &str, rights: Rights) -> Result<Self>;
    fn existed(&self) -> bool;
    fn rights(&self) -> Rights;
    fn try_clone(&self) -> Result<Self>;
    fn duplicate(&self, rights: Rights) -> Result<Self>;
    fn set_inheritable(&self, inheritable: bool);
    fn is_inheritable(&self) -> bool;

    /// Makes a new object unavailable to others, if it is not.
    fn hold(&self);
    /// Makes what was held, or is new, available to one.
    fn free(&self) -> Result<()>;

    /// Takes it, if it is available, and does not keep it to itself.
    fn take(&self) -> bool {
        let taken = wait_one(self, Timeout::ZERO).unwrap().index().is_some();
        if taken && Self::TYPE == "mutex" {
            self.free().unwrap();
        }
        taken
    }
}

macro_rules! object {
    ($Type:ident, $name:literal, $all:ident, |$options:ident| $differently:expr, |$it:ident| $hold:expr, $free:expr) => {
        impl Object for $Type {
            const TYPE: &'static str = $name;
            const ALL: Rights = Rights::$all;

            fn create(name: &str) -> Result<Self> {
                Self::options().create(name)
            }
            fn create_differently(name: &str) -> Result<Self> {
                let $options = Self::options();
                $differently.create(name)
            }
            fn create_new(name: &str) -> Result<Self> {
                Self::options().create_new(name)
            }
            fn open_or_create(name: &str) -> Result<Self> {
                Self::options().open_or_create(name)
            }
            fn create_inheritable(name: &str) -> Result<Self> {
                Self::options().inheritable(true).create(name)
            }
            fn create_for_everyone(name: &str) -> Result<Self> {
                Self::options().for_everyone(true).create(name)
            }
            fn create_unnamed() -> Result<Self> {
                Self::options().create_unnamed()
            }
            fn open(name: &str) -> Result<Self> {
                Self::open(name)
            }
            fn open_wide(name: Name) -> Result<Self> {
                Self::open(name)
            }
            fn open_with(name: &str, rights: Rights) -> Result<Self> {
                Self::open_with(name, rights)
            }
            fn existed(&self) -> bool {
                self.existed()
            }
            fn rights(&self) -> Rights {
                self.rights()
            }
            fn try_clone(&self) -> Result<Self> {
                self.try_clone()
            }
            fn duplicate(&self, rights: Rights) -> Result<Self> {
                self.duplicate(rights)
            }
            fn set_inheritable(&self, inheritable: bool) {
                self.set_inheritable(inheritable).unwrap();
            }
            fn is_inheritable(&self) -> bool {
                self.is_inheritable()
            }
            fn hold(&self) {
                let $it = self;
                $hold
            }
            fn free(&self) -> Result<()> {
                let $it = self;
                $free
            }
        }
    };
}

object!(
    Mutex,
    "mutex",
    ALL_MUTEX,
    |options| options.owned(true),
    |it| assert!(it.acquire(Timeout::ZERO).unwrap().index().is_some()),
    it.release()
);
object!(
    Semaphore,
    "semaphore",
    ALL_SEMAPHORE,
    |options| options.count(3).maximum(4),
    |it| {
        let _ = it;
    },
    it.release(1).map(drop)
);
object!(
    Event,
    "event",
    ALL_EVENT,
    |options| options.manual_reset(true).signaled(true),
    |it| {
        let _ = it;
    },
    it.set()
);
object!(
    Timer,
    "timer",
    ALL_TIMER,
    |options| options.manual_reset(true),
    |it| {
        let _ = it;
    },
    it.set(Duration::ZERO, Duration::ZERO)
);

/// Calls a function that is generic over the type for each of them.
#[macro_export]
macro_rules! for_each_type {
    ($function:ident $(, $argument:expr)*) => {
        $function::<commonhold::Mutex>($($argument),*);
        $function::<commonhold::Semaphore>($($argument),*);
        $function::<commonhold::Event>($($argument),*);
        $function::<commonhold::Timer>($($argument),*);
    };
}

/// Calls a function that is generic over the type for the one that is called so.
#[macro_export]
macro_rules! for_type {
    ($type:expr, $function:ident $(, $argument:expr)*) => {
        match $type {
            "mutex" => $function::<commonhold::Mutex>($($argument),*),
            "semaphore" => $function::<commonhold::Semaphore>($($argument),*),
            "event" => $function::<commonhold::Event>($($argument),*),
            "timer" => $function::<commonhold::Timer>($($argument),*),
            other => panic!("{other} is no type"),
        }
    };
}
