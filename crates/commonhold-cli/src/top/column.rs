//! The columns of the list: what is in them, how wide they are, and which ones there is room for.

use std::cmp::{Ordering, Reverse};

use super::text;

use super::row::Row;
use crate::units::{Size, Time};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Name,
    Type,
    State,
    Holders,
    Waiters,
    Memory,
    Age,
}

use Column::{Age, Holders, Memory, Name, State, Type, Waiters};

/// From left to right.
const ALL: [Column; 7] = [Name, Type, State, Holders, Waiters, Memory, Age];
/// Those that a narrow screen keeps longest come first.
const BY_IMPORTANCE: [Column; 7] = [Name, State, Holders, Type, Memory, Waiters, Age];
/// Those that the list can be sorted by, as they are gone through.
const SORTED: [Column; 6] = [Name, Type, Memory, Holders, Waiters, Age];

impl Column {
    pub fn title(self) -> &'static str {
        match self {
            Name => "NAME",
            Type => "TYPE",
            State => "STATE",
            Holders => "HOLDERS",
            Waiters => "WAIT",
            Memory => "MEMORY",
            Age => "AGE",
        }
    }

    pub fn cell(self, row: &Row) -> String {
        match self {
            Name => row.name.clone(),
            Type => row.type_name.into(),
            State => row.state.clone(),
            Holders => match row.first_pid {
                Some(pid) => format!("{} {pid:>7}", row.holders),
                // Those of others are not seen.
                None if row.is_held => "?".into(),
                None => "none".into(),
            },
            Waiters => match row.has_waiters {
                Some(true) if row.waiting > 0 => row.waiting.to_string(),
                // Those of others are not seen; and who has waited may be woken late.
                Some(true) => "?".into(),
                Some(false) => "no".into(),
                None => "-".into(),
            },
            Memory => Size(row.memory).to_string(),
            Age => row.age.map_or("?".into(), |age| Time(age).to_string()),
        }
    }

    pub fn is_to_the_right(self) -> bool {
        matches!(self, Holders | Waiters | Memory | Age)
    }

    /// The least that it is of use with.
    fn least_width(self) -> usize {
        match self {
            Name | Holders => 10,
            Type | State => 9,
            Waiters => 4,
            // Room for the mark of what is sorted by.
            Memory | Age => 7,
        }
    }

    pub fn next_to_sort_by(self) -> Self {
        let at = SORTED.iter().position(|&column| column == self);
        SORTED[at.map_or(0, |at| (at + 1) % SORTED.len())]
    }

    /// Text from A to Z, of numbers the largest first; and by name where that is the same.
    pub fn compare(self, a: &Row, b: &Row) -> Ordering {
        let by_name = || (&a.name, &a.path).cmp(&(&b.name, &b.path));
        let order = match self {
            Name => Ordering::Equal,
            Type => a.type_name.cmp(b.type_name),
            State => a.state.cmp(&b.state),
            Holders => Reverse(a.holders).cmp(&Reverse(b.holders)),
            Waiters => {
                Reverse((a.waiting, a.has_waiters)).cmp(&Reverse((b.waiting, b.has_waiters)))
            }
            Memory => Reverse(a.memory).cmp(&Reverse(b.memory)),
            Age => Reverse(a.age).cmp(&Reverse(b.age)),
        };
        order.then_with(by_name)
    }
}

/// The columns that fit, and how wide they are; together, with a space between two, no wider than `width`.
pub fn fit<'a>(width: usize, rows: impl Iterator<Item = &'a Row>) -> Vec<(Column, usize)> {
    let mut left = width;
    let mut fitting = Vec::new();
    for column in BY_IMPORTANCE {
        let space = usize::from(!fitting.is_empty());
        let wanted = column.least_width() + space;
        if wanted <= left {
            left -= wanted;
            fitting.push(column);
        } else if fitting.is_empty() {
            return vec![(Name, width)];
        } else {
            // What is of less importance does not take its place.
            break;
        }
    }
    // Steps, so that the columns stay where they are while a countdown goes on.
    let states = rows.map(|row| text::width(&row.state)).max().unwrap_or(0);
    let states = states.next_multiple_of(4).min(24).max(State.least_width());
    let for_states = (states - State.least_width()).min(left);
    let for_states = if fitting.contains(&State) {
        for_states
    } else {
        0
    };
    let wide = |column: Column| {
        column.least_width()
            + match column {
                Name => left - for_states,
                State => for_states,
                _ => 0,
            }
    };
    ALL.into_iter()
        .filter(|column| fitting.contains(column))
        .map(|column| (column, wide(column)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_every_width_and_never_more() {
        let row = Row {
            state: "owned by thread 1234567".into(),
            ..Row::default()
        };
        for width in 0..300 {
            let columns = fit(width, [&row].into_iter());
            let taken: usize = columns.iter().map(|(_, width)| width + 1).sum();
            assert_eq!(taken - 1, width);
            assert_eq!(columns[0].0, Name);
        }
        let names = |width| -> Vec<Column> {
            let columns = fit(width, [&row].into_iter());
            columns.into_iter().map(|(column, _)| column).collect()
        };
        assert_eq!(names(80), ALL);
        assert_eq!(names(20), [Name, State]);
        assert_eq!(fit(80, [&row].into_iter())[2], (State, 24));
    }

    #[test]
    fn every_column_to_sort_by_comes_round() {
        let mut column = Name;
        for expected in [Type, Memory, Holders, Waiters, Age, Name] {
            column = column.next_to_sort_by();
            assert_eq!(column, expected);
        }
    }

    #[test]
    fn holders_that_are_not_seen_are_not_none() {
        let mut row = Row {
            is_held: true,
            ..Row::default()
        };
        assert_eq!(Holders.cell(&row), "?");
        row.is_held = false;
        assert_eq!(Holders.cell(&row), "none");
        row.first_pid = Some(77);
        row.holders = 2;
        assert_eq!(Holders.cell(&row), "2      77");
    }
}
