use leptos::{ev, prelude::*};
use model::{
    Condition,
    ids::StepId,
    step::{RepeatUntil, StepKind},
};

use crate::{
    editor::{condition::ConditionField, problems::FieldProblems, span::SpanInput, state::use_editor},
    text::editor as t,
};

#[component]
pub fn RepeatForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let repeat = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::RepeatUntil(repeat)) => Some(repeat),
        _ => None,
    });
    let id = StoredValue::new(id);
    let change = move |key: &str, edit: &dyn Fn(&mut RepeatUntil)| {
        editor.update_kind(&id.get_value(), key, |kind| {
            if let StepKind::RepeatUntil(repeat) = kind {
                edit(repeat);
            }
        });
    };
    let until = Signal::derive(move || repeat.get().map_or(Condition::All(Vec::new()), |repeat| repeat.until));
    let most = Signal::derive(move || repeat.get().map_or(1, |repeat| repeat.max).to_string());
    let pause = Signal::derive(move || repeat.get().map_or(0, |repeat| repeat.pause_ms));
    let put = Callback::new(move |until: Condition| change("until", &|repeat| repeat.until = until.clone()));
    let type_most = move |event: ev::Event| {
        if let Ok(most) = event_target_value(&event).parse::<u32>() {
            change("max", &|repeat| repeat.max = most.clamp(1, RepeatUntil::MAX_ROUNDS));
        }
    };
    view! {
        <p class="ed-intro">{t::REPEAT_INTRO}</p>
        <div class="ed-field" data-field="until">
            <div class="ed-label"><span>{t::UNTIL}</span></div>
            <ConditionField value=until on_change=put/>
            <FieldProblems at="until"/>
        </div>
        <div class="ed-field" data-field="max">
            <div class="ed-label"><span>{t::MOST_ROUNDS}</span></div>
            <input class="input tiny" type="number" min="1" max="10000" aria-label=t::MOST_ROUNDS prop:value=most on:input=type_most/>
            <FieldProblems at="max"/>
        </div>
        <div class="ed-field" data-field="pause_ms">
            <div class="ed-label"><span>{t::PAUSE_BETWEEN}</span></div>
            <SpanInput label=t::PAUSE_BETWEEN ms=pause on_change=move |ms| change("pause_ms", &|repeat| repeat.pause_ms = ms)/>
            <FieldProblems at="pause_ms"/>
        </div>
        <FieldProblems at="body"/>
    }
}
