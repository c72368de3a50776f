//! What can be done with a pill: formatters with what each would give, and what happens when nothing is there.

use expr::{FORMATTERS, Format, FormatterInfo, Mapped, Outcome, Part, evaluate, operation::DATE_FORMATS};
use serde_json::Value;

use super::tree::{preview, shorten};
use crate::editor::data::{Seen, limits};

/// Longer previews are cut.
const LONGEST: usize = 60;
/// Formatters that say what happens when there is nothing; they are not offered among the others.
const DEFAULT: &str = "default";
const REQUIRED: &str = "required";
/// The formatter that is offered once for each way to write a date.
pub const DATE: &str = "date";

/// A formatter that can be added.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub label: &'static str,
    pub format: Format,
    /// What it would give with the sample; absent: there is no sample.
    pub gives: Option<String>,
}

/// What is done where there is nothing: missing, null or empty.
#[derive(Debug, Clone, PartialEq)]
pub enum WhenMissing {
    LeaveOut,
    Empty,
    Null,
    Value(String),
    Stop,
}

/// The formatters of a pill, without those for nothing. Expressions have theirs in their text.
pub fn in_use(part: &Part) -> Vec<(usize, Format)> {
    match part {
        Part::Pill(pill) => pill.format.iter().cloned().enumerate().filter(|(_, format)| !about_nothing(format)).collect(),
        _ => Vec::new(),
    }
}

fn about_nothing(format: &Format) -> bool {
    matches!(format.name.as_str(), DEFAULT | REQUIRED)
}

pub fn info(name: &str) -> Option<&'static FormatterInfo> {
    FORMATTERS.iter().find(|known| known.name == name)
}

/// What can be added, without what the sample's value cannot take.
pub fn offers(part: &Part, seen: &Seen) -> Vec<Offer> {
    let value = give(part, seen);
    FORMATTERS
        .iter()
        .flat_map(|info| {
            // Without a date to show them by, one way stands for all.
            let ways = if info.name == DATE && matches!(value, Ok(Some(_))) { DATE_FORMATS.len() } else { 1 };
            (0..ways).map(move |way| (info, way))
        })
        .filter_map(|(info, way)| {
            let args = first_args(info, value.as_ref().ok()?.as_ref());
            let args = if info.name == DATE { vec![DATE_FORMATS.get(way)?.value.into()] } else { args };
            let format = Format { name: info.name.to_owned(), args };
            if about_nothing(&format) {
                return None;
            }
            let gives = match &value {
                Ok(Some(_)) => give(&with(part, format.clone()), seen).ok()?.map(|value| shorten(&preview(&value), LONGEST)),
                _ => None,
            };
            // Without a sample nothing can be ruled out.
            Some(Offer { label: info.label, format, gives })
        })
        .collect()
}

/// The value with the sample; none where there is none, an error where it cannot be worked out.
fn give(part: &Part, seen: &Seen) -> Result<Option<Value>, ()> {
    match evaluate(&Mapped::Template(vec![part.clone()]), &seen.data, &limits()) {
        Ok(found) => Ok(match found.outcome {
            Outcome::Value(value) => Some(value),
            Outcome::Missing => None,
        }),
        Err(error) if matches!(error.kind, expr::ErrorKind::NotRun | expr::ErrorKind::Missing) => Ok(None),
        Err(_) => Err(()),
    }
}

/// Arguments to begin with, those that must be there.
fn first_args(info: &FormatterInfo, value: Option<&Value>) -> Vec<Value> {
    match info.name {
        "join" => vec![", ".into()],
        "split" => vec![",".into()],
        "pluck" => {
            let first = value.and_then(Value::as_array).and_then(|items| items.first()).and_then(Value::as_object);
            vec![first.and_then(|item| item.keys().next()).cloned().unwrap_or_default().into()]
        }
        _ => vec![Value::String(String::new()); info.required],
    }
}

/// The part with one more formatter at its end; one for nothing stays the last.
pub fn with(part: &Part, format: Format) -> Part {
    match part {
        Part::Pill(pill) => {
            let mut pill = pill.clone();
            let at = pill.format.iter().position(about_nothing).unwrap_or(pill.format.len());
            pill.format.insert(at, format);
            Part::Pill(pill)
        }
        Part::Expr(source) => {
            let args: Vec<String> = format.args.iter().map(Value::to_string).collect();
            let args = if args.is_empty() { String::new() } else { format!("({})", args.join(", ")) };
            Part::Expr(format!("({}) | {}{args}", source.trim(), format.name))
        }
        Part::Text(text) => Part::Text(text.clone()),
    }
}

/// The part without its formatter at `at`.
pub fn without(part: &Part, at: usize) -> Part {
    let mut part = part.clone();
    if let Part::Pill(pill) = &mut part
        && at < pill.format.len()
    {
        pill.format.remove(at);
    }
    part
}

/// The part with another argument of a formatter. What reads as a number stays one where a number is meant.
pub fn with_arg(part: &Part, at: usize, index: usize, typed: &str) -> Part {
    let mut part = part.clone();
    if let Part::Pill(pill) = &mut part
        && let Some(format) = pill.format.get_mut(at)
    {
        if format.args.len() <= index {
            format.args.resize(index + 1, Value::String(String::new()));
        }
        format.args[index] = argument(&format.name, typed);
        let required = info(&format.name).map_or(0, |info| info.required);
        // An optional argument that is empty is none.
        while format.args.len() > required && format.args.last().is_some_and(|arg| arg == "") && format.name != "join" {
            format.args.pop();
        }
    }
    part
}

fn argument(name: &str, typed: &str) -> Value {
    let number = || serde_json::from_str::<serde_json::Number>(typed.trim()).ok().map(Value::Number);
    match name {
        "round" => number().unwrap_or_else(|| typed.into()),
        _ => typed.into(),
    }
}

/// What a pill does where there is nothing; none for expressions, which say so themselves.
pub fn when_missing(part: &Part) -> Option<WhenMissing> {
    let Part::Pill(pill) = part else { return None };
    let found = pill.format.iter().rev().find(|format| about_nothing(format));
    Some(match found.map(|format| (format.name.as_str(), format.args.first())) {
        None => WhenMissing::LeaveOut,
        Some((REQUIRED, _)) => WhenMissing::Stop,
        Some((_, Some(Value::Null))) => WhenMissing::Null,
        Some((_, Some(Value::String(text)))) if text.is_empty() => WhenMissing::Empty,
        Some((_, Some(Value::String(text)))) => WhenMissing::Value(text.clone()),
        Some((_, value)) => WhenMissing::Value(value.map(Value::to_string).unwrap_or_default()),
    })
}

/// The part that does this where there is nothing. `number`: what stands there is a number, so that a default should be one.
pub fn with_missing(part: &Part, what: &WhenMissing, number: bool) -> Part {
    let mut part = part.clone();
    if let Part::Pill(pill) = &mut part {
        pill.format.retain(|format| !about_nothing(format));
        let default = |value: Value| Some(Format { name: DEFAULT.into(), args: vec![value] });
        let format = match what {
            WhenMissing::LeaveOut => None,
            WhenMissing::Stop => Some(Format { name: REQUIRED.into(), args: Vec::new() }),
            WhenMissing::Empty => default("".into()),
            WhenMissing::Null => default(Value::Null),
            WhenMissing::Value(text) => {
                let as_number = serde_json::from_str::<serde_json::Number>(text.trim()).ok().filter(|_| number);
                default(as_number.map_or_else(|| Value::String(text.clone()), Value::Number))
            }
        };
        pill.format.extend(format);
    }
    part
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expr::{Names, parse_text};
    use serde_json::json;

    use super::{super::pill::print, *};

    fn part(text: &str) -> Part {
        match parse_text(text, &Names::new()) {
            Mapped::Template(mut parts) => parts.remove(0),
            Mapped::Expr(source) => Part::Expr(source),
            other => panic!("{other:?}"),
        }
    }

    fn seen() -> Seen {
        let mut seen = Seen::default();
        seen.data.set_event(Arc::new(json!({"name": "ada", "tags": ["a", "b"], "rows": [{"sku": 1}]})));
        seen
    }

    fn gives(text: &str, name: &str) -> Option<String> {
        offers(&part(text), &seen()).into_iter().find(|offer| offer.format.name == name).and_then(|offer| offer.gives)
    }

    fn printed(part: Part) -> String {
        print(part, &Names::new())
    }

    #[test]
    fn offers_what_fits_with_what_it_gives() {
        assert_eq!(gives("{{ event.name }}", "upper").as_deref(), Some("ADA"));
        assert_eq!(gives("{{ event.tags }}", "join").as_deref(), Some("a, b"));
        assert_eq!(gives("{{ event.rows }}", "pluck").as_deref(), Some("[1]"));
        assert_eq!(gives("{{ event.name ~ '!' }}", "title").as_deref(), Some("Ada!"));
        let of_text = offers(&part("{{ event.name }}"), &seen());
        assert!(!of_text.iter().any(|offer| matches!(offer.format.name.as_str(), "sum" | "keys" | "default" | "required")));
        let unknown = offers(&part("{{ event.gone }}"), &seen());
        assert!(unknown.iter().any(|offer| offer.format.name == "upper" && offer.gives.is_none()));
    }

    #[test]
    fn dates_are_offered_in_every_way_they_can_be_written() {
        let mut seen = Seen::default();
        seen.data.set_event(Arc::new(json!({"at": "2026-01-31T17:30:00+01:00", "day": "2026-01-31", "name": "ada"})));
        let ways = |text: &str| {
            let all = offers(&part(text), &seen).into_iter().filter(|offer| offer.format.name == DATE);
            all.map(|offer| (offer.format.args[0].as_str().unwrap_or_default().to_owned(), offer.gives)).collect::<Vec<_>>()
        };
        let of_moment = ways("{{ event.at }}");
        assert_eq!(of_moment.len(), DATE_FORMATS.len());
        assert!(of_moment.contains(&("DD.MM.YYYY HH:mm".into(), Some("31.01.2026 17:30".into()))), "{of_moment:?}");
        // A day is not offered with a time, text that is no date not at all, and without a sample one way is.
        let of_day = ways("{{ event.day }}");
        assert!(
            !of_day.is_empty() && of_day.iter().all(|(like, _)| !like.contains("HH") && !like.starts_with("unix")),
            "{of_day:?}"
        );
        assert!(ways("{{ event.name }}").is_empty());
        assert_eq!(ways("{{ event.gone }}").len(), 1);
        let made = with(&part("{{ event.at }}"), Format { name: DATE.into(), args: vec!["DD.MM.YYYY".into()] });
        assert_eq!(printed(made.clone()), "{{ event.at | date(\"DD.MM.YYYY\") }}");
        assert_eq!(printed(with_arg(&made, 0, 1, "UTC")), "{{ event.at | date(\"DD.MM.YYYY\", \"UTC\") }}");
        assert_eq!(printed(with_arg(&with_arg(&made, 0, 1, "UTC"), 0, 1, "")), "{{ event.at | date(\"DD.MM.YYYY\") }}");
    }

    #[test]
    fn formatters_come_and_go() {
        let two = with(
            &with(&part("{{ event.name | default(\"x\") }}"), Format { name: "upper".into(), args: vec![] }),
            Format { name: "trim".into(), args: vec![] },
        );
        assert_eq!(printed(two.clone()), "{{ event.name | upper | trim | default(\"x\") }}");
        assert_eq!(printed(without(&two, 0)), "{{ event.name | trim | default(\"x\") }}");
        assert_eq!(in_use(&two).len(), 2);
        let rounded = with(&part("{{ event.n }}"), Format { name: "round".into(), args: vec![] });
        assert_eq!(printed(with_arg(&rounded, 0, 0, "2")), "{{ event.n | round(2) }}");
        assert_eq!(printed(with_arg(&with_arg(&rounded, 0, 0, "2"), 0, 0, "")), "{{ event.n | round }}");
    }

    #[test]
    fn says_what_happens_where_there_is_nothing() {
        let plain = part("{{ event.name }}");
        assert_eq!(when_missing(&plain), Some(WhenMissing::LeaveOut));
        for (what, text) in [
            (WhenMissing::Empty, "{{ event.name | default(\"\") }}"),
            (WhenMissing::Null, "{{ event.name | default(null) }}"),
            (WhenMissing::Value("Ada".into()), "{{ event.name | default(\"Ada\") }}"),
            (WhenMissing::Stop, "{{ event.name | required }}"),
            (WhenMissing::LeaveOut, "{{ event.name }}"),
        ] {
            let made = with_missing(&plain, &what, false);
            assert_eq!(printed(made.clone()), text);
            assert_eq!(part(text), made, "reads back");
            assert_eq!(when_missing(&made), Some(what));
        }
        assert_eq!(printed(with_missing(&plain, &WhenMissing::Value("3".into()), true)), "{{ event.name | default(3) }}");
    }
}
