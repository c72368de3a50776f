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
