//! The question before a test that changes something elsewhere: it shows exactly what would be sent.

use leptos::prelude::*;

use super::{request::Request, state::use_editor, testing};
use crate::{
    text::editor as t,
    ui::{Button, Dialog, Glyph, Icon, Tone},
};

#[component]
pub fn ConfirmTest() -> impl IntoView {
    let editor = use_editor();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(editor.asking.with(Option::is_some)));
    Effect::new(move |_| {
        if !open.get() && editor.asking.with_untracked(Option::is_some) {
            editor.asking.set(None);
        }
    });
    let title = Signal::derive(move || {
        editor.asking.with(|asking| {
            asking.as_ref().map(|asking| t::confirm_test_title(asking.calls.len(), asking.only.is_some())).unwrap_or_default()
        })
    });
    let go = move |_| {
        if let Some(asking) = editor.asking.get_untracked() {
            open.set(false);
            testing::start(editor, asking.only);
        }
    };
    view! {
        <Dialog open title wide=true>
            <p class="dialog-text">{t::CONFIRM_TEST_ABOUT}</p>
            {move || editor.asking.get().map(|asking| asking.calls.into_iter().map(|call| view! {
                <section class="planned">
                    <h3>{call.label}{call.connection.map(|label| view! { <span>{t::with_connection(&label)}</span> })}</h3>
                    <RequestView request=call.request/>
                </section>
            }).collect_view())}
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{crate::text::ui::CANCEL}</Button>
                <Button tone=Tone::Primary icon=Glyph::Send on:click=go>{t::SEND_IT}</Button>
            </footer>
        </Dialog>
    }
}

/// A request as it would leave.
#[component]
pub fn RequestView(request: Request) -> impl IntoView {
    view! {
        <div class="request" data-testid="request-preview">
            <p class="request-line"><b class=format!("method m-{}", request.method.to_lowercase())>{request.method.clone()}</b><span>{request.url}</span></p>
            {(!request.fields.is_empty()).then(|| view! {
                <dl>{request.fields.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect_view()}</dl>
            })}
            {request.body.map(|body| view! { <pre>{body}</pre> })}
            {request.unsure.then(|| view! { <p class="prev warn"><Icon glyph=Glyph::Info/><span>{t::SOME_VALUES_LATER}</span></p> })}
        </div>
    }
}
