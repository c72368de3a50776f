//! Evaluates a mapped tree.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::compare::scalar_text;
use crate::data::{Binding, Data, Scope};
use crate::error::{EvalError, Gap, Note};
use crate::expression::{self, Found, formatted, taken};
use crate::format::{self, render};
use crate::grammar;
use crate::limits::{Limits, MAX_NOTES, Meter};
use crate::mapped::{Each, Entry, Mapped, Part, Pill};
use crate::path::{kind, spell, walk};
use crate::place::Place;

/// What a mapped tree gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Value(Value),
    /// Nothing: whether that is an error is for the caller to say.
    Missing,
}

/// What a mapped tree gave, and what a person should know about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    pub outcome: Outcome,
    /// At most 100.
    pub notes: Vec<Note>,
}

/// Evaluates a mapped tree over the data, within the limits.
///
/// A missing pill or expression gives [`Outcome::Missing`]; inside longer text it prints nothing, inside an object or list its entry is
/// left out, each with a note. Errors are: a field of something missing in a raw expression, a step that did not run, a wrong type,
/// an unreadable expression, and the limits.
pub fn evaluate(mapped: &Mapped, data: &Data, limits: &Limits) -> Result<Evaluated, EvalError> {
    let mut evaluator = Evaluator::new(limits);
    let outcome = match evaluator.mapped(mapped, &Scope::new(data), &Place::ROOT, 0)? {
        Found::Value(value) => Outcome::Value(taken(value, &mut evaluator.meter)?),
        Found::Missing(gap) => {
            evaluator.note(gap, &Place::ROOT);
            Outcome::Missing
        }
    };
    Ok(Evaluated { outcome, notes: evaluator.notes })
}

pub(crate) struct Evaluator {
    pub meter: Meter,
    notes: Vec<Note>,
}

impl Evaluator {
    pub(crate) fn new(limits: &Limits) -> Self {
        Evaluator { meter: Meter::new(limits), notes: Vec::new() }
    }

    fn note(&mut self, gap: Gap, at: &Place<'_>) {
        if !gap.is_omitted() && self.notes.len() < MAX_NOTES {
            self.notes.push(gap.into_note(at.spell()));
        }
    }

    /// Evaluates for a question about the data: what is missing, also because its step did not run, is no error and worth no note.
    pub(crate) fn asked<'a>(
        &mut self,
        mapped: &'a Mapped,
        scope: &Scope<'a>,
        depth: usize,
    ) -> Result<Option<Cow<'a, Value>>, EvalError> {
        use crate::error::ErrorKind::{Missing, NotRun};
        let notes = self.notes.len();
        let found = self.mapped(mapped, scope, &Place::ROOT, depth);
        self.notes.truncate(notes);
        match found {
            Ok(Found::Value(value)) => Ok(Some(value)),
            Ok(Found::Missing(_)) => Ok(None),
            Err(error) if matches!(error.kind, Missing | NotRun) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn mapped<'a>(
        &mut self,
        mapped: &'a Mapped,
        scope: &Scope<'a>,
        at: &Place<'_>,
        depth: usize,
    ) -> Result<Found<'a>, EvalError> {
        self.meter.deeper(depth)?;
        self.meter.spend(1)?;
        match mapped {
            Mapped::Literal(value) => Ok(Found::Value(Cow::Borrowed(value))),
            Mapped::Template(parts) => match parts.as_slice() {
                [Part::Pill(pill)] => self.pill(pill, scope),
                [Part::Expr(source)] => self.raw(source, scope),
                parts => self.text(parts, scope, at),
            },
            Mapped::Expr(source) => self.raw(source, scope),
            Mapped::Object(entries) => self.object(entries, scope, at, depth),
            Mapped::List(items) => self.list(items, scope, at, depth),
            Mapped::Each(each) => self.each(each, scope, at, depth),
            Mapped::Omit => Ok(Found::Missing(Gap::omitted())),
            Mapped::Null => Ok(Found::owned(Value::Null)),
        }
    }

    fn pill<'a>(&mut self, pill: &'a Pill, scope: &Scope<'a>) -> Result<Found<'a>, EvalError> {
        self.meter.spend(1 + pill.path.len())?;
        let mut found = match scope.source(&pill.source) {
            Ok(root) => match walk(root, "", &pill.path) {
                Ok(value) => Found::Value(Cow::Borrowed(value)),
                // The root's name is looked up only for a message.
                Err(_) => match walk(root, &scope.spelled(&pill.source), &pill.path) {
                    Ok(value) => Found::Value(Cow::Borrowed(value)),
                    Err(gap) => Found::Missing(gap),
                },
            },
            Err(gap) => {
                let gap = Gap { path: spell(&scope.spelled(&pill.source), &pill.path), ..gap };
                if gap.not_run && !pill.format.iter().any(|format| format.name == format::DEFAULT) {
                    return Err(gap.into_error());
                }
                Found::Missing(gap)
            }
        };
        for format in &pill.format {
            found = formatted(found, &format.name, &format.args, &mut self.meter)?;
            if let Found::Missing(gap) = &mut found
                && gap.path.is_empty()
            {
                gap.path = spell(&scope.spelled(&pill.source), &pill.path);
            }
        }
        Ok(found)
    }

    /// The result is a value of its own, because the expression's tree does not outlive this call.
    pub(crate) fn raw<'a>(&mut self, source: &str, scope: &Scope<'_>) -> Result<Found<'a>, EvalError> {
        let parsed = grammar::parse(source);
        let node = parsed.as_ref().as_ref().map_err(Clone::clone)?;
        match expression::eval(node, scope, &mut self.meter)? {
            Found::Value(value) => Ok(Found::Value(Cow::Owned(taken(value, &mut self.meter)?))),
            Found::Missing(gap) if gap.not_run => Err(gap.into_error()),
            Found::Missing(mut gap) => {
                if gap.path.is_empty() {
                    gap.path = source.trim().chars().take(200).collect();
                }
                Ok(Found::Missing(gap))
            }
        }
    }

    fn text<'a>(&mut self, parts: &'a [Part], scope: &Scope<'a>, at: &Place<'_>) -> Result<Found<'a>, EvalError> {
        let mut out = String::new();
        for part in parts {
            let found = match part {
                Part::Text(text) => {
                    self.meter.grow(text.len())?;
                    out.push_str(text);
                    continue;
                }
                Part::Pill(pill) => self.pill(pill, scope)?,
                Part::Expr(source) => self.raw(source, scope)?,
            };
            match found {
                Found::Value(value) => {
                    let text = render(&value, &mut self.meter)?;
                    self.meter.grow(text.len())?;
                    out.push_str(&text);
                }
                Found::Missing(gap) => self.note(gap, at),
            }
        }
        Ok(Found::owned(out))
    }

    fn object<'a>(
        &mut self,
        entries: &'a [Entry],
        scope: &Scope<'a>,
        at: &Place<'_>,
        depth: usize,
    ) -> Result<Found<'a>, EvalError> {
        let mut out = Map::new();
        for (index, entry) in entries.iter().enumerate() {
            let place = at.index(index);
            let key = match self.mapped(&entry.key, scope, &place, depth + 1)? {
                Found::Value(key) => key,
                Found::Missing(gap) => {
                    self.note(gap, &place);
                    continue;
                }
            };
            let Some(key) = scalar_text(&key) else {
                return Err(EvalError::type_(format!("The name of a field must be text, but this is {}.", kind(&key))));
            };
            self.meter.grow(key.len())?;
            let place = at.key(&key);
            match self.mapped(&entry.value, scope, &place, depth + 1)? {
                Found::Value(value) => {
                    let value = taken(value, &mut self.meter)?;
                    out.insert(key.into_owned(), value);
                }
                Found::Missing(gap) => self.note(gap, &place),
            }
        }
        Ok(Found::owned(out))
    }

    fn list<'a>(&mut self, items: &'a [Mapped], scope: &Scope<'a>, at: &Place<'_>, depth: usize) -> Result<Found<'a>, EvalError> {
        let mut out = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let place = at.index(index);
            match self.mapped(item, scope, &place, depth + 1)? {
                Found::Value(value) => out.push(taken(value, &mut self.meter)?),
                Found::Missing(gap) => self.note(gap, &place),
            }
        }
        Ok(Found::owned(out))
    }

    fn each<'a>(&mut self, each: &'a Each, scope: &Scope<'a>, at: &Place<'_>, depth: usize) -> Result<Found<'a>, EvalError> {
        let over = match self.mapped(&each.over, scope, at, depth + 1)? {
            Found::Value(value) => value,
            missing => return Ok(missing),
        };
        let items = match &*over {
            Value::Array(items) => items,
            Value::Null => return Ok(Found::Missing(Gap::new("", "The list to go through is null."))),
            other => return Err(EvalError::type_(format!("Going through items needs a list, but this is {}.", kind(other)))),
        };
        let mut out = Vec::new();
        for (index, value) in items.iter().enumerate() {
            let binding = Binding { name: &each.name, value, outer: scope.bindings() };
            let inner = scope.bound(&binding);
            if let Some(condition) = &each.keep_if
                && !self.condition(condition, &inner, depth + 1)?
            {
                continue;
            }
            let place = at.index(index);
            match self.mapped(&each.item, &inner, &place, depth + 1)? {
                Found::Value(value) => out.push(taken(value, &mut self.meter)?),
                Found::Missing(gap) => self.note(gap, &place),
            }
        }
        Ok(Found::owned(out))
    }
}
