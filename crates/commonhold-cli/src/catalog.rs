//! The objects that a command is about: looked at, chosen, in an order.

use std::cmp::Reverse;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use commonhold::Scope;
use commonhold::os::linux::inspect::{Kind, Namespace, Object, Sleepers, User, Users};
use glob::Pattern;

use crate::shown;

/// Which objects.
#[derive(Args)]
pub struct Choice {
    /// Only objects whose name is this; `*` stands for any characters, `?` for one
    pattern: Option<String>,
    /// Those of the machine's namespace
    #[arg(long)]
    global: bool,
    /// Those of both namespaces
    #[arg(long, conflicts_with = "global")]
    all: bool,
    /// Only objects of this type
    #[arg(long = "type", value_name = "TYPE")]
    object_type: Option<Type>,
    /// What to sort by
    #[arg(long, value_name = "KEY", default_value = "name")]
    sort: Key,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Type {
    Section,
    Mutex,
    Semaphore,
    Event,
    Timer,
    /// What is no object of this version
    Damaged,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Key {
    Name,
    Type,
    /// Largest first
    Size,
    /// Most memory first
    Memory,
    /// Most holders first
    Holders,
    /// Oldest first
    Age,
}

/// An object, and who uses it.
pub struct Entry {
    pub object: Object,
    pub users: Vec<User>,
}

impl Choice {
    /// Looks at the objects that are chosen.
    pub fn look(&self) -> Result<Vec<Entry>> {
        let scopes: &[Scope] = match (self.global, self.all) {
            (_, true) => &[Scope::Local, Scope::Global],
            (true, _) => &[Scope::Global],
            _ => &[Scope::Local],
        };
        let pattern = self.pattern.as_deref().map(Pattern::new).transpose();
        let pattern =
            pattern.context("the pattern is none; `*`, `?` and `[...]` have a meaning")?;
        let mut entries = look(scopes)?;
        entries.retain(|entry| {
            let is_named = pattern
                .as_ref()
                .is_none_or(|pattern| pattern.matches(&shown::name(&entry.object)));
            is_named
                && self
                    .object_type
                    .is_none_or(|wanted| wanted.is_that_of(&entry.object.kind))
        });
        self.sort.sort(&mut entries);
        Ok(entries)
    }
}

/// All objects of these namespaces, by name.
pub fn look(scopes: &[Scope]) -> Result<Vec<Entry>> {
    let mut namespaces = Vec::new();
    for &scope in scopes {
        namespaces.extend(Namespace::open(scope)?);
    }
    let paths: Vec<_> = namespaces.iter().map(Namespace::path).collect();
    let mut objects = Vec::new();
    for namespace in &namespaces {
        objects.extend(namespace.objects()?);
    }
    let users = Users::look(&paths);
    let entries = objects.into_iter().map(|object| Entry {
        users: users.of(object.identity).to_vec(),
        object,
    });
    Ok(entries.collect())
}

impl Entry {
    /// How many processes hold it.
    pub fn holders(&self) -> usize {
        self.users
            .iter()
            .filter(|user| !user.handles.is_empty())
            .count()
    }

    /// Which threads of its users sleep.
    pub fn sleepers(&self) -> Sleepers {
        Sleepers::look(self.users.iter().map(|user| user.pid))
    }

    pub fn size(&self) -> Option<u64> {
        match &self.object.kind {
            Kind::Section { info, .. } => Some(info.size),
            _ => None,
        }
    }
}

impl Type {
    fn is_that_of(self, kind: &Kind) -> bool {
        match self {
            Self::Section => matches!(kind, Kind::Section { .. }),
            Self::Mutex => matches!(kind, Kind::Mutex { .. }),
            Self::Semaphore => matches!(kind, Kind::Semaphore { .. }),
            Self::Event => matches!(kind, Kind::Event { .. }),
            Self::Timer => matches!(kind, Kind::Timer { .. }),
            Self::Damaged => matches!(kind, Kind::Newer(_) | Kind::Damaged(_)),
        }
    }
}

impl Key {
    fn sort(self, entries: &mut [Entry]) {
        let name = |entry: &Entry| shown::name(&entry.object);
        entries.sort_by_cached_key(name);
        match self {
            Self::Name => {}
            Self::Type => entries.sort_by_key(|entry| entry.object.kind.type_name()),
            Self::Size => entries.sort_by_key(|entry| Reverse(entry.size())),
            Self::Memory => entries.sort_by_key(|entry| Reverse(entry.object.memory)),
            Self::Holders => entries.sort_by_key(|entry| Reverse(entry.holders())),
            Self::Age => {
                entries.sort_by_key(|entry| entry.object.made.unwrap_or(SystemTime::UNIX_EPOCH));
            }
        }
    }
}
