use leptos::prelude::*;
use model::api::RunDetail;

use crate::{
    text::run as t,
    ui::{Chip, ChipTone, JsonTree},
};

/// What started the run, and what its sender was answered.
#[component]
pub fn EventPanel(detail: Signal<RunDetail>) -> impl IntoView {
    let event = Memo::new(move |_| detail.with(|detail| detail.event.clone()));
    let response = Memo::new(move |_| detail.with(|detail| detail.response.clone()));
    view! {
        <div class="panel">
            <h2 class="panel-title">{t::EVENT}</h2>
            {move || match event.get() {
                Some(event) => view! { <JsonTree value=event root="event" open=2/> }.into_any(),
                None => view! { <p class="muted">{t::EVENT_GONE}</p> }.into_any(),
            }}
            {move || {
                response
                    .get()
                    .map(|response| {
                        let tone = if response.status < 400 { ChipTone::Ok } else { ChipTone::Bad };
                        view! {
                            <h3 class="panel-sub">
                                {t::RESPONSE} <Chip tone=Signal::stored(tone)>{t::status_code(response.status)}</Chip>
                            </h3>
                            <JsonTree value=response.body open=2/>
                        }
                    })
            }}
        </div>
    }
}
