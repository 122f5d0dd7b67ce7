//! `commonhold top`: the objects of a namespace on the whole screen, looked at again and again.

mod column;
mod details;
mod draw;
mod help;
mod keys;
mod look;
mod model;
mod palette;
mod row;
mod terminal;
mod text;

use std::env;
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use commonhold::Scope;
use ratatui::crossterm::event::{self, Event};

use crate::exit::Status;
use crate::units::Time;
use keys::Next;
use look::Look;
use model::Model;
use palette::Palette;
use terminal::Screen;

/// Looking more often shows no more.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);
const LONGEST_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Args)]
pub struct Options {
    /// The machine's objects (`Global\`) instead of this user's
    #[arg(long)]
    global: bool,
    /// The machine's objects and this user's
    #[arg(long, conflicts_with = "global")]
    all: bool,
    /// How often to look again: `500ms`, `5s`
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = interval)]
    interval: Time,
}

fn interval(text: &str) -> Result<Time> {
    let time: Time = text.parse()?;
    ensure!(
        (SHORTEST_INTERVAL..=LONGEST_INTERVAL).contains(&time.0),
        "from 100ms to 24h"
    );
    Ok(time)
}

impl Options {
    fn scopes(&self) -> &'static [Scope] {
        match (self.all, self.global) {
            (true, _) => &[Scope::Local, Scope::Global],
            (_, true) => &[Scope::Global],
            _ => &[Scope::Local],
        }
    }
}

/// Shows the objects until the user has seen enough.
pub fn run(options: &Options) -> Result<Status> {
    if !io::stdout().is_terminal() {
        bail!("`top` needs a terminal to draw on, and its output is none; use `commonhold ls`");
    }
    let palette = Palette {
        has_colors: env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let mut look = Look::at(options.scopes());
    let mut model = Model::new();
    model.show(look.again()?);
    let mut screen = Screen::enter()?;
    let mut looked = Instant::now();
    loop {
        screen
            .draw(|frame| draw::draw(frame, &mut model, &look, palette))
            .context("cannot draw on the terminal")?;
        let left = options.interval.0.saturating_sub(looked.elapsed());
        if event::poll(left).context("terminal")? {
            if take_events(&mut model)? == Next::Quit {
                return Ok(Status::DONE);
            }
            continue;
        }
        if !model.is_paused {
            model.show(look.again()?);
        }
        looked = Instant::now();
    }
}

/// Does what all keys are for that were pressed since, so that it is drawn once.
fn take_events(model: &mut Model) -> Result<Next> {
    while event::poll(Duration::ZERO).context("terminal")? {
        if let Event::Key(key) = event::read().context("terminal")? {
            if keys::press(model, key) == Next::Quit {
                return Ok(Next::Quit);
            }
        }
        // A new size is seen when it is drawn.
    }
    Ok(Next::GoOn)
}
