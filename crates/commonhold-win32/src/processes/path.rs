//! Paths as programs for Windows write them.

/// The path that is meant here: `\` separates as `/` does, and there are no drives.
pub(crate) fn translate(path: &[u8]) -> Vec<u8> {
    let path: Vec<u8> = path
        .iter()
        .map(|&byte| if byte == b'\\' { b'/' } else { byte })
        .collect();
    let path = path.strip_prefix(b"//?/").unwrap_or(&path);
    match path {
        [drive, b':', rest @ ..] if drive.is_ascii_alphabetic() => rest.to_vec(),
        _ => path.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drives_and_backslashes_go() {
        assert_eq!(translate(br"Z:\tmp\a b"), b"/tmp/a b");
        assert_eq!(translate(br"\\?\C:\tmp"), b"/tmp");
        assert_eq!(translate(b"a/b:c"), b"a/b:c");
    }
}
