//! How a leftover, and what became of it, is told: in a line, and as JSON.
//!
//! | field | |
//! |---|---|
//! | `name` | without the namespace's; `null` if the object does not tell it |
//! | `namespace` | `local` or `global` |
//! | `type` | `section`, `mutex`, `semaphore`, `event`, `timer`, `newer`, `damaged` |
//! | `memory` | bytes |
//! | `path` | of the file |
//! | `outcome` | `removed`; `removable` if nobody tried; `taken` if another process was faster; `kept` |
//! | `why` | why it was kept; `null` if it was not |

use commonhold::Scope;
use commonhold::os::linux::reclaim::{Leftover, Outcome};
use serde::Serialize;

use crate::shown::{self, escaped};
use crate::units::Size;

#[derive(Serialize)]
pub struct Told {
    name: Option<String>,
    namespace: &'static str,
    #[serde(rename = "type")]
    type_name: &'static str,
    memory: u64,
    path: String,
    outcome: &'static str,
    why: Option<String>,
}

impl Told {
    pub fn of(leftover: &Leftover) -> Self {
        let object = &leftover.object;
        Self {
            name: object.name.clone(),
            namespace: match object.scope {
                Scope::Local => "local",
                Scope::Global => "global",
            },
            type_name: object.kind.type_name(),
            memory: object.memory,
            path: object.path.to_string_lossy().into_owned(),
            outcome: outcome(&leftover.outcome),
            why: why(&leftover.outcome),
        }
    }
}

/// What became of it, name, type, memory; and why, if it was kept.
pub fn line(leftover: &Leftover) -> String {
    let object = &leftover.object;
    let became = outcome(&leftover.outcome);
    let name = shown::name(object);
    let type_name = object.kind.type_name();
    let memory = Size(object.memory);
    let line = format!("{became} {name} ({type_name}, {memory})");
    match why(&leftover.outcome) {
        Some(why) => format!("{line}: {}", escaped(&why)),
        None => line,
    }
}

fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Removable => "removable",
        Outcome::Removed => "removed",
        Outcome::Taken => "taken",
        _ => "kept",
    }
}

fn why(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Kept(error) => Some(error.to_string()),
        _ => None,
    }
}
