//! The screen: what is where.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::column::{self, Column};
use super::details;
use super::help::help;
use super::keys::REMINDER;
use super::look::Look;
use super::model::{Front, Model};
use super::palette::{FAINT, Palette, STRONG};
use super::row::Row;
use super::text::{broken, cut, padded, plain};
use crate::units::Size;

pub fn draw(frame: &mut Frame, model: &mut Model, look: &Look, palette: Palette) {
    let screen = frame.area();
    let has_head = screen.height > 3;
    let has_foot = screen.height > 1;
    let mut body = screen;
    if has_head {
        let text = head(model, look);
        line(frame, top(&mut body), &text, STRONG);
    }
    if has_foot {
        let (text, style) = foot(model, look, palette);
        line(frame, bottom(&mut body), &text, style);
    }
    match model.front {
        Front::Details => show_details(frame, body, model, look),
        _ => list(frame, body, model, palette),
    }
    if model.front == Front::Help {
        help(frame, screen, palette);
    }
}

/// The first line of the area, which is then without it.
pub fn top(area: &mut Rect) -> Rect {
    let first = Rect {
        height: area.height.min(1),
        ..*area
    };
    area.y += first.height;
    area.height -= first.height;
    first
}

fn bottom(area: &mut Rect) -> Rect {
    let height = area.height.min(1);
    area.height -= height;
    Rect {
        y: area.y + area.height,
        height,
        ..*area
    }
}

pub fn line(frame: &mut Frame, area: Rect, text: &str, style: Style) {
    let text = cut(text, area.width.into());
    frame.render_widget(Line::from(Span::styled(text, style)), area);
}

/// The totals.
fn head(model: &Model, look: &Look) -> String {
    let rows = model.all();
    let listed = model.listed().len();
    let count = |which: fn(&Row) -> bool| rows.iter().filter(|row| which(row)).count();
    let memory = rows
        .iter()
        .fold(0_u64, |sum, row| sum.saturating_add(row.memory));
    let (processes, unseen) = look.processes();
    let mut parts = Vec::new();
    if model.is_paused {
        parts.push("PAUSED".into());
    }
    let objects = counted(rows.len(), "object", "objects");
    parts.push(if listed == rows.len() {
        objects
    } else {
        format!("{listed} of {objects}")
    });
    parts.push(format!("{} of memory", Size(memory)));
    let processes = counted(processes, "process", "processes");
    parts.push(match look.users_age().filter(|age| age.as_secs() > 1) {
        Some(age) => format!("{processes} {}s ago", age.as_secs()),
        None => processes,
    });
    let waited_for = count(|row| row.has_waiters == Some(true));
    parts.push(format!("{waited_for} waited for"));
    let leftovers = count(|row| !row.is_held);
    parts.push(counted(leftovers, "leftover", "leftovers"));
    if unseen > 0 {
        let unseen = counted(unseen, "process", "processes");
        parts.push(format!("{unseen} not seen"));
    }
    parts.join("  ")
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn foot(model: &Model, look: &Look, palette: Palette) -> (String, Style) {
    if model.front == Front::Filter {
        return (format!("/{}▏", plain(model.filter())), Style::new());
    }
    if let Some(refusal) = &look.refusal {
        return (plain(refusal), palette.trouble());
    }
    let text = match model.front {
        Front::Details => "Esc back  ↑ ↓ scroll  p pause  q quit".into(),
        _ if !model.filter().is_empty() => {
            format!("only `{}`, Esc for all  {REMINDER}", plain(model.filter()))
        }
        _ => REMINDER.into(),
    };
    (text, FAINT)
}

fn list(frame: &mut Frame, mut area: Rect, model: &mut Model, palette: Palette) {
    let columns = column::fit(area.width.into(), model.listed());
    if area.height > 1 {
        let titles = columns
            .iter()
            .map(|&(column, width)| padded(&title(column, model), width, column.is_to_the_right()));
        let titles = titles.collect::<Vec<_>>().join(" ");
        line(frame, top(&mut area), &titles, palette.titles());
    }
    if model.listed().len() == 0 {
        let why = if model.all().is_empty() {
            "no objects"
        } else {
            "no name has that in it"
        };
        line(frame, top(&mut area), why, FAINT);
        return;
    }
    let (rows, selected) = model.window(area.height.into());
    for (at, row) in rows.into_iter().enumerate() {
        let cells = columns
            .iter()
            .map(|&(column, width)| padded(&column.cell(row), width, column.is_to_the_right()));
        let cells = cells.collect::<Vec<_>>().join(" ");
        let style = palette.row(row, at == selected);
        line(frame, top(&mut area), &cells, style);
    }
}

/// The column's title, with a mark if the list is sorted by it.
fn title(column: Column, model: &Model) -> String {
    let mark = match (column == model.sorted_by, model.is_reversed) {
        (false, _) => "",
        (true, false) => "▼",
        (true, true) => "▲",
    };
    format!("{}{mark}", column.title())
}

fn show_details(frame: &mut Frame, area: Rect, model: &mut Model, look: &Look) {
    let selected = model.selected().and_then(|index| look.object(index));
    let Some((object, users)) = selected else {
        return;
    };
    let lines = details::lines(object, users, look.sleepers(), look.users_age());
    let width = area.width.into();
    let lines: Vec<Line> = lines
        .iter()
        .flat_map(|line| broken(line, width, 11))
        .map(Line::from)
        .collect();
    let first = model.scroll_to(lines.len(), area.height.into());
    let shown: Vec<Line> = lines.into_iter().skip(first).collect();
    frame.render_widget(Paragraph::new(shown), area);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::style::Color;

    fn model() -> Model {
        let mut model = Model::new();
        let row = |name: &str, is_odd| Row {
            path: name.into(),
            name: name.into(),
            type_name: "semaphore",
            state: "owned by thread 1234567".into(),
            is_odd,
            is_held: true,
            has_waiters: Some(true),
            memory: u64::MAX,
            ..Row::default()
        };
        model.show(vec![
            row(&"日本語のとても長い名前".repeat(9), false),
            row(&"e\u{301}👩‍👩‍👧".repeat(30), true),
            row(&"x".repeat(640), false),
        ]);
        model
    }

    fn drawn(model: &mut Model, width: u16, height: u16, has_colors: bool) -> TestBackend {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let look = Look::at(&[]);
        let palette = Palette { has_colors };
        terminal
            .draw(|frame| draw(frame, model, &look, palette))
            .unwrap();
        terminal.backend().clone()
    }

    #[test]
    fn it_can_be_drawn_in_any_size() {
        let mut model = model();
        for front in [Front::List, Front::Filter, Front::Details, Front::Help] {
            model.front = front;
            let widths = (0..30).chain([62, 80, 200]);
            for (width, height) in widths.flat_map(|width| (0..14).map(move |h| (width, h))) {
                drawn(&mut model, width, height, true);
            }
        }
    }

    #[test]
    fn columns_stand_below_their_titles_whatever_the_names_are() {
        let screen = drawn(&mut model(), 80, 8, true).to_string();
        let column = |line: &str| {
            line.find("semaphore")
                .map(|at| super::super::text::width(&line[..at]))
        };
        let columns: Vec<_> = screen.lines().filter_map(column).collect();
        assert_eq!(columns.len(), 3, "{screen}");
        assert!(columns.iter().all(|&at| at == columns[0]), "{screen}");
    }

    #[test]
    fn nothing_has_a_color_where_that_is_not_welcome() {
        let is_colored = |has_colors| {
            let screen = drawn(&mut model(), 80, 8, has_colors);
            let mut cells = screen.buffer().content().iter();
            cells.any(|cell| (cell.fg, cell.bg) != (Color::Reset, Color::Reset))
        };
        assert!(is_colored(true));
        assert!(!is_colored(false));
    }
}
