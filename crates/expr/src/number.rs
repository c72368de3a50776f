//! Exact numbers: 64-bit integers stay integers, everything else is a 64-bit float.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::error::EvalError;

/// A number to calculate with. Every JSON integer fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Num {
    Int(i128),
    Float(f64),
}

impl Num {
    pub(crate) fn of(number: &Number) -> Num {
        if let Some(int) = number.as_i64() {
            Num::Int(i128::from(int))
        } else if let Some(int) = number.as_u64() {
            Num::Int(i128::from(int))
        } else {
            Num::Float(number.as_f64().unwrap_or(f64::NAN))
        }
    }

    /// A number, or text that is exactly one in JSON's spelling, spaces around it aside: `12`, `-0.5`, `1e3`; not `007` or `1,5`.
    pub(crate) fn of_value(value: &Value) -> Option<Num> {
        match value {
            Value::Number(number) => Some(Num::of(number)),
            Value::String(text) => Num::of_text(text),
            _ => None,
        }
    }

    pub(crate) fn of_text(text: &str) -> Option<Num> {
        let text = text.trim();
        if text.len() > 40 || !text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            return None;
        }
        text.parse::<Number>().ok().map(|number| Num::of(&number))
    }

    pub(crate) fn to_f64(self) -> f64 {
        match self {
            Num::Int(int) => int as f64,
            Num::Float(float) => float,
        }
    }

    pub(crate) fn into_value(self) -> Result<Value, EvalError> {
        let number = match self {
            Num::Int(int) => i64::try_from(int).map(Number::from).or_else(|_| u64::try_from(int).map(Number::from)).ok(),
            Num::Float(float) => Number::from_f64(float),
        };
        number.map(Value::Number).ok_or_else(|| EvalError::type_("The result is too large for a number."))
    }

    /// Exact, also between large integers and floats.
    pub(crate) fn compare(self, other: Num) -> Ordering {
        match (self, other) {
            (Num::Int(a), Num::Int(b)) => a.cmp(&b),
            (Num::Float(a), Num::Float(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Num::Int(a), Num::Float(b)) => int_to_float(a, b),
            (Num::Float(a), Num::Int(b)) => int_to_float(b, a).reverse(),
        }
    }
}

fn int_to_float(int: i128, float: f64) -> Ordering {
    let floor = float.floor();
    // Beyond i128 the cast saturates, which still orders right for 64-bit integers.
    int.cmp(&(floor as i128)).then(if float > floor { Ordering::Less } else { Ordering::Equal })
}

/// The arithmetic operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Sub,
    Mul,
    /// Always gives a decimal.
    Div,
    /// Rounds down.
    FloorDiv,
    /// Has the sign of the divisor.
    Rem,
    Pow,
}

pub(crate) fn calculate(op: Arithmetic, left: Num, right: Num) -> Result<Value, EvalError> {
    use Arithmetic::{Add, Div, FloorDiv, Mul, Pow, Rem, Sub};
    let too_large = || EvalError::type_("The result is too large for a number.");
    if matches!(op, Div | FloorDiv | Rem) && right.to_f64() == 0.0 {
        return Err(EvalError::type_("Division by zero."));
    }
    if let (Num::Int(a), Num::Int(b)) = (left, right) {
        let exact = match op {
            Add => a.checked_add(b),
            Sub => a.checked_sub(b),
            Mul => a.checked_mul(b),
            FloorDiv => Some(a.div_euclid(b) - i128::from(b < 0 && a.rem_euclid(b) != 0)),
            Rem => Some(a - b * (a.div_euclid(b) - i128::from(b < 0 && a.rem_euclid(b) != 0))),
            Pow if b >= 0 => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
            Div | Pow => return Num::Float(if op == Div { a as f64 / b as f64 } else { (a as f64).powf(b as f64) }).into_value(),
        };
        return Num::Int(exact.ok_or_else(too_large)?).into_value();
    }
    let (a, b) = (left.to_f64(), right.to_f64());
    let result = match op {
        Add => a + b,
        Sub => a - b,
        Mul => a * b,
        Div => a / b,
        FloorDiv => (a / b).floor(),
        Rem => a - b * (a / b).floor(),
        Pow => a.powf(b),
    };
    Num::Float(result).into_value()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(op: Arithmetic, a: Value, b: Value) -> Value {
        calculate(op, Num::of_value(&a).unwrap(), Num::of_value(&b).unwrap()).unwrap()
    }

    #[test]
    fn integers_stay_exact() {
        assert_eq!(run(Arithmetic::Mul, json!(4200), json!(2)), json!(8400));
        assert_eq!(run(Arithmetic::Add, json!(9007199254740992_i64), json!(1)), json!(9007199254740993_i64));
        assert_eq!(run(Arithmetic::Sub, json!(u64::MAX), json!(1)), json!(u64::MAX - 1));
        assert_eq!(run(Arithmetic::Div, json!(7), json!(2)), json!(3.5));
    }

    #[test]
    fn division_rounds_down() {
        for (a, b, quotient, rest) in [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1), (6, -2, -3, 0)] {
            assert_eq!(run(Arithmetic::FloorDiv, json!(a), json!(b)), json!(quotient), "{a} // {b}");
            assert_eq!(run(Arithmetic::Rem, json!(a), json!(b)), json!(rest), "{a} % {b}");
        }
    }

    #[test]
    fn compares_beyond_the_floats() {
        let big = Num::Int(9_007_199_254_740_993);
        assert_eq!(big.compare(Num::Float(9_007_199_254_740_992.0)), Ordering::Greater);
        assert_eq!(Num::Int(1).compare(Num::Float(1.5)), Ordering::Less);
        assert_eq!(Num::Float(-1.5).compare(Num::Int(-2)), Ordering::Greater);
        assert_eq!(Num::Int(3).compare(Num::Float(3.0)), Ordering::Equal);
    }

    #[test]
    fn only_plain_spellings_are_numbers() {
        for text in ["12", " -0.5 ", "1e3", "18446744073709551615"] {
            assert!(Num::of_text(text).is_some(), "{text}");
        }
        for text in ["007", "1,5", "$1", "", "-", "0x10", "nan", "infinity", "1e999", "12 34", "+5"] {
            assert!(Num::of_text(text).is_none(), "{text}");
        }
    }
}
