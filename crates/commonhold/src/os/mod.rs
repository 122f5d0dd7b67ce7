//! What only one system has.

#[cfg(target_os = "linux")]
mod any_object;
#[cfg(target_os = "linux")]
pub mod linux;
