//! Formatters of lists and objects.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::Value;

use super::texts::{render, separator};
use super::{Applied, owned, wrong};
use crate::compare::order;
use crate::error::EvalError;
use crate::limits::Meter;
use crate::mapped::Seg;
use crate::number::{Arithmetic, Num, calculate};
use crate::path::enter;

fn items<'v>(name: &str, value: &'v Value) -> Result<&'v [Value], EvalError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| wrong(name, "a list", value))
}

fn pick<'a>(name: &str, value: Cow<'a, Value>, last: bool) -> Applied<'a> {
    let index = items(name, &value)?.len().checked_sub(1).map(|end| if last { end } else { 0 });
    let Some(index) = index else { return Ok(None) };
    Ok(match value {
        Cow::Borrowed(value) => value.get(index).map(Cow::Borrowed),
        Cow::Owned(mut value) => value.get_mut(index).map(|item| Cow::Owned(item.take())),
    })
}

pub(super) fn first<'a>(value: Cow<'a, Value>, _: &[Value], _: &mut Meter) -> Applied<'a> {
    pick("first", value, false)
}

pub(super) fn last<'a>(value: Cow<'a, Value>, _: &[Value], _: &mut Meter) -> Applied<'a> {
    pick("last", value, true)
}

/// Null items are left out.
pub(super) fn join<'a>(value: Cow<'a, Value>, args: &[Value], meter: &mut Meter) -> Applied<'a> {
    let separator = separator(args, ", ")?;
    let mut out = String::new();
    let mut any = false;
    for item in items("join", &value)?.iter().filter(|item| !item.is_null()) {
        let text = render(item, meter)?;
        meter.grow(text.len() + separator.len())?;
        if any {
            out.push_str(&separator);
        }
        out.push_str(&text);
        any = true;
    }
    owned(out)
}

pub(super) fn length<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    let length = match &*value {
        Value::String(text) => {
            meter.spend(text.len() / 256)?;
            text.chars().count()
        }
        Value::Array(items) => items.len(),
        Value::Object(entries) => entries.len(),
        _ => return Err(wrong("length", "a list or text", &value)),
    };
    owned(length)
}

/// Items without the field are left out.
pub(super) fn pluck<'a>(value: Cow<'a, Value>, args: &[Value], meter: &mut Meter) -> Applied<'a> {
    let seg = match args.first() {
        Some(Value::String(key)) => Seg::Key(key.clone()),
        Some(arg) => Seg::Index(
            arg.as_u64().and_then(|index| u32::try_from(index).ok()).ok_or_else(|| wrong("pluck", "the name of a field", arg))?,
        ),
        None => return Err(EvalError::syntax("`pluck` needs the name of a field.")),
    };
    let mut out = Vec::new();
    for item in items("pluck", &value)? {
        meter.spend(1)?;
        if let Some(field) = enter(item, &seg) {
            meter.charge(field)?;
            out.push(field.clone());
        }
    }
    owned(out)
}

pub(super) fn reverse<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    meter.charge(&value)?;
    match value.into_owned() {
        Value::Array(mut items) => {
            items.reverse();
            owned(items)
        }
        Value::String(text) => owned(text.chars().rev().collect::<String>()),
        other => Err(wrong("reverse", "a list or text", &other)),
    }
}

fn ordered(name: &str, items: &[Value]) -> Result<(), EvalError> {
    let Some(first) = items.first() else { return Ok(()) };
    if all_numbers(items) || items.iter().all(Value::is_string) {
        return Ok(());
    }
    let odd =
        items.iter().find(|item| std::mem::discriminant(*item) != std::mem::discriminant(first) || order(item, item).is_none());
    Err(wrong(name, "a list of numbers or a list of texts", odd.unwrap_or(first)))
}

/// By number where all items are numbers or spelled so, else by text; a total order either way.
fn by_value(numbers: bool) -> impl Fn(&Value, &Value) -> Ordering {
    move |a, b| match (numbers, Num::of_value(a), Num::of_value(b)) {
        (true, Some(a), Some(b)) => a.compare(b),
        _ => a.as_str().cmp(&b.as_str()),
    }
}

fn all_numbers(items: &[Value]) -> bool {
    items.iter().all(|item| Num::of_value(item).is_some())
}

pub(super) fn sort<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    ordered("sort", items("sort", &value)?)?;
    meter.charge(&value)?;
    let Value::Array(mut items) = value.into_owned() else { return Ok(None) };
    meter.spend(items.len().saturating_mul(16))?;
    let numbers = all_numbers(&items);
    items.sort_by(by_value(numbers));
    owned(items)
}

fn extreme<'a>(name: &str, value: &Value, meter: &mut Meter, largest: bool) -> Applied<'a> {
    let items = items(name, value)?;
    ordered(name, items)?;
    meter.spend(items.len())?;
    let compare = by_value(all_numbers(items));
    let found = if largest { items.iter().max_by(|a, b| compare(a, b)) } else { items.iter().min_by(|a, b| compare(a, b)) };
    match found {
        None => Ok(None),
        Some(item) => {
            meter.charge(item)?;
            Ok(Some(Cow::Owned(item.clone())))
        }
    }
}

pub(super) fn min<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    extreme("min", &value, meter, false)
}

pub(super) fn max<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    extreme("max", &value, meter, true)
}

pub(super) fn unique<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for item in items("unique", &value)? {
        meter.charge(item)?;
        if seen.insert(item.to_string()) {
            meter.charge(item)?;
            out.push(item.clone());
        }
    }
    owned(out)
}

pub(super) fn sum<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    let mut total = Num::Int(0);
    for item in items("sum", &value)? {
        meter.spend(1)?;
        let number = Num::of_value(item).ok_or_else(|| wrong("sum", "a list of numbers", item))?;
        let next = calculate(Arithmetic::Add, total, number)?;
        total = Num::of_value(&next).unwrap_or(total);
    }
    Ok(Some(Cow::Owned(total.into_value()?)))
}

pub(super) fn keys<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    let entries = value.as_object().ok_or_else(|| wrong("keys", "an object", &value))?;
    meter.grow(entries.keys().map(|key| key.len() + 32).sum())?;
    owned(entries.keys().map(|key| Value::from(key.as_str())).collect::<Vec<_>>())
}

pub(super) fn values<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    if !value.is_object() {
        return Err(wrong("values", "an object", &value));
    }
    meter.charge(&value)?;
    let Value::Object(entries) = value.into_owned() else { return Ok(None) };
    owned(entries.into_iter().map(|(_, item)| item).collect::<Vec<_>>())
}
