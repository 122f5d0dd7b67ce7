//! The order of strings (`lstrcmp`): a dictionary's, and not that of the codes.
//!
//! First come punctuation, digits and letters in Windows' order. Only among strings that are equal so far, a small
//! letter comes before a capital one; and only then hyphens, apostrophes and control characters count, which so do not
//! part "coop" from "co-op". Letters beyond ASCII come after z, in the order of their codes.

use std::cmp::{Ordering, Reverse};

/// What counts at first, in order; digits and letters follow.
const PUNCTUATION: &str = " \t\n\u{b}\u{c}\r!\"#$%&()*,./:;?@[\\]^_`{|}~+<=>";
/// Behind all punctuation.
const CHARACTERS: u32 = 1000;

/// What counts at last: its order among its kind.
fn minor(character: char) -> Option<u32> {
    match character {
        '-' => Some(CHARACTERS + 1),
        '\'' => Some(CHARACTERS),
        '\t'..='\r' => None,
        _ if character.is_ascii_control() => Some(u32::from(character)),
        _ => None,
    }
}

fn small(character: char) -> char {
    let mut all = character.to_lowercase();
    match (all.next(), all.next()) {
        (Some(small), None) => small,
        // One that becomes two has no small form of its own.
        _ => character,
    }
}

fn major(character: char) -> u32 {
    let place = PUNCTUATION.chars().position(|other| other == character);
    place.map_or_else(
        || CHARACTERS + u32::from(small(character)),
        |place| u32::try_from(place).unwrap_or(CHARACTERS),
    )
}

/// Whether one string comes before another; `has_case` says whether capitals are told from small letters.
pub(crate) fn compare(one: &str, other: &str, has_case: bool) -> Ordering {
    let majors =
        |text: &'_ str| -> Vec<char> { text.chars().filter(|&it| minor(it).is_none()).collect() };
    let minors = |text: &'_ str| -> Vec<(Reverse<usize>, u32)> {
        let all = text.chars().enumerate();
        all.filter_map(|(place, it)| Some((Reverse(place), minor(it)?)))
            .collect()
    };
    let (one_majors, other_majors) = (majors(one), majors(other));
    let weights = |text: &[char]| text.iter().map(|&it| major(it)).collect::<Vec<_>>();
    let is_capital = |text: &[char]| {
        let capitals = text.iter().map(|&it| small(it) != it);
        capitals.collect::<Vec<_>>()
    };
    let by_case = || {
        let order = is_capital(&one_majors).cmp(&is_capital(&other_majors));
        if has_case { order } else { Ordering::Equal }
    };
    weights(&one_majors)
        .cmp(&weights(&other_majors))
        .then_with(by_case)
        .then_with(|| minors(one).cmp(&minors(other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn case_and_hyphens_count_only_among_what_is_equal_otherwise() {
        // Each as Wine, which has Windows' tables, orders it: with case, and without.
        let pairs = [
            ("a", "B", Less, Less),
            ("A", "b", Less, Less),
            ("a", "A", Less, Equal),
            ("aA", "Aa", Less, Equal),
            ("co-op", "coop", Greater, Greater),
            ("co-op", "coat", Greater, Greater),
            ("ab-c", "abd", Less, Less),
            ("a-b", "a'b", Greater, Greater),
            ("a-b", "A'b", Less, Greater),
            ("-a", "A", Less, Greater),
            ("A-", "a", Greater, Greater),
            ("ab", "a-a", Greater, Greater),
            ("a-bc", "ab-c", Greater, Greater),
            ("--", "-", Greater, Greater),
            ("", "\u{1}", Less, Less),
            ("a b", "a-b", Less, Less),
            ("a.b", "a_b", Less, Less),
            ("a_", "a", Greater, Greater),
            ("_", "0", Less, Less),
            ("1", "a", Less, Less),
            ("file10", "file9", Less, Less),
            ("same", "same", Equal, Equal),
            ("\u{e4}", "\u{c4}", Less, Equal),
        ];
        for (one, other, with_case, without) in pairs {
            let shown = format!("{one:?} {other:?}");
            assert_eq!(compare(one, other, true), with_case, "{shown}");
            assert_eq!(compare(other, one, true), with_case.reverse(), "{shown}");
            assert_eq!(compare(one, other, false), without, "{shown}");
        }
    }
}
