//! Carries out a rule of `sandbox.toml`.

use model::Timestamp;
use serde_json::{Map, Value, json};

use crate::account::{Account, LARGEST_OBJECT, Object};
use crate::book::{Book, Call, Collection, Does, Refuse};
use crate::env::Env;
use crate::json::{get, merge, path, scalar, set};
use crate::known::Known;
use crate::mail;
use crate::place::Holes;
use crate::refusal::refuse;
use crate::request::Incoming;
use crate::simulate::Reply;

/// Objects of one request.
const MOST_ENTRIES: usize = 1_000;
/// The settings of collections that have none of their own.
const OTHERS: &str = "*";

/// One request, and what it is carried out on.
pub(crate) struct Act<'a> {
    pub known: &'a Known<'a>,
    pub call: &'static Call,
    pub account: &'a mut Account,
    pub now: Timestamp,
    /// Lists hold every item twice.
    pub doubles: bool,
}

/// What expressions of a rule see of a request.
pub(crate) fn env(incoming: &Incoming, holes: &Holes, now: Timestamp) -> Env {
    let path: Map<String, Value> = holes.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    Env::default()
        .with("path", Value::Object(path))
        .with("query", incoming.query.clone())
        .with("body", incoming.body.clone())
        .with("headers", incoming.headers.clone())
        .with("mail", mail::read(&incoming.body).unwrap_or_default())
        .with("now", Value::from(now.rfc3339()))
        .with("now_s", Value::from(now.ms() / 1_000))
}

impl Act<'_> {
    /// The answer, also where it is a refusal.
    pub fn answer(mut self, env: &Env) -> Reply {
        self.run(env).unwrap_or_else(|refusal| *refusal)
    }

    fn run(&mut self, env: &Env) -> Result<Reply, Box<Reply>> {
        let call = self.call;
        for needed in &call.needs {
            let is_there = env.value(needed).is_some_and(|value| !value.is_null() && value != "");
            if !is_there {
                let name = needed.rsplit('.').next().unwrap_or(needed);
                return Err(Box::new(refuse(self.known, "rejected", 400, Some(&format!("{name} is missing")))));
            }
        }
        if let Some(refused) = call.refuse.iter().find(|one| env.holds(&one.when)) {
            return Err(Box::new(self.refused(refused, env)));
        }
        let collection = env.text(&call.collection).unwrap_or_default();
        if call.does == Does::List {
            return Ok(self.list(env, &collection));
        }
        if call.does == Does::Answer {
            return Ok(self.told(env, Value::Null));
        }
        let entries = match &call.each {
            None => vec![env.clone()],
            Some(each) => match env.value(each) {
                Some(Value::Array(entries)) => {
                    entries.into_iter().take(MOST_ENTRIES).map(|entry| env.with("entry", entry)).collect()
                }
                _ => Vec::new(),
            },
        };
        let mut objects = Vec::with_capacity(entries.len());
        for env in entries {
            objects.push(self.one(&env, &collection)?);
        }
        let last = objects.last().cloned().unwrap_or_default();
        let env = env.with("object", last.clone()).with("objects", Value::Array(objects.clone()));
        Ok(self.told(&env, if call.each.is_some() { Value::Array(objects) } else { last }))
    }

    fn one(&mut self, env: &Env, name: &str) -> Result<Value, Box<Reply>> {
        let settings = settings(&self.known.record.book, name);
        let keys = settings.map(|settings| settings.keys.as_slice()).unwrap_or_default();
        let wanted = self.call.id.as_ref().and_then(|id| env.value(id)).as_ref().and_then(scalar);
        let at = wanted.as_deref().and_then(|id| self.account.find(name, keys, id));
        match (self.call.does, at) {
            (Does::Create, _) | (Does::Upsert, None) => self.create(env, name, settings),
            (Does::Update | Does::Upsert, Some(at)) => self.change(env, name, settings, at),
            (Does::Delete, Some(at)) => Ok(self.account.remove(name, at).map(|object| object.value).unwrap_or_default()),
            (_, Some(at)) => Ok(self.account.objects(name)[at].value.clone()),
            (_, None) => {
                let absent = self.call.absent.as_ref().map(|absent| self.refused(absent, env));
                Err(Box::new(absent.unwrap_or_else(|| refuse(self.known, "", 404, None))))
            }
        }
    }

    fn create(&mut self, env: &Env, name: &str, settings: Option<&Collection>) -> Result<Value, Box<Reply>> {
        let given = env.template(&self.call.object).unwrap_or_else(|| json!({}));
        if let Some(settings) = settings {
            let values = settings.keys.iter().filter_map(|key| get(&given, &path(key)?).and_then(scalar));
            let taken: Vec<_> = values.filter(|value| self.account.find(name, &settings.keys, value).is_some()).collect();
            if let Some(taken) = taken.first() {
                let env = env.with("taken", Value::from(taken.as_str()));
                let said = self.call.taken.as_ref().map(|refused| self.refused(refused, &env));
                let words = format!("{taken} exists already");
                return Err(Box::new(said.unwrap_or_else(|| refuse(self.known, "rejected", 409, Some(&words)))));
            }
        }
        let (id, mut value) = begun(self.account, env, name, settings, given);
        self.fits(&value)?;
        self.account.put(name, Object { id, at: self.now, value: value.clone() });
        if let Value::Object(entries) = &mut value {
            entries.insert("_new".to_owned(), Value::Bool(true));
        }
        Ok(value)
    }

    fn change(&mut self, env: &Env, name: &str, settings: Option<&Collection>, at: usize) -> Result<Value, Box<Reply>> {
        let object = self.account.objects(name)[at].clone();
        let env = env.with("before", object.value.clone());
        let mut value = object.value;
        merge(&mut value, env.template(&self.call.object).unwrap_or_else(|| json!({})));
        if let Some(touched) = settings.and_then(|settings| env.template(&settings.touched)).filter(Value::is_object) {
            merge(&mut value, touched);
        }
        self.fits(&value)?;
        self.account.put(name, Object { id: object.id, at: self.now, value: value.clone() });
        Ok(value)
    }

    fn fits(&self, value: &Value) -> Result<(), Box<Reply>> {
        if value.to_string().len() <= LARGEST_OBJECT {
            return Ok(());
        }
        let words = format!("A sandbox keeps objects of at most {} kB", LARGEST_OBJECT / 1024);
        Err(Box::new(refuse(self.known, "rejected", 413, Some(&words))))
    }

    fn list(&self, env: &Env, name: &str) -> Reply {
        let keep = |value: &Value| self.call.keep_if.as_ref().is_none_or(|keep| env.with("item", value.clone()).holds(keep));
        let mut items: Vec<Value> =
            self.account.objects(name).iter().map(|object| &object.value).filter(|value| keep(value)).cloned().collect();
        if let Some(order) = &self.call.order {
            let key = |value: &Value| env.with("item", value.clone()).value(order).as_ref().and_then(scalar).unwrap_or_default();
            items.sort_by_cached_key(key);
        }
        if self.call.newest_first {
            items.reverse();
        }
        let total = items.len();
        let limit = self.call.limit.as_ref().and_then(|limit| env.value(limit)).as_ref().and_then(scalar);
        if let Some(limit) = limit.and_then(|limit| limit.parse().ok()) {
            items.truncate(limit);
        }
        if self.doubles {
            items = items.into_iter().flat_map(|item| [item.clone(), item]).collect();
        }
        let env = env.with("items", Value::Array(items.clone())).with("total", Value::from(total));
        self.told(&env, Value::Array(items))
    }

    fn told(&self, env: &Env, otherwise: Value) -> Reply {
        let usual = if self.call.does == Does::Delete && self.call.answer.is_none() { 204 } else { 200 };
        let status = self.call.status.unwrap_or(usual);
        let mut body = match &self.call.answer {
            Some(answer) => env.template(answer).unwrap_or_default(),
            None if status == 204 => Value::Null,
            None => otherwise,
        };
        unmark(&mut body);
        let mut reply = Reply::json(status, body);
        let header = |(name, text): (&String, &String)| Some((name.to_ascii_lowercase(), env.text(text)?));
        reply.headers.extend(self.call.headers.iter().filter_map(header));
        reply
    }

    fn refused(&self, refused: &Refuse, env: &Env) -> Reply {
        match refused.body.as_ref().and_then(|body| env.template(body)) {
            Some(body) => Reply::json(refused.status, body),
            None => {
                let say = env.text(&refused.say).filter(|say| !say.is_empty());
                refuse(self.known, "rejected", refused.status, say.as_deref())
            }
        }
    }
}

/// A collection's settings.
pub(crate) fn settings<'b>(book: &'b Book, name: &str) -> Option<&'b Collection> {
    book.collections.get(name).or_else(|| book.collections.get(OTHERS))
}

/// A new object with what its collection gives every new one.
pub(crate) fn begun(
    account: &mut Account,
    env: &Env,
    name: &str,
    settings: Option<&Collection>,
    given: Value,
) -> (String, Value) {
    let n = account.next(name, settings.map_or(1001, |settings| settings.start));
    let env = env.with("n", Value::from(n)).with("object", given.clone());
    let place = settings.and_then(|settings| settings.id.as_ref()).and_then(|id| path(id));
    let own = place.as_ref().and_then(|steps| get(&given, steps)).filter(|id| scalar(id).is_some()).cloned();
    let id = own.or_else(|| match settings.map_or("{n}", |settings| settings.id_as.as_str()) {
        source if source.starts_with('=') => env.value(source.trim_start_matches('=')),
        source => env.text(source).map(Value::from),
    });
    let id = id.unwrap_or_else(|| Value::from(n.to_string()));
    let env = env.with("id", id.clone());
    let mut value =
        settings.and_then(|settings| env.template(&settings.made)).filter(Value::is_object).unwrap_or_else(|| json!({}));
    merge(&mut value, given);
    if let Some(touched) = settings.and_then(|settings| env.template(&settings.touched)).filter(Value::is_object) {
        merge(&mut value, touched);
    }
    if let Some(steps) = place {
        set(&mut value, &steps, id.clone());
    }
    (scalar(&id).unwrap_or_else(|| n.to_string()), value)
}

/// Takes our own mark of new objects away again, wherever an answer holds one.
fn unmark(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.shift_remove("_new");
            entries.values_mut().for_each(unmark);
        }
        Value::Array(items) => items.iter_mut().for_each(unmark),
        _ => {}
    }
}
