//! Sizes and times, as people write and read them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Error, Result, anyhow};

/// A number of bytes: `4096`, `64K`, `64KiB`, `1.5G`, `0x1000`; with a `B` alone behind it, `64KB`, thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl FromStr for Size {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some(digits) = text.strip_prefix("0x") {
            return u64::from_str_radix(digits, 16)
                .map(Self)
                .map_err(|error| anyhow!("{error}; write 4096, 64K, 1.5G or 0x1000"));
        }
        let sizes = parse_size::Config::new().with_binary();
        // `K` alone is 1024, as everywhere with memory; `KB` says thousands.
        let has_thousands =
            text.ends_with(['b', 'B']) && !text.to_ascii_lowercase().ends_with("ib");
        let sizes = if has_thousands {
            sizes.with_decimal()
        } else {
            sizes
        };
        let size = sizes
            .parse_size(text)
            .map_err(|error| anyhow!("{error}; write 4096, 64K, 1.5G or 0x1000"))?;
        Ok(Self(size))
    }
}

/// At most three digits and a unit: `4096` is `4.00K`.
impl fmt::Display for Size {
    #[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1024 {
            return f.pad(&format!("{}B", self.0));
        }
        let mut size = self.0 as f64;
        let mut units = "KMGTPE".chars();
        let mut unit = 'B';
        while size >= 999.5 {
            size /= 1024.0;
            unit = units.next().unwrap_or(unit);
        }
        let digits = match size {
            ..9.995 => 2,
            ..99.95 => 1,
            _ => 0,
        };
        let whole = size.fract() == 0.0;
        let digits = if whole { 0 } else { digits };
        f.pad(&format!("{size:.digits$}{unit}"))
    }
}

/// A time: `5s`, `1h30m`, `250ms`; a bare number is seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Duration);

impl FromStr for Time {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || anyhow!("`{text}` is no time; write 5, 250ms, 5s or 1h30m");
        let bare = text
            .parse()
            .ok()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        match bare {
            Some(time) => Ok(Self(time)),
            None => humantime::parse_duration(text)
                .map(Self)
                .map_err(|_| wrong()),
        }
    }
}

/// The two largest units: `1h 30m`, `3.2s`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let text = match seconds {
            0 => format!("{}ms", self.0.subsec_millis()),
            1..10 => format!("{:.1}s", self.0.as_secs_f64()),
            10..60 => format!("{seconds}s"),
            60..3600 => format!("{}m {}s", seconds / 60, seconds % 60),
            3600..86400 => format!("{}h {}m", seconds / 3600, seconds % 3600 / 60),
            _ => format!("{}d {}h", seconds / 86400, seconds % 86400 / 3600),
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, size) in [
            ("0", 0),
            ("4096", 4096),
            ("64K", 65536),
            ("64k", 65536),
            ("64KiB", 65536),
            ("64KB", 64000),
            ("0x1F", 31),
            ("1.5G", 3 << 29),
            ("10 MiB", 10 << 20),
        ] {
            assert_eq!(text.parse::<Size>().unwrap(), Size(size), "{text}");
        }
        for text in [
            "",
            "K",
            "-1",
            "64Q",
            "1e400",
            "99999999999999999999",
            "six",
            "0x",
            "0x1g",
        ] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_shown_in_three_digits() {
        for (size, text) in [
            (0, "0B"),
            (1023, "1023B"),
            (1024, "1K"),
            (4096, "4K"),
            (1536, "1.50K"),
            (1_047_552, "1.00M"),
            (999 << 10, "999K"),
            (1 << 20, "1M"),
            (12_345_678, "11.8M"),
            (u64::MAX, "16E"),
        ] {
            assert_eq!(Size(size).to_string(), text);
        }
        assert_eq!(format!("{:>6}", Size(4096)), "    4K");
    }

    #[test]
    fn times_are_read_and_shown() {
        for (text, shown) in [
            ("5", "5.0s"),
            ("0.25", "250ms"),
            ("250ms", "250ms"),
            ("90s", "1m 30s"),
            ("1h30m", "1h 30m"),
            ("2d", "2d 0h"),
        ] {
            assert_eq!(text.parse::<Time>().unwrap().to_string(), shown);
        }
        for text in ["", "-1", "5 parsecs", "nan", "inf"] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }
}
