//! Webhooks. What they do with a request is the triggers' matter; here it is only read, capped and put into the sandbox.

use axum::{
    body::Body,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use model::api::StreamEvent;
use triggers::{HookReply, HookRequest};

use crate::{app::App, error::ApiError, gate, headers, input};

/// Absent: what stands in the address is no text.
type Key = Result<Path<String>, PathRejection>;

pub(crate) async fn live(State(app): State<App>, key: Key, request: Request) -> Response {
    answer(app, key, false, request).await
}

pub(crate) async fn test(State(app): State<App>, key: Key, request: Request) -> Response {
    answer(app, key, true, request).await
}

/// The address of the owner's app at a vendor: connector and key.
pub(crate) async fn app(
    State(app): State<App>,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request,
) -> Response {
    let mut response = match take_app(&app, path, request).await {
        Ok(reply) => response_of(reply),
        Err(error) => error.into_response(),
    };
    headers::sandbox(response.headers_mut());
    response
}

async fn take_app(
    app: &App,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request,
) -> Result<HookReply, ApiError> {
    gate::check(app).await?;
    let Ok(Path((connector, key))) = path else { return Err(ApiError::not_found("The webhook")) };
    let request = read(app, key, false, request).await?;
    Ok(Box::pin(app.ingest.app_delivery(&connector, request)).await)
}

/// Under the limit of all bodies.
async fn read(app: &App, key: String, test: bool, request: Request) -> Result<HookRequest, ApiError> {
    let (parts, body) = request.into_parts();
    let body = input::read(&parts.headers, body, app.options.max_body_bytes).await?;
    let query = parts.uri.query().unwrap_or_default().to_owned();
    Ok(HookRequest { key, test, method: parts.method, headers: parts.headers, query, body })
}

async fn answer(app: App, key: Key, test: bool, request: Request) -> Response {
    let mut response = match take(&app, key, test, request).await {
        Ok(reply) => response_of(reply),
        Err(error) => error.into_response(),
    };
    headers::sandbox(response.headers_mut());
    response
}

async fn take(app: &App, key: Key, test: bool, request: Request) -> Result<HookReply, ApiError> {
    gate::check(app).await?;
    let Ok(Path(key)) = key else { return Err(ApiError::not_found("The webhook")) };
    let request = read(app, key, test, request).await?;
    let reply = Box::pin(app.ingest.webhook(request)).await;
    if let Some(captured) = &reply.captured {
        // An open editor waits for the event.
        let sample = StreamEvent::Sample { workflow: captured.workflow, trigger: captured.trigger.clone() };
        app.live.publish(captured.workspace, &sample);
    }
    Ok(reply)
}

fn response_of(reply: HookReply) -> Response {
    let mut headers = HeaderMap::with_capacity(reply.headers.len() + 3);
    for (name, value) in reply.headers {
        headers.append(name, value);
    }
    let status =
        StatusCode::from_u16(reply.status).ok().filter(|status| status.as_u16() >= 200).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
