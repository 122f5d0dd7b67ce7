//! `commonhold write`: standard input into a section.

use std::io::{self, ErrorKind, Read};
use std::ops::Range;
use std::os::fd::AsFd;

use anyhow::{Error, Result, bail};
use clap::Args;
use commonhold::MapAccess;

use super::bytes::{Bytes, Partly};
use super::{BUFFER, enlarge_pipe, room};
use crate::exit::Status;
use crate::units::Size;

#[derive(Args)]
pub struct Write {
    /// The section's name
    name: String,
    /// Where in the section the first byte goes
    #[arg(long, value_name = "SIZE", default_value = "0")]
    offset: Size,
}

impl Write {
    pub fn run(&self) -> Result<Status> {
        let mut bytes = Bytes::open(&self.name, MapAccess::WRITE)?;
        let start = self.offset.0;
        let end = start + room(&bytes, start)?;
        let mut input = io::stdin().lock();
        copy_in(&mut input, "standard input", &mut bytes, start..end, |_| {})?;
        Ok(Status::DONE)
    }
}

/// Copies bytes from where they come from until there are no more, and says each time how many.
pub fn copy_in(
    from: &mut (impl Read + AsFd),
    named: &str,
    bytes: &mut Bytes,
    range: Range<u64>,
    mut progress: impl FnMut(usize),
) -> Result<()> {
    enlarge_pipe(from);
    let mut buffer = vec![0; BUFFER];
    let mut offset = range.start;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => {
                let error = Error::from(error).context(format!("cannot read {named}"));
                return Err(Partly { done: 0, error }.after(offset - range.start));
            }
        };
        let room = range.end - offset;
        let fits = usize::try_from(room).map_or(read, |room| room.min(read));
        bytes
            .write(offset, &buffer[..fits])
            .map_err(|partly| partly.after(offset - range.start))?;
        offset += fits as u64;
        if fits < read {
            bail!(
                "{named} has more than fits into {}, which has {} bytes; {} bytes were written, to its end",
                bytes.name(),
                bytes.size(),
                offset - range.start
            );
        }
        progress(fits);
    }
}

impl Partly {
    /// The error, with what was written in all, if anything was.
    pub fn after(self, before: u64) -> Error {
        let written = before + self.done as u64;
        if written == 0 {
            return self.error;
        }
        self.error.context(format!("{written} bytes were written"))
    }
}
