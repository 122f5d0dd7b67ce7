//! What the screen shows: which objects, in which order, and where one is in them. It knows no terminal.

use std::path::PathBuf;

use super::column::Column;
use super::row::Row;

/// What is in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    List,
    /// The list, while a filter is typed.
    Filter,
    /// All of the selected object.
    Details,
    Help,
}

#[derive(Debug)]
pub struct Model {
    pub front: Front,
    pub is_paused: bool,
    pub sorted_by: Column,
    pub is_reversed: bool,
    filter: String,
    rows: Vec<Row>,
    /// Indices of those that the filter lets through, in the order that they are shown in.
    listed: Vec<usize>,
    /// The position in `listed`.
    selected: usize,
    /// The selected object, which the selection stays on.
    selected_path: Option<PathBuf>,
    /// The position of the first on the screen.
    top: usize,
    /// Rows on the screen, as it was last drawn.
    height: usize,
    /// The first line of the details on the screen.
    scrolled: usize,
}

/// A move, in the list or the details.
#[derive(Clone, Copy, Debug)]
pub enum Move {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
}

impl Move {
    fn from(self, at: usize, page: usize) -> usize {
        let page = page.max(1);
        match self {
            Self::Up => at.saturating_sub(1),
            Self::Down => at.saturating_add(1),
            Self::PageUp => at.saturating_sub(page),
            Self::PageDown => at.saturating_add(page),
            Self::Home => 0,
            Self::End => usize::MAX,
        }
    }
}

impl Model {
    pub fn new() -> Self {
        Self {
            front: Front::List,
            is_paused: false,
            sorted_by: Column::Name,
            is_reversed: false,
            filter: String::new(),
            rows: Vec::new(),
            listed: Vec::new(),
            selected: 0,
            selected_path: None,
            top: 0,
            height: 0,
            scrolled: 0,
        }
    }

    /// The objects as they are now.
    pub fn show(&mut self, rows: Vec<Row>) {
        self.rows = rows;
        self.list();
    }

    pub fn all(&self) -> &[Row] {
        &self.rows
    }

    pub fn listed(&self) -> impl ExactSizeIterator<Item = &Row> {
        self.listed.iter().map(|&index| &self.rows[index])
    }

    /// The index of the selected object, as in what was given to `show`.
    pub fn selected(&self) -> Option<usize> {
        self.listed.get(self.selected).copied()
    }

    /// What `height` lines show, and which of them is selected.
    pub fn window(&mut self, height: usize) -> (Vec<&Row>, usize) {
        self.height = height;
        let lowest_top = (self.selected + 1).saturating_sub(height);
        let top = self.top.clamp(lowest_top, self.selected.max(lowest_top));
        // No empty lines at the end while there are rows above.
        self.top = top.min(self.listed.len().saturating_sub(height));
        let rows: Vec<&Row> = self.listed().skip(self.top).take(height).collect();
        (rows, self.selected - self.top.min(self.selected))
    }

    pub fn go(&mut self, step: Move) {
        if self.front == Front::Details {
            // `scroll_to` knows how many lines there are.
            self.scrolled = step.from(self.scrolled, self.height);
            return;
        }
        let last = self.listed.len().saturating_sub(1);
        self.selected = step.from(self.selected, self.height).min(last);
        self.remember();
    }

    /// The first of the details' lines to show, where so many fit.
    pub fn scroll_to(&mut self, lines: usize, height: usize) -> usize {
        self.height = height;
        self.scrolled = self.scrolled.min(lines.saturating_sub(height));
        self.scrolled
    }

    pub fn sort_by_next(&mut self) {
        self.sorted_by = self.sorted_by.next_to_sort_by();
        self.list();
    }

    pub fn reverse(&mut self) {
        self.is_reversed = !self.is_reversed;
        self.list();
    }

    pub fn filter(&self) -> &str {
        &self.filter
    }

    pub fn change_filter(&mut self, change: impl FnOnce(&mut String)) {
        change(&mut self.filter);
        self.list();
    }

    /// Shows all of the selected object, if there is one.
    pub fn show_details(&mut self) {
        if self.selected().is_some() {
            self.scrolled = 0;
            self.front = Front::Details;
        }
    }

    /// Orders and filters the rows anew, and keeps the selection on its object.
    fn list(&mut self) {
        let part = self.filter.to_lowercase();
        let rows = &self.rows;
        self.listed = (0..rows.len())
            .filter(|&index| part.is_empty() || rows[index].name.to_lowercase().contains(&part))
            .collect();
        self.listed.sort_by(|&a, &b| {
            let order = self.sorted_by.compare(&rows[a], &rows[b]);
            if self.is_reversed {
                order.reverse()
            } else {
                order
            }
        });
        let path = self.selected_path.as_ref();
        let same = path.and_then(|path| self.listed().position(|row| row.path == *path));
        let gone = same.is_none();
        let last = self.listed.len().saturating_sub(1);
        self.selected = same.unwrap_or(self.selected.min(last));
        if gone {
            self.remember();
            // Details are of one object, and not of what comes in its place.
            if self.front == Front::Details {
                self.front = Front::List;
            }
        }
    }

    fn remember(&mut self) {
        let path = self.selected().map(|index| self.rows[index].path.clone());
        self.selected_path = path;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn row(name: &str, type_name: &'static str, memory: u64) -> Row {
        Row {
            path: name.into(),
            name: name.into(),
            type_name,
            memory,
            holders: name.len(),
            age: Some(Duration::from_secs(memory)),
            ..Row::default()
        }
    }

    fn model() -> Model {
        let mut model = Model::new();
        model.show(vec![
            row("turn", "mutex", 10),
            row("Frames", "section", 30),
            row("door", "event", 20),
        ]);
        model
    }

    fn names(model: &Model) -> Vec<&str> {
        model.listed().map(|row| row.name.as_str()).collect()
    }

    fn selected(model: &Model) -> Option<&str> {
        model
            .selected()
            .map(|index| model.all()[index].name.as_str())
    }

    #[test]
    fn it_sorts_by_one_column_after_the_other() {
        let mut model = model();
        assert_eq!(names(&model), ["Frames", "door", "turn"]);
        for order in [
            ["door", "turn", "Frames"],
            ["Frames", "door", "turn"],
            ["Frames", "door", "turn"],
            ["Frames", "door", "turn"],
        ] {
            model.sort_by_next();
            assert_eq!(names(&model), order, "{:?}", model.sorted_by);
        }
        model.reverse();
        assert_eq!(names(&model), ["turn", "door", "Frames"]);
    }

    #[test]
    fn the_selection_stays_on_its_object() {
        let mut model = model();
        model.go(Move::End);
        assert_eq!(selected(&model), Some("turn"));
        model.reverse();
        assert_eq!((selected(&model), model.selected), (Some("turn"), 0));
        model.show(vec![row("zebra", "mutex", 1), row("turn", "mutex", 1)]);
        assert_eq!((selected(&model), model.selected), (Some("turn"), 1));
        model.show(vec![row("zebra", "mutex", 1)]);
        assert_eq!(selected(&model), Some("zebra"));
        model.show(Vec::new());
        assert_eq!(selected(&model), None);
    }

    #[test]
    fn a_filter_is_a_part_of_the_name_in_either_case() {
        let mut model = model();
        model.change_filter(|filter| filter.push_str("fr"));
        assert_eq!(names(&model), ["Frames"]);
        model.change_filter(|filter| filter.push('x'));
        assert_eq!(names(&model), [""; 0]);
        model.go(Move::Down);
        model.show_details();
        assert_eq!((selected(&model), model.front), (None, Front::List));
        model.change_filter(String::clear);
        assert_eq!(names(&model).len(), 3);
    }

    #[test]
    fn the_selected_row_is_on_every_screen() {
        let mut model = Model::new();
        let rows = |count| -> Vec<Row> {
            (0..count)
                .map(|n| row(&format!("{n:02}"), "event", 0))
                .collect()
        };
        model.show(rows(50));
        for (step, height) in [
            (Move::PageDown, 10),
            (Move::PageDown, 7),
            (Move::Down, 7),
            (Move::End, 20),
            (Move::Up, 1),
            (Move::PageUp, 3),
            (Move::Down, 49),
            (Move::Home, 200),
            (Move::End, 0),
            (Move::Down, 5),
        ] {
            model.go(step);
            let wanted = selected(&model).map(str::to_owned);
            let (window, at) = model.window(height);
            assert_eq!(window.len(), height.min(50));
            if height > 0 {
                assert_eq!(window.get(at).map(|row| &row.name), wanted.as_ref());
            }
        }
        // Fewer than before leave no hole.
        model.show(rows(8));
        assert_eq!(model.window(10).0.len(), 8);
        assert_eq!(model.window(5).0.len(), 5);
    }

    #[test]
    fn details_go_with_their_object() {
        let mut model = model();
        model.show_details();
        model.go(Move::Down);
        assert_eq!((model.front, model.scroll_to(9, 5)), (Front::Details, 1));
        model.go(Move::End);
        assert_eq!(model.scroll_to(9, 5), 4);
        assert_eq!(model.scroll_to(9, 20), 0);
        assert_eq!(selected(&model), Some("Frames"));
        model.show(vec![row("door", "event", 1)]);
        assert_eq!(model.front, Front::List);
    }
}
