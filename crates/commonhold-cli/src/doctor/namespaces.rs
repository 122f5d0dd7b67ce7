//! The directories of the namespaces, and whether an object can be made in one.

use std::fs;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use commonhold::os::linux::inspect::{self, Namespace};
use commonhold::{Event, Name, Result, Scope};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

use super::check::{Check, Level};

pub fn checks() -> Vec<Check> {
    let local = directory("local-namespace", Scope::Local);
    let is_usable = local.level != Level::Problem;
    let mut checks = vec![local, directory("global-namespace", Scope::Global)];
    if is_usable {
        checks.push(trial());
    }
    // A namespace that there is not yet will be in the same file system.
    let namespace = Namespace::open(Scope::Local).ok().flatten();
    let directory = namespace.map_or_else(inspect::root, |it| it.path().to_owned());
    checks.push(names(&directory));
    checks
}

/// Whether the library would use the directory.
fn directory(check: &'static str, scope: Scope) -> Check {
    let root = inspect::root();
    let user = rustix::process::geteuid().as_raw();
    let path = match scope {
        Scope::Local => root.join(format!("commonhold.{user}")),
        Scope::Global => root.join("commonhold.global"),
    };
    let shown = path.display();
    match Namespace::open(scope).and_then(checked) {
        Ok(Some(_)) => Check::ok(check, shown.to_string()),
        Ok(None) if scope == Scope::Global => {
            Check::ok(check, r"there is none: names with `Global\` are refused").with(format!(
                "mkdir -m 1777 {shown}, as root, if programs need it"
            ))
        }
        Ok(None) => Check::ok(check, format!("{shown}, made when it is first used")),
        Err(error) => Check::problem(check, error.to_string(), remedy(&path, scope, user)),
    }
}

fn checked(namespace: Option<Namespace>) -> Result<Option<Namespace>> {
    if let Some(namespace) = &namespace {
        namespace.check()?;
    }
    Ok(namespace)
}

fn remedy(path: &Path, scope: Scope, user: u32) -> String {
    let shown = path.display();
    match (fs::symlink_metadata(path), scope) {
        (Ok(found), _) if !found.is_dir() => format!("rm {shown}"),
        (Ok(found), Scope::Local) if found.uid() == user => format!("chmod 700 {shown}"),
        (Ok(found), Scope::Global) if found.uid() == 0 => format!("chmod 1777 {shown}, as root"),
        _ => format!("rm -r {shown}, as root, when nobody uses it"),
    }
}

/// Makes an object, sees that it is held, closes it, sees that it is gone. That is what the kernel's locks are for.
fn trial() -> Check {
    const NAME: &str = "object-lifetime";
    match try_object() {
        Ok(None) => Check::ok(NAME, "an object was made, held, closed, and is gone"),
        Ok(Some(wrong)) => Check::problem(
            NAME,
            wrong,
            "use a file system and a kernel with open-file-description locks: a tmpfs, and Linux itself",
        ),
        Err(error) => Check::problem(
            NAME,
            error.to_string(),
            "make room, or let this user write there: the error says which",
        ),
    }
}

/// What went wrong, if something did.
fn try_object() -> Result<Option<&'static str>> {
    let text = format!("commonhold-doctor-{}", std::process::id());
    let name = Name::try_from(text.as_str())?;
    let look = || match Namespace::open(Scope::Local)? {
        Some(namespace) => namespace.find(&name),
        None => Ok(None),
    };
    let event = Event::options().create_new(text.as_str())?;
    let is_held = look()?.map(|object| object.is_held);
    drop(event);
    let is_gone = look()?.is_none();
    Ok(match (is_held, is_gone) {
        (Some(true), true) => None,
        (None, _) => Some("an object was made, and cannot be seen"),
        (Some(false), _) => Some("an object was made, and its lock cannot be seen"),
        (_, false) => Some("an object was closed, and is still there"),
    })
}

/// Whether files without a name can be made in the directory, and named. Nothing is left: `.` can be no file's name, and
/// the kernel says so only after it has let the descriptor through.
fn names(directory: &Path) -> Check {
    const NAME: &str = "unnamed-files";
    let mount = "let COMMONHOLD_ROOT be a tmpfs";
    let failed = |what: &str, errno: Errno, remedy: &str| {
        let says = format!("{}: {what}: {errno}", directory.display());
        Check::problem(NAME, says, remedy)
    };
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = match rustix::fs::open(directory, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => file,
        Err(errno) => return failed("no file without a name can be made", errno, mount),
    };
    let named = rustix::fs::linkat(&file, "", CWD, directory.join("."), AtFlags::EMPTY_PATH);
    if named == Err(Errno::EXIST) {
        return Check::ok(NAME, "made, and named by their descriptors");
    }
    let from = format!("/proc/self/fd/{}", file.as_fd().as_raw_fd());
    let flags = AtFlags::SYMLINK_FOLLOW;
    match rustix::fs::linkat(CWD, from, CWD, directory.join("."), flags) {
        Err(Errno::EXIST) => Check::ok(
            NAME,
            "made, and named by way of /proc, as before Linux 6.10",
        ),
        Err(errno) => failed(
            "a file cannot be given a name",
            errno,
            "mount -t proc proc /proc",
        ),
        Ok(()) => failed("`.` was given to a file as its name", Errno::EXIST, mount),
    }
}
