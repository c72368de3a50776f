//! What is read of deliveries and polls.

use std::collections::BTreeSet;

use super::Found;
use super::references::{IN_REQUEST, Scope, expression, request, template};
use crate::{Connector, Trigger};

const IN_DELIVERY: [&str; 8] = ["body", "headers", "event", "input", "item", "status", "fetched", "connection"];
const IN_LIST: [&str; 5] = ["body", "status", "input", "item", "cursor"];
const IN_SUBSCRIPTION: [&str; 7] = ["input", "connection", "url", "secret", "state", "event", "item"];

pub(super) fn check(connector: &Connector, found: &mut Found) {
    // A header that a person typed into a manifest must be sendable.
    for (name, value) in &connector.headers {
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        found.demand(is_name && !value.contains(['\r', '\n']), "connector.toml: headers", format!("\"{name}\" cannot be sent"));
    }
}

pub(super) fn trigger(trigger: &Trigger, place: &str, input: &BTreeSet<&str>, connection: &BTreeSet<&str>, found: &mut Found) {
    let scope = |roots: &'static [&'static str]| Scope { place: place.to_owned(), roots, input: Some(input.clone()), connection };
    if let Some(poll) = &trigger.poll {
        request(&poll.request, &scope(&IN_REQUEST), found);
        poll.fetch.iter().for_each(|one| request(one, &scope(&IN_REQUEST), found));
        found.demand(poll.items.is_some() || poll.request.paging.is_some(), place, "needs \"items\" or \"paging\"");
        let expressions = [Some(&poll.dedupe), poll.items.as_ref(), poll.cursor.as_ref(), poll.keep_if.as_ref()];
        expressions.into_iter().flatten().chain(&poll.expired).for_each(|one| expression(one, &scope(&IN_LIST), found));
        poll.event.iter().for_each(|one| template(one, &scope(&IN_DELIVERY), found));
    }
    if let Some(webhook) = &trigger.webhook {
        let calls = [&webhook.subscribe, &webhook.renew, &webhook.unsubscribe, &webhook.thin];
        calls.into_iter().flatten().for_each(|one| request(one, &scope(&IN_SUBSCRIPTION), found));
        let expressions = [Some(&webhook.dedupe), webhook.split.as_ref(), webhook.keep_if.as_ref()];
        let kept = webhook.state.values();
        expressions.into_iter().flatten().chain(kept).for_each(|one| expression(one, &scope(&IN_DELIVERY), found));
        if let Some(route) = &webhook.route {
            expression(&route.account, &scope(&IN_DELIVERY), found);
            expression(&route.event, &scope(&IN_DELIVERY), found);
        }
        webhook.event.iter().for_each(|one| template(one, &scope(&IN_DELIVERY), found));
    }
}
