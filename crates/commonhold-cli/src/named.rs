//! Objects by the names that were typed.

use anyhow::{Error, Result, anyhow, ensure};
use commonhold::Name;
use commonhold::os::linux::inspect::Namespace;

use crate::shown;

/// The name that was typed.
pub fn parse(text: &str) -> Result<Name> {
    let name = Name::try_from(text)?;
    ensure!(!name.is_empty(), "no object has the empty name");
    Ok(name)
}

/// Says that there is no such object, and what may have been meant.
pub fn missing(what: &str, name: &Name) -> Error {
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
