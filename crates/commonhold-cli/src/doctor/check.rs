//! What a check found.
//!
//! | field | |
//! |---|---|
//! | `check` | what was checked, a name that stays |
//! | `level` | `ok`, `warning` if something is slower or cannot be done, `problem` if objects cannot be relied on |
//! | `says` | a sentence |
//! | `remedy` | what to do; `null` if there is nothing |

use std::fmt;

use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Check {
    #[serde(rename = "check")]
    name: &'static str,
    pub level: Level,
    says: String,
    remedy: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Ok,
    Warning,
    Problem,
}

impl Check {
    pub fn ok(name: &'static str, says: impl Into<String>) -> Self {
        Self::new(name, Level::Ok, says)
    }

    pub fn warning(name: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(name, Level::Warning, says).with(remedy)
    }

    pub fn problem(name: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(name, Level::Problem, says).with(remedy)
    }

    /// What to do about it; for what is well, who wants more than that.
    pub fn with(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    fn new(name: &'static str, level: Level, says: impl Into<String>) -> Self {
        Self {
            name,
            level,
            says: says.into(),
            remedy: None,
        }
    }
}

/// A line, and an indented one for the remedy.
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Problem => "problem",
        };
        write!(f, "{level:<8} {}: {}", self.name, self.says)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n         {remedy}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_is_indented_under_what_is_amiss() {
        let check = Check::problem("space", "none is left", "make some");
        assert_eq!(
            check.to_string(),
            "problem  space: none is left\n         make some"
        );
        let well = Check::ok("space", "1G");
        assert_eq!(well.to_string(), "ok       space: 1G");
        assert_eq!(
            serde_json::to_value(well).unwrap(),
            serde_json::json!({ "check": "space", "level": "ok", "says": "1G", "remedy": null })
        );
    }
}
