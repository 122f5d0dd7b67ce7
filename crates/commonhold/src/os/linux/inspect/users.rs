//! Which processes use which objects: what `/proc` tells.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::os::fd::RawFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::Identity;
use crate::Rights;

/// Who uses what, as it was when it was looked at.
#[derive(Debug, Default)]
pub struct Users {
    users: HashMap<Identity, Vec<User>>,
    /// How many processes this user may not look into.
    pub unseen: usize,
}

/// A process that uses an object.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct User {
    /// Its process id.
    pub pid: u32,
    /// What it was started as: the program and its arguments.
    pub command: String,
    /// Its handles.
    pub handles: Vec<Handle>,
    /// Its views, and what it has mapped of other objects for its own use. (Views of a section over a file are not seen.)
    pub views: Vec<View>,
}

/// A handle of a process.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Handle {
    /// The process's descriptor.
    pub descriptor: RawFd,
    /// What the handle may do; `None` for all that the object's type has.
    pub rights: Option<Rights>,
    /// Whether programs that the process starts inherit it.
    pub is_inheritable: bool,
}

/// A view of a process.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct View {
    /// Where it is in the process's memory.
    pub addresses: Range<u64>,
    /// Where it begins in the section.
    pub offset: u64,
    /// `r`, `w`, `x` as the pages may be used, `-` for what they may not, and at the end `s` if what is written is shared,
    /// `p` if it is copied.
    pub access: String,
}

impl Users {
    /// Looks into all processes for users of objects in the file systems of these paths.
    ///
    /// What this user may not see is counted, and left out.
    pub fn look(namespaces: &[&Path]) -> Self {
        let devices: Vec<u64> = namespaces
            .iter()
            .filter_map(|path| Some(path.metadata().ok()?.dev()))
            .collect();
        let mut seen = Self::default();
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        for process in processes {
            let pid = process
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok());
            if let Some(pid) = pid {
                let looked = seen.look_into(pid, &process.path(), &devices);
                // Of one that has ended meanwhile there is nothing to see.
                let is_refused =
                    looked.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied);
                seen.unseen += usize::from(is_refused);
            }
        }
        for users in seen.users.values_mut() {
            users.sort_by_key(|user| user.pid);
        }
        seen
    }

    /// Who uses the object.
    pub fn of(&self, object: Identity) -> &[User] {
        self.users.get(&object).map_or(&[], Vec::as_slice)
    }

    fn look_into(&mut self, pid: u32, process: &Path, devices: &[u64]) -> io::Result<()> {
        for descriptor in fs::read_dir(process.join("fd"))?.flatten() {
            let path = descriptor.path();
            // Of what the descriptor refers to.
            let Ok(metadata) = path.metadata() else {
                continue;
            };
            if !metadata.is_file() || !devices.contains(&metadata.dev()) {
                continue;
            }
            let name = descriptor.file_name();
            let number = name.to_str().and_then(|name| name.parse().ok());
            let details = fs::read_to_string(process.join("fdinfo").join(&name)).ok();
            let handle = number
                .zip(details)
                .and_then(|(number, details)| handle(number, &details));
            if let Some(handle) = handle {
                let object = Identity {
                    device: metadata.dev(),
                    inode: metadata.ino(),
                };
                self.user(object, pid, process).handles.push(handle);
            }
        }
        let maps = fs::read_to_string(process.join("maps")).unwrap_or_default();
        for (object, view) in maps.lines().filter_map(view) {
            if devices.contains(&object.device) {
                self.user(object, pid, process).views.push(view);
            }
        }
        Ok(())
    }

    fn user(&mut self, object: Identity, pid: u32, process: &Path) -> &mut User {
        let users = self.users.entry(object).or_default();
        // Processes come one after the other.
        if users.last().is_none_or(|user| user.pid != pid) {
            users.push(User {
                pid,
                command: command(process),
                handles: Vec::new(),
                views: Vec::new(),
            });
        }
        let last = users.len() - 1;
        &mut users[last]
    }
}

/// What a process was started as; its short name, if that is gone.
fn command(process: &Path) -> String {
    let read = |file| fs::read(process.join(file)).unwrap_or_default();
    let arguments = read("cmdline");
    let arguments = arguments.strip_suffix(b"\0").unwrap_or(&arguments);
    if arguments.is_empty() {
        let name = String::from_utf8_lossy(&read("comm")).trim_end().to_owned();
        return format!("[{name}]");
    }
    let arguments = arguments.split(|&byte| byte == 0);
    let arguments: Vec<_> = arguments.map(String::from_utf8_lossy).collect();
    arguments.join(" ")
}

/// The handle whose description has the lock of one; `None` for what was opened only to map it.
fn handle(descriptor: RawFd, details: &str) -> Option<Handle> {
    const CLOSED_BY_EXEC: u32 = 0o2_000_000;
    const RIGHTS_ARE_RECORDED: u64 = 1 << 32;
    let is_lock = |line: &str| line.starts_with("lock:") && line.contains("OFDLCK");
    if !details.lines().any(is_lock) {
        return None;
    }
    let field = |name: &str| details.lines().find_map(|line| line.strip_prefix(name));
    let position: u64 = field("pos:")?.trim().parse().ok()?;
    let flags = u32::from_str_radix(field("flags:")?.trim(), 8).ok()?;
    let rights = u32::try_from(position ^ RIGHTS_ARE_RECORDED).ok();
    Some(Handle {
        descriptor,
        rights: rights.map(Rights::from_bits_retain),
        is_inheritable: flags & CLOSED_BY_EXEC == 0,
    })
}

/// A line of a process's `maps` that is of a file.
fn view(line: &str) -> Option<(Identity, View)> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let access = fields.next()?.to_owned();
    let hexadecimal = |text: &str| u64::from_str_radix(text, 16).ok();
    let offset = hexadecimal(fields.next()?)?;
    let (major, minor) = fields.next()?.split_once(':')?;
    let inode = fields.next()?.parse().ok().filter(|&inode| inode != 0)?;
    let (major, minor) = (hexadecimal(major)?, hexadecimal(minor)?);
    let (major, minor) = (u32::try_from(major).ok()?, u32::try_from(minor).ok()?);
    let object = Identity {
        device: rustix::fs::makedev(major, minor),
        inode,
    };
    let view = View {
        addresses: hexadecimal(start)?..hexadecimal(end)?,
        offset,
        access,
    };
    Some((object, view))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_told_from_other_descriptors_by_its_lock() {
        let details = "pos:\t4296015879\nflags:\t02100002\nmnt_id:\t33\nino:\t7\n";
        assert!(handle(5, details).is_none());
        let locked = format!("{details}lock:\t1: OFDLCK  ADVISORY  READ -1 00:1a:7 0 0\n");
        let found = handle(5, &locked).unwrap();
        assert_eq!(
            found.rights,
            Some(Rights::from_bits_retain(0x10_0007 & 0xf_ffff | 0x10_0000))
        );
        assert!(!found.is_inheritable);
        let all = handle(
            5,
            &locked.replace("4296015879", "0").replace("02100002", "02"),
        );
        let all = all.unwrap();
        assert_eq!((all.rights, all.is_inheritable), (None, true));
    }

    #[test]
    fn views_are_read_from_maps() {
        let line = "7f0000000000-7f0000010000 rw-s 00001000 00:1a 77                        /dev/shm/a b (deleted)";
        let (object, seen) = view(line).unwrap();
        assert_eq!(object.inode, 77);
        assert_eq!(seen.addresses, 0x7f00_0000_0000..0x7f00_0001_0000);
        assert_eq!((seen.offset, seen.access.as_str()), (0x1000, "rw-s"));
        for line in [
            "",
            "7f00-7f01 rw-p 00000000 00:00 0",
            "x-y rw-p 0 00:1a 5",
            "1-2 r--p 0 1a 5",
        ] {
            assert!(view(line).is_none(), "{line}");
        }
    }
}
