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
    trace_id TEXT
);
CREATE INDEX run_by_workspace ON run (workspace_id, id);
CREATE INDEX run_by_workflow ON run (workflow_id, id);
CREATE INDEX run_by_status ON run (workspace_id, status, id);
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

-- Long values. owner: an event or a run, rows go with their owner.
CREATE TABLE payload (
    owner BIGINT NOT NULL,
    hash TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (owner, hash)
);

-- A run's job has the run's id. available_at is schedule, backoff and lease end in one. signalled counts waiting signals.
-- claimed_seq: the run's seq when it was claimed last, claims counts claims at that seq.
CREATE TABLE job (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    workflow_id BIGINT NOT NULL,
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT,
    run_id BIGINT,
    lane TEXT,
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
CREATE INDEX job_to_claim ON job (queue, workflow_id, available_at) WHERE blocked = 0;

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

CREATE TABLE lane (
    workflow_id BIGINT NOT NULL,
    order_key TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    tail BIGINT NOT NULL,
    head BIGINT NOT NULL,
    PRIMARY KEY (workflow_id, order_key)
)
