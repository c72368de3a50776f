//! How often connections were called.

use std::collections::HashMap;

use model::{
    Role, Timestamp,
    api::{CallBucket, ConnectionCalls},
    ids::{ConnectionId, WorkspaceId},
};

use super::{HOUR, read::Figures};
use crate::{Error, Scope, Store};

impl Store {
    /// How often calls were refused as too many within the last hour, by connection.
    pub(crate) async fn limited_last_hour(&self, workspace: WorkspaceId) -> Result<HashMap<ConnectionId, u64>, Error> {
        let (tx, now) = (self.shared.begin_reading().await?, self.now().ms());
        let result = async {
            let figures = Figures::open(&tx, workspace.0, 0, now).await?;
            let hour = figures.parts(now - HOUR, now + 1).await?;
            Ok(hour.connections.iter().map(|(id, count)| (*id, count.limited)).collect())
        }
        .await;
        // Nothing was written: how it ends is all the same.
        let _ = tx.rollback().await;
        result
    }

    /// Between edges as those of a dashboard ([`super::DashboardSpan`]). Its budget is left to the caller, who knows the connectors.
    pub async fn connection_calls(&self, scope: &Scope, id: ConnectionId, edges: &[Timestamp]) -> Result<ConnectionCalls, Error> {
        scope.require(Role::Viewer)?;
        self.connection_for_call(scope.workspace, id).await?;
        let tx = self.shared.begin_reading().await?;
        let edges: Vec<i64> = edges.iter().map(|edge| edge.ms()).collect();
        let result = async {
            let figures = Figures::open(&tx, scope.workspace.0, 0, self.now().ms()).await?;
            let last_minute = figures.last_minute().await?;
            let of = |cell: &super::Cell| cell.connections.get(&id).copied().unwrap_or_default();
            let counts = figures.connection(id, &edges).await?;
            let buckets = edges.windows(2).zip(&counts).map(|(edges, count)| CallBucket {
                at: Timestamp(edges[0]),
                until: Timestamp(edges[1]),
                calls: count.calls,
                limited: count.limited,
            });
            Ok(ConnectionCalls {
                buckets: buckets.collect(),
                calls: counts.iter().map(|count| count.calls).sum(),
                limited: counts.iter().map(|count| count.limited).sum(),
                calls_last_minute: of(&last_minute).calls,
                budget_per_minute: None,
            })
        }
        .await;
        // Nothing was written: how it ends is all the same.
        let _ = tx.rollback().await;
        result
    }
}
