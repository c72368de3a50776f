//! Copies made while events come in, and what is brought back.

use serde_json::Value;
use testkit::Upstream;
use tokio::runtime::Handle;

use crate::instance::{Instance, lead, workflow};

fn said(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Every run with its journal, as the API gives them.
async fn journals(patchbay: &Instance, id: &str) -> Vec<(String, Value)> {
    let mut journals = Vec::new();
    for run in patchbay.runs(id).await {
        let run = run["id"].as_str().unwrap().to_owned();
        let journal = patchbay.get(&format!("/api/v1/runs/{run}/journal")).await;
        journals.push((run, journal));
    }
    journals.sort_by(|a, b| a.0.cmp(&b.0));
    journals
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_made_under_load_is_whole_and_comes_back() {
    let upstream = Upstream::start().await;
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let (id, hook) = patchbay.publish("Leads", &workflow("w1.json", &upstream.url("/echo"))).await;
    for n in 0..20 {
        patchbay.post(&hook, &lead(n)).await;
    }
    for run in patchbay.runs(&id).await {
        patchbay.settled(run["id"].as_str().unwrap()).await;
    }
    let before = journals(&patchbay, &id).await;
    assert_eq!(before.len(), 20);

    let file = patchbay.folder.path().join("copy.db");
    let path = file.to_str().unwrap();
    // Events go on coming in meanwhile, and none is refused.
    let copied = std::thread::scope(|scope| {
        let copying = scope.spawn(|| patchbay.command(&["backup", path], None));
        tokio::task::block_in_place(|| {
            Handle::current().block_on(async {
                for n in 20..30 {
                    patchbay.post(&hook, &lead(n)).await;
                }
            });
        });
        copying.join().unwrap()
    });
    assert!(copied.status.success(), "{}", said(&copied));
    assert!(said(&copied).contains("1 workflows"), "{}", said(&copied));
    let again = patchbay.command(&["backup", path], None);
    assert!(!again.status.success() && said(&again).contains("exists already"), "{}", said(&again));

    // Not under a server that runs.
    let refused = patchbay.command(&["restore", path], None);
    assert!(!refused.status.success() && said(&refused).contains("in use"), "{}", said(&refused));
    patchbay.stop().await;
    let restored = patchbay.command(&["restore", path], None);
    assert!(restored.status.success(), "{}", said(&restored));
    assert!(said(&restored).contains("patchbay-before-restore-1.db"), "{}", said(&restored));
    patchbay.start().await;
    let after = journals(&patchbay, &id).await;
    for (run, journal) in &before {
        assert!(after.iter().any(|(other, same)| other == run && same == journal), "{run} is the same");
    }
}

#[tokio::test]
async fn what_is_no_backup_changes_nothing() {
    let mut patchbay = Instance::new();
    patchbay.start().await;
    patchbay.stop().await;
    let data = patchbay.folder.path().join("data/patchbay.db");
    let before = std::fs::read(&data).unwrap();
    let bad = patchbay.folder.path().join("bad.db");
    for (bytes, words) in
        [(&b"not a database at all, but long enough to be read as one"[..], "no backup"), (&[], "not of Patchbay")]
    {
        std::fs::write(&bad, bytes).unwrap();
        let refused = patchbay.command(&["restore", bad.to_str().unwrap()], None);
        assert!(!refused.status.success() && said(&refused).contains(words), "{}", said(&refused));
    }
    let missing = patchbay.command(&["restore", "/nowhere/copy.db"], None);
    assert!(!missing.status.success() && said(&missing).contains("no file"), "{}", said(&missing));
    assert!(std::fs::read(&data).unwrap() == before);
    let nowhere = patchbay.command(&["backup", "/nowhere/copy.db"], None);
    assert!(!nowhere.status.success(), "{}", said(&nowhere));
}
