//! Lists as files, page by page: never more than one page in memory. One that breaks off is cut, so that it cannot be taken for whole.

use axum::response::Response;
use futures_util::{FutureExt, Stream, future::BoxFuture, stream};
use model::{Timestamp, api::*};
use store::FoundEvent;

use super::{
    lines::{CSV, JSON_LINES, csv_line, file, json_line},
    stream::Watch,
};
use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

const PAGE: u32 = 200;

const RUN_COLUMNS: [&str; 19] = [
    "run",
    "workflow",
    "workflow_name",
    "version",
    "trigger",
    "event",
    "kind",
    "status",
    "hold",
    "created_at",
    "started_at",
    "finished_at",
    "duration_ms",
    "retries",
    "notes",
    "error_class",
    "error_code",
    "error_step",
    "error_message",
];
const EVENT_COLUMNS: [&str; 8] = ["event", "workflow", "trigger", "state", "reason", "received_at", "bytes", "run"];

type Fetched<T> = Result<Page<T>, store::Error>;
type Fetch<T> = Box<dyn Fn(Option<Cursor>) -> BoxFuture<'static, Fetched<T>> + Send>;

pub(crate) async fn runs_csv(app: App, caller: Member, input: Input<ExportRunsCsv>) -> Result<Response, ApiError> {
    let watch = Watch::begin(&app, caller.grant.clone())?;
    note(&app, &caller, "runs.exported", "csv", &input.query).await?;
    let pieces = pieces(watch, csv_line(RUN_COLUMNS), runs(app, caller, input.query), csv_run).await?;
    Ok(file(CSV, "runs.csv", pieces))
}

pub(crate) async fn runs_jsonl(app: App, caller: Member, input: Input<ExportRunsJsonl>) -> Result<Response, ApiError> {
    let watch = Watch::begin(&app, caller.grant.clone())?;
    note(&app, &caller, "runs.exported", "jsonl", &input.query).await?;
    let pieces = pieces(watch, Vec::new(), runs(app, caller, input.query), json_line).await?;
    Ok(file(JSON_LINES, "runs.jsonl", pieces))
}

pub(crate) async fn events_csv(app: App, caller: Member, input: Input<ExportEventsCsv>) -> Result<Response, ApiError> {
    let watch = Watch::begin(&app, caller.grant.clone())?;
    note(&app, &caller, "events.exported", "csv", &input.query).await?;
    let fetch: Fetch<EventSummary> = Box::new(move |cursor| {
        let (app, scope) = (app.clone(), caller.scope.clone());
        let query = EventsQuery { cursor, limit: Some(PAGE), ..input.query.clone() };
        async move { app.store.find_events(&scope, &query).await }.boxed()
    });
    let pieces = pieces(watch, csv_line(EVENT_COLUMNS), fetch, csv_event).await?;
    Ok(file(CSV, "events.csv", pieces))
}

pub(crate) async fn events_jsonl(app: App, caller: Member, input: Input<ExportEventsJsonl>) -> Result<Response, ApiError> {
    let watch = Watch::begin(&app, caller.grant.clone())?;
    note(&app, &caller, "events.exported", "jsonl", &input.query).await?;
    let fetch: Fetch<FoundEvent> = Box::new(move |cursor| {
        let (app, scope) = (app.clone(), caller.scope.clone());
        let query = EventsQuery { cursor, limit: Some(PAGE), ..input.query.clone() };
        async move { app.store.find_events_with_data(&scope, &query).await }.boxed()
    });
    let pieces = pieces(watch, Vec::new(), fetch, json_event).await?;
    Ok(file(JSON_LINES, "events.jsonl", pieces))
}

/// Before anything leaves.
async fn note(app: &App, caller: &Member, action: &str, format: &str, query: &impl serde::Serialize) -> Result<(), ApiError> {
    let filter = serde_json::to_value(query).unwrap_or_default();
    Ok(app.store.audit(&caller.scope, action, format, serde_json::json!({ "filter": filter })).await?)
}

fn runs(app: App, caller: Member, query: RunsQuery) -> Fetch<RunSummary> {
    Box::new(move |cursor| {
        let (app, scope) = (app.clone(), caller.scope.clone());
        let query = RunsQuery { cursor, limit: Some(PAGE), ..query.clone() };
        async move { app.store.find_runs(&scope, &query).await }.boxed()
    })
}

struct Export<T> {
    watch: Watch,
    fetch: Fetch<T>,
    write: fn(&T) -> Vec<u8>,
    head: Vec<u8>,
    /// Fetched and not written yet.
    page: Option<Page<T>>,
}

/// The first page is asked for at once, so that a query that does not fit is refused with words instead of a broken file.
async fn pieces<T: Send + 'static>(
    watch: Watch,
    head: Vec<u8>,
    fetch: Fetch<T>,
    write: fn(&T) -> Vec<u8>,
) -> Result<impl Stream<Item = Result<Vec<u8>, store::Error>> + Send + 'static, ApiError> {
    let page = fetch(None).await?;
    let export = Export { watch, fetch, write, head, page: Some(page) };
    Ok(stream::unfold(Some(export), |export| async move {
        let mut export = export?;
        let page = export.page.take()?;
        let mut piece = std::mem::take(&mut export.head);
        piece.extend(page.items.iter().flat_map(export.write));
        let Some(cursor) = page.next else { return Some((Ok(piece), None)) };
        let fetched = tokio::select! {
            fetched = (export.fetch)(Some(cursor)) => fetched,
            () = export.watch.ended() => Err(store::Error::Unavailable("whoever asked may not go on".into())),
        };
        match fetched {
            Ok(page) => {
                export.page = Some(page);
                Some((Ok(piece), Some(export)))
            }
            Err(error) => {
                tracing::warn!(error = %error, "an export broke off");
                Some((Err(error), None))
            }
        }
    }))
}

fn csv_run(run: &RunSummary) -> Vec<u8> {
    let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339).unwrap_or_default();
    let took = run.finished_at.map(|end| end.since(run.started_at.unwrap_or(run.created_at)).to_string());
    let error = run.error.as_ref();
    let cells = [
        run.id.to_string(),
        run.workflow.to_string(),
        run.workflow_name.clone(),
        run.version.to_string(),
        run.trigger.to_string(),
        run.event.map(|event| event.to_string()).unwrap_or_default(),
        run.kind.clone(),
        run.status.as_str().to_owned(),
        run.hold.map(|hold| hold.as_str().to_owned()).unwrap_or_default(),
        run.created_at.rfc3339(),
        time(run.started_at),
        time(run.finished_at),
        took.unwrap_or_default(),
        run.retries.to_string(),
        run.notes.to_string(),
        error.map(|error| error.class.as_str().to_owned()).unwrap_or_default(),
        error.map(|error| error.code.clone()).unwrap_or_default(),
        error.and_then(|error| error.path.as_ref()).map(ToString::to_string).unwrap_or_default(),
        error.map(|error| error.message.clone()).unwrap_or_default(),
    ];
    csv_line(cells.iter().map(String::as_str))
}

fn csv_event(event: &EventSummary) -> Vec<u8> {
    let cells = [
        event.id.to_string(),
        event.workflow.to_string(),
        event.trigger.to_string(),
        event.state.as_str().to_owned(),
        event.reason.clone().unwrap_or_default(),
        event.received_at.rfc3339(),
        event.bytes.to_string(),
        event.run.map(|run| run.to_string()).unwrap_or_default(),
    ];
    csv_line(cells.iter().map(String::as_str))
}

/// `{"event", "data"}`; the data as it is stored, which is JSON on one line.
fn json_event(found: &FoundEvent) -> Vec<u8> {
    let mut line = b"{\"event\":".to_vec();
    line.extend(json_line(&found.event));
    line.pop();
    line.extend_from_slice(b",\"data\":");
    line.extend_from_slice(found.data.as_deref().unwrap_or(b"null"));
    line.extend_from_slice(b"}\n");
    line
}
