//! `MessageBox` without windows: what it says is printed, and the button that Enter would press is pressed.

use crate::failure::{Failure, Result};

const OK: i32 = 1;
const CANCEL: i32 = 2;
const ABORT: i32 = 3;
const RETRY: i32 = 4;
const IGNORE: i32 = 5;
const YES: i32 = 6;
const NO: i32 = 7;
const TRY_AGAIN: i32 = 10;
const CONTINUE: i32 = 11;

/// The default button of a box of this style.
pub(crate) fn button(style: u32) -> Result<i32> {
    let buttons: &[i32] = match style & 0xf {
        0 => &[OK],
        1 => &[OK, CANCEL],
        2 => &[ABORT, RETRY, IGNORE],
        3 => &[YES, NO, CANCEL],
        4 => &[YES, NO],
        5 => &[RETRY, CANCEL],
        6 => &[CANCEL, TRY_AGAIN, CONTINUE],
        _ => return Err(Failure::INVALID_MSGBOX_STYLE),
    };
    let default = usize::try_from(style >> 8 & 0xf).unwrap_or(0);
    // As on Windows, a button that is not there leaves the first.
    Ok(*buttons.get(default).unwrap_or(&buttons[0]))
}

/// What is printed of it.
pub(crate) fn shown(text: Option<&str>, caption: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    match caption.unwrap_or("Error") {
        "" => text.into(),
        caption => format!("{caption}: {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_button_is_pressed() {
        assert_eq!(button(0), Ok(OK));
        assert_eq!(button(0x10), Ok(OK));
        assert_eq!(button(0x4), Ok(YES));
        assert_eq!(button(0x104), Ok(NO));
        assert_eq!(button(0x204), Ok(YES));
        assert_eq!(button(0x203), Ok(CANCEL));
        assert_eq!(button(0x106), Ok(TRY_AGAIN));
        assert_eq!(button(0x7), Err(Failure::INVALID_MSGBOX_STYLE));
    }

    #[test]
    fn a_box_without_a_caption_is_an_error() {
        assert_eq!(shown(Some("text"), None), "Error: text");
        assert_eq!(shown(Some("text"), Some("caption")), "caption: text");
        assert_eq!(shown(None, Some("")), "");
    }
}
