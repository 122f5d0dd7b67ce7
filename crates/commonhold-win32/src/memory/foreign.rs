//! Memory that was not allocated by this library: the program's own, its libraries, stacks and heap, as the kernel
//! lists it in `/proc/self/maps`.

use std::ops::Range;

use commonhold::Protection;

/// One mapping of the process.
#[derive(Clone, Debug, PartialEq)]
struct Mapping {
    range: Range<usize>,
    /// `None` if nothing may be done with it.
    protection: Option<Protection>,
    /// Device and inode, as they are written there.
    file: Option<String>,
}

/// What is around an address.
#[derive(Debug, PartialEq)]
pub(super) enum Found {
    /// Nothing, up to the next mapping.
    Free {
        end: usize,
    },
    Mapped(Area),
}

/// A mapping, and what it is a part of.
#[derive(Debug, PartialEq)]
pub(super) struct Area {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the first part of the same file begins, or the mapping itself.
    pub(super) allocation: usize,
    pub(super) protection: Option<Protection>,
    pub(super) backing: Backing,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Backing {
    Nothing,
    /// A file of which parts are executable.
    Image,
    File,
}

/// What is around the address.
pub(super) fn query(address: usize) -> Found {
    find(&listed(), address)
}

/// What may be done with the first page of a range that is mapped throughout.
pub(super) fn protection(range: &Range<usize>) -> Option<Protection> {
    let mappings = listed();
    let mut first = None;
    let mut at = range.start;
    while at < range.end {
        let mapping = mappings
            .iter()
            .find(|mapping| mapping.range.contains(&at))?;
        first = first.or(Some(mapping.protection.unwrap_or(Protection::NoAccess)));
        at = mapping.range.end;
    }
    first
}

fn listed() -> Vec<Mapping> {
    let listing = std::fs::read("/proc/self/maps").unwrap_or_default();
    String::from_utf8_lossy(&listing)
        .lines()
        .filter_map(parse)
        .collect()
}

/// One line: `start-end rwxp offset device inode path`.
fn parse(line: &str) -> Option<Mapping> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let address = |text| usize::from_str_radix(text, 16).ok();
    let protection = match fields.next()?.as_bytes() {
        [b'-', b'-', b'-', ..] => None,
        [_, b'w', b'x', ..] => Some(Protection::ExecuteReadWrite),
        [b'r', _, b'x', ..] => Some(Protection::ExecuteRead),
        [_, _, b'x', ..] => Some(Protection::Execute),
        [_, b'w', ..] => Some(Protection::ReadWrite),
        _ => Some(Protection::ReadOnly),
    };
    let device = fields.nth(1)?;
    let inode = fields.next()?;
    Some(Mapping {
        range: address(start)?..address(end)?,
        protection,
        file: (inode != "0").then(|| format!("{device} {inode}")),
    })
}

fn find(mappings: &[Mapping], address: usize) -> Found {
    let at = mappings.partition_point(|mapping| mapping.range.end <= address);
    let Some(mapping) = mappings
        .get(at)
        .filter(|mapping| mapping.range.start <= address)
    else {
        let next = mappings.get(at).map_or(super::END, |next| next.range.start);
        return Found::Free {
            end: next.min(super::END),
        };
    };
    let is_of_it = |other: &Mapping| other.file.is_some() && other.file == mapping.file;
    let before = mappings[..at]
        .iter()
        .rev()
        .take_while(|other| is_of_it(other));
    let after = mappings[at..].iter().take_while(|other| is_of_it(other));
    let allocation = before
        .clone()
        .last()
        .map_or(mapping.range.start, |first| first.range.start);
    let is_executable = |other: &Mapping| other.protection.is_some_and(Protection::is_executable);
    let backing = match mapping.file {
        None => Backing::Nothing,
        Some(_) if before.chain(after).any(is_executable) => Backing::Image,
        Some(_) => Backing::File,
    };
    Found::Mapped(Area {
        start: mapping.range.start,
        end: mapping.range.end,
        allocation,
        protection: mapping.protection,
        backing,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "\
        1000-2000 r--p 00000000 08:01 17 /bin/program\n\
        2000-5000 r-xp 00001000 08:01 17 /bin/program\n\
        5000-6000 rw-p 00004000 08:01 17 /bin/program\n\
        6000-8000 rw-p 00000000 00:00 0 [heap]\n\
        a000-b000 r--p 00000000 08:01 18 /usr/share/a file\n\
        b000-f000 ---p 00000000 00:00 0\n";

    fn at(address: usize) -> Found {
        let mappings: Vec<_> = MAPS.lines().filter_map(parse).collect();
        assert_eq!(mappings.len(), 6);
        find(&mappings, address)
    }

    fn area(
        range: Range<usize>,
        allocation: usize,
        protection: Option<Protection>,
        backing: Backing,
    ) -> Found {
        Found::Mapped(Area {
            start: range.start,
            end: range.end,
            allocation,
            protection,
            backing,
        })
    }

    #[test]
    fn images_are_one_allocation_of_several_mappings() {
        let read = Some(Protection::ReadOnly);
        let execute = Some(Protection::ExecuteRead);
        let write = Some(Protection::ReadWrite);
        assert_eq!(
            at(0x1000),
            area(0x1000..0x2000, 0x1000, read, Backing::Image)
        );
        assert_eq!(
            at(0x4fff),
            area(0x2000..0x5000, 0x1000, execute, Backing::Image)
        );
        assert_eq!(
            at(0x5000),
            area(0x5000..0x6000, 0x1000, write, Backing::Image)
        );
        assert_eq!(
            at(0x7000),
            area(0x6000..0x8000, 0x6000, write, Backing::Nothing)
        );
        assert_eq!(
            at(0xa800),
            area(0xa000..0xb000, 0xa000, read, Backing::File)
        );
        assert_eq!(
            at(0xb000),
            area(0xb000..0xf000, 0xb000, None, Backing::Nothing)
        );
    }

    #[test]
    fn between_mappings_nothing_is() {
        assert_eq!(at(0), Found::Free { end: 0x1000 });
        assert_eq!(at(0x8000), Found::Free { end: 0xa000 });
        assert_eq!(
            at(0xf000),
            Found::Free {
                end: super::super::END
            }
        );
    }

    #[test]
    fn a_range_must_be_mapped_throughout() {
        let here = std::ptr::from_ref(MAPS).addr() / 4096 * 4096;
        assert_eq!(protection(&(here..here + 4096)), Some(Protection::ReadOnly));
        assert_eq!(protection(&(0..4096)), None);
    }
}
