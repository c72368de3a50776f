//! One module per page.

mod activity;
mod alerts;
mod apps;
pub mod connections;
mod dashboard;
mod events;
mod first_channel;
mod join;
mod no_page;
mod run;
mod runs;
mod settings;
mod setup;
mod sign_in;
mod unreachable;
pub mod workflows;

pub use activity::ActivityPage;
pub use alerts::AlertsPage;
pub use apps::{AppPage, AppsPage};
pub use connections::{ConnectionPage, ConnectionsPage};
pub use dashboard::DashboardPage;
pub use events::EventsPage;
pub use first_channel::FirstChannelPage;
pub use join::JoinPage;
pub use no_page::NoPage;
pub use run::{NoRun, RunPage};
pub use runs::RunsPage;
pub use settings::SettingsPage;
pub use setup::SetupPage;
pub use sign_in::{ExpiredDialog, SignInPage};
pub use unreachable::UnreachablePage;
pub use workflows::WorkflowsPage;
