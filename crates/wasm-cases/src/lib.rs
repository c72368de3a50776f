//! The shared cases of `expr` as the browser would run them. `cargo xtask test --only wasm` builds this for wasm and calls it
//! from Node.js; the same files run natively in that crate's own tests.

use wasm_bindgen::prelude::wasm_bindgen;

/// Runs a case file; gives a sentence for each case that fails.
#[wasm_bindgen]
pub fn run_cases(json: &str) -> Vec<String> {
    expr::run_cases(json)
}
