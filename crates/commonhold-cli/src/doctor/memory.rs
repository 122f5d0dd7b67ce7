//! The file system that objects are in: what it is, what it has room for, what it allows.

use std::fs;
use std::path::Path;

use commonhold::os::linux::inspect;
use rustix::fs::{StatVfs, StatVfsMountFlags};

use super::check::Check;
use crate::units::Size;

pub fn checks() -> Vec<Check> {
    let root = inspect::root();
    let mut checks = vec![file_system(&root)];
    if let Ok(stat) = rustix::fs::statvfs(&root) {
        checks.extend([
            space(&root, Space::of(&stat)),
            files(&root, &stat),
            execution(&root, stat.f_flag),
        ]);
    }
    checks.push(huge_pages(
        &fs::read_to_string("/proc/meminfo").unwrap_or_default(),
    ));
    checks
}

fn file_system(root: &Path) -> Check {
    const NAME: &str = "shared-memory";
    const TMPFS_MAGIC: rustix::fs::FsWord = 0x0102_1994;
    let path = root.display();
    let remedy = format!("mount -t tmpfs -o mode=1777 tmpfs {path}, or set COMMONHOLD_ROOT");
    if !root.is_dir() {
        return Check::problem(NAME, format!("there is no directory {path}"), remedy);
    }
    match rustix::fs::statfs(root) {
        Ok(stat) if stat.f_type == TMPFS_MAGIC => Check::ok(NAME, format!("{path} is a tmpfs")),
        Ok(_) => Check::warning(
            NAME,
            format!("{path} is not a tmpfs: objects may be on a disk, and outlast a restart"),
            remedy,
        ),
        Err(errno) => Check::problem(NAME, format!("{path}: {errno}"), remedy),
    }
}

/// Bytes of the file system: all, and those that are free.
#[derive(Clone, Copy)]
struct Space {
    all: u64,
    free: u64,
}

impl Space {
    fn of(stat: &StatVfs) -> Self {
        let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
        Self {
            all: bytes(stat.f_blocks),
            free: bytes(stat.f_bavail),
        }
    }
}

fn space(root: &Path, space: Space) -> Check {
    const NAME: &str = "space";
    /// What container engines give where they are not told.
    const OF_CONTAINERS: u64 = 64 << 20;
    let path = root.display();
    let Space { all, free } = space;
    if all == 0 {
        return Check::ok(NAME, "limited by the machine's memory only");
    }
    let says = format!("{} of {} free", Size(free), Size(all));
    let larger = if all == OF_CONTAINERS {
        "start the container with `--shm-size=1g` (in Kubernetes, mount an emptyDir of medium Memory there)".into()
    } else {
        format!("mount -o remount,size=50% {path}")
    };
    if free < 64 << 10 {
        let remedy = format!("commonhold gc, or {larger}");
        return Check::problem(NAME, format!("{path} is full: {says}"), remedy);
    }
    if all == OF_CONTAINERS {
        let says = format!("{says}, which is what a container gets that asks for no more");
        return Check::warning(NAME, says, larger);
    }
    if free < all / 20 {
        let remedy = format!("commonhold gc, or {larger}");
        return Check::warning(NAME, format!("{path} is almost full: {says}"), remedy);
    }
    Check::ok(NAME, says)
}

/// A tmpfs has a limit for the number of files, too.
fn files(root: &Path, stat: &StatVfs) -> Check {
    const NAME: &str = "files";
    let path = root.display();
    let (all, free) = (stat.f_files, stat.f_favail);
    if all == 0 {
        return Check::ok(NAME, "as many as there is memory for");
    }
    let says = format!("{path} has room for {free} files of {all}");
    let remedy = format!("commonhold gc, or mount -o remount,nr_inodes=0 {path}");
    match free {
        0 => Check::problem(NAME, says, remedy),
        1..1000 => Check::warning(NAME, says, remedy),
        _ => Check::ok(NAME, says),
    }
}

fn execution(root: &Path, flags: StatVfsMountFlags) -> Check {
    const NAME: &str = "execution";
    let path = root.display();
    if flags.contains(StatVfsMountFlags::NOEXEC) {
        return Check::warning(
            NAME,
            format!("{path} is mounted noexec: executable named sections are refused"),
            format!("mount -o remount,exec {path}, if programs need them"),
        );
    }
    Check::ok(NAME, "sections may be executable")
}

/// What the kernel has set aside, by its `meminfo`.
fn huge_pages(meminfo: &str) -> Check {
    const NAME: &str = "large-pages";
    let field = |name: &str| {
        let value = meminfo.lines().find_map(|line| line.strip_prefix(name))?;
        value.split_whitespace().next()?.parse::<u64>().ok()
    };
    let (all, free) = (field("HugePages_Total:"), field("HugePages_Free:"));
    match (all, free) {
        (Some(all @ 1..), Some(free)) => {
            Check::ok(NAME, format!("{free} of {all} set aside are free"))
        }
        (Some(_), _) => Check::ok(NAME, "none set aside: sections in large pages are refused")
            .with("sysctl vm.nr_hugepages=64, if programs need them"),
        _ => Check::ok(
            NAME,
            "this kernel has none: sections in large pages are refused",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(all: u64, free: u64) -> String {
        space(Path::new("/dev/shm"), Space { all, free }).to_string()
    }

    #[test]
    fn a_containers_memory_is_told_as_such() {
        let told = told(64 << 20, 60 << 20);
        assert!(told.starts_with("warning  space: 60M of 64M"), "{told}");
        assert!(told.contains("--shm-size"), "{told}");
    }

    #[test]
    fn little_space_is_a_warning_and_none_a_problem() {
        assert!(told(1 << 30, 1 << 20).starts_with("warning"));
        let full = told(1 << 30, 0);
        assert!(full.starts_with("problem") && full.contains("commonhold gc"));
        assert!(told(1 << 30, 1 << 29).starts_with("ok"));
        assert!(told(0, 0).starts_with("ok"));
    }

    #[test]
    fn large_pages_are_read_from_meminfo() {
        let told =
            huge_pages("MemFree: 1 kB\nHugePages_Total:       8\nHugePages_Free:        3\n");
        assert!(told.to_string().contains("3 of 8"), "{told}");
        let none = huge_pages("HugePages_Total:       0\nHugePages_Free:        0\n");
        assert!(none.to_string().contains("vm.nr_hugepages"), "{none}");
        assert!(huge_pages("").to_string().contains("has none"));
    }
}
