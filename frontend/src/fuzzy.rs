//! Search that forgives: letters in order, better when they stand together or begin words.

/// What is searched for, prepared once for many texts.
#[derive(Debug, Clone)]
pub struct Wanted {
    asked: String,
    /// Without white space.
    letters: Vec<char>,
}

/// As [`Wanted`] compares texts.
pub fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

impl Wanted {
    pub fn new(query: &str) -> Self {
        let asked = lower(query.trim());
        let letters = asked.chars().filter(|c| !c.is_whitespace()).collect();
        Wanted { asked, letters }
    }

    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// How well a text that is [`lower`] already is found: higher is better, none when a letter is not there. An empty query finds
    /// everything.
    pub fn score(&self, plain: &str) -> Option<i32> {
        if self.is_empty() {
            return Some(0);
        }
        if let Some(at) = plain.find(&self.asked) {
            let starts_word = at == 0 || plain[..at].ends_with(|c: char| !c.is_alphanumeric());
            return Some(1_000 - i32::try_from(at.min(200)).unwrap_or(200) + if starts_word { 300 } else { 0 });
        }
        let mut points = 0;
        let mut next = self.letters.iter().peekable();
        let mut before: Option<char> = None;
        let mut run = 0;
        for c in plain.chars() {
            if next.peek().is_some_and(|wanted| **wanted == c) {
                next.next();
                run += 1;
                points += run * 4;
                if before.is_none_or(|before| !before.is_alphanumeric()) {
                    points += 12;
                }
            } else {
                run = 0;
            }
            before = Some(c);
        }
        next.peek().is_none().then_some(points)
    }

    /// 0 when a text that is [`lower`] already has it as it was typed: letters in order are found in any longer sentence.
    pub fn within(&self, plain: &str) -> Option<i32> {
        (!self.is_empty() && plain.contains(&self.asked)).then_some(0)
    }
}

/// How well `query` finds `text`; see [`Wanted::score`].
pub fn score(query: &str, text: &str) -> Option<i32> {
    Wanted::new(query).score(&lower(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_meant() {
        assert!(score("", "Filter").is_some());
        assert!(score("fltr", "Filter").is_some());
        assert!(score("http req", "HTTP request").is_some());
        assert_eq!(score("xyz", "Filter"), None);
        assert!(score("set", "Set fields") > score("set", "Reset"));
        assert!(score("de", "Delay") > score("de", "Send"));
    }

    #[test]
    fn any_text_can_be_searched_and_searched_for() {
        for hostile in ["<img onerror=alert(1)>", "שלום עולם", "İstanbul", "🧑‍🚀 crew", "\u{0}\u{202e}", &"ß".repeat(10_000)]
        {
            assert!(score(hostile, hostile).is_some(), "{}", hostile.chars().take(20).collect::<String>());
            assert_eq!(score("zqx", &hostile.replace(['z', 'q', 'x'], "")), None);
        }
        assert_eq!(Wanted::new(" ").within("anything"), None, "nothing typed is no hit in a sentence");
    }
}
