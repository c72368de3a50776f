mod create;
mod delete;
mod export;
mod find;
mod first;
mod import;
mod line_form;
mod list;
mod rename;
mod row;
mod sketch;
mod starters;
mod state_switch;
mod tags;
mod templates;

use std::time::Duration;

use leptos::{leptos_dom::helpers::debounce, prelude::*};
use model::{
    Role,
    api::{Empty, ListTags, ListWorkflows, WorkflowSummary, WorkflowsQuery},
};

use crate::{
    api::{Problem, call},
    live::use_stream,
    load::{Loaded, load},
    session::use_session,
    shell::{LiveChip, Page},
    text::workflows as t,
    timing::throttled,
    ui::{Choice, SearchInput, Select},
};
use create::NewButton;
pub use create::use_create;
use list::List;
pub use templates::{MakeItMine, TemplatesDialog};

/// Rows fetched at a time.
const PAGE: u32 = 200;

/// What the list shows.
#[derive(Clone, PartialEq)]
pub struct Listed {
    items: Vec<WorkflowSummary>,
    /// There are more than these.
    more: bool,
}

/// All workflows, how they fare, and what can be done to them.
#[component]
pub fn WorkflowsPage() -> impl IntoView {
    let session = use_session();
    let stream = use_stream();
    let (typed, search, pages) = (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(1_usize));
    let tag = RwSignal::new(String::new());
    let loader = load(move || {
        let (search, tag, pages) = (search.get(), tag.get(), pages.get());
        fetch(search, tag, pages)
    });
    let places = find::places(search);
    let found = Memo::new(move |_| places.value.get().flatten().filter(|found| !found.items.is_empty()));
    let tags = load(|| async { call::<ListTags>((), &Empty {}, &Empty {}).await });
    let tag_choices = Memo::new(move |_| {
        let known =
            tags.value.with(|tags| tags.iter().flat_map(|tags| &tags.items).map(|tag| tag.name.clone()).collect::<Vec<_>>());
        let all = std::iter::once(Choice::new("", t::ANY_TAG));
        if known.is_empty() {
            Vec::new()
        } else {
            all.chain(known.into_iter().map(|tag| Choice::new(tag.clone(), tag))).collect()
        }
    });
    let mut search_soon = debounce(Duration::from_millis(180), move |text: String| _ = search.try_set(text.trim().to_owned()));
    let on_search = StoredValue::new_local(move |text: String| search_soon(text));
    let on_search = move |text: String| {
        typed.set(text.clone());
        on_search.update_value(|search| search(text));
    };
    let clear = move || {
        typed.set(String::new());
        search.set(String::new());
        tag.set(String::new());
    };

    let reload_soon = throttled(Duration::from_secs(3), move || loader.reload());
    stream.on_reread(move || loader.reload());
    stream.on_workflow(move |_| loader.reload());
    stream.on_runs(move |runs| {
        // The last run at once; the counts a little later, from the server.
        loader.update(|listed| runs.iter().for_each(|run| note_run(listed, run)));
        reload_soon();
    });

    let nothing = Memo::new(move |_| {
        loader.value.with(|listed| listed.as_ref().is_some_and(|listed| listed.items.is_empty()))
            && search.with(String::is_empty)
            && tag.with(String::is_empty)
    });

    view! {
        <Page
            title=t::TITLE.to_owned()
            beside=|| view! { <LiveChip/> }
            actions=move || view! { <Show when=move || session.may(Role::Maker)><NewButton/></Show> }
        >
            <Loaded loader let:listed>
                <Show when=move || !nothing.get()>
                    <div class="bar">
                        <SearchInput value=typed on_input=on_search label=t::SEARCH/>
                        <Show when=move || !tag_choices.with(Vec::is_empty)>
                            <Select compact=true label=t::TAG choices=tag_choices value=tag on_change=move |value| tag.set(value)/>
                        </Show>
                        <span class="grow"></span>
                        <span class="small muted">{move || listed.with(|listed| t::shown(listed.items.len(), listed.more))}</span>
                    </div>
                </Show>
                <List
                    listed
                    nothing
                    found
                    tag
                    on_clear=clear
                    on_more=move || pages.update(|n| *n += 1)
                    on_changed=move || {
                        loader.reload();
                        tags.reload();
                    }
                />
            </Loaded>
            <find::FoundInSteps found/>
        </Page>
    }
}

fn note_run(listed: &mut Listed, run: &model::api::RunSummary) {
    if run.kind == "test" {
        return;
    }
    if let Some(workflow) = listed.items.iter_mut().find(|workflow| workflow.id == run.workflow) {
        let newer = workflow.last_run.as_ref().is_none_or(|last| last.id == run.id || last.at <= run.created_at);
        if newer {
            workflow.last_run = Some(model::api::LastRun { id: run.id, status: run.status, at: run.created_at });
        }
    }
}

async fn fetch(search: String, tag: String, pages: usize) -> Result<Listed, Problem> {
    let some = |text: String| (!text.is_empty()).then_some(text);
    let mut query = WorkflowsQuery { search: some(search), tag: some(tag), cursor: None, limit: Some(PAGE) };
    let mut items = Vec::new();
    for _ in 0..pages {
        let page = call::<ListWorkflows>((), &query, &Empty {}).await?;
        items.extend(page.items);
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    Ok(Listed { items, more: query.cursor.is_some() })
}
