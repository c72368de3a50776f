//! The canvas itself: one transformed layer with the lines, the cards and the slots.

use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast, prelude::Closure};

use super::{controls::Controls, drag::Ghost, edges::Edges, gestures::Gestures, keys, node::Cards, slots::Slots, stage::Stage};
use crate::{
    commands::use_commands,
    editor::{Selected, folds, use_editor},
    text::editor as t,
};

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
            on:focusin=move |event| keys::focused(editor, &event)
            on:keydown=move |event| keys::on_canvas(stage, &event)
        >
            <Show when=move || !empty.get()>
                <div class="layer" class:glide=move || stage.glide.get() style=transform on:transitionend=move |_| stage.glide.set(false)>
                    <Edges/>
                    <div role="tree" aria-label=t::CANVAS_LABEL aria-orientation="vertical">
                        <Cards/>
                    </div>
                    <Slots/>
                </div>
            </Show>
            <Ghost/>
        </div>
        <Show when=move || !empty.get()>
            <Controls/>
        </Show>
    }
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
