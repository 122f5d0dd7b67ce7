//! The `commonhold` command: one module for each of its commands.

mod data;
mod demo;
mod exit;
mod named;
mod units;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use exit::Status;

/// See and use the objects that processes share.
#[derive(Parser)]
#[command(version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the bytes of a section
    Read(data::Read),
    /// Write standard input into a section
    Write(data::Write),
    /// Set bytes of a section to one value
    Fill(data::Fill),
    /// Save the bytes of a section in a file
    Dump(data::Dump),
    /// Write a file into a section
    Load(data::Load),
    /// Say where a section and a file differ; the status is 1 if they do
    Diff(data::Diff),
    /// Show the bytes of a section as they change
    ///
    /// It holds the section meanwhile: the name does not go before the watch has ended.
    Watch(data::Watch),
    /// Show with real processes what the library does, and check every line of it
    Demo,
    /// One of the demo's processes
    #[command(hide = true)]
    DemoWorker,
}

fn main() -> ExitCode {
    exit::end(run(Arguments::parse().command))
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "commands take their arguments"
)]
fn run(command: Command) -> Result<Status> {
    match command {
        Command::Read(read) => read.run(),
        Command::Write(write) => write.run(),
        Command::Fill(fill) => fill.run(),
        Command::Dump(dump) => dump.run(),
        Command::Load(load) => load.run(),
        Command::Diff(diff) => diff.run(),
        Command::Watch(watch) => watch.run(),
        Command::Demo => demo::run().map(|()| Status::DONE),
        Command::DemoWorker => demo::work().map(|()| Status::DONE),
    }
}
