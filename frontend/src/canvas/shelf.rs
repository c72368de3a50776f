//! The shelf beside the canvas.

use leptos::{ev, prelude::*};
use model::{definition::BodyOwner, ids::StepId};

use super::{keys::slot_after, stage::use_stage};
use crate::{
    editor::{Selected, several, shelf::Noting, steps::kind_name},
    markdown,
    text::editor as t,
    ui::{Button, Glyph, Icon, IconButton, StepTile},
};

/// Parked steps; while a card is dragged, a place to drop it.
#[component]
pub fn Shelf() -> impl IntoView {
    let stage = use_stage();
    let editor = stage.editor;
    let parked = Memo::new(move |_| editor.def.with(|def| def.shelf.clone()));
    // Notes whose path has gone: kept here until somebody deletes them or the path comes back.
    let lost = Memo::new(move |_| {
        editor.def.with(|def| {
            let lost = def.notes.iter().filter(|(_, note)| def.slot_of_note(note).is_none());
            lost.map(|(id, note)| (id.clone(), note.text.clone())).collect::<Vec<_>>()
        })
    });
    let dragged = move || stage.drag.with(Option::is_some);
    let hot = move || {
        stage
            .drag
            .with(|drag| drag.as_ref().and_then(|drag| drag.target.as_ref()).is_some_and(|slot| slot.owner == BodyOwner::Shelf))
    };
    let row = move |id: StepId| {
        let id = StoredValue::new(id);
        let step = Memo::new(move |_| editor.step(&id.get_value()));
        let kind = Signal::derive(move || step.get().map(|step| kind_name(&step.kind)).unwrap_or_default());
        let label = Signal::derive(move || step.get().map(|step| step.label).unwrap_or_default());
        let back = move |_| {
            let slot = slot_after(editor);
            let id = id.get_value();
            if several::move_to(editor, &[id.clone()].into(), &slot) {
                editor.say(&t::moved_steps(1));
                editor.inspect(Selected::Step(id));
                super::focus_selected();
            }
        };
        view! {
            <li class="shelf-row" data-parked=move || step.get().map(|step| step.slug)>
                <button type="button" class="shelf-step" on:click=move |_| editor.inspect(Selected::Step(id.get_value()))>
                    <StepTile kind small=true/>
                    <span class="cut" dir="auto">{label}</span>
                </button>
                <Show when=move || editor.may_edit.get()>
                    <Button small=true on:click=back>{t::PUT_BACK}<span class="sr-only">": "{label}</span></Button>
                </Show>
            </li>
        }
    };
    view! {
        <section class="shelf" class:open=move || editor.shelf_open.get() class:dropping=dragged class:hot=hot aria-label=t::SHELF data-shelf="">
            <Show when=move || editor.shelf_open.get() && !dragged()>
                <div class="shelf-panel">
                    <header><b>{t::SHELF}</b><IconButton glyph=Glyph::Close label=crate::text::ui::CLOSE.to_owned() small=true on:click=move |_| editor.shelf_open.set(false)/></header>
                    <p class="small muted">{move || if parked.with(Vec::is_empty) { t::SHELF_EMPTY } else { t::SHELF_ABOUT }}</p>
                    <ul><For each=move || parked.get() key=Clone::clone children=row/></ul>
                    {move || lost.get().into_iter().map(|(id, text)| view! {
                        <button type="button" class="shelf-note" on:click=move |_| editor.noting.set(Some(Noting::Old(id.clone())))>
                            <small>{t::NOTE_LOST}</small>
                            <span dir="auto">{markdown::plain(&text)}</span>
                        </button>
                    }).collect_view()}
                </div>
            </Show>
            <Show when=move || dragged() || !parked.with(Vec::is_empty) || !lost.with(Vec::is_empty) || editor.shelf_open.get()>
                <button
                    type="button"
                    class="shelf-chip"
                    aria-expanded=move || if editor.shelf_open.get() { "true" } else { "false" }
                    on:click=move |event: ev::MouseEvent| {
                        event.stop_propagation();
                        editor.shelf_open.update(|open| *open = !*open);
                    }
                >
                    <Icon glyph=Glyph::Archive/>
                    <span>{move || if dragged() { t::PARK_HERE.to_owned() } else { t::shelf(parked.with(Vec::len) + lost.with(Vec::len)) }}</span>
                </button>
            </Show>
        </section>
    }
}
