//! Objects by their names, and what to say if they are not there, or not what was thought.

use anyhow::{Result, anyhow, bail, ensure};
use commonhold::os::linux::AnyObject;
use commonhold::os::linux::inspect::Namespace;
use commonhold::{Error, ErrorCode, Event, Mutex, Name, Rights, Section, Semaphore, Timer};

use crate::shown;

/// A name, as it is written on the command line.
pub fn parse(text: &str) -> Result<Name> {
    let name = Name::try_from(text)?;
    ensure!(!name.is_empty(), "no object has the empty name");
    Ok(name)
}

/// The section of the name that was typed, with exactly these rights.
pub fn open_section(text: &str, rights: Rights) -> Result<Section> {
    let name = parse(text)?;
    Section::open_with(&name, rights).map_err(|error| explained(error, "section", &name))
}

pub fn mutex(name: &Name) -> Result<Mutex> {
    Mutex::open_with(name, Rights::SYNCHRONIZE).map_err(|error| explained(error, "mutex", name))
}

pub fn semaphore(name: &Name, rights: Rights) -> Result<Semaphore> {
    Semaphore::open_with(name, rights).map_err(|error| explained(error, "semaphore", name))
}

pub fn event(name: &Name) -> Result<Event> {
    Event::open_with(name, Rights::MODIFY_STATE).map_err(|error| explained(error, "event", name))
}

pub fn timer(name: &Name) -> Result<Timer> {
    Timer::open_with(name, Rights::MODIFY_STATE).map_err(|error| explained(error, "timer", name))
}

/// Whatever has the name and can be waited for.
pub fn waitable(name: &Name) -> Result<AnyObject> {
    match any(name) {
        Ok(AnyObject::Section(_)) => bail!(
            "\"{name}\" is a section, which cannot be waited for; share an event or a mutex beside it"
        ),
        opened => opened.map_err(|error| explained(error, "object", name)),
    }
}

/// Says of what the library refused what can be done about it.
pub fn explained(error: Error, what: &str, name: &Name) -> anyhow::Error {
    match error.code() {
        ErrorCode::FILE_NOT_FOUND => missing(what, name),
        ErrorCode::INVALID_HANDLE => match any(name) {
            Ok(other) => anyhow!(
                "\"{name}\" is {}, and not {}; all types share their names",
                with_article(type_of(&other)),
                with_article(what)
            ),
            Err(_) => error.into(),
        },
        ErrorCode::ALREADY_EXISTS => {
            anyhow!("there is an object named \"{name}\" already; without --new it is opened")
        }
        _ => error.into(),
    }
}

/// Says that there is no such object, and what may have been meant.
pub fn missing(what: &str, name: &Name) -> anyhow::Error {
    match resembling(name) {
        Some(other) => anyhow!(
            "there is no {what} named {name}; did you mean {other}? upper and lower case differ"
        ),
        None => anyhow!(
            "there is no {what} named {name}; a name is there while a process holds it (`commonhold ls` shows all)"
        ),
    }
}

/// The name that is there and most like the one that was typed.
fn resembling(name: &Name) -> Option<String> {
    /// Of names that have less in common, none was meant.
    const ALIKE: f64 = 0.8;
    let typed = String::from_utf8_lossy(name.as_wtf8()).to_lowercase();
    let objects = Namespace::open(name.scope()).ok()??.objects().ok()?;
    let alike = objects.iter().filter_map(|object| {
        let name = object.name.as_ref()?.to_lowercase();
        Some((strsim::jaro_winkler(&typed, &name), object))
    });
    let (likeness, most_alike) = alike.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (likeness >= ALIKE).then(|| shown::name(most_alike))
}

/// Opens what has the name, be it of any type: sections to be asked, and others to be waited for.
fn any(name: &Name) -> commonhold::Result<AnyObject> {
    let open: [fn(&Name) -> commonhold::Result<AnyObject>; 5] = [
        |name| Mutex::open_with(name, Rights::SYNCHRONIZE).map(AnyObject::Mutex),
        |name| Semaphore::open_with(name, Rights::SYNCHRONIZE).map(AnyObject::Semaphore),
        |name| Event::open_with(name, Rights::SYNCHRONIZE).map(AnyObject::Event),
        |name| Timer::open_with(name, Rights::SYNCHRONIZE).map(AnyObject::Timer),
        |name| Section::open_with(name, Rights::QUERY).map(AnyObject::Section),
    ];
    let [first, others @ ..] = open;
    others
        .iter()
        .fold(first(name), |opened, open| match opened {
            Err(error) if error.code() == ErrorCode::INVALID_HANDLE => open(name),
            opened => opened,
        })
}

/// What an object's type is called.
pub fn type_of(object: &AnyObject) -> &'static str {
    match object {
        AnyObject::Section(_) => "section",
        AnyObject::Mutex(_) => "mutex",
        AnyObject::Semaphore(_) => "semaphore",
        AnyObject::Event(_) => "event",
        AnyObject::Timer(_) => "timer",
    }
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['e', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}
