/// Why a consent or a renewal did not work, in words for the person who clicked. Never holds a token, a code or a secret.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    #[error("{0} needs an app first: an owner registers one under Settings, Apps.")]
    NoApp(String),
    #[error("This way of signing in does not use OAuth.")]
    NotOAuth,
    #[error("This consent was begun in another browser, was used already, or is older than ten minutes. Begin again.")]
    UnknownState,
    /// `error` and `error_description` of the vendor.
    #[error("{vendor} said: {message}")]
    Refused { vendor: String, code: String, message: String },
    /// What a person typed in gives no token.
    #[error("{vendor} does not accept these keys: {message}")]
    Keys { vendor: String, message: String },
    #[error("{vendor} could not be reached: {message}")]
    Unreachable { vendor: String, message: String },
    #[error("{vendor} answered in a way that cannot be read: {message}")]
    Unreadable { vendor: String, message: String },
    /// The key of a value.
    #[error("`{0}` is part of the vendor's address: it may hold letters, digits, dots and hyphens only.")]
    Value(String),
    #[error("The description of this connector is wrong: {0}")]
    Manifest(String),
    #[error(transparent)]
    Source(#[from] crate::SourceError),
    #[error(transparent)]
    Vault(#[from] crate::Error),
}

impl OAuthError {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            OAuthError::NoApp(_) => "oauth.no_app",
            OAuthError::NotOAuth => "oauth.not_oauth",
            OAuthError::UnknownState => "oauth.unknown_state",
            OAuthError::Refused { .. } => "oauth.refused",
            OAuthError::Keys { .. } => "oauth.keys",
            OAuthError::Unreachable { .. } => "oauth.unreachable",
            OAuthError::Unreadable { .. } => "oauth.unreadable",
            OAuthError::Value(_) => "oauth.value",
            OAuthError::Manifest(_) => "oauth.manifest",
            OAuthError::Source(error) => error.code(),
            OAuthError::Vault(error) => error.code(),
        }
    }

    /// The grant itself is gone: only a person can give it again. `invalid_grant` is RFC 6749, 5.2; the others are what vendors say
    /// instead for a refresh token that was revoked or has expired.
    pub fn is_final(&self) -> bool {
        let gone =
            ["invalid_grant", "invalid_refresh_token", "token_revoked", "token_expired", "access_denied", "bad_refresh_token"];
        match self {
            OAuthError::Refused { code, .. } => gone.contains(&code.as_str()),
            OAuthError::Keys { .. } => true,
            _ => false,
        }
    }
}

impl From<store::Error> for OAuthError {
    fn from(error: store::Error) -> Self {
        OAuthError::Vault(error.into())
    }
}
