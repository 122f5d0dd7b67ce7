//! `commonhold info` and `commonhold holders`: everything about one object, and who uses it.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use commonhold::os::linux::inspect::{Kind, Maker, Namespace, Users};

use crate::catalog::Entry;
use crate::exit::Status;
use crate::table::{Align, Table};
use crate::units::Size;
use crate::{json, ls, named, shown};

#[derive(Args)]
pub struct Options {
    /// The object's name; `Global\NAME` for one of the machine's namespace
    name: String,
    /// Print JSON: what `ls --json` prints for one, and which threads wait
    #[arg(long)]
    json: bool,
}

/// Everything about one object.
pub fn run(options: &Options) -> Result<Status> {
    let (entry, unseen) = find(&options.name)?;
    let mut out = anstream::stdout().lock();
    if options.json {
        let mut value = json::entry(&entry);
        let sleepers = entry.sleepers();
        value["sleepers"] = entry
            .users
            .iter()
            .flat_map(|user| sleepers.of(user))
            .collect();
        json::write(&mut out, &value)?;
        return Ok(Status::DONE);
    }
    let object = &entry.object;
    let mut line = |what: &str, value: &str| writeln!(out, "{what:<11} {value}");
    line("name", &shown::name(object))?;
    line("type", object.kind.type_name())?;
    line("state", &shown::state(&object.kind))?;
    if let Kind::Section { info, file } = &object.kind {
        line("size", &format!("{} bytes", info.size))?;
        line("attributes", &shown::attributes(info.attributes))?;
        if let Some(file) = file {
            line("file", &shown::escaped(&file.to_string_lossy()))?;
        }
    }
    if let Some(has_waiters) = shown::has_waiters(&object.kind) {
        line(
            "waiters",
            if has_waiters {
                "threads wait, or may"
            } else {
                "none"
            },
        )?;
    }
    line("memory", &Size(object.memory).to_string())?;
    if let Some(age) = ls::age(object.made) {
        line("age", &age)?;
    }
    let owner = format!(
        "user {} (mode {:o}: {})",
        object.uid,
        object.mode,
        shown::openers(object.mode)
    );
    line("owner", &owner)?;
    if let Some(maker) = &object.maker {
        line("layout", &layout(maker))?;
    }
    line("path", &shown::escaped(&object.path.to_string_lossy()))?;
    let held = match (object.is_held, entry.holders()) {
        (false, _) => {
            "by nobody: a killed process left it, and it goes when its name is used".into()
        }
        (true, 0) => "by processes that this user may not look into".into(),
        (true, 1) => "by 1 process".into(),
        (true, holders) => format!("by {holders} processes"),
    };
    line("held", &held)?;
    write_users(&mut out, &entry)?;
    write_unseen(&mut out, unseen)?;
    Ok(Status::DONE)
}

/// Who holds one object, or has views of it.
pub fn holders(options: &Options) -> Result<Status> {
    let (entry, unseen) = find(&options.name)?;
    let mut out = anstream::stdout().lock();
    if options.json {
        json::write(&mut out, &json::users(&entry.users))?;
        return Ok(Status::DONE);
    }
    let mut table = Table::new([
        ("PID", Align::Right),
        ("HANDLES", Align::Right),
        ("VIEWS", Align::Right),
        ("COMMAND", Align::Left),
    ]);
    for user in &entry.users {
        table.push([
            user.pid.to_string(),
            user.handles.len().to_string(),
            user.views.len().to_string(),
            shown::escaped(&user.command),
        ]);
    }
    table.write(&mut out)?;
    write_unseen(&mut out, unseen)?;
    Ok(Status::DONE)
}

/// The object, and how many processes could not be looked into.
fn find(name: &str) -> Result<(Entry, usize)> {
    let name = named::parse(name)?;
    let missing = || named::missing("object", &name);
    let namespace = Namespace::open(name.scope())?.ok_or_else(missing)?;
    let object = namespace.find(&name)?.ok_or_else(missing)?;
    let users = Users::look(&[namespace.path()]);
    let entry = Entry {
        users: users.of(object.identity).to_vec(),
        object,
    };
    Ok((entry, users.unseen))
}

/// What the control page says of itself.
fn layout(maker: &Maker) -> String {
    let Maker {
        layout, page_size, ..
    } = maker;
    let pages = format!("version {layout}, pages of {page_size} bytes");
    match maker.pid_namespace {
        Some(namespace) => format!("{pages}, made in pid namespace {namespace}"),
        None => pages,
    }
}

fn write_users(out: &mut impl Write, entry: &Entry) -> Result<()> {
    let is_section = matches!(entry.object.kind, Kind::Section { .. });
    let sleepers = entry.sleepers();
    for user in &entry.users {
        writeln!(
            out,
            "\nprocess {}: {}",
            user.pid,
            shown::escaped(&user.command)
        )?;
        for handle in &user.handles {
            let inheritable = if handle.is_inheritable {
                ", inheritable"
            } else {
                ""
            };
            let rights = shown::rights(handle.rights, is_section);
            writeln!(out, "  handle {}: {rights}{inheritable}", handle.descriptor)?;
        }
        if !is_section {
            for thread in sleepers.of(user) {
                writeln!(out, "  thread {thread} waits")?;
            }
            // What it has mapped is for the library's own use.
            continue;
        }
        for view in &user.views {
            let (start, end) = (view.addresses.start, view.addresses.end);
            writeln!(
                out,
                "  view {start:#x}-{end:#x}: {} from offset {:#x}",
                view.access, view.offset
            )?;
        }
    }
    Ok(())
}

fn write_unseen(out: &mut impl Write, unseen: usize) -> Result<()> {
    if unseen > 0 {
        writeln!(
            out,
            "\n(processes that this user may not look into: {unseen}; root sees all)"
        )?;
    }
    Ok(())
}
