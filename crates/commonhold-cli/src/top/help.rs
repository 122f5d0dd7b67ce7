//! The help, which lies over the rest.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Clear;

use super::draw::{line, top};
use super::keys::KEYS;
use super::palette::{Palette, REVERSED};
use super::text::padded;

pub fn help(frame: &mut Frame, screen: Rect, palette: Palette) {
    let lines: Vec<String> = KEYS
        .iter()
        .map(|(keys, what)| format!(" {} {what} ", padded(keys, 14, false)))
        .collect();
    let width = lines.iter().map(|line| line.chars().count()).max();
    let size = |wanted: Option<usize>, most: u16| -> u16 {
        wanted
            .and_then(|size| size.try_into().ok())
            .map_or(most, |size: u16| size.min(most))
    };
    let width = size(width, screen.width);
    let height = size(Some(lines.len() + 1), screen.height);
    let mut area = Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height - height) / 2,
        width,
        height,
    };
    frame.render_widget(Clear, area);
    let filled = |text: &str| padded(text, width.into(), false);
    line(
        frame,
        top(&mut area),
        &filled(" Keys"),
        palette.titles().patch(REVERSED),
    );
    for text in lines {
        line(frame, top(&mut area), &filled(&text), REVERSED);
    }
}
