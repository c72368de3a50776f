//! The published versions, and a way back to one of them.

use leptos::{prelude::*, task::spawn_local};
use model::api::{Empty, GetVersion, ListVersions, Version};

use super::{history::History, state::use_editor};
use crate::{
    api::call,
    load::{Loaded, load},
    moment::{self, Style},
    text::editor as t,
    ui::{Button, Chip, ChipTone, Dialog, Tone, use_toasts},
};

#[component]
pub fn VersionsDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title=t::HISTORY.to_owned() wide=true>
            <List open/>
        </Dialog>
    }
}

#[component]
fn List(open: RwSignal<bool>) -> impl IntoView {
    let editor = use_editor();
    let toasts = use_toasts();
    let loader =
        load(
            move || async move { call::<ListVersions>((editor.id,), &Empty {}, &Empty {}).await.map(|versions| versions.items) },
        );
    let take = move |version: u32| {
        spawn_local(async move {
            match call::<GetVersion>((editor.id, version), &Empty {}, &Empty {}).await {
                Ok(detail) => {
                    editor.select(None);
                    editor.history.set(History::default());
                    editor.def.set(detail.definition);
                    editor.saver.edited();
                    open.try_set(false);
                    toasts.done(t::version_taken(version));
                }
                Err(problem) => toasts.problem(&problem),
            }
        });
    };
    let row = move |version: Version| {
        let n = version.version;
        view! {
            <li class="version">
                <span class="version-words">
                    <b>{t::version(n)}</b>
                    <small>{t::version_by(&moment::absolute(version.published_at, Style::Short), &version.published_by)}</small>
                    {(!version.note.is_empty()).then(|| view! { <span>{version.note.clone()}</span> })}
                </span>
                {if version.live { view! { <Chip tone=ChipTone::Ok>{t::LIVE}</Chip> }.into_any() } else { ().into_any() }}
                <Button small=true tone=Tone::Plain on:click=move |_| take(n)>{t::LOAD_INTO_DRAFT}</Button>
            </li>
        }
    };
    view! {
        <Loaded loader let:versions>
            {move || if versions.with(Vec::is_empty) {
                view! { <p class="dialog-text">{t::NO_VERSIONS}</p> }.into_any()
            } else {
                view! { <ul class="versions">{versions.get().into_iter().map(row).collect_view()}</ul> }.into_any()
            }}
        </Loaded>
    }
}
