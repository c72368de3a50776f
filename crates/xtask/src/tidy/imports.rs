//! Who may import whom, and who alone may import what from outside.

use super::Findings;
use super::metadata::Metadata;

/// The allowed direction of imports between our crates, as in `docs/ARCHITECTURE.md`; nothing else is allowed.
/// Dev-dependencies are free.
const ALLOWED: &[(&str, &[&str])] = &[
    ("expr", &[]),
    ("model", &["expr"]),
    ("manifest", &["model", "expr"]),
    ("engine", &["model", "expr"]),
    ("layout", &["model", "expr"]),
    ("migrations", &[]),
    ("store", &["model", "expr", "migrations"]),
    ("egress", &[]),
    ("vault", &["store", "connect", "egress", "manifest", "model", "expr"]),
    ("connect", &["manifest", "egress", "model", "expr"]),
    ("sandbox", &["connect", "manifest", "egress", "model", "expr"]),
    ("notify", &["store", "vault", "connect", "triggers", "model"]),
    ("script", &["model", "expr"]),
    ("triggers", &["store", "connect", "vault", "manifest", "model", "expr"]),
    ("worker", &["engine", "script", "store", "connect", "vault", "manifest", "model", "expr"]),
    ("server", &["store", "vault", "manifest", "connect", "triggers", "notify", "model", "expr"]),
    ("frontend", &["model", "expr", "manifest", "layout"]),
    ("wasm-cases", &["expr"]),
];

/// Not part of the product, or its root: they may import anything.
const FREE: &[&str] = &["app", "testkit", "xtask", "bench"];

/// What only some crates may import: packages, and their importers.
const RESERVED: &[(&[&str], &[&str])] = &[
    (&["sea-orm", "sea-orm-migration", "sea-query", "sqlx"], &["store", "migrations"]),
    // The command line speaks to its own server, the tools to what they test.
    (&["reqwest", "ureq", "isahc", "curl"], &["egress", "app", "testkit", "xtask", "bench"]),
    // Client and server in one; the server holds its own side of a connection.
    (&["hyper", "hyper-util"], &["egress", "server", "app", "testkit", "xtask", "bench"]),
    (&["rquickjs"], &["script"]),
    (&["chacha20poly1305"], &["vault"]),
];

pub fn check(metadata: &Metadata) -> Findings {
    let mut findings = Vec::new();
    for member in metadata.crate_names() {
        findings.extend(direction(metadata, member));
        findings.extend(reserved(metadata, member));
    }
    findings
}

fn direction(metadata: &Metadata, member: &str) -> Findings {
    if FREE.contains(&member) {
        return Vec::new();
    }
    let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == member) else {
        return vec![format!("{member}: a new crate; say in crates/xtask/src/tidy/imports.rs what it may import")];
    };
    metadata
        .direct(member)
        .filter(|dep| metadata.members.contains(*dep) && !allowed.contains(dep))
        .map(|dep| format!("{member} imports {dep}: not an allowed direction, see docs/ARCHITECTURE.md"))
        .collect()
}

fn reserved(metadata: &Metadata, member: &str) -> Findings {
    let mut findings = Vec::new();
    for (packages, importers) in RESERVED {
        for package in metadata.direct(member).filter(|dep| packages.contains(dep)) {
            if !importers.contains(&member) {
                findings.push(format!("{member} imports {package}: only {} may", importers.join(", ")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::metadata::sample;
    use super::*;

    #[test]
    fn allowed_imports_pass() {
        let metadata = sample(
            &["expr", "model", "store", "migrations", "app", "server"],
            &[
                ("model", "expr"),
                ("store", "model"),
                ("store", "sea-orm"),
                ("migrations", "sea-orm-migration"),
                ("app", "server"),
            ],
        );
        assert_eq!(check(&metadata), Vec::<String>::new());
    }

    #[test]
    fn the_server_must_not_import_the_engine_or_the_worker() {
        let metadata =
            sample(&["server", "engine", "worker"], &[("server", "engine"), ("server", "worker"), ("worker", "engine")]);
        let findings = check(&metadata);
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings[0].starts_with("server imports engine"));
    }

    #[test]
    fn a_crate_outside_the_table_is_a_finding() {
        assert_eq!(check(&sample(&["helpers"], &[])).len(), 1);
    }

    #[test]
    fn the_database_and_http_clients_have_one_importer() {
        let metadata = sample(&["server", "worker", "app"], &[("server", "sea-orm"), ("worker", "reqwest"), ("app", "reqwest")]);
        let findings = check(&metadata);
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings.iter().any(|finding| finding.contains("server imports sea-orm: only store, migrations may")));
    }
}
