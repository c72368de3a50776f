//! What a vendor puts on a request so that [`verify`](super::verify) takes it: for the vendors that are simulated.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};
use manifest::{Algorithm, Encoding, Signature};
use model::Timestamp;
use ring::hmac;

use super::{Refusal, key, parts};

/// Adds the headers of a signature that is made at a time, in milliseconds. [`Refusal::Unreadable`]: of this kind none can be made, as
/// the vendor alone has the key.
pub(in crate::app_webhook) fn sign(
    recipe: &Signature,
    secret: &[u8],
    (method, url): (&str, &str),
    headers: &mut HeaderMap,
    body: &[u8],
    at: Timestamp,
) -> Result<(), Refusal> {
    let key = key(recipe, secret)?;
    if recipe.algorithm == Algorithm::Equal {
        let secret = std::str::from_utf8(secret).map_err(|_| Refusal::UnusableSecret)?;
        return put(headers, &recipe.header, &format!("{}{secret}", recipe.prefix));
    }
    let stamp = recipe.timestamp.as_ref().map(|spec| (if spec.ms { at.ms() } else { at.ms() / 1_000 }).to_string());
    // Those that stand in a header of their own may be signed with it.
    if let (Some(spec), Some(stamp)) = (recipe.timestamp.as_ref().filter(|spec| spec.pair.is_none()), &stamp) {
        put(headers, &spec.header, stamp)?;
    }
    let request = parts::Request { method, url, headers, body, stamp: stamp.as_deref() };
    let mut message = Vec::with_capacity(body.len() + 256);
    for part in &recipe.parts {
        parts::write(part, &request, &mut message)?;
    }
    let algorithm = match recipe.algorithm {
        Algorithm::HmacSha256 => hmac::HMAC_SHA256,
        Algorithm::HmacSha512 => hmac::HMAC_SHA512,
        Algorithm::HmacSha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Algorithm::Equal | Algorithm::Ed25519 => return Err(Refusal::Unreadable),
    };
    let tag = hmac::sign(&hmac::Key::new(algorithm, &key), &message);
    let tag = match recipe.encoding {
        Encoding::Hex => hex::encode(tag),
        Encoding::Base64 => STANDARD.encode(tag),
        Encoding::Plain => return Err(Refusal::Unreadable),
    };
    let signature = format!("{}{tag}", recipe.prefix);
    let Some(pair) = &recipe.pair else { return put(headers, &recipe.header, &signature) };
    let dated = recipe.timestamp.as_ref().and_then(|spec| spec.pair.as_ref().filter(|_| spec.header == recipe.header));
    let text = match (dated, stamp) {
        (Some(name), Some(stamp)) => format!("{name}={stamp},{pair}={signature}"),
        _ => format!("{pair}={signature}"),
    };
    put(headers, &recipe.header, &text)
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Refusal> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Refusal::Unreadable)?;
    headers.insert(name, HeaderValue::from_str(value).map_err(|_| Refusal::UnusableSecret)?);
    Ok(())
}
