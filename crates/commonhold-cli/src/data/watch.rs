//! `commonhold watch`: bytes of a section as they change.

use std::io::{self, Write};
use std::ops::Range;
use std::thread;

use anyhow::{Result, bail};
use clap::Args;
use commonhold::MapAccess;

use super::bytes::Bytes;
use super::hexdump::{LINE, append_marked};
use super::{BUFFER, Part, pieces};
use crate::exit::Status;
use crate::units::{Size, Time};

/// What changed is known by a copy of what was.
const MOST: u64 = 1 << 30;

#[derive(Args)]
pub struct Watch {
    /// The section's name
    name: String,
    #[command(flatten)]
    part: Part,
    /// How long to wait between looks
    #[arg(long, value_name = "TIME", default_value = "100ms")]
    interval: Time,
    /// End when this many looks found a change
    #[arg(long, value_name = "N")]
    changes: Option<u64>,
}

impl Watch {
    pub fn run(&self) -> Result<Status> {
        let bytes = Bytes::open(&self.name, MapAccess::READ)?;
        let range = self.part.of(&bytes)?;
        let mut watched = Watched::new(&bytes, range)?;
        // Whoever waits for it knows from here on that nothing is missed.
        writeln!(
            io::stderr(),
            "watching {} bytes of {} from offset {}",
            watched.last.len(),
            self.name,
            watched.range.start
        )?;
        let mut output = anstream::stdout();
        let mut changes = 0;
        while self.changes.is_none_or(|wanted| changes < wanted) {
            thread::sleep(self.interval.0);
            let lines = watched.look()?;
            if lines.is_empty() {
                continue;
            }
            if changes > 0 {
                writeln!(output)?;
            }
            output.write_all(&lines)?;
            output.flush()?;
            changes += 1;
        }
        Ok(Status::DONE)
    }
}

/// Bytes as they were when they were last looked at.
struct Watched<'a> {
    bytes: &'a Bytes,
    range: Range<u64>,
    last: Vec<u8>,
    buffer: Vec<u8>,
}

impl<'a> Watched<'a> {
    fn new(bytes: &'a Bytes, range: Range<u64>) -> Result<Self> {
        let len = range.end - range.start;
        if len > MOST {
            bail!(
                "{len} bytes are more than can be watched at once, {}; choose a part with --offset and --length",
                Size(MOST)
            );
        }
        let mut last = vec![0; usize::try_from(len)?];
        bytes.read(range.start, &mut last)?;
        Ok(Self {
            bytes,
            range,
            last,
            buffer: vec![0; BUFFER],
        })
    }

    /// The lines that changed since.
    fn look(&mut self) -> Result<Vec<u8>> {
        let mut changed = Vec::new();
        let pieces = pieces(self.range.clone());
        for ((offset, len), last) in pieces.zip(self.last.chunks_mut(BUFFER)) {
            let now = &mut self.buffer[..len];
            self.bytes.read(offset, now)?;
            if now == last {
                continue;
            }
            let lines = now.chunks(LINE).zip(last.chunks(LINE));
            for (offset, (now, last)) in (offset..).step_by(LINE).zip(lines) {
                if now != last {
                    append_marked(&mut changed, offset, now, |at| now[at] != last[at]);
                }
            }
            last.copy_from_slice(now);
        }
        Ok(changed)
    }
}
