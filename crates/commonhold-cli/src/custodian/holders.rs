//! The processes that hold objects, each as a descriptor that tells when it ends.

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;

use commonhold::os::linux::inspect::{Namespace, Users};
use rustix::process::{Pid, PidfdFlags, Resource};

pub struct Holders {
    all: Vec<OwnedFd>,
}

impl Holders {
    /// Those of the objects in these namespaces, as far as they are seen. One that ends meanwhile may be missing.
    ///
    /// By the time that a descriptor is open, the number may be another process's: it is watched for nothing then.
    pub fn of(namespaces: &[Namespace]) -> Self {
        let mut pids = BTreeSet::new();
        // What cannot be looked at is complained of where it is removed.
        let objects: Vec<_> = namespaces
            .iter()
            .flat_map(|namespace| namespace.objects().unwrap_or_default())
            .collect();
        if objects.iter().any(|object| object.is_held) {
            let paths: Vec<_> = namespaces.iter().map(Namespace::path).collect();
            let users = Users::look(&paths);
            let users = objects.iter().flat_map(|object| users.of(object.identity));
            let holders = users.filter(|user| !user.handles.is_empty());
            pids.extend(holders.map(|user| user.pid));
        }
        let open = |pid: u32| {
            let pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
            rustix::process::pidfd_open(pid, PidfdFlags::empty()).ok()
        };
        Self {
            all: pids.into_iter().filter_map(open).take(most()).collect(),
        }
    }

    pub fn all(&self) -> &[OwnedFd] {
        &self.all
    }
}

/// How many processes are watched: the rest of the descriptors is for looking. Further ones are found by the look every
/// few seconds.
fn most() -> usize {
    let limit = rustix::process::getrlimit(Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit / 2).unwrap_or(usize::MAX)
    })
}
