//! Calls to other systems, in two halves: [`Connect::prepare`] renders the exact request, which the journal keeps as the
//! intent; [`Connect::perform`] sends it, now or after a crash, and says what the answer means.
//!
//! Credentials come in as values and are put on a request at the last moment: neither the rendered request nor anything that
//! is recorded of an answer holds them.

pub mod budget;
mod certificate;
mod connect;
mod credential;
mod data;
mod error;
mod file;
mod http;
mod polling;
mod record;
mod redact;
mod sandbox;
mod smtp;
mod subscribing;
mod transport;

pub use budget::Budget;
pub use connect::{Account, CallResult, Choose, Connect, Exchanged, FoundOut, Options, Prepared, Question, is_test_account};
pub use credential::{AuthMethod, Credential};
pub use data::Env;
pub use error::CallError;
pub use file::{KeptFile, MOST_FILE_BYTES, cleaned as file_name, is_media_type};
pub use polling::{Holding, Known, LeftOut, Looked, Occurrence, Polled, Since, Want};
pub use record::{Answer, BodyRecord, Origin, RECORD_BODY_BYTES, RequestRecord, ResponseRecord};
pub use sandbox::{Happening, Occurred, Sandbox, Told, marked};
pub use smtp::{Attachment, Mail, Sent};
pub use subscribing::{OfTrigger, Subscribing, Webhook, trigger_input};
pub use transport::{Dialing, Sending, Transport};
