-- Links by which somebody becomes a member, once. hash: SHA-256 of the link's secret.
CREATE TABLE invite (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    email TEXT,
    hash BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT,
    accepted_by BIGINT
);
CREATE INDEX invite_by_workspace ON invite (workspace_id, id);

-- Who may build with a connection: its owner and the workspace's owners always; everybody else who makes workflows, unless it is
-- restricted: then those who are named.
ALTER TABLE connection ADD COLUMN owner_id BIGINT;
ALTER TABLE connection ADD COLUMN restricted BIGINT NOT NULL DEFAULT 0;
CREATE TABLE connection_use (
    connection_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    PRIMARY KEY (connection_id, user_id)
) /* clustered */;
