//! The time of day in views: a clock that ticks while the page is seen, and texts for moments and spans.

use std::time::Duration;

use js_sys::{Array, Date, Intl, Object, Reflect};
use leptos::prelude::*;
use model::Timestamp;
use wasm_bindgen::{JsCast, JsValue};

use crate::text;

/// Ticks once a second while the page is visible.
#[derive(Clone, Copy)]
struct Clock(RwSignal<Timestamp>);

/// The browser's time, read once.
pub fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
    Timestamp(Date::now() as i64)
}

pub fn provide_clock() {
    let clock = Clock(RwSignal::new(now()));
    set_interval(
        move || {
            if !document().hidden() {
                clock.0.set(now());
            }
        },
        Duration::from_secs(1),
    );
    provide_context(clock);
}

/// The browser's time; a view that reads it follows it.
pub fn use_now() -> Signal<Timestamp> {
    expect_context::<Clock>().0.into()
}

/// How a moment is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// 14:05:32
    Time,
    /// 14:05 today, 30 Jan 14:05 otherwise
    Short,
    /// Friday, 30 January 2026 at 14:05:32 GMT+1
    Full,
}

/// A moment in the words of the browser's locale.
pub fn absolute(at: Timestamp, style: Style) -> String {
    let same_day = |a: &Date, b: &Date| {
        a.get_date() == b.get_date() && a.get_month() == b.get_month() && a.get_full_year() == b.get_full_year()
    };
    let date = date_of(at);
    let today = date_of(now());
    let options: &[(&str, &str)] = match style {
        Style::Time => &[("timeStyle", "medium")],
        Style::Short if same_day(&date, &today) => &[("timeStyle", "short")],
        Style::Short if date.get_full_year() == today.get_full_year() => {
            &[("day", "numeric"), ("month", "short"), ("hour", "numeric"), ("minute", "2-digit")]
        }
        Style::Short => &[("day", "numeric"), ("month", "short"), ("year", "numeric")],
        Style::Full => &[("dateStyle", "full"), ("timeStyle", "long")],
    };
    let format = Intl::DateTimeFormat::new(&Array::new(), &object(options)).format();
    format.call1(&JsValue::UNDEFINED, &date).ok().and_then(|text| text.as_string()).unwrap_or_else(|| at.rfc3339())
}

fn date_of(at: Timestamp) -> Date {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
    Date::new(&JsValue::from_f64(at.ms() as f64))
}

fn object(fields: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for (key, value) in fields {
        let _ = Reflect::set(&object, &JsValue::from_str(key), &JsValue::from_str(value));
    }
    object
}

/// A whole number with the locale's separators.
pub fn number(n: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown, not counted with")]
    let value = JsValue::from_f64(n as f64);
    let format: js_sys::Function = Intl::NumberFormat::new(&Array::new(), &Object::new()).format().unchecked_into();
    format.call1(&JsValue::UNDEFINED, &value).ok().and_then(|text| text.as_string()).unwrap_or_else(|| n.to_string())
}

/// The browser's own time zone, e.g. `Europe/Berlin`.
pub fn browser_zone() -> Option<String> {
    let options = Intl::DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
    Reflect::get(&options, &JsValue::from_str("timeZone")).ok()?.as_string()
}

/// "2 min ago", "in 4 min": follows the clock.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    if at > now.plus_ms(1_500) { text::time::ahead(at.since(now)) } else { text::time::ago(now.since(at)) }
}
