use model::Problem;

/// Why something from outside did not become an event. The texts are for whoever sent it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    NotFound(String),
    /// The data does not fit.
    #[error("{0}")]
    Invalid(String),
    /// The workflow does not take events now.
    #[error("{0}")]
    Gone(String),
    /// The definition cannot run.
    #[error("the workflow has problems that must be mended first")]
    Problems(Vec<Problem>),
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Error::NotFound(_) => "not_found",
            Error::Invalid(_) => "invalid",
            Error::Gone(_) => "gone",
            Error::Problems(_) => "definition.invalid",
            Error::Store(error) => error.code(),
        }
    }
}
