use leptos::{prelude::*, task::spawn_local};
use model::{
    Role,
    api::{AnswerConnectionQuestion, Connection, ConnectionAnswer, ConnectionStatus, Empty, GetConnectionQuestion},
};

use crate::{
    api::call,
    load::{Loaded, load},
    session::use_session,
    text::connections as t,
    ui::{Button, Glyph, Icon, Tone, fresh_id, use_toasts},
};

/// Which part of the account a connection is for, where there are several: nothing can use it before.
#[component]
pub fn QuestionSection(connection: Connection, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let session = use_session();
    let is_open = connection.status == ConnectionStatus::Disabled && !connection.sandbox;
    let id = connection.id;
    is_open.then(|| {
        view! {
            <section class="card attention question" aria-label=t::QUESTION_TITLE>
                <Icon glyph=Glyph::Question/>
                <div class="grow">
                    <h2>{t::QUESTION_TITLE}</h2>
                    {move || {
                        if session.may(Role::Maker) {
                            view! { <Choices id on_changed/> }.into_any()
                        } else {
                            view! { <p>{t::QUESTION_FOR_MAKERS}</p> }.into_any()
                        }
                    }}
                </div>
            </section>
        }
    })
}

#[component]
fn Choices(id: model::ids::ConnectionId, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let (toasts, loader) =
        (use_toasts(), load(move || async move { call::<GetConnectionQuestion>((id,), &Empty {}, &Empty {}).await }));
    let (chosen, busy) = (RwSignal::new(String::new()), RwSignal::new(false));
    let answer = move |_| {
        let choice = chosen.get_untracked();
        busy.set(true);
        spawn_local(async move {
            match call::<AnswerConnectionQuestion>((id,), &Empty {}, &ConnectionAnswer { choice }).await {
                Ok(_) => {
                    toasts.done(t::CHOSEN);
                    // Another question may follow.
                    loader.reload();
                    on_changed();
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    let group = fresh_id("part");
    view! {
        <Loaded loader let:asked>
            <p>{move || asked.get().question}</p>
            <div class="options spaced" role="radiogroup" aria-label=t::QUESTION_TITLE>
                {
                    let group = group.clone();
                    move || {
                        asked
                            .get()
                            .choices
                            .into_iter()
                            .map(|choice| {
                                let value = choice.value.clone();
                                let is_chosen = move || chosen.with(|chosen| *chosen == value);
                                view! {
                                    <label class="option">
                                        <input
                                            type="radio"
                                            name=group.clone()
                                            prop:checked=is_chosen
                                            on:change=move |_| chosen.set(choice.value.clone())
                                        />
                                        <span><b>{choice.label}</b></span>
                                    </label>
                                }
                            })
                            .collect_view()
                    }
                }
            </div>
        </Loaded>
        <Button tone=Tone::Primary busy disabled=Signal::derive(move || chosen.with(String::is_empty)) on:click=answer>{t::CHOOSE}</Button>
    }
}
