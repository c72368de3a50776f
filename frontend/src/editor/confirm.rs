//! The question before a test that changes something elsewhere: it shows exactly what would be sent.

use leptos::prelude::*;

use super::{
    request::Request,
    state::use_editor,
    testing::{self, Planned},
    ways::Way,
};
use crate::{
    text::editor as t,
    ui::{Button, Choice, Dialog, Glyph, Icon, Select, Tone},
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
            asking
                .as_ref()
                .map(|asking| t::confirm_test_title(asking.calls.len(), asking.extent.only().is_some()))
                .unwrap_or_default()
        })
    });
    // Drawn anew only for another question, not for another answer to it.
    let calls = Memo::new(move |_| {
        let mut calls = editor.asking.with(|asking| asking.as_ref().map(|asking| asking.calls.clone()).unwrap_or_default());
        calls.iter_mut().for_each(|call| call.chosen = 0);
        calls
    });
    let sends = Memo::new(move |_| {
        editor.asking.with(|asking| asking.as_ref().is_some_and(|asking| asking.calls.iter().any(|call| call.chosen == 0)))
    });
    let made_up = |call: &Planned| call.ways.iter().position(|way| matches!(way, Way::MadeUp(_)));
    let rehearses = Memo::new(move |_| calls.with(|calls| calls.iter().all(|call| made_up(call).is_some())));
    let go = move || {
        if let Some(asking) = editor.asking.get_untracked() {
            open.set(false);
            testing::agree(editor, asking);
        }
    };
    let rehearse = move || {
        editor.asking.update(|asking| {
            for call in asking.iter_mut().flat_map(|asking| &mut asking.calls) {
                call.chosen = made_up(call).unwrap_or_default();
            }
        });
        go();
    };
    view! {
        <Dialog open title wide=true>
            <p class="dialog-text">{t::CONFIRM_TEST_ABOUT}</p>
            {move || calls.get().into_iter().enumerate().map(|(at, call)| view! { <PlannedCall at call/> }).collect_view()}
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{crate::text::ui::CANCEL}</Button>
                {move || rehearses.get().then(|| view! {
                    <Button tone=Tone::Plain on:click=move |_| rehearse()>{t::SEND_NOTHING}</Button>
                })}
                <Button tone=Tone::Primary icon=Glyph::Send on:click=move |_| go()>
                    {move || if sends.get() { t::SEND_IT } else { t::RUN_THE_TEST }}
                </Button>
            </footer>
        </Dialog>
    }
}

/// A call, and what is done with it.
#[component]
fn PlannedCall(at: usize, call: Planned) -> impl IntoView {
    let editor = use_editor();
    let chosen = move || {
        editor.asking.with(|asking| asking.as_ref().and_then(|asking| asking.calls.get(at)).map_or(0, |call| call.chosen))
    };
    let choose = move |value: String| {
        editor.asking.update(|asking| {
            if let Some(call) = asking.as_mut().and_then(|asking| asking.calls.get_mut(at)) {
                call.chosen = value.parse().unwrap_or_default();
            }
        });
    };
    let choices: Vec<Choice> = call.ways.iter().enumerate().map(|(at, way)| Choice::new(at.to_string(), way.words())).collect();
    let label = t::what_to_do_with(&call.label);
    view! {
        <section class="planned">
            <h3>{call.label}{call.connection.map(|label| view! { <span>{t::with_connection(&label)}</span> })}</h3>
            {(choices.len() > 1).then(|| view! {
                <Select value=Signal::derive(move || chosen().to_string()) on_change=choose choices=Signal::stored(choices) label compact=true/>
            })}
            <RequestView request=call.request/>
        </section>
    }
}

/// A request as it would leave.
#[component]
pub fn RequestView(request: Request) -> impl IntoView {
    view! {
        <div class="request" data-testid="request-preview">
            <p class="request-line"><b class=format!("method m-{}", request.method.to_lowercase())>{request.method.clone()}</b><span>{request.url}</span></p>
            {request.recipient.map(|(field, value)| view! { <p class="request-to"><span>{t::goes_to(&field)}</span><b dir="auto">{value}</b></p> })}
            {(!request.fields.is_empty()).then(|| view! {
                <dl>{request.fields.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect_view()}</dl>
            })}
            {request.body.map(|body| view! { <pre>{body}</pre> })}
            {request.unsure.then(|| view! { <p class="prev warn"><Icon glyph=Glyph::Info/><span>{t::SOME_VALUES_LATER}</span></p> })}
        </div>
    }
}
