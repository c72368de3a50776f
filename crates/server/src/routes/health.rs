use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use std::time::Duration;

use store::Unwell;

use crate::{app::App, error::ApiError};

/// A database that takes longer to answer does not, for whoever decides where requests go.
const ANSWER: Duration = Duration::from_secs(5);
/// The job runner looks at its queue about every second; one that has not for so long stands still.
const RUNNER: Duration = Duration::from_secs(60);

/// The process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// It may be sent requests: the database answers and is written to, runs are carried out, and it is not about to stop.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    if app.shutdown.is_cancelled() {
        let message = "This server is stopping.";
        return no("stopping", message);
    }
    match tokio::time::timeout(ANSWER, app.store.ping()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return ApiError::from(error).into_response(),
        Err(_) => return no("database.slow", "The database does not answer within 5 seconds."),
    }
    match app.store.unwell() {
        None => {}
        Some(Unwell::Failing) => {
            return no("database.unwritable", "The database could not be written the last time; its disk may be full.");
        }
        Some(Unwell::Stuck) => return no("database.stuck", "A transaction does not come to its end."),
        Some(Unwell::Silent) => return no("database.silent", "Nothing could be written for a minute."),
    }
    match &app.runner {
        Some(idle) if idle() > RUNNER => no("runner.stopped", "The job runner has not looked at its queue for a minute."),
        _ => "ok\n".into_response(),
    }
}

fn no(code: &'static str, message: &str) -> Response {
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, code, message).retry_after(5).into_response()
}
