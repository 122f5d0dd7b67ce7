//! The signals that ask the custodian to end, as a descriptor to poll.

use std::io::Result;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use signal_hook::consts::{SIGINT, SIGTERM};

pub struct Signals {
    told: UnixStream,
}

impl Signals {
    /// From now on, these signals do not end the process, but can be read.
    pub fn catch() -> Result<Self> {
        let (told, tells) = UnixStream::pair()?;
        for signal in [SIGINT, SIGTERM] {
            signal_hook::low_level::pipe::register(signal, tells.try_clone()?)?;
        }
        Ok(Self { told })
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.told.as_fd()
    }
}
