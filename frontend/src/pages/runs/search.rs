//! The search box: what it finds streams in, newest first, in place of the list. What is searched for stands in the address.

use std::collections::BTreeMap;

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    components::A,
    hooks::{use_location, use_navigate},
};
use model::{
    Timestamp,
    api::{
        Empty, EventSummary, FoundBy, FoundPlace, ListWorkflows, RunSummary, SearchEnd, SearchLine, SearchQuery, SearchRuns,
        WorkflowsQuery,
    },
    ids::{EventId, WorkflowId},
};
use serde_json::Value;
use web_sys::AbortController;

use super::filter::Filter;
use crate::{
    api::{Problem, call, lines},
    load::load,
    pages::events::{EventDialog, EventStateChip},
    text::{
        events::UNKNOWN_WORKFLOW,
        runs::{self, search as t},
    },
    ui::{Button, EmptyState, Glyph, RunStatusChip, SearchInput, TimeAgo, Tone, path_to},
};

/// How far a search has come.
#[derive(Debug, Clone, PartialEq, Default)]
enum Stage {
    #[default]
    Asked,
    Looking {
        searched: u64,
        back_to: Option<Timestamp>,
    },
    /// By a person.
    Stopped {
        searched: u64,
        back_to: Option<Timestamp>,
    },
    Ended {
        searched: u64,
        reason: SearchEnd,
    },
    Failed(Problem),
}

impl Stage {
    fn is_over(&self) -> bool {
        !matches!(self, Stage::Asked | Stage::Looking { .. })
    }

    fn words(&self) -> String {
        match self {
            Stage::Asked => t::looking(0, None),
            Stage::Looking { searched, back_to } => t::looking(*searched, *back_to),
            Stage::Stopped { searched, back_to } => t::stopped(*searched, *back_to),
            Stage::Ended { searched, reason } => t::ended(*searched, *reason),
            Stage::Failed(problem) if problem.is_offline() => t::BROKE_OFF.to_owned(),
            Stage::Failed(problem) => problem.message.clone(),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Hit {
    Run(Box<RunSummary>),
    Event(Box<EventSummary>, FoundBy, Vec<FoundPlace>),
}

/// The search that is shown: one at a time.
#[derive(Clone, Copy)]
pub struct Search {
    filter: Memo<Filter>,
    hits: RwSignal<Vec<Hit>>,
    stage: RwSignal<Stage>,
    /// Rises when the same is asked for once more.
    again: RwSignal<u32>,
    /// Of the one that goes on: later words of an earlier one are passed over.
    number: StoredValue<u32>,
    stop: StoredValue<Option<AbortController>, LocalStorage>,
}

impl Search {
    /// Searches for what the address says, whenever that changes.
    pub fn new(filter: Memo<Filter>) -> Self {
        let search = Search {
            filter,
            hits: RwSignal::new(Vec::new()),
            stage: RwSignal::new(Stage::Asked),
            again: RwSignal::new(0),
            number: StoredValue::new(0),
            stop: StoredValue::new_local(None),
        };
        let asked = Memo::new(move |_| filter.with(|filter| filter.q.clone().map(|q| (q, filter.workflow))));
        Effect::new(move |_| {
            search.again.track();
            search.end();
            if let Some((q, workflow)) = asked.get() {
                search.begin(SearchQuery { q, workflow });
            }
        });
        on_cleanup(move || search.end());
        search
    }

    /// Leaves the one that goes on; its connection closes, and so the server ends it.
    fn end(self) {
        self.number.try_update_value(|n| *n = n.wrapping_add(1));
        if let Some(controller) = self.stop.try_update_value(Option::take).flatten() {
            controller.abort();
        }
    }

    fn begin(self, query: SearchQuery) {
        self.hits.set(Vec::new());
        self.stage.set(Stage::Asked);
        let controller = AbortController::new().ok();
        let Some(signal) = controller.as_ref().map(AbortController::signal) else { return };
        self.stop.set_value(controller);
        let this = self.number.get_value();
        spawn_local(async move {
            let is_this = move || self.number.try_get_value() == Some(this);
            let answer = lines::<SearchRuns>((), &query, &signal, |line| {
                if is_this() {
                    self.take(line);
                }
                is_this()
            })
            .await;
            if !is_this() {
                return;
            }
            match answer {
                Err(problem) => _ = self.stage.try_set(Stage::Failed(problem)),
                // The connection went before the last line.
                Ok(()) if !self.stage.with_untracked(Stage::is_over) => {
                    self.stage.try_update(|stage| *stage = Stage::Ended { searched: 0, reason: SearchEnd::Failed });
                }
                Ok(()) => {}
            }
        });
    }

    fn take(self, line: SearchLine) {
        match line {
            SearchLine::Run { run } => _ = self.hits.try_update(|hits| hits.push(Hit::Run(run))),
            SearchLine::Event { event, by, places } => {
                self.hits.try_update(|hits| hits.push(Hit::Event(Box::new(event), by, places)));
            }
            SearchLine::Progress { searched, back_to } => {
                self.stage.try_set(Stage::Looking { searched, back_to: Some(back_to) });
            }
            SearchLine::Done { searched, reason } => _ = self.stage.try_set(Stage::Ended { searched, reason }),
        }
    }

    fn stop(self) {
        self.end();
        self.stage.update(|stage| {
            *stage = match stage {
                Stage::Looking { searched, back_to } => Stage::Stopped { searched: *searched, back_to: *back_to },
                _ => Stage::Stopped { searched: 0, back_to: None },
            };
        });
    }
}

/// Above the filters: what to search for.
#[component]
pub fn SearchBox(search: Search) -> impl IntoView {
    let Search { filter, .. } = search;
    let navigate = StoredValue::new_local(use_navigate());
    let path = use_location().pathname;
    let asked = Memo::new(move |_| filter.with(|filter| filter.q.clone()));
    let written = RwSignal::new(String::new());
    // Going back in the browser's history brings back what was searched for then.
    Effect::new(move |_| written.set(asked.get().unwrap_or_default()));
    let wrong = RwSignal::new(false);
    let go = move |next: Filter| {
        let address = format!("{}{}", path.get_untracked(), next.address());
        navigate.with_value(|navigate| navigate(&address, NavigateOptions { scroll: false, ..Default::default() }));
    };
    let leave = move || {
        wrong.set(false);
        go(Filter { q: None, ..filter.get_untracked() });
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let text = written.with_untracked(|text| text.trim().to_owned());
        let fits = (SearchQuery::SHORTEST..=SearchQuery::LONGEST).contains(&text.chars().count());
        wrong.set(!fits && !text.is_empty());
        if text.is_empty() {
            leave();
        } else if fits && asked.get_untracked().as_ref() == Some(&text) {
            search.again.update(|n| *n = n.wrapping_add(1));
        } else if fits {
            go(Filter { q: Some(text), ..filter.get_untracked() });
        }
    };
    let write = move |text: String| {
        wrong.set(false);
        // Cleared by its button: back to the list at once.
        if text.is_empty() && asked.with_untracked(Option::is_some) {
            leave();
        }
        written.set(text);
    };
    view! {
        <form class="run-search" role="search" on:submit=submit>
            <SearchInput value=written on_input=write label=t::FIND/>
            <Button submit=true>{t::GO}</Button>
            <p class="form-error" role="alert">{move || wrong.get().then(t::length)}</p>
        </form>
    }
}

/// What was found so far, and how far back it has looked.
#[component]
pub fn Results(search: Search) -> impl IntoView {
    let Search { filter, hits, stage, .. } = search;
    let navigate = StoredValue::new_local(use_navigate());
    let path = use_location().pathname;
    let go = move |change: &dyn Fn(&mut Filter)| {
        let mut next = filter.get_untracked();
        change(&mut next);
        let address = format!("{}{}", path.get_untracked(), next.address());
        navigate.with_value(|navigate| navigate(&address, NavigateOptions { scroll: false, ..Default::default() }));
    };
    let workflows = load(|| async {
        let query = WorkflowsQuery { limit: Some(200), ..WorkflowsQuery::default() };
        call::<ListWorkflows>((), &query, &Empty {}).await
    });
    let names = Memo::new(move |_| {
        workflows.value.with(|page| {
            let items = page.iter().flat_map(|page| &page.items);
            items.map(|workflow| (workflow.id, workflow.name.clone())).collect::<BTreeMap<_, _>>()
        })
    });
    let chosen = RwSignal::new(None::<EventId>);
    let over = Memo::new(move |_| stage.with(Stage::is_over));
    let q = Memo::new(move |_| filter.with(|filter| filter.q.clone().unwrap_or_default()));
    let narrowed = Memo::new(move |_| filter.with(|filter| filter.workflow.is_some()));
    let nothing =
        move || hits.with(Vec::is_empty) && matches!(stage.get(), Stage::Ended { reason, .. } if reason != SearchEnd::Failed);
    view! {
        <div class="run-search-state">
            <p role="status" class="small">
                {move || (!hits.with(Vec::is_empty)).then(|| t::found(hits.with(Vec::len)))} " " {move || stage.with(Stage::words)}
            </p>
            <Show when=move || !over.get()>
                <Button small=true icon=Glyph::Stop on:click=move |_| search.stop()>{t::STOP}</Button>
            </Show>
            <Show when=move || narrowed.get()>
                <span class="small muted">{t::ONLY_WORKFLOW}</span>
                <Button small=true tone=Tone::Ghost on:click=move |_| go(&|filter| *filter = filter.cleared())>
                    {t::EVERYWHERE}
                </Button>
            </Show>
            <span class="grow"></span>
            <Button small=true tone=Tone::Ghost icon=Glyph::ArrowLeft on:click=move |_| go(&|filter| filter.q = None)>{t::LEAVE}</Button>
        </div>
        <div class="runs-scroll">
            <Show when=nothing><EmptyState glyph=Glyph::Search title=t::NOTHING body=t::NOTHING_ABOUT/></Show>
            <ul class="hits" aria-label=move || t::results(&q.get())>
                <For
                    // Hits are only ever added, until another search begins.
                    each=move || hits.get().into_iter().enumerate()
                    key=move |(at, hit)| (*at, key(hit))
                    children=move |(_, hit)| view! { <HitRow hit q names chosen filter/> }
                />
            </ul>
        </div>
        <EventDialog chosen names/>
    }
}

fn key(hit: &Hit) -> i64 {
    match hit {
        Hit::Run(run) => run.id.0,
        Hit::Event(event, ..) => event.id.0,
    }
}

#[component]
fn HitRow(
    hit: Hit,
    q: Memo<String>,
    names: Memo<BTreeMap<WorkflowId, String>>,
    chosen: RwSignal<Option<EventId>>,
    filter: Memo<Filter>,
) -> impl IntoView {
    let to_run = move |id| move || format!("/runs/{id}{}", filter.with(Filter::address));
    match hit {
        Hit::Run(run) => {
            let (id, name, at, what) = (run.id, run.workflow_name.clone(), run.created_at, runs::what(&run));
            view! {
                <li class="hit">
                    <div class="hit-top">
                        <RunStatusChip run=Signal::stored(*run)/>
                        <A href=to_run(id) attr:class="row-link"><bdi>{name}</bdi></A>
                        <span class="grow"></span>
                        <span class="small muted"><TimeAgo at/></span>
                    </div>
                    <p class="small muted">{t::RUN_BY_ID} " " {what}</p>
                </li>
            }
            .into_any()
        }
        Hit::Event(event, by, places) => {
            let EventSummary { id, workflow, state, reason, received_at, run, .. } = *event;
            let name = move || names.with(|names| names.get(&workflow).cloned().unwrap_or_else(|| UNKNOWN_WORKFLOW.to_owned()));
            view! {
                <li class="hit">
                    <div class="hit-top">
                        <EventStateChip state/>
                        {match run {
                            Some(run) => view! { <A href=to_run(run) attr:class="row-link"><bdi>{name}</bdi></A> }.into_any(),
                            None => {
                                view! { <button type="button" class="row-link" on:click=move |_| chosen.set(Some(id))><bdi>{name}</bdi></button> }
                                    .into_any()
                            }
                        }}
                        {run.is_none().then(|| view! { <span class="small muted">{t::NO_RUN}</span> })}
                        <span class="grow"></span>
                        <button type="button" class="link small" on:click=move |_| chosen.set(Some(id))>{t::SEE_EVENT}</button>
                        <span class="small muted"><TimeAgo at=received_at/></span>
                    </div>
                    {reason.map(|reason| view! { <p class="small">{reason}</p> })}
                    <p class="small muted">{t::by(by)}</p>
                    {(!places.is_empty()).then(|| view! {
                        <ul class="hit-places">{places.into_iter().map(|place| view! { <Place place q/> }).collect_view()}</ul>
                    })}
                </li>
            }
            .into_any()
        }
    }
}

#[component]
fn Place(place: FoundPlace, q: Memo<String>) -> impl IntoView {
    let path = path_of(&place.path);
    let excerpt = place.excerpt;
    let marked = q.with_untracked(|q| parts(&excerpt, q).map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    view! {
        <li>
            <span class="mono muted">{path}</span>
            <bdi class="hit-excerpt">
                {match marked {
                    Some((before, mark, after)) => view! { {before}<mark>{mark}</mark>{after} }.into_any(),
                    None => excerpt.into_any(),
                }}
            </bdi>
        </li>
    }
}

/// `event.body.lines[1].sku`
fn path_of(path: &[Value]) -> String {
    path.iter().fold("event".to_owned(), |path, key| match key {
        Value::String(key) => path_to(&path, key, false),
        index => path_to(&path, &index.to_string(), true),
    })
}

/// The excerpt around what was searched for, in whichever case; nothing where lower case has another length.
fn parts<'a>(excerpt: &'a str, q: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let lower = excerpt.to_lowercase();
    let q = q.to_lowercase();
    let at = lower.find(&q).filter(|_| lower.len() == excerpt.len())?;
    Some((excerpt.get(..at)?, excerpt.get(at..at + q.len())?, excerpt.get(at + q.len()..)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_place_is_named_as_it_is_mapped() {
        let path = json!(["body", "lines", 1, "the sku"]);
        assert_eq!(path_of(path.as_array().map_or(&[], Vec::as_slice)), r#"event.body.lines[1]["the sku"]"#);
        assert_eq!(path_of(&[]), "event");
    }

    #[test]
    fn what_was_searched_for_is_marked() {
        assert_eq!(parts("for Ada@Example.com!", "ada@example.COM"), Some(("for ", "Ada@Example.com", "!")));
        assert_eq!(parts("äöü Needle", "needle"), Some(("äöü ", "Needle", "")));
        assert_eq!(parts("nothing here", "needle"), None);
        assert_eq!(parts("İİİ needle", "needle"), None, "lower case is longer there, so the place is not known");
        assert_eq!(parts("<img src=x>", "<IMG"), Some(("", "<img", " src=x>")));
    }
}
