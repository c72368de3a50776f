//! Text and values from anywhere as HTML that is nothing but text.

use std::fmt::Write as _;

use serde_json::Value;

/// Characters of one text that are shown.
const TEXT: usize = 4_000;
/// Entries of one list or object that are shown.
const ENTRIES: usize = 50;
/// Lists and objects within each other that are laid out.
const LEVELS: usize = 4;
/// Bytes of all values together.
const MOST: usize = 256 * 1024;

/// Text as it is, for between tags and inside quoted attributes. Characters that turn the direction of what follows, or that cannot be
/// seen at all, are replaced: they could make a page say something else than its data.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A value laid out for reading; long and deep ones are cut, and say so.
pub(super) fn value(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, LEVELS);
    out
}

fn write(out: &mut String, value: &Value, levels: usize) {
    if out.len() > MOST {
        out.push_str("<span class=\"more\">…</span>");
        return;
    }
    match value {
        Value::Null => out.push_str("<span class=\"none\">empty</span>"),
        Value::Bool(yes) => out.push_str(if *yes { "Yes" } else { "No" }),
        Value::Number(number) => out.push_str(&text(&number.to_string())),
        Value::String(said) if said.trim().is_empty() => out.push_str("<span class=\"none\">empty</span>"),
        Value::String(said) => out.push_str(&cut(said)),
        Value::Array(items) if items.is_empty() => out.push_str("<span class=\"none\">empty list</span>"),
        Value::Object(entries) if entries.is_empty() => out.push_str("<span class=\"none\">empty</span>"),
        Value::Array(_) | Value::Object(_) if levels == 0 => out.push_str(&cut(&value.to_string())),
        Value::Array(items) => {
            out.push_str("<ul>");
            for item in items.iter().take(ENTRIES) {
                out.push_str("<li>");
                write(out, item, levels - 1);
                out.push_str("</li>");
            }
            more(out, items.len(), "li");
            out.push_str("</ul>");
        }
        Value::Object(entries) => {
            out.push_str("<dl class=\"inner\">");
            for (key, item) in entries.iter().take(ENTRIES) {
                // Writing to a String cannot fail.
                let _ = write!(out, "<div><dt>{}</dt><dd>", cut(key));
                write(out, item, levels - 1);
                out.push_str("</dd></div>");
            }
            more(out, entries.len(), "div");
            out.push_str("</dl>");
        }
    }
}

fn more(out: &mut String, len: usize, tag: &str) {
    if len > ENTRIES {
        let _ = write!(out, "<{tag} class=\"more\">and {} more</{tag}>", len - ENTRIES);
    }
}

fn cut(said: &str) -> String {
    let mut letters = said.chars();
    let shown: String = letters.by_ref().take(TEXT).collect();
    match letters.count() {
        0 => text(&shown),
        left => format!("{}<span class=\"more\"> … {left} more characters</span>", text(&shown)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        assert_eq!(
            text("<script>alert('1')</script>\" & \u{0}"),
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot; &amp; \u{fffd}"
        );
        assert_eq!(text("pay \u{202e}0001\u{202c}"), "pay \u{fffd}0001\u{fffd}", "the direction of text is not turned");
        let page = value(&json!({ "<b>": ["<img src=x onerror=y>"], "deep": { "a": { "b": { "c": { "d": "<i>" } } } } }));
        assert!(!page.contains("<b>") && !page.contains("<img") && !page.contains("<i>"), "{page}");
    }

    #[test]
    fn long_values_are_cut_and_say_so() {
        assert!(value(&json!("x".repeat(10_000))).contains("6000 more characters"));
        assert!(value(&json!(vec![1; 80])).contains("and 30 more"));
        let huge: Vec<Vec<String>> = vec![vec!["y".repeat(TEXT); ENTRIES]; ENTRIES];
        assert!(value(&json!(huge)).len() < MOST + 20 * 1024);
        assert_eq!(value(&json!(null)), value(&json!("  ")));
    }
}
