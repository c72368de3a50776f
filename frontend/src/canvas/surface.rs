//! A drawn workflow: one transformed layer with the lines, the notes, the cards and the names of paths, moved and zoomed by hand.

use std::sync::Arc;

use layout::NodeId;
use leptos::{html, prelude::*};
use model::ids::{ArmId, NoteId, StepId};
use wasm_bindgen::{JsCast, prelude::Closure};

use super::{
    arms::Arms,
    board::{Board, Placed, node_of_key},
    card::Cards,
    edges::Edges,
    gestures::Gestures,
    notes::Notes,
};

/// What whoever draws a workflow puts into it.
#[derive(Clone, Copy)]
pub struct Drawing {
    /// The card of a step or trigger.
    pub card: fn(NodeId) -> AnyView,
    /// Whether a path was taken; absent: nobody knows.
    pub taken: Callback<(StepId, ArmId), Option<bool>>,
    /// What a press on a note does; absent: it is only read.
    pub note: Option<Callback<NoteId>>,
}

#[component]
pub fn Surface(
    board: Board,
    node: NodeRef<html::Div>,
    hands: Gestures,
    drawing: Drawing,
    label: &'static str,
    /// Of the whole.
    #[prop(into)]
    class: Signal<String>,
    /// Cards can be chosen together.
    multiselectable: bool,
    on_focus: Callback<web_sys::FocusEvent>,
    on_key: Callback<web_sys::KeyboardEvent>,
    /// On the layer, above the cards.
    children: ChildrenFn,
) -> impl IntoView {
    // Whatever the layout does, what a person is looking at stays where it is.
    Effect::new(move |before: Option<Arc<Placed>>| {
        let after = board.placed.get();
        if let Some(before) = before.filter(|before| *before != after) {
            board.hold_still(&before, &after);
        }
        after
    });
    let transform = move || {
        let view = board.view.get();
        format!("transform:translate({:.2}px,{:.2}px) scale({:.4})", view.x, view.y, view.zoom)
    };
    let grid = move || {
        let view = board.view.get();
        let cell = 22.0 * view.zoom;
        let cell = if cell < 12.0 { cell * 2.0 } else { cell };
        format!("background-size:{cell:.2}px {cell:.2}px;background-position:{:.2}px {:.2}px", view.x, view.y)
    };
    let empty = Memo::new(move |_| board.def.with(|def| def.triggers.is_empty() && def.body.is_empty()));
    view! {
        <div
            class=class
            node_ref=node
            style=grid
            data-testid="canvas"
            on:pointerdown=move |event| hands.down(&event)
            on:pointermove=move |event| hands.moved(&event)
            on:pointerup=move |event| hands.up(&event)
            on:pointercancel=move |event| hands.cancel(&event)
            on:wheel=move |event| hands.wheel(&event)
            on:click=move |event| hands.click(&event)
            on:pointerover=move |event| {
                board.hovered.set_value(true);
                board.under.set_value(node_under(&event));
            }
            on:pointerleave=move |_| {
                board.hovered.set_value(false);
                board.under.set_value(None);
            }
            on:focusin=move |event| {
                board.focused.set_value(true);
                on_focus.run(event);
            }
            on:focusout=move |event| if event.related_target().is_some() { board.focused.set_value(false) }
            on:keydown=move |event| on_key.run(event)
        >
            <Show when=move || !empty.get()>
                <div class="layer" class:glide=move || board.glide.get() style=transform on:transitionend=move |_| board.glide.set(false)>
                    <Edges/>
                    <Notes open=drawing.note/>
                    <div role="tree" aria-label=label aria-orientation="vertical" aria-multiselectable=multiselectable.then_some("true")>
                        <Cards card=drawing.card/>
                    </div>
                    <Arms taken=drawing.taken/>
                    {children()}
                </div>
            </Show>
        </div>
    }
}

/// The card that the pointer is on.
fn node_under(event: &web_sys::PointerEvent) -> Option<NodeId> {
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    node_of_key(&target.closest("[data-node]").ok()??.get_attribute("data-node")?)
}

/// Tells the canvas's size in pixels, at first and whenever it changes.
pub fn watch_size(node: NodeRef<html::Div>, resized: impl Fn(f64, f64) + Copy + 'static) {
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let measured: web_sys::Element = (*element).clone().unchecked_into();
        let changed = Closure::<dyn Fn()>::new(move || {
            let rect = measured.get_bounding_client_rect();
            if rect.width() > 0.0 {
                resized(rect.width(), rect.height());
            }
        });
        let Ok(observer) = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref()) else { return };
        observer.observe(&element);
        let kept = StoredValue::new_local((observer, changed));
        on_cleanup(move || {
            kept.try_with_value(|(observer, _)| observer.disconnect());
        });
    });
}
