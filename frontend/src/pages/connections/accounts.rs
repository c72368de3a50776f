//! Which account a service gets: a row of the dialogs that bring steps in from elsewhere.

use leptos::prelude::*;
use model::{api::Connection, ids::ConnectionId};

use crate::{
    text::{connect, editor::PASTE_LATER},
    ui::{Choice, Select, StepTile},
};

/// The connections of a service that whoever looks may use.
pub fn usable<'a>(all: &'a [Connection], connector: &str) -> impl Iterator<Item = &'a Connection> {
    all.iter().filter(move |one| one.usable && one.connector == connector)
}

/// What is offered for a service: nothing for now, and each of its connections.
pub fn choices(all: &[Connection], connector: &str) -> Vec<Choice> {
    let label = |one: &Connection| if one.sandbox { connect::sandboxed(&one.label) } else { one.label.clone() };
    let own = usable(all, connector).map(|one| Choice::new(one.id.to_string(), label(one)));
    std::iter::once(Choice::new("", PASTE_LATER)).chain(own).collect()
}

/// The one that is surely meant: known under this id, or else the only real one of its service.
pub fn meant(all: &[Connection], connector: &str, before: Option<ConnectionId>) -> Option<ConnectionId> {
    let known = usable(all, connector).find(|one| Some(one.id) == before).map(|one| one.id);
    let mut real = usable(all, connector).filter(|one| !one.sandbox);
    known.or_else(|| real.next().filter(|_| real.next().is_none()).map(|one| one.id))
}

#[component]
pub fn AccountRow(
    connector: String,
    /// The service, and what uses it.
    #[prop(into)]
    label: String,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    #[prop(into)] chosen: Signal<Option<ConnectionId>>,
    #[prop(into)] on_choose: Callback<Option<ConnectionId>>,
    /// Beside the choice: a way to make a connection.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let value = Signal::derive(move || chosen.get().map(|id| id.to_string()).unwrap_or_default());
    let name = label.clone();
    view! {
        <div class="paste-row">
            <StepTile kind=connector small=true/>
            <span><bdi>{label}</bdi></span>
            <span class="with-button">
                <Select value choices label=name on_change=move |new: String| on_choose.run(new.parse().ok())/>
                {children.map(|children| children())}
            </span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn connection(id: i64, connector: &str, sandbox: bool, usable: bool) -> Connection {
        serde_json::from_value(json!({
            "id": ConnectionId(id), "connector": connector, "method": "token", "label": format!("{connector} {id}"), "status": "active",
            "hosts": [], "created_at": 0, "updated_at": 0, "used_by": 0, "sandbox": sandbox, "usable": usable,
        }))
        .unwrap()
    }

    #[test]
    fn only_what_is_surely_meant_is_chosen() {
        let all = [
            connection(1, "slack", false, true),
            connection(2, "slack", true, true),
            connection(3, "crm", false, true),
            connection(4, "crm", false, true),
            connection(5, "mail", false, false),
            connection(6, "maps", true, true),
        ];
        let meant = |connector: &str, before: Option<i64>| meant(&all, connector, before.map(ConnectionId)).map(|id| id.0);
        assert_eq!(meant("slack", None), Some(1), "the only real one");
        assert_eq!(meant("slack", Some(2)), Some(2), "the very one, also a simulated one");
        assert_eq!((meant("crm", None), meant("crm", Some(4))), (None, Some(4)));
        assert_eq!(meant("crm", Some(1)), None, "the id of another service");
        assert_eq!(meant("mail", Some(5)), None, "nobody's to use here");
        assert_eq!(meant("maps", None), None, "a simulated one is not taken for an own one");
        assert_eq!(choices(&all, "mail").len(), 1);
    }
}
