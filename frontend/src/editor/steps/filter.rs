use leptos::prelude::*;
use model::{
    Condition,
    ids::StepId,
    step::{Filter, StepKind},
};

use crate::{
    editor::{condition::ConditionField, problems::FieldProblems, state::use_editor},
    text::editor as t,
};

#[component]
pub fn FilterForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let value = Signal::derive(move || match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Filter(filter)) => filter.condition,
        _ => Condition::All(Vec::new()),
    });
    let put = Callback::new(move |condition: Condition| {
        editor.update_kind(&id, "condition", |kind| *kind = StepKind::Filter(Filter { condition }))
    });
    view! {
        <p class="ed-intro">{t::FILTER_INTRO}</p>
        <div class="ed-field" data-field="condition">
            <ConditionField value on_change=put/>
            <FieldProblems at="condition"/>
        </div>
    }
}
