use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use model::api::*;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError, headers};

pub(crate) async fn list(app: App, caller: Member, input: Input<ListEvents>) -> Result<Page<EventSummary>, ApiError> {
    Ok(app.store.find_events(&caller.scope, &input.query).await?)
}

pub(crate) async fn get(app: App, caller: Member, input: Input<GetEvent>) -> Result<EventDetail, ApiError> {
    let row = app.store.event(&caller.scope, input.path.0).await?;
    Ok(EventDetail { event: row.event, data: row.payload.as_ref().clone() })
}

/// Whatever the file says it is, a browser saves it and never shows it.
pub(crate) async fn file(app: App, caller: Member, input: Input<GetEventFile>) -> Result<Response, ApiError> {
    let (event, sha256) = input.path;
    let content = app.store.event_file(&caller.scope, event, &sha256).await?;
    let mut response = Response::new(Body::from(content));
    let headers = response.headers_mut();
    headers::sandbox(headers);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    Ok(response)
}
