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

/// What is known of connectors that do not come with Patchbay, beside those that do.
#[derive(Debug, Default)]
pub struct Records(BTreeMap<String, &'static Record>);

impl Records {
    /// Learns from the texts of a connector's `cases/*.json` and of its `sandbox.toml`; the error says what cannot be read. It is kept
    /// for as long as the process lives: connectors are read once, at its start.
    pub fn learn(&mut self, connector: &str, cases: &[String], book: Option<&str>) -> Result<(), String> {
        let mut all = Vec::new();
        for text in cases {
            all.extend(serde_json::from_str::<Vec<Case>>(text).map_err(|error| format!("a case cannot be read: {error}"))?);
        }
        let book = match book {
            Some(text) => toml::from_str(text).map_err(|error| format!("sandbox.toml cannot be read: {error}"))?,
            None => Book::default(),
        };
        self.0.insert(connector.to_owned(), Box::leak(Box::new(Record { cases: all, book })));
        Ok(())
    }

    pub(crate) fn find(&self, connector: &str) -> Option<&'static Record> {
        RECORDS.get(connector).or_else(|| self.0.get(connector).copied())
    }
}
