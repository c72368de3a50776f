//! Dates and moments: picked in a calendar, or taken from the data. A moment is kept with its offset, so that it means the same
//! everywhere.

use js_sys::{Date, Reflect};
use leptos::prelude::*;
use model::Mapped;
use wasm_bindgen::JsValue;

use super::loaded::fixed;
use crate::{
    editor::{cron::Wall, mapping::MappedField, problems::FieldProblems, state::use_editor, triggers::zone_names},
    text::editor as t,
    ui::{Choice, Select},
};

const MINUTE_MS: f64 = 60_000.0;

/// The wall time in a zone at a moment, in milliseconds since 1970; none for a zone the browser does not know.
pub fn wall_at(zone: &str, ms: f64) -> Option<Wall> {
    let options = js_sys::Object::new();
    for (key, value) in [
        ("timeZone", zone),
        ("hourCycle", "h23"),
        ("year", "numeric"),
        ("month", "2-digit"),
        ("day", "2-digit"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
    ] {
        Reflect::set(&options, &JsValue::from_str(key), &JsValue::from_str(value)).ok()?;
    }
    // Swedish writes dates as ISO 8601 does: 2026-01-31 09:05. An unknown zone throws.
    let date = Date::new(&JsValue::from_f64(ms));
    let print: js_sys::Function = Reflect::get(&date, &JsValue::from_str("toLocaleString")).ok()?.into();
    let text = print.call2(&date, &JsValue::from_str("sv-SE"), &options).ok()?.as_string()?;
    read_wall(&text)
}

/// `2026-01-31T09:05` or the same with a blank.
fn read_wall(text: &str) -> Option<Wall> {
    let numbers: Vec<u32> = text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
    let [year, month, day, hour, minute, ..] = numbers.as_slice() else { return None };
    Some(Wall { year: i32::try_from(*year).ok()?, month: *month, day: *day, hour: *hour, minute: *minute })
}

fn as_utc(wall: &Wall) -> f64 {
    let year = u32::try_from(wall.year).unwrap_or(1970);
    Date::utc(f64::from(year), f64::from(wall.month) - 1.0)
        + f64::from(wall.day - 1) * 86_400_000.0
        + f64::from(wall.hour) * 60.0 * MINUTE_MS
        + f64::from(wall.minute) * MINUTE_MS
}

/// Minutes that a zone is ahead of UTC at a wall time. Where the clock is put forward the time does not exist: the offset after it
/// counts.
fn offset(zone: &str, wall: &Wall) -> Option<f64> {
    let wanted = as_utc(wall);
    let ahead = |at: f64| wall_at(zone, at).map(|there| as_utc(&there) - at);
    let first = ahead(wanted)?;
    let second = ahead(wanted - first)?;
    Some(second / MINUTE_MS)
}

/// `2026-03-31T09:00:00+02:00`
fn moment(wall: &Wall, offset_minutes: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "an offset is below a day")]
    let minutes = offset_minutes.round() as i32;
    let (sign, minutes) = (if minutes < 0 { '-' } else { '+' }, minutes.abs());
    let Wall { year, month, day, hour, minute } = wall;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Whether a calendar can show this text.
fn is_date(text: &str, with_time: bool) -> bool {
    if text.is_empty() {
        return true;
    }
    if with_time { text.contains('T') && !Date::parse(text).is_nan() } else { text.len() == 10 && is_day(text) }
}

fn is_day(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut next =
        |length: usize| parts.next().is_some_and(|part| part.len() == length && part.bytes().all(|b| b.is_ascii_digit()));
    next(4) && next(2) && next(2) && parts.next().is_none()
}

#[component]
pub fn DateField(
    label: String,
    value: Signal<Option<Mapped>>,
    on_change: Callback<Option<Mapped>>,
    at: String,
    hint: String,
    required: bool,
    /// A moment, with a time zone; otherwise a day.
    with_time: bool,
    has_data: bool,
) -> impl IntoView {
    let editor = use_editor();
    let text = Memo::new(move |_| value.with(|value| fixed(value.as_ref())));
    // What a calendar cannot show (data, or words) is shown as text.
    let as_text = RwSignal::new(text.with_untracked(|text| !text.as_ref().is_some_and(|text| is_date(text, with_time))));
    let zone = RwSignal::new(editor.def.with_untracked(|def| def.settings.time_zone.clone()));
    let zones = Signal::derive(move || {
        let mut names = zone_names();
        let now = zone.get();
        if !names.contains(&now) {
            names.insert(0, now);
        }
        names.into_iter().map(|name| Choice::new(name.clone(), name.replace('_', " "))).collect::<Vec<_>>()
    });
    let local = Memo::new(move |_| {
        let text = text.get().unwrap_or_default();
        if !with_time || text.is_empty() {
            return text;
        }
        let wall = wall_at(&zone.get(), Date::parse(&text));
        wall.map(|Wall { year, month, day, hour, minute }| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}"))
            .unwrap_or_default()
    });
    let keep = move |typed: &str, zone: &str| {
        if !with_time || typed.is_empty() {
            on_change.run((!typed.is_empty()).then(|| Mapped::text(typed)));
        } else if let Some(wall) = read_wall(typed)
            && let Some(offset) = offset(zone, &wall)
        {
            on_change.run(Some(Mapped::text(moment(&wall, offset))));
        }
    };
    // The time on the clock stays, in another place.
    let move_zone = move |new: String| {
        let shown = local.get_untracked();
        zone.set(new.clone());
        keep(&shown, &new);
    };
    let switch = move |_| {
        let to_text = !as_text.get_untracked();
        if !to_text && text.with_untracked(|text| !text.as_ref().is_some_and(|text| is_date(text, with_time))) {
            on_change.run(None);
        }
        as_text.set(to_text);
    };
    let mapped = Signal::derive(move || value.get().unwrap_or(Mapped::text("")));
    let put = Callback::new(move |new: Mapped| on_change.run(super::value::non_empty(new)));
    let (name, problems) = (StoredValue::new(label.clone()), at.clone());
    let example = if with_time { t::MOMENT_EXAMPLE } else { t::DATE_EXAMPLE };
    view! {
        <div class="ed-field" data-field=at>
            <div class="ed-label">
                <span>{label}{required.then(|| view! { " " <i>{t::REQUIRED}</i> })}</span>
                {has_data.then(|| view! {
                    <button type="button" class="link" on:click=switch>
                        {move || if as_text.get() { t::PICK_A_DATE } else { t::USE_DATA_INSTEAD }}
                    </button>
                })}
            </div>
            {move || if as_text.get() && has_data {
                view! { <MappedField label=name.get_value() value=mapped on_change=put bare=true placeholder=example/> }.into_any()
            } else {
                view! {
                    <div class="date-row">
                        <input
                            class="input"
                            type=if with_time { "datetime-local" } else { "date" }
                            aria-label=name.get_value()
                            prop:value=local
                            on:change=move |event| keep(&event_target_value(&event), &zone.get_untracked())
                        />
                        {with_time.then(|| view! { <Select value=zone on_change=move_zone choices=zones label=t::TIME_ZONE/> })}
                    </div>
                }.into_any()
            }}
            <FieldProblems at=problems/>
            {(!hint.is_empty()).then(|| view! { <p class="ed-hint">{hint}</p> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_with_their_offset() {
        let wall = read_wall("2026-03-31T09:05").unwrap();
        assert_eq!(moment(&wall, 120.0), "2026-03-31T09:05:00+02:00");
        assert_eq!(moment(&wall, -210.0), "2026-03-31T09:05:00-03:30");
        assert_eq!(moment(&wall, 0.0), "2026-03-31T09:05:00+00:00");
        assert!(read_wall("soon").is_none());
    }

    #[test]
    fn days_are_told_from_words() {
        for (text, fits) in [("", true), ("2026-03-31", true), ("31.03.2026", false), ("tomorrow!!", false), ("2026-3-31", false)]
        {
            assert_eq!(is_date(text, false), fits, "{text}");
        }
    }
}
