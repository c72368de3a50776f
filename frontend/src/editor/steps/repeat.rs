use leptos::prelude::*;
use model::{
    Condition,
    ids::{ArmId, StepId},
    step::{BODY, RepeatUntil, StepKind},
};

use crate::{
    editor::{
        condition::ConditionField,
        parts::{Count, Gives},
        problems::FieldProblems,
        sight::AfterBody,
        span::SpanInput,
        state::use_editor,
    },
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
    let most = Signal::derive(move || repeat.get().map_or(1, |repeat| u64::from(repeat.max)));
    let pause = Signal::derive(move || repeat.get().map_or(0, |repeat| repeat.pause_ms));
    let put = Callback::new(move |until: Condition| change("until", &|repeat| repeat.until = until.clone()));
    let put_most = move |n: u64| change("max", &|repeat| repeat.max = u32::try_from(n).unwrap_or(1));
    view! {
        <p class="ed-intro">{t::REPEAT_INTRO}</p>
        <div class="ed-field" data-field="until">
            <div class="ed-label"><span>{t::UNTIL}</span></div>
            <AfterBody body=ArmId::from(BODY)>
                <ConditionField value=until on_change=put lead=t::GOES_ON_UNTIL/>
            </AfterBody>
            <FieldProblems at="until"/>
        </div>
        <div class="ed-field" data-field="max">
            <div class="ed-label"><span>{t::MOST_ROUNDS}</span></div>
            <Count label=t::MOST_ROUNDS value=most on_change=put_most most=u64::from(RepeatUntil::MAX_ROUNDS)/>
            <FieldProblems at="max"/>
        </div>
        <div class="ed-field" data-field="pause_ms">
            <div class="ed-label"><span>{t::PAUSE_BETWEEN}</span></div>
            <SpanInput label=t::PAUSE_BETWEEN ms=pause on_change=move |ms| change("pause_ms", &|repeat| repeat.pause_ms = ms)/>
            <FieldProblems at="pause_ms"/>
        </div>
        <FieldProblems at="body"/>
        <Gives fields=t::REPEAT_GIVES/>
    }
}
