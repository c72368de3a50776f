use leptos::prelude::*;
use model::api::{Told, ToldState};

use crate::{
    text::alerts as t,
    ui::{Glyph, Icon},
};

/// Who was told of an alert and when, one line each; what went wrong with it as a hint.
#[component]
pub fn ToldLines(told: Vec<Told>) -> impl IntoView {
    if told.is_empty() {
        return view! { <li class="muted">{t::TOLD_NOBODY}</li> }.into_any();
    }
    told.into_iter()
        .map(|told| {
            let bad = matches!(told.state, ToldState::Failed) || told.error.is_some();
            view! {
                <li class:bad=bad data-tip=told.error.clone()>
                    <Icon glyph=if bad { Glyph::Alert } else { Glyph::Send }/>
                    <span>
                        {t::told(&told)}
                        {told.error.clone().map(|error| view! { <span class="sr-only">" · "{error}</span> })}
                    </span>
                </li>
            }
        })
        .collect_view()
        .into_any()
}
