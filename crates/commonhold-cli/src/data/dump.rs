//! `commonhold dump`: a section's bytes to a file.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use commonhold::MapAccess;

use super::bytes::Bytes;
use super::new_file::NewFile;
use super::progress::Progress;
use super::read::copy_out;
use crate::exit::Status;

#[derive(Args)]
pub struct Dump {
    /// The section's name
    name: String,
    /// The file, which is replaced when the new one is complete
    file: PathBuf,
}

impl Dump {
    pub fn run(&self) -> Result<Status> {
        let bytes = Bytes::open(&self.name, MapAccess::READ)?;
        let size = bytes.size();
        let path = self.file.display().to_string();
        let failed = || format!("cannot write {path}");
        let mut new = NewFile::create(&self.file).with_context(failed)?;
        let progress = Progress::new(size);
        copy_out(&bytes, 0..size, new.file(), &path, |len| {
            progress.advance(len);
        })?;
        new.appear().with_context(failed)?;
        Ok(Status::DONE)
    }
}
