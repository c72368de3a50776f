//! Whether a request was signed by whoever knows the secret, as a recipe of a manifest says. Pure: the time comes in.

mod parts;
mod sign;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderMap;
use manifest::{Algorithm, Encoding, KeyEncoding, Part, Signature};
use model::Timestamp;
use ring::{hmac, signature as asymmetric};
use subtle::ConstantTimeEq as _;

pub(super) use sign::sign;

/// Signatures of one request that are looked at: vendors send two while a secret is replaced.
const MOST_SIGNATURES: usize = 8;

/// Why a request is not taken for the vendor's. Never holds a part of the secret or of the signature that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("This webhook checks a secret, but none has been set yet.")]
    NoSecret,
    #[error("The secret of this webhook is not of the form its vendor makes; copy it again.")]
    UnusableSecret,
    #[error("The delivery is not signed.")]
    Unsigned,
    #[error("The signature of the delivery cannot be read.")]
    Unreadable,
    #[error("The delivery does not say when it was signed.")]
    Undated,
    #[error("The delivery was signed more than {tolerance_s} seconds ago, or in the future.")]
    Late { tolerance_s: u64 },
    #[error("Something that is signed with the delivery is missing from it.")]
    Incomplete,
    #[error("The signature does not match.")]
    Mismatch,
}

impl Refusal {
    /// Stable, for metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NoSecret => "no_secret",
            Refusal::UnusableSecret => "unusable_secret",
            Refusal::Unsigned => "unsigned",
            Refusal::Unreadable => "unreadable",
            Refusal::Undated => "undated",
            Refusal::Late { .. } => "late",
            Refusal::Incomplete => "incomplete",
            Refusal::Mismatch => "signature",
        }
    }
}

/// Checks a request. `url`: the public address it was sent to, query included. `body`: the raw bytes. `now`: in milliseconds.
///
/// Everything that is missing, late or not understood refuses. Of several signatures one that fits is enough. Comparing takes the same
/// time wherever the texts differ.
pub fn verify(
    recipe: &Signature,
    secret: &[u8],
    method: &str,
    url: &str,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Refusal> {
    if recipe.algorithm == Algorithm::Equal {
        return equal(recipe, secret, headers);
    }
    let sent = sent(recipe, headers)?;
    let key = key(recipe, secret)?;
    let stamp = parts::stamp(recipe, headers, now)?;
    let request = parts::Request { method, url, headers, body, stamp: stamp.as_deref() };
    let mut message = Vec::with_capacity(body.len() + 256);
    for part in &recipe.parts {
        parts::write(part, &request, &mut message)?;
    }
    let mut readable = false;
    for sent in sent {
        let Some(signature) = decoded(recipe.encoding, sent) else { continue };
        readable = true;
        if fits(recipe.algorithm, &key, &message, &signature) {
            return Ok(());
        }
    }
    Err(if readable { Refusal::Mismatch } else { Refusal::Unreadable })
}

/// Whether what the vendor says of the time is part of what it signs.
pub fn is_dated(recipe: &Signature) -> bool {
    recipe.timestamp.is_some() && recipe.parts.contains(&Part::Timestamp)
}

/// The header is the secret itself.
fn equal(recipe: &Signature, secret: &[u8], headers: &HeaderMap) -> Result<(), Refusal> {
    let sent = headers.get(recipe.header.as_str()).ok_or(Refusal::Unsigned)?.as_bytes();
    let sent = sent.strip_prefix(recipe.prefix.as_bytes()).filter(|sent| !sent.is_empty()).ok_or(Refusal::Unreadable)?;
    let key = key(recipe, secret)?;
    if bool::from(sent.ct_eq(&key)) { Ok(()) } else { Err(Refusal::Mismatch) }
}

/// The signatures a request carries, without what stands before them.
fn sent<'a>(recipe: &Signature, headers: &'a HeaderMap) -> Result<Vec<&'a str>, Refusal> {
    let mut found = Vec::new();
    let mut any = false;
    for value in headers.get_all(recipe.header.as_str()) {
        any = true;
        let Ok(text) = value.to_str() else { continue };
        let candidates: Vec<&str> = match &recipe.pair {
            Some(name) => parts::pairs(text).filter(|(key, _)| key == name).map(|(_, value)| value).collect(),
            // A list with spaces between: the old secret's beside the new one's (Standard Webhooks).
            None => text.split_ascii_whitespace().collect(),
        };
        found.extend(candidates.into_iter().filter_map(|text| text.strip_prefix(recipe.prefix.as_str())));
    }
    found.retain(|text| !text.is_empty());
    found.truncate(MOST_SIGNATURES);
    match (any, found.is_empty()) {
        (false, _) => Err(Refusal::Unsigned),
        (true, true) => Err(Refusal::Unreadable),
        (true, false) => Ok(found),
    }
}

/// The secret as a key. An empty one would sign for everybody.
fn key(recipe: &Signature, secret: &[u8]) -> Result<Vec<u8>, Refusal> {
    if secret.is_empty() {
        return Err(Refusal::NoSecret);
    }
    let secret = secret.strip_prefix(recipe.key_prefix.as_bytes()).unwrap_or(secret);
    let key = match recipe.key {
        KeyEncoding::Text => Some(secret.to_vec()),
        KeyEncoding::Base64 => STANDARD.decode(secret).ok(),
        KeyEncoding::Hex => hex::decode(secret).ok(),
    };
    key.filter(|key| !key.is_empty()).ok_or(Refusal::UnusableSecret)
}

fn decoded(encoding: Encoding, text: &str) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Hex => hex::decode(text).ok(),
        Encoding::Base64 => STANDARD.decode(text).ok(),
        // Of use for `equal` alone.
        Encoding::Plain => None,
    }
}

fn fits(algorithm: Algorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let hmac = |algorithm| hmac::verify(&hmac::Key::new(algorithm, key), message, signature).is_ok();
    match algorithm {
        Algorithm::HmacSha256 => hmac(hmac::HMAC_SHA256),
        Algorithm::HmacSha512 => hmac(hmac::HMAC_SHA512),
        Algorithm::HmacSha1 => hmac(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        Algorithm::Ed25519 => asymmetric::UnparsedPublicKey::new(&asymmetric::ED25519, key).verify(message, signature).is_ok(),
        Algorithm::Equal => false,
    }
}

/// The HMAC-SHA256 of a vendor's token, in hexadecimal, for handshakes.
pub(super) fn hmac_hex(secret: &[u8], text: &str) -> String {
    hex::encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text.as_bytes()))
}

#[cfg(test)]
mod tests;
