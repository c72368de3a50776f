//! JSON -> JavaScript. Every key becomes an own property, whatever its name; integers beyond 2^53 become BigInt.

use rquickjs::object::Property;
use rquickjs::{Array, BigInt, Ctx, IntoJs, Object, Result, Value as Js};
use serde_json::{Number, Value};

/// Up to here a JavaScript number holds every integer.
pub(crate) const EXACT: u64 = 1 << 53;

pub(crate) fn value<'js>(ctx: &Ctx<'js>, value_: &Value) -> Result<Js<'js>> {
    match value_ {
        Value::Null => Ok(Js::new_null(ctx.clone())),
        Value::Bool(flag) => Ok(Js::new_bool(ctx.clone(), *flag)),
        Value::Number(number_) => number(ctx, number_),
        Value::String(text) => text.as_str().into_js(ctx),
        Value::Array(items) => {
            let list = Array::new(ctx.clone())?;
            for (index, item) in items.iter().enumerate() {
                list.set(index, value(ctx, item)?)?;
            }
            Ok(list.into_value())
        }
        Value::Object(entries) => {
            let object = Object::new(ctx.clone())?;
            for (key, entry) in entries {
                let entry = value(ctx, entry)?;
                // Assigning to this one name would change what the object inherits.
                if key == "__proto__" {
                    object.prop(key.as_str(), Property::from(entry).writable().enumerable().configurable())?;
                } else {
                    object.set(key.as_str(), entry)?;
                }
            }
            Ok(object.into_value())
        }
    }
}

fn number<'js>(ctx: &Ctx<'js>, number: &Number) -> Result<Js<'js>> {
    if let Some(int) = number.as_i64() {
        if int.unsigned_abs() > EXACT {
            return BigInt::from_i64(ctx.clone(), int)?.into_js(ctx);
        }
        return int.into_js(ctx);
    }
    if let Some(int) = number.as_u64() {
        return BigInt::from_u64(ctx.clone(), int)?.into_js(ctx);
    }
    number.as_f64().unwrap_or_default().into_js(ctx)
}
