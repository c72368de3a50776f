//! What an answer means: the request's rules, the connector's, then what HTTP says.

use std::time::{SystemTime, UNIX_EPOCH};

use http::{HeaderMap, header};
use manifest::{Connector, Meaning, OutcomeRule, RequestSpec, TimeUnit, Until};
use model::run::ErrorClass;
use serde_json::{Value, json};

use super::env::Env;
use super::send::Answer;
use crate::error::CallError;
use crate::http::input::scalar;
use crate::http::outcome;

/// Of a vendor's own words, at most this much is shown, in characters.
const MOST_WORDS: usize = 500;

/// What a good answer gives instead of its body: something that was there already.
pub(super) type Instead = Option<Value>;

/// `env` sees `status`, `headers` and `body`.
pub(super) fn judge(
    connector: &Connector,
    spec: &RequestSpec,
    answer: &Answer,
    env: &Env,
    has_credential: bool,
) -> Result<Instead, CallError> {
    let mut rules = spec.outcome.iter().chain(&connector.outcome);
    match rules.find(|rule| applies(rule, answer.status, env)) {
        Some(rule) => by_rule(rule, connector, answer, env),
        None => by_status(connector, answer, env, has_credential).map(|()| None),
    }
}

fn applies(rule: &OutcomeRule, status: u16, env: &Env) -> bool {
    let text = status.to_string();
    let fits = |pattern: &String| pattern.bytes().zip(text.bytes()).all(|(wanted, is)| wanted == b'x' || wanted == is);
    (rule.status.is_empty() || rule.status.iter().any(fits)) && rule.when.as_ref().is_none_or(|when| env.holds(when))
}

fn by_status(connector: &Connector, answer: &Answer, env: &Env, has_credential: bool) -> Result<(), CallError> {
    let host = answer.url.host_str().unwrap_or_default();
    // Redirects that are not followed lead to another address than the one that was meant.
    if (300..=399).contains(&answer.status) && answer.status != 304 {
        let message =
            format!("{} answered {} and sent us elsewhere, which this request does not follow", connector.name, answer.status);
        let error = CallError::new(ErrorClass::Rejected, "connect.redirect", message);
        return Err(CallError { status: Some(answer.status), ..error });
    }
    let Some(error) = outcome::error_of(answer.status, &answer.headers, host, has_credential) else { return Ok(()) };
    Err(match vendor_words(connector, env) {
        Some(words) => CallError { message: format!("{}: {words}", error.message), ..error },
        None => error,
    })
}

fn by_rule(rule: &OutcomeRule, connector: &Connector, answer: &Answer, env: &Env) -> Result<Instead, CallError> {
    let status = answer.status;
    let (class, name, what) = match rule.is {
        Meaning::Success => return Ok(None),
        Meaning::AlreadyDone => {
            let id = rule.path.as_ref().map(|path| env.value(path)).transpose()?.flatten();
            return Ok(Some(json!({ "already_done": true, "id": id })));
        }
        Meaning::Transient => (ErrorClass::Transient, "transient", "cannot do this right now"),
        Meaning::RateLimited => (ErrorClass::RateLimited, "rate_limited", "wants fewer requests for a while"),
        Meaning::Auth => (ErrorClass::Auth, "auth", "does not accept the credentials of this step's connection"),
        Meaning::Permission => (ErrorClass::Permission, "permission", "does not allow this with the step's connection"),
        Meaning::Rejected => (ErrorClass::Rejected, "rejected", "refused this"),
        Meaning::Partial => (ErrorClass::Rejected, "partial", "refused a part of this"),
    };
    let mut message = match rule.say.as_ref().map(|say| env.text(say)).transpose()?.flatten() {
        Some(said) => said,
        None => match vendor_words(connector, env) {
            Some(words) => format!("{} {what}: {words}", connector.name),
            None => format!("{} {what}", connector.name),
        },
    };
    if let Some(scope) = rule.scope.as_ref().map(|scope| env.text(scope)).transpose()?.flatten() {
        message.push_str(&format!("; the connection lacks the permission \"{}\"", cut(&scope)));
    }
    if rule.is == Meaning::Partial {
        let refused = rule.path.as_ref().map(|path| env.value(path)).transpose()?.flatten();
        if let Some(items) = refused.as_ref().and_then(Value::as_array) {
            message.push_str(&format!("; {} of the items were refused, the others are done", items.len()));
        }
    }
    let retry_after_ms = match (&rule.until, rule.is) {
        (Some(until), _) => wait_ms(until, &answer.headers, env),
        (None, Meaning::RateLimited | Meaning::Transient) => outcome::retry_after_ms(&answer.headers),
        _ => None,
    };
    let code = rule.code.clone().unwrap_or_else(|| format!("connect.{name}"));
    // A 4xx is definite. An error told with 200 or 5xx may have come after the effect.
    let indeterminate = rule.is == Meaning::Transient && !rule.not_done && !(400..500).contains(&status);
    let message = message.chars().take(2 * MOST_WORDS).collect::<String>();
    Err(CallError { status: Some(status), retry_after_ms, indeterminate, ..CallError::new(class, code, message) })
}

/// What the vendor says is wrong.
fn vendor_words(connector: &Connector, env: &Env) -> Option<String> {
    let mut found = connector.message.iter().filter_map(|source| env.value(source).ok().flatten());
    found.find_map(|value| scalar(&value).filter(|text| !text.trim().is_empty())).map(|text| cut(&text))
}

fn cut(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST_WORDS).collect();
    plain.trim().to_owned()
}

/// How long to wait. A time counts from the answer's own `Date`: our clock may be another.
fn wait_ms(until: &Until, headers: &HeaderMap, env: &Env) -> Option<u64> {
    let text = scalar(&env.value(&until.path).ok().flatten()?)?;
    let text = text.trim();
    let date = || httpdate::parse_http_date(headers.get(header::DATE)?.to_str().ok()?).ok();
    let since = |then: SystemTime| Some(then.duration_since(date()?).unwrap_or_default().as_secs_f64() * 1000.0);
    let at = |ms: f64| since(UNIX_EPOCH.checked_add(std::time::Duration::try_from_secs_f64(ms / 1000.0).ok()?)?);
    let number = || text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    let ms = match until.unit {
        TimeUnit::Seconds => number()? * 1000.0,
        TimeUnit::Ms => number()?,
        TimeUnit::EpochS => at(number()? * 1000.0)?,
        TimeUnit::EpochMs => at(number()?)?,
        TimeUnit::HttpDate => since(httpdate::parse_http_date(text).ok()?)?,
    };
    Some(ms.min(u64::MAX as f64) as u64)
}
