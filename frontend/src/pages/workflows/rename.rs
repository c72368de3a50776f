use leptos::prelude::*;
use model::api::{Empty, RenameWorkflow, WorkflowPatch};

use super::{line_form::LineForm, list::About};
use crate::{
    api::call,
    text::workflows as t,
    ui::{Dialog, open_while, use_toasts},
};

#[component]
pub fn RenameDialog(about: RwSignal<Option<About>>, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let toasts = use_toasts();
    let open = open_while(about);
    let form = move || {
        about.get_untracked().map(|About { id, name }| {
            let save = move |typed: String| {
                let name = typed.trim().to_owned();
                if name.is_empty() {
                    return Err(t::NEED_NAME.to_owned());
                }
                Ok(async move {
                    call::<RenameWorkflow>((id,), &Empty {}, &WorkflowPatch { name }).await?;
                    toasts.done(t::RENAMED);
                    on_changed();
                    Ok(())
                })
            };
            view! { <LineForm label=t::NAME value=name open confirm=t::RENAME save/> }
        })
    };
    view! { <Dialog open title=t::RENAME_TITLE>{form}</Dialog> }
}
