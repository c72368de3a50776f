//! Lists of several pages.

use http::HeaderMap;
use manifest::{Paging, PagingKind, PagingPlace};
use serde_json::Value;
use url::Url;

use super::body::set;
use super::env::Env;
use super::form;
use super::render::escaped;
use crate::error::CallError;
use crate::http::input::scalar;
use crate::record::{BodyRecord, RequestRecord};

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Page {
    at: At,
    size: Option<u64>,
}

#[derive(Debug, Clone, PartialEq)]
enum At {
    Start,
    /// A cursor or id.
    Text(String),
    /// A page number or offset.
    Number(u64),
    Address(String),
}

/// The first page.
pub(super) fn begin(paging: &Paging, env: &Env) -> Result<Page, CallError> {
    let at = match paging.kind {
        PagingKind::Page => At::Number(paging.first.unwrap_or(1)),
        PagingKind::Offset => At::Number(paging.first.unwrap_or(0)),
        PagingKind::Cursor | PagingKind::Link | PagingKind::NextUrl | PagingKind::LastId => At::Start,
    };
    let size = match (paging.size, limit(paging, env)?) {
        (Some(size), Some(limit)) => Some(size.min(limit.max(1))),
        (size, _) => size,
    };
    Ok(Page { at, size })
}

/// How many items are wanted at most.
pub(super) fn limit(paging: &Paging, env: &Env) -> Result<Option<u64>, CallError> {
    let value = paging.limit.as_ref().map(|source| env.value(source)).transpose()?.flatten();
    Ok(value.and_then(|value| value.as_u64()))
}

impl Page {
    /// Puts the page into a request that says nothing of pages yet.
    pub(super) fn apply(&self, paging: &Paging, record: &mut RequestRecord) {
        if let At::Address(url) = &self.at {
            record.url.clone_from(url);
            return;
        }
        if let (Some(name), Some(size)) = (&paging.size_name, self.size) {
            place(paging.place, name, Value::from(size), record);
        }
        match &self.at {
            At::Text(text) => place(paging.place, &paging.name, Value::from(text.as_str()), record),
            // The first page needs no number; some refuse an offset of 0 beside a search.
            At::Number(number) if *number != paging.first.unwrap_or(u64::from(paging.kind == PagingKind::Page)) => {
                place(paging.place, &paging.name, Value::from(*number), record);
            }
            At::Number(_) | At::Start | At::Address(_) => {}
        }
    }

    /// The page after this one; nothing at the end. `env` sees the answer.
    pub(super) fn next(
        &self,
        paging: &Paging,
        items: &[Value],
        headers: &HeaderMap,
        url: &Url,
        env: &Env,
    ) -> Result<Option<Page>, CallError> {
        let is_full = match self.size {
            Some(size) => items.len() as u64 >= size,
            None => !items.is_empty(),
        };
        let goes_on = match (&paging.more, paging.kind) {
            (Some(more), _) => env.holds(more),
            (None, PagingKind::Page | PagingKind::Offset | PagingKind::LastId) => is_full,
            (None, PagingKind::Cursor | PagingKind::Link | PagingKind::NextUrl) => true,
        };
        if !goes_on {
            return Ok(None);
        }
        let next = || -> Result<Option<String>, CallError> {
            let value = paging.next.as_ref().map(|source| env.value(source)).transpose()?.flatten();
            Ok(value.filter(|value| !value.is_boolean()).and_then(|value| scalar(&value)).filter(|text| !text.is_empty()))
        };
        let at = match (paging.kind, &self.at) {
            (PagingKind::Cursor, _) => next()?.map(At::Text),
            (PagingKind::NextUrl, _) => {
                next()?.and_then(|text| url.join(&text).ok()).map(|url| At::Address(escaped(url.as_str())))
            }
            (PagingKind::Link, _) => {
                link(headers).and_then(|text| url.join(&text).ok()).map(|url| At::Address(escaped(url.as_str())))
            }
            (PagingKind::Page, At::Number(number)) => Some(At::Number(number + 1)),
            (PagingKind::Offset, At::Number(number)) => {
                Some(At::Number(number + items.len() as u64)).filter(|_| !items.is_empty())
            }
            (PagingKind::LastId, _) => {
                let id = items.last().zip(paging.id.as_ref());
                let id = id.map(|(item, source)| env.with("item", item.clone()).value(source)).transpose()?.flatten();
                id.and_then(|id| scalar(&id)).map(At::Text)
            }
            (PagingKind::Page | PagingKind::Offset, _) => None,
        };
        // The same page again would go on for ever.
        Ok(at.filter(|at| *at != self.at).map(|at| Page { at, size: self.size }))
    }
}

fn place(place: PagingPlace, name: &str, value: Value, record: &mut RequestRecord) {
    let text = scalar(&value).unwrap_or_default();
    match place {
        PagingPlace::Query => {
            record.url.push(if record.url.contains('?') { '&' } else { '?' });
            record.url.push_str(&form::encode(&[(name.to_owned(), text)]));
        }
        PagingPlace::Body => {
            let BodyRecord::Text(body) = &record.body else { return };
            record.body = BodyRecord::Text(match serde_json::from_str::<Value>(body) {
                Ok(mut whole) => {
                    set(&mut whole, name, value);
                    whole.to_string()
                }
                Err(_) => [body.as_str(), &form::encode(&[(name.to_owned(), text)])].join("&"),
            });
        }
    }
}

/// The target of `rel="next"` (RFC 8288). A target, and what stands in quotes, may hold commas.
fn link(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(http::header::LINK).iter().filter_map(|value| value.to_str().ok());
    values.find_map(next_of)
}

fn next_of(mut links: &str) -> Option<String> {
    loop {
        let (target, rest) = links.split_once('<')?.1.split_once('>')?;
        let (mut parameters, rest) = cut_at(rest, ',');
        while !parameters.is_empty() {
            let (parameter, others) = cut_at(parameters, ';');
            let (name, value) = parameter.split_once('=').unwrap_or_default();
            let mut rels = value.trim().trim_matches('"').split(' ');
            if name.trim().eq_ignore_ascii_case("rel") && rels.any(|rel| rel == "next") {
                return Some(target.to_owned());
            }
            parameters = others;
        }
        links = rest;
    }
}

/// What stands before and after the first `mark` outside of quotes.
fn cut_at(text: &str, mark: char) -> (&str, &str) {
    let mut quoted = false;
    let at = text.find(|c| {
        quoted ^= c == '"';
        c == mark && !quoted
    });
    at.map_or((text, ""), |at| (&text[..at], &text[at + mark.len_utf8()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_may_hold_commas() {
        for (links, wanted) in [
            ("<https://a.example/x?ids=1,2>; rel=\"next\"", Some("https://a.example/x?ids=1,2")),
            ("</x?p=0,0>; rel=\"prev\"; title=\"a, <b>; rel=next\", </x?p=2,0>; rel=\"last next\"", Some("/x?p=2,0")),
            ("</a>; rel=prev,</b>; rel=next", Some("/b")),
            ("</a>; rel=prev", None),
            ("</a", None),
            ("rel=next", None),
            ("", None),
        ] {
            assert_eq!(next_of(links).as_deref(), wanted, "{links}");
        }
    }
}
