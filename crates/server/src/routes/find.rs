//! Words in drafts.

use model::{
    api::*,
    definition::{Found, find as places},
};

use super::search::{LONGEST, SHORTEST};
use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

/// Drafts read at once.
const SLICE: u32 = 50;

pub(crate) async fn find(app: App, caller: Member, input: Input<FindInWorkflows>) -> Result<FoundWords, ApiError> {
    let q = input.query.q.trim();
    if !(SHORTEST..=LONGEST).contains(&q.chars().count()) {
        return Err(ApiError::field("q", format!("Search for {SHORTEST} to {LONGEST} characters.")));
    }
    let (mut items, mut before) = (Vec::new(), None);
    while items.len() <= FoundWords::MOST {
        let drafts = app.store.drafts(&caller.scope, before, SLICE).await?;
        let Some(last) = drafts.last() else { break };
        before = Some(last.id);
        for draft in drafts {
            let found = places(&draft.definition, q).into_iter();
            items.extend(found.map(|Found { place, label, text }| WordsAt {
                workflow: draft.id,
                workflow_name: draft.name.clone(),
                place,
                label,
                text,
            }));
        }
    }
    let more = items.len() > FoundWords::MOST;
    items.truncate(FoundWords::MOST);
    Ok(FoundWords { items, more })
}
