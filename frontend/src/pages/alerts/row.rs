use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use model::{
    Role, Timestamp,
    api::{AcknowledgeAlert, Alert, AlertKind, Empty, Snooze, SnoozeAlert, Urgency},
};

use super::told::ToldLines;
use crate::{
    api::call,
    editor::mend,
    moment::{now, number},
    session::use_session,
    text::{self, alerts as t},
    ui::{Button, Chip, ChipTone, Glyph, Icon, LinkButton, Menu, MenuItem, TimeAgo, use_toasts},
};

const HOUR_MS: i64 = 3_600_000;

/// One alert: what, since when, who was told, and what can be done.
#[component]
pub fn AlertRow(alert: Alert, on_changed: impl Fn(Alert) + Copy + Send + Sync + 'static) -> impl IntoView {
    let session = use_session();
    let toasts = use_toasts();
    let id = alert.id;
    let is_open = alert.resolved_at.is_none();
    let acknowledge = move |_| {
        spawn_local(async move {
            match call::<AcknowledgeAlert>((id,), &Empty {}, &Empty {}).await {
                Ok(alert) => on_changed(alert),
                Err(problem) => toasts.problem(&problem),
            }
        });
    };
    let snooze = move |hours: i64| {
        let until: Timestamp = now().plus_ms(hours * HOUR_MS);
        spawn_local(async move {
            match call::<SnoozeAlert>((id,), &Empty {}, &Snooze { until }).await {
                Ok(alert) => on_changed(alert),
                Err(problem) => toasts.problem(&problem),
            }
        });
    };
    let (tone, glyph) = match (is_open, alert.urgency) {
        (false, _) => (ChipTone::Ok, Glyph::Check),
        (true, Urgency::Urgent) => (ChipTone::Bad, glyph_of(alert.kind)),
        (true, Urgency::Notice) => (ChipTone::Warn, glyph_of(alert.kind)),
    };
    let can_act = move || is_open && session.may(Role::Operator);
    let is_taken = alert.acknowledged_by.is_some();
    let snoozed = alert.snoozed_until.filter(|until| is_open && *until > now());
    let title = alert.title.clone();
    // Also once it is over: what failed in between still waits for its replay.
    let fixes = match (alert.kind, alert.workflow, alert.run) {
        (AlertKind::Failing, Some(workflow), Some(run)) => Some(mend::href(workflow, run)),
        _ => None,
    };
    view! {
        <li class="card alert">
            <div class="alert-top">
                <Chip tone=Signal::stored(tone) glyph=Signal::stored(Some(glyph))>{t::kind(alert.kind)}</Chip>
                <h2>
                    {match page_of(&alert) {
                        Some(href) => view! { <A href=href>{alert.title.clone()}</A> }.into_any(),
                        None => alert.title.clone().into_any(),
                    }}
                </h2>
                {(alert.count > 1).then(|| view! { <span class="alert-count num">"×"{number(alert.count)}</span> })}
                <span class="grow"></span>
                <span class="small muted alert-when">
                    {match alert.resolved_at {
                        Some(at) => view! { {t::ENDED} " " <TimeAgo at/> }.into_any(),
                        None => view! { {t::SINCE} " " <TimeAgo at=alert.opened_at/> }.into_any(),
                    }}
                </span>
            </div>
            <p class="alert-text">{alert.text.clone()}</p>
            <div class="alert-foot">
                <ul class="alert-told small">
                    <ToldLines told=alert.told.clone()/>
                    {alert.acknowledged_by.as_deref().map(|by| view! {
                        <li><Icon glyph=Glyph::Person/><span>{t::acknowledged(by)}</span></li>
                    })}
                    {snoozed.map(|until| view! { <li><Icon glyph=Glyph::Clock/><span>{t::snoozed(until)}</span></li> })}
                </ul>
                {fixes.map(|href| view! {
                    <Show when=move || session.may(Role::Maker)>
                        <LinkButton href=href.clone() small=true icon=Glyph::Edit>{text::mend::FIX}</LinkButton>
                    </Show>
                })}
                <Show when=can_act>
                    <div class="alert-do">
                        <Show when=move || !is_taken>
                            <Button small=true on:click=acknowledge>{t::ACKNOWLEDGE}</Button>
                        </Show>
                        <Menu label=t::actions(&title) glyph=Glyph::Clock>
                            <MenuItem on_choose=move |()| snooze(1)>{t::SNOOZE_HOUR}</MenuItem>
                            <MenuItem on_choose=move |()| snooze(24)>{t::SNOOZE_DAY}</MenuItem>
                            <MenuItem on_choose=move |()| snooze(24 * 7)>{t::SNOOZE_WEEK}</MenuItem>
                        </Menu>
                    </div>
                </Show>
            </div>
        </li>
    }
}

pub fn glyph_of(kind: AlertKind) -> Glyph {
    match kind {
        AlertKind::Failing => Glyph::Alert,
        AlertKind::OutcomeUnknown => Glyph::Question,
        AlertKind::Connection => Glyph::Plug,
        AlertKind::Ending => Glyph::Hourglass,
        AlertKind::Budget => Glyph::Pause,
        AlertKind::Certificate => Glyph::Shield,
        AlertKind::Held => Glyph::Ban,
        AlertKind::Backlog => Glyph::Hourglass,
        AlertKind::Refused => Glyph::Ban,
        AlertKind::Missed => Glyph::Calendar,
        AlertKind::Trigger => Glyph::Bolt,
        AlertKind::Storage => Glyph::Database,
        AlertKind::Shape => Glyph::Braces,
        AlertKind::Undelivered => Glyph::Send,
        AlertKind::Blind => Glyph::Alert,
    }
}

/// Where one can act.
pub fn page_of(alert: &Alert) -> Option<String> {
    match (alert.kind, alert.run, alert.connection, alert.workflow) {
        (AlertKind::Connection | AlertKind::Ending | AlertKind::Budget, _, Some(connection), _) => {
            Some(format!("/connections/{connection}"))
        }
        (AlertKind::Undelivered, ..) => Some("/settings#channels".to_owned()),
        (_, Some(run), ..) => Some(format!("/runs/{run}")),
        (.., Some(workflow)) => Some(format!("/workflows/{workflow}")),
        _ => None,
    }
}
