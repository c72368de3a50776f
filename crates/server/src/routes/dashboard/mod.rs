mod budget;
mod window;

use model::api::*;
use store::DashboardSpan;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};
use window::Window;

pub(crate) async fn get(app: App, caller: Member, input: Input<GetDashboard>) -> Result<Dashboard, ApiError> {
    let query = input.query;
    let zone = query.zone.clone().unwrap_or_else(|| caller.workspace.time_zone.clone());
    let window = Window::read(&query, &zone, app.store.now())?;
    let span =
        DashboardSpan { edges: window.edges, until: window.until, step_ms: window.step_ms, zone, workflow: query.workflow };
    let mut dashboard = app.store.dashboard(&caller.scope, span).await?;
    for figures in &mut dashboard.connections {
        let connector = app.connectors.iter().find(|connector| connector.id == figures.connection.connector);
        figures.budget_per_minute = connector.and_then(|connector| budget::per_minute(&connector.limits));
    }
    Ok(dashboard)
}

/// Of one connection.
pub(crate) async fn calls(app: App, caller: Member, input: Input<GetConnectionCalls>) -> Result<ConnectionCalls, ApiError> {
    let CallsQuery { window, zone } = input.query;
    let zone = zone.unwrap_or_else(|| caller.workspace.time_zone.clone());
    let window = Window::read(&DashboardQuery { window, ..DashboardQuery::default() }, &zone, app.store.now())?;
    let id = input.path.0;
    let of = app.store.connection_for_call(caller.scope.workspace, id).await?.connection.connector;
    let calls = app.store.connection_calls(&caller.scope, id, &window.edges).await?;
    let connector = app.connectors.iter().find(|connector| connector.id == of);
    Ok(ConnectionCalls { budget_per_minute: connector.and_then(|connector| budget::per_minute(&connector.limits)), ..calls })
}
