//! The cards: what a step or trigger is, and how it went. What else there is to say, whoever draws the workflow says.

use layout::{Node, NodeId};
use leptos::{attr::custom::custom_attribute, prelude::*};
use model::{
    ids::{StepId, TriggerId},
    run::StepStatus,
};

use super::board::{Board, key_of, use_board};
use crate::{
    editor::{folds, steps::kind_name, triggers},
    moment::use_now,
    standing::Standing,
    text::{self, editor as t},
    ui::{Glyph, Icon, StatusDot, StepTile, step_look},
};

#[component]
pub fn Cards(card: fn(NodeId) -> AnyView) -> impl IntoView {
    let board = use_board();
    let ids = Memo::new(move |_| {
        let (seen, stop) = (board.seen.get(), board.stop.get());
        board.placed.with(|placed| {
            // The one that holds the focus, or takes it by the Tab key, wherever it is.
            let near = |node: &&Node| seen.is_none_or(|seen| seen.touches(&node.rect())) || stop.as_ref() == Some(&node.id);
            placed.layout.nodes.iter().filter(near).map(|node| node.id.clone()).collect::<Vec<_>>()
        })
    });
    // Where cards come and go with the view, one that held the focus may have been put elsewhere in the document and lost it.
    Effect::new(move |_| {
        ids.track();
        let moves = board.seen.with_untracked(Option::is_some) && board.selected.with_untracked(Option::is_some);
        if moves && board.focused.get_value() {
            request_animation_frame(|| {
                if document().active_element().is_none_or(|active| active.tag_name() == "BODY") {
                    super::focus_selected();
                }
            });
        }
    });
    view! { <For each=move || ids.get() key=Clone::clone children=card/> }
}

/// Where a card stands.
pub fn position(board: Board, id: NodeId) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    let at = Memo::new(move |_| board.placed.with(|placed| placed.at(&id)));
    move || at.get().map(|(x, y)| format!("transform:translate({x:.1}px,{y:.1}px)")).unwrap_or_default()
}

/// Exactly one card takes part in the tab order.
pub fn tabindex(board: Board, id: NodeId) -> impl Fn() -> &'static str + Clone + Send + Sync + 'static {
    let mine = Memo::new(move |_| board.stop.with(|stop| stop.as_ref() == Some(&id)));
    move || if mine.get() { "0" } else { "-1" }
}

/// What a card shows beside what the definition says of its step or trigger.
pub struct Dress {
    /// More classes of the card, each with a space before it.
    pub class: Signal<String>,
    /// The line under its name.
    pub about: Signal<String>,
    /// All of it in words, for those who do not see it.
    pub name: Signal<String>,
    /// It is chosen together with others.
    pub marked: Signal<bool>,
    pub standing: Signal<Option<Standing>>,
    /// Before the line under the name, and after it.
    pub before: AnyView,
    pub after: AnyView,
    /// On its upper edge.
    pub over: AnyView,
    /// At its upper right, before how it went.
    pub marks: AnyView,
    /// In place of how it went, where nothing did.
    pub instead: ViewFn,
}

#[component]
pub fn StepFace(id: StepId, dress: Dress) -> impl IntoView {
    let board = use_board();
    let node = NodeId::Step(id.clone());
    let key = key_of(&node);
    let id = StoredValue::new(id);
    let of_step = move |read: fn(&model::step::Step) -> String| {
        Memo::new(move |_| board.def.with(|def| def.step(&id.get_value()).map(read).unwrap_or_default()))
    };
    let (kind, label, slug) =
        (of_step(|step| kind_name(&step.kind)), of_step(|step| step.label.clone()), of_step(|step| step.slug.clone()));
    let off = Memo::new(move |_| board.def.with(|def| def.step(&id.get_value()).is_some_and(|step| step.disabled)));
    // 1 for the workflow's own.
    let level = Memo::new(move |_| board.def.with(|def| (def.around(&id.get_value()).len() + 1).to_string()));
    let selected = selected(board, node.clone());
    let held = Memo::new(move |_| board.def.with(|def| folds::inside(def, &id.get_value())));
    let folded = Memo::new(move |_| held.get().is_some() && board.folds.with(|folds| folds.contains(&id.get_value())));
    let (position, tabindex) = (position(board, node.clone()), tabindex(board, node));
    let Dress { class: more, about, name, marked, standing, before, after, over, marks, instead } = dress;
    let status = Memo::new(move |_| standing.with(|standing| standing.as_ref().map(|standing| standing.status)));
    let class = move || {
        let with = [
            (" sel", selected.get()),
            (" marked", marked.get()),
            (" off", off.get()),
            (" folded", folded.get()),
            (" running", matches!(status.get(), Some(StepStatus::Running | StepStatus::Ready))),
            (" skipped", status.get() == Some(StepStatus::Skipped)),
        ];
        let own: String = with.into_iter().filter_map(|(word, on)| on.then_some(word)).collect();
        format!("node{own}{}", more.get())
    };
    view! {
        <div
            class=class
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
                    {before}
                    <small>{about}</small>
                    {after}
                    <Counts standing/>
                </span>
            </span>
            {over}
            <Marks standing marks instead/>
            {move || held.get().map(|count| view! { <FoldButton id=id.get_value() count folded/> })}
        </div>
    }
}

#[component]
pub fn TriggerFace(id: TriggerId, dress: Dress) -> impl IntoView {
    let board = use_board();
    let node = NodeId::Trigger(id.clone());
    let key = key_of(&node);
    let id = StoredValue::new(id);
    let kind = Signal::derive(move || {
        board.def.with(|def| def.trigger(&id.get_value()).map(|trigger| triggers::mark(&trigger.kind)).unwrap_or_default())
    });
    let label = Memo::new(move |_| {
        board.def.with(|def| def.trigger(&id.get_value()).map(|trigger| trigger.label.clone()).unwrap_or_default())
    });
    let selected = selected(board, node.clone());
    let (position, tabindex) = (position(board, node.clone()), tabindex(board, node));
    let Dress { class: more, about, name, standing, before, after, over, marks, instead, .. } = dress;
    let class = move || format!("node trigger{}{}", if selected.get() { " sel" } else { "" }, more.get());
    view! {
        <div
            class=class
            style=position
            role="treeitem"
            {..custom_attribute("aria-level", "1")}
            aria-selected=move || if selected.get() { "true" } else { "false" }
            aria-label=name
            tabindex=tabindex
            data-node=key
            data-trigger=kind
        >
            <StepTile kind/>
            <span class="node-words">
                <b>{label}</b>
                <span class="node-about">{before}<small>{about}</small>{after}</span>
            </span>
            {over}
            <Marks standing marks instead/>
        </div>
    }
}

fn selected(board: Board, node: NodeId) -> Memo<bool> {
    Memo::new(move |_| board.selected.with(|selected| selected.as_ref() == Some(&node)))
}

/// How far a loop has come, or in how many of its items a step ended how.
#[component]
fn Counts(standing: Signal<Option<Standing>>) -> impl IntoView {
    let words = Memo::new(move |_| standing.with(|standing| standing.as_ref().and_then(text::standing::counts)));
    let bad = Memo::new(move |_| standing.with(|standing| standing.as_ref().is_some_and(Standing::has_failures)));
    move || words.get().map(|words| view! { <span class="node-counts num" class:bad=bad>{words}</span> })
}

/// What is told at a card's upper right: how long it took, how often it was tried, and how it went.
#[component]
fn Marks(standing: Signal<Option<Standing>>, marks: AnyView, instead: ViewFn) -> impl IntoView {
    let clock = use_now();
    let status = Memo::new(move |_| {
        standing
            .with(|standing| standing.as_ref().map(|standing| standing.status))
            .filter(|status| *status != StepStatus::Pending)
    });
    let tries = Memo::new(move |_| standing.with(|standing| standing.as_ref().and_then(text::standing::tries)));
    let took = Memo::new(move |_| standing.with(|standing| standing.as_ref()?.took(|| clock.get())).map(text::time::span));
    view! {
        <span class="node-marks">
            {marks}
            {move || took.get().map(|took| view! { <span class="node-took">{took}</span> })}
            {move || tries.get().map(|tries| view! { <span class="node-tries">{tries}</span> })}
            {move || match status.get() {
                Some(status) => view! { <StatusDot look=Signal::stored(step_look(status))/> }.into_any(),
                None => instead.run(),
            }}
        </span>
    }
}

/// Folds what stands inside a step away. By keys the card itself does that.
#[component]
fn FoldButton(id: StepId, count: usize, folded: Memo<bool>) -> impl IntoView {
    let board = use_board();
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
                board.acts.fold.run(id.clone());
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
