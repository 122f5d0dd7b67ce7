//! A unit for systemd that runs the custodian for a user.

use std::env;
use std::io::Write;

use anyhow::{Context as _, Result};

/// Writes the unit, with the path of this program, and the root if this process has one of its own.
pub fn write(out: &mut impl Write) -> Result<()> {
    let program = env::current_exe().context("cannot tell where this program is")?;
    let program = program
        .to_str()
        .context("systemd takes only paths that are text")?;
    let root = env::var("COMMONHOLD_ROOT")
        .ok()
        .filter(|root| !root.is_empty());
    out.write_all(unit(program, root.as_deref()).as_bytes())?;
    Ok(())
}

fn unit(program: &str, root: Option<&str>) -> String {
    let program = quoted(program);
    let environment = root.map_or_else(String::new, |root| {
        format!(
            "Environment={}\n",
            quoted(&format!("COMMONHOLD_ROOT={root}"))
        )
    });
    format!(
        "\
# Save this as ~/.config/systemd/user/commonhold-custodian.service, and start it:
#   systemctl --user enable --now commonhold-custodian
[Unit]
Description=Removes what killed processes leave of Commonhold's objects

[Service]
ExecStart={program} custodian
{environment}Restart=on-failure
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"
    )
}

/// A word of a unit, where `%` and quotes have a meaning.
fn quoted(word: &str) -> String {
    let word = word
        .replace('\\', r"\\")
        .replace('"', "\\\"")
        .replace('%', "%%");
    format!("\"{word}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_meaning_to_systemd_is_quoted() {
        let unit = unit(r#"/opt/a "b" 5%\c"#, Some("/mnt/x y"));
        let has = |line: &str| assert!(unit.lines().any(|it| it == line), "{unit}");
        has(r#"ExecStart="/opt/a \"b\" 5%%\\c" custodian"#);
        has(r#"Environment="COMMONHOLD_ROOT=/mnt/x y""#);
    }

    #[test]
    fn without_a_root_of_its_own_the_unit_has_none() {
        assert!(!unit("/usr/bin/commonhold", None).contains("Environment"));
    }
}
