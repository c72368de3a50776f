use model::api::User;

use super::Client;
use crate::{app::App, error::ApiError};

/// Whose account it is, where the password is its; otherwise nobody. Guesses are limited per address and account, and per account; the limit
/// per address is the caller's, since other attempts count there, too. `email`: trimmed, in lower case.
pub(crate) async fn prove(app: &App, client: &Client, email: &str, password: String) -> Result<Option<User>, ApiError> {
    let (pair, now) = (format!("{} {email}", client.throttle_key()), app.store.now().ms());
    app.throttles.pair.take(&pair, now)?;
    app.throttles.account.take(email, now)?;
    let known = app.store.user_by_email(email).await?;
    // An address without an account takes as long.
    let hash = known.as_ref().map(|credentials| credentials.password_hash.clone());
    let matches = app.passwords.verify(password, hash).await?;
    let Some(credentials) = known.filter(|_| matches) else {
        metrics::counter!("patchbay_sign_ins_total", "outcome" => "refused").increment(1);
        tracing::warn!(client.ip = %client.ip_text(), "a sign-in was refused");
        return Ok(None);
    };
    app.throttles.pair.give_back(&pair);
    app.throttles.account.give_back(email);
    metrics::counter!("patchbay_sign_ins_total", "outcome" => "ok").increment(1);
    Ok(Some(credentials.user))
}
