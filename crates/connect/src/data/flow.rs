//! Goes through the requests of one call: pieces, pages, waits, and what the step gives in the end.

use std::time::Duration;

use manifest::{Idempotency, KeyPlace, Operation, Output, PollUntil, RequestSpec};
use model::run::ErrorClass;
use serde_json::{Map, Value, json};

use super::caller::Caller;
use super::env::Env;
use super::paging::Page;
use super::send::{Answer, key_text};
use super::{native, paging, render, verdict};
use crate::connect::CallResult;
use crate::error::CallError;
use crate::record::{Answer as Reading, Origin, RequestRecord, ResponseRecord};

/// Items of one list, at most: the rest is said to be there.
pub(super) const MOST_ITEMS: usize = 10_000;
/// Bytes of all pages of one list.
pub(super) const MOST_BYTES: usize = 32 * 1024 * 1024;
/// Requests of one call, whatever asks for them.
const MOST_REQUESTS: usize = 1_000;

/// What one request of a manifest gave, over all its pages.
pub(super) struct Got {
    pub env: Env,
    pub body: Value,
    pub items: Vec<Value>,
    pub more: bool,
    pub record: Option<ResponseRecord>,
    /// It was there already.
    pub instead: Option<Value>,
}

/// An error, and the answer that told it.
pub(super) type Failed = Box<(CallError, Option<ResponseRecord>)>;

pub(super) fn bare(error: CallError) -> Failed {
    Box::new((error, None))
}

/// The environments in which a request is made: none when it does not apply, several when it goes by pieces.
pub(super) fn pieces(spec: &RequestSpec, env: &Env) -> Result<Vec<Env>, CallError> {
    if spec.when.as_ref().is_some_and(|when| !env.holds(when)) {
        return Ok(Vec::new());
    }
    let Some(chunk) = &spec.for_each_chunk else { return Ok(vec![env.clone()]) };
    match env.value(&chunk.of)? {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            let pieces: Vec<_> =
                items.chunks(chunk.size.max(1)).map(|items| env.with("chunk", Value::Array(items.to_vec()))).collect();
            if pieces.len() > MOST_REQUESTS {
                let message = format!("{} items need more than {MOST_REQUESTS} requests; send fewer at once", items.len());
                return Err(CallError::input("", "input.too_large", message));
            }
            Ok(pieces)
        }
        Some(_) => Err(CallError::new(ErrorClass::Input, "input.type", format!("`{}` must be a list", chunk.of))),
    }
}

/// Sends the recorded request and those that follow it.
pub(crate) async fn perform(caller: Caller<'_>, operation: &Operation, record: &RequestRecord, origin: &Origin) -> CallResult {
    if let Err(error) = caller.check_connection(operation.connection, &operation.auth) {
        return CallResult::unsent(error);
    }
    match run(&caller, operation, record, origin).await {
        Ok((output, response)) => CallResult { outcome: Ok(output), response },
        Err(failed) => CallResult { outcome: Err(failed.0), response: failed.1 },
    }
}

async fn run(
    caller: &Caller<'_>,
    operation: &Operation,
    recorded: &RequestRecord,
    origin: &Origin,
) -> Result<(Value, Option<ResponseRecord>), Failed> {
    let input = if origin.input.is_null() { json!({}) } else { origin.input.clone() };
    let base = Env::new().with("input", input);
    let mut answers = Map::new();
    let mut done = 0_usize;
    let mut last: Option<Got> = None;
    for (index, spec) in operation.requests.iter().enumerate().skip(origin.request) {
        let env = base.with("answers", Value::Object(answers.clone()));
        let is_first = index == origin.request;
        // The recorded request is what was promised, whatever its conditions say now.
        let pieces = match (is_first, pieces(spec, &env).map_err(bare)?) {
            (true, pieces) if pieces.is_empty() => vec![env],
            (_, pieces) => pieces,
        };
        let mut bodies = Vec::with_capacity(pieces.len());
        for (piece, env) in pieces.iter().enumerate() {
            let given = (is_first && piece == 0).then_some(recorded);
            let key = if index == 0 && piece == 0 { caller.key.to_owned() } else { format!("{}-{index}-{piece}", caller.key) };
            let place = place_of(&operation.idempotency, spec);
            let got = one(caller, spec, env, given, place.map(|place| (place, key.as_str()))).await;
            let got = got.map_err(|failed| after(failed, done, caller))?;
            if let Some(instead) = got.instead {
                return Ok((instead, got.record));
            }
            done += usize::from(!matches!(spec.method.as_str(), "GET" | "HEAD"));
            bodies.push(got.body.clone());
            last = Some(got);
        }
        if !spec.id.is_empty() && !bodies.is_empty() {
            let value = if spec.for_each_chunk.is_some() { Value::Array(bodies) } else { bodies.swap_remove(0) };
            answers.insert(spec.id.clone(), value);
        }
    }
    let Some(got) = last else {
        let message = "The recorded request is not one of this operation any more";
        return Err(bare(CallError::new(ErrorClass::Permanent, "connect.request", message)));
    };
    let record = got.record.clone();
    let is_list = operation.requests.iter().any(|spec| spec.paging.is_some());
    let env = got.env.with("answers", Value::Object(answers));
    let output = output(operation.output.as_ref(), got, &env, is_list).map_err(|error| Box::new((error, record.clone())))?;
    Ok((output, record))
}

/// Reads need no key.
fn place_of<'a>(idempotency: &'a Idempotency, spec: &RequestSpec) -> Option<&'a KeyPlace> {
    idempotency.key.as_ref().filter(|_| !matches!(spec.method.as_str(), "GET" | "HEAD"))
}

/// An error after something was carried out must not look as if nothing had happened.
fn after(failed: Failed, done: usize, caller: &Caller<'_>) -> Failed {
    if done == 0 {
        return failed;
    }
    let (error, response) = *failed;
    let message =
        format!("{} ({done} earlier requests of this step to {} were carried out)", error.message, caller.connector.name);
    Box::new((CallError { indeterminate: true, message, ..error }, response))
}

fn output(output: Option<&Output>, got: Got, env: &Env, is_list: bool) -> Result<Value, CallError> {
    let template = output.and_then(|output| output.value.as_ref());
    let value = match template {
        Some(template) => {
            let env = if is_list {
                env.with("items", Value::Array(got.items)).with("more", Value::Bool(got.more))
            } else {
                env.clone()
            };
            env.template(template)?.unwrap_or_default()
        }
        None if is_list => json!({ "items": got.items, "more": got.more }),
        None => got.body,
    };
    match output.and_then(|output| output.native.as_ref()) {
        Some(native) => native::convert(native, value),
        None => Ok(value),
    }
}

/// One request with all its pages, repeated until it is done where the manifest says so.
pub(super) async fn one(
    caller: &Caller<'_>,
    spec: &RequestSpec,
    env: &Env,
    given: Option<&RequestRecord>,
    key: Option<(&KeyPlace, &str)>,
) -> Result<Got, Failed> {
    let mut rounds = 0;
    loop {
        let got = pages(caller, spec, env, given.filter(|_| rounds == 0), key).await?;
        let Some(poll) = &spec.poll_until else { return Ok(got) };
        rounds += 1;
        if is_done(poll, &got, rounds, caller)? {
            return Ok(got);
        }
        let pause = Duration::from_millis(poll.every_ms);
        if caller.left() <= pause {
            let message = format!("{} was not done in time", caller.connector.name);
            return Err(Box::new((CallError::new(ErrorClass::TimedOut, "connect.timeout", message), got.record)));
        }
        tokio::time::sleep(pause).await;
    }
}

fn is_done(poll: &PollUntil, got: &Got, rounds: u32, caller: &Caller<'_>) -> Result<bool, Failed> {
    let name = &caller.connector.name;
    if got.env.holds(&poll.done) {
        return Ok(true);
    }
    if poll.failed.as_ref().is_some_and(|failed| got.env.holds(failed)) {
        let error = CallError::new(ErrorClass::Rejected, "connect.job_failed", format!("{name} could not finish the job"));
        return Err(Box::new((error, got.record.clone())));
    }
    if rounds >= poll.most {
        let message = format!("{name} was not done after {rounds} looks");
        return Err(Box::new((CallError::new(ErrorClass::TimedOut, "connect.timeout", message), got.record.clone())));
    }
    Ok(false)
}

async fn pages(
    caller: &Caller<'_>,
    spec: &RequestSpec,
    env: &Env,
    given: Option<&RequestRecord>,
    key: Option<(&KeyPlace, &str)>,
) -> Result<Got, Failed> {
    let mut pages = Pages::begin(caller, spec, env, given)?;
    let (mut items, mut bytes, mut number) = (Vec::new(), 0, 0);
    loop {
        let mut page = pages.next(key).await?;
        let Some(paging) = &spec.paging else { return Ok(page.got) };
        number += 1;
        bytes += page.bytes;
        items.append(&mut page.got.items);
        let wanted = paging::limit(paging, env).map_err(bare)?.map_or(MOST_ITEMS, |limit| (limit as usize).min(MOST_ITEMS));
        let is_enough = items.len() >= wanted || number >= paging.most_pages || bytes >= MOST_BYTES;
        if is_enough || !pages.goes_on() {
            let more = pages.goes_on() || items.len() > wanted;
            items.truncate(wanted);
            return Ok(Got { items, more, ..page.got });
        }
    }
}

/// The pages of a list, one after the other. A request without paging is one page, whose items nobody named.
pub(super) struct Pages<'a> {
    caller: &'a Caller<'a>,
    spec: &'a RequestSpec,
    env: &'a Env,
    /// The next request; nothing at the end.
    record: Option<RequestRecord>,
    page: Option<Page>,
}

/// One page, with the bytes of its answer.
pub(super) struct OnePage {
    pub got: Got,
    pub bytes: usize,
}

impl<'a> Pages<'a> {
    pub(super) fn begin(
        caller: &'a Caller<'a>,
        spec: &'a RequestSpec,
        env: &'a Env,
        given: Option<&RequestRecord>,
    ) -> Result<Self, Failed> {
        let record = match given {
            Some(record) => record.clone(),
            None => render::request(caller.connector, spec, env).map_err(bare)?,
        };
        let page = spec.paging.as_ref().map(|paging| paging::begin(paging, env)).transpose().map_err(bare)?;
        Ok(Pages { caller, spec, env, record: Some(record), page })
    }

    /// Whether there is a page that was not read yet.
    pub(super) fn goes_on(&self) -> bool {
        self.record.is_some()
    }

    /// Reads the next page. To be asked only while [`Pages::goes_on`].
    pub(super) async fn next(&mut self, key: Option<(&KeyPlace, &str)>) -> Result<OnePage, Failed> {
        let (caller, spec, env) = (self.caller, self.spec, self.env);
        let Some(record) = self.record.take() else {
            return Err(bare(CallError::new(ErrorClass::System, "connect.list", "The list was read to its end already")));
        };
        let answer = caller.send(&record, spec, key).await.map_err(bare)?;
        let got = read(caller, spec, &record, &answer, env)?;
        let bytes = answer.body.len();
        let (Some(paging), Some(now)) = (&spec.paging, &self.page) else { return Ok(OnePage { got, bytes }) };
        let told = |error: CallError| Box::new((error, Some(answer.record(false))));
        let items = match got.env.value(&paging.items).map_err(told)? {
            Some(Value::Array(found)) => found,
            None | Some(Value::Null) => Vec::new(),
            Some(_) => {
                let message = format!("{} answered something else than a list", caller.connector.name);
                return Err(told(CallError::new(ErrorClass::Permanent, "connect.list", message)));
            }
        };
        if let Some(next) = now.next(paging, &items, &answer.headers, &answer.url, &got.env).map_err(told)? {
            let mut record = render::bare(caller.connector, spec, env).map_err(bare)?;
            next.apply(paging, &mut record);
            (self.record, self.page) = (Some(record), Some(next));
        }
        Ok(OnePage { got: Got { items, ..got }, bytes })
    }
}

/// Judges an answer and reads it.
fn read(caller: &Caller<'_>, spec: &RequestSpec, record: &RequestRecord, answer: &Answer, env: &Env) -> Result<Got, Failed> {
    let told = |error: CallError| Box::new((error, Some(answer.record(false))));
    // An error's body is read as what it is, whatever a success would be.
    let is_success = answer.status < 400;
    let read = answer.value(if is_success { record.answer } else { Reading::Auto });
    let body = read.as_ref().cloned().unwrap_or_default();
    let env = env.with("status", Value::from(answer.status)).with("headers", answer.header_values()).with("body", body);
    let instead = verdict::judge(caller.connector, spec, answer, &env, caller.credential.is_some()).map_err(told)?;
    let body = read.map_err(told)?;
    Ok(Got { env, body, items: Vec::new(), more: false, record: Some(answer.record(true)), instead })
}

/// Asks whether a call happened.
pub(crate) async fn lookup(caller: Caller<'_>, operation: &Operation, origin: &Origin) -> Result<Option<Value>, CallError> {
    let Some(lookup) = &operation.idempotency.lookup else {
        let message = format!("{} cannot be asked whether this happened", caller.connector.name);
        return Err(CallError::new(ErrorClass::Permanent, "connect.no_lookup", message));
    };
    let key = match &operation.idempotency.key {
        Some(place) => key_text(place, caller.key),
        None => caller.key.to_owned(),
    };
    let env = Env::new().with("input", origin.input.clone()).with("key", Value::from(key));
    let got = one(&caller, &lookup.request, &env, None, None).await.map_err(|failed| failed.0)?;
    let env = got.env.with("items", Value::Array(got.items));
    if env.holds(&lookup.found) { Ok(Some(env.template(&lookup.value)?.unwrap_or_default())) } else { Ok(None) }
}
