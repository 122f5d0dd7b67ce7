//! How things on the screen are told apart.

use ratatui::style::{Color, Modifier, Style};

use super::row::Row;

pub const STRONG: Style = Style::new().add_modifier(Modifier::BOLD);
pub const FAINT: Style = Style::new().add_modifier(Modifier::DIM);
pub const REVERSED: Style = Style::new().add_modifier(Modifier::REVERSED);

/// How things are told apart: by colour, where that is welcome.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    pub has_colors: bool,
}

impl Palette {
    fn colored(self, color: Color) -> Style {
        if self.has_colors {
            Style::new().fg(color)
        } else {
            Style::new()
        }
    }

    pub fn titles(self) -> Style {
        self.colored(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    pub fn trouble(self) -> Style {
        self.colored(Color::Red).add_modifier(Modifier::BOLD)
    }

    pub fn row(self, row: &Row, is_selected: bool) -> Style {
        let style = match row {
            Row { is_odd: true, .. } => self.trouble(),
            Row { is_held: false, .. } => FAINT,
            Row {
                has_waiters: Some(true),
                ..
            } => self.colored(Color::Yellow),
            _ => Style::new(),
        };
        if is_selected {
            style.add_modifier(Modifier::REVERSED)
        } else {
            style
        }
    }
}
