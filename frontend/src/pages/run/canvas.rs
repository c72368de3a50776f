//! The run on the workflow it ran on: how each step stands, live while it runs. Choosing a card chooses the step in the panel, and the
//! other way round.

use std::collections::{BTreeMap, BTreeSet};

use layout::NodeId;
use leptos::{html, prelude::*};
use model::{
    WorkflowDefinition,
    api::RunDetail,
    ids::{StepId, TriggerId},
    run::StepStatus,
};

use super::Shown;
use crate::{
    canvas::{
        Acts, Board, Controls, Drawing, Dress, Gestures, Minimap, StepFace, Surface, TriggerFace, can, focused, on_canvas,
        perform, watch_size,
    },
    commands::use_commands,
    editor::{folds, summary},
    standing::{Standing, standings},
    text::{self, editor as te, run as t, sentence},
};

/// What the cards of a run tell.
#[derive(Clone, Copy)]
struct Told {
    board: Board,
    standings: Memo<BTreeMap<StepId, Standing>>,
    /// What started it.
    trigger: StoredValue<TriggerId>,
    /// No further step begins.
    over: Memo<bool>,
}

/// Whether there is anything to draw.
pub fn is_readable(def: &WorkflowDefinition) -> bool {
    !def.triggers.is_empty() || !def.steps.is_empty()
}

/// What the panel shows of a card: the step's worst iteration where its data is at hand, else what is known of it over all.
fn shown_of(card: &NodeId, standings: &BTreeMap<StepId, Standing>) -> Shown {
    match card {
        NodeId::Trigger(_) | NodeId::Triggers => Shown::Event,
        NodeId::Step(id) => match standings.get(id).and_then(|standing| standing.path.clone()) {
            Some(path) => Shown::Step(path),
            None => Shown::Card(id.clone()),
        },
    }
}

fn card_of(shown: &Shown, trigger: &TriggerId) -> NodeId {
    match shown {
        Shown::Event => NodeId::Trigger(trigger.clone()),
        Shown::Step(path) => NodeId::Step(path.step()),
        Shown::Card(id) => NodeId::Step(id.clone()),
    }
}

#[component]
pub fn RunCanvas(
    detail: Signal<RunDetail>,
    shown: Memo<Shown>,
    on_choose: impl Fn(Shown) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    // A run keeps to one definition.
    let def = Signal::stored(detail.with_untracked(|detail| detail.definition.clone()));
    let standings = Memo::new(move |_| detail.with(standings));
    let trigger = StoredValue::new(detail.with_untracked(|detail| detail.run.trigger.clone()));
    let folded = RwSignal::new(BTreeSet::new());
    let selected = Memo::new(move |_| Some(trigger.with_value(|trigger| shown.with(|shown| card_of(shown, trigger)))));
    let choose = move |card: NodeId| on_choose(standings.with_untracked(|standings| shown_of(&card, standings)));
    let acts = Acts {
        choose: Callback::new(choose),
        open: Callback::new(choose),
        fold: Callback::new(move |id: StepId| {
            let at = match selected.get_untracked() {
                Some(NodeId::Step(id)) => Some(id),
                _ => None,
            };
            let hides = def.with_untracked(|def| folded.try_update(|folded| folds::turn(folded, def, &id, at.as_ref())));
            if hides == Some(true) {
                choose(NodeId::Step(id));
            }
        }),
    };
    let board = Board::new(def, folded, selected.into(), acts);
    provide_context(board);
    let over = Memo::new(move |_| detail.with(|detail| detail.run.status.is_final()));
    provide_context(Told { board, standings, trigger, over });
    let node = NodeRef::<html::Div>::new();
    watch_size(node, move |w, h| resized(board, w, h));
    follow(board);
    use_commands().offer(move |command| can(board, command), move |command| perform(board, command));
    let drawing = Drawing {
        card,
        taken: Callback::new(move |(step, arm)| {
            standings.with(|all| all.get(&step)?.arms.as_ref().map(|arms| arms.contains(&arm)))
        }),
        note: None,
    };
    let bad = move |card: &NodeId| {
        let NodeId::Step(id) = card else { return false };
        standings.with(|all| all.get(id).is_some_and(|one| matches!(one.status, StepStatus::Failed | StepStatus::Unknown)))
    };
    let chosen = move |card: &NodeId| selected.with(|selected| selected.as_ref() == Some(card));
    view! {
        <div class="run-canvas" role="group" aria-label=t::LOOK_CANVAS>
            <Surface
                board
                node
                hands=Gestures::new(board, None, node)
                drawing
                label=t::CANVAS_LABEL
                class="canvas fixed".to_owned()
                multiselectable=false
                on_focus=Callback::new(move |event: web_sys::FocusEvent| focused(board, &event))
                on_key=Callback::new(move |event: web_sys::KeyboardEvent| on_canvas(board, &event))
            >
                ""
            </Surface>
            <Minimap bad chosen/>
            <Controls/>
        </div>
    }
}

/// At first the top of the workflow with what is shown in sight; in another window the middle stays the middle.
fn resized(board: Board, w: f64, h: f64) {
    let Some((before, _)) = board.size.try_get_untracked() else { return };
    board.size.set((w, h));
    if before == 0.0 {
        board.begin();
    } else {
        board.view.update(|view| *view = view.pan((w - before) / 2.0, 0.0));
    }
    board.reveal_selected(0.0);
    board.glide.set(before != 0.0 && board.glide.get_untracked());
}

/// What is chosen comes into sight, out of what is folded; but where somebody's pointer is, nothing moves by itself.
fn follow(board: Board) {
    Effect::new(move |_| {
        let Some(selected) = board.selected.get() else { return };
        if let NodeId::Step(id) = &selected {
            let around = board.def.with_untracked(|def| def.around(id));
            if board.folds.with_untracked(|folded| around.iter().any(|id| folded.contains(id))) {
                board.folds.update(|folded| folded.retain(|id| !around.contains(id)));
            }
        }
        let by_hand = board.focused.get_value() && board.under.get_value().as_ref() != Some(&selected);
        if by_hand || !board.hovered.get_value() {
            request_animation_frame(move || {
                if board.view.try_get_untracked().is_some() {
                    board.reveal_selected(0.0);
                }
            });
        }
    });
}

fn card(id: NodeId) -> AnyView {
    match id {
        NodeId::Step(id) => view! { <RunStepCard id/> }.into_any(),
        NodeId::Trigger(id) => view! { <RunTriggerCard id/> }.into_any(),
        NodeId::Triggers => ().into_any(),
    }
}

#[component]
fn RunStepCard(id: StepId) -> impl IntoView {
    let Told { board, standings, over, .. } = expect_context();
    let of = id.clone();
    let standing = Memo::new(move |_| standings.with(|all| all.get(&of).cloned()));
    let of = id.clone();
    let (label, does) = board.def.with_untracked(|def| {
        let step = def.step(&of);
        let does = step.map(|step| summary::step(step, &Default::default(), &|_| None)).unwrap_or_default();
        (step.map(|step| step.label.clone()).unwrap_or_default(), does)
    });
    // Why it failed is worth more than what it was meant to do.
    let about = Memo::new(move |_| {
        let error = standing.with(|standing| standing.as_ref().and_then(|standing| standing.error.clone()));
        error.map_or_else(|| does.clone(), |error| sentence(&error))
    });
    let unreached = Memo::new(move |_| over.get() && standing.with(Option::is_none));
    let name = move || {
        let stands = match standing.get() {
            Some(standing) => text::standing::words(&standing),
            None if over.get() => t::UNREACHED.to_owned(),
            None => text::status::step(StepStatus::Pending).to_owned(),
        };
        te::run_card_name(&label, &about.get(), &stands)
    };
    let dress = Dress {
        class: Signal::derive(move || if unreached.get() { " unreached".to_owned() } else { String::new() }),
        about: about.into(),
        name: Signal::derive(name),
        marked: Signal::stored(false),
        standing: standing.into(),
        before: ().into_any(),
        after: ().into_any(),
        over: ().into_any(),
        marks: ().into_any(),
        instead: ViewFn::from(|| ()),
    };
    view! { <StepFace id dress/> }
}

#[component]
fn RunTriggerCard(id: TriggerId) -> impl IntoView {
    let Told { board, trigger, .. } = expect_context();
    let started = trigger.with_value(|trigger| *trigger == id);
    let (label, about) = board.def.with_untracked(|def| {
        def.trigger(&id).map(|trigger| (trigger.label.clone(), summary::trigger(trigger))).unwrap_or_default()
    });
    let name = te::run_card_name(&label, &about, if started { t::STARTED } else { t::DID_NOT_START });
    let standing = started.then(|| Standing { status: StepStatus::Succeeded, ..Standing::default() });
    let dress = Dress {
        class: Signal::stored(if started { String::new() } else { " unreached".to_owned() }),
        about: Signal::stored(about),
        name: Signal::stored(name),
        marked: Signal::stored(false),
        standing: Signal::stored(standing),
        before: ().into_any(),
        after: ().into_any(),
        over: ().into_any(),
        marks: ().into_any(),
        instead: ViewFn::from(|| ()),
    };
    view! { <TriggerFace id dress/> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_leads_to_its_step_and_back() {
        let at_hand = Standing { path: Some("each[3].send".into()), ..Standing::default() };
        let all = BTreeMap::from([(StepId::from("send"), at_hand), (StepId::from("gone"), Standing::default())]);
        let shown = |id: &str| shown_of(&NodeId::Step(id.into()), &all);
        assert_eq!(shown("send"), Shown::Step("each[3].send".into()));
        assert_eq!(shown("gone"), Shown::Card("gone".into()), "its iterations are over");
        assert_eq!(shown("later"), Shown::Card("later".into()), "the run has not come to it");
        let trigger = TriggerId::from("start");
        assert_eq!(shown_of(&NodeId::Trigger(trigger.clone()), &all), Shown::Event);
        for id in ["send", "gone", "later"] {
            assert_eq!(card_of(&shown(id), &trigger), NodeId::Step(id.into()));
        }
        assert_eq!(card_of(&Shown::Event, &trigger), NodeId::Trigger(trigger));
    }

    #[test]
    fn what_cannot_be_read_any_more_is_not_drawn() {
        let mut def = WorkflowDefinition::default();
        assert!(!is_readable(&def));
        def.triggers =
            serde_json::from_value(serde_json::json!([{ "id": "t", "label": "By hand", "kind": { "type": "manual" } }])).unwrap();
        assert!(is_readable(&def), "a workflow without steps has run too");
    }
}
