//! `commonhold load`: a file's bytes into a section.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use commonhold::MapAccess;

use super::bytes::Bytes;
use super::progress::Progress;
use super::room;
use super::write::copy_in;
use crate::exit::Status;
use crate::units::Size;

#[derive(Args)]
pub struct Load {
    /// The file
    file: PathBuf,
    /// The section's name
    name: String,
    /// Where in the section the first byte goes
    #[arg(long, value_name = "SIZE", default_value = "0")]
    offset: Size,
}

impl Load {
    pub fn run(&self) -> Result<Status> {
        let path = self.file.display().to_string();
        let mut file = File::open(&self.file).with_context(|| format!("cannot open {path}"))?;
        let mut bytes = Bytes::open(&self.name, MapAccess::WRITE)?;
        let start = self.offset.0;
        let room = room(&bytes, start)?;
        let known = file.metadata()?;
        if known.is_file() && known.len() > room {
            bail!(
                "{path} has {} bytes, and {} has {room} from offset {start}; nothing was written",
                known.len(),
                self.name,
            );
        }
        let progress = Progress::new(known.len());
        copy_in(&mut file, &path, &mut bytes, start..start + room, |len| {
            progress.advance(len);
        })?;
        Ok(Status::DONE)
    }
}
