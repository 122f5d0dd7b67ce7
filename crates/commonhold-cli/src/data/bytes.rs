//! The bytes of a section, through a view that moves.

use std::ops::Range;
use std::os::fd::{AsFd as _, BorrowedFd};

use anyhow::{Context as _, Result, bail};
use commonhold::{MapAccess, PageState, Rights, Section, SectionAttributes, View};
use rustix::fs::{SeekFrom, fstat, seek};
use rustix::io::Errno;

use crate::named;

/// What is mapped at a time. Views start at its multiples, which are ones of 64 KiB and of large pages.
const WINDOW: u64 = 64 << 20;

/// A section that is read and written by offset, whatever its size.
pub struct Bytes {
    name: String,
    section: Section,
    access: MapAccess,
    size: u64,
    is_reserved: bool,
    window: Option<Window>,
    /// Pages that have memory: touching them takes none.
    touched: Range<u64>,
}

struct Window {
    start: u64,
    view: View,
}

/// Bytes of the view that is mapped, and whether they may be touched.
struct Piece<'a> {
    view: &'a View,
    at: usize,
    len: usize,
    is_committed: bool,
}

impl Bytes {
    pub fn open(name: &str, access: MapAccess) -> Result<Self> {
        let section = named::open_section(name, access.rights() | Rights::QUERY)?;
        let info = section.info()?;
        Ok(Self {
            name: name.into(),
            section,
            access,
            size: info.size,
            is_reserved: info.attributes.contains(SectionAttributes::RESERVE),
            window: None,
            touched: 0..0,
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Copies bytes out. Those that nobody has touched yet are zero, and so are those not committed; neither
    /// takes memory by being read.
    pub fn read(&mut self, mut offset: u64, mut into: &mut [u8]) -> Result<()> {
        while !into.is_empty() {
            let untouched = self.untouched(offset, into.len())?;
            let (zero, rest) = into.split_at_mut(untouched);
            zero.fill(0);
            (offset, into) = (offset + untouched as u64, rest);
            if into.is_empty() {
                break;
            }
            let touched = self.touched.end - offset;
            let wanted = usize::try_from(touched).map_or(into.len(), |len| len.min(into.len()));
            let piece = self.piece(offset, wanted)?;
            let len = piece.len;
            let (here, rest) = into.split_at_mut(len);
            if piece.is_committed {
                piece.view.read(piece.at, here)?;
            } else {
                here.fill(0);
            }
            (offset, into) = (offset + len as u64, rest);
        }
        Ok(())
    }

    /// Copies bytes in, and says how many before it fails.
    pub fn write(&mut self, offset: u64, from: &[u8]) -> Result<(), Partly> {
        self.change(offset, from.len(), |view, at, done| {
            view.write(at, &from[done])
        })
    }

    /// Sets bytes, and says how many before it fails.
    pub fn fill(&mut self, offset: u64, len: usize, byte: u8) -> Result<(), Partly> {
        self.change(offset, len, |view, at, done| {
            view.fill(at..at + done.len(), byte)
        })
    }

    fn change(
        &mut self,
        offset: u64,
        len: usize,
        change: impl Fn(&View, usize, Range<usize>) -> commonhold::Result<()>,
    ) -> Result<(), Partly> {
        let mut done = 0;
        while done < len {
            done += self
                .change_piece(offset + done as u64, len - done, |view, at, len| {
                    change(view, at, done..done + len)
                })
                .map_err(|error| Partly { done, error })?;
        }
        Ok(())
    }

    fn change_piece(
        &mut self,
        offset: u64,
        len: usize,
        change: impl FnOnce(&View, usize, usize) -> commonhold::Result<()>,
    ) -> Result<usize> {
        let piece = self.piece(offset, len)?;
        if !piece.is_committed {
            bail!(
                "{} is reserved and not committed at offset {offset}; a program that uses it has to commit \
                 the pages before they can be written",
                self.name
            );
        }
        change(piece.view, piece.at, piece.len)?;
        Ok(piece.len)
    }

    /// The first of the bytes that are in one view and all committed or all not.
    fn piece(&mut self, offset: u64, len: usize) -> Result<Piece<'_>> {
        let start = offset - offset % WINDOW;
        let window = match self.window.take() {
            Some(window) if window.start == start => window,
            other => {
                // Never two at once.
                drop(other);
                let options = self.section.map_options().access(self.access);
                let len = usize::try_from(WINDOW.min(self.size - start))?;
                let view = options.offset(start).len(len).map();
                let view = view.with_context(|| self.name.clone())?;
                Window { start, view }
            }
        };
        let view = &self.window.insert(window).view;
        let at = usize::try_from(offset - start)?;
        let mut len = len.min(view.len() - at);
        let mut is_committed = true;
        if self.is_reserved {
            let region = view.query(at)?;
            is_committed = region.state == PageState::Committed;
            len = len.min(region.offset + region.len - at);
        }
        Ok(Piece {
            view,
            at,
            len,
            is_committed,
        })
    }

    /// How many bytes come before the next that have memory. Reading a page through a view gives it memory, so
    /// that reading a large section with little in it could use up the machine's.
    fn untouched(&mut self, offset: u64, len: usize) -> Result<usize> {
        if self.touched.contains(&offset) {
            return Ok(0);
        }
        let file = self.section.file_descriptor();
        let file = file.unwrap_or_else(|| self.section.as_fd());
        let start = match seek(file, SeekFrom::Data(offset)) {
            Ok(start) => start,
            Err(Errno::NXIO) if is_within(file, offset)? => u64::MAX,
            Err(Errno::NXIO) => bail!(
                "the file under {} was cut short, and has nothing at offset {offset}",
                self.name
            ),
            // The file system does not tell.
            Err(_) => offset,
        };
        let untouched = start - offset;
        if untouched >= len as u64 {
            return Ok(len);
        }
        let end = match seek(file, SeekFrom::Hole(start)) {
            Ok(end) if end > start => end,
            _ => self.size,
        };
        self.touched = start..end.min(self.size);
        Ok(usize::try_from(untouched)?)
    }
}

fn is_within(file: BorrowedFd<'_>, offset: u64) -> Result<bool> {
    Ok(u64::try_from(fstat(file)?.st_size)? > offset)
}

/// Writing that failed on the way.
#[derive(Debug)]
pub struct Partly {
    /// Bytes that were written.
    pub done: usize,
    pub error: anyhow::Error,
}
