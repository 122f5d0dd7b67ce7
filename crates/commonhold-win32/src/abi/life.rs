//! What runs when the library is loaded, and when the process ends by itself.

use std::panic::catch_unwind;

use crate::{handles, processes};

#[used]
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn() = begin;

/// After the program's own `atexit` functions and destructors, which may still use handles.
#[used]
#[unsafe(link_section = ".fini_array")]
static END: extern "C" fn() = end;

/// Other processes can give this one handles, whether or not it has called anything yet.
extern "C" fn begin() {
    let _ = catch_unwind(|| {
        processes::end::begin();
        handles::begin();
    });
}

extern "C" fn end() {
    let _ = catch_unwind(handles::close_all);
}
