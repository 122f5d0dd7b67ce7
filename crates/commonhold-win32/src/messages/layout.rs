//! The lines of a message: where they end, and how long they may be.

/// How lines are made, from the lowest byte of the flags.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// As the message has them.
    AsWritten,
    /// The message's are spaces; only `%n` ends a line.
    Unlimited,
    /// As before, but a line that becomes so long goes on in the next.
    Limited(usize),
}

impl Width {
    pub(crate) fn of(flags: u32) -> Self {
        match flags & 0xff {
            0 => Self::AsWritten,
            0xff => Self::Unlimited,
            // No more than 254.
            width => Self::Limited(width as usize),
        }
    }
}

const END_OF_LINE: &str = "\r\n";

/// A message as it is put together.
pub(crate) struct Layout {
    width: Width,
    done: String,
    line: String,
    /// Where the last space of the line is at which it may be parted.
    space: Option<usize>,
}

impl Layout {
    pub(crate) fn new(width: Width) -> Self {
        Self {
            width,
            done: String::new(),
            line: String::new(),
            space: None,
        }
    }

    /// A character of the message.
    pub(crate) fn character(&mut self, character: char) {
        if character == ' ' {
            self.space = Some(self.line.len());
        }
        self.line.push(character);
        if self.is_full() && !self.part_at_space() {
            self.end_line();
        }
    }

    /// What stands for an insert, and is not parted.
    pub(crate) fn insert(&mut self, text: &str) {
        self.line.push_str(text);
        if self.is_full() {
            self.part_at_space();
        }
    }

    /// The end of a line in the message's text.
    pub(crate) fn line_break(&mut self) {
        if self.width == Width::AsWritten {
            self.end_line();
        } else {
            self.character(' ');
        }
    }

    /// What always ends a line: `%n`.
    pub(crate) fn end_line(&mut self) {
        self.done.push_str(&self.line);
        self.done.push_str(END_OF_LINE);
        self.line.clear();
        self.space = None;
    }

    pub(crate) fn finish(mut self) -> String {
        self.done.push_str(&self.line);
        self.done
    }

    fn is_full(&self) -> bool {
        match self.width {
            Width::Limited(width) => self.line.chars().count() >= width,
            Width::AsWritten | Width::Unlimited => false,
        }
    }

    /// Ends the line before its last spaces, and goes on behind them.
    fn part_at_space(&mut self) -> bool {
        let Some(space) = self.space else {
            return false;
        };
        let rest = self.line.split_off(space + 1);
        let kept = self.line.trim_end_matches(' ').len();
        self.line.truncate(kept);
        self.end_line();
        self.line = rest;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(width: u32, text: &str) -> String {
        let mut layout = Layout::new(Width::of(width));
        for character in text.chars() {
            match character {
                '\n' => layout.line_break(),
                '|' => layout.end_line(),
                _ => layout.character(character),
            }
        }
        layout.finish()
    }

    #[test]
    fn a_line_that_is_full_goes_on_in_the_next() {
        // Each as Wine does it.
        let examples = [
            (0, "a\nb\n", "a\r\nb\r\n"),
            (0xff, "a\nb |c\n", "a b \r\nc "),
            (10, "aaa\nbbb ccc dddd eee", "aaa bbb\r\nccc dddd\r\neee"),
            (3, "a b c d   e", "a\r\nb\r\nc\r\nd\r\n e"),
            (7, "aaa bbb ccc", "aaa\r\nbbb\r\nccc"),
            (7, "aaa bbb  ccc|d e", "aaa\r\nbbb\r\nccc\r\nd e"),
            (5, "aaaaaaaaaaaa bb", "aaaaa\r\naaaaa\r\naa\r\nbb"),
            (5, "a-b-c-d-e-f", "a-b-c\r\n-d-e-\r\nf"),
            (4, " aaa", "\r\naaa"),
            (6, "aaa   bbb ", "aaa\r\nbbb "),
        ];
        for (width, text, expected) in examples {
            assert_eq!(laid_out(width, text), expected, "{width} {text:?}");
        }
    }

    #[test]
    fn an_insert_is_not_parted() {
        let mut layout = Layout::new(Width::of(4));
        layout.character('a');
        layout.character(' ');
        layout.insert("x y z");
        layout.character(' ');
        layout.character('b');
        assert_eq!(layout.finish(), "a\r\nx y z\r\nb");
    }
}
