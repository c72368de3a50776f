//! What `connect` adds to a call: the budget's permit, the request rendered and its record, credentials, the guard's look at the
//! address, and what the answer means. The other side is a function that answers at once. A bare client, which sends the same bytes
//! with a token to the same function and reads the answer as JSON, is measured beside it and taken off; both in processor time of
//! this thread, so that what else the machine does counts little.

use super::median;
use crate::report::{Limit, Report};
use anyhow::{Context, Result, bail};
use connect::budget::{Limits, Permit, Window};
use connect::{AuthMethod, BodyRecord, Budget, Connect, Credential, Sending, Transport};
use egress::{Egress, Options, Request, Response, SendLimits};
use model::{Timestamp, ids::ConnectionId};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Microseconds a call may cost.
const MOST_US: f64 = 50.0;
/// Each round begins warm.
const WARM: u32 = 100;

/// A call as a step makes it.
struct Sample {
    name: &'static str,
    connector: &'static str,
    operation: &'static str,
    method: &'static str,
    values: &'static [(&'static str, &'static str)],
    input: Value,
    answer: Value,
}

fn samples() -> [Sample; 3] {
    [
        Sample {
            name: "a message in Slack",
            connector: "slack",
            operation: "send_message",
            method: "bot_token",
            values: &[("token", "xoxb-bench")],
            input: json!({ "channel": "C0123456789", "text": "New lead: Ada Lovelace (ada@example.com)" }),
            answer: json!({ "ok": true, "channel": "C0123456789", "ts": "1503435956.000247", "message": { "text": "New lead" } }),
        },
        Sample {
            name: "a contact in HubSpot",
            connector: "hubspot",
            operation: "upsert_contact",
            method: "private_app",
            values: &[("token", "pat-bench")],
            input: json!({ "email": "ada@example.com", "firstname": "Ada", "properties": { "company": "Engines", "phone": "123" } }),
            answer: json!({ "results": [{ "id": "101", "new": true, "properties": { "email": "ada@example.com" }, "updatedAt": "2026-03-01T12:00:00Z" }] }),
        },
        Sample {
            name: "a customer in Stripe, as a form",
            connector: "stripe",
            operation: "create_customer",
            method: "restricted_key",
            values: &[("key", "rk_bench")],
            input: json!({ "email": "ada@example.com", "name": "Ada Lovelace", "metadata": { "source": "form", "campaign": "spring" } }),
            answer: json!({ "id": "cus_1", "object": "customer", "email": "ada@example.com" }),
        },
    ]
}

/// Answers every request alike, after the guard has looked at its address.
#[derive(Debug)]
struct Immediate {
    guard: Egress,
    body: bytes::Bytes,
}

impl Transport for Immediate {
    fn send(&self, request: Request, _limits: SendLimits) -> Sending<'_> {
        let checked = self.guard.check_ip(IpAddr::V4(Ipv4Addr::new(93, 184, 216, 34)));
        let body = self.body.clone();
        Box::pin(std::future::ready(checked.map(|()| {
            let mut headers = http::HeaderMap::new();
            headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
            Response { status: 200, headers, body, url: request.url, redirects: 0 }
        })))
    }
}

pub async fn measure(calls: u32, rounds: usize, report: &mut Report) -> Result<()> {
    for sample in samples() {
        let (mut whole, mut bare) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
        for _ in 0..rounds.max(1) {
            whole.push(round(&sample, calls).await.with_context(|| sample.name.to_owned())?);
            bare.push(bare_round(&sample, calls).await.with_context(|| sample.name.to_owned())?);
        }
        let (whole, bare) = (median(whole), median(bare));
        report.add(&format!("connect: {}, with a bare client", sample.name), bare, "us CPU a call", Limit::None);
        report.add(&format!("connect: {}, added", sample.name), whole - bare, "us CPU a call", Limit::AtMost(MOST_US));
    }
    Ok(())
}

async fn round(sample: &Sample, calls: u32) -> Result<f64> {
    let guard = Egress::new(Options::default())?;
    let immediate = Immediate { guard: guard.clone(), body: serde_json::to_vec(&sample.answer)?.into() };
    let connect = Connect::new(guard).with_transport(Arc::new(immediate));
    let values = sample.values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let method = AuthMethod::parse(sample.method).context("a way to sign in")?;
    let credential = Credential { method, values, allowed_hosts: Vec::new() };
    let budget = Budget::new(false);
    let limits = Limits::whole(&[Window { permits: u32::MAX, per_ms: 1_000 }, Window { permits: u32::MAX, per_ms: 60_000 }]);
    let mut begun = processor_time();
    for call in 0..calls + WARM {
        if call == WARM {
            begun = processor_time();
        }
        if !matches!(budget.take(ConnectionId(1), &limits, Timestamp(i64::from(call))), Permit::Granted) {
            bail!("the budget refuses");
        }
        let prepared = connect.prepare(sample.connector, sample.operation, &sample.input)?;
        let key = format!("bench-{call}");
        let result = connect.perform(&prepared.request, &key, Some(&credential), Duration::from_secs(30)).await;
        result.outcome?;
    }
    Ok(per_call(begun, calls))
}

/// The same bytes without `connect`.
async fn bare_round(sample: &Sample, calls: u32) -> Result<f64> {
    let guard = Egress::new(Options::default())?;
    let prepared = Connect::new(guard.clone()).prepare(sample.connector, sample.operation, &sample.input)?.request;
    let immediate = Immediate { guard, body: serde_json::to_vec(&sample.answer)?.into() };
    let address = "https://api.example.com/v1/things";
    let body = match &prepared.body {
        BodyRecord::Text(text) => text.clone(),
        BodyRecord::None | BodyRecord::Base64(_) => String::new(),
    };
    let mut begun = processor_time();
    for call in 0..calls + WARM {
        if call == WARM {
            begun = processor_time();
        }
        let mut request = Request::new(http::Method::POST, Url::parse(address)?);
        request.headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
        request.headers.insert(http::header::AUTHORIZATION, http::HeaderValue::from_str("Bearer bench")?);
        request.body = body.clone().into();
        let limits = SendLimits { timeout: Duration::from_secs(30), max_response_bytes: 1 << 20, max_redirects: 0 };
        let response = immediate.send(request, limits).await.map_err(|failure| anyhow::anyhow!("{failure}"))?;
        let answer: Value = serde_json::from_slice(&response.body)?;
        if std::hint::black_box(answer) != sample.answer {
            bail!("the answer is another one");
        }
    }
    Ok(per_call(begun, calls))
}

/// Of this thread, since it began. No future of a round waits, so that none is carried on elsewhere.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// In microseconds.
fn per_call(begun: Duration, calls: u32) -> f64 {
    processor_time().saturating_sub(begun).as_secs_f64() * 1e6 / f64::from(calls.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_sample_is_a_call_that_succeeds() {
        for sample in samples() {
            let (whole, bare) = (round(&sample, 20).await, bare_round(&sample, 20).await);
            assert!(whole.as_ref().is_ok_and(|us| *us > 0.0), "{}: {whole:?}", sample.name);
            assert!(bare.as_ref().is_ok_and(|us| *us > 0.0), "{}: {bare:?}", sample.name);
        }
    }
}
