//! What a connector promises about repeats, effects and where it was looked up.

use super::Found;
use crate::{CheckedBy, Connector, Effect, IdempotencyClass, Native, Operation};

pub(super) fn check(connector: &Connector, found: &mut Found) {
    let place = "connector.toml";
    for (text, name) in [(&connector.name, "name"), (&connector.description, "description")] {
        found.demand(!text.trim().is_empty(), place, format!("\"{name}\" is empty"));
    }
    found.demand(!connector.categories.is_empty(), place, "\"categories\" is empty");
    found.demand(
        connector.docs.starts_with("https://"),
        place,
        "\"docs\" must be the https address of the vendor's documentation",
    );
    found.demand(connector.version >= 1, place, "\"version\" begins at 1");
    for id in connector.order.iter().filter(|id| connector.operation(id).is_none() && connector.trigger(id).is_none()) {
        found.add(place, format!("\"order\" names \"{id}\", which does not exist"));
    }
    for scope in &connector.scopes {
        found.demand(!scope.why.trim().is_empty(), place, format!("the scope \"{}\" has no \"why\"", scope.id));
    }
    for operation in &connector.operations {
        let place = format!("operations/{}.toml", operation.id);
        said(&operation.label, &operation.description, &place, found);
        checked(operation.checked.as_ref(), &place, found);
        match operation.native {
            None => found.demand(!operation.requests.is_empty(), &place, "has no requests"),
            Some(native) => self::native(connector, operation, native, &place, found),
        }
        repeats(operation, &place, found);
        version(connector, operation.version, &place, found);
        names(connector, &operation.scopes, &operation.auth, &place, found);
        let sample = operation.output.as_ref().is_some_and(|output| !output.sample.is_null());
        found.demand(sample, &place, "\"output\" has no \"sample\"");
    }
    for trigger in &connector.triggers {
        let place = format!("triggers/{}.toml", trigger.id);
        said(&trigger.label, &trigger.description, &place, found);
        checked(trigger.checked.as_ref(), &place, found);
        version(connector, trigger.version, &place, found);
        found.demand(trigger.poll.is_some() != trigger.webhook.is_some(), &place, "needs either \"poll\" or \"webhook\"");
        names(connector, &trigger.scopes, &trigger.auth, &place, found);
        found.demand(!trigger.sample.is_null(), &place, "has no \"sample\"");
        if let Some(webhook) = &trigger.webhook {
            let is_made = webhook.subscribe.is_some() || !webhook.steps.is_empty();
            found.demand(is_made, &place, "needs \"subscribe\", or \"steps\" for a person");
            let is_signed = webhook.signature.is_some();
            let has_secret = webhook.secret != crate::SecretFrom::None;
            found.demand(is_signed == has_secret, &place, "a signature and a secret come together");
        }
    }
    for (name, load) in &connector.loads {
        names(connector, &load.scopes, &[], &format!("connector.toml: loads.{name}"), found);
        let place = format!("connector.toml: loads.{name}");
        let is_list = load.items.is_some() || load.request.paging.is_some() || connector_pages(load);
        found.demand(is_list, &place, "needs \"items\" or \"paging\"");
    }
}

/// Code reads fields by their names, and promises nothing beyond what it keeps.
fn native(connector: &Connector, operation: &Operation, native: Native, place: &str, found: &mut Found) {
    let Native::Smtp = native;
    found.demand(operation.requests.is_empty(), place, "is carried out by code, and has requests as well");
    let is_unsafe = operation.idempotency.class == IdempotencyClass::Unsafe;
    found.demand(is_unsafe, place, "no mail server knows a mail it has taken before: \"unsafe\"");
    for key in ["to", "subject"] {
        found.demand(operation.field(key).is_some(), place, format!("the code needs a field \"{key}\""));
    }
    for method in &connector.auth {
        let place = format!("connector.toml: auth {}", method.id);
        found.demand(method.native == Some(native), &place, "is not of the same code as the operations");
        for key in ["host", "port", "security", "username", "password", "from"] {
            let is_there = method.fields.iter().any(|field| field.key == key);
            found.demand(is_there, &place, format!("the code needs a field \"{key}\""));
        }
    }
}

/// Nobody can have made a step for a version that there is not.
fn version(connector: &Connector, version: u32, place: &str, found: &mut Found) {
    let is_one = (1..=connector.version).contains(&version);
    found.demand(is_one, place, format!("\"version\" lies between 1 and the connector's, {}", connector.version));
}

fn connector_pages(load: &crate::Load) -> bool {
    load.request.paging.is_some()
}

fn said(label: &str, description: &str, place: &str, found: &mut Found) {
    found.demand(!label.trim().is_empty(), place, "has no label");
    found.demand(!description.trim().is_empty(), place, "has no description");
    found.demand(label.chars().count() <= 60, place, "the label has more than 60 characters");
}

fn checked(checked: Option<&crate::Checked>, place: &str, found: &mut Found) {
    let Some(checked) = checked else {
        found.add(place, "says not where it was \"checked\"");
        return;
    };
    let has_url = checked.url.starts_with("https://");
    found.demand(checked.by == CheckedBy::Unchecked || has_url, place, "\"checked\" needs the https address");
}

fn names(connector: &Connector, scopes: &[String], auth: &[String], place: &str, found: &mut Found) {
    for scope in scopes.iter().filter(|scope| !connector.scopes.iter().any(|known| known.id == **scope)) {
        found.add(place, format!("the scope \"{scope}\" is not in connector.toml"));
    }
    for method in auth.iter().filter(|method| connector.auth_method(method).is_none()) {
        found.add(place, format!("there is no way to sign in called \"{method}\""));
    }
}

/// `safe` is a promise: somebody must keep it.
fn repeats(operation: &Operation, place: &str, found: &mut Found) {
    let idempotency = &operation.idempotency;
    let keeps = idempotency.key.is_some() || !idempotency.natural_key.is_empty();
    // Polls and reads within an operation repeat nothing.
    let methods = || operation.requests.iter().map(|request| request.method.as_str());
    let only_repeatable = methods().all(|method| matches!(method, "GET" | "HEAD" | "PUT" | "DELETE"));
    match idempotency.class {
        IdempotencyClass::Safe => {
            let is_read = operation.effect == Effect::Read;
            found.demand(
                keeps || is_read || only_repeatable,
                place,
                "\"safe\" needs a \"key\" or a \"natural_key\" where a request is sent with POST or PATCH",
            );
        }
        IdempotencyClass::Lookup => found.demand(idempotency.lookup.is_some(), place, "\"lookup\" needs the request that asks"),
        IdempotencyClass::Unsafe => {
            found.demand(operation.effect != Effect::Read, place, "a read may always be sent again: \"safe\"");
        }
        IdempotencyClass::ByMethod => {}
    }
    let replayed = idempotency.key.as_ref().is_some_and(|key| key.kept_error == crate::KeptError::Replayed);
    found.demand(!replayed || idempotency.class == IdempotencyClass::Safe, place, "\"kept_error\" is about safe operations");
}
