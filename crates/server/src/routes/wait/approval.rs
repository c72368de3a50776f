//! A person answers. Opening the page decides nothing; its form does.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use model::{api::User, step::Approval};
use serde::Deserialize;
use serde_json::json;
use store::Answered;
use tower::{Layer, ServiceExt};

use super::{
    Door, not_ahead, page,
    stage::{Stage, stage},
    wrong_method,
};
use crate::{
    app::App,
    auth::{self, own_form, visitor},
    error::ApiError,
    input,
};

/// Bytes of the form.
const LARGEST: usize = 64 * 1024;
/// Characters of a comment.
const LONGEST_COMMENT: usize = 2_000;

pub(super) async fn answer(app: &App, door: Arc<Door>, asked: Arc<Approval>, request: Request) -> Result<Response, ApiError> {
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::POST) {
        return Ok(wrong_method(request.method(), "GET, HEAD, POST"));
    }
    if asked.people.is_empty() {
        return decide(app, &door, None, request).await;
    }
    // Only where people are named is a session looked at.
    let app = app.clone();
    let layer = auth::layer(&app);
    let service = layer.layer(tower::service_fn(move |request: Request| {
        let (app, door, asked) = (app.clone(), door.clone(), asked.clone());
        async move {
            let page = super::wants_page(request.headers());
            let response = match named(&app, &door, &asked, request).await {
                Ok(response) => response,
                Err(error) if page => page::refused(&app, &error).unwrap_or_else(|| error.into_response()),
                Err(error) => error.into_response(),
            };
            Ok::<_, Infallible>(response)
        }
    }));
    Ok(service.oneshot(request).await.unwrap_or_else(|never| match never {}))
}

/// Whoever is named and signed in; others are not even told what is asked.
async fn named(app: &App, door: &Door, asked: &Approval, request: Request) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let Some(person) = visitor(app, &parts).await? else {
        return Ok(page::sign_in(app, StatusCode::UNAUTHORIZED));
    };
    let is_member = app.store.memberships(person.id).await?.iter().any(|(workspace, _)| workspace.id == door.scope.workspace);
    if !is_member || !asked.people.iter().any(|email| email.trim().eq_ignore_ascii_case(&person.email)) {
        return Ok(page::not_asked(app, &person.email));
    }
    decide(app, door, Some(person), Request::from_parts(parts, body)).await
}

async fn decide(app: &App, door: &Door, person: Option<User>, request: Request) -> Result<Response, ApiError> {
    if *request.method() != Method::POST {
        return Ok(page::shown(app, door, stage(app, door).await?, person.as_ref()));
    }
    let (parts, body) = request.into_parts();
    not_ahead(&parts.headers)?;
    own_form(&parts, app)?;
    let body = input::read(&parts.headers, body, LARGEST).await?;
    let form = form(&parts, &body)?;
    match stage(app, door).await? {
        Stage::Open(_) => {}
        // Whoever answers must have seen the question.
        Stage::NotYet => {
            let message = "The question is not asked yet. Open the link again in a moment.";
            return Err(ApiError::new(StatusCode::CONFLICT, "wait.not_asked", message));
        }
        decided => return Ok(late(page::shown(app, door, decided, person.as_ref()))),
    }
    let by = person.as_ref().map(|person| person.email.clone());
    let answer = json!({ "approved": form.decision == Decision::Approve, "comment": form.comment, "by": by });
    match app.store.answer(door.run.id, &door.path, answer, by).await? {
        Answered::Taken => Ok(see(door)),
        Answered::AlreadyAnswered | Answered::Ended => Ok(late(page::shown(app, door, stage(app, door).await?, person.as_ref()))),
    }
}

/// The page that says how it was decided, so that going back or loading it again sends nothing twice.
fn see(door: &Door) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    // Of the link's last part, relative to the link: right behind any proxy.
    if let Ok(place) = HeaderValue::from_str(&door.signature) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

/// The same page with the status of an answer that was not taken.
fn late(mut response: Response) -> Response {
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::CONFLICT;
    }
    response
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Decision {
    Approve,
    Reject,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    decision: Decision,
    #[serde(default)]
    comment: String,
}

fn form(parts: &Parts, body: &[u8]) -> Result<Form, ApiError> {
    if !is_form(&parts.headers) {
        let message = "Send the page's form: `application/x-www-form-urlencoded`.";
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", message));
    }
    let mut form: Form = serde_urlencoded::from_bytes(body)
        .map_err(|_| ApiError::new(StatusCode::BAD_REQUEST, "wait.malformed", "Choose whether to approve or to reject."))?;
    form.comment = form.comment.trim().replace("\r\n", "\n");
    if form.comment.chars().count() > LONGEST_COMMENT {
        return Err(ApiError::field("comment", format!("The comment may have at most {LONGEST_COMMENT} characters.")));
    }
    Ok(form)
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
