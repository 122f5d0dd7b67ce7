//! The `commonhold` command: one module for each of its commands.

mod custodian;
mod demo;
mod doctor;
mod exit;
mod gc;
mod leftover;
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
    /// Remove what killed processes left
    Gc(gc::Options),
    /// Stay, and remove at once what killed processes leave
    Custodian(custodian::Options),
    /// Check the system, and say what to do where something is amiss
    Doctor(doctor::Options),
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
        Command::Gc(options) => gc::run(&options),
        Command::Custodian(options) => custodian::run(&options),
        Command::Doctor(options) => doctor::run(&options),
        Command::Demo => demo::run().map(|()| Status::DONE),
        Command::DemoWorker => demo::work().map(|()| Status::DONE),
    }
}
