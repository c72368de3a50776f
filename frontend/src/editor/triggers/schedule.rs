use js_sys::{Date, Reflect};
use leptos::prelude::*;
use model::{
    definition::{LatePolicy, ScheduleTrigger, TriggerKind},
    ids::TriggerId,
};
use wasm_bindgen::JsValue;

use super::gate::Gate;
use crate::{
    editor::{
        cron::{self, Cron},
        cron_field::CronField,
        fields::dates::wall_at,
        problems::FieldProblems,
        state::use_editor,
    },
    moment::browser_zone,
    text::editor as t,
    ui::{Choice, Segmented, Select},
};

#[component]
pub fn ScheduleForm(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let schedule = Memo::new(move |_| match editor.trigger(&id.get_value()).map(|trigger| trigger.kind) {
        Some(TriggerKind::Schedule(schedule)) => schedule,
        _ => ScheduleTrigger { cron: String::new(), time_zone: None, late: LatePolicy::default() },
    });
    let change = move |key: &str, edit: &dyn Fn(&mut ScheduleTrigger)| {
        editor.update_trigger(&id.get_value(), key, |trigger| {
            if let TriggerKind::Schedule(schedule) = &mut trigger.kind {
                edit(schedule);
            }
        });
    };
    let cron = Signal::derive(move || schedule.with(|schedule| schedule.cron.clone()));
    let default_zone = Memo::new(move |_| editor.def.with(|def| def.settings.time_zone.clone()));
    let zone = Memo::new(move |_| schedule.with(|schedule| schedule.time_zone.clone()).unwrap_or_else(|| default_zone.get()));
    let zones = Signal::derive(move || {
        let mut names = zone_names();
        let now = zone.get();
        if !names.contains(&now) {
            names.insert(0, now);
        }
        names.into_iter().map(|name| Choice::new(name.clone(), name.replace('_', " "))).collect::<Vec<_>>()
    });
    let late = Memo::new(move |_| schedule.with(|schedule| schedule.late));
    let next = Memo::new(move |_| {
        let from = wall_at(&zone.get(), Date::now())?;
        Some(Cron::parse(&cron.get())?.next(from, 3))
    });
    let mine = browser_zone();
    view! {
        <div class="ed-field" data-field="cron">
            <div class="ed-label"><span>{t::WHEN}</span></div>
            <CronField value=cron on_change=move |new: String| change("cron", &|schedule| schedule.cron = new.clone())/>

            <FieldProblems at="cron"/>
        </div>
        <div class="schedule-next" data-testid="schedule-next">
            <b>{move || cron::words(&cron.get())}</b>
            {move || next.get().map(|times| view! {
                <ol>{times.into_iter().map(|at| view! { <li>{t::wall_time(cron::weekday(at.year, at.month, at.day), at.day, at.month, at.year, at.hour, at.minute)}</li> }).collect_view()}</ol>
            })}
        </div>
        <div class="ed-field">
            <div class="ed-label">
                <span>{t::TIME_ZONE}</span>
                {mine.filter(|mine| *mine != zone.get_untracked()).map(|mine| {
                    let wanted = mine.clone();
                    view! { <button type="button" class="link" on:click=move |_| change("zone", &|schedule| schedule.time_zone = Some(wanted.clone()))>{t::use_zone(&mine)}</button> }
                })}
            </div>
            <Select value=zone on_change=move |new: String| change("zone", &|schedule| schedule.time_zone = Some(new.clone())) choices=zones label=t::TIME_ZONE/>
        </div>
        <div class="ed-field">
            <div class="ed-label"><span>{t::LATE}</span></div>
            <Segmented
                tabs=vec![(LatePolicy::RunOnce, t::LATE_ONCE.to_owned()), (LatePolicy::Skip, t::LATE_SKIP.to_owned())]
                selected=late
                on_select=move |late| change("late", &|schedule| schedule.late = late)
                label=t::LATE
            />
            <p class="ed-hint">{t::LATE_HINT}</p>
        </div>
        <details class="fold">
            <summary>{t::MORE_SETTINGS}</summary>
            <Gate id=id.get_value()/>
        </details>
    }
}

/// Every time zone the browser knows.
pub fn zone_names() -> Vec<String> {
    let intl = Reflect::get(&js_sys::global(), &JsValue::from_str("Intl"));
    let list = intl.and_then(|intl| {
        let ask: js_sys::Function = Reflect::get(&intl, &JsValue::from_str("supportedValuesOf"))?.into();
        ask.call1(&intl, &JsValue::from_str("timeZone"))
    });
    let mut names: Vec<String> =
        list.map(|list| js_sys::Array::from(&list).iter().filter_map(|name| name.as_string()).collect()).unwrap_or_default();
    if !names.iter().any(|name| name == "UTC") {
        names.insert(0, "UTC".into());
    }
    names
}
