//! The step after the owner is made: where somebody is told when something fails.

use leptos::{prelude::*, task::spawn_local};
use model::api::{Channel, ChannelKind, ChannelTest, CreateChannel, DeleteChannel, Empty, NewChannel, Routing, TestChannel};

use super::sign_in::Gate;
use crate::{
    api::{Problem, call},
    session::use_session,
    shell::set_title,
    text::{account as words, alerts as t},
    ui::{Button, Choice, Field, Glyph, Icon, PasswordInput, Select, Tone},
};

/// Asks for one channel outside of these pages and sends a test through it; may be left for later.
#[component]
pub fn FirstChannelPage() -> impl IntoView {
    let session = use_session();
    set_title(words::FIRST_CHANNEL_TITLE);
    let (kind, url) = (RwSignal::new(kinds()[0].0.name().to_owned()), RwSignal::new(String::new()));
    let (tried, busy, refused, told) =
        (RwSignal::new(false), RwSignal::new(false), RwSignal::new(None::<String>), RwSignal::new(false));
    let url_error =
        Signal::derive(move || (tried.get() && url.with(|url| url.trim().is_empty())).then(|| t::NEED_URL.to_owned()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        if busy.get_untracked() || url_error.with_untracked(Option::is_some) {
            return;
        }
        let chosen = kind.get_untracked();
        let Some((kind, label)) = kinds().into_iter().find(|(kind, _)| kind.name() == chosen) else { return };
        let new = NewChannel {
            name: label.to_owned(),
            kind,
            routing: Routing::default(),
            enabled: true,
            url: Some(url.get_untracked().trim().to_owned()),
            secret: None,
        };
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            match proven(&new).await {
                Ok(ChannelTest { sent: true, .. }) => told.set(true),
                Ok(test) => refused.set(Some(words::test_failed(test.message.as_deref()))),
                Err(problem) => refused.set(Some(problem.message)),
            }
            busy.set(false);
        });
    };
    let choices: Vec<Choice> = kinds().into_iter().map(|(kind, label)| Choice::new(kind.name(), label)).collect();
    let choices = Signal::stored(choices);
    view! {
        <Gate title=words::FIRST_CHANNEL_TITLE lead=words::FIRST_CHANNEL_LEAD>
            <Show
                when=move || told.get()
                fallback=move || view! {
                    <form class="form" novalidate=true on:submit=submit>
                        <Field label=t::KIND>
                            <Select choices value=kind on_change=move |value| kind.set(value)/>
                        </Field>
                        <Field label=t::URL hint=t::URL_HINT.to_owned() error=url_error>
                            <PasswordInput value=url on_input=move |v| url.set(v) autocomplete="off"/>
                        </Field>
                        <p class="small muted">{words::FIRST_CHANNEL_MAIL}</p>
                        <p class="form-error" role="alert">{refused}</p>
                        <Button tone=Tone::Primary submit=true busy>{t::TEST}</Button>
                        <Button tone=Tone::Ghost on:click=move |_| session.is_new.set(false)>{words::LATER}</Button>
                        <p class="small muted">{words::LATER_ABOUT}</p>
                    </form>
                }
            >
                <div class="form">
                    <div class="note ok" role="status">
                        <Icon glyph=Glyph::Check/>
                        <span class="note-words grow"><b>{t::TESTED}</b><span>{words::FIRST_CHANNEL_DONE}</span></span>
                    </div>
                    <Button tone=Tone::Primary on:click=move |_| session.is_new.set(false)>{words::GO_ON}</Button>
                </div>
            </Show>
        </Gate>
    }
}

/// Those that need nothing but an address; mail needs a connection, and there is none yet.
fn kinds() -> Vec<(ChannelKind, &'static str)> {
    let kinds = [ChannelKind::Slack, ChannelKind::Teams, ChannelKind::Discord, ChannelKind::Webhook];
    kinds.into_iter().map(|kind| (kind.clone(), t::channel_kind(&kind))).collect()
}

/// Makes the channel and tries it. One that does not deliver is taken back: nothing half is left behind.
async fn proven(new: &NewChannel) -> Result<ChannelTest, Problem> {
    let Channel { id, .. } = call::<CreateChannel>((), &Empty {}, new).await?;
    let test = call::<TestChannel>((id,), &Empty {}, &Empty {}).await;
    if !test.as_ref().is_ok_and(|test| test.sent) {
        call::<DeleteChannel>((id,), &Empty {}, &Empty {}).await?;
    }
    test
}
