use leptos::prelude::*;
use model::api::{Connection, ConnectionStatus};

use crate::{
    connectors,
    text::{connect, connections as t, sharing, status},
    ui::{Chip, ChipTone, Glyph, Icon, StepTile, TimeAgo},
};

/// One connection in the list; all of it leads to its page.
#[component]
pub fn ConnectionCard(connection: Connection) -> impl IntoView {
    let refused = connection.status == ConnectionStatus::NeedsReauth;
    let ending = connection.ends_at.filter(|at| !refused && t::ends_soon(*at));
    let method = connectors::method(&connection.connector, &connection.method)
        .map_or_else(|| connection.method.clone(), |method| method.label.clone());
    let service = connectors::name_of(&connection.connector);
    let about =
        connection.account.clone().map_or_else(|| format!("{service} · {method}"), |account| format!("{service} · {account}"));
    let where_to = (!connection.hosts.is_empty()).then(|| {
        view! { <span class="row"><Icon glyph=Glyph::Globe/><span class="mono cut">{connection.hosts.join(", ")}</span></span> }
    });
    view! {
        <li>
            <a class="card connection" href=format!("/connections/{}", connection.id)>
                <span class="connection-top">
                    <StepTile kind=connection.connector.clone()/>
                    <span class="connection-name">
                        <b class="cut">{connection.label.clone()}</b>
                        <span class="small muted cut">{about}</span>
                    </span>
                    <Marks connection=connection.clone()/>
                </span>
                {refused.then(|| view! { <span class="note bad"><Icon glyph=Glyph::Alert/><span class="grow">{t::NEEDS_REAUTH}</span></span> })}
                {ending.map(|at| view! { <span class="note warn"><Icon glyph=Glyph::Hourglass/><span class="grow">{t::ending_body(at)}</span></span> })}
                <span class="connection-facts">
                    {where_to}
                    <span class="row"><Icon glyph=Glyph::Flow/>{t::used_by(connection.used_by)}</span>
                    <span class="row"><Icon glyph=Glyph::Clock/><TimeAgo at=connection.updated_at/></span>
                </span>
            </a>
        </li>
    }
}

/// Its state, whether it is only simulated, and whether it is only for some.
#[component]
pub fn Marks(connection: Connection) -> impl IntoView {
    view! {
        <span class="marks">
            {connection
                .restricted
                .then(|| {
                    let words = if connection.usable { sharing::MARK.to_owned() } else { sharing::ask(connection.owner.as_ref()) };
                    let said = words.clone();
                    view! {
                        <span class="mark-lock" class:barred=!connection.usable data-tip=words>
                            <Icon glyph=Glyph::Lock/>
                            <span class="sr-only">{said}</span>
                        </span>
                    }
                })}
            {connection
                .sandbox
                .then(|| {
                    view! {
                        <span data-tip=connect::SANDBOX_CHIP_ABOUT>
                            <Chip tone=Signal::stored(ChipTone::Hold) glyph=Signal::stored(Some(Glyph::Boxes))>{connect::SANDBOX_CHIP}</Chip>
                        </span>
                    }
                })}
            <StatusChip status=connection.status/>
        </span>
    }
}

#[component]
pub fn StatusChip(status: ConnectionStatus) -> impl IntoView {
    let (tone, glyph) = match status {
        ConnectionStatus::Active => (ChipTone::Ok, Glyph::Check),
        ConnectionStatus::NeedsReauth => (ChipTone::Bad, Glyph::Alert),
        ConnectionStatus::Disabled => (ChipTone::Quiet, Glyph::Ban),
    };
    view! { <Chip tone=Signal::stored(tone) glyph=Signal::stored(Some(glyph))>{status::connection(status)}</Chip> }
}
