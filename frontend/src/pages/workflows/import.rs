//! A workflow from a file or from text that somebody copied: it is shown before it is made.

use std::collections::BTreeMap;

use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use manifest::NeedsConnection;
use model::{
    WorkflowDefinition,
    api::{Connection, Empty, FileError, ImportWorkflow, ImportedWorkflow, ListConnections, MOST_FILE_BYTES},
    ids::ConnectionId,
};
use wasm_bindgen_futures::JsFuture;

use super::sketch::Sketch;
use crate::{
    api::call,
    connectors::{self, WithConnectors},
    load::load,
    pages::connections::accounts::{self, AccountRow},
    text::{
        ui,
        workflows::{self as tw, import as t},
    },
    ui::{Button, Dialog, Field, Glyph, Icon, TextInput, Tone},
};

#[component]
pub fn ImportDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title=t::IMPORT wide=true>
            <WithConnectors><Importing open/></WithConnectors>
        </Dialog>
    }
}

#[component]
fn Importing(open: RwSignal<bool>) -> impl IntoView {
    let read = RwSignal::new(None::<ImportedWorkflow>);
    let wrong = RwSignal::new(None::<String>);
    let look = Callback::new(move |text: String| {
        let found = (!text.trim().is_empty()).then(|| ImportedWorkflow::parse(&text));
        wrong.set(found.as_ref().and_then(|found| found.as_ref().err()).map(t::refused));
        read.set(found.and_then(Result::ok));
    });
    move || match read.get() {
        None => view! { <Source open wrong look/> }.into_any(),
        Some(workflow) => view! { <Preview open workflow on_other=move |()| read.set(None)/> }.into_any(),
    }
}

/// Where the text comes from.
#[component]
fn Source(open: RwSignal<bool>, wrong: RwSignal<Option<String>>, look: Callback<String>) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let chosen = move |_: ev::Event| {
        let Some(input) = input.get_untracked() else { return };
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        if file.size() > MOST_FILE_BYTES as f64 {
            wrong.set(Some(t::refused(&FileError::TooLarge)));
            input.set_value("");
            return;
        }
        spawn_local(async move {
            match JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string()) {
                // A file that is empty is no workflow either, unlike a field that is.
                Some(text) => look.try_run(if text.trim().is_empty() { "-".to_owned() } else { text }),
                None => wrong.try_set(Some(t::UNREADABLE_FILE.into())).map(|_| ()),
            };
            // The same file may be chosen again, after it was changed.
            input.set_value("");
        });
    };
    view! {
        <div class="dialog-form">
            <p class="dialog-text">{t::LEAD}</p>
            <textarea
                class="input area mono"
                rows="9"
                aria-label=t::TEXT
                placeholder=t::TEXT_EXAMPLE
                spellcheck="false"
                autofocus
                on:input=move |event| look.run(event_target_value(&event))
            ></textarea>
            <input class="sr-only" type="file" tabindex="-1" accept=".json,application/json" aria-label=t::FILE node_ref=input on:change=chosen/>
            {move || wrong.get().map(|words| view! { <p class="note bad" role="alert"><Icon glyph=Glyph::Alert/><span>{words}</span></p> })}
        </div>
        <footer class="dialog-foot">
            <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{ui::CANCEL}</Button>
            <Button icon=Glyph::Upload on:click=move |_| {
                if let Some(input) = input.get_untracked() {
                    input.click();
                }
            }>{t::FILE}</Button>
        </footer>
    }
}

/// A connection of the text, as its service and the id it has there.
type Old = (String, Option<ConnectionId>);

/// What has to be chosen for a definition: the connections it names, and one for each service whose steps need one and have none.
fn wanted(definition: &WorkflowDefinition) -> Vec<(Old, Vec<String>)> {
    let needs_one = |id: &str| {
        connectors::find(id).is_some_and(|connector| {
            let of_operations = connector.operations.iter().any(|one| one.connection == NeedsConnection::Required);
            !connector.auth.is_empty() && (of_operations || connector.operations.is_empty())
        })
    };
    let accounts = definition.accounts().into_iter();
    let accounts = accounts.filter(|one| connectors::find(one.connector).is_some());
    accounts
        .filter(|one| one.connection.is_some() || needs_one(one.connector))
        .map(|one| ((one.connector.to_owned(), one.connection), one.used_by.into_iter().map(str::to_owned).collect()))
        .collect()
}

/// Services of a definition that this server does not have.
fn unknown(definition: &WorkflowDefinition) -> Vec<String> {
    let mut ids: Vec<String> = definition.accounts().iter().map(|one| one.connector.to_owned()).collect();
    ids.sort();
    ids.dedup();
    ids.retain(|id| connectors::find(id).is_none());
    ids
}

#[component]
fn Preview(
    open: RwSignal<bool>,
    workflow: ImportedWorkflow,
    on_other: impl Fn(()) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let ImportedWorkflow { name, definition, .. } = workflow;
    let name = RwSignal::new(name.trim().to_owned());
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let wanted = wanted(&definition);
    let picked = RwSignal::new(BTreeMap::<Old, Option<ConnectionId>>::new());
    let known = load(|| async { call::<ListConnections>((), &Empty {}, &Empty {}).await });
    let all = Memo::new(move |_| known.value.get().map(|known| known.items).unwrap_or_default());
    let chosen = move |all: &[Connection], old: &Old| {
        picked.with(|picked| picked.get(old).copied()).unwrap_or_else(|| accounts::meant(all, &old.0, old.1))
    };
    let navigate = StoredValue::new_local(use_navigate());
    let draft = StoredValue::new(definition.clone());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let name = name.get_untracked().trim().to_owned();
        if name.is_empty() {
            refused.set(Some(tw::NEED_NAME.into()));
            return;
        }
        let mut definition = draft.get_value();
        untrack(|| all.with(|all| definition.reconnect(|connector, old| chosen(all, &(connector.to_owned(), old)))));
        busy.set(true);
        spawn_local(async move {
            // A file may ask to go live at once; here a person looks first.
            match call::<ImportWorkflow>((), &Empty {}, &ImportedWorkflow { name, definition, publish: false }).await {
                Ok(made) => {
                    open.try_set(false);
                    navigate.try_with_value(|navigate| navigate(&format!("/workflows/{}", made.workflow_id), Default::default()));
                }
                Err(problem) => _ = refused.try_set(Some(problem.message)),
            }
            busy.try_set(false);
        });
    };
    let rows = wanted.into_iter().map(|(old, used_by)| {
        let label = t::account(&connectors::name_of(&old.0), &used_by);
        let (connector, of, to) = (old.0.clone(), old.clone(), old);
        let choices = Signal::derive({
            let connector = connector.clone();
            move || all.with(|all| accounts::choices(all, &connector))
        });
        let chosen = Signal::derive(move || all.with(|all| chosen(all, &of)));
        view! { <AccountRow connector label choices chosen on_choose=move |new| picked.update(|picked| _ = picked.insert(to.clone(), new))/> }
    });
    let rows: Vec<_> = rows.collect();
    let services = unknown(&definition)
        .into_iter()
        .map(|id| view! { <p class="note warn"><Icon glyph=Glyph::Alert/><span>{t::unknown_service(&id)}</span></p> });
    let holds = t::holds(definition.triggers.len(), definition.steps.len());
    view! {
        <form class="dialog-form" novalidate=true on:submit=submit>
            <Field label=tw::NAME error=refused>
                <TextInput value=name on_input=move |new| name.set(new)/>
            </Field>
            <div class="sketch-box" role="group" tabindex="0" aria-label=t::STEPS><Sketch definition/></div>
            <p class="small muted">{holds}</p>
            {services.collect_view()}
            {(!rows.is_empty()).then(|| view! { <fieldset class="bare dialog-form"><legend>{t::ACCOUNTS}</legend>{rows}</fieldset> })}
            <p class="small muted">{t::IS_OFF}</p>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| on_other(())>{t::OTHER}</Button>
                <Button tone=Tone::Primary submit=true busy>{t::DO_IMPORT}</Button>
            </footer>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_service_is_asked_for_where_its_steps_need_it() {
        let action = |connector: &str, connection: Option<i64>| json!({ "type": "action", "connector": connector, "version": 1, "operation": "request", "connection": connection.map(ConnectionId) });
        let step = |label: &str, kind| json!({ "slug": label.to_lowercase(), "label": label, "kind": kind });
        let definition: WorkflowDefinition = serde_json::from_value(json!({
            "schema": 1,
            "steps": {
                "a": step("Plain", action("http", None)),
                "b": step("Signed", action("http", Some(4))),
                "c": step("Tell", action("slack", None)),
                "d": step("Nobody", action("\"><img onerror=x>", Some(9))),
            },
            "body": ["a", "b", "c", "d"],
        }))
        .unwrap();
        let asked: Vec<_> =
            wanted(&definition).into_iter().map(|((connector, old), _)| (connector, old.map(|id| id.0))).collect();
        assert_eq!(asked, [("http".to_owned(), Some(4)), ("slack".to_owned(), None)]);
        assert_eq!(unknown(&definition), ["\"><img onerror=x>"]);
    }
}
