//! Which pages of a copy-on-write view were written, and so are its own.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use rustix::param::page_size;

/// The page is in memory, or in swap: somewhere of its own, in any case.
const PRESENT_OR_SWAPPED: u64 = 0b11 << 62;
/// The page is the file's, or of memory that is shared.
const SHARED: u64 = 1 << 61;

/// Whether the page at the address was copied, and how many of the `most` pages from there on are like it.
///
/// Where the kernel does not tell, no page counts as copied.
pub(super) fn run(address: usize, most: usize) -> (bool, usize) {
    let Ok(pagemap) = File::open("/proc/self/pagemap") else {
        return (false, most);
    };
    let mut buffer = [0; 8 * 512];
    let (mut first, mut pages) = (None, 0);
    while pages < most {
        let wanted = (most - pages).min(buffer.len() / 8);
        let at = (address / page_size() + pages) as u64 * 8;
        if pagemap
            .read_exact_at(&mut buffer[..wanted * 8], at)
            .is_err()
        {
            return (false, most);
        }
        for entry in buffer[..wanted * 8].chunks_exact(8) {
            let entry = entry.try_into().map_or(0, u64::from_ne_bytes);
            let copied = entry & PRESENT_OR_SWAPPED != 0 && entry & SHARED == 0;
            if *first.get_or_insert(copied) != copied {
                return (!copied, pages);
            }
            pages += 1;
        }
    }
    (first.unwrap_or(false), most)
}
