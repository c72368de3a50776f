//! Templates name what exists, and requests stay with the connector's hosts.

use std::collections::BTreeSet;

use expr::{Mapped, Names, Seg, Source};

use super::Found;
use crate::template::{Template, parse_text};
use crate::{Body, Connector, Field, MessageSpec, Operation, OutcomeRule, Paging, Placement, RequestSpec};

/// What a template may name.
pub(super) struct Scope<'a> {
    pub place: String,
    /// Root names that are there.
    pub roots: &'a [&'a str],
    /// What `input` has; nothing where it cannot be told.
    pub input: Option<BTreeSet<&'a str>>,
    /// What `connection` has.
    pub connection: &'a BTreeSet<&'a str>,
}

pub(super) const IN_REQUEST: [&str; 8] = ["input", "connection", "answers", "chunk", "item", "search", "cursor", "key"];
pub(super) const IN_ANSWER: [&str; 11] =
    ["status", "headers", "body", "items", "answers", "input", "item", "more", "value", "connection", "chunk"];

pub(super) fn check(connector: &Connector, found: &mut Found) {
    let connection = connection_values(connector);
    let shared = |place: &str| Scope { place: place.to_owned(), roots: &IN_REQUEST, input: None, connection: &connection };
    hosts(connector, &connection, found);
    for (name, value) in &connector.headers {
        text(value, &Scope { roots: &["connection"], ..shared(&format!("connector.toml: headers.{name}")) }, found);
    }
    outcomes(&connector.outcome, &shared("connector.toml"), found);
    for message in &connector.message {
        expression(message, &Scope { roots: &IN_ANSWER, ..shared("connector.toml: message") }, found);
    }
    for (name, load) in &connector.loads {
        let place = format!("connector.toml: loads.{name}");
        request(&load.request, &shared(&place), found);
        if let Some(items) = &load.items {
            expression(items, &Scope { roots: &IN_ANSWER, ..shared(&place) }, found);
        }
    }
    methods(connector, &shared, found);
    for operation in &connector.operations {
        let place = format!("operations/{}.toml", operation.id);
        let input: BTreeSet<&str> = operation.fields.iter().map(|field| field.key.as_str()).collect();
        let scope = |at: &str, roots: &'static [&'static str]| Scope {
            place: format!("{place}{at}"),
            roots,
            input: Some(input.clone()),
            connection: &connection,
        };
        for (index, one) in operation.requests.iter().enumerate() {
            request(one, &scope(&format!(": requests[{index}]"), &IN_REQUEST), found);
        }
        if let Some(value) = operation.output.as_ref().and_then(|output| output.value.as_ref()) {
            template(value, &scope(": output", &IN_ANSWER), found);
        }
        if let Some(lookup) = &operation.idempotency.lookup {
            request(&lookup.request, &scope(": lookup", &IN_REQUEST), found);
            expression(&lookup.found, &scope(": lookup", &IN_ANSWER), found);
            template(&lookup.value, &scope(": lookup", &IN_ANSWER), found);
        }
        // Code uses what it knows; `promises` looks at that.
        if operation.native.is_none() {
            used(operation, &place, found);
        }
        options(&operation.fields, &shared(&place), found);
    }
    for trigger in &connector.triggers {
        let place = format!("triggers/{}.toml", trigger.id);
        let input: BTreeSet<&str> = trigger.fields.iter().map(|field| field.key.as_str()).collect();
        super::reading::trigger(trigger, &place, &input, &connection, found);
        options(&trigger.fields, &shared(&place), found);
    }
}

/// Keys of a connection's values, from whatever gives them.
fn connection_values(connector: &Connector) -> BTreeSet<&str> {
    let mut keys = BTreeSet::new();
    for method in &connector.auth {
        keys.extend(method.fields.iter().map(|field| field.key.as_str()));
        if let Some(oauth) = &method.oauth2 {
            keys.extend(oauth.tokens.keys().map(String::as_str));
        }
        if let Some(exchange) = &method.exchange {
            keys.extend(exchange.tokens.keys().map(String::as_str));
        }
        if method.service_account.is_some() {
            keys.insert("access_token");
        }
    }
    for after in &connector.after_connect {
        keys.extend(after.values.keys().map(String::as_str));
    }
    keys
}

fn hosts(connector: &Connector, connection: &BTreeSet<&str>, found: &mut Found) {
    let place = "connector.toml";
    found.demand(!connector.hosts.is_empty(), place, "\"hosts\" is empty");
    let requests = connector.operations.iter().flat_map(|operation| &operation.requests);
    let others =
        requests.chain(connector.loads.values().map(|load| &load.request)).filter_map(|request| request.base_url.as_ref());
    for url in std::iter::once(&connector.base_url).chain(others) {
        text(url, &Scope { place: "base_url".into(), roots: &["connection", "answers"], input: None, connection }, found);
        let Some(rest) = url.strip_prefix("https://") else {
            // A whole address of the connection or of an earlier answer is checked when it is known.
            found.demand(url.starts_with('{'), place, format!("\"{url}\" must begin with https://"));
            continue;
        };
        let host = rest.split('/').next().unwrap_or_default();
        let fits = |pattern: &String| match pattern.strip_prefix("*.") {
            Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')),
            None => pattern == host,
        };
        found.demand(connector.hosts.iter().any(fits), place, format!("no entry of \"hosts\" covers \"{host}\""));
    }
}

fn methods<'a>(connector: &'a Connector, shared: &dyn Fn(&str) -> Scope<'a>, found: &mut Found) {
    for method in &connector.auth {
        let place = format!("connector.toml: auth {}", method.id);
        let placements = method.send.iter().chain(method.send_as.values().flatten());
        for placement in placements {
            let texts = match placement {
                Placement::Header { value, .. } | Placement::Query { value, .. } | Placement::Body { value, .. } => vec![value],
                Placement::Basic { username, password } => vec![username, password],
            };
            for one in texts {
                text(one, &Scope { roots: &["connection"], ..shared(&place) }, found);
            }
        }
        found.demand(method.identity.is_some() || method.native.is_some(), &place, "has no \"identity\" call");
        if let Some(identity) = &method.identity {
            request(&identity.request, &shared(&place), found);
            expression(&identity.id, &Scope { roots: &IN_ANSWER, ..shared(&place) }, found);
            text(&identity.label, &Scope { roots: &IN_ANSWER, ..shared(&place) }, found);
        }
        for one in method.test.iter().chain(method.exchange.as_ref().map(|exchange| &exchange.request)) {
            request(one, &shared(&place), found);
        }
        if let Some(is_sandbox) = &method.is_sandbox {
            expression(is_sandbox, &Scope { roots: &["connection"], ..shared(&place) }, found);
        }
        found.demand(
            (method.kind == crate::AuthKind::Oauth2) == method.oauth2.is_some(),
            &place,
            "the kind oauth2 and [auth.oauth2] come together",
        );
        if let Some(oauth) = &method.oauth2 {
            for one in oauth.tokens.values().chain(&oauth.granted).chain(&oauth.fails_when) {
                expression(one, &Scope { roots: &IN_ANSWER, ..shared(&place) }, found);
            }
        }
    }
    for after in &connector.after_connect {
        request(&after.request, &shared("connector.toml: after_connect"), found);
        for value in after.values.values() {
            template(value, &Scope { roots: &IN_ANSWER, ..shared("connector.toml: after_connect") }, found);
        }
    }
}

fn options<'a>(fields: &'a [Field], shared: &Scope<'a>, found: &mut Found) {
    let item = Scope { place: shared.place.clone(), roots: &["item"], input: None, connection: shared.connection };
    for from in fields.iter().filter_map(|field| field.options_from.as_ref()) {
        expression(&from.value, &item, found);
        text(&from.label, &item, found);
        from.keep_if.iter().for_each(|one| expression(one, &item, found));
    }
    for from in fields.iter().filter_map(|field| field.fields_from.as_ref()) {
        let expressions =
            [Some(&from.key), from.type_.as_ref(), from.choices.as_ref(), from.choice_value.as_ref(), from.required.as_ref()];
        expressions.into_iter().flatten().chain(&from.keep_if).for_each(|one| expression(one, &item, found));
        [Some(&from.label), from.help.as_ref(), from.choice_label.as_ref()]
            .into_iter()
            .flatten()
            .for_each(|one| text(one, &item, found));
    }
}

/// Every field of a form does something.
fn used(operation: &Operation, place: &str, found: &mut Found) {
    let output = operation.output.as_ref().and_then(|output| output.value.as_ref());
    let all = serde_json::to_string(&(&operation.requests, output)).unwrap_or_default();
    for field in &operation.fields {
        let dotted = format!("input.{}", field.key);
        let mut rest = all.as_str();
        let mut is_used = operation.idempotency.override_field.as_ref() == Some(&field.key);
        while let Some(at) = rest.find(&dotted) {
            rest = &rest[at + dotted.len()..];
            is_used |= !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        }
        found.demand(is_used, place, format!("nothing uses the field \"{}\"", field.key));
    }
}

pub(super) fn request(spec: &RequestSpec, scope: &Scope<'_>, found: &mut Found) {
    const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
    found.demand(METHODS.contains(&spec.method.as_str()), &scope.place, format!("\"{}\" is no method", spec.method));
    let is_plain = spec.path.is_empty() || spec.path.starts_with('/');
    found.demand(is_plain, &scope.place, "\"path\" begins with a slash; another host goes into \"base_url\"");
    found.demand(!spec.path.contains(['?', '#']), &scope.place, "\"path\" has no query; use \"query\"");
    text(&spec.path.replace("{+", "{"), scope, found);
    template(&spec.query, scope, found);
    spec.headers.values().for_each(|value| text(value, scope, found));
    spec.when.iter().for_each(|one| expression(one, scope, found));
    spec.for_each_chunk.iter().for_each(|chunk| expression(&chunk.of, scope, found));
    spec.body.iter().for_each(|one| body(one, scope, found));
    let answer =
        Scope { place: scope.place.clone(), roots: &IN_ANSWER, input: scope.input.clone(), connection: scope.connection };
    if let Some(poll) = &spec.poll_until {
        expression(&poll.done, &answer, found);
        poll.failed.iter().for_each(|one| expression(one, &answer, found));
        found.demand((200..=60_000).contains(&poll.every_ms), &scope.place, "\"every_ms\" lies between 200 and 60000");
    }
    spec.paging.iter().for_each(|one| paging(one, &answer, found));
    outcomes(&spec.outcome, scope, found);
}

fn paging(paging: &Paging, answer: &Scope<'_>, found: &mut Found) {
    use crate::PagingKind::{Cursor, LastId, Link, NextUrl, Offset, Page};
    let expressions = [Some(&paging.items), paging.next.as_ref(), paging.id.as_ref(), paging.more.as_ref()];
    expressions.into_iter().flatten().chain(&paging.limit).for_each(|one| expression(one, answer, found));
    let (needs_next, needs_name) = match paging.kind {
        Cursor => (true, true),
        NextUrl => (true, false),
        Link => (false, false),
        Page | Offset | LastId => (false, true),
    };
    found.demand(!needs_next || paging.next.is_some(), &answer.place, "this kind of paging needs \"next\"");
    found.demand(!needs_name || !paging.name.is_empty(), &answer.place, "this kind of paging needs \"name\"");
    found.demand(paging.kind != LastId || paging.id.is_some(), &answer.place, "this kind of paging needs \"id\"");
}

fn body(body: &Body, scope: &Scope<'_>, found: &mut Found) {
    // A connection's values are put into bodies by `send` alone, when the call is made.
    let roots: Vec<&str> = scope.roots.iter().copied().filter(|root| *root != "connection").collect();
    let scope = &Scope { place: scope.place.clone(), roots: &roots, input: scope.input.clone(), connection: scope.connection };
    match body {
        Body::Json { value } | Body::Form { value, .. } | Body::Multipart { value } => template(value, scope, found),
        Body::Related { metadata, file } => {
            template(metadata, scope, found);
            text(file, scope, found);
        }
        Body::Raw { value, media_type } => {
            text(value, scope, found);
            media_type.iter().for_each(|one| text(one, scope, found));
        }
        Body::Message { message, value, .. } => {
            template(value, scope, found);
            texts(message).into_iter().for_each(|one| text(one, scope, found));
        }
        Body::Graphql { variables, .. } => template(variables, scope, found),
    }
}

fn texts(message: &MessageSpec) -> Vec<&String> {
    let optional =
        [&message.from, &message.cc, &message.bcc, &message.reply_to, &message.text, &message.html, &message.attachments];
    let optional = optional.into_iter().flatten();
    [&message.to, &message.subject].into_iter().chain(optional).chain(message.headers.values()).collect()
}

pub(super) fn outcomes(rules: &[OutcomeRule], scope: &Scope<'_>, found: &mut Found) {
    let answer =
        Scope { place: format!("{}: outcome", scope.place), roots: &IN_ANSWER, input: None, connection: scope.connection };
    for rule in rules {
        let says = !rule.status.is_empty() || rule.when.is_some();
        found.demand(says, &answer.place, "a rule needs \"status\" or \"when\"");
        for status in &rule.status {
            let is_status = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit() || byte == b'x');
            found.demand(is_status, &answer.place, format!("\"{status}\" is no status; write 404 or 5xx"));
        }
        let expressions = [rule.when.as_ref(), rule.path.as_ref(), rule.until.as_ref().map(|until| &until.path)];
        expressions.into_iter().flatten().for_each(|one| expression(one, &answer, found));
        [rule.say.as_ref(), rule.scope.as_ref()].into_iter().flatten().for_each(|one| text(one, &answer, found));
    }
}

pub(super) fn template(template: &Template, scope: &Scope<'_>, found: &mut Found) {
    match template.trees() {
        Ok(trees) => trees.iter().for_each(|tree| mapped(tree, scope, found)),
        Err(message) => found.add(&scope.place, message),
    }
}

pub(super) fn text(source: &str, scope: &Scope<'_>, found: &mut Found) {
    match parse_text(source) {
        Ok(tree) => mapped(&tree, scope, found),
        Err(message) => found.add(&scope.place, message),
    }
}

pub(super) fn expression(source: &str, scope: &Scope<'_>, found: &mut Found) {
    mapped(&Mapped::Expr(source.to_owned()), scope, found);
}

fn mapped(tree: &Mapped, scope: &Scope<'_>, found: &mut Found) {
    for error in expr::check_syntax(tree) {
        found.add(&scope.place, error.message);
    }
    let mut bound = Vec::new();
    names_of_elements(tree, &mut bound);
    for reference in expr::references(tree, &Names::default()) {
        let root = match &reference.source {
            Source::Local(root) => root.as_str(),
            Source::Event => "event",
            Source::Step(_) | Source::Var | Source::Run => "",
        };
        if !scope.roots.contains(&root) && !bound.contains(&root) {
            found.add(&scope.place, format!("`{}`: there is no \"{root}\" here", reference.raw));
            continue;
        }
        let Some(Seg::Key(key)) = reference.path.first() else { continue };
        let known = match root {
            "input" => scope.input.as_ref().is_none_or(|input| input.contains(key.as_str())),
            "connection" => scope.connection.contains(key.as_str()),
            _ => true,
        };
        found.demand(known, &scope.place, format!("`{}`: {root} has no \"{key}\"", reference.raw));
    }
}

/// The names under which `$each` gives its elements.
fn names_of_elements<'a>(tree: &'a Mapped, bound: &mut Vec<&'a str>) {
    match tree {
        Mapped::Each(each) => {
            bound.push(&each.name);
            names_of_elements(&each.item, bound);
        }
        Mapped::Object(entries) => entries.iter().for_each(|entry| names_of_elements(&entry.value, bound)),
        Mapped::List(items) => items.iter().for_each(|item| names_of_elements(item, bound)),
        Mapped::Literal(_) | Mapped::Template(_) | Mapped::Expr(_) | Mapped::Omit | Mapped::Null => {}
    }
}
