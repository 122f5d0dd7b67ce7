//! The `commonhold` command: one module for each of its commands.

mod demo;
mod exit;
mod shown;
mod top;
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
    /// Show with real processes what the library does, and check every line of it
    Demo,
    /// Show the objects and who uses them on the whole screen, as it changes
    Top(top::Options),
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
        Command::Demo => demo::run().map(|()| Status::DONE),
        Command::Top(options) => top::run(&options),
        Command::DemoWorker => demo::work().map(|()| Status::DONE),
    }
}
