//! Which text a code has.

use super::texts::TEXTS;

/// Whether messages are there in a language (`LANGID`): in English, which is also the neutral one.
pub(super) fn speaks(language: u32) -> bool {
    const NEUTRAL: u32 = 0;
    const ENGLISH: u32 = 0x9;
    const INVARIANT: u32 = 0x7f;
    matches!(language & 0x3ff, NEUTRAL | ENGLISH | INVARIANT)
}

/// The text for a code, or for the `HRESULT` that is made of one.
pub(super) fn text(code: u32) -> Option<&'static str> {
    const OF_WIN32: u32 = 0x8007_0000;
    let code = match code & 0xffff_0000 {
        OF_WIN32 => code & 0xffff,
        _ => code,
    };
    let found = TEXTS.binary_search_by_key(&code, |&(code, _)| code);
    found.ok().map(|index| TEXTS[index].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_in_order_and_whole_sentences() {
        assert!(TEXTS.is_sorted_by(|one, other| one.0 < other.0));
        for (code, text) in TEXTS {
            assert!(text.ends_with('.') && text.is_ascii(), "{code}");
            assert!(
                text.starts_with(char::is_uppercase) && !text.contains('%'),
                "{code}"
            );
        }
    }

    #[test]
    fn every_code_that_the_headers_name_has_a_text() {
        let header = include_str!("../../include/winerror.h");
        let codes = header.lines().filter_map(|line| {
            let line = line.strip_prefix("#define ERROR_")?;
            line.split_once(' ')?.1.trim().parse::<u32>().ok()
        });
        let codes: Vec<u32> = codes.collect();
        assert!(codes.len() > 150);
        for code in codes {
            assert!(text(code).is_some(), "{code}");
        }
    }
}
