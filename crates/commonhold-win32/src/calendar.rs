//! Dates (`SYSTEMTIME`), and the count that a `FILETIME` is.
//!
//! The Gregorian calendar is taken to hold from 1601 on, where a cycle of its 400 years begins.

use crate::clock::PER_SECOND;
use crate::failure::{Failure, Result};

/// `SYSTEMTIME`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: u16,
    pub(crate) month: u16,
    /// 0 is Sunday.
    pub(crate) day_of_week: u16,
    pub(crate) day: u16,
    pub(crate) hour: u16,
    pub(crate) minute: u16,
    pub(crate) second: u16,
    pub(crate) milliseconds: u16,
}

const FIRST_YEAR: u16 = 1601;
/// The last of which a signed count has the end.
const LAST_YEAR: u16 = 30827;
const PER_MILLISECOND: u64 = PER_SECOND / 1000;
const PER_DAY: u64 = 24 * 60 * 60 * PER_SECOND;

const DAYS_IN_400_YEARS: u64 = 365 * 400 + 97;
const DAYS_IN_100_YEARS: u64 = 365 * 100 + 24;
const DAYS_IN_4_YEARS: u64 = 365 * 4 + 1;

fn is_leap(year: u64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_months(year: u64) -> [u64; 12] {
    let february = if is_leap(year) { 29 } else { 28 };
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

fn days_before(year: u64) -> u64 {
    let years = year - u64::from(FIRST_YEAR);
    years * 365 + years / 4 - years / 100 + years / 400
}

/// The year that a day, counted from the beginning of 1601, is in.
fn year_of(day: u64) -> u64 {
    let (cycles, day) = (day / DAYS_IN_400_YEARS, day % DAYS_IN_400_YEARS);
    // The last day of a cycle, and of four years, is one more than fits.
    let centuries = (day / DAYS_IN_100_YEARS).min(3);
    let day = day - centuries * DAYS_IN_100_YEARS;
    let (fours, day) = (day / DAYS_IN_4_YEARS, day % DAYS_IN_4_YEARS);
    let ones = (day / 365).min(3);
    u64::from(FIRST_YEAR) + cycles * 400 + centuries * 100 + fours * 4 + ones
}

impl Date {
    /// The date at a time; there is none when it is negative as a signed number.
    pub(crate) fn at(time: u64) -> Result<Self> {
        if i64::try_from(time).is_err() {
            return Err(Failure::INVALID_PARAMETER);
        }
        let (days, rest) = (time / PER_DAY, time % PER_DAY);
        let year = year_of(days);
        let mut day = days - days_before(year);
        let mut month = 1;
        for length in days_in_months(year) {
            if day < length {
                break;
            }
            day -= length;
            month += 1;
        }
        let milliseconds = rest / PER_MILLISECOND;
        // The year is at most 30828, and the others are less.
        let small = |number: u64| u16::try_from(number).unwrap_or(u16::MAX);
        Ok(Self {
            year: small(year),
            month,
            // 1601 begins with a Monday.
            day_of_week: small((days + 1) % 7),
            day: small(day + 1),
            hour: small(milliseconds / 3_600_000),
            minute: small(milliseconds / 60_000 % 60),
            second: small(milliseconds / 1000 % 60),
            milliseconds: small(milliseconds % 1000),
        })
    }

    /// The time of a date, if there is such a date. The day of the week is not looked at.
    pub(crate) fn time(&self) -> Result<u64> {
        let is_clock =
            self.hour < 24 && self.minute < 60 && self.second < 60 && self.milliseconds < 1000;
        if !is_clock || !(FIRST_YEAR..=LAST_YEAR).contains(&self.year) {
            return Err(Failure::INVALID_PARAMETER);
        }
        let year = u64::from(self.year);
        let lengths = days_in_months(year);
        let month = usize::from(self.month).wrapping_sub(1);
        let length = *lengths.get(month).ok_or(Failure::INVALID_PARAMETER)?;
        let day = u64::from(self.day);
        if !(1..=length).contains(&day) {
            return Err(Failure::INVALID_PARAMETER);
        }
        let days = days_before(year) + lengths[..month].iter().sum::<u64>() + day - 1;
        let minutes = u64::from(self.hour) * 60 + u64::from(self.minute);
        let milliseconds =
            (minutes * 60 + u64::from(self.second)) * 1000 + u64::from(self.milliseconds);
        Ok(days * PER_DAY + milliseconds * PER_MILLISECOND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_800_years_follows_the_one_before_and_turns_back() {
        let mut before = Date::at(0).unwrap();
        assert_eq!((before.year, before.month, before.day), (1601, 1, 1));
        for days in 1..DAYS_IN_400_YEARS * 2 {
            let date = Date::at(days * PER_DAY).unwrap();
            let next_day =
                (date.year, date.month, date.day) == (before.year, before.month, before.day + 1);
            let next_month =
                (date.year, date.month, date.day) == (before.year, before.month + 1, 1);
            let next_year = (date.year, date.month, date.day) == (before.year + 1, 1, 1);
            assert!(next_day || next_month || next_year, "{before:?} {date:?}");
            assert_eq!(date.day_of_week, (before.day_of_week + 1) % 7);
            assert_eq!(date.time(), Ok(days * PER_DAY));
            before = date;
        }
        assert_eq!((before.year, before.month, before.day), (2400, 12, 31));
    }

    #[test]
    fn the_last_time_has_a_date_and_the_next_has_none() {
        let last = Date::at(i64::MAX as u64).unwrap();
        assert_eq!((last.year, last.month, last.day), (30828, 9, 14));
        assert_eq!(Date::at(1 << 63), Err(Failure::INVALID_PARAMETER));
        assert_eq!(last.time(), Err(Failure::INVALID_PARAMETER));
    }

    #[test]
    fn what_is_no_date_has_no_time() {
        let day = Date {
            year: 1900,
            month: 2,
            day_of_week: 99,
            day: 28,
            hour: 23,
            minute: 59,
            second: 59,
            milliseconds: 999,
        };
        assert!(day.time().is_ok());
        let wrong: [fn(&mut Date); 9] = [
            |date| date.day = 29,
            |date| date.day = 0,
            |date| date.month = 0,
            |date| date.month = 13,
            |date| date.year = 1600,
            |date| date.hour = 24,
            |date| date.minute = 60,
            |date| date.second = 60,
            |date| date.milliseconds = 1000,
        ];
        for change in wrong {
            let mut date = day;
            change(&mut date);
            assert_eq!(date.time(), Err(Failure::INVALID_PARAMETER), "{date:?}");
        }
    }
}
