//! Parked steps, and notes between the steps.

use leptos::prelude::*;
use model::{
    definition::{BodyOwner, EditOp, Note, Slot},
    ids::NoteId,
};

use super::{
    several,
    state::{Editor, use_editor},
};
use crate::{
    text::{self, editor as t},
    ui::{Button, Dialog, Glyph, Prose, Tone},
};

/// A note that is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Noting {
    New(Slot),
    Old(NoteId),
}

/// The end of the shelf.
pub fn end(editor: Editor) -> Slot {
    Slot { owner: BodyOwner::Shelf, index: editor.def.with_untracked(|def| def.shelf.len()) }
}

/// Puts the chosen steps aside.
pub fn park(editor: Editor) -> usize {
    let steps = several::chosen(editor);
    let count = editor.def.with_untracked(|def| def.tops(&steps).len());
    if several::move_to(editor, &steps, &end(editor)) {
        editor.select(None);
        count
    } else {
        0
    }
}

fn write(editor: Editor, of: &Noting, text: String) {
    let (id, note) = editor.def.with_untracked(|def| match of {
        Noting::Old(id) => (id.clone(), def.notes.get(id).map(|note| Note { text, ..note.clone() })),
        Noting::New(slot) => {
            let body = def.body_of(&slot.owner).unwrap_or_default();
            let after = slot.index.checked_sub(1).and_then(|at| body.get(at)).cloned();
            (def.free_note_id(), Some(Note { text, owner: slot.owner.clone(), after }))
        }
    });
    if let Some(note) = note {
        let note = (!note.text.trim().is_empty()).then_some(note);
        editor.edit(EditOp::Note { id, note });
    }
}

/// Where a note is written, beside how it is shown.
#[component]
pub fn NoteDialog() -> impl IntoView {
    let editor = use_editor();
    let open = RwSignal::new(false);
    let typed = RwSignal::new(String::new());
    Effect::new(move |_| {
        let noting = editor.noting.get();
        if let Some(Noting::Old(id)) = &noting {
            typed.set(editor.def.with_untracked(|def| def.notes.get(id).map(|note| note.text.clone())).unwrap_or_default());
        } else {
            typed.set(String::new());
        }
        open.set(noting.is_some());
    });
    Effect::new(move |_| {
        if !open.get() && editor.noting.with_untracked(Option::is_some) {
            editor.noting.set(None);
            crate::canvas::focus_selected();
        }
    });
    let keep = move |_| {
        if let Some(of) = editor.noting.get_untracked() {
            write(editor, &of, typed.get_untracked());
        }
        open.set(false);
    };
    let delete = move |_| {
        if let Some(Noting::Old(id)) = editor.noting.get_untracked() {
            editor.edit(EditOp::Note { id, note: None });
        }
        open.set(false);
    };
    let old = move || matches!(editor.noting.get(), Some(Noting::Old(_)));
    view! {
        <Dialog open title=t::NOTE_TITLE.to_owned() wide=true>
            <Show
                when=move || editor.may_edit.get()
                fallback=move || view! { <Prose text=typed/> }
            >
                <p class="dialog-text">{t::NOTE_ABOUT}</p>
                <div class="note-write">
                    <textarea
                        class="input area"
                        rows="8"
                        maxlength="10000"
                        aria-label=t::NOTE_TITLE
                        dir="auto"
                        autofocus
                        prop:value=typed
                        on:input=move |event| typed.set(event_target_value(&event))
                    ></textarea>
                    <div class="note-shown" role="group" aria-label=t::NOTE_SHOWN><Prose text=typed/></div>
                </div>
                <footer class="dialog-foot">
                    <Show when=old>
                        <Button tone=Tone::Danger icon=Glyph::Trash on:click=delete>{t::NOTE_DELETE}</Button>
                        <span class="grow"></span>
                    </Show>
                    <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{text::ui::CANCEL}</Button>
                    <Button tone=Tone::Primary on:click=keep>{t::NOTE_KEEP}</Button>
                </footer>
            </Show>
        </Dialog>
    }
}
