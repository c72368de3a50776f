//! What a field takes, said before anything runs: a value of another kind, and the formatter that makes it fit.

use expr::{Mapped, Names, Outcome, evaluate, parse_text, spans};
use serde_json::Value;

use super::preview::Fix;
use crate::{
    editor::data::{Seen, limits},
    text::editor as t,
};

/// The kind of value that a field takes. Numbers and yes or no may come as text that reads as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expects {
    Text,
    Number,
    WholeNumber,
    YesNo,
    List,
}

impl Expects {
    /// Whether a call would take the value. Nothing at all is another matter.
    pub fn takes(self, value: &Value) -> bool {
        let blank = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        blank
            || match self {
                Expects::Text => !value.is_array() && !value.is_object(),
                Expects::Number => value.is_number() || value.as_str().is_some_and(|text| text.trim().parse::<f64>().is_ok()),
                Expects::WholeNumber => {
                    value.is_i64() || value.is_u64() || value.as_str().is_some_and(|text| text.trim().parse::<i64>().is_ok())
                }
                Expects::YesNo => value.is_boolean() || matches!(value.as_str().map(str::trim), Some("true" | "false")),
                Expects::List => value.is_array(),
            }
    }

    /// Formatters to try, the likeliest first.
    fn formatters(self) -> &'static [&'static str] {
        match self {
            Expects::Text => &["join(\", \")", "json"],
            Expects::Number => &["number", "number(\",\")"],
            Expects::WholeNumber => &["number", "number(\",\")", "round", "number | round", "number(\",\") | round"],
            Expects::YesNo => &["boolean"],
            Expects::List => &["split(\",\")"],
        }
    }
}

/// What to say of a text that gives `value`, and the text with a formatter with which it fits.
pub fn mismatch(expects: Expects, text: &str, value: &Value, seen: &Seen, names: &Names) -> Option<(String, Option<Fix>)> {
    if expects.takes(value) {
        return None;
    }
    let fix = expects.formatters().iter().find_map(|formatter| {
        let mended = with(text, formatter, names)?;
        match evaluate(&parse_text(&mended, names), &seen.data, &limits()).ok()?.outcome {
            Outcome::Value(value) if expects.takes(&value) => Some(Fix { name: (*formatter).to_owned(), text: mended }),
            _ => None,
        }
    });
    Some((t::mismatch(expects, value), fix))
}

/// A text that is one `{{ }}`, with a formatter at its end.
fn with(text: &str, formatter: &str, names: &Names) -> Option<String> {
    let [only] = spans(text, names).try_into().ok()?;
    let inner = text.get(only.range.clone())?.strip_prefix("{{")?.strip_suffix("}}")?.trim();
    // What an operator stands in is filtered as a whole only in brackets.
    let inner = match &only.part {
        expr::Part::Expr(_) => format!("({inner})"),
        _ => inner.to_owned(),
    };
    let alone = match parse_text(text, names) {
        Mapped::Template(parts) => parts.len() == 1,
        Mapped::Expr(_) => true,
        _ => false,
    };
    alone.then(|| format!("{{{{ {inner} | {formatter} }}}}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;

    fn found(expects: Expects, text: &str, value: &Value) -> Option<Option<String>> {
        let mut seen = Seen::default();
        seen.data.set_event(Arc::new(json!({ "x": value })));
        mismatch(expects, text, value, &seen, &Names::new()).map(|(_, fix)| fix.map(|fix| fix.text))
    }

    #[test]
    fn offers_the_formatter_with_which_it_fits() {
        let text = "{{ event.x }}";
        let one = |expects, value: Value| found(expects, text, &value);
        assert_eq!(one(Expects::WholeNumber, json!("12")), None);
        assert_eq!(one(Expects::Number, json!("1.234,56")), Some(Some("{{ event.x | number(\",\") }}".into())));
        assert_eq!(one(Expects::WholeNumber, json!("$1,200.50")), Some(Some("{{ event.x | number | round }}".into())));
        assert_eq!(one(Expects::YesNo, json!("yes")), Some(Some("{{ event.x | boolean }}".into())));
        assert_eq!(one(Expects::Text, json!(["a", "b"])), Some(Some("{{ event.x | join(\", \") }}".into())));
        assert_eq!(one(Expects::List, json!("a,b")), Some(Some("{{ event.x | split(\",\") }}".into())));
        assert_eq!(one(Expects::Number, json!({"a": 1})), Some(None));
        assert_eq!(one(Expects::Number, json!("")), None);
    }

    #[test]
    fn text_around_it_is_left_alone() {
        assert_eq!(found(Expects::Number, "about {{ event.x }}", &json!("about 1")), Some(None));
        assert_eq!(
            found(Expects::YesNo, "{{ 'yes' if event.x else 'no' }}", &json!("yes")),
            Some(Some("{{ ('yes' if event.x else 'no') | boolean }}".into()))
        );
    }
}
