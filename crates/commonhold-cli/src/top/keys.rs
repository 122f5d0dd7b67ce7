//! What the keys do.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::model::{Front, Model, Move};

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    GoOn,
    Quit,
}

/// The keys, for the help.
pub const KEYS: [(&str, &str); 10] = [
    ("↑ ↓ PgUp PgDn", "move, a line or a page"),
    ("Home End", "to the first, to the last"),
    ("/", "only names with this part; Esc for all"),
    ("s", "sort by name, type, memory, holders, waiters, age"),
    ("r", "in reverse order"),
    ("Enter d", "all of the selected object; again: back"),
    ("p", "pause, or go on"),
    ("?", "this help"),
    ("Esc", "back"),
    ("q Ctrl-C", "quit"),
];

/// The most important of them, for the last line.
pub const REMINDER: &str = "q quit  / filter  s sort  r reverse  Enter details  p pause  ? help";

/// Does what the key is for.
pub fn press(model: &mut Model, key: KeyEvent) -> Next {
    if key.kind == KeyEventKind::Release {
        return Next::GoOn;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return match key.code {
            KeyCode::Char('c') => Next::Quit,
            _ => Next::GoOn,
        };
    }
    if let Some(step) = step(key.code) {
        model.go(step);
        return Next::GoOn;
    }
    match model.front {
        Front::Filter => typed(model, key.code),
        Front::Help => {
            if key.code == KeyCode::Char('q') {
                return Next::Quit;
            }
            model.front = Front::List;
        }
        Front::List | Front::Details => return command(model, key.code),
    }
    Next::GoOn
}

fn step(code: KeyCode) -> Option<Move> {
    Some(match code {
        KeyCode::Up => Move::Up,
        KeyCode::Down => Move::Down,
        KeyCode::PageUp => Move::PageUp,
        KeyCode::PageDown => Move::PageDown,
        KeyCode::Home => Move::Home,
        KeyCode::End => Move::End,
        _ => return None,
    })
}

fn typed(model: &mut Model, code: KeyCode) {
    match code {
        KeyCode::Char(c) => model.change_filter(|filter| filter.push(c)),
        KeyCode::Backspace => model.change_filter(|filter| {
            filter.pop();
        }),
        KeyCode::Enter => model.front = Front::List,
        KeyCode::Esc => {
            model.change_filter(String::clear);
            model.front = Front::List;
        }
        _ => {}
    }
}

fn command(model: &mut Model, code: KeyCode) -> Next {
    let in_list = model.front == Front::List;
    match code {
        KeyCode::Char('q') => return Next::Quit,
        KeyCode::Char('p') => model.is_paused = !model.is_paused,
        KeyCode::Char('?') => model.front = Front::Help,
        KeyCode::Enter | KeyCode::Char('d') if in_list => model.show_details(),
        KeyCode::Enter | KeyCode::Char('d') | KeyCode::Esc if !in_list => {
            model.front = Front::List;
        }
        KeyCode::Esc => model.change_filter(String::clear),
        KeyCode::Char('/') if in_list => model.front = Front::Filter,
        KeyCode::Char('s') if in_list => model.sort_by_next(),
        KeyCode::Char('r') if in_list => model.reverse(),
        _ => {}
    }
    Next::GoOn
}

#[cfg(test)]
mod tests {
    use super::super::row::Row;
    use super::*;

    fn press_all(model: &mut Model, codes: &[KeyCode]) {
        for &code in codes {
            assert_eq!(press(model, code.into()), Next::GoOn, "{code:?}");
        }
    }

    #[test]
    fn a_filter_takes_the_letters_that_are_commands_elsewhere() {
        let mut model = Model::new();
        let keys = "/qrsp?d".chars().map(KeyCode::Char);
        press_all(&mut model, &keys.collect::<Vec<_>>());
        press_all(&mut model, &[KeyCode::Backspace, KeyCode::Enter]);
        assert_eq!((model.filter(), model.front), ("qrsp?", Front::List));
        press_all(&mut model, &[KeyCode::Esc]);
        assert_eq!(model.filter(), "");
        assert!(!model.is_paused);
    }

    #[test]
    fn it_can_be_quit_from_anywhere() {
        let mut model = Model::new();
        model.show(vec![Row::default()]);
        let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        for front in [Front::List, Front::Filter, Front::Details, Front::Help] {
            model.front = front;
            assert_eq!(press(&mut model, control_c), Next::Quit);
            let is_typed = front == Front::Filter;
            let quits = press(&mut model, KeyCode::Char('q').into()) == Next::Quit;
            assert_ne!(quits, is_typed, "{front:?}");
        }
    }

    #[test]
    fn details_and_help_are_left_as_they_were_entered() {
        let mut model = Model::new();
        model.show(vec![Row::default()]);
        for (code, back) in [
            (KeyCode::Enter, KeyCode::Esc),
            (KeyCode::Char('d'), KeyCode::Enter),
        ] {
            press_all(&mut model, &[code]);
            assert_eq!(model.front, Front::Details);
            press_all(&mut model, &[back]);
            assert_eq!(model.front, Front::List);
        }
        press_all(&mut model, &[KeyCode::Char('?'), KeyCode::Char('x')]);
        assert_eq!(model.front, Front::List);
    }
}
