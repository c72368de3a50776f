use leptos::prelude::*;
use model::{
    definition::{Ack, BodyMode, TriggerKind, WebhookTrigger},
    ids::TriggerId,
};

use super::{capture::Capture, gate::Gate, verify::VerifyField};
use crate::{
    editor::{problems::FieldProblems, span::SpanInput, state::use_editor},
    text::editor as t,
    ui::{CopyButton, Segmented, Skeleton},
};

const METHODS: [&str; 5] = ["POST", "PUT", "PATCH", "DELETE", "GET"];
const MEGABYTE: u64 = 1024 * 1024;

#[component]
pub fn WebhookForm(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let hook = Memo::new(move |_| match editor.trigger(&id.get_value()).map(|trigger| trigger.kind) {
        Some(TriggerKind::Webhook(hook)) => hook,
        _ => WebhookTrigger::default(),
    });
    let change = move |key: &str, edit: &dyn Fn(&mut WebhookTrigger)| {
        editor.update_trigger(&id.get_value(), key, |trigger| {
            if let TriggerKind::Webhook(hook) = &mut trigger.kind {
                edit(hook);
            }
        });
    };
    let url = Signal::derive(move || {
        editor.meta.with(|meta| meta.hooks.iter().find(|hook| hook.trigger == id.get_value()).map(|hook| hook.url.clone()))
    });
    let waits = Memo::new(move |_| hook.with(|hook| matches!(hook.ack, Ack::AfterRun { .. })));
    let reply_ms = Signal::derive(move || {
        hook.with(|hook| match hook.ack {
            Ack::AfterRun { timeout_ms } => timeout_ms,
            Ack::AtOnce => 30_000,
        })
    });
    let each = Memo::new(move |_| hook.with(|hook| hook.body == BodyMode::EachItem));
    let method = move |name: &'static str| {
        let on = Signal::derive(move || hook.with(|hook| hook.methods.iter().any(|method| method == name)));
        view! {
            <label class="check" class:on=on>
                <input
                    type="checkbox"
                    prop:checked=on
                    on:change=move |_| change("methods", &|hook| {
                        if hook.methods.iter().any(|method| method == name) {
                            hook.methods.retain(|method| method != name);
                        } else {
                            hook.methods.push(name.to_owned());
                        }
                    })
                />
                {name}
            </label>
        }
    };
    let size = Signal::derive(move || hook.with(|hook| (hook.max_bytes / MEGABYTE).max(1).to_string()));
    let type_size = move |event| {
        if let Ok(n) = event_target_value(&event).trim().parse::<u64>() {
            change("size", &|hook| hook.max_bytes = n.clamp(1, 1024) * MEGABYTE);
        }
    };
    let origins = Signal::derive(move || hook.with(|hook| hook.allowed_origins.join("\n")));
    let type_origins = move |event| {
        let list: Vec<String> = event_target_value(&event)
            .split(['\n', ',', ' '])
            .map(str::trim)
            .filter(|origin| !origin.is_empty())
            .map(str::to_owned)
            .collect();
        change("origins", &|hook| hook.allowed_origins = list.clone());
    };
    view! {
        <div class="ed-field">
            <div class="ed-label"><span>{t::WEBHOOK_URL}</span></div>
            {move || match url.get() {
                Some(url) => {
                    let shown = url.clone();
                    view! { <p class="copy-line" data-testid="hook-url"><code>{shown}</code><CopyButton value=Signal::stored(url) label=t::COPY_URL/></p> }.into_any()
                }
                None => view! { <p class="copy-line"><Skeleton width=70/></p> }.into_any(),
            }}
            <p class="ed-hint">{t::WEBHOOK_URL_HINT}</p>
        </div>
        <Capture id=id.get_value()/>
        <div class="ed-field">
            <div class="ed-label"><span>{t::ACK}</span></div>
            <Segmented
                tabs=vec![(false, t::ACK_AT_ONCE.to_owned()), (true, t::ACK_AFTER_RUN.to_owned())]
                selected=waits
                on_select=move |wait| change("ack", &|hook| hook.ack = if wait { Ack::AfterRun { timeout_ms: 30_000 } } else { Ack::AtOnce })
                label=t::ACK
            />
            {move || if waits.get() {
                view! {
                    <div class="sentence">
                        <span>{t::ACK_WAIT}</span>
                        <SpanInput label=t::ACK_WAIT ms=reply_ms on_change=move |ms| change("ack", &|hook| hook.ack = Ack::AfterRun { timeout_ms: ms })/>
                        <span>{t::ACK_WAIT_THEN}</span>
                    </div>
                }.into_any()
            } else {
                view! { <p class="ed-hint">{t::ACK_AT_ONCE_HINT}</p> }.into_any()
            }}
        </div>
        <VerifyField id=id.get_value()/>
        <details class="fold">
            <summary>{t::MORE_SETTINGS}</summary>
            <div class="ed-field" data-field="methods">
                <div class="ed-label"><span>{t::METHODS}</span></div>
                <div class="checks">{METHODS.into_iter().map(method).collect_view()}</div>
                <FieldProblems at="methods"/>
            </div>
            <div class="ed-field">
                <div class="ed-label"><span>{t::LIST_BODY}</span></div>
                <Segmented
                    tabs=vec![(false, t::LIST_ONE.to_owned()), (true, t::LIST_EACH.to_owned())]
                    selected=each
                    on_select=move |each| change("body", &|hook| hook.body = if each { BodyMode::EachItem } else { BodyMode::One })
                    label=t::LIST_BODY
                />
            </div>
            <div class="ed-field narrow" data-field="max_bytes">
                <div class="ed-label"><span>{t::SIZE_LIMIT}</span></div>
                <input class="input" type="number" min="1" aria-label=t::SIZE_LIMIT prop:value=size on:input=type_size/>
                <FieldProblems at="max_bytes"/>
            </div>
            <div class="ed-field" data-field="allowed_origins">
                <div class="ed-label"><span>{t::ORIGINS}</span></div>
                <textarea class="input area mono" rows="2" aria-label=t::ORIGINS placeholder=t::ORIGINS_EXAMPLE prop:value=origins on:change=type_origins></textarea>
                <FieldProblems at="allowed_origins"/>
                <p class="ed-hint">{t::ORIGINS_HINT}</p>
            </div>
            <Gate id=id.get_value()/>
        </details>
    }
}
