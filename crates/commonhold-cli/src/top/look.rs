//! What is looked at, and how often.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Error, Result};
use commonhold::Scope;
use commonhold::os::linux::inspect::{Namespace, Object, Sleepers, User, Users};

use super::row::Row;
use crate::shown;

/// Looking at who uses the objects takes no more than this part of the time: one in so many.
const SHARE: u32 = 100;

/// The objects of namespaces, and who uses them, as they were when last looked at.
pub struct Look {
    scopes: &'static [Scope],
    objects: Vec<Object>,
    users: Users,
    /// Of processes that use an object which threads may wait for.
    sleepers: Sleepers,
    processes: usize,
    /// When the users were looked at, and when that is due again.
    users_seen: Option<Instant>,
    users_due: Instant,
    /// Why a namespace could not be looked at.
    pub refusal: Option<String>,
}

impl Look {
    pub fn at(scopes: &'static [Scope]) -> Self {
        Self {
            scopes,
            objects: Vec::new(),
            users: Users::default(),
            sleepers: Sleepers::default(),
            processes: 0,
            users_seen: None,
            users_due: Instant::now(),
            refusal: None,
        }
    }

    /// Looks again. It is an error only if no namespace can be looked at.
    pub fn again(&mut self) -> Result<Vec<Row>> {
        self.objects.clear();
        self.refusal = None;
        let mut paths = Vec::new();
        let mut refused = Vec::new();
        for &scope in self.scopes {
            match look_at(scope) {
                Ok(None) => {}
                Ok(Some((path, objects))) => {
                    paths.push(path);
                    self.objects.extend(objects);
                }
                Err(error) => refused.push(error),
            }
        }
        if refused.len() == self.scopes.len() {
            return Err(refused.remove(0));
        }
        self.refusal = refused.first().map(|error| format!("{error:#}"));
        self.look_at_users(&paths);
        let now = SystemTime::now();
        let rows = self.objects.iter();
        Ok(rows
            .map(|object| Row::of(object, self.users.of(object.identity), &self.sleepers, now))
            .collect())
    }

    /// That goes through all processes, so it is done at every look only where it takes little.
    fn look_at_users(&mut self, paths: &[PathBuf]) {
        let start = Instant::now();
        if self.objects.is_empty() || start < self.users_due {
            return;
        }
        let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        self.users = Users::look(&paths);
        let users = |object: &Object| self.users.of(object.identity).iter();
        let pids = self.objects.iter().flat_map(users).map(|user| user.pid);
        self.processes = pids.collect::<HashSet<u32>>().len();
        let may_be_waited_for = |object: &&Object| shown::has_waiters(&object.kind) == Some(true);
        let waited_for = self.objects.iter().filter(may_be_waited_for);
        self.sleepers = Sleepers::look(waited_for.flat_map(users).map(|user| user.pid));
        self.users_seen = Some(start);
        self.users_due = Instant::now() + start.elapsed() * SHARE;
    }

    pub fn sleepers(&self) -> &Sleepers {
        &self.sleepers
    }

    pub fn object(&self, index: usize) -> Option<(&Object, &[User])> {
        let object = self.objects.get(index)?;
        Some((object, self.users.of(object.identity)))
    }

    /// How many processes were seen to use any of the objects, and into how many it could not be looked.
    pub fn processes(&self) -> (usize, usize) {
        (self.processes, self.users.unseen)
    }

    /// How old what is known of the users is.
    pub fn users_age(&self) -> Option<Duration> {
        self.users_seen.map(|seen| seen.elapsed())
    }
}

fn look_at(scope: Scope) -> Result<Option<(PathBuf, Vec<Object>)>> {
    let look = || -> commonhold::Result<_> {
        let Some(namespace) = Namespace::open(scope)? else {
            return Ok(None);
        };
        Ok(Some((namespace.path().to_owned(), namespace.objects()?)))
    };
    look().map_err(Error::from)
}
