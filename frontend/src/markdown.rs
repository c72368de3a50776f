//! A small, safe Markdown: what people write in notes. It becomes elements, never HTML text, so nothing in it can be more than words.

/// More than this is not read, in characters.
const LONGEST: usize = 10_000;
/// Emphasis within emphasis deeper than this is left as it was written.
const MOST_NESTED: usize = 6;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Heading(Vec<Span>),
    Paragraph(Vec<Span>),
    List { ordered: bool, items: Vec<Vec<Span>> },
    Quote(Vec<Span>),
    Code(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    Text(String),
    Strong(Vec<Span>),
    Emphasis(Vec<Span>),
    Code(String),
    Link { to: String, words: Vec<Span> },
    Break,
}

pub fn parse(text: &str) -> Vec<Block> {
    let text: String = text.chars().take(LONGEST).collect();
    let mut blocks = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_end();
        if line.trim().is_empty() {
            continue;
        }
        if line.trim_start().starts_with("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.trim_start().starts_with("```")).collect();
            blocks.push(Block::Code(code.join("\n")));
        } else if let Some(words) = heading(line) {
            blocks.push(Block::Heading(spans(words, 0)));
        } else if let Some(words) = line.strip_prefix('>') {
            let mut all = words.trim().to_owned();
            while let Some(more) = lines.peek().and_then(|line| line.strip_prefix('>')) {
                all = format!("{all}\n{}", more.trim());
                lines.next();
            }
            blocks.push(Block::Quote(spans(&all, 0)));
        } else if let Some((ordered, words)) = item(line) {
            let mut items = vec![spans(words, 0)];
            while let Some((_, words)) = lines.peek().and_then(|line| item(line)).filter(|(other, _)| *other == ordered) {
                items.push(spans(words, 0));
                lines.next();
            }
            blocks.push(Block::List { ordered, items });
        } else {
            let mut all = line.trim().to_owned();
            while let Some(more) = lines.peek().filter(|line| goes_on(line)) {
                all = format!("{all}\n{}", more.trim());
                lines.next();
            }
            blocks.push(Block::Paragraph(spans(&all, 0)));
        }
    }
    blocks
}

/// The words alone, for who hears a note.
pub fn plain(text: &str) -> String {
    fn words(spans: &[Span], into: &mut String) {
        for span in spans {
            match span {
                Span::Text(text) | Span::Code(text) => into.push_str(text),
                Span::Strong(inner) | Span::Emphasis(inner) | Span::Link { words: inner, .. } => words(inner, into),
                Span::Break => into.push(' '),
            }
        }
    }
    let mut out = String::new();
    for block in parse(text) {
        if !out.is_empty() {
            out.push(' ');
        }
        match block {
            Block::Heading(spans) | Block::Paragraph(spans) | Block::Quote(spans) => words(&spans, &mut out),
            Block::List { items, .. } => items.iter().for_each(|item| {
                words(item, &mut out);
                out.push_str("; ");
            }),
            Block::Code(code) => out.push_str(&code),
        }
    }
    out
}

fn heading(line: &str) -> Option<&str> {
    let words = line.trim_start_matches('#');
    let level = line.len() - words.len();
    ((1..=6).contains(&level) && words.starts_with(' ')).then(|| words.trim())
}

fn item(line: &str) -> Option<(bool, &str)> {
    let line = line.trim_start();
    if let Some(words) = ["- ", "* ", "+ "].iter().find_map(|mark| line.strip_prefix(mark)) {
        return Some((false, words.trim()));
    }
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.len() - rest.len();
    (1..=4)
        .contains(&digits)
        .then(|| rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") ")))
        .flatten()
        .map(|words| (true, words.trim()))
}

/// Whether a line belongs to the paragraph before it.
fn goes_on(line: &str) -> bool {
    let trimmed = line.trim();
    !trimmed.is_empty()
        && !trimmed.starts_with("```")
        && !trimmed.starts_with('>')
        && heading(line).is_none()
        && item(line).is_none()
}

fn spans(text: &str, depth: usize) -> Vec<Span> {
    let mut found = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = if depth < MOST_NESTED { special(rest, plain.chars().next_back(), depth) } else { None };
        if let Some((span, length)) = taken {
            if !plain.is_empty() {
                found.push(Span::Text(std::mem::take(&mut plain)));
            }
            found.push(span);
            rest = &rest[length..];
        } else {
            plain.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    if !plain.is_empty() {
        found.push(Span::Text(plain));
    }
    found
}

/// What begins here that is more than text, and how many bytes it takes.
fn special(rest: &str, before: Option<char>, depth: usize) -> Option<(Span, usize)> {
    if rest.starts_with('\n') {
        return Some((Span::Break, 1));
    }
    if let Some(escaped) = rest.strip_prefix('\\') {
        let escaped = escaped.chars().next().filter(char::is_ascii_punctuation)?;
        return Some((Span::Text(escaped.to_string()), 2));
    }
    if let Some(inner) = between(rest, "`") {
        return Some((Span::Code(inner.to_owned()), inner.len() + 2));
    }
    for mark in ["**", "__"] {
        if let Some(inner) = between(rest, mark) {
            return Some((Span::Strong(spans(inner, depth + 1)), inner.len() + 4));
        }
    }
    for mark in ["*", "_"] {
        // snake_case is a word.
        let in_word = mark == "_" && before.is_some_and(char::is_alphanumeric);
        if let Some(inner) = between(rest, mark).filter(|inner| !in_word && !inner.starts_with(' ') && !inner.ends_with(' ')) {
            return Some((Span::Emphasis(spans(inner, depth + 1)), inner.len() + 2));
        }
    }
    if let Some((words, to, length)) = link(rest) {
        return Some((Span::Link { to: to.to_owned(), words: spans(words, depth + 1) }, length));
    }
    if (rest.starts_with("https://") || rest.starts_with("http://")) && before.is_none_or(|before| !before.is_alphanumeric()) {
        let to = rest.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | ')')).next().unwrap_or_default();
        let to = to.trim_end_matches(['.', ',', ';', ':', '!', '?']);
        return leads(to).then(|| (Span::Link { to: to.to_owned(), words: vec![Span::Text(to.to_owned())] }, to.len()));
    }
    None
}

fn between<'a>(rest: &'a str, mark: &str) -> Option<&'a str> {
    let inner = rest.strip_prefix(mark)?;
    let end = inner.find(mark)?;
    (end > 0).then(|| &inner[..end])
}

/// `[words](address)`
fn link(rest: &str) -> Option<(&str, &str, usize)> {
    let inner = rest.strip_prefix('[')?;
    let end = inner.find("](")?;
    let words = &inner[..end];
    let address = &inner[end + 2..];
    let close = address.find(')')?;
    let to = address[..close].trim();
    (!words.is_empty() && leads(to)).then_some((words, to, 1 + end + 2 + close + 1))
}

/// Addresses that a note may lead to: nothing that runs, nothing of this instance by a trick of the address.
fn leads(to: &str) -> bool {
    let lower = to.to_ascii_lowercase();
    let known =
        ["https://", "http://", "mailto:"].iter().any(|scheme| lower.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
    known && !to.chars().any(|c| c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &str) -> Span {
        Span::Text(words.into())
    }

    #[test]
    fn reads_what_people_write() {
        assert_eq!(
            parse("# Title\nOne **two** *three* `four`\nfive\n\n- a\n- b\n\n1. c\n\n> said\n\n```\n<b>\n```"),
            [
                Block::Heading(vec![text("Title")]),
                Block::Paragraph(vec![
                    text("One "),
                    Span::Strong(vec![text("two")]),
                    text(" "),
                    Span::Emphasis(vec![text("three")]),
                    text(" "),
                    Span::Code("four".into()),
                    Span::Break,
                    text("five"),
                ]),
                Block::List { ordered: false, items: vec![vec![text("a")], vec![text("b")]] },
                Block::List { ordered: true, items: vec![vec![text("c")]] },
                Block::Quote(vec![text("said")]),
                Block::Code("<b>".into()),
            ]
        );
        assert_eq!(plain("# Ask *Ada*\n- [list](https://a.example)"), "Ask Ada list; ");
    }

    #[test]
    fn links_lead_only_where_links_may() {
        let link = |markdown: &str| matches!(parse(markdown).first(), Some(Block::Paragraph(spans)) if spans.iter().any(|span| matches!(span, Span::Link { .. })));
        assert!(link("[a](https://a.example/?q=1)") && link("see https://a.example.") && link("[m](mailto:a@b.example)"));
        for other in [
            "[a](javascript:alert(1))",
            "[a](JaVaScRiPt:alert(1))",
            "[a](data:text/html,x)",
            "[a](//evil.example)",
            "[a](/settings)",
            "[a](https://)",
        ] {
            assert!(!link(other), "{other}");
        }
    }

    #[test]
    fn markup_stays_text() {
        let hostile = "<img src=x onerror=\"alert(1)\"> <script>alert(1)</script>";
        assert_eq!(parse(hostile), [Block::Paragraph(vec![text(hostile)])]);
        assert_eq!(parse("snake_case_name"), [Block::Paragraph(vec![text("snake_case_name")])]);
    }

    #[test]
    fn nothing_takes_for_ever() {
        for hostile in [
            "*".repeat(50_000),
            "[".repeat(50_000),
            "**_".repeat(20_000),
            "`".repeat(9_999),
            "> ".repeat(20_000),
            "\u{202e}🧑‍🚀".repeat(3_000),
        ] {
            let begun = std::time::Instant::now();
            assert!(!plain(&hostile).is_empty() || hostile.trim_matches(['`', '>', ' ']).is_empty());
            assert!(begun.elapsed().as_secs() < 20, "{}", &hostile[..1]);
        }
    }
}
