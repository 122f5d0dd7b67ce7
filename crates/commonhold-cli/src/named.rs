//! Objects by the names that were typed.

use anyhow::{Error, Result, anyhow};
use commonhold::{ErrorCode, Rights, Section};

/// Opens the section of that name, with exactly these rights.
pub fn open_section(name: &str, rights: Rights) -> Result<Section> {
    Section::open_with(name, rights).map_err(|error| match error.code() {
        ErrorCode::FILE_NOT_FOUND => anyhow!(
            "there is no section named {name}; a name is there while a process holds it, and upper and lower \
             case differ"
        ),
        _ => Error::from(error),
    })
}
