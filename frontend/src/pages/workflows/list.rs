use leptos::prelude::*;
use model::{
    Role,
    api::{FoundWords, WorkflowSummary},
    ids::WorkflowId,
};

use super::{
    Listed,
    delete::DeleteDialog,
    first::{FirstSteps, ThreeWays},
    rename::RenameDialog,
    row::Row,
    tags::TagsDialog,
};
use crate::{
    session::use_session,
    text::workflows as t,
    ui::{Button, EmptyState, Glyph},
};

/// The workflow a dialog is about.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    pub id: WorkflowId,
    pub name: String,
}

#[component]
pub fn List(
    listed: Signal<Listed>,
    /// There is no workflow at all.
    nothing: Memo<bool>,
    /// Where else the words stand that are searched for.
    found: Memo<Option<FoundWords>>,
    /// What the list is narrowed to.
    tag: RwSignal<String>,
    on_clear: impl Fn() + Copy + Send + Sync + 'static,
    on_more: impl Fn() + Copy + Send + Sync + 'static,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let session = use_session();
    let (renaming, deleting) = (RwSignal::new(None::<About>), RwSignal::new(None::<About>));
    let tagging = RwSignal::new(None::<(About, Vec<String>)>);
    let none_found = move || !nothing.get() && listed.with(|listed| listed.items.is_empty()) && found.with(Option::is_none);
    let row = move |id: WorkflowId| {
        let first = listed.with_untracked(|listed| find(listed, id));
        first.map(|first| {
            // Once the row has gone, its last state stays until it is taken away.
            let workflow =
                Memo::new(move |_| listed.try_with(|listed| find(listed, id)).flatten().unwrap_or_else(|| first.clone()));
            view! { <Row workflow tag renaming tagging deleting on_changed/> }
        })
    };
    view! {
        <Show when=move || nothing.get()>
            <EmptyState glyph=Glyph::Flow title=t::EMPTY_TITLE.to_owned() body=t::EMPTY.to_owned()/>
            <Show when=move || session.may(Role::Maker)><ThreeWays/></Show>
        </Show>
        <Show when=move || session.may(Role::Maker)><FirstSteps listed/></Show>
        <Show when=none_found>
            <EmptyState glyph=Glyph::Search title=t::NO_MATCH_TITLE.to_owned() body=t::NO_MATCH.to_owned()>
                <Button on:click=move |_| on_clear()>{t::CLEAR_SEARCH}</Button>
            </EmptyState>
        </Show>
        <Show when=move || listed.with(|listed| !listed.items.is_empty())>
            <div class="flows">
                <div class="flows-head" aria-hidden="true">
                    <span>{t::NAME}</span>
                    <span>{t::STATE}</span>
                    <span>{t::LAST_RUN}</span>
                    <span>{t::LAST_DAY}</span>
                </div>
                <ul aria-label=t::TITLE>
                    <For
                        each=move || listed.with(|listed| listed.items.iter().map(|workflow| workflow.id).collect::<Vec<_>>())
                        key=|id| *id
                        children=row
                    />
                </ul>
                <Show when=move || listed.with(|listed| listed.more)>
                    <div class="more-row"><Button on:click=move |_| on_more()>{t::MORE}</Button></div>
                </Show>
            </div>
        </Show>
        <RenameDialog about=renaming on_changed/>
        <TagsDialog about=tagging on_changed/>
        <DeleteDialog about=deleting on_changed/>
    }
}

fn find(listed: &Listed, id: WorkflowId) -> Option<WorkflowSummary> {
    listed.items.iter().find(|workflow| workflow.id == id).cloned()
}
