//! The directory that the names of the user's objects are in, looked at as anyone could with `ls`.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The directory, which the library makes at its first use.
pub fn directory() -> Result<PathBuf> {
    let root = match env::var_os("COMMONHOLD_ROOT") {
        Some(root) if !root.is_empty() => root.into(),
        _ => PathBuf::from("/dev/shm"),
    };
    // A process's directory in /proc belongs to the user that it runs as.
    let user = fs::metadata("/proc/self")
        .context("cannot read /proc/self")?
        .uid();
    Ok(root.join(format!("commonhold.{user}")))
}

/// The names in it that start so.
pub fn names(directory: &Path, prefix: &str) -> Result<Vec<String>> {
    let read = || {
        let mut names = Vec::new();
        for entry in fs::read_dir(directory)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with(prefix) {
                names.push(name);
            }
        }
        Ok::<_, std::io::Error>(names)
    };
    read().with_context(|| format!("cannot list {}", directory.display()))
}
