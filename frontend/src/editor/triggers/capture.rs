//! Capturing a real event: the test address, a command to send one, and what came.

use leptos::prelude::*;
use model::ids::TriggerId;
use serde_json::Value;

use crate::{
    editor::{
        mapping::tree,
        samples,
        state::{Tab, use_editor},
    },
    moment::{self, Style},
    text::editor as t,
    ui::{CopyButton, Glyph, Icon},
};

/// A command that sends a test event: the body of the sample in use, else one made up.
pub fn command(url: &str, sample: Option<&Value>) -> String {
    let body = sample.and_then(|event| event.get("body")).filter(|body| !body.is_null());
    let json = match body {
        Some(body) => body.to_string(),
        None => r#"{"email":"ada@engines.example","name":"ada lovelace","company":"Engines Ltd","amount":4200}"#.to_owned(),
    };
    format!("curl -X POST '{url}' \\\n  -H 'Content-Type: application/json' \\\n  -d '{}'", json.replace('\'', r"'\''"))
}

#[component]
pub fn Capture(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let url = Memo::new(move |_| {
        editor.meta.with(|meta| meta.hooks.iter().find(|hook| hook.trigger == id.get_value()).map(|hook| hook.test_url.clone()))
    });
    let sample = Memo::new(move |_| samples::in_use(editor, &id.get_value()));
    let captured = move || sample.with(|sample| sample.as_ref().is_some());
    view! {
        <section class="capture" class:got=captured aria-label=t::CAPTURE data-testid="capture">
            {move || match sample.get() {
                None => view! {
                    <p class="capture-head" role="status"><span class="pulse" aria-hidden="true"></span><b>{t::WAITING_FOR_EVENT}</b></p>
                    <p class="ed-hint">{t::WAITING_HINT}</p>
                }.into_any(),
                Some(sample) => {
                    let fields = sample.event.get("body").and_then(Value::as_object).map(|body| {
                        body.iter().take(6).map(|(key, value)| view! { <dt>{key.clone()}</dt><dd>{tree::preview(value)}</dd> }).collect_view()
                    });
                    let when = moment::absolute(sample.at, Style::Short);
                    view! {
                        <p class="capture-head" role="status">
                            <Icon glyph=Glyph::Check/>
                            <b>{t::event_origin(&sample.origin, &when)}</b>
                            <button type="button" class="link" on:click=move |_| editor.tab.set(Tab::Test)>{t::ALL_SAMPLES}</button>
                        </p>
                        {fields.map(|fields| view! { <dl>{fields}</dl> })}
                    }.into_any()
                }
            }}
            {move || url.get().map(|url| {
                let shown = command(&url, sample.get().map(|sample| sample.event).as_ref());
                let copied = shown.clone();
                view! {
                    <details class="fold" prop:open=move || !captured()>
                        <summary>{t::SEND_ONE}</summary>
                        <p class="ed-hint">{t::TEST_URL_HINT}</p>
                        <p class="copy-line" data-testid="test-url"><code>{url.clone()}</code><CopyButton value=Signal::stored(url) label=t::COPY_TEST_URL/></p>
                        <div class="copy-block" data-testid="curl">
                            <pre>{shown}</pre>
                            <CopyButton value=Signal::stored(copied) label=t::COPY_COMMAND/>
                        </div>
                    </details>
                }
            })}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::command;

    #[test]
    fn quotes_for_the_shell() {
        let command = command("https://p.example/hooks/k/test", Some(&json!({"body": {"name": "O'Hara"}})));
        assert!(command.ends_with(r#"-d '{"name":"O'\''Hara"}'"#), "{command}");
    }
}
