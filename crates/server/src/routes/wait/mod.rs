//! The links under which somebody outside answers a wait of a run: another system (callback) or a person (approval). The link is the
//! right to answer: it names the run and the step and carries this instance's signature over both.

mod approval;
mod callback;
pub(crate) mod html;
pub(crate) mod page;
mod stage;

use std::sync::Arc;

use axum::{
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use model::{
    WorkflowDefinition,
    api::RunSummary,
    ids::{RunId, StepPath},
    run::{RunEventKind, RunKind},
    step::{Approval, StepKind, WaitFor},
};
use store::Scope;

use crate::{app::App, error::ApiError, gate, headers};

/// Absent: what stands in the address is no text.
type Place = Result<Path<(String, String, String)>, PathRejection>;

/// Whatever was not said by a page itself.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A wait whose link was ours.
pub(super) struct Door {
    pub scope: Scope,
    pub run: RunSummary,
    pub path: StepPath,
    pub signature: String,
    pub definition: Arc<WorkflowDefinition>,
}

pub(crate) async fn answer(State(app): State<App>, place: Place, request: Request) -> Response {
    let wants_page = wants_page(request.headers());
    let mut response = match take(&app, place, request).await {
        Ok(response) => response,
        Err(error) if wants_page => page::refused(&app, &error).unwrap_or_else(|| error.into_response()),
        Err(error) => error.into_response(),
    };
    guard(&app, response.headers_mut());
    response
}

async fn take(app: &App, place: Place, request: Request) -> Result<Response, ApiError> {
    gate::check(app).await?;
    let door = Arc::new(open(app, place).await?);
    let Some(StepKind::Wait(wait)) = door.definition.step(&door.path.step()).map(|step| &step.kind) else {
        return Err(unknown());
    };
    match &wait.until {
        WaitFor::Callback => callback::answer(app, &door, request).await,
        WaitFor::Approval(approval) => {
            let asked: Arc<Approval> = Arc::new(approval.clone());
            approval::answer(app, door.clone(), asked, request).await
        }
    }
}

/// Nothing is looked up for a link that is not ours: forged ones are all answered alike, and as fast.
async fn open(app: &App, place: Place) -> Result<Door, ApiError> {
    let Ok(Path((run, path, signature))) = place else { return Err(unknown()) };
    let Ok(run) = run.parse::<RunId>() else { return Err(unknown()) };
    let path = StepPath(path);
    if !app.wait_links().await?.verify(run, &path, &signature) {
        return Err(unknown());
    }
    let workspace = app.store.workspace_of_run(run).await?.ok_or_else(unknown)?;
    let scope = Scope::system(workspace);
    let run = app.store.run(&scope, run).await?;
    let definition = match run.kind.as_str() {
        "test" => draft(app, &scope, run.id).await?,
        _ => app.store.definition(run.workflow, run.version).await?,
    };
    Ok(Door { scope, run, path, signature, definition })
}

/// A test runs the draft that stands in its journal.
async fn draft(app: &App, scope: &Scope, run: RunId) -> Result<Arc<WorkflowDefinition>, ApiError> {
    let rows = app.store.journal_page(scope, run, -1, 1).await?;
    let events = rows.rows.into_iter().flat_map(|row| row.events);
    let draft = events.into_iter().find_map(|event| match event.kind {
        RunEventKind::RunCreated { kind: RunKind::Test { .. }, definition, .. } => definition,
        _ => None,
    });
    draft.map(|draft| Arc::new(*draft)).ok_or_else(unknown)
}

fn unknown() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "wait.unknown", "There is nothing to answer under this link.")
}

fn ended() -> ApiError {
    ApiError::new(StatusCode::GONE, "wait.ended", "The run has ended; nobody waits for an answer any more.")
}

fn wrong_method(method: &Method, allowed: &'static str) -> Response {
    let message = format!("This link does not take {method}; it takes {allowed}.");
    let mut response = ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message).into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

/// Refuses whoever only fetches ahead: a link in a mail or a chat is opened by machines before any person sees it.
fn not_ahead(headers: &HeaderMap) -> Result<(), ApiError> {
    let ahead = ["purpose", "sec-purpose", "x-purpose", "x-moz"].iter().flat_map(|name| headers.get_all(*name)).any(|value| {
        let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        value.contains("prefetch") || value.contains("prerender") || value.contains("preview")
    });
    if ahead {
        let message = "This was fetched ahead and answers nothing.";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "wait.prefetch", message));
    }
    Ok(())
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().any(|v| v.to_str().is_ok_and(|accept| accept.contains("text/html")))
}

/// The link is a secret: it is neither kept, indexed, passed on as a referrer nor shown in a frame.
fn guard(app: &App, headers: &mut HeaderMap) {
    headers::secured(headers, app.options.is_https());
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NOTHING));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
}
