//! A cURL command pasted into the HTTP step: it fills the form, and its credentials go into a connection.

mod command;
mod words;

use leptos::{ev, prelude::*, task::spawn_local};
use model::{
    Mapped,
    api::{CreateConnection, Empty, NewConnection},
};

use super::{fields::Form, mapping::pairs};
use crate::{
    api::call,
    text::editor as t,
    ui::{Button, Dialog, Glyph, Icon, IconButton, Tone},
};

use command::{Body, Request, is_curl, parse};
pub use command::{Credential, Note, Refused};

/// What a filled-in command leaves to be decided.
#[derive(Debug, Clone)]
struct Left {
    host: String,
    credential: Option<Credential>,
    notes: Vec<Note>,
}

/// Values of one name together: a list is sent as several of them.
fn grouped(named: Vec<(String, String)>) -> Vec<(String, Mapped)> {
    let mut rows: Vec<(String, Mapped)> = Vec::new();
    for (name, value) in named {
        match rows.iter_mut().find(|(one, _)| *one == name).map(|(_, value)| value) {
            Some(Mapped::List(items)) => items.push(Mapped::text(value)),
            Some(first) => *first = Mapped::List(vec![first.clone(), Mapped::text(value)]),
            None => rows.push((name, Mapped::text(value))),
        }
    }
    rows
}

/// The fields of the HTTP step that a command fills. What it does not say is emptied.
fn inputs(request: &Request) -> Vec<(&'static str, Option<Mapped>)> {
    let object = |rows: Vec<(String, Mapped)>| (!rows.is_empty()).then(|| pairs::object(rows));
    let (kind, body) = match request.body.clone() {
        Body::None => ("none", None),
        Body::Json(value) => ("json", Some(Mapped::Literal(value))),
        Body::Form(named) => ("form", Some(pairs::object(grouped(named)))),
        Body::Multipart(parts) => ("multipart", Some(pairs::object(grouped(parts)))),
        Body::Text(text) => ("text", Some(Mapped::text(text))),
    };
    vec![
        ("method", Some(Mapped::text(request.method.clone()))),
        ("url", Some(Mapped::text(request.url.clone()))),
        ("query", object(grouped(request.query.clone()))),
        ("headers", object(grouped(request.headers.clone()))),
        ("body_kind", Some(Mapped::text(kind))),
        ("body", body),
    ]
}

/// The name of the server in an address, without its port.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default().to_owned(),
        None => host.split(':').next().unwrap_or_default().to_owned(),
    }
}

/// The address of the HTTP step, where such a command can be pasted.
#[component]
pub fn PasteCurl(form: Form, children: Children) -> impl IntoView {
    let asking = RwSignal::new(false);
    let (text, wrong) = (RwSignal::new(String::new()), RwSignal::new(None::<Refused>));
    let left = RwSignal::new(None::<Left>);
    let take = move |command: &str| match parse(command) {
        Ok(request) => {
            form.put_all(inputs(&request));
            left.set(Some(Left { host: host(&request.url), credential: request.credential, notes: request.notes }));
            wrong.set(None);
            text.set(String::new());
            asking.set(false);
        }
        Err(refused) => {
            text.set(command.to_owned());
            wrong.set(Some(refused));
            asking.set(true);
        }
    };
    let pasted = move |event: ev::ClipboardEvent| {
        let data = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default();
        // Before the field takes it. In the dialog's own box it is text like any other.
        if is_curl(&data) && !asking.get_untracked() && form.editor.may_edit.get_untracked() {
            event.prevent_default();
            event.stop_propagation();
            take(&data);
        }
    };
    let fill = move |event: ev::SubmitEvent| {
        event.prevent_default();
        take(&text.get_untracked());
    };
    view! {
        <div class="action-head" on:paste:capture=pasted>
            {children()}
            <Show when=move || form.editor.may_edit.get()>
                <p class="curl-paste">
                    <button type="button" class="link" on:click=move |_| asking.set(true)><Icon glyph=Glyph::Code/>{t::PASTE_CURL}</button>
                </p>
            </Show>
        </div>
        {move || left.get().map(|found| view! { <Filled form found left/> })}
        <Dialog open=asking title=t::PASTE_CURL>
            <form class="dialog-form" on:submit=fill>
                <p class="ed-hint">{t::PASTE_CURL_ABOUT}</p>
                <textarea
                    class="input area mono"
                    rows="9"
                    spellcheck="false"
                    autofocus
                    aria-label=t::CURL_COMMAND
                    placeholder=t::CURL_EXAMPLE
                    prop:value=text
                    on:input=move |event| {
                        text.set(event_target_value(&event));
                        wrong.set(None);
                    }
                ></textarea>
                {move || wrong.get().map(|refused| view! {
                    <p class="note bad" role="alert"><Icon glyph=Glyph::Alert/><span>{t::curl_refused(&refused)}</span></p>
                })}
                <footer class="dialog-foot">
                    <Button tone=Tone::Ghost on:click=move |_| asking.set(false)>{crate::text::ui::CANCEL}</Button>
                    <Button tone=Tone::Primary submit=true disabled=Signal::derive(move || text.with(|text| text.trim().is_empty()))>
                        {t::FILL_IN}
                    </Button>
                </footer>
            </form>
        </Dialog>
    }
}

/// What was taken over, what was not, and where the credentials go.
#[component]
fn Filled(form: Form, found: Left, left: RwSignal<Option<Left>>) -> impl IntoView {
    let (busy, wrong, kept) = (RwSignal::new(false), RwSignal::new(None::<String>), RwSignal::new(None::<String>));
    let Left { host, credential, notes } = found;
    let named = host.clone();
    let credential = StoredValue::new(credential);
    let keep = move |_| {
        let Some(credential) = credential.get_value() else { return };
        busy.set(true);
        let values = credential.values().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let new = NewConnection {
            connector: "http".into(),
            method: credential.method().into(),
            label: host.clone(),
            hosts: vec![host.clone()],
            sandbox: false,
            only: None,
            values,
        };
        spawn_local(async move {
            let made = call::<CreateConnection>((), &Empty {}, &new).await;
            busy.try_set(false);
            match made {
                Ok(connection) => {
                    let id = connection.id;
                    kept.try_set(Some(connection.label.clone()));
                    form.editor.connections.try_update(|all| all.push(connection));
                    form.connect(Some(id));
                }
                Err(problem) => _ = wrong.try_set(Some(problem.message)),
            }
        });
    };
    let key = move || match (credential.get_value(), kept.get()) {
        (None, _) => ().into_any(),
        (Some(_), Some(label)) => {
            view! { <p class="curl-key"><Icon glyph=Glyph::Check/><span>{t::kept_as_connection(&label)}</span></p> }.into_any()
        }
        (Some(credential), None) if credential.is_placeholder() => {
            view! { <p class="curl-key"><Icon glyph=Glyph::Key/><span>{t::CURL_KEY_OPEN}</span></p> }.into_any()
        }
        (Some(credential), None) => {
            let words = t::curl_key(&credential, &named);
            view! {
                <p class="curl-key"><Icon glyph=Glyph::Key/><span>{words}</span></p>
                <p><Button small=true tone=Tone::Primary icon=Glyph::Lock busy on:click=keep.clone()>{t::KEEP_AS_CONNECTION}</Button></p>
                {move || wrong.get().map(|message| view! { <p class="prev bad" role="alert"><Icon glyph=Glyph::Alert/><span>{message}</span></p> })}
            }
                .into_any()
        }
    };
    view! {
        <section class="curl-done" aria-label=t::CURL_DONE data-testid="curl-done">
            <div class="curl-head">
                <b role="status">{t::CURL_DONE}</b>
                <IconButton glyph=Glyph::Close label=t::CLOSE.to_owned() small=true on:click=move |_| left.set(None)/>
            </div>
            {key}
            {(!notes.is_empty()).then(|| view! {
                <ul>{notes.iter().map(|note| view! { <li>{t::curl_note(note)}</li> }).collect_view()}</ul>
            })}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_form_gets_everything_but_the_key() {
        let request = parse(
            "curl 'https://api.example.com:8443/contacts?tag=a&tag=b' -H 'Accept: text/csv' -H 'Authorization: Bearer s3cret' --json '{\"n\":1}'",
        )
        .unwrap();
        let filled = inputs(&request);
        let of = |key: &str| filled.iter().find(|(one, _)| *one == key).and_then(|(_, value)| value.clone());
        assert_eq!(of("method"), Some(Mapped::text("POST")));
        assert_eq!(of("url"), Some(Mapped::text("https://api.example.com:8443/contacts")));
        let tags = Mapped::List(vec![Mapped::text("a"), Mapped::text("b")]);
        assert_eq!(of("query"), Some(pairs::object(vec![("tag".into(), tags)])));
        assert_eq!(of("headers"), Some(pairs::object(vec![("Accept".into(), Mapped::text("text/csv"))])));
        assert_eq!((of("body_kind"), of("body")), (Some(Mapped::text("json")), Some(Mapped::Literal(json!({"n": 1})))));
        assert!(!serde_json::to_string(&filled.iter().map(|(_, value)| value).collect::<Vec<_>>()).unwrap().contains("s3cret"));
        let field = |key: &str| crate::connectors::find("http").unwrap().operations[0].field(key).is_some();
        assert!(filled.iter().all(|(key, _)| field(key)));
    }

    #[test]
    fn hosts_are_names_alone() {
        for (url, name) in [
            ("https://api.example.com:8443/x?y", "api.example.com"),
            ("http://localhost", "localhost"),
            ("http://[::1]:80/x", "::1"),
        ] {
            assert_eq!(host(url), name);
        }
    }
}
