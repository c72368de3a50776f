//! A run's journal in pages, however long it has grown.

use model::{
    Role, Timestamp,
    api::{Journal, JournalRow},
    ids::RunId,
    run::{Datum, RunEvent},
};

use crate::{Error, Scope, Snapshot, Store, payload, sql};

/// Bytes of one page.
const PAGE_BYTES: usize = 8 * 1024 * 1024;

impl Store {
    /// At most `limit` rows with a higher sequence number than `after` (-1: from the beginning), oldest first, long values as references.
    pub async fn journal_page(&self, scope: &Scope, run: RunId, after: i64, limit: u32) -> Result<Journal, Error> {
        self.read_page(scope, run, after, limit, false).await
    }

    /// `whole`: long values count with their own length.
    async fn read_page(&self, scope: &Scope, run: RunId, after: i64, limit: u32, whole: bool) -> Result<Journal, Error> {
        scope.require(Role::Viewer)?;
        let sql = format!(
            "SELECT j.seq, j.at, j.format, j.events FROM journal j JOIN run r ON r.id = j.run_id
             WHERE j.run_id = $1 AND r.workspace_id = $2 AND j.seq > $3 ORDER BY j.seq LIMIT {}",
            u64::from(limit) + 1
        );
        let values = vec![run.0.into(), scope.workspace.0.into(), after.into()];
        let found = sql::all(&self.shared.read, sql, values).await?;
        let (mut rows, mut bytes, mut more) = (Vec::new(), 0, false);
        for row in &found {
            let events: Vec<u8> = sql::get(row, 3)?;
            // At least one row, whatever its size: a reader must come on.
            if rows.len() >= limit as usize || bytes > PAGE_BYTES {
                more = true;
                break;
            }
            let json = payload::journal_json(sql::get(row, 2)?, &events)?;
            bytes += json.len();
            let mut events = payload::parse(&json)?;
            if whole {
                bytes += events.iter_mut().map(stored_bytes).sum::<usize>();
            }
            rows.push(JournalRow { seq: sql::get(row, 0)?, at: Timestamp(sql::get(row, 1)?), events });
        }
        Ok(Journal { rows, more })
    }

    /// What stands for the beginning of a long run's journal, where there is such a thing.
    pub async fn snapshot(&self, scope: &Scope, run: RunId) -> Result<Option<Snapshot>, Error> {
        scope.require(Role::Viewer)?;
        let sql = "SELECT s.seq, s.format, s.state FROM snapshot s JOIN run r ON r.id = s.run_id
                   WHERE s.run_id = $1 AND r.workspace_id = $2";
        let row = sql::one(&self.shared.read, sql, vec![run.0.into(), scope.workspace.0.into()]).await?;
        row.map(|row| {
            let state: Vec<u8> = sql::get(&row, 2)?;
            Ok(Snapshot { seq: sql::get(&row, 0)?, format: sql::get(&row, 1)?, state: state.into() })
        })
        .transpose()
    }

    /// A page with long values put back in place.
    pub async fn journal_page_with_payloads(&self, scope: &Scope, run: RunId, after: i64, limit: u32) -> Result<Journal, Error> {
        let mut page = self.read_page(scope, run, after, limit, true).await?;
        let mut hashes: Vec<String> = page.rows.iter_mut().flat_map(|row| payload::references(&mut row.events)).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let values = self.payloads(run, &hashes).await?;
        for row in &mut page.rows {
            payload::restore(&mut row.events, &values);
        }
        Ok(page)
    }
}

/// Of the long values an event refers to.
fn stored_bytes(event: &mut RunEvent) -> usize {
    let data = event.kind.data_mut();
    data.into_iter()
        .map(|datum| if let Datum::Stored { bytes, .. } = datum { usize::try_from(*bytes).unwrap_or(usize::MAX) } else { 0 })
        .fold(0, usize::saturating_add)
}
