//! `commonhold diff`: where a section and a file differ.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use commonhold::MapAccess;

use super::bytes::Bytes;
use super::{BUFFER, Part, pieces};
use crate::exit::Status;

#[derive(Args)]
pub struct Diff {
    /// The section's name
    name: String,
    /// The file
    file: PathBuf,
    #[command(flatten)]
    part: Part,
}

/// Where bytes differ.
#[derive(Default, Debug, PartialEq, Eq)]
struct Differences {
    first: Option<u64>,
    bytes: u64,
    /// Without an equal byte in between.
    runs: u64,
    /// Behind the last byte that differs.
    end: u64,
}

impl Diff {
    pub fn run(&self) -> Result<Status> {
        let path = self.file.display();
        let mut file = File::open(&self.file).with_context(|| format!("cannot open {path}"))?;
        let bytes = Bytes::open(&self.name, MapAccess::READ)?;
        let range = self.part.of(&bytes)?;
        let mut differences = Differences::default();
        let (mut ours, mut theirs) = (vec![0; BUFFER], vec![0; BUFFER]);
        let mut compared = 0;
        for (offset, len) in pieces(range.clone()) {
            let read = fill(&mut file, &mut theirs[..len]).with_context(|| path.to_string())?;
            bytes.read(offset, &mut ours[..read])?;
            differences.compare(offset, &ours[..read], &theirs[..read]);
            compared += read as u64;
            if read < len {
                break;
            }
        }
        let missing = range.end - range.start - compared;
        let has_more = missing == 0 && fill(&mut file, &mut [0])? > 0;

        let mut output = io::stdout().lock();
        let name = &self.name;
        if let Some(first) = differences.first {
            let Differences { bytes, runs, .. } = differences;
            writeln!(
                output,
                "{name} and {path} differ from offset {first} ({first:#x}) on: {} in {}",
                count(bytes, "byte"),
                count(runs, "run"),
            )?;
        }
        let (end, missing) = (range.start + compared, count(missing, "byte"));
        if end < range.end {
            writeln!(
                output,
                "{path} ends {missing} before {name}, at offset {end} ({end:#x})"
            )?;
        }
        if has_more {
            writeln!(
                output,
                "{path} goes on behind {compared} bytes, where {name} ends"
            )?;
        }
        let is_same = differences.first.is_none() && end == range.end && !has_more;
        Ok(if is_same {
            Status::DONE
        } else {
            Status::DIFFERENT
        })
    }
}

impl Differences {
    fn compare(&mut self, offset: u64, ours: &[u8], theirs: &[u8]) {
        if ours == theirs {
            return;
        }
        for (at, (our, their)) in (offset..).zip(ours.iter().zip(theirs)) {
            if our != their {
                self.first.get_or_insert(at);
                self.bytes += 1;
                self.runs += u64::from(self.runs == 0 || self.end < at);
                self.end = at + 1;
            }
        }
    }
}

/// Reads until the buffer is full, or there is no more.
fn fill(from: &mut impl Read, mut into: &mut [u8]) -> io::Result<usize> {
    let wanted = into.len();
    while !into.is_empty() {
        match from.read(into) {
            Ok(0) => break,
            Ok(read) => into = &mut into[read..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(wanted - into.len())
}

fn count(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_go_on_from_piece_to_piece() {
        let mut differences = Differences::default();
        differences.compare(0, b"same", b"same");
        assert_eq!(differences, Differences::default());
        differences.compare(4, b"abcd", b"xbcy");
        differences.compare(8, b"abcd", b"xycz");
        let expected = Differences {
            first: Some(4),
            bytes: 5,
            runs: 3,
            end: 12,
        };
        assert_eq!(differences, expected);
    }
}
