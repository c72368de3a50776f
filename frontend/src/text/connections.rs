//! Connections: credentials that are kept sealed.

use super::{plural, quoted};

pub const TITLE: &str = "Connections";
pub const LEAD: &str = "Keys and passwords for the services your workflows call. They are stored sealed, never shown again, and sent only to the hosts you list.";
pub const ADD: &str = "Add connection";
pub const EMPTY_TITLE: &str = "No connections yet";
pub const EMPTY: &str = "Add one when a step needs a password, a token or an API key. Steps that call open addresses need none.";
pub const SERVICE: &str = "Service";
pub const LABEL: &str = "Name";
pub const LABEL_HINT: &str = "How you recognise it in a step, such as “Acme CRM”.";
pub const HOSTS: &str = "May be sent to";
pub const HOSTS_HINT: &str =
    "Hosts, one per line, such as api.example.com or *.example.com. Nothing else ever sees the credentials.";
pub const HOSTS_PLACEHOLDER: &str = "api.example.com";
pub const METHOD: &str = "How it proves who you are";
pub const NEED_LABEL: &str = "Give it a name.";
pub const NEED_HOSTS: &str = "List at least one host.";
pub const BAD_HOST: &str = "Only names of hosts, without https:// and paths.";
pub const NEED_VALUE: &str = "This is needed.";
pub const ADDED: &str = "The connection is added.";
pub const EDIT: &str = "Edit";
pub const REPLACE: &str = "Replace credentials";
pub const REPLACE_LEAD: &str = "The old credentials are forgotten. Runs that wait for this connection go on by themselves.";
pub const REPLACED: &str = "The credentials are replaced.";
pub const SAVED: &str = "Saved.";
pub const DELETE: &str = "Delete";
pub const DELETE_BODY: &str = "Its credentials are erased. This cannot be undone.";
pub const NEEDS_REAUTH: &str = "The other side refused these credentials. Runs wait until they are replaced.";
pub const UNUSED: &str = "Not used yet";
pub const USED_ABOUT: &str = "It cannot be deleted while a workflow uses it.";

pub fn actions(label: &str) -> String {
    format!("Actions for {}", quoted(label))
}

pub fn used_by(n: u64) -> String {
    if n == 0 { UNUSED.into() } else { format!("Used by {}", plural(n, "workflow", "workflows")) }
}

pub fn delete_title(label: &str) -> String {
    format!("Delete {}?", quoted(label))
}

pub fn replace_title(label: &str) -> String {
    format!("Replace the credentials of {}", quoted(label))
}

pub fn edit_title(label: &str) -> String {
    format!("Edit {}", quoted(label))
}

pub fn deleted(label: &str) -> String {
    format!("{} is deleted.", quoted(label))
}
