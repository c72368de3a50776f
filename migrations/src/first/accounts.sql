-- config: hosts and other values that are no secret. account: who it is at the vendor, in words, account_id: stable, compared when it is
-- renewed. refresh_until: somebody renews the tokens until then, refresh_after: not before, after failures.
CREATE TABLE connection (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    connector TEXT NOT NULL,
    method TEXT NOT NULL,
    label TEXT NOT NULL,
    account TEXT,
    account_id TEXT,
    environment TEXT NOT NULL,
    status TEXT NOT NULL,
    config BYTEA NOT NULL,
    secret_id BIGINT,
    scopes TEXT NOT NULL,
    expires_at BIGINT,
    refresh_until BIGINT,
    refresh_after BIGINT,
    refresh_failures BIGINT NOT NULL,
    refreshed_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX connection_by_workspace ON connection (workspace_id, id);

-- The owner's app at a vendor. secret_id: the client secret, absent for public clients.
CREATE TABLE oauth_app (
    workspace_id BIGINT NOT NULL,
    connector TEXT NOT NULL,
    client_id TEXT NOT NULL,
    secret_id BIGINT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, connector)
);

-- A consent somebody has begun and not yet given. state_hash: SHA-256 of the state, session_hash: of the browser's session.
-- secret_id: the PKCE verifier and the values typed before. connection_id: the connection that is renewed.
CREATE TABLE oauth_flow (
    state_hash BYTEA NOT NULL PRIMARY KEY,
    session_hash BYTEA NOT NULL,
    workspace_id BIGINT NOT NULL,
    connector TEXT NOT NULL,
    method TEXT NOT NULL,
    label TEXT NOT NULL,
    connection_id BIGINT,
    secret_id BIGINT NOT NULL,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX oauth_flow_by_expiry ON oauth_flow (expires_at)
