//! Which events start a run: duplicates and the trigger's filter.

use leptos::prelude::*;
use model::{Condition, Mapped, definition::Dedupe, ids::TriggerId};

use crate::{
    editor::{
        condition::ConditionField, mapping::MappedField, problems::FieldProblems, span::SpanInput, state::use_editor,
        steps::fresh::empty_test,
    },
    text::editor as t,
    ui::Switch,
};

const WEEK_MS: u64 = 7 * 24 * 3_600_000;

#[component]
pub fn Gate(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let trigger = Memo::new(move |_| editor.trigger(&id.get_value()));
    let dedupe = Memo::new(move |_| trigger.get().and_then(|trigger| trigger.dedupe));
    let filter = Memo::new(move |_| trigger.get().and_then(|trigger| trigger.filter));
    let set_dedupe = move |new: Option<Dedupe>| editor.update_trigger(&id.get_value(), "dedupe", |trigger| trigger.dedupe = new);
    let set_filter =
        move |new: Option<Condition>| editor.update_trigger(&id.get_value(), "filter", |trigger| trigger.filter = new);
    let key = Signal::derive(move || dedupe.get().map_or(Mapped::Omit, |dedupe| dedupe.key));
    let window = Signal::derive(move || dedupe.get().and_then(|dedupe| dedupe.window_ms).unwrap_or(WEEK_MS));
    let condition = Signal::derive(move || filter.get().unwrap_or(Condition::All(Vec::new())));
    let (has_dedupe, has_filter) =
        (Memo::new(move |_| dedupe.with(Option::is_some)), Memo::new(move |_| filter.with(Option::is_some)));
    view! {
        <div class="ed-field ed-switch">
            <div class="ed-switch-row">
                <span class="ed-label">{t::DEDUPE}</span>
                <Switch on=has_dedupe label=t::DEDUPE.to_owned() on_change=move |on: bool| set_dedupe(on.then(|| Dedupe { key: Mapped::text(""), window_ms: None }))/>
            </div>
            <p class="ed-hint">{t::DEDUPE_HINT}</p>
            <Show when=move || has_dedupe.get()>
                <MappedField
                    label=t::DEDUPE_KEY.to_owned()
                    value=key
                    on_change=move |key: Mapped| set_dedupe(dedupe.get_untracked().map(|dedupe| Dedupe { key, ..dedupe }))
                    placeholder=t::DEDUPE_KEY_EXAMPLE
                    at="dedupe"
                />
                <div class="sentence">
                    <span>{t::DEDUPE_WINDOW}</span>
                    <SpanInput
                        label=t::DEDUPE_WINDOW
                        ms=window
                        on_change=move |ms| set_dedupe(dedupe.get_untracked().map(|dedupe| Dedupe { window_ms: Some(ms), ..dedupe }))
                    />
                </div>
            </Show>
        </div>
        <div class="ed-field ed-switch">
            <div class="ed-switch-row">
                <span class="ed-label">{t::TRIGGER_FILTER}</span>
                <Switch on=has_filter label=t::TRIGGER_FILTER.to_owned() on_change=move |on: bool| set_filter(on.then(|| Condition::All(vec![empty_test()])))/>
            </div>
            <p class="ed-hint">{t::TRIGGER_FILTER_HINT}</p>
            <Show when=move || has_filter.get()>
                <ConditionField value=condition on_change=move |new: Condition| set_filter(Some(new))/>
                <FieldProblems at="filter"/>
            </Show>
        </div>
    }
}
