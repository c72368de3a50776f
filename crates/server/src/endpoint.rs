//! Registers operations by their endpoint's type.

use std::any::TypeId;

use axum::{
    Json, Router,
    extract::{Request, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use model::api::{Empty, Endpoint, Method};
use serde::de::DeserializeOwned;

use crate::{app::App, auth::Caller, error::ApiError, input};

/// What came with a request, read as its endpoint says.
pub(crate) struct Input<E: Endpoint> {
    pub path: E::Path,
    pub query: E::Query,
    pub body: E::Body,
    pub headers: HeaderMap,
}

/// The API's routes so far.
pub(crate) struct Api {
    router: Router<App>,
    /// Of the endpoints, in the order they came.
    names: Vec<&'static str>,
}

impl Api {
    pub fn new() -> Self {
        Api { router: Router::new(), names: Vec::new() }
    }

    /// Names of the endpoints registered so far.
    #[cfg(test)]
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    pub fn into_router(self) -> Router<App> {
        self.router
    }

    /// An operation that answers with its endpoint's reply as JSON. `C` says who calls and is checked against the endpoint's access.
    pub fn on<E, C, F, Fut>(self, endpoint: E, handler: F) -> Self
    where
        E: Endpoint + 'static,
        E::Path: DeserializeOwned + Send,
        E::Query: Send,
        E::Body: Send + 'static,
        C: Caller + 'static,
        F: Fn(App, C, Input<E>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<E::Reply, ApiError>> + Send + 'static,
    {
        self.on_response(endpoint, move |app, caller, input| {
            let reply = handler(app, caller, input);
            async move { Ok(Json(reply.await?).into_response()) }
        })
    }

    /// An operation that may answer otherwise: a stream.
    pub fn on_response<E, C, F, Fut>(mut self, _endpoint: E, handler: F) -> Self
    where
        E: Endpoint + 'static,
        E::Path: DeserializeOwned + Send,
        E::Query: Send,
        E::Body: Send + 'static,
        C: Caller + 'static,
        F: Fn(App, C, Input<E>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Response, ApiError>> + Send + 'static,
    {
        let known = input::known_parameters::<E>();
        let serve = move |State(app): State<App>, request: Request| {
            let handler = handler.clone();
            async move {
                let (mut parts, body) = request.into_parts();
                let caller = C::identify::<E>(&app, &mut parts).await?;
                let path = input::path::<E>(&mut parts).await?;
                let query = input::query::<E>(&parts, known)?;
                let body = match E::METHOD {
                    Method::Get | Method::Delete => input::no_body::<E>()?,
                    _ => {
                        let may_be_empty = TypeId::of::<E::Body>() == TypeId::of::<Empty>();
                        input::body::<E>(&app, &parts, body, may_be_empty).await?
                    }
                };
                let input = Input { path, query, body, headers: parts.headers };
                Box::pin(handler(app, caller, input)).await
            }
        };
        self.names.push(E::NAME);
        Api { router: self.router.route(E::PATH, on(filter(E::METHOD), serve)), names: self.names }
    }
}

fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    }
}
