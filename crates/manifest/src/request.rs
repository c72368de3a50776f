//! A request as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::outcome::OutcomeRule;
use crate::template::Template;

/// One request of an operation, a load, a trigger or a connection. Templates see `input`, `connection`, `answers.<id>` (bodies of
/// earlier requests), `chunk`, `search` and `cursor`, each where it exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestSpec {
    /// The name under which later requests find the answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(default = "RequestSpec::get")]
    pub method: String,
    /// Below the base address. Each `{...}` fills one segment, percent-encoded; a missing or empty one is an error.
    #[serde(default)]
    pub path: String,
    /// Instead of the connector's: uploads often have a host of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    #[serde(default, skip_serializing_if = "Template::is_empty")]
    pub query: Template,
    /// How lists are written in the query.
    #[serde(default)]
    pub query_lists: ListStyle,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// The name of a set in the auth method's `send_as`.
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    pub send_as: Option<String>,
    /// Made without credentials: an upload to an address that holds its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anonymous: bool,
    /// Expression; the request is skipped when it is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The request is made once for each piece of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_each_chunk: Option<Chunk>,
    /// The request is repeated until the answer says that it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll_until: Option<PollUntil>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<Paging>,
    #[serde(default)]
    pub answer: AnswerKind,
    /// Looked at before the connector's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcome: Vec<OutcomeRule>,
}

impl RequestSpec {
    fn get() -> String {
        "GET".to_owned()
    }
}

/// How lists are written in a query or form. Objects always use brackets: `a[b]=1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListStyle {
    /// `a=1&a=2`
    #[default]
    Repeat,
    /// `a[]=1&a[]=2`
    Brackets,
    /// `a[0]=1&a[1]=2`
    Indices,
    /// `a=1,2`
    Comma,
    /// `a=[1,2]`
    Json,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    Json {
        value: Template,
    },
    /// `application/x-www-form-urlencoded`; nested objects in brackets.
    Form {
        value: Template,
        #[serde(default)]
        lists: ListStyle,
    },
    /// `multipart/form-data`: file values become parts with a name and a type.
    Multipart {
        value: Template,
    },
    /// `multipart/related` (RFC 2387): JSON, then a file.
    Related {
        metadata: Template,
        file: String,
    },
    /// A text, or the bytes of a file value.
    Raw {
        value: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        media_type: Option<String>,
    },
    /// An e-mail (RFC 5322) in base64url, as one field of a JSON body.
    Message {
        message: Box<MessageSpec>,
        /// Path of the field: `raw`, `message.raw`.
        into: String,
        /// The other fields.
        #[serde(default, skip_serializing_if = "Template::is_empty")]
        value: Template,
    },
    Graphql {
        query: String,
        #[serde(default, skip_serializing_if = "Template::is_empty")]
        variables: Template,
    },
}

/// The parts of an e-mail; all are templates.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageSpec {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Each gives one address, several with commas between them, or a list.
    pub to: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cc: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bcc: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    pub subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// A list of file values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<String>,
    /// `In-Reply-To`, `References` ...
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    #[default]
    Auto,
    Json,
    Text,
    /// A file value: `{name, media_type, bytes, base64}`.
    File,
}

/// Pieces of a list: `chunk` in templates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chunk {
    /// Expression: the list.
    pub of: String,
    /// Items of one request, at most.
    pub size: usize,
}

/// Repeats a read until a job of the other side is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollUntil {
    /// Expression over `body`: it is done.
    pub done: String,
    /// Expression over `body`: it will never be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// Between two requests, in milliseconds.
    pub every_ms: u64,
    /// Requests at most.
    pub most: u32,
}

/// How a list goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    pub kind: PagingKind,
    /// Expression over `body`: the list.
    #[serde(default = "Paging::body")]
    pub items: String,
    /// Expression over `body` and `headers`: the next cursor (`cursor`) or address (`next_url`). Missing, null, false and empty end it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Where the cursor, page number, offset or id goes.
    #[serde(rename = "in", default)]
    pub place: PagingPlace,
    /// The name there; in a body a path: `variables.after`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// For `last_id`: expression over `item`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// For `page` and `offset`: the number of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// Expression over `body` and `headers`: whether there is more. Absent: as the kind says (`next`, a full page).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<String>,
    /// The name of the parameter for the page's size, in the same place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_name: Option<String>,
    /// Items of a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    #[serde(default = "Paging::most_pages")]
    pub most_pages: u32,
    /// Expression over `input`: how many items are wanted at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
}

impl Paging {
    fn body() -> String {
        "body".to_owned()
    }

    fn most_pages() -> u32 {
        20
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PagingKind {
    Cursor,
    /// The `Link` header with `rel="next"` (RFC 8288).
    Link,
    NextUrl,
    Page,
    Offset,
    LastId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PagingPlace {
    #[default]
    Query,
    Body,
}
