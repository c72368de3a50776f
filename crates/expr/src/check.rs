//! Finds what can be known to be wrong before any data is there.

use crate::error::EvalError;
use crate::format;
use crate::grammar;
use crate::limits::MAX_TREE_DEPTH;
use crate::mapped::{Condition, Mapped, Part};
use crate::place::Place;

/// Unreadable expressions, unknown formatters and trees that nest too deep. `path` is the place in the tree.
pub fn check_syntax(mapped: &Mapped) -> Vec<EvalError> {
    let mut found = Vec::new();
    check_mapped(mapped, &Place::ROOT, 0, &mut found);
    found
}

/// The same for a condition; `path` is the place within it: `[1].left`.
pub fn check_condition_syntax(condition: &Condition) -> Vec<EvalError> {
    let mut found = Vec::new();
    check_condition(condition, &Place::ROOT, 0, &mut found);
    found
}

fn report(mut error: EvalError, at: &Place<'_>, found: &mut Vec<EvalError>) {
    let place = at.spell();
    error.path = (!place.is_empty()).then_some(place);
    found.push(error);
}

fn too_deep(at: &Place<'_>, depth: usize, found: &mut Vec<EvalError>) -> bool {
    if depth <= MAX_TREE_DEPTH {
        return false;
    }
    report(EvalError::limit(format!("This nests deeper than {MAX_TREE_DEPTH} levels.")), at, found);
    true
}

fn check_raw(source: &str, at: &Place<'_>, found: &mut Vec<EvalError>) {
    if let Err(error) = grammar::parse(source).as_ref() {
        report(error.clone(), at, found);
    }
}

fn check_mapped(mapped: &Mapped, at: &Place<'_>, depth: usize, found: &mut Vec<EvalError>) {
    if too_deep(at, depth, found) {
        return;
    }
    match mapped {
        Mapped::Literal(_) | Mapped::Omit | Mapped::Null => {}
        Mapped::Template(parts) => {
            for part in parts {
                match part {
                    Part::Text(_) => {}
                    Part::Expr(source) => check_raw(source, at, found),
                    Part::Pill(pill) => {
                        for format in &pill.format {
                            if let Err(error) = format::check(&format.name, format.args.len()) {
                                report(error, at, found);
                            }
                        }
                    }
                }
            }
        }
        Mapped::Expr(source) => check_raw(source, at, found),
        Mapped::Object(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                let place = match &entry.key {
                    Mapped::Literal(serde_json::Value::String(key)) => at.key(key),
                    key => {
                        check_mapped(key, &at.index(index), depth + 1, found);
                        at.index(index)
                    }
                };
                check_mapped(&entry.value, &place, depth + 1, found);
            }
        }
        Mapped::List(items) => {
            items.iter().enumerate().for_each(|(index, item)| check_mapped(item, &at.index(index), depth + 1, found))
        }
        Mapped::Each(each) => {
            check_mapped(&each.over, &at.key("over"), depth + 1, found);
            check_mapped(&each.item, &at.key("item"), depth + 1, found);
            if let Some(condition) = &each.keep_if {
                check_condition(condition, &at.key("keep_if"), depth + 1, found);
            }
        }
    }
}

fn check_condition(condition: &Condition, at: &Place<'_>, depth: usize, found: &mut Vec<EvalError>) {
    if too_deep(at, depth, found) {
        return;
    }
    match condition {
        Condition::All(all) | Condition::Any(all) => {
            all.iter().enumerate().for_each(|(index, condition)| check_condition(condition, &at.index(index), depth + 1, found));
        }
        Condition::Not(condition) => check_condition(condition, at, depth + 1, found),
        Condition::Test(test) => {
            check_mapped(&test.left, &at.key("left"), depth + 1, found);
            if let Some(right) = &test.right {
                check_mapped(right, &at.key("right"), depth + 1, found);
            }
        }
        Condition::Expr(source) => check_raw(source, at, found),
    }
}
