//! The published versions: who made each and when, what changed with it, and a way back to any of them.

use leptos::{prelude::*, task::spawn_local};
use model::{
    WorkflowDefinition,
    api::{Empty, GetVersion, ListVersions, Version},
    definition::{EditOp, Patch},
};

use super::{changes::Changes, state::use_editor};
use crate::{
    api::call,
    load::{Loaded, load},
    moment::{self, Style},
    text::editor as t,
    ui::{Button, Chip, ChipTone, Choice, Dialog, ErrorState, Select, Skeleton, Tone, use_toasts},
};

/// Stands for the draft among the versions to compare with.
const DRAFT: &str = "draft";

/// `at`: the version whose changes are shown when it opens.
#[component]
pub fn VersionsDialog(open: RwSignal<bool>, at: Option<u32>) -> impl IntoView {
    view! {
        <Dialog open title=t::HISTORY.to_owned() wide=true>
            <List open at/>
        </Dialog>
    }
}

#[component]
fn List(open: RwSignal<bool>, at: Option<u32>) -> impl IntoView {
    let editor = use_editor();
    let loader =
        load(
            move || async move { call::<ListVersions>((editor.id,), &Empty {}, &Empty {}).await.map(|versions| versions.items) },
        );
    let shown = RwSignal::new(at);
    view! {
        <Loaded loader let:versions>
            {move || if versions.with(Vec::is_empty) {
                view! { <p class="dialog-text">{t::NO_VERSIONS}</p> }.into_any()
            } else {
                let all = versions.get();
                let numbers: Vec<u32> = all.iter().map(|version| version.version).collect();
                let row = |version: Version| view! { <Row version numbers=numbers.clone() shown open/> };
                view! { <ul class="versions">{all.into_iter().map(row).collect_view()}</ul> }.into_any()
            }}
        </Loaded>
    }
}

#[component]
fn Row(version: Version, numbers: Vec<u32>, shown: RwSignal<Option<u32>>, open: RwSignal<bool>) -> impl IntoView {
    let editor = use_editor();
    let toasts = use_toasts();
    let n = version.version;
    let is_shown = Memo::new(move |_| shown.get() == Some(n));
    let numbers = StoredValue::new(numbers);
    let restore = move |_| {
        spawn_local(async move {
            match call::<GetVersion>((editor.id, n), &Empty {}, &Empty {}).await {
                Ok(detail) => {
                    let patch = editor.def.with_untracked(|draft| Patch::between(draft, &detail.definition));
                    editor.select(None);
                    if patch.is_empty() || editor.edit(EditOp::Replace { patch }) {
                        open.try_set(false);
                        toasts.done(t::version_taken(n));
                    }
                }
                Err(problem) => toasts.problem(&problem),
            }
        });
    };
    view! {
        <li class="version" data-version=n>
            <div class="version-line">
                <span class="version-words">
                    <b>{t::version(n)}</b>
                    <small>{t::version_by(&moment::absolute(version.published_at, Style::Short), &version.published_by)}</small>
                    {(!version.note.is_empty()).then(|| view! { <span>{version.note.clone()}</span> })}
                </span>
                {if version.live { view! { <Chip tone=ChipTone::Ok>{t::LIVE}</Chip> }.into_any() } else { ().into_any() }}
                <Button
                    small=true
                    tone=Tone::Ghost
                    attr:aria-expanded=move || is_shown.get().to_string()
                    attr:aria-label=t::show_changes_of(n)
                    on:click=move |_| shown.update(|shown| *shown = (*shown != Some(n)).then_some(n))
                >
                    {t::SHOW_CHANGES}
                </Button>
                {move || editor.may_edit.get().then(|| view! {
                    <Button small=true tone=Tone::Plain attr:aria-label=t::restore_version(n) on:click=restore>{t::RESTORE}</Button>
                })}
            </div>
            <Show when=move || is_shown.get()><Compared version=n numbers/></Show>
        </li>
    }
}

/// A version beside another one, at first the one before it.
#[component]
fn Compared(version: u32, numbers: StoredValue<Vec<u32>>) -> impl IntoView {
    let editor = use_editor();
    let before = numbers.with_value(|all| all.iter().copied().filter(|other| *other < version).max());
    let with = RwSignal::new(before.map_or_else(String::new, |before| before.to_string()));
    let choices: Vec<Choice> = std::iter::once(Choice::new(DRAFT, t::THE_DRAFT))
        .chain(numbers.with_value(|all| {
            let others: Vec<Choice> = all
                .iter()
                .filter(|other| **other != version)
                .map(|other| Choice::new(other.to_string(), t::version(*other)))
                .collect();
            others
        }))
        .chain(before.is_none().then(|| Choice::new("", t::BEFORE_THE_FIRST)))
        .collect();
    let read = move |version: u32| async move {
        call::<GetVersion>((editor.id, version), &Empty {}, &Empty {}).await.map(|detail| detail.definition)
    };
    let this = load(move || read(version));
    // With the choice it answers: while the next one is on its way, the last one stays.
    let other = load(move || {
        let chosen = with.get();
        async move {
            let found = match chosen.parse::<u32>() {
                Ok(number) => Some((number, read(number).await?)),
                Err(_) => None,
            };
            Ok((chosen, found))
        }
    });
    // The older one stands on the left, the draft is newer than any version.
    let sides = Memo::new(move |_| {
        let (chosen, found) = other.value.get().filter(|(chosen, _)| with.with(|with| with == chosen))?;
        let this = this.value.get()?;
        Some(match found {
            Some((number, other)) if number > version => (this, Some(other)),
            Some((_, other)) => (other, Some(this)),
            None if chosen == DRAFT => (this, None),
            None => (WorkflowDefinition::default(), Some(this)),
        })
    });
    let problem = Signal::derive(move || this.problem.get().or_else(|| other.problem.get()));
    let again = move |()| {
        if this.problem.with_untracked(Option::is_some) {
            this.reload();
        }
        if other.problem.with_untracked(Option::is_some) {
            other.reload();
        }
    };
    view! {
        <div class="version-changes">
            <div class="version-with">
                <span>{t::COMPARED_WITH}</span>
                <Select value=with on_change=move |chosen| with.set(chosen) choices=Signal::stored(choices) label=t::COMPARED_WITH compact=true/>
            </div>
            {move || match (sides.get(), problem.get()) {
                (_, Some(_)) => view! { <ErrorState problem on_retry=again/> }.into_any(),
                (None, None) => view! { <Skeleton width=60/> }.into_any(),
                (Some((before, after)), None) => {
                    let after = after.map_or_else(|| Signal::from(editor.def), Signal::stored);
                    view! { <Changes before=Signal::stored(before) after nothing=t::VERSIONS_ARE_EQUAL/> }.into_any()
                }
            }}
        </div>
    }
}
