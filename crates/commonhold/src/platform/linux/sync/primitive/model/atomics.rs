//! Atomics whose changes burn the fuse.

use loom::sync::atomic::{self, Ordering};

use super::world::burn;

macro_rules! atomic {
    ($name:ident, $int:ty) => {
        pub(in crate::platform::linux::sync) struct $name(pub(super) atomic::$name);

        #[allow(dead_code, reason = "each is there for one of the two")]
        impl $name {
            pub(in crate::platform::linux::sync) fn new(value: $int) -> Self {
                Self(atomic::$name::new(value))
            }

            pub(in crate::platform::linux::sync) fn load(&self, order: Ordering) -> $int {
                self.0.load(order)
            }

            pub(in crate::platform::linux::sync) fn store(&self, value: $int, order: Ordering) {
                burn();
                self.0.store(value, order);
            }

            pub(in crate::platform::linux::sync) fn swap(
                &self,
                value: $int,
                order: Ordering,
            ) -> $int {
                burn();
                self.0.swap(value, order)
            }

            pub(in crate::platform::linux::sync) fn fetch_add(
                &self,
                value: $int,
                order: Ordering,
            ) -> $int {
                burn();
                self.0.fetch_add(value, order)
            }

            pub(in crate::platform::linux::sync) fn fetch_sub(
                &self,
                value: $int,
                order: Ordering,
            ) -> $int {
                burn();
                self.0.fetch_sub(value, order)
            }

            pub(in crate::platform::linux::sync) fn compare_exchange(
                &self,
                old: $int,
                new: $int,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$int, $int> {
                burn();
                self.0.compare_exchange(old, new, success, failure)
            }
        }
    };
}

atomic!(AtomicU32, u32);
atomic!(AtomicU64, u64);
