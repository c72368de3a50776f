CREATE TABLE schema_info (
    id BIGINT PRIMARY KEY,
    major BIGINT NOT NULL,
    minor BIGINT NOT NULL
);

CREATE TABLE setting (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE node (
    id BIGINT PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    released_at BIGINT,
    high_water BIGINT NOT NULL
);

CREATE TABLE users (
    id BIGINT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    locale TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY,
    user_id BIGINT,
    data BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    user_agent TEXT NOT NULL,
    ip TEXT NOT NULL
);
CREATE INDEX session_by_expiry ON session (expires_at);
CREATE INDEX session_by_user ON session (user_id);

CREATE TABLE workspace (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    time_zone TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE membership (
    user_id BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, workspace_id)
);
CREATE INDEX membership_by_workspace ON membership (workspace_id);

CREATE TABLE token (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    hash BYTEA NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX token_by_workspace ON token (workspace_id);

CREATE TABLE audit (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    detail BYTEA NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX audit_by_workspace ON audit (workspace_id, id);

CREATE TABLE secret (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    owner TEXT NOT NULL,
    field TEXT NOT NULL,
    key_id TEXT NOT NULL,
    wrapped_key BYTEA NOT NULL,
    nonce BYTEA NOT NULL,
    ciphertext BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX secret_by_owner ON secret (workspace_id, owner);

CREATE TABLE key_check (
    id BIGINT PRIMARY KEY,
    key_id TEXT NOT NULL,
    nonce BYTEA NOT NULL,
    ciphertext BYTEA NOT NULL
);

CREATE TABLE variable (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    workflow_id BIGINT,
    environment TEXT NOT NULL,
    name TEXT NOT NULL,
    value BYTEA,
    secret_id BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX variable_by_workspace ON variable (workspace_id, workflow_id, environment, name);

CREATE TABLE file (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    run_id BIGINT,
    event_id BIGINT,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    location TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX file_by_run ON file (run_id)
