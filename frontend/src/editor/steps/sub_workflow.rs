use leptos::prelude::*;
use model::{
    Mapped,
    definition::FormField,
    ids::{StepId, WorkflowId},
    step::{StepKind, SubWorkflow},
};

use super::{fresh::NO_WORKFLOW, typed_field::TypedField};
use crate::{
    editor::{
        others::Callable,
        problems::FieldProblems,
        state::{Editor, use_editor},
    },
    text::editor as t,
    ui::{Choice, Glyph, Icon, IconButton, Segmented, Select},
};

#[derive(Clone, Copy)]
struct Form {
    editor: Editor,
    id: StoredValue<StepId>,
    step: Memo<SubWorkflow>,
}

impl Form {
    fn change(self, key: &str, edit: &dyn Fn(&mut SubWorkflow)) {
        self.editor.update_kind(&self.id.get_value(), key, |kind| {
            if let StepKind::SubWorkflow(step) = kind {
                edit(step);
            }
        });
    }
}

#[component]
pub fn SubWorkflowForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    editor.others.load();
    let of = id.clone();
    let step = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::SubWorkflow(step)) => step,
        _ => SubWorkflow { workflow: NO_WORKFLOW, input: Default::default(), wait: true },
    });
    let form = Form { editor, id: StoredValue::new(id), step };
    let workflow = Memo::new(move |_| step.with(|step| step.workflow));
    let callable = Memo::new(move |_| {
        let id = workflow.get();
        (id != NO_WORKFLOW).then(|| editor.others.callable(id)).flatten()
    });
    view! {
        <p class="ed-intro">{t::SUB_WORKFLOW_INTRO}</p>
        <Which form workflow callable/>
        {move || callable.get().flatten().and_then(|found| found.takes).map(|fields| view! { <Inputs form fields/> })}
        <Then form callable/>
    }
}

/// The choice of the workflow, and what stands in the way of starting it.
#[component]
fn Which(form: Form, workflow: Memo<WorkflowId>, callable: Memo<Option<Option<Callable>>>) -> impl IntoView {
    let editor = form.editor;
    let chosen = Signal::derive(move || {
        let id = workflow.get();
        if id == NO_WORKFLOW { String::new() } else { id.to_string() }
    });
    let choices = Signal::derive(move || {
        let mut choices = vec![Choice::new("", t::CHOOSE_WORKFLOW)];
        editor.others.all.with(|all| {
            let startable =
                all.iter().flatten().filter(|one| one.id != editor.id && one.triggers.iter().any(|kind| kind == "workflow"));
            choices.extend(startable.map(|one| Choice::new(one.id.to_string(), one.name.clone())));
        });
        let now = chosen.get();
        if !choices.iter().any(|choice| choice.value == now) {
            let name = editor.others.name(workflow.get()).unwrap_or_else(|| t::GONE_WORKFLOW.to_owned());
            choices.push(Choice::new(now, name));
        }
        choices
    });
    let none = Memo::new(move |_| editor.others.all.with(Option::is_some) && choices.with(|choices| choices.len() == 1));
    let put = move |new: String| {
        let id = new.parse().unwrap_or(NO_WORKFLOW);
        form.change("workflow", &|step| step.workflow = id);
    };
    let hurdle = Memo::new(move |_| match callable.get() {
        Some(None) => Some(t::GONE_WORKFLOW),
        Some(Some(found)) if found.takes.is_none() => Some(t::NO_WORKFLOW_TRIGGER),
        Some(Some(found)) if !found.live => Some(t::NOT_LIVE),
        Some(Some(found)) if !found.on => Some(t::IS_OFF),
        _ => None,
    });
    view! {
        <div class="ed-field" data-field="workflow">
            <div class="ed-label">
                <span>{t::WORKFLOW}</span>
                {move || (workflow.get() != NO_WORKFLOW).then(|| view! {
                    <a class="link" href=format!("/workflows/{}", workflow.get()) target="_blank" rel="noopener">{t::OPEN_WORKFLOW}</a>
                })}
            </div>
            <Select value=chosen on_change=put choices label=t::WORKFLOW/>
            <FieldProblems at="workflow"/>
            {move || hurdle.get().map(|words| view! { <p class="field-problem warn"><Icon glyph=Glyph::Alert/><span>{words}</span></p> })}
            {move || none.get().then(|| view! { <p class="note"><Icon glyph=Glyph::Info/><span>{t::NO_CALLABLE}</span></p> })}
        </div>
    }
}

/// The fields it asks for; values of fields it no longer asks for can be taken away.
#[component]
fn Inputs(form: Form, fields: Vec<FormField>) -> impl IntoView {
    let keys: Vec<String> = fields.iter().map(|field| field.key.clone()).collect();
    let extra = Memo::new(move |_| {
        form.step.with(|step| step.input.keys().filter(|key| !keys.contains(key)).cloned().collect::<Vec<_>>())
    });
    let nothing = fields.is_empty();
    let inputs = fields
        .into_iter()
        .map(|field| {
            let key = StoredValue::new(field.key.clone());
            let value = Signal::derive(move || form.step.with(|step| key.with_value(|key| step.input.get(key).cloned())));
            let put = Callback::new(move |new: Option<Mapped>| {
                let key = key.get_value();
                form.change(&format!("input/{key}"), &|step| {
                    match new.clone() {
                        Some(new) => step.input.insert(key.clone(), new),
                        None => step.input.remove(&key),
                    };
                });
            });
            view! { <TypedField at=format!("input.{}", field.key) field value on_change=put/> }
        })
        .collect_view();
    view! {
        {nothing.then(|| view! { <p class="ed-hint flat">{t::TAKES_NOTHING}</p> })}
        {inputs}
        {move || {
            let extra = extra.get();
            (!extra.is_empty()).then(|| view! {
                <div class="ed-field">
                    <div class="ed-label"><span>{t::NOT_ASKED_FOR}</span></div>
                    <ul class="chips">
                        {extra.into_iter().map(|key| {
                            let gone = key.clone();
                            view! {
                                <li class="chip warn">
                                    {key}
                                    <IconButton glyph=Glyph::Close label=t::REMOVE_ROW.to_owned() small=true on:click=move |_| form.change("input/remove", &|step| _ = step.input.remove(&gone))/>
                                </li>
                            }
                        }).collect_view()}
                    </ul>
                </div>
            })
        }}
    }
}

#[component]
fn Then(form: Form, callable: Memo<Option<Option<Callable>>>) -> impl IntoView {
    let waits = Memo::new(move |_| form.step.with(|step| step.wait));
    let slug = Memo::new(move |_| form.editor.step(&form.id.get_value()).map(|step| step.slug).unwrap_or_default());
    let gives = move || callable.get().flatten().map(|found| t::gives_back(&slug.get(), &found.returns));
    view! {
        <div class="ed-field" data-field="wait">
            <div class="ed-label"><span>{t::SUB_WAIT}</span></div>
            <Segmented
                tabs=vec![(true, t::SUB_WAITS.to_owned()), (false, t::SUB_GOES_ON.to_owned())]
                selected=waits
                on_select=move |wait| form.change("wait", &|step| step.wait = wait)
                label=t::SUB_WAIT
            />
            <p class="ed-hint">{move || if waits.get() { t::SUB_WAITS_HINT } else { t::SUB_GOES_ON_HINT }}</p>
            {move || waits.get().then(|| view! { <p class="ed-hint">{gives}</p> })}
        </div>
    }
}
