//! Fields, items and parts of lists.

use std::borrow::Cow;

use serde_json::Value;

use super::{Below, Found, Looked, look, needed};
use crate::data::Scope;
use crate::error::{EvalError, Gap};
use crate::limits::Meter;
use crate::mapped::Seg;
use crate::node::{Node, Slice};
use crate::number::Num;
use crate::path::{enter, gap, kind, spell, walk};

pub(super) fn path<'a>(node: &'a Node, scope: &Scope<'a>, meter: &mut Meter, below: Below) -> Looked<'a> {
    match node.as_path() {
        Some((root, path)) => fixed_path(root, &path, scope, meter, below),
        None => computed_path(node, scope, meter, below),
    }
}

fn fixed_path<'a>(root: &str, path: &[Seg], scope: &Scope<'a>, meter: &mut Meter, below: Below) -> Looked<'a> {
    meter.spend(path.len())?;
    let root_value = match scope.name(root) {
        Ok(value) => value,
        Err(gap) if gap.not_run && below == Below::Refused => return Err(Gap { path: spell(root, path), ..gap }.into_error()),
        Err(gap) if path.is_empty() || below == Below::Missing => return Ok(Found::Missing(gap)),
        Err(gap) => return Err(Gap { path: spell(root, path), ..gap }.into_error()),
    };
    match walk(root_value, root, path) {
        Ok(value) => Ok(Found::Value(Cow::Borrowed(value))),
        Err(gap) if below == Below::Missing => Ok(Found::Missing(gap)),
        // Only the last part may be missing, and only from an object or a list.
        Err(gap) => match walk(root_value, root, &path[..path.len().saturating_sub(1)]) {
            Ok(Value::Object(_) | Value::Array(_)) => Ok(Found::Missing(gap)),
            _ => Err(gap.into_error()),
        },
    }
}

fn computed_path<'a>(node: &'a Node, scope: &Scope<'a>, meter: &mut Meter, below: Below) -> Looked<'a> {
    let of = match node {
        Node::Attr(of, _) | Node::Item(of, _) => of,
        _ => return Err(EvalError::type_("This is not a path.")),
    };
    let container = match look(of, scope, meter, below)? {
        Found::Missing(gap) if below == Below::Missing => return Ok(Found::Missing(gap)),
        container => container.needed()?,
    };
    match node {
        Node::Attr(_, key) => Ok(field(container, &Seg::Key(key.clone()), &described(of))),
        Node::Item(_, key) => item(container, &*needed(key, scope, meter)?, &described(of)),
        _ => Err(EvalError::type_("This is not a path.")),
    }
}

/// The path of a node, or nothing for a computed value.
fn described(node: &Node) -> String {
    node.as_path().map_or_else(String::new, |(root, path)| spell(root, &path))
}

fn field<'a>(container: Cow<'a, Value>, seg: &Seg, place: &str) -> Found<'a> {
    match container {
        Cow::Borrowed(value) => match enter(value, seg) {
            Some(value) => Found::Value(Cow::Borrowed(value)),
            None => Found::Missing(absent(value, place, seg)),
        },
        Cow::Owned(value) => match enter(&value, seg) {
            Some(value) => Found::Value(Cow::Owned(value.clone())),
            None => Found::Missing(absent(&value, place, seg)),
        },
    }
}

fn absent(value: &Value, place: &str, seg: &Seg) -> Gap {
    let gap = gap(value, place, seg);
    if !place.is_empty() {
        return gap;
    }
    // A computed value has no path of its own.
    let message = format!("A computed value, {}, has no `{}`.", kind(value), spell("", std::slice::from_ref(seg)));
    Gap { path: String::new(), message, ..gap }
}

/// `of[key]` with a computed key; negative numbers count from the end.
fn item<'a>(container: Cow<'a, Value>, key: &Value, place: &str) -> Result<Found<'a>, EvalError> {
    let seg = match key {
        Value::String(key) => Seg::Key(key.clone()),
        Value::Number(number) => {
            let length = container.as_array().map_or(0, Vec::len) as i128;
            let index = match Num::of(number) {
                Num::Int(index) if index < 0 => index + length,
                Num::Int(index) => index,
                Num::Float(_) => return Err(EvalError::type_("A position in a list is a whole number.")),
            };
            Seg::Index(u32::try_from(index).unwrap_or(u32::MAX))
        }
        other => return Err(EvalError::type_(format!("A field is named by text or a number, but this is {}.", kind(other)))),
    };
    Ok(field(container, &seg, place))
}

fn position<'a>(node: &'a Option<Node>, scope: &Scope<'a>, meter: &mut Meter) -> Result<Option<i64>, EvalError> {
    let Some(node) = node else { return Ok(None) };
    let value = needed(node, scope, meter)?;
    value
        .as_i64()
        .map(Some)
        .ok_or_else(|| EvalError::type_(format!("A position is a whole number, but this is {}.", kind(&value))))
}

pub(super) fn slice<'a>(part: &'a Slice, scope: &Scope<'a>, meter: &mut Meter) -> Looked<'a> {
    let (start, stop) = (position(&part.start, scope, meter)?, position(&part.stop, scope, meter)?);
    // Wider than any list is the same as as wide as can be, also where addresses have 32 bits.
    let step = position(&part.step, scope, meter)?.unwrap_or(1);
    let step = (step > 0).then(|| usize::try_from(step).unwrap_or(usize::MAX));
    let step = step.ok_or_else(|| EvalError::type_("A step is at least 1; `| reverse` turns a list round."))?;
    let of = needed(&part.of, scope, meter)?;
    match &*of {
        Value::Array(items) => {
            let (start, count) = range(start, stop, items.len());
            let mut out = Vec::new();
            for item in items.iter().skip(start).take(count).step_by(step) {
                meter.charge(item)?;
                out.push(item.clone());
            }
            Ok(Found::owned(out))
        }
        Value::String(text) => {
            meter.grow(text.len())?;
            let (start, count) = range(start, stop, text.chars().count());
            Ok(Found::owned(text.chars().skip(start).take(count).step_by(step).collect::<String>()))
        }
        other => Err(EvalError::type_(format!("Only a list or text has parts `[a:b]`, but this is {}.", kind(other)))),
    }
}

/// First place and count; negative bounds count from the end.
fn range(start: Option<i64>, stop: Option<i64>, length: usize) -> (usize, usize) {
    let place = |bound: i64| {
        let length = length as i64;
        let from_start = if bound < 0 { length.saturating_add(bound) } else { bound };
        from_start.clamp(0, length) as usize
    };
    let (start, stop) = (start.map_or(0, place), stop.map_or(length, place));
    (start, stop.saturating_sub(start))
}
