//! Formatters of numbers and of true and false.

use std::borrow::Cow;

use serde_json::Value;

use super::{Applied, owned, wrong};
use crate::error::EvalError;
use crate::limits::Meter;
use crate::number::Num;

/// `$1,200.50` -> 1200.5; with "," as the decimal mark `1.234,56 €` -> 1234.56. Ambiguous text is refused.
pub(super) fn number<'a>(value: Cow<'a, Value>, args: &[Value], _: &mut Meter) -> Applied<'a> {
    let mark = match args.first().map(|arg| arg.as_str()) {
        None => '.',
        Some(Some(".")) => '.',
        Some(Some(",")) => ',',
        Some(_) => return Err(EvalError::type_("The decimal mark of `number` is \".\" or \",\".")),
    };
    let text = match &*value {
        Value::Number(_) => return Ok(Some(value)),
        Value::String(text) => text.as_str(),
        _ => return Err(wrong("number", "a number or text", &value)),
    };
    let parsed = if mark == '.' { Num::of_text(text).or_else(|| grouped(text, mark)) } else { grouped(text, mark) };
    match parsed {
        Some(number) => Ok(Some(Cow::Owned(number.into_value()?))),
        None if text.trim().is_empty() => Err(EvalError::type_("`number` needs a number, but the text is empty.")),
        None => {
            let shown: String = text.chars().take(40).collect();
            let hint =
                if mark == '.' && grouped(text, ',').is_some() { ": for a decimal comma use `number(\",\")`." } else { "." };
            Err(EvalError::type_(format!("\"{shown}\" is not a number{hint}")))
        }
    }
}

/// Digits with currency signs around them and thousands in groups of three.
fn grouped(text: &str, mark: char) -> Option<Num> {
    let other = if mark == '.' { ',' } else { '.' };
    let mut digits = String::new();
    let mut negative = false;
    let mut group: Option<usize> = None;
    let mut fraction = false;
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '$' | '€' | '£' | '¥' | '₹'));
    if trimmed.len() > 60 {
        return None;
    }
    for c in trimmed.chars() {
        match c {
            '-' | '−' if digits.is_empty() && !negative => negative = true,
            '$' | '€' | '£' | '¥' | '₹' if digits.is_empty() => {}
            c if c.is_whitespace() && digits.is_empty() => {}
            c if c.is_ascii_digit() => {
                digits.push(c);
                group = group.map(|length| length + 1);
            }
            c if c == mark && !fraction && !digits.is_empty() => {
                if group.take().is_some_and(|length| length != 3) {
                    return None;
                }
                fraction = true;
                digits.push('.');
            }
            // The first group has one to three digits, the others exactly three.
            c if (c == other || c.is_whitespace() || matches!(c, '\'' | '’')) && !fraction => match group {
                None if (1..=3).contains(&digits.len()) => group = Some(0),
                Some(3) => group = Some(0),
                _ => return None,
            },
            _ => return None,
        }
    }
    if group.is_some_and(|length| length != 3) || digits.is_empty() || digits.ends_with('.') {
        return None;
    }
    let number = if fraction { Num::Float(digits.parse().ok()?) } else { Num::Int(digits.parse().ok()?) };
    Some(match number {
        Num::Int(int) if negative => Num::Int(-int),
        Num::Float(float) if negative => Num::Float(-float),
        number => number,
    })
}

/// Without decimals the result is an integer. Halves round away from zero.
pub(super) fn round<'a>(value: Cow<'a, Value>, args: &[Value], _: &mut Meter) -> Applied<'a> {
    let number = Num::of_value(&value).ok_or_else(|| wrong("round", "a number", &value))?;
    let places = match args.first() {
        None => 0,
        Some(arg) => arg
            .as_u64()
            .and_then(|places| i32::try_from(places).ok())
            .filter(|places| *places <= 12)
            .ok_or_else(|| EvalError::type_("`round` keeps 0 to 12 decimals."))?,
    };
    let rounded = match number {
        Num::Int(int) => Num::Int(int),
        Num::Float(float) if places == 0 => Num::Int(float.round() as i128),
        Num::Float(float) => {
            let scale = 10f64.powi(places);
            let scaled = (float * scale).round() / scale;
            Num::Float(if scaled.is_finite() { scaled } else { float })
        }
    };
    Ok(Some(Cow::Owned(rounded.into_value()?)))
}

pub(super) fn abs<'a>(value: Cow<'a, Value>, _: &[Value], _: &mut Meter) -> Applied<'a> {
    let number = match Num::of_value(&value).ok_or_else(|| wrong("abs", "a number", &value))? {
        Num::Int(int) => Num::Int(int.abs()),
        Num::Float(float) => Num::Float(float.abs()),
    };
    Ok(Some(Cow::Owned(number.into_value()?)))
}

pub(super) fn boolean<'a>(value: Cow<'a, Value>, _: &[Value], _: &mut Meter) -> Applied<'a> {
    let known = match &*value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(_) => Num::of_value(&value).map(|number| number.to_f64() != 0.0),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "y" | "on" | "1" => Some(true),
            "false" | "no" | "n" | "off" | "0" | "" => Some(false),
            _ => None,
        },
        _ => None,
    };
    match known {
        Some(flag) => owned(flag),
        None => Err(wrong("boolean", "text such as \"yes\" or \"no\"", &value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_amounts_as_people_write_them() {
        let float = |text, mark| grouped(text, mark).map(Num::to_f64);
        assert_eq!(float("$1,200.50", '.'), Some(1200.5));
        assert_eq!(float("1.234,56 €", ','), Some(1234.56));
        assert_eq!(float("-1 234 567", '.'), Some(-1_234_567.0));
        assert_eq!(float("CHF 5", '.'), None);
        assert_eq!(float("1,5", '.'), None);
        assert_eq!(float("12,34,567", '.'), None);
        assert_eq!(float("1,234.5,6", '.'), None);
        assert_eq!(float("$", '.'), None);
    }
}
