//! Answers that come line by line while they are found.

use gloo_net::http::RequestBuilder;
use js_sys::Uint8Array;
use model::api::{Access, Endpoint, PathArgs};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStreamDefaultReader};

use super::{Problem, problem, query_string, signed_out};

/// Reads an endpoint that answers with one value as JSON per line. `take` gets each as it comes; where it gives `false`, the rest is
/// left. Ends with the answer, or when `signal` is given.
pub async fn lines<E: Endpoint>(
    path: E::Path,
    query: &E::Query,
    signal: &AbortSignal,
    mut take: impl FnMut(E::Reply) -> bool,
) -> Result<(), Problem> {
    let url = format!("{}{}", path.fill(E::PATH), query_string(query));
    let request = RequestBuilder::new(&url)
        .credentials(web_sys::RequestCredentials::SameOrigin)
        .header("Accept", "application/jsonl")
        .abort_signal(Some(signal));
    let answer = request.send().await.map_err(|_| Problem::offline())?;
    let status = answer.status();
    if status == 401 && E::ACCESS != Access::Public {
        signed_out();
    }
    if !(200..300).contains(&status) {
        let text = answer.text().await.map_err(|_| Problem::offline())?;
        return Err(problem::<E>(status, &text));
    }
    let Some(body) = answer.body() else { return Ok(()) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut split = Lines::default();
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(|_| Problem::offline())?;
        let field = |name: &str| js_sys::Reflect::get(&piece, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
        if field("done").is_truthy() {
            return Ok(());
        }
        for line in split.take(&Uint8Array::new(&field("value")).to_vec()) {
            let value = serde_json::from_slice(&line).map_err(|_| Problem::unreadable(status))?;
            if !take(value) {
                return Ok(());
            }
        }
    }
}

/// Puts lines together from pieces that end anywhere, also within a letter.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    /// The lines that are whole now, without the empty ones.
    fn take(&mut self, piece: &[u8]) -> Vec<Vec<u8>> {
        self.0.extend_from_slice(piece);
        let Some(end) = self.0.iter().rposition(|byte| *byte == b'\n') else { return Vec::new() };
        let rest = self.0.split_off(end + 1);
        let whole = std::mem::replace(&mut self.0, rest);
        whole.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn lines_come_whole_wherever_the_pieces_end() {
        let all = "{\"a\":\"ä\"}\n\n{\"b\":2}\n{\"c\"".as_bytes();
        for size in 1..all.len() {
            let mut lines = Lines::default();
            let found: Vec<Vec<u8>> = all.chunks(size).flat_map(|piece| lines.take(piece)).collect();
            assert_eq!(found, ["{\"a\":\"ä\"}".as_bytes().to_vec(), b"{\"b\":2}".to_vec()], "pieces of {size} bytes");
            assert_eq!(lines.0, b"{\"c\"", "what is not whole waits");
        }
    }
}
