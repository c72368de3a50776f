//! Long values of a journal stand in rows of their own, owned by the run.

use std::{borrow::Cow, sync::Arc};

use model::run::{Choice, Datum, INLINE_BYTES, RunEvent, RunEventKind};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Error, pack};

/// A row of the `payload` table.
#[derive(Debug, Clone)]
pub(crate) struct Payload {
    pub hash: String,
    pub body: Vec<u8>,
}

impl Payload {
    pub(crate) fn of(body: Vec<u8>) -> Self {
        Payload { hash: hex::encode(Sha256::digest(&body)), body }
    }
}

/// The format of journal rows this code writes: JSON, packed. Rows of format 1 are plain JSON.
pub(crate) const FORMAT: i64 = 2;
const PLAIN: i64 = 1;

/// Stands in place of the hash of a value that is no longer kept.
pub(crate) const ERASED: &str = "erased";

/// Encodes a journal row. Values that are too long are replaced, in `events` as well, by references to the rows given back.
pub(crate) fn encode(events: &mut [RunEvent]) -> Result<(Vec<u8>, Vec<Payload>), Error> {
    let bytes = json(&events)?;
    if bytes.len() <= INLINE_BYTES {
        // No part is longer than the whole.
        return Ok((pack::pack(&bytes), Vec::new()));
    }
    let mut payloads: Vec<Payload> = Vec::new();
    for event in &mut *events {
        for datum in event.kind.data_mut() {
            let Datum::Inline(value) = datum else { continue };
            let body = json(value)?;
            if body.len() <= INLINE_BYTES {
                continue;
            }
            let hash = hex::encode(Sha256::digest(&body));
            *datum = Datum::Stored { hash: hash.clone(), bytes: body.len() as u64 };
            if !payloads.iter().any(|payload| payload.hash == hash) {
                payloads.push(Payload { hash, body });
            }
        }
    }
    let bytes = if payloads.is_empty() { bytes } else { json(&events)? };
    Ok((pack::pack(&bytes), payloads))
}

/// Encodes a journal row whose long values already stand in rows of their own.
pub(crate) fn row(events: &[RunEvent]) -> Result<Vec<u8>, Error> {
    Ok(pack::pack(&json(events)?))
}

/// Decodes a journal row; one of a newer format is left to a newer version.
pub(crate) fn decode(format: i64, bytes: &[u8]) -> Result<Vec<RunEvent>, Error> {
    parse(&journal_json(format, bytes)?)
}

pub(crate) fn parse(json: &[u8]) -> Result<Vec<RunEvent>, Error> {
    serde_json::from_slice(json).map_err(|e| Error::Database(format!("a journal row cannot be read: {e}")))
}

/// The JSON of a row of the `journal` table, from its columns `format` and `events`.
///
/// # Errors
/// `Error::SchemaTooNew` for a format of a newer version, `Error::Database` for a row that is damaged.
pub fn journal_json(format: i64, bytes: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    match format {
        PLAIN => Ok(Cow::Borrowed(bytes)),
        FORMAT => pack::unpack(bytes).map(Cow::Owned),
        newer => Err(Error::SchemaTooNew { found: format!("journal format {newer}"), understood: FORMAT.to_string() }),
    }
}

/// The hashes a journal refers to.
pub(crate) fn references(events: &mut [RunEvent]) -> Vec<String> {
    let stored = events.iter_mut().flat_map(|event| event.kind.data_mut()).filter_map(|datum| match datum {
        Datum::Stored { hash, .. } => Some(hash.clone()),
        Datum::Inline(_) => None,
    });
    let mut hashes: Vec<String> = stored.collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// Puts values back in place of their references.
pub(crate) fn restore(events: &mut [RunEvent], values: &std::collections::HashMap<String, Arc<Value>>) {
    for datum in events.iter_mut().flat_map(|event| event.kind.data_mut()) {
        if let Datum::Stored { hash, .. } = datum
            && let Some(value) = values.get(hash)
        {
            *datum = Datum::Inline(value.clone());
        }
    }
}

/// Takes every value out: only how long each was remains, under a hash that nothing has.
pub(crate) fn erase(events: &mut [RunEvent]) {
    for event in events {
        for datum in event.kind.data_mut() {
            let bytes = match datum {
                Datum::Inline(value) => json(&**value).map_or(0, |json| json.len() as u64),
                Datum::Stored { bytes, .. } => *bytes,
            };
            *datum = Datum::Stored { hash: ERASED.to_owned(), bytes };
        }
        if let RunEventKind::Settled { choice: Choice::Happened { output }, .. } = &mut event.kind {
            *output = None;
        }
    }
}

pub(crate) fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|e| Error::Invalid(format!("a value cannot be stored as JSON: {e}")))
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|e| Error::Database(format!("a stored value cannot be read: {e}")))
}

#[cfg(test)]
mod tests {
    use model::{Timestamp, ids::StepPath};

    use super::*;

    fn finished(output: Value) -> RunEvent {
        let kind =
            RunEventKind::StepFinished { path: StepPath::from("a"), output: output.into(), notes: Vec::new(), detail: None };
        RunEvent { at: Timestamp(1), kind }
    }

    #[test]
    fn short_values_stay() {
        let mut events = vec![finished("short".into())];
        let (bytes, payloads) = encode(&mut events).unwrap();
        assert!(payloads.is_empty());
        assert_eq!(decode(FORMAT, &bytes).unwrap(), vec![finished("short".into())]);
    }

    #[test]
    fn long_values_move_out_and_back() {
        let long: Value = "x".repeat(INLINE_BYTES).into();
        let mut events = vec![finished(long.clone()), finished("short".into()), finished(long.clone())];
        let before = events.clone();
        let (bytes, payloads) = encode(&mut events).unwrap();
        assert_eq!(payloads.len(), 1, "equal values are kept once");
        let mut decoded = decode(FORMAT, &bytes).unwrap();
        assert_eq!(decoded, events);
        assert_eq!(references(&mut decoded), vec![payloads[0].hash.clone()]);
        restore(&mut decoded, &[(payloads[0].hash.clone(), Arc::new(long))].into());
        assert_eq!(decoded, before);
    }

    #[test]
    fn every_long_value_moves_out_and_back() {
        let long = || Datum::new("x".repeat(INLINE_BYTES).into());
        let path = || StepPath::from("a");
        let kinds = [
            RunEventKind::Answered { path: path(), answer: long(), by: None },
            RunEventKind::Returned { output: long() },
            RunEventKind::Responded { path: None, status: 200, headers: Vec::new(), body: long() },
            RunEventKind::LateOutcome { path: path(), n: 1, succeeded: true, detail: long() },
        ];
        for kind in kinds {
            let name = kind.name();
            let mut events = vec![RunEvent { at: Timestamp(1), kind }];
            let before = events.clone();
            let (_, payloads) = encode(&mut events).unwrap();
            assert_eq!(payloads.len(), 1, "{name}");
            assert_eq!(references(&mut events), vec![payloads[0].hash.clone()], "{name}");
            let value = serde_json::from_slice(&payloads[0].body).unwrap();
            restore(&mut events, &[(payloads[0].hash.clone(), Arc::new(value))].into());
            assert_eq!(events, before, "{name}");
        }
    }

    #[test]
    fn rows_from_before_they_were_packed_are_read() {
        let plain = json(&vec![finished("short".into())]).unwrap();
        assert_eq!(decode(PLAIN, &plain).unwrap(), vec![finished("short".into())]);
    }

    #[test]
    fn a_newer_format_is_left_alone() {
        assert!(matches!(decode(FORMAT + 1, b"[]"), Err(Error::SchemaTooNew { .. })));
    }
}
