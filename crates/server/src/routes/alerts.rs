use model::api::*;
use notify::ChannelError;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

/// Longest snooze, in milliseconds.
const LONGEST_MS: i64 = 90 * 86_400_000;

pub(crate) async fn list(app: App, caller: Member, input: Input<ListAlerts>) -> Result<Page<Alert>, ApiError> {
    Ok(app.store.alerts(&caller.scope, &input.query).await?)
}

pub(crate) async fn count(app: App, caller: Member, _: Input<CountAlerts>) -> Result<AlertCount, ApiError> {
    Ok(app.store.count_alerts(&caller.scope).await?)
}

pub(crate) async fn acknowledge(app: App, caller: Member, input: Input<AcknowledgeAlert>) -> Result<Alert, ApiError> {
    Ok(app.store.acknowledge_alert(&caller.scope, input.path.0).await?)
}

pub(crate) async fn snooze(app: App, caller: Member, input: Input<SnoozeAlert>) -> Result<Alert, ApiError> {
    app.store.alert(&caller.scope, input.path.0).await?;
    let (until, now) = (input.body.until, app.store.now());
    if until <= now || until.since(now) > LONGEST_MS {
        return Err(ApiError::field("until", "Choose a time that is still to come, at most 90 days ahead."));
    }
    Ok(app.store.snooze_alert(&caller.scope, input.path.0, until).await?)
}

pub(crate) async fn channels(app: App, caller: Member, _: Input<ListChannels>) -> Result<Channels, ApiError> {
    Ok(Channels { items: app.store.channels(&caller.scope).await? })
}

pub(crate) async fn create(app: App, caller: Member, input: Input<CreateChannel>) -> Result<Channel, ApiError> {
    Ok(app.notify.create_channel(&caller.scope, input.body).await?)
}

pub(crate) async fn update(app: App, caller: Member, input: Input<UpdateChannel>) -> Result<Channel, ApiError> {
    Ok(app.notify.update_channel(&caller.scope, input.path.0, input.body).await?)
}

pub(crate) async fn delete(app: App, caller: Member, input: Input<DeleteChannel>) -> Result<Empty, ApiError> {
    app.store.delete_channel(&caller.scope, input.path.0).await?;
    Ok(Empty {})
}

pub(crate) async fn test(app: App, caller: Member, input: Input<TestChannel>) -> Result<ChannelTest, ApiError> {
    Ok(app.notify.test(&caller.scope, input.path.0).await?)
}

impl From<ChannelError> for ApiError {
    fn from(error: ChannelError) -> Self {
        match error {
            ChannelError::Field { field, message } => ApiError::field(&field, message),
            ChannelError::Store(error) => error.into(),
            ChannelError::Vault(error) => error.into(),
        }
    }
}
