//! References by which objects are waited for after their handle is closed.

use std::fmt;

use crate::Waitable;
use crate::platform::{self, AnyTarget};
use crate::wait::{Sealed, Target};

/// What a wait for an object needs: the object in this process's memory, and not its name.
///
/// A handle that another thread may close cannot be borrowed for a wait. A reference can take its place: it lets
/// the wait go on when the last handle is gone, as Windows does, and does not keep the name from being free then.
///
/// ```
/// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
/// use commonhold::{ErrorCode, Event, Timeout, Wait, wait_one};
/// let event = Event::options().signaled(true).create("ready")?;
/// let reference = event.wait_reference();
/// drop(event);
/// assert_eq!(Event::open("ready").unwrap_err().code(), ErrorCode::FILE_NOT_FOUND);
/// assert_eq!(wait_one(&reference, Timeout::ZERO)?, Wait::Signaled(0));
/// # Ok::<(), commonhold::Error>(())
/// ```
#[derive(Clone)]
pub struct WaitReference {
    reference: platform::WaitReference,
}

impl WaitReference {
    pub(crate) fn of(handle: &platform::WaitableHandle) -> Self {
        Self {
            reference: handle.wait_reference(),
        }
    }
}

impl Sealed for WaitReference {
    fn target(&self) -> Target<'_> {
        Target(AnyTarget::Reference(&self.reference))
    }
}

impl Waitable for WaitReference {}

impl fmt::Debug for WaitReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitReference").finish_non_exhaustive()
    }
}
