-- A request from outside, stored once, yields 0..n events.
CREATE TABLE delivery (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    workflow_id BIGINT,
    hook_key TEXT,
    state TEXT NOT NULL,
    reason TEXT,
    headers BYTEA NOT NULL,
    body BYTEA NOT NULL,
    received_at BIGINT NOT NULL
);
CREATE INDEX delivery_by_workspace ON delivery (workspace_id, id);

CREATE TABLE event (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    workflow_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    trigger_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    delivery_id BIGINT,
    state TEXT NOT NULL,
    reason TEXT,
    order_key TEXT,
    payload BYTEA,
    bytes BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    run_id BIGINT
);
CREATE INDEX event_by_workflow ON event (workflow_id, id);
CREATE INDEX event_set_aside ON event (workflow_id, state, id) WHERE state <> 'accepted';

-- trigger_scope: `<workflow>:<trigger>`. expires_at is absent for keys that are never forgotten.
CREATE TABLE dedupe (
    workspace_id BIGINT NOT NULL,
    trigger_scope TEXT NOT NULL,
    hash BYTEA NOT NULL,
    event_id BIGINT NOT NULL,
    run_id BIGINT,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (workspace_id, trigger_scope, hash)
) /* clustered */;
CREATE INDEX dedupe_by_expiry ON dedupe (expires_at);

-- parent_path: the step of the parent that waits for it. bytes: of its event, journal and long values. snapshot_seq: of its row in
-- `snapshot`. erased_at: since when its data is no longer kept.
CREATE TABLE run (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    workflow_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    event_id BIGINT,
    trigger_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    of_run BIGINT,
    parent_run_id BIGINT,
    parent_path TEXT,
    root_run_id BIGINT,
    status TEXT NOT NULL,
    control TEXT NOT NULL,
    hold TEXT,
    hold_ref BIGINT,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    wake_at BIGINT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    error_class TEXT,
    error_code TEXT,
    error_message TEXT,
    error_path TEXT,
    notes BIGINT NOT NULL,
    retries BIGINT NOT NULL,
    order_key TEXT,
    priority BIGINT NOT NULL,
    environment TEXT,
    trace_id TEXT,
    bytes BIGINT NOT NULL,
    snapshot_seq BIGINT,
    erased_at BIGINT
);
CREATE INDEX run_by_workspace ON run (workspace_id, id);
CREATE INDEX run_by_workflow ON run (workflow_id, id);
CREATE INDEX run_by_status ON run (workspace_id, status, id);
CREATE INDEX run_by_parent ON run (parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX run_replays ON run (event_id) WHERE kind = 'replay';
CREATE INDEX run_by_hold ON run (hold, hold_ref) WHERE hold IS NOT NULL;

-- One row per commit of a run. format: of the events. commit_id: of the transaction, to recognise one whose answer was lost.
CREATE TABLE journal (
    run_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    format BIGINT NOT NULL,
    commit_id BIGINT NOT NULL,
    events BYTEA NOT NULL,
    PRIMARY KEY (run_id, seq)
) /* clustered */;

-- The state of a long run after its journal row `seq`: reading begins there.
CREATE TABLE snapshot (
    run_id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    format BIGINT NOT NULL,
    state BYTEA NOT NULL
);

-- Long values. owner: an event or a run, rows go with their owner.
CREATE TABLE payload (
    owner BIGINT NOT NULL,
    hash TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (owner, hash)
);

-- A run's job has the run's id. available_at is schedule, backoff and lease end in one. signalled counts waiting signals.
-- claimed_seq: the run's seq when it was claimed last, claims counts claims at that seq. blocked: the sum of 1 (behind another of its
-- lane) and 2 (its workflow is paused). position: in the lane. lane_pass: while it waits for somebody, the next in its lane goes on.
CREATE TABLE job (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    workflow_id BIGINT NOT NULL,
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT,
    run_id BIGINT,
    lane TEXT /* bytewise */,
    position BIGINT,
    lane_pass BIGINT,
    blocked BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    available_at BIGINT NOT NULL,
    lease_by BIGINT,
    epoch BIGINT NOT NULL,
    signalled BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    claims BIGINT NOT NULL,
    claimed_seq BIGINT NOT NULL,
    body BYTEA
);
CREATE UNIQUE INDEX job_by_key ON job (kind, key) WHERE key IS NOT NULL;
CREATE INDEX job_to_claim ON job (queue, blocked, workflow_id, available_at);
CREATE INDEX job_by_lane ON job (workflow_id, lane, position) WHERE lane IS NOT NULL;

CREATE TABLE signal (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    path TEXT,
    kind TEXT NOT NULL,
    body BYTEA NOT NULL,
    sent_by TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX signal_by_run ON signal (run_id, id);

-- Who answered a wait of a run, or that its time was up: the first row decides.
CREATE TABLE wait (
    run_id BIGINT NOT NULL,
    path TEXT NOT NULL,
    state TEXT NOT NULL,
    answered_by TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (run_id, path)
) /* clustered */;

-- Runs with equal order keys go one after the other. tail: places given out, head: runs that have left.
CREATE TABLE lane (
    workflow_id BIGINT NOT NULL,
    order_key TEXT /* bytewise */ NOT NULL,
    workspace_id BIGINT NOT NULL,
    tail BIGINT NOT NULL,
    head BIGINT NOT NULL,
    PRIMARY KEY (workflow_id, order_key)
);

-- Of workflows whose runs begin spaced out or are limited in number, the row is the lock under which they are counted. next_at: when the
-- next one may begin.
CREATE TABLE gate (
    workflow_id BIGINT PRIMARY KEY,
    next_at BIGINT NOT NULL
);

-- The open batch of a collect step, the row is the lock under which runs join. key: shortened where it is long, label: in full.
CREATE TABLE collect (
    workflow_id BIGINT NOT NULL,
    step TEXT NOT NULL,
    key TEXT /* bytewise */ NOT NULL,
    workspace_id BIGINT NOT NULL,
    label TEXT NOT NULL,
    batch BIGINT NOT NULL,
    count BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    version BIGINT NOT NULL,
    trigger_id TEXT NOT NULL,
    PRIMARY KEY (workflow_id, step, key)
);

CREATE TABLE collect_item (
    batch BIGINT NOT NULL,
    position BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    item BYTEA NOT NULL,
    PRIMARY KEY (batch, position)
) /* clustered */;

-- The runs that were gathered into run_id.
CREATE TABLE collect_member (
    run_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    member_run_id BIGINT NOT NULL,
    PRIMARY KEY (run_id, position)
) /* clustered */;

-- Values that outlive runs. workflow_id 0: shared by the workspace. version: never given twice, also not to a key that comes again.
CREATE TABLE kv (
    workspace_id BIGINT NOT NULL,
    workflow_id BIGINT NOT NULL,
    key TEXT /* bytewise */ NOT NULL,
    version BIGINT NOT NULL,
    value BYTEA NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, workflow_id, key)
) /* clustered */;

-- One action for many runs, carried on in small pieces, newest run first. before_id: those before it are still to be looked at.
CREATE TABLE bulk (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    request BYTEA NOT NULL,
    state TEXT NOT NULL,
    actor BYTEA NOT NULL,
    before_id BIGINT NOT NULL,
    done BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX bulk_by_workspace ON bulk (workspace_id, id)
