//! What only one system has.

#[cfg(target_os = "linux")]
pub mod linux;
