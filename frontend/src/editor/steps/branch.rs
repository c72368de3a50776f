use std::collections::BTreeMap;

use leptos::prelude::*;
use model::{
    Condition, Mapped,
    definition::{EditOp, Slot, apply},
    ids::{ArmId, StepId},
    step::{Arm, Branch, BranchMode, StepKind},
};

use super::fresh::arm_id;
use crate::{
    editor::{
        actions::fresh_arm,
        condition::ConditionField,
        mapping::{Pairs, pairs},
        problems::FieldProblems,
        sight::AfterBody,
        state::{Editor, use_editor},
    },
    text::editor as t,
    ui::{Button, Glyph, IconButton, Segmented, Tone},
};

#[component]
pub fn BranchForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let branch = Memo::new(move |_| branch_of(editor, &of));
    let id = StoredValue::new(id);
    let mode = Memo::new(move |_| branch.with(|branch| branch.mode));
    let ids = Memo::new(move |_| branch.with(|branch| branch.arms.iter().map(|arm| arm.id.clone()).collect::<Vec<_>>()));
    let has_else = Memo::new(move |_| branch.with(|branch| branch.arms.iter().any(|arm| arm.condition.is_none())));
    let add_else = move |_| {
        let (index, arm) = branch.with_untracked(|branch| {
            let arm = Arm {
                id: arm_id(&branch.arms),
                label: t::EVERYTHING_ELSE.to_owned(),
                condition: None,
                body: Vec::new(),
                output: BTreeMap::new(),
            };
            (branch.arms.len(), arm)
        });
        editor.edit(EditOp::AddArm { step: id.get_value(), index, arm, steps: Vec::new() });
    };
    let set_mode = move |mode| {
        editor.update_kind(&id.get_value(), "mode", |kind| {
            if let StepKind::Branch(branch) = kind {
                branch.mode = mode;
            }
        });
    };
    view! {
        <p class="ed-intro">{t::BRANCH_INTRO}</p>
        <Segmented
            tabs=vec![(BranchMode::First, t::BRANCH_FIRST.to_owned()), (BranchMode::All, t::BRANCH_ALL.to_owned())]
            selected=mode
            on_select=set_mode
            label=t::BRANCH_MODE
        />
        <For each=move || ids.get() key=Clone::clone children=move |arm| view! { <ArmCard step=id.get_value() arm branch/> }/>
        <div class="ed-more">
            <Button small=true icon=Glyph::Plus on:click=move |_| fresh_arm(editor, &id.get_value())>{t::ADD_PATH}</Button>
            <Show when=move || !has_else.get()>
                <Button small=true tone=Tone::Ghost icon=Glyph::Plus on:click=add_else>{t::ADD_ELSE}</Button>
            </Show>
        </div>
    }
}

fn branch_of(editor: Editor, id: &StepId) -> Branch {
    match editor.step(id).map(|step| step.kind) {
        Some(StepKind::Branch(branch)) => branch,
        _ => Branch { mode: BranchMode::First, arms: Vec::new() },
    }
}

/// The edit that moves an arm by one place, with everything in it.
fn moved(editor: Editor, step: &StepId, arm: &ArmId, by: isize) -> Option<EditOp> {
    editor.def.with_untracked(|def| {
        let StepKind::Branch(branch) = &def.step(step)?.kind else { return None };
        let at = branch.arms.iter().position(|one| &one.id == arm)?;
        let to = at.checked_add_signed(by).filter(|to| *to < branch.arms.len())?;
        let remove = EditOp::RemoveArm { step: step.clone(), arm: arm.clone() };
        let EditOp::AddArm { step, arm, steps, .. } = apply(&mut def.clone(), remove.clone()).ok()? else { return None };
        Some(EditOp::Batch { ops: vec![remove, EditOp::AddArm { step, index: to, arm, steps }] })
    })
}

#[component]
fn ArmCard(step: StepId, arm: ArmId, branch: Memo<Branch>) -> impl IntoView {
    let editor = use_editor();
    let (step, arm) = (StoredValue::new(step), StoredValue::new(arm));
    let this = Signal::derive(move || {
        branch.with(|branch| {
            branch
                .arms
                .iter()
                .position(|one| one.id == arm.get_value())
                .map(|at| (at, branch.arms[at].clone(), branch.arms.len()))
        })
    });
    let change = move |key: &str, edit: &dyn Fn(&mut Arm)| {
        let arm = arm.get_value();
        editor.update_kind(&step.get_value(), &format!("{arm}/{key}"), |kind| {
            if let StepKind::Branch(branch) = kind
                && let Some(found) = branch.arms.iter_mut().find(|one| one.id == arm)
            {
                edit(found);
            }
        });
    };
    let label = Signal::derive(move || this.get().map(|(_, arm, _)| arm.label).unwrap_or_default());
    let is_else = Memo::new(move |_| this.get().is_some_and(|(_, arm, _)| arm.condition.is_none()));
    let condition =
        Signal::derive(move || this.get().and_then(|(_, arm, _)| arm.condition).unwrap_or(Condition::All(Vec::new())));
    let output =
        Signal::derive(move || this.get().map_or(Mapped::Omit, |(_, arm, _)| pairs::object(arm.output.into_iter().collect())));
    let at = Memo::new(move |_| this.get().map_or(0, |(at, ..)| at));
    let put_output = Callback::new(move |new: Mapped| {
        let map: BTreeMap<String, Mapped> = pairs::entries(&new).unwrap_or_default().into_iter().collect();
        change("output", &|arm| arm.output = map.clone());
    });
    let shift = move |by| {
        if let Some(op) = moved(editor, &step.get_value(), &arm.get_value(), by) {
            editor.edit(op);
        }
    };
    let remove = move |_| {
        editor.edit(EditOp::RemoveArm { step: step.get_value(), arm: arm.get_value() });
    };
    let add_step = move |_| {
        let owner = model::definition::BodyOwner::Arm { step: step.get_value(), arm: arm.get_value() };
        let index = this.get_untracked().map_or(0, |(_, arm, _)| arm.body.len());
        editor.picking.set(Some(crate::editor::state::Picking::Step(Slot { owner, index })));
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
                        change("label", &|arm| arm.label = new.clone());
                    }
                />
                <IconButton glyph=Glyph::ChevronUp label=t::MOVE_UP.to_owned() small=true disabled=Signal::derive(move || at.get() == 0) on:click=move |_| shift(-1)/>
                <IconButton
                    glyph=Glyph::ChevronDown
                    label=t::MOVE_DOWN.to_owned()
                    small=true
                    disabled=Signal::derive(move || this.get().is_none_or(|(at, _, count)| at + 1 >= count))
                    on:click=move |_| shift(1)
                />
                <IconButton glyph=Glyph::Trash label=t::REMOVE_PATH.to_owned() small=true on:click=remove/>
            </div>
            {move || {
                if is_else.get() {
                    view! { <p class="ed-hint">{t::ELSE_HINT}</p> }.into_any()
                } else {
                    view! {
                        <ConditionField
                            value=condition
                            lead=t::TAKEN_IF
                            on_change=move |new: Condition| change("condition", &|arm| arm.condition = Some(new.clone()))
                        />
                    }
                        .into_any()
                }
            }}
            <FieldProblems at=format!("arms.{}", arm.get_value())/>
            <div class="ed-more">
                <Button small=true tone=Tone::Ghost icon=Glyph::Plus on:click=add_step>{t::ADD_STEP_HERE}</Button>
            </div>
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
