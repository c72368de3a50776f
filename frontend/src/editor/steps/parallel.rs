use std::collections::BTreeMap;

use leptos::prelude::*;
use model::{
    Mapped,
    definition::EditOp,
    ids::{ArmId, StepId},
    step::{Arm, Join, Parallel, StepKind},
};

use crate::{
    editor::{
        actions::fresh_arm,
        mapping::{Pairs, pairs},
        problems::FieldProblems,
        sight::AfterBody,
        state::use_editor,
    },
    text::editor as t,
    ui::{Button, Glyph, IconButton, Segmented},
};

#[component]
pub fn ParallelForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let parallel = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Parallel(parallel)) => parallel,
        _ => Parallel { join: Join::All, arms: Vec::new() },
    });
    let id = StoredValue::new(id);
    let join = Memo::new(move |_| parallel.with(|parallel| parallel.join));
    let ids = Memo::new(move |_| parallel.with(|parallel| parallel.arms.iter().map(|arm| arm.id.clone()).collect::<Vec<_>>()));
    let set_join = move |join| {
        editor.update_kind(&id.get_value(), "join", |kind| {
            if let StepKind::Parallel(parallel) = kind {
                parallel.join = join;
            }
        });
    };
    view! {
        <p class="ed-intro">{t::PARALLEL_INTRO}</p>
        <Segmented
            tabs=vec![(Join::All, t::JOIN_ALL.to_owned()), (Join::First, t::JOIN_FIRST.to_owned())]
            selected=join
            on_select=set_join
            label=t::JOIN
        />
        <Show when=move || join.get() == Join::First>
            <p class="ed-hint">{t::JOIN_FIRST_HINT}</p>
        </Show>
        <For each=move || ids.get() key=Clone::clone children=move |arm| view! { <PathCard step=id.get_value() arm parallel/> }/>
        <FieldProblems at="arms"/>
        <div class="ed-more">
            <Button small=true icon=Glyph::Plus on:click=move |_| fresh_arm(editor, &id.get_value())>{t::ADD_PATH}</Button>
        </div>
    }
}

#[component]
fn PathCard(step: StepId, arm: ArmId, parallel: Memo<Parallel>) -> impl IntoView {
    let editor = use_editor();
    let (step, arm) = (StoredValue::new(step), StoredValue::new(arm));
    let this =
        Signal::derive(move || parallel.with(|parallel| parallel.arms.iter().find(|one| one.id == arm.get_value()).cloned()));
    let change = move |key: &str, edit: &dyn Fn(&mut Arm)| {
        let arm = arm.get_value();
        editor.update_kind(&step.get_value(), &format!("{arm}/{key}"), |kind| {
            if let StepKind::Parallel(parallel) = kind
                && let Some(found) = parallel.arms.iter_mut().find(|one| one.id == arm)
            {
                edit(found);
            }
        });
    };
    let label = Signal::derive(move || this.get().map(|arm| arm.label).unwrap_or_default());
    let output = Signal::derive(move || this.get().map_or(Mapped::Omit, |arm| pairs::object(arm.output.into_iter().collect())));
    let put_output = Callback::new(move |new: Mapped| {
        let map: BTreeMap<String, Mapped> = pairs::entries(&new).unwrap_or_default().into_iter().collect();
        change("output", &|arm| arm.output.clone_from(&map));
    });
    let remove = move |_| {
        editor.edit(EditOp::RemoveArm { step: step.get_value(), arm: arm.get_value() });
    };
    view! {
        <section class="arm-card" aria-label=label>
            <div class="set-head">
                <input
                    class="input set-name"
                    aria-label=t::PATH_NAME
                    placeholder=t::PATH_NAME
                    prop:value=label
                    on:input=move |event| {
                        let new = event_target_value(&event);
                        change("label", &|arm| arm.label.clone_from(&new));
                    }
                />
                <IconButton glyph=Glyph::Trash label=t::REMOVE_PATH.to_owned() small=true on:click=remove/>
            </div>
            <FieldProblems at=format!("arms.{}", arm.get_value())/>
            <details class="fold">
                <summary>{t::ARM_RESULTS}</summary>
                <p class="ed-hint">{t::ARM_RESULTS_HINT}</p>
                <AfterBody body=arm.get_value()>
                    <Pairs label=t::ARM_RESULTS.to_owned() value=output on_change=put_output add=t::ADD_FIELD bare=true/>
                </AfterBody>
            </details>
        </section>
    }
}
