//! Command lines: Windows gives a program one string, Linux an array. The string is taken apart as Microsoft's C
//! library does it, and put together so that the same array comes out of it again.

/// The arguments of a command line, the program's own name first.
pub(super) fn split(line: &[u8]) -> Vec<Vec<u8>> {
    let (name, mut rest) = split_name(line);
    let mut arguments = vec![name];
    loop {
        while let [b' ' | b'\t', after @ ..] = rest {
            rest = after;
        }
        if rest.is_empty() {
            return arguments;
        }
        let argument;
        (argument, rest) = split_argument(rest);
        arguments.push(argument);
    }
}

/// The program's name, in which a backslash is nothing special: quotes only hide spaces.
fn split_name(line: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut name = Vec::new();
    let mut is_quoted = false;
    for (at, &byte) in line.iter().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b' ' | b'\t' if !is_quoted => return (name, &line[at..]),
            _ => name.push(byte),
        }
    }
    (name, &[])
}

/// One argument, and what comes after it.
fn split_argument(mut rest: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut argument = Vec::new();
    let mut is_quoted = false;
    loop {
        let backslashes = rest.iter().take_while(|&&byte| byte == b'\\').count();
        rest = &rest[backslashes..];
        // Backslashes are plain characters, but before a quote each two are one, and an odd one makes it plain.
        let is_before_quote = rest.first() == Some(&b'"');
        let kept = if is_before_quote {
            backslashes / 2
        } else {
            backslashes
        };
        argument.extend(std::iter::repeat_n(b'\\', kept));
        match rest {
            [b'"', after @ ..] if backslashes % 2 == 1 => {
                argument.push(b'"');
                rest = after;
            }
            [b'"', b'"', after @ ..] if is_quoted => {
                argument.push(b'"');
                rest = after;
            }
            [b'"', after @ ..] => {
                is_quoted = !is_quoted;
                rest = after;
            }
            [] => return (argument, rest),
            [b' ' | b'\t', ..] if !is_quoted => return (argument, rest),
            [byte, after @ ..] => {
                argument.push(*byte);
                rest = after;
            }
        }
    }
}

/// A command line of these arguments.
pub(super) fn join(arguments: &[Vec<u8>]) -> Vec<u8> {
    let mut line = Vec::new();
    let mut arguments = arguments.iter();
    if let Some(name) = arguments.next() {
        // A quote in it cannot be said.
        let needs_quotes = name.is_empty() || name.iter().any(|byte| b" \t".contains(byte));
        let quote: &[u8] = if needs_quotes { b"\"" } else { b"" };
        line.extend_from_slice(quote);
        line.extend(name.iter().filter(|&&byte| byte != b'"'));
        line.extend_from_slice(quote);
    }
    for argument in arguments {
        line.push(b' ');
        join_argument(argument, &mut line);
    }
    line
}

fn join_argument(argument: &[u8], line: &mut Vec<u8>) {
    let is_special = |byte: &u8| b" \t\"".contains(byte);
    if !argument.is_empty() && !argument.iter().any(is_special) {
        return line.extend_from_slice(argument);
    }
    line.push(b'"');
    let mut backslashes = 0;
    for &byte in argument {
        if byte == b'"' {
            line.extend(std::iter::repeat_n(b'\\', backslashes + 1));
        }
        backslashes = if byte == b'\\' { backslashes + 1 } else { 0 };
        line.push(byte);
    }
    line.extend(std::iter::repeat_n(b'\\', backslashes));
    line.push(b'"');
}

/// What may be the program's name, the shortest first: without quotes, Windows tries all that end at a space.
pub(super) fn names(line: &[u8]) -> Vec<&[u8]> {
    let line = line.trim_ascii_start();
    if let [b'"', quoted @ ..] = line {
        let end = quoted.iter().position(|&byte| byte == b'"');
        return vec![&quoted[..end.unwrap_or(quoted.len())]];
    }
    let ends = (0..=line.len()).filter(|&at| line.get(at).is_none_or(|it| b" \t".contains(it)));
    ends.map(|end| line[..end].trim_ascii_end()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_text(line: &str) -> Vec<String> {
        let arguments = split(line.as_bytes()).into_iter();
        arguments.map(|it| String::from_utf8(it).unwrap()).collect()
    }

    /// As a program sees them that was built with MinGW, under Wine.
    #[test]
    fn arguments_are_those_of_microsofts_c_library() {
        let line = r#""Z:\a b\p.exe" a "b c" "d\"e" f\\"g h" "" i""j "k""l"  m\n "o\\" end"#;
        let arguments = [
            r"Z:\a b\p.exe",
            "a",
            "b c",
            "d\"e",
            r"f\g h",
            "",
            "ij",
            "k\"l",
            r"m\n",
            r"o\",
            "end",
        ];
        assert_eq!(split_text(line), arguments);
        assert_eq!(split_text("  args a"), ["", "args", "a"]);
        assert_eq!(split_text("\"x y\"z a\t"), ["x yz", "a"]);
        assert_eq!(split_text(r"x a\\\b"), ["x", r"a\\\b"]);
        assert_eq!(split_text(r#"x a\\\"b "c d"#), ["x", r#"a\"b"#, "c d"]);
        assert_eq!(split_text(""), [""]);
    }

    #[test]
    fn what_is_put_together_comes_apart_again() {
        let pieces = ["", "a", " ", "\"", "\\", "\\\"", "\\\\", "b c\\", "\t", "ä"];
        let arguments = pieces.iter().flat_map(|one| {
            let pairs = pieces.iter().map(move |other| format!("{one}{other}"));
            pairs.map(String::into_bytes)
        });
        let arguments: Vec<Vec<u8>> = [b"pro gram".to_vec()]
            .into_iter()
            .chain(arguments)
            .collect();
        assert_eq!(split(&join(&arguments)), arguments);
    }

    #[test]
    fn without_quotes_the_name_may_end_at_any_space() {
        let names_of = |line: &'static str| names(line.as_bytes());
        assert_eq!(names_of(" a b  c"), [&b"a"[..], b"a b", b"a b", b"a b  c"]);
        assert_eq!(names_of("\"a b\" c"), [b"a b"]);
        assert_eq!(names_of(""), [b""]);
    }
}
