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

#[tokio::test]
async fn a_copy_comes_back_over_a_database_that_is_damaged() {
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let (id, _) = patchbay.publish("Leads", &workflow("w1.json", "http://127.0.0.1:9/")).await;
    let copy = patchbay.folder.path().join("copy.db");
    let copied = patchbay.command(&["backup", copy.to_str().unwrap()], None);
    assert!(copied.status.success(), "{}", said(&copied));
    patchbay.stop().await;
    let dir = patchbay.folder.path().join("data");
    let file = dir.join("patchbay.db");
    // Torn in the middle, and then nothing that SQLite knows; the second time only a log is left.
    let whole = std::fs::read(&file).unwrap();
    let torn = [&whole[..8_192], &vec![0xA5; whole.len() - 8_192][..]].concat();
    for (n, bytes) in [torn, b"nothing that SQLite knows".repeat(400)].into_iter().enumerate() {
        std::fs::write(&file, &bytes).unwrap();
        std::fs::write(dir.join("patchbay.db-wal"), b"a log of nothing").unwrap();
        let restored = patchbay.command(&["restore", copy.to_str().unwrap()], None);
        let words = said(&restored);
        assert!(restored.status.success(), "{words}");
        assert!(words.contains("set aside as it stood") && words.contains("1 workflows"), "{words}");
        let kept = dir.join(format!("patchbay-before-restore-{}.db", n + 1));
        assert!(std::fs::read(&kept).unwrap() == bytes, "as it stood");
        assert!(!dir.join("patchbay.db-wal").exists() && !dir.join("patchbay.db.part").exists());
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::write(dir.join("patchbay.db-wal"), b"a log whose database is gone").unwrap();
    let restored = patchbay.command(&["restore", copy.to_str().unwrap()], None);
    assert!(restored.status.success(), "{}", said(&restored));
    assert_eq!(std::fs::read(dir.join("patchbay-before-restore-3.db-wal")).unwrap(), b"a log whose database is gone");
    patchbay.start().await;
    assert_eq!(patchbay.get(&format!("/api/v1/workflows/{id}")).await["name"], "Leads");
}
