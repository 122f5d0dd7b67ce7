//! `STARTUPINFO`: what a program is started with. What it says about windows has no meaning here.

use std::ffi::c_void;

use crate::handles::Handle;
use crate::standard;

/// Both forms of it, whose strings nobody looks at.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct StartupInfo {
    pub(crate) size: u32,
    reserved: *mut c_void,
    desktop: *mut c_void,
    title: *mut c_void,
    window: [u32; 7],
    pub(crate) flags: u32,
    show_window: u16,
    /// How much Microsoft's C library left for that of the child.
    pub(crate) runtime_size: u16,
    runtime: *mut c_void,
    pub(crate) standard: [Handle; 3],
}

const _: () = assert!(size_of::<StartupInfo>() == 104);

/// The size of the longer form, in which a pointer to attributes follows.
pub(crate) const EXTENDED_SIZE: u32 = 112;

/// Says that the standard handles are meant.
pub(crate) const USE_STANDARD_HANDLES: u32 = 0x100;

/// Input, output and error: -10 to -12.
pub(crate) const STANDARD: [u32; 3] = [0xffff_fff6, 0xffff_fff5, 0xffff_fff4];

/// What this process would have been started with: its standard handles are all that is known of it.
pub(crate) fn of_this_process() -> StartupInfo {
    StartupInfo {
        size: 104,
        reserved: std::ptr::null_mut(),
        desktop: std::ptr::null_mut(),
        title: std::ptr::null_mut(),
        window: [0; 7],
        flags: USE_STANDARD_HANDLES,
        show_window: 0,
        runtime_size: 0,
        runtime: std::ptr::null_mut(),
        standard: STANDARD.map(|which| standard::get(which).unwrap_or(Handle::NULL)),
    }
}
