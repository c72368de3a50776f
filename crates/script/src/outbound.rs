//! JavaScript -> JSON. What has no JSON is an error that names its place, never silently null or left out.

use std::time::Instant;

use rquickjs::function::This;
use rquickjs::{Array, Coerced, Error as JsError, Function, Object, String as JsString, Type, Value as Js};
use serde_json::{Map, Number, Value};

use crate::inbound::EXACT;

/// As deep as values may nest anywhere in a run.
const MOST_DEPTH: usize = 100;

/// Why a value has no JSON.
pub(crate) enum Refusal {
    /// A sentence that names the place.
    No(String),
    /// A getter or `toJSON` threw: the exception is still in the context.
    Threw(JsError),
    Late,
}

impl From<JsError> for Refusal {
    fn from(error: JsError) -> Self {
        Refusal::Threw(error)
    }
}

pub(crate) struct Reader<'a, 'js> {
    /// What an object that is no plain one is called, else undefined.
    pub oddity: &'a Function<'js>,
    pub deadline: Instant,
    /// Bytes of JSON that may still come.
    pub left: usize,
    pub limit: usize,
}

impl<'js> Reader<'_, 'js> {
    pub(crate) fn read(&mut self, value: &Js<'js>, place: &str, depth: usize) -> Result<Value, Refusal> {
        if depth > MOST_DEPTH {
            let message = format!("`{}` nests deeper than {MOST_DEPTH} levels, or contains itself.", cut(place));
            return Err(Refusal::No(message));
        }
        let no = |what: &str| Err(Refusal::No(format!("`{}` is {what}, which has no JSON.", cut(place))));
        match value.type_of() {
            Type::Null => self.take(4).map(|()| Value::Null),
            Type::Bool => self.take(4).map(|()| Value::Bool(value.as_bool().unwrap_or_default())),
            Type::Int => self.take(1).map(|()| Value::from(value.as_int().unwrap_or_default())),
            Type::Float => {
                self.take(3)?;
                match value.as_float().unwrap_or(f64::NAN) {
                    float if float.is_nan() => no("NaN, not a number"),
                    float if float.is_infinite() => no("infinite"),
                    float => Ok(number(float)),
                }
            }
            Type::BigInt => self.big_int(value, place),
            Type::String => match value.as_string() {
                Some(text) => self.text(text, place).map(Value::String),
                None => no("text of an unknown kind"),
            },
            Type::Array => match value.as_array() {
                Some(list) => self.list(list, place, depth),
                None => no("a list of an unknown kind"),
            },
            Type::Undefined | Type::Uninitialized if depth == 0 => {
                Err(Refusal::No("The code returned nothing. End it with `return` and a value.".to_owned()))
            }
            Type::Undefined | Type::Uninitialized => {
                Err(Refusal::No(format!("`{}` is undefined. Leave it out, or use null.", cut(place))))
            }
            Type::Symbol => no("a symbol"),
            Type::Function | Type::Constructor => no("a function"),
            Type::Promise => Err(Refusal::No(format!("`{}` is a promise. Put `await` before it.", cut(place)))),
            _ => match value.as_object() {
                Some(object) => self.object(object, place, depth),
                None => no("of a kind"),
            },
        }
    }

    fn big_int(&mut self, value: &Js<'js>, place: &str) -> Result<Value, Refusal> {
        let Coerced(digits) = value.get::<Coerced<String>>()?;
        self.take(digits.len())?;
        let whole = digits.parse::<i64>().map(Number::from).or_else(|_| digits.parse::<u64>().map(Number::from));
        whole.map(Value::Number).map_err(|_| {
            Refusal::No(format!("`{}` is an integer of more than 64 bits. Return it as text: String(value).", cut(place)))
        })
    }

    fn text(&mut self, text: &JsString<'js>, place: &str) -> Result<String, Refusal> {
        let broken = |error| match error {
            JsError::Utf8(_) => Refusal::No(format!("`{}` holds half of a character, which has no JSON.", cut(place))),
            other => Refusal::Threw(other),
        };
        let text = text.to_string().map_err(broken)?;
        self.take(text.len() + 2)?;
        Ok(text)
    }

    fn list(&mut self, list: &Array<'js>, place: &str, depth: usize) -> Result<Value, Refusal> {
        self.take(2)?;
        // Up to 2^32 - 1, most of them holes.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length is whole and not negative")]
        let length = list.as_object().get::<_, f64>("length")? as usize;
        if length > self.left {
            return Err(self.too_large());
        }
        let mut out = Vec::new();
        for index in 0..length {
            self.take(1)?;
            let item: Js<'js> = list.get(index)?;
            out.push(self.read(&item, &format!("{place}[{index}]"), depth + 1)?);
        }
        Ok(Value::Array(out))
    }

    fn object(&mut self, object: &Object<'js>, place: &str, depth: usize) -> Result<Value, Refusal> {
        let as_json: Js<'js> = object.get("toJSON")?;
        if let Some(convert) = as_json.as_function() {
            let converted: Js<'js> = convert.call((This(object.clone()),))?;
            return self.read(&converted, place, depth + 1);
        }
        if let Some(name) = self.oddity.call::<_, Option<String>>((object.clone(),))? {
            return Err(Refusal::No(format!("`{}` is {name}.", cut(place))));
        }
        self.take(2)?;
        let mut out = Map::new();
        for key in object.keys::<JsString<'js>>() {
            let name = self.text(&key?, place)?;
            self.take(2)?;
            let inner = format!("{place}.{name}");
            let value: Js<'js> = object.get(name.as_str())?;
            let value = self.read(&value, &inner, depth + 1)?;
            out.insert(name, value);
        }
        Ok(Value::Object(out))
    }

    fn take(&mut self, bytes: usize) -> Result<(), Refusal> {
        let Some(left) = self.left.checked_sub(bytes) else { return Err(self.too_large()) };
        self.left = left;
        if Instant::now() >= self.deadline { Err(Refusal::Late) } else { Ok(()) }
    }

    pub(crate) fn too_large(&self) -> Refusal {
        let limit = self.limit;
        let shown = if limit >= 1024 * 1024 { format!("{} MB", limit / (1024 * 1024)) } else { format!("{limit} bytes") };
        Refusal::No(format!("The code returned more than {shown} of JSON. Return less."))
    }
}

/// JavaScript has one kind of number: what is whole, and exact, is an integer again.
fn number(float: f64) -> Value {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "2^53 and everything below is exact")]
    if float.fract() == 0.0 && float.abs() <= EXACT as f64 {
        return Value::from(float as i64);
    }
    Number::from_f64(float).map_or(Value::Null, Value::Number)
}

/// Places may be as long as their keys are.
fn cut(place: &str) -> String {
    if place.chars().count() <= 120 { place.to_owned() } else { place.chars().take(119).chain(['…']).collect() }
}
