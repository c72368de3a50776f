//! Evaluates raw expressions over JSON, without copying what is only looked at.

mod paths;

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::compare::{contains, equal, order, scalar_text};
use crate::data::Scope;
use crate::error::{EvalError, Gap};
use crate::format::{self, render};
use crate::grammar::negated;
use crate::limits::Meter;
use crate::node::{Call, Comparison, If, Node};
use crate::number::{Arithmetic, Num, calculate};
use crate::path::kind;
use crate::tests_of;

/// A value, or why there is none.
pub(crate) enum Found<'a> {
    Value(Cow<'a, Value>),
    Missing(Gap),
}

impl<'a> Found<'a> {
    pub(crate) fn owned(value: impl Into<Value>) -> Self {
        Found::Value(Cow::Owned(value.into()))
    }

    fn needed(self) -> Result<Cow<'a, Value>, EvalError> {
        match self {
            Found::Value(value) => Ok(value),
            Found::Missing(gap) => Err(gap.into_error()),
        }
    }

    fn required(&self) -> Result<&Value, EvalError> {
        match self {
            Found::Value(value) => Ok(value),
            Found::Missing(gap) => Err(gap.clone().into_error()),
        }
    }

    pub(crate) fn value(&self) -> Option<&Value> {
        match self {
            Found::Value(value) => Some(value),
            Found::Missing(_) => None,
        }
    }
}

/// What becomes of a field of something missing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Below {
    /// An error: only the last part of a path may be missing.
    Refused,
    /// Missing too, as for `| default(..)` and `is defined`.
    Missing,
}

/// A missing field at the end is [`Found::Missing`]; a field of something missing is an error that names the whole path.
pub(crate) fn eval<'a>(node: &'a Node, scope: &Scope<'a>, meter: &mut Meter) -> Result<Found<'a>, EvalError> {
    look(node, scope, meter, Below::Refused)
}

fn needed<'a>(node: &'a Node, scope: &Scope<'a>, meter: &mut Meter) -> Result<Cow<'a, Value>, EvalError> {
    eval(node, scope, meter)?.needed()
}

/// One function for each kind of node: in a single one, every level of nesting would pay stack for all of them.
fn look<'a>(node: &'a Node, scope: &Scope<'a>, meter: &mut Meter, below: Below) -> Looked<'a> {
    meter.spend(1)?;
    match node {
        Node::Const(value) => Ok(Found::Value(Cow::Borrowed(value))),
        Node::Name(_) | Node::Attr(..) | Node::Item(..) => paths::path(node, scope, meter, below),
        Node::Slice(part) => paths::slice(part, scope, meter),
        Node::Not(of) => not(of, scope, meter),
        Node::Neg(of) => negate(of, scope, meter),
        Node::Calculate(op, left, right) => arithmetic(*op, left, right, scope, meter),
        Node::Concat(left, right) => concat(left, right, scope, meter),
        Node::And(left, right) => either(left, right, true, scope, meter, below),
        Node::Or(left, right) => either(left, right, false, scope, meter, below),
        Node::Compare(first, rest) => compare(first, rest, scope, meter),
        Node::If(choice) => choose(choice, scope, meter, below),
        Node::Filter(call) => filter(call, scope, meter, below),
        Node::Test(call) => test(call, scope, meter),
        Node::List(items) => list(items, scope, meter),
        Node::Map(entries) => map(entries, scope, meter),
    }
}

type Looked<'a> = Result<Found<'a>, EvalError>;

fn not<'a>(of: &'a Node, scope: &Scope<'a>, meter: &mut Meter) -> Looked<'a> {
    let found = eval(of, scope, meter)?;
    Ok(Found::owned(!truthy(&found)))
}

fn negate<'a>(of: &'a Node, scope: &Scope<'a>, meter: &mut Meter) -> Looked<'a> {
    let value = needed(of, scope, meter)?;
    let number =
        Num::of_value(&value).ok_or_else(|| EvalError::type_(format!("`-` needs a number, but this is {}.", kind(&value))))?;
    negated(number).into_value().map(Found::owned)
}

fn concat<'a>(left: &'a Node, right: &'a Node, scope: &Scope<'a>, meter: &mut Meter) -> Looked<'a> {
    let (left, right) = (needed(left, scope, meter)?, needed(right, scope, meter)?);
    let (left, right) = (render(&left, meter)?, render(&right, meter)?);
    meter.grow(left.len() + right.len())?;
    Ok(Found::owned([&*left, &*right].concat()))
}

/// The left side decides alone, unless its truth is `on`.
fn either<'a>(left: &'a Node, right: &'a Node, on: bool, scope: &Scope<'a>, meter: &mut Meter, below: Below) -> Looked<'a> {
    let found = look(left, scope, meter, below)?;
    if truthy(&found) == on { look(right, scope, meter, below) } else { Ok(found) }
}

fn choose<'a>(choice: &'a If, scope: &Scope<'a>, meter: &mut Meter, below: Below) -> Looked<'a> {
    let holds = truthy(&eval(&choice.test, scope, meter)?);
    match &choice.no {
        _ if holds => look(&choice.yes, scope, meter, below),
        Some(no) => look(no, scope, meter, below),
        None => Ok(Found::Missing(Gap::new("", "The condition does not hold and there is no `else`."))),
    }
}

fn list<'a>(items: &'a [Node], scope: &Scope<'a>, meter: &mut Meter) -> Looked<'a> {
    let mut out = Vec::with_capacity(items.len());
    for item in items {
        out.push(taken(needed(item, scope, meter)?, meter)?);
    }
    Ok(Found::owned(out))
}

fn map<'a>(entries: &'a [(Node, Node)], scope: &Scope<'a>, meter: &mut Meter) -> Looked<'a> {
    let mut out = Map::new();
    for (key, value) in entries {
        let key = needed(key, scope, meter)?;
        let key = scalar_text(&key)
            .ok_or_else(|| EvalError::type_(format!("The name of a field must be text, but this is {}.", kind(&key))))?;
        meter.grow(key.len())?;
        out.insert(key.into_owned(), taken(needed(value, scope, meter)?, meter)?);
    }
    Ok(Found::owned(out))
}

/// The value itself; charged only where that is a copy.
pub(crate) fn taken(value: Cow<'_, Value>, meter: &mut Meter) -> Result<Value, EvalError> {
    if let Cow::Borrowed(value) = value {
        meter.charge(value)?;
    }
    Ok(value.into_owned())
}

fn truthy(found: &Found<'_>) -> bool {
    match found.value() {
        None => false,
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Number(number)) => Num::of(number).to_f64() != 0.0,
        Some(value) => !format::is_empty(value),
    }
}

fn arithmetic<'a>(op: Arithmetic, left: &'a Node, right: &'a Node, scope: &Scope<'a>, meter: &mut Meter) -> Looked<'a> {
    let (left, right) = (needed(left, scope, meter)?, needed(right, scope, meter)?);
    combine(op, &left, &right, meter).map(Found::owned)
}

fn combine(op: Arithmetic, left: &Value, right: &Value, meter: &mut Meter) -> Result<Value, EvalError> {
    // Text plus text joins; text that spells a number counts as one only next to a number.
    match (op, left, right) {
        (Arithmetic::Add, Value::String(a), Value::String(b)) => {
            meter.grow(a.len() + b.len())?;
            return Ok(Value::String([a.as_str(), b.as_str()].concat()));
        }
        (Arithmetic::Add, Value::Array(a), Value::Array(b)) => {
            meter.charge(left)?;
            meter.charge(right)?;
            return Ok(Value::Array(a.iter().chain(b).cloned().collect()));
        }
        _ => {}
    }
    let number = |value: &Value| {
        Num::of_value(value).ok_or_else(|| {
            let hint = if value.is_string() && op == Arithmetic::Add { "; join texts with `~`" } else { "" };
            EvalError::type_(format!("Calculating needs numbers, but this is {}{hint}.", kind(value)))
        })
    };
    calculate(op, number(left)?, number(right)?)
}

fn compare<'a>(first: &'a Node, rest: &'a [(Comparison, Node)], scope: &Scope<'a>, meter: &mut Meter) -> Looked<'a> {
    let mut left = eval(first, scope, meter)?;
    for (op, node) in rest {
        let right = eval(node, scope, meter)?;
        if !holds(*op, &left, &right, meter)? {
            return Ok(Found::owned(false));
        }
        left = right;
    }
    Ok(Found::owned(true))
}

fn holds(op: Comparison, left: &Found<'_>, right: &Found<'_>, meter: &mut Meter) -> Result<bool, EvalError> {
    match op {
        Comparison::Equal | Comparison::NotEqual => {
            let same = match (left.value(), right.value()) {
                (Some(a), Some(b)) => equal(a, b, meter)?,
                (None, None) => true,
                _ => false,
            };
            Ok(same == (op == Comparison::Equal))
        }
        Comparison::In | Comparison::NotIn => {
            let (part, whole) = (left.required()?, right.required()?);
            if !matches!(whole, Value::String(_) | Value::Array(_) | Value::Object(_)) {
                return Err(EvalError::type_(format!("`in` needs a list, text or object, but this is {}.", kind(whole))));
            }
            Ok(contains(whole, part, meter)? == (op == Comparison::In))
        }
        Comparison::Less | Comparison::AtMost | Comparison::Greater | Comparison::AtLeast => {
            let (a, b) = (left.required()?, right.required()?);
            order(a, b).map(|ordering| accepts(op, ordering)).ok_or_else(|| {
                EvalError::type_(format!("Comparing needs two numbers or two texts, but here {} meets {}.", kind(a), kind(b)))
            })
        }
    }
}

fn accepts(op: Comparison, ordering: Ordering) -> bool {
    match op {
        Comparison::Less => ordering.is_lt(),
        Comparison::AtMost => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::AtLeast => ordering.is_ge(),
        Comparison::Equal | Comparison::In => ordering.is_eq(),
        Comparison::NotEqual | Comparison::NotIn => ordering.is_ne(),
    }
}

fn filter<'a>(call: &'a Call, scope: &Scope<'a>, meter: &mut Meter, below: Below) -> Result<Found<'a>, EvalError> {
    let lenient = call.name == format::DEFAULT;
    let found = look(&call.of, scope, meter, if lenient { Below::Missing } else { below })?;
    let mut args = Vec::with_capacity(call.args.len());
    for arg in &call.args {
        args.push(taken(needed(arg, scope, meter)?, meter)?);
    }
    formatted(found, &call.name, &args, meter)
}

/// Applies one formatter to what may be missing.
pub(crate) fn formatted<'a>(found: Found<'a>, name: &str, args: &[Value], meter: &mut Meter) -> Result<Found<'a>, EvalError> {
    let value = match found {
        Found::Value(value) => value,
        Found::Missing(_) if name == format::DEFAULT => Cow::Owned(Value::Null),
        Found::Missing(gap) if name == format::REQUIRED => return Err(gap.into_error()),
        missing => return Ok(missing),
    };
    let applied = format::apply(name, value, args, meter)?;
    Ok(applied
        .map_or_else(|| Found::Missing(Gap::new("", format!("The list is empty, so `{name}` finds nothing."))), Found::Value))
}

fn test<'a>(call: &'a Call, scope: &Scope<'a>, meter: &mut Meter) -> Looked<'a> {
    let found = look(&call.of, scope, meter, Below::Missing)?;
    let Some(arg) = call.args.first() else {
        return Ok(Found::owned(tests_of::holds(&call.name, found.value())));
    };
    let arg = needed(arg, scope, meter)?;
    let Some(value) = found.value() else { return Ok(Found::owned(false)) };
    if call.name == "containing" {
        return contains(value, &arg, meter).map(Found::owned);
    }
    Ok(Found::owned(match (scalar_text(value), scalar_text(&arg)) {
        (Some(text), Some(part)) if call.name == "startingwith" => text.starts_with(&*part),
        (Some(text), Some(part)) => text.ends_with(&*part),
        _ => false,
    }))
}
