//! Sections: made and opened.

pub(crate) mod views;

use commonhold::os::linux::AnyObject;
use commonhold::{MapAccess, Name, Protection, Rights, Scope, Section, SectionAttributes};

use crate::failure::{Failure, Result};
use crate::handles::object::refers_to;
use crate::handles::{self, Handle, Object};
use crate::security::Attributes;
use crate::waitables::Created;

/// What `CreateFileMapping` and its relatives are asked for.
pub(crate) struct Request {
    pub(crate) file: Handle,
    pub(crate) attributes: Attributes,
    /// A `PAGE_` value and `SEC_` flags.
    pub(crate) protection: u32,
    pub(crate) size: u64,
    /// A node of memory that is preferred; a hint, of no effect where there is no such node.
    pub(crate) node: Option<u32>,
}

/// The part of the number that is a `PAGE_` value.
const PAGE: u32 = 0xff;
/// The part that is `SEC_` flags.
const SEC: u32 = 0xff80_0000;

/// No node at all (`NUMA_NO_PREFERRED_NODE`).
const NO_NODE: u32 = 0xffff_ffff;
/// More nodes than Windows has.
const NODES: u32 = 64;

/// Rights to a file, as Windows has them.
const READ_DATA: u32 = 1;
const WRITE_DATA: u32 = 2;
const EXECUTE: u32 = 0x20;

pub(crate) fn create(request: &Request, name: Option<&Name>) -> Result<Created> {
    if request
        .node
        .is_some_and(|node| node >= NODES && node != NO_NODE)
    {
        return Err(Failure::INVALID_PARAMETER);
    }
    if request.protection & !(PAGE | SEC) != 0 {
        return Err(Failure::INVALID_PARAMETER);
    }
    let protection = Protection::from_page_constant(request.protection & PAGE);
    let protection = protection.ok_or(Failure::INVALID_PARAMETER)?;
    let attributes = SectionAttributes::from_bits_retain(request.protection & SEC);
    let is_global = name.is_some_and(|name| name.scope() == Scope::Global);
    let options = Section::options()
        .size(request.size)
        .protection(protection)
        .attributes(attributes)
        .for_everyone(request.attributes.everyone && is_global);
    let make = |options: commonhold::SectionOptions<'_>| match name {
        None => options.create_unnamed(),
        Some(name) => options.create(name),
    };
    let section = match request.file {
        Handle::INVALID | Handle::NULL => make(options)?,
        file => {
            let file = file_for(file, protection)?;
            make(options.file(&file))?
        }
    };
    let existed = section.existed();
    let object = Object::Shared(AnyObject::Section(section));
    let handle = handles::insert(object, request.attributes.inheritable)?;
    Ok(Created { handle, existed })
}

/// The file for a section over it, if its handle gives what the protection needs.
fn file_for(handle: Handle, protection: Protection) -> Result<std::fs::File> {
    let writes = protection.is_shared_writable();
    let mut needed = READ_DATA;
    if writes {
        needed |= WRITE_DATA;
    }
    if protection.is_executable() {
        needed |= EXECUTE;
    }
    let entry = handles::get(handle)?;
    refers_to!(entry, Object::File(file) => {
        entry.require(needed)?;
        file.for_section(writes)
    })
}

/// Opens the section of the name, for views of this access.
pub(crate) fn open(name: &Name, access: u32, inheritable: bool) -> Result<Handle> {
    let rights: Rights = MapAccess::from_bits_retain(access).rights();
    let wanted = rights.difference(Rights::MAXIMUM_ALLOWED) | Rights::ALL_SECTION;
    let section = match rights.contains(Rights::MAXIMUM_ALLOWED).then_some(wanted) {
        // Windows gives its owner every right, those that the protection has no use for as well.
        Some(all) => Section::open_with(name, all).or_else(|_| Section::open_with(name, rights)),
        None => Section::open_with(name, rights),
    };
    let section = section.map_err(|error| Failure::from(error).of_rights(access))?;
    handles::insert(Object::Shared(AnyObject::Section(section)), inheritable)
}
