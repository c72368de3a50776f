//! The notes between the steps.

use leptos::{ev, prelude::*};
use model::ids::NoteId;

use super::board::use_board;
use crate::{markdown, text::editor as t, ui::Prose};

/// The notes in their slots.
#[component]
pub fn Notes(
    /// What a press on one does; absent: they are only read.
    open: Option<Callback<NoteId>>,
) -> impl IntoView {
    let board = use_board();
    let ids = Memo::new(move |_| {
        let seen = board.seen.get();
        board.placed.with(|placed| {
            let near = placed.layout.notes.iter().filter(|note| seen.is_none_or(|seen| seen.touches(&note.rect())));
            near.map(|note| note.id.clone()).collect::<Vec<_>>()
        })
    });
    view! { <For each=move || ids.get() key=Clone::clone children=move |id| view! { <NoteCard id open/> }/> }
}

#[component]
fn NoteCard(id: NoteId, open: Option<Callback<NoteId>>) -> impl IntoView {
    let board = use_board();
    let id = StoredValue::new(id);
    let text = Memo::new(move |_| {
        board.def.with(|def| def.notes.get(&id.get_value()).map(|note| note.text.clone())).unwrap_or_default()
    });
    let style = Memo::new(move |_| {
        board.placed.with(|placed| {
            let at = placed.layout.notes.iter().find(|note| note.id == id.get_value())?;
            Some(format!("transform:translate({:.1}px,{:.1}px)", at.x, at.y))
        })
    });
    let button = move |open: Callback<NoteId>| {
        let press = move |event: ev::MouseEvent| {
            event.stop_propagation();
            open.run(id.get_value());
        };
        view! { <button type="button" class="note-open" aria-label=move || t::note(&markdown::plain(&text.get())) on:click=press></button> }
    };
    view! {
        <div class="note-card" style=move || style.get().unwrap_or_default() data-note=move || id.get_value().0>
            <Prose text/>
            {open.map(button)}
        </div>
    }
}
