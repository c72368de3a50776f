//! The rows of the list: read page by page, then kept up to date by the stream. Rows change in place; new ones come on top, or
//! wait in a pile while somebody reads further down.

use std::collections::HashSet;

use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{Cursor, Empty, ListRuns, RunSummary, RunsQuery},
    ids::RunId,
    run::RunStatus,
};

use super::filter::Filter;
use crate::{
    api::{Problem, call},
    moment::now,
};

/// Rows read at a time.
const PAGE: u32 = 50;
/// With fewer rows than this older ones are looked for without being asked.
const FEW: usize = 8;
/// Rows kept while new ones come in at the top; older ones are read again when asked for.
const MOST_LIVE: usize = 300;
/// New runs that wait for somebody to scroll up; beyond, the list is read again instead.
const MOST_WAITING: usize = 200;

/// One row. Its content changes without touching the rest of the list.
#[derive(Clone)]
pub struct Row {
    pub id: RunId,
    pub run: ArcRwSignal<RunSummary>,
    /// Came in while the page was open.
    pub fresh: bool,
}

/// Where the next older page begins.
#[derive(Clone, PartialEq)]
enum Older {
    No,
    From(Cursor),
    /// The tail was let go: everything created before this moment (plus the moment itself).
    Before(i64),
}

#[derive(Clone, Copy)]
pub struct Feed {
    pub rows: RwSignal<Vec<Row>>,
    /// The first page of the present filter is there.
    pub ready: RwSignal<bool>,
    pub problem: RwSignal<Option<Problem>>,
    pub loading_older: RwSignal<bool>,
    waiting: RwSignal<Vec<RunSummary>>,
    older: RwSignal<Older>,
    filter: Memo<Filter>,
    newest: StoredValue<u32>,
    /// Rises with reports of runs that a filter step ended.
    pub filtered: RwSignal<u32>,
    /// Somebody reads further down: new rows must not push the page.
    pub reading: RwSignal<bool>,
}

impl Feed {
    pub fn new(filter: Memo<Filter>) -> Self {
        let feed = Feed {
            rows: RwSignal::new(Vec::new()),
            ready: RwSignal::new(false),
            problem: RwSignal::new(None),
            loading_older: RwSignal::new(false),
            waiting: RwSignal::new(Vec::new()),
            older: RwSignal::new(Older::No),
            filter,
            newest: StoredValue::new(0),
            filtered: RwSignal::new(0),
            reading: RwSignal::new(false),
        };
        Effect::new(move |_| {
            filter.track();
            feed.ready.set(false);
            feed.read();
        });
        feed
    }

    pub fn has_older(self) -> bool {
        self.older.with(|older| *older != Older::No)
    }

    pub fn waiting(self) -> usize {
        self.waiting.with(Vec::len)
    }

    /// Reads the first page. What it shows already is changed in place.
    pub fn read(self) {
        let Some(this) = self.newest.try_update_value(|n| {
            *n = n.wrapping_add(1);
            *n
        }) else {
            return;
        };
        let query = RunsQuery { limit: Some(PAGE), ..self.filter.get_untracked().shown(now()) };
        spawn_local(async move {
            let answer = call::<ListRuns>((), &query, &Empty {}).await;
            if self.newest.try_get_value() != Some(this) {
                return;
            }
            match answer {
                Ok(page) => {
                    let known = self.ready.get_untracked() && overlaps(&self.rows.get_untracked(), &page.items);
                    if known {
                        self.take_in(&page.items, true);
                    } else {
                        self.waiting.set(Vec::new());
                        self.rows.set(page.items.into_iter().map(|run| row(run, false)).collect());
                        self.older.set(page.next.map_or(Older::No, Older::From));
                    }
                    self.problem.set(None);
                    self.ready.set(true);
                    self.go_on();
                }
                Err(problem) => self.problem.set(Some(problem)),
            }
        });
    }

    /// The same from nothing: rows may have gone.
    pub fn read_anew(self) {
        self.ready.set(false);
        self.read();
    }

    /// Reads the page below the last row.
    pub fn read_older(self) {
        let mut query = RunsQuery { limit: Some(PAGE), ..self.filter.get_untracked().shown(now()) };
        match self.older.get_untracked() {
            Older::No => return,
            Older::From(cursor) => query.cursor = Some(cursor),
            Older::Before(ms) => query.until = Some(ms),
        }
        if self.loading_older.get_untracked() {
            return;
        }
        self.loading_older.set(true);
        let this = self.newest.get_value();
        spawn_local(async move {
            let answer = call::<ListRuns>((), &query, &Empty {}).await;
            if self.newest.try_get_value() == Some(this) {
                match answer {
                    Ok(page) => {
                        self.rows.update(|rows| {
                            let known: HashSet<RunId> = rows.iter().map(|row| row.id).collect();
                            rows.extend(page.items.into_iter().filter(|run| !known.contains(&run.id)).map(|run| row(run, false)));
                        });
                        self.older.set(page.next.map_or(Older::No, Older::From));
                        self.loading_older.try_set(false);
                        self.go_on();
                        return;
                    }
                    Err(problem) => self.problem.set(Some(problem)),
                }
            }
            self.loading_older.try_set(false);
        });
    }

    /// Where what is asked for is rare, the server answers with what it found so far: asks for more until there is something to read.
    fn go_on(self) {
        if self.has_older() && self.rows.with_untracked(Vec::len) < FEW {
            self.read_older();
        }
    }

    /// Takes reported runs in: known ones change in place, new ones that fit the filter come on top.
    pub fn take_in(self, runs: &[RunSummary], from_list: bool) {
        let mut new = Vec::new();
        self.rows.with_untracked(|rows| {
            for run in runs {
                match rows.iter().find(|row| row.id == run.id) {
                    Some(row) if row.run.with_untracked(|old| old.seq <= run.seq) => row.run.set(run.clone()),
                    Some(_) => {}
                    None => new.push(run),
                }
            }
        });
        let filter = self.filter.get_untracked();
        if !from_list && runs.iter().any(|run| run.status == RunStatus::Filtered) {
            self.filtered.update(|n| *n = n.wrapping_add(1));
            if filter.folds() {
                // It was in the list while nobody knew how it would end.
                let ends = |row: &Row| row.run.with_untracked(|run| run.status == RunStatus::Filtered);
                if self.rows.with_untracked(|rows| rows.iter().any(ends)) {
                    self.rows.update(|rows| rows.retain(|row| !ends(row)));
                }
            }
        }
        new.retain(|run| from_list || filter.takes(run));
        if new.is_empty() || !self.ready.get_untracked() {
            return;
        }
        self.waiting.update(|waiting| {
            for run in new {
                match waiting.iter_mut().find(|other| other.id == run.id) {
                    Some(other) => *other = run.clone(),
                    None => waiting.push(run.clone()),
                }
            }
        });
        if !self.reading.get_untracked() {
            self.show_waiting();
        } else if self.waiting.with_untracked(Vec::len) > MOST_WAITING {
            self.waiting.update(|waiting| {
                waiting.sort_by_key(|run| std::cmp::Reverse((run.created_at, run.id)));
                waiting.truncate(MOST_WAITING);
            });
        }
    }

    /// Puts the runs that waited into the list.
    pub fn show_waiting(self) {
        let waiting = self.waiting.try_update(std::mem::take).unwrap_or_default();
        if waiting.is_empty() {
            return;
        }
        self.rows.update(|rows| {
            rows.extend(waiting.into_iter().map(|run| row(run, true)));
            rows.sort_by_cached_key(|row| row.run.with_untracked(|run| std::cmp::Reverse((run.created_at, run.id))));
            if rows.len() > MOST_LIVE {
                rows.truncate(MOST_LIVE);
                if let Some(last) = rows.last() {
                    self.older.set(Older::Before(last.run.with_untracked(|run| run.created_at.ms()) + 1));
                }
            }
        });
    }
}

fn row(run: RunSummary, fresh: bool) -> Row {
    Row { id: run.id, run: ArcRwSignal::new(run), fresh }
}

fn overlaps(rows: &[Row], runs: &[RunSummary]) -> bool {
    rows.is_empty() && runs.is_empty() || runs.iter().any(|run| rows.iter().any(|row| row.id == run.id))
}
