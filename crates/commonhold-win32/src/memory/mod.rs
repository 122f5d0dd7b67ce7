//! Memory of the process: views, and what is allocated beside them.
