use leptos::prelude::*;
use model::api::Connection;

use crate::{
    connectors,
    moment::Style,
    pages::settings::Section,
    text::connections as t,
    ui::{Moment, StepTile},
};

/// Whose account it is, and how it was signed in to.
#[component]
pub fn AccountSection(connection: Connection) -> impl IntoView {
    let Connection { connector, method, account, hosts, created_at, sandbox, test_account, .. } = connection;
    let way = connectors::method(&connector, &method).map_or(method, |method| method.label.clone());
    let environment = match (sandbox, test_account) {
        (true, _) => t::SANDBOX,
        (false, true) => t::TEST_ACCOUNT,
        (false, false) => t::PRODUCTION,
    };
    view! {
        <Section title=t::OVERVIEW>
            <div class="connect-head">
                <StepTile kind=connector.clone()/>
                <span class="connect-name">
                    <b>{connectors::name_of(&connector)}</b>
                    <small>{connectors::find(&connector).map(|one| one.description.clone())}</small>
                </span>
            </div>
            <dl class="facts spaced">
                <div><dt>{t::ACCOUNT}</dt><dd>{account.unwrap_or_else(|| t::UNNAMED.to_owned())}</dd></div>
                <div><dt>{t::ENVIRONMENT}</dt><dd>{environment}</dd></div>
                <div><dt>{t::WAY}</dt><dd>{way}</dd></div>
                {(!hosts.is_empty())
                    .then(|| view! { <div><dt>{t::HOSTS_SENT}</dt><dd class="mono">{hosts.join(", ")}</dd></div> })}
                <div><dt>{t::ADDED_AT}</dt><dd><Moment at=created_at style=Style::Short/></dd></div>
            </dl>
        </Section>
    }
}
