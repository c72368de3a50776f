//! Words in the steps of all workflows, under the list of their names.

use leptos::prelude::*;
use leptos_router::components::A;
use model::api::{Empty, FindInWorkflows, FindQuery, FoundWords, WordsAt};

use crate::{
    api::{call, encode},
    load::{Loader, load},
    text::workflows as t,
};

/// Characters from which on it is looked for.
const SHORTEST: usize = 2;

/// What the words that are searched for are found in, once there are enough letters.
pub fn places(search: RwSignal<String>) -> Loader<Option<FoundWords>> {
    load(move || {
        let q = search.get();
        async move {
            if q.chars().count() < SHORTEST {
                return Ok(None);
            }
            call::<FindInWorkflows>((), &FindQuery { q }, &Empty {}).await.map(Some)
        }
    })
}

#[component]
pub fn FoundInSteps(found: Memo<Option<FoundWords>>) -> impl IntoView {
    let row = |one: WordsAt| {
        let step = one.place.step.map(|id| format!("?step={}", encode(id.as_str())));
        let href = format!("/workflows/{}{}", one.workflow, step.unwrap_or_default());
        view! {
            <li>
                <A href attr:class="found-link"><bdi>{one.workflow_name}</bdi>" › "<bdi>{one.label}</bdi></A>
                <span class="found-text" dir="auto">{one.text}</span>
            </li>
        }
    };
    move || {
        found.get().map(|found| {
            view! {
                <section class="found" aria-label=t::FOUND_IN_STEPS>
                    <h2>{t::FOUND_IN_STEPS}</h2>
                    <ul>{found.items.into_iter().map(row).collect_view()}</ul>
                    {found.more.then(|| view! { <p class="small muted">{t::MORE_FOUND}</p> })}
                </section>
            }
        })
    }
}
