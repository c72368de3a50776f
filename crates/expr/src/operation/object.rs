//! Operations on objects.

use serde_json::{Map, Value, json};

use super::argument::{Argument, ArgumentKind, Arguments, wrong};
use super::list::items;
use super::run::Run;
use super::table::{Group, Kind, Operation, Work};
use crate::compare::scalar_text;
use crate::error::EvalError;
use crate::path::kind;

const FIELDS: Argument = Argument::new("fields", "Fields", ArgumentKind::Fields).required();

const fn object(name: &'static str, label: &'static str, gives: Kind, work: Work) -> Operation {
    Operation::new(name, label, Group::Object, Kind::Object, gives, work)
}

pub(super) const TABLE: &[Operation] = &[
    object("pick", "Keep only these fields", Kind::Object, Work::Own(pick)).with(&[FIELDS]),
    object("drop", "Drop these fields", Kind::Object, Work::Own(drop_fields)).with(&[FIELDS]),
    object("rename", "Rename a field", Kind::Object, Work::Own(rename))
        .with(&[Argument::text("from", "Field").required(), Argument::text("to", "New name").required()]),
    object("merge", "Add the fields of another object", Kind::Object, Work::Own(merge)).with(&[Argument::new(
        "with",
        "Object",
        ArgumentKind::Any,
    )
    .required()]),
    object("keys", "Names of the fields", Kind::List, Work::Formatter("keys")),
    object("values", "Values of the fields", Kind::List, Work::Formatter("values")),
    object("entries", "Into a list of key and value", Kind::List, Work::Own(entries)),
    Operation::new(
        "from_entries",
        "From a list of key and value",
        Group::Object,
        Kind::List,
        Kind::Object,
        Work::Own(from_entries),
    ),
];

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// In the order asked for; fields that are not there are left out.
fn pick(value: Value, arguments: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let mut given = fields(value);
    let names = arguments.fields("fields").unwrap_or_default();
    let kept = names.into_iter().filter_map(|name| given.swap_remove_entry(&name));
    Ok(Some(Value::Object(kept.collect())))
}

fn drop_fields(value: Value, arguments: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let names: std::collections::HashSet<String> = arguments.fields("fields").unwrap_or_default().into_iter().collect();
    let kept = fields(value).into_iter().filter(|(name, _)| !names.contains(name));
    Ok(Some(Value::Object(kept.collect())))
}

/// In its place; a field that has the new name already is replaced. Without the field nothing changes.
fn rename(value: Value, arguments: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let (from, to) = (arguments.text_or_empty("from"), arguments.text_or_empty("to"));
    let given = fields(value);
    if from == to || !given.contains_key(&*from) {
        return Ok(Some(Value::Object(given)));
    }
    let kept = given.into_iter().filter(|(name, _)| *name != to);
    let renamed = kept.map(|(name, value)| if name == from { (to.clone().into_owned(), value) } else { (name, value) });
    Ok(Some(Value::Object(renamed.collect())))
}

/// The other object's fields win.
fn merge(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let with = arguments.get("with").unwrap_or_default();
    let Value::Object(with_) = &*with else {
        return Err(wrong("with", format!("\"Object\" needs an object, but this is {}.", kind(&with))));
    };
    run.meter.charge(&with)?;
    let mut merged = fields(value);
    merged.extend(with_.iter().map(|(name, value)| (name.clone(), value.clone())));
    Ok(Some(Value::Object(merged)))
}

fn entries(value: Value, _: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let fields = fields(value);
    run.meter.grow(fields.len() * 64)?;
    Ok(Some(fields.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect::<Vec<_>>().into()))
}

/// The last of several with one name wins.
fn from_entries(value: Value, _: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let mut out = Map::new();
    for (at, mut item) in items(value).into_iter().enumerate() {
        let Some(key) = item.get("key").and_then(scalar_text).map(std::borrow::Cow::into_owned) else {
            return Err(EvalError::type_(format!("Item {} is no object with a `key`.", at + 1)));
        };
        let value = item.get_mut("value").map(Value::take);
        out.insert(key, value.unwrap_or_default());
    }
    Ok(Some(Value::Object(out)))
}
