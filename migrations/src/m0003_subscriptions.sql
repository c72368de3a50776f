-- A webhook that is made, or was made, at a vendor for a trigger of a connector. An edit that needs another one adds a row, the old one
-- goes when the new one works. hook_key: the last part of its own address, absent where the trigger's or the app's is used.
-- fingerprint: SHA-256 of connector, trigger, connection and input. busy_until: a call to the vendor is under way until then, one that is
-- past was cut short. kept: what the vendor's answers gave. retry_at: after a failure, not before. since: it has worked from then on.
CREATE TABLE subscription (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    workflow_id BIGINT NOT NULL,
    trigger_id TEXT NOT NULL,
    connector TEXT NOT NULL,
    app_trigger TEXT NOT NULL,
    connection_id BIGINT,
    input BYTEA NOT NULL,
    fingerprint BYTEA NOT NULL,
    hook_key TEXT,
    state TEXT NOT NULL,
    kept BYTEA NOT NULL,
    secret_id BIGINT,
    busy_until BIGINT,
    retry_at BIGINT,
    failures BIGINT NOT NULL,
    error_code TEXT,
    error TEXT,
    expires_at BIGINT,
    since BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX subscription_by_trigger ON subscription (workflow_id, trigger_id);
CREATE INDEX subscription_by_connector ON subscription (workspace_id, connector);
CREATE UNIQUE INDEX subscription_by_key ON subscription (hook_key) WHERE hook_key IS NOT NULL;

-- The address of the owner's app at a vendor, and the secret it signs with.
CREATE TABLE app_hook (
    key TEXT NOT NULL PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    connector TEXT NOT NULL,
    secret_id BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (workspace_id, connector)
);

-- The last requests that left no event, some for each hook: a ring. hook: `<workflow>:<trigger>`, or `app:<connector>`. headers: pairs,
-- secrets masked. body: its beginning, bytes: how long it was.
CREATE TABLE hook_request (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    hook TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    status BIGINT NOT NULL,
    method TEXT NOT NULL,
    query TEXT NOT NULL,
    headers BYTEA NOT NULL,
    body BYTEA NOT NULL,
    bytes BIGINT NOT NULL,
    received_at BIGINT NOT NULL
);
CREATE INDEX hook_request_by_hook ON hook_request (workspace_id, hook, id);

-- Signatures that were seen a moment ago: the same one with other unsigned headers is a replay. unsigned: SHA-256 of what was not signed.
CREATE TABLE hook_signature (
    workspace_id BIGINT NOT NULL,
    hook TEXT NOT NULL,
    hash BYTEA NOT NULL,
    unsigned BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, hook, hash)
) /* clustered */;
CREATE INDEX hook_signature_by_expiry ON hook_signature (expires_at)
