//! Who asks, and whether they may.

mod bearer;
mod caller;
mod client;
mod origin;
mod password;
mod prove;
mod session;
mod setup_token;
mod throttle;

pub(crate) use bearer::{new_link_secret, new_secret, secret_hash, valid_token};
pub(crate) use caller::{Anyone, Caller, Grant, Member, Person, scope_in, signed_in_of, still_granted, visitor};
pub(crate) use client::{Client, forwarded_host, is_this_machine};
pub(crate) use origin::own_form;
pub use password::hash_password;
pub(crate) use password::{Passwords, check_new};
pub(crate) use prove::prove;
pub(crate) use session::{SignedIn, begin, begin_in, layer};
pub(crate) use setup_token::matches as setup_token_matches;
pub(crate) use throttle::Throttles;
