//! What a vendor asks before the first event.

use connect::Env;
use http::{HeaderName, HeaderValue, Method, header};
use manifest::{Handshake, SecretFrom};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use super::{Known, signature::hmac_hex};
use crate::webhook::{HookReply, HookRequest, reply};

/// Bytes of what is sent back.
const LONGEST: usize = 4 * 1024;

/// What a question leads to.
pub(super) enum Asked {
    /// It is none.
    No,
    Answered(HookReply),
    /// The secret of all later deliveries, to be kept before the answer is given.
    Secret(String, HookReply),
    /// Sentence for the sender.
    Refused(&'static str),
}

/// Questions that come without a body, or without a signature: before anything is checked.
pub(super) fn open(known: Known<'_>, secret: Option<&[u8]>, request: &HookRequest) -> Asked {
    for kind in &known.webhook.handshake {
        match kind {
            Handshake::GetEcho { parameter, secret_parameter } if request.method == Method::GET => {
                return echo(parameter, secret_parameter.as_deref(), secret, &request.query);
            }
            Handshake::HeaderEcho { header } if request.method == Method::POST => {
                if let Some(value) = request.headers.get(header.as_str()) {
                    return header_echo(known, header, value, secret);
                }
            }
            _ => {}
        }
    }
    Asked::No
}

fn echo(parameter: &str, secret_parameter: Option<&str>, secret: Option<&[u8]>, query: &str) -> Asked {
    let of = |name: &str| form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value);
    let Some(challenge) = of(parameter) else { return Asked::No };
    if let Some(name) = secret_parameter {
        let sent = of(name).unwrap_or_default();
        let fits = secret.is_some_and(|secret| !secret.is_empty() && bool::from(secret.ct_eq(sent.as_bytes())));
        if !fits {
            return Asked::Refused("The vendor's question does not name the secret of this webhook.");
        }
    }
    if challenge.len() > LONGEST {
        return Asked::Refused("The vendor's question is too long.");
    }
    Asked::Answered(plain(challenge.into_owned()))
}

fn header_echo(known: Known<'_>, name: &str, value: &HeaderValue, secret: Option<&[u8]>) -> Asked {
    let (Ok(name), Ok(text)) = (HeaderName::try_from(name.to_ascii_lowercase()), value.to_str()) else { return Asked::No };
    if text.is_empty() || text.len() > LONGEST {
        return Asked::Refused("The vendor's question cannot be read.");
    }
    let mut answer = reply::empty(200);
    answer.headers.push((name, value.clone()));
    if known.webhook.secret != SecretFrom::Handshake {
        return Asked::Answered(answer);
    }
    match secret {
        None => Asked::Secret(text.to_owned(), answer),
        Some(secret) if bool::from(secret.ct_eq(text.as_bytes())) => Asked::Answered(answer),
        // Whoever comes later cannot put their own secret in its place.
        Some(_) => Asked::Refused("This webhook has its secret already."),
    }
}

/// Questions in a body: after its signature was checked, where the vendor signs.
pub(super) fn in_body(known: Known<'_>, secret: Option<&[u8]>, body: &Value) -> Asked {
    let env = Env::new().with("body", body.clone());
    for kind in &known.webhook.handshake {
        match kind {
            Handshake::PostEcho { when, answer } if env.holds(when) => {
                return match env.text(answer) {
                    Ok(Some(text)) if text.len() <= LONGEST => Asked::Answered(plain(text)),
                    _ => Asked::Refused("The vendor's question cannot be read."),
                };
            }
            Handshake::HmacAnswer { token, answer } => {
                let Ok(Some(Value::String(token))) = env.value(token) else { continue };
                let Some(secret) = secret.filter(|secret| !secret.is_empty()) else {
                    return Asked::Refused("This webhook checks a secret, but none has been set yet.");
                };
                if token.len() > LONGEST {
                    return Asked::Refused("The vendor's question is too long.");
                }
                let env = env.with("hmac", Value::from(hmac_hex(secret, &token))).with("token", Value::from(token));
                let entry = |(name, text): (&String, &String)| Some((name.clone(), Value::from(env.text(text).ok()??)));
                let answer: Map<String, Value> = answer.iter().filter_map(entry).collect();
                return Asked::Answered(reply::json(200, &answer));
            }
            _ => {}
        }
    }
    Asked::No
}

fn plain(text: String) -> HookReply {
    let mut answer = reply::empty(200);
    answer.headers.push((header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")));
    answer.body = text.into();
    answer
}
