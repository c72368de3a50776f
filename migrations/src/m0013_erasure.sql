-- Everything about a person, looked for by a value and deleted. value: forgotten as soon as it is over. part: which table is gone through,
-- after_id: how far. counts: of this pass, by workflow.
CREATE TABLE erasure (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    value TEXT,
    state TEXT NOT NULL,
    kept_values BIGINT NOT NULL,
    part BIGINT NOT NULL,
    after_id BIGINT NOT NULL,
    looked_through BIGINT NOT NULL,
    counts BYTEA NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX erasure_by_workspace ON erasure (workspace_id, id)
