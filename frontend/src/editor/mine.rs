//! From a template to a workflow of one's own: which account each service gets, and what is chosen in them, on one page before the
//! editor is used. Everything goes into the draft at once, so that what is skipped, or broken off by a vendor's page, loses nothing.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::{use_navigate, use_query_map};
use manifest::Field;
use model::{
    Place, WorkflowDefinition,
    api::{Empty, ListTemplates},
    definition::{EditOp, StepPatch, TriggerKind, TriggerPatch},
    ids::{ConnectionId, WorkflowId},
    step::StepKind,
};

use super::{
    fields::{Filled, Form, FormField, filled},
    inspector::Subject,
    sight::Sight,
    state::{Editor, Selected, use_editor},
    steps::connection::reload,
};
use crate::{
    api::{call, encode},
    connectors,
    consent::{self, Returned},
    load::{Loaded, load},
    pages::connections::{
        accounts::{self, AccountRow},
        connect::{Asked, ConnectDialog},
    },
    text::{
        editor::{self as t, mine as m},
        workflows::import,
    },
    ui::{Button, Dialog, Glyph, Tone, use_toasts},
};

/// Where a workflow of a template is made one's own.
pub fn href(workflow: WorkflowId, template: &str) -> String {
    format!("/workflows/{workflow}?mine={}", encode(template))
}

#[component]
pub fn MineDialog() -> impl IntoView {
    let editor = use_editor();
    let template = use_query_map().with_untracked(|query| query.get_str("mine").map(str::to_owned));
    let open = RwSignal::new(template.is_some() && editor.may_edit.get_untracked());
    let asked = RwSignal::new(Asked::default());
    let connecting = RwSignal::new(false);
    let returned = StoredValue::new(None::<Returned>);
    let navigate = use_navigate();
    // Loading the page again does not ask again.
    Effect::new(move |before: Option<bool>| {
        let now = open.get();
        if before == Some(true) && !now {
            let options = leptos_router::NavigateOptions { replace: true, scroll: false, ..Default::default() };
            navigate(&format!("/workflows/{}", editor.id), options);
        }
        now
    });
    let open_fields = RwSignal::new(Vec::<Place>::new());
    let toasts = use_toasts();
    let use_it = Callback::new(move |(connector, id, message): (String, ConnectionId, String)| {
        toasts.done(message);
        spawn_local(async move {
            reload(editor).await;
            let Some(places) = open_fields.try_get_untracked() else { return };
            give(editor, &connector, Some(id), &places);
        });
    });
    // This tab was at the vendor for one of these accounts.
    if open.get_untracked()
        && let Some(came) = consent::returned(|draft| draft.place == place(editor))
    {
        let service = came.draft.service.clone();
        match came.end.connection {
            Some(id) => use_it.run((service, id, came.end.message)),
            None => {
                asked.set(asked_for(editor, &service));
                returned.set_value(Some(came));
                connecting.set(true);
            }
        }
    }
    let on_done = Callback::new(move |(id, message)| {
        if let Some(service) = asked.with_untracked(|asked| asked.service.clone()) {
            use_it.run((service, id, message));
        }
    });
    let on_connect = Callback::new(move |service: String| {
        asked.set(asked_for(editor, &service));
        connecting.set(true);
    });
    let template = StoredValue::new(template.unwrap_or_default());
    view! {
        <Dialog open title=m::TITLE.to_owned() wide=true>
            <Mine open template=template.get_value() open_fields on_connect/>
        </Dialog>
        <ConnectDialog open=connecting asked returned on_done/>
    }
}

/// What on the page asks for a connection, as a tab remembers it that leaves for a vendor.
fn place(editor: Editor) -> String {
    format!("{} mine", editor.id)
}

/// A connection for everything the workflow does with a service.
fn asked_for(editor: Editor, service: &str) -> Asked {
    let mut needs: Vec<String> = Vec::new();
    editor.def.with_untracked(|def| {
        let Some(connector) = connectors::find(service) else { return };
        let of_steps = def.steps.values().filter_map(|step| match &step.kind {
            StepKind::Action(action) if action.connector == service => {
                connector.operation(&action.operation).map(|one| &one.scopes)
            }
            _ => None,
        });
        let of_triggers = def.triggers.iter().filter_map(|trigger| match &trigger.kind {
            TriggerKind::App(app) if app.connector == service => connector.trigger(&app.trigger).map(|one| &one.scopes),
            _ => None,
        });
        needs.extend(of_steps.chain(of_triggers).flatten().cloned());
    });
    needs.sort();
    needs.dedup();
    Asked { service: Some(service.to_owned()), needs, place: place(editor), ..Asked::default() }
}

/// The connection that everything of a service has; none where they differ or have none.
fn given(def: &WorkflowDefinition, service: &str) -> Option<ConnectionId> {
    let mut found = def.accounts().into_iter().filter(|one| one.connector == service);
    found.next().filter(|_| found.next().is_none()).and_then(|one| one.connection)
}

/// A definition in which a service has another account. What was chosen in the account before is no choice in this one.
fn with_account(def: &WorkflowDefinition, service: &str, new: Option<ConnectionId>, open_fields: &[Place]) -> WorkflowDefinition {
    let mut next = def.clone();
    next.reconnect(|connector, old| if connector == service { new } else { old });
    let moved = |place: &&Place| match (&place.step, &place.trigger) {
        (Some(id), _) => match (def.step(id).map(|step| &step.kind), next.step(id).map(|step| &step.kind)) {
            (Some(StepKind::Action(before)), Some(StepKind::Action(now))) => {
                before.connection.is_some() && before.connection != now.connection
            }
            _ => false,
        },
        (None, Some(id)) => match (def.trigger(id).map(|one| &one.kind), next.trigger(id).map(|one| &one.kind)) {
            (Some(TriggerKind::App(before)), Some(TriggerKind::App(now))) => {
                before.connection.is_some() && before.connection != now.connection
            }
            _ => false,
        },
        (None, None) => false,
    };
    let lost: Vec<Place> = open_fields.iter().filter(moved).cloned().collect();
    next.empty_fields(&lost);
    next
}

/// Gives a service an account, as one change that undo takes back.
fn give(editor: Editor, service: &str, new: Option<ConnectionId>, open_fields: &[Place]) {
    let ops = editor.def.with_untracked(|def| {
        let next = with_account(def, service, new, open_fields);
        let triggers = next.triggers.iter().filter(|one| def.trigger(&one.id).is_some_and(|before| before != *one));
        let triggers =
            triggers.map(|one| EditOp::UpdateTrigger { id: one.id.clone(), patch: TriggerPatch { trigger: one.clone() } });
        let steps = next.steps.iter().filter(|(id, step)| def.step(id).is_some_and(|before| before != *step));
        let steps = steps.map(|(id, step)| {
            let patch = StepPatch { kind: Some(step.kind.clone()), ..StepPatch::default() };
            EditOp::Update { id: id.clone(), patch }
        });
        triggers.chain(steps).collect::<Vec<_>>()
    });
    if !ops.is_empty() {
        editor.edit(EditOp::Batch { ops });
    }
}

/// A field of the form of a step or trigger.
fn field_of(filled: &Filled, key: &str) -> Option<(&'static [Field], &'static Field)> {
    let connector = connectors::find(&filled.connector)?;
    let operation = connector.operation(&filled.form).map(|one| one.fields.as_slice());
    let fields = operation.or_else(|| connector.trigger(&filled.form).map(|one| one.fields.as_slice()))?;
    Some((fields, fields.iter().find(|field| field.key == key)?))
}

fn selected(place: &Place) -> Option<Selected> {
    let step = place.step.clone().map(Selected::Step);
    step.or_else(|| place.trigger.clone().map(Selected::Trigger))
}

#[component]
fn Mine(
    open: RwSignal<bool>,
    template: String,
    open_fields: RwSignal<Vec<Place>>,
    on_connect: Callback<String>,
) -> impl IntoView {
    let editor = use_editor();
    // A template that is not known any more leaves the accounts to choose.
    let loader = load(move || {
        let wanted = template.clone();
        async move {
            let all = call::<ListTemplates>((), &Empty {}, &Empty {}).await?;
            Ok(all.items.into_iter().find(|one| one.id == wanted).map(|one| one.open_fields()).unwrap_or_default())
        }
    });
    view! {
        <p class="dialog-text">{m::ABOUT}</p>
        <Loaded loader let:places>
            {
                open_fields.set(places.get_untracked());
                let services = editor.def.with_untracked(services);
                view! { <Choices open services open_fields on_connect/> }
            }
        </Loaded>
    }
}

/// The services that need an account, with what uses each.
fn services(def: &WorkflowDefinition) -> Vec<(String, Vec<String>)> {
    let mut services: Vec<(String, Vec<String>)> = Vec::new();
    for one in def.accounts() {
        if connectors::find(one.connector).is_none_or(|connector| connector.auth.is_empty()) {
            continue;
        }
        let labels = one.used_by.iter().map(|label| (*label).to_owned());
        match services.iter_mut().find(|(service, _)| service == one.connector) {
            Some((_, used_by)) => used_by.extend(labels),
            None => services.push((one.connector.to_owned(), labels.collect())),
        }
    }
    services
}

#[component]
fn Choices(
    open: RwSignal<bool>,
    services: Vec<(String, Vec<String>)>,
    open_fields: RwSignal<Vec<Place>>,
    on_connect: Callback<String>,
) -> impl IntoView {
    let editor = use_editor();
    let names = StoredValue::new(services.iter().map(|(service, _)| service.clone()).collect::<Vec<_>>());
    let so_far = Memo::new(move |_| {
        let places = open_fields.get();
        editor.def.with(|def| {
            let is_own = |id: ConnectionId| editor.connections.with(|all| all.iter().any(|one| one.id == id && !one.sandbox));
            let accounts = names.with_value(|names| names.iter().filter(|name| given(def, name).is_some_and(is_own)).count());
            let is_filled = |place: &&Place| {
                let (Some(of), Some(key)) = (selected(place), &place.field) else { return true };
                filled(editor, &of).input.contains_key(key)
            };
            (accounts + places.iter().filter(is_filled).count(), names.with_value(Vec::len) + places.len())
        })
    });
    let rows = services.into_iter().map(|(service, used_by)| {
        let label = import::account(&connectors::name_of(&service), &used_by);
        let (offered, of, to, wanted) = (service.clone(), service.clone(), service.clone(), service.clone());
        let choices = Signal::derive(move || editor.connections.with(|all| accounts::choices(all, &offered)));
        let chosen = Signal::derive(move || editor.def.with(|def| given(def, &of)));
        let name = m::connect(&connectors::name_of(&service));
        view! {
            <AccountRow
                connector=service
                label
                choices
                chosen
                on_choose=move |new| give(editor, &to, new, &open_fields.get_untracked())
            >
                <Button icon=Glyph::Plus on:click=move |_| on_connect.run(wanted.clone())>{t::ADD}<span class="sr-only">": "{name}</span></Button>
            </AccountRow>
        }
    });
    let rows: Vec<_> = rows.collect();
    let has_fields = Memo::new(move |_| open_fields.with(|places| !places.is_empty()));
    let all_done = Memo::new(move |_| so_far.with(|(done, all)| done == all));
    view! {
        <div class="dialog-form mine">
            {rows.is_empty().then(|| view! { <Show when=move || !has_fields.get()><p class="small muted">{m::NOTHING}</p></Show> })}
            {(!rows.is_empty()).then(|| view! { <fieldset class="bare dialog-form"><legend>{m::ACCOUNTS}</legend>{rows}</fieldset> })}
            <Show when=move || has_fields.get()>
                <fieldset class="bare dialog-form">
                    <legend>{m::CHOICES}</legend>
                    <For each=move || open_fields.get() key=|place| format!("{place:?}") let:place><OpenField place/></For>
                </fieldset>
            </Show>
        </div>
        <footer class="dialog-foot">
            <span class="small muted grow" role="status">{move || so_far.with(|(done, all)| m::so_far(*done, *all))}</span>
            <Button tone=Tone::Primary on:click=move |_| open.set(false)>
                {move || if all_done.get() { m::DONE } else { m::LATER }}
            </Button>
        </footer>
    }
}

/// One field of a step or trigger, by the label of what it belongs to.
#[component]
fn OpenField(place: Place) -> impl IntoView {
    let editor = use_editor();
    let of = selected(&place)?;
    let this = of.clone();
    let now = Memo::new(move |_| filled(editor, &this));
    let (fields, field) = now.with_untracked(|now| field_of(now, place.field.as_deref().unwrap_or_default()))?;
    provide_context(Subject::new(of.clone()));
    provide_context(Sight::of(editor, &of));
    let label = editor.def.with_untracked(|def| match &of {
        Selected::Step(id) => def.step(id).map(|step| step.label.clone()),
        Selected::Trigger(id) => def.trigger(id).map(|trigger| trigger.label.clone()),
    });
    let form = Form::new(editor, of, now, fields);
    let name = label.clone();
    Some(view! {
        <div role="group" aria-label=name>
            <p class="small muted"><bdi>{label}</bdi></p>
            <FormField form field/>
        </div>
    })
}

#[cfg(test)]
mod tests {
    use expr::Mapped;
    use serde_json::json;

    use super::*;

    fn definition() -> WorkflowDefinition {
        let action = |connector: &str, operation: &str, connection: Option<i64>| json!({ "type": "action", "connector": connector, "version": 1, "operation": operation, "connection": connection.map(ConnectionId), "input": { "channel": { "literal": "C1" }, "text": { "literal": "Hi" } } });
        let step = |label: &str, kind| json!({ "slug": label.to_lowercase(), "label": label, "kind": kind });
        serde_json::from_value(json!({
            "schema": 1,
            "steps": {
                "a": step("Tell", action("slack", "send_message", Some(1))),
                "b": step("Warn", action("slack", "send_message", Some(1))),
                "c": step("Call", action("http", "request", None)),
            },
            "body": ["a", "b", "c"],
        }))
        .unwrap()
    }

    fn channel(step: &str) -> Place {
        Place { step: Some(step.into()), field: Some("channel".into()), trigger: None }
    }

    fn input(def: &WorkflowDefinition, step: &str) -> Vec<String> {
        match &def.steps[&step.into()].kind {
            StepKind::Action(action) => action.input.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn another_account_empties_what_was_chosen_in_the_one_before() {
        let before = definition();
        let next = with_account(&before, "slack", Some(ConnectionId(2)), &[channel("a"), channel("c"), channel("gone")]);
        assert_eq!(given(&next, "slack"), Some(ConnectionId(2)));
        assert_eq!((input(&next, "a"), input(&next, "b")), (vec!["text".to_owned()], vec!["channel".into(), "text".into()]));
        assert_eq!(input(&next, "c").len(), 2, "nothing of another service");
        // The same again keeps it, and so does a first account.
        assert_eq!(with_account(&before, "slack", Some(ConnectionId(1)), &[channel("a")]), before);
        let none = with_account(&before, "slack", None, &[]);
        let first = with_account(&none, "slack", Some(ConnectionId(2)), &[channel("a")]);
        assert_eq!(input(&first, "a").len(), 2);
    }

    #[test]
    fn services_with_accounts_are_asked_for_once_and_their_fields_are_found() {
        let asked = services(&definition());
        assert_eq!(asked[0], ("slack".to_owned(), vec!["Tell".into(), "Warn".into()]));
        let form = |operation: &str| Filled {
            connector: "slack".into(),
            form: operation.into(),
            connection: None,
            input: [("channel".to_owned(), Mapped::text("x"))].into(),
        };
        assert_eq!(field_of(&form("send_message"), "channel").map(|(_, field)| field.key.as_str()), Some("channel"));
        assert!(field_of(&form("send_message"), "none").is_none() && field_of(&form("gone"), "channel").is_none());
    }
}
