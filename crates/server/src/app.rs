use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::{OnceCell, Semaphore, watch};
use triggers::{SigningKey, WaitLinks};

use crate::{
    Options, Services,
    accounts::Answers,
    assets::Assets,
    auth::{Passwords, Throttles},
    catalog::Catalog,
    routes::items::Places,
};

/// Streams that may be open at once: each holds a connection and a few buffers.
const STREAMS: usize = 1_000;
/// Each keeps a processor busy.
const SEARCHES: usize = 4;

/// What every handler gets. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

pub(crate) struct Inner {
    pub options: Options,
    pub services: Services,
    pub base_url: String,
    pub assets: Assets,
    pub passwords: Passwords,
    pub throttles: Throttles,
    pub streams: Arc<Semaphore>,
    /// Searches that go through events one by one, at once.
    pub searches: Arc<Semaphore>,
    /// Where loops' iterations stand in their journals.
    pub places: Places,
    /// The connectors, for browsers.
    pub catalog: Catalog,
    /// What accounts answered a moment ago.
    pub answers: Answers,
    has_owner: AtomicBool,
    wait_links: OnceCell<WaitLinks>,
    /// Rises whenever a session or token ends in this process, so that its streams look again whether they may go on.
    revocations: watch::Sender<u64>,
}

impl App {
    pub fn new(options: Options, services: Services) -> Self {
        App(Arc::new(Inner {
            base_url: options.base_url(),
            assets: Assets::new(options.ui_dir.clone()),
            passwords: Passwords::default(),
            throttles: Throttles::default(),
            streams: Arc::new(Semaphore::new(STREAMS)),
            searches: Arc::new(Semaphore::new(SEARCHES)),
            places: Places::default(),
            catalog: Catalog::new(&services.connectors),
            answers: Answers::default(),
            has_owner: AtomicBool::new(false),
            wait_links: OnceCell::new(),
            revocations: watch::Sender::new(0),
            options,
            services,
        }))
    }

    /// Whether the owner's account exists; asked of the database until it does.
    pub async fn has_owner(&self) -> Result<bool, store::Error> {
        if self.has_owner.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let has_owner = !self.services.store.needs_owner().await?;
        self.has_owner.store(has_owner, Ordering::Relaxed);
        Ok(has_owner)
    }

    /// What makes and checks the links of waits; its key is read when it is first asked for.
    pub async fn wait_links(&self) -> Result<&WaitLinks, triggers::Error> {
        let open = async || {
            let key = SigningKey::open(&self.services.store, &self.services.vault).await?;
            Ok(WaitLinks::new(key, &self.base_url))
        };
        self.wait_links.get_or_try_init(open).await
    }

    /// Where vendors send the browser back to; registered with them exactly so.
    pub fn redirect_uri(&self) -> String {
        format!("{}/oauth/callback", self.base_url)
    }

    pub fn revoked(&self) {
        self.revocations.send_modify(|count| *count += 1);
    }

    pub fn revocations(&self) -> watch::Receiver<u64> {
        self.revocations.subscribe()
    }
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Deref for Inner {
    type Target = Services;
    fn deref(&self) -> &Services {
        &self.services
    }
}
