use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{app::App, error::ApiError};

/// The process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// It may be sent requests: the database answers, and it is not about to stop.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    if app.shutdown.is_cancelled() {
        let message = "This server is stopping.";
        return ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", message).retry_after(5).into_response();
    }
    match app.store.ping().await {
        Ok(()) => "ok\n".into_response(),
        Err(error) => ApiError::from(error).into_response(),
    }
}
