//! Where the live version's trigger stands: its last look, its next one, and what waits for a person.

use leptos::{prelude::*, task::spawn_local};
use model::{
    Role,
    api::{DecideTrigger, Empty, GetTriggerStates, HeldChoice, HeldDecision, TriggerPhase, TriggerState},
    ids::TriggerId,
};

use crate::{
    api::call,
    editor::state::use_editor,
    live::use_stream,
    load::load,
    moment::{self, Style},
    session::use_session,
    text::editor as t,
    ui::{Button, Glyph, Icon, Tone, use_toasts},
};

#[component]
pub fn Standing(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let loader = load(move || async move { call::<GetTriggerStates>((editor.id,), &Empty {}, &Empty {}).await });
    use_stream().on_workflow(move |workflow| {
        if workflow == editor.id {
            loader.reload();
        }
    });
    let mine = Memo::new(move |_| {
        let states = loader.value.get()?;
        states.items.into_iter().find(|state| state.trigger == id.get_value())
    });
    move || mine.get().map(|state| view! { <Shown id=id.get_value() state on_change=Callback::new(move |()| loader.reload())/> })
}

#[component]
fn Shown(id: TriggerId, state: TriggerState, on_change: Callback<()>) -> impl IntoView {
    let (editor, toasts, session) = (use_editor(), use_toasts(), use_session());
    let id = StoredValue::new(id);
    let busy = RwSignal::new(false);
    let decide = move |choice: HeldChoice| {
        busy.set(true);
        spawn_local(async move {
            let answer = call::<DecideTrigger>((editor.id, id.get_value()), &Empty {}, &HeldDecision { choice }).await;
            busy.try_set(false);
            match answer {
                Ok(_) => on_change.run(()),
                Err(problem) => toasts.problem(&problem),
            }
        });
    };
    let at = |at| moment::absolute(at, Style::Short);
    let held = state.phase == TriggerPhase::Held;
    view! {
        <section class="reach" aria-label=t::STANDING data-testid="standing">
            <h3>{t::STANDING}</h3>
            <p class="reach-state">
                {state.last_at.map(|last| view! { <span>{t::looked(&at(last), state.found)}</span> })}
                {state.next_at.map(|next| view! { <span>{t::looks_next(&at(next))}</span> })}
            </p>
            {state.error.map(|error| view! {
                <p class="note bad" role="alert"><Icon glyph=Glyph::Alert/><span>{error.message}</span></p>
            })}
            {held.then(|| view! {
                <div class="note warn">
                    <Icon glyph=Glyph::Hand/>
                    <span class="grow">{t::found_many(state.waiting)}</span>
                    {session.may(Role::Operator).then(|| view! {
                        <Button small=true tone=Tone::Primary busy on:click=move |_| decide(HeldChoice::Take)>{t::TAKE_ALL}</Button>
                        <Button small=true busy on:click=move |_| decide(HeldChoice::Skip)>{t::SKIP_ALL}</Button>
                    })}
                </div>
            })}
            {(state.left_out > 0).then(|| view! {
                <p class="ed-hint">{t::left_out(state.left_out)} {state.left_out_why.map(|why| format!(" {why}"))}</p>
            })}
            {state.note.map(|note| view! {
                <p class="ed-hint">{state.note_at.map(|when| format!("{}: ", at(when)))} {note}</p>
            })}
        </section>
    }
}
