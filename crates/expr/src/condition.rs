//! Evaluates conditions. How values compare is said in `compare.rs`.
//!
//! A left side that is missing, also because its step did not run, is no error: it equals nothing, and only the operators that ask for
//! its absence or negate (`NotEquals`, `NotContains`) hold.

use serde_json::Value;

use crate::compare::{contains, equal, order, scalar_text};
use crate::data::{Data, Scope};
use crate::error::{ErrorKind, EvalError};
use crate::evaluate::Evaluator;
use crate::expression::Found;
use crate::format::is_empty;
use crate::limits::{Limits, Meter};
use crate::mapped::{Condition, Op, Test};
use crate::path::kind;

/// Whether the condition holds.
pub fn test(condition: &Condition, data: &Data, limits: &Limits) -> Result<bool, EvalError> {
    Evaluator::new(limits).condition(condition, &Scope::new(data), 0)
}

impl Evaluator {
    pub(crate) fn condition<'a>(&mut self, condition: &'a Condition, scope: &Scope<'a>, depth: usize) -> Result<bool, EvalError> {
        self.meter.deeper(depth)?;
        self.meter.spend(1)?;
        match condition {
            Condition::All(all) => {
                for condition in all {
                    if !self.condition(condition, scope, depth + 1)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Condition::Any(any) => {
                for condition in any {
                    if self.condition(condition, scope, depth + 1)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Condition::Not(condition) => Ok(!self.condition(condition, scope, depth + 1)?),
            Condition::Test(test) => self.comparison(test, scope, depth),
            Condition::Expr(source) => match self.raw(source, scope)? {
                Found::Value(value) => value.as_bool().ok_or_else(|| {
                    EvalError::type_(format!("A condition must give true or false, but this gives {}.", kind(&value)))
                }),
                Found::Missing(gap) => Err(EvalError { kind: ErrorKind::Missing, ..gap.into_error() }),
            },
        }
    }

    fn comparison<'a>(&mut self, test: &'a Test, scope: &Scope<'a>, depth: usize) -> Result<bool, EvalError> {
        let left = self.asked(&test.left, scope, depth + 1)?;
        let right = match &test.right {
            Some(right) if test.op.takes_right() => self.asked(right, scope, depth + 1)?,
            _ => None,
        };
        compare(test.op, left.as_deref(), right.as_deref(), &mut self.meter)
    }
}

fn compare(op: Op, left: Option<&Value>, right: Option<&Value>, meter: &mut Meter) -> Result<bool, EvalError> {
    let both = left.zip(right);
    let ordered =
        |accepts: fn(std::cmp::Ordering) -> bool| both.and_then(|(left, right)| order(left, right)).is_some_and(accepts);
    let texts = |holds: fn(&str, &str) -> bool| {
        both.and_then(|(left, right)| Some(holds(&scalar_text(left)?, &scalar_text(right)?))).unwrap_or(false)
    };
    Ok(match op {
        Op::Equals => match both {
            Some((left, right)) => equal(left, right, meter)?,
            None => false,
        },
        Op::NotEquals => match both {
            Some((left, right)) => !equal(left, right, meter)?,
            None => true,
        },
        Op::Contains => match both {
            Some((left, right)) => contains(left, right, meter)?,
            None => false,
        },
        Op::NotContains => match both {
            Some((left, right)) => !contains(left, right, meter)?,
            None => true,
        },
        Op::StartsWith => texts(|text, part| text.starts_with(part)),
        Op::EndsWith => texts(|text, part| text.ends_with(part)),
        Op::GreaterThan => ordered(std::cmp::Ordering::is_gt),
        Op::AtLeast => ordered(std::cmp::Ordering::is_ge),
        Op::LessThan => ordered(std::cmp::Ordering::is_lt),
        Op::AtMost => ordered(std::cmp::Ordering::is_le),
        Op::IsTrue => matches!(left, Some(Value::Bool(true))) || matches!(left, Some(Value::String(text)) if text == "true"),
        Op::IsFalse => matches!(left, Some(Value::Bool(false))) || matches!(left, Some(Value::String(text)) if text == "false"),
        Op::IsMissing => left.is_none(),
        Op::IsNull => matches!(left, Some(Value::Null)),
        Op::IsEmpty => left.is_some_and(|value| !value.is_null() && is_empty(value)),
        Op::HasValue => left.is_some_and(|value| !is_empty(value)),
    })
}
