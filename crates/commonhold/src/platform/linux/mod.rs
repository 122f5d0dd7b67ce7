//! Linux: objects are files in memory, handles are descriptors, and the kernel's locks count them.
//!
//! From the bottom up: [`lock`] and [`entry`] are the lifetime protocol, [`directory`] and [`file_name`]
//! where it happens, [`control`] what an object's file says of it, [`held_name`] and [`object`] a handle to
//! any type of object. On these stand sections: [`layout`] and [`body`] say where their bytes are, [`create`]
//! and [`open`] make [`section`] handles, [`map`] and [`mapping`] map them, [`transfer`] takes handles to
//! other processes. [`sync`] has the waitable types. [`inspect`] looks at all of them, [`reclaim`] removes
//! those that nobody holds.

mod body;
mod commit_map;
mod control;
mod copied_pages;
mod create;
mod directory;
mod entry;
mod errno;
mod file_name;
mod fork;
mod fork_mutex;
mod held_name;
mod inspect;
mod large_pages;
mod layout;
mod lock;
mod map;
mod mapping;
mod named;
mod object;
mod open;
mod placement;
mod reclaim;
mod section;
mod space;
mod stop;
mod sync;
mod transfer;

#[cfg(test)]
mod tests;

pub(crate) use control::ObjectType;
pub(crate) use directory::root;
pub use fork_mutex::ForkMutex;
pub(crate) use inspect::{Contents, Found, Namespace};
pub(crate) use mapping::{FilePages, Mapping};
pub(crate) use reclaim::Outcome;
pub(crate) use section::SectionHandle;
pub(crate) use sync::{
    Alert, AnyTarget, Glance, Kind, MAXIMUM_COUNT, MOST, NewWaitable, Process, Setting, Taken,
    Thread, WaitReference, WaitableHandle, wait_for_all, wait_for_any, wait_for_one,
};
pub(crate) use transfer::{fetch_descriptor, type_of};
