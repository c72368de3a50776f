//! A command line as the words a shell would pass on. Crates for that split by the rules of POSIX only; what browsers copy also comes
//! with bash's `$'..'` and, on Windows, with the carets of `cmd`.

/// A quote that is never closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unclosed(pub char);

pub fn split(text: &str) -> Result<Vec<String>, Unclosed> {
    if is_cmd(text) { windows(&without_carets(text)) } else { posix(text) }
}

/// Whether it was written for Windows' `cmd`: carets before quotes, or at the ends of lines.
fn is_cmd(text: &str) -> bool {
    text.contains("^\"") || text.lines().any(|line| line.trim_end().ends_with(" ^"))
}

fn posix(text: &str) -> Result<Vec<String>, Unclosed> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next() {
                        Some('\'') => break,
                        Some(c) => word.push(c),
                        None => return Err(Unclosed('\'')),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next() {
                        Some('"') => break,
                        Some('\\') => match rest.next() {
                            Some('\n') => {}
                            Some(c @ ('"' | '\\' | '$' | '`')) => word.push(c),
                            Some(c) => word.extend(['\\', c]),
                            None => return Err(Unclosed('"')),
                        },
                        Some(c) => word.push(c),
                        None => return Err(Unclosed('"')),
                    }
                }
            }
            '$' if rest.peek() == Some(&'\'') => {
                rest.next();
                ansi(&mut rest, word.get_or_insert_default())?;
            }
            '\\' => match rest.next() {
                // The line goes on.
                Some('\n') => {}
                Some('\r') if rest.peek() == Some(&'\n') => _ = rest.next(),
                Some(c) => word.get_or_insert_default().push(c),
                None => {}
            },
            c if c.is_whitespace() => words.extend(word.take()),
            // What follows goes elsewhere: a pipe, a file, the next command. In the middle of a word it is an address without quotes.
            '|' | '>' | ';' | '&' if word.is_none() => return Ok(words),
            '#' if word.is_none() => while rest.next_if(|c| *c != '\n').is_some() {},
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

/// The rest of `$'..'`, with the escapes of C.
fn ansi(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, word: &mut String) -> Result<(), Unclosed> {
    while let Some(c) = rest.next() {
        match c {
            '\'' => return Ok(()),
            '\\' => match rest.next().ok_or(Unclosed('\''))? {
                'n' => word.push('\n'),
                't' => word.push('\t'),
                'r' => word.push('\r'),
                'a' => word.push('\u{7}'),
                'b' => word.push('\u{8}'),
                'f' => word.push('\u{c}'),
                'v' => word.push('\u{b}'),
                'e' | 'E' => word.push('\u{1b}'),
                'x' => word.extend(coded(rest, 16, 2)),
                'u' => {
                    let first = number(rest, 16, 4);
                    word.extend(whole(rest, first));
                }
                'U' => word.extend(coded(rest, 16, 8)),
                c if c.is_digit(8) => {
                    let mut code = c.to_digit(8).unwrap_or_default();
                    for _ in 0..2 {
                        if let Some(digit) = rest.next_if(|c| c.is_digit(8)).and_then(|c| c.to_digit(8)) {
                            code = code * 8 + digit;
                        }
                    }
                    word.extend(char::from_u32(code));
                }
                c => word.push(c),
            },
            c => word.push(c),
        }
    }
    Err(Unclosed('\''))
}

/// A code of at most `most` digits.
fn number(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, base: u32, most: usize) -> u32 {
    let mut code = 0;
    for _ in 0..most {
        match rest.next_if(|c| c.is_digit(base)).and_then(|c| c.to_digit(base)) {
            Some(digit) => code = code * base + digit,
            None => break,
        }
    }
    code
}

fn coded(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, base: u32, most: usize) -> Option<char> {
    char::from_u32(number(rest, base, most))
}

/// Browsers write characters beyond the first plane as two halves: `\ud83d\ude00`.
fn whole(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, first: u32) -> Option<char> {
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first);
    }
    let mut ahead = rest.clone();
    if ahead.next() != Some('\\') || ahead.next() != Some('u') {
        return Some(char::REPLACEMENT_CHARACTER);
    }
    let second = number(&mut ahead, 16, 4);
    if !(0xdc00..0xe000).contains(&second) {
        return Some(char::REPLACEMENT_CHARACTER);
    }
    *rest = ahead;
    char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
}

/// What `cmd` makes of carets: the next character as it is, a line that goes on, and a line break where two follow.
fn without_carets(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '^' => match rest.next() {
                Some('\n') => out.extend(rest.next_if_eq(&'\n')),
                Some(c) => out.push(c),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

/// The words of a Windows program: double quotes, and backslashes before them.
fn windows(text: &str) -> Result<Vec<String>, Unclosed> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                let mut count = 1;
                while rest.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                let word = word.get_or_insert_default();
                if rest.peek() == Some(&'"') {
                    word.extend(std::iter::repeat_n('\\', count / 2));
                    if count % 2 == 1 {
                        rest.next();
                        word.push('"');
                    }
                } else {
                    word.extend(std::iter::repeat_n('\\', count));
                }
            }
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                word.get_or_insert_default().push('"');
            }
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            '|' | '>' | '&' if !quoted && word.is_none() => return Ok(words),
            c => word.get_or_insert_default().push(c),
        }
    }
    if quoted {
        return Err(Unclosed('"'));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        split(text).unwrap()
    }

    #[test]
    fn quotes_and_continued_lines() {
        assert_eq!(words(r#"curl 'a b' "c \"d\" \$x \n" e\ f"#), ["curl", "a b", r#"c "d" $x \n"#, "e f"]);
        assert_eq!(words("curl \\\n  -d x \\\r\n  -H y"), ["curl", "-d", "x", "-H", "y"]);
        assert_eq!(words("a''b \"\" ''"), ["ab", "", ""]);
        assert_eq!(words(r#"-d '{"n":"O'\''Hara"}'"#), ["-d", r#"{"n":"O'Hara"}"#]);
    }

    #[test]
    fn c_escapes_of_bash() {
        assert_eq!(words(r"$'a\'b\n\t\u00e9\x41\101\\' x"), ["a'b\n\t\u{e9}AA\\", "x"]);
        assert_eq!(words(r"$'\ud83d\ude00!'"), ["😀!"]);
        assert_eq!(words(r"$'\ud83d?'"), ["\u{fffd}?"]);
    }

    #[test]
    fn what_follows_the_command_is_left() {
        assert_eq!(words("curl x | jq ."), ["curl", "x"]);
        assert_eq!(words("curl x > out.json"), ["curl", "x"]);
        assert_eq!(words("curl https://a.example/?x=1&y=2;z"), ["curl", "https://a.example/?x=1&y=2;z"]);
        assert_eq!(words("curl x # a note\n-I"), ["curl", "x", "-I"]);
    }

    #[test]
    fn carets_of_windows() {
        let text = "curl ^\"https://a.example/?x=1^&y=2^\" ^\r\n  -H ^\"accept: */*^\" ^\r\n  --data-raw ^\"^{^\\^\"a^\\^\":^\\^\"b c^\\^\"^}^\"";
        assert_eq!(words(text), ["curl", "https://a.example/?x=1&y=2", "-H", "accept: */*", "--data-raw", r#"{"a":"b c"}"#]);
        assert_eq!(words("curl ^\"a^\n\nb^\""), ["curl", "a\nb"]);
        assert_eq!(words("curl \"a\" ^\n -d \"{\\\"x\\\":\\\"c:\\\\dir\\\"}\""), ["curl", "a", "-d", r#"{"x":"c:\\dir"}"#]);
    }

    #[test]
    fn open_quotes_are_said() {
        assert_eq!(split("curl 'x"), Err(Unclosed('\'')));
        assert_eq!(split("curl \"x"), Err(Unclosed('"')));
        assert_eq!(split("curl $'x"), Err(Unclosed('\'')));
        assert_eq!(split("curl ^\"x"), Err(Unclosed('"')));
    }
}
