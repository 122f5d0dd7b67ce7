//! Processes: starting, opening and ending them, and what is asked of them.

use std::ffi::c_void;

use super::attribute_list::{self, List};
use super::security::attributes;
use super::threads::STILL_ACTIVE;
use crate::boundary::{answer, succeeds};
use crate::failure::{Failure, Result};
use crate::handles::duplicate::resolve;
use crate::handles::object::refers_to;
use crate::handles::{self, Handle, Object};
use crate::platform::text::{Character, Text};
use crate::platform::{environment, pointers};
use crate::processes::create::{
    self, EXTENDED_STARTUPINFO_PRESENT, Request, UNICODE_ENVIRONMENT, bytes,
};
use crate::processes::rights::{self, PROCESS_QUERY, PROCESS_TERMINATE};
use crate::processes::startup::{EXTENDED_SIZE, StartupInfo, USE_STANDARD_HANDLES};
use crate::processes::{Process, end, startup};
use crate::security::RawAttributes;

/// `PROCESS_INFORMATION`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct ProcessInformation {
    process: Handle,
    thread: Handle,
    process_id: u32,
    thread_id: u32,
}

/// What a handle says about a process, where one is meant.
fn of_process<T>(handle: Handle, ask: impl FnOnce(&Process) -> Result<T>) -> Result<T> {
    let entry = resolve(handle)?;
    refers_to!(entry, Object::Process(process) => ask(process))
}

/// Both forms of `CreateProcess`.
macro_rules! create_process {
    ($($function:ident, $Character:ty;)*) => { $(
        /// # Safety
        ///
        /// Pointers must be null, or valid for what Windows says that they are for.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $function(
            application: *const $Character,
            line: *const $Character,
            process_security: *const RawAttributes,
            thread_security: *const RawAttributes,
            inherits: i32,
            flags: u32,
            environment: *const c_void,
            directory: *const $Character,
            startup: *const StartupInfo,
            information: *mut ProcessInformation,
        ) -> i32 {
            succeeds(|| {
                // SAFETY: by the contract of this function.
                let names = unsafe { [text(application)?, text(line)?, text(directory)?] };
                // SAFETY: by the contract of this function.
                let security = unsafe { [attributes(process_security)?, attributes(thread_security)?] };
                let inheritable = security.map(|it| it.inheritable);
                // SAFETY: by the contract of this function.
                let request = unsafe {
                    request(names, inheritable, inherits != 0, flags, environment, startup)
                }?;
                // SAFETY: by the contract of this function.
                unsafe { create_process(request, information) }
            })
        }
    )* };
}

create_process! {
    CreateProcessA, u8;
    CreateProcessW, u16;
}

/// # Safety
///
/// That of [`Text::of`].
unsafe fn text<C: Character>(pointer: *const C) -> Result<Option<Vec<u8>>> {
    // SAFETY: by the contract of this function.
    Ok(bytes(unsafe { Text::of(pointer) }?.os_string()))
}

/// # Safety
///
/// The pointers must be null, or valid for what they are for.
unsafe fn request(
    [application, line, directory]: [Option<Vec<u8>>; 3],
    inheritable: [bool; 2],
    inherits: bool,
    flags: u32,
    environment: *const c_void,
    startup: *const StartupInfo,
) -> Result<Request> {
    // SAFETY: by the contract of this function.
    let info = unsafe { pointers::read(startup) }?;
    if info.runtime_size != 0 {
        // Microsoft's C library sends its descriptors so.
        return Err(Failure::NOT_SUPPORTED);
    }
    let mut listed = None;
    if flags & EXTENDED_STARTUPINFO_PRESENT != 0 {
        if info.size != EXTENDED_SIZE {
            return Err(Failure::INVALID_PARAMETER);
        }
        // SAFETY: the longer form has a pointer behind the shorter.
        let list = unsafe { startup.add(1) }.cast::<*mut List>();
        // SAFETY: by the contract of this function.
        let list = unsafe { pointers::read(list) }?;
        // SAFETY: by the contract of this function.
        listed = unsafe { attribute_list::listed(list) }?;
    }
    let is_wide = flags & UNICODE_ENVIRONMENT != 0;
    let environment = if environment.is_null() {
        None
    } else {
        // SAFETY: by the contract of this function.
        Some(unsafe { environment::block(environment, is_wide) }?)
    };
    let uses_standard = info.flags & USE_STANDARD_HANDLES != 0;
    Ok(Request {
        application,
        line,
        inherits,
        listed,
        flags,
        environment,
        directory,
        standard: uses_standard.then_some(info.standard),
        inheritable: inheritable.into(),
    })
}

/// # Safety
///
/// `information` must be valid for writing.
unsafe fn create_process(request: Request, information: *mut ProcessInformation) -> Result<()> {
    let nothing = ProcessInformation {
        process: Handle::NULL,
        thread: Handle::NULL,
        process_id: 0,
        thread_id: 0,
    };
    // Before there is a process that nobody could be told of.
    // SAFETY: by the contract of this function.
    unsafe { pointers::write(information, nothing) }?;
    let created = create::create(request)?;
    let created = ProcessInformation {
        process: created.process,
        thread: created.thread,
        process_id: created.pid,
        thread_id: created.pid,
    };
    // SAFETY: by the contract of this function.
    unsafe { pointers::write(information, created) }
}

/// # Safety
///
/// `size` must be valid for reading and writing, and `list` null, or valid for writing so many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn InitializeProcThreadAttributeList(
    list: *mut List,
    count: u32,
    flags: u32,
    size: *mut usize,
) -> i32 {
    // SAFETY: by the contract of this function.
    succeeds(|| unsafe { attribute_list::initialize(list, count, flags, size) })
}

/// # Safety
///
/// `list` must have been initialized, and `value` be valid for so many bytes until a process was started.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn UpdateProcThreadAttribute(
    list: *mut List,
    flags: u32,
    attribute: usize,
    value: *const c_void,
    size: usize,
    previous: *const c_void,
    returned: *const usize,
) -> i32 {
    succeeds(|| {
        if flags != 0 || !previous.is_null() || !returned.is_null() {
            return Err(Failure::INVALID_PARAMETER);
        }
        // SAFETY: by the contract of this function.
        unsafe { attribute_list::update(list, attribute, value, size) }
    })
}

/// The list is the caller's memory, and nothing but that.
#[unsafe(no_mangle)]
pub extern "C" fn DeleteProcThreadAttributeList(_list: *mut List) {}

#[unsafe(no_mangle)]
pub extern "C" fn OpenProcess(rights: u32, inheritable: i32, id: u32) -> Handle {
    answer(Handle::NULL, || {
        let process = Process::open(id, rights)?;
        handles::insert(Object::Process(process), inheritable != 0)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn GetCurrentProcess() -> Handle {
    Handle::CURRENT_PROCESS
}

#[unsafe(no_mangle)]
pub extern "C" fn GetCurrentProcessId() -> u32 {
    std::process::id()
}

#[unsafe(no_mangle)]
pub extern "C" fn GetProcessId(handle: Handle) -> u32 {
    answer(0, || {
        of_process(handle, |process| {
            rights::require_any(process.rights(), PROCESS_QUERY)?;
            match process.pid() {
                // It had ended before this process knew it.
                0 => Err(Failure::NOT_SUPPORTED),
                pid => Ok(pid),
            }
        })
    })
}

/// # Safety
///
/// `code` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetExitCodeProcess(handle: Handle, code: *mut u32) -> i32 {
    succeeds(|| {
        let found = of_process(handle, |process| {
            rights::require_any(process.rights(), PROCESS_QUERY)?;
            process.record().exit_code()
        })?;
        // SAFETY: by the contract of this function.
        unsafe { pointers::write(code, found.unwrap_or(STILL_ACTIVE)) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn TerminateProcess(handle: Handle, code: u32) -> i32 {
    succeeds(|| {
        if handle == Handle::CURRENT_PROCESS {
            end::exit_at_once(code);
        }
        let entry = handles::get(handle)?;
        refers_to!(entry, Object::Process(process) => {
            entry.require(PROCESS_TERMINATE)?;
            process.record().terminate(code)
        })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn ExitProcess(code: u32) -> ! {
    end::exit(code)
}

/// # Safety
///
/// `info` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetStartupInfoA(info: *mut StartupInfo) {
    // SAFETY: by the contract of this function.
    succeeds(|| unsafe { pointers::write(info, startup::of_this_process()) });
}

/// # Safety
///
/// `info` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetStartupInfoW(info: *mut StartupInfo) {
    // SAFETY: by the contract of this function.
    succeeds(|| unsafe { pointers::write(info, startup::of_this_process()) });
}
