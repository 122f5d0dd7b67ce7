//! Objects as JSON. Fields are added, and never change their meaning.
//!
//! | field | |
//! |---|---|
//! | `name` | without the namespace's; `null` if the object does not tell it |
//! | `namespace` | `local` or `global` |
//! | `type` | `section`, `mutex`, `semaphore`, `event`, `timer`, `newer`, `damaged`, `unreadable` |
//! | `size`, `protection`, `file` | of a section: bytes, as `create` has it, path or `null` |
//! | `owner`, `abandoned` | of a mutex: thread or `null`, `true` or `false` |
//! | `count`, `maximum` | of a semaphore |
//! | `signaled`, `manual_reset` | of an event or timer |
//! | `due_in`, `period` | of a timer: seconds or `null` |
//! | `waiters` | whether threads wait, or may; `null` for a section |
//! | `held` | whether any process has a handle |
//! | `memory` | bytes |
//! | `age` | seconds, or `null` |
//! | `uid`, `mode` | owner, and mode in octal digits |
//! | `path` | of the file |
//! | `sleepers` | of `info` only: threads that wait, as far as this user may see |
//! | `users` | `pid`, `command`, `handles` (`descriptor`, `rights` or `null` for all, `inheritable`), `views` (`start`, `end`, `offset`, `access`) |

use std::io::Write;

use anyhow::Result;
use commonhold::Scope;
use commonhold::os::linux::inspect::{Kind, User};
use serde::Serialize;
use serde_json::{Value, json};

use crate::catalog::Entry;
use crate::shown;

/// The objects, each with who uses it.
pub fn entries(entries: &[Entry]) -> Value {
    entries.iter().map(entry).collect()
}

pub fn entry(entry: &Entry) -> Value {
    let object = &entry.object;
    let age = object.made.and_then(|made| made.elapsed().ok());
    let mut value = json!({
        "name": object.name,
        "namespace": match object.scope {
            Scope::Local => "local",
            Scope::Global => "global",
        },
        "type": object.kind.type_name(),
        "waiters": shown::has_waiters(&object.kind),
        "held": object.is_held,
        "memory": object.memory,
        "age": age.map(|age| age.as_secs_f64()),
        "uid": object.uid,
        "mode": format!("{:o}", object.mode),
        "path": object.path.to_string_lossy(),
        "users": users(&entry.users),
    });
    if let (Value::Object(value), Value::Object(state)) = (&mut value, state(&object.kind)) {
        value.extend(state);
    }
    value
}

/// What is of the type alone.
fn state(kind: &Kind) -> Value {
    let seconds = |time: Option<std::time::Duration>| time.map(|time| time.as_secs_f64());
    match kind {
        Kind::Section { info, file } => json!({
            "size": info.size,
            "protection": shown::protection(info.protection),
            "file": file.as_ref().map(|file| file.to_string_lossy()),
        }),
        Kind::Mutex {
            owner,
            is_abandoned,
            ..
        } => json!({ "owner": owner, "abandoned": is_abandoned }),
        Kind::Semaphore { count, maximum, .. } => json!({ "count": count, "maximum": maximum }),
        Kind::Event {
            manual_reset,
            signaled,
            ..
        } => {
            json!({ "signaled": signaled, "manual_reset": manual_reset })
        }
        Kind::Timer {
            manual_reset,
            signaled,
            due_in,
            period,
            ..
        } => json!({
            "signaled": signaled,
            "manual_reset": manual_reset,
            "due_in": seconds(*due_in),
            "period": seconds(*period),
        }),
        Kind::Newer(version) => json!({ "version": version }),
        Kind::Damaged(why) => json!({ "why": why }),
        _ => json!({}),
    }
}

pub fn users(users: &[User]) -> Value {
    let user = |user: &User| {
        let handles = user.handles.iter().map(|handle| {
            json!({
                "descriptor": handle.descriptor,
                "rights": handle.rights.map(|rights| rights.bits()),
                "inheritable": handle.is_inheritable,
            })
        });
        let views = user.views.iter().map(|view| {
            json!({
                "start": view.addresses.start,
                "end": view.addresses.end,
                "offset": view.offset,
                "access": view.access,
            })
        });
        json!({
            "pid": user.pid,
            "command": user.command,
            "handles": handles.collect::<Value>(),
            "views": views.collect::<Value>(),
        })
    };
    users.iter().map(user).collect()
}

/// Writes a value, indented, with a line end.
pub fn write(out: &mut impl Write, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    writeln!(out, "{text}")?;
    Ok(())
}
