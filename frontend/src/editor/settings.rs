//! What holds for the whole workflow.

mod expected;
mod kept;
mod masked;
mod order;
mod suggested;

use leptos::prelude::*;
use model::definition::{EditOp, PausedEvents, Settings};

use super::{
    parts::{Count, Toggle},
    span::SpanInput,
    state::{Editor, use_editor},
    triggers::zone_names,
};
use crate::{
    text::editor as t,
    ui::{Choice, Dialog, Field, Segmented, Select},
};

/// A run that takes longer than this unless somebody chooses otherwise, in milliseconds.
const AN_HOUR: u64 = 3_600_000;
/// Of the limits that are switched on, until somebody chooses otherwise.
const A_MINUTE: u32 = 60;
const BACKLOG: u32 = 1_000;

/// The settings while they are edited.
#[derive(Clone, Copy)]
struct Form {
    editor: Editor,
    now: Memo<Settings>,
}

impl Form {
    fn change(self, key: &str, edit: &dyn Fn(&mut Settings)) {
        let mut now = self.now.get_untracked();
        edit(&mut now);
        if now != self.now.get_untracked() {
            self.editor.edit_merged(EditOp::Settings { settings: now }, Some(&format!("settings/{key}")));
        }
    }

    /// A part of them, followed.
    fn part<T: Send + Sync + 'static>(self, part: impl Fn(&Settings) -> T + Send + Sync + 'static) -> Signal<T> {
        Signal::derive(move || self.now.with(&part))
    }
}

#[component]
pub fn SettingsDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title=t::SETTINGS.to_owned()>
            <Sections/>
        </Dialog>
    }
}

#[component]
fn Sections() -> impl IntoView {
    let editor = use_editor();
    let form = Form { editor, now: Memo::new(move |_| editor.def.with(|def| def.settings.clone())) };
    let zone = form.part(|settings| settings.time_zone.clone());
    let zones = Signal::derive(move || {
        let mut names = zone_names();
        let now = zone.get();
        if !names.contains(&now) {
            names.insert(0, now);
        }
        names.into_iter().map(|name| Choice::new(name.clone(), name.replace('_', " "))).collect::<Vec<_>>()
    });
    view! {
        <fieldset class="bare dialog-form" disabled=move || !editor.may_edit.get()>
            <Field label=t::TIME_ZONE hint=Some(t::TIME_ZONE_HINT.to_owned())>
                <Select value=zone on_change=move |new: String| form.change("zone", &|settings| settings.time_zone.clone_from(&new)) choices=zones/>
            </Field>
            <Runs form/>
            <order::Order form/>
            <expected::Expected form/>
            <kept::Kept form/>
            <masked::Masked form/>
        </fieldset>
    }
}

/// When runs begin, how many at once, and how long they may take.
#[component]
fn Runs(form: Form) -> impl IntoView {
    let paused = form.part(|settings| settings.paused_events);
    let limited = form.part(|settings| settings.concurrency.is_some());
    let limit = form.part(|settings| u64::from(settings.concurrency.unwrap_or(1)));
    let paced = form.part(|settings| settings.max_per_minute.is_some());
    let pace = form.part(|settings| u64::from(settings.max_per_minute.unwrap_or(A_MINUTE)));
    let backed = form.part(|settings| settings.backlog_limit.is_some());
    let backlog = form.part(|settings| u64::from(settings.backlog_limit.unwrap_or(BACKLOG)));
    let timed = form.part(|settings| settings.run_timeout_ms.is_some());
    let longest = form.part(|settings| settings.run_timeout_ms.unwrap_or(AN_HOUR));
    let priority = form.part(|settings| settings.priority.to_string());
    let priorities = Signal::derive(move || {
        let mut choices: Vec<Choice> = t::PRIORITIES.iter().map(|(n, label)| Choice::new(n.to_string(), *label)).collect();
        let now = priority.get();
        // A number that an import brought.
        if !choices.iter().any(|choice| choice.value == now) {
            choices.push(Choice::new(now.clone(), now));
        }
        choices
    });
    let narrow = |n: u64| u32::try_from(n).ok();
    view! {
        <section class="sentences" aria-label=t::RUNS_SECTION>
            <h3>{t::RUNS_SECTION}</h3>
            <div class="ed-field">
                <div class="ed-label"><span>{t::WHILE_PAUSED}</span></div>
                <Segmented
                    tabs=vec![(PausedEvents::Hold, t::HOLD_EVENTS.to_owned()), (PausedEvents::Refuse, t::REFUSE_EVENTS.to_owned())]
                    selected=paused
                    on_select=move |new| form.change("paused", &|settings| settings.paused_events = new)
                    label=t::WHILE_PAUSED
                />
                <p class="ed-hint">{move || if paused.get() == PausedEvents::Hold { t::HOLD_EVENTS_ABOUT } else { t::REFUSE_EVENTS_ABOUT }}</p>
            </div>
            <Toggle label=t::LIMIT_RUNS on=limited on_change=move |on: bool| form.change("concurrency", &|settings| settings.concurrency = on.then_some(1))>
                <div class="sentence">
                    <span>{t::AT_MOST}</span>
                    <Count label=t::LIMIT_RUNS value=limit on_change=move |n| form.change("concurrency", &|settings| settings.concurrency = narrow(n)) most=10_000/>
                    <span>{t::RUNS_AT_ONCE}</span>
                </div>
            </Toggle>
            <Toggle label=t::LIMIT_RATE on=paced on_change=move |on: bool| form.change("pace", &|settings| settings.max_per_minute = on.then_some(A_MINUTE))>
                <div class="sentence">
                    <span>{t::AT_MOST}</span>
                    <Count label=t::LIMIT_RATE value=pace on_change=move |n| form.change("pace", &|settings| settings.max_per_minute = narrow(n)) most=100_000/>
                    <span>{t::A_MINUTE}</span>
                </div>
            </Toggle>
            <Toggle label=t::LIMIT_BACKLOG about=t::BACKLOG_HINT on=backed on_change=move |on: bool| form.change("backlog", &|settings| settings.backlog_limit = on.then_some(BACKLOG))>
                <div class="sentence">
                    <span>{t::AT_MOST}</span>
                    <Count label=t::LIMIT_BACKLOG value=backlog on_change=move |n| form.change("backlog", &|settings| settings.backlog_limit = narrow(n)) most=10_000_000/>
                    <span>{t::BACKLOG_THEN}</span>
                </div>
            </Toggle>
            <Toggle label=t::LIMIT_TIME on=timed on_change=move |on: bool| form.change("timeout", &|settings| settings.run_timeout_ms = on.then_some(AN_HOUR))>
                <div class="sentence">
                    <span>{t::ENDED_AFTER}</span>
                    <SpanInput label=t::LIMIT_TIME ms=longest on_change=move |ms| form.change("timeout", &|settings| settings.run_timeout_ms = Some(ms))/>
                </div>
            </Toggle>
            <div class="ed-field">
                <div class="ed-label"><span>{t::PRIORITY}</span></div>
                <Select
                    value=priority
                    on_change=move |new: String| {
                        if let Ok(n) = new.parse::<i8>() {
                            form.change("priority", &|settings| settings.priority = n);
                        }
                    }
                    choices=priorities
                    label=t::PRIORITY
                />
                <p class="ed-hint">{t::PRIORITY_HINT}</p>
            </div>
        </section>
    }
}
