//! The search box: ids and duplicate keys are looked up, values are looked for event by event, newest first, while the answer is written.

use std::{collections::VecDeque, convert::Infallible, sync::Arc};

use axum::{http::StatusCode, response::Response};
use futures_util::stream;
use model::{
    Timestamp,
    api::*,
    ids::{EventId, RunId, WorkflowId},
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::{FoundEvent, Scope};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    lines::{JSON_LINES, answer, json_line},
    stream::Watch,
};
use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

pub(super) const SHORTEST: usize = SearchQuery::SHORTEST;
pub(super) const LONGEST: usize = SearchQuery::LONGEST;
/// Events looked through, and how far back.
const MOST_EVENTS: u64 = 50_000;
const BACK_MS: i64 = 7 * 24 * 60 * 60 * 1000;
const MOST_FOUND: u32 = 200;
/// Events read at once.
const SLICE: u32 = 100;
/// Places told of one event, and characters around each.
const MOST_PLACES: usize = 5;
const AROUND: usize = 40;

pub(crate) async fn search(app: App, caller: Member, input: Input<SearchRuns>) -> Result<Response, ApiError> {
    let SearchQuery { q, workflow } = input.query;
    let q = q.trim().to_owned();
    if !(SHORTEST..=LONGEST).contains(&q.chars().count()) {
        let reason = format!("Search for {SHORTEST} to {LONGEST} characters.");
        return Err(ApiError::field("q", reason));
    }
    let place = Arc::clone(&app.searches).try_acquire_owned().map_err(|_| {
        let message = "Too many searches are under way. Try again in a moment.";
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_searches", message).retry_after(5)
    })?;
    let watch = Watch::begin(&app, caller.grant.clone())?;
    let mut search = Search {
        needle: Arc::new(q.to_lowercase()),
        back_to: app.store.now().plus_ms(-BACK_MS),
        scope: caller.scope,
        workflow,
        cursor: None,
        lines: VecDeque::new(),
        seen: Vec::new(),
        searched: 0,
        found: 0,
        ended: false,
        watch,
        _place: place,
        app,
    };
    search.look_up(&q).await?;
    let pieces = stream::unfold(search, |mut search| async move {
        let line = search.next().await?;
        Some((Ok::<_, Infallible>(json_line(&line)), search))
    });
    Ok(answer(JSON_LINES, pieces))
}

/// Dropped with the answer: a connection that closes ends it.
struct Search {
    app: App,
    scope: Scope,
    /// In lower case.
    needle: Arc<String>,
    workflow: Option<WorkflowId>,
    back_to: Timestamp,
    cursor: Option<Cursor>,
    /// Found and not told yet.
    lines: VecDeque<SearchLine>,
    /// Events told already: found by id or key.
    seen: Vec<EventId>,
    searched: u64,
    found: u32,
    ended: bool,
    watch: Watch,
    _place: OwnedSemaphorePermit,
}

impl Search {
    /// What one look finds: a run, an event, a duplicate key.
    async fn look_up(&mut self, q: &str) -> Result<(), ApiError> {
        let is_asked = |workflow| self.workflow.is_none_or(|asked| asked == workflow);
        if let Ok(id) = q.parse::<RunId>()
            && let Some(run) = found(self.app.store.run(&self.scope, id).await)?.filter(|run| is_asked(run.workflow))
        {
            self.lines.push_back(SearchLine::Run { run: Box::new(run) });
        }
        if let Ok(id) = q.parse::<EventId>()
            && let Some(row) = found(self.app.store.event(&self.scope, id).await)?.filter(|row| is_asked(row.event.workflow))
        {
            self.tell(row.event, FoundBy::Id, Vec::new());
        }
        let hash = Sha256::digest(q.as_bytes()).into();
        for event in self.app.store.events_by_key(&self.scope, hash, self.workflow).await? {
            self.tell(event, FoundBy::DuplicateKey, Vec::new());
        }
        Ok(())
    }

    fn tell(&mut self, event: EventSummary, by: FoundBy, places: Vec<FoundPlace>) {
        if !self.seen.contains(&event.id) {
            self.seen.push(event.id);
            self.found += 1;
            self.lines.push_back(SearchLine::Event { event, by, places });
        }
    }

    async fn next(&mut self) -> Option<SearchLine> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Some(line);
            }
            if self.ended {
                return None;
            }
            let query = EventsQuery {
                workflow: self.workflow,
                since: Some(self.back_to.ms()),
                cursor: self.cursor.take(),
                limit: Some(SLICE),
                ..EventsQuery::default()
            };
            let watch = &self.watch;
            let page = tokio::select! {
                page = self.app.store.find_events_with_data(&self.scope, &query) => page,
                () = watch.ended() => return None,
            };
            match page {
                Ok(page) => self.look_through(page).await,
                Err(error) => {
                    tracing::warn!(error = %error, "a search broke off");
                    self.end(SearchEnd::Failed);
                }
            }
        }
    }

    async fn look_through(&mut self, page: Page<FoundEvent>) {
        let Page { items, next } = page;
        self.searched += items.len() as u64;
        let back_to = items.last().map(|last| last.event.received_at);
        let needle = Arc::clone(&self.needle);
        // Reading JSON is work: not for the threads that answer others.
        let looked = tokio::task::spawn_blocking(move || {
            let with_places = |found: FoundEvent| {
                let places = places(found.data.as_deref()?, &needle);
                (!places.is_empty()).then_some((found.event, places))
            };
            items.into_iter().filter_map(with_places).collect::<Vec<_>>()
        });
        let Ok(looked) = looked.await else { return self.end(SearchEnd::Failed) };
        for (event, places) in looked {
            self.tell(event, FoundBy::Value, places);
        }
        match next {
            _ if self.found >= MOST_FOUND => self.end(SearchEnd::MostFound),
            None => self.end(SearchEnd::Complete),
            Some(_) if self.searched >= MOST_EVENTS => self.end(SearchEnd::MostEvents),
            Some(cursor) => {
                self.cursor = Some(cursor);
                let back_to = back_to.unwrap_or(self.back_to);
                self.lines.push_back(SearchLine::Progress { searched: self.searched, back_to });
            }
        }
    }

    fn end(&mut self, reason: SearchEnd) {
        self.ended = true;
        self.lines.push_back(SearchLine::Done { searched: self.searched, reason });
    }
}

fn found<T>(result: Result<T, store::Error>) -> Result<Option<T>, store::Error> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(store::Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where in an event the text stands. `needle`: in lower case.
fn places(data: &[u8], needle: &str) -> Vec<FoundPlace> {
    let Ok(data) = serde_json::from_slice::<Value>(data) else { return Vec::new() };
    let mut places = Vec::new();
    look(&data, needle, &mut Vec::new(), &mut places);
    places
}

/// The depth of stored data is bounded where it comes in.
fn look(value: &Value, needle: &str, path: &mut Vec<Value>, places: &mut Vec<FoundPlace>) {
    if places.len() >= MOST_PLACES {
        return;
    }
    match value {
        Value::Null => {}
        Value::String(text) => told(text, needle, path, places),
        Value::Bool(_) | Value::Number(_) => told(&value.to_string(), needle, path, places),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push(at.into());
                look(item, needle, path, places);
                path.pop();
            }
        }
        Value::Object(entries) => {
            for (key, item) in entries {
                path.push(key.as_str().into());
                look(item, needle, path, places);
                path.pop();
            }
        }
    }
}

fn told(text: &str, needle: &str, path: &[Value], places: &mut Vec<FoundPlace>) {
    let lower = text.to_lowercase();
    let Some(at) = lower.find(needle) else { return };
    // Lower case may be of another length: counted in characters it is at most a little off.
    let before = lower[..at].chars().count();
    let excerpt = text.chars().skip(before.saturating_sub(AROUND)).take(AROUND * 3).collect();
    places.push(FoundPlace { path: path.to_vec(), excerpt });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tells_where_a_value_stands() {
        let data = json!({ "body": { "lines": [{ "sku": "A-1" }, { "sku": "B-22" }], "note": format!("{}Needle{}", "x".repeat(500), "y".repeat(500)) } });
        let bytes = data.to_string().into_bytes();
        assert_eq!(places(&bytes, "b-22")[0].path, json!(["body", "lines", 1, "sku"]).as_array().cloned().unwrap_or_default());
        let excerpt = &places(&bytes, "needle")[0].excerpt;
        assert!(excerpt.contains("Needle") && excerpt.chars().count() <= 120, "{excerpt}");
        assert!(places(&bytes, "body").is_empty(), "names of fields are no values");
        assert!(places(b"not json", "x").is_empty());
        assert!(
            !places(json!("İstanbul ẞ Needle").to_string().as_bytes(), "needle").is_empty(),
            "letters that change their length"
        );
        assert_eq!(places(json!(vec!["same"; 50]).to_string().as_bytes(), "same").len(), MOST_PLACES);
    }
}
