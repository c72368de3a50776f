//! One server and several workers on PostgreSQL: what happens when workers die, and when they only seem to.

use std::{
    collections::BTreeMap,
    process::{Child, Command},
    time::Duration,
};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::json;
use testkit::{Behaviour, Upstream};

use crate::instance::{Instance, lead, workflow};

/// Long enough to stop a process in the middle of a call.
const SLOW: Duration = Duration::from_millis(1_200);

/// A worker that does not outlive its test.
struct Worker(Child);

impl Worker {
    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.0.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Cluster {
    patchbay: Instance,
    upstream: Upstream,
    database: DatabaseConnection,
    workers: Vec<Worker>,
}

impl Cluster {
    fn start_worker(&mut self) {
        self.workers.push(Worker(self.patchbay.worker()));
    }

    async fn publish(&self, repeatable: bool) -> (String, String) {
        let mut definition = workflow("w1.json", &self.upstream.url("/echo"));
        definition["steps"]["send"]["kind"]["input"]["repeatable"] = json!({ "literal": repeatable });
        self.patchbay.publish("Leads", &definition).await
    }

    async fn send(&self, hook: &str, events: usize) {
        for n in 0..events {
            let receipt = self.patchbay.post(hook, &lead(n)).await;
            assert_eq!(receipt["duplicate"], false);
        }
    }

    /// How many runs of a workflow are in each status.
    async fn statuses(&self, workflow: &str) -> BTreeMap<String, usize> {
        let mut statuses = BTreeMap::new();
        for run in self.patchbay.runs(workflow).await {
            *statuses.entry(run["status"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        statuses
    }

    async fn succeeded(&self, workflow: &str, count: usize) {
        let wanted = BTreeMap::from([("succeeded".to_owned(), count)]);
        for _ in 0..300 {
            if self.statuses(workflow).await == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{:?} instead of {wanted:?}: {}", self.statuses(workflow).await, self.patchbay.said());
    }

    /// As if so much time had passed that every lease not renewed since has ended.
    async fn end_leases(&self) {
        let sql = "UPDATE job SET available_at = 0 WHERE run_id IS NOT NULL AND lease_by IS NOT NULL";
        self.database.execute_unprepared(sql).await.unwrap();
    }

    /// How many workers have runs.
    async fn holders(&self) -> i64 {
        let sql = "SELECT COUNT(DISTINCT lease_by) FROM job WHERE run_id IS NOT NULL AND lease_by IS NOT NULL";
        let row = self.database.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    /// Waits until nothing changes any more: what is left belongs to a worker that is gone.
    async fn quiet(&self, workflow: &str) {
        let mut before = self.statuses(workflow).await;
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(400)).await;
            let now = self.statuses(workflow).await;
            if now == before {
                return;
            }
            before = now;
        }
        panic!("it never comes to rest: {before:?}");
    }

    async fn waits_for_a_worker(&self) {
        let (id, hook) = self.publish(true).await;
        self.send(&hook, 5).await;
        assert_eq!(self.statuses(&id).await, BTreeMap::from([("queued".to_owned(), 5)]), "taken in although nobody works");
    }

    async fn shares_the_work(&self) {
        let (id, hook) = self.publish(true).await;
        self.send(&hook, 200).await;
        self.succeeded(&id, 200).await;
        let keys = self.upstream.calls_by_key();
        assert_eq!(keys.len(), 205);
        assert!(keys.values().all(|count| *count == 1), "{keys:?}");
    }

    async fn survives_a_dead_worker(&mut self) {
        let before = self.upstream.calls().len();
        self.upstream.behave(Behaviour::Delay(SLOW));
        let (id, hook) = self.publish(true).await;
        let mut sent = 0;
        // Until both are in the middle of calls.
        while self.holders().await < 2 {
            assert!(sent < 400, "one worker does everything");
            self.send(&hook, 20).await;
            sent += 20;
        }
        self.upstream.wait_for_calls(before + 10).await;
        // SIGKILL: no chance to hand anything back.
        drop(self.workers.remove(0));
        self.upstream.behave(Behaviour::Echo);
        self.quiet(&id).await;
        self.end_leases().await;
        self.succeeded(&id, sent).await;
        let keys = self.upstream.calls_by_key();
        assert_eq!(keys.len(), 205 + sent, "one key for each run, however often it was sent");
        assert!(keys.values().all(|count| *count <= 2), "{keys:?}");
    }

    /// A worker that was stopped in the middle of a call and comes back when its run is somebody else's.
    async fn shuts_a_frozen_worker_out(&mut self) {
        let (id, hook) = self.publish(false).await;
        self.upstream.behave(Behaviour::Delay(SLOW));
        let before = self.upstream.calls().len();
        self.send(&hook, 3).await;
        self.upstream.wait_for_calls(before + 3).await;
        self.workers[0].signal("-STOP");
        // Their answers have arrived, and nobody reads them.
        tokio::time::sleep(SLOW).await;
        self.end_leases().await;
        self.start_worker();
        for run in self.patchbay.runs(&id).await {
            let detail = self.patchbay.settled(run["id"].as_str().unwrap()).await;
            assert_eq!((&detail["run"]["status"], &detail["run"]["hold"]), (&json!("waiting"), &json!("unknown")), "{detail:#}");
        }
        self.workers[0].signal("-CONT");
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        for run in self.patchbay.runs(&id).await {
            let detail = self.patchbay.settled(run["id"].as_str().unwrap()).await;
            let send = detail["steps"].as_array().unwrap().iter().find(|step| step["step"] == "send").unwrap();
            let attempts = send["state"]["attempts"].as_array().unwrap();
            assert_eq!(
                (attempts.len(), &attempts[0]["lost"].is_string()),
                (1, &true),
                "only the second worker wrote: {attempts:#?}"
            );
            // What the first one heard before it noticed, it could tell.
            let told = detail["run"]["status"] == "succeeded";
            assert!(told || detail["run"]["hold"] == "unknown", "{detail:#}");
        }
        assert_eq!(self.upstream.calls().len(), before + 3, "nothing was sent a second time");
        // It works on, for others.
        self.upstream.behave(Behaviour::Echo);
        self.workers.pop();
        let (id, hook) = self.publish(true).await;
        self.send(&hook, 5).await;
        self.succeeded(&id, 5).await;
    }
}

#[tokio::test]
async fn a_server_and_its_workers() {
    let Some(server) = testkit::postgres_url() else {
        eprintln!("skipped: TEST_POSTGRES_URL names no PostgreSQL");
        return;
    };
    let admin = Database::connect(ConnectOptions::new(server.clone())).await.unwrap();
    let name = format!("patchbay_cluster_{}", std::process::id());
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);

    let database = Database::connect(ConnectOptions::new(url.clone())).await.unwrap();
    let mut patchbay = Instance::on(Some(url));
    patchbay.start().await;
    let mut cluster = Cluster { patchbay, upstream: Upstream::start().await, database, workers: Vec::new() };
    cluster.waits_for_a_worker().await;
    cluster.start_worker();
    cluster.start_worker();
    cluster.upstream.wait_for_calls(5).await;
    cluster.shares_the_work().await;
    cluster.survives_a_dead_worker().await;
    cluster.shuts_a_frozen_worker_out().await;

    let Cluster { patchbay, database, workers, .. } = cluster;
    drop((patchbay, workers));
    database.close().await.unwrap();
    admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
}
