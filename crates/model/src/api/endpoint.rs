use std::fmt::Display;

use serde::{Serialize, de::DeserializeOwned};

use crate::Role;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// Who may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Public,
    /// Anyone signed in, in their own name (not a token).
    Person,
    /// A member or token of the workspace with at least this role.
    Role(Role),
}

/// One operation of the API.
pub trait Endpoint {
    const NAME: &'static str;
    const METHOD: Method;
    /// With `{name}` placeholders, filled in order by [`Endpoint::Path`].
    const PATH: &'static str;
    const ACCESS: Access;
    const SUMMARY: &'static str;
    type Path: PathArgs;
    type Query: Serialize + DeserializeOwned + Schema;
    type Body: Serialize + DeserializeOwned + Schema;
    type Reply: Serialize + DeserializeOwned + Schema;
}

#[cfg(feature = "schema")]
pub use schemars::JsonSchema as Schema;

/// Without the `schema` feature every type has (an unwritten) one.
#[cfg(not(feature = "schema"))]
pub trait Schema {}
#[cfg(not(feature = "schema"))]
impl<T> Schema for T {}

/// The values of a path's placeholders.
pub trait PathArgs {
    /// The path with its placeholders filled, percent-encoded.
    fn fill(&self, template: &str) -> String;
}

impl PathArgs for () {
    fn fill(&self, template: &str) -> String {
        template.to_owned()
    }
}

impl<A: Display> PathArgs for (A,) {
    fn fill(&self, template: &str) -> String {
        fill(template, &[&self.0])
    }
}

impl<A: Display, B: Display> PathArgs for (A, B) {
    fn fill(&self, template: &str) -> String {
        fill(template, &[&self.0, &self.1])
    }
}

impl<A: Display, B: Display, C: Display> PathArgs for (A, B, C) {
    fn fill(&self, template: &str) -> String {
        fill(template, &[&self.0, &self.1, &self.2])
    }
}

fn fill(template: &str, values: &[&dyn Display]) -> String {
    let mut values = values.iter();
    let segments = template.split('/').map(|segment| {
        if segment.starts_with('{') {
            values.next().map(|value| encode(&value.to_string())).unwrap_or_default()
        } else {
            segment.to_owned()
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Declares endpoints as types: `Name: METHOD "/path" access, "Summary", path, query, body => reply;`
macro_rules! endpoints {
    ($($name:ident: $method:ident $path:literal $access:expr, $summary:literal, $args:ty, $query:ty, $body:ty => $reply:ty;)*) => {$(
        #[doc = $summary]
        pub struct $name;
        impl $crate::api::Endpoint for $name {
            const NAME: &'static str = stringify!($name);
            const METHOD: $crate::api::Method = $crate::api::Method::$method;
            const PATH: &'static str = concat!("/api/v1", $path);
            const ACCESS: $crate::api::Access = $access;
            const SUMMARY: &'static str = $summary;
            type Path = $args;
            type Query = $query;
            type Body = $body;
            type Reply = $reply;
        }
    )*};
}
pub(crate) use endpoints;

pub(crate) const PUBLIC: Access = Access::Public;
pub(crate) const PERSON: Access = Access::Person;
pub(crate) const VIEWER: Access = Access::Role(Role::Viewer);
pub(crate) const MAKER: Access = Access::Role(Role::Maker);
pub(crate) const OPERATOR: Access = Access::Role(Role::Operator);
pub(crate) const OWNER: Access = Access::Role(Role::Owner);

#[cfg(test)]
mod tests {
    use super::PathArgs;

    #[test]
    fn fills_and_encodes() {
        assert_eq!(("a/b", "c d").fill("/x/{one}/y/{two}"), "/x/a%2Fb/y/c%20d");
    }
}
