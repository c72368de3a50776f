use leptos::prelude::*;
use model::Timestamp;

use crate::{
    moment::{self, Style, use_now},
    text,
};

/// "2 min ago", with the exact time as its tooltip; follows the clock.
#[component]
pub fn TimeAgo(#[prop(into)] at: Signal<Timestamp>) -> impl IntoView {
    let now = use_now();
    let words = Memo::new(move |_| moment::relative(at.get(), now.get()));
    view! { <time datetime=move || at.get().rfc3339() data-tip=move || moment::absolute(at.get(), Style::Full)>{words}</time> }
}

/// A moment of the day, with the whole date as its tooltip.
#[component]
pub fn Moment(#[prop(into)] at: Signal<Timestamp>, #[prop(default = Style::Short)] style: Style) -> impl IntoView {
    view! {
        <time datetime=move || at.get().rfc3339() data-tip=move || moment::absolute(at.get(), Style::Full)>
            {move || moment::absolute(at.get(), style)}
        </time>
    }
}

/// From one moment to another, or to now while there is no end.
#[component]
pub fn Elapsed(#[prop(into)] from: Signal<Timestamp>, #[prop(into)] to: Signal<Option<Timestamp>>) -> impl IntoView {
    let now = use_now();
    let words = Memo::new(move |_| match to.get() {
        Some(to) => text::time::span(to.since(from.get())),
        // A running figure in whole seconds: it changes once a second.
        None => text::time::span(now.get().since(from.get()) / 1000 * 1000),
    });
    view! { <span class="num">{words}</span> }
}
