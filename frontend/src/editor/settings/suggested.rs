//! What the past suggests to expect.

use leptos::prelude::*;
use model::api::{Empty, ExpectationQuery, SuggestExpectation};

use super::Form;
use crate::{
    api::call,
    editor::cron::words,
    load::load,
    text::editor as t,
    ui::{Button, Glyph, Icon},
};

/// One sentence and a button; nothing where the past says nothing, or what it says is set already.
#[component]
pub fn Suggested(form: Form) -> impl IntoView {
    let id = form.editor.id;
    let zone = form.part(|settings| settings.time_zone.clone());
    let set = form.part(|settings| settings.expects.clone());
    let found = load(move || {
        let query = ExpectationQuery { time_zone: Some(zone.get()) };
        async move { call::<SuggestExpectation>((id,), &query, &Empty {}).await }
    });
    let offered = Memo::new(move |_| {
        let suggestion = found.value.with(|found| found.as_ref().and_then(|found| found.suggestion.clone()));
        suggestion.filter(|suggestion| set.with(|set| set.as_ref() != Some(&suggestion.expects)))
    });
    view! {
        {move || offered.get().map(|offered| {
            let expects = offered.expects.clone();
            let take = move |_| form.change("expects", &|settings| settings.expects = Some(expects.clone()));
            view! {
                <div class="note" role="note" aria-label=t::SUGGESTED>
                    <Icon glyph=Glyph::Sparkles/>
                    <span class="grow">{t::suggested(&offered, &words(&offered.expects.by))}</span>
                    <Button small=true on:click=take>{t::USE_THIS}</Button>
                </div>
            }
        })}
    }
}
