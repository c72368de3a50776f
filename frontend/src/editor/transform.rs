//! What the operations of a transform give with the sample.

use expr::{
    Data, ErrorKind, Mapped, Outcome, evaluate,
    operation::{self, Settings, operate},
};
use model::step::{Transform, TransformOp};
use serde_json::{Map, Value, json};

use super::data::limits;

/// The label of an operation; its name where this release does not know it.
pub fn label(op: &str) -> &str {
    operation::find(op).map_or(op, |operation| operation.label)
}

/// The value at one point of the way.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    Value(Value),
    /// Nothing is there.
    Missing,
    /// The operation, or the value to begin with, does not work out. `argument`: the one to blame.
    Failed {
        message: String,
        argument: Option<String>,
    },
    /// Only a test tells.
    NotHere {
        message: String,
    },
    /// One before it failed.
    NotReached,
}

impl Stage {
    pub fn value(&self) -> Option<&Value> {
        match self {
            Stage::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// The value to begin with, then what each operation makes of it.
pub fn stages(transform: &Transform, data: &Data, zone: &str) -> Vec<Stage> {
    let mut now = begin(&transform.input, data);
    let mut stages = vec![now.clone()];
    for one in &transform.operations {
        now = match now {
            Stage::Value(value) => next(one, Outcome::Value(value), data, zone),
            Stage::Missing => next(one, Outcome::Missing, data, zone),
            Stage::Failed { .. } | Stage::NotHere { .. } | Stage::NotReached => Stage::NotReached,
        };
        stages.push(now.clone());
    }
    stages
}

fn begin(input: &Mapped, data: &Data) -> Stage {
    match evaluate(input, data, &limits()) {
        Ok(found) => stage(found.outcome),
        Err(error) => Stage::Failed { message: error.message, argument: None },
    }
}

fn stage(outcome: Outcome) -> Stage {
    match outcome {
        Outcome::Value(value) => Stage::Value(value),
        Outcome::Missing => Stage::Missing,
    }
}

fn next(one: &TransformOp, input: Outcome, data: &Data, zone: &str) -> Stage {
    let mut arguments = Map::new();
    for (name, mapped) in &one.with {
        match evaluate(mapped, data, &limits()) {
            Ok(found) => {
                if let Outcome::Value(value) = found.outcome {
                    arguments.insert(name.clone(), value);
                }
            }
            Err(error) => return Stage::Failed { message: error.message, argument: Some(name.clone()) },
        }
    }
    match operate(&one.op, input, &arguments, &Settings { zone, limits: limits() }) {
        Ok(outcome) => stage(outcome),
        // Too much for a preview, or one that this build leaves to the server.
        Err(error) if error.kind == ErrorKind::Limit => Stage::NotHere { message: error.message },
        Err(error) => Stage::Failed { message: error.message, argument: error.path },
    }
}

/// The step's output; nothing where it would fail.
pub fn output(transform: &Transform, data: &Data, zone: &str) -> Option<Value> {
    match stages(transform, data, zone).pop()? {
        Stage::Value(value) => Some(json!({ "value": value })),
        Stage::Missing => Some(json!({})),
        Stage::Failed { .. } | Stage::NotHere { .. } | Stage::NotReached => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn op(name: &str, with: &[(&str, &str)]) -> TransformOp {
        let with = with.iter().map(|(name, value)| ((*name).to_owned(), Mapped::text(*value))).collect();
        TransformOp { op: name.into(), with }
    }

    #[test]
    fn each_operation_gets_what_the_one_before_gave() {
        let mut data = Data::new();
        data.set_event(Arc::new(json!({"body": {"tags": "  a,b "}})));
        let input = expr::parse_text("{{ event.body.tags }}", &expr::Names::new());
        let transform = Transform {
            input,
            operations: vec![op("trim", &[]), op("split", &[("separator", ",")]), op("no_such", &[]), op("trim", &[])],
        };
        let stages = stages(&transform, &data, "UTC");
        assert_eq!(stages[2], Stage::Value(json!(["a", "b"])));
        assert!(matches!(&stages[3], Stage::Failed { .. }), "{stages:?}");
        assert_eq!(stages[4], Stage::NotReached);
        assert_eq!(output(&transform, &data, "UTC"), None);
    }
}
