//! Room for data: on the disk, and in what workflows may keep.

use std::path::Path;

use model::{api::AlertKind, ids::WorkspaceId};
use store::{Error, Raised};

use crate::Notify;

/// Share of the disk that is free, in percent: below the first it is an alert, above the second it is over.
const DISK_LOW: u64 = 5;
const DISK_WELL: u64 = 8;
/// With so many bytes free a disk is well, however large it is.
const DISK_PLENTY: u64 = 10_000_000_000;
/// Share of a workflow's budget that is used, in percent: from the first on it is an alert, below the second it is over.
const BUDGET_FULL: u64 = 90;
const BUDGET_WELL: u64 = 80;
/// Begins the subjects of budgets for data.
pub(crate) const BYTES: &str = "bytes:";

/// What is left of the disk under a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    pub free_bytes: u64,
    pub free_percent: u64,
}

impl Disk {
    pub fn of(dir: &Path) -> std::io::Result<Disk> {
        let disk = rustix::fs::statvfs(dir)?;
        Ok(Disk {
            free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
            free_percent: disk.f_bavail.saturating_mul(100).checked_div(disk.f_blocks).unwrap_or(100),
        })
    }

    /// Little enough that somebody should hear of it. `is_told`: they have, and hear that it is over a little later.
    pub fn is_low(self, is_told: bool) -> bool {
        self.free_percent < if is_told { DISK_WELL } else { DISK_LOW } && self.free_bytes < DISK_PLENTY
    }
}

pub(crate) async fn check(notify: &Notify, workspace: WorkspaceId) -> Result<(), Error> {
    let (store, now) = (&notify.store, notify.store.now());
    let Some(dir) = &notify.data_dir else { return Ok(()) };
    let disk = Disk::of(dir).map_err(|error| Error::Unavailable(error.to_string()))?;
    let is_open = !store.open_alerts(workspace, AlertKind::Storage).await?.is_empty();
    let raised = disk.is_low(is_open).then(|| Raised {
        kind: AlertKind::Storage,
        subject: "disk".into(),
        title: "The disk is nearly full".into(),
        text: format!(
            "{} MB are free where the data is kept. When nothing is left, events are refused until there is space again; keep runs for a shorter time or make the disk larger.",
            disk.free_bytes / 1_000_000
        ),
        workflow: None,
        connection: None,
        run: None,
        count: 1,
        at: now,
    });
    notify.settle(workspace, AlertKind::Storage, raised.into_iter().collect(), "There is space again.").await
}

/// Workflows that may keep only so much data: before it is full, somebody may still choose what goes.
pub(crate) async fn budgets(notify: &Notify, workspace: WorkspaceId) -> Result<(), Error> {
    let (store, now) = (&notify.store, notify.store.now());
    let open = store.open_alerts(workspace, AlertKind::Budget).await?;
    let mut raised = Vec::new();
    for fact in store.budgets(workspace).await? {
        let subject = format!("{BYTES}{}", fact.workflow);
        let is_open = open.iter().any(|alert| alert.subject == subject);
        let from = if is_open { BUDGET_WELL } else { BUDGET_FULL };
        if fact.bytes.saturating_mul(100) < fact.budget_bytes.saturating_mul(from) {
            continue;
        }
        raised.push(Raised {
            kind: AlertKind::Budget,
            subject,
            title: format!("“{}” keeps nearly as much data as it may", fact.name),
            text: format!(
                "It may keep {}, and has used {BUDGET_FULL} percent of it. Beyond it, the data of its oldest runs is deleted. Let it keep more, or its runs for a shorter time, in the workflow's settings.",
                size(fact.budget_bytes)
            ),
            workflow: Some(fact.workflow),
            connection: None,
            run: None,
            count: 1,
            at: now,
        });
    }
    let own = |subject: &str| subject.starts_with(BYTES);
    notify.settle_among(workspace, AlertKind::Budget, own, raised, "It keeps less data again.").await
}

/// In words, to one decimal.
fn size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    let (unit, name) = if bytes >= 1024 * MIB { (1024 * MIB, "GiB") } else { (MIB, "MiB") };
    let tenths = bytes.saturating_mul(10) / unit;
    if tenths.is_multiple_of(10) { format!("{} {name}", tenths / 10) } else { format!("{}.{} {name}", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_low_by_its_share_unless_there_is_plenty() {
        let disk = |free_bytes, free_percent| Disk { free_bytes, free_percent };
        assert!(disk(1_000_000_000, 4).is_low(false));
        assert!(!disk(1_000_000_000, 5).is_low(false));
        assert!(disk(1_000_000_000, 7).is_low(true), "it is over a little later");
        assert!(!disk(1_000_000_000, 8).is_low(true));
        assert!(!disk(20_000_000_000, 1).is_low(true));
    }

    #[test]
    fn sizes_are_read_at_a_glance() {
        assert_eq!([size(1 << 20), size(1_572_864), size(5 << 30)], ["1 MiB", "1.5 MiB", "5 GiB"]);
    }
}
