//! The pure crates run in the browser and the server alike: no runtime, database, network, clock or randomness below them.

use super::Findings;
use super::metadata::Metadata;

const PURE: &[&str] = &["expr", "model", "manifest", "engine", "layout"];

const FORBIDDEN: &[&str] = &[
    "tokio",
    "async-std",
    "sea-orm",
    "sqlx",
    "sqlx-core",
    "reqwest",
    "hyper",
    "axum",
    "rustls",
    "mio",
    "socket2",
    "web-sys",
    "js-sys",
    "wasm-bindgen",
    "rand",
    "rand_core",
    "getrandom",
    "fastrand",
    "uuid",
    "chrono",
    "time",
];

pub fn check(metadata: &Metadata) -> Findings {
    let path = |member: &&str| {
        metadata.path_to(member, |package| FORBIDDEN.contains(&package)).map(|path| (**member).to_owned() + &tell(&path))
    };
    PURE.iter().filter(|member| metadata.members.contains(**member)).filter_map(path).collect()
}

fn tell(path: &[String]) -> String {
    format!(" is a pure crate but depends on {}: {}", path.last().map_or("", String::as_str), path.join(" > "))
}

#[cfg(test)]
mod tests {
    use super::super::metadata::sample;
    use super::*;

    #[test]
    fn a_clean_tree_passes() {
        let metadata = sample(&["model", "store"], &[("model", "serde"), ("store", "tokio")]);
        assert_eq!(check(&metadata), Vec::<String>::new());
    }

    #[test]
    fn a_runtime_far_below_is_found() {
        let metadata = sample(&["model"], &[("model", "innocent"), ("innocent", "getrandom")]);
        assert_eq!(check(&metadata), ["model is a pure crate but depends on getrandom: model > innocent > getrandom"]);
    }
}
