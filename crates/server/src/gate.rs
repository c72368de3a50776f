//! Until there is an owner, nothing but the way to create one is served.

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use model::api::{CreateOwner, Endpoint};

use crate::{app::App, error::ApiError};

pub(crate) async fn needs_owner(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.uri().path() == CreateOwner::PATH {
        return next.run(request).await;
    }
    match check(&app).await {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

pub(crate) async fn check(app: &App) -> Result<(), ApiError> {
    if app.has_owner().await? {
        return Ok(());
    }
    let message = "This server has no owner yet. Open it in a browser and enter the token it printed when it started.";
    Err(ApiError::new(StatusCode::FORBIDDEN, "setup_required", message))
}
