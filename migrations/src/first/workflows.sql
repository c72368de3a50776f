CREATE TABLE folder (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    parent_id BIGINT,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX folder_by_workspace ON folder (workspace_id);

CREATE TABLE tag (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    color TEXT NOT NULL,
    UNIQUE (workspace_id, name)
);

CREATE TABLE workflow_tag (
    workflow_id BIGINT NOT NULL,
    tag_id BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    PRIMARY KEY (workflow_id, tag_id)
);

-- draft_rev counts saves, live_rev is the draft revision that was published last. summary: what lists show of the draft.
-- live_settings: of the live version, kept here because claims and retention ask for them without the rest. listens: the live version
-- has a failure trigger.
CREATE TABLE workflow (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    folder_id BIGINT,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    live_version BIGINT,
    live_rev BIGINT,
    live_settings BYTEA,
    listens BIGINT NOT NULL,
    draft BYTEA NOT NULL,
    draft_rev BIGINT NOT NULL,
    summary BYTEA NOT NULL,
    time_zone TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX workflow_by_workspace ON workflow (workspace_id, id);

CREATE TABLE workflow_version (
    workflow_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    definition BYTEA NOT NULL,
    published_by TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (workflow_id, version)
);

CREATE TABLE draft_op (
    workflow_id BIGINT NOT NULL,
    rev BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    op BYTEA NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (workflow_id, rev)
);

CREATE TABLE hook (
    key TEXT NOT NULL PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    workflow_id BIGINT NOT NULL,
    trigger_id TEXT NOT NULL,
    secret_id BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (workflow_id, trigger_id)
);

CREATE TABLE sample (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    workflow_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    ref_id TEXT NOT NULL,
    body BYTEA NOT NULL,
    origin TEXT NOT NULL,
    pinned BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE INDEX sample_by_workflow ON sample (workflow_id, kind, ref_id, id);

CREATE TABLE shape (
    workflow_id BIGINT NOT NULL,
    ref_id TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    shape BYTEA NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (workflow_id, ref_id)
);

-- Counts of ended live runs by finish time. Rows carry the node, so that no two processes write the same one, readers sum.
-- width: the bucket's length in milliseconds, 0: all time, where bytes are those of ended runs (tests included) that are still kept, and
-- the counts those of runs that are. hist: durations in logarithmic buckets.
CREATE TABLE rollup (
    workflow_id BIGINT NOT NULL,
    width BIGINT NOT NULL,
    bucket_at BIGINT NOT NULL,
    node BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    succeeded BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    filtered BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    hist BYTEA,
    PRIMARY KEY (workflow_id, width, bucket_at, node)
)
