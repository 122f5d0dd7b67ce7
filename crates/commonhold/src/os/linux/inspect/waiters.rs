//! Which threads sleep on an object: what the kernel tells of the system call that a thread is in.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::User;

/// An entry of the list that `futex_waitv(2)` is given: a value, an address, and eight bytes more.
const ENTRY: usize = 24;
/// How long such a list can be.
const MOST: u64 = 128;

impl User {
    /// The threads of the process that sleep on the object now, alone or among several. What spins, or is about to sleep,
    /// is none.
    ///
    /// The system tells this only to who may trace the process: root, and where `ptrace_scope` is 0 its own user. Then
    /// it is empty for others.
    ///
    /// ```
    /// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
    /// use commonhold::{Event, Scope, os::linux::inspect::{Namespace, Users}};
    /// let _ready = Event::options().create("ready")?;
    /// let namespace = Namespace::open(Scope::Local)?.expect("it is there by now");
    /// let object = &namespace.objects()?[0];
    /// let users = Users::look(&[namespace.path()]);
    /// assert!(users.of(object.identity)[0].sleepers().is_empty());
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    pub fn sleepers(&self) -> Vec<u32> {
        let process = format!("/proc/{}", self.pid);
        let process = Path::new(&process);
        let threads = fs::read_dir(process.join("task")).into_iter().flatten();
        let mut sleepers: Vec<u32> = threads
            .flatten()
            .filter(|thread| self.is_slept_on(process, &thread.path()).unwrap_or(false))
            .filter_map(|thread| thread.file_name().to_str()?.parse().ok())
            .collect();
        sleepers.sort_unstable();
        sleepers
    }

    /// Whether a thread sleeps on something that the process has mapped of the object.
    fn is_slept_on(&self, process: &Path, thread: &Path) -> Option<bool> {
        let is_ours = |address: u64| {
            let mut views = self.views.iter();
            views.any(|view| view.addresses.contains(&address))
        };
        let call = fs::read_to_string(thread.join("syscall")).ok()?;
        let mut fields = call.split_ascii_whitespace();
        let number: libc::c_long = fields.next()?.parse().ok()?;
        let mut argument = || u64::from_str_radix(fields.next()?.strip_prefix("0x")?, 16).ok();
        match number {
            libc::SYS_futex => Some(is_ours(argument()?)),
            libc::SYS_futex_waitv => {
                let (list, count) = (argument()?, argument()?.min(MOST));
                let memory = File::open(process.join("mem")).ok()?;
                let mut bytes = vec![0; usize::try_from(count).ok()? * ENTRY];
                memory.read_exact_at(&mut bytes, list).ok()?;
                let mut entries = bytes.chunks_exact(ENTRY);
                Some(entries.any(|entry| address_of(entry).is_some_and(is_ours)))
            }
            _ => Some(false),
        }
    }
}

/// The address in an entry: behind the value.
fn address_of(entry: &[u8]) -> Option<u64> {
    let address = entry.get(8..16)?.try_into().ok()?;
    Some(u64::from_ne_bytes(address))
}
