//! The machine, as far as memory goes (`GetSystemInfo`, `GetLargePageMinimum`).

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{END, GRANULARITY};

pub(crate) fn page_size() -> usize {
    rustix::param::page_size()
}

/// The size of the large pages that are used where nothing else is said; `None` if the kernel has none.
pub(crate) fn large_page() -> Option<usize> {
    /// Not asked yet.
    const UNKNOWN: usize = usize::MAX;
    static SIZE: AtomicUsize = AtomicUsize::new(UNKNOWN);
    let mut size = SIZE.load(Ordering::Relaxed);
    if size == UNKNOWN {
        let listing = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        size = field(&listing, "Hugepagesize:").map_or(0, |kib| kib * 1024);
        SIZE.store(size, Ordering::Relaxed);
    }
    (size != 0).then_some(size)
}

/// `SYSTEM_INFO`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SystemInfo {
    architecture: u16,
    reserved: u16,
    page_size: u32,
    first_address: usize,
    last_address: usize,
    processor_mask: usize,
    processors: u32,
    processor_type: u32,
    granularity: u32,
    level: u16,
    revision: u16,
}

pub(crate) fn information() -> SystemInfo {
    const AMD64: u16 = 9;
    const ARM64: u16 = 12;
    let (architecture, processor_type) = match () {
        () if cfg!(target_arch = "x86_64") => (AMD64, 8664),
        () if cfg!(target_arch = "aarch64") => (ARM64, 0),
        () => (u16::MAX, 0),
    };
    let (processor_mask, processors) = processors();
    let listing = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let told = |name| field(&listing, name).unwrap_or(0);
    let revision = (told("model\t\t:") & 0xff) << 8 | told("stepping\t:") & 0xff;
    SystemInfo {
        architecture,
        reserved: 0,
        page_size: u32::try_from(page_size()).unwrap_or(0),
        first_address: GRANULARITY,
        last_address: END - 1,
        processor_mask,
        processors,
        processor_type,
        granularity: u32::try_from(GRANULARITY).unwrap_or(0),
        level: u16::try_from(told("cpu family\t:")).unwrap_or(0),
        revision: u16::try_from(revision).unwrap_or(0),
    }
}

/// The processors that this process may run on: the first 64 as a mask, and how many there are.
fn processors() -> (usize, u32) {
    let Ok(set) = rustix::thread::sched_getaffinity(None) else {
        return (1, 1);
    };
    let mask = (0..64)
        .filter(|&processor| set.is_set(processor))
        .fold(0, |mask, processor| mask | 1 << processor);
    (mask, set.count())
}

/// The number after a name, in a listing that has one at the start of a line.
fn field(listing: &str, name: &str) -> Option<usize> {
    let line = listing.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_structure_is_as_c_has_it() {
        assert_eq!(size_of::<SystemInfo>(), 48);
        assert_eq!(std::mem::offset_of!(SystemInfo, processors), 32);
    }

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let listing = "model name\t: 5 of 6\nmodel\t\t: 17\nHugepagesize:    2048 kB\n";
        assert_eq!(field(listing, "model\t\t:"), Some(17));
        assert_eq!(field(listing, "Hugepagesize:"), Some(2048));
        assert_eq!(field(listing, "stepping\t:"), None);
    }
}
