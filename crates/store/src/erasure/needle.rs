//! A value that is looked for in stored bytes, however it is written there.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use crate::{Error, masking::spellings};

#[derive(Clone)]
pub(crate) struct Needle(AhoCorasick);

impl Needle {
    pub(crate) fn new(value: &str) -> Result<Needle, Error> {
        let mut forms = spellings(value);
        forms.sort_unstable();
        forms.dedup();
        let found = AhoCorasickBuilder::new().ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest).build(forms);
        found.map(Needle).map_err(|_| Error::Invalid("this value cannot be looked for".into()))
    }

    /// Whether it stands somewhere by itself: `ann@x.org` is not found in `joann@x.org`.
    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        self.0.find_iter(bytes).any(|found| stands_alone(bytes, found.start(), found.end()))
    }

    /// The text without it; nothing where it is not there.
    pub(crate) fn out_of(&self, text: &str, mask: &str) -> Option<String> {
        let (mut masked, mut from) = (String::new(), 0);
        for found in self.0.find_iter(text) {
            if stands_alone(text.as_bytes(), found.start(), found.end()) {
                masked.push_str(&text[from..found.start()]);
                masked.push_str(mask);
                from = found.end();
            }
        }
        (from > 0).then(|| masked + &text[from..])
    }
}

/// Whether what is around does not belong to it: letters and digits do, and before it what names and addresses are joined with.
fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = &bytes[..start];
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80;
    let begins = match before {
        [.., b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => true,
        // A character as JSON writes it.
        [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f'] => true,
        [.., last] => !belongs(*last) && !matches!(last, b'.' | b'_' | b'+' | b'-'),
        [] => true,
    };
    let ends = match &bytes[end..] {
        [b'.' | b'-' | b'_', next, ..] => !belongs(*next),
        [next, ..] => !belongs(*next),
        [] => true,
    };
    begins && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(value: &str, text: &str) -> bool {
        Needle::new(value).expect("a value").is_in(text.as_bytes())
    }

    #[test]
    fn a_value_is_found_however_it_is_written() {
        for text in
            ["ann@x.org", "<ANN@x.org>", "to ann@x.org.", "q=1&to=ann%40x.org", "https://h/?a%3Dann%40x.org", "\"\\nann@x.org\""]
        {
            assert!(is_in("ann@x.org", text), "{text}");
        }
        assert!(is_in("O\"Neil", r#"{"name":"O\"Neil"}"#));
    }

    #[test]
    fn another_persons_value_is_not() {
        for text in ["joann@x.org", "jo.ann@x.org", "jo+ann@x.org", "ann@x.organic", "ann@x.org.uk", "müann@x.org", "ann@y.org"]
        {
            assert!(!is_in("ann@x.org", text), "{text}");
        }
        assert!(!is_in("12345", "123456") && !is_in("12345", "912345"));
    }

    #[test]
    fn it_is_taken_out_of_texts() {
        let needle = Needle::new("ann@x.org").expect("a value");
        let text = "Ann@x.org and joann@x.org and ann@x.org";
        assert_eq!(needle.out_of(text, "•••").as_deref(), Some("••• and joann@x.org and •••"));
        assert_eq!(needle.out_of("joann@x.org", "•••"), None);
    }
}
