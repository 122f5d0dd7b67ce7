//! What the heap functions may be asked for: there is one heap, the C library's, and its blocks do not move.

use crate::failure::{Failure, Result};
use crate::handles::Handle;

const HEAP_NO_SERIALIZE: u32 = 0x1;
const HEAP_GENERATE_EXCEPTIONS: u32 = 0x4;
const HEAP_ZERO_MEMORY: u32 = 0x8;

/// What `GetProcessHeap` gives: an address that is nothing else's.
pub(crate) fn process_heap() -> Handle {
    static HEAP: u64 = 0;
    Handle((&raw const HEAP).addr())
}

/// What the flags of a call ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) is_zeroed: bool,
    /// The program does not look whether it got memory: where there is none, it must not go on.
    pub(crate) must_succeed: bool,
}

/// What the flags of a call with a heap ask for. `HEAP_NO_SERIALIZE` allows less than is done.
pub(crate) fn options(heap: Handle, flags: u32) -> Result<Options> {
    if heap != process_heap() {
        return Err(Failure::INVALID_HANDLE);
    }
    if flags & !(HEAP_NO_SERIALIZE | HEAP_GENERATE_EXCEPTIONS | HEAP_ZERO_MEMORY) != 0 {
        return Err(Failure::INVALID_PARAMETER);
    }
    Ok(Options {
        is_zeroed: flags & HEAP_ZERO_MEMORY != 0,
        must_succeed: flags & HEAP_GENERATE_EXCEPTIONS != 0,
    })
}

/// What the flags of `LocalAlloc` and `GlobalAlloc` ask for: those that meant something to 16-bit Windows mean nothing.
pub(crate) fn local_options(flags: u32) -> Result<Options> {
    const MOVEABLE: u32 = 0x2;
    const ZERO: u32 = 0x40;
    const WITHOUT_MEANING: u32 = 0x7f30;
    if flags & MOVEABLE != 0 {
        return Err(Failure::NOT_SUPPORTED);
    }
    if flags & !(ZERO | WITHOUT_MEANING) != 0 {
        return Err(Failure::INVALID_PARAMETER);
    }
    Ok(Options {
        is_zeroed: flags & ZERO != 0,
        must_succeed: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_heap() {
        assert!(options(process_heap(), HEAP_NO_SERIALIZE).is_ok());
        assert_eq!(options(Handle::NULL, 0), Err(Failure::INVALID_HANDLE));
        assert_eq!(
            options(process_heap(), 0x2),
            Err(Failure::INVALID_PARAMETER)
        );
    }

    #[test]
    fn local_memory_does_not_move() {
        assert!(local_options(0x40).unwrap().is_zeroed);
        assert!(!local_options(0x2000).unwrap().is_zeroed);
        assert_eq!(local_options(0x42), Err(Failure::NOT_SUPPORTED));
        assert_eq!(local_options(0x1), Err(Failure::INVALID_PARAMETER));
    }
}
