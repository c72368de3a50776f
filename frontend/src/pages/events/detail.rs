use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::components::A;
use model::{
    api::{Empty, EventDetail, GetEvent},
    ids::{EventId, WorkflowId},
};

use super::row::EventStateChip;
use crate::{
    api::call,
    load::{Loaded, load},
    moment::Style,
    text::events as t,
    ui::{CopyButton, Dialog, JsonTree, Moment, open_while},
};

/// One event's data, over the list.
#[component]
pub fn EventDialog(chosen: RwSignal<Option<EventId>>, names: Memo<BTreeMap<WorkflowId, String>>) -> impl IntoView {
    let open = open_while(chosen);
    view! {
        <Dialog open title=t::DETAIL wide=true>
            {move || chosen.get_untracked().map(|id| view! { <Event id names/> })}
        </Dialog>
    }
}

#[component]
fn Event(id: EventId, names: Memo<BTreeMap<WorkflowId, String>>) -> impl IntoView {
    let loader = load(move || async move { call::<GetEvent>((id,), &Empty {}, &Empty {}).await });
    view! {
        <Loaded loader let:detail>
            {move || {
                let EventDetail { event, data } = detail.get();
                let name = names.with(|names| names.get(&event.workflow).cloned());
                view! {
                    <div class="row wrap">
                        <EventStateChip state=event.state/>
                        <span>{name}</span>
                        <span class="muted"><Moment at=event.received_at style=Style::Short/></span>
                        <span class="mono muted">{id.to_string()}</span>
                        <CopyButton value=id.to_string() small=true/>
                        <span class="grow"></span>
                        {event.run.map(|run| view! { <A href=format!("/runs/{run}") attr:class="link">{t::SEE_RUN}</A> })}
                    </div>
                    {event.reason.map(|reason| view! { <p class="dialog-text">{reason}</p> })}
                    <JsonTree value=data root="event" open=3/>
                }
            }}
        </Loaded>
    }
}
