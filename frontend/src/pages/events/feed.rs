//! The rows of the list of events, newest first.

use std::collections::HashSet;

use leptos::{prelude::*, task::spawn_local};
use leptos_router::params::ParamsMap;
use model::{
    api::{Cursor, Empty, EventState, EventSummary, EventsQuery, ListEvents},
    ids::{EventId, WorkflowId},
};

use crate::api::{Problem, call};

/// Rows read at a time.
const PAGE: u32 = 50;

/// What the list is narrowed to; kept in the page's address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Narrowed {
    pub state: Option<EventState>,
    pub workflow: Option<WorkflowId>,
}

impl Narrowed {
    pub fn read(params: &ParamsMap) -> Self {
        Narrowed {
            state: params.get_str("state").and_then(EventState::parse),
            workflow: params.get_str("workflow").and_then(|id| id.parse().ok()),
        }
    }

    pub fn address(&self) -> String {
        let state = self.state.map(|state| format!("state={}", state.as_str()));
        let workflow = self.workflow.map(|id| format!("workflow={id}"));
        let pairs: Vec<String> = state.into_iter().chain(workflow).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    fn query(&self) -> EventsQuery {
        EventsQuery { workflow: self.workflow, state: self.state, limit: Some(PAGE), ..EventsQuery::default() }
    }
}

#[derive(Clone, Copy)]
pub struct Feed {
    pub rows: RwSignal<Vec<EventSummary>>,
    pub ready: RwSignal<bool>,
    pub problem: RwSignal<Option<Problem>>,
    pub loading_older: RwSignal<bool>,
    older: RwSignal<Option<Cursor>>,
    narrowed: Memo<Narrowed>,
    newest: StoredValue<u32>,
}

impl Feed {
    pub fn new(narrowed: Memo<Narrowed>) -> Self {
        let feed = Feed {
            rows: RwSignal::new(Vec::new()),
            ready: RwSignal::new(false),
            problem: RwSignal::new(None),
            loading_older: RwSignal::new(false),
            older: RwSignal::new(None),
            narrowed,
            newest: StoredValue::new(0),
        };
        Effect::new(move |_| {
            narrowed.track();
            feed.ready.set(false);
            feed.read();
        });
        feed
    }

    pub fn has_older(self) -> bool {
        self.older.with(Option::is_some)
    }

    /// Reads the first page; pages below it stay when it still joins them.
    pub fn read(self) {
        let Some(this) = self.newest.try_update_value(|n| {
            *n = n.wrapping_add(1);
            *n
        }) else {
            return;
        };
        let query = self.narrowed.get_untracked().query();
        spawn_local(async move {
            let answer = call::<ListEvents>((), &query, &Empty {}).await;
            if self.newest.try_get_value() != Some(this) {
                return;
            }
            match answer {
                Ok(page) => {
                    let new: HashSet<EventId> = page.items.iter().map(|event| event.id).collect();
                    let rest: Vec<EventSummary> = self.rows.with_untracked(|rows| {
                        let joins = self.ready.get_untracked() && rows.iter().any(|row| new.contains(&row.id));
                        let old = rows.iter().skip_while(|row| !new.contains(&row.id)).filter(|row| !new.contains(&row.id));
                        if joins { old.cloned().collect() } else { Vec::new() }
                    });
                    if rest.is_empty() {
                        self.older.set(page.next);
                    }
                    self.rows.set(page.items.into_iter().chain(rest).collect());
                    self.problem.set(None);
                    self.ready.set(true);
                }
                Err(problem) => self.problem.set(Some(problem)),
            }
        });
    }

    pub fn read_older(self) {
        let Some(cursor) = self.older.get_untracked() else { return };
        if self.loading_older.get_untracked() {
            return;
        }
        self.loading_older.set(true);
        let this = self.newest.get_value();
        let query = EventsQuery { cursor: Some(cursor), ..self.narrowed.get_untracked().query() };
        spawn_local(async move {
            let answer = call::<ListEvents>((), &query, &Empty {}).await;
            if self.newest.try_get_value() == Some(this) {
                match answer {
                    Ok(page) => {
                        self.rows.update(|rows| {
                            let known: HashSet<EventId> = rows.iter().map(|row| row.id).collect();
                            rows.extend(page.items.into_iter().filter(|event| !known.contains(&event.id)));
                        });
                        self.older.set(page.next);
                    }
                    Err(problem) => self.problem.set(Some(problem)),
                }
            }
            self.loading_older.try_set(false);
        });
    }
}
