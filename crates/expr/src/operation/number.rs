//! Operations on numbers.

use serde_json::Value;

use super::argument::{Argument, ArgumentKind, Arguments, Choice, Preset, wrong};
use super::run::Run;
use super::table::{Group, Kind, Operation, Work};
use crate::error::EvalError;
use crate::number::{Arithmetic, Num, calculate};

const MARKS: &[Choice] = &[
    Choice { value: ".", label: "1,234.56 (a point before the decimals)" },
    Choice { value: ",", label: "1.234,56 (a comma before the decimals)" },
];

const STYLES: &[Choice] = &[
    Choice { value: "plain", label: "1234.56" },
    Choice { value: "point", label: "1,234.56" },
    Choice { value: "comma", label: "1.234,56" },
    Choice { value: "space", label: "1 234,56" },
    Choice { value: "apostrophe", label: "1'234.56" },
];

const ROUNDINGS: &[Choice] = &[
    Choice { value: "nearest", label: "To the nearest, halves away from zero" },
    Choice { value: "up", label: "Up" },
    Choice { value: "down", label: "Down" },
];

const SIGNS: &[Choice] = &[
    Choice { value: "add", label: "Plus" },
    Choice { value: "subtract", label: "Minus" },
    Choice { value: "multiply", label: "Times" },
    Choice { value: "divide", label: "Divided by" },
    Choice { value: "divide_whole", label: "Divided by, rounded down" },
    Choice { value: "remainder", label: "Rest of the division by" },
    Choice { value: "power", label: "To the power of" },
];

const DECIMALS: Argument = Argument::whole("decimals", "Decimals", 0, 12);

const fn number(name: &'static str, label: &'static str, work: Work) -> Operation {
    Operation::new(name, label, Group::Number, Kind::Number, Kind::Number, work)
}

pub(super) const TABLE: &[Operation] = &[
    Operation::new("number_parse", "Read a number from text", Group::Number, Kind::Any, Kind::Number, Work::Formatter("number"))
        .with(&[Argument::choice("format", "Written like", MARKS).required()]),
    Operation::new("number_format", "Write a number", Group::Number, Kind::Number, Kind::Text, Work::Own(format)).with(&[
        Argument::choice("style", "Like", STYLES).preset(Preset::Text("plain")),
        DECIMALS,
        Argument::text("before", "Before"),
        Argument::text("after", "After"),
    ]),
    number("calculate", "Calculate", Work::Own(arithmetic)).with(&[
        Argument::choice("sign", "Operation", SIGNS).required(),
        Argument::new("by", "Number", ArgumentKind::Number).required(),
    ]),
    number("round", "Round", Work::Own(round))
        .with(&[DECIMALS.preset(Preset::Whole(0)), Argument::choice("how", "How", ROUNDINGS).preset(Preset::Text("nearest"))]),
    number("abs", "Drop the sign", Work::Formatter("abs")),
    number("clamp", "Keep within bounds", Work::Own(clamp)).with(&[
        Argument::new("least", "Not below", ArgumentKind::Number),
        Argument::new("most", "Not above", ArgumentKind::Number),
    ]),
];

fn num(value: &Value) -> Result<Num, EvalError> {
    Num::of_value(value).ok_or_else(|| EvalError::type_("This is not a number."))
}

fn arithmetic(value: Value, arguments: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let sign = match &*arguments.text_or_empty("sign") {
        "add" => Arithmetic::Add,
        "subtract" => Arithmetic::Sub,
        "multiply" => Arithmetic::Mul,
        "divide" => Arithmetic::Div,
        "divide_whole" => Arithmetic::FloorDiv,
        "remainder" => Arithmetic::Rem,
        _ => Arithmetic::Pow,
    };
    let by = arguments.number("by").unwrap_or(Num::Int(0));
    calculate(sign, num(&value)?, by).map(Some).map_err(|error| EvalError { path: Some("by".to_owned()), ..error })
}

fn round(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let decimals = arguments.get("decimals").unwrap_or_default().into_owned();
    let (how, number) = (arguments.text_or_empty("how"), num(&value)?);
    let Num::Float(float) = number else { return number.into_value().map(Some) };
    if how == "nearest" {
        let rounded = crate::format::apply("round", std::borrow::Cow::Owned(number.into_value()?), &[decimals], &mut run.meter)?;
        return Ok(rounded.map(std::borrow::Cow::into_owned));
    }
    let places = i32::try_from(decimals.as_i64().unwrap_or_default()).unwrap_or_default();
    let scale = 10f64.powi(places);
    // What only looks like more than a whole, because decimals are not exact in binary, is none.
    let near = (float * scale).round();
    let scaled = if (float * scale - near).abs() < 1e-9 * near.abs().max(1.0) {
        near
    } else if how == "up" {
        (float * scale).ceil()
    } else {
        (float * scale).floor()
    };
    let rounded = if !scaled.is_finite() {
        Num::Float(float)
    } else if places == 0 {
        #[expect(clippy::cast_possible_truncation, reason = "saturates, and is then refused as too large")]
        Num::Int(scaled as i128)
    } else {
        Num::Float(scaled / scale)
    };
    rounded.into_value().map(Some)
}

fn clamp(value: Value, arguments: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let number = num(&value)?;
    let (least, most) = (arguments.number("least"), arguments.number("most"));
    if let (Some(least), Some(most)) = (least, most)
        && least.compare(most).is_gt()
    {
        return Err(wrong("least", "\"Not below\" is above \"Not above\"."));
    }
    let number = least.filter(|least| number.compare(*least).is_lt()).unwrap_or(number);
    most.filter(|most| number.compare(*most).is_gt()).unwrap_or(number).into_value().map(Some)
}

fn format(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let number = num(&value)?;
    let decimals = arguments.whole("decimals").and_then(|decimals| usize::try_from(decimals).ok());
    let plain = plain(number, decimals)?;
    let (thousands, mark) = match &*arguments.text_or_empty("style") {
        "point" => (",", "."),
        "comma" => (".", ","),
        "space" => ("\u{a0}", ","),
        "apostrophe" => ("'", "."),
        _ => ("", "."),
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push_str(thousands);
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push_str(mark);
        grouped.push_str(fraction);
    }
    let (before, after) = (arguments.text_or_empty("before"), arguments.text_or_empty("after"));
    run.meter.grow(before.len() + after.len() + grouped.len())?;
    Ok(Some(format!("{sign}{before}{grouped}{after}").into()))
}

/// Digits with a point, never an exponent. Halves round away from zero.
fn plain(number: Num, decimals: Option<usize>) -> Result<String, EvalError> {
    let text = match (number, decimals) {
        (Num::Int(int), None | Some(0)) => int.to_string(),
        (Num::Int(int), Some(decimals)) => format!("{int}.{}", "0".repeat(decimals)),
        (Num::Float(float), _) if float.abs() >= 1e21 => return Err(EvalError::type_("The number is too large to write out.")),
        (Num::Float(float), None) => format!("{float}"),
        (Num::Float(float), Some(decimals)) => {
            let scale = 10f64.powi(i32::try_from(decimals).unwrap_or_default());
            let scaled = (float * scale).round() / scale;
            format!("{:.decimals$}", if scaled.is_finite() { scaled } else { float })
        }
    };
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    Ok(if is_zero { text.trim_start_matches('-').to_owned() } else { text })
}
