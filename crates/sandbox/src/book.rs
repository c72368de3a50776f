//! `sandbox.toml`: what a simulated account remembers, and which requests read and change it.

use std::collections::BTreeMap;

use manifest::Template;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Book {
    pub collections: BTreeMap<String, Collection>,
    /// The first that fits decides. Requests that none fits are answered from the cases.
    pub calls: Vec<Call>,
    /// Values that requests are put together with, instead of those of the cases.
    pub values: BTreeMap<String, String>,
    /// There is no vendor: every address is answered, as a person wrote, or by what was asked.
    pub any_address: bool,
    /// By trigger: what happens there without a call of ours.
    pub events: BTreeMap<String, Event>,
}

/// What a person makes happen in the account, so that a trigger is seen to notice. Templates see `input` (the trigger's form), `sample` (the
/// trigger's), `account` (as the vendor names it), `n` (1, 2, ...), `number` (rises), `uuid`, `now`, `now_s` and `now_ms`;
/// `object` also `count`, of what the collection holds.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Event {
    /// The collection, a template, in whose lists it is found.
    #[serde(rename = "in")]
    pub collection: String,
    /// What is put there.
    pub object: Template,
    /// What a webhook sends; sees `object`. Absent: the trigger's sample.
    pub body: Option<Template>,
    pub headers: BTreeMap<String, String>,
    /// It is sent as a form.
    pub form: bool,
}

/// Things of one kind that the account holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Collection {
    /// Where an object holds its id: `id`, `data.id`. Absent: nowhere; the sandbox knows it all the same.
    #[serde(default)]
    pub id: Option<String>,
    /// The id of a new object; sees `n`, `object`, `now`, `now_s`, `path`, `query`, `body` and `mail`.
    #[serde(default = "number")]
    pub id_as: String,
    /// Other paths whose values name an object, and are unique but for case: `properties.email`.
    #[serde(default)]
    pub keys: Vec<String>,
    /// `n` of the first one.
    #[serde(default = "first")]
    pub start: u64,
    /// What every new object has.
    #[serde(default)]
    pub made: Template,
    /// What every new and every changed object gets.
    #[serde(default)]
    pub touched: Template,
    /// What the account holds at first.
    #[serde(default)]
    pub seed: Vec<Value>,
}

fn number() -> String {
    "{n}".to_owned()
}

fn first() -> u64 {
    1001
}

/// A request of the vendor's API, and what it does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    /// `POST /contacts/{id}`, below the connector's base address, or with an address: `POST https://...`. `{name}` is one segment,
    /// `{+name}` several; `path.name` in expressions.
    pub on: String,
    /// Expression.
    #[serde(default)]
    pub when: Option<String>,
    pub does: Does,
    /// The collection, a template: `{path.object}`.
    #[serde(rename = "in", default)]
    pub collection: String,
    /// Expression: a list, for requests that are about several objects at once; each is `entry`.
    #[serde(default)]
    pub each: Option<String>,
    /// Expression: which object, by its id or one of its keys.
    #[serde(default)]
    pub id: Option<String>,
    /// What is kept, or changed, of the request.
    #[serde(default)]
    pub object: Template,
    /// Lists: expression over `item`.
    #[serde(default)]
    pub keep_if: Option<String>,
    /// Lists: expression over `item`, by which they are ordered; else as things were made.
    #[serde(default)]
    pub order: Option<String>,
    #[serde(default)]
    pub newest_first: bool,
    /// Lists: expression; how many at most.
    #[serde(default)]
    pub limit: Option<String>,
    /// Fields the vendor insists on: expressions that must not be missing or empty.
    #[serde(default)]
    pub needs: Vec<String>,
    #[serde(default)]
    pub refuse: Vec<Refuse>,
    #[serde(default)]
    pub status: Option<u16>,
    /// Sees `object` (the last), `objects`, for lists `items`, and what the other templates see. An object that was just made has
    /// `_new`. Absent: the object or the objects themselves.
    #[serde(default)]
    pub answer: Option<Template>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Where nothing has this id; absent: the vendor's 404.
    #[serde(default)]
    pub absent: Option<Refuse>,
    /// Where one with this key exists; absent: the vendor's 409.
    #[serde(default)]
    pub taken: Option<Refuse>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Does {
    Create,
    Read,
    Update,
    /// Update where there is one, else create.
    Upsert,
    Delete,
    List,
    /// Answers without a memory.
    Answer,
    /// As the code of this connector says (`behaviour`).
    Code,
}

/// What the vendor does not do, and how it says so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refuse {
    /// Expression; not for `absent` and `taken`.
    #[serde(rename = "if", default)]
    pub when: String,
    pub status: u16,
    /// Put where the vendor's errors have their message, unless there is a body.
    #[serde(default)]
    pub say: String,
    #[serde(default)]
    pub body: Option<Template>,
}
