use model::{WorkflowDefinition, api::*, definition::TriggerKind};
use triggers::habit;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

const DAY_MS: i64 = 86_400_000;

pub(crate) async fn suggest(
    app: App,
    caller: Member,
    input: Input<SuggestExpectation>,
) -> Result<SuggestedExpectation, ApiError> {
    let row = app.store.workflow(&caller.scope, input.path.0).await?;
    if !gets_events(&row.draft) {
        return Ok(SuggestedExpectation::default());
    }
    let now = app.store.now();
    let past = app.store.past_events(&caller.scope, row.id, now.plus_ms(-habit::BACK_MS)).await?;
    let zone = input.query.time_zone.as_deref().unwrap_or(&row.draft.settings.time_zone);
    let found = habit::suggest(zone, &past, now).map_err(|message| ApiError::field("time_zone", message))?;
    let first = past.iter().find(|quarter| quarter.events > 0).map_or(now, |quarter| quarter.at);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let suggestion = found.map(|found| ExpectationSuggestion {
        expects: found.expects,
        days: u32::try_from(now.since(first) / DAY_MS).unwrap_or_default(),
        spans: count(found.spans),
        missed: count(found.missed),
    });
    Ok(SuggestedExpectation { suggestion })
}

/// Schedules are looked after by themselves, and nobody expects a person to press a button.
fn gets_events(definition: &WorkflowDefinition) -> bool {
    definition.triggers.iter().any(|trigger| match &trigger.kind {
        TriggerKind::Webhook(_) | TriggerKind::App(_) | TriggerKind::Form(_) | TriggerKind::Workflow(_) => true,
        TriggerKind::Schedule(_) | TriggerKind::Manual(_) | TriggerKind::Failure(_) => false,
    })
}
