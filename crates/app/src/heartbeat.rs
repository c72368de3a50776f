//! Tells another system that this one lives: whoever watches from outside notices when it does not.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use egress::{Egress, Request, SendLimits};
use http::Method;
use url::Url;

/// Between two beats.
const EVERY: Duration = Duration::from_secs(60);
const LIMITS: SendLimits = SendLimits { timeout: Duration::from_secs(10), max_response_bytes: 64 * 1024, max_redirects: 3 };

/// Beats are made by the round that looks for what is wrong: they stop when the database, the queue or the job runner does.
#[derive(Clone)]
pub struct Heartbeat {
    egress: Egress,
    url: Option<Url>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    last: Option<Instant>,
    /// The last one did not arrive; said once.
    failed: bool,
}

impl Heartbeat {
    pub fn new(egress: Egress, url: Option<Url>) -> Self {
        Heartbeat { egress, url, state: Arc::default() }
    }

    /// Beats if it is time. Does not wait for the answer.
    pub fn beat(&self) {
        let Some(url) = &self.url else { return };
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.last.is_some_and(|last| last.elapsed() < EVERY) {
                return;
            }
            state.last = Some(Instant::now());
        }
        let (this, url) = (self.clone(), url.clone());
        tokio::spawn(async move {
            let request = Request::new(Method::GET, url);
            let problem = match this.egress.send(request, &LIMITS).await {
                Ok(answer) if answer.status < 400 => None,
                Ok(answer) => Some(format!("it answered {}", answer.status)),
                Err(failure) => Some(failure.message),
            };
            let mut state = this.state.lock().unwrap_or_else(PoisonError::into_inner);
            match (&problem, state.failed) {
                // The address may hold a key: it is not repeated.
                (Some(why), false) => tracing::warn!(why = %why, "the heartbeat did not arrive; it is sent again every minute"),
                (None, true) => tracing::info!("the heartbeat arrives again"),
                _ => {}
            }
            state.failed = problem.is_some();
        });
    }
}
