use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use model::api::ListConnectors;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

/// Asked about again each time, and sent only when it has changed.
const CACHED: HeaderValue = HeaderValue::from_static("private, no-cache");

pub(crate) async fn list(app: App, _: Member, input: Input<ListConnectors>) -> Result<Response, ApiError> {
    let etag = HeaderValue::from_str(&app.catalog.etag).map_err(|error| ApiError::internal(&error))?;
    let asked = input.headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let has_it = asked.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == app.catalog.etag || tag == "*");
    let mut response = if has_it {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], app.catalog.body.clone()).into_response()
    };
    response.headers_mut().insert(header::ETAG, etag);
    response.headers_mut().insert(header::CACHE_CONTROL, CACHED);
    Ok(response)
}
