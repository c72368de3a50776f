//! Events that were refused: when that is over. What begins it is counted where events come in.

use model::{api::AlertKind, ids::WorkspaceId};
use store::Error;

use crate::Notify;

/// A backlog that has refused nothing for so long, in milliseconds, has room again.
const ROOM_MS: i64 = 5 * 60_000;
/// Signatures fit again when one does, and for so long, in milliseconds, none was refused.
const FITS_MS: i64 = 2 * 60_000;
/// A webhook that is sent nothing for a day, in milliseconds, is nobody's concern any more.
const OVER_MS: i64 = 24 * 3_600_000;

pub(crate) async fn check(notify: &Notify, workspace: WorkspaceId) -> Result<(), Error> {
    let (store, now) = (&notify.store, notify.store.now());
    if store.open_alerts(workspace, AlertKind::Refused).await?.is_empty() {
        return Ok(());
    }
    for fact in store.refused_events(workspace).await? {
        let quiet = now.since(fact.last_at);
        let over = match fact.is_signature {
            false if quiet > ROOM_MS => "No event has been refused for five minutes.",
            true if quiet > FITS_MS && fact.accepted_since > 0 => "Deliveries fit again.",
            true if quiet > OVER_MS => "Nothing has been sent for a day.",
            _ => continue,
        };
        store.resolve(fact.alert, over).await?;
    }
    Ok(())
}
