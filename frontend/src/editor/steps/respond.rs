use leptos::prelude::*;
use model::{
    Mapped,
    definition::{Ack, TriggerKind},
    ids::StepId,
    step::{Respond, StepKind},
};
use std::collections::BTreeMap;

use crate::{
    editor::{
        mapping::{JsonField, MappedField, Pairs, pairs},
        problems::FieldProblems,
        state::{Selected, use_editor},
    },
    text::editor as t,
    ui::{Glyph, Icon, Segmented},
};

#[component]
pub fn RespondForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let respond = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Respond(respond)) => respond,
        _ => Respond { status: 200, body: Mapped::Omit, headers: BTreeMap::new() },
    });
    let id = StoredValue::new(id);
    let change = move |key: &str, edit: &dyn Fn(&mut Respond)| {
        editor.update_kind(&id.get_value(), key, |kind| {
            if let StepKind::Respond(respond) = kind {
                edit(respond);
            }
        });
    };
    let status = Signal::derive(move || respond.with(|respond| respond.status.to_string()));
    let type_status = move |event| {
        if let Ok(status) = event_target_value(&event).trim().parse::<u16>() {
            change("status", &|respond| respond.status = status);
        }
    };
    let body = Signal::derive(move || respond.with(|respond| respond.body.clone()));
    let put_body = Callback::new(move |new: Mapped| change("body", &|respond| respond.body = new.clone()));
    let as_json = RwSignal::new(respond.with_untracked(|respond| {
        editor.names.with_untracked(|names| expr::print_text(&respond.body, names).is_none())
            || matches!(&respond.body, Mapped::Literal(value) if !value.is_string())
    }));
    let headers = Signal::derive(move || respond.with(|respond| pairs::object(respond.headers.clone().into_iter().collect())));
    let put_headers = Callback::new(move |new: Mapped| {
        let map: BTreeMap<String, Mapped> = pairs::entries(&new).unwrap_or_default().into_iter().collect();
        change("headers", &|respond| respond.headers = map.clone());
    });
    // A sender that does not wait never sees this answer.
    let deaf = Memo::new(move |_| {
        editor.def.with(|def| {
            let waits = |trigger: &model::definition::Trigger| matches!(&trigger.kind, TriggerKind::Webhook(hook) if matches!(hook.ack, Ack::AfterRun { .. }));
            if def.triggers.iter().any(waits) { None } else { def.triggers.first().map(|trigger| trigger.id.clone()) }
        })
    });
    view! {
        <p class="ed-intro">{t::RESPOND_INTRO}</p>
        {move || deaf.get().map(|trigger| view! {
            <p class="note warn">
                <Icon glyph=Glyph::Info/>
                <span>
                    {t::NOBODY_WAITS}" "
                    <button type="button" class="link" on:click=move |_| editor.inspect(Selected::Trigger(trigger.clone()))>{t::OPEN_TRIGGER}</button>
                </span>
            </p>
        })}
        <div class="ed-field narrow">
            <label class="ed-label" for="respond-status"><span>{t::STATUS}</span></label>
            <input id="respond-status" class="input" type="number" min="200" max="599" prop:value=status on:input=type_status/>
            <FieldProblems at="status"/>
        </div>
        <Segmented tabs=vec![(true, "JSON".to_owned()), (false, t::TEXT.to_owned())] selected=as_json on_select=move |on| as_json.set(on) label=t::ANSWER_AS/>
        {move || {
            if as_json.get() {
                view! { <JsonField label=t::ANSWER.to_owned() value=body on_change=put_body at="body"/> }.into_any()
            } else {
                view! { <MappedField label=t::ANSWER.to_owned() value=body on_change=put_body at="body"/> }.into_any()
            }
        }}
        <details class="fold">
            <summary>{t::HEADERS}</summary>
            <Pairs label=t::HEADERS.to_owned() value=headers on_change=put_headers add=t::ADD_HEADER bare=true/>
        </details>
    }
}
