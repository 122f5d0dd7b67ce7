//! How objects are put into words.

use commonhold::os::linux::inspect::{Kind, Object};
use commonhold::{Protection, Rights, Scope, SectionAttributes};

use crate::units::{Size, Time};

/// The name as it is given to the command, with what a terminal would not print escaped.
pub fn name(object: &Object) -> String {
    let scope = match object.scope {
        Scope::Local => "",
        Scope::Global => r"Global\",
    };
    let Some(name) = &object.name else {
        let file = object.path.file_name().unwrap_or_default();
        return format!("{scope}{}", escaped(&file.to_string_lossy()));
    };
    let rest = if object.is_name_whole { "" } else { "..." };
    format!("{scope}{}{rest}", escaped(name))
}

/// Text from elsewhere, for a terminal.
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// The state of an object in a few words; a section's is its size and protection.
pub fn state(kind: &Kind) -> String {
    match kind {
        Kind::Section { info, file } => {
            let mut words = vec![
                Size(info.size).to_string(),
                protection(info.protection).into(),
            ];
            if info.attributes.contains(SectionAttributes::RESERVE) {
                words.push("reserved".into());
            }
            if info.attributes.contains(SectionAttributes::LARGE_PAGES) {
                words.push("large pages".into());
            }
            if file.is_some() {
                words.push("file".into());
            }
            words.join(" ")
        }
        Kind::Mutex {
            owner: Some(thread),
            ..
        } => format!("owned by thread {thread}"),
        Kind::Mutex {
            is_abandoned: true, ..
        } => "abandoned".into(),
        Kind::Mutex { .. } => "free".into(),
        Kind::Semaphore { count, maximum, .. } => format!("{count} of {maximum}"),
        Kind::Event {
            manual_reset,
            signaled,
            ..
        } => format!("{}, {}", signal(*signaled), reset(*manual_reset)),
        Kind::Timer {
            signaled,
            due_in,
            period,
            ..
        } => {
            let now = match due_in {
                _ if *signaled => "signaled".into(),
                Some(left) => format!("due in {}", Time(*left)),
                None => "not set".into(),
            };
            match period {
                Some(period) => format!("{now}, every {}", Time(*period)),
                None => now,
            }
        }
        Kind::Newer(version) => format!("of layout version {version}"),
        Kind::Damaged(why) => (*why).to_owned(),
        _ => "not for this user to read".into(),
    }
}

fn signal(signaled: bool) -> &'static str {
    if signaled { "signaled" } else { "not signaled" }
}

fn reset(manual: bool) -> &'static str {
    if manual { "manual" } else { "auto" }
}

/// A protection as options have it.
pub fn protection(protection: Protection) -> &'static str {
    match protection {
        Protection::NoAccess => "noaccess",
        Protection::ReadOnly => "readonly",
        Protection::ReadWrite => "readwrite",
        Protection::WriteCopy => "writecopy",
        Protection::Execute => "execute",
        Protection::ExecuteRead => "execute-read",
        Protection::ExecuteReadWrite => "execute-readwrite",
        Protection::ExecuteWriteCopy => "execute-writecopy",
    }
}

/// The attributes of a section.
pub fn attributes(attributes: SectionAttributes) -> String {
    let names = attributes.iter_names().map(|(name, _)| name);
    let names: Vec<_> = names
        .map(|name| name.to_lowercase().replace('_', " "))
        .collect();
    names.join(", ")
}

/// Whether threads wait for the object; `None` for what nobody waits for.
pub fn has_waiters(kind: &Kind) -> Option<bool> {
    match kind {
        Kind::Mutex { has_waiters, .. }
        | Kind::Semaphore { has_waiters, .. }
        | Kind::Event { has_waiters, .. }
        | Kind::Timer { has_waiters, .. } => Some(*has_waiters),
        _ => None,
    }
}

/// Who may open the object.
pub fn openers(mode: u32) -> &'static str {
    match (mode & 0o006 != 0, mode & 0o004 != 0) {
        (true, _) if mode & 0o006 == 0o006 => "everyone",
        (_, true) => "everyone, to read",
        _ => "user",
    }
}

/// The rights in words: those of the type first, which have the same bits for something else with another.
pub fn rights(rights: Option<Rights>, is_section: bool) -> String {
    const SECTION: [(Rights, &str); 5] = [
        (Rights::QUERY, "query"),
        (Rights::MAP_READ, "read"),
        (Rights::MAP_WRITE, "write"),
        (Rights::MAP_EXECUTE, "execute"),
        (Rights::EXTEND_SIZE, "extend"),
    ];
    const WAITABLE: [(Rights, &str); 2] = [
        (Rights::QUERY_STATE, "query"),
        (Rights::MODIFY_STATE, "modify"),
    ];
    const COMMON: [(Rights, &str); 5] = [
        (Rights::SYNCHRONIZE, "synchronize"),
        (Rights::DELETE, "delete"),
        (Rights::READ_CONTROL, "read-control"),
        (Rights::WRITE_DAC, "write-dac"),
        (Rights::WRITE_OWNER, "write-owner"),
    ];
    let Some(rights) = rights else {
        return "all rights".into();
    };
    let own = if is_section { &SECTION[..] } else { &WAITABLE };
    let (mut words, mut unknown) = (Vec::new(), rights);
    for &(right, word) in own.iter().chain(&COMMON) {
        if rights.contains(right) {
            words.push(word.to_owned());
            unknown.remove(right);
        }
    }
    if !unknown.is_empty() {
        words.push(format!("{:#x}", unknown.bits()));
    }
    if words.is_empty() {
        return "no rights".into();
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn states_are_words() {
        let has_waiters = false;
        let mutex = |owner, is_abandoned| Kind::Mutex {
            owner,
            is_abandoned,
            has_waiters,
        };
        assert_eq!(state(&mutex(Some(7), false)), "owned by thread 7");
        assert_eq!(state(&mutex(None, true)), "abandoned");
        assert_eq!(state(&mutex(None, false)), "free");
        let semaphore = Kind::Semaphore {
            count: 2,
            maximum: 5,
            has_waiters,
        };
        assert_eq!(state(&semaphore), "2 of 5");
        let timer = Kind::Timer {
            manual_reset: true,
            signaled: false,
            due_in: Some(Duration::from_millis(250)),
            period: Some(Duration::from_secs(90)),
            has_waiters,
        };
        assert_eq!(state(&timer), "due in 250ms, every 1m 30s");
        assert_eq!(state(&Kind::Newer(3)), "of layout version 3");
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        assert_eq!(escaped("a\x1b[2Jb\n\u{9b}é"), "a\\u{1b}[2Jb\\n\\u{9b}é");
    }

    #[test]
    fn rights_are_said_in_the_words_of_the_type() {
        let one = Some(Rights::QUERY | Rights::MODIFY_STATE | Rights::SYNCHRONIZE);
        assert_eq!(rights(one, true), "query write synchronize");
        assert_eq!(rights(one, false), "query modify synchronize");
        assert_eq!(rights(Some(Rights::empty()), true), "no rights");
        let unknown = Rights::from_bits_retain(0x204);
        assert_eq!(rights(Some(unknown), true), "read 0x200");
        let only_unknown = Rights::from_bits_retain(0x200);
        assert_eq!(rights(Some(only_unknown), false), "0x200");
        assert_eq!(rights(None, false), "all rights");
    }

    #[test]
    fn modes_say_who_may_open() {
        assert_eq!(
            [0o600, 0o666, 0o644].map(openers),
            ["user", "everyone", "everyone, to read"]
        );
    }
}
