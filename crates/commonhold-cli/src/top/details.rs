//! All of one object, line by line.

use std::time::{Duration, SystemTime};

use commonhold::SectionInfo;
use commonhold::os::linux::inspect::{Handle, Kind, Object, Sleepers, User, View};

use super::row;
use super::text::plain;
use crate::shown;
use crate::units::{Size, Time};

/// What there is to say of the object and those who use it, which is known since `age`.
pub fn lines(
    object: &Object,
    users: &[User],
    sleepers: &Sleepers,
    age: Option<Duration>,
) -> Vec<String> {
    let kind = &object.kind;
    let mut lines = vec![
        fact("name", &row::name(object)),
        fact("type", kind.type_name()),
        fact("state", &shown::state(kind)),
    ];
    if let Kind::Section { info, file } = kind {
        lines.extend(section(info));
        let file = file.as_ref().map(|file| file.display().to_string());
        lines.extend(file.map(|file| fact("file", &file)));
    }
    if let Some(has_waiters) = shown::has_waiters(kind) {
        lines.push(fact("waiters", if has_waiters { "yes" } else { "no" }));
    }
    lines.push(fact("memory", &Size(object.memory).to_string()));
    lines.push(fact("path", &object.path.display().to_string()));
    let owner = format!("uid {}, mode {:04o}", object.uid, object.mode & 0o7777);
    lines.push(fact("owner", &owner));
    let made = object
        .made
        .and_then(|made| SystemTime::now().duration_since(made).ok());
    lines.extend(made.map(|age| fact("made", &format!("{} ago", Time(age)))));
    let used_by = used_by(object, users);
    lines.push(match age.filter(|age| age.as_secs() > 1) {
        Some(age) => fact("users", &format!("{used_by}, {} ago", Time(age))),
        None => fact("users", &used_by),
    });
    for user in users {
        lines.push(String::new());
        lines.push(plain(&format!("process {}  {}", user.pid, user.command)));
        let is_section = matches!(kind, Kind::Section { .. });
        lines.extend(user.handles.iter().map(|it| handle(it, is_section)));
        if is_section {
            lines.extend(user.views.iter().map(view));
        } else {
            // What it has mapped is for the library's own use.
            let waits = |thread| format!("  thread {thread} waits");
            lines.extend(sleepers.of(user).into_iter().map(waits));
        }
    }
    lines
}

fn fact(what: &str, it: &str) -> String {
    plain(&format!("{what:<10} {it}"))
}

fn section(info: &SectionInfo) -> [String; 2] {
    let attributes: Vec<_> = info.attributes.iter_names().map(|(name, _)| name).collect();
    [
        fact("protection", shown::protection(info.protection)),
        fact("attributes", &attributes.join(" ")),
    ]
}

fn used_by(object: &Object, users: &[User]) -> String {
    match (users.len(), object.is_held) {
        (0, true) => "processes that are not seen, perhaps of others".into(),
        (0, false) => "none; a leftover, which goes when its name is used".into(),
        (1, _) => "1 process".into(),
        (count, _) => format!("{count} processes"),
    }
}

fn handle(handle: &Handle, is_section: bool) -> String {
    let rights = shown::rights(handle.rights, is_section);
    let inherited = if handle.is_inheritable {
        ", inheritable"
    } else {
        ""
    };
    format!("  handle {}: {rights}{inherited}", handle.descriptor)
}

fn view(view: &View) -> String {
    let range = &view.addresses;
    format!(
        "  view {:x}-{:x}: {} at {:#x}, {}",
        range.start,
        range.end,
        Size(range.end.saturating_sub(range.start)),
        view.offset,
        view.access
    )
}
