//! News from the server: one event stream for all tabs of a browser (`public/stream-worker.js`), handed to whoever listens.

use std::{cell::RefCell, rc::Rc};

use leptos::prelude::*;
use model::{
    api::{RunSummary, StreamEvent},
    ids::{ConnectionId, TriggerId, WorkflowId},
};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{MessageEvent, MessagePort, SharedWorker, Worker};

const SCRIPT: &str = "/stream-worker.js";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveState {
    Connecting,
    Live,
    /// There was a stream, and there will be one again.
    Reconnecting,
}

type Listener = Rc<dyn Fn(&StreamEvent)>;

/// Who listens, by number; in order of arrival.
#[derive(Default)]
struct Listeners {
    next: u32,
    list: Vec<(u32, Listener)>,
}

/// The stream of the workspace. Callbacks live as long as the reactive owner that registered them.
#[derive(Clone, Copy)]
pub struct Stream {
    pub state: RwSignal<LiveState>,
    listeners: StoredValue<Rc<RefCell<Listeners>>, LocalStorage>,
    outlet: StoredValue<Option<Outlet>, LocalStorage>,
}

/// Where messages to the worker go.
#[derive(Clone)]
enum Outlet {
    Shared(MessagePort),
    Own(Worker),
}

impl Outlet {
    fn post(&self, message: &str) {
        let message = JsValue::from_str(message);
        let _ = match self {
            Outlet::Shared(port) => port.post_message(&message),
            Outlet::Own(worker) => worker.post_message(&message),
        };
    }
}

impl Stream {
    fn listen(self, listener: impl Fn(&StreamEvent) + 'static) {
        let listeners = self.listeners.get_value();
        let id = {
            let mut all = listeners.borrow_mut();
            all.next += 1;
            let id = all.next;
            all.list.push((id, Rc::new(listener)));
            id
        };
        // A cleanup must be `Send`; the table is found again by its handle.
        on_cleanup(move || {
            if let Some(listeners) = self.listeners.try_get_value() {
                listeners.borrow_mut().list.retain(|(other, _)| *other != id);
            }
        });
    }

    /// Runs that were created or changed, each once per call.
    pub fn on_runs(self, listener: impl Fn(&[RunSummary]) + 'static) {
        self.listen(move |event| {
            if let StreamEvent::Runs { runs } = event {
                listener(runs);
            }
        });
    }

    /// An account was connected or connected again.
    pub fn on_connection(self, listener: impl Fn(ConnectionId) + 'static) {
        self.listen(move |event| {
            if let StreamEvent::Connection { connection } = event {
                listener(*connection);
            }
        });
    }

    /// A test event was captured.
    pub fn on_sample(self, listener: impl Fn(WorkflowId, &TriggerId) + 'static) {
        self.listen(move |event| {
            if let StreamEvent::Sample { workflow, trigger } = event {
                listener(*workflow, trigger);
            }
        });
    }

    /// A workflow was saved, published, renamed or switched.
    pub fn on_workflow(self, listener: impl Fn(WorkflowId) + 'static) {
        self.listen(move |event| {
            if let StreamEvent::Workflow { workflow } = event {
                listener(*workflow);
            }
        });
    }

    /// The stream was opened, or left something out: read again what is shown.
    pub fn on_reread(self, listener: impl Fn() + 'static) {
        self.listen(move |event| {
            if matches!(event, StreamEvent::Hello { .. } | StreamEvent::Lagged) {
                listener();
            }
        });
    }

    fn hand_out(self, event: &StreamEvent) {
        let Some(listeners) = self.listeners.try_get_value() else { return };
        // A listener may register or remove others.
        let list: Vec<Listener> = listeners.borrow().list.iter().map(|(_, listener)| listener.clone()).collect();
        list.iter().for_each(|listener| listener(event));
    }

    fn hear(self, message: &JsValue) {
        let field = |name: &str| js_sys::Reflect::get(message, &JsValue::from_str(name)).ok().and_then(|value| value.as_string());
        if let Some(state) = field("state") {
            let next = match (state.as_str(), self.state.get_untracked()) {
                ("live", _) => LiveState::Live,
                (_, LiveState::Connecting) => LiveState::Connecting,
                _ => LiveState::Reconnecting,
            };
            self.state.set(next);
        }
        // A kind of message this page does not know yet is passed over.
        if let Some(event) = field("data").and_then(|data| serde_json::from_str::<StreamEvent>(&data).ok()) {
            self.hand_out(&event);
        }
    }

    /// Joins the stream; once it has been joined, makes sure that it is not asleep.
    pub fn join(self) {
        if let Some(outlet) = self.outlet.get_value() {
            outlet.post("hi");
            return;
        }
        let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| self.hear(&event.data()));
        // Lives as long as the page.
        let heard: js_sys::Function = heard.into_js_value().unchecked_into();
        let outlet = match SharedWorker::new(SCRIPT) {
            Ok(worker) => {
                let port = worker.port();
                port.set_onmessage(Some(&heard));
                Some(Outlet::Shared(port))
            }
            Err(_) => Worker::new(SCRIPT).ok().map(|worker| {
                worker.set_onmessage(Some(&heard));
                Outlet::Own(worker)
            }),
        };
        if let Some(outlet) = &outlet {
            outlet.post("hi");
        }
        self.outlet.set_value(outlet);
    }

    /// Leaves the stream: nobody is signed in any more.
    pub fn leave(self) {
        self.post("bye");
        self.state.set(LiveState::Connecting);
    }

    fn post(self, message: &str) {
        if let Some(Some(outlet)) = self.outlet.try_get_value() {
            outlet.post(message);
        }
    }
}

pub fn use_stream() -> Stream {
    expect_context()
}

pub fn provide_stream() -> Stream {
    let stream = Stream {
        state: RwSignal::new(LiveState::Connecting),
        listeners: StoredValue::new_local(Rc::default()),
        outlet: StoredValue::new_local(None),
    };
    // A page in the back-forward cache must not hold the stream open, and takes part again when it is shown.
    let _ = window_event_listener(leptos::ev::pagehide, move |_| stream.post("bye"));
    let _ = window_event_listener(leptos::ev::pageshow, move |event| {
        if event.persisted() {
            stream.post("hi");
        }
    });
    let _ = window_event_listener(leptos::ev::online, move |_| stream.post("wake"));
    let _ = window_event_listener(leptos::ev::visibilitychange, move |_| {
        if !document().hidden() {
            stream.post("wake");
        }
    });
    provide_context(stream);
    stream
}
