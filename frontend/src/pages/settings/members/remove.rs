use leptos::{prelude::*, task::spawn_local};
use model::{
    Role,
    api::{Empty, HandOver, Member, Members, RemoveMember},
};

use crate::{
    api::call,
    session::use_session,
    text::{members as t, ui},
    ui::{Button, Choice, Dialog, Field, Select, Tone, use_toasts},
};

/// Says what ends, and asks who takes over.
#[component]
pub fn RemoveDialog(
    open: RwSignal<bool>,
    member: StoredValue<Member>,
    members: Signal<Members>,
    on_removed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let title = member.with_value(|member| t::remove_title(&member.user.name));
    view! {
        <Dialog open title=title>
            <Form open member members on_removed/>
        </Dialog>
    }
}

#[component]
fn Form(
    open: RwSignal<bool>,
    member: StoredValue<Member>,
    members: Signal<Members>,
    on_removed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let session = use_session();
    let toasts = use_toasts();
    let leaving = member.get_value();
    let id = leaving.user.id;
    let me = session.me().and_then(|me| me.user).map(|user| user.id);
    // Whoever removes them comes first.
    let mut heirs = members.get_untracked().items;
    heirs.retain(|one| one.user.id != id && one.role >= Role::Maker);
    heirs.sort_by_key(|one| Some(one.user.id) != me);
    let to = RwSignal::new(heirs.first().map(|one| one.user.id));
    let choices: Vec<Choice> = heirs.iter().map(|one| Choice::new(one.user.id.to_string(), one.user.name.clone())).collect();
    let busy = RwSignal::new(false);
    let remove = move |_| {
        busy.set(true);
        spawn_local(async move {
            match call::<RemoveMember>((id,), &HandOver { to: to.get_untracked() }, &Empty {}).await {
                Ok(removed) => {
                    toasts.done(t::removed(&removed));
                    open.try_set(false);
                    if Some(id) == me {
                        session.open();
                    }
                    on_removed();
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    view! {
        <p class="dialog-text">{t::remove_body(leaving.connections, leaving.tokens)}</p>
        {if leaving.connections > 0 {
            view! {
                <div class="form">
                    <Field label=t::HAND_OVER>
                        <Select
                            choices
                            value=Signal::derive(move || to.get().map(|id| id.to_string()).unwrap_or_default())
                            on_change=move |text: String| to.set(text.parse().ok())
                        />
                    </Field>
                </div>
            }
            .into_any()
        } else {
            view! { <p class="dialog-text muted">{t::NOTHING_OWNED}</p> }.into_any()
        }}
        <footer class="dialog-foot">
            <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{ui::CANCEL}</Button>
            <Button tone=Tone::Danger busy on:click=remove>{t::REMOVE}</Button>
        </footer>
    }
}
