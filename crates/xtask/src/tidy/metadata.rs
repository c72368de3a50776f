//! The part of `cargo metadata` that the checks read.

use anyhow::Result;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
struct Raw {
    packages: Vec<RawPackage>,
    workspace_members: Vec<String>,
    resolve: RawResolve,
}

#[derive(Deserialize)]
struct RawPackage {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct RawResolve {
    nodes: Vec<RawNode>,
}

#[derive(Deserialize)]
struct RawNode {
    id: String,
    deps: Vec<RawDep>,
}

#[derive(Deserialize)]
struct RawDep {
    pkg: String,
    dep_kinds: Vec<RawKind>,
}

#[derive(Deserialize)]
struct RawKind {
    /// `None` is a normal dependency; others are `dev` and `build`.
    kind: Option<String>,
}

/// Who depends on whom for real: normal dependencies, by package name (several versions of a package count as one).
pub struct Metadata {
    /// The workspace's own crates.
    pub members: BTreeSet<String>,
    pub normal: BTreeMap<String, BTreeSet<String>>,
}

impl Metadata {
    pub fn parse(json: &str) -> Result<Self> {
        let raw: Raw = serde_json::from_str(json)?;
        let names: BTreeMap<&str, &str> =
            raw.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect();
        let name = |id: &str| names.get(id).map_or_else(|| id.to_owned(), |name| (*name).to_owned());
        let mut normal: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in &raw.resolve.nodes {
            let real = |dep: &&RawDep| dep.dep_kinds.iter().any(|kind| kind.kind.is_none());
            normal.entry(name(&node.id)).or_default().extend(node.deps.iter().filter(real).map(|dep| name(&dep.pkg)));
        }
        Ok(Self { members: raw.workspace_members.iter().map(|id| name(id)).collect(), normal })
    }

    pub fn crate_names(&self) -> Vec<&str> {
        self.members.iter().map(String::as_str).collect()
    }

    /// The direct normal dependencies of a package.
    pub fn direct(&self, package: &str) -> impl Iterator<Item = &str> {
        self.normal.get(package).into_iter().flatten().map(String::as_str)
    }
}

/// Metadata for tests: members, and `a -> b` lines.
#[cfg(test)]
pub fn sample(members: &[&str], dependencies: &[(&str, &str)]) -> Metadata {
    let mut normal: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in dependencies {
        normal.entry((*from).to_owned()).or_default().insert((*to).to_owned());
    }
    Metadata { members: members.iter().map(|name| (*name).to_owned()).collect(), normal }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dev_and_build_dependencies_do_not_count() {
        let json = r#"{
            "packages": [{"id": "1", "name": "model"}, {"id": "2", "name": "insta"}, {"id": "3", "name": "serde"}],
            "workspace_members": ["1"],
            "resolve": {"nodes": [{"id": "1", "deps": [
                {"pkg": "2", "dep_kinds": [{"kind": "dev"}]},
                {"pkg": "3", "dep_kinds": [{"kind": "dev"}, {"kind": null}]}
            ]}]}
        }"#;
        let metadata = Metadata::parse(json).expect("parsed");
        assert_eq!(metadata.crate_names(), ["model"]);
        assert_eq!(metadata.direct("model").collect::<Vec<_>>(), ["serde"]);
    }
}
