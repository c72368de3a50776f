//! Another system answers: no session, no cookie, nothing but the link.

use axum::{
    Json,
    extract::Request,
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;
use store::Answered;

use super::{Door, ended, not_ahead, stage, wrong_method};
use crate::{app::App, error::ApiError, input};

/// Bytes of an answer.
const LARGEST: usize = 1024 * 1024;

pub(super) async fn answer(app: &App, door: &Door, request: Request) -> Result<Response, ApiError> {
    // A GET may come from a mail scanner or a chat's preview.
    if !matches!(*request.method(), Method::POST | Method::PUT) {
        return Ok(wrong_method(request.method(), "POST, PUT"));
    }
    not_ahead(request.headers())?;
    let (parts, body) = request.into_parts();
    let body = input::read(&parts.headers, body, LARGEST.min(app.options.max_body_bytes)).await?;
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let answer = triggers::read_answer(parts.method, parts.headers, query, body).await.map_err(malformed)?;
    match app.store.answer(door.run.id, &door.path, answer, None).await? {
        Answered::Taken => Ok(Json(json!({ "answered": true, "run": door.run.id })).into_response()),
        Answered::AlreadyAnswered => Err(too_late(app, door).await?),
        Answered::Ended => Err(ended()),
    }
}

async fn too_late(app: &App, door: &Door) -> Result<ApiError, ApiError> {
    Ok(match stage::decided(app, door).await? {
        Some(decided) if decided.timed_out => {
            let message = "The time for an answer was up before this one came; it was not taken.";
            ApiError::new(StatusCode::CONFLICT, "wait.timed_out", message)
        }
        _ => {
            let message = "Another answer came first; this one was not taken.";
            ApiError::new(StatusCode::CONFLICT, "wait.answered", message)
        }
    })
}

fn malformed(error: triggers::Error) -> ApiError {
    match error {
        triggers::Error::Invalid(reason) => ApiError::new(StatusCode::BAD_REQUEST, "wait.malformed", reason),
        error => error.into(),
    }
}
