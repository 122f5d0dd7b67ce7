//! Which threads sleep on an object: what the kernel tells of the system call that a thread is in.

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::User;

/// An entry of the list that `futex_waitv(2)` is given: a value, an address, and eight bytes more.
const ENTRY: usize = 24;
/// How long such a list can be.
const MOST: u64 = 128;

/// The threads of some processes that sleep on memory, as it was when it was looked at.
///
/// What spins, or is about to sleep, is not seen. The system tells this only to who may trace the process: root, and
/// where `ptrace_scope` is 0 its own user. For others there are none.
///
/// ```
/// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
/// use commonhold::{Event, Scope, os::linux::inspect::{Namespace, Sleepers, Users}};
/// let _ready = Event::options().create("ready")?;
/// let namespace = Namespace::open(Scope::Local)?.expect("it is there by now");
/// let object = &namespace.objects()?[0];
/// let users = Users::look(&[namespace.path()]);
/// let users = users.of(object.identity);
/// let sleepers = Sleepers::look(users.iter().map(|user| user.pid));
/// assert!(sleepers.of(&users[0]).is_empty());
/// # Ok::<(), commonhold::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Sleepers {
    threads: HashMap<u32, Vec<Sleeper>>,
}

/// A thread, and what it sleeps on.
#[derive(Debug)]
struct Sleeper {
    thread: u32,
    addresses: Vec<u64>,
}

impl Sleepers {
    /// Looks at all threads of the processes, of each process once.
    pub fn look(pids: impl IntoIterator<Item = u32>) -> Self {
        let mut threads = HashMap::new();
        for pid in pids {
            threads.entry(pid).or_insert_with(|| sleepers_of(pid));
        }
        Self { threads }
    }

    /// The threads of a user that sleep on the object that it uses, alone or among several.
    pub fn of(&self, user: &User) -> Vec<u32> {
        let is_in = |address: &u64| {
            user.views
                .iter()
                .any(|view| view.addresses.contains(address))
        };
        let threads = self.threads.get(&user.pid).into_iter().flatten();
        let sleepers = threads.filter(|sleeper| sleeper.addresses.iter().any(is_in));
        sleepers.map(|sleeper| sleeper.thread).collect()
    }
}

fn sleepers_of(pid: u32) -> Vec<Sleeper> {
    let process = format!("/proc/{pid}");
    let process = Path::new(&process);
    let threads = fs::read_dir(process.join("task")).into_iter().flatten();
    let mut sleepers: Vec<Sleeper> = threads
        .flatten()
        .filter_map(|thread| {
            let addresses = slept_on(process, &thread.path())?;
            let thread = thread.file_name().to_str()?.parse().ok()?;
            Some(Sleeper { thread, addresses })
        })
        .collect();
    sleepers.sort_unstable_by_key(|sleeper| sleeper.thread);
    sleepers
}

/// The addresses that a thread sleeps on; `None` if it does not.
fn slept_on(process: &Path, thread: &Path) -> Option<Vec<u64>> {
    let call = fs::read_to_string(thread.join("syscall")).ok()?;
    let mut fields = call.split_ascii_whitespace();
    let number: libc::c_long = fields.next()?.parse().ok()?;
    let mut argument = || u64::from_str_radix(fields.next()?.strip_prefix("0x")?, 16).ok();
    match number {
        libc::SYS_futex => Some(vec![argument()?]),
        libc::SYS_futex_waitv => {
            let (list, count) = (argument()?, argument()?.min(MOST));
            let memory = File::open(process.join("mem")).ok()?;
            let mut bytes = vec![0; usize::try_from(count).ok()? * ENTRY];
            memory.read_exact_at(&mut bytes, list).ok()?;
            Some(bytes.chunks_exact(ENTRY).filter_map(address_of).collect())
        }
        _ => None,
    }
}

/// The address in an entry: behind the value.
fn address_of(entry: &[u8]) -> Option<u64> {
    let address = entry.get(8..16)?.try_into().ok()?;
    Some(u64::from_ne_bytes(address))
}
