//! Operations on lists.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::argument::{Argument, ArgumentKind, Arguments, Choice, Preset};
use super::field::{self, key};
use super::filter;
use super::run::Run;
use super::table::{Group, Kind, Operation, Work};
use super::text::bounds;
use crate::compare::{order, scalar_text};
use crate::error::EvalError;
use crate::format::is_empty;
use crate::number::{Arithmetic, Num, calculate};

const DIRECTIONS: &[Choice] =
    &[Choice { value: "up", label: "Smallest, earliest, A first" }, Choice { value: "down", label: "Largest, latest, Z first" }];

const BY: Argument = Argument::field("by", "By the field");

const fn list(name: &'static str, label: &'static str, gives: Kind, work: Work) -> Operation {
    Operation::new(name, label, Group::List, Kind::List, gives, work)
}

pub(super) const TABLE: &[Operation] = &[
    list("first", "First item", Kind::Any, Work::Formatter("first")),
    list("last", "Last item", Kind::Any, Work::Formatter("last")),
    list("count", "Count", Kind::Number, Work::Formatter("length")),
    list("map", "One field of each item", Kind::List, Work::Own(map)).with(&[Argument::field("field", "Field").required()]),
    list("filter", "Keep some items", Kind::List, Work::Own(filter::filter)).with(filter::ARGUMENTS),
    list("sort", "Sort", Kind::List, Work::Own(sort))
        .with(&[BY, Argument::choice("order", "Order", DIRECTIONS).preset(Preset::Text("up"))]),
    list("unique", "Without repeats", Kind::List, Work::Own(unique)).with(&[BY]),
    list("reverse", "Reverse", Kind::List, Work::Formatter("reverse")),
    list("list_slice", "Take some items", Kind::List, Work::Own(slice)).with(&[
        Argument::whole("from", "From item (0 is the first)", -10_000_000, 10_000_000).preset(Preset::Whole(0)),
        Argument::whole("to", "Up to, not with", -10_000_000, 10_000_000),
    ]),
    list("compact", "Without empty items", Kind::List, Work::Own(compact)),
    list("flatten", "Lists within into one list", Kind::List, Work::Own(flatten))
        .with(&[Argument::whole("levels", "Levels", 1, 100).preset(Preset::Whole(1))]),
    list("chunk", "Into lists of a size", Kind::List, Work::Own(chunk)).with(&[Argument::whole(
        "size",
        "Items in each",
        1,
        1_000_000,
    )
    .required()]),
    list("group", "Group by a field", Kind::Object, Work::Own(group)).with(&[Argument::field("by", "By the field").required()]),
    list("join", "Join into text", Kind::Text, Work::Formatter("join"))
        .with(&[Argument::text("separator", "Separator").preset(Preset::Text(", "))]),
    list("sum", "Sum", Kind::Number, Work::Own(sum)).with(&[BY]),
    list("average", "Average", Kind::Number, Work::Own(average)).with(&[BY]),
    list("min", "Smallest", Kind::Any, Work::Own(min)).with(&[BY]),
    list("max", "Largest", Kind::Any, Work::Own(max)).with(&[BY]),
    list("append", "Add an item", Kind::List, Work::Own(append))
        .with(&[Argument::new("item", "Item", ArgumentKind::Any).required()]),
];

/// The items of a value that was found to be a list.
pub(super) fn items(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

/// Items without the field are left out.
fn map(value: Value, arguments: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let name = arguments.text_or_empty("field");
    let found = items(value).iter().filter_map(|item| field::find(item, &name).cloned()).collect::<Vec<_>>();
    Ok(Some(found.into()))
}

/// Numbers among each other, texts among each other; items without the field stand last, as they came.
fn sort(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let mut items = items(value);
    run.meter.spend(items.len().saturating_mul(16))?;
    let keys: Vec<&Value> = items.iter().filter_map(|item| key(item, arguments)).filter(|key| !key.is_null()).collect();
    let all_numbers = keys.iter().all(|key| Num::of_value(key).is_some());
    if !all_numbers && let Some(odd) = keys.iter().find(|key| !key.is_string()) {
        let message = format!("Only numbers or only texts can be sorted, but among them is {}.", crate::path::kind(odd));
        return Err(EvalError::type_(message));
    }
    let down = arguments.text_or_empty("order") == "down";
    items.sort_by(|a, b| {
        let of = |item| key(item, arguments).filter(|key| !key.is_null());
        let (a, b) = match (of(a), of(b)) {
            (Some(a), Some(b)) => (a, b),
            (a, b) => return a.is_none().cmp(&b.is_none()),
        };
        let ordering = match (all_numbers, Num::of_value(a), Num::of_value(b)) {
            (true, Some(a), Some(b)) => a.compare(b),
            _ => a.as_str().cmp(&b.as_str()),
        };
        if down { ordering.reverse() } else { ordering }
    });
    Ok(Some(items.into()))
}

/// The first of those that are alike; items without the field stay.
fn unique(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for item in items(value) {
        let alike = match key(&item, arguments) {
            Some(key) => {
                run.meter.charge(key)?;
                !seen.insert(key.to_string())
            }
            None => false,
        };
        if !alike {
            kept.push(item);
        }
    }
    Ok(Some(kept.into()))
}

fn slice(value: Value, arguments: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let items = items(value);
    let (from, to) = bounds(arguments, items.len());
    Ok(Some(items.into_iter().skip(from).take(to - from).collect::<Vec<_>>().into()))
}

fn compact(value: Value, _: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    Ok(Some(items(value).into_iter().filter(|item| !is_empty(item)).collect::<Vec<_>>().into()))
}

fn flatten(value: Value, arguments: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let levels = arguments.whole("levels").unwrap_or(1);
    let mut out = Vec::new();
    flatten_into(items(value), levels, &mut out);
    Ok(Some(out.into()))
}

fn flatten_into(items: Vec<Value>, levels: i64, out: &mut Vec<Value>) {
    for item in items {
        match item {
            Value::Array(inner) if levels > 0 => flatten_into(inner, levels - 1, out),
            other => out.push(other),
        }
    }
}

fn chunk(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let size = usize::try_from(arguments.whole("size").unwrap_or(1)).unwrap_or(1).max(1);
    let mut left = items(value).into_iter().peekable();
    let mut out = Vec::new();
    while left.peek().is_some() {
        run.meter.grow(32)?;
        out.push(Value::from(left.by_ref().take(size).collect::<Vec<_>>()));
    }
    Ok(Some(out.into()))
}

/// An object of lists, in the order in which the names came; items without the field stand under an empty name.
fn group(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let mut groups: Map<String, Value> = Map::new();
    for item in items(value) {
        let name = match key(&item, arguments) {
            None | Some(Value::Null) => String::new(),
            Some(key) => match scalar_text(key) {
                Some(text) => text.into_owned(),
                None => {
                    let message = format!("Items are grouped by text or numbers, but this field is {}.", crate::path::kind(key));
                    return Err(EvalError::type_(message));
                }
            },
        };
        run.meter.grow(name.len() + 32)?;
        if let Value::Array(list) = groups.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
            list.push(item);
        }
    }
    Ok(Some(Value::Object(groups)))
}

/// The numbers of the items; null and items without the field are passed over.
fn numbers(items: &[Value], arguments: &Arguments<'_>) -> Result<Vec<Num>, EvalError> {
    let keys = items.iter().filter_map(|item| key(item, arguments)).filter(|key| !key.is_null());
    let number = |key: &Value| {
        Num::of_value(key).ok_or_else(|| {
            let shown: String = key.to_string().chars().take(40).collect();
            EvalError::type_(format!("{shown} is not a number."))
        })
    };
    keys.map(number).collect()
}

fn total(numbers: &[Num]) -> Result<Num, EvalError> {
    numbers.iter().try_fold(Num::Int(0), |total, number| {
        let next = calculate(Arithmetic::Add, total, *number)?;
        Ok(Num::of_value(&next).unwrap_or(total))
    })
}

fn sum(value: Value, arguments: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    total(&numbers(&items(value), arguments)?)?.into_value().map(Some)
}

/// Of no numbers at all, it is missing.
fn average(value: Value, arguments: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let numbers = numbers(&items(value), arguments)?;
    if numbers.is_empty() {
        return Ok(None);
    }
    let count = Num::Int(i128::try_from(numbers.len()).unwrap_or(i128::MAX));
    calculate(Arithmetic::Div, total(&numbers)?, count).map(Some)
}

fn min(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    extreme(value, arguments, run, false)
}

fn max(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    extreme(value, arguments, run, true)
}

/// The item itself; by a field, the item whose field it is. The first of equals.
fn extreme(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>, largest: bool) -> Result<Option<Value>, EvalError> {
    let mut best: Option<Value> = None;
    for item in items(value) {
        run.meter.spend(1)?;
        let Some(key_) = key(&item, arguments).filter(|key| !key.is_null()) else { continue };
        let better = match best.as_ref().and_then(|best| key(best, arguments)) {
            None => match order(key_, key_) {
                Some(_) => true,
                None => return Err(unordered(key_)),
            },
            Some(best) => match order(key_, best) {
                Some(ordering) => {
                    if largest {
                        ordering.is_gt()
                    } else {
                        ordering.is_lt()
                    }
                }
                None => return Err(unordered(key_)),
            },
        };
        if better {
            best = Some(item);
        }
    }
    Ok(best)
}

fn unordered(value: &Value) -> EvalError {
    EvalError::type_(format!("Only numbers or only texts can be compared, but among them is {}.", crate::path::kind(value)))
}

fn append(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let mut items = items(value);
    if let Some(item) = arguments.get("item") {
        run.meter.charge(&item)?;
        items.push(item.into_owned());
    }
    Ok(Some(items.into()))
}
