use leptos::prelude::*;
use model::{
    definition::{FailureTrigger, TriggerKind},
    ids::{TriggerId, WorkflowId},
};

use super::gate::Gate;
use crate::{
    editor::{parts::Gives, problems::FieldProblems, state::use_editor},
    text::editor as t,
    ui::{Glyph, Icon, Segmented},
};

#[component]
pub fn FailureForm(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    editor.others.load();
    let id = StoredValue::new(id);
    let chosen = Memo::new(move |_| match editor.trigger(&id.get_value()).map(|trigger| trigger.kind) {
        Some(TriggerKind::Failure(failure)) => failure.workflows,
        _ => Vec::new(),
    });
    let change = move |key: &str, edit: &dyn Fn(&mut Vec<WorkflowId>)| {
        editor.update_trigger(&id.get_value(), key, |trigger| {
            if let TriggerKind::Failure(FailureTrigger { workflows }) = &mut trigger.kind {
                edit(workflows);
            }
        });
    };
    let some = RwSignal::new(chosen.with_untracked(|chosen| !chosen.is_empty()));
    Effect::new(move |_| {
        if chosen.with(|chosen| !chosen.is_empty()) {
            some.set(true);
        }
    });
    let choose = move |wanted: bool| {
        some.set(wanted);
        if !wanted {
            change("workflows", &Vec::clear);
        }
    };
    // Also those that are gone, so that they can be taken off.
    let rows = Memo::new(move |_| {
        let mut rows: Vec<(WorkflowId, String)> = editor
            .others
            .all
            .with(|all| all.iter().flatten().filter(|one| one.id != editor.id).map(|one| (one.id, one.name.clone())).collect());
        let known = editor.others.all.with(Option::is_some);
        for id in chosen.get() {
            if known && !rows.iter().any(|(one, _)| *one == id) {
                rows.push((id, t::GONE_WORKFLOW.to_owned()));
            }
        }
        rows
    });
    let row = move |(this, name): (WorkflowId, String)| {
        let on = Memo::new(move |_| chosen.with(|chosen| chosen.contains(&this)));
        let flip = move |_| {
            change("workflows", &|chosen| match chosen.iter().position(|one| *one == this) {
                Some(at) => {
                    chosen.remove(at);
                }
                None => chosen.push(this),
            });
        };
        view! { <label class="choice" class:on=on><input type="checkbox" prop:checked=on on:change=flip/><span><b>{name}</b></span></label> }
    };
    view! {
        <p class="ed-intro">{t::FAILURE_TRIGGER_INTRO}</p>
        <div class="ed-field" data-field="workflows">
            <div class="ed-label"><span>{t::WHOSE_FAILURES}</span></div>
            <Segmented
                tabs=vec![(false, t::ALL_WORKFLOWS.to_owned()), (true, t::SOME_WORKFLOWS.to_owned())]
                selected=some
                on_select=choose
                label=t::WHOSE_FAILURES
            />
            <FieldProblems at="workflows"/>
        </div>
        {move || some.get().then(|| view! {
            <div class="choices" role="group" aria-label=t::SOME_WORKFLOWS>
                <For each=move || rows.get() key=|(id, _)| *id children=row/>
                {move || (editor.others.all.with(Option::is_some) && rows.with(Vec::is_empty)).then(|| view! {
                    <p class="note"><Icon glyph=Glyph::Info/><span>{t::NO_OTHER_WORKFLOWS}</span></p>
                })}
            </div>
        })}
        <Gives fields=t::FAILURE_GIVES/>
        <details class="fold">
            <summary>{t::MORE_SETTINGS}</summary>
            <Gate id=id.get_value()/>
        </details>
    }
}
