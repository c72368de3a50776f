//! The tags of one workflow.

use leptos::prelude::*;
use model::api::{Empty, NewTags, TagWorkflow};

use super::{line_form::LineForm, list::About};
use crate::{
    api::call,
    text::{ui, workflows as t},
    ui::{Dialog, open_while, use_toasts},
};

#[component]
pub fn TagsDialog(
    /// With the tags it has.
    about: RwSignal<Option<(About, Vec<String>)>>,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let toasts = use_toasts();
    let open = open_while(about);
    let title =
        Signal::derive(move || about.with(|about| about.as_ref().map(|(about, _)| t::tags_of(&about.name)).unwrap_or_default()));
    let form = move || {
        about.get_untracked().map(|(About { id, .. }, tags)| {
            let save = move |typed: String| {
                let new = NewTags { tags: typed.split(',').map(str::to_owned).collect() };
                new.checked()?;
                Ok(async move {
                    call::<TagWorkflow>((id,), &Empty {}, &new).await?;
                    toasts.done(t::TAGGED);
                    on_changed();
                    Ok(())
                })
            };
            view! { <LineForm label=t::TAGS hint=t::TAGS_HINT value=tags.join(", ") open confirm=ui::SAVE save/> }
        })
    };
    view! { <Dialog open title>{form}</Dialog> }
}
