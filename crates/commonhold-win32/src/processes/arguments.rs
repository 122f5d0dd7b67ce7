//! What this process was started with: its command line, its program, its variables.

use std::ffi::{CString, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::command_line;
use crate::failure::{Failure, Result};
use crate::platform::environment;
use crate::platform::text::to_wide;

/// The command line in one of its forms, made once and never freed: programs keep the pointer. `T` ends with a zero.
fn kept<T>(cache: &AtomicPtr<T>, make: impl FnOnce(Vec<u8>) -> Vec<T>) -> Result<*mut T> {
    let before = cache.load(Ordering::Acquire);
    if !before.is_null() {
        return Ok(before);
    }
    let line = make(command_line()?).leak().as_mut_ptr();
    let put = cache.compare_exchange(ptr::null_mut(), line, Ordering::AcqRel, Ordering::Acquire);
    // Who comes second has leaked one, which is once in a lifetime.
    Ok(put.map_or_else(|first| first, |_| line))
}

pub(crate) fn narrow_command_line() -> Result<*mut u8> {
    static KEPT: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
    kept(&KEPT, |mut line| {
        line.push(0);
        line
    })
}

pub(crate) fn wide_command_line() -> Result<*mut u16> {
    static KEPT: AtomicPtr<u16> = AtomicPtr::new(ptr::null_mut());
    kept(&KEPT, |line| {
        let mut line = to_wide(&line);
        line.push(0);
        line
    })
}

/// The environment variable with the command line that a process was given, where that cannot be told from its
/// arguments. It is inherited further, so it counts only where it says the same as they.
pub(super) const LINE_VARIABLE: &str = "COMMONHOLD_COMMAND_LINE";

/// One from which a program takes the arguments that this one has: the one that it was given, if it is known.
fn command_line() -> Result<Vec<u8>> {
    let all = std::fs::read("/proc/self/cmdline").map_err(|_| Failure::GEN_FAILURE)?;
    let all = all.strip_suffix(&[0]).unwrap_or(&all);
    let arguments: Vec<Vec<u8>> = all.split(|&byte| byte == 0).map(<[u8]>::to_vec).collect();
    let given = environment::get(LINE_VARIABLE.as_ref());
    let given = given.filter(|given| command_line::split(given) == arguments);
    Ok(given.unwrap_or_else(|| command_line::join(&arguments)))
}

/// The path of the program's file.
pub(crate) fn program() -> Result<Vec<u8>> {
    let path = std::env::current_exe().map_err(|_| Failure::GEN_FAILURE)?;
    let bytes = path.as_os_str().as_bytes();
    // So the kernel says that the file is gone by now.
    Ok(bytes.strip_suffix(b" (deleted)").unwrap_or(bytes).to_vec())
}

/// The value of a variable of the environment.
pub(crate) fn variable(name: Option<OsString>) -> Result<Vec<u8>> {
    let name = name.filter(|name| !name.is_empty());
    let value = name.and_then(|name| environment::get(&name));
    value.ok_or(Failure::ENVVAR_NOT_FOUND)
}

/// Sets a variable, or removes it.
pub(crate) fn set_variable(name: Option<OsString>, value: Option<OsString>) -> Result<()> {
    let name = name.ok_or(Failure::ENVVAR_NOT_FOUND)?;
    if value.is_none() && !name.is_empty() && environment::get(&name).is_none() {
        return Err(Failure::ENVVAR_NOT_FOUND);
    }
    let c_string =
        |text: OsString| CString::new(text.into_vec()).map_err(|_| Failure::INVALID_PARAMETER);
    let value = value.map(c_string).transpose()?;
    environment::set(&c_string(name)?, value.as_deref())
}
