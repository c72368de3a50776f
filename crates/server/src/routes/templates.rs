use model::{api::*, ids::ConnectionId};
use store::Origin;

use crate::{
    app::App,
    auth::Member,
    definition::Purpose,
    endpoint::Input,
    error::ApiError,
    routes::{
        sandboxes,
        setup::named,
        workflows::{changed, checked, shown},
    },
    templates,
};

pub(crate) async fn list(_: App, _: Member, _: Input<ListTemplates>) -> Result<Templates, ApiError> {
    Ok(Templates { items: templates::all().to_vec() })
}

pub(crate) async fn create(app: App, caller: Member, input: Input<CreateFromTemplate>) -> Result<Workflow, ApiError> {
    let FromTemplate { template, sandbox, name } = input.body;
    let Some(template) = templates::all().iter().find(|known| known.id == template) else {
        return Err(ApiError::field("template", format!("There is no template `{template}`.")));
    };
    let name = named("name", name.as_deref().unwrap_or(&template.name))?;
    let mut definition = template.definition.clone();
    let connections = if sandbox {
        sandboxes_for(&app, &caller, &template.connectors).await?
    } else {
        // What belongs to the sandbox's accounts.
        definition.empty_fields(&template.open_fields());
        only_ones(&app, &caller, &template.connectors).await?
    };
    definition
        .reconnect(|connector, _| connections.iter().find(|(known, _)| known == connector).map(|(_, connection)| *connection));
    checked(&app, &caller, None, &definition, Purpose::New).await?;
    let row = app.store.create_workflow(&caller.scope, &name, &definition).await?;
    for sample in template.samples.iter().rev() {
        let (workspace, event) = (caller.scope.workspace, &sample.event);
        app.store.add_trigger_sample(workspace, row.id, &sample.trigger, event, Origin::Edited).await?;
    }
    changed(&app, &caller, row.id);
    shown(&app, &caller, row).await
}

/// One sandbox connection for each connector: the one there is, or a new one.
async fn sandboxes_for(app: &App, caller: &Member, connectors: &[String]) -> Result<Vec<(String, ConnectionId)>, ApiError> {
    let known = app.store.connections(&caller.scope).await?;
    let mut found = Vec::with_capacity(connectors.len());
    for connector in connectors {
        let there = known
            .iter()
            .find(|one| one.sandbox && one.usable && one.connector == *connector && one.status == ConnectionStatus::Active);
        let id = match there {
            Some(connection) => connection.id,
            None => {
                let name =
                    app.connectors.iter().find(|one| one.id == *connector).map_or(connector.as_str(), |one| one.name.as_str());
                let label = format!("{name} sandbox");
                sandboxes::create(app, caller, connector, None, label, (&[], &Default::default()), None).await?.id
            }
        };
        found.push((connector.clone(), id));
    }
    Ok(found)
}

/// Where there is exactly one real connection that the caller may use, it is the one.
async fn only_ones(app: &App, caller: &Member, connectors: &[String]) -> Result<Vec<(String, ConnectionId)>, ApiError> {
    let known = app.store.connections(&caller.scope).await?;
    let only = |connector: &String| {
        let mut real = known.iter().filter(|one| !one.sandbox && one.usable && one.connector == *connector);
        real.next().filter(|_| real.next().is_none()).map(|one| (connector.clone(), one.id))
    };
    Ok(connectors.iter().filter_map(only).collect())
}
