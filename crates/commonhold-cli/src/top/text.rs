//! Text in the columns of a screen: how wide it is, cut, filled up, broken into lines.

use std::iter;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The text with what would move the cursor, or turn the direction of reading, replaced.
pub fn plain(text: &str) -> String {
    let is_format = |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let shown = |c: char| {
        if c.is_control() || is_format(c) {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().map(shown).collect()
}

/// How many columns it takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// As much of the text as fits; its last column tells of what does not.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.into();
    }
    match width {
        0 => String::new(),
        _ => first(text, width - 1).to_owned() + "…",
    }
}

/// The text in exactly so many columns.
pub fn padded(text: &str, width: usize, to_the_right: bool) -> String {
    let text = cut(text, width);
    let space: String = iter::repeat_n(' ', width - text.width().min(width)).collect();
    if to_the_right {
        space + &text
    } else {
        text + &space
    }
}

/// The text in lines of at most this width; those after the first are indented.
pub fn broken(text: &str, width: usize, indent: usize) -> Vec<String> {
    let indent = if indent + 2 > width { 0 } else { indent };
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let before = if lines.is_empty() { 0 } else { indent };
        let mut line = first(rest, width.saturating_sub(before));
        if line.is_empty() {
            // A character that is wider than all that there is.
            line = &rest[..rest.chars().next().map_or(0, char::len_utf8)];
        }
        rest = &rest[line.len()..];
        lines.push(" ".repeat(before) + line);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// The longest beginning that is no wider.
fn first(text: &str, width: usize) -> &str {
    let mut taken = 0;
    for (at, c) in text.char_indices() {
        taken += c.width().unwrap_or(0);
        if taken > width {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_the_columns_that_it_takes() {
        for (text, width, shown) in [
            ("frames", 6, "frames"),
            ("frames", 5, "fram…"),
            ("frames", 1, "…"),
            ("frames", 0, ""),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("e\u{301}tat", 3, "e\u{301}t…"),
        ] {
            assert_eq!(cut(text, width), shown);
            assert!(cut(text, width).width() <= width);
        }
        assert_eq!(padded("日本語", 4, false), "日… ");
        assert_eq!(padded("7", 3, true), "  7");
    }

    #[test]
    fn nothing_that_a_name_has_moves_the_cursor() {
        assert_eq!(
            plain("a\x1b[2J\nb\u{202e}c"),
            "a\u{fffd}[2J\u{fffd}b\u{fffd}c"
        );
    }

    #[test]
    fn long_text_goes_on_in_the_next_line() {
        assert_eq!(broken("abcdefg", 4, 1), ["abcd", " efg"]);
        assert_eq!(broken("日本", 1, 3), ["日", "本"]);
        assert_eq!(broken("", 4, 1), [""]);
        assert_eq!(broken("ab", 0, 0), ["a", "b"]);
    }
}
