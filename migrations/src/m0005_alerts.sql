-- What went wrong. subject: what it is about (`wf_...`, `con_...` or a name of ours): of each kind and subject one is open at a time.
CREATE TABLE alert (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    workflow_id BIGINT,
    connection_id BIGINT,
    run_id BIGINT,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    count BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    resolved_at BIGINT,
    acknowledged_by TEXT,
    acknowledged_at BIGINT,
    snoozed_until BIGINT
);
CREATE INDEX alert_by_workspace ON alert (workspace_id, id);
CREATE INDEX alert_by_subject ON alert (workspace_id, kind, subject, id);
CREATE UNIQUE INDEX alert_open ON alert (workspace_id, kind, subject) WHERE resolved_at IS NULL;

-- Where people are told. secret_id: its address and the key it is signed with, as a JSON object.
CREATE TABLE channel (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    config BYTEA NOT NULL,
    secret_id BIGINT,
    enabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    proven_at BIGINT,
    error TEXT
);
CREATE INDEX channel_by_workspace ON channel (workspace_id, id);

-- That a channel was told of an alert, or is to be. name: as the channel was called. at: when it was sent, or is tried next.
CREATE TABLE telling (
    alert_id BIGINT NOT NULL,
    what TEXT NOT NULL,
    channel_id BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    at BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    error TEXT,
    PRIMARY KEY (alert_id, what, channel_id)
);
CREATE INDEX telling_due ON telling (at) WHERE state = 'waiting'
