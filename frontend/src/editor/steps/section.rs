use leptos::prelude::*;
use model::{
    ids::StepId,
    step::{Section, StepKind},
};

use crate::{
    editor::{problems::FieldProblems, state::use_editor},
    text::editor as t,
    ui::Segmented,
};

#[component]
pub fn SectionForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let section = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Section(section)) => section,
        _ => Section { body: Vec::new(), error_body: None },
    });
    let catches = Memo::new(move |_| section.with(|section| section.error_body.is_some()));
    let full = Memo::new(move |_| section.with(|section| section.error_body.as_ref().is_some_and(|body| !body.is_empty())));
    let choose = move |wanted: bool| {
        if wanted == catches.get_untracked() || full.get_untracked() {
            return;
        }
        editor.update_kind(&id, "error_body", |kind| {
            if let StepKind::Section(section) = kind {
                section.error_body = wanted.then(Vec::new);
            }
        });
    };
    view! {
        <p class="ed-intro">{t::SECTION_INTRO}</p>
        <div class="ed-field" data-field="error_body">
            <div class="ed-label"><span>{t::SECTION_CATCH}</span></div>
            <Segmented
                tabs=vec![(false, t::SECTION_FAILS.to_owned()), (true, t::SECTION_CARRIES_OUT.to_owned())]
                selected=catches
                on_select=choose
                label=t::SECTION_CATCH
            />
            <FieldProblems at="error_body"/>
            <Show when=move || catches.get()>
                <p class="ed-hint">{t::SECTION_ERROR_HINT}</p>
            </Show>
            <Show when=move || full.get()>
                <p class="ed-hint">{t::SECTION_ERROR_FULL}</p>
            </Show>
        </div>
        <FieldProblems at="body"/>
    }
}
