//! What watches from outside hears that the server lives.

use std::time::Duration;

use testkit::{Behaviour, Upstream};

use crate::instance::Instance;

/// The first beat comes after the first round of the alerts.
const WITHIN: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_works_is_heard_and_a_refused_beat_is_said() {
    let upstream = Upstream::start().await;
    upstream.behave(Behaviour::status(500));
    let mut instance = Instance::new();
    instance.settings.push(("PATCHBAY_HEARTBEAT_URL", upstream.url("/beat?key=secret-key")));
    instance.start().await;
    let beat = async {
        while upstream.calls().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(WITHIN, beat).await.unwrap_or_else(|_| panic!("no beat: {}", instance.said()));
    let calls = upstream.calls();
    assert_eq!((calls[0].method.as_str(), calls[0].path.as_str()), ("GET", "/beat"));
    let line = async {
        while !instance.said().contains("the heartbeat did not arrive") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    // Whether it came is asked below, where it shows what was said instead.
    let _ = tokio::time::timeout(WITHIN, line).await;
    let said = instance.said();
    assert!(said.contains("the heartbeat did not arrive") && said.contains("it answered 500"), "{said}");
    assert!(!said.contains("secret-key"), "{said}");
    assert_eq!(upstream.calls().len(), 1, "one a minute");
    instance.stop().await;
}

#[test]
fn an_address_of_another_kind_is_refused_in_words() {
    let mut instance = Instance::new();
    instance.settings.push(("PATCHBAY_HEARTBEAT_URL", "file:///etc/passwd".to_owned()));
    let output = instance.command(&["doctor"], None);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("PATCHBAY_HEARTBEAT_URL must begin with https://"), "{output:?}");
}
