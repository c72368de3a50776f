//! The command line.

use serde_json::{Value, json};
use testkit::Upstream;

use crate::instance::{EMAIL, Instance, workflow};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn imports_and_exports_through_the_api() {
    let upstream = Upstream::start().await;
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let definition = workflow("w1.json", &upstream.url("/echo"));
    let file = patchbay.folder.path().join("w.json");
    std::fs::write(&file, json!({ "name": "From a file", "definition": definition }).to_string()).unwrap();
    let imported = patchbay.command(&["workflow", "import", file.to_str().unwrap(), "--publish"], None);
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    let line: Value = serde_json::from_slice(&imported.stdout).unwrap();
    assert_eq!(line["version"], 1);
    assert!(line["hook_url"].as_str().unwrap().contains("/hooks/"));

    let exported = patchbay.command(&["workflow", "export", line["workflow_id"].as_str().unwrap()], None);
    assert!(exported.status.success(), "{}", text(&exported.stderr));
    let exported: Value = serde_json::from_slice(&exported.stdout).unwrap();
    assert_eq!(exported["name"], "From a file");
    assert_eq!(exported["definition"]["body"], definition["body"]);

    std::fs::write(&file, json!({ "name": "Broken", "definition": { "schema": 1, "body": ["nowhere"] } }).to_string()).unwrap();
    let refused = patchbay.command(&["workflow", "import", file.to_str().unwrap()], None);
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("nowhere"), "{}", text(&refused.stderr));
}

#[tokio::test]
async fn doctor_says_what_is_wrong() {
    let patchbay = Instance::new();
    let healthy = patchbay.command(&["doctor"], None);
    // The first check creates the key.
    assert!(healthy.status.success(), "{}{}", text(&healthy.stdout), text(&healthy.stderr));
    for said in [
        "ok    database: sqlite",
        " MiB, ",
        "    disk: ",
        " MB (",
        "note  channels: no channel has delivered",
        "ok    alerts: none is open",
    ] {
        assert!(text(&healthy.stdout).contains(said), "{said}: {}", text(&healthy.stdout));
    }

    let key = patchbay.folder.path().join("data/patchbay.key");
    std::fs::write(&key, "0".repeat(64)).unwrap();
    let sick = patchbay.command(&["doctor"], None);
    assert!(!sick.status.success());
    assert!(text(&sick.stdout).contains("BAD   key"), "{}", text(&sick.stdout));
    let served = patchbay.command(&["serve"], None);
    assert!(!served.status.success(), "a wrong key stops the start");
    assert!(text(&served.stderr).contains("patchbay.key"), "{}", text(&served.stderr));
    std::fs::remove_file(&key).unwrap();
    let served = patchbay.command(&["serve"], None);
    assert!(!served.status.success(), "a lost key stops the start");
    assert!(text(&served.stderr).contains("missing"), "{}", text(&served.stderr));
}

#[tokio::test]
async fn one_process_has_the_embedded_database() {
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let second = patchbay.command(&["token", "create", "--email", EMAIL, "--name", "second"], None);
    assert!(!second.status.success());
    assert!(text(&second.stderr).contains("in use"), "{}", text(&second.stderr));
    let worker = patchbay.command(&["serve", "--role", "worker"], None);
    assert!(text(&worker.stderr).contains("PATCHBAY_DATABASE_URL"), "{}", text(&worker.stderr));
}

#[tokio::test]
async fn the_owner_is_created_once_and_can_be_rescued() {
    let patchbay = Instance::new();
    let again = patchbay.command(&["owner", "create", "--email", "b@example.com", "--password-stdin"], Some("another long one"));
    assert!(!again.status.success());
    let short = patchbay.command(&["owner", "reset-password", "--email", EMAIL, "--password-stdin"], Some("short"));
    assert!(text(&short.stderr).contains("at least 10"), "{}", text(&short.stderr));
    let reset = patchbay.command(&["owner", "reset-password", "--email", EMAIL, "--password-stdin"], Some("a better password"));
    assert!(reset.status.success(), "{}", text(&reset.stderr));
}

#[tokio::test]
async fn the_key_is_changed_while_the_server_is_stopped() {
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let values = json!({ "token": "hunter22" });
    let body = json!({ "connector": "http", "method": "bearer", "label": "x", "hosts": ["a.example.com"], "values": values });
    patchbay.post("/api/v1/connections", &body).await;
    let busy = patchbay.command(&["key", "rotate"], None);
    assert!(!busy.status.success() && text(&busy.stderr).contains("in use"), "{}", text(&busy.stderr));
    patchbay.stop().await;
    let file = patchbay.folder.path().join("data/patchbay.key");
    let before = std::fs::read_to_string(&file).unwrap();
    let prepared = patchbay.command(&["key", "rotate", "--prepare"], None);
    assert!(prepared.status.success(), "{}", text(&prepared.stderr));
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 2);
    let rotated = patchbay.command(&["key", "rotate"], None);
    assert!(rotated.status.success(), "{}", text(&rotated.stderr));
    let after = std::fs::read_to_string(&file).unwrap();
    assert!(after.lines().count() == 1 && after != before);
    for said in [&prepared, &rotated] {
        let said = text(&said.stdout) + &text(&said.stderr);
        assert!(!said.contains(before.trim()) && !said.contains(after.trim()), "keys are not printed: {said}");
    }
    patchbay.start().await;
    assert_eq!(patchbay.get("/api/v1/connections").await["items"].as_array().unwrap().len(), 1);
    patchbay.stop().await;
    std::fs::write(&file, before).unwrap();
    assert!(!patchbay.command(&["serve"], None).status.success(), "the former key opens nothing any more");
}
