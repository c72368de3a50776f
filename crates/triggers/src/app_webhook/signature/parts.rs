//! What is signed, put together.

use http::{HeaderMap, header};
use manifest::{Part, Signature};
use model::Timestamp;
use sha2::{Digest as _, Sha256};

use super::Refusal;

/// A request as its parts are taken from it.
pub(super) struct Request<'a> {
    pub method: &'a str,
    pub url: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
    /// The timestamp as it was written.
    pub stamp: Option<&'a str>,
}

/// `t=1,v1=ab,v1=cd` as pairs.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(',').filter_map(|pair| pair.trim().split_once('='))
}

/// The timestamp as it was written, where the recipe has one and it is of now.
pub(super) fn stamp(recipe: &Signature, headers: &HeaderMap, now: Timestamp) -> Result<Option<String>, Refusal> {
    let Some(spec) = &recipe.timestamp else { return Ok(None) };
    let text = headers.get(spec.header.as_str()).ok_or(Refusal::Undated)?.to_str().map_err(|_| Refusal::Undated)?;
    let text = match &spec.pair {
        None => text,
        Some(name) => pairs(text).find(|(key, _)| key == name).map(|(_, value)| value).ok_or(Refusal::Undated)?,
    };
    let number: i64 = text.parse().map_err(|_| Refusal::Undated)?;
    let at_ms = if spec.ms { Some(number) } else { number.checked_mul(1_000) }.ok_or(Refusal::Undated)?;
    let away_ms = now.ms().checked_sub(at_ms).ok_or(Refusal::Undated)?.unsigned_abs();
    if away_ms > spec.tolerance_s.saturating_mul(1_000) {
        return Err(Refusal::Late { tolerance_s: spec.tolerance_s });
    }
    Ok(Some(text.to_owned()))
}

pub(super) fn write(part: &Part, request: &Request<'_>, message: &mut Vec<u8>) -> Result<(), Refusal> {
    match part {
        Part::Body => message.extend_from_slice(request.body),
        Part::Timestamp => message.extend_from_slice(request.stamp.ok_or(Refusal::Undated)?.as_bytes()),
        Part::Url => message.extend_from_slice(request.url.as_bytes()),
        Part::Method => message.extend_from_slice(request.method.as_bytes()),
        Part::Text(text) => message.extend_from_slice(text.as_bytes()),
        Part::Header(name) => {
            message.extend_from_slice(request.headers.get(name.as_str()).ok_or(Refusal::Incomplete)?.as_bytes());
        }
        Part::SortedForm => message.extend_from_slice(sorted_form(request)?.as_bytes()),
        Part::BodySha256 => message.extend_from_slice(hex::encode(Sha256::digest(request.body)).as_bytes()),
    }
    Ok(())
}

/// Names and values one after the other, by name; equal pairs once (https://www.twilio.com/docs/usage/webhooks/webhooks-security).
///
/// A body of another kind would not be part of what is signed, so it is refused.
fn sorted_form(request: &Request<'_>) -> Result<String, Refusal> {
    let kind = request.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !request.body.is_empty() && !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Refusal::Incomplete);
    }
    let mut fields: Vec<_> = form_urlencoded::parse(request.body).collect();
    fields.sort();
    fields.dedup();
    Ok(fields.iter().flat_map(|(name, value)| [name.as_ref(), value.as_ref()]).collect())
}
