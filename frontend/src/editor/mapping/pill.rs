//! The `{{ }}` of a text as pills: what each is called, where it comes from, and what it gives with the sample.

use expr::{Format, Mapped, Names, Part, Source, print_text, spans};
use serde_json::Value;

use super::{
    formats,
    preview::{Fix, Shown, show},
    tree::{Kind, shorten},
    words,
};
use crate::{editor::data::Seen, text::editor as t};

/// Longer names and expressions are cut.
const LONGEST: usize = 40;

/// A pill as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Where its `{{ }}` stands, in UTF-16 units.
    pub from: u32,
    pub to: u32,
    pub origin: Origin,
    /// The last part of its path, or the whole of an expression.
    pub name: String,
    /// Its formatters in words.
    pub formats: String,
    /// What stands between the braces.
    pub source: String,
    pub shown: Shown,
}

/// Where a value comes from, for a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Of the step or trigger, for its icon.
    pub kind: String,
    /// Empty: there is nothing to say beyond the icon.
    pub label: String,
}

impl Shape {
    /// Changes whenever what is shown does.
    pub fn key(&self) -> String {
        format!(
            "{}\u{1f}{}\u{1f}{}\u{1f}{}\u{1f}{}\u{1f}{}",
            self.origin.kind,
            self.origin.label,
            self.name,
            self.formats,
            self.source,
            self.says()
        )
    }

    /// Why it gives nothing, where it should.
    pub fn wrong(&self) -> Option<&str> {
        match &self.shown {
            Shown::Missing { message, .. } if message.is_empty() => Some(t::NOTHING_THERE),
            Shown::Missing { message, .. } | Shown::Error { message, .. } | Shown::Mismatch { message, .. } => Some(message),
            _ => None,
        }
    }

    /// The name it should probably have, and the `{{ }}` with it.
    pub fn mend(&self) -> Option<&Fix> {
        match &self.shown {
            Shown::Missing { fix, .. } | Shown::Error { fix, .. } | Shown::Mismatch { fix, .. } => fix.as_ref(),
            _ => None,
        }
    }

    /// Its value or what is to be said in place of it.
    pub fn says(&self) -> String {
        match &self.shown {
            Shown::Value { text, .. } if text.is_empty() => t::EMPTY_TEXT.to_owned(),
            Shown::Value { text, .. } => text.clone(),
            Shown::NoSample => t::NO_SAMPLE_YET.to_owned(),
            Shown::NoElement => t::NO_ELEMENT_YET.to_owned(),
            Shown::NotTested { slug } => t::known_after_testing(slug),
            Shown::Plain => String::new(),
            _ => self.wrong().unwrap_or_default().to_owned(),
        }
    }

    /// For screen readers: `Website form, email: ada@engines.example`.
    pub fn spoken(&self) -> String {
        let mut words = vec![self.origin.label.as_str(), &self.name, &self.formats];
        words.retain(|word| !word.is_empty());
        format!("{}: {}", words.join(", "), self.says())
    }

    /// For a pointer that rests on it: the path, and the value.
    pub fn tip(&self) -> String {
        format!("{}\n{}", self.source, self.says())
    }
}

/// The pills of a text. `origin` says where a source comes from.
pub fn shapes(text: &str, seen: &Seen, names: &Names, origin: &dyn Fn(&Source) -> Origin) -> Vec<Shape> {
    let mut found = Vec::new();
    let (mut byte, mut unit) = (0, 0);
    for span in spans(text, names) {
        let from = unit + utf16(&text[byte..span.range.start]);
        let piece = &text[span.range.clone()];
        let to = from + utf16(piece);
        (byte, unit) = (span.range.end, to);
        let (of, name, formats) = match &span.part {
            Part::Pill(pill) => (origin(&pill.source), named(pill), said(&pill.format)),
            Part::Expr(source) => (expression(), shorten(source, LONGEST), String::new()),
            // Braces that stand for themselves read as they are written.
            Part::Text(_) => continue,
        };
        let source = piece.trim_start_matches("{{").trim_end_matches("}}").trim().to_owned();
        let shown = show(piece, &Mapped::Template(vec![span.part]), seen, names);
        found.push(Shape { from, to, origin: of, name, formats, source, shown });
    }
    found
}

fn expression() -> Origin {
    Origin { kind: "code".into(), label: String::new() }
}

fn named(pill: &expr::Pill) -> String {
    if pill.path.is_empty() {
        return match &pill.source {
            Source::Step(_) => t::WHOLE_BODY.to_owned(),
            _ => shorten(&words::pill(pill), LONGEST),
        };
    }
    // `items[0].sku` says more than `sku`: the last name, with what is chosen of a list.
    let path = pill.path.iter().rposition(|seg| matches!(seg, expr::Seg::Key(_))).map_or(0, |at| at);
    shorten(&words::spelled(&pill.path[path..]), LONGEST)
}

/// `upper | default("x")` as `UPPER CASE, Default when empty “x”`.
fn said(all: &[Format]) -> String {
    let one = |format: &Format| {
        let label = formats::info(&format.name).map_or(format.name.as_str(), |known| known.label);
        let args: Vec<String> = format.args.iter().map(argument).collect();
        if args.is_empty() { label.to_owned() } else { format!("{label} {}", args.join(", ")) }
    };
    shorten(&all.iter().map(one).collect::<Vec<_>>().join(", "), LONGEST)
}

fn argument(value: &Value) -> String {
    match value {
        Value::String(text) => format!("“{text}”"),
        value => value.to_string(),
    }
}

/// Length as the browser counts it.
pub fn utf16(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// The piece of a text between two positions in UTF-16 units.
pub fn slice(text: &str, from: u32, to: u32) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    let (from, to) = ((from as usize).min(units.len()), (to as usize).min(units.len()));
    String::from_utf16_lossy(&units[from..to.max(from)])
}

/// The text of one `{{ }}`.
pub fn print(part: Part, names: &Names) -> String {
    print_text(&Mapped::Template(vec![part]), names).unwrap_or_default()
}

/// The kind of what a pill gives, where the sample says.
pub fn kind(shape: &Shape) -> Option<Kind> {
    match &shape.shown {
        Shown::Value { kind, .. } => Some(*kind),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;

    fn of(text: &str) -> Vec<Shape> {
        let event = json!({"body": {"email": "a@b.c", "the name": "Ada", "items": [{"sku": "x"}], "<img onerror=1>": 1}});
        let mut seen = Seen { event: Some(Arc::new(event)), ..Seen::default() };
        if let Some(event) = &seen.event {
            seen.data.set_event(event.clone());
        }
        shapes(text, &seen, &Names::new(), &|_| Origin { kind: "webhook".into(), label: "Website form".into() })
    }

    #[test]
    fn a_pill_says_where_it_comes_from_and_what_it_gives() {
        let found = of("😀 {{ event.body.email | upper }} {{ 1 + 1 }} {{ '{{' }}");
        assert_eq!(found.len(), 2, "braces that stand for themselves are text");
        assert_eq!((found[0].from, found[0].to), (3, 33));
        assert_eq!(found[0].spoken(), "Website form, email, UPPER CASE: A@B.C");
        assert_eq!(found[0].tip(), "event.body.email | upper\nA@B.C");
        assert_eq!((found[1].name.as_str(), found[1].says().as_str()), ("1 + 1", "2"));
    }

    #[test]
    fn odd_names_are_shown_as_they_are() {
        let found = of(
            r#"{{ event.body["the name"] }}{{ event.body.items[0].sku }}{{ event.body.items[0] }}{{ event.body["<img onerror=1>"] }}"#,
        );
        let names: Vec<&str> = found.iter().map(|shape| shape.name.as_str()).collect();
        assert_eq!(names, ["the name", "sku", "items[0]", "<img onerror=1>"]);
    }

    #[test]
    fn a_field_that_is_gone_names_the_one_it_may_be() {
        let found = of("{{ event.body.emial }}");
        assert!(found[0].wrong().is_some_and(|message| message.contains("does not exist")));
        assert_eq!(found[0].mend().map(|fix| fix.text.as_str()), Some("{{ event.body.email }}"));
    }

    #[test]
    fn positions_count_as_the_browser_does() {
        assert_eq!(slice("a😀b", 1, 3), "😀");
        assert_eq!(slice("ab", 1, 9), "b");
        assert_eq!(utf16("a😀"), 3);
    }
}
