//! A model of the kernel's part, for `loom`.
