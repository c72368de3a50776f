//! API tokens: `Authorization: Bearer pb_...`.

use axum::http::{HeaderMap, header};
use rand::TryRngCore;
use sha2::{Digest, Sha256};
use store::IssuedToken;

use crate::{app::App, error::ApiError};

const PREFIX: &str = "pb_";
/// Letters of a secret that lists show, so that its owner knows which one it is.
const SHOWN: usize = 9;

/// A token's secret, which is shown once, and what is kept of it.
pub(crate) struct NewSecret {
    pub secret: String,
    pub hash: [u8; 32],
    pub prefix: String,
}

pub(crate) fn new_secret() -> Result<NewSecret, ApiError> {
    let secret = format!("{PREFIX}{}", new_link_secret()?);
    Ok(NewSecret { hash: secret_hash(&secret), prefix: secret[..SHOWN].to_owned(), secret })
}

/// What stands in a link that is a right: 256 random bits.
pub(crate) fn new_link_secret() -> Result<String, ApiError> {
    let mut bytes = [0; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(|error| ApiError::internal(&error))?;
    Ok(hex::encode(bytes))
}

/// What is kept of a token or of a link's secret: 256 random bits need no slow hash.
pub(crate) fn secret_hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// The token of a request; absent when it carries no `Authorization`. One that is carried and not valid is refused, whatever else
/// came with the request.
pub(super) async fn token(app: &App, headers: &HeaderMap) -> Result<Option<(IssuedToken, [u8; 32])>, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let secret =
        value.to_str().ok().and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some(secret) = secret.map(|(_, secret)| secret.trim()).filter(|secret| secret.starts_with(PREFIX)) else {
        return Err(ApiError::unauthorized("Send an API token as `Authorization: Bearer pb_...`."));
    };
    let hash = secret_hash(secret);
    match app.store.token_by_hash(hash).await? {
        Some(issued) => Ok(Some((issued, hash))),
        None => Err(ApiError::unauthorized("This API token does not exist, was revoked or has expired.")),
    }
}

/// Whether the request carries a token of any role.
pub(crate) async fn valid_token(app: &App, headers: &HeaderMap) -> Result<bool, ApiError> {
    Ok(token(app, headers).await?.is_some())
}
