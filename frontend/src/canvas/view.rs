//! The editor's canvas: the drawing, with slots to put steps into and hands to move them.

use std::time::Duration;

use layout::NodeId;
use leptos::{html, leptos_dom::helpers::debounce, prelude::*};

use super::{
    chosen::{Band, ChosenBar},
    controls::Controls,
    drag::Ghost,
    gestures::Gestures,
    keys,
    minimap::EditorMap,
    node::{NoTrigger, StepCard, TriggerCard},
    reveal,
    shelf::Shelf,
    slots::Slots,
    stage::Stage,
    surface::{Drawing, Surface, watch_size},
    travel::focused,
};
use crate::{
    commands::use_commands,
    editor::{shelf::Noting, use_editor},
    text::editor as t,
    ui::{Glyph, IconButton},
};

/// A view that rests this long is remembered.
const KEEP_AFTER: Duration = Duration::from_millis(400);

#[component]
pub fn Canvas() -> impl IntoView {
    let editor = use_editor();
    let stage = Stage::new(editor);
    let board = stage.board;
    provide_context(stage);
    provide_context(board);
    let node = NodeRef::<html::Div>::new();
    watch_size(node, move |w, h| {
        if board.size.try_get_untracked().is_some() {
            stage.resized(w, h);
        }
    });
    reveal::watch(stage);
    let mut keep_soon = debounce(KEEP_AFTER, move |()| {
        if board.view.try_get_untracked().is_some() {
            stage.keep();
        }
    });
    let keep_soon = StoredValue::new_local(move || keep_soon(()));
    Effect::new(move |_| {
        board.view.track();
        keep_soon.update_value(|keep| keep());
    });
    use_commands().offer(move |command| keys::can(stage, command), move |command| keys::perform(stage, command));
    let hands = Gestures::new(board, Some(stage), node);
    let drawing = Drawing {
        card,
        taken: Callback::new(move |(step, arm)| {
            editor.tested.with(|tested| tested.standings.get(&step)?.arms.as_ref().map(|arms| arms.contains(&arm)))
        }),
        note: Some(Callback::new(move |id| editor.noting.set(Some(Noting::Old(id))))),
    };
    let class = Memo::new(move |_| {
        let mut class = "canvas".to_owned();
        let with = [
            (" fixed", !editor.may_edit.get()),
            (" choosing", stage.choosing.get()),
            (" dragging", stage.drag.with(Option::is_some)),
        ];
        with.into_iter().filter(|(_, on)| *on).for_each(|(word, _)| class.push_str(word));
        class
    });
    let on_focus = Callback::new(move |event: web_sys::FocusEvent| {
        if !hands.chooses() && !stage.choosing.get_untracked() {
            focused(board, &event);
        }
    });
    let on_key = Callback::new(move |event: web_sys::KeyboardEvent| keys::on_canvas(stage, &event));
    let empty = Memo::new(move |_| editor.def.with(|def| def.triggers.is_empty() && def.body.is_empty()));
    view! {
        <Surface board node hands drawing label=t::CANVAS_LABEL class multiselectable=true on_focus on_key>
            <Slots/>
        </Surface>
        <Ghost/>
        <Band/>
        <Show when=move || !empty.get()>
            <EditorMap/>
            <Controls>
                <IconButton glyph=Glyph::Select label=t::CHOOSE_SEVERAL.to_owned() small=true pressed=Signal::derive(move || Some(stage.choosing.get())) on:click=move |_| stage.choosing.update(|on| *on = !*on)/>
            </Controls>
            <Shelf/>
            <ChosenBar/>
        </Show>
    }
}

fn card(id: NodeId) -> AnyView {
    match id {
        NodeId::Step(id) => view! { <StepCard id/> }.into_any(),
        NodeId::Trigger(id) => view! { <TriggerCard id/> }.into_any(),
        NodeId::Triggers => view! { <NoTrigger/> }.into_any(),
    }
}
