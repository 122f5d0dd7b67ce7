//! The `commonhold` command: one module for each of its commands.

mod demo;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    /// One of the demo's processes
    #[command(hide = true)]
    DemoWorker,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Demo => demo::run(),
        Command::DemoWorker => demo::work(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is::<demo::ReaderGone>() {
                // If nobody can be told, the exit status still says it.
                let _ = writeln!(io::stderr(), "commonhold: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
