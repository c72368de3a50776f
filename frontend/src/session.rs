//! Who is asking, and what to show while that is not known.

use leptos::{prelude::*, task::spawn_local};
use model::{
    Role,
    api::{Empty, GetMe, GetSetup, Me, SignOut},
};

use crate::api::{self, Problem, call};

#[derive(Clone, PartialEq)]
pub enum SessionState {
    Opening,
    Unreachable(Problem),
    NeedsOwner,
    SignedOut,
    SignedIn,
}

#[derive(Clone, Copy)]
pub struct Session {
    pub state: RwSignal<SessionState>,
    me: RwSignal<Option<Me>>,
    /// The session ended while a page was open: the page stays, under a sign-in dialog.
    pub expired: RwSignal<bool>,
    /// The person has just set this server up: one question is left before the pages.
    pub is_new: RwSignal<bool>,
}

impl Session {
    /// Whoever is signed in; `None` only while nobody is.
    pub fn me(self) -> Option<Me> {
        self.me.get()
    }

    /// Whether the person has at least this role here.
    pub fn may(self, role: Role) -> bool {
        self.me.with(|me| me.as_ref().is_some_and(|me| me.role >= role))
    }

    /// Asks the server who is here, first of all whether it has an owner.
    pub fn open(self) {
        self.state.set(SessionState::Opening);
        spawn_local(async move {
            match call::<GetSetup>((), &Empty {}, &Empty {}).await {
                Ok(setup) if setup.needs_owner => self.state.set(SessionState::NeedsOwner),
                Ok(_) => match call::<GetMe>((), &Empty {}, &Empty {}).await {
                    Ok(me) => self.enter(me),
                    Err(problem) if problem.status == 401 => self.state.set(SessionState::SignedOut),
                    Err(problem) => self.state.set(SessionState::Unreachable(problem)),
                },
                Err(problem) => self.state.set(SessionState::Unreachable(problem)),
            }
        });
    }

    /// Somebody has signed in.
    pub fn enter(self, me: Me) {
        let before = self.me.with_untracked(|me| me.as_ref().and_then(|me| me.user.as_ref().map(|user| user.id)));
        let other = before.is_some() && before != me.user.as_ref().map(|user| user.id);
        if other {
            // Nothing of the person before may stay on the page.
            let _ = window().location().reload();
            return;
        }
        self.me.set(Some(me));
        self.expired.set(false);
        self.state.set(SessionState::SignedIn);
    }

    /// Ends the session.
    pub fn leave(self) {
        spawn_local(async move {
            // Signed out already counts as signed out.
            let _ = call::<SignOut>((), &Empty {}, &Empty {}).await;
            self.forget();
        });
    }

    /// Nobody is signed in any more.
    pub fn forget(self) {
        self.expired.set(false);
        self.me.set(None);
        self.state.set(SessionState::SignedOut);
    }
}

pub fn use_session() -> Session {
    expect_context()
}

pub fn provide_session() -> Session {
    let session = Session {
        state: RwSignal::new(SessionState::Opening),
        me: RwSignal::new(None),
        expired: RwSignal::new(false),
        is_new: RwSignal::new(false),
    };
    api::on_signed_out(move || {
        if session.state.get_untracked() == SessionState::SignedIn {
            session.expired.set(true);
        }
    });
    provide_context(session);
    session
}
