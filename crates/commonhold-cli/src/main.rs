//! The `commonhold` command: one module for each of its commands.

mod catalog;
mod demo;
mod exit;
mod info;
mod json;
mod ls;
mod manual;
mod named;
mod shown;
mod table;
mod units;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use exit::Status;

/// See and use the objects that processes share.
#[derive(Parser)]
#[command(name = "commonhold", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the objects of a namespace
    Ls(ls::Options),
    /// Tell everything about an object
    Info(info::Options),
    /// List the processes that hold an object, or have views of it
    Holders(info::Options),
    /// Print what a shell completes this command with
    Completions(manual::Completions),
    /// Print this command's manual page
    Man(manual::Man),
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
        Command::Ls(options) => ls::run(&options),
        Command::Info(options) => info::run(&options),
        Command::Holders(options) => info::holders(&options),
        Command::Completions(options) => manual::completions::<Arguments>(&options),
        Command::Man(options) => manual::man::<Arguments>(&options),
        Command::Demo => demo::run().map(|()| Status::DONE),
        Command::DemoWorker => demo::work().map(|()| Status::DONE),
    }
}
