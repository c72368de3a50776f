use serde_json::Value;

use super::machine::Machine;
use crate::error::EvalError;
use crate::operation::argument::{Arguments, wrong};
use crate::operation::run::Run;
use crate::operation::text::spelled;

fn machine(arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Machine, EvalError> {
    Machine::new(&arguments.text_or_empty("pattern"), arguments.flag("ignore_case"), &mut run.meter)
}

fn group(arguments: &Arguments<'_>, machine: &Machine) -> Result<usize, EvalError> {
    let group = usize::try_from(arguments.whole("group").unwrap_or_default()).unwrap_or_default();
    let groups = machine.groups();
    if group < groups {
        return Ok(group);
    }
    let there = if groups == 1 { "no groups".to_owned() } else { format!("groups 1 to {}", groups - 1) };
    Err(wrong("group", format!("The regular expression has {there}, but group {group} is asked for.")))
}

fn part<'t>(text: &'t str, slots: &[Option<usize>], group: usize) -> Option<&'t str> {
    match (slots.get(group * 2)?, slots.get(group * 2 + 1)?) {
        (Some(from), Some(to)) => text.get(*from..*to),
        _ => None,
    }
}

/// Calls `each` for every match, from left to right, none overlapping another.
fn all(
    machine: &Machine,
    text: &str,
    run: &mut Run<'_>,
    mut each: impl FnMut(&[Option<usize>], usize, usize, &mut Run<'_>) -> Result<(), EvalError>,
) -> Result<(), EvalError> {
    let mut from = 0;
    let mut last = None;
    while from <= text.len() {
        let Some(slots) = machine.find(text, from, &mut run.meter)? else { break };
        let (Some(Some(start)), Some(Some(end))) = (slots.first().copied(), slots.get(1).copied()) else { break };
        // An empty match right behind a match is part of that one.
        if start != end || last != Some(end) {
            each(&slots, start, end, run)?;
        }
        last = Some(end);
        from = if start == end { end + text[end..].chars().next().map_or(1, char::len_utf8) } else { end };
    }
    Ok(())
}

/// Without a match, or where the group took no part in it, the result is missing.
pub(super) fn find(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = spelled(value);
    let machine = machine(arguments, run)?;
    let group = group(arguments, &machine)?;
    let found = machine.find(&text, 0, &mut run.meter)?;
    Ok(found.and_then(|slots| part(&text, &slots, group).map(Value::from)))
}

pub(super) fn find_all(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = spelled(value);
    let machine = machine(arguments, run)?;
    let group = group(arguments, &machine)?;
    let mut found = Vec::new();
    all(&machine, &text, run, |slots, _, _, run| {
        if let Some(part) = part(&text, slots, group) {
            run.meter.grow(part.len() + 32)?;
            found.push(Value::from(part));
        }
        Ok(())
    })?;
    Ok(Some(found.into()))
}

pub(super) fn matches(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let machine = machine(arguments, run)?;
    let found = machine.find(&spelled(value), 0, &mut run.meter)?;
    Ok(Some(found.is_some().into()))
}

pub(super) fn replace(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = spelled(value);
    let machine = machine(arguments, run)?;
    let with = pieces(&arguments.text_or_empty("with"), machine.groups())?;
    let mut out = String::new();
    let mut kept = 0;
    all(&machine, &text, run, |slots, start, end, run| {
        out.push_str(&text[kept..start]);
        kept = end;
        for piece in &with {
            let piece = match piece {
                Piece::Text(text) => text,
                Piece::Group(group) => part(&text, slots, *group).unwrap_or_default(),
            };
            run.meter.grow(piece.len() + 1)?;
            out.push_str(piece);
        }
        Ok(())
    })?;
    run.meter.grow(text.len())?;
    out.push_str(&text[kept..]);
    Ok(Some(out.into()))
}

enum Piece {
    Text(String),
    Group(usize),
}

/// `$1` and `${1}` stand for groups, `$$` for a dollar sign; any other dollar sign is one.
fn pieces(with: &str, groups: usize) -> Result<Vec<Piece>, EvalError> {
    let mut pieces = Vec::new();
    let mut rest = with;
    while let Some(at) = rest.find('$') {
        pieces.push(Piece::Text(rest[..at].to_owned()));
        let after = &rest[at + 1..];
        let (digits, end) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((inner, _)) => (inner, inner.len() + 2),
            None => {
                let count = after.bytes().take(2).take_while(u8::is_ascii_digit).count();
                (&after[..count], count)
            }
        };
        if let Ok(group) = digits.parse::<usize>() {
            if group >= groups {
                return Err(wrong("with", format!("The regular expression has no group {group}.")));
            }
            pieces.push(Piece::Group(group));
            rest = &after[end..];
        } else {
            pieces.push(Piece::Text("$".to_owned()));
            rest = after.strip_prefix('$').unwrap_or(after);
        }
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Ok(pieces)
}
