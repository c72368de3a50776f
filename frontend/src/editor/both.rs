//! What two people changed at once: both values beside each other, and a choice.

use leptos::prelude::*;
use model::compare::{About, Choice, Conflict, field_name, place_words};

use super::{
    changes::{Names, Side, label, sides},
    meet,
    state::{Editor, use_editor},
};
use crate::{
    moment::{self, Style},
    text::editor as t,
    ui::{Button, Dialog, StepTile, Tone},
};

#[component]
pub fn BothDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title=t::BOTH_CHANGED.to_owned() wide=true>
            <Both open/>
        </Dialog>
    }
}

#[component]
fn Both(open: RwSignal<bool>) -> impl IntoView {
    let editor = use_editor();
    let conflicts = Memo::new(move |_| meet::conflicts(editor));
    let all_chosen = Memo::new(move |_| {
        editor.saver.choices.with(|choices| conflicts.with(|all| all.iter().all(|one| choices.contains_key(&one.key()))))
    });
    // Settled elsewhere: nothing is left to choose.
    Effect::new(move |_| {
        if conflicts.with(Vec::is_empty) {
            open.set(false);
        }
    });
    let when = move || {
        editor.saver.theirs.with(|theirs| theirs.as_ref().map(|theirs| moment::absolute(theirs.updated_at, Style::Short)))
    };
    view! {
        <p class="dialog-text">{move || when().map(|when| t::both_about(&when))}</p>
        <ul class="both" data-testid="both">
            {move || {
                let Some(theirs) = editor.saver.theirs.get() else { return Vec::new() };
                let names = Names::new(editor, theirs.draft, editor.def.get());
                conflicts.get().iter().map(|conflict| row(editor, conflict, &names)).collect_view()
            }}
        </ul>
        <footer class="dialog-foot">
            <Button tone=Tone::Ghost on:click=move |_| meet::choose_all(editor, Choice::Mine)>{t::ALL_MINE}</Button>
            <Button tone=Tone::Ghost on:click=move |_| meet::choose_all(editor, Choice::Theirs)>{t::ALL_THEIRS}</Button>
            <Button tone=Tone::Primary disabled=Signal::derive(move || !all_chosen.get()) on:click=move |_| meet::chosen(editor)>{t::SAVE_CHOICE}</Button>
        </footer>
    }
}

fn row(editor: Editor, conflict: &Conflict, names: &Names) -> impl IntoView + use<> {
    let (about, mine, theirs) = match &conflict.about {
        About::Field { path, mine, theirs } => {
            let (theirs, mine) = sides(path, (**theirs).as_ref(), (**mine).as_ref(), names);
            (field_name(&conflict.subject, path, names), mine, theirs)
        }
        About::Deleted { by_me } => {
            let (deleted, changed) = (Some(t::DELETED_IT.to_owned()), Some(t::CHANGED_IT.to_owned()));
            let (mine, theirs) = if *by_me { (deleted, changed) } else { (changed, deleted) };
            (t::WHOLE_STEP.to_owned(), mine, theirs)
        }
        About::Moved { mine, theirs } => (t::PLACE.to_owned(), Some(place_words(mine, names)), Some(place_words(theirs, names))),
        About::Order(_) => (t::ORDER_OF_STEPS.to_owned(), Some(t::MY_ORDER.to_owned()), Some(t::THEIR_ORDER.to_owned())),
    };
    let name = format!("both-{}", conflict.key());
    let option = |choice: Choice, title: &'static str, words: Option<String>| {
        let (key, name) = (conflict.key(), name.clone());
        let chosen = {
            let key = key.clone();
            move || editor.saver.choices.with(|choices| choices.get(&key) == Some(&choice))
        };
        view! {
            <label class="both-side">
                <input
                    type="radio"
                    name=name
                    prop:checked=chosen
                    on:change=move |_| editor.saver.choices.update(|choices| _ = choices.insert(key.clone(), choice))
                />
                <span class="both-words"><b>{title}</b><Side words gone=false/></span>
            </label>
        }
    };
    let what = format!("{} › {about}", label(&conflict.subject, &conflict.label));
    view! {
        <li>
            <fieldset>
                <legend><StepTile kind=names.kind(&conflict.subject) small=true/><span>{what}</span></legend>
                <div class="both-sides">
                    {option(Choice::Mine, t::MINE, mine)}
                    {option(Choice::Theirs, t::THEIRS, theirs)}
                </div>
            </fieldset>
        </li>
    }
}
