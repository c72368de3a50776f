//! The cards: what a step or trigger is, what it will do, and how its last test went.

use layout::{Node, NodeId};
use leptos::{attr::custom::custom_attribute, prelude::*};
use model::{
    Severity,
    ids::{StepId, TriggerId},
    run::StepStatus,
    step::StepKind,
};

use super::stage::{Stage, key_of, use_stage};
use crate::{
    editor::{Editor, Picking, Selected, folds, pins, problems, state::Tested, steps::kind_name, summary, triggers},
    text::{self, editor as t},
    ui::{Glyph, Icon, StatusDot, StepTile, step_look},
};

#[component]
pub fn Cards() -> impl IntoView {
    let stage = use_stage();
    let ids = Memo::new(move |_| {
        let (seen, stop) = (stage.seen.get(), stage.stop.get());
        stage.placed.with(|placed| {
            // The one that holds the focus, or takes it by the Tab key, wherever it is.
            let near = |node: &&Node| seen.is_none_or(|seen| seen.touches(&node.rect())) || stop.as_ref() == Some(&node.id);
            placed.layout.nodes.iter().filter(near).map(|node| node.id.clone()).collect::<Vec<_>>()
        })
    });
    // Where cards come and go with the view, one that held the focus may have been put elsewhere in the document and lost it.
    Effect::new(move |_| {
        ids.track();
        if stage.seen.with_untracked(Option::is_some) && stage.editor.selected.with_untracked(Option::is_some) {
            request_animation_frame(|| {
                if document().active_element().is_none_or(|active| active.tag_name() == "BODY") {
                    super::focus_selected();
                }
            });
        }
    });
    let card = move |id: NodeId| match id {
        NodeId::Step(id) => view! { <StepCard id/> }.into_any(),
        NodeId::Trigger(id) => view! { <TriggerCard id/> }.into_any(),
        NodeId::Triggers => view! { <NoTrigger/> }.into_any(),
    };
    view! { <For each=move || ids.get() key=Clone::clone children=card/> }
}

/// Where a card stands, followed by its place in the document's tab order.
fn position(stage: Stage, id: NodeId) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    let at = Memo::new(move |_| stage.placed.with(|placed| placed.at(&id)));
    move || at.get().map(|(x, y)| format!("transform:translate({x:.1}px,{y:.1}px)")).unwrap_or_default()
}

/// How a card's data has to do with the selected one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Gives,
    Takes,
}

impl Flow {
    fn words(self) -> &'static str {
        match self {
            Flow::Gives => t::GIVES_DATA,
            Flow::Takes => t::TAKES_DATA,
        }
    }
}

fn flow(stage: Stage, id: NodeId) -> Memo<Option<Flow>> {
    Memo::new(move |_| {
        stage.lights.with(|lights| {
            let gives = lights.gives.contains(&id).then_some(Flow::Gives);
            gives.or(lights.takes.contains(&id).then_some(Flow::Takes))
        })
    })
}

/// The name of the connection a step works with, where it is no sandbox: that has a mark of its own.
fn account(editor: Editor, id: &StepId) -> Option<String> {
    let connection = editor.def.with(|def| match def.step(id).map(|step| &step.kind) {
        Some(StepKind::Action(action)) => action.connection,
        _ => None,
    })?;
    editor.connections.with(|all| all.iter().find(|one| one.id == connection && !one.sandbox).map(|one| one.label.clone()))
}

/// Exactly one card takes part in the tab order.
fn tabindex(stage: Stage, id: NodeId) -> impl Fn() -> &'static str + Clone + Send + Sync + 'static {
    let mine = Memo::new(move |_| stage.stop.with(|stop| stop.as_ref() == Some(&id)));
    move || if mine.get() { "0" } else { "-1" }
}

#[component]
fn StepCard(id: StepId) -> impl IntoView {
    let stage = use_stage();
    let editor = stage.editor;
    let node = NodeId::Step(id.clone());
    let this = Selected::Step(id.clone());
    let key = key_of(&node);
    let step_id = StoredValue::new(id);
    let kind = Memo::new(move |_| {
        editor.def.with(|def| def.step(&step_id.get_value()).map(|step| kind_name(&step.kind)).unwrap_or_default())
    });
    let label = Memo::new(move |_| {
        editor.def.with(|def| def.step(&step_id.get_value()).map(|step| step.label.clone()).unwrap_or_default())
    });
    let slug = Memo::new(move |_| {
        editor.def.with(|def| def.step(&step_id.get_value()).map(|step| step.slug.clone()).unwrap_or_default())
    });
    let off = Memo::new(move |_| editor.def.with(|def| def.step(&step_id.get_value()).is_some_and(|step| step.disabled)));
    let note = Memo::new(move |_| {
        editor.def.with(|def| def.step(&step_id.get_value()).map(|step| step.note.clone()).unwrap_or_default())
    });
    let about = Memo::new(move |_| {
        let (seen, id) = (editor.seen.get().0, step_id.get_value());
        let about = |step: &model::step::Step| summary::step(step, &seen.at(&id), &|id| editor.others.name(id));
        editor.def.with(|def| def.step(&id).map(about).unwrap_or_default())
    });
    // 1 for the workflow's own.
    let level = Memo::new(move |_| editor.def.with(|def| (def.around(&step_id.get_value()).len() + 1).to_string()));
    let selected = {
        let this = this.clone();
        Memo::new(move |_| editor.selected.with(|selected| selected.as_ref() == Some(&this)))
    };
    let marked = Memo::new(move |_| editor.marked.with(|marked| marked.contains(&step_id.get_value())));
    let tested = Memo::new(move |_| {
        editor.tested.with(|tested| {
            tested.steps.get(&step_id.get_value()).map(|state| {
                let took = state.started_at.zip(state.finished_at).map(|(from, to)| to.since(from));
                (state.status, took)
            })
        })
    });
    let problem = {
        let this = this.clone();
        Memo::new(move |_| problems::worst(editor, &this))
    };
    let held = Memo::new(move |_| editor.def.with(|def| folds::inside(def, &step_id.get_value())));
    let folded = Memo::new(move |_| held.get().is_some() && editor.folds.with(|folds| folds.contains(&step_id.get_value())));
    let lifted = Memo::new(move |_| {
        stage.drag.with(|drag| drag.as_ref().is_some_and(|drag| !drag.copies && drag.steps.contains(&step_id.get_value())))
    });
    let name = move || {
        t::card_name(
            &label.get(),
            &about.get(),
            off.get(),
            tested.get().map(|(status, _)| step_look(status).2),
            problem.get().map(|(_, message)| message).as_deref(),
        )
    };
    let sandbox = Memo::new(move |_| editor.is_sandbox(&this));
    let pinned = Memo::new(move |_| pins::is_pinned(editor, &step_id.get_value()));
    let account = Memo::new(move |_| account(editor, &step_id.get_value()));
    let flow = flow(stage, node.clone());
    let (position, tabindex) = (position(stage, node.clone()), tabindex(stage, node));
    view! {
        <div
            class="node"
            class:gives=move || flow.get() == Some(Flow::Gives)
            class:takes=move || flow.get() == Some(Flow::Takes)
            class:sel=selected
            class:off=off
            class:marked=marked
            class:lifted=lifted
            class:folded=folded
            class:running=move || matches!(tested.get(), Some((StepStatus::Running | StepStatus::Ready, _)))
            class:skipped=move || matches!(tested.get(), Some((StepStatus::Skipped, _)))
            style=position
            role="treeitem"
            {..custom_attribute("aria-level", level)}
            aria-selected=move || if selected.get() || marked.get() { "true" } else { "false" }
            aria-expanded=move || held.get().map(|_| if folded.get() { "false" } else { "true" })
            aria-label=name
            tabindex=tabindex
            data-node=key
            data-step=slug
        >
            <StepTile kind/>
            <span class="node-words">
                <b>{label}</b>
                <span class="node-about">
                    {move || sandbox.get().then(|| view! { <span class="node-sandbox" data-tip=t::SANDBOX_ABOUT>{t::SANDBOX}</span> })}
                    <small>{about}</small>
                    {move || account.get().map(|name| view! { <span class="node-account" data-tip=t::account_tip(&name)>{name.clone()}</span> })}
                </span>
            </span>
            {move || flow.get().map(|flow| view! { <span class="node-flow">{flow.words()}</span> })}
            <span class="node-marks">
                {move || pinned.get().then(|| view! { <span class="node-note" data-tip=t::PINNED_TIP><Icon glyph=Glyph::Pin/></span> })}
                {move || (!note.with(String::is_empty)).then(|| view! { <span class="node-note" data-tip=note><Icon glyph=Glyph::Chat/></span> })}
                {move || match (tested.get(), problem.get()) {
                    (Some((status, took)), _) if status != StepStatus::Pending => {
                        let took = took.filter(|_| status == StepStatus::Succeeded || status == StepStatus::Failed).filter(|took| *took > 0).map(text::time::span);
                        view! { {took.map(|took| view! { <span class="node-took">{took}</span> })} <StatusDot look=Signal::stored(step_look(status))/> }.into_any()
                    }
                    (_, Some((severity, message))) => {
                        let class = if severity == Severity::Warning { "node-problem warn" } else { "node-problem bad" };
                        view! { <span class=class data-tip=message><Icon glyph=Glyph::Alert/></span> }.into_any()
                    }
                    _ => ().into_any(),
                }}
            </span>
            {move || held.get().map(|count| view! { <FoldButton id=step_id.get_value() count folded/> })}
        </div>
    }
}

/// Folds what stands inside a step away. By keys the card itself does that.
#[component]
fn FoldButton(id: StepId, count: usize, folded: Memo<bool>) -> impl IntoView {
    let editor = use_stage().editor;
    let label = move || if folded.get() { t::unfold(count) } else { t::FOLD.to_owned() };
    view! {
        <button
            type="button"
            class="node-fold"
            tabindex="-1"
            aria-label=label
            data-tip=label
            on:click=move |event: leptos::ev::MouseEvent| {
                event.stop_propagation();
                folds::flip(editor, &id);
            }
        >
            {move || if folded.get() {
                view! { <span>{t::steps_inside(count)}</span><Icon glyph=Glyph::ChevronDown/> }.into_any()
            } else {
                view! { <Icon glyph=Glyph::ChevronUp/> }.into_any()
            }}
        </button>
    }
}

#[component]
fn TriggerCard(id: TriggerId) -> impl IntoView {
    let stage = use_stage();
    let editor = stage.editor;
    let node = NodeId::Trigger(id.clone());
    let this = Selected::Trigger(id.clone());
    let key = key_of(&node);
    let id = StoredValue::new(id);
    let trigger = Memo::new(move |_| editor.trigger(&id.get_value()));
    let kind = Signal::derive(move || trigger.get().map(|trigger| triggers::mark(&trigger.kind)).unwrap_or_default());
    let label = Memo::new(move |_| trigger.get().map(|trigger| trigger.label).unwrap_or_default());
    let about = Memo::new(move |_| trigger.get().map(|trigger| summary::trigger(&trigger)).unwrap_or_default());
    let selected = {
        let this = this.clone();
        Memo::new(move |_| editor.selected.with(|selected| selected.as_ref() == Some(&this)))
    };
    let problem = {
        let this = this.clone();
        Memo::new(move |_| problems::worst(editor, &this))
    };
    // A test of the whole workflow begins with an event that is there already.
    let tested = Memo::new(move |_| editor.tested.with(|tested: &Tested| tested.only.is_none() && tested.run.is_some()));
    let sandbox = Memo::new(move |_| editor.is_sandbox(&this));
    let flow = flow(stage, node.clone());
    let (position, tabindex) = (position(stage, node.clone()), tabindex(stage, node));
    view! {
        <div
            class="node trigger"
            class:gives=move || flow.get() == Some(Flow::Gives)
            class:sel=selected
            style=position
            role="treeitem"
            {..custom_attribute("aria-level", "1")}
            aria-selected=move || if selected.get() { "true" } else { "false" }
            aria-label=move || t::card_name(&label.get(), &about.get(), false, None, problem.get().map(|(_, message)| message).as_deref())
            tabindex=tabindex
            data-node=key
            data-trigger=kind
        >
            <StepTile kind/>
            <span class="node-words">
                <b>{label}</b>
                <small>{about}</small>
            </span>
            {move || flow.get().map(|flow| view! { <span class="node-flow">{flow.words()}</span> })}
            <span class="node-marks">
                {move || sandbox.get().then(|| view! { <span class="node-sandbox" data-tip=t::SANDBOX_ABOUT>{t::SANDBOX}</span> })}
                {move || match (tested.get(), problem.get()) {
                    (true, _) => view! { <StatusDot look=Signal::stored(step_look(StepStatus::Succeeded))/> }.into_any(),
                    (false, Some((severity, message))) => {
                        let class = if severity == Severity::Warning { "node-problem warn" } else { "node-problem bad" };
                        view! { <span class=class data-tip=message><Icon glyph=Glyph::Alert/></span> }.into_any()
                    }
                    _ => ().into_any(),
                }}
            </span>
        </div>
    }
}

/// Steps without anything that starts them.
#[component]
fn NoTrigger() -> impl IntoView {
    let stage = use_stage();
    let position = position(stage, NodeId::Triggers);
    let tabindex = tabindex(stage, NodeId::Triggers);
    view! {
        <div
            class="node missing"
            style=position
            role="treeitem"
            {..custom_attribute("aria-level", "1")}
            aria-label=t::CHOOSE_START
            tabindex=tabindex
            data-node="triggers"
            on:click=move |_| if stage.editor.may_edit.get_untracked() { stage.editor.picking.set(Some(Picking::Trigger)) }
        >
            <span class="tile"><Icon glyph=Glyph::Plus/></span>
            <span class="node-words"><b>{t::CHOOSE_START}</b><small>{t::CHOOSE_START_SHORT}</small></span>
        </div>
    }
}
