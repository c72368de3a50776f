//! `docs/states.md` shows the transition tables as they are; `UPDATE_DOCS=1` writes it anew.

use std::{fmt::Write as _, path::Path};

use model::run::{ATTEMPT_MOVES, AttemptStatus, RUN_MOVES, RunStatus, STEP_MOVES, StepStatus};

fn table<S: Copy + PartialEq>(out: &mut String, all: &[S], moves: &[(S, S)], name: impl Fn(S) -> &'static str) {
    out.push_str("| from | to |\n|---|---|\n");
    for from in all {
        let to: Vec<String> = moves.iter().filter(|(f, _)| f == from).map(|(_, to)| format!("`{}`", name(*to))).collect();
        let to = if to.is_empty() { "final".to_owned() } else { to.join(", ") };
        writeln!(out, "| `{}` | {to} |", name(*from)).unwrap();
    }
}

fn page() -> String {
    let mut out = String::from(
        "# States\n\nWritten from the tables in `crates/model/src/run/status.rs` by a test of the engine \
         (`UPDATE_DOCS=1 cargo test -p engine --test it states`). Nothing changes a state except along these moves.\n\n## Run\n\n",
    );
    table(&mut out, RunStatus::ALL, RUN_MOVES, RunStatus::as_str);
    out.push_str(
        "\nAn ended run never changes: a retry or a replay is a new run. `waiting` means parked: a delay, a retry, a person or a \
         connection; `hold` says which.\n\n## Step\n\n",
    );
    table(&mut out, StepStatus::ALL, STEP_MOVES, StepStatus::as_str);
    out.push_str(
        "\n`unknown`: a call may or may not have been carried out, and it must not be sent again without a person's word. A late outcome \
         settles it too. Where the other side can be asked whether it happened, it is asked first: a question is `running` like a call, and \
         before the next one the step is in `backoff`.\n\n## Attempt\n\n",
    );
    table(&mut out, AttemptStatus::ALL, ATTEMPT_MOVES, AttemptStatus::as_str);
    out.push_str("\n`lost`: nobody knows how it ended; a late outcome, or the answer to a question, may still tell.\n");
    out
}

#[test]
fn the_page_shows_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/states.md");
    #[expect(clippy::disallowed_methods, reason = "whoever runs the test says whether to write the page")]
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    if update {
        std::fs::write(&path, page()).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page(), "docs/states.md is not what the tables say: run this test with UPDATE_DOCS=1");
}
