//! Hosts whose certificates are refused.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};
use model::{api::AlertKind, ids::WorkspaceId};
use store::{Error, Raised, UntrustedFact};

use crate::{Notify, rules::clock};

/// A host is asked for its certificate again so long after the last time, and after the last call that met it, in milliseconds.
const ASK_MS: i64 = 2 * 60_000;
/// Hosts asked in one round; the others wait for the next one.
const MOST: usize = 8;
/// After a day without a call, in milliseconds, it is nobody's concern any more.
const OVER_MS: i64 = 24 * 3_600_000;

/// How it stands with a host.
enum Stands {
    Refused,
    Trusted,
    Uncalled,
}

pub(crate) async fn check(notify: &Notify, workspace: WorkspaceId) -> Result<(), Error> {
    let (store, now) = (&notify.store, notify.store.now());
    let known = store.untrusted_hosts(workspace).await?;
    let due = |fact: &&UntrustedFact| now.since(fact.checked_at.max(fact.last_at)) >= ASK_MS;
    // Who was asked longest ago goes first, so that nobody's turn never comes.
    let mut asked: Vec<&UntrustedFact> = known.iter().filter(due).collect();
    asked.sort_by_key(|fact| fact.checked_at);
    let asked: Vec<UntrustedFact> = asked.into_iter().take(MOST).cloned().collect();
    let answers = stream::iter(asked).map(|fact| answered(notify, workspace, fact));
    let answers: Vec<Result<_, Error>> = answers.buffer_unordered(MOST).collect().await;
    let mut gone = HashSet::new();
    let open = store.open_alerts(workspace, AlertKind::Certificate).await?;
    for answer in answers {
        let (fact, stands) = answer?;
        let over = match stands {
            Stands::Refused => continue,
            Stands::Trusted => "Its certificate is accepted again. Runs that failed can be replayed.",
            Stands::Uncalled => "No call has gone there for a day.",
        };
        if store.forget_untrusted(workspace, &fact.host, fact.last_at).await? {
            if let Some(alert) = open.iter().find(|alert| alert.subject == fact.host) {
                store.resolve(alert.id, over).await?;
            }
            gone.insert(fact.host);
        }
    }
    let raised = known.iter().filter(|fact| !gone.contains(&fact.host)).map(raised).collect();
    notify.settle(workspace, AlertKind::Certificate, raised, "It is over.").await
}

async fn answered(notify: &Notify, workspace: WorkspaceId, fact: UntrustedFact) -> Result<(UntrustedFact, Stands), Error> {
    let stands = ask(notify, workspace, &fact).await?;
    Ok((fact, stands))
}

/// Makes a connection without saying anything. Whoever begins without encryption, or cannot be reached just now, stays refused.
async fn ask(notify: &Notify, workspace: WorkspaceId, fact: &UntrustedFact) -> Result<Stands, Error> {
    if notify.store.now().since(fact.last_at) > OVER_MS {
        return Ok(Stands::Uncalled);
    }
    let message = match notify.connect.try_certificate(&fact.host).await {
        Ok(()) => return Ok(Stands::Trusted),
        Err(error) if error.untrusted.is_some() => error.message,
        Err(_) => fact.message.clone(),
    };
    notify.store.certificate_checked(workspace, &fact.host, &message).await?;
    Ok(Stands::Refused)
}

fn raised(fact: &UntrustedFact) -> Raised {
    let calls = match fact.count {
        1 => "1 call was not made".to_owned(),
        n => format!("{n} calls were not made"),
    };
    Raised {
        kind: AlertKind::Certificate,
        subject: fact.host.clone(),
        title: format!("The certificate of {} is refused", fact.host),
        text: format!(
            "{}. {calls} because of it since {}; nothing was sent.",
            fact.message.trim_end_matches('.'),
            clock(fact.first_at)
        ),
        workflow: fact.workflow,
        connection: None,
        run: fact.run,
        count: fact.count,
        at: fact.first_at,
    }
}
