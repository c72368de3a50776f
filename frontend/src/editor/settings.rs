//! What holds for the whole workflow.

use leptos::prelude::*;
use model::definition::{EditOp, PausedEvents, Settings};

use super::{span::SpanInput, state::use_editor, triggers::zone_names};
use crate::{
    text::editor as t,
    ui::{Choice, Dialog, Field, Segmented, Select, Switch},
};

/// A run that takes longer than this unless somebody chooses otherwise, in milliseconds.
const AN_HOUR: u64 = 3_600_000;

#[component]
pub fn SettingsDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title=t::SETTINGS.to_owned()>
            <Form/>
        </Dialog>
    }
}

#[component]
fn Form() -> impl IntoView {
    let editor = use_editor();
    let settings = Memo::new(move |_| editor.def.with(|def| def.settings.clone()));
    let change = move |key: &str, edit: &dyn Fn(&mut Settings)| {
        let mut now = settings.get_untracked();
        edit(&mut now);
        editor.edit_merged(EditOp::Settings { settings: now }, Some(&format!("settings/{key}")));
    };
    let zone = Signal::derive(move || settings.with(|settings| settings.time_zone.clone()));
    let zones = Signal::derive(move || {
        let mut names = zone_names();
        let now = zone.get();
        if !names.contains(&now) {
            names.insert(0, now);
        }
        names.into_iter().map(|name| Choice::new(name.clone(), name.replace('_', " "))).collect::<Vec<_>>()
    });
    let paused = Memo::new(move |_| settings.with(|settings| settings.paused_events));
    let limited = Memo::new(move |_| settings.with(|settings| settings.concurrency.is_some()));
    let limit = Signal::derive(move || settings.with(|settings| settings.concurrency.unwrap_or(1).to_string()));
    let timed = Memo::new(move |_| settings.with(|settings| settings.run_timeout_ms.is_some()));
    let longest = Signal::derive(move || settings.with(|settings| settings.run_timeout_ms.unwrap_or(AN_HOUR)));
    let type_limit = move |event| {
        if let Ok(n) = event_target_value(&event).trim().parse::<u32>() {
            change("concurrency", &|settings| settings.concurrency = Some(n.max(1)));
        }
    };
    view! {
        <div class="dialog-form">
            <Field label=t::TIME_ZONE hint=Some(t::TIME_ZONE_HINT.to_owned())>
                <Select value=zone on_change=move |new: String| change("zone", &|settings| settings.time_zone = new.clone()) choices=zones/>
            </Field>
            <div class="ed-field">
                <div class="ed-label"><span>{t::WHILE_PAUSED}</span></div>
                <Segmented
                    tabs=vec![(PausedEvents::Hold, t::HOLD_EVENTS.to_owned()), (PausedEvents::Refuse, t::REFUSE_EVENTS.to_owned())]
                    selected=paused
                    on_select=move |new| change("paused", &|settings| settings.paused_events = new)
                    label=t::WHILE_PAUSED
                />
                <p class="ed-hint">{move || if paused.get() == PausedEvents::Hold { t::HOLD_EVENTS_ABOUT } else { t::REFUSE_EVENTS_ABOUT }}</p>
            </div>
            <div class="ed-field ed-switch">
                <div class="ed-switch-row">
                    <span class="ed-label">{t::LIMIT_RUNS}</span>
                    <Switch on=limited label=t::LIMIT_RUNS.to_owned() on_change=move |on: bool| change("concurrency", &|settings| settings.concurrency = on.then_some(1))/>
                </div>
                <Show when=move || limited.get()>
                    <div class="sentence">
                        <span>{t::AT_MOST}</span>
                        <input class="input tiny" type="number" min="1" aria-label=t::LIMIT_RUNS prop:value=limit on:input=type_limit/>
                        <span>{t::RUNS_AT_ONCE}</span>
                    </div>
                </Show>
            </div>
            <div class="ed-field ed-switch">
                <div class="ed-switch-row">
                    <span class="ed-label">{t::LIMIT_TIME}</span>
                    <Switch on=timed label=t::LIMIT_TIME.to_owned() on_change=move |on: bool| change("timeout", &|settings| settings.run_timeout_ms = on.then_some(AN_HOUR))/>
                </div>
                <Show when=move || timed.get()>
                    <div class="sentence">
                        <span>{t::ENDED_AFTER}</span>
                        <SpanInput label=t::LIMIT_TIME ms=longest on_change=move |ms| change("timeout", &|settings| settings.run_timeout_ms = Some(ms))/>
                    </div>
                </Show>
            </div>
        </div>
    }
}
