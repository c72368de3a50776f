use leptos::{ev, prelude::*};
use model::{
    Mapped,
    ids::{ArmId, StepId},
    step::{BODY, ForEach, OnItemError, StepKind},
};

use crate::{
    editor::{
        mapping::MappedField,
        parts::{Count, Gives},
        problems::FieldProblems,
        sight::AfterBody,
        state::use_editor,
    },
    text::editor as t,
    ui::Segmented,
};

#[component]
pub fn ForEachForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let each = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::ForEach(each)) => Some(each),
        _ => None,
    });
    let id = StoredValue::new(id);
    let change = move |key: &str, edit: &dyn Fn(&mut ForEach)| {
        editor.update_kind(&id.get_value(), key, |kind| {
            if let StepKind::ForEach(each) = kind {
                edit(each);
            }
        });
    };
    let over = Signal::derive(move || each.get().map_or(Mapped::Omit, |each| each.over));
    let output = Signal::derive(move || each.get().and_then(|each| each.output).unwrap_or(Mapped::text("")));
    let item = Signal::derive(move || each.get().map(|each| each.item).unwrap_or_default());
    let many = Signal::derive(move || each.get().map_or(1, |each| u64::from(each.concurrency)));
    let on_error = Memo::new(move |_| each.get().map(|each| each.on_item_error).unwrap_or_default());
    let full = Memo::new(move |_| {
        each.with(|each| each.as_ref().is_some_and(|each| each.error_body.as_ref().is_some_and(|body| !body.is_empty())))
    });
    // The way a failure takes cannot be changed away from under its steps.
    let choose = move |wanted: OnItemError| {
        if !full.get_untracked() {
            change("on_item_error", &|each| {
                each.on_item_error = wanted;
                each.error_body = (wanted == OnItemError::Body).then(Vec::new);
            });
        }
    };
    let put_output = move |new: Mapped| {
        let kept = (new != Mapped::text("")).then_some(new);
        change("output", &|each| each.output.clone_from(&kept));
    };
    let type_item = move |event: ev::Event| {
        let name = event_target_value(&event);
        change("item", &|each| each.item.clone_from(&name));
    };
    let put_many = move |n: u64| change("concurrency", &|each| each.concurrency = u32::try_from(n).unwrap_or(1));
    view! {
        <p class="ed-intro">{t::FOR_EACH_INTRO}</p>
        <MappedField
            label=t::LIST.to_owned()
            value=over
            on_change=move |new: Mapped| change("over", &|each| each.over = new.clone())
            hint=t::LIST_HINT
            at="over"
            required=true
        />
        <div class="ed-field" data-field="item">
            <div class="ed-label"><span>{t::ITEM_NAME}</span></div>
            <input class="input" aria-label=t::ITEM_NAME prop:value=item on:input=type_item/>
            <FieldProblems at="item"/>
            <p class="ed-hint">{t::ITEM_NAME_HINT}</p>
        </div>
        <div class="ed-field" data-field="concurrency">
            <div class="ed-label"><span>{t::AT_A_TIME}</span></div>
            <Count label=t::AT_A_TIME value=many on_change=put_many most=u64::from(ForEach::MAX_CONCURRENCY)/>
            <FieldProblems at="concurrency"/>
        </div>
        <div class="ed-field" data-field="on_item_error">
            <div class="ed-label"><span>{t::ON_ITEM_ERROR}</span></div>
            <Segmented
                tabs=vec![
                    (OnItemError::Stop, t::ITEM_STOP.to_owned()),
                    (OnItemError::Skip, t::ITEM_SKIP.to_owned()),
                    (OnItemError::Body, t::ITEM_STEPS.to_owned()),
                ]
                selected=on_error
                on_select=choose
                label=t::ON_ITEM_ERROR
            />
            <FieldProblems at="on_item_error"/>
            <FieldProblems at="error_body"/>
            {move || (on_error.get() == OnItemError::Body).then(|| view! {
                <p class="ed-hint">{if full.get() { t::ITEM_STEPS_FULL } else { t::ITEM_STEPS_HINT }}</p>
            })}
        </div>
        <AfterBody body=ArmId::from(BODY)>
            <MappedField label=t::ITEM_RESULT.to_owned() value=output on_change=put_output hint=t::ITEM_RESULT_HINT at="output"/>
        </AfterBody>
        <FieldProblems at="body"/>
        <Gives fields=t::FOR_EACH_GIVES/>
    }
}
