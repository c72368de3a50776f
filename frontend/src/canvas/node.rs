//! The cards of the editor: what a step or trigger will do, what is wrong with it, and how its last test went.

use layout::NodeId;
use leptos::{attr::custom::custom_attribute, prelude::*};
use model::{
    Severity,
    ids::{StepId, TriggerId},
    run::StepStatus,
    step::StepKind,
};

use super::{
    board::use_board,
    card::{Dress, StepFace, TriggerFace, position, tabindex},
    stage::{Stage, use_stage},
};
use crate::{
    editor::{Editor, Picking, Selected, pins, problems, state::Tested, summary},
    standing::Standing,
    text::{self, editor as t},
    ui::{Glyph, Icon},
};

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

    fn class(self) -> &'static str {
        match self {
            Flow::Gives => " gives",
            Flow::Takes => " takes",
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

fn flow_mark(flow: Memo<Option<Flow>>) -> AnyView {
    (move || flow.get().map(|flow| view! { <span class="node-flow">{flow.words()}</span> })).into_any()
}

/// The name of the connection a step works with, where it is no sandbox: that has a mark of its own.
fn account(editor: Editor, id: &StepId) -> Option<String> {
    let connection = editor.def.with(|def| match def.step(id).map(|step| &step.kind) {
        Some(StepKind::Action(action)) => action.connection,
        _ => None,
    })?;
    editor.connections.with(|all| all.iter().find(|one| one.id == connection && !one.sandbox).map(|one| one.label.clone()))
}

fn sandbox_mark(editor: Editor, this: Selected) -> AnyView {
    let sandbox = Memo::new(move |_| editor.is_sandbox(&this));
    (move || sandbox.get().then(|| view! { <span class="node-sandbox" data-tip=t::SANDBOX_ABOUT>{t::SANDBOX}</span> })).into_any()
}

fn problem_mark(problem: Memo<Option<(Severity, String)>>) -> ViewFn {
    ViewFn::from(move || {
        problem.get().map(|(severity, message)| {
            let class = if severity == Severity::Warning { "node-problem warn" } else { "node-problem bad" };
            view! { <span class=class data-tip=message><Icon glyph=Glyph::Alert/></span> }
        })
    })
}

#[component]
pub fn StepCard(id: StepId) -> impl IntoView {
    let stage = use_stage();
    let editor = stage.editor;
    let this = Selected::Step(id.clone());
    let flow = flow(stage, NodeId::Step(id.clone()));
    let step_id = StoredValue::new(id.clone());
    let label = move || editor.def.with(|def| def.step(&step_id.get_value()).map(|step| step.label.clone()).unwrap_or_default());
    let off = move || editor.def.with(|def| def.step(&step_id.get_value()).is_some_and(|step| step.disabled));
    let note = Memo::new(move |_| {
        editor.def.with(|def| def.step(&step_id.get_value()).map(|step| step.note.clone()).unwrap_or_default())
    });
    let about = Memo::new(move |_| {
        let (seen, id) = (editor.seen.get().0, step_id.get_value());
        let about = |step: &model::step::Step| summary::step(step, &seen.at(&id), &|id| editor.others.name(id));
        editor.def.with(|def| def.step(&id).map(about).unwrap_or_default())
    });
    let marked = Memo::new(move |_| editor.marked.with(|marked| marked.contains(&step_id.get_value())));
    let standing = Memo::new(move |_| editor.tested.with(|tested| tested.standings.get(&step_id.get_value()).cloned()));
    let problem = {
        let this = this.clone();
        Memo::new(move |_| problems::worst(editor, &this))
    };
    let lifted = Memo::new(move |_| {
        stage.drag.with(|drag| drag.as_ref().is_some_and(|drag| !drag.copies && drag.steps.contains(&step_id.get_value())))
    });
    let name = move || {
        t::card_name(
            &label(),
            &about.get(),
            off(),
            standing.with(|standing| standing.as_ref().map(text::standing::words)).as_deref(),
            problem.get().map(|(_, message)| message).as_deref(),
        )
    };
    let class = move || format!("{}{}", flow.get().map_or("", Flow::class), if lifted.get() { " lifted" } else { "" });
    let pinned = Memo::new(move |_| pins::is_pinned(editor, &step_id.get_value()));
    let account = Memo::new(move |_| account(editor, &step_id.get_value()));
    let marks = view! {
        {move || pinned.get().then(|| view! { <span class="node-note" data-tip=t::PINNED_TIP><Icon glyph=Glyph::Pin/></span> })}
        {move || (!note.with(String::is_empty)).then(|| view! { <span class="node-note" data-tip=note><Icon glyph=Glyph::Chat/></span> })}
    };
    let dress = Dress {
        class: Signal::derive(class),
        about: about.into(),
        name: Signal::derive(name),
        marked: marked.into(),
        standing: standing.into(),
        before: sandbox_mark(editor, this),
        after: (move || {
            account.get().map(|name| view! { <span class="node-account" data-tip=t::account_tip(&name)>{name.clone()}</span> })
        })
        .into_any(),
        over: flow_mark(flow),
        marks: marks.into_any(),
        instead: problem_mark(problem),
    };
    view! { <StepFace id dress/> }
}

#[component]
pub fn TriggerCard(id: TriggerId) -> impl IntoView {
    let stage = use_stage();
    let editor = stage.editor;
    let this = Selected::Trigger(id.clone());
    let flow = flow(stage, NodeId::Trigger(id.clone()));
    let trigger_id = StoredValue::new(id.clone());
    let trigger = Memo::new(move |_| editor.trigger(&trigger_id.get_value()));
    let label = move || trigger.with(|trigger| trigger.as_ref().map(|trigger| trigger.label.clone()).unwrap_or_default());
    let about = Memo::new(move |_| trigger.with(|trigger| trigger.as_ref().map(summary::trigger).unwrap_or_default()));
    let problem = {
        let this = this.clone();
        Memo::new(move |_| problems::worst(editor, &this))
    };
    // A test of the whole workflow begins with an event that is there already.
    let tested = Memo::new(move |_| {
        let began = editor.tested.with(|tested: &Tested| tested.only.is_none() && tested.run.is_some());
        began.then(|| Standing { status: StepStatus::Succeeded, ..Standing::default() })
    });
    let name = move || t::card_name(&label(), &about.get(), false, None, problem.get().map(|(_, message)| message).as_deref());
    let dress = Dress {
        class: Signal::derive(move || {
            flow.get().filter(|flow| *flow == Flow::Gives).map(Flow::class).unwrap_or_default().to_owned()
        }),
        about: about.into(),
        name: Signal::derive(name),
        marked: Signal::stored(false),
        standing: tested.into(),
        before: ().into_any(),
        after: ().into_any(),
        over: flow_mark(flow),
        marks: sandbox_mark(editor, this),
        instead: problem_mark(problem),
    };
    view! { <TriggerFace id dress/> }
}

/// Steps without anything that starts them.
#[component]
pub fn NoTrigger() -> impl IntoView {
    let (editor, board) = (use_stage().editor, use_board());
    let position = position(board, NodeId::Triggers);
    let tabindex = tabindex(board, NodeId::Triggers);
    view! {
        <div
            class="node missing"
            style=position
            role="treeitem"
            {..custom_attribute("aria-level", "1")}
            aria-label=t::CHOOSE_START
            tabindex=tabindex
            data-node="triggers"
            on:click=move |_| if editor.may_edit.get_untracked() { editor.picking.set(Some(Picking::Trigger)) }
        >
            <span class="tile"><Icon glyph=Glyph::Plus/></span>
            <span class="node-words"><b>{t::CHOOSE_START}</b><small>{t::CHOOSE_START_SHORT}</small></span>
        </div>
    }
}
