//! Operations on text.

use serde_json::Value;

use super::argument::{Argument, Arguments, Choice, Preset};
use super::run::Run;
use super::table::{Group, Kind, Operation, Work};
use crate::compare::scalar_text;
use crate::error::EvalError;

const MOST_PADDING: i64 = 10_000;

pub(super) const CASES: &[Choice] = &[
    Choice { value: "upper", label: "UPPER CASE" },
    Choice { value: "lower", label: "lower case" },
    Choice { value: "title", label: "Title Case" },
    Choice { value: "sentence", label: "Sentence case" },
    Choice { value: "snake", label: "snake_case" },
    Choice { value: "kebab", label: "kebab-case" },
    Choice { value: "camel", label: "camelCase" },
];

const SIDES: &[Choice] = &[
    Choice { value: "both", label: "Both sides" },
    Choice { value: "start", label: "At the start" },
    Choice { value: "end", label: "At the end" },
];

const ONE_SIDE: &[Choice] = &[Choice { value: "start", label: "At the start" }, Choice { value: "end", label: "At the end" }];

const fn text(name: &'static str, label: &'static str, work: Work) -> Operation {
    Operation::new(name, label, Group::Text, Kind::Text, Kind::Text, work)
}

pub(super) const TABLE: &[Operation] = &[
    text("case", "Change case", Work::Own(case)).with(&[Argument::choice("to", "Case", CASES).required()]),
    text("trim", "Remove space around", Work::Own(trim))
        .with(&[Argument::choice("side", "Side", SIDES).preset(Preset::Text("both"))]),
    text("replace", "Replace text", Work::Formatter("replace")).with(&[
        Argument::text("find", "Text to find").required(),
        Argument::text("with", "Replace with").preset(Preset::Text("")),
    ]),
    Operation::new("split", "Split into a list", Group::Text, Kind::Text, Kind::List, Work::Formatter("split"))
        .with(&[Argument::text("separator", "Separator").preset(Preset::Text(","))]),
    text("slice", "Take a part", Work::Own(slice)).with(&[
        Argument::whole("from", "From character (0 is the first)", -10_000_000, 10_000_000).preset(Preset::Whole(0)),
        Argument::whole("to", "Up to, not with", -10_000_000, 10_000_000),
    ]),
    text("pad", "Fill up to a length", Work::Own(pad)).with(&[
        Argument::whole("length", "Length", 0, MOST_PADDING).required(),
        Argument::text("with", "Fill with").preset(Preset::Text(" ")),
        Argument::choice("side", "Side", ONE_SIDE).preset(Preset::Text("start")),
    ]),
    text("add", "Add text around", Work::Own(add)).with(&[Argument::text("before", "Before"), Argument::text("after", "After")]),
    Operation::new("default", "Default when empty", Group::Text, Kind::Any, Kind::Any, Work::Formatter("default"))
        .with(&[Argument::new("value", "Value", super::argument::ArgumentKind::Any).required()])
        .takes_null(),
    Operation::new("text", "Turn into text", Group::Text, Kind::Any, Kind::Text, Work::Formatter("text")).takes_null(),
    Operation::new("length", "Count characters or items", Group::Text, Kind::Any, Kind::Number, Work::Formatter("length")),
    Operation::new(
        "boolean",
        "Turn yes or no into true or false",
        Group::Text,
        Kind::Any,
        Kind::Boolean,
        Work::Formatter("boolean"),
    ),
];

/// The text of a value that was found to have one.
pub(super) fn spelled(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => scalar_text(&other).unwrap_or_default().into_owned(),
    }
}

fn case(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = spelled(value);
    // Letters may take more bytes in the other case, at most three times as many; words get a mark each.
    run.meter.grow(text.len() * 3)?;
    let to = arguments.text_or_empty("to");
    let joined = |mark: &str| words(&text).join(mark);
    Ok(Some(Value::String(match &*to {
        "upper" => text.to_uppercase(),
        "lower" => text.to_lowercase(),
        "title" => crate::format::title_case(&text),
        "sentence" => capital(&text.to_lowercase()),
        "snake" => joined("_"),
        "kebab" => joined("-"),
        _ => {
            let mut words = words(&text).into_iter();
            let first = words.next().unwrap_or_default();
            words.fold(first, |camel, word| camel + &capital(&word))
        }
    })))
}

/// In small letters; a capital after a small letter begins a word, as do signs between.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut inside = false;
    let mut small = false;
    for letter in text.chars() {
        if !letter.is_alphanumeric() {
            inside = inside && matches!(letter, '\'' | '’');
            continue;
        }
        if !inside || (small && letter.is_uppercase()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
        inside = true;
        small = letter.is_lowercase() || letter.is_numeric();
    }
    words
}

fn capital(text: &str) -> String {
    let start = text.char_indices().find(|(_, letter)| letter.is_alphabetic());
    match start {
        Some((at, letter)) => format!("{}{}{}", &text[..at], letter.to_uppercase(), &text[at + letter.len_utf8()..]),
        None => text.to_owned(),
    }
}

fn trim(value: Value, arguments: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = spelled(value);
    let trimmed = match &*arguments.text_or_empty("side") {
        "start" => text.trim_start(),
        "end" => text.trim_end(),
        _ => text.trim(),
    };
    Ok(Some(trimmed.into()))
}

/// The bounds of a part, counted from the end where negative, within `length`.
pub(super) fn bounds(arguments: &Arguments<'_>, length: usize) -> (usize, usize) {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let place = |at: i64| usize::try_from(if at < 0 { (length + at).max(0) } else { at.min(length) }).unwrap_or_default();
    let from = place(arguments.whole("from").unwrap_or_default());
    (from, place(arguments.whole("to").unwrap_or(length)).max(from))
}

fn slice(value: Value, arguments: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = spelled(value);
    let (from, to) = bounds(arguments, text.chars().count());
    Ok(Some(text.chars().skip(from).take(to - from).collect::<String>().into()))
}

fn pad(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = spelled(value);
    let with = arguments.text_or_empty("with");
    if with.is_empty() {
        return Err(super::argument::wrong("with", "\"Fill with\" is empty."));
    }
    let length = usize::try_from(arguments.whole("length").unwrap_or_default()).unwrap_or_default();
    let lacking = length.saturating_sub(text.chars().count());
    run.meter.grow(lacking * 4)?;
    let filling: String = with.chars().cycle().take(lacking).collect();
    Ok(Some(Value::String(if arguments.text_or_empty("side") == "end" { text + &filling } else { filling + &text })))
}

fn add(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let (before, after) = (arguments.text_or_empty("before"), arguments.text_or_empty("after"));
    run.meter.grow(before.len() + after.len())?;
    Ok(Some(format!("{before}{}{after}", spelled(value)).into()))
}
