//! Search that forgives: letters in order, better when they stand together or begin words.

/// How well `query` finds `text`: higher is better, none when a letter is not there. An empty query finds everything.
pub fn score(query: &str, text: &str) -> Option<i32> {
    let wanted: Vec<char> = query.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    if wanted.is_empty() {
        return Some(0);
    }
    let plain: String = text.chars().flat_map(char::to_lowercase).collect();
    let asked: String = query.trim().chars().flat_map(char::to_lowercase).collect();
    if let Some(at) = plain.find(&asked) {
        let starts_word = at == 0 || plain[..at].ends_with(|c: char| !c.is_alphanumeric());
        return Some(1_000 - i32::try_from(at.min(200)).unwrap_or(200) + if starts_word { 300 } else { 0 });
    }
    let mut points = 0;
    let mut next = wanted.iter().peekable();
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

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn finds_what_is_meant() {
        assert!(score("", "Filter").is_some());
        assert!(score("fltr", "Filter").is_some());
        assert!(score("http req", "HTTP request").is_some());
        assert_eq!(score("xyz", "Filter"), None);
        assert!(score("set", "Set fields") > score("set", "Reset"));
        assert!(score("de", "Delay") > score("de", "Send"));
    }
}
