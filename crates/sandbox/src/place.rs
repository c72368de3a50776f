//! Addresses with holes: which request of a manifest an address belongs to.

use manifest::parse_parts;

/// Longer addresses are nobody's.
const LONGEST: usize = 8 * 1024;
/// Looks at one address, at most: holes beside each other can be filled in many ways.
const MOST_LOOKS: usize = 20_000;

/// An address, without its query, in which values stand.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Hole { name: String, slashes: bool },
}

/// What stood in the holes, percent-decoded, by what was written there.
pub(crate) type Holes = Vec<(String, String)>;

impl Place {
    /// `base`: the connector's, or the request's own. Nothing where it cannot be read.
    pub fn parse(base: &str, path: &str) -> Option<Self> {
        let whole = format!("{}{path}", base.trim_end_matches('/'));
        let mut pieces = Vec::new();
        for part in parse_parts(whole.trim_end_matches('/')).ok()? {
            pieces.push(match part {
                expr::Part::Text(text) => Piece::Text(text),
                expr::Part::Expr(source) => {
                    let slashes = source.starts_with('+') || pieces.is_empty();
                    Piece::Hole { name: source.trim_start_matches('+').trim().to_owned(), slashes }
                }
                expr::Part::Pill(_) => return None,
            });
        }
        // A query is compared elsewhere.
        if let Some(at) = pieces.iter().position(|piece| matches!(piece, Piece::Text(text) if text.contains('?'))) {
            pieces.truncate(at + 1);
            if let Some(Piece::Text(text)) = pieces.last_mut() {
                text.truncate(text.find('?').unwrap_or(text.len()));
            }
        }
        Some(Self { pieces })
    }

    /// Characters that stand for themselves: the more, the surer.
    pub fn literal(&self) -> usize {
        self.pieces.iter().map(|piece| if let Piece::Text(text) = piece { text.len() } else { 0 }).sum()
    }

    /// What stands in the holes, if `url` (without its query) is one of these addresses.
    pub fn read(&self, url: &str) -> Option<Holes> {
        let mut holes = Vec::new();
        let mut looks = 0;
        (url.len() <= LONGEST && fits(&self.pieces, url, &mut holes, &mut looks)).then_some(holes)
    }
}

fn fits(pieces: &[Piece], text: &str, holes: &mut Holes, looks: &mut usize) -> bool {
    *looks += 1;
    if *looks > MOST_LOOKS {
        return false;
    }
    match pieces.split_first() {
        None => text.is_empty(),
        Some((Piece::Text(literal), rest)) => {
            text.strip_prefix(literal.as_str()).is_some_and(|after| fits(rest, after, holes, looks))
        }
        Some((Piece::Hole { name, slashes }, rest)) => {
            for (at, c) in text.char_indices() {
                if c == '/' && !slashes {
                    return false_at(rest, text, at, name, holes, looks);
                }
                if at > 0 && filled(rest, text, at, name, holes, looks) {
                    return true;
                }
            }
            !text.is_empty() && filled(rest, text, text.len(), name, holes, looks)
        }
    }
}

/// The last chance of a hole: it ends before a slash.
fn false_at(rest: &[Piece], text: &str, at: usize, name: &str, holes: &mut Holes, looks: &mut usize) -> bool {
    at > 0 && filled(rest, text, at, name, holes, looks)
}

fn filled(rest: &[Piece], text: &str, at: usize, name: &str, holes: &mut Holes, looks: &mut usize) -> bool {
    let before = holes.len();
    holes.push((name.to_owned(), decoded(&text[..at])));
    if fits(rest, &text[at..], holes, looks) {
        return true;
    }
    holes.truncate(before);
    false
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = (*first == b'%').then(|| after.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(base: &str, path: &str, url: &str) -> Option<Vec<String>> {
        Some(Place::parse(base, path)?.read(url)?.into_iter().map(|(_, value)| value).collect())
    }

    #[test]
    fn holes_are_segments() {
        let one = |text: &str| Some(vec![text.to_owned()]);
        assert_eq!(read("https://a.example/v1", "/c/{input.id}", "https://a.example/v1/c/a%2Fb"), one("a/b"));
        assert_eq!(read("https://a.example/v1", "/c/{input.id}", "https://a.example/v1/c/a/b"), None);
        assert_eq!(read("https://a.example/v1", "/c/{input.id}", "https://a.example/v1/c/"), None);
        assert_eq!(read("https://a.example", "/c/{+input.id}/x", "https://a.example/c/a/b/x"), one("a/b"));
        assert_eq!(read("{connection.base}", "/c", "https://a.example/v2/c"), one("https://a.example/v2"));
        assert_eq!(read("https://{connection.dc}.a.example", "/c", "https://us1.a.example/c"), one("us1"));
        assert_eq!(read("https://a.example", "/v/{input.range}:append", "https://a.example/v/A:B:append"), one("A:B"));
        assert_eq!(read("https://a.example/x?q=1", "", "https://a.example/x"), Some(vec![]));
        assert_eq!(read("https://a.example", "/{ö", "https://a.example/x"), None);
    }

    #[test]
    fn a_hostile_address_ends() {
        let path = "/{+a}{+b}{+c}{+d}{+e}{+f}".to_owned() + "!";
        assert_eq!(read("https://a.example", &path, &format!("https://a.example/{}", "x/".repeat(2_000))), None);
        assert_eq!(read("https://a.example", "/{a}", &format!("https://a.example/{}", "x".repeat(10_000))), None);
        assert_eq!(decoded("%zz%4"), "%zz%4");
    }
}
