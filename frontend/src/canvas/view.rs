//! The canvas itself: one transformed layer with the lines, the cards and the slots.

use std::{sync::Arc, time::Duration};

use leptos::{html, leptos_dom::helpers::debounce, prelude::*};
use wasm_bindgen::{JsCast, prelude::Closure};

use super::{
    chosen::{Band, ChosenBar},
    controls::Controls,
    drag::Ghost,
    edges::Edges,
    gestures::Gestures,
    keys,
    minimap::Minimap,
    node::Cards,
    shelf::{Notes, Shelf},
    slots::Slots,
    stage::{Placed, Stage, node_of_key},
};
use crate::{
    commands::use_commands,
    editor::{Selected, folds, use_editor},
    text::editor as t,
};

/// A view that rests this long is remembered.
const KEEP_AFTER: Duration = Duration::from_millis(400);

#[component]
pub fn Canvas() -> impl IntoView {
    let editor = use_editor();
    let stage = Stage::new(editor);
    provide_context(stage);
    let node = NodeRef::<html::Div>::new();
    watch_size(stage, node);
    // A new or newly selected card is brought into sight once it has its place.
    Effect::new(move |_| {
        if let Some(Selected::Step(id)) = editor.selected.get() {
            folds::reveal(editor, &id);
        }
    });
    Effect::new(move |_| {
        editor.selected.track();
        editor.inspecting.track();
        stage.placed.track();
        request_animation_frame(move || {
            if stage.view.try_get_untracked().is_some() {
                stage.reveal_selected();
            }
        });
    });
    // Whatever the layout does, what a person is looking at stays where it is.
    Effect::new(move |before: Option<Arc<Placed>>| {
        let after = stage.placed.get();
        if let Some(before) = before.filter(|before| *before != after) {
            stage.hold_still(&before, &after);
        }
        after
    });
    let mut keep_soon = debounce(KEEP_AFTER, move |()| {
        if stage.view.try_get_untracked().is_some() {
            stage.keep();
        }
    });
    let keep_soon = StoredValue::new_local(move || keep_soon(()));
    Effect::new(move |_| {
        stage.view.track();
        keep_soon.update_value(|keep| keep());
    });
    use_commands().offer(move |command| keys::can(stage, command), move |command| keys::perform(stage, command));
    let hands = Gestures::new(stage, node);
    let transform = move || {
        let view = stage.view.get();
        format!("transform:translate({:.2}px,{:.2}px) scale({:.4})", view.x, view.y, view.zoom)
    };
    let grid = move || {
        let view = stage.view.get();
        let cell = 22.0 * view.zoom;
        let cell = if cell < 12.0 { cell * 2.0 } else { cell };
        format!("background-size:{cell:.2}px {cell:.2}px;background-position:{:.2}px {:.2}px", view.x, view.y)
    };
    let empty = Memo::new(move |_| editor.def.with(|def| def.triggers.is_empty() && def.body.is_empty()));
    view! {
        <div
            class="canvas"
            class:fixed=move || !editor.may_edit.get()
            class:choosing=move || stage.choosing.get()
            class:dragging=move || stage.drag.with(Option::is_some)
            node_ref=node
            style=grid
            data-testid="canvas"
            on:pointerdown=move |event| hands.down(&event)
            on:pointermove=move |event| hands.moved(&event)
            on:pointerup=move |event| hands.up(&event)
            on:pointercancel=move |event| hands.cancel(&event)
            on:wheel=move |event| hands.wheel(&event)
            on:click=move |event| hands.click(&event)
            on:pointerover=move |event| stage.under.set_value(node_under(&event))
            on:pointerleave=move |_| stage.under.set_value(None)
            on:focusin=move |event| if !hands.chooses() && !stage.choosing.get_untracked() { keys::focused(editor, &event) }
            on:keydown=move |event| keys::on_canvas(stage, &event)
        >
            <Show when=move || !empty.get()>
                <div class="layer" class:glide=move || stage.glide.get() style=transform on:transitionend=move |_| stage.glide.set(false)>
                    <Edges/>
                    <Notes/>
                    <div role="tree" aria-label=t::CANVAS_LABEL aria-orientation="vertical" aria-multiselectable="true">
                        <Cards/>
                    </div>
                    <Slots/>
                </div>
            </Show>
            <Ghost/>
            <Band/>
        </div>
        <Show when=move || !empty.get()>
            <Minimap/>
            <Controls/>
            <Shelf/>
            <ChosenBar/>
        </Show>
    }
}

/// The card that the pointer is on.
fn node_under(event: &web_sys::PointerEvent) -> Option<layout::NodeId> {
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    node_of_key(&target.closest("[data-node]").ok()??.get_attribute("data-node")?)
}

/// Keeps the stage's size as the view's.
fn watch_size(stage: Stage, node: NodeRef<html::Div>) {
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let measured: web_sys::Element = (*element).clone().unchecked_into();
        let changed = Closure::<dyn Fn()>::new(move || {
            let rect = measured.get_bounding_client_rect();
            if rect.width() > 0.0 && stage.size.try_get_untracked().is_some() {
                stage.resized(rect.width(), rect.height());
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
