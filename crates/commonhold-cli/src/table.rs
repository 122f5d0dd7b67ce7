//! Columns, aligned by what a terminal shows.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

/// Where the text of a column stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// Rows under headings.
pub struct Table<const N: usize> {
    headings: [(&'static str, Align); N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub fn new(headings: [(&'static str, Align); N]) -> Self {
        Self {
            headings,
            rows: Vec::new(),
        }
    }

    pub fn push(&mut self, row: [String; N]) {
        self.rows.push(row);
    }

    /// Writes all of it, the headings in bold where `out` shows that.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut widths = self.headings.map(|(heading, _)| heading.width());
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        let bold = Style::new().bold();
        let headings = self.headings.map(|(heading, _)| heading);
        writeln!(out, "{bold}{}{bold:#}", self.line(headings, widths))?;
        for row in &self.rows {
            writeln!(
                out,
                "{}",
                self.line(row.each_ref().map(String::as_str), widths)
            )?;
        }
        Ok(())
    }

    fn line(&self, cells: [&str; N], widths: [usize; N]) -> String {
        let mut line = String::new();
        for ((cell, width), (_, align)) in cells.iter().zip(widths).zip(self.headings) {
            let space = " ".repeat(width - cell.width());
            if !line.is_empty() {
                line.push_str("  ");
            }
            match align {
                Align::Left => line.extend([*cell, &space]),
                Align::Right => line.extend([&space, *cell]),
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_is_shown() {
        let mut table = Table::new([
            ("NAME", Align::Left),
            ("SIZE", Align::Right),
            ("TYPE", Align::Left),
        ]);
        table.push(["é".into(), "4K".into(), "section".into()]);
        table.push(["画像".into(), "1023B".into(), "event".into()]);
        let mut written = anstream::StripStream::new(Vec::new());
        table.write(&mut written).unwrap();
        assert_eq!(
            String::from_utf8(written.into_inner()).unwrap(),
            "NAME   SIZE  TYPE\né        4K  section\n画像  1023B  event\n"
        );
    }
}
