use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue, StatusCode},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::{Stream, stream};
use model::api::{GetStream, StreamEvent};
use tokio::{
    sync::{OwnedSemaphorePermit, broadcast, broadcast::error::RecvError},
    task::AbortHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    auth::{Grant, Member, still_granted},
    endpoint::Input,
    error::ApiError,
};

/// Silence is broken so often, that proxies do not cut it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often a stream looks whether it may go on, besides when something was revoked in this process.
const RECHECK: Duration = Duration::from_secs(15);

pub(crate) async fn stream(app: App, caller: Member, _: Input<GetStream>) -> Result<Response, ApiError> {
    let messages = app.live.subscribe(caller.scope.workspace);
    let hello = StreamEvent::Hello { at: app.store.now() };
    let watch = Watch::begin(&app, caller.grant)?;
    let state = Some((Some(hello), messages, watch));
    let events = stream::unfold(state, |state| async move {
        let (hello, mut messages, watch) = state?;
        if let Some(hello) = hello {
            return Some((Ok(event(&hello)), Some((None, messages, watch))));
        }
        let message = next(&mut messages, &watch).await?;
        Some((Ok(message), Some((None, messages, watch))))
    });
    Ok(answer(events))
}

async fn next(messages: &mut broadcast::Receiver<Arc<str>>, watch: &Watch) -> Option<Event> {
    tokio::select! {
        message = messages.recv() => match message {
            Ok(text) => Some(Event::default().data(text)),
            Err(RecvError::Lagged(_)) => Some(event(&StreamEvent::Lagged)),
            Err(RecvError::Closed) => None,
        },
        () = watch.ended() => None,
    }
}

fn event(event: &StreamEvent) -> Event {
    // A text from our own types has no line breaks and cannot fail to be written.
    Event::default().data(serde_json::to_string(event).unwrap_or_default())
}

/// Server-sent events that no proxy gathers or keeps.
pub(crate) fn answer(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// Tells a stream when it has to end: the server stops, or whoever opened it may not see it any more.
pub(crate) struct Watch {
    ended: CancellationToken,
    looking: AbortHandle,
    _place: OwnedSemaphorePermit,
}

impl Watch {
    pub fn begin(app: &App, grant: Grant) -> Result<Self, ApiError> {
        let place = Arc::clone(&app.streams).try_acquire_owned().map_err(|_| {
            let message = "Too many streams are open. Close some pages, or try again later.";
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", message).retry_after(30)
        })?;
        let ended = app.shutdown.child_token();
        let looking = tokio::spawn(look(app.clone(), grant, ended.clone())).abort_handle();
        Ok(Watch { ended, looking, _place: place })
    }

    /// Waits until the stream has to end.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

/// On its own, so that a busy stream cannot put it off.
async fn look(app: App, grant: Grant, ended: CancellationToken) {
    let mut revocations = app.revocations();
    loop {
        // A database that cannot be asked for a moment ends no stream.
        if !still_granted(&app, &grant).await.unwrap_or(true) {
            return ended.cancel();
        }
        tokio::select! {
            _ = revocations.changed() => {}
            () = tokio::time::sleep(RECHECK) => {}
        }
    }
}
