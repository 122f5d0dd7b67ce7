//! The `commonhold` command: one module for each of its commands.

mod catalog;
mod create;
mod custodian;
mod data;
mod demo;
mod doctor;
mod event;
mod exit;
mod gc;
mod info;
mod json;
mod leftover;
mod lock;
mod ls;
mod manual;
mod named;
mod run;
mod semaphore;
mod shown;
mod signals;
mod table;
mod timer;
mod top;
mod units;
mod wait;

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
    /// Show the objects and who uses them on the whole screen, as it changes
    Top(top::Options),
    /// Create an object, or open the one that has the name, and hold it
    #[command(subcommand)]
    Create(create::Create),
    Lock(lock::Lock),
    /// Wait for objects, and take them
    #[command(subcommand)]
    Wait(wait::Wait),
    /// Set, reset or pulse an event
    #[command(subcommand)]
    Event(event::Event),
    /// Acquire or release a semaphore
    #[command(subcommand)]
    Semaphore(semaphore::Semaphore),
    /// Set or cancel a timer
    #[command(subcommand)]
    Timer(timer::Timer),
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
    /// Print what a shell completes this command with
    Completions(manual::Completions),
    /// Print this command's manual page
    Man(manual::Man),
}

fn main() -> ExitCode {
    exit::end(run(Arguments::parse().command))
}

fn run(command: Command) -> Result<Status> {
    match command {
        Command::Ls(options) => ls::run(&options),
        Command::Info(options) => info::run(&options),
        Command::Holders(options) => info::holders(&options),
        Command::Top(options) => top::run(&options),
        Command::Create(create) => create.run(),
        Command::Lock(lock) => lock.run(),
        Command::Wait(wait) => wait.run(),
        Command::Event(event) => event.run().map(|()| Status::DONE),
        Command::Semaphore(semaphore) => semaphore.run(),
        Command::Timer(timer) => timer.run().map(|()| Status::DONE),
        Command::Read(read) => read.run(),
        Command::Write(write) => write.run(),
        Command::Fill(fill) => fill.run(),
        Command::Dump(dump) => dump.run(),
        Command::Load(load) => load.run(),
        Command::Diff(diff) => diff.run(),
        Command::Watch(watch) => watch.run(),
        Command::Gc(options) => gc::run(&options),
        Command::Custodian(options) => custodian::run(&options),
        Command::Doctor(options) => doctor::run(&options),
        Command::Demo => demo::run().map(|()| Status::DONE),
        Command::DemoWorker => demo::work().map(|()| Status::DONE),
        Command::Completions(options) => manual::completions::<Arguments>(&options),
        Command::Man(options) => manual::man::<Arguments>(&options),
    }
}
