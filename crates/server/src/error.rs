use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use model::{
    Problem, Role,
    api::{ErrorBody, ErrorDetail},
};
use serde_json::{Value, json};

/// After which a workflow with too many waiting runs may be tried again.
const BACKLOG_SECONDS: u64 = 30;

/// Why the server itself cannot work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
    #[error("connections cannot be accepted: {0}")]
    Accept(#[from] std::io::Error),
}

impl Error {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Hash(_) => "server.hash",
            Error::Accept(_) => "server.accept",
        }
    }
}

/// Why a request was not carried out: the only error that becomes an answer. Its text is for whoever asked.
#[derive(Debug)]
pub(crate) struct ApiError(Box<Answer>);

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    code: &'static str,
    message: String,
    details: Value,
    /// Seconds after which trying again makes sense.
    retry_after: Option<u64>,
}

impl ApiError {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        ApiError(Box::new(Answer { status, code, message: message.into(), details: Value::Null, retry_after: None }))
    }

    pub fn with(mut self, details: Value) -> Self {
        self.0.details = details;
        self
    }

    /// The same, answered as 403.
    pub fn status_forbidden(mut self) -> Self {
        self.0.status = StatusCode::FORBIDDEN;
        self
    }

    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// One sentence for a person.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// 404; `what` begins the sentence: "The run".
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("{what} was not found."))
    }

    pub fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    pub fn forbidden(needed: Role) -> Self {
        let needed = needed.as_str();
        Self::new(StatusCode::FORBIDDEN, "forbidden", format!("This needs the role “{needed}” in the workspace."))
            .with(json!({ "needed": needed }))
    }

    /// 422 about one field of the body.
    pub fn field(path: &str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", reason.clone()).with(json!({ "path": path, "reason": reason }))
    }

    /// 422 with everything that is wrong with a definition.
    pub fn problems(problems: &[Problem]) -> Self {
        let message = match problems {
            [one] => one.message.clone(),
            many => format!("The workflow has {} problems; nothing was saved.", many.len()),
        };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "definition.invalid", message).with(json!({ "problems": problems }))
    }

    pub fn too_large(most: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("The body may have at most {most} bytes."))
            .with(json!({ "max_bytes": most }))
    }

    pub fn too_many(seconds: u64) -> Self {
        let message = format!("There were too many attempts. Wait {seconds} s, then try again.");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", message).retry_after(seconds)
    }

    /// The text goes into the log under an id, and the id to whoever asked.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        let id = format!("{:08x}", rand::random::<u32>());
        tracing::error!(error.id = %id, error = %error, "a request failed because of an error of the server");
        let message = format!("The server made an error; its log says more under {id}.");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message).with(json!({ "id": id }))
    }

    fn unavailable(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %error, "a request failed because the database cannot be used");
        let message = "The database cannot be reached or written right now. Try again in a moment.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message).retry_after(5)
    }
}

/// A sentence of its own from a part of one.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut out: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    if !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        let text = sentence(&error.to_string());
        match error {
            store::Error::NotFound(_) => Self::new(StatusCode::NOT_FOUND, "not_found", text),
            store::Error::Conflict { current } => {
                Self::new(StatusCode::CONFLICT, "conflict", text).with(json!({ "current": current }))
            }
            store::Error::Exists(_) => Self::new(StatusCode::CONFLICT, "exists", text),
            store::Error::LastOwner => Self::new(StatusCode::CONFLICT, "member.last_owner", text),
            store::Error::Forbidden { needed } => {
                Self::new(StatusCode::FORBIDDEN, "forbidden", text).with(json!({ "needed": needed }))
            }
            store::Error::NotAllowed(why) => Self::new(StatusCode::FORBIDDEN, "connection.not_allowed", text).with(json!({
                "connection": why.connection,
                "label": why.label,
                "owner": why.owner,
                "place": why.used_by.map(|(place, _)| place),
            })),
            store::Error::Fenced => Self::new(StatusCode::CONFLICT, "run.busy", text),
            store::Error::Ended => Self::new(StatusCode::CONFLICT, "run.ended", text),
            store::Error::NotHeld => Self::new(StatusCode::CONFLICT, "run.not_held", text),
            store::Error::Backlog { waiting, limit } => Self::new(StatusCode::SERVICE_UNAVAILABLE, "workflow.backlog", text)
                .with(json!({ "waiting": waiting, "limit": limit }))
                .retry_after(BACKLOG_SECONDS),
            store::Error::Invalid(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", text),
            store::Error::Collision
            | store::Error::Unavailable(_)
            | store::Error::SchemaTooNew { .. }
            | store::Error::Locked(_) => Self::unavailable(&error),
            store::Error::Database(_) => Self::internal(&error),
        }
    }
}

impl From<triggers::Error> for ApiError {
    fn from(error: triggers::Error) -> Self {
        let text = sentence(&error.to_string());
        match error {
            triggers::Error::NotFound(_) => Self::new(StatusCode::NOT_FOUND, "not_found", text),
            triggers::Error::Invalid(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", text),
            triggers::Error::Gone(_) => Self::new(StatusCode::CONFLICT, "workflow.closed", text),
            triggers::Error::Problems(problems) => Self::problems(&problems),
            triggers::Error::Store(error) => error.into(),
        }
    }
}

impl From<vault::Error> for ApiError {
    fn from(error: vault::Error) -> Self {
        match error {
            vault::Error::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<tower_sessions::session::Error> for ApiError {
    fn from(error: tower_sessions::session::Error) -> Self {
        match error {
            tower_sessions::session::Error::Store(error) => Self::unavailable(&error),
            error @ tower_sessions::session::Error::SerdeJson(_) => Self::internal(&error),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Answer { status, code, message, details, retry_after } = *self.0;
        let error = ErrorDetail { code: code.to_owned(), message, details };
        let mut response = (status, Json(ErrorBody { error })).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_texts_stay_inside() {
        for error in [store::Error::Database("SELECT secret".into()), store::Error::Unavailable("/var/lib/secret".into())] {
            let api = ApiError::from(error);
            assert!(!api.0.message.contains("secret") && !api.0.details.to_string().contains("secret"), "{api:?}");
        }
    }

    #[test]
    fn texts_become_sentences() {
        assert_eq!(ApiError::from(store::Error::NotFound("the run")).0.message, "The run was not found.");
        assert_eq!(sentence("Ready?"), "Ready?");
    }
}
