//! How often a list is looked at, and what of it counts.

use leptos::prelude::*;
use manifest::Poll;
use model::{
    definition::{AppTrigger, TriggerKind},
    ids::TriggerId,
};

use crate::{
    editor::{parts::Toggle, problems::FieldProblems, span::SpanInput, state::use_editor},
    text::editor as t,
};

/// The longest pause between two looks, in seconds.
const A_DAY_S: u64 = 24 * 3600;

#[component]
pub fn Polling(id: TriggerId, poll: &'static Poll) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let of = move |read: fn(&AppTrigger) -> (Option<u64>, bool)| match editor.trigger(&id.get_value()).map(|trigger| trigger.kind)
    {
        Some(TriggerKind::App(app)) => read(&app),
        _ => (None, false),
    };
    let app = Memo::new(move |_| of(|app| (app.every_s, app.history)));
    let change = move |key: &str, edit: &dyn Fn(&mut AppTrigger)| {
        editor.update_trigger(&id.get_value(), key, |trigger| {
            if let TriggerKind::App(app) = &mut trigger.kind {
                edit(app);
            }
        });
    };
    let usual = poll.every_s;
    let every_ms = Signal::derive(move || app.get().0.unwrap_or(usual) * 1_000);
    let put = move |ms: u64| {
        let wanted = (ms / 1_000).clamp(usual.min(A_DAY_S), A_DAY_S);
        change("every", &|app| app.every_s = (wanted != usual).then_some(wanted));
    };
    let history = Signal::derive(move || app.get().1);
    view! {
        <div class="ed-field" data-field="every_s">
            <div class="ed-label"><span>{t::LOOKS}</span></div>
            <div class="sentence">
                <span>{t::LOOKS_EVERY}</span>
                <SpanInput label=t::LOOKS ms=every_ms on_change=put/>
            </div>
            <FieldProblems at="every_s"/>
            <p class="ed-hint">{t::looks_hint(usual)}</p>
        </div>
        <Toggle label=t::ALSO_EXISTING on=history on_change=move |on| change("history", &|app| app.history = on) about=t::ALSO_EXISTING_HINT/>
    }
}
