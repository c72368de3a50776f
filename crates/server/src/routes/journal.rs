use std::{collections::VecDeque, time::Duration};

use axum::{
    Json,
    http::{HeaderMap, header},
    response::{IntoResponse, Response, sse::Event},
};
use futures_util::stream;
use model::{
    api::{GetJournal, Journal, JournalRow},
    ids::RunId,
    run::RunEventKind,
};
use store::{Masking, RunChange, Scope};
use tokio::sync::broadcast;

use super::stream::{Watch, answer};
use crate::{app::App, auth::Member, endpoint::Input, error::ApiError, reading};

/// How often a run is looked at that another process may have changed.
const POLL: Duration = Duration::from_secs(1);
/// Rows of one answer.
const ROWS: u32 = 1_000;
const MOST_ROWS: u32 = 5_000;

pub(crate) async fn journal(app: App, caller: Member, input: Input<GetJournal>) -> Result<Response, ApiError> {
    let id = input.path.0;
    let after = input.query.after.unwrap_or(-1);
    if !wants_stream(&input.headers) {
        let run = app.store.run(&caller.scope, id).await?;
        let limit = input.query.limit.unwrap_or(ROWS).clamp(1, MOST_ROWS);
        let mut page: Journal = app.store.journal_page_with_payloads(&caller.scope, id, after, limit).await?;
        if let Some(mut masking) = reading::masking(&app, &caller.scope, &run).await? {
            mask(&mut page.rows, &mut masking);
        }
        return Ok(Json(page).into_response());
    }
    // Before the journal is read, so that nothing falls between.
    let changes = app.store.watch();
    let run = app.store.run(&caller.scope, id).await?;
    let watch = Watch::begin(&app, caller.grant.clone())?;
    let resumed = input.headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    let masking = reading::masking(&app, &caller.scope, &run).await?;
    let follower = Follower {
        masking,
        app,
        scope: caller.scope,
        id,
        after: resumed.unwrap_or(after),
        rows: VecDeque::new(),
        changes,
        watch,
        ended: false,
    };
    Ok(answer(stream::unfold(follower, |mut follower| async move {
        let row = follower.next().await?;
        let event = Event::default().id(row.seq.to_string()).data(serde_json::to_string(&row).unwrap_or_default());
        Some((Ok(event), follower))
    })))
}

fn mask(rows: &mut [JournalRow], masking: &mut Masking) {
    rows.iter().flat_map(|row| &row.events).for_each(|event| masking.learn_fact(&event.kind));
    for event in rows.iter_mut().flat_map(|row| &mut row.events) {
        masking.fact(&mut event.kind);
    }
}

fn wants_stream(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().any(|v| v.to_str().is_ok_and(|v| v.contains("text/event-stream")))
}

/// Reads a run's journal as it grows, until the run has ended.
struct Follower {
    /// Learns as the journal grows.
    masking: Option<Masking>,
    app: App,
    scope: Scope,
    id: RunId,
    /// The last row sent.
    after: i64,
    rows: VecDeque<JournalRow>,
    changes: broadcast::Receiver<RunChange>,
    watch: Watch,
    ended: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<JournalRow> {
        loop {
            if let Some(row) = self.rows.pop_front() {
                self.after = row.seq;
                self.ended |= row.events.iter().any(|event| matches!(event.kind, RunEventKind::RunFinished { .. }));
                return Some(row);
            }
            if self.ended {
                return None;
            }
            let page = self.app.store.journal_page_with_payloads(&self.scope, self.id, self.after, ROWS).await;
            let page = page
                .map_err(|error| tracing::warn!(error = %error, run.id = %self.id, "a journal could not be followed"))
                .ok()?;
            let mut rows = page.rows;
            if let Some(masking) = &mut self.masking {
                mask(&mut rows, masking);
            }
            self.rows = rows.into();
            if self.rows.is_empty() {
                // A reader that resumes behind the last row of an ended run has seen everything.
                if self.has_ended().await? {
                    return None;
                }
                self.changed().await?;
            }
        }
    }

    async fn has_ended(&self) -> Option<bool> {
        let run = self.app.store.run(&self.scope, self.id).await.ok()?;
        Some(run.status.is_final() && run.seq <= self.after)
    }

    /// Waits for a change of the run; nothing when the stream has to end.
    async fn changed(&mut self) -> Option<()> {
        let poll = tokio::time::sleep(POLL);
        tokio::pin!(poll);
        loop {
            tokio::select! {
                change = self.changes.recv() => match change {
                    Ok(change) if change.run != self.id => {}
                    // Missed messages may have been about this run.
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return Some(()),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                () = &mut poll => return Some(()),
                () = self.watch.ended() => return None,
            }
        }
    }
}
