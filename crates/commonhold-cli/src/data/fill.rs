//! `commonhold fill`: one byte over a part of a section.

use anyhow::{Result, anyhow};
use clap::Args;
use commonhold::MapAccess;

use super::bytes::Bytes;
use super::{BUFFER, Part, pieces};
use crate::exit::Status;

#[derive(Args)]
pub struct Fill {
    /// The section's name
    name: String,
    /// What to fill it with: 0 to 255, or 0x00 to 0xff
    #[arg(long, default_value = "0x00", value_parser = byte)]
    byte: u8,
    #[command(flatten)]
    part: Part,
}

impl Fill {
    pub fn run(&self) -> Result<Status> {
        let mut bytes = Bytes::open(&self.name, MapAccess::WRITE)?;
        let range = self.part.of(&bytes)?;
        let value = vec![self.byte; BUFFER];
        for (offset, len) in pieces(range.clone()) {
            bytes
                .write(offset, &value[..len])
                .map_err(|partly| partly.after(offset - range.start))?;
        }
        Ok(Status::DONE)
    }
}

fn byte(text: &str) -> Result<u8> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let byte = match hex {
        Some(digits) => u8::from_str_radix(digits, 16),
        None => text.parse(),
    };
    byte.map_err(|_| anyhow!("write 0 to 255, or 0x00 to 0xff"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read() {
        for (text, value) in [
            ("0", 0),
            ("255", 255),
            ("0x7F", 127),
            ("0Xff", 255),
            ("0x0", 0),
        ] {
            assert_eq!(byte(text).unwrap(), value, "{text}");
        }
        for text in ["", "256", "0x", "0x100", "-1", "ff", "a"] {
            assert!(byte(text).is_err(), "{text}");
        }
    }
}
