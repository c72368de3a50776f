//! Patterns such as `DD/MM/YYYY HH:mm`, as spreadsheets and calendars write them, turned into those of C.

use crate::error::EvalError;
use crate::operation::argument::wrong;

/// What a pattern writes and reads.
pub(crate) struct Pattern {
    /// In the spelling of `strftime`.
    pub c: String,
    pub has_time: bool,
    pub has_offset: bool,
}

/// Longest first where one begins like another. `true`: part of a time.
const SIGNS: &[(&str, &str, bool)] = &[
    ("YYYY", "%Y", false),
    ("YY", "%y", false),
    ("MMMM", "%B", false),
    ("MMM", "%b", false),
    ("MM", "%m", false),
    ("M", "%-m", false),
    ("DD", "%d", false),
    ("D", "%-d", false),
    ("dddd", "%A", false),
    ("ddd", "%a", false),
    ("HH", "%H", true),
    ("H", "%-H", true),
    ("hh", "%I", true),
    ("h", "%-I", true),
    ("mm", "%M", true),
    ("ss", "%S", true),
    ("SSS", "%3f", true),
    ("A", "%p", true),
    ("a", "%P", true),
    ("ZZ", "%z", true),
    ("Z", "%:z", true),
];

pub(crate) fn read(pattern: &str) -> Result<Pattern, EvalError> {
    if pattern.trim().is_empty() || pattern.chars().count() > 100 {
        return Err(wrong("format", "A date format has 1 to 100 characters, such as DD/MM/YYYY."));
    }
    let mut found = Pattern { c: String::new(), has_time: false, has_offset: false };
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if let Some((text, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            found.c.push_str(&text.replace('%', "%%"));
            rest = after;
        } else if let Some((sign, c, time)) = SIGNS.iter().find(|(sign, ..)| rest.starts_with(sign)) {
            found.c.push_str(c);
            found.has_time |= time;
            found.has_offset |= sign.starts_with('Z');
            rest = &rest[sign.len()..];
        } else if first.is_alphabetic() && first != 'T' {
            let message = format!("`{first}` means nothing in a date format: put text into brackets, as in [at].");
            return Err(wrong("format", message));
        } else {
            found.c.push_str(if first == '%' { "%%" } else { &rest[..first.len_utf8()] });
            rest = &rest[first.len_utf8()..];
        }
    }
    Ok(found)
}

/// The same with day and month in each other's place.
#[cfg(feature = "dates")]
pub(super) fn swapped(pattern: &str) -> String {
    pattern.replace("DD", "\u{1}").replace("MM", "DD").replace('\u{1}', "MM")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_become_those_of_c() {
        let c = |pattern: &str| read(pattern).unwrap().c;
        assert_eq!(c("dddd, D. MMMM YYYY [at] HH:mm:ss.SSS Z"), "%A, %-d. %B %Y at %H:%M:%S.%3f %:z");
        assert_eq!(c("100% [50%]"), "100%% 50%%");
        #[cfg(feature = "dates")]
        assert_eq!(swapped("DD/MM/YYYY"), "MM/DD/YYYY");
        for odd in ["", "   ", "YYYY-QQ", "yyyy", "[open", &"Y".repeat(101)] {
            assert!(read(odd).is_err() || odd == "[open", "{odd}");
        }
    }
}
