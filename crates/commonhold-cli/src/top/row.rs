//! What the list shows of an object.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use commonhold::Scope;
use commonhold::os::linux::inspect::{Kind, Object, Sleepers, User};

use super::text::plain;
use crate::shown;

/// An object, as a row of the list.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Tells it from others, from one look to the next.
    pub path: PathBuf,
    pub name: String,
    pub type_name: &'static str,
    pub state: String,
    pub is_held: bool,
    /// Something is wrong with it, or was.
    pub is_odd: bool,
    /// How many processes were seen to have handles.
    pub holders: usize,
    /// The one with the lowest id of them.
    pub first_pid: Option<u32>,
    /// `None` for what cannot be waited for.
    pub has_waiters: Option<bool>,
    /// How many threads were seen to wait.
    pub waiting: usize,
    pub memory: u64,
    pub age: Option<Duration>,
}

impl Row {
    pub fn of(object: &Object, users: &[User], sleepers: &Sleepers, now: SystemTime) -> Self {
        let has_waiters = shown::has_waiters(&object.kind);
        let may_wait = users.iter().filter(|_| has_waiters == Some(true));
        let waiting = may_wait.map(|user| sleepers.of(user).len()).sum();
        let mut holders = users.iter().filter(|user| !user.handles.is_empty());
        let first = holders.next();
        Self {
            path: object.path.clone(),
            name: name(object),
            type_name: object.kind.type_name(),
            state: shown::state(&object.kind),
            is_held: object.is_held,
            is_odd: is_odd(&object.kind),
            holders: usize::from(first.is_some()) + holders.count(),
            first_pid: first.map(|user| user.pid),
            has_waiters,
            waiting,
            memory: object.memory,
            age: object.made.and_then(|made| now.duration_since(made).ok()),
        }
    }
}

/// The name as one writes it to open the object; its file's, if it does not tell it.
pub fn name(object: &Object) -> String {
    let prefix = match object.scope {
        Scope::Local => "",
        Scope::Global => "Global\\",
    };
    let file = || object.path.file_name().unwrap_or_default();
    let name = match &object.name {
        Some(name) if object.is_name_whole => name.clone(),
        Some(start) => format!("{start}…"),
        None => format!("<{}>", file().to_string_lossy()),
    };
    plain(&format!("{prefix}{name}"))
}

fn is_odd(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Mutex {
            is_abandoned: true,
            ..
        } | Kind::Newer(_)
            | Kind::Damaged(_)
    )
}
