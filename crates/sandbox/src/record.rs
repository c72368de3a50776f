//! What is known of the vendors' answers: recorded cases, and the rules beside them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use crate::book::Book;

/// One connector's.
#[derive(Debug, Deserialize)]
pub(crate) struct Record {
    pub cases: Vec<Case>,
    pub book: Book,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    /// The way to sign in.
    #[serde(default)]
    pub auth: Option<String>,
    #[serde(default)]
    pub connection: BTreeMap<String, String>,
    #[serde(default)]
    pub error: Option<Refused>,
    #[serde(default)]
    pub exchanges: Vec<Exchange>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Refused {
    /// As `connect` classes it: `auth`, `rate_limited`.
    pub class: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Exchange {
    pub request: Asked,
    pub answer: Answered,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    pub method: String,
    pub url: String,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: Value,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Answered {
    pub status: u16,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// `{"$base64": "..."}`: bytes. A text: plain text.
    #[serde(default)]
    pub body: Option<Value>,
}

static RECORDS: LazyLock<BTreeMap<String, Record>> = LazyLock::new(|| {
    let json = include_str!(concat!(env!("OUT_DIR"), "/records.json"));
    serde_json::from_str(json).expect("a test reads every record of the repository")
});

/// Of a connector that comes with Patchbay.
pub(crate) fn find(connector: &str) -> Option<&'static Record> {
    RECORDS.get(connector)
}
