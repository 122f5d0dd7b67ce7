//! `commonhold read`: a section's bytes to standard output.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::os::fd::AsFd;

use anyhow::{Context as _, Result};
use clap::Args;
use commonhold::MapAccess;

use super::bytes::Bytes;
use super::hexdump::Hexdump;
use super::{BUFFER, Part, enlarge_pipe, pieces};
use crate::exit::Status;

#[derive(Args)]
pub struct Read {
    /// The section's name
    name: String,
    #[command(flatten)]
    part: Part,
    /// As `hexdump -C` shows them, instead of as they are
    #[arg(long)]
    hex: bool,
}

impl Read {
    pub fn run(&self) -> Result<Status> {
        let bytes = Bytes::open(&self.name, MapAccess::READ)?;
        let range = self.part.of(&bytes)?;
        // Standard output as Rust has it would look for lines.
        let mut output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        if self.hex {
            show(&bytes, range, &mut output)?;
        } else {
            copy_out(&bytes, range, &mut output, "standard output", |_| {})?;
        }
        Ok(Status::DONE)
    }
}

/// Copies bytes of a section to where bytes go, and says each time how many.
pub fn copy_out(
    bytes: &Bytes,
    range: Range<u64>,
    to: &mut (impl Write + AsFd),
    named: &str,
    mut progress: impl FnMut(usize),
) -> Result<()> {
    enlarge_pipe(to);
    let mut buffer = vec![0; BUFFER];
    for (offset, len) in pieces(range) {
        let piece = &mut buffer[..len];
        bytes.read(offset, piece)?;
        to.write_all(piece)
            .with_context(|| format!("cannot write {named}"))?;
        progress(len);
    }
    Ok(())
}

fn show(bytes: &Bytes, range: Range<u64>, to: &mut impl Write) -> Result<()> {
    let mut buffer = vec![0; BUFFER];
    let mut hexdump = Hexdump::default();
    let mut shown = Vec::new();
    for (offset, len) in pieces(range.clone()) {
        let piece = &mut buffer[..len];
        bytes.read(offset, piece)?;
        hexdump.append(&mut shown, offset, piece);
        to.write_all(&shown)
            .context("cannot write standard output")?;
        shown.clear();
    }
    if !range.is_empty() {
        Hexdump::end(&mut shown, range.end);
        to.write_all(&shown)
            .context("cannot write standard output")?;
    }
    Ok(())
}
