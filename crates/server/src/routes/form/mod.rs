//! Hosted forms: pages that anybody who has their address can open and send, without a session and without any script.

mod fields;
mod page;
mod senders;

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use model::api::StreamEvent;
use triggers::form::{Door, FormTaken, MOST_BYTES, Mistakes, OpenForm};

pub(crate) use self::senders::Senders;
use crate::{
    app::App,
    auth::Client,
    error::ApiError,
    gate, headers, input,
    routes::wait::page::{Mark, message},
};

/// Absent: what stands in the address is no text.
type Key = Result<Path<String>, PathRejection>;

pub(crate) async fn live(State(app): State<App>, senders: Extension<Arc<Senders>>, key: Key, request: Request) -> Response {
    answer(&app, &senders, key, false, request).await
}

pub(crate) async fn test(State(app): State<App>, senders: Extension<Arc<Senders>>, key: Key, request: Request) -> Response {
    answer(&app, &senders, key, true, request).await
}

async fn answer(app: &App, senders: &Senders, key: Key, test: bool, request: Request) -> Response {
    let mut response = match take(app, senders, key, test, request).await {
        Ok(response) => response,
        Err(error) => refused(app, error),
    };
    let headers = response.headers_mut();
    headers::secured(headers, app.options.is_https());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    response
}

async fn take(app: &App, senders: &Senders, key: Key, test: bool, request: Request) -> Result<Response, ApiError> {
    gate::check(app).await?;
    let Ok(Path(key)) = key else { return Err(ApiError::not_found("The form")) };
    let open = app.ingest.form(&key, test).await?;
    let own = if test { "test" } else { &key };
    match *request.method() {
        Method::GET | Method::HEAD => Ok(opened(app, &open, own, request.uri().query().unwrap_or_default())),
        Method::POST => sent(app, senders, &open, own, &key, request).await,
        _ => {
            let error =
                ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "A form is opened and sent, nothing else.");
            let mut response = refused(app, error);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
            Ok(response)
        }
    }
}

/// `own`: the page's address, relative to itself; right behind any proxy.
fn opened(app: &App, open: &OpenForm, own: &str, query: &str) -> Response {
    match query {
        "sent" => page::thanks(app, open, own, false),
        "sent=held" => page::thanks(app, open, own, true),
        _ if open.door == Door::Closed => page::closed(app, open),
        _ => page::shown(app, StatusCode::OK, open, own, None),
    }
}

async fn sent(
    app: &App,
    senders: &Senders,
    open: &OpenForm,
    own: &str,
    key: &str,
    request: Request,
) -> Result<Response, ApiError> {
    if open.door == Door::Closed {
        return Ok(page::closed(app, open));
    }
    let again = |status, mistakes: Mistakes| page::shown(app, status, open, own, Some(&mistakes));
    let whole = |text: String| Mistakes { whole: Some(text), ..Mistakes::default() };
    let (parts, body) = request.into_parts();
    let body = match input::read(&parts.headers, body, MOST_BYTES.min(app.options.max_body_bytes)).await {
        Ok(body) => body,
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let most = MOST_BYTES.min(app.options.max_body_bytes) / (1024 * 1024);
            let text = format!("What you sent is larger than {most} MB altogether. Fill it in again with smaller files.");
            return Ok(again(error.status(), whole(text)));
        }
        Err(error) => return Ok(again(error.status(), whole(error.message().to_owned()))),
    };
    let filled = match open.read(&parts.headers, &body).await {
        Ok(filled) => filled,
        Err(mistakes) => return Ok(again(StatusCode::UNPROCESSABLE_ENTITY, mistakes)),
    };
    let sender = format!("{key} {}", Client::of(&parts, &app.options.trusted_proxies).throttle_key());
    let now_ms = app.store.now().ms();
    if let Err(wait_ms) = senders.take(&sender, open.form.most_per_sender, now_ms) {
        metrics::counter!("patchbay_deliveries_refused_total", "reason" => "sender").increment(1);
        let mistakes = Mistakes { whole: Some(too_often(wait_ms)), typed: filled.typed(), ..Mistakes::default() };
        let mut response = again(StatusCode::TOO_MANY_REQUESTS, mistakes);
        let seconds = wait_ms.max(0).cast_unsigned().div_ceil(1000).max(1);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return Ok(response);
    }
    let typed = filled.typed();
    match app.ingest.take_form(open, filled).await {
        Ok(FormTaken::Stored { held, duplicate }) => {
            if duplicate {
                senders.give_back(&sender);
            }
            Ok(see(own, if held { "sent=held" } else { "sent" }))
        }
        Ok(FormTaken::Captured(captured)) => {
            // An open editor waits for it.
            let sample = StreamEvent::Sample { workflow: captured.workflow, trigger: captured.trigger };
            app.live.publish(captured.workspace, &sample);
            Ok(see(own, "sent"))
        }
        Ok(FormTaken::Closed) => Ok(page::closed(app, open)),
        Err(error) => {
            senders.give_back(&sender);
            let error = ApiError::from(error);
            let text = "This could not be kept just now. Nothing is lost: send it again in a minute.";
            let status = if error.status().is_server_error() { StatusCode::SERVICE_UNAVAILABLE } else { error.status() };
            Ok(again(status, Mistakes { whole: Some(text.to_owned()), typed, ..Mistakes::default() }))
        }
    }
}

fn too_often(wait_ms: i64) -> String {
    let minutes = wait_ms.max(0).cast_unsigned().div_ceil(60_000).max(1);
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    format!(
        "From your address this form was sent too often. Wait {minutes} {unit}, then send it again; what you typed is still here."
    )
}

/// A page of its own says thank you, so that loading it again sends nothing.
fn see(own: &str, query: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(place) = HeaderValue::from_str(&format!("{own}?{query}")) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

fn refused(app: &App, error: ApiError) -> Response {
    let (title, lead) = match error.status() {
        StatusCode::NOT_FOUND => (
            "There is no form here",
            "The address may have been copied only in part, or the form was taken away or is not published yet.",
        ),
        StatusCode::INTERNAL_SERVER_ERROR | StatusCode::SERVICE_UNAVAILABLE => {
            ("This form cannot be shown just now", "Load the page again in a minute.")
        }
        _ => ("This form was not taken", error.message()),
    };
    message(app, error.status(), Mark::Off, title, lead, "")
}
