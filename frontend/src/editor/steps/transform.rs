//! The operations of a transform, each with its arguments and the value after it.

mod argument;
mod menu;

use expr::operation;
use leptos::prelude::*;
use model::{
    Mapped,
    ids::StepId,
    step::{StepKind, Transform, TransformOp},
};

use crate::{
    editor::{
        mapping::{MappedField, tree},
        parts::Gives,
        problems::FieldProblems,
        sight::use_sight,
        state::use_editor,
        transform::{Stage, stages},
    },
    text::editor as t,
    ui::{Glyph, Icon, IconButton, JsonTree, coded},
};
use argument::ArgumentField;
use menu::OperationMenu;

/// The step while it is edited.
#[derive(Clone, Copy)]
pub struct Form {
    change: Callback<(String, Edit)>,
    transform: Memo<Transform>,
    stages: Memo<Vec<Stage>>,
}

/// A change of the step.
type Edit = Box<dyn Fn(&mut Transform)>;

impl Form {
    fn change(self, key: impl Into<String>, edit: impl Fn(&mut Transform) + 'static) {
        self.change.run((key.into(), Box::new(edit)));
    }

    fn change_op(self, at: usize, key: &str, edit: impl Fn(&mut TransformOp) + 'static) {
        self.change(format!("op{at}/{key}"), move |transform| {
            if let Some(one) = transform.operations.get_mut(at) {
                edit(one);
            }
        });
    }
}

#[component]
pub fn TransformForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let sight = use_sight();
    let of = id.clone();
    let transform = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Transform(transform)) => transform,
        _ => Transform { input: Mapped::Omit, operations: Vec::new() },
    });
    let id = StoredValue::new(id);
    let change = Callback::new(move |(key, edit): (String, Edit)| {
        editor.update_kind(&id.get_value(), &key, |kind| {
            if let StepKind::Transform(transform) = kind {
                edit(transform);
            }
        });
    });
    let stages = Memo::new(move |_| {
        let seen = sight.seen.get().0;
        let zone = editor.def.with(|def| def.settings.time_zone.clone());
        transform.with(|transform| stages(transform, &seen.data, &zone))
    });
    let form = Form { change, transform, stages };
    let input = Signal::derive(move || transform.with(|transform| transform.input.clone()));
    let count = Memo::new(move |_| transform.with(|transform| transform.operations.len()));
    view! {
        <p class="ed-intro">{t::TRANSFORM_INTRO}</p>
        <MappedField
            label=t::TRANSFORM_INPUT.to_owned()
            value=input
            on_change=move |new: Mapped| form.change("input", move |transform| transform.input = new.clone())
            required=true
            at="input"
        />
        <div class="operations">
            <For each=move || 0..count.get() key=|at| *at children=move |at| view! { <OperationCard form at count/> }/>
        </div>
        <FieldProblems at="operations" exact=true/>
        <OperationMenu form/>
        <Gives fields=t::TRANSFORM_GIVES/>
    }
}

#[component]
fn OperationCard(form: Form, at: usize, count: Memo<usize>) -> impl IntoView {
    let name = Memo::new(move |_| form.transform.with(|transform| transform.operations.get(at).map(|one| one.op.clone())));
    let label = move || name.get().map(|name| crate::editor::transform::label(&name).to_owned()).unwrap_or_default();
    let swap = move |by: isize| {
        form.change("order", move |transform| {
            if let Some(to) = at.checked_add_signed(by).filter(|to| *to < transform.operations.len()) {
                transform.operations.swap(at, to);
            }
        });
    };
    let remove = move |_| {
        form.change("remove", move |transform| {
            if at < transform.operations.len() {
                transform.operations.remove(at);
            }
        });
    };
    let arguments = move || match name.get().as_deref().map(operation::find) {
        Some(Ok(operation)) => {
            operation.arguments.iter().map(|argument| view! { <ArgumentField form at argument/> }).collect_view().into_any()
        }
        Some(Err(_)) => {
            view! { <p class="field-problem bad"><Icon glyph=Glyph::Alert/><span>{t::UNKNOWN_OPERATION}</span></p> }.into_any()
        }
        None => ().into_any(),
    };
    view! {
        <section class="operation" aria-label=label data-field=format!("operations.{at}") data-testid="operation">
            <div class="set-head">
                <span class="operation-n" aria-hidden="true">{at + 1}</span>
                <b class="grow">{label}</b>
                <IconButton glyph=Glyph::ChevronUp label=t::MOVE_UP.to_owned() small=true disabled=Signal::stored(at == 0) on:click=move |_| swap(-1)/>
                <IconButton glyph=Glyph::ChevronDown label=t::MOVE_DOWN.to_owned() small=true disabled=Signal::derive(move || at + 1 >= count.get()) on:click=move |_| swap(1)/>
                <IconButton glyph=Glyph::Trash label=t::REMOVE_OPERATION.to_owned() small=true on:click=remove/>
            </div>
            {arguments}
            <FieldProblems at=format!("operations.{at}") exact=true/>
            <After stage=Signal::derive(move || form.stages.with(|stages| stages.get(at + 1).cloned()))/>
        </section>
    }
}

/// What the sample is at this point.
#[component]
fn After(stage: Signal<Option<Stage>>) -> impl IntoView {
    move || match stage.get() {
        Some(Stage::Value(value)) if value.is_object() || value.is_array() => view! {
            <details class="prev-json">
                <summary>{tree::preview(&value)}</summary>
                <JsonTree value=Signal::stored(value)/>
            </details>
        }
        .into_any(),
        Some(Stage::Value(value)) => {
            view! { <p class="prev"><span aria-hidden="true">"→"</span><b>{tree::preview(&value)}</b></p> }.into_any()
        }
        Some(Stage::Missing) => {
            view! { <p class="prev"><span aria-hidden="true">"→"</span><em>{t::GIVES_NOTHING}</em></p> }.into_any()
        }
        Some(Stage::Failed { message, .. }) => {
            view! { <p class="prev bad" role="status"><Icon glyph=Glyph::Alert/><span>{coded(&message)}</span></p> }.into_any()
        }
        Some(Stage::NotHere { message }) => view! { <p class="prev quiet">{message}</p> }.into_any(),
        Some(Stage::NotReached) | None => ().into_any(),
    }
}
