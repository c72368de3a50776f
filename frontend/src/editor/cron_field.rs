//! A schedule in five fields: common ones to choose from, or one's own.

use leptos::prelude::*;

use crate::{
    text::editor as t,
    ui::{Choice, Select},
};

#[component]
pub fn CronField(#[prop(into)] value: Signal<String>, #[prop(into)] on_change: Callback<String>) -> impl IntoView {
    let preset = Signal::derive(move || {
        let cron = value.get();
        if t::CRON_PRESETS.iter().any(|(preset, _)| *preset == cron) { cron } else { String::new() }
    });
    let presets = std::iter::once(Choice::new("", t::CRON_OWN))
        .chain(t::CRON_PRESETS.iter().map(|(cron, words)| Choice::new(*cron, *words)))
        .collect::<Vec<_>>();
    view! {
        <Select
            value=preset
            on_change=move |new: String| if !new.is_empty() { on_change.run(new) }
            choices=Signal::stored(presets)
            label=t::WHEN
        />
        <input
            class="input mono"
            aria-label=t::CRON
            prop:value=value
            spellcheck="false"
            autocomplete="off"
            on:input=move |event| on_change.run(event_target_value(&event))
        />
        <p class="ed-hint">{t::CRON_HINT}</p>
    }
}
