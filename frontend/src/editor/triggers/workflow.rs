//! The trigger that a step of another workflow presses: what it takes and what it gives back.

use std::sync::Arc;

use leptos::prelude::*;
use model::{
    Mapped,
    definition::{FormField, ReturnField, TriggerKind, WorkflowTrigger},
    ids::TriggerId,
};

use super::{fields::Fields, manual::FormData};
use crate::{
    editor::{mapping::MappedField, problems::FieldProblems, sight::AfterRun, state::use_editor},
    text::editor as t,
    ui::{Button, Glyph, Menu, MenuItem},
};

#[component]
pub fn WorkflowForm(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let trigger = Memo::new(move |_| match editor.trigger(&id.get_value()).map(|trigger| trigger.kind) {
        Some(TriggerKind::Workflow(trigger)) => trigger,
        _ => WorkflowTrigger::default(),
    });
    let fields = Memo::new(move |_| trigger.with(|trigger| trigger.fields.clone()));
    let returns = Memo::new(move |_| trigger.with(|trigger| trigger.returns.clone()));
    let change = move |key: &str, edit: &dyn Fn(&mut WorkflowTrigger)| {
        editor.update_trigger(&id.get_value(), key, |trigger| {
            if let TriggerKind::Workflow(trigger) = &mut trigger.kind {
                edit(trigger);
            }
        });
    };
    let change_fields = move |key: String, edit: &dyn Fn(&mut Vec<FormField>)| change(&key, &|trigger| edit(&mut trigger.fields));
    let change_returns = Callback::new(move |(key, edit): (String, Edit)| change(&key, &|trigger| edit(&mut trigger.returns)));
    view! {
        <p class="ed-intro">{t::WORKFLOW_TRIGGER_INTRO}</p>
        <Fields fields on_change=Arc::new(change_fields) files=true/>
        <AfterRun>
            <Returns returns change=change_returns/>
        </AfterRun>
        <FormData id=id.get_value() fields starts=false/>
    }
}

/// A change of what it gives back.
type Edit = Box<dyn Fn(&mut Vec<ReturnField>)>;

#[component]
fn Returns(returns: Memo<Vec<ReturnField>>, change: Callback<(String, Edit)>) -> impl IntoView {
    let count = Memo::new(move |_| returns.with(Vec::len));
    let row = move |at: usize| {
        let field = Signal::derive(move || returns.with(|returns| returns.get(at).cloned()));
        let key = Signal::derive(move || field.get().map(|field| field.key).unwrap_or_default());
        let value = Signal::derive(move || field.get().map_or(Mapped::Omit, |field| field.value));
        let required = Memo::new(move |_| field.get().is_some_and(|field| field.required));
        let edit = move |name: &str, edit: Box<dyn Fn(&mut ReturnField)>| {
            change.run((
                format!("returns/{name}{at}"),
                Box::new(move |returns| {
                    if let Some(field) = returns.get_mut(at) {
                        edit(field);
                    }
                }),
            ));
        };
        let rename = move |event| {
            let new = event_target_value(&event);
            edit("key", Box::new(move |field| field.key.clone_from(&new)));
        };
        let put = Callback::new(move |new: Mapped| edit("value", Box::new(move |field| field.value = new.clone())));
        let need = move |()| edit("required", Box::new(|field| field.required = !field.required));
        let remove = move |()| {
            change.run((
                "returns/remove".into(),
                Box::new(move |returns| {
                    if at < returns.len() {
                        returns.remove(at);
                    }
                }),
            ));
        };
        let shown = Signal::derive(move || {
            let name = key.get();
            if name.is_empty() { t::VALUE.to_owned() } else { t::value_of(&name) }
        });
        view! {
            <div class="set-row" role="group" aria-label=shown>
                <div class="set-head">
                    <input class="input set-name" aria-label=t::NAME placeholder=t::SET_NAME_EXAMPLE spellcheck="false" autocomplete="off" prop:value=key on:input=rename/>
                    {move || required.get().then(|| view! { <span class="set-required">{t::REQUIRED}</span> })}
                    <Menu label=t::MORE_ABOUT_FIELD>
                        <MenuItem on_choose=need checked=Signal::derive(move || Some(required.get())) about=t::REQUIRED_RETURN_ABOUT.to_owned()>{t::REQUIRED_FIELD}</MenuItem>
                        <MenuItem glyph=Glyph::Trash danger=true on_choose=remove>{t::REMOVE_FIELD}</MenuItem>
                    </Menu>
                </div>
                <MappedField label=shown value on_change=put bare=true placeholder=t::SET_VALUE_EXAMPLE/>
                <FieldProblems at=Signal::derive(move || format!("returns.{}", key.get()))/>
                <FieldProblems at=format!("returns[{at}]")/>
            </div>
        }
    };
    let add = move |_| {
        let edit: Edit =
            Box::new(|returns| returns.push(ReturnField { key: String::new(), value: Mapped::text(""), required: false }));
        change.run(("returns/add".into(), edit));
    };
    view! {
        <section class="sentences" aria-label=t::RETURNS>
            <h3>{t::RETURNS}</h3>
            <p class="ed-hint">{t::RETURNS_HINT}</p>
            <For each=move || 0..count.get() key=|at| *at children=row/>
            <div class="ed-more"><Button small=true icon=Glyph::Plus on:click=add>{t::ADD_RETURN}</Button></div>
        </section>
    }
}
