use model::{
    run::{ErrorClass, StepError},
    step::Store,
};
use serde_json::{Map, Number, Value, json};

use crate::{KvChange, StoreWork, values::bad_input};

/// What a store step does to the entry of its key, and what it gives. `present`: the value that stands there.
///
/// Pure, so that it can be done again when another run was faster. A list of entries has no entry of its own: it is read where the
/// values are.
#[expect(clippy::result_large_err, reason = "the error goes into a journal's fact as it is")]
pub fn store_step(work: &StoreWork, present: Option<&Value>) -> Result<(Option<KvChange>, Value), StepError> {
    apply(work, present).map_err(|error| *error)
}

type Applied = Result<(Option<KvChange>, Value), Box<StepError>>;

fn apply(work: &StoreWork, present: Option<&Value>) -> Applied {
    let put = |value: &Value| check_size(value).map(|()| Some(KvChange::Put(value.clone())));
    match work {
        StoreWork::Get => Ok((None, with_value([("found", present.is_some().into())], "value", present))),
        StoreWork::Set { value } => Ok((put(value)?, with_value([], "previous", present))),
        StoreWork::Delete => Ok((present.map(|_| KvChange::Delete), with_value([], "previous", present))),
        StoreWork::Increment { by } => {
            let value = Value::Number(add(present, by)?);
            Ok((put(&value)?, json!({ "value": value })))
        }
        StoreWork::AppendIfAbsent { value } => append(present, value),
        StoreWork::CompareAndSet { expected, value } => {
            let fits = match (expected, present) {
                (None, None) => true,
                (Some(expected), Some(present)) => same(expected, present),
                _ => false,
            };
            if fits {
                return Ok((put(value)?, json!({ "set": true, "value": value })));
            }
            Ok((None, with_value([("set", false.into())], "value", present)))
        }
        StoreWork::List { .. } => {
            let message = "A list of values was asked for as if it were one value.";
            Err(Box::new(StepError::new(ErrorClass::System, "store.list", message)))
        }
    }
}

/// The last field only where there is a value: none is not null.
fn with_value<const N: usize>(fields: [(&str, Value); N], name: &str, value: Option<&Value>) -> Value {
    let fields = fields.into_iter().chain(value.map(|value| (name, value.clone())));
    Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

pub(super) fn check_size(value: &Value) -> Result<(), Box<StepError>> {
    let mut counter = Counter(0);
    // Counting cannot fail, and what has no JSON is refused below.
    let written = serde_json::to_writer(&mut counter, value).is_ok();
    if written && counter.0 <= Store::MAX_VALUE_BYTES {
        return Ok(());
    }
    let message = format!("A kept value has at most {} kB as JSON; this one is larger.", Store::MAX_VALUE_BYTES / 1024);
    Err(Box::new(bad_input("value", "store.too_large", message)))
}

struct Counter(usize);

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Integers stay exact; with a decimal on either side the result is one.
fn add(present: Option<&Value>, by: &Number) -> Result<Number, Box<StepError>> {
    let zero = Number::from(0);
    let present = match present {
        None => &zero,
        Some(Value::Number(number)) => number,
        Some(_) => {
            let message = "What is kept under this key is not a number, so nothing can be added to it.";
            return Err(Box::new(bad_input("key", "store.not_a_number", message)));
        }
    };
    let too_large = || Box::new(bad_input("by", "store.overflow", "The number would grow beyond 64 bits. It stays as it is."));
    if let (Some(a), Some(b)) = (integer(present), integer(by)) {
        let sum = a + b;
        return i64::try_from(sum).map(Number::from).or_else(|_| u64::try_from(sum).map(Number::from)).map_err(|_| too_large());
    }
    let sum = present.as_f64().zip(by.as_f64()).map(|(a, b)| a + b);
    sum.and_then(Number::from_f64).ok_or_else(too_large)
}

fn append(present: Option<&Value>, value: &Value) -> Applied {
    let items = match present {
        None => &[][..],
        Some(Value::Array(items)) => items,
        Some(_) => {
            let message = "What is kept under this key is not a list, so nothing can be added to it.";
            return Err(Box::new(bad_input("key", "store.not_a_list", message)));
        }
    };
    if items.iter().any(|item| same(item, value)) {
        return Ok((None, json!({ "added": false, "count": items.len() })));
    }
    let longer = Value::Array(items.iter().chain([value]).cloned().collect());
    check_size(&longer)?;
    Ok((Some(KvChange::Put(longer)), json!({ "added": true, "count": items.len() + 1 })))
}

fn integer(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

/// Equal as data: 1 is 1.0, and the order of an object's fields does not count. Text is never a number. Exact beyond 2^53.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

fn same_number(a: &Number, b: &Number) -> bool {
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => a.as_f64() == b.as_f64(),
        (Some(int), None) => b.as_f64().is_some_and(|float| is(float, int)),
        (None, Some(int)) => a.as_f64().is_some_and(|float| is(float, int)),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "saturates far outside of 64 bits, where no integer is")]
fn is(float: f64, int: i128) -> bool {
    float.fract() == 0.0 && float as i128 == int
}
