//! Bounds on one evaluation, and the meter that holds it to them.

use serde_json::Value;

use crate::error::EvalError;

/// Bounds on one evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Units of work: about one for each node of the tree or expression evaluated and for each value copied or compared.
    pub fuel: u64,
    /// How deep the mapped tree may nest. Data itself may nest 100 levels.
    pub depth: usize,
    /// Bytes of everything produced on the way, intermediate text and lists included.
    pub output_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { fuel: 5_000_000, depth: 64, output_bytes: 16 * 1024 * 1024 }
    }
}

/// How deep values may nest: JSON readers stop at 128, and the journal wraps a value in a few levels more.
pub(crate) const MAX_DATA_DEPTH: usize = 100;
/// How deep checks and listings go into a tree. Evaluation stops earlier, at [`Limits::depth`].
pub(crate) const MAX_TREE_DEPTH: usize = 256;
/// Notes kept for one evaluation.
pub(crate) const MAX_NOTES: usize = 100;

/// What is left of the limits.
pub(crate) struct Meter {
    fuel: u64,
    bytes: usize,
    pub depth: usize,
}

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Meter { fuel: limits.fuel, bytes: limits.output_bytes, depth: limits.depth }
    }

    pub(crate) fn spend(&mut self, units: usize) -> Result<(), EvalError> {
        match self.fuel.checked_sub(units as u64) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => {
                self.fuel = 0;
                Err(EvalError::limit("This takes too much work to evaluate: use a smaller list or a simpler expression."))
            }
        }
    }

    /// To be called before `bytes` bytes are allocated.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), EvalError> {
        match self.bytes.checked_sub(bytes) {
            Some(left) => {
                self.bytes = left;
                self.spend(1 + bytes / 256)
            }
            None => Err(EvalError::limit("This produces more data than one step may hold.")),
        }
    }

    pub(crate) fn deeper(&self, depth: usize) -> Result<(), EvalError> {
        if depth > self.depth {
            return Err(EvalError::limit(format!("This nests deeper than {} levels.", self.depth)));
        }
        Ok(())
    }

    /// Charges for a copy of `value`, so that `clone` is safe afterwards.
    pub(crate) fn charge(&mut self, value: &Value) -> Result<(), EvalError> {
        self.charge_at(value, 0)
    }

    fn charge_at(&mut self, value: &Value, depth: usize) -> Result<(), EvalError> {
        if depth > MAX_DATA_DEPTH {
            return Err(EvalError::limit(format!("The data nests deeper than {MAX_DATA_DEPTH} levels.")));
        }
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => self.grow(16),
            Value::String(text) => self.grow(text.len() + 16),
            Value::Array(items) => {
                self.grow(16)?;
                items.iter().try_for_each(|item| self.charge_at(item, depth + 1))
            }
            Value::Object(entries) => {
                self.grow(16)?;
                entries.iter().try_for_each(|(key, item)| {
                    self.grow(key.len())?;
                    self.charge_at(item, depth + 1)
                })
            }
        }
    }
}
