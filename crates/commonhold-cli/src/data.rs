//! Commands that move the bytes of a section, and what they share.
//!
//! However large a section is, they copy it through a buffer that stays in the processor's cache.

mod bytes;
mod diff;
mod dump;
mod fill;
mod hexdump;
mod load;
mod moving_view;
mod new_file;
mod progress;
mod read;
mod watch;
mod write;

use std::ops::Range;
use std::os::fd::AsFd;

use anyhow::{Result, bail};
use clap::Args;
use rustix::pipe::{fcntl_getpipe_size, fcntl_setpipe_size};

use crate::units::Size;
use bytes::Bytes;

pub use diff::Diff;
pub use dump::Dump;
pub use fill::Fill;
pub use load::Load;
pub use read::Read;
pub use watch::Watch;
pub use write::Write;

/// Bytes that are copied at a time: whole lines of a hexdump, and a pipe's worth or more.
const BUFFER: usize = 256 * 1024;

/// What a pipe may have room for without privileges, sixteen times what it has at first.
const PIPE: usize = 1 << 20;

/// Which bytes of a section are meant.
#[derive(Args)]
struct Part {
    /// Where in the section the bytes start
    #[arg(long, value_name = "SIZE", default_value = "0")]
    offset: Size,
    /// How many bytes; all to the section's end if it is not said
    #[arg(long, value_name = "SIZE")]
    length: Option<Size>,
}

impl Part {
    /// Where that is, if it is in the section.
    fn of(&self, bytes: &Bytes) -> Result<Range<u64>> {
        let start = self.offset.0;
        let room = room(bytes, start)?;
        let length = self.length.map_or(room, |length| length.0);
        if length > room {
            bail!(
                "{} has {} bytes, and not {length} from offset {start}; leave --length out for those that it has",
                bytes.name(),
                bytes.size(),
            );
        }
        Ok(start..start + length)
    }
}

/// How many bytes the section has from an offset.
fn room(bytes: &Bytes, offset: u64) -> Result<u64> {
    match bytes.size().checked_sub(offset) {
        Some(room) => Ok(room),
        None => bail!(
            "{} has {} bytes, and none at offset {offset}",
            bytes.name(),
            bytes.size()
        ),
    }
}

/// The range in ranges of one buffer each.
fn pieces(range: Range<u64>) -> impl Iterator<Item = (u64, usize)> {
    range.clone().step_by(BUFFER).map(move |start| {
        let left = range.end - start;
        (
            start,
            usize::try_from(left).map_or(BUFFER, |left| left.min(BUFFER)),
        )
    })
}

/// Lets the other end of a pipe run ahead, so that neither sleeps for each of its small pieces.
fn enlarge_pipe(pipe: &impl AsFd) {
    // It may not be a pipe, or have more room already, or the user may have too many pipes: all goes on as it is.
    if fcntl_getpipe_size(pipe).is_ok_and(|size| size < PIPE) {
        let _ = fcntl_setpipe_size(pipe, PIPE);
    }
}
