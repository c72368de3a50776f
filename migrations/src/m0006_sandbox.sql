-- What the simulated account of a sandbox connection holds, as one document; its form is the sandbox's. revision: rises with every
-- change, so that two processes do not overwrite each other's.
CREATE TABLE sandbox_account (
    connection_id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    state BYTEA NOT NULL,
    updated_at BIGINT NOT NULL
);
