//! Finding waitable objects by name, and making handles of what was found or came from elsewhere.

use std::os::fd::OwnedFd;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::handle::{WaitableHandle, all_rights};
use super::pid_namespace;
use super::registry::Attached;
use super::state::{Kind, MAXIMUM_COUNT};
use crate::platform::linux::control::{ObjectType, Record};
use crate::platform::linux::errno::refused;
use crate::platform::linux::held_name::Place;
use crate::platform::linux::named;
use crate::platform::linux::object::Object;
use crate::platform::{grantable, unknown_rights};
use crate::{Error, ErrorCode, Name, Result, Rights};

impl WaitableHandle {
    /// Opens the object of the name.
    pub(crate) fn open(
        name: &Name,
        object_type: ObjectType,
        rights: Rights,
        tried: &'static str,
    ) -> Result<Self> {
        named::open(name, tried, |place| {
            Self::find(place, name, object_type, rights, tried)
        })
    }

    pub(super) fn find(
        place: &Place,
        name: &Name,
        object_type: ObjectType,
        rights: Rights,
        tried: &'static str,
    ) -> Result<Option<Self>> {
        // Whatever the rights: to wait is to write.
        let Some((object, record)) =
            Object::find(place, OFlags::RDWR).map_err(|error| error.named(name))?
        else {
            return Ok(None);
        };
        let handle = if record.is_named(name) {
            Self::from_object(object, &record, object_type, Some(rights), tried)
        } else {
            drop(object);
            Err(Error::new(ErrorCode::FILE_CORRUPT, tried)
                .because("the file of this name holds an object of another"))
        };
        handle.map(Some).map_err(|error| error.named(name))
    }

    /// Makes a handle of an object, with these rights, or those that came with the descriptor.
    fn from_object(
        object: Object,
        record: &Record,
        object_type: ObjectType,
        rights: Option<Rights>,
        tried: &'static str,
    ) -> Result<Self> {
        record.check(object_type, tried)?;
        let kind = Kind::read(object_type, record, tried)?;
        let all = all_rights(object_type);
        let rights = match rights {
            Some(rights) => {
                let rights = rights.without_maximum_allowed(all);
                let rights = grantable(rights, |rights| rights.for_waitable(all), tried)?;
                if rights != all {
                    object
                        .record_rights(rights)
                        .map_err(|errno| refused(errno, tried))?;
                }
                rights
            }
            None => match object.recorded_rights() {
                None => all,
                Some(rights) => rights
                    .for_waitable(all)
                    .ok_or_else(|| unknown_rights(tried))?,
            },
        };
        let attached = attach(&object, kind).map_err(|errno| match errno {
            Errno::ACCESS | Errno::PERM => refused(errno, tried)
                .because("its file may not be opened for writing, which waiting needs"),
            Errno::INVAL => Error::new(ErrorCode::FILE_CORRUPT, tried)
                .because("its control page was changed under those who use it"),
            errno => refused(errno, tried),
        })?;
        if record.pid_namespace == 0 || record.pid_namespace != pid_namespace::current() {
            attached.mix_namespaces();
        }
        Ok(Self {
            attached,
            object,
            rights,
        })
    }

    /// Takes over a descriptor that may be anything.
    pub(crate) fn adopt(
        descriptor: OwnedFd,
        object_type: ObjectType,
        tried: &'static str,
    ) -> Result<Self> {
        let (object, record) = Object::adopt(descriptor, object_type, tried)?;
        Self::from_object(object, &record, object_type, None, tried)
    }
}

impl Kind {
    /// What a control page says that was written by anyone.
    pub(super) fn read(
        object_type: ObjectType,
        record: &Record,
        tried: &'static str,
    ) -> Result<Self> {
        let corrupt = |what| {
            Err(Error::new(ErrorCode::FILE_CORRUPT, tried)
                .because(format!("its control page is damaged: {what}")))
        };
        let manual = match record.attributes {
            0 => false,
            1 => true,
            _ => return corrupt("its attributes are none"),
        };
        Ok(match object_type {
            ObjectType::Mutex => Self::Mutex,
            ObjectType::Event => Self::Event { manual },
            ObjectType::Timer => Self::Timer { manual },
            ObjectType::Semaphore => match u32::try_from(record.size) {
                Ok(maximum @ 1..=MAXIMUM_COUNT) => Self::Semaphore { maximum },
                _ => return corrupt("its maximum is none"),
            },
            ObjectType::Section => return corrupt("its type is none"),
        })
    }
}

/// The object's mapping, made now unless this process has it.
pub(super) fn attach(object: &Object, kind: Kind) -> Result<Attached, Errno> {
    Attached::to(object.inode()?, kind, || {
        Ok((object.data(true)?, object.len()))
    })
}
